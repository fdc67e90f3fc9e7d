/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CNTHP, one a CPU. It exists for the Non-secure EL2 alone, so no partition can disturb it.
 */
#include "timer.h"

#include "cpu.h"
#include "gic.h"

#define PATIENCE_US 10000000
#define CONTROL_ON 1
#define CONTROL_OFF 0

static struct cpu_timer {
    unsigned count;
    uint64_t fired_at;
    uint64_t period_us;
} timers[CPU_MAX];

static volatile struct cpu_timer *this_timer(void)
{
    return &timers[cpu_index()];
}

static void expire_in(uint64_t microseconds)
{
    write_register(cnthp_tval_el2, microseconds * read_register(cntfrq_el0) / 1000000);
    write_register(cnthp_ctl_el2, CONTROL_ON);
    isb();
}

void timer_init_cpu(void)
{
    write_register(cnthp_ctl_el2, CONTROL_OFF);
    gic_enable_private(TIMER_INTID);
}

void timer_start(uint64_t after_us, uint64_t period_us)
{
    timer_stop();
    this_timer()->count = 0;
    this_timer()->period_us = period_us;
    expire_in(after_us);
}

void timer_stop(void)
{
    write_register(cnthp_ctl_el2, CONTROL_OFF);
    isb();
}

unsigned timer_count(void)
{
    return this_timer()->count;
}

/* An emulated timer may be late: its host does other things too. */
unsigned timer_wait(void)
{
    uint64_t start = now_us();

    while (!timer_count() && now_us() - start < PATIENCE_US)
        __asm__ volatile("yield");
    return timer_count();
}

uint64_t timer_fired_at(void)
{
    return this_timer()->fired_at;
}

void timer_interrupt(void)
{
    this_timer()->count++;
    this_timer()->fired_at = now_us();
    if (this_timer()->period_us)
        expire_in(this_timer()->period_us);
    else
        timer_stop();
}
