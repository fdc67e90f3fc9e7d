/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The GIC as S-EL2 needs it: its own two interrupts on each CPU, and the priority mask that keeps
 * the Normal world's from a partition whose action is "queued". TF-A did the rest of the set-up.
 */
#include "aarch64/machine.h"
#include "aarch64/registers.h"
#include "core/port.h"
#include "platform/qemu-virt/platform.h"

#define GICR_SGI_FRAME 0x10000
#define GICR_CTLR 0x0000
#define GICR_IGROUPR0 0x0080
#define GICR_ISENABLER0 0x0100
#define GICR_IPRIORITYR 0x0400
#define GICR_IGRPMODR0 0x0d00
#define GICR_CTLR_RWP BIT(3)

#define PRIORITY_HIGHEST 0x00
#define PRIORITY_DONATED 0xf0 /* in the Normal world's half, as far as it may go down */
#define PRIORITY_MASK_NOTHING 0xff
#define PRIORITY_MASK_NORMAL 0x80 /* Non-secure interrupts have 0x80 and up */
#define ICC_CTLR_EOIMODE BIT(1)
#define SGI_INTID_SHIFT 24
#define OWN_INTERRUPTS (BIT(INTID_KICK) | BIT(INTID_DEADLINE))

#define ICC_PMR_EL1 S3_0_C4_C6_0
#define ICC_IAR1_EL1 S3_0_C12_C12_0
#define ICC_EOIR1_EL1 S3_0_C12_C12_1
#define ICC_SGI1R_EL1 S3_0_C12_C11_5
#define ICC_ASGI1R_EL1 S3_0_C12_C11_6
#define ICC_HPPIR0_EL1 S3_0_C12_C8_2
#define ICC_CTLR_EL1 S3_0_C12_C12_4
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define ICC_SRE_EL2 S3_4_C12_C9_5
#define ICC_SRE_SRE_ENABLE 0xf

static volatile uint32_t *redistributor(unsigned cpu, unsigned offset)
{
    return window(PLATFORM_GICR_BASE + (uint64_t)cpu * PLATFORM_GICR_STRIDE + offset);
}

static void set_priority(unsigned cpu, unsigned intid, uint8_t priority)
{
    volatile uint8_t *priorities =
        (volatile uint8_t *)redistributor(cpu, GICR_SGI_FRAME + GICR_IPRIORITYR);

    priorities[intid] = priority;
}

/* Non-secure Group 1, and off: the Normal world enables it. */
static void donate(unsigned cpu, unsigned intid)
{
    *redistributor(cpu, GICR_SGI_FRAME + GICR_IGROUPR0) |= BIT(intid);
    *redistributor(cpu, GICR_SGI_FRAME + GICR_IGRPMODR0) &= ~(uint32_t)BIT(intid);
    set_priority(cpu, intid, PRIORITY_DONATED);
}

/* EL3 sets the redistributor to its defaults each time a CPU comes on, so this runs each time too.
 */
void gic_cpu_init(unsigned cpu)
{
    write_register(ICC_SRE_EL2, ICC_SRE_SRE_ENABLE);
    isb();
    *redistributor(cpu, GICR_SGI_FRAME + GICR_IGROUPR0) &= ~(uint32_t)OWN_INTERRUPTS;
    *redistributor(cpu, GICR_SGI_FRAME + GICR_IGRPMODR0) |= OWN_INTERRUPTS;
    set_priority(cpu, INTID_KICK, PRIORITY_HIGHEST);
    set_priority(cpu, INTID_DEADLINE, PRIORITY_HIGHEST);
    donate(cpu, INTID_SCHEDULE_RECEIVER);
    *redistributor(cpu, GICR_SGI_FRAME + GICR_ISENABLER0) = OWN_INTERRUPTS;
    while (*redistributor(cpu, GICR_CTLR) & GICR_CTLR_RWP)
        ;
    write_register(ICC_CTLR_EL1, read_register(ICC_CTLR_EL1) & ~ICC_CTLR_EOIMODE);
    write_register(ICC_IGRPEN1_EL1, 1);
    isb();
}

/*
 * The end of an interrupt also deactivates it (EOImode 0): QEMU ignores ICC_DIR_EL1 of S-EL2 for
 * Secure ones. The timer still asks here and is pending again, until it is stopped.
 */
unsigned gic_take(void)
{
    unsigned intid = read_register(ICC_IAR1_EL1) & 0xffffff;

    if (intid < INTID_NONE) {
        write_register(ICC_EOIR1_EL1, intid);
        isb();
    }
    return intid;
}

bool gic_group0_pending(void)
{
    return (read_register(ICC_HPPIR0_EL1) & 0xffffff) < INTID_NONE;
}

uint64_t gic_mask_normal(void)
{
    uint64_t mask = read_register(ICC_PMR_EL1);

    write_register(ICC_PMR_EL1, PRIORITY_MASK_NORMAL);
    isb();
    return mask;
}

void gic_unmask_normal(uint64_t mask)
{
    write_register(ICC_PMR_EL1, mask);
    isb();
}

void gic_wait(void)
{
    uint64_t mask = read_register(ICC_PMR_EL1);

    write_register(ICC_PMR_EL1, PRIORITY_MASK_NOTHING);
    isb();
    __asm__ volatile("wfi");
    gic_unmask_normal(mask);
}

/* Non-secure, so it waits until this CPU is in the Normal world. */
void gic_schedule_receiver(unsigned cpu)
{
    dsb();
    write_register(ICC_ASGI1R_EL1,
                   (uint64_t)INTID_SCHEDULE_RECEIVER << SGI_INTID_SHIFT | 1ULL << cpu);
    isb();
}

void gic_kick(unsigned cpu)
{
    dsb();
    write_register(ICC_SGI1R_EL1, (uint64_t)INTID_KICK << SGI_INTID_SHIFT | 1ULL << cpu);
    isb();
}
