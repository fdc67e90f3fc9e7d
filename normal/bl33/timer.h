/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Normal world's own timer interrupt: what preempts partitions in the tests.
 */
#ifndef BL33_TIMER_H
#define BL33_TIMER_H

#include <stdint.h>

#define TIMER_INTID 26 /* the Non-secure EL2 physical timer, CNTHP */

void timer_init_cpu(void);

/* This CPU's timer: one interrupt after that long; then, unless `period_us` is 0, again and again.
 */
void timer_start(uint64_t after_us, uint64_t period_us);
void timer_stop(void);

unsigned timer_count(void);    /* interrupts on this CPU since timer_start */
unsigned timer_wait(void);     /* until there is one, or for ten seconds; gives the count */
uint64_t timer_fired_at(void); /* when the last one was taken, as now_us() */
void timer_interrupt(void);    /* from the interrupt handler */

#endif
