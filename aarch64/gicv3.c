/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The GIC as S-EL2 needs it: its own two interrupts on each CPU, those of partitions' devices, and
 * the priority mask that keeps interrupts from a partition that runs without. TF-A did the rest of
 * the set-up.
 */
#include "aarch64/machine.h"
#include "aarch64/registers.h"
#include "core/port.h"
#include "platform/qemu-virt/platform.h"

/* Registers of interrupts lie at the same offsets in the distributor, for SPIs, and in a
 * redistributor's second frame, for what is a CPU's own. */
#define GICR_SGI_FRAME 0x10000
#define GICR_CTLR 0x0000
#define GICR_CTLR_RWP BIT(3)
#define GICD_CTLR 0x0000
#define GICD_CTLR_RWP BIT(31)
#define GICD_IROUTER 0x6000
#define IGROUPR 0x0080
#define ISENABLER 0x0100
#define ICENABLER 0x0180
#define IPRIORITYR 0x0400
#define ICFGR 0x0c00
#define IGRPMODR 0x0d00
#define FIRST_SPI 32
#define RWP_TRIES 1024 /* far more than a GIC needs */

/* Secure priorities, higher ones first: Bulkhead's own, then partitions' devices. */
#define PRIORITY_HIGHEST 0x00
#define PRIORITY_DEVICES 0x10
#define PRIORITY_DEVICES_LAST 0x78
#define PRIORITY_DONATED 0xf0 /* in the Normal world's half, as far as it may go down */
#define PRIORITY_MASK_NOTHING 0xff
#define PRIORITY_MASK_NORMAL 0x80 /* Non-secure interrupts have 0x80 and up */
#define PRIORITY_MASK_ALL 0x08
#define ICC_CTLR_EOIMODE BIT(1)
#define SGI_INTID_SHIFT 24

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

static volatile void *registers_of(unsigned intid, unsigned cpu, unsigned offset)
{
    uint64_t frame = intid < FIRST_SPI ? PLATFORM_GICR_BASE + (uint64_t)cpu * PLATFORM_GICR_STRIDE +
                                             GICR_SGI_FRAME
                                       : PLATFORM_GICD_BASE;

    return window(frame + offset);
}

/* The word of a register of one bit for each interrupt. */
static volatile uint32_t *word_of(unsigned intid, unsigned cpu, unsigned offset)
{
    return registers_of(intid, cpu, offset + intid / 32 * 4);
}

static void set_priority(unsigned intid, unsigned cpu, unsigned priority)
{
    *(volatile uint8_t *)registers_of(intid, cpu, IPRIORITYR + intid) = (uint8_t)priority;
}

static void make_secure(unsigned intid, unsigned cpu)
{
    *word_of(intid, cpu, IGROUPR) &= ~(uint32_t)BIT(intid % 32);
    *word_of(intid, cpu, IGRPMODR) |= (uint32_t)BIT(intid % 32);
}

/*
 * The Normal world's writes count, too: it could make more of them without end. An interrupt that
 * comes all the same is disabled again.
 */
static void wait_for_writes(unsigned intid, unsigned cpu)
{
    bool own = intid < FIRST_SPI;
    unsigned tries = RWP_TRIES;
    volatile uint32_t *control =
        window(own ? PLATFORM_GICR_BASE + (uint64_t)cpu * PLATFORM_GICR_STRIDE + GICR_CTLR
                   : PLATFORM_GICD_BASE + GICD_CTLR);

    while (*control & (own ? GICR_CTLR_RWP : GICD_CTLR_RWP) && --tries != 0)
        ;
}

/* What is off must not come any more from here on. */
void gic_enable(unsigned intid, unsigned cpu, bool on)
{
    *word_of(intid, cpu, on ? ISENABLER : ICENABLER) = (uint32_t)BIT(intid % 32);
    if (!on)
        wait_for_writes(intid, cpu);
}

void gic_route(unsigned intid, unsigned cpu)
{
    volatile uint64_t *router = registers_of(intid, cpu, GICD_IROUTER + 8 * intid);

    *router = (uint64_t)cpu << PLATFORM_CPU_SHIFT;
}

/* The manifest's 256 priorities share the room between Bulkhead's own and the Normal world's. */
void gic_configure(unsigned intid, unsigned priority, bool level, unsigned cpu)
{
    volatile uint32_t *config = registers_of(intid, cpu, ICFGR + intid / 16 * 4);
    unsigned edge_bit = intid % 16 * 2 + 1;
    unsigned scaled = PRIORITY_DEVICES + priority / 2;

    gic_enable(intid, cpu, false);
    make_secure(intid, cpu);
    set_priority(intid, cpu, scaled < PRIORITY_DEVICES_LAST ? scaled : PRIORITY_DEVICES_LAST);
    *config = (*config & ~(uint32_t)BIT(edge_bit)) | (level ? 0 : (uint32_t)BIT(edge_bit));
    if (intid >= FIRST_SPI)
        gic_route(intid, cpu);
}

static void take_as_own(unsigned intid, unsigned cpu)
{
    make_secure(intid, cpu);
    set_priority(intid, cpu, PRIORITY_HIGHEST);
    gic_enable(intid, cpu, true);
}

/* Non-secure Group 1, and off: the Normal world enables it. */
static void donate(unsigned intid, unsigned cpu)
{
    *word_of(intid, cpu, IGROUPR) |= (uint32_t)BIT(intid % 32);
    *word_of(intid, cpu, IGRPMODR) &= ~(uint32_t)BIT(intid % 32);
    set_priority(intid, cpu, PRIORITY_DONATED);
}

/* EL3 sets the redistributor to its defaults each time a CPU comes on, so this runs each time too.
 */
void gic_cpu_init(unsigned cpu)
{
    write_register(ICC_SRE_EL2, ICC_SRE_SRE_ENABLE);
    isb();
    take_as_own(INTID_KICK, cpu);
    take_as_own(INTID_ALARM, cpu);
    donate(INTID_SCHEDULE_RECEIVER, cpu);
    wait_for_writes(INTID_KICK, cpu);
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

uint64_t gic_mask(enum mask mask)
{
    uint64_t before = read_register(ICC_PMR_EL1);

    write_register(ICC_PMR_EL1, mask == MASK_ALL ? PRIORITY_MASK_ALL : PRIORITY_MASK_NORMAL);
    isb();
    return before;
}

void gic_unmask(uint64_t mask)
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
    gic_unmask(mask);
}

/* Non-secure, so it waits until this CPU is in the Normal world. */
void gic_schedule_receiver(unsigned cpu)
{
    dsb();
    write_register(ICC_ASGI1R_EL1,
                   (uint64_t)INTID_SCHEDULE_RECEIVER << SGI_INTID_SHIFT | 1ULL << cpu);
    isb();
}

BEHIND_VECTOR("01") void gic_kick(unsigned cpu)
{
    dsb();
    write_register(ICC_SGI1R_EL1, (uint64_t)INTID_KICK << SGI_INTID_SHIFT | 1ULL << cpu);
    isb();
}
