/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stage-2 tables of a memory search, read and written without core/stage2.c: the entries of the two
 * pages in the tables of each partition. All other entries must stay as they were at the start.
 */
#include <string.h>

#include "core/stage2.h"
#include "explore/memory.h"
#include "support/world.h"

#define s memory_world
#define ENTRIES 512
#define BLOCK 0x200000ULL
#define SPARES_MAX 8
#define REQUIRE(condition, text) \
    do {                         \
        if (!(condition))        \
            return text;         \
    } while (0)

static uint64_t base[TABLE_MAX][ENTRIES], mirror[TABLE_MAX][ENTRIES];

/* The table of level 3 that a partition has for the block of a watched page. */
static struct {
    uint16_t above;  /* the table of level 2 */
    uint16_t page;   /* where it is needed by other pages, too: 0 for none */
    uint16_t others; /* entries of those */
} leaf[PARTITION_MAX][WATCHED];
static uint16_t package_leaf[PARTITION_MAX];
static uint16_t spare[SPARES_MAX];
static unsigned spares, tables_in_use;

static unsigned index_of(uint64_t address, unsigned level)
{
    return address >> (39 - 9 * level) & (ENTRIES - 1);
}

static uint16_t below(uint64_t entry)
{
    return (entry & 3) == 3 ? (uint16_t)(((entry & 0xfffffffff000) - s.tables_pa) / PAGE_BYTES) : 0;
}

static uint16_t table2(uint16_t root, uint64_t address)
{
    return below(s.tables[root][index_of(address, 1)]);
}

static uint16_t table3(uint16_t root, uint64_t address)
{
    return below(s.tables[table2(root, address)][index_of(address, 2)]);
}

static uint16_t root_of(unsigned p, unsigned g)
{
    return s.partitions[p].tables[watched[g].space];
}

static uint16_t level3(unsigned p, unsigned g)
{
    return table3(root_of(p, g), watched[g].address);
}

static bool same_block(unsigned g, unsigned h)
{
    return watched[g].address / BLOCK == watched[h].address / BLOCK;
}

/* The first watched page of a block speaks for it. */
static bool is_first(unsigned g)
{
    return g == 0 || !same_block(g, 0);
}

static void find_leaf(unsigned p, unsigned g)
{
    uint16_t page = level3(p, g);
    unsigned others = 0;

    for (unsigned i = 0; page != 0 && i < ENTRIES; i++) {
        bool own = false;
        for (unsigned h = 0; h < WATCHED; h++)
            own |= same_block(g, h) && i == index_of(watched[h].address, 3);
        others += !own && s.tables[page][i] != 0;
    }
    leaf[p][g].above = table2(root_of(p, g), watched[g].address);
    leaf[p][g].others = (uint16_t)others;
    leaf[p][g].page = others != 0 ? page : 0;
    if (others == 0 && page != 0 && is_first(g))
        spare[spares++] = page;
}

/* A partition's entries for the pages of one block. */
static void put_leaf(uint64_t (*tables)[ENTRIES], const struct memory_state *state, unsigned p,
                     unsigned g, unsigned *next)
{
    unsigned count = leaf[p][g].others;
    uint16_t page = leaf[p][g].page;
    uint64_t *above = &tables[leaf[p][g].above][index_of(watched[g].address, 2)];

    for (unsigned h = g; h < WATCHED; h++)
        count += same_block(g, h) && state->entry[p][h] != 0;
    *above = 0;
    if (count == 0)
        return;
    if (page == 0)
        page = spare[(*next)++];
    *above = s.tables_pa + page * PAGE_BYTES + ((uint64_t)count << 2) + 3;
    for (unsigned h = g; h < WATCHED; h++)
        if (same_block(g, h))
            tables[page][index_of(watched[h].address, 3)] = state->entry[p][h];
}

/* While a partition is restored it has no buffers. */
static void put_buffer(uint64_t (*tables)[ENTRIES], const struct memory_state *state, unsigned p,
                       uint64_t address)
{
    uint64_t *e = &tables[package_leaf[p]][index_of(address, 3)];

    *e = state->life[p] == PARTITION_RESTARTING ? *e & ~ENTRY_MAILBOX : *e | ENTRY_MAILBOX;
}

static uint16_t put(uint64_t (*tables)[ENTRIES], const struct memory_state *state)
{
    unsigned next = 0, first;

    for (unsigned p = 0; p < PARTITION_MAX; p++) {
        put_buffer(tables, state, p, WORLD_TX(p));
        put_buffer(tables, state, p, WORLD_RX(p));
    }

    for (unsigned i = 0; i < spares; i++) {
        for (unsigned g = 0; g < WATCHED; g++)
            tables[spare[i]][index_of(watched[g].address, 3)] = 0;
        tables[spare[i]][0] = 0;
    }
    for (unsigned p = 0; p < PARTITION_MAX; p++)
        for (unsigned g = 0; g < WATCHED; g++)
            if (is_first(g))
                put_leaf(tables, state, p, g, &next);
    first = next;
    for (; next + 1 < spares; next++)
        tables[spare[next]][0] = spare[next + 1];
    return first < spares ? spare[first] : 0;
}

/* A table is there as long as something is in it, and the entry above counts that. */
static const char *broken_count(const struct memory_state *state, unsigned p, unsigned g)
{
    uint64_t above = s.tables[leaf[p][g].above][index_of(watched[g].address, 2)];
    unsigned count = leaf[p][g].others;

    for (unsigned h = g; h < WATCHED; h++)
        count += same_block(g, h) && state->entry[p][h] != 0;
    REQUIRE((above >> 2 & 0x3ff) == count && (above & 3) == (count != 0 ? 3 : 0),
            "a table has another number of entries than is counted, or none");
    return NULL;
}

const char *tables_get(struct memory_state *state)
{
    const char *broken = NULL;
    unsigned used = 0, free = 0;

    for (unsigned p = 0; p < PARTITION_MAX; p++)
        for (unsigned g = 0; g < WATCHED; g++) {
            uint16_t page = level3(p, g);
            state->entry[p][g] = page != 0 ? s.tables[page][index_of(watched[g].address, 3)] : 0;
            used += is_first(g) && page != 0 && leaf[p][g].others == 0;
        }
    for (unsigned p = 0; broken == NULL && p < PARTITION_MAX; p++)
        for (unsigned g = 0; broken == NULL && g < WATCHED; g++)
            if (is_first(g))
                broken = broken_count(state, p, g);
    if (broken != NULL)
        return broken;
    for (unsigned t = s.tables_free; t != 0; t = (unsigned)s.tables[t][0])
        REQUIRE(++free <= spares, "the list of free tables is a circle, or too long");
    REQUIRE(used + free == spares, "a page of the pool of tables is lost, or used twice");
    return NULL;
}

void tables_put(struct spmc *to, const struct memory_state *state, bool whole)
{
    if (whole)
        memcpy(s.tables, base, tables_in_use * PAGE_BYTES);
    to->tables_used = TABLE_MAX - 1;
    to->tables_free = put(s.tables, state);
}

const char *tables_strays(const struct memory_state *state)
{
    put(mirror, state);
    REQUIRE(memcmp(mirror, s.tables, tables_in_use * PAGE_BYTES) == 0,
            "a partition's tables have what nobody mapped (here or a step before)");
    return NULL;
}

void tables_setup(unsigned left, struct memory_state *first)
{
    spares = 0;
    for (unsigned p = 0; p < PARTITION_MAX; p++) {
        package_leaf[p] = table3(s.partitions[p].tables[SPACE_SECURE], WORLD_LOAD(p));
        for (unsigned g = 0; g < WATCHED; g++)
            find_leaf(p, g);
    }
    for (unsigned i = 0; i < left; i++) {
        spare[spares] = ++s.tables_used;
        memset(s.tables[spare[spares++]], 0, PAGE_BYTES);
    }
    tables_in_use = s.tables_used + 1U;
    for (unsigned p = 0; p < PARTITION_MAX; p++)
        for (unsigned g = 0; g < WATCHED; g++) {
            uint16_t page = level3(p, g);
            first->entry[p][g] = page != 0 ? s.tables[page][index_of(watched[g].address, 3)] : 0;
        }
    memcpy(base, s.tables, tables_in_use * PAGE_BYTES);
    memcpy(mirror, s.tables, tables_in_use * PAGE_BYTES);
}
