/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The schedule-receiver interrupt, an SGI that the Secure world raises on a CPU of its own choice;
 * and the Normal world's notification bitmaps.
 */
#ifndef BL33_SRI_H
#define BL33_SRI_H

#include <stdint.h>

#define SRI_INTID 8

/* On this CPU. */
void sri_start(void); /* from now on it is taken, and counted from zero */
void sri_stop(void);
unsigned sri_count(void);
void sri_interrupt(void); /* from the interrupt handler */

/* Fetches what is pending for an id of the Normal world, and destroys its bitmap. */
void notifications_end(uint16_t id);

#endif
