/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: manifest_overlap finds whether memory is Bulkhead's, the ledger's, a package's, a
 *   copy's or a region's, and gives the lowest address of those that it shares a byte with.
 * Bounds: any addresses and sizes; 1 partition with 2 regions.
 * libfdt: not called.
 * Options: --unwind 7 -DCPU_MAX=1 -DPARTITION_MAX=1 -DVM_MAX=1 -DNOTIFY_VCPU_MAX=1
 *   -DREGION_MAX=2 --unsigned-overflow-check
 */
#include "prove.h"

#include "core/manifest.c"
#include "core/ranges.c"

static struct spmc s;
static struct partition *const p = &s.partitions[0];

int main(void)
{
    uint64_t base = nondet_u64(), size = nondet_u64(), lowest;
    bool found = false, any = false;

    p->load = nondet_u64();
    p->size = nondet_u64();
    p->copy = nondet_u64();
    p->copy_size = nondet_u64();
    s.own = (struct range){nondet_u64(), nondet_u64()};
    s.ledger = (struct range){nondet_u64(), nondet_u64()};
    s.partition_count = 1;
    p->region_count = REGION_MAX;
    struct range all[] = {s.own, s.ledger, {p->load, p->size}, {p->copy, p->copy_size}, {0}, {0}};
    for (unsigned i = 0; i < REGION_MAX; i++) {
        p->regions[i].base = nondet_u64();
        p->regions[i].size = nondet_u64();
        if (p->regions[i].base != REGION_ALLOCATE)
            all[4 + i] = (struct range){p->regions[i].base, p->regions[i].size};
        else
            all[4 + i] = s.own;
    }

    lowest = manifest_overlap(&s, base, size);

    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        bool overlaps = ranges_overlap(all[i].base, all[i].size, base, size);
        any |= overlaps;
        found |= overlaps && all[i].base == lowest;
        SHOW(!overlaps || lowest <= all[i].base, "none is lower");
    }
    SHOW(any ? found : lowest == UINT64_MAX, "it is one of them, if there is one");
    return 0;
}
