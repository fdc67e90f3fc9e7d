/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Normal world's view of the GICv3: Group 1 on, the CPU's interface by system registers, and
 * the timer's private interrupt. BL31 sets a redistributor to its defaults each time a CPU comes
 * on.
 */
#include "gic.h"

#include "cpu.h"
#include "panic.h"
#include "sri.h"
#include "tick.h"
#include "timer.h"

#define GICD_BASE 0x08000000UL
#define GICR_BASE 0x080a0000UL
#define GICR_STRIDE 0x20000UL
#define GICR_SGI_FRAME 0x10000UL

#define GICD_CTLR 0x0
#define GICD_CTLR_GROUP1_AFFINITY 0x12 /* EnableGrp1 and ARE, with and without security */
#define GICR_CTLR 0x0
#define GICR_CTLR_RWP 0x8
#define GICR_WAKER 0x14
#define GICR_WAKER_PROCESSOR_SLEEP 0x2
#define GICR_WAKER_CHILDREN_ASLEEP 0x4
#define GICR_IGROUPR0 (GICR_SGI_FRAME + 0x80)
#define GICR_ISENABLER0 (GICR_SGI_FRAME + 0x100)
#define GICR_ICENABLER0 (GICR_SGI_FRAME + 0x180)
#define GICR_ICPENDR0 (GICR_SGI_FRAME + 0x280)
#define GICR_IPRIORITYR (GICR_SGI_FRAME + 0x400)

#define PRIORITY 0x80
#define PRIORITY_MASK_OPEN 0xff
#define INTID_SPECIAL 1020

static volatile uint32_t *redistributor(unsigned long offset)
{
    return (volatile uint32_t *)(GICR_BASE + cpu_index() * GICR_STRIDE + offset);
}

void gic_init(void)
{
    *(volatile uint32_t *)(GICD_BASE + GICD_CTLR) = GICD_CTLR_GROUP1_AFFINITY;
}

void gic_init_cpu(void)
{
    write_register(icc_sre_el2, 0xf);
    isb();
    *redistributor(GICR_WAKER) &= ~(uint32_t)GICR_WAKER_PROCESSOR_SLEEP;
    while (*redistributor(GICR_WAKER) & GICR_WAKER_CHILDREN_ASLEEP)
        ;
    write_register(icc_pmr_el1, PRIORITY_MASK_OPEN);
    write_register(icc_igrpen1_el1, 1);
    isb();
}

void gic_enable_private(uint32_t intid)
{
    volatile uint8_t *priority = (volatile uint8_t *)redistributor(GICR_IPRIORITYR);

    *redistributor(GICR_IGROUPR0) |= 1u << intid;
    priority[intid] = PRIORITY;
    *redistributor(GICR_ISENABLER0) = 1u << intid;
}

void gic_disable_private(uint32_t intid)
{
    *redistributor(GICR_ICENABLER0) = 1u << intid;
    while (*redistributor(GICR_CTLR) & GICR_CTLR_RWP)
        ;
    *redistributor(GICR_ICPENDR0) = 1u << intid;
}

static void take(uint32_t intid)
{
    if (intid == TIMER_INTID)
        timer_interrupt();
    else if (intid == SRI_INTID)
        sri_interrupt();
    else if (intid == TICK_INTID)
        tick_interrupt();
    else
        bail_out("unexpected interrupt", intid);
}

void gic_interrupt(void)
{
    uint32_t intid = (uint32_t)read_register(icc_iar1_el1);

    if (intid >= INTID_SPECIAL)
        return;
    take(intid);
    write_register(icc_eoir1_el1, intid);
    isb();
}
