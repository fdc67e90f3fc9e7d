/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: a memory or device region of a partition's manifest is taken only where it may be, of
 *   any address and size: inside the package or inside memory of its kind that nobody has; or
 *   Bulkhead chooses its place. No sum wraps, and no more are taken than there is room for.
 * Bounds: any numbers; 1 range of memory, a region before, room for 2.
 * libfdt: a model, tests/prove/properties_model.h, of what reads a property.
 * Options: --unwind 9 -DPROPERTY_BYTES=8 -DMEMORY_RANGE_MAX=1 -DCPU_MAX=1 -DPARTITION_MAX=1
 *   -DVM_MAX=1 -DNOTIFY_VCPU_MAX=1 -DREGION_MAX=2 --unsigned-overflow-check
 */
#include "properties_model.h"

#include "core/partition_manifest.c"
#include "core/ranges.c"

static struct spmc s;
static struct partition *const p = &s.partitions[0];

/* prove_ranges.c shows what this means. */
static bool are_apart(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return !ranges_overlap(a, a_size, b, b_size);
}

static struct range any_range(void)
{
    struct range r = {nondet_u64(), nondet_u64()};

    ASSUME(r.size != 0 && (r.base | r.size) % PAGE_BYTES == 0 && r.base < 1ULL << 36 &&
           r.size <= (1ULL << 36) - r.base);
    return r;
}

/* As prove_manifest_overlap.c shows it. */
uint64_t manifest_overlap(const struct spmc *spmc, uint64_t base, uint64_t size)
{
    bool any =
        !are_apart(s.own.base, s.own.size, base, size) || !are_apart(p->load, p->size, base, size);
    uint64_t lowest = nondet_u64();

    for (unsigned i = 0; i < p->region_count; i++)
        any |= !are_apart(p->regions[i].base, p->regions[i].size, base, size);
    ASSUME(any == (lowest != UINT64_MAX));
    return lowest;
}

int main(void)
{
    struct place m = {"p", &s, 1, false, &s, p};
    struct range memory = any_range(), package = any_range(), own = any_range();
    uint32_t kind = nondet_bool() ? MAP_DEVICE : 0;
    uint8_t before = nondet_u8();
    const struct region *r;

    s.normal_memory = s.secure_memory = s.normal_devices = s.secure_devices =
        (struct ranges){1, {memory}};
    s.partition_count = 1;
    s.own = own;
    p->load = package.base;
    p->size = package.size;
    p->s_el0 = nondet_bool();
    p->region_count = before;
    ASSUME(before <= REGION_MAX);
    for (unsigned i = 0; i < before; i++) {
        struct range taken = any_range();
        p->regions[i].base = taken.base;
        p->regions[i].size = taken.size;
    }

    read_region(&m, kind);

    SHOW(p->region_count == before + !m.wrong && p->region_count <= REGION_MAX, "if it is right");
    if (m.wrong)
        return 0;
    r = &p->regions[before];
    SHOW(r->size != 0 && r->size % PAGE_BYTES == 0 && r->size < 1ULL << 36, "whole pages");
    SHOW(!p->s_el0 || (r->attributes & (MAP_WRITE | MAP_EXECUTE)) != (MAP_WRITE | MAP_EXECUTE),
         "at S-EL0 nothing is both written and executed");
    if (r->allocated) {
        SHOW((r->attributes & (MAP_DEVICE | MAP_NON_SECURE)) == 0, "Secure memory");
        return 0;
    }
    SHOW(r->base % PAGE_BYTES == 0, "a whole page");
    for (unsigned i = 0; i < before; i++)
        SHOW(are_apart(p->regions[i].base, p->regions[i].size, r->base, r->size), "nobody's");
    if (!are_apart(package.base, package.size, r->base, r->size))
        SHOW(range_holds(&package, r->base, r->size) &&
                 !(r->attributes & (MAP_DEVICE | MAP_NON_SECURE)),
             "inside the package");
    else
        SHOW(range_holds(&memory, r->base, r->size) &&
                 are_apart(own.base, own.size, r->base, r->size),
             "inside memory that is nobody's");
    return 0;
}
