/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Handlers of Secure interrupts: a vCPU that waits runs for an interrupt of its own, above whoever
 * had the CPU, and what it interrupted goes on after it. With vcpu.c and life.c the only writer of
 * a vCPU's state.
 */
#include "core/chain.h"

#include "core/calls.h"
#include "core/device.h"
#include "core/interrupt.h"
#include "core/port.h"
#include "core/power.h"
#include "core/timer.h"

/* It runs for an interrupt of its own, which the line tells it too; at S-EL0 this call alone does.
 */
COLD static struct next handle(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    bool s_el0 = v->special & SPECIAL_S_EL0;

    v->attended = false;
    regs_set(&v->regs, FFA_INTERRUPT, 0, s_el0 ? interrupt_take(s, v) : interrupt_next(s, v), 0);
    return chain_run(s, cpu, v);
}

COLD static struct next begin_handler(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    s->cpus[cpu].since = port_now();
    vcpu_begin(s, cpu, v, MODEL_INTERRUPT, THE_SPMC);
    return handle(s, cpu, v);
}

COLD struct next vcpu_interrupt(struct spmc *s, unsigned cpu, struct vcpu *running, struct vcpu *v)
{
    s->cpus[cpu].interrupted = running != NULL ? vcpu_ref_of(running) : NORMAL_WORLD;
    if (running != NULL)
        running->state = VCPU_INTERRUPTED;
    return begin_handler(s, cpu, v);
}

COLD struct next vcpu_interrupt_caller(struct spmc *s, unsigned cpu, struct vcpu *running,
                                       struct vcpu *v)
{
    return chain_run(s, cpu, chain_cut(s, running, v, interrupt_next(s, v)));
}

bool vcpu_is_upstream(const struct spmc *s, const struct vcpu *v, const struct vcpu *of)
{
    vcpu_ref caller = of->caller;

    while (caller >= 0 && caller != vcpu_ref_of(v))
        caller = s->vcpus[caller].caller;
    return caller == vcpu_ref_of(v);
}

/* The time that a handler took is not that of those it interrupted. */
static void give_time_back(struct spmc *s, const struct cpu *here, struct vcpu *v)
{
    uint64_t elapsed = port_now() - here->since;

    for (;; v = &s->vcpus[v->caller]) {
        if (v->masked)
            v->deadline += elapsed;
        if (v->caller < 0)
            return;
    }
}

/* Who began to wait, below a handler, with interrupts of its own to handle (handler_attend), and
 * has time; who has none yet is looked after by the alarm. */
static struct vcpu *next_handler(struct spmc *s, unsigned cpu)
{
    for (unsigned i = 0; i < s->partition_count; i++) {
        struct vcpu *v = partition_vcpu(s, &s->partitions[i], cpu);
        if (v->state != VCPU_WAITING || v->lines == 0 || !v->attended)
            continue;
        if (device_earliest(&s->partitions[i]) <= port_now())
            return v;
        if (v->home == cpu)
            timer_look(s, cpu, v);
    }
    return NULL;
}

/* Who was interrupted died meanwhile; work that the SPMC itself had begun needs no answer. */
static struct next pass_by(struct spmc *s, unsigned cpu, struct vcpu *dead)
{
    vcpu_ref caller = chain_pass_over_dead(s, vcpu_ref_of(dead));

    if (caller >= 0 || caller == NORMAL_WORLD)
        return chain_hand_back(s, cpu, caller, ABORTED);
    return vcpu_none(s, cpu);
}

/* What a handler interrupted goes on. It was answered before, if it waited for an answer. */
COLD static struct next resume_interrupted(struct spmc *s, unsigned cpu)
{
    struct cpu *here = &s->cpus[cpu];
    struct vcpu *v = here->interrupted >= 0 ? &s->vcpus[here->interrupted] : NULL;
    struct vcpu *handler = next_handler(s, cpu);

    if (v != NULL)
        give_time_back(s, here, v); /* to its callers, if it died meanwhile */
    if (handler != NULL)
        return begin_handler(s, cpu, handler);
    here->interrupted = NO_VCPU;
    if (v == NULL)
        return vcpu_none(s, cpu);
    if (v->state == VCPU_ABORTED)
        return pass_by(s, cpu, v);
    if (v->caller == THE_SPMC) /* it is restored, and had the CPU from the Normal world itself */
        here->interrupted = NORMAL_WORLD;
    return chain_go_on(s, cpu, v);
}

/*
 * A handler that fetched one interrupt gets the next one; one that fetches none is let go. Others
 * could have it go on with notifications until it misses its deadline: so it ends, and begins again
 * when its time is paid for.
 */
COLD struct next vcpu_handled(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    bool more = v->lines != 0 && v->attended;

    if (more && port_now() - s->cpus[cpu].since < HANDLER_BURST_MS * port_ticks_per_ms())
        return handle(s, cpu, v);
    chain_end_stay(v);
    v->attended = false;
    device_account(s, v);
    timer_postpone(s, cpu, v);
    if (more)
        timer_look(s, cpu, v);
    return resume_interrupted(s, cpu);
}

/*
 * A vCPU that begins to wait while interrupts of its own are pending handles them first, or when
 * the time of its partition's handlers is paid for. Where who goes on is masked, or a start goes
 * on, it waits for the end of another handler, or its next stay: or chains could last for ever.
 * Waiting answers the interrupt that asked it to leave.
 */
COLD struct next handler_attend(struct spmc *s, unsigned cpu, struct vcpu *v, struct next next)
{
    interrupt_withdraw(v, SLOT_MANAGED_EXIT);
    if (v->lines == 0 || v->state != VCPU_WAITING)
        return next;
    bool leaves = next.kind == NEXT_REPLY_NORMAL || next.kind == NEXT_RESUME_NORMAL;
    v->attended = next.vcpu != NULL ? next.vcpu->masked : !leaves;
    if (v->attended)
        return next;
    if (device_earliest(vcpu_partition(s, v)) <= port_now())
        return vcpu_interrupt(s, cpu, next.vcpu, v);
    timer_look(s, cpu, v);
    return next;
}

/* What the SPMC itself gave cycles for is over: a handler, or a power message. */
COLD struct next handler_errand_done(struct spmc *s, unsigned cpu, struct message message)
{
    if (s->cpus[cpu].interrupted != NO_VCPU)
        return resume_interrupted(s, cpu);
    return power_answered(s, cpu, message);
}
