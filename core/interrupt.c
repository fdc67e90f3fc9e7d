/* SPDX-License-Identifier: BSD-3-Clause */
/* Virtual interrupts: pending and enabled are bits by slot, the lines follow from them. */
#include "core/interrupt.h"

#include "core/device.h"
#include "core/port.h"
#include "core/vcpu.h"

#define BIT(slot) (1U << (slot))
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
    unsigned enabled = p->shared_enabled;

    if (p->ns_action == FFA_NS_ACTION_MANAGED_EXIT)
        enabled |= BIT(SLOT_MANAGED_EXIT);
    if (p->properties & FFA_PROPERTY_NOTIFICATIONS && !p->s_el0)
        enabled |= BIT(SLOT_NOTIFICATION);
    v->pending = 0;
    v->enabled = (uint16_t)enabled;
    v->by_fiq = p->shared_fiq | (p->managed_exit_irq ? 0 : BIT(SLOT_MANAGED_EXIT));
    raise_lines(v);
}

void interrupt_off(struct vcpu *v)
{
    v->pending = 0;
    v->enabled = 0;
    raise_lines(v);
}

void interrupt_stop(struct vcpu *v)
{
    interrupt_off(v);
    v->in_service = 0;
}

/* Who does not look at a line that is raised is not kicked again: kicks could take all its time. */
void interrupt_pend(unsigned cpu, struct vcpu *v, unsigned slot)
{
    uint8_t before = v->lines;

    v->pending |= BIT(slot);
    raise_lines(v);
    if (v->lines != before && v->state == VCPU_RUNNING && v->cpu != cpu)
        port_sgi_secure(v->cpu);
}

COLD void interrupt_withdraw(struct vcpu *v, unsigned slot)
{
    v->pending &= (uint16_t)~BIT(slot);
    raise_lines(v);
}

/* The highest priority, which is the lowest number: the SPMC's own have 0; among equals the order
 * of the list decides. */
static unsigned next_slot(const struct partition *p, const struct vcpu *v)
{
    unsigned best = NO_SLOT;

    for (unsigned active = v->pending & v->enabled; active != 0; active &= active - 1) {
        unsigned slot = (unsigned)__builtin_ctz(active);
        if (best == NO_SLOT || p->interrupts[slot].priority < p->interrupts[best].priority)
            best = slot;
    }
    return best;
}

uint32_t interrupt_next(struct spmc *s, const struct vcpu *v)
{
    const struct partition *p = vcpu_partition(s, v);

    return p->interrupts[next_slot(p, v)].intid;
}

COLD uint32_t interrupt_take(struct spmc *s, struct vcpu *v)
{
    const struct partition *p = vcpu_partition(s, v);
    unsigned slot = next_slot(p, v);

    if (slot == NO_SLOT)
        return HF_INVALID_INTID;
    interrupt_withdraw(v, slot);
    v->attended = v->model == MODEL_INTERRUPT;
    return p->interrupts[slot].intid;
}

unsigned interrupt_slot(const struct partition *p, uint32_t intid)
{
    for (unsigned i = 0; i < p->interrupt_count; i++)
        if (p->interrupts[i].intid == intid)
            return i;
    return NO_SLOT;
}

/* ---- Hypercalls ---- */

static uint16_t with_bit(uint16_t bits, unsigned slot, bool on)
{
    return (uint16_t)((bits & ~BIT(slot)) | (on ? BIT(slot) : 0));
}

static void set_enabled(struct vcpu *v, unsigned slot, bool on, bool by_fiq)
{
    v->enabled = with_bit(v->enabled, slot, on);
    v->by_fiq = with_bit(v->by_fiq, slot, by_fiq);
    raise_lines(v);
}

/* What waited for it in another context is handled on that one's CPU, as a timer that expires; one
 * that has stopped sees it when it goes on. A CPU that looks soon enough is not kicked again, and
 * kicks are paid for: they could take all its time. */
static void look_there(struct spmc *s, struct partition *p, struct vcpu *v, bool news)
{
    if (v->state > VCPU_RUNNING || (v->state == VCPU_RUNNING && !news))
        return;
    v->alarm = p->paid;
    if (s->cpus[v->home].alarm <= v->alarm)
        return;
    port_sgi_secure(v->home);
    device_charge(s, p);
}

/* A device's SPI may come to any context, so all have it enabled or none. */
static bool enable(struct spmc *s, struct call *c, struct partition *p, unsigned slot)
{
    bool on = (uint32_t)c->regs->x[2] != 0;
    bool by_fiq = (uint32_t)c->regs->x[3] == HF_LINE_FIQ;
    bool shared = slot >= SLOT_DEVICES && !p->interrupts[slot].per_cpu;

    if ((uint32_t)c->regs->x[3] > HF_LINE_FIQ)
        return false;
    for (unsigned i = 0; i < p->context_count; i++) {
        struct vcpu *v = partition_context(s, p, i);
        if (!shared && v != c->from)
            continue;
        uint8_t before = v->lines;
        set_enabled(v, slot, on, by_fiq);
        if (v->lines != 0 && v != c->from)
            look_there(s, p, v, v->lines != before);
    }
    if (shared) {
        p->shared_enabled = with_bit(p->shared_enabled, slot, on);
        p->shared_fiq = with_bit(p->shared_fiq, slot, by_fiq);
    }
    if (slot == SLOT_MANAGED_EXIT && !on)
        interrupt_withdraw(c->from, slot);
    device_update(s, c->cpu, c->from, slot);
    return true;
}

bool interrupt_is_hypercall(uint32_t function)
{
    return function == HF_INTERRUPT_ENABLE || function == HF_INTERRUPT_GET ||
           function == HF_INTERRUPT_DEACTIVATE || function == HF_INTERRUPT_RECONFIGURE;
}

/* Physical and virtual numbers are the same. An interrupt of a partition stays Secure. */
static bool command(struct spmc *s, struct call *c, uint32_t function, struct partition *p)
{
    const uint64_t *x = c->regs->x;
    unsigned slot = interrupt_slot(p, (uint32_t)x[1]);

    if (slot == NO_SLOT)
        return false;
    if (function == HF_INTERRUPT_ENABLE)
        return enable(s, c, p, slot);
    if (function == HF_INTERRUPT_DEACTIVATE)
        return (uint32_t)x[1] == (uint32_t)x[2] && device_deactivate(s, c->cpu, c->from, slot);
    return slot >= SLOT_DEVICES &&
           device_reconfigure(s, c->cpu, c->from, slot, (uint32_t)x[2], (uint32_t)x[3]);
}

/* The answer is x0 alone. */
refusal interrupt_hypercall(struct spmc *s, struct call *c, uint32_t function)
{
    struct partition *p = call_partition(c);
    uint32_t result = 0;

    if (function == HF_INTERRUPT_GET)
        result = interrupt_take(s, c->from);
    else if (!command(s, c, function, p))
        result = UINT32_MAX;
    regs_set(c->regs, result, 0, 0, 0);
    return ANSWERED;
}
