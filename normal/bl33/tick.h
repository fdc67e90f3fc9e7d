/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Normal world's tick: CNTP, as an OS at EL1 has it. It is not banked by world, so a partition
 * that reached the registers of its own would stop it.
 */
#ifndef BL33_TICK_H
#define BL33_TICK_H

#include <stdint.h>

#define TICK_INTID 30 /* the EL1 physical timer, CNTP */

/* On this CPU: from now on, one interrupt each `period_us`. */
void tick_start(uint64_t period_us);
void tick_stop(void);

unsigned tick_count(void);    /* since tick_start */
unsigned tick_expected(void); /* how many the counter says there must be */
void tick_interrupt(void);    /* from the interrupt handler */

#endif
