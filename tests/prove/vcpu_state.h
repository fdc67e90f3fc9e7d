/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any state of the vCPU table that keeps its invariants, for one transition from it. Two CPUs,
 * three partitions, each UP or MP. All happens on CPU 0: there a chain has context 0 of each
 * partition at most, and as partitions differ by their numbers alone, it is that of partition 0, of
 * 1, of 2, from its tail up (or from its head down). No vCPU starts, is restored or handles an
 * interrupt of its own, and nothing is pending. Deadlines are the explorer's affair.
 */
#ifndef VCPU_STATE_H
#define VCPU_STATE_H

#include "prove.h"

#include "places.h"

#include "core/handler.c"
#include "core/vcpu.c"

static struct spmc s;
static uint64_t now;
static const unsigned cpu = 0;
#define VCPUS (PARTITION_MAX * CPU_MAX) /* signed, as a vcpu_ref */

uint64_t port_now(void)
{
    return now;
}

uint64_t port_ticks_per_ms(void)
{
    return 1000;
}

void timer_move(struct spmc *spmc, unsigned to, struct vcpu *v)
{
    v->home = (uint8_t)to;
}

void interrupt_withdraw(struct vcpu *v, unsigned slot)
{
    v->pending &= (uint16_t) ~(1U << slot);
    v->lines = v->pending & v->enabled ? LINE_IRQ : 0;
}

void interrupt_pend(unsigned from, struct vcpu *v, unsigned slot)
{
    v->pending |= (uint16_t)(1U << slot);
    v->lines = v->pending & v->enabled ? LINE_IRQ : 0;
}

void regs_set(struct regs *regs, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
}

/* What does not happen here. */
#define NEVER_HERE(result, name, ...)                   \
    result name(__VA_ARGS__)                            \
    {                                                   \
        SHOW(false, "this does not happen in a proof"); \
        ASSUME(false);                                  \
    }
NEVER_HERE(struct next, vcpu_start_next, struct spmc *spmc, unsigned on)
NEVER_HERE(struct next, power_answered, struct spmc *spmc, unsigned on, struct message message)
NEVER_HERE(uint32_t, interrupt_next, struct spmc *spmc, const struct vcpu *v)
NEVER_HERE(uint32_t, interrupt_take, struct spmc *spmc, struct vcpu *v)
NEVER_HERE(uint64_t, device_earliest, const struct partition *p)
NEVER_HERE(void, device_account, struct spmc *spmc, const struct vcpu *v)
NEVER_HERE(void, timer_postpone, struct spmc *spmc, unsigned on, struct vcpu *v)
NEVER_HERE(void, timer_look, struct spmc *spmc, unsigned on, struct vcpu *v)

static void any_partition(unsigned number)
{
    struct partition *p = &s.partitions[number];

    vcpu_create(&s, number);
    p->context_count = nondet_bool() ? CPU_MAX : 1;
    p->endpoint.id = (uint16_t)(FFA_ID_SECURE + 1 + number);
    p->state = nondet_bool() ? PARTITION_LIVE : PARTITION_ABORTED;
    p->ns_action = nondet_u8();
    p->mask = nondet_u8();
    p->budget = nondet_u64();
    /* As a manifest may have them. */
    ASSUME(p->ns_action <= FFA_NS_ACTION_SIGNALLED);
    ASSUME(p->ns_action == FFA_NS_ACTION_QUEUED ? p->mask != 0 && p->mask <= MASK_ALL
                                                : p->mask == MASK_NOTHING);
    ASSUME(p->budget >= 1000 && p->budget <= BUDGET_MAX_MS * 1000);
}

static void any_vcpu(struct vcpu *v)
{
    v->state = nondet_u8() % VCPU_STATES;
    v->model = nondet_u8();
    v->cpu = nondet_u8();
    v->home = nondet_u8();
    v->masked = nondet_u8();
    v->caller = (vcpu_ref)nondet_u64();
    v->callee = (vcpu_ref)nondet_u64();
    v->deadline = nondet_u64();
    v->enabled = nondet_u16();
    v->pending = 0;
    v->lines = 0;
    ASSUME(v->cpu < CPU_MAX && v->home < CPU_MAX && v->masked <= MASK_ALL);
    ASSUME(v->model == MODEL_NONE || v->model == MODEL_RUN || v->model == MODEL_DIRECT);
    ASSUME(v->deadline <= 1ULL << 40);
    ASSUME(v->caller >= THE_SPMC && v->caller < VCPUS && v->callee >= NO_VCPU && v->callee < VCPUS);
}

/* The table as small numbers, in arrays that only constants index: so it costs CBMC little. */
static int state[VCPUS], model[VCPUS], on_cpu[VCPUS], masked[VCPUS], caller[VCPUS], callee[VCPUS];

static void read_table(void)
{
    for (unsigned i = 0; i < VCPUS; i++) {
        const struct vcpu *v = &s.vcpus[i];
        state[i] = (int)v->state;
        model[i] = (int)v->model;
        on_cpu[i] = v->cpu;
        masked[i] = v->masked;
        caller[i] = (int)v->caller;
        callee[i] = (int)v->callee;
    }
}

/* That of vCPU number `i`, which may be any. */
static int of(const int *array, int i)
{
    int value = 0;

    for (int j = 0; j < VCPUS; j++)
        value = i == j ? array[j] : value;
    return value;
}

static bool is_active(int is)
{
    return is == VCPU_RUNNING || is == VCPU_BLOCKED || is == VCPU_PREEMPTED;
}

/* The ends of all chains, by the links of `next`: whoever has a link there is in a circle. Each
 * round looks twice as far. */
static int tails[VCPUS], heads[VCPUS];

static void find_ends(const int *next, int *end)
{
    int once[VCPUS];

    for (int i = 0; i < VCPUS; i++)
        end[i] = next[i] >= 0 ? next[i] : i;
    for (int reach = 1; reach < VCPUS; reach *= 2) {
        for (int i = 0; i < VCPUS; i++)
            once[i] = end[i];
        for (int i = 0; i < VCPUS; i++)
            end[i] = of(once, once[i]);
    }
}

/* The links of a vCPU: a chain has two ends, and lies on one CPU. */
static bool links_are_sound(int i)
{
    int down = callee[i], up = caller[i], tail = tails[i];
    int below = of(state, down);

    if (state[i] == VCPU_OFF || state[i] == VCPU_WAITING)
        return up == NO_VCPU && down == NO_VCPU;
    if (down != NO_VCPU && (down < 0 || (state[i] != VCPU_BLOCKED && state[i] != VCPU_ABORTED) ||
                            of(caller, down) != i || of(on_cpu, down) != on_cpu[i] ||
                            (!is_active(below) && below != VCPU_ABORTED)))
        return false;
    if (of(callee, tail) >= 0 || of(caller, heads[i]) >= 0)
        return false;
    if (up < 0 || of(callee, up) == i)
        return true;
    /* It yielded, or was preempted and its caller went on. */
    return of(state, up) != VCPU_ABORTED &&
           (of(state, tail) == VCPU_PREEMPTED || of(state, tail) == VCPU_BLOCKED ||
            of(state, tail) == VCPU_ABORTED);
}

static bool vcpu_is_sound(int i)
{
    const struct partition *p = &s.partitions[i / CPU_MAX];
    int up = caller[i];
    bool linked = up >= 0 && of(callee, up) == i;

    if (state[i] >= VCPU_STATES || state[i] == VCPU_INTERRUPTED || up == THE_SPMC)
        return false;
    for (int n = 0; n < CPU_MAX; n++)
        if ((s.cpus[n].current == i) != (state[i] == VCPU_RUNNING && on_cpu[i] == n))
            return false;
    if (state[i] == VCPU_ABORTED && s.vcpus[i].enabled != 0)
        return false; /* life.c stops the interrupts of who dies */
    if (!links_are_sound(i))
        return false;
    if ((p->state == PARTITION_ABORTED && state[i] != VCPU_RUNNING) != (state[i] == VCPU_ABORTED))
        return false;
    if (!is_active(state[i]))
        return state[i] == VCPU_ABORTED || model[i] == MODEL_NONE;
    if (p->context_count > 1 && on_cpu[i] != i % CPU_MAX)
        return false;
    if (up == NO_VCPU || (model[i] != MODEL_RUN && model[i] != MODEL_DIRECT))
        return false;
    if (masked[i] < p->mask || (linked && masked[i] < of(masked, up)))
        return false;
    return true;
}

static bool is_sound(void)
{
    bool sound = true;

    read_table();
    find_ends(callee, tails);
    find_ends(caller, heads);
    for (unsigned i = 0; i < CPU_MAX; i++)
        sound &= (s.cpus[i].entry != ENTRY_NONE) == (s.cpus[i].current != NO_VCPU);
    for (int i = 0; i < VCPUS; i++)
        if (i % CPU_MAX < s.partitions[i / CPU_MAX].context_count)
            sound &= vcpu_is_sound(i);
        else
            sound &= state[i] == VCPU_OFF && caller[i] == NO_VCPU && callee[i] == NO_VCPU;
    return sound;
}

static void any_state(void)
{
    now = nondet_u64();
    ASSUME(now >= 1 && now <= 1ULL << 40);
    s.cpu_count = CPU_MAX;
    s.partition_count = PARTITION_MAX;
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        any_partition(i);
    for (unsigned i = 0; i < VCPUS; i++)
        any_vcpu(&s.vcpus[i]);
    for (unsigned i = 0; i < CPU_MAX; i++) {
        s.cpus[i].current = (vcpu_ref)nondet_u64();
        s.cpus[i].entry = nondet_bool() ? ENTRY_NORMAL_CALL : ENTRY_NONE;
        s.cpus[i].interrupted = NO_VCPU;
        ASSUME(s.cpus[i].current >= NO_VCPU && s.cpus[i].current < (vcpu_ref)VCPUS);
    }
}

static void check_state(struct next next)
{
    if (next.kind == NEXT_RUN) {
        SHOW(next.vcpu->state == VCPU_RUNNING && s.cpus[cpu].current == vcpu_ref_of(next.vcpu),
             "who is to run is RUNNING");
    } else {
        SHOW(next.kind == NEXT_REPLY_NORMAL, "else the Normal world has an answer");
        s.cpus[cpu].entry = ENTRY_NONE; /* as spmc_step does */
    }
    SHOW(is_sound(), "the invariants hold again");
}

#define CONTEXT(partition) ((partition)*CPU_MAX)

/* A chain on CPU 0 of so many vCPUs, the first the tail, which runs; those in `dead` died (a bit
 * each), the others wait. */
static struct vcpu *running_chain(unsigned length, unsigned dead)
{
    any_state();
    for (unsigned i = 0; i < length; i++) {
        struct vcpu *v = &s.vcpus[CONTEXT(i)];
        v->caller = i + 1 < length ? (vcpu_ref)CONTEXT(i + 1) : NORMAL_WORLD;
        v->callee = i > 0 ? (vcpu_ref)CONTEXT(i - 1) : NO_VCPU;
        v->cpu = (uint8_t)cpu;
        v->state = dead >> i & 1 ? VCPU_ABORTED : VCPU_BLOCKED;
    }
    s.vcpus[0].state = VCPU_RUNNING;
    s.cpus[cpu].current = 0;
    s.cpus[cpu].entry = ENTRY_NORMAL_CALL;
    s.partitions[0].state = PARTITION_LIVE;
    ASSUME(is_sound());
    return &s.vcpus[0];
}

/* `transition` of the tail of any chain. */
#define FOR_ANY_CHAIN(transition)                                \
    for (unsigned length = 1; length <= PARTITION_MAX; length++) \
        for (unsigned dead = 0; dead < 1U << length; dead += 2)  \
            if (nondet_bool()) {                                 \
                struct vcpu *v = running_chain(length, dead);    \
                transition;                                      \
                return 0;                                        \
            }

#endif
