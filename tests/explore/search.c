/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Breadth first through every reachable state of a small world: three partitions, two
 * CPUs, each action on each CPU in each state. Breadth first, so that the first
 * violation found has the shortest trace.
 */
#include "explore/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/interrupt.h"
#include "explore/actions.h"
#include "explore/reached.h"
#include "explore/state.h"
#include "rules/check.h"
#include "support/invariants.h"
#include "support/port_model.h"
#include "support/world.h"

#define RETURN_BOUND 32
#define STATE_BYTES offsetof(struct spmc, held)
#define SOIL 0xDD
#define COLD_BOOT (-1) /* as an action number: how the first state came about */

struct node {
    struct packed state;
    uint32_t parent;
    int16_t action;
    uint8_t cpu;
};

struct slot {
    uint32_t node; /* its number + 1 */
    uint32_t hash; /* so that the node itself is looked at only if it is the same */
};

static struct {
    unsigned test; /* number in the TAP output */
    struct node *nodes;
    uint32_t count;
    uint32_t room;
    struct slot *slots; /* a hash table */
    uint32_t slot_count;
    uint64_t transitions;
} found;

/* ---- The set of states ---- */

static uint32_t hash_of(const struct packed *state)
{
    const uint8_t *bytes = (const uint8_t *)state;
    uint64_t hash = 0x9E3779B97F4A7C15ULL;
    uint64_t word;

    for (size_t i = 0; i < sizeof(*state); i += sizeof(word)) {
        memcpy(&word, bytes + i, sizeof(word));
        hash = (hash ^ word) * 0xD6E8FEB86659FD93ULL;
        hash ^= hash >> 32;
    }
    return (uint32_t)hash;
}

static void *need(void *memory)
{
    if (memory == NULL) {
        fprintf(stderr, "explore: out of memory\n");
        exit(2);
    }
    return memory;
}

static bool holds(const struct slot *slot, uint32_t hash, const struct packed *state)
{
    return slot->hash == hash &&
           memcmp(&found.nodes[slot->node - 1].state, state, sizeof(*state)) == 0;
}

/* The slot of a state, or the one where it belongs. */
static struct slot *slot_of(uint32_t hash, const struct packed *state)
{
    uint32_t i = hash & (found.slot_count - 1);

    while (found.slots[i].node != 0 && !holds(&found.slots[i], hash, state))
        i = (i + 1) & (found.slot_count - 1);
    return &found.slots[i];
}

static void grow(void)
{
    found.room = found.room != 0 ? 2 * found.room : 1U << 16;
    found.slot_count = 2 * found.room;
    found.nodes = need(realloc(found.nodes, found.room * sizeof(struct node)));
    free(found.slots);
    found.slots = need(calloc(found.slot_count, sizeof(struct slot)));
    for (uint32_t i = 0; i < found.count; i++) {
        uint32_t hash = hash_of(&found.nodes[i].state);
        *slot_of(hash, &found.nodes[i].state) = (struct slot){i + 1, hash};
    }
}

/* True if the state is new. */
static bool add(const struct packed *state, uint32_t parent, int action, unsigned cpu)
{
    uint32_t hash = hash_of(state);
    struct slot *slot;

    if (found.count == found.room)
        grow();
    slot = slot_of(hash, state);
    if (slot->node != 0)
        return false;
    found.nodes[found.count] = (struct node){*state, parent, (int16_t)action, (uint8_t)cpu};
    *slot = (struct slot){++found.count, hash};
    return true;
}

/* ---- Violations ---- */

static void print_path(uint32_t number)
{
    const struct node *node = &found.nodes[number];

    if (node->action != COLD_BOOT) {
        print_path(node->parent);
        printf("# cpu %u: %s\n", node->cpu, actions[node->action].name);
    } else {
        printf("# cpu 0: cold boot\n");
    }
    state_print(&node->state);
}

/* What happened in state `number` broke an invariant: the way there, and the last step. */
static bool report(uint32_t number, const char *action, unsigned cpu, const struct packed *after,
                   const char *broken)
{
    printf("not ok %u - %s\n# the shortest way there:\n", found.test, broken);
    print_path(number);
    printf("# cpu %u: %s\n", cpu, action);
    if (after != NULL)
        state_print(after);
    printf("# broken: %s\n", broken);
    return false;
}

/* ---- Checks of a new state ---- */

static struct spmc scratch;

/* Nothing that counts is outside the abstraction. */
static const char *broken_abstraction(const struct spmc *canonical, const struct packed *packed)
{
    state_unpack(&scratch, packed);
    return memcmp(&scratch, canonical, STATE_BYTES) == 0 &&
                   memcmp(scratch.held, canonical->held, sizeof(scratch.held)) == 0
               ? NULL
               : "the state holds something that the abstraction does not";
}

static const char *broken_control(const struct packed *packed)
{
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        const char *broken;
        state_unpack(&scratch, packed);
        broken = control_stays_away(&scratch, cpu, RETURN_BOUND);
        if (broken != NULL)
            return broken;
    }
    return NULL;
}

/* FFA_RUN of the head of an interrupted chain, where it stopped, is never refused to the Normal
 * world. */
static const char *broken_resume(const struct packed *packed, unsigned i)
{
    const struct event event = {.kind = EVENT_SPMD};
    struct regs *regs;
    unsigned cpu = packed->vcpu[i].cpu;
    int head = (int)i;

    while (packed->vcpu[head].caller >= 0) {
        int caller = packed->vcpu[head].caller;
        if (packed->vcpu[caller].callee != head)
            return NULL; /* it was cut: its caller may go on with it */
        head = caller;
    }
    if (packed->vcpu[head].caller != NORMAL_WORLD)
        return "an interrupted chain does not begin at the Normal world";
    if (!packed->cpu[cpu].online || packed->cpu[cpu].current != NO_VCPU)
        return NULL;
    state_unpack(&scratch, packed);
    regs = &scratch.cpus[cpu].normal;
    regs->x[0] = FFA_RUN;
    regs->x[1] = (uint64_t)scratch.partitions[head / CPU_MAX].endpoint.id << 16 | head % CPU_MAX;
    memset(&regs->x[8], 0, 10 * sizeof(regs->x[0])); /* reserved from version 1.2 on */
    return spmc_step(&scratch, cpu, &event).kind <= NEXT_AGAIN
               ? NULL
               : "an interrupted chain cannot go on by FFA_RUN of its head";
}

static const char *broken_new_state(const struct spmc *canonical, const struct packed *packed)
{
    const char *broken = broken_abstraction(canonical, packed);

    for (unsigned i = 0; broken == NULL && i < PARTITION_MAX; i++)
        if (canonical->partitions[i].restarts > RESTARTS_MAX) /* its time never passes here */
            broken = "a partition came back too often";
    if (broken == NULL)
        broken = broken_control(packed);
    for (unsigned i = 0; broken == NULL && i < CONTEXTS; i++)
        if (packed->vcpu[i].state == VCPU_PREEMPTED)
            broken = broken_resume(packed, i);
    return broken;
}

/* ---- The search ---- */

/* The state whose actions are taken, and what a step makes of it: but for the registers of who
 * acts they are the same before each step. */
static struct {
    struct spmc before, after;
    struct regs frame; /* of who acts, before its call */
} step;

static uint32_t kicks_after(uint32_t kicks, unsigned cpu, const struct action *a,
                            const struct spmc *after)
{
    bool taken =
        a->event == EVENT_KICK || action_event(a).cause == EVENT_KICK || !after->cpus[cpu].online;

    kicks |= port_model.kicked;
    return taken ? kicks & ~(1U << cpu) : kicks;
}

/* The registers of who runs on this CPU: a call's arguments, and its answer. */
static struct regs *frame_of(struct spmc *s, unsigned cpu)
{
    vcpu_ref current = s->cpus[cpu].current;

    return current >= 0 ? &s->vcpus[current].regs : &s->cpus[cpu].normal;
}

/* Most steps change nothing but these: refused calls, interrupts that wait. */
static bool is_unchanged(const struct spmc *before, const struct spmc *after,
                         const struct regs *frame)
{
    size_t from = (size_t)((const char *)frame - (const char *)before);
    size_t behind = from + sizeof(*frame);

    return memcmp(before, after, from) == 0 &&
           memcmp((const char *)before + behind, (const char *)after + behind,
                  STATE_BYTES - behind) == 0;
}

static void copy_state(struct spmc *to, const struct spmc *from)
{
    memcpy(to, from, STATE_BYTES);
    memcpy(to->held, from->held, sizeof(to->held));
}

/* Before each action who acts has its secrets in its registers, and the call's arguments. */
static void set_frame(unsigned cpu, const struct action *a)
{
    struct regs *frame = frame_of(&step.before, cpu);

    *frame = step.frame;
    action_arguments(&step.before, cpu, a);
    *frame_of(&step.after, cpu) = *frame;
}

/* What the step led to, which is another state than the one with this number. */
static const char *arrive(uint32_t number, unsigned cpu, unsigned action_number,
                          struct packed *packed, uint32_t kicks)
{
    const char *broken = broken_state(&step.after, kicks);

    if (broken == NULL)
        state_canonicalize(&step.after); /* of a broken state it may not end */
    state_pack(packed, &step.after, kicks);
    if (broken == NULL && add(packed, number, (int)action_number, cpu))
        broken = broken_new_state(&step.after, packed);
    return broken;
}

/* ---- Memory that is restored ---- */

/* Before a piece of the work, all of it is what the former life left. */
static void soil(const struct partition *p)
{
    memset(port_model_memory(p->load, p->size), SOIL, p->size);
}

/* The piece that is called new is as loaded, or zero behind that. */
static const char *broken_memory(const struct partition *before, const struct partition *after)
{
    const uint8_t *memory = port_model_memory(after->load, after->size);
    const uint8_t *copy = port_model_memory(after->copy, after->copy_size);

    if (after->state == PARTITION_STARTING && before->restored < after->size)
        return "a partition starts in memory that is not new";
    for (uint64_t i = before->restored; i < after->restored && i < after->size; i++)
        if (memory[i] != (i < after->copy_size ? copy[i] : 0))
            return "memory is not as it was loaded";
    return NULL;
}

/* The partition whose memory a step makes new, or NULL. */
static const struct partition *restored_by(const struct event *event, unsigned cpu)
{
    return event->kind == EVENT_AGAIN
               ? &step.before.partitions[step.before.vcpus[step.before.cpus[cpu].current].partition]
               : NULL;
}

/* What the GIC knows follows from the state. */
static void set_gic(const struct spmc *s)
{
    for (unsigned i = 0; i < s->route_count; i++) {
        const struct partition *p = &s->partitions[s->routes[i].partition];
        port_model.interrupts[s->routes[i].intid].enabled = gic_enables(s, p, s->routes[i].slot);
    }
}

/*
 * ---- The rule book (tests/rules): of every ORACLE_EVERY transitions it judges one, whichever the
 * hash of its number picks; 0 for none ----
 */
#ifndef ORACLE_EVERY
#define ORACLE_EVERY 4
#endif

static bool is_judged(void)
{
    return ORACLE_EVERY != 0 &&
           (found.transitions * 0x9e3779b97f4a7c15 >> 32) * ORACLE_EVERY >> 32 == 0;
}

/* In the state with this number, which is unpacked in `step`, and again afterwards. */
static bool take(uint32_t number, unsigned cpu, unsigned action_number)
{
    const struct action *a = &actions[action_number];
    struct event event = action_event(a);
    struct observation o = {
        .before = &step.before, .after = &step.after, .cpu = cpu, .event = &event, .secrets = true};
    const struct partition *restored = restored_by(&event, cpu);
    uint32_t kicks = found.nodes[number].state.kicks;
    bool judged = is_judged();
    struct packed packed;
    const char *broken;

    port_model_reset_counters();
    set_gic(&step.before);
    state_set_pages(&step.before);
    set_frame(cpu, a);
    if (restored != NULL)
        soil(restored);
    if (judged)
        oracle_before(&step.before, cpu, &event, false);
    o.next = spmc_step(&step.after, cpu, &event);
    found.transitions++;
    o.same = is_unchanged(&step.before, &step.after, frame_of(&step.before, cpu));
    reached_note(&o, kicks);
    broken = broken_step(&o);
    if (broken == NULL && judged)
        broken = oracle_after(&step.after, &o.next);
    if (broken == NULL && restored != NULL)
        broken = broken_memory(restored, &step.after.partitions[restored - step.before.partitions]);
    if (broken == NULL && o.same && kicks_after(kicks, cpu, a, &step.after) == kicks)
        return true;

    if (broken == NULL)
        broken =
            arrive(number, cpu, action_number, &packed, kicks_after(kicks, cpu, a, &step.after));
    else
        state_pack(&packed, &step.after, kicks);
    if (broken != NULL)
        return report(number, a->name, cpu, &packed, broken);
    copy_state(&step.after, &step.before);
    return true;
}

static bool is_part(const struct scope *scope, const struct action *a)
{
    return (a->in != 0 ? a->in : IN_MESSAGES | IN_SETUP) & scope->actions;
}

static bool take_all(uint32_t number, const struct scope *scope)
{
    for (unsigned cpu = 0; cpu < scope->cpus; cpu++) {
        state_unpack(&step.before, &found.nodes[number].state);
        copy_state(&step.after, &step.before);
        step.frame = *frame_of(&step.before, cpu);
        for (unsigned i = 0; i < action_count; i++)
            if (is_part(scope, &actions[i]) && action_possible(&step.before, cpu, &actions[i]) &&
                !take(number, cpu, i))
                return false;
    }
    return true;
}

static uint8_t version_of(const struct scope *scope, unsigned partition)
{
    if (partition == WORLD_QUEUED)
        return 1;
    return partition == WORLD_MP ? 2 : scope->version;
}

static void cold_boot(const struct scope *scope)
{
    static struct spmc s;
    const struct event event = {.kind = EVENT_COLD_BOOT};
    struct packed packed = {0};

    state_setup(scope->with);
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        state_version(i, version_of(scope, i));
    packed.partition[WORLD_UP].restart = scope->with & WITH_RESTART ? RESTART_ON_NEXT_CALL : 0;
    packed.partition[WORLD_MP].restart = scope->with & WITH_RESTART ? RESTART_AT_ONCE : 0;
    for (unsigned i = 0; i < CONTEXTS; i++)
        packed.vcpu[i] = (struct packed_vcpu){.caller = NO_VCPU, .callee = NO_VCPU};
    for (unsigned i = 0; i <= PARTITION_MAX; i++) {
        packed.partition[i].state = PARTITION_LOADED;
        packed.partition[i].version = version_of(scope, i);
    }
    for (unsigned i = 0; i < CPU_MAX; i++)
        packed.cpu[i].current = packed.cpu[i].interrupted = NO_VCPU;
    packed.partition[WORLD_UP].enabled = scope->with & WITH_UP_DEVICE ? 1U << SLOT_DEVICES : 0;
    packed.partition[WORLD_MP].enabled = scope->with & WITH_MP_DEVICE ? 1U << SLOT_DEVICES : 0;
    state_unpack(&s, &packed);
    spmc_step(&s, 0, &event);
    state_canonicalize(&s);
    state_pack(&packed, &s, 0);
    add(&packed, 0, COLD_BOOT, 0);
}

static void forget(void)
{
    found.count = 0;
    found.transitions = 0;
    if (found.slots != NULL)
        memset(found.slots, 0, found.slot_count * sizeof(struct slot));
}

bool search(const struct scope *scope, unsigned test)
{
    clock_t begin = clock();
    bool ok = true;

    forget();
    found.test = test;
    oracle_counts = (struct oracle_counts){0};
    cold_boot(scope);
    for (uint32_t i = 0; ok && i < found.count; i++)
        ok = take_all(i, scope);
    if (ok)
        printf("ok %u - every state of %s keeps the invariants\n", test, scope->name);
    printf("# %u states, %llu transitions, %u actions, %.1f s, %zu MiB\n", found.count,
           (unsigned long long)found.transitions, action_count,
           (double)(clock() - begin) / CLOCKS_PER_SEC,
           (found.room * sizeof(struct node) + found.slot_count * sizeof(struct slot)) >> 20);
    printf("# the rule book judged %lu of them, and left %lu open\n",
           oracle_counts.steps - oracle_counts.open, oracle_counts.open);
    return ok;
}

unsigned search_states(void)
{
    return found.count;
}
