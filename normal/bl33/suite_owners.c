/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whose memory may be given to whom: partitions as senders, VMs as borrowers, values that sender
 * and borrower agree on; and long calls, which let interrupts through.
 */
#define SUITE "owners"

#include "cpu.h"
#include "memory.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define VM 0x0005
#define TIMER_US 200
#define NX FFA_ACCESS_NX
#define RW FFA_ACCESS_RW
#define RO FFA_ACCESS_RO
#define OTHER crasher_queued.info.id
#define REGION_READ 0 /* of crasher's regions */
#define REGION_WRITE 1
#define REGION_EXECUTE 2

static bool ready(void)
{
    return EXPECT_SUCCESS(mailbox_map()) && EXPECT_TRUE(crasher.info.id != 0) &&
           EXPECT_TRUE(crasher_queued.info.id != 0) && memory_begin(&crasher) &&
           memory_begin(&crasher_queued);
}

static void done(void)
{
    memory_end(&crasher_queued);
    memory_end(&crasher);
}

static uint64_t region(unsigned number)
{
    return ask(&crasher, CRASH_MAILBOX).x[7] + (uint64_t)number * PAGE_SIZE;
}

static void expect_given(uint64_t function, uint64_t to, uint64_t address, uint8_t access,
                         uint32_t flags, int32_t status)
{
    struct given given = memory_give(&crasher, function, to, address, access, 1, flags);

    EXPECT(given.status, status);
    if (given.status == 0)
        EXPECT(memory_reclaim_by(&crasher, given.handle, 0), 0);
}

TEST(a_partition_gives_to_partitions_alone)
{
    uint64_t page = memory_page_of(&crasher, 0);

    REQUIRE(ready(), true);
    expect_given(FFA_MEM_SHARE_64, FFA_ID_SPMC, page, RW, 0, FFA_INVALID_PARAMETERS);
    expect_given(FFA_MEM_SHARE_64, crasher.info.id, page, RW, 0, FFA_INVALID_PARAMETERS);
    expect_given(FFA_MEM_SHARE_64, NO_PARTITION, page, RW, 0, FFA_INVALID_PARAMETERS);
    expect_given(FFA_MEM_SHARE_64, OTHER | (uint64_t)OTHER << 16, page, RW, 0,
                 FFA_INVALID_PARAMETERS);
    expect_given(FFA_MEM_SHARE_64, VM, page, RW, 0, FFA_DENIED);
    expect_given(FFA_MEM_SHARE_64, OTHER | VM << 16, page, RW, 0, FFA_DENIED);
    expect_given(FFA_MEM_DONATE_64, OTHER | (uint64_t)echo.info.id << 16, page, 0, 0,
                 FFA_INVALID_PARAMETERS);
    expect_given(FFA_MEM_SHARE_64, OTHER | (uint64_t)echo.info.id << 16, page, RW, 0, 0);
    done();
}

TEST(a_partition_gives_its_own_memory_alone)
{
    uint64_t page = memory_page_of(&crasher, 0), tx = ask(&crasher, CRASH_MAILBOX).x[4];

    REQUIRE(ready(), true);
    expect_given(FFA_MEM_LEND_64, OTHER, 0x0e100000, RW, 0, FFA_DENIED);
    expect_given(FFA_MEM_LEND_64, OTHER, memory_page_of(&crasher_queued, 0), RW, 0, FFA_DENIED);
    expect_given(FFA_MEM_LEND_64, OTHER, POOL, RW, 0, FFA_DENIED);
    expect_given(FFA_MEM_LEND_64, OTHER, tx, RW, 0, FFA_DENIED);
    expect_given(FFA_MEM_LEND_64, OTHER, CRASHER_NORMAL_PAGE, RW, 0, 0);
    expect_given(FFA_MEM_LEND_64, OTHER, page, RW, 0, 0);
    done();
}

/* What a borrower lent on would be two owners' at once. */
TEST(a_borrower_gives_nothing_on)
{
    const struct ffa_memory_range range = {POOL, 1, 0};
    struct sending s = memory_sending(FFA_MEM_LEND_64, &crasher, &range, 1);
    uint64_t handle;

    REQUIRE(ready(), true);
    handle = memory_sent(&s);
    EXPECT(memory_retrieve(&crasher, handle, 0, RW | NX, 0).status, 0);
    expect_given(FFA_MEM_SHARE_64, OTHER, POOL, RO, 0, FFA_DENIED);
    expect_given(FFA_MEM_LEND_64, OTHER, POOL, RO, 0, FFA_DENIED);
    expect_given(FFA_MEM_DONATE_64, OTHER, POOL, 0, 0, FFA_DENIED);
    EXPECT_ERROR(memory_call_by(&crasher, FFA_RXTX_MAP_64, POOL, POOL + BLOCK, 1), FFA_DENIED);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    done();
}

TEST(a_partition_gives_no_more_access_than_it_has)
{
    struct given given;

    REQUIRE(ready(), true);
    expect_given(FFA_MEM_SHARE_64, OTHER, region(REGION_READ), RW, 0, FFA_DENIED);
    expect_given(FFA_MEM_SHARE_64, OTHER, region(REGION_READ), RO, 0, 0);
    expect_given(FFA_MEM_LEND_64, OTHER, region(REGION_READ), RO, FFA_MEMORY_ZERO, FFA_DENIED);
    expect_given(FFA_MEM_LEND_64, OTHER, region(REGION_WRITE), RW, FFA_MEMORY_ZERO, 0);
    given = memory_give(&crasher, FFA_MEM_LEND_64, OTHER, region(REGION_WRITE), RW, 1, 0);
    REQUIRE(given.status, 0);
    EXPECT(memory_retrieve(&crasher_queued, given.handle, crasher.info.id, RO | FFA_ACCESS_X, 0)
               .status,
           FFA_DENIED);
    EXPECT(memory_reclaim_by(&crasher, given.handle, 0), 0);
    given = memory_give(&crasher, FFA_MEM_LEND_64, OTHER, region(REGION_EXECUTE), RO, 1, 0);
    REQUIRE(given.status, 0);
    EXPECT(memory_reclaim_by(&crasher, given.handle, FFA_MEMORY_ZERO), FFA_DENIED);
    EXPECT(memory_retrieve(&crasher_queued, given.handle, crasher.info.id, RO | FFA_ACCESS_X, 0)
               .status,
           0);
    EXPECT(memory_relinquish(&crasher_queued, given.handle, 0), 0);
    EXPECT(memory_reclaim_by(&crasher, given.handle, 0), 0);
    done();
}

/* Pages of different kinds are not of one transaction. */
TEST(all_pages_of_a_transaction_are_alike)
{
    REQUIRE(ready(), true);
    EXPECT(memory_give(&crasher, FFA_MEM_SHARE_64, OTHER, region(REGION_READ), RO, 2, 0).status,
           FFA_DENIED);
    expect_given(FFA_MEM_SHARE_64, OTHER, region(REGION_WRITE), RW, 0, 0);
    done();
}

TEST(a_vm_is_a_borrower_beside_a_partition)
{
    const struct ffa_memory_range range = {POOL, 1, 0};
    struct sending s = memory_sending(FFA_MEM_SHARE_64, &crasher, &range, 1);
    uint64_t handle;

    REQUIRE(ready(), true);
    s.borrowers = 2;
    s.borrower[1] = (struct ffa_memory_access){.id = VM, .permissions = RW};
    handle = memory_sent(&s);
    EXPECT(memory_retrieve(&crasher, handle, 0, 0, FFA_MEMORY_ONE_BORROWER).status, 0);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    s.function = FFA_MEM_LEND_64;
    EXPECT_ERROR(memory_send(&s), FFA_DENIED);
    done();
}

/* crasher speaks version 1.2; it says so itself, word by word. */
TEST(values_of_sender_and_borrower_must_agree)
{
    const struct ffa_memory_range range = {POOL, 1, 0};
    struct sending s = memory_sending(FFA_MEM_SHARE_64, &crasher, &range, 1);
    uint64_t tx = ask(&crasher, CRASH_MAILBOX).x[4], rx = ask(&crasher, CRASH_MAILBOX).x[5];
    uint64_t handle;
    struct {
        struct ffa_memory_header header;
        struct ffa_memory_access access;
    } request = {.header = {.access_size = FFA_MEMORY_ACCESS_1_2,
                            .count = 1,
                            .offset = FFA_MEMORY_HEADER_1_1},
                 .access = {.id = crasher.info.id, .own = {0x1111, 0x3333}}};
    uint64_t words[sizeof(request) / 8];

    REQUIRE(ready(), true);
    s.borrower[0].own[0] = 0x1111;
    s.borrower[0].own[1] = 0x2222;
    handle = memory_sent(&s);
    request.header.handle = handle;
    for (unsigned right = 0; right < 2; right++) {
        struct ffa_regs reply;

        request.access.own[1] = right ? 0x2222 : 0x3333;
        __builtin_memcpy(words, &request, sizeof(request));
        for (unsigned i = 0; i < sizeof(words) / 8; i++)
            ask(&crasher, CRASH_STORE, tx + 8 * i, words[i]);
        reply =
            memory_call_by(&crasher, FFA_MEM_RETRIEVE_REQ_64, sizeof(request), sizeof(request), 0);
        EXPECT(reply.x[0], right ? FFA_MEM_RETRIEVE_RESP : FFA_ERROR);
    }
    EXPECT(ask(&crasher, CRASH_LOAD, rx + 48 + 8).x[4], 0x1111);
    EXPECT(ask(&crasher, CRASH_LOAD, rx + 48 + 16).x[4], 0x2222);
    EXPECT_SUCCESS(memory_call_by(&crasher, FFA_RX_RELEASE, 0, 0, 0));
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    done();
}

/* ---- Long calls ---- */

TEST(an_interrupt_of_the_normal_world_comes_in_the_midst_of_a_retrieval)
{
    const struct ffa_memory_range range = {POOL, 4 * BLOCK_PAGES, 0};
    struct sending s = memory_sending(FFA_MEM_LEND_64, &crasher, &range, 1);
    uint64_t handle, arguments;
    struct ffa_regs reply;

    s.flags = FFA_MEMORY_ZERO;
    REQUIRE(ready(), true);
    memory_fill(&range, 1, 0x1000);
    handle = memory_sent(&s);
    arguments = (uint64_t)FFA_MEMORY_ZERO << 32 | (RW | NX) << 16;
    timer_start(TIMER_US, 0);
    reply = ask(&crasher, CRASH_RETRIEVE, handle, arguments, 0);
    EXPECT(reply.x[0], FFA_INTERRUPT);
    EXPECT_ERROR(memory_reclaim(handle, 0), FFA_DENIED);
    reply = run_until_answered(reply);
    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[4], 0);
    EXPECT(reply.x[5], (uint64_t)4 * BLOCK_PAGES << 32 | 1);
    EXPECT(*(volatile uint64_t *)(POOL + 4 * BLOCK - PAGE_SIZE), 0);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    done();
}

/* While one CPU has its partition retrieve much, the others' calls are answered. */
static void retrieve_much(void *handle)
{
    uint64_t arguments = (uint64_t)FFA_MEMORY_ZERO << 32 | (RW | NX) << 16;

    EXPECT(
        run_until_answered(ask(&crasher, CRASH_RETRIEVE, *(uint64_t *)handle, arguments, 0)).x[4],
        0);
}

TEST(other_cpus_are_served_in_the_midst_of_a_retrieval)
{
    const struct ffa_memory_range range = {POOL, 16 * BLOCK_PAGES, 0};
    struct sending s = memory_sending(FFA_MEM_LEND_64, &crasher, &range, 1);
    unsigned answers = 0;
    uint64_t handle;

    NEEDS_CPUS(2);
    s.flags = FFA_MEMORY_ZERO;
    REQUIRE(ready(), true);
    handle = memory_sent(&s);
    cpu_start(1, retrieve_much, &handle);
    do {
        EXPECT_TRUE(echo_answers());
        answers++;
    } while (!cpu_is_idle(1));
    EXPECT_TRUE(answers > 10);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    done();
}
