/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Partitions that die while they own, lend or borrow memory, and come back. A partition may die
 * eight times in a row; the tests are counted for that, and run in order.
 */
#define SUITE "heirs"

#include "abi/stat.h"
#include "cpu.h"
#include "memory.h"
#include "tap.h"
#include "timer.h"

#define NX FFA_ACCESS_NX
#define RW_NX (FFA_ACCESS_RW | FFA_ACCESS_NX)
#define RETURN_US 20000
#define PATIENCE 100

static struct partition bulkhead = {"bulkhead", {{STAT_UUID}}, {.id = STAT_ID}};
static const struct ffa_memory_range range = {POOL, 2, 0};

static uint64_t state_of(const struct partition *partition)
{
    for (uint64_t i = 0;; i++) {
        struct ffa_regs reply = ask(&bulkhead, STAT_LIFE, i);

        if (!EXPECT(reply.x[3], STAT_OK) || reply.x[4] == partition->info.id)
            return reply.x[5];
    }
}

static void die(const struct partition *partition)
{
    EXPECT_ERROR(run_until_answered(ask(partition, CRASH_ABORT)), FFA_ABORTED);
}

static bool is_dead(const struct partition *partition)
{
    return run_until_answered(ask(partition, CRASH_ECHO, 1)).x[0] == FFA_ERROR;
}

static bool comes_back(const struct partition *partition)
{
    for (unsigned i = 0; i < PATIENCE && is_dead(partition); i++)
        delay_us(RETURN_US);
    return EXPECT(state_of(partition), STAT_STATE_LIVE) && EXPECT_TRUE(!is_dead(partition));
}

static bool ready(void)
{
    return EXPECT_SUCCESS(mailbox_map()) && EXPECT_TRUE(phoenix.info.id != 0) &&
           EXPECT_TRUE(phoenix_mp.info.id != 0);
}

static uint64_t lent(uint64_t function, const struct partition *to)
{
    struct sending s = memory_sending(function, to, &range, 1);

    memory_fill(&range, 1, 0x100);
    return memory_sent(&s);
}

TEST(what_a_dead_borrower_had_can_be_reclaimed)
{
    uint64_t handle;

    REQUIRE(ready(), true);
    REQUIRE(memory_begin(&phoenix), true);
    handle = lent(FFA_MEM_LEND_64, &phoenix);
    EXPECT(memory_retrieve(&phoenix, handle, 0, RW_NX, 0).status, 0);
    EXPECT_ERROR(memory_reclaim(handle, 0), FFA_DENIED);
    die(&phoenix);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    EXPECT(memory_wrong(&range, 1, 0x100), 0);
    EXPECT_TRUE(comes_back(&phoenix));
    EXPECT_TRUE(memory_touch(&phoenix, POOL, TOUCH_READ, true) != 0);
}

/* Its next life has not retrieved anything, but may. */
TEST(a_borrower_that_came_back_retrieves_again)
{
    uint64_t handle;

    REQUIRE(ready(), true);
    REQUIRE(memory_begin(&phoenix), true);
    handle = lent(FFA_MEM_SHARE_64, &phoenix);
    EXPECT(memory_retrieve(&phoenix, handle, 0, 0, 0).status, 0);
    die(&phoenix);
    EXPECT_TRUE(comes_back(&phoenix));
    EXPECT_TRUE(memory_touch(&phoenix, POOL, TOUCH_READ, true) != 0);
    REQUIRE(memory_begin(&phoenix), true);
    EXPECT(memory_relinquish(&phoenix, handle, 0), FFA_INVALID_PARAMETERS);
    EXPECT(memory_retrieve(&phoenix, handle, 0, 0, 0).status, 0);
    memory_expect_swap(&phoenix, 0x100, 0x200, 2);
    EXPECT(memory_relinquish(&phoenix, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    memory_end(&phoenix);
}

TEST(what_a_dead_borrower_would_have_zeroed_comes_back_clean)
{
    uint64_t handle;

    REQUIRE(ready(), true);
    REQUIRE(memory_begin(&phoenix), true);
    handle = lent(FFA_MEM_LEND_64, &phoenix);
    EXPECT(memory_retrieve(&phoenix, handle, 0, RW_NX, FFA_MEMORY_ZERO_AFTER).status, 0);
    die(&phoenix);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    EXPECT(*(volatile uint64_t *)POOL, 0);
    EXPECT(*(volatile uint64_t *)(POOL + PAGE_SIZE), 0);
    EXPECT_TRUE(comes_back(&phoenix));
}

/* phoenix lends a page of its own to phoenix_mp, and dies. */
TEST(a_lender_comes_back_when_its_borrower_gave_all_back)
{
    uint64_t page;
    struct given given;

    REQUIRE(ready(), true);
    page = memory_page_of(&phoenix, 0);
    REQUIRE(memory_begin(&phoenix), true);
    REQUIRE(memory_begin(&phoenix_mp), true);
    ask(&phoenix, CRASH_STORE, page, 0x5ec4e7);
    given = memory_give(&phoenix, FFA_MEM_LEND_64, phoenix_mp.info.id, page, FFA_ACCESS_RW, 1, 0);
    REQUIRE(given.status, 0);
    EXPECT(memory_retrieve(&phoenix_mp, given.handle, phoenix.info.id, RW_NX, 0).status, 0);
    die(&phoenix);
    EXPECT_TRUE(is_dead(&phoenix));
    memory_expect_swap(&phoenix_mp, 0x5ec4e7, 0x77, 1);
    EXPECT_TRUE(is_dead(&phoenix));
    EXPECT(memory_relinquish(&phoenix_mp, given.handle, 0), 0);
    EXPECT_TRUE(memory_touch(&phoenix_mp, page, TOUCH_READ, false) != 0);
    EXPECT_TRUE(comes_back(&phoenix));
    EXPECT(memory_page_of(&phoenix, 0), page);
    EXPECT(ask(&phoenix, CRASH_LOAD, page).x[4], 0);
    memory_end(&phoenix_mp);
}

TEST(a_lender_whose_memory_nobody_retrieved_comes_back_at_once)
{
    struct given given;

    REQUIRE(ready(), true);
    REQUIRE(memory_begin(&phoenix), true);
    REQUIRE(memory_begin(&phoenix_mp), true);
    given = memory_give(&phoenix, FFA_MEM_LEND_64, phoenix_mp.info.id, memory_page_of(&phoenix, 0),
                        FFA_ACCESS_RW, 1, 0);
    REQUIRE(given.status, 0);
    die(&phoenix);
    EXPECT_TRUE(comes_back(&phoenix));
    EXPECT(memory_retrieve(&phoenix_mp, given.handle, phoenix.info.id, RW_NX, 0).status,
           FFA_INVALID_PARAMETERS);
    memory_end(&phoenix_mp);
}

/* Both are dead: the lender gets its memory back with the borrower's death. */
TEST(a_lender_comes_back_when_its_borrower_died_too)
{
    struct given given;
    uint64_t page;

    REQUIRE(ready(), true);
    page = memory_page_of(&phoenix, 0);
    REQUIRE(memory_begin(&phoenix), true);
    REQUIRE(memory_begin(&phoenix_mp), true);
    ask(&phoenix, CRASH_STORE, page, 0x5ec4e7);
    given = memory_give(&phoenix, FFA_MEM_SHARE_64, phoenix_mp.info.id, page, FFA_ACCESS_RW, 1, 0);
    REQUIRE(given.status, 0);
    EXPECT(memory_retrieve(&phoenix_mp, given.handle, phoenix.info.id, 0, 0).status, 0);
    die(&phoenix);
    EXPECT_TRUE(is_dead(&phoenix));
    die(&phoenix_mp);
    EXPECT_TRUE(comes_back(&phoenix));
    EXPECT_TRUE(comes_back(&phoenix_mp));
    EXPECT_TRUE(memory_touch(&phoenix_mp, page, TOUCH_READ, false) != 0);
    EXPECT(ask(&phoenix, CRASH_LOAD, page).x[4], 0);
}
