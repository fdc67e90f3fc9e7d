/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: stage2_clear, by which a partition that is restored loses all of its pages, leaves
 *   nothing mapped in either space; each table below its roots is free then, once and empty;
 *   those that were free stay so, and the tables of others are as before.
 * Bounds: one call, from any sound tables of a partition at S-EL1 or S-EL0 and of others; tables
 *   of 2 entries instead of 512, so 8 pages in each space; a pool of 5 tables.
 * Options: --sat-solver minisat2 --unwind 7 --unwindset clear_below.0:3 -DTABLE_BITS=1
 *   -DTABLE_MAX=6 -DCPU_MAX=1 -DPARTITION_MAX=1 -DVM_MAX=1 -DNOTIFY_VCPU_MAX=1
 *   --unsigned-overflow-check
 */
#include "prove.h"

/* A table has the size of a page, here too. */
#undef __builtin_memset
#define __builtin_memset(to, value, size) empty_table(to)

#include "core/limits.h"

static void empty_table(void *table)
{
    for (unsigned i = 0; i < 1U << TABLE_BITS; i++)
        ((uint64_t *)table)[i] = 0;
}

#include "core/stage2.c"

static struct spmc s;
static uint64_t tables[TABLE_MAX][ENTRIES_OF_TABLE];
static struct partition *const p = &s.partitions[0];

#define BIT(table) (1U << (table))

/* Takes a table out of those that are left; false when it is not there. */
static bool take(unsigned *left, unsigned table)
{
    bool there = table < TABLE_MAX && (*left >> table & 1);

    *left &= ~BIT(table < TABLE_MAX ? table : 0);
    return there;
}

static unsigned number_of(uint64_t entry)
{
    uint64_t pa = entry & ENTRY_ADDRESS;

    if ((entry & ~ENTRY_COUNT) != (pa | ENTRY_VALID | ENTRY_TABLE_OR_PAGE) || pa < s.tables_pa ||
        pa - s.tables_pa >= TABLE_MAX * PAGE_BYTES)
        return TABLE_MAX;
    return (unsigned)((pa - s.tables_pa) / PAGE_BYTES);
}

/* Each table below a root is reached from one entry; what is no table may be anything. */
static bool take_tree(unsigned *left, unsigned root)
{
    for (unsigned i = 0; i < ENTRIES_OF_TABLE; i++) {
        uint64_t first = tables[root][i];
        unsigned below = number_of(first);
        if (first == 0)
            continue;
        if (!take(left, below))
            return false;
        for (unsigned j = 0; j < ENTRIES_OF_TABLE; j++)
            if (tables[below][j] & ENTRY_TABLE_OR_PAGE && !take(left, number_of(tables[below][j])))
                return false;
    }
    return true;
}

static bool take_free(unsigned *left)
{
    unsigned table = s.tables_free;

    for (unsigned i = 1; i < TABLE_MAX && table != 0; i++) {
        if (!take(left, table))
            return false;
        for (unsigned j = 1; j < ENTRIES_OF_TABLE; j++)
            if (tables[table][j] != 0)
                return false;
        table = tables[table][0] < TABLE_MAX ? (unsigned)tables[table][0] : TABLE_MAX;
    }
    return table == 0;
}

int main(void)
{
    unsigned left = BIT(TABLE_MAX) - 2, watched = nondet_u32() % TABLE_MAX, roots;
    unsigned entry = nondet_u32() % ENTRIES_OF_TABLE;

    s.tables = tables;
    s.tables_pa = 0x0e200000;
    s.tables_used = TABLE_MAX - 1;
    s.tables_free = nondet_u16();
    p->s_el0 = nondet_bool();
    p->tables[SPACE_SECURE] = 1;
    p->tables[SPACE_NON_SECURE] = p->s_el0 ? 1 : 2;
    roots = BIT(p->tables[SPACE_SECURE]) | BIT(p->tables[SPACE_NON_SECURE]);
    left &= ~roots;
    for (unsigned i = 0; i < TABLE_MAX; i++)
        for (unsigned j = 0; j < ENTRIES_OF_TABLE; j++)
            tables[i][j] = nondet_u64();
    ASSUME(take_tree(&left, 1) && (p->s_el0 || take_tree(&left, 2)) && take_free(&left));
    uint64_t before = tables[watched][entry];

    stage2_clear(&s, p);

    for (unsigned i = 0; i < ENTRIES_OF_TABLE; i++)
        SHOW(tables[1][i] == 0 && tables[p->tables[SPACE_NON_SECURE]][i] == 0, "no page is left");
    SHOW(!(left >> watched & 1) || tables[watched][entry] == before, "others keep their tables");
    unsigned rest = BIT(TABLE_MAX) - 2 - roots;
    SHOW(take_free(&rest), "each free table is free once, and empty");
    SHOW(rest == left, "all that were free or below its roots are free");
    return 0;
}
