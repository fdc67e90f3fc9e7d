/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any state of the vCPU table that keeps its invariants, for one transition from it. Two CPUs,
 * three partitions, each UP or MP, in any state of its life. All happens on CPU 0: there a chain
 * has context 0 of each partition at most, and as partitions differ by their numbers alone, the
 * contexts of a chain are those of partition 0, of 1, of 2, from its tail up.
 *
 * Where a transition ends in a start, or in what follows an errand of the SPMC's own, here stands
 * what the state is between them (BETWEEN_*).
 */
#ifndef VCPU_TABLE_H
#define VCPU_TABLE_H

#include "vcpu_others.h"

/* CBMC's own checks are for core/: here they would find nothing, and cost half of the time. */
#pragma CPROVER check push
#pragma CPROVER check disable "bounds"
#pragma CPROVER check disable "pointer"
#pragma CPROVER check disable "pointer-overflow"
#pragma CPROVER check disable "pointer-primitive"
#pragma CPROVER check disable "signed-overflow"
#pragma CPROVER check disable "undefined-shift"
#pragma CPROVER check disable "div-by-zero"

/* ---- Any table ---- */

/* Below `number`, which is 8 at most. */
static unsigned any_of(unsigned number)
{
    unsigned any = nondet_u8() & 7;

    ASSUME(any < number);
    return any;
}

static void any_partition(unsigned number)
{
    struct partition *p = &s.partitions[number];

    vcpu_create(&s, number);
    p->context_count = nondet_bool() ? CPU_MAX : 1;
    p->endpoint.id = (uint16_t)(FFA_ID_SECURE + 1 + number);
    p->state = any_of(PARTITION_RESTARTING + 1);
    p->ns_action = nondet_u8();
    p->mask = nondet_u8();
    p->budget = nondet_u64();
    p->paid = nondet_u64();
    p->restarts = nondet_u8();
    p->s_el0 = nondet_bool();
    /* As a manifest may have them. */
    ASSUME(p->ns_action <= FFA_NS_ACTION_SIGNALLED);
    ASSUME(p->ns_action == FFA_NS_ACTION_QUEUED ? p->mask != 0 && p->mask <= MASK_ALL
                                                : p->mask == MASK_NOTHING);
    ASSUME(p->budget >= 1000 && p->budget <= BUDGET_MAX_MS * 1000);
}

static void any_vcpu(struct vcpu *v)
{
    v->state = any_of(VCPU_STATES);
    v->model = any_of(MODELS);
    v->cpu = nondet_u8();
    v->home = nondet_u8();
    v->masked = nondet_u8();
    v->special = nondet_u8();
    v->attended = nondet_bool();
    v->caller = (vcpu_ref)nondet_u64();
    v->callee = (vcpu_ref)nondet_u64();
    v->deadline = nondet_u64();
    v->enabled = nondet_u16() % (1U << INTERRUPT_MAX);
    v->pending = nondet_u16() % (1U << INTERRUPT_MAX);
    raise_lines(v);
    ASSUME(v->cpu < CPU_MAX && v->home < CPU_MAX && v->masked <= MASK_ALL);
    ASSUME(v->deadline <= 1ULL << 40);
    ASSUME(v->caller >= THE_SPMC && v->caller < VCPUS && v->callee >= NO_VCPU && v->callee < VCPUS);
}

/*
 * The table as small numbers, which C does not promote to larger ones, in arrays that only
 * constants index: so it costs CBMC little.
 */
typedef signed __CPROVER_bitvector[8] small;
static small state[VCPUS], model[VCPUS], on_cpu[VCPUS], masked[VCPUS], caller[VCPUS], callee[VCPUS];
static small life[VCPUS];

static void read_table(void)
{
    for (unsigned i = 0; i < VCPUS; i++) {
        const struct vcpu *v = &s.vcpus[i];
        state[i] = (small)v->state;
        model[i] = (small)v->model;
        on_cpu[i] = v->cpu;
        masked[i] = v->masked;
        caller[i] = (small)v->caller;
        callee[i] = (small)v->callee;
        life[i] = (small)s.partitions[i / CPU_MAX].state;
    }
}

/* That of vCPU number `i`, which may be any. */
static small of(const small *array, small i)
{
    small value = 0;

    for (small j = 0; j < VCPUS; j++)
        value = i == j ? array[j] : value;
    return value;
}

static bool is_active(small is)
{
    return is == VCPU_RUNNING || is == VCPU_BLOCKED || is == VCPU_PREEMPTED ||
           is == VCPU_INTERRUPTED;
}

/* The ends of all chains, by the links of `next`: whoever has a link there is in a circle. Each
 * round looks twice as far. */
static small tails[VCPUS], heads[VCPUS];

static void find_ends(const small *next, small *end)
{
    small once[VCPUS];

    for (int i = 0; i < VCPUS; i++)
        end[i] = next[i] >= 0 ? next[i] : i;
    for (int reach = 1; reach < VCPUS; reach *= 2) {
        for (int i = 0; i < VCPUS; i++)
            once[i] = end[i];
        for (int i = 0; i < VCPUS; i++)
            end[i] = of(once, once[i]);
    }
}

static bool is_interrupted(int i)
{
    bool found = false;

    for (int n = 0; n < CPU_MAX; n++)
        found |= s.cpus[n].interrupted == i;
    return found;
}

/* The links of a vCPU: a chain has two ends, and lies on one CPU. */
static bool links_are_sound(int i)
{
    small down = callee[i], up = caller[i], tail = tails[i];
    small below = of(state, down);

    if (state[i] == VCPU_WAITING)
        return up == NO_VCPU && down == NO_VCPU;
    if (state[i] == VCPU_OFF) /* the Normal world is to be told of a death before */
        return (up == NO_VCPU || up == NORMAL_WORLD) && down == NO_VCPU;
    if (down != NO_VCPU && (down < 0 || (state[i] != VCPU_BLOCKED && state[i] != VCPU_ABORTED) ||
                            of(caller, down) != i || of(on_cpu, down) != on_cpu[i] ||
                            (!is_active(below) && below != VCPU_ABORTED)))
        return false;
    if (of(callee, tail) >= 0 || of(caller, heads[i]) >= 0)
        return false;
    if (up == THE_SPMC && of(state, tail) != VCPU_RUNNING && !is_interrupted(tail))
        return false; /* its work has the CPU, or gets it back */
    if (up < 0 || of(callee, up) == i)
        return true;
    /* It yielded, or was preempted and its caller went on. */
    return of(state, up) != VCPU_ABORTED && !is_interrupted(tail) &&
           (of(state, tail) == VCPU_PREEMPTED || of(state, tail) == VCPU_BLOCKED ||
            of(state, tail) == VCPU_ABORTED);
}

/* Who still has the CPU, but its partition has died: what is said of a RUNNING vCPU's life does not
 * hold for it. */
static int dying = NO_VCPU;

/* What a partition's life allows its contexts. */
static bool life_is_sound(int i)
{
    bool active = is_active(state[i]);

    if (i == dying)
        return life[i] == PARTITION_ABSENT || life[i] == PARTITION_ABORTED;
    switch (life[i]) {
    case PARTITION_ABSENT:
        return state[i] == VCPU_ABORTED || state[i] == VCPU_OFF;
    case PARTITION_LOADED:
        return state[i] == VCPU_OFF;
    case PARTITION_STARTING:
        return active ? model[i] == MODEL_INIT : state[i] == VCPU_OFF;
    case PARTITION_LIVE:
        return state[i] != VCPU_ABORTED && active == (model[i] != MODEL_NONE);
    case PARTITION_ABORTED:
        return state[i] == VCPU_ABORTED || (state[i] == VCPU_RUNNING && model[i] != MODEL_NONE);
    default: /* it is restored by one of them */
        return model[i] == MODEL_NONE && callee[i] == NO_VCPU && state[i] != VCPU_BLOCKED &&
               (active ? caller[i] != NO_VCPU : state[i] == VCPU_OFF);
    }
}

static bool contexts_are_sound(int first)
{
    bool one = life[first] == PARTITION_STARTING || life[first] == PARTITION_RESTARTING;

    return !one || !is_active(state[first]) || !is_active(state[first + 1]);
}

static bool interrupts_are_sound(int i)
{
    const struct vcpu *v = &s.vcpus[i];
    bool leaves = v->pending >> SLOT_MANAGED_EXIT & 1;

    if ((state[i] == VCPU_OFF || state[i] == VCPU_ABORTED) && v->lines != 0)
        return false;
    if (state[i] == VCPU_ABORTED && v->enabled != 0)
        return false; /* life.c stops the interrupts of who dies */
    if (life[i] == PARTITION_RESTARTING && (v->enabled | v->pending) != 0)
        return false;
    return !leaves || ((model[i] == MODEL_RUN || model[i] == MODEL_DIRECT) && is_active(state[i]) &&
                       v->enabled >> SLOT_MANAGED_EXIT & 1);
}

/*
 * Who is masked has a clock of its own, while its chain runs: it ends within its budget. For who
 * was interrupted time stands still; of who stopped the field holds what is left.
 */
static bool clock_is_sound(int i)
{
    uint64_t deadline = s.vcpus[i].deadline, budget = s.partitions[i / CPU_MAX].budget;
    small tail = tails[i];

    if (!masked[i])
        return true;
    if (of(state, tail) == VCPU_RUNNING)
        return deadline != 0 && deadline <= now + budget;
    for (int n = 0; n < CPU_MAX; n++)
        if (s.cpus[n].interrupted == tail)
            return deadline != 0 && deadline <= s.cpus[n].since + budget;
    return deadline <= budget;
}

static bool mask_is_sound(int i)
{
    const struct partition *p = &s.partitions[i / CPU_MAX];
    small up = caller[i];
    bool linked = up >= 0 && of(callee, up) == i;
    bool alone = model[i] == MODEL_INIT || model[i] >= MODEL_POWER;

    if (linked && masked[i] < of(masked, up))
        return false;
    if (callee[i] >= 0 && (up == NO_VCPU || up == THE_SPMC) && masked[i] != MASK_ALL)
        return false;
    if (!is_active(state[i]))
        return true;
    if (model[i] != MODEL_NONE && masked[i] < (alone ? (int)MASK_ALL : p->mask))
        return false;
    if (state[i] == VCPU_INTERRUPTED && masked[i] == MASK_ALL)
        return false;
    return clock_is_sound(i);
}

static bool vcpu_is_sound(int i)
{
    const struct partition *p = &s.partitions[i / CPU_MAX];

    for (int n = 0; n < CPU_MAX; n++) {
        if ((s.cpus[n].current == i) != (state[i] == VCPU_RUNNING && on_cpu[i] == n))
            return false;
        if (state[i] == VCPU_INTERRUPTED && on_cpu[i] == n && s.cpus[n].interrupted != i)
            return false;
    }
    if (!links_are_sound(i) || !life_is_sound(i) || !interrupts_are_sound(i) || !mask_is_sound(i))
        return false;
    if (!is_active(state[i]))
        return state[i] == VCPU_ABORTED || model[i] == MODEL_NONE;
    if (p->context_count > 1 && on_cpu[i] != i % CPU_MAX)
        return false;
    if (model[i] == MODEL_NONE)
        return true; /* its memory is restored */
    if (model[i] == MODEL_INIT)
        return true; /* for nobody, at boot, or again, for who called it */
    return caller[i] != NO_VCPU && (model[i] >= MODEL_POWER) == (caller[i] == THE_SPMC);
}

/* Who waits for a handler: it has the CPU back, with the entry that it had. */
static bool interrupted_is_sound(int n)
{
    const struct cpu *c = &s.cpus[n];
    small i = (small)c->interrupted;
    bool has_either = c->entry == ENTRY_NORMAL_CALL || c->entry == ENTRY_SECURE_INTERRUPT;
    small giver = of(caller, of(heads, i));

    if (i == NORMAL_WORLD)
        return has_either;
    if (i < 0 || of(on_cpu, i) != n || of(callee, i) != NO_VCPU || of(masked, i) == MASK_ALL ||
        c->since > now)
        return false;
    if (giver == NORMAL_WORLD ? c->entry != ENTRY_NORMAL_CALL : giver != THE_SPMC || !has_either)
        return false;
    if (of(state, i) == VCPU_INTERRUPTED)
        return true;
    /* It died: by the other context of its partition, which is MP. */
    for (int j = 0; j < VCPUS; j++)
        if (i == j && (s.partitions[j / CPU_MAX].context_count == 1 || j % CPU_MAX != n))
            return false;
    return of(state, i) == VCPU_ABORTED;
}

static bool cpu_is_sound(int n)
{
    const struct cpu *c = &s.cpus[n];
    small i = (small)c->current, head = of(heads, i), giver = of(caller, head);
    bool starts = c->entry == ENTRY_COLD_INIT || c->entry == ENTRY_WARM_INIT;
    bool power = of(model, head) == MODEL_POWER;

    if (i == NO_VCPU)
        return c->entry == ENTRY_NONE && c->interrupted == NO_VCPU;
    if (giver == NORMAL_WORLD)
        return c->entry == ENTRY_NORMAL_CALL && c->interrupted == NO_VCPU;
    if (giver == NO_VCPU)
        return starts && c->interrupted == NO_VCPU;
    if (c->interrupted == NO_VCPU)
        return power && c->entry == ENTRY_FRAMEWORK;
    /* What the SPMC restarts had the CPU from the Normal world itself. */
    return !power && (of(model, head) == MODEL_INTERRUPT || c->interrupted == NORMAL_WORLD) &&
           interrupted_is_sound(n);
}

/* CPU 0, where another transition follows. */
static bool is_between(int kind)
{
    const struct cpu *c = &s.cpus[cpu];
    bool starts = c->entry == ENTRY_COLD_INIT || c->entry == ENTRY_WARM_INIT;

    if (kind == BETWEEN_START)
        return starts && c->interrupted == NO_VCPU;
    return c->interrupted == NO_VCPU ? c->entry == ENTRY_FRAMEWORK : interrupted_is_sound(cpu);
}

static bool is_sound(int kind)
{
    bool sound = true;

    read_table();
    find_ends(callee, tails);
    find_ends(caller, heads);
    sound &= kind >= NEXTS ? is_between(kind) : cpu_is_sound(0);
    for (int n = 1; n < CPU_MAX; n++)
        sound &= cpu_is_sound(n);
    for (int i = 0; i < VCPUS; i++)
        if (i % CPU_MAX < s.partitions[i / CPU_MAX].context_count)
            sound &= vcpu_is_sound(i);
        else
            sound &= state[i] == VCPU_OFF && caller[i] == NO_VCPU && callee[i] == NO_VCPU;
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        sound &= contexts_are_sound((int)CONTEXT(i));
    return sound;
}

/* Any sound state, CPU 0 running somebody or not; or between two transitions. */
static void any_state(int kind)
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
        s.cpus[i].entry = any_of(ENTRIES);
        s.cpus[i].interrupted = (vcpu_ref)nondet_u64();
        s.cpus[i].since = nondet_u64();
        ASSUME(s.cpus[i].current >= NO_VCPU && s.cpus[i].current < (vcpu_ref)VCPUS);
        ASSUME(s.cpus[i].interrupted >= NORMAL_WORLD && s.cpus[i].interrupted < (vcpu_ref)VCPUS);
    }
    if (kind >= NEXTS)
        s.cpus[cpu].current = NO_VCPU;
    ASSUME(is_sound(kind));
}

/* ---- Chains on CPU 0: constants, so that CBMC finds who is at the other end of a link ---- */

/* Of the vCPUs from context 0 of partition `first` on, so many, the first is the tail; those in
 * `dead` died (a bit each). */
static void has_chain(unsigned first, unsigned length, unsigned dead, enum vcpu_state tail,
                      vcpu_ref giver)
{
    for (unsigned i = 0; i < length; i++) {
        struct vcpu *v = &s.vcpus[CONTEXT(first + i)];
        enum vcpu_state is = dead >> i & 1 ? VCPU_ABORTED : i > 0 ? VCPU_BLOCKED : tail;
        vcpu_ref up = i + 1 < length ? (vcpu_ref)CONTEXT(first + i + 1) : giver;
        vcpu_ref down = i > 0 ? (vcpu_ref)CONTEXT(first + i - 1) : NO_VCPU;
        ASSUME(v->state == is && v->caller == up && v->callee == down);
        v->state = is;
        v->caller = up;
        v->callee = down;
    }
}

static struct vcpu *running_chain(unsigned length, unsigned dead, vcpu_ref giver)
{
    ASSUME(s.cpus[cpu].current == 0);
    s.cpus[cpu].current = 0;
    has_chain(0, length, dead, VCPU_RUNNING, giver);
    return &s.vcpus[0];
}

/* `transition` of the tail of any chain that runs. */
#define FOR_ANY_CHAIN(transition)                                        \
    for (unsigned length = 1; length <= PARTITION_MAX; length++)         \
        for (unsigned dead = 0; dead < 1U << length; dead += 2)          \
            for (vcpu_ref giver = THE_SPMC; giver <= NO_VCPU; giver++)   \
                if (nondet_bool()) {                                     \
                    struct vcpu *v = running_chain(length, dead, giver); \
                    return transition;                                   \
                }

/* Whether a partition that is neither dead nor restored calls. */
static bool calls(const struct vcpu *v)
{
    enum partition_state is = s.partitions[v->partition].state;

    return is == PARTITION_LIVE || is == PARTITION_STARTING;
}

static const int entry_of[] = {
    [NEXT_REPLY_NORMAL] = 1U << ENTRY_NORMAL_CALL,
    [NEXT_RESUME_NORMAL] = 1U << ENTRY_SECURE_INTERRUPT,
    [NEXT_REPLY_SPMD] = 1U << ENTRY_FRAMEWORK,
    [NEXT_INIT_DONE] = 1U << ENTRY_COLD_INIT | 1U << ENTRY_WARM_INIT,
    [BETWEEN_ERRANDS] = 0,
};

static void check_state(struct next next)
{
    struct cpu *here = &s.cpus[cpu];
    int kind = (int)next.kind;
    bool runs = kind == NEXT_RUN || kind == NEXT_AGAIN;

    ASSUME(kind != NEXT_STOP); /* the harness's: no transition has it */
    if (kind >= NEXTS)
        here->current = NO_VCPU;
    SHOW(here->current == NO_VCPU || runs, "who leaves has nobody who runs");
    SHOW(runs || kind >= NEXTS || (entry_of[kind] >> here->entry & 1), "the exit is the entry's");
    if (!runs && kind < NEXTS)
        here->entry = ENTRY_NONE; /* as spmc_step does */
    SHOW(is_sound(kind), "the invariants hold again");
    for (int i = 0; i < VCPUS && runs; i++)
        if (here->current == i) {
            SHOW(next.vcpu == &s.vcpus[i], "who is to run is RUNNING");
            SHOW((kind == NEXT_AGAIN) == (life[i] == PARTITION_RESTARTING), "or is restored");
            SHOW(life[i] != PARTITION_ABORTED || i == dying, "nobody dead runs");
        }
}

#pragma CPROVER check pop

#endif
