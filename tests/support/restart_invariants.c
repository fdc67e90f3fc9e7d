/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The invariants of restarts: what is left of a partition's former life (nothing), who looks after
 * one that comes back by itself, what the call is that waits for its start.
 */
#include "support/invariants.h"

#include <string.h>

#include "core/interrupt.h"
#include "support/port_model.h"

#define VCPUS (PARTITION_MAX * CPU_MAX)
#define REQUIRE(condition, text) \
    do {                         \
        if (!(condition))        \
            return text;         \
    } while (0)

static bool is_dead(const struct partition *p)
{
    return p->state == PARTITION_ABORTED || p->state == PARTITION_RESTARTING;
}

/* ---- States ---- */

/* Work that nobody does goes on by itself, if the policy says so. */
static bool is_worked_on(const struct spmc *s, const struct partition *p)
{
    for (unsigned i = 0; i < p->context_count; i++)
        if (s->vcpus[p->first_vcpu + i].state != VCPU_OFF)
            return true;
    return false;
}

static bool all_are_off(const struct spmc *s)
{
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++)
        if (s->cpus[cpu].online)
            return false;
    return true;
}

static const char *broken_watch(const struct spmc *s, const struct partition *p, uint32_t kicks)
{
    const struct cpu *watcher = &s->cpus[p->restart_cpu];
    bool waits =
        p->state == PARTITION_ABORTED || (p->state == PARTITION_RESTARTING && !is_worked_on(s, p));

    REQUIRE(p->restart_due == NEVER || is_dead(p),
            "somebody looks after a partition that is not dead");
    REQUIRE(p->restart != RESTART_AT_ONCE || !waits || p->restart_due != NEVER,
            "nobody looks after a partition that comes back at once");
    REQUIRE(p->restart_due == NEVER || watcher->alarm <= p->restart_due ||
                kicks & 1U << p->restart_cpu || all_are_off(s),
            "no alarm comes for a partition that comes back at once");
    return NULL;
}

static const char *broken_old_context(const struct spmc *s, const struct vcpu *v)
{
    REQUIRE(v->pending == 0 && v->enabled == 0 && v->in_service == 0 && v->lines == 0,
            "an interrupt of a former life is left");
    REQUIRE(v->alarm == NEVER &&
                (v->timers[TIMER_PHYSICAL].control | v->timers[TIMER_VIRTUAL].control) == 0,
            "a timer of a former life is left");
    REQUIRE(v->model == MODEL_NONE && v->response_w2 == 0 && !v->attended && v->callee == NO_VCPU,
            "a stay of a former life is left");
    for (unsigned i = 0; i < s->partition_count * CPU_MAX; i++)
        REQUIRE(s->vcpus[i].caller != v->self, "somebody has cycles of a former life");
    return NULL;
}

static const char *broken_old_mailbox(const struct partition *p)
{
    const struct endpoint *e = &p->endpoint;

    REQUIRE(e->mailbox.state == MAILBOX_UNMAPPED, "a mailbox of a former life is left");
    REQUIRE(e->version == p->first_version && !e->version_locked,
            "a version of a former life is left");
    REQUIRE(p->secondary_entry == p->entry && p->shared_enabled == 0 && p->log_length == 0,
            "what a former life asked for is left");
    return NULL;
}

static const char *broken_inbox(const struct receiver *r)
{
    static const struct notifications none;

    REQUIRE(r->framework.set == 0 && memcmp(&r->from[0], &none, sizeof(none)) == 0 &&
                memcmp(&r->from[1], &none, sizeof(none)) == 0,
            "a notification for a former life is left");
    return NULL;
}

/* In the moment of its death: later, others may bind theirs to the life to come. */
static const char *broken_outbox(const struct spmc *s, const struct partition *p)
{
    for (unsigned i = 0; i < RECEIVER_MAX; i++) {
        const struct notifications *n = &s->receivers[i].from[FROM_PARTITIONS];
        REQUIRE(n->of[p - s->partitions] == 0, "a notification of a former life is left");
    }
    return NULL;
}

const char *broken_restart(const struct spmc *s, const struct partition *p, uint32_t kicks)
{
    const char *broken = broken_watch(s, p, kicks);

    REQUIRE(broken != NULL || p->recent_deaths <= RESTARTS_MAX || p->restart == RESTART_NEVER,
            "a partition that died too often is to come back");
    if (broken == NULL && is_dead(p))
        broken = broken_inbox(&s->receivers[p - s->partitions]);
    if (p->state != PARTITION_RESTARTING)
        return broken;
    if (broken == NULL)
        broken = broken_old_mailbox(p);
    for (unsigned i = 0; broken == NULL && i < p->context_count; i++)
        broken = broken_old_context(s, &s->vcpus[p->first_vcpu + i]);
    return broken;
}

/* ---- Steps ---- */

/* A call brought it back, or starts another context of one that came back. */
static bool is_held_for(const struct observation *o, unsigned i)
{
    const struct vcpu *before = &o->before->vcpus[i];
    const struct vcpu *after = &o->after->vcpus[i];
    bool call = o->event->kind == EVENT_CALL || o->event->kind == EVENT_SPMD;
    bool begins = (before->state == VCPU_ABORTED || before->state == VCPU_OFF) &&
                  after->state == VCPU_RUNNING;

    return call && begins && (after->caller >= 0 || after->caller == NORMAL_WORLD);
}

static const char *broken_hold(const struct observation *o, unsigned i)
{
    const struct vcpu *v = &o->after->vcpus[i];
    const struct regs *from =
        v->caller >= 0 ? &o->before->vcpus[v->caller].regs : &o->before->cpus[o->cpu].normal;
    const uint64_t *held = o->after->held[i].x;
    unsigned count = (uint32_t)from->x[0] == FFA_MSG_SEND_DIRECT_REQ2 ? 18 : 8;

    REQUIRE(held[0] == ((uint32_t)from->x[0] & ~(uint32_t)FFA_SVE_HINT) &&
                memcmp(&held[1], &from->x[1], (count - 1) * sizeof(held[1])) == 0,
            "a call that waits for a start lost something");
    REQUIRE(held[0] == FFA_RUN || v->requester == (uint16_t)(from->x[1] >> 16),
            "a call that waits for a start has another sender");
    return NULL;
}

/* Whoever waited for a dead one is told so, the one time that it goes on; or that an interrupt of
 * its own came first. */
static const char *broken_news(const struct observation *o, unsigned i)
{
    const struct vcpu *before = &o->before->vcpus[i];
    const struct vcpu *after = &o->after->vcpus[i];

    if (before->state != VCPU_BLOCKED || before->callee < 0 || after->state != VCPU_RUNNING)
        return NULL;
    if (!is_dead(&o->after->partitions[o->after->vcpus[before->callee].partition]) ||
        after->regs.x[0] == FFA_INTERRUPT)
        return NULL;
    REQUIRE(after->regs.x[0] == FFA_ERROR && (uint32_t)after->regs.x[2] == (uint32_t)FFA_ABORTED,
            "who waited for a dead partition is not told so");
    return NULL;
}

/* The Normal world has a call in flight here that stopped: its FFA_RUN goes on. */
static bool is_stopped(const struct spmc *s, unsigned i)
{
    const struct vcpu *v = &s->vcpus[i];

    return v->caller == NORMAL_WORLD && v->callee == NO_VCPU &&
           (v->state == VCPU_PREEMPTED || v->state == VCPU_BLOCKED);
}

/* It had one, and the context died: its FFA_RUN is to be told so. */
static bool is_owed(const struct spmc *s, unsigned i)
{
    const struct vcpu *v = &s->vcpus[i];

    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++)
        if (s->cpus[cpu].interrupted == v->self)
            return false;
    return v->caller == NORMAL_WORLD && v->callee == NO_VCPU &&
           (v->state == VCPU_ABORTED || v->state == VCPU_OFF);
}

/* FFA_RUN of this context, by the Normal world, on the CPU that it may have. */
static bool is_run_of(const struct observation *o, unsigned i)
{
    const struct vcpu *v = &o->before->vcpus[i];
    const struct partition *p = &o->before->partitions[v->partition];
    const struct regs *regs = &o->before->cpus[o->cpu].normal;
    bool here = p->context_count == 1 || v->index == o->cpu;

    return here && o->event->kind == EVENT_SPMD &&
           ((uint32_t)regs->x[0] & ~(uint32_t)FFA_SVE_HINT) == FFA_RUN &&
           (uint32_t)regs->x[1] == ((uint32_t)p->endpoint.id << 16 | v->index);
}

static bool tells_of(const struct observation *o, unsigned i)
{
    const struct regs *answer = &o->after->cpus[o->cpu].normal;

    return is_owed(o->before, i) && is_run_of(o, i) && answer->x[0] == FFA_ERROR &&
           (uint32_t)answer->x[2] == (uint32_t)FFA_ABORTED;
}

bool tells_of_a_death(const struct observation *o)
{
    for (unsigned i = 0; i < VCPUS; i++)
        if (tells_of(o, i))
            return true;
    return false;
}

/* The Normal world is told of a call in flight that died, by its FFA_RUN, once, however long that
 * takes; and the context does nothing else until then. */
static const char *broken_debt(const struct observation *o, unsigned i)
{
    enum vcpu_state state = o->after->vcpus[i].state;
    bool dead = state == VCPU_ABORTED || state == VCPU_OFF;

    if (is_stopped(o->before, i))
        REQUIRE(!dead || is_owed(o->after, i), "a call that died is forgotten");
    if (!is_owed(o->before, i))
        return NULL;
    REQUIRE(dead, "a context starts before the Normal world knows of its death");
    REQUIRE(!is_run_of(o, i) || o->after->cpus[o->cpu].normal.x[0] == FFA_ERROR,
            "FFA_RUN of a call that died is not told so");
    REQUIRE(is_owed(o->after, i) != tells_of(o, i),
            "FFA_RUN of a call that died is told so never, or twice");
    return NULL;
}

/* A device's interrupt that is enabled, and comes where it goes to, is for a context that can be
 * told: or nobody is, and it never comes again. */
static const char *broken_service(const struct observation *o, unsigned i)
{
    const struct vcpu *before = &o->before->vcpus[i];
    const struct vcpu *after = &o->after->vcpus[i];
    const struct partition *p = &o->before->partitions[before->partition];
    unsigned came = after->in_service & ~before->in_service & p->shared_enabled;

    if (came == 0)
        return NULL;
    REQUIRE(after->state != VCPU_OFF && after->state != VCPU_ABORTED,
            "an interrupt came to a context that cannot be told");
    return NULL;
}

/* A device's SPI is on at the GIC while its partition wants it, nobody has it in service, and the
 * context that it goes to has started: else it waits there. */
bool gic_enables(const struct spmc *s, const struct partition *p, unsigned slot)
{
    const struct interrupt *i = &p->interrupts[slot];
    unsigned target = p->context_count > 1 ? i->cpu : 0;
    bool served = false;

    for (unsigned context = 0; context < p->context_count; context++)
        served |= s->vcpus[p->first_vcpu + context].in_service >> slot & 1;
    return p->shared_enabled >> slot & 1 && !i->off && i->held == 0 && !served &&
           s->vcpus[p->first_vcpu + target].state != VCPU_OFF;
}

static const char *broken_gic(const struct spmc *s, const struct partition *p)
{
    for (unsigned slot = SLOT_DEVICES; slot < p->interrupt_count; slot++)
        REQUIRE(p->interrupts[slot].per_cpu ||
                    port_model.interrupts[p->interrupts[slot].intid].enabled ==
                        gic_enables(s, p, slot),
                "the GIC does not know whether a device's interrupt is on");
    return NULL;
}

static const char *broken_fresh_start(const struct observation *o)
{
    const struct vcpu *v = o->next.vcpu;
    const struct partition *p = &o->after->partitions[v->partition];

    REQUIRE(v->model == MODEL_INIT && v->special & SPECIAL_FRESH && !v->exception.pending &&
                v->regs.pc == p->entry,
            "a partition does not start anew");
    return NULL;
}

const char *broken_return(const struct observation *o)
{
    const char *broken = NULL;

    for (unsigned i = 0; broken == NULL && i < VCPUS; i++) {
        broken = broken_news(o, i);
        if (broken == NULL)
            broken = broken_service(o, i);
        if (broken == NULL)
            broken = broken_debt(o, i);
        if (broken == NULL && is_held_for(o, i))
            broken = broken_hold(o, i);
    }
    for (unsigned i = 0; broken == NULL && i < o->after->partition_count; i++) {
        const struct partition *before = &o->before->partitions[i];
        const struct partition *after = &o->after->partitions[i];
        REQUIRE(!is_dead(before) || is_dead(after) || after->state == PARTITION_STARTING,
                "a dead partition lives without a start");
        REQUIRE(before->state != PARTITION_ABORTED || after->state == PARTITION_ABORTED ||
                    before->restart != RESTART_NEVER,
                "a partition came back against its policy");
        if (!is_dead(before) && is_dead(after))
            broken = broken_outbox(o->after, after);
        if (before->state == PARTITION_RESTARTING && after->state == PARTITION_STARTING)
            broken = broken_fresh_start(o);
        if (broken == NULL)
            broken = broken_gic(o->after, after);
    }
    return broken;
}
