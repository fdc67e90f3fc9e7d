/* SPDX-License-Identifier: BSD-3-Clause */
/* Virtual interrupts: pending and enabled are bits by slot, the lines follow from them. */
#include "core/interrupt.h"

#include "core/port.h"
#include "core/vcpu.h"

#define BIT(slot) ((uint16_t)(1U << (slot)))
#define NO_SLOT INTERRUPT_MAX

void interrupt_create(struct partition *p)
{
    p->interrupts[SLOT_TIMER].intid = HF_INTID_TIMER;
    p->interrupts[SLOT_MANAGED_EXIT].intid = HF_INTID_MANAGED_EXIT;
    p->interrupts[SLOT_NOTIFICATION].intid = HF_INTID_NOTIFICATION;
    p->interrupt_count = SLOT_DEVICES;
}

static void raise_lines(struct vcpu *v)
{
    uint16_t active = v->pending & v->enabled;

    v->lines = (active & ~v->by_fiq ? LINE_IRQ : 0) | (active & v->by_fiq ? LINE_FIQ : 0);
}

void interrupt_reset(const struct spmc *s, struct vcpu *v)
{
    const struct partition *p = &s->partitions[v->partition];

    v->pending = 0;
    v->enabled = 0;
    if (p->ns_action == FFA_NS_ACTION_MANAGED_EXIT)
        v->enabled |= BIT(SLOT_MANAGED_EXIT);
    if (p->properties & FFA_PROPERTY_NOTIFICATIONS)
        v->enabled |= BIT(SLOT_NOTIFICATION);
    v->by_fiq = p->managed_exit_irq ? 0 : BIT(SLOT_MANAGED_EXIT);
    raise_lines(v);
}

void interrupt_pend(struct spmc *s, unsigned cpu, struct vcpu *v, unsigned slot)
{
    (void)s;
    v->pending |= BIT(slot);
    raise_lines(v);
    if (v->state == VCPU_RUNNING && v->cpu != cpu)
        port_sgi_secure(v->cpu);
}

void interrupt_withdraw(struct vcpu *v, unsigned slot)
{
    v->pending &= (uint16_t)~BIT(slot);
    raise_lines(v);
}

/* The lowest slot first: the SPMC's own, then the devices' in the order of the manifest. */
static unsigned next_slot(const struct vcpu *v)
{
    uint16_t active = v->pending & v->enabled;

    return active != 0 ? (unsigned)__builtin_ctz(active) : NO_SLOT;
}

uint32_t interrupt_next(struct spmc *s, const struct vcpu *v)
{
    unsigned slot = next_slot(v);

    return slot != NO_SLOT ? vcpu_partition(s, v)->interrupts[slot].intid : 0;
}

static unsigned slot_of(const struct partition *p, uint32_t intid)
{
    for (unsigned i = 0; i < p->interrupt_count; i++)
        if (p->interrupts[i].intid == intid)
            return i;
    return NO_SLOT;
}

/* ---- Hypercalls: the answer is x0 alone ---- */

static struct next give(const struct call *c, uint32_t result)
{
    regs_set(c->regs, result, 0, 0, 0);
    return answer(c);
}

static struct next enable(struct call *c)
{
    struct vcpu *v = c->from;
    unsigned slot = slot_of(vcpu_partition(c->s, v), (uint32_t)c->regs->x[1]);
    uint32_t line = (uint32_t)c->regs->x[3];

    if (slot == NO_SLOT || line > HF_LINE_FIQ)
        return give(c, UINT32_MAX);
    if ((uint32_t)c->regs->x[2] == 0) {
        v->enabled &= (uint16_t)~BIT(slot);
    } else {
        v->enabled |= BIT(slot);
        v->by_fiq = (uint16_t)((v->by_fiq & ~BIT(slot)) | (line == HF_LINE_FIQ ? BIT(slot) : 0));
    }
    raise_lines(v);
    return give(c, 0);
}

static struct next get(struct call *c)
{
    uint32_t intid = interrupt_next(c->s, c->from);

    if (intid == 0)
        return give(c, HF_INVALID_INTID);
    interrupt_withdraw(c->from, next_slot(c->from));
    return give(c, intid);
}

bool interrupt_is_hypercall(uint32_t function)
{
    return function == HF_INTERRUPT_ENABLE || function == HF_INTERRUPT_GET;
}

struct next interrupt_hypercall(struct call *c, uint32_t function)
{
    return function == HF_INTERRUPT_ENABLE ? enable(c) : get(c);
}
