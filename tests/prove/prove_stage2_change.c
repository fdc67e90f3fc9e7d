/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: stage2_change, by which pages are protected, lent, claimed, given back and unmapped,
 *   changes the entries of the pages that it says it changed as was asked, if each was as
 *   wanted; it stops only at a page that is not, or inside a block; every other address of both
 *   spaces is as before, and the tables stay sound: those that became empty are free.
 * Bounds: one call, from any sound tables of a partition at S-EL1; tables of 2 entries instead
 *   of 512, so blocks of 2 pages and 8 pages in all: any 1 or 2 of them; any change that wants
 *   something of an entry, and leaves its address alone or removes all of it; a pool of 6
 *   tables.
 * Options: --sat-solver minisat2 --unwind 8 --unwindset stage2_change.0:3,change_entries.0:3
 *   -DTABLE_BITS=1 -DTABLE_MAX=7 -DPAGES=2 -DCPU_MAX=1 -DPARTITION_MAX=1 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1 --unsigned-overflow-check
 */
#ifndef S_EL0
#define S_EL0 0
#endif

#include "stage2_state.h"

#define FIXED (ENTRY_ADDRESS | ENTRY_TABLE_OR_PAGE | ENTRY_ACCESSED)

static uint64_t view(uint64_t entry, unsigned space)
{
    return p->s_el0 ? as_stage2(entry, space) : entry;
}

/* As in all uses at S-EL0, where an entry has other bits: the memory's kind is
 * asked for and kept whole, and who does not ask for it asks for pages of the
 * right space. */
static void assume_usual(const struct scene *at, const struct change *c, bool unmaps)
{
    uint64_t mask = c->mask & ENTRY_MEMORY, want = c->want & ENTRY_MEMORY;

    ASSUME((c->want & ~(TURNED_OVER | ENTRY_MEMORY)) != 0);
    ASSUME((mask == 0 || mask == ENTRY_MEMORY) && (want == 0 || want == ENTRY_MEMORY));
    ASSUME(unmaps || ((c->keep & ENTRY_MEMORY) == ENTRY_MEMORY && (c->set & ENTRY_MEMORY) == 0 &&
                      (c->set & c->keep & TURNED_OVER) == 0));
    for (unsigned i = 0; i < PAGES && mask == 0; i++)
        ASSUME(at->in[i].entry == 0 ||
               (at->in[i].entry >> ENTRY_NON_SECURE_SHIFT & 1) == at->space);
}

int main(void)
{
    struct scene before = any_scene();
    struct change c = {nondet_u64(), nondet_u64(), nondet_u64(), nondet_u64()};
    bool unmaps = nondet_bool();
    uint64_t done;

    ASSUME(c.want != 0 && (c.want & ~c.mask) == 0);
    if (unmaps)
        ASSUME(c.keep == 0 && c.set == 0);
    else
        ASSUME((c.keep & FIXED) == FIXED && (c.set & FIXED) == 0);
    if (p->s_el0)
        assume_usual(&before, &c, unmaps);

    done = stage2_change(&s, p, before.space, before.base, before.pages, &c);

    struct scene after = check_rest(&before, done);
    for (unsigned i = 0; i < PAGES; i++) {
        uint64_t old = view(before.in[i].entry, before.space);
        if (i < done) {
            SHOW(before.in[i].entry != 0, "something was there");
            SHOW((old & c.mask) == c.want, "it was as wanted");
            SHOW(view(after.in[i].entry, before.space) == (unmaps ? 0 : (old & c.keep) | c.set),
                 "it is as asked");
        }
    }
    if (done == before.pages)
        return 0;
    bool in_block = before.in[done].above != 0 && !(before.in[done].above & ENTRY_TABLE_OR_PAGE);
    SHOW(in_block || (view(before.in[done].entry, before.space) & c.mask) != c.want,
         "it stops for a reason");
    return 0;
}
