/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GICv3, as far as private interrupts of each CPU need it.
 */
#ifndef BL33_GIC_H
#define BL33_GIC_H

#include <stdint.h>

void gic_init(void);     /* once: the distributor */
void gic_init_cpu(void); /* on each CPU that comes on: its redistributor and its interface */
void gic_enable_private(uint32_t intid);
void gic_disable_private(uint32_t intid); /* and forgets that it is pending */
void gic_interrupt(void);                 /* from the vector */

#endif
