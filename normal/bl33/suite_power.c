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

static struct ffa_regs reply_of_1;

static void preempt_mp(void *argument)
{
    (void)argument;
    reply_of_1 = work_until_interrupted(&crasher_mp);
}

static void resume_mp(void *argument)
{
    (void)argument;
    reply_of_1 = run_until_answered(ffa(FFA_RUN, ffa_target(crasher_mp.info.id, 1)));
}

TEST(a_preempted_mp_context_goes_on_after_its_cpu_was_off)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    cpu_run(1, preempt_mp, 0);
    EXPECT(reply_of_1.x[0], FFA_INTERRUPT);
    cpu_switch_off(1);
    EXPECT_TRUE(crasher_answers(&crasher_mp));
    cpu_switch_on(1);
    cpu_run(1, resume_mp, 0);
    EXPECT_ANSWER(reply_of_1, &crasher_mp);
    cpu_run(1, expect_answers, 0);
}

static bool traffic_may_stop;

static void keep_sending(void *argument)
{
    (void)argument;
    while (!__atomic_load_n(&traffic_may_stop, __ATOMIC_RELAXED))
        EXPECT_TRUE(vault_answers());
}

TEST(a_cpu_goes_off_and_on_while_the_others_send)
{
    NEEDS_CPUS(3);
    __atomic_store_n(&traffic_may_stop, false, __ATOMIC_RELAXED);
    for (unsigned cpu = 2; cpu < cpu_count(); cpu++)
        cpu_start(cpu, keep_sending, 0);
    for (unsigned round = 0; round < 5; round++) {
        cpu_switch_off(1);
        cpu_switch_on(1);
        cpu_run(1, expect_answers, 0);
    }
    __atomic_store_n(&traffic_may_stop, true, __ATOMIC_RELAXED);
    for (unsigned cpu = 2; cpu < cpu_count(); cpu++)
        cpu_wait(cpu);
}
