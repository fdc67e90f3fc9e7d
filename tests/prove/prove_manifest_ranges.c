/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: the memory ranges of the SPMC manifest are read within their property, of any size and
 *   content, into places that are there; each has whole pages, at least one, below 2^36.
 * Bounds: properties up to 32 bytes; cells of 1 or 2 words; room for 2 ranges, any number
 *   before.
 * libfdt: a model, tests/prove/fdt_model.h.
 * Options: --unwind 17 -DPROPERTY_BYTES=32 -DMEMORY_RANGE_MAX=2 -DCPU_MAX=1 -DPARTITION_MAX=2
 *   -DVM_MAX=1 -DNOTIFY_VCPU_MAX=1 -DREGION_MAX=1 --unsigned-overflow-check
 */
#include "fdt_model.h"

#include "core/manifest.c"
#include "core/ranges.c"
#include "core/spmc_manifest.c"

static struct spmc s;

int main(void)
{
    struct place place = {"spmc", &s, 1, false, &s, NULL}, *m = &place;
    struct ranges list = {.count = nondet_u8()};
    unsigned before = list.count, i = nondet_u8();
    int address_cells = nondet_bool() ? 1 : 2, size_cells = nondet_bool() ? 1 : 2;

    ASSUME(list.count <= MEMORY_RANGE_MAX);
    read_ranges(m, address_cells, size_cells, &list);
    SHOW(list.count <= MEMORY_RANGE_MAX, "as many as there is room for");
    ASSUME(i >= before && i < list.count);
    struct range r = list.range[i];
    SHOW(r.size != 0 && (r.base | r.size) % PAGE_BYTES == 0, "whole pages");
    SHOW(r.base < 1ULL << 36 && r.base + r.size > r.base && r.base + r.size <= 1ULL << 36,
         "below 2^36");
    return 0;
}
