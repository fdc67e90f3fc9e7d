/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a vCPU's life begins and ends: starts, a CPU that goes off, death. With vcpu.c and handler.c
 * the only writer of its state.
 */
#include "core/calls.h"
#include "core/console.h"
#include "core/device.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/notify.h"
#include "core/port.h"
#include "core/report.h"
#include "core/restart.h"
#include "core/timer.h"
#include "core/vcpu.h"

#define PSTATE_EL1H_MASKED 0x3c5 /* EL1h with debug, SError, IRQ and FIQ masked */
#define PSTATE_EL0 0
#define VCPU_INDEX_REGISTER 4

/* ---- Starting ---- */

struct next vcpu_started(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    struct partition *p = vcpu_partition(s, v);

    vcpu_ref caller = v->caller;

    v->state = VCPU_WAITING;
    v->model = MODEL_NONE;
    p->state = PARTITION_LIVE;
    if (caller != NO_VCPU)
        return restart_deliver(s, cpu, v, caller);
    if ((v->pending & v->enabled & ~(1U << SLOT_NOTIFICATION)) != 0)
        timer_look(s, cpu, v); /* nobody may ever call it */
    return vcpu_start_next(s, cpu);
}

/* The last CPU when none is on. */
static unsigned first_online(const struct spmc *s)
{
    unsigned cpu = 0;

    while (cpu + 1 < CPU_MAX && !s->cpus[cpu].online)
        cpu++;
    return cpu;
}

void vcpu_cpu_off(struct spmc *s, unsigned cpu)
{
    unsigned other;

    for (unsigned i = 0; i < s->partition_count; i++) {
        struct partition *p = &s->partitions[i];
        struct vcpu *v = partition_vcpu(s, p, cpu);
        if (partition_is_mp(p) && v->state == VCPU_WAITING) {
            v->state = VCPU_OFF;
            device_abandon(s, cpu, v);
            interrupt_off(v);
            timer_reset(v);
        }
    }
    s->cpus[cpu].online = false;
    other = first_online(s);
    device_leave_cpu(s, cpu, other);
    timer_leave_cpu(s, cpu, other);
}

COLD static struct next start(struct spmc *s, unsigned cpu, struct vcpu *v, uint64_t entry,
                              vcpu_ref caller)
{
    const struct partition *p = vcpu_partition(s, v);

    v->regs = (struct regs){.pc = entry, .pstate = p->s_el0 ? PSTATE_EL0 : PSTATE_EL1H_MASKED};
    v->regs.x[VCPU_INDEX_REGISTER] = v->index;
    if (p->state == PARTITION_STARTING)
        v->regs.x[p->boot_register] = p->boot_info;
    v->special = SPECIAL_FRESH | (p->s_el0 ? SPECIAL_S_EL0 : 0);
    v->exception.pending = false;
    interrupt_reset(s, v);
    timer_reset(v);
    notify_start(s, cpu, v);
    struct next next = vcpu_begin(s, cpu, v, MODEL_INIT, caller);
    device_start(s, cpu, v);
    return next;
}

COLD struct next vcpu_start_again(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    struct partition *p = vcpu_partition(s, v);

    p->state = PARTITION_STARTING;
    return start(s, cpu, v, p->entry, v->caller);
}

COLD struct next vcpu_start_sibling(struct spmc *s, unsigned cpu, struct vcpu *v, vcpu_ref caller)
{
    return start(s, cpu, v, vcpu_partition(s, v)->secondary_entry, caller);
}

COLD struct next vcpu_start_next(struct spmc *s, unsigned cpu)
{
    struct cpu *here = &s->cpus[cpu];

    while (here->starting < s->partition_count) {
        struct partition *p = &s->partitions[s->boot_order[here->starting++]];
        struct vcpu *v = partition_vcpu(s, p, cpu);

        if (p->state == PARTITION_LOADED) {
            p->state = PARTITION_STARTING;
            return start(s, cpu, v, p->entry, NO_VCPU);
        }
        if (p->state == PARTITION_LIVE && partition_is_mp(p) && v->state == VCPU_OFF &&
            v->caller == NO_VCPU && v->index < p->context_count)
            return start(s, cpu, v, p->secondary_entry, NO_VCPU);
    }
    here->current = NO_VCPU;
    regs_set(&here->normal, FFA_MSG_WAIT, 0, 0, 0);
    return (struct next){NEXT_INIT_DONE, NULL};
}

/* ---- Death ---- */

/* Whom a dead partition had given cycles that stopped, and no longer waits for, the Normal world
 * may run. */
COLD static void release_stopped(struct spmc *s, const struct vcpu *dead)
{
    for (unsigned i = 0; i < s->partition_count * CPU_MAX; i++) {
        struct vcpu *v = &s->vcpus[i];
        if (v->caller == vcpu_ref_of(dead) && dead->callee != vcpu_ref_of(v))
            v->caller = NORMAL_WORLD;
    }
}

COLD static void end(struct spmc *s, struct vcpu *v)
{
    v->state = VCPU_ABORTED;
    interrupt_stop(v);
    timer_reset(v);
    release_stopped(s, v);
}

/*
 * A context that runs on another CPU ends there, at the kick. One that is a link of a chain
 * keeps its links, and the chain unwinds over it; one that had stopped, and whose caller went on
 * without it, is no link any more. The Normal world stays the caller of one that it had called,
 * until its FFA_RUN tells it: over a restart, too.
 */
static void end_context(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    if (v->state == VCPU_RUNNING && v->cpu != cpu) {
        port_sgi_secure(v->cpu);
        return;
    }
    bool cut = v->caller >= 0 && s->vcpus[v->caller].callee != vcpu_ref_of(v);
    if (cut && v->callee == NO_VCPU)
        v->caller = NO_VCPU;
    end(s, v);
}

COLD static void end_partition(struct spmc *s, unsigned cpu, struct partition *p)
{
    bool first = p->state == PARTITION_STARTING && p->restarts == 0;

    p->state = first ? PARTITION_ABSENT : PARTITION_ABORTED;
    p->aborts++;
    for (unsigned i = 0; i < p->context_count; i++)
        end_context(s, cpu, partition_context(s, p, i));
    device_end(s, p);
    notify_forget(s, p);
    memory_end(s, p);
    if (!first)
        restart_account(s, cpu, p);
}

COLD struct next vcpu_bury(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    end(s, v);
    v->model = MODEL_NONE;
    return vcpu_unwind_dead(s, cpu, v);
}

COLD struct next vcpu_end(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    end_partition(s, cpu, vcpu_partition(s, v));
    return vcpu_bury(s, cpu, v);
}

COLD struct next vcpu_die(struct spmc *s, unsigned cpu, struct vcpu *v, const char *reason)
{
    report_death(s, cpu, v, reason);
    return vcpu_end(s, cpu, v);
}

/* A partition's FFA_ERROR tells that its start failed; at other times nobody waits for it. */
COLD refusal call_error(struct spmc *s, struct call *c)
{
    if (MODEL_FORBIDS(c, ERROR))
        return MODEL_REFUSAL_ERROR;
    return then(c, vcpu_die(s, c->cpu, c->from, "its start ended with FFA_ERROR"));
}

COLD refusal call_abort(struct spmc *s, struct call *c)
{
    return then(c, vcpu_die(s, c->cpu, c->from, "it called FFA_ABORT"));
}

void vcpu_forget(struct spmc *s, struct partition *p)
{
    for (unsigned i = 0; i < p->context_count; i++) {
        struct vcpu *v = partition_context(s, p, i);
        v->state = VCPU_OFF;
        v->model = MODEL_NONE;
        v->response_w2 = 0;
        v->attended = false;
        interrupt_stop(v);
    }
    p->endpoint.version = p->first_version;
    p->endpoint.version_locked = false;
    p->endpoint.wants_ns_bit = false;
    p->endpoint.mailbox = (struct mailbox){MAILBOX_UNMAPPED, 0, 0, 0};
    p->secondary_entry = p->entry;
    p->shared_enabled = 0;
    p->shared_fiq = 0;
    p->log_length = 0;
}
