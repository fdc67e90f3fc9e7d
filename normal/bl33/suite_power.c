/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CPUs go off and come on again, and everything answers on them each time.
 */
#define SUITE "power"

#include "cpu.h"
#include "partitions.h"
#include "smp.h"
#include "tap.h"

#define ROUNDS 2
#define NAME 0x706f776572

static void expect_answers(void *argument)
{
    (void)argument;
    EXPECT_TRUE(echo_answers());
    EXPECT_TRUE(vault_answers());
    EXPECT_TRUE(crasher_answers(&crasher_mp));
}

static void expect_value(void *argument)
{
    struct ffa_regs reply = ask(&vault, VAULT_GET, NAME);

    (void)argument;
    EXPECT_ANSWER(reply, &vault);
    EXPECT(reply.x[5], 0x1122);
}

TEST(every_secondary_cpu_goes_off_and_on_twice_and_answers_each_time)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned cpu = 1; cpu < cpu_count(); cpu++) {
            tap_for(cpu);
            cpu_switch_off(cpu);
            expect_answers(0);
            cpu_switch_on(cpu);
            cpu_run(cpu, expect_answers, 0);
        }
    }
}

TEST(all_secondary_cpus_are_off_at_the_same_time_and_come_back)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
        cpu_switch_off(cpu);
    expect_answers(0);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
        cpu_switch_on(cpu);
    cpu_run_everywhere(expect_answers, 0);
}

TEST(what_an_mp_partition_knows_outlives_the_cpu_it_was_told_on)
{
    NEEDS_CPUS(2);
    EXPECT(ask(&vault, VAULT_PUT, NAME, 0x1122, 0x3344).x[3], DEMO_OK);
    cpu_run(1, expect_value, 0);
    cpu_switch_off(1);
    expect_value(0);
    cpu_switch_on(1);
    cpu_run(1, expect_value, 0);
    EXPECT(ask(&vault, VAULT_DELETE, NAME).x[3], DEMO_OK);
}
