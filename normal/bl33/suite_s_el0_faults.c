/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Faults of a partition at S-EL0: each is the end of it. It comes back, but not more than eight
 * times in a minute: the tests are counted for that, and run in order. On one CPU, where idle time
 * passes at once.
 */
#define SUITE "s_el0_faults"

#include "cpu.h"
#include "memory.h"
#include "tap.h"
#include "timer.h"

#define RO_NX (FFA_ACCESS_RO | FFA_ACCESS_NX)
#define RW_NX (FFA_ACCESS_RW | FFA_ACCESS_NX)
#define BULKHEAD_CODE 0x0e101000
#define BULKHEAD_WINDOW 0xfffffff000000000 /* where S-EL2 sees memory, in the same regime */
#define IMAGE_OFFSET 0x4000
#define NEIGHBOUR 0x0e200000
#define OWN_NORMAL_PAGE 0x47e00000 /* by its manifest */

static const struct ffa_memory_range range = {POOL, 1, 0};

/* Nothing happens but its death, and the others live. */
static void expect_death(struct ffa_regs reply)
{
    EXPECT_ERROR(run_until_answered(reply), FFA_ABORTED);
    EXPECT_TRUE(echo_answers());
    EXPECT_TRUE(crasher_answers(&crasher));
    EXPECT_TRUE(crasher_comes_back(&crasher_s_el0));
}

#define TOUCH(address, what, non_secure) \
    ask(&crasher_s_el0, CRASH_TOUCH, address, what, 0xbad, non_secure)

TEST(it_cannot_write_to_its_code)
{
    uint64_t image;

    NEEDS_PARTITION(&crasher_s_el0);
    image = ask(&crasher_s_el0, CRASH_MAILBOX).x[7] - CRASHER_REGION_OFFSET + IMAGE_OFFSET;
    expect_death(TOUCH(image, TOUCH_WRITE, 0));
}

TEST(it_cannot_execute_its_data)
{
    NEEDS_PARTITION(&crasher_s_el0);
    expect_death(TOUCH(memory_page_of(&crasher_s_el0, 0), TOUCH_EXECUTE, 0));
}

TEST(it_cannot_read_bulkhead)
{
    NEEDS_PARTITION(&crasher_s_el0);
    expect_death(TOUCH(BULKHEAD_CODE, TOUCH_READ, 0));
    expect_death(TOUCH(BULKHEAD_WINDOW + BULKHEAD_CODE, TOUCH_EXECUTE, 0));
}

TEST(it_cannot_read_anothers_image_nor_what_nobody_shared)
{
    NEEDS_PARTITION(&crasher_s_el0);
    expect_death(TOUCH(NEIGHBOUR, TOUCH_READ, 0));
    expect_death(TOUCH(POOL, TOUCH_READ, 1));
}

TEST(it_cannot_write_to_what_it_got_for_reading_nor_reach_what_it_gave_back)
{
    struct sending s = memory_sending(FFA_MEM_LEND_64, &crasher_s_el0, &range, 1);
    uint64_t handle;

    NEEDS_PARTITION(&crasher_s_el0);
    EXPECT_SUCCESS(mailbox_map());
    REQUIRE(memory_begin(&crasher_s_el0), true);
    memory_fill(&range, 1, 0x500);
    handle = memory_sent(&s);
    EXPECT(memory_retrieve(&crasher_s_el0, handle, 0, RO_NX, 0).status, 0);
    EXPECT(ask(&crasher_s_el0, CRASH_LOAD, POOL).x[4], 0x500);
    expect_death(TOUCH(POOL, TOUCH_WRITE, 1));
    EXPECT(memory_wrong(&range, 1, 0x500), 0);
    REQUIRE(memory_begin(&crasher_s_el0), true);
    EXPECT(memory_retrieve(&crasher_s_el0, handle, 0, RW_NX, 0).status, 0);
    EXPECT(memory_relinquish(&crasher_s_el0, handle, 0), 0);
    expect_death(TOUCH(POOL, TOUCH_READ, 1));
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
}

TEST(it_cannot_reach_what_it_lent)
{
    uint64_t page;
    struct given given;

    NEEDS_PARTITION(&crasher_s_el0);
    deaths_are_forgotten();
    REQUIRE(memory_begin(&crasher_s_el0), true);
    REQUIRE(memory_begin(&crasher), true);
    page = memory_page_of(&crasher_s_el0, 2);
    given =
        memory_give(&crasher_s_el0, FFA_MEM_LEND_64, crasher.info.id, page, FFA_ACCESS_RW, 1, 0);
    EXPECT(given.status, 0);
    EXPECT_ERROR(run_until_answered(TOUCH(page, TOUCH_READ, 0)), FFA_ABORTED);
    EXPECT(memory_retrieve(&crasher, given.handle, crasher_s_el0.info.id, RW_NX, 0).status,
           FFA_INVALID_PARAMETERS);
    memory_end(&crasher);
    EXPECT_TRUE(crasher_comes_back(&crasher_s_el0));
}

TEST(it_cannot_change_what_its_manifest_has_for_reading)
{
    NEEDS_PARTITION(&crasher_s_el0);
    expect_death(TOUCH(ask(&crasher_s_el0, CRASH_MAILBOX).x[7], TOUCH_WRITE, 0));
}

TEST(it_cannot_execute_normal_memory)
{
    NEEDS_PARTITION(&crasher_s_el0);
    expect_death(TOUCH(OWN_NORMAL_PAGE, TOUCH_EXECUTE, 1));
}

TEST(what_is_s_el1s_is_not_for_it)
{
    NEEDS_PARTITION(&crasher_s_el0);
    expect_death(ask(&crasher_s_el0, CRASH_FORBIDDEN_REGISTER));
    expect_death(ask(&crasher_s_el0, CRASH_SYSTEM_REGISTERS));
    expect_death(ask(&crasher_s_el0, CRASH_CALL_HVC, FFA_ID_GET));
    expect_death(ask(&crasher_s_el0, CRASH_UNDEFINED));
}

/* It stays dead: its memory is another's for good. */
TEST(it_cannot_reach_what_it_donated)
{
    uint64_t page;
    struct given given;

    NEEDS_PARTITION(&crasher_s_el0);
    REQUIRE(memory_begin(&crasher_s_el0), true);
    REQUIRE(memory_begin(&crasher), true);
    page = memory_page_of(&crasher_s_el0, 3);
    given = memory_give(&crasher_s_el0, FFA_MEM_DONATE_64, crasher.info.id, page, 0, 1, 0);
    EXPECT(given.status, 0);
    EXPECT(memory_retrieve(&crasher, given.handle, crasher_s_el0.info.id, RW_NX, 0).status, 0);
    EXPECT_ERROR(run_until_answered(TOUCH(page, TOUCH_WRITE, 0)), FFA_ABORTED);
    memory_end(&crasher);
}
