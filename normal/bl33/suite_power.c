/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CPUs go off and come on again, and everything answers on them each time.
 */
#define SUITE "power"

#include "cpu.h"
#include "partitions.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define ROUNDS 2
#define PERIOD_US 300
#define FORWARDS 10000
#define NAME 0x706f776572

static void expect_answers(void *argument)
{
    (void)argument;
    EXPECT_TRUE(echo_answers());
    EXPECT_TRUE(vault_answers());
    EXPECT_TRUE(crasher_answers(&crasher_mp));
}

/* One after the other: a UP partition is busy for the rest. */
static void expect_answers_on_every_cpu(void)
{
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        cpu_run(cpu, expect_answers, 0);
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
    expect_answers_on_every_cpu();
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

static struct ffa_regs resume_mp_here(void)
{
    return run_until_answered(ffa(FFA_RUN, ffa_target(crasher_mp.info.id, (uint16_t)cpu_index())));
}

static void yield_mp(void *argument)
{
    (void)argument;
    reply_of_1 = ask(&crasher_mp, CRASH_YIELD);
}

TEST(an_mp_context_that_yielded_goes_on_after_its_cpu_was_off)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    cpu_run(1, yield_mp, 0);
    EXPECT(reply_of_1.x[0], FFA_YIELD);
    cpu_switch_off(1);
    EXPECT_TRUE(crasher_answers(&crasher_mp));
    EXPECT_ERROR(ffa(FFA_RUN, ffa_target(crasher_mp.info.id, 1)), FFA_INVALID_PARAMETERS);
    cpu_switch_on(1);
    cpu_run(1, resume_mp, 0);
    EXPECT_ANSWER(reply_of_1, &crasher_mp);
    cpu_run(1, expect_answers, 0);
}

static void yield_up(void *argument)
{
    (void)argument;
    reply_of_1 = ask(&crasher, CRASH_YIELD);
}

TEST(an_up_partition_that_yielded_outlives_the_cpu_it_yielded_on)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher);
    cpu_run(1, yield_up, 0);
    EXPECT(reply_of_1.x[0], FFA_YIELD);
    cpu_switch_off(1);
    EXPECT_ANSWER(ffa(FFA_RUN, ffa_target(crasher.info.id, 0)), &crasher);
    cpu_switch_on(1);
    EXPECT_TRUE(crasher_answers(&crasher));
}

static void preempt_up_chain(void *argument)
{
    (void)argument;
    timer_start(PERIOD_US, PERIOD_US);
    reply_of_1 = ask(&crasher, CRASH_FORWARD, echo.info.id, 0x77, 0x88, FORWARDS);
    timer_stop();
}

TEST(a_chain_of_up_partitions_outlives_the_cpu_it_was_preempted_on)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher);
    cpu_run(1, preempt_up_chain, 0);
    EXPECT(reply_of_1.x[0], FFA_INTERRUPT);
    cpu_switch_off(1);
    reply_of_1 = run_until_answered(reply_of_1);
    EXPECT_ANSWER(reply_of_1, &crasher);
    EXPECT(reply_of_1.x[5], 0x77);
    cpu_switch_on(1);
    cpu_run(1, expect_answers, 0);
}

/* ---- The boot CPU ---- */

static void expect_answers_of_all_others(void *argument)
{
    expect_answers(argument);
    EXPECT_ANSWER(ask(&crasher, CRASH_ECHO), &crasher);
}

TEST(the_boot_cpu_goes_off_and_comes_on_and_everybody_answers)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    for (unsigned helper = 1; helper < cpu_count(); helper++) {
        cpu_sleep_while(helper, expect_answers_of_all_others);
        expect_answers(0);
    }
    expect_answers_on_every_cpu();
}

static struct ffa_regs stopped;

static void finish_up(void *argument)
{
    (void)argument;
    stopped = run_until_answered(stopped);
}

TEST(an_up_partition_preempted_on_the_boot_cpu_goes_on_elsewhere_while_that_is_off)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher);
    stopped = work_until_interrupted(&crasher);
    EXPECT(stopped.x[0], FFA_INTERRUPT);
    cpu_sleep_while(1, finish_up);
    EXPECT_ANSWER(stopped, &crasher);
    EXPECT_TRUE(crasher_answers(&crasher));
}

TEST(an_mp_context_preempted_on_the_boot_cpu_goes_on_there_after_that_was_off)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    EXPECT(work_until_interrupted(&crasher_mp).x[0], FFA_INTERRUPT);
    cpu_sleep_while(1, expect_answers_of_all_others);
    EXPECT_ERROR(ask(&crasher_mp, CRASH_ECHO), FFA_BUSY);
    EXPECT_ANSWER(resume_mp_here(), &crasher_mp);
    expect_answers(0);
}

TEST(all_cpus_but_one_are_off_and_the_last_is_not_the_boot_cpu)
{
    NEEDS_CPUS(3);
    for (unsigned cpu = 2; cpu < cpu_count(); cpu++)
        cpu_switch_off(cpu);
    cpu_sleep_while(1, expect_answers_of_all_others);
    for (unsigned cpu = 2; cpu < cpu_count(); cpu++)
        cpu_switch_on(cpu);
    expect_answers_on_every_cpu();
}

TEST(contexts_that_start_slowly_start_all_the_same)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    EXPECT_ANSWER(ask(&crasher_mp, CRASH_SLOW_START, 50), &crasher_mp);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
        cpu_switch_off(cpu);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
        cpu_switch_on(cpu);
    EXPECT_ANSWER(ask(&crasher_mp, CRASH_SLOW_START, 0), &crasher_mp);
    expect_answers_on_every_cpu();
}

/* ---- Traffic ---- */

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
