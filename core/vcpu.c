/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state of every vCPU. Chains of calls live here as data (caller, callee), never
 * on a stack, so a chain can stop at any point and go on later, on another CPU.
 */
#include "core/vcpu.h"

#include "core/calls.h"
#include "core/console.h"
#include "core/interrupt.h"
#include "core/notify.h"
#include "core/port.h"
#include "core/trace.h"

#define PSTATE_EL1H_MASKED 0x3c5 /* EL1h with debug, SError, IRQ and FIQ masked */
#define VCPU_INDEX_REGISTER 4

uint32_t vcpu_name(struct spmc *s, const struct vcpu *v)
{
    return (uint32_t)vcpu_partition(s, v)->endpoint.id << 16 | v->index;
}

void vcpu_create(struct spmc *s, unsigned partition)
{
    s->partitions[partition].first_vcpu = (uint8_t)(partition * CPU_MAX);
    for (unsigned i = 0; i < CPU_MAX; i++) {
        vcpu_ref self = (vcpu_ref)(s->partitions[partition].first_vcpu + i);
        struct vcpu *v = &s->vcpus[self];
        *v = (struct vcpu){.self = self,
                           .partition = (uint8_t)partition,
                           .index = (uint8_t)i,
                           .caller = NO_VCPU,
                           .callee = NO_VCPU};
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

static const uint64_t aborted_registers[8] = {FFA_ERROR, 0, (uint32_t)FFA_ABORTED};
static const struct message aborted = {aborted_registers, false};

/*
 * ---- Deadlines: a masked vCPU's time ends at `deadline`, and while it calls others their time is
 * its own. After a yield the field holds what is left ----
 */

static uint64_t min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* `ticks` from now, but not beyond the time of a masked caller: or chains could last for ever. */
static void clock_start(struct spmc *s, struct vcpu *v, uint64_t ticks)
{
    const struct vcpu *caller = v->caller >= 0 ? &s->vcpus[v->caller] : NULL;

    v->deadline = port_now() + ticks;
    if (caller != NULL && caller->masked)
        v->deadline = min(v->deadline, caller->deadline);
}

static void clock_stop(struct vcpu *v)
{
    uint64_t now = port_now();

    v->deadline = v->deadline > now ? v->deadline - now : 0;
}

/*
 * Whose callee died has its time anew, or it would die of the callee's fault; deaths are few, so
 * chains still end.
 */
static void renew(struct spmc *s, struct vcpu *v)
{
    if (v->masked)
        clock_start(s, v, vcpu_partition(s, v)->budget);
}

/* ---- Running and leaving ---- */

HOT struct next run(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    v->state = VCPU_RUNNING;
    v->cpu = (uint8_t)cpu;
    cpu_by_index(s, cpu)->current = vcpu_ref_of(v);
    return (struct next){NEXT_RUN, v};
}

static void block(struct vcpu *v, struct vcpu *callee)
{
    v->state = VCPU_BLOCKED;
    v->callee = vcpu_ref_of(callee);
}

/* Interrupts stay masked through a chain: the least permissive partition in it decides. */
HOT bool masked_by_chain(struct spmc *s, const struct vcpu *v)
{
    return v->model == MODEL_INIT || vcpu_partition(s, v)->ns_action == FFA_NS_ACTION_QUEUED ||
           (v->caller >= 0 && vcpu_by_ref(s, v->caller)->masked);
}

HOT struct next begin(struct spmc *s, unsigned cpu, struct vcpu *v, enum runtime_model model,
                      vcpu_ref caller)
{
    v->model = model;
    v->caller = caller;
    v->masked = masked_by_chain(s, v);
    if (v->masked)
        clock_start(s, v, vcpu_partition(s, v)->budget);
    if (caller >= 0)
        block(vcpu_by_ref(s, caller), v);
    return run(s, cpu, v);
}

/* After a yield: a time that had begun goes on, unless nobody masks any more. */
static struct next go_on(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    uint64_t ticks = v->masked ? v->deadline : vcpu_partition(s, v)->budget;

    v->masked = masked_by_chain(s, v);
    if (v->masked)
        clock_start(s, v, ticks);
    regs_set(&v->regs, FFA_SUCCESS_32, 0, 0, 0);
    return run(s, cpu, v);
}

INLINE struct next vcpu_enter(struct spmc *s, unsigned cpu, struct vcpu *v,
                              enum runtime_model model, vcpu_ref caller, struct message message)
{
    deliver(&v->regs, message);
    return begin(s, cpu, v, model, caller);
}

HOT struct next give_back(struct spmc *s, unsigned cpu, struct vcpu *v, struct message message)
{
    v->callee = NO_VCPU;
    deliver(&v->regs, message);
    return run(s, cpu, v);
}

/* From a dead link of a chain up to one that lives, or to who is behind the head. */
static vcpu_ref pass_over_dead(struct spmc *s, vcpu_ref link)
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

    if (caller >= 0)
        return give_back(s, cpu, vcpu_by_ref(s, caller), message);
    here->current = NO_VCPU;
    deliver(&here->normal, message);
    return (struct next){NEXT_REPLY_NORMAL, NULL};
}

/*
 * The one who gave cycles to a vCPU that stopped gets them back, with a message; over dead links it
 * is that they died. Not inline, as only a response that finds its caller need be fast.
 */
static __attribute__((noinline)) struct next unwind(struct spmc *s, unsigned cpu, vcpu_ref caller,
                                                    struct message message)
{
    if (caller >= 0 && s->vcpus[caller].state == VCPU_ABORTED) {
        caller = pass_over_dead(s, caller);
        message = aborted;
    }
    if (caller == NO_VCPU)
        return vcpu_start_next(s, cpu);
    if (caller >= 0 && message.x == aborted_registers)
        renew(s, vcpu_by_ref(s, caller));
    return hand_back(s, cpu, caller, message);
}

/* A stay is over; gives who had given the cycles for it. */
HOT vcpu_ref end_stay(struct vcpu *v)
{
    vcpu_ref caller = v->caller;

    v->state = VCPU_WAITING;
    v->model = MODEL_NONE;
    v->caller = NO_VCPU;
    return caller;
}

struct next vcpu_finish(struct spmc *s, unsigned cpu, struct vcpu *v, struct message message)
{
    return unwind(s, cpu, end_stay(v), message);
}

INLINE struct next vcpu_respond(struct spmc *s, unsigned cpu, struct vcpu *v,
                                struct message message)
{
    vcpu_ref caller = end_stay(v);

    if (caller == NORMAL_WORLD || (caller >= 0 && vcpu_by_ref(s, caller)->state != VCPU_ABORTED))
        return hand_back(s, cpu, caller, message);
    return unwind(s, cpu, caller, message);
}

struct next vcpu_yield(struct spmc *s, unsigned cpu, struct vcpu *v, struct message message)
{
    vcpu_ref caller = v->caller;

    v->state = VCPU_BLOCKED;
    if (v->masked)
        clock_stop(v);
    if (caller >= 0 && s->vcpus[caller].state == VCPU_ABORTED)
        v->caller = NORMAL_WORLD;
    return unwind(s, cpu, caller, message);
}

struct next vcpu_started(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    struct partition *p = vcpu_partition(s, v);

    v->state = VCPU_WAITING;
    v->model = MODEL_NONE;
    p->state = PARTITION_LIVE;
    return vcpu_start_next(s, cpu);
}

/* ---- Preemption ---- */

struct next vcpu_preempt(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    struct vcpu *head = v;

    v->state = VCPU_PREEMPTED;
    while (head->caller >= 0)
        head = &s->vcpus[head->caller];
    s->cpus[cpu].current = NO_VCPU;
    regs_set(&s->cpus[cpu].normal, FFA_INTERRUPT, vcpu_name(s, head), 0, 0);
    return (struct next){NEXT_REPLY_NORMAL, NULL};
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

static int refused(int status, const char **reason, const char *text)
{
    *reason = text;
    return status;
}

int vcpu_may_resume(const struct spmc *s, unsigned cpu, const struct vcpu *head, vcpu_ref caller,
                    const char **reason)
{
    if (head->state == VCPU_ABORTED && head->callee < 0)
        return refused(FFA_ABORTED, reason, "the partition is dead");
    if (tail_of(s, head)->state == VCPU_RUNNING)
        return refused(FFA_BUSY, reason, "it runs on another CPU");
    if (head->state == VCPU_WAITING || head->state == VCPU_OFF)
        return refused(FFA_DENIED, reason, "nothing to go on with");
    if (head->caller != caller)
        return refused(FFA_DENIED, reason, "it waits for cycles from somebody else");
    if (chain_is_bound_elsewhere(s, cpu, head))
        return refused(FFA_DENIED, reason, "its chain is bound to another CPU");
    return 0;
}

struct next vcpu_resume(struct spmc *s, unsigned cpu, struct vcpu *head, vcpu_ref caller)
{
    struct vcpu *tail = head;

    if (caller >= 0)
        block(&s->vcpus[caller], head);
    for (; tail->callee >= 0; tail = &s->vcpus[tail->callee])
        tail->cpu = (uint8_t)cpu;
    if (tail->state == VCPU_ABORTED) {
        caller = tail->caller;
        tail->caller = NO_VCPU;
        return unwind(s, cpu, caller, aborted);
    }
    return tail->state == VCPU_BLOCKED ? go_on(s, cpu, tail) : run(s, cpu, tail);
}

/* ---- Starting ---- */

void vcpu_cpu_off(struct spmc *s, unsigned cpu)
{
    for (unsigned i = 0; i < s->partition_count; i++) {
        struct partition *p = &s->partitions[i];
        struct vcpu *v = partition_vcpu(s, p, cpu);
        if (partition_is_mp(p) && v->state == VCPU_WAITING)
            v->state = VCPU_OFF;
    }
    s->cpus[cpu].online = false;
}

static struct next start(struct spmc *s, unsigned cpu, struct vcpu *v, uint64_t entry)
{
    const struct partition *p = vcpu_partition(s, v);

    v->regs = (struct regs){.pc = entry, .pstate = PSTATE_EL1H_MASKED};
    v->regs.x[VCPU_INDEX_REGISTER] = v->index;
    if (p->state == PARTITION_STARTING)
        v->regs.x[p->boot_register] = p->boot_info;
    v->fresh = true;
    v->exception.pending = false;
    interrupt_reset(s, v);
    notify_start(s, cpu, v);
    return begin(s, cpu, v, MODEL_INIT, NO_VCPU);
}

struct next vcpu_start_next(struct spmc *s, unsigned cpu)
{
    struct cpu *here = &s->cpus[cpu];

    while (here->starting < s->partition_count) {
        struct partition *p = &s->partitions[s->boot_order[here->starting++]];
        struct vcpu *v = partition_vcpu(s, p, cpu);

        if (p->state == PARTITION_LOADED) {
            p->state = PARTITION_STARTING;
            return start(s, cpu, v, p->entry);
        }
        if (p->state == PARTITION_LIVE && partition_is_mp(p) && v->state == VCPU_OFF &&
            v->index < p->context_count)
            return start(s, cpu, v, p->secondary_entry);
    }
    here->current = NO_VCPU;
    regs_set(&here->normal, FFA_MSG_WAIT, 0, 0, 0);
    return (struct next){NEXT_INIT_DONE, NULL};
}

/* ---- Death ---- */

static void print_death(struct spmc *s, unsigned cpu, const struct vcpu *v, const char *reason)
{
    const struct regs *r = &v->regs;

    print("bulkhead: partition %s, context %u on cpu %u, dies: %s\n", vcpu_partition(s, v)->name,
          v->index, cpu, reason);
    print("  pc %lx pstate %lx\n", r->pc, r->pstate);
    for (unsigned i = 0; i < 30; i += 3)
        print("  x%u %lx x%u %lx x%u %lx\n", i, r->x[i], i + 1, r->x[i + 1], i + 2, r->x[i + 2]);
    print("  x30 %lx\n", r->x[30]);
    trace_print(s, cpu);
}

/* Whom a dead partition had let yield, or kept from yielding further, the Normal world may run. */
static void release_yielded(struct spmc *s, const struct vcpu *dead)
{
    for (unsigned i = 0; i < s->partition_count * CPU_MAX; i++) {
        struct vcpu *v = &s->vcpus[i];
        if (v->state == VCPU_BLOCKED && v->callee == NO_VCPU && v->caller == vcpu_ref_of(dead))
            v->caller = NORMAL_WORLD;
    }
}

/*
 * A context that runs on another CPU ends there, at the kick. One that is a link of a chain
 * keeps its links, and the chain unwinds over it; one that had yielded is no link any more.
 */
static void end_context(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    if (v->state == VCPU_RUNNING && v->cpu != cpu) {
        port_sgi_secure(v->cpu);
        return;
    }
    if (v->state == VCPU_BLOCKED && v->callee == NO_VCPU)
        v->caller = NO_VCPU;
    v->state = VCPU_ABORTED;
    release_yielded(s, v);
}

static void end_partition(struct spmc *s, unsigned cpu, struct partition *p)
{
    p->state = p->state == PARTITION_STARTING ? PARTITION_ABSENT : PARTITION_ABORTED;
    for (unsigned i = 0; i < p->context_count; i++)
        end_context(s, cpu, partition_context(s, p, i));
}

struct next vcpu_bury(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    vcpu_ref caller = v->caller;

    v->state = VCPU_ABORTED;
    v->model = MODEL_NONE;
    v->caller = NO_VCPU;
    release_yielded(s, v);
    return unwind(s, cpu, caller, aborted);
}

struct next vcpu_die(struct spmc *s, unsigned cpu, struct vcpu *v, const char *reason)
{
    print_death(s, cpu, v, reason);
    end_partition(s, cpu, vcpu_partition(s, v));
    return vcpu_bury(s, cpu, v);
}
