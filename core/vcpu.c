/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state of every vCPU. Chains of calls live here as data (caller, callee), never
 * on a stack, so a chain can stop at any point and go on later, on another CPU.
 */
#include "core/chain.h"

#include "core/calls.h"
#include "core/device.h"
#include "core/interrupt.h"
#include "core/port.h"
#include "core/power.h"
#include "core/timer.h"

uint32_t vcpu_name(struct spmc *s, const struct vcpu *v)
{
    return (uint32_t)vcpu_partition(s, v)->endpoint.id << 16 | v->index;
}

void vcpu_create(struct spmc *s, unsigned partition)
{
    struct partition *p = &s->partitions[partition];

    p->first_vcpu = (uint8_t)(partition * CPU_MAX);
    p->first_place = (uint16_t)(PLACE(vcpus) + p->first_vcpu);
    p->restart_due = NEVER;
    for (unsigned i = 0; i < CPU_MAX; i++) {
        struct vcpu *v = partition_context(s, p, i);
        v->self = p->first_vcpu + (vcpu_ref)i;
        v->partition = (uint8_t)partition;
        v->place = (uint16_t)(PLACE(partitions) + partition);
        v->index = (uint8_t)i;
        v->caller = NO_VCPU;
        v->callee = NO_VCPU;
        v->alarm = NEVER;
    }
}

/* Both loads, then both stores: an instruction each. */
HOT void copy_pair(uint64_t *to, const uint64_t *from)
{
    uint64_t a = from[0], b = from[1];

    to[0] = a;
    to[1] = b;
}

/* All loads, then all stores, so that they go in pairs. */
HOT void deliver_narrow(uint64_t *to, const uint64_t *from)
{
    uint64_t c = from[2], d = from[3], e = from[4], f = from[5], g = from[6], h = from[7];

    to[2] = (uint32_t)c;
    to[3] = (uint32_t)d;
    to[4] = (uint32_t)e;
    to[5] = (uint32_t)f;
    to[6] = (uint32_t)g;
    to[7] = (uint32_t)h;
}

HOT void deliver_wide(uint64_t *to, const uint64_t *from)
{
    uint64_t c = from[2], d = from[3];

    to[2] = (uint32_t)c;
    to[3] = d;
    copy_pair(&to[4], &from[4]);
    copy_pair(&to[6], &from[6]);
}

HOT void deliver_extended(uint64_t *to, const uint64_t *from)
{
    copy_pair(&to[2], &from[2]);
    copy_pair(&to[4], &from[4]);
    copy_pair(&to[6], &from[6]);
    copy_pair(&to[8], &from[8]);
    copy_pair(&to[10], &from[10]);
    copy_pair(&to[12], &from[12]);
    copy_pair(&to[14], &from[14]);
    copy_pair(&to[16], &from[16]);
}

/*
 * A message arrives clean: the upper halves of a 32-bit call are garbage, of w1 and mostly w2
 * always, and EL3's hint in w0 is not part of it.
 */
HOT void deliver(struct regs *regs, struct message message)
{
    uint32_t function = (uint32_t)message.x[0] & ~(uint32_t)FFA_SVE_HINT;

    regs->x[0] = function;
    regs->x[1] = (uint32_t)message.x[1];
    if (message.extended)
        deliver_extended(regs->x, message.x);
    else if (function & FFA_SMC64)
        deliver_wide(regs->x, message.x);
    else
        deliver_narrow(regs->x, message.x);
}

/* A call: where code counts more than time. */
COLD static void deliver_slowly(struct regs *regs, struct message message)
{
    deliver(regs, message);
}

const uint64_t vcpu_waits[8] = {FFA_MSG_WAIT};
const uint64_t chain_aborted[8] = {FFA_ERROR, 0, (uint32_t)FFA_ABORTED};

/*
 * ---- Deadlines: a masked vCPU's time ends at `deadline`. While it waits for others its clock
 * runs, and they have clocks of their own: who ran out of time dies, never whom it called. So a
 * chain lasts for the sum of its budgets at most. After a yield the field holds what is left ----
 */

static uint64_t min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void clock_start(struct vcpu *v, uint64_t ticks)
{
    v->deadline = port_now() + ticks;
}

COLD static void clock_stop(struct vcpu *v)
{
    uint64_t now = port_now();

    v->deadline = v->deadline > now ? v->deadline - now : 0;
}

/* ---- Running and leaving ---- */

HOT struct next run(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    v->state = VCPU_RUNNING;
    v->cpu = (uint8_t)cpu;
    if (v->home != cpu)
        timer_move(s, cpu, v);
    cpu_by_index(s, cpu)->current = vcpu_ref_of(v);
    return (struct next){NEXT_RUN, v};
}

COLD struct next chain_run(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    return run(s, cpu, v);
}

static void block(struct vcpu *v, struct vcpu *callee)
{
    v->state = VCPU_BLOCKED;
    v->callee = vcpu_ref_of(callee);
}

HOT unsigned own_mask(struct spmc *s, const struct vcpu *v)
{
    if (v->model == MODEL_NONE)
        return MASK_NOTHING; /* its memory is restored */
    if (v->model == MODEL_INIT || v->model >= MODEL_POWER)
        return MASK_ALL;
    return vcpu_partition(s, v)->mask;
}

/* Interrupts stay masked through a chain: the least permissive partition in it decides. */
HOT uint8_t masked_by_chain(struct spmc *s, const struct vcpu *v)
{
    unsigned own = own_mask(s, v);
    unsigned callers = v->caller >= 0 ? vcpu_by_ref(s, v->caller)->masked : MASK_NOTHING;

    return (uint8_t)(own > callers ? own : callers);
}

/*
 * Whose callee died has its time anew, or it would die of the callee's fault; deaths are few, so
 * chains still end. The time to answer a managed exit is none of its own.
 */
static void renew(struct spmc *s, struct vcpu *v)
{
    if (masked_by_chain(s, v))
        clock_start(v, vcpu_partition(s, v)->budget);
}

HOT struct next begin(struct spmc *s, unsigned cpu, struct vcpu *v, enum runtime_model model,
                      vcpu_ref caller)
{
    v->model = model;
    v->caller = caller;
    v->masked = masked_by_chain(s, v);
    if (v->masked)
        clock_start(v, vcpu_partition(s, v)->budget);
    if (caller >= 0)
        block(vcpu_by_ref(s, caller), v);
    return run(s, cpu, v);
}

/* A time that had begun goes on, unless nobody masks any more; who is masked now has a new one. */
static void clock_go_on(struct spmc *s, struct vcpu *v)
{
    uint64_t ticks = v->masked ? v->deadline : vcpu_partition(s, v)->budget;

    v->masked = masked_by_chain(s, v);
    if (v->masked)
        clock_start(v, ticks);
}

COLD struct next vcpu_go_on(struct spmc *s, unsigned cpu, struct vcpu *running)
{
    if (running == NULL)
        return vcpu_none(s, cpu);
    bool restored = vcpu_partition(s, running)->state == PARTITION_RESTARTING;
    return (struct next){restored ? NEXT_AGAIN : NEXT_RUN, running};
}

COLD struct next chain_go_on(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    chain_run(s, cpu, v);
    return vcpu_go_on(s, cpu, v);
}

COLD struct next vcpu_restore(struct spmc *s, unsigned cpu, struct vcpu *v, vcpu_ref caller)
{
    vcpu_partition(s, v)->state = PARTITION_RESTARTING;
    vcpu_begin(s, cpu, v, MODEL_NONE, caller);
    return (struct next){NEXT_AGAIN, v};
}

/* After a yield. */
COLD static struct next go_on(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    regs_set(&v->regs, FFA_SUCCESS_32, 0, 0, 0);
    return chain_run(s, cpu, v);
}

INLINE struct next vcpu_enter(struct spmc *s, unsigned cpu, struct vcpu *v,
                              enum runtime_model model, vcpu_ref caller, struct message message)
{
    deliver(&v->regs, message);
    return begin(s, cpu, v, model, caller);
}

COLD struct next vcpu_begin(struct spmc *s, unsigned cpu, struct vcpu *v, enum runtime_model model,
                            vcpu_ref caller)
{
    return begin(s, cpu, v, model, caller);
}

COLD struct next vcpu_send(struct spmc *s, unsigned cpu, struct vcpu *v, enum runtime_model model,
                           vcpu_ref caller, struct message message)
{
    deliver_slowly(&v->regs, message);
    return vcpu_begin(s, cpu, v, model, caller);
}

vcpu_ref chain_pass_over_dead(struct spmc *s, vcpu_ref link)
{
    while (link >= 0 && s->vcpus[link].state == VCPU_ABORTED) {
        struct vcpu *v = &s->vcpus[link];
        link = v->caller;
        v->caller = NO_VCPU;
        v->callee = NO_VCPU;
    }
    return link;
}

/* A living vCPU, or the Normal world, gets its cycles back, with a message. */
HOT struct next hand_back(struct spmc *s, unsigned cpu, vcpu_ref caller, struct message message)
{
    struct cpu *here = cpu_by_index(s, cpu);
    struct vcpu *v = caller >= 0 ? vcpu_by_ref(s, caller) : NULL;

    deliver(v != NULL ? &v->regs : &here->normal, message);
    if (v == NULL) {
        here->current = NO_VCPU;
        return (struct next){NEXT_REPLY_NORMAL, NULL};
    }
    v->callee = NO_VCPU;
    return run(s, cpu, v);
}

COLD struct next chain_hand_back(struct spmc *s, unsigned cpu, vcpu_ref caller,
                                 struct message message)
{
    if (caller >= 0 && message.x == chain_aborted)
        renew(s, &s->vcpus[caller]);
    return hand_back(s, cpu, caller, message);
}

/*
 * The one who gave cycles to a vCPU that stopped gets them back, with a message; over dead links it
 * is that they died. Not inline, as only a response that finds its caller need be fast.
 */
static __attribute__((noinline)) struct next unwind(struct spmc *s, unsigned cpu, vcpu_ref caller,
                                                    struct message message)
{
    if (caller >= 0 && s->vcpus[caller].state == VCPU_ABORTED) {
        caller = chain_pass_over_dead(s, caller);
        message = ABORTED;
    }
    if (caller < 0 && caller != NORMAL_WORLD)
        return caller == NO_VCPU ? vcpu_start_next(s, cpu) : handler_errand_done(s, cpu, message);
    return chain_hand_back(s, cpu, caller, message);
}

COLD struct next vcpu_finish(struct spmc *s, unsigned cpu, struct vcpu *v, struct message message)
{
    struct next next = unwind(s, cpu, chain_end_stay(v), message);

    return v->lines == 0 ? next : handler_attend(s, cpu, v, next);
}

INLINE struct next vcpu_respond(struct spmc *s, unsigned cpu, struct vcpu *v,
                                struct message message)
{
    vcpu_ref caller = chain_end_stay(v);
    bool lives = caller < 0 || vcpu_by_ref(s, caller)->state != VCPU_ABORTED;
    struct next next = lives ? hand_back(s, cpu, caller, message) : unwind(s, cpu, caller, message);

    return v->lines == 0 ? next : handler_attend(s, cpu, v, next);
}

struct next vcpu_yield(struct spmc *s, unsigned cpu, struct vcpu *v, struct message message)
{
    vcpu_ref caller = v->caller;

    v->state = VCPU_BLOCKED;
    interrupt_withdraw(v, SLOT_MANAGED_EXIT);
    if (v->masked)
        clock_stop(v);
    if (caller >= 0 && s->vcpus[caller].state == VCPU_ABORTED)
        v->caller = NORMAL_WORLD;
    return unwind(s, cpu, caller, message);
}

COLD struct next vcpu_unwind_dead(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    vcpu_ref caller = v->caller;

    v->caller = NO_VCPU;
    return unwind(s, cpu, caller, ABORTED);
}

/* ---- Preemption ---- */

static bool takes_managed_exit(struct spmc *s, const struct vcpu *v)
{
    return vcpu_partition(s, v)->ns_action == FFA_NS_ACTION_MANAGED_EXIT &&
           v->enabled & 1U << SLOT_MANAGED_EXIT;
}

/* It is asked to come to an end soon; the Normal world's interrupt waits meanwhile. */
COLD static struct next ask_to_leave(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    interrupt_pend(cpu, v, SLOT_MANAGED_EXIT);
    v->masked = MASK_NORMAL;
    clock_start(v, min(vcpu_partition(s, v)->budget, MANAGED_EXIT_MS * port_ticks_per_ms()));
    return chain_run(s, cpu, v);
}

COLD struct vcpu *chain_cut(struct spmc *s, struct vcpu *tail, struct vcpu *v, uint32_t intid)
{
    regs_set(&v->regs, FFA_INTERRUPT, vcpu_name(s, &s->vcpus[v->callee]), intid, 0);
    for (struct vcpu *link = tail; link != v; link = &s->vcpus[link->caller])
        if (link->masked)
            clock_stop(link);
    tail->state = VCPU_PREEMPTED;
    v->callee = NO_VCPU;
    return v;
}

/* The nearest caller with a managed exit is told; without one, the Normal world has the CPU. */
struct next vcpu_preempt(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    struct vcpu *head = v;

    if (takes_managed_exit(s, v))
        return ask_to_leave(s, cpu, v);
    while (head->caller >= 0) {
        head = &s->vcpus[head->caller];
        if (takes_managed_exit(s, head))
            return ask_to_leave(s, cpu, chain_cut(s, v, head, 0));
    }
    v->state = VCPU_PREEMPTED;
    s->cpus[cpu].current = NO_VCPU;
    regs_set(&s->cpus[cpu].normal, FFA_INTERRUPT, vcpu_name(s, head), 0, 0);
    return (struct next){NEXT_REPLY_NORMAL, NULL};
}

struct next vcpu_none(struct spmc *s, unsigned cpu)
{
    struct cpu *here = &s->cpus[cpu];

    here->current = NO_VCPU;
    if (here->entry == ENTRY_SECURE_INTERRUPT) {
        regs_set(&here->normal, FFA_NORMAL_WORLD_RESUME, 0, 0, 0);
        return (struct next){NEXT_RESUME_NORMAL, NULL};
    }
    return (struct next){here->entry == ENTRY_FRAMEWORK ? NEXT_REPLY_SPMD : NEXT_REPLY_NORMAL,
                         NULL};
}

COLD struct next vcpu_put_off(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    vcpu_ref caller = v->caller;

    v->state = VCPU_OFF;
    v->caller = NO_VCPU;
    return unwind(s, cpu, caller, MESSAGE(FFA_ERROR, 0, (uint32_t)FFA_ABORTED)); /* nobody died */
}

/* An MP partition's contexts stay on their own CPU, and a chain with one of them too. */
static bool chain_is_bound_elsewhere(const struct spmc *s, unsigned cpu, const struct vcpu *head)
{
    for (const struct vcpu *v = head;; v = &s->vcpus[v->callee]) {
        if (partition_is_mp(&s->partitions[v->partition]) && v->index != cpu)
            return true;
        if (v->callee < 0)
            return false;
    }
}

static const struct vcpu *tail_of(const struct spmc *s, const struct vcpu *v)
{
    while (v->callee >= 0)
        v = &s->vcpus[v->callee];
    return v;
}

refusal vcpu_may_resume(const struct spmc *s, unsigned cpu, const struct vcpu *head,
                        vcpu_ref caller)
{
    enum vcpu_state tail = tail_of(s, head)->state;

    if (head->state == VCPU_ABORTED && head->callee < 0 && head->caller != caller)
        return REFUSAL(FFA_ABORTED, "the partition is dead");
    if (tail == VCPU_RUNNING || tail == VCPU_INTERRUPTED)
        return REFUSAL(FFA_BUSY, "it runs on another CPU");
    if (head->state == VCPU_OFF && head->caller != caller)
        return REFUSAL(FFA_DENIED, "nothing to go on with");
    if (head->caller != caller)
        return REFUSAL(FFA_DENIED, "somebody else gives it cycles");
    if (caller >= 0 && s->vcpus[caller].model == MODEL_INTERRUPT && tail != VCPU_PREEMPTED)
        return REFUSAL(FFA_DENIED, "a handler runs preempted contexts alone");
    if (chain_is_bound_elsewhere(s, cpu, head))
        return REFUSAL(FFA_DENIED, "its chain is bound to another CPU");
    return NULL;
}

struct next vcpu_resume(struct spmc *s, unsigned cpu, struct vcpu *head, vcpu_ref caller)
{
    struct vcpu *tail = head;

    if (caller >= 0)
        block(&s->vcpus[caller], head);
    for (;; tail = &s->vcpus[tail->callee]) {
        tail->cpu = (uint8_t)cpu;
        clock_go_on(s, tail);
        if (tail->callee < 0)
            break;
    }
    if (tail->state == VCPU_ABORTED || tail->state == VCPU_OFF)
        return vcpu_unwind_dead(s, cpu, tail);
    return tail->state == VCPU_BLOCKED ? go_on(s, cpu, tail) : chain_go_on(s, cpu, tail);
}
