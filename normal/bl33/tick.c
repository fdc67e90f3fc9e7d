/* SPDX-License-Identifier: BSD-3-Clause */
/* A regular row of interrupts: each sets the timer to the next one, so a late one loses nothing. */
#include "tick.h"

#include "cpu.h"
#include "gic.h"

static struct cpu_tick {
    unsigned count;
    uint64_t start, period;
} ticks[CPU_MAX];

static volatile struct cpu_tick *this_tick(void)
{
    return &ticks[cpu_index()];
}

static uint64_t counter(void)
{
    isb();
    return read_register(cntpct_el0);
}

void tick_start(uint64_t period_us)
{
    volatile struct cpu_tick *tick = this_tick();

    tick->count = 0;
    tick->period = period_us * read_register(cntfrq_el0) / 1000000;
    tick->start = counter();
    write_register(cntp_cval_el0, tick->start + tick->period);
    write_register(cntp_ctl_el0, 1);
    isb();
    gic_enable_private(TICK_INTID);
}

void tick_stop(void)
{
    write_register(cntp_ctl_el0, 0);
    isb();
    gic_disable_private(TICK_INTID);
}

unsigned tick_count(void)
{
    return this_tick()->count;
}

unsigned tick_expected(void)
{
    return (unsigned)((counter() - this_tick()->start) / this_tick()->period);
}

/* The timer is as it was set, or the next one comes at the wrong time, and is not counted. */
void tick_interrupt(void)
{
    volatile struct cpu_tick *tick = this_tick();
    uint64_t compare = tick->start + (tick->count + 1) * tick->period;

    if (read_register(cntp_cval_el0) == compare)
        tick->count++;
    write_register(cntp_cval_el0, compare + tick->period);
    isb();
}
