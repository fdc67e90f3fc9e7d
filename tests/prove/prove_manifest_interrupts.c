/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: the interrupts of a device's node, of any size and content, are read within their
 *   property, into places that are there; each is a Secure SPI, or a PPI of an MP partition,
 *   that nobody else has, and goes to a CPU that can be.
 * Bounds: `interrupts` and `interrupts-target` up to 24 bytes; any number of interrupts before;
 *   room for 6.
 * libfdt: a model, tests/prove/fdt_model.h.
 * Options: --unwind 7 -DINTERRUPT_MAX=6 -DPROPERTY_BYTES=24 -DCPU_MAX=2 -DPARTITION_MAX=1
 *   -DVM_MAX=1 -DNOTIFY_VCPU_MAX=1
 */
#include "fdt_model.h"

#include "core/interrupt_manifest.c"

static struct spmc s;
static struct partition *const p = &s.partitions[0];
static uint16_t owned; /* an interrupt that another device has */

/* The routes, as device.c keeps them. */
const struct partition *device_owner(const struct spmc *spmc, uint32_t intid)
{
    for (unsigned i = SLOT_DEVICES; i < p->interrupt_count; i++)
        if (p->interrupts[i].intid == intid)
            return p;
    return intid == owned ? p : NULL;
}

bool device_register(struct spmc *spmc, struct partition *of, unsigned slot)
{
    SHOW(slot >= SLOT_DEVICES && slot < INTERRUPT_MAX, "a slot that is there");
    return nondet_bool();
}

bool device_is_reserved(uint32_t intid)
{
    return nondet_bool();
}

unsigned interrupt_slot(const struct partition *of, uint32_t intid)
{
    for (unsigned slot = 0; slot < of->interrupt_count; slot++)
        if (of->interrupts[slot].intid == intid)
            return slot;
    return INTERRUPT_MAX;
}

const fdt32_t *property(const struct place *m, const char *name, int *size)
{
    const fdt32_t *cells = fdt_getprop(m->blob, m->node, name, size);

    if (cells == NULL)
        *size = 0;
    return cells;
}

void complain(struct place *m, const char *name, const char *expected)
{
    m->wrong = true;
}

int main(void)
{
    struct place m = {"p", &s, 1, false, &s, p};
    unsigned before = nondet_u8(), slot = nondet_u32(), other = nondet_u32();

    owned = nondet_u16();
    p->context_count = nondet_u8();
    p->interrupt_count = (uint8_t)before;
    ASSUME(p->context_count >= 1 && p->context_count <= CPU_MAX);
    ASSUME(before >= SLOT_DEVICES && before <= INTERRUPT_MAX);

    manifest_read_interrupts(&m);

    SHOW(p->interrupt_count <= INTERRUPT_MAX, "as many as there is room for");
    ASSUME(slot >= before && slot < p->interrupt_count && other < p->interrupt_count);
    const struct interrupt *new = &p->interrupts[slot];
    SHOW(new->intid >= FIRST_PPI &&new->intid <= LAST_SPI, "an SPI or a PPI");
    SHOW(new->per_cpu == (new->intid < FIRST_SPI), "and it says which");
    SHOW(!new->per_cpu || p->context_count > 1, "a PPI is an MP partition's");
    SHOW(new->target < CPU_MAX, "it goes to a CPU");
    SHOW(new->intid != owned, "nobody else has it");
    SHOW(other == slot || other < before || p->interrupts[other].intid != new->intid, "nor twice");
    return 0;
}
