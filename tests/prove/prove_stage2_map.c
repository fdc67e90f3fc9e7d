/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: stage2_map maps the pages that it says it mapped, with the attributes that were asked,
 *   where nothing was before; it stops only at a page that is there, or when the pool is empty;
 *   every other address of both spaces is as before, and the tables stay sound.
 * Bounds: one call, from any sound tables of a partition at S-EL1; tables of 2 entries instead
 *   of 512, so blocks of 2 pages and 8 pages in all: any 1 or 2 of them; any attributes; a pool
 *   of 6 tables.
 * Options: --sat-solver minisat2 --unwind 8 --unwindset stage2_change.0:3,change_entries.0:3
 *   -DTABLE_BITS=1 -DTABLE_MAX=7 -DPAGES=2 -DCPU_MAX=1 -DPARTITION_MAX=1 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1 --unsigned-overflow-check
 */
#ifndef S_EL0
#define S_EL0 0
#endif

#include "stage2_state.h"

int main(void)
{
    struct scene before = any_scene();
    unsigned attributes = nondet_u32();
    uint64_t leaf = stage2_leaf(attributes).set;
    uint64_t done;

    ASSUME(attributes < 0x80 && stage2_space(attributes) == before.space);

    done = stage2_map(&s, p, before.base, before.pages, attributes);

    check_rest(&before, done);
    for (unsigned i = 0; i < PAGES; i++)
        if (i < done) {
            uint64_t address = before.base + i * PAGE_BYTES;
            uint64_t entry = stage2_entry(&s, p, before.space, address);
            bool is_block = !(entry & ENTRY_TABLE_OR_PAGE);
            SHOW(before.in[i].entry == 0, "nothing was there");
            SHOW((entry & ~(ENTRY_ADDRESS | ENTRY_TABLE_OR_PAGE)) == leaf, "each page is as asked");
            SHOW((entry & ENTRY_ADDRESS) == (is_block ? address & ~(BLOCK_BYTES - 1) : address),
                 "and at its own address");
            SHOW(!is_block || (leaf & ENTRY_USE) == ENTRY_BORROWED, "a block is borrowed");
        }
    SHOW(done == before.pages || before.in[done].entry != 0 ||
             (s.tables_free == 0 && s.tables_used == TABLE_MAX - 1),
         "it stops for a reason");
    return 0;
}
