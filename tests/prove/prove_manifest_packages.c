/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: a package that the SPMC manifest names lies in Secure memory and shares nothing with
 *   Bulkhead or another package, whatever it says; no more are taken than there is room for.
 * Bounds: any address and size; 1 range of Secure memory, 1 package before, room for 2.
 * libfdt: a model, tests/prove/properties_model.h, of what reads a property.
 * Options: --unwind 9 -DPROPERTY_BYTES=8 -DMEMORY_RANGE_MAX=2 -DCPU_MAX=1 -DPARTITION_MAX=2
 *   -DVM_MAX=1 -DNOTIFY_VCPU_MAX=1 -DREGION_MAX=1
 */
#include "properties_model.h"

#include "core/ranges.c"
#include "core/spmc_manifest.c"

static struct spmc s;

int main(void)
{
    struct place place = {"spmc", &s, 1, false, &s, NULL}, *m = &place;
    const struct partition *p = &s.partitions[1], *other = &s.partitions[0];

    s.secure_memory.count = 1;
    s.secure_memory.range[0] = (struct range){nondet_u64(), nondet_u64()};
    ASSUME(range_is_sound(&s.secure_memory.range[0]));
    s.own = (struct range){nondet_u64(), nondet_u64()};
    s.partitions[0].load = nondet_u64();
    s.partitions[0].size = nondet_u64();
    ASSUME(range_is_sound(&s.own) && other->size != 0 &&
           range_holds(&s.secure_memory.range[0], other->load, other->size));
    s.partition_count = nondet_bool() ? 1 : PARTITION_MAX;
    /* Of ranges as they are compared in core/ranges.c, prove_ranges.c shows what that means. */
    read_vm(m);
    SHOW(s.partition_count <= PARTITION_MAX, "no more than there is room for");
    if (m->wrong)
        return 0;
    SHOW((p->load | p->size) % PAGE_BYTES == 0, "whole pages");
    SHOW(range_holds(&s.secure_memory.range[0], p->load, p->size), "in Secure memory");
    SHOW(!ranges_overlap(s.own.base, s.own.size, p->load, p->size), "not Bulkhead's");
    SHOW(!ranges_overlap(other->load, other->size, p->load, p->size), "nor another's");
    return 0;
}
