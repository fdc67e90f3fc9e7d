/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a partition at S-EL0 can execute, where EL1's registers are the Normal world's: what could
 * tell of them, or change S-EL2, is its end; what it may execute tells nothing. It comes back eight
 * times until its deaths are forgotten. On one CPU, where idle time passes at once.
 */
#define SUITE "s_el0_code"

#include "abi/s_el0_code.h"
#include "cpu.h"
#include "el1.h"
#include "partitions.h"
#include "tap.h"
#include "timer.h"

#define DEATHS 8 /* until they are forgotten */

static const uint32_t trapped[] = {S_EL0_TRAPPED};
static const uint32_t harmless[] = {S_EL0_FREE};

static struct ffa_regs execute(uint32_t instruction, uint64_t x0)
{
    return run_until_answered(ask(&crasher_s_el0, CRASH_INSTRUCTION, instruction, x0, 0x5a5a));
}

TEST(what_is_not_for_s_el0_is_its_end)
{
    NEEDS_PARTITION(&crasher_s_el0);
    el1_plant(0x900);
    for (unsigned i = 0; i < sizeof(trapped) / sizeof(trapped[0]); i++) {
        struct ffa_regs reply = execute(trapped[i], 0);
        tap_for(trapped[i]);
        EXPECT_ERROR(reply, FFA_ABORTED);
        if (i % DEATHS == DEATHS - 1)
            deaths_are_forgotten();
        EXPECT_TRUE(crasher_comes_back(&crasher_s_el0));
    }
    el1_expect_planted();
    EXPECT_TRUE(crasher_answers(&crasher));
}

TEST(what_it_may_execute_changes_nothing_of_the_normal_worlds)
{
    NEEDS_PARTITION(&crasher_s_el0);
    el1_plant(0x910);
    for (unsigned i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        struct ffa_regs reply = execute(harmless[i], ask(&crasher_s_el0, CRASH_MAILBOX).x[6]);
        tap_for(harmless[i]);
        EXPECT_ANSWER(reply, &crasher_s_el0);
    }
    EXPECT_ANSWER(ask(&crasher_s_el0, CRASH_TIMER), &crasher_s_el0);
    el1_expect_planted();
}

/* Its keys are not the Normal world's. */
TEST(what_it_signs_does_not_depend_on_the_normal_worlds_keys)
{
    uint64_t seen;

    NEEDS_PARTITION(&crasher_s_el0);
    el1_plant(0x920);
    seen = execute(harmless[0], 0x1234).x[5];
    el1_plant(0x930);
    EXPECT(execute(harmless[0], 0x1234).x[5], seen);
    el1_expect_planted();
}

/* Bulkhead signs its return addresses, and S-EL0 has its translation regime: but never its key. */
TEST(it_signs_nothing_with_bulkheads_key)
{
    const uint64_t address = 0xfffffff00e101000;

    NEEDS_PARTITION(&crasher_s_el0);
    EXPECT(execute(harmless[1], address).x[5], address);
    EXPECT(execute(harmless[1], (uint32_t)address).x[5], (uint32_t)address);
}
