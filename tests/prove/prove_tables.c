/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: from any sound state of the pool of tables, table_take and table_give lead to a sound
 *   one: a table that is taken was nobody's, is empty and inside the pool; none is refused while
 *   one is free, and one that is given back is free once.
 * Bounds: one call, from any sound state, so any number of calls; a pool of 5 tables of 4
 *   entries.
 * Options: --unwind 7 -DTABLE_BITS=2 -DTABLE_MAX=6 -DCPU_MAX=1 -DPARTITION_MAX=1 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1 --unsigned-overflow-check
 */
#include "prove.h"

#include "core/stage2.c"

static struct spmc s;
static uint64_t tables[TABLE_MAX][ENTRIES_OF_TABLE];
static bool in_use[TABLE_MAX];

static bool is_empty(unsigned table, unsigned first)
{
    for (unsigned i = first; i < ENTRIES_OF_TABLE; i++)
        if (tables[table][i] != 0)
            return false;
    return true;
}

/* Each page that was ever used is somebody's, or free: then once in the list,
 * and empty. */
static bool is_sound(void)
{
    unsigned at = s.tables_free, left = 0;

    if (s.tables_used >= TABLE_MAX || in_use[0])
        return false;
    for (unsigned i = 1; i < TABLE_MAX; i++) {
        if (i > s.tables_used && in_use[i])
            return false;
        left |= (i <= s.tables_used && !in_use[i]) << i;
    }
    for (unsigned i = 1; i < TABLE_MAX && at != 0; i++) {
        if (at >= TABLE_MAX || !(left >> at & 1) || !is_empty(at, 1))
            return false;
        left &= ~(1U << at);
        at = tables[at][0] < TABLE_MAX ? (unsigned)tables[at][0] : TABLE_MAX;
    }
    return at == 0 && left == 0;
}

static void check_take(void)
{
    bool any = s.tables_free != 0 || s.tables_used < TABLE_MAX - 1;
    unsigned table = table_take(&s);

    SHOW((table != 0) == any, "refused only when no page is left");
    if (table == 0)
        return;
    SHOW(table < TABLE_MAX && !in_use[table], "it was nobody's");
    SHOW(is_empty(table, 0), "it is empty");
    in_use[table] = true;
}

static void check_give(void)
{
    unsigned table = nondet_u32();
    uint64_t entry;

    ASSUME(table < TABLE_MAX && in_use[table] && is_empty(table, 0));
    entry = table_pa(&s, table) | ENTRY_VALID | ENTRY_TABLE_OR_PAGE;
    table_give(&s, &entry);
    SHOW(entry == 0, "nothing leads to it any more");
    in_use[table] = false;
}

int main(void)
{
    s.tables = tables;
    s.tables_pa = nondet_u64();
    s.tables_used = nondet_u16();
    s.tables_free = nondet_u16();
    ASSUME(s.tables_pa % PAGE_BYTES == 0 && s.tables_pa < 1ULL << STAGE2_ADDRESS_BITS);
    for (unsigned i = 0; i < TABLE_MAX; i++) {
        in_use[i] = nondet_bool();
        for (unsigned j = 0; j < ENTRIES_OF_TABLE; j++)
            tables[i][j] = nondet_u64();
    }
    ASSUME(is_sound());
    if (nondet_bool())
        check_take();
    else
        check_give();
    SHOW(is_sound(), "the pool is sound again");
    return 0;
}
