/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Breadth first through every state of a memory search. States are mostly zeros, and are kept
 * without them. From each new one those who live must be able to end all transactions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "explore/memory.h"
#include "rules/check.h"
#include "support/invariants.h"
#include "support/port_model.h"
#include "support/world.h"

#define STATE_BYTES sizeof(struct memory_state)
#define WORDS (STATE_BYTES / 8)
#define NO_ACT 0xffff
#define END_MAX 64 /* calls that end all transactions */

struct node {
    uint64_t at; /* where its bytes begin */
    uint32_t parent;
    uint32_t hash;
    uint16_t act;
};

static struct {
    struct node *nodes;
    uint32_t count, room;
    uint32_t *slots; /* a hash table: node + 1 */
    uint32_t slot_count;
    uint8_t *bytes;
    uint64_t used, bytes_room;
    uint64_t steps;
} found;

/* ---- The set of states ---- */

static void *need(void *memory)
{
    if (memory == NULL) {
        fprintf(stderr, "explore: out of memory\n");
        exit(2);
    }
    return memory;
}

static uint32_t hash_of(const struct memory_state *state)
{
    const uint64_t *word = (const void *)state;
    uint64_t hash = 0x9E3779B97F4A7C15ULL;

    for (size_t i = 0; i < WORDS; i++) {
        hash = (hash ^ word[i]) * 0xD6E8FEB86659FD93ULL;
        hash ^= hash >> 32;
    }
    return (uint32_t)hash;
}

/* For each word a byte that says which of its bytes are not zero, then these; or, for words of
 * zeros, one zero. How many bytes it is. */
static size_t shrink(uint8_t *to, const struct memory_state *state)
{
    const uint8_t *from = (const void *)state;
    uint8_t *begin = to;

    for (size_t i = 0; i < WORDS; i++, from += 8) {
        uint8_t *which = to++;
        uint64_t word;
        memcpy(&word, from, sizeof(word));
        *which = 0;
        for (unsigned b = 0; word != 0 && b < 8; b++)
            if (from[b] != 0) {
                *which |= (uint8_t)(1U << b);
                *to++ = from[b];
            }
    }
    return (size_t)(to - begin);
}

static void expand(struct memory_state *state, uint32_t node)
{
    const uint8_t *from = found.bytes + found.nodes[node].at;
    uint8_t *to = (void *)state;

    memset(state, 0, STATE_BYTES);
    for (size_t i = 0; i < WORDS; i++, to += 8)
        for (unsigned which = *from++; which != 0; which &= which - 1)
            to[__builtin_ctz(which)] = *from++;
}

static bool is_same(uint32_t node, const struct memory_state *state)
{
    static struct memory_state other;

    expand(&other, node);
    return memcmp(&other, state, STATE_BYTES) == 0;
}

static uint32_t *slot_of(uint32_t hash, const struct memory_state *state)
{
    uint32_t i = hash & (found.slot_count - 1);

    while (found.slots[i] != 0 && (state == NULL || found.nodes[found.slots[i] - 1].hash != hash ||
                                   !is_same(found.slots[i] - 1, state)))
        i = (i + 1) & (found.slot_count - 1);
    return &found.slots[i];
}

static void grow(void)
{
    found.room = found.room != 0 ? 2 * found.room : 1U << 16;
    found.slot_count = 2 * found.room;
    found.nodes = need(realloc(found.nodes, found.room * sizeof(struct node)));
    free(found.slots);
    found.slots = need(calloc(found.slot_count, sizeof(found.slots[0])));
    for (uint32_t i = 0; i < found.count; i++)
        *slot_of(found.nodes[i].hash, NULL) = i + 1;
}

static bool add(const struct memory_state *state, uint32_t parent, unsigned act)
{
    uint32_t hash = hash_of(state);
    uint32_t *slot;

    if (found.count == found.room)
        grow();
    slot = slot_of(hash, state);
    if (*slot != 0)
        return false;
    if (found.used + 2 * STATE_BYTES > found.bytes_room) {
        found.bytes_room = found.bytes_room != 0 ? 2 * found.bytes_room : 1U << 24;
        found.bytes = need(realloc(found.bytes, found.bytes_room));
    }
    found.nodes[found.count] = (struct node){found.used, parent, hash, (uint16_t)act};
    found.used += shrink(found.bytes + found.used, state);
    *slot = ++found.count;
    return true;
}

/* ---- Steps ---- */

static bool busy; /* RX stays full until it is released */

/* From one state to the next; what is broken on the way, NULL for nothing. */
static const char *step(const struct memory_state *from, const struct act *a,
                        struct memory_state *to, bool *large)
{
    struct answer answer;
    const char *broken;

    port_model.kicked = 0;
    world_put(from, *large);
    *large = act_is_large(a);
    act_do(from, a, &answer);
    found.steps++;
    *to = *from;
    broken = answer.disagrees;
    if (broken == NULL)
        broken = rules_follow(to, a, &answer);
    if (broken == NULL)
        broken = world_get(to);
    rules_move(to);
    if (broken == NULL)
        broken = rules_hold(from, to, a, &answer);
    if (broken != NULL)
        return broken;
    met(from, to, a, &answer);
    if (!busy)
        memset(to->rx_full, 0, sizeof(to->rx_full)); /* what came is read at once */
    rules_write(to);
    world_sort(to);
    return NULL;
}

/* ---- The end of all transactions, by those who live ---- */

static const struct act *release_of(unsigned who)
{
    static struct act a;

    a = (struct act){.deed = RELEASE, .who = (uint8_t)who, .name = "(end) RX_RELEASE"};
    return &a;
}

/* What a borrower does to be without it, or with all of it. */
static const struct act *end_of_borrower(const struct memory_state *state, const struct deal *d,
                                         const struct deal_borrower *b, unsigned slot)
{
    static struct act a;

    if (b->who < PARTITION_MAX && state->rx_full[b->who])
        return release_of(b->who);
    a = (struct act){.who = b->who,
                     .slot = (uint8_t)slot,
                     .permissions = b->asked,
                     .name = "(end) a borrower's call"};
    a.zero = b->has == TAKING && b->clean_after;
    a.deed = d->phase == OVER ? TELL_MORE : b->has == TAKING ? RETRIEVE : RELINQUISH;
    return &a;
}

static const struct act *end_of_deal(const struct memory_state *state, unsigned slot)
{
    static struct act a;
    const struct deal *d = &state->slot[slot].deal;

    for (unsigned i = 0; i < d->count; i++)
        if (d->borrower[i].has != HAS_NOT || d->phase == OVER)
            return end_of_borrower(state, d, &d->borrower[i], slot);
    a = (struct act){
        .deed = RECLAIM, .who = d->who, .slot = (uint8_t)slot, .name = "(end) RECLAIM"};
    return &a;
}

static const struct act *next_end(const struct memory_state *state)
{
    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        if (state->slot[i].deal.phase != UNUSED)
            return end_of_deal(state, i);
    return NULL;
}

static const struct act *last; /* that failed */

static const char *broken_end(const struct memory_state *from, bool *large)
{
    static struct memory_state now, after;
    const struct act *a;
    const char *broken = NULL;

    now = *from;
    for (unsigned i = 0; broken == NULL && (a = next_end(&now)) != NULL; i++) {
        if (i == END_MAX)
            return "those who live cannot end what is in flight";
        broken = step(&now, a, &after, large);
        if (broken != NULL)
            last = a;
        now = after;
    }
    for (unsigned g = 0; broken == NULL && g < WATCHED; g++)
        if (watched[g].home == NORMAL && (now.owner[g] == NORMAL) == now.taken[g])
            return "a page of the Normal world is not given back";
    return broken;
}

/* ---- Violations ---- */

static void print_path(uint32_t number)
{
    if (found.nodes[number].act == NO_ACT)
        return;
    print_path(found.nodes[number].parent);
    printf("# %s\n", acts[found.nodes[number].act].name);
}

static bool report(unsigned test, uint32_t number, const char *act, const char *broken)
{
    printf("not ok %u - %s\n# the shortest way there:\n", test, broken);
    print_path(number);
    printf("# %s\n", act);
    if (last != NULL)
        printf("# %s: %s of %u\n",
               last->who == NORMAL ? "NWd" : memory_world.partitions[last->who].name, last->name,
               last->slot);
    printf("# broken: %s\n", broken);
    return false;
}

/* ---- The search ---- */

static bool take_all(unsigned test, uint32_t number)
{
    static struct memory_state from, to;
    const char *broken;
    bool large = false;

    expand(&from, number);
    for (unsigned i = 0; i < act_count; i++) {
        if (!act_possible(&from, &acts[i]))
            continue;
        broken = step(&from, &acts[i], &to, &large);
        if (broken == NULL && add(&to, number, i))
            broken = broken_end(&to, &large);
        if (broken != NULL)
            return report(test, number, acts[i].name, broken);
    }
    world_put(&from, large);
    broken = world_strays(&from);
    return broken == NULL || report(test, number, "one of all calls", broken);
}

bool memory_search(const struct memory_scope *scope, unsigned test)
{
    struct memory_state first;
    clock_t begin = clock();
    bool ok = true;

    found.count = 0;
    found.used = 0;
    found.steps = 0;
    oracle_counts = (struct oracle_counts){0};
    if (found.slots != NULL)
        memset(found.slots, 0, found.slot_count * sizeof(found.slots[0]));
    world_setup(scope, &first);
    acts_list(scope);
    busy = scope->with & WITH_BUSY;
    world_sort(&first);
    add(&first, 0, NO_ACT);
    for (uint32_t i = 0; ok && i < found.count; i++)
        ok = take_all(test, i);
    if (ok)
        printf("ok %u - every state of %s keeps the invariants\n", test, scope->name);
    printf(
        "# %u states, %llu transitions, %u actions, %.1f s, %zu MiB\n", found.count,
        (unsigned long long)found.steps, act_count, (double)(clock() - begin) / CLOCKS_PER_SEC,
        (size_t)((found.bytes_room + found.room * sizeof(struct node) + found.slot_count * 4ULL) >>
                 20));
    printf("# the rule book judged %lu of them, %lu of these calls on memory, and left %lu open\n",
           oracle_counts.steps - oracle_counts.open, oracle_counts.memory, oracle_counts.open);
    return ok;
}

unsigned memory_search_states(void)
{
    return found.count;
}
