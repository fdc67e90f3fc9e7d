/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Breadth first through every reachable state of a small world: three partitions, two
 * CPUs, each action on each CPU in each state. Breadth first, so that the first
 * violation found has the shortest trace. Output is TAP.
 *
 * Mailboxes and versions hardly meet messages, but their product with all chains takes minutes.
 * So several searches are made, each to the end: all messages on two CPUs, with changes of
 * mailboxes and versions on one, and with fewer messages interrupts, managed exits and
 * notifications. `explore all` searches the product of the first two.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/interrupt.h"
#include "explore/actions.h"
#include "explore/reached.h"
#include "explore/state.h"
#include "support/invariants.h"
#include "support/port_model.h"
#include "support/world.h"

#define RETURN_BOUND 32
#define COLD_BOOT (-1) /* as an action number: how the first state came about */

struct node {
    struct packed state;
    uint32_t parent;
    int16_t action;
    uint8_t cpu;
};

struct scope {
    const char *name;
    unsigned cpus;    /* CPUs on which things happen; others stay off */
    unsigned actions; /* IN_* */
    unsigned with;    /* WITH_* */
    uint8_t version;  /* minor, of all but the queued partition, which has 1.1 */
};

static const struct scope parts[] = {
    {"messages on two CPUs", CPU_MAX, IN_MESSAGES, 0, 2},
    {"messages, mailboxes and versions on one CPU", 1, IN_SETUP, 0, 1},
    {"a UP partition's device on two CPUs", CPU_MAX, IN_INTERRUPTS, WITH_UP_DEVICE, 1},
    {"an MP partition's device and CPU_OFF on two CPUs", CPU_MAX, IN_INTERRUPTS | IN_POWER,
     WITH_MP_DEVICE | WITH_POWER, 1},
    {"devices and managed exits on one CPU", 1, IN_EXIT,
     WITH_UP_DEVICE | WITH_MP_DEVICE | WITH_MANAGED_EXIT, 1},
    {"notifications on one CPU", 1, IN_NOTIFY, 0, 1},
};
static const struct scope product[] = {
    {"messages, mailboxes and versions on two CPUs", CPU_MAX, IN_MESSAGES | IN_SETUP, 0, 1}};

static struct {
    unsigned test; /* number in the TAP output */
    struct node *nodes;
    uint32_t count;
    uint32_t room;
    uint32_t *slots; /* hash table of node numbers + 1 */
    uint32_t slot_count;
    uint64_t transitions;
} found;

/* ---- The set of states ---- */

static uint32_t hash_of(const struct packed *state)
{
    const uint8_t *bytes = (const uint8_t *)state;
    uint64_t hash = 0x9E3779B97F4A7C15ULL;
    uint32_t word;

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

static uint32_t *slot_of(const struct packed *state)
{
    uint32_t i = hash_of(state) & (found.slot_count - 1);

    while (found.slots[i] != 0 &&
           memcmp(&found.nodes[found.slots[i] - 1].state, state, sizeof(*state)) != 0)
        i = (i + 1) & (found.slot_count - 1);
    return &found.slots[i];
}

static void grow(void)
{
    found.room = found.room != 0 ? 2 * found.room : 1U << 16;
    found.slot_count = 2 * found.room;
    found.nodes = need(realloc(found.nodes, found.room * sizeof(struct node)));
    free(found.slots);
    found.slots = need(calloc(found.slot_count, sizeof(uint32_t)));
    for (uint32_t i = 0; i < found.count; i++)
        *slot_of(&found.nodes[i].state) = i + 1;
}

/* True if the state is new. */
static bool add(const struct packed *state, uint32_t parent, int action, unsigned cpu)
{
    uint32_t *slot;

    if (found.count == found.room)
        grow();
    slot = slot_of(state);
    if (*slot != 0)
        return false;
    found.nodes[found.count] = (struct node){*state, parent, (int16_t)action, (uint8_t)cpu};
    *slot = ++found.count;
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
    return memcmp(&scratch, canonical, offsetof(struct spmc, trace)) == 0
               ? NULL
               : "the state holds something that the abstraction does not";
}

static const char *broken_return(const struct packed *packed)
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
    return spmc_step(&scratch, cpu, &event).kind == NEXT_RUN
               ? NULL
               : "an interrupted chain cannot go on by FFA_RUN of its head";
}

static const char *broken_new_state(const struct spmc *canonical, const struct packed *packed)
{
    const char *broken = broken_abstraction(canonical, packed);

    if (broken == NULL)
        broken = broken_return(packed);
    for (unsigned i = 0; broken == NULL && i < CONTEXTS; i++)
        if (packed->vcpu[i].state == VCPU_PREEMPTED)
            broken = broken_resume(packed, i);
    return broken;
}

/* ---- The search ---- */

static uint32_t kicks_after(uint32_t kicks, unsigned cpu, const struct action *a,
                            const struct spmc *after)
{
    bool taken =
        a->event == EVENT_KICK || action_event(a).cause == EVENT_KICK || !after->cpus[cpu].online;

    kicks |= port_model.kicked;
    return taken ? kicks & ~(1U << cpu) : kicks;
}

static bool take(uint32_t number, unsigned cpu, unsigned action_number)
{
    static struct spmc before, after;
    const struct action *a = &actions[action_number];
    struct event event = action_event(a);
    struct observation o = {
        .before = &before, .after = &after, .cpu = cpu, .event = &event, .secrets = true};
    struct packed packed;
    const char *broken;
    uint32_t kicks;

    port_model_reset_counters();
    state_unpack(&before, &found.nodes[number].state);
    action_arguments(&before, cpu, a);
    memcpy(&after, &before, offsetof(struct spmc, trace));
    after.trace[cpu].count = 0; /* a death prints it */
    o.next = spmc_step(&after, cpu, &event);
    found.transitions++;
    reached_note(&o, found.nodes[number].state.kicks);

    kicks = kicks_after(found.nodes[number].state.kicks, cpu, a, &after);
    broken = broken_step(&o);
    if (broken == NULL)
        broken = broken_state(&after, kicks);
    if (broken == NULL)
        state_canonicalize(&after); /* of a broken state it may not end */
    state_pack(&packed, &after, kicks);
    if (broken == NULL && add(&packed, number, (int)action_number, cpu))
        broken = broken_new_state(&after, &packed);
    return broken == NULL || report(number, a->name, cpu, &packed, broken);
}

static bool is_part(const struct scope *scope, const struct action *a)
{
    return (a->in != 0 ? a->in : IN_MESSAGES | IN_SETUP) & scope->actions;
}

static bool take_all(uint32_t number, const struct scope *scope)
{
    static struct spmc s;

    for (unsigned cpu = 0; cpu < scope->cpus; cpu++) {
        state_unpack(&s, &found.nodes[number].state);
        for (unsigned i = 0; i < action_count; i++)
            if (is_part(scope, &actions[i]) && action_possible(&s, cpu, &actions[i]) &&
                !take(number, cpu, i))
                return false;
    }
    return true;
}

static void cold_boot(const struct scope *scope)
{
    static struct spmc s;
    const struct event event = {.kind = EVENT_COLD_BOOT};
    struct packed packed = {0};

    state_setup(scope->with);
    for (unsigned i = 0; i < CONTEXTS; i++)
        packed.vcpu[i] = (struct packed_vcpu){.caller = NO_VCPU, .callee = NO_VCPU};
    for (unsigned i = 0; i <= PARTITION_MAX; i++)
        packed.partition[i] =
            (struct packed_partition){.state = PARTITION_LOADED,
                                      .version = i == WORLD_QUEUED ? 1
                                                 : i == WORLD_MP   ? 2
                                                                   : scope->version};
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
        memset(found.slots, 0, found.slot_count * sizeof(uint32_t));
}

static bool search(const struct scope *scope, unsigned test)
{
    clock_t begin = clock();
    bool ok = true;

    forget();
    found.test = test;
    cold_boot(scope);
    for (uint32_t i = 0; ok && i < found.count; i++)
        ok = take_all(i, scope);
    if (ok)
        printf("ok %u - every state of %s keeps the invariants\n", test, scope->name);
    printf("# %u states, %llu transitions, %u actions, %.1f s, %zu MiB\n", found.count,
           (unsigned long long)found.transitions, action_count,
           (double)(clock() - begin) / CLOCKS_PER_SEC,
           (found.room * sizeof(struct node) + found.slot_count * sizeof(uint32_t)) >> 20);
    return ok;
}

/* The rest of the plan, after a violation. */
static bool skip(unsigned from, unsigned to)
{
    for (; from <= to; from++)
        printf("ok %u # SKIP a violation was found\n", from);
    return false;
}

static bool finish(unsigned test)
{
    bool met = reached_print();

    printf("%sok %u - the searches meet every situation of the list\n", met ? "" : "not ", test);
    return met;
}

/* Of the list, of `all`, or one of the list by its number. */
/* The first search takes as long as all others: they run beside it. */
static bool search_all(const struct scope *scopes, unsigned count)
{
    int status = 1;
    int ends[2];
    bool ok = true;
    pid_t first;

    fflush(stdout);
    if (pipe(ends) != 0 || (first = fork()) < 0)
        return false;
    if (first == 0) {
        ok = search(&scopes[0], 1);
        fflush(stdout);
        reached_send(ends[1]);
        _exit(ok ? 0 : 1);
    }
    close(ends[1]);
    for (unsigned i = 1; ok && i < count; i++)
        if (!search(&scopes[i], i + 1))
            ok = skip(i + 2, count);
    reached_receive(ends[0]);
    waitpid(first, &status, 0);
    return ok && status == 0;
}

int main(int argc, char **argv)
{
    bool all = argc > 1 && strcmp(argv[1], "all") == 0;
    unsigned one = argc > 1 ? (unsigned)atoi(argv[1]) : 0;
    unsigned part_count = sizeof(parts) / sizeof(parts[0]);
    const struct scope *scopes = all ? product : parts;
    unsigned count = all ? 1 : part_count;
    bool ok;

    if (one >= 1 && one <= part_count)
        return search(&parts[one - 1], one) ? 0 : 1;
    printf("TAP version 13\n1..%u\n", count + 1);
    ok = search_all(scopes, count);
    if (!ok)
        return skip(count + 1, count + 1) ? 0 : 1;
    return finish(count + 1) ? 0 : 1;
}
