/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that the Normal world and partitions share, lend and donate: data goes both ways, and all
 * comes back.
 */
#define SUITE "memory"

#include "cpu.h"
#include "memory.h"
#include "smp.h"
#include "tap.h"

#define VM 0x0005
#define NX FFA_ACCESS_NX
#define RW (FFA_ACCESS_RW | FFA_ACCESS_NX)
#define RO (FFA_ACCESS_RO | FFA_ACCESS_NX)
#define ROUNDS 10

static struct ffa_memory_range ranges[SENDING_RANGES];

/* So many ranges of so many pages each, with a page between them. */
static void scatter(unsigned count, unsigned pages)
{
    for (unsigned i = 0; i < count; i++)
        ranges[i] =
            (struct ffa_memory_range){POOL + (uint64_t)i * (pages + 1) * PAGE_SIZE, pages, 0};
}

static bool ready(void)
{
    return EXPECT_SUCCESS(mailbox_map()) && EXPECT_TRUE(crasher.info.id != 0) &&
           memory_begin(&crasher);
}

static uint32_t kind_of(uint64_t function)
{
    return (function == FFA_MEM_SHARE_64  ? FFA_MEMORY_SHARED
            : function == FFA_MEM_LEND_64 ? FFA_MEMORY_LENT
                                          : FFA_MEMORY_DONATED)
           << FFA_MEMORY_KIND_SHIFT;
}

/* crasher gets it, finds what is there, and leaves something. What is shared is never code. */
static void take(const struct sending *s, uint64_t handle, unsigned pages)
{
    uint8_t access = s->function == FFA_MEM_SHARE_64 ? 0 : NX;
    struct retrieved got;

    memory_fill(s->range, s->ranges, 0x1000);
    got = memory_retrieve(&crasher, handle, s->sender, access, 0);
    REQUIRE(got.status, 0);
    EXPECT(got.ranges, s->ranges);
    EXPECT(got.pages, pages);
    EXPECT(got.access, RW);
    EXPECT_TRUE(got.non_secure);
    EXPECT(got.flags, kind_of(s->function));
    memory_expect_swap(&crasher, 0x1000, 0x2000, pages);
    EXPECT(memory_wrong(s->range, s->ranges, 0x2000), 0);
}

static void there_and_back(uint64_t function, unsigned count, unsigned pages)
{
    struct sending s = memory_sending(function, &crasher, ranges, count);
    uint64_t handle;

    REQUIRE(ready(), true);
    handle = memory_sent(&s);
    take(&s, handle, pages);
    EXPECT_ERROR(memory_reclaim(handle, 0), FFA_DENIED);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    EXPECT_ERROR(memory_reclaim(handle, 0), FFA_INVALID_PARAMETERS);
    memory_end(&crasher);
    EXPECT_SUCCESS(mailbox_unmap());
}

TEST(a_page_is_shared)
{
    scatter(1, 1);
    there_and_back(FFA_MEM_SHARE_64, 1, 1);
}

TEST(a_page_is_lent)
{
    scatter(1, 1);
    there_and_back(FFA_MEM_LEND_64, 1, 1);
}

TEST(a_block_of_2_mib_is_shared_and_lent)
{
    ranges[0] = (struct ffa_memory_range){POOL, BLOCK_PAGES, 0};
    there_and_back(FFA_MEM_SHARE_64, 1, BLOCK_PAGES);
    ranges[0] = (struct ffa_memory_range){POOL + BLOCK, 2 * BLOCK_PAGES, 0};
    there_and_back(FFA_MEM_LEND_64, 1, 2 * BLOCK_PAGES);
}

TEST(pages_of_two_blocks_are_shared_in_one_range)
{
    ranges[0] = (struct ffa_memory_range){POOL + 5 * PAGE_SIZE, BLOCK_PAGES, 0};
    there_and_back(FFA_MEM_SHARE_64, 1, BLOCK_PAGES);
    ranges[0] = (struct ffa_memory_range){POOL + 7 * PAGE_SIZE, 3 * BLOCK_PAGES, 0};
    there_and_back(FFA_MEM_LEND_64, 1, 3 * BLOCK_PAGES);
}

TEST(ranges_that_fit_in_one_part_are_shared)
{
    scatter(64, 1);
    there_and_back(FFA_MEM_SHARE_64, 64, 64);
    scatter(64, 3);
    there_and_back(FFA_MEM_LEND_64, 64, 3 * 64);
}

TEST(ranges_in_two_parts_are_shared)
{
    scatter(300, 1);
    there_and_back(FFA_MEM_SHARE_64, 300, 300);
    there_and_back(FFA_MEM_LEND_64, 300, 300);
}

TEST(as_many_ranges_as_a_transaction_has_are_shared)
{
    scatter(512, 1);
    there_and_back(FFA_MEM_SHARE_64, 512, 512);
}

/* A part ends anywhere between two ranges: the first one, right behind what comes before them. */
TEST(a_transfer_is_cut_between_any_two_ranges)
{
    struct sending s = memory_sending(FFA_MEM_SHARE_64, &crasher, ranges, 12);

    scatter(12, 1);
    REQUIRE(ready(), true);
    for (unsigned cut = 0; cut <= 12; cut++) {
        uint64_t handle;

        tap_for(cut);
        s.fragment = 48 + 32 + 16 + 16 * cut;
        handle = memory_sent(&s);
        take(&s, handle, 12);
        EXPECT(memory_relinquish(&crasher, handle, 0), 0);
        EXPECT_SUCCESS(memory_reclaim(handle, 0));
    }
    memory_end(&crasher);
}

TEST(senders_of_all_versions_are_understood)
{
    static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1, FFA_VERSION_1_2};
    struct sending s = memory_sending(FFA_MEM_SHARE_64, &crasher, ranges, 300);

    scatter(300, 1);
    for (unsigned i = 0; i < 3; i++) {
        struct ffa_regs reply;

        tap_for(versions[i]);
        ffa_version(versions[i]);
        REQUIRE(ready(), true);
        reply = memory_send_as(&s, versions[i]);
        EXPECT_SUCCESS(reply);
        take(&s, memory_handle(reply), 300);
        EXPECT(memory_relinquish(&crasher, memory_handle(reply), 0), 0);
        EXPECT_SUCCESS(memory_reclaim(memory_handle(reply), 0));
        memory_end(&crasher);
        mailbox_unmap();
    }
}

TEST(a_vm_shares_through_its_hypervisor)
{
    struct sending s = memory_sending(FFA_MEM_SHARE_64, &crasher, ranges, 300);
    uint64_t handle;

    s.sender = VM;
    scatter(300, 1);
    REQUIRE(ready(), true);
    handle = memory_sent(&s);
    EXPECT(memory_retrieve(&crasher, handle, 0, 0, 0).status, FFA_DENIED);
    take(&s, handle, 300);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    memory_end(&crasher);
}

TEST(a_borrower_takes_less_than_it_may)
{
    struct sending s = memory_sending(FFA_MEM_LEND_64, &crasher, ranges, 1);
    uint64_t handle;

    scatter(1, 1);
    REQUIRE(ready(), true);
    handle = memory_sent(&s);
    EXPECT(memory_retrieve(&crasher, handle, 0, RO, 0).access, RO);
    EXPECT(memory_touch(&crasher, POOL, TOUCH_READ, true), 0);
    EXPECT_TRUE(memory_touch(&crasher, POOL, TOUCH_WRITE, true) != 0);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT(memory_retrieve(&crasher, handle, 0, RW, 0).access, RW);
    EXPECT(memory_touch(&crasher, POOL, TOUCH_WRITE, true), 0);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    memory_end(&crasher);
}

/* ---- Several borrowers ---- */

TEST(two_partitions_share_what_the_normal_world_sent)
{
    struct sending s = memory_sending(FFA_MEM_SHARE_64, &crasher, ranges, 3);
    struct retrieved got;
    uint64_t handle;

    NEEDS_PARTITION(&crasher_queued);
    s.borrowers = 2;
    s.borrower[1] =
        (struct ffa_memory_access){.id = crasher_queued.info.id, .permissions = FFA_ACCESS_RO};
    scatter(3, 2);
    REQUIRE(ready(), true);
    REQUIRE(memory_begin(&crasher_queued), true);
    handle = memory_sent(&s);
    memory_fill(ranges, 3, 0x100);
    EXPECT(memory_retrieve(&crasher, handle, 0, 0, 0).status, FFA_INVALID_PARAMETERS);
    EXPECT(memory_retrieve(&crasher, handle, 0, 0, FFA_MEMORY_ONE_BORROWER).access, RW);
    got = memory_retrieve(&crasher_queued, handle, 0, 0, FFA_MEMORY_ONE_BORROWER);
    EXPECT(got.status, 0);
    EXPECT(got.access, RO);
    memory_expect_swap(&crasher, 0x100, 0x200, 6);
    EXPECT(memory_touch(&crasher_queued, POOL, TOUCH_READ, true), 0);
    EXPECT_TRUE(memory_touch(&crasher_queued, POOL, TOUCH_WRITE, true) != 0);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_ERROR(memory_reclaim(handle, 0), FFA_DENIED);
    EXPECT(memory_touch(&crasher_queued, POOL, TOUCH_READ, true), 0);
    EXPECT(memory_relinquish(&crasher_queued, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    EXPECT(memory_wrong(ranges, 3, 0x200), 0);
    memory_end(&crasher_queued);
    memory_end(&crasher);
}

/* ---- Between partitions ---- */

static void between_partitions(uint64_t function)
{
    uint64_t page = memory_page_of(&crasher, 0);
    uint8_t access = function == FFA_MEM_SHARE_64 ? 0 : NX;
    struct given given;
    struct retrieved got;

    NEEDS_PARTITION(&crasher_queued);
    REQUIRE(ready(), true);
    REQUIRE(memory_begin(&crasher_queued), true);
    for (unsigned i = 0; i < 3; i++)
        ask(&crasher, CRASH_STORE, page + i * PAGE_SIZE, 0x70 + i);
    given = memory_give(&crasher, function, crasher_queued.info.id, page, FFA_ACCESS_RW, 3, 0);
    REQUIRE(given.status, 0);
    got = memory_retrieve(&crasher_queued, given.handle, crasher.info.id, access, 0);
    REQUIRE(got.status, 0);
    EXPECT(got.pages, 3);
    EXPECT_TRUE(!got.non_secure);
    memory_expect_swap(&crasher_queued, 0x70, 0x80, 3);
    EXPECT(memory_reclaim_by(&crasher, given.handle, 0), FFA_DENIED);
    EXPECT(memory_relinquish(&crasher_queued, given.handle, 0), 0);
    EXPECT(memory_reclaim_by(&crasher_queued, given.handle, 0), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(memory_reclaim(given.handle, 0), FFA_INVALID_PARAMETERS);
    EXPECT(memory_reclaim_by(&crasher, given.handle, 0), 0);
    for (unsigned i = 0; i < 3; i++)
        EXPECT(ask(&crasher, CRASH_LOAD, page + i * PAGE_SIZE).x[4], 0x80 + i);
    memory_end(&crasher_queued);
    memory_end(&crasher);
}

TEST(a_partition_shares_with_another)
{
    between_partitions(FFA_MEM_SHARE_64);
}

TEST(a_partition_lends_to_another)
{
    between_partitions(FFA_MEM_LEND_64);
}

/* A donation is the receiver's own: it can donate it back. */
TEST(a_partition_donates_to_another_and_gets_it_back)
{
    uint64_t page = memory_page_of(&crasher, 0);
    struct given given;

    NEEDS_PARTITION(&crasher_queued);
    REQUIRE(ready(), true);
    REQUIRE(memory_begin(&crasher_queued), true);
    ask(&crasher, CRASH_STORE, page, 0x70);
    given = memory_give(&crasher, FFA_MEM_DONATE_64, crasher_queued.info.id, page, 0, 1, 0);
    REQUIRE(given.status, 0);
    REQUIRE(memory_retrieve(&crasher_queued, given.handle, crasher.info.id, NX, 0).status, 0);
    memory_expect_swap(&crasher_queued, 0x70, 0x80, 1);
    EXPECT(memory_relinquish(&crasher_queued, given.handle, 0), FFA_INVALID_PARAMETERS);
    EXPECT(memory_reclaim_by(&crasher, given.handle, 0), FFA_INVALID_PARAMETERS);
    given = memory_give(&crasher_queued, FFA_MEM_DONATE_64, crasher.info.id, page, 0, 1, 0);
    REQUIRE(given.status, 0);
    REQUIRE(memory_retrieve(&crasher, given.handle, crasher_queued.info.id, NX, 0).status, 0);
    memory_expect_swap(&crasher, 0x80, 0x90, 1);
    memory_end(&crasher_queued);
    memory_end(&crasher);
}

TEST(a_donation_that_nobody_retrieved_is_reclaimed)
{
    uint64_t page = memory_page_of(&crasher, 0);
    struct given given;

    REQUIRE(ready(), true);
    given = memory_give(&crasher, FFA_MEM_DONATE_64, echo.info.id, page, 0, 1, 0);
    REQUIRE(given.status, 0);
    EXPECT_TRUE(memory_touch(&crasher, page, TOUCH_READ, false) != 0);
    EXPECT(memory_reclaim_by(&crasher, given.handle, 0), 0);
    EXPECT(memory_touch(&crasher, page, TOUCH_READ, false), 0);
    memory_end(&crasher);
}

/* The last page of the pool of tests: it never comes back. */
TEST(the_normal_world_donates_a_page_for_good)
{
    const struct ffa_memory_range page = {POOL + 0x7fff000, 1, 0};
    struct sending s = memory_sending(FFA_MEM_DONATE_64, &crasher, &page, 1);
    uint64_t handle;

    REQUIRE(ready(), true);
    handle = memory_sent(&s);
    take(&s, handle, 1);
    EXPECT_ERROR(memory_reclaim(handle, 0), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(memory_send(&s), FFA_DENIED);
    memory_end(&crasher);
}

/* ---- Zeroing ---- */

TEST(memory_is_zeroed_where_its_sender_or_its_borrower_says_so)
{
    struct sending s = memory_sending(FFA_MEM_LEND_64, &crasher, ranges, 4);
    uint64_t handle;

    s.flags = FFA_MEMORY_ZERO;
    scatter(4, 3);
    REQUIRE(ready(), true);
    memory_fill(ranges, 4, 0x5000);
    handle = memory_sent(&s);
    EXPECT(memory_retrieve(&crasher, handle, 0, RW, FFA_MEMORY_ZERO).status, 0);
    for (unsigned i = 0; i < 4; i++)
        for (unsigned word = 0; word < 3 * PAGE_SIZE / 8; word++)
            if (((volatile uint64_t *)ranges[i].address)[word] != 0)
                EXPECT(((volatile uint64_t *)ranges[i].address)[word], 0);
    memory_fill(ranges, 4, 0x5000);
    EXPECT(memory_relinquish(&crasher, handle, FFA_MEMORY_ZERO), 0);
    EXPECT(*(volatile uint64_t *)ranges[3].address, 0);
    memory_fill(ranges, 4, 0x5000);
    EXPECT_SUCCESS(memory_reclaim(handle, FFA_MEMORY_ZERO));
    EXPECT(*(volatile uint64_t *)ranges[0].address, 0);
    EXPECT(*(volatile uint64_t *)(ranges[3].address + 2 * PAGE_SIZE), 0);
    memory_end(&crasher);
}

/* ---- The hypervisor asks, as pKVM does before it reclaims ---- */

static struct ffa_regs ask_about(uint64_t handle)
{
    struct ffa_memory_header header = {.handle = handle};

    __builtin_memcpy(mailbox_tx, &header, FFA_MEMORY_HEADER_1_1);
    return ffa(FFA_MEM_RETRIEVE_REQ_64, FFA_MEMORY_HEADER_1_1, FFA_MEMORY_HEADER_1_1);
}

TEST(a_hypervisor_reads_a_transaction_in_parts_as_often_as_it_likes)
{
    struct sending s = memory_sending(FFA_MEM_SHARE_64, &crasher, ranges, 300);
    static struct ffa_memory_range back[SENDING_RANGES];
    uint64_t handle;

    s.sender = VM;
    scatter(300, 2);
    REQUIRE(ready(), true);
    handle = memory_sent(&s);
    for (unsigned time = 0; time < 2; time++) {
        struct ffa_regs reply = ask_about(handle);
        struct ffa_memory_header header;
        struct ffa_memory_access access;
        uint32_t total = (uint32_t)reply.x[1], done = (uint32_t)reply.x[2], at;

        REQUIRE(reply.x[0], FFA_MEM_RETRIEVE_RESP);
        __builtin_memcpy(&header, mailbox_rx, sizeof(header));
        __builtin_memcpy(&access, mailbox_rx + header.offset, sizeof(access));
        EXPECT(header.sender, VM);
        EXPECT(header.handle, handle);
        EXPECT(header.count, 1);
        EXPECT(access.id, crasher.info.id);
        EXPECT(access.permissions, FFA_ACCESS_RW);
        at = access.composite + (uint32_t)sizeof(struct ffa_memory_composite);
        EXPECT(total, at + 300 * sizeof(ranges[0]));
        __builtin_memcpy(back, mailbox_rx + at, done - at);
        EXPECT_ERROR(ask_about(handle), FFA_BUSY);
        while (done < total) {
            EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
            EXPECT_ERROR(ffa(FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, done + 16),
                         FFA_INVALID_PARAMETERS);
            reply = ffa(FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, done, (uint64_t)VM << 16);
            REQUIRE(reply.x[0], FFA_MEM_FRAG_TX);
            __builtin_memcpy((uint8_t *)back + done - at, mailbox_rx, reply.x[3]);
            done += (uint32_t)reply.x[3];
        }
        EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
        for (unsigned i = 0; i < 300; i++)
            if (back[i].address != ranges[i].address || back[i].pages != 2)
                EXPECT(back[i].address, ranges[i].address);
    }
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    EXPECT_ERROR(ask_about(handle), FFA_INVALID_PARAMETERS);
    memory_end(&crasher);
}

/* ---- Four CPUs at once ---- */

/* Each CPU has a range of its own, and a context of crasher_mp. */
static void lend_often(void *unused)
{
    const struct ffa_memory_range own[2] = {
        {POOL + cpu_index() * 8ULL * BLOCK, BLOCK_PAGES, 0},
        {POOL + cpu_index() * 8ULL * BLOCK + 3 * BLOCK, 5, 0},
    };
    struct sending s = memory_sending(FFA_MEM_LEND_64, &crasher_mp, own, 2);

    (void)unused;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t handle = memory_sent(&s), word = (uint64_t)cpu_index() << 32 | round << 16;

        memory_fill(own, 2, word);
        EXPECT(memory_retrieve(&crasher_mp, handle, 0, RW, 0).status, 0);
        memory_expect_swap(&crasher_mp, word, word + 1, BLOCK_PAGES + 5);
        EXPECT_ERROR(memory_reclaim(handle, 0), FFA_DENIED);
        EXPECT(memory_relinquish(&crasher_mp, handle, 0), 0);
        EXPECT_SUCCESS(memory_reclaim(handle, 0));
        EXPECT(memory_wrong(own, 2, word + 1), 0);
    }
}

TEST(all_cpus_lend_at_once)
{
    NEEDS_PARTITION(&crasher_mp);
    EXPECT_SUCCESS(mailbox_map());
    REQUIRE(memory_begin(&crasher_mp), true);
    cpu_run_everywhere(lend_often, 0);
    memory_end(&crasher_mp);
}
