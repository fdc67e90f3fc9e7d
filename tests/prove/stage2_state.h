/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any sound state of a partition's tables, and what a change must leave alone. That tables are
 * sound is a statement about all of their entries; here stands what follows from it for the few
 * addresses that a proof looks at, and no more is assumed: all other entries may be anything. After
 * the change the same is shown, and as the addresses are any, soundness is kept.
 *
 * Sound: each table below is reached from one entry alone, none of them is a root or on the free
 * list, free tables are empty but for the next one's number, an entry of level 2 counts those of
 * its table of level 3, and each leaf has the address that it is for.
 */
#ifndef STAGE2_STATE_H
#define STAGE2_STATE_H

#include "prove.h"

#include "core/stage2.c"

#define SPACE_BYTES (PAGE_BYTES << (3 * TABLE_BITS)) /* that the tables can map */
#define FREE_SEEN (TABLE_MAX - 2)                    /* all but number 0 and a root */

static struct spmc s;
static uint64_t tables[TABLE_MAX][ENTRIES_OF_TABLE];
static struct partition *const p = &s.partitions[0];

static bool is_after;
#define SOUND(condition)                                   \
    do {                                                   \
        if (is_after)                                      \
            SHOW(condition, "the tables are sound again"); \
        ASSUME(condition);                                 \
    } while (0)

/* An address in a space, and the way to its entry. */
struct spot {
    uint64_t address;
    unsigned space;
    unsigned table[4]; /* by level; 0: none */
    uint64_t above;    /* the entry of level 2 */
    uint64_t entry;    /* of the last level that is there */
};

static unsigned number_of(uint64_t entry)
{
    return (unsigned)(((entry & ENTRY_ADDRESS) - s.tables_pa) / PAGE_BYTES);
}

/* An entry for a table: no root, and one of those in use. */
static bool names_table(uint64_t entry)
{
    uint64_t pa = entry & ENTRY_ADDRESS;

    return (entry & ~ENTRY_COUNT) == (pa | ENTRY_VALID | ENTRY_TABLE_OR_PAGE) &&
           pa >= s.tables_pa && pa - s.tables_pa <= s.tables_used * PAGE_BYTES &&
           number_of(entry) > p->tables[SPACE_NON_SECURE];
}

static unsigned count_of(uint64_t entry)
{
    return entry & ENTRY_TABLE_OR_PAGE ? (entry & ENTRY_COUNT) >> ENTRY_COUNT_SHIFT : 0;
}

static unsigned entries_in(unsigned table)
{
    unsigned n = 0;

    for (unsigned i = 0; i < ENTRIES_OF_TABLE; i++)
        n += tables[table][i] != 0;
    return n;
}

static struct spot walk(uint64_t address, unsigned space)
{
    struct spot spot = {.address = address, .space = space};

    spot.table[LEVEL_FIRST] = p->tables[space];
    spot.entry = tables[p->tables[space]][index_of(address, LEVEL_FIRST)];
    if (spot.entry == 0)
        return spot;
    SOUND(names_table(spot.entry) && count_of(spot.entry) == 0);
    spot.table[LEVEL_BLOCK] = number_of(spot.entry);
    spot.entry = tables[spot.table[LEVEL_BLOCK]][index_of(address, LEVEL_BLOCK)];
    spot.above = spot.entry;
    if (spot.entry == 0)
        return spot;
    if (!(spot.entry & ENTRY_TABLE_OR_PAGE)) {
        SOUND((spot.entry & (ENTRY_ADDRESS | ENTRY_ACCESSED)) ==
              ((address & ~(BLOCK_BYTES - 1)) | ENTRY_ACCESSED));
        return spot;
    }
    SOUND(names_table(spot.entry) && count_of(spot.entry) >= 1);
    spot.table[LEVEL_PAGE] = number_of(spot.entry);
    SOUND(count_of(spot.entry) == entries_in(spot.table[LEVEL_PAGE]));
    spot.entry = tables[spot.table[LEVEL_PAGE]][index_of(address, LEVEL_PAGE)];
    SOUND(spot.entry == 0 ||
          (spot.entry & (ENTRY_ADDRESS | ENTRY_TABLE_OR_PAGE | ENTRY_ACCESSED)) ==
              (address | ENTRY_TABLE_OR_PAGE | ENTRY_ACCESSED));
    return spot;
}

/* Whether one table of level `level` has, or would have, both. */
static bool share(const struct spot *a, const struct spot *b, unsigned level)
{
    bool same = a->space == b->space || S_EL0;

    for (unsigned l = LEVEL_FIRST; l < level; l++)
        same = same && index_of(a->address, l) == index_of(b->address, l);
    return same;
}

/* Two spots have the tables above where their addresses part in common, and no others. */
static void check_apart(const struct spot *a, const struct spot *b)
{
    for (unsigned l = LEVEL_BLOCK; l <= LEVEL_PAGE; l++)
        SOUND(a->table[l] == 0 || share(a, b, l) || a->table[l] != b->table[l]);
    SOUND(a->table[LEVEL_BLOCK] == 0 || a->table[LEVEL_BLOCK] != b->table[LEVEL_PAGE]);
    SOUND(a->table[LEVEL_PAGE] == 0 || a->table[LEVEL_PAGE] != b->table[LEVEL_BLOCK]);
}

/* The free list. */
static unsigned free_table[FREE_SEEN];

static void check_free_list(void)
{
    unsigned table = s.tables_free;

    for (unsigned i = 0; i < FREE_SEEN; i++) {
        free_table[i] = table;
        if (table == 0)
            continue;
        SOUND(table > p->tables[SPACE_NON_SECURE] && table <= s.tables_used);
        for (unsigned j = 0; j < i; j++)
            SOUND(table != free_table[j]);
        SOUND(tables[table][0] <= s.tables_used);
        for (unsigned j = 1; j < ENTRIES_OF_TABLE; j++)
            SOUND(tables[table][j] == 0);
        table = (unsigned)tables[table][0];
    }
    SOUND(table == 0);
}

/* The free tables are nobody's. */
static void check_free(const struct spot *spot)
{
    for (unsigned i = 0; i < FREE_SEEN; i++)
        for (unsigned l = LEVEL_FIRST; l <= LEVEL_PAGE; l++)
            SOUND(free_table[i] == 0 || spot->table[l] != free_table[i]);
}

/* ---- What a proof looks at: the pages that it changes, and any other address ---- */

struct scene {
    uint64_t base;
    uint64_t pages;
    unsigned space;
    struct spot in[PAGES];
    struct spot other;
};

static void look(struct scene *at)
{
    check_free_list();
    at->other = walk(at->other.address, at->other.space);
    check_free(&at->other);
    for (unsigned i = 0; i < PAGES; i++) {
        if (i >= at->pages)
            continue;
        at->in[i] = walk(at->base + i * PAGE_BYTES, at->space);
        check_free(&at->in[i]);
        check_apart(&at->in[i], &at->other);
        for (unsigned j = 0; j < i; j++)
            check_apart(&at->in[i], &at->in[j]);
    }
}

static struct scene any_scene(void)
{
    struct scene at = {.base = nondet_u64(), .pages = nondet_u64(), .space = nondet_bool()};

    for (unsigned i = 0; i < TABLE_MAX; i++)
        for (unsigned j = 0; j < ENTRIES_OF_TABLE; j++)
            tables[i][j] = nondet_u64();
    s.tables = tables;
    s.tables_pa = 0x0e200000;
    s.tables_used = TABLE_MAX - 1;
    s.tables_free = nondet_u16();
    s.partition_count = 1;
    p->s_el0 = S_EL0;
    p->tables[SPACE_SECURE] = 1;
    p->tables[SPACE_NON_SECURE] = S_EL0 ? 1 : 2;
    ASSUME(at.pages >= 1 && at.pages <= PAGES && at.base % PAGE_BYTES == 0);
    ASSUME(at.base < SPACE_BYTES && at.pages <= (SPACE_BYTES - at.base) / PAGE_BYTES);
    at.other.address = nondet_u64();
    at.other.space = nondet_bool();
    ASSUME(at.other.address % PAGE_BYTES == 0 && at.other.address < SPACE_BYTES);
    ASSUME(at.other.address < at.base || at.other.address >= at.base + at.pages * PAGE_BYTES ||
           (at.other.space != at.space && !S_EL0));
    look(&at);
    /* Tables have numbers as names: those of the first page may be the first of them. */
    ASSUME(at.in[0].table[LEVEL_BLOCK] == 0 ||
           at.in[0].table[LEVEL_BLOCK] == p->tables[SPACE_NON_SECURE] + 1);
    ASSUME(at.in[0].table[LEVEL_PAGE] == 0 ||
           at.in[0].table[LEVEL_PAGE] == p->tables[SPACE_NON_SECURE] + 2);
    return at;
}

/* After a change of the first `done` pages: all else is as before, and the tables are sound. */
static struct scene check_rest(const struct scene *before, uint64_t done)
{
    struct scene after = *before;

    is_after = true;
    SHOW(done <= before->pages, "no more pages than asked");
    look(&after);
    SHOW(after.other.entry == before->other.entry, "every other address is as before");
    for (unsigned i = 0; i < PAGES; i++)
        if (i >= done && i < before->pages)
            SHOW(after.in[i].entry == before->in[i].entry, "what it did not do is as before");
    return after;
}

#endif
