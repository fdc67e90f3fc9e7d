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

static const char *interrupt_refusal(const struct place *m, uint32_t intid, uint32_t attributes)
{
    if (!(attributes & FFA_INTERRUPT_SECURE) || !number_fits(m, intid, attributes))
        return "Secure SPIs, or PPIs of an MP partition";
    if (device_owner(m->s, intid) != NULL)
        return "an interrupt nobody else has";
    return m->p->interrupt_count == INTERRUPT_MAX ? "fewer interrupts" : NULL;
}

static const char *read_interrupt(const struct place *m, uint32_t intid, uint32_t attributes)
{
    struct partition *p = m->p;
    const char *wrong = interrupt_refusal(m, intid, attributes);

    if (wrong != NULL)
        return wrong;
    p->interrupts[p->interrupt_count] = (struct interrupt){
        .intid = (uint16_t)intid,
        .priority = (uint8_t)(attributes & FFA_INTERRUPT_PRIORITY),
        .per_cpu = intid < FIRST_SPI,
        .level = attributes & FFA_INTERRUPT_LEVEL,
    };
    return device_register(m->s, p, p->interrupt_count++) ? NULL : "fewer interrupts";
}

/* Where an SPI goes: triples of number and MPIDR, of which the lowest affinity counts here. */
static void read_targets(struct place *m)
{
    int size;
    const fdt32_t *cells = property(m, "interrupts-target", &size);

    for (; size >= 4 * TARGET_CELLS; size -= 4 * TARGET_CELLS, cells += TARGET_CELLS) {
        unsigned slot = interrupt_slot(m->p, fdt32_ld(cells));
        uint32_t cpu = fdt32_ld(&cells[2]);
        if (slot < SLOT_DEVICES || slot == INTERRUPT_MAX || m->p->interrupts[slot].per_cpu ||
            fdt32_ld(&cells[1]) != 0 || cpu >= CPU_MAX) {
            complain(m, "interrupts-target", "an SPI of the node, and the MPIDR of a CPU");
            return;
        }
        m->p->interrupts[slot].target = m->p->interrupts[slot].first_target = (uint8_t)cpu;
    }
}

void manifest_read_interrupts(struct place *m)
{
    int size;
    const fdt32_t *cells = property(m, "interrupts", &size);
    const char *wrong = cells != NULL && (size == 0 || size % (4 * INTERRUPT_CELLS) != 0)
                            ? "pairs of number and attributes"
                            : NULL;

    for (; wrong == NULL && cells != NULL && size > 0;
         size -= 4 * INTERRUPT_CELLS, cells += INTERRUPT_CELLS)
        wrong = read_interrupt(m, fdt32_ld(cells), fdt32_ld(&cells[1]));
    if (wrong != NULL)
        complain(m, "interrupts", wrong);
    read_targets(m);
}
