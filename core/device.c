/* SPDX-License-Identifier: BSD-3-Clause */
/* From a physical interrupt to the vCPU that handles it. */
#include "core/device.h"

#include "core/interrupt.h"
#include "core/port.h"
#include "core/timer.h"

#define BIT(slot) (1U << (slot))

bool device_register(struct spmc *s, struct partition *p, unsigned slot)
{
    if (s->route_count == ROUTE_MAX)
        return false;
    s->routes[s->route_count++] = (struct route){.intid = p->interrupts[slot].intid,
                                                 .partition = (uint8_t)(p - s->partitions),
                                                 .slot = (uint8_t)slot};
    return true;
}

static const struct route *route_of(const struct spmc *s, uint32_t intid)
{
    for (unsigned i = 0; i < s->route_count; i++)
        if (s->routes[i].intid == intid)
            return &s->routes[i];
    return NULL;
}

bool device_is_reserved(uint32_t intid)
{
    return intid == 20 || (intid >= 25 && intid <= 30);
}

const struct partition *device_owner(const struct spmc *s, uint32_t intid)
{
    const struct route *r = route_of(s, intid);

    return r != NULL ? &s->partitions[r->partition] : NULL;
}

/* ---- Enabled or not ---- */

/* An SPI is enabled in all contexts at once, and may be in service in any; a PPI is a context's
 * own. In service no more, if it ends. */
static bool is_in_service(struct spmc *s, const struct partition *p, const struct vcpu *v,
                          unsigned slot, bool ends)
{
    bool found = false;

    for (unsigned i = 0; i < p->context_count; i++) {
        struct vcpu *context = partition_context(s, p, i);
        if (p->interrupts[slot].per_cpu && context != v)
            continue;
        found |= context->in_service >> slot & 1;
        if (ends)
            context->in_service &= (uint16_t)~BIT(slot);
    }
    return found;
}

/* An SPI is held on all. */
static uint8_t held_bits(const struct interrupt *i, unsigned cpu)
{
    return (uint8_t)(i->per_cpu ? BIT(cpu) : UINT8_MAX);
}

/* What would come to a context that has not started waits at the GIC. */
void device_update(struct spmc *s, unsigned cpu, struct vcpu *v, unsigned slot)
{
    const struct partition *p = vcpu_partition(s, v);
    const struct interrupt *i = &p->interrupts[slot];
    const struct vcpu *to = i->per_cpu ? v : partition_vcpu(s, p, i->cpu);
    uint16_t enabled = i->per_cpu ? v->enabled : p->shared_enabled;
    bool on = enabled & BIT(slot) && !i->off && !(i->held & BIT(cpu)) && to->state != VCPU_OFF &&
              !is_in_service(s, p, v, slot, false);

    if (slot >= SLOT_DEVICES)
        port_interrupt_enable(i->intid, cpu, on);
}

/* ---- A partition's handlers get half of the time at most ---- */

uint64_t device_earliest(const struct partition *p)
{
    uint64_t burst = HANDLER_BURST_MS * port_ticks_per_ms();

    return p->paid > burst ? p->paid - burst : 0;
}

static bool is_overdrawn(const struct partition *p)
{
    return device_earliest(p) > port_now();
}

/*
 * Each tick of a handler is paid by two ticks of the clock; and by two more for each other
 * partition that has not paid yet: or several together would have it all.
 */
static void charge(struct spmc *s, struct partition *p, uint64_t began)
{
    uint64_t price = 2 * (port_now() - began) + HANDLER_ENTRY_US * port_ticks_per_ms() / 1000;

    if (p->paid < began)
        p->paid = began;
    for (unsigned i = 0; i < s->partition_count; i++)
        if (s->partitions[i].paid >= began)
            p->paid += price;
}

void device_account(struct spmc *s, const struct vcpu *v)
{
    charge(s, vcpu_partition(s, v), s->cpus[v->cpu].since);
}

void device_charge(struct spmc *s, struct partition *p)
{
    charge(s, p, port_now());
}

/* Its alarm releases what is held: an SPI's target may be another CPU, which need not be kicked if
 * it will look soon enough. */
COLD static void watch(struct spmc *s, unsigned cpu, const struct partition *p,
                       const struct interrupt *held)
{
    if (held->per_cpu || held->cpu == cpu)
        timer_rearm(s, cpu);
    else if (s->cpus[held->cpu].alarm > p->paid)
        port_sgi_secure(held->cpu);
}

static void hold(struct spmc *s, unsigned cpu, struct partition *p, unsigned slot)
{
    struct interrupt *held = &p->interrupts[slot];

    held->held |= held_bits(held, cpu);
    p->held_count++;
    watch(s, cpu, p, held);
}

/* An SPI is held by its target. */
COLD static bool is_held_here(const struct interrupt *i, unsigned cpu)
{
    return i->held & BIT(cpu) && (i->per_cpu || i->cpu == cpu);
}

uint64_t device_alarm(const struct spmc *s, unsigned cpu)
{
    uint64_t alarm = NEVER;

    for (unsigned i = 0; i < s->route_count; i++) {
        const struct partition *p = &s->partitions[s->routes[i].partition];
        if (is_held_here(&p->interrupts[s->routes[i].slot], cpu) && device_earliest(p) < alarm)
            alarm = device_earliest(p);
    }
    return alarm;
}

void device_release_held(struct spmc *s, unsigned cpu)
{
    for (unsigned i = 0; i < s->route_count; i++) {
        struct partition *p = &s->partitions[s->routes[i].partition];
        struct interrupt *held = &p->interrupts[s->routes[i].slot];
        if (is_held_here(held, cpu) && !is_overdrawn(p)) {
            held->held &= (uint8_t)~held_bits(held, cpu);
            device_update(s, cpu, partition_vcpu(s, p, cpu), s->routes[i].slot);
        }
    }
}

bool device_deactivate(struct spmc *s, unsigned cpu, struct vcpu *v, unsigned slot)
{
    struct partition *p = vcpu_partition(s, v);

    if (slot < SLOT_DEVICES || !is_in_service(s, p, v, slot, true))
        return false;
    if (is_overdrawn(p))
        hold(s, cpu, p, slot);
    else
        device_update(s, cpu, v, slot);
    return true;
}

/* An SPI goes to another CPU. Who looks after it while it is held goes with it. */
static void route(struct spmc *s, unsigned here, struct vcpu *v, unsigned slot, unsigned cpu)
{
    struct partition *p = vcpu_partition(s, v);
    struct interrupt *i = &p->interrupts[slot];

    i->cpu = (uint8_t)cpu;
    port_interrupt_route(i->intid, cpu);
    device_update(s, here, v, slot);
    if (i->held)
        watch(s, here, p, i);
}

bool device_reconfigure(struct spmc *s, unsigned cpu, struct vcpu *v, unsigned slot,
                        uint32_t command, uint32_t value)
{
    struct partition *p = vcpu_partition(s, v);
    struct interrupt *i = &p->interrupts[slot];

    switch (command) {
    case HF_RECONFIGURE_TARGET_PE:
        if (i->per_cpu || value >= CPU_MAX || !s->cpus[value].online ||
            partition_vcpu(s, p, value)->state == VCPU_OFF || (!partition_is_mp(p) && value != cpu))
            return false;
        i->target = (uint8_t)value;
        route(s, cpu, v, slot, value);
        return true;
    case HF_RECONFIGURE_SECURITY:
        return value == HF_SECURE;
    case HF_RECONFIGURE_ENABLE:
        if (value > 1)
            return false;
        i->off = value == 0;
        device_update(s, cpu, v, slot);
        return true;
    default:
        return false;
    }
}

/* ---- An interrupt comes ---- */

struct next device_signal(struct spmc *s, unsigned cpu, struct vcpu *running, struct vcpu *v)
{
    if (v->lines == 0 || (running != NULL && running->masked == MASK_ALL))
        return vcpu_go_on(s, cpu, running);
    if (v->state == VCPU_WAITING)
        return vcpu_interrupt(s, cpu, running, v);
    if (running != NULL && v->state == VCPU_BLOCKED && !(v->special & SPECIAL_S_EL0) &&
        vcpu_is_upstream(s, v, running))
        return vcpu_interrupt_caller(s, cpu, running, v);
    return vcpu_go_on(s, cpu, running);
}

struct next device_interrupt(struct spmc *s, unsigned cpu, struct vcpu *running, uint32_t intid)
{
    const struct route *r = route_of(s, intid);

    if (r == NULL)
        return vcpu_go_on(s, cpu, running);
    struct partition *p = &s->partitions[r->partition];
    struct vcpu *v = partition_vcpu(s, p, cpu);
    bool takes =
        v->state != VCPU_OFF && (p->state == PARTITION_LIVE || p->state == PARTITION_STARTING);

    p->interrupt_total++;
    if (v != running && v->state != VCPU_WAITING) /* no handler begins, and others have this CPU */
        device_charge(s, p);
    if (takes)
        v->in_service |= BIT(r->slot);
    device_update(s, cpu, v, r->slot);
    if (!takes)
        return vcpu_go_on(s, cpu, running);
    interrupt_pend(cpu, v, r->slot);
    return device_signal(s, cpu, running, v);
}

/* ---- Ends, and CPUs ---- */

void device_abandon(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    const struct partition *p = vcpu_partition(s, v);

    for (unsigned i = SLOT_DEVICES; i < p->interrupt_count; i++)
        if (v->pending & BIT(i)) {
            v->in_service &= (uint16_t)~BIT(i);
            device_update(s, cpu, v, i);
        }
}

void device_end(struct spmc *s, struct partition *p)
{
    p->shared_enabled = 0;
    for (unsigned slot = SLOT_DEVICES; slot < p->interrupt_count; slot++) {
        struct interrupt *i = &p->interrupts[slot];
        i->off = false;
        i->held = 0;
        i->target = i->first_target;
        for (unsigned cpu = 0; cpu < (i->per_cpu ? s->cpu_count : 1U); cpu++)
            port_interrupt_enable(i->intid, cpu, false);
    }
}

/* A CPU whose context has started, if there is one. */
static unsigned served_by(struct spmc *s, const struct partition *p, unsigned other)
{
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++)
        if (s->cpus[cpu].online && partition_vcpu(s, p, cpu)->state != VCPU_OFF)
            return cpu;
    return other;
}

void device_leave_cpu(struct spmc *s, unsigned cpu, unsigned other)
{
    for (unsigned i = 0; i < s->route_count; i++) {
        const struct route *r = &s->routes[i];
        const struct partition *p = &s->partitions[r->partition];
        if (!p->interrupts[r->slot].per_cpu && p->interrupts[r->slot].cpu == cpu)
            route(s, cpu, partition_vcpu(s, p, cpu), r->slot, served_by(s, p, other));
    }
}

/* What wants this CPU, or has none that could serve it, comes here; what waited here goes on. */
static void come(struct spmc *s, unsigned cpu, struct vcpu *v, unsigned slot)
{
    const struct partition *p = vcpu_partition(s, v);
    const struct interrupt *i = &p->interrupts[slot];

    if (i->target == cpu || i->cpu == cpu || !s->cpus[i->cpu].online ||
        partition_vcpu(s, p, i->cpu)->state == VCPU_OFF)
        route(s, cpu, v, slot, cpu);
}

void device_start(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    const struct partition *p = vcpu_partition(s, v);

    for (unsigned slot = SLOT_DEVICES; slot < p->interrupt_count; slot++)
        if (!p->interrupts[slot].per_cpu)
            come(s, cpu, v, slot);
}

/* EL3 reset it; a context that goes on where it stopped still has it enabled. */
static void configure(struct spmc *s, unsigned cpu, struct vcpu *v, unsigned slot)
{
    struct interrupt *i = &vcpu_partition(s, v)->interrupts[slot];

    i->cpu = (uint8_t)cpu;
    port_interrupt_configure(i->intid, i->priority, i->level, cpu);
    if (v->state == VCPU_OFF)
        v->in_service &= (uint16_t)~BIT(slot);
    device_update(s, cpu, v, slot);
}

/* To a context that is to start, they come when it does. */
void device_join_cpu(struct spmc *s, unsigned cpu, bool boot)
{
    for (unsigned i = 0; i < s->route_count; i++) {
        const struct route *r = &s->routes[i];
        const struct partition *p = &s->partitions[r->partition];
        struct vcpu *v = partition_vcpu(s, p, cpu);
        if (p->interrupts[r->slot].per_cpu || boot)
            configure(s, cpu, v, r->slot);
        else if (v->state != VCPU_OFF)
            come(s, cpu, v, r->slot);
    }
}
