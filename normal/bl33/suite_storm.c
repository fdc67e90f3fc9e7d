/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A partition whose timer comes again at once, for ever: it gets half of the time at most, the
 * Normal world and other partitions go on. One that never leaves its handler is in suite_death.c.
 */
#define SUITE "storm"

#include "interrupts.h"
#include "smp.h"
#include "tap.h"
#include "tick.h"
#include "timer.h"

#define SPAN_US 100000
#define SHORT_US \
    20 /* over when the handler is hardly back: less than the way through EL3 and back takes */
#define HANDLER_ENTRY_US 40
#define BURST_US 10000
#define PERIOD_US 1000

static void begin_storm(const struct partition *p, uint64_t period_us)
{
    taken(p, HF_INTID_TIMER);
    set_timer(p, PHYSICAL, 0, period_us);
}

static uint64_t end_storm(const struct partition *p)
{
    uint64_t count;

    set_timer(p, PHYSICAL, 0, 0);
    delay_us(2 * BURST_US);
    count = taken(p, HF_INTID_TIMER).x[4];
    return count;
}

/* How far a loop comes in that time. */
static uint64_t work(uint64_t us)
{
    uint64_t end = counter() + ticks_of(us), rounds = 0;

    while (counter() < end)
        rounds++;
    return rounds;
}

TEST(a_timer_that_comes_again_and_again_leaves_the_normal_world_time)
{
    uint64_t alone, beside, interrupts;

    NEEDS_PARTITION(&crasher);
    alone = work(SPAN_US);
    begin_storm(&crasher, SHORT_US);
    work(2 * BURST_US);
    beside = work(SPAN_US);
    interrupts = end_storm(&crasher);
    EXPECT_TRUE(beside >= alone / 4);
    EXPECT_TRUE(interrupts > 100);
    EXPECT_TRUE(interrupts <= (SPAN_US + 6 * BURST_US) / HANDLER_ENTRY_US);
}

TEST(others_answer_and_the_tick_goes_on_while_a_timer_storms)
{
    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&crasher_mp);
    begin_storm(&crasher, SHORT_US);
    tick_start(PERIOD_US);
    for (unsigned i = 0; i < 50; i++) {
        EXPECT_TRUE(vault_answers());
        EXPECT(run_until_answered(ask(&crasher_mp, CRASH_SPIN, 1)).x[4], 1);
    }
    EXPECT_TRUE(tick_count() + 2 >= tick_expected());
    tick_stop();
    end_storm(&crasher);
    EXPECT_TRUE(crasher_answers(&crasher));
}

TEST(two_partitions_whose_timers_never_rest_leave_the_normal_world_time)
{
    uint64_t alone, beside;

    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&crasher_mp);
    alone = work(SPAN_US);
    begin_storm(&crasher, SHORT_US);
    begin_storm(&crasher_mp, SHORT_US);
    work(4 * BURST_US);
    beside = work(SPAN_US);
    EXPECT_TRUE(end_storm(&crasher) > 100);
    EXPECT_TRUE(end_storm(&crasher_mp) > 100);
    EXPECT_TRUE(beside >= alone / 4);
}

static void answer_beside(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < 20; i++)
        EXPECT_TRUE(vault_answers());
}

/* The CPUs share the time of the one that emulates them. */
static void storm_here(void *argument)
{
    begin_storm(argument, 2 * SHORT_US * cpu_count());
    answer_beside(0);
    end_storm(argument);
    EXPECT_TRUE(crasher_answers(argument));
}

TEST(timers_storm_on_all_cpus_at_once_and_everybody_answers)
{
    NEEDS_PARTITION(&crasher_mp);
    cpu_run_everywhere(storm_here, &crasher_mp);
}
