/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The world of memory searches as a state, and back. Everything that a memory call may change is
 * in the state; all else must stay as it was at the start, which is compared as a whole.
 *
 * Three things have other numbers after each use, and no decision depends on these: transactions'
 * generations, chunks, and pages of the table pool. In a state they have the first numbers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/interrupt.h"
#include "core/stage2.h"
#include "explore/memory.h"
#include "support/port_model.h"
#include "support/world.h"

#define COPY(partition) (0x0ec00000ULL + 0x10000ULL * (partition))
#define STATE_BYTES offsetof(struct spmc, held)
#define DIRT 0xDD
#define NORMAL_NUMBER(address) (((address)-WORLD_NORMAL_MEMORY) / PAGE_BYTES)
#define REQUIRE(condition, text) \
    do {                         \
        if (!(condition))        \
            return text;         \
    } while (0)

struct spmc memory_world;
#define s memory_world
struct watched watched[WATCHED];

static struct spmc base, scratch;
static uint64_t base_taken[NORMAL_PAGES_MAX / 64];

/* ---- Transactions and their chunks ---- */

uint64_t handle_of_slot(unsigned slot)
{
    return slot < TRANSACTION_MAX ? (1U << 8) + slot : 0;
}

static struct transaction *core_of(struct slot_state *slot)
{
    return (struct transaction *)(void *)slot->core;
}

static void renumber(struct cursor *at, const uint16_t *chunk, unsigned count)
{
    unsigned i = 0;

    while (i < count && chunk[i] != at->chunk)
        i++;
    at->chunk = (uint16_t)(at->chunk != 0 ? i + 1 : 0);
}

static void each_cursor(struct transaction *t, const uint16_t *chunk, unsigned count)
{
    renumber(&t->claimed, chunk, count);
    renumber(&t->cleaned, chunk, count);
    renumber(&t->back, chunk, count);
    renumber(&t->returned, chunk, count);
    for (unsigned i = 0; i < BORROWERS; i++)
        renumber(&t->borrower[i].at, chunk, count);
}

/* What a description told whole leaves is as if nothing had been told. */
static void forget_told(struct transaction *t)
{
    uint32_t whole = 96 + 16 * t->ranges;

    t->told = 0;
    for (unsigned i = 0; i < BORROWERS; i++)
        if (t->borrower[i].state == BORROWER_WITH && t->borrower[i].told >= whole)
            t->borrower[i].told = 0;
}

static const char *get_slot(const struct transaction *from, struct slot_state *to, unsigned *chunks)
{
    struct transaction *t = core_of(to);
    uint16_t chunk[RANGES] = {0};
    unsigned n = 0;

    memcpy(to->core, from, sizeof(to->core));
    for (unsigned c = from->first_chunk; c != 0; c = s.memory->chunks[c].next, n++) {
        REQUIRE(n < RANGES && n < from->ranges, "the list of a transaction's ranges is too long");
        chunk[n] = (uint16_t)c;
        to->range[n] = s.memory->chunks[c].range[0];
    }
    REQUIRE(n == from->ranges && (n == 0 || chunk[n - 1] == from->last_chunk),
            "the list of a transaction's ranges is too short");
    REQUIRE(from->borrower_count <= BORROWERS, "a borrower too many");
    *chunks += n;
    t->handle = 0;
    t->next_free = 0;
    t->first_chunk = n != 0;
    t->last_chunk = (uint16_t)n;
    each_cursor(t, chunk, n);
    forget_told(t);
    return NULL;
}

static const char *get_memory(struct memory_state *state)
{
    const struct memory *m = s.memory;
    unsigned chunks = 0, free = 0, used = 0;
    const char *broken = NULL;

    for (unsigned i = 0; broken == NULL && i < TRANSACTION_MAX; i++) {
        memset(state->slot[i].core, 0, sizeof(state->slot[i].core));
        memset(state->slot[i].range, 0, sizeof(state->slot[i].range));
        if (m->transactions[i].state == TRANSACTION_FREE)
            continue;
        used++;
        broken = get_slot(&m->transactions[i], &state->slot[i], &chunks);
    }
    if (broken != NULL)
        return broken;
    for (unsigned c = m->free_chunk; c != 0; c = m->chunks[c].next)
        REQUIRE(++free < CHUNK_MAX, "the list of free chunks is a circle");
    REQUIRE(free + chunks == CHUNK_MAX - 1, "a chunk is lost, or used twice");
    free = 0;
    for (unsigned t = m->free_transaction; t != 0; t = m->transactions[t - 1].next_free)
        REQUIRE(++free <= TRANSACTION_MAX, "the list of free transactions is a circle");
    REQUIRE(free + used == TRANSACTION_MAX, "a transaction is lost, or used twice");
    for (unsigned g = 0; g < WATCHED; g++) {
        uint64_t number = NORMAL_NUMBER(watched[g].address);
        state->taken[g] =
            watched[g].space == SPACE_NON_SECURE && (m->taken[number / 64] >> number % 64 & 1);
    }
    return NULL;
}

static void put_slot(unsigned i, const struct slot_state *from, unsigned *chunk)
{
    struct memory *m = s.memory;
    struct transaction *t = &m->transactions[i];
    uint16_t numbers[RANGES + 1] = {0};
    struct cursor *cursors[] = {&t->claimed,       &t->cleaned,        &t->back,
                                &t->returned,      &t->borrower[0].at, &t->borrower[1].at,
                                &t->borrower[2].at};

    memcpy(t, from->core, sizeof(from->core));
    t->handle = t->state != TRANSACTION_FREE ? handle_of_slot(i) : i;
    for (unsigned n = 0; n < t->ranges; n++) {
        numbers[n + 1] = (uint16_t)++ * chunk;
        m->chunks[*chunk].range[0] = from->range[n];
        m->chunks[*chunk].next = (uint16_t)(n + 1 < t->ranges ? *chunk + 1 : 0);
    }
    t->first_chunk = numbers[t->first_chunk];
    t->last_chunk = numbers[t->last_chunk];
    for (unsigned n = 0; n < sizeof(cursors) / sizeof(cursors[0]); n++)
        cursors[n]->chunk = numbers[cursors[n]->chunk];
}

static void put_memory(const struct memory_state *state)
{
    struct memory *m = s.memory;
    unsigned chunk = 0;
    uint16_t *free = &m->free_transaction;

    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        put_slot(i, &state->slot[i], &chunk);
        if (m->transactions[i].state != TRANSACTION_FREE)
            continue;
        *free = (uint16_t)(i + 1);
        free = &m->transactions[i].next_free;
    }
    *free = 0;
    m->free_chunk = (uint16_t)(chunk + 1 < CHUNK_MAX ? chunk + 1 : 0);
    while (++chunk < CHUNK_MAX)
        m->chunks[chunk].next = (uint16_t)(chunk + 1 < CHUNK_MAX ? chunk + 1 : 0);
    for (unsigned g = 0; g < WATCHED; g++) {
        uint64_t number = NORMAL_NUMBER(watched[g].address);
        uint64_t bit = 1ULL << number % 64;
        if (watched[g].space == SPACE_NON_SECURE)
            m->taken[number / 64] =
                state->taken[g] ? m->taken[number / 64] | bit : m->taken[number / 64] & ~bit;
    }
}

/* ---- The rest ---- */

static void put_life(struct spmc *to, const struct memory_state *state)
{
    static const enum vcpu_state contexts[] = {[PARTITION_LIVE] = VCPU_WAITING,
                                               [PARTITION_ABORTED] = VCPU_ABORTED,
                                               [PARTITION_RESTARTING] = VCPU_OFF};

    for (unsigned i = 0; i < PARTITION_MAX; i++) {
        struct partition *p = &to->partitions[i];
        p->state = (enum partition_state)state->life[i];
        p->endpoint.mailbox = base.partitions[i].endpoint.mailbox;
        p->endpoint.mailbox.state = state->rx_full[i] ? MAILBOX_FULL : MAILBOX_EMPTY;
        p->restored = p->state == PARTITION_RESTARTING ? PAGE_BYTES : 0;
        if (p->state == PARTITION_RESTARTING)
            p->endpoint.mailbox = (struct mailbox){0};
        for (unsigned c = 0; c < p->context_count; c++) {
            struct vcpu *v = &to->vcpus[i * CPU_MAX + c];
            v->state = contexts[state->life[i]];
            v->model = MODEL_NONE;
            v->caller = v->callee = NO_VCPU;
            v->cpu = 0;
            v->sending = state->sending[i * CPU_MAX + c] != 0
                             ? handle_of_slot(state->sending[i * CPU_MAX + c] - 1U)
                             : 0;
        }
    }
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        to->cpus[cpu].current = NO_VCPU;
        to->cpus[cpu].entry = ENTRY_NONE;
    }
    to->normal.mailbox.state = state->rx_full[NORMAL] ? MAILBOX_FULL : MAILBOX_EMPTY;
}

/* Contexts whose send is over keep its handle, to no effect. */
static void get_life(struct memory_state *state)
{
    for (unsigned i = 0; i < CONTEXTS_ALL; i++) {
        const struct transaction *t = &s.memory->transactions[s.vcpus[i].sending & 0xff];
        bool on = s.vcpus[i].sending != 0 && t->handle == s.vcpus[i].sending &&
                  state->life[i / CPU_MAX] == PARTITION_LIVE &&
                  (t->state == TRANSACTION_SENDING || t->state == TRANSACTION_UNDOING);
        state->sending[i] = (uint8_t)(on ? (s.vcpus[i].sending & 0xff) + 1 : 0);
    }
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        state->rx_full[i] = state->life[i] == PARTITION_LIVE &&
                            s.partitions[i].endpoint.mailbox.state == MAILBOX_FULL;
    state->rx_full[NORMAL] = s.normal.mailbox.state == MAILBOX_FULL;
}

/* Slots are as good as each other: those in flight come first, the lesser before. */
void world_sort(struct memory_state *state)
{
    struct slot_state *a = &state->slot[0], *b = &state->slot[1];
    struct slot_state keep;
    bool used[2] = {core_of(a)->state != TRANSACTION_FREE, core_of(b)->state != TRANSACTION_FREE};

    _Static_assert(TRANSACTION_MAX == 2, "two slots are sorted");
    if (used[0] && (!used[1] || memcmp(a, b, sizeof(*a)) <= 0))
        return;
    if (!used[0] && !used[1])
        return;
    keep = *a;
    *a = *b;
    *b = keep;
    for (unsigned i = 0; i < CONTEXTS_ALL; i++)
        if (state->sending[i] != 0)
            state->sending[i] = (uint8_t)(3 - state->sending[i]);
}

static uint8_t *content(unsigned g, unsigned at)
{
    return port_model_memory(watched[g].address + at, 1);
}

static void put_contents(const struct memory_state *state)
{
    for (unsigned g = 0; g < WATCHED; g++)
        *content(g, 0) = *content(g, PAGE_BYTES - 1) = state->clean[g] ? 0 : DIRT;
}

static void get_contents(struct memory_state *state)
{
    for (unsigned g = 0; g < WATCHED; g++)
        state->clean[g] = *content(g, 0) == 0 && *content(g, PAGE_BYTES - 1) == 0;
}

void world_put(const struct memory_state *state, bool whole)
{
    if (whole)
        memcpy(&s, &base, sizeof(s));
    put_life(&s, state);
    put_memory(state);
    put_contents(state);
    tables_put(&s, state, whole);
}

const char *world_get(struct memory_state *state)
{
    const char *broken = tables_get(state);

    if (broken == NULL)
        broken = get_memory(state);
    if (broken != NULL)
        return broken;
    get_life(state);
    get_contents(state);
    return NULL;
}

const char *world_strays(const struct memory_state *state)
{
    memcpy(&scratch, &base, STATE_BYTES);
    for (unsigned i = 0; i < CONTEXTS_ALL; i++)
        scratch.vcpus[i].regs = s.vcpus[i].regs;
    for (unsigned i = 0; i < CPU_MAX; i++)
        scratch.cpus[i].normal = s.cpus[i].normal;
    put_life(&scratch, state);
    tables_put(&scratch, state, false);
    REQUIRE(memcmp(&scratch, &s, STATE_BYTES) == 0,
            "a memory call changed what is no memory's (here or a step before)");
    for (unsigned g = 0; g < WATCHED; g++) {
        uint64_t number = NORMAL_NUMBER(watched[g].address);
        if (watched[g].space == SPACE_NON_SECURE)
            base_taken[number / 64] &= ~(1ULL << number % 64);
        if (watched[g].space == SPACE_NON_SECURE && state->taken[g])
            base_taken[number / 64] |= 1ULL << number % 64;
    }
    REQUIRE(memcmp(base_taken, s.memory->taken, sizeof(base_taken)) == 0,
            "the ledger has what nobody took (here or a step before)");
    return tables_strays(state);
}

/* ---- The beginning ---- */

static void expect(bool is)
{
    if (!is) {
        fprintf(stderr, "explore: the world of memory cannot be made\n");
        exit(2);
    }
}

static void map_buffers(unsigned i)
{
    world_request(&s, 0, i, 0);
    world_call(&s, 0, FFA_RXTX_MAP_64, WORLD_TX(i), WORLD_RX(i), 1);
    expect(world_running(&s, 0)->regs.x[0] == FFA_SUCCESS_32);
    world_respond(&s, 0, FFA_ID_NORMAL_WORLD, 0);
}

/* A page that is no part of a package is a region that Bulkhead chose the place of. */
static void add_region(uint64_t address)
{
    struct partition *p = &s.partitions[WORLD_UP];

    p->regions[p->region_count++] =
        (struct region){.base = address,
                        .size = PAGE_BYTES,
                        .allocated = true,
                        .attributes = MAP_READ | MAP_WRITE | MAP_EXECUTE};
    expect(stage2_map(&s, p, address, 1, MAP_READ | MAP_WRITE | MAP_EXECUTE) == 1);
}

static void make(void)
{
    port_model_reset();
    world_load(&s);
    s.restarts = true;
    for (unsigned i = 0; i < PARTITION_MAX; i++) {
        struct partition *p = &s.partitions[i];
        p->endpoint.version = p->first_version = FFA_VERSION_1_2;
        p->restart = RESTART_ON_NEXT_CALL;
        p->copy = COPY(i);
        p->copy_size = PAGE_BYTES;
        p->mask = MASK_NOTHING;
        p->ns_action = FFA_NS_ACTION_SIGNALLED;
    }
    s.normal.version = FFA_VERSION_1_2;
    for (unsigned g = 0; g < WATCHED; g++)
        if (watched[g].home != NORMAL &&
            watched[g].address - s.partitions[WORLD_UP].load >= WORLD_SIZE)
            add_region(watched[g].address);
    world_start(&s);
    world_normal_call(&s, 0, FFA_RXTX_MAP_64, WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        map_buffers(i);
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        s.partitions[i].restarts = 1; /* so many more do not matter */
}

void world_setup(const struct memory_scope *scope, struct memory_state *first)
{
    memset(first, 0, sizeof(*first));
    for (unsigned g = 0; g < WATCHED; g++) {
        bool normal = scope->page[g] >= WORLD_NORMAL_MEMORY;
        watched[g] = (struct watched){scope->page[g], normal ? SPACE_NON_SECURE : SPACE_SECURE,
                                      normal ? NORMAL : WORLD_UP};
        first->owner[g] = watched[g].home;
        first->rights[g] = RIGHT_READ | RIGHT_WRITE | (normal ? 0 : RIGHT_EXECUTE);
    }
    make();
    for (unsigned p = 0; p < PARTITION_MAX; p++)
        first->life[p] = PARTITION_LIVE;
    tables_setup(scope->tables, first);
    memcpy(&base, &s, sizeof(s));
    memcpy(base_taken, s.memory->taken, sizeof(base_taken));
    world_put(first, true);
    memcpy(&base, &s, sizeof(s));
    expect(world_get(first) == NULL && world_strays(first) == NULL);
}
