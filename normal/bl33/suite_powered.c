/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CPU_OFF is told to an MP partition that subscribed to it, by its context of that CPU. Its answer
 * stops nothing.
 */
#define SUITE "powered"

#include "cpu.h"
#include "partitions.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

/* How many framework messages crasher_mp has got; the next is answered so. */
static struct ffa_regs heard(uint64_t milliseconds, int32_t status, uint64_t wrong)
{
    struct ffa_regs reply =
        ask(&crasher_mp, CRASH_FRAMEWORK, milliseconds, (uint32_t)status, wrong);

    EXPECT_ANSWER(reply, &crasher_mp);
    return reply;
}

static void expect_one_more(uint64_t before)
{
    struct ffa_regs reply = heard(0, 0, 0);

    EXPECT(reply.x[4], before + 1);
    EXPECT(reply.x[5], FFA_FRAMEWORK_PSCI_REQUEST);
}

TEST(a_partition_that_subscribed_is_told_that_its_cpu_goes_off)
{
    uint64_t before;

    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++) {
        before = heard(0, 0, 0).x[4];
        cpu_switch_off(cpu);
        expect_one_more(before);
        cpu_switch_on(cpu);
    }
}

TEST(a_cpu_goes_off_though_a_partition_denies_it)
{
    uint64_t before;

    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    before = heard(0, PSCI_DENIED, 0).x[4];
    cpu_switch_off(1);
    expect_one_more(before);
    cpu_switch_on(1);
}

TEST(a_cpu_goes_off_after_a_partition_that_takes_its_time_and_answers_wrongly_first)
{
    uint64_t before;

    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    before = heard(50, 0, 1).x[4];
    cpu_switch_off(1);
    expect_one_more(before);
    cpu_switch_on(1);
}

static struct ffa_regs stopped;

static void preempt_here(void *argument)
{
    (void)argument;
    stopped = work_until_interrupted(&crasher_mp);
}

static void go_on_here(void *argument)
{
    (void)argument;
    EXPECT_ANSWER(run_until_answered(stopped), &crasher_mp);
}

TEST(a_context_that_is_not_waiting_is_not_told)
{
    uint64_t before;

    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    cpu_run(1, preempt_here, 0);
    before = heard(0, 0, 0).x[4];
    cpu_switch_off(1);
    EXPECT(heard(0, 0, 0).x[4], before);
    cpu_switch_on(1);
    cpu_run(1, go_on_here, 0);
}

static uint64_t calls;

static void count_here(void *argument)
{
    (void)argument;
    calls = ask(&crasher_mp, CRASH_COUNT).x[4];
}

TEST(a_context_begins_anew_when_its_cpu_comes_on)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    cpu_run(1, count_here, 0);
    cpu_run(1, count_here, 0);
    EXPECT_TRUE(calls >= 2);
    cpu_switch_off(1);
    cpu_switch_on(1);
    cpu_run(1, count_here, 0);
    EXPECT(calls, 1);
    EXPECT_TRUE(crasher_answers(&crasher_mp));
}
