/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who reaches for memory from the wrong place sees a fault, and nothing is read, written or
 * executed: before, while and after it belongs to somebody else.
 */
#define SUITE "isolation"

#include "memory.h"
#include "tap.h"

#define EC_SHIFT 26
#define EC_INSTRUCTION_ABORT 0x21
#define EC_DATA_ABORT 0x25
#define RET 0xd65f03c0
#define NX FFA_ACCESS_NX
#define RO_NX (FFA_ACCESS_RO | FFA_ACCESS_NX)
#define RW_NX (FFA_ACCESS_RW | FFA_ACCESS_NX)
#define BULKHEAD 0x0e100000
#define TFA 0x0e000000
#define READ TOUCH_READ
#define WRITE TOUCH_WRITE
#define EXECUTE TOUCH_EXECUTE
#define OWN (READ | WRITE | EXECUTE) /* a partition's package; data is no code that could run */

/* A page of the Normal world, whose code returns at once. */
static const struct ffa_memory_range range = {POOL, 1, 0};

static void put_code(void)
{
    *(volatile uint64_t *)POOL = RET;
}

static bool ready(void)
{
    put_code();
    return EXPECT_SUCCESS(mailbox_map()) && EXPECT_TRUE(crasher.info.id != 0) &&
           EXPECT_TRUE(crasher_queued.info.id != 0) && memory_begin(&crasher) &&
           memory_begin(&crasher_queued);
}

static void done(void)
{
    memory_end(&crasher);
    memory_end(&crasher_queued);
}

/* Of the accesses, `may` succeed; each of the others is the abort of its kind. */
static void expect_reach(const struct partition *who, uint64_t address, bool non_secure,
                         unsigned may)
{
    for (unsigned access = READ; access <= EXECUTE; access *= 2) {
        uint64_t esr = memory_touch(who, address, access, non_secure);
        uint64_t abort = access == EXECUTE ? EC_INSTRUCTION_ABORT : EC_DATA_ABORT;

        tap_for(access);
        EXPECT(esr >> EC_SHIFT, may & access ? 0 : abort);
    }
}

static uint64_t word_of(const struct partition *who, uint64_t address)
{
    return ask(who, CRASH_LOAD, address).x[4];
}

TEST(normal_memory_that_nobody_shared_is_out_of_reach)
{
    REQUIRE(ready(), true);
    expect_reach(&crasher, POOL, true, 0);
    EXPECT(*(volatile uint64_t *)POOL, RET);
    expect_reach(&crasher, (uint64_t)mailbox_tx, true, 0);
    done();
}

TEST(a_borrower_has_nothing_before_it_retrieves_and_after_it_relinquished)
{
    struct sending s = memory_sending(FFA_MEM_LEND_64, &crasher, &range, 1);
    uint64_t handle;

    REQUIRE(ready(), true);
    handle = memory_sent(&s);
    expect_reach(&crasher, POOL, true, 0);
    EXPECT(memory_retrieve(&crasher, handle, 0, RW_NX, 0).status, 0);
    expect_reach(&crasher, POOL, true, READ | WRITE);
    EXPECT(*(volatile uint64_t *)POOL, 0xbad);
    put_code();
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    expect_reach(&crasher, POOL, true, 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    expect_reach(&crasher, POOL, true, 0);
    EXPECT(*(volatile uint64_t *)POOL, RET);
    done();
}

/* In blocks of 2 MiB too, whose translations may be kept as such. */
TEST(a_borrower_has_nothing_of_a_block_after_it_relinquished)
{
    const struct ffa_memory_range block = {POOL, BLOCK_PAGES, 0};
    struct sending s = memory_sending(FFA_MEM_SHARE_64, &crasher, &block, 1);
    uint64_t handle;

    REQUIRE(ready(), true);
    handle = memory_sent(&s);
    EXPECT(memory_retrieve(&crasher, handle, 0, 0, 0).status, 0);
    expect_reach(&crasher, POOL, true, READ | WRITE);
    expect_reach(&crasher, POOL + BLOCK - PAGE_SIZE, true, READ | WRITE);
    expect_reach(&crasher, POOL + BLOCK, true, 0);
    expect_reach(&crasher, POOL - PAGE_SIZE, true, 0);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    expect_reach(&crasher, POOL, true, 0);
    expect_reach(&crasher, POOL + BLOCK - PAGE_SIZE, true, 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    done();
}

TEST(one_borrower_has_nothing_of_anothers)
{
    struct sending s = memory_sending(FFA_MEM_LEND_64, &crasher, &range, 1);
    uint64_t handle;

    REQUIRE(ready(), true);
    handle = memory_sent(&s);
    EXPECT(memory_retrieve(&crasher_queued, handle, 0, RW_NX, 0).status, FFA_DENIED);
    EXPECT(memory_retrieve(&crasher, handle, 0, RW_NX, 0).status, 0);
    expect_reach(&crasher_queued, POOL, true, 0);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    done();
}

TEST(what_is_given_read_only_is_not_written_and_not_executed)
{
    struct sending s = memory_sending(FFA_MEM_SHARE_64, &crasher, &range, 1);
    uint64_t handle;

    s.borrower[0].permissions = FFA_ACCESS_RO;
    REQUIRE(ready(), true);
    handle = memory_sent(&s);
    EXPECT(memory_retrieve(&crasher, handle, 0, FFA_ACCESS_RW, 0).status, FFA_DENIED);
    EXPECT(memory_retrieve(&crasher, handle, 0, 0, 0).access, RO_NX);
    expect_reach(&crasher, POOL, true, READ);
    EXPECT(*(volatile uint64_t *)POOL, RET);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    done();
}

TEST(code_in_normal_memory_is_not_executed)
{
    struct sending s = memory_sending(FFA_MEM_LEND_64, &crasher, &range, 1);
    uint64_t handle;

    REQUIRE(ready(), true);
    handle = memory_sent(&s);
    EXPECT(memory_retrieve(&crasher, handle, 0, FFA_ACCESS_RW | FFA_ACCESS_X, 0).status,
           FFA_INVALID_PARAMETERS);
    EXPECT(memory_retrieve(&crasher, handle, 0, RO_NX, 0).status, 0);
    expect_reach(&crasher, POOL, true, READ);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    done();
}

/* ---- Between partitions ---- */

TEST(a_lender_reaches_what_it_lent_only_after_its_reclaim)
{
    uint64_t page = memory_page_of(&crasher, 0);
    struct given given;

    REQUIRE(ready(), true);
    ask(&crasher, CRASH_STORE, page, 0x11);
    given =
        memory_give(&crasher, FFA_MEM_LEND_64, crasher_queued.info.id, page, FFA_ACCESS_RW, 1, 0);
    REQUIRE(given.status, 0);
    expect_reach(&crasher, page, false, 0);
    expect_reach(&crasher, page + PAGE_SIZE, false, OWN);
    EXPECT(memory_retrieve(&crasher_queued, given.handle, crasher.info.id, RW_NX, 0).status, 0);
    EXPECT(word_of(&crasher_queued, page), 0x11);
    expect_reach(&crasher, page, false, 0);
    expect_reach(&crasher_queued, page, false, READ | WRITE);
    EXPECT(memory_relinquish(&crasher_queued, given.handle, 0), 0);
    expect_reach(&crasher, page, false, 0);
    expect_reach(&crasher_queued, page, false, 0);
    EXPECT(memory_reclaim_by(&crasher, given.handle, 0), 0);
    EXPECT(word_of(&crasher, page), 0xbad);
    expect_reach(&crasher_queued, page, false, 0);
    done();
}

TEST(a_donor_reaches_nothing_of_what_it_donated)
{
    uint64_t page = memory_page_of(&crasher, 1);
    uint16_t own = crasher.info.id, other = crasher_queued.info.id;
    struct given given;

    REQUIRE(ready(), true);
    given = memory_give(&crasher, FFA_MEM_DONATE_64, other, page, 0, 1, 0);
    REQUIRE(given.status, 0);
    expect_reach(&crasher, page, false, 0);
    REQUIRE(memory_retrieve(&crasher_queued, given.handle, own, NX, 0).status, 0);
    expect_reach(&crasher, page, false, 0);
    expect_reach(&crasher_queued, page, false, READ | WRITE);
    EXPECT(memory_give(&crasher, FFA_MEM_SHARE_64, other, page, FFA_ACCESS_RO, 1, 0).status,
           FFA_DENIED);
    given = memory_give(&crasher_queued, FFA_MEM_DONATE_64, own, page, 0, 1, 0);
    REQUIRE(given.status, 0);
    REQUIRE(memory_retrieve(&crasher, given.handle, other, NX, 0).status, 0);
    expect_reach(&crasher_queued, page, false, 0);
    expect_reach(&crasher, page, false, READ | WRITE);
    done();
}

TEST(a_partition_gets_code_of_another_only_to_execute_it)
{
    uint64_t page = memory_page_of(&crasher, 2);
    struct given given;

    REQUIRE(ready(), true);
    ask(&crasher, CRASH_STORE, page, RET);
    given =
        memory_give(&crasher, FFA_MEM_LEND_64, crasher_queued.info.id, page, FFA_ACCESS_RO, 1, 0);
    REQUIRE(given.status, 0);
    EXPECT(memory_retrieve(&crasher_queued, given.handle, crasher.info.id,
                           FFA_ACCESS_RO | FFA_ACCESS_X, 0)
               .status,
           0);
    expect_reach(&crasher_queued, page, false, READ | EXECUTE);
    EXPECT(memory_relinquish(&crasher_queued, given.handle, 0), 0);
    expect_reach(&crasher_queued, page, false, 0);
    EXPECT(memory_reclaim_by(&crasher, given.handle, 0), 0);
    EXPECT(word_of(&crasher, page), RET);
    done();
}

TEST(what_is_shared_stays_in_reach_of_its_owner)
{
    uint64_t page = memory_page_of(&crasher, 3);
    struct given given;

    REQUIRE(ready(), true);
    given =
        memory_give(&crasher, FFA_MEM_SHARE_64, crasher_queued.info.id, page, FFA_ACCESS_RO, 1, 0);
    REQUIRE(given.status, 0);
    EXPECT(memory_retrieve(&crasher_queued, given.handle, crasher.info.id, 0, 0).access, RO_NX);
    expect_reach(&crasher, page, false, OWN);
    expect_reach(&crasher_queued, page, false, READ);
    EXPECT(memory_relinquish(&crasher_queued, given.handle, 0), 0);
    EXPECT(memory_reclaim_by(&crasher, given.handle, 0), 0);
    done();
}

TEST(others_images_and_firmware_are_out_of_reach)
{
    uint64_t page = memory_page_of(&crasher, 0);
    uint64_t other = memory_page_of(&crasher_queued, 0);

    REQUIRE(ready(), true);
    expect_reach(&crasher_queued, page, false, 0);
    expect_reach(&crasher, other, false, 0);
    expect_reach(&crasher, BULKHEAD, false, 0);
    expect_reach(&crasher, TFA, false, 0);
    EXPECT_TRUE(crasher_answers(&crasher));
    done();
}
