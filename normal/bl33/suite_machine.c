/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The payload itself, before it judges others: its timer fires, its CPUs do what they are told,
 * memory is shared between them. These pass on a board without firmware, too.
 */
#define SUITE "machine"

#include "cpu.h"
#include "psci.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define TIMER_US 2000

static unsigned visits[CPU_MAX];

static void visit(void *argument)
{
    (void)argument;
    visits[cpu_index()]++;
}

static void expect_timer(void *argument)
{
    uint64_t start = now_us();

    (void)argument;
    timer_start(TIMER_US, 0);
    EXPECT(timer_wait(), 1);
    EXPECT_TRUE(timer_fired_at() - start >= TIMER_US);
    delay_us(2 * TIMER_US);
    EXPECT(timer_count(), 1);
}

static void expect_periodic_timer(void *argument)
{
    (void)argument;
    timer_start(TIMER_US, TIMER_US);
    while (timer_count() < 3)
        ;
    timer_stop();
    EXPECT_TRUE(timer_count() >= 3);
}

TEST(the_timer_of_every_cpu_fires_once)
{
    cpu_run_everywhere(expect_timer, 0);
}

TEST(a_periodic_timer_fires_again)
{
    cpu_run_everywhere(expect_periodic_timer, 0);
}

TEST(every_cpu_runs_what_it_is_given)
{
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        visits[cpu] = 0;
    cpu_run_everywhere(visit, 0);
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        cpu_run(cpu, visit, 0);
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
        tap_for(cpu);
        EXPECT(visits[cpu], 2);
    }
}

TEST(a_cpu_goes_off_and_comes_on_again)
{
    NEEDS_CPUS(2);
    cpu_switch_off(1);
    EXPECT(psci_affinity_info(1), PSCI_AFFINITY_OFF);
    cpu_switch_on(1);
    EXPECT(psci_affinity_info(1), PSCI_AFFINITY_ON);
    cpu_run(1, expect_timer, 0);
}
