/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts in a partition's manifest: pairs of number and attributes in the node of a device. */
#include <libfdt.h>

#include "core/device.h"
#include "core/interrupt.h"
#include "core/manifest.h"

#define INTERRUPT_CELLS 2
#define TARGET_CELLS 3
#define FIRST_PPI 16
#define FIRST_SPI 32
#define LAST_SPI 1019

static bool number_fits(const struct place *m, uint32_t intid, uint32_t attributes)
{
    switch (attributes >> FFA_INTERRUPT_TYPE_SHIFT) {
    case FFA_INTERRUPT_PPI: /* active on the CPU that took it, so its partition must not move */
        return intid >= FIRST_PPI && intid < FIRST_SPI && m->p->context_count > 1 &&
               !device_is_reserved(intid);
    case FFA_INTERRUPT_SPI:
        return intid >= FIRST_SPI && intid <= LAST_SPI;
    default:
        return false;
    }
}

static bool read_interrupt(const struct place *m, uint32_t intid, uint32_t attributes)
{
    struct property p = at(m, "interrupts");
    struct partition *own = m->p;

    if (!(attributes & FFA_INTERRUPT_SECURE) || !number_fits(m, intid, attributes))
        return complain(&p, "Secure SPIs (32 to 1019), or PPIs of an MP partition");
    if (device_owner(m->s, intid) != NULL)
        return complain(&p, "an interrupt that nobody else has");
    if (own->interrupt_count == INTERRUPT_MAX)
        return complain(&p, "no more interrupts than 13");
    own->interrupts[own->interrupt_count] = (struct interrupt){
        .intid = (uint16_t)intid,
        .priority = (uint8_t)(attributes & FFA_INTERRUPT_PRIORITY),
        .per_cpu = intid < FIRST_SPI,
        .level = attributes & FFA_INTERRUPT_LEVEL,
    };
    return device_register(m->s, own, own->interrupt_count++) ||
           complain(&p, "no more interrupts of all partitions than 32");
}

/* Where an SPI goes: triples of number and MPIDR, of which the lowest affinity counts here. */
static bool read_targets(const struct place *m)
{
    struct property p = at(m, "interrupts-target");
    int size = 0;
    const fdt32_t *cells = fdt_getprop(m->blob, m->node, p.name, &size);

    for (int n = 0; cells != NULL && n < size / (4 * TARGET_CELLS); n++, cells += TARGET_CELLS) {
        unsigned slot = interrupt_slot(m->p, fdt32_ld(cells));
        uint32_t cpu = fdt32_ld(&cells[2]);
        if (slot < SLOT_DEVICES || slot == INTERRUPT_MAX || m->p->interrupts[slot].per_cpu ||
            fdt32_ld(&cells[1]) != 0 || cpu >= CPU_MAX)
            return complain(&p, "an SPI of the node, and the MPIDR of a CPU");
        m->p->interrupts[slot].target = (uint8_t)cpu;
    }
    return true;
}

bool manifest_read_interrupts(const struct place *m)
{
    struct property p = at(m, "interrupts");
    int size = 0;
    const fdt32_t *cells = fdt_getprop(m->blob, m->node, p.name, &size);

    if (cells != NULL && (size == 0 || size % (4 * INTERRUPT_CELLS) != 0))
        return complain(&p, "pairs of number and attributes");
    for (int n = 0; cells != NULL && n < size / (4 * INTERRUPT_CELLS);
         n++, cells += INTERRUPT_CELLS)
        if (!read_interrupt(m, fdt32_ld(cells), fdt32_ld(&cells[1])))
            return false;
    return read_targets(m);
}
