/* SPDX-License-Identifier: BSD-3-Clause */
/* When a dead partition may come back, and the work that makes its memory new. */
#include "core/restart.h"

#include "core/console.h"
#include "core/device.h"
#include "core/manifest.h"
#include "core/memory.h"
#include "core/port.h"
#include "core/stage2.h"
#include "core/timer.h"
#include "core/vcpu.h"

#define SOON_MS 1
#define LATER_MS 10

static struct held *held_of(struct spmc *s, const struct vcpu *v)
{
    return &s->held[vcpu_ref_of(v)];
}

/* ---- When ---- */

/* No context runs, none is a link of a chain, nobody waits behind a handler to go on with one. */
static bool is_free(const struct spmc *s, const struct partition *p)
{
    for (unsigned i = 0; i < p->context_count; i++) {
        const struct vcpu *v = &s->vcpus[p->first_vcpu + i];
        if ((v->state != VCPU_ABORTED && v->state != VCPU_OFF) || v->caller >= 0 || v->callee >= 0)
            return false;
        for (unsigned cpu = 0; cpu < CPU_MAX; cpu++)
            if (s->cpus[cpu].interrupted == v->self)
                return false;
    }
    return true;
}

/*
 * By this context: not while the Normal world is to be told of a call that died with it. Work that
 * was put off is RESTARTING, too, with all contexts OFF.
 */
static bool may_come_back(struct spmc *s, const struct partition *p, const struct vcpu *v)
{
    return p->restart != RESTART_NEVER && partition_is_dead(p) && v->caller == NO_VCPU &&
           v->index < p->context_count && is_free(s, p) && memory_is_back(s, p);
}

/* Only one that is to come back at once is looked after. */
COLD static void come_back_by_alarm(struct spmc *s, unsigned cpu, struct partition *p)
{
    if (p->restart != RESTART_AT_ONCE)
        return;
    p->restart_cpu = (uint8_t)cpu;
    p->restart_due = port_now() + SOON_MS * port_ticks_per_ms();
    timer_rearm(s, cpu);
}

COLD void restart_account(struct spmc *s, unsigned cpu, struct partition *p)
{
    uint64_t now = port_now();

    if (p->restart == RESTART_NEVER)
        return;
    /* Each life may have masked interrupts for its start, and once more unpaid. */
    if (now - p->deaths_since >
        RESTART_WINDOW_MS * port_ticks_per_ms() + 4 * p->budget * p->recent_deaths) {
        p->deaths_since = now;
        p->recent_deaths = 0;
    }
    if (p->recent_deaths++ == RESTARTS_MAX) {
        p->restart = RESTART_NEVER;
        print_partition(p, "died too often");
        return;
    }
    come_back_by_alarm(s, cpu, p);
}

/* ---- Work ---- */

static struct next begin(struct spmc *s, unsigned cpu, struct vcpu *v, vcpu_ref caller)
{
    struct partition *p = vcpu_partition(s, v);

    if (p->state == PARTITION_ABORTED) {
        vcpu_forget(s, p);
        p->restored = 0;
    }
    p->restart_due = NEVER;
    return vcpu_restore(s, cpu, v, caller);
}

/* A step of its own: it takes as long as whether all pages are back. */
static void renew_tables(struct spmc *s, struct partition *p)
{
    stage2_clear(s, p);
    port_stage2_changed(p->vmid, p->s_el0);
    manifest_map(s, p); /* the pool has at least the pages that came back */
}

/* The page of its memory at this distance from the first; 0 behind the last. */
static uint64_t page_at(const struct partition *p, uint64_t offset)
{
    if (offset < p->size)
        return p->load + offset;
    offset -= p->size;
    for (unsigned i = 0; i < p->region_count; i++) {
        const struct region *r = &p->regions[i];
        if (!r->allocated)
            continue;
        if (offset < r->size)
            return r->base + offset;
        offset -= r->size;
    }
    return 0;
}

static bool restore_page(struct spmc *s, const struct partition *p, uint64_t page)
{
    uint64_t left = p->restored < p->copy_size ? p->copy_size - p->restored : 0;

    __builtin_memset(s->manifest, 0, PAGE_BYTES);
    if (left > 0 &&
        !port_copy_in(s->manifest, p->copy + p->restored, left < PAGE_BYTES ? left : PAGE_BYTES))
        return false;
    if (!port_copy_out(page, s->manifest, PAGE_BYTES))
        return false;
    port_cache_clean(page, PAGE_BYTES);
    return true;
}

static struct next fail(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    print_partition(vcpu_partition(s, v), "cannot be restarted");
    return vcpu_end(s, cpu, v);
}

/* Nobody who lives waits for it, or it took too long to wait for: it goes on by the alarm, or with
 * the next call. */
COLD static struct next put_off(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    struct partition *p = vcpu_partition(s, v);

    come_back_by_alarm(s, cpu, p);
    return vcpu_put_off(s, cpu, v);
}

/* One page, or after the last one the start. */
COLD static struct next go_on(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    struct partition *p = vcpu_partition(s, v);
    uint64_t page = page_at(p, p->restored);

    if (page != 0) {
        if (p->restored == 0)
            renew_tables(s, p);
        if (!restore_page(s, p, page))
            return fail(s, cpu, v);
        p->restored += PAGE_BYTES;
        return (struct next){NEXT_AGAIN, v};
    }
    if (v->caller >= 0 && s->vcpus[v->caller].state == VCPU_ABORTED)
        return put_off(s, cpu, v);
    if (!manifest_renew(s, p))
        return fail(s, cpu, v);
    p->restarts++;
    return vcpu_start_again(s, cpu, v);
}

/* A Normal-world interrupt comes first. Work that nobody waits for goes on by the alarm. */
static struct next give_way(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    return v->caller == THE_SPMC ? put_off(s, cpu, v) : vcpu_preempt(s, cpu, v);
}

COLD struct next restart_event(struct spmc *s, unsigned cpu, struct vcpu *v, const struct event *e)
{
    struct next next = {NEXT_AGAIN, v};

    switch (e->kind) {
    case EVENT_AGAIN:
        return go_on(s, cpu, v);
    case EVENT_NORMAL_INTERRUPT:
        return v->masked ? next : give_way(s, cpu, v);
    case EVENT_DEADLINE:
        return v->masked ? put_off(s, cpu, v) : next;
    case EVENT_KICK:
    case EVENT_TIMER:
        return timer_expired(s, cpu, v);
    case EVENT_INTERRUPT:
        return device_interrupt(s, cpu, v, e->intid);
    default:
        return next;
    }
}

/* ---- For a call ---- */

static void hold(struct spmc *s, const struct call *c, struct vcpu *v)
{
    struct held *held = held_of(s, v);

    __builtin_memcpy(held->x, c->regs->x, sizeof(held->x));
    held->x[0] = (uint32_t)held->x[0] & ~(uint32_t)FFA_SVE_HINT;
    v->requester = (uint16_t)(held->x[1] >> 16);
    v->extended = held->x[0] == FFA_MSG_SEND_DIRECT_REQ2;
}

COLD refusal restart_or_refuse(struct spmc *s, struct call *c, struct vcpu *v, refusal no)
{
    struct partition *p = vcpu_partition(s, v);
    vcpu_ref caller = c->from != NULL ? vcpu_ref_of(c->from) : NORMAL_WORLD;
    bool sibling = p->state == PARTITION_LIVE && p->restarts > 0 && v->state == VCPU_OFF &&
                   v->caller == NO_VCPU && v->index < p->context_count;

    if (!sibling && !may_come_back(s, p, v))
        return no;
    hold(s, c, v);
    return then(c,
                sibling ? vcpu_start_sibling(s, c->cpu, v, caller) : begin(s, c->cpu, v, caller));
}

COLD struct next restart_deliver(struct spmc *s, unsigned cpu, struct vcpu *v, vcpu_ref caller)
{
    struct partition *p = vcpu_partition(s, v);
    bool asked = held_of(s, v)->x[0] != FFA_RUN;
    struct message message =
        asked ? (struct message){held_of(s, v)->x, v->extended} : MESSAGE(FFA_RUN, vcpu_name(s, v));
    bool nobody = caller == THE_SPMC || (caller >= 0 && s->vcpus[caller].state == VCPU_ABORTED);

    v->caller = caller;
    if (nobody || (message.extended && p->endpoint.version < FFA_VERSION_1_2))
        return vcpu_finish(s, cpu, v, MESSAGE(FFA_ERROR, 0, (uint32_t)FFA_DENIED));
    p->calls += asked;
    return vcpu_send(s, cpu, v, asked ? MODEL_DIRECT : MODEL_RUN, caller, message);
}

/* ---- At once ---- */

/* The first one that this CPU looks after; NULL for none. */
COLD static struct partition *first_due(struct spmc *s, unsigned cpu)
{
    struct partition *first = NULL;

    if (!s->restarts)
        return NULL;
    for (struct partition *p = s->partitions; p < s->partitions + s->partition_count; p++)
        if (p->restart_due != NEVER && p->restart_cpu == cpu &&
            (first == NULL || p->restart_due < first->restart_due))
            first = p;
    return first;
}

uint64_t restart_alarm(struct spmc *s, unsigned cpu)
{
    const struct partition *p = first_due(s, cpu);

    return p != NULL ? p->restart_due : NEVER;
}

/* Only where the Normal world had the CPU; it waits for no longer than one piece, and the start. */
COLD struct next restart_due(struct spmc *s, unsigned cpu, const struct vcpu *running)
{
    struct partition *p = first_due(s, cpu);

    if (p == NULL || p->restart_due > port_now())
        return (struct next){NEXT_AGAIN, NULL};
    struct vcpu *v = partition_vcpu(s, p, cpu);
    if (running != NULL || !may_come_back(s, p, v)) {
        p->restart_due = port_now() + LATER_MS * port_ticks_per_ms();
        return (struct next){NEXT_AGAIN, NULL};
    }
    s->cpus[cpu].interrupted = NORMAL_WORLD;
    return begin(s, cpu, v, THE_SPMC);
}

void restart_leave_cpu(struct spmc *s, unsigned cpu, unsigned other)
{
    for (unsigned i = 0; i < s->partition_count; i++)
        if (s->partitions[i].restart_due != NEVER && s->partitions[i].restart_cpu == cpu)
            s->partitions[i].restart_cpu = (uint8_t)other;
}
