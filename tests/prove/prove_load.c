/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: of a package with any header, loading reads and copies nothing outside of the package,
 *   writes nothing outside of the page that a manifest is read into, of the copy that a restart
 *   needs, and of the boot information's place before the manifest; no sum wraps.
 * Bounds: any header; a package of 1 to 3 pages anywhere below 2^36; up to 2 regions.
 * libfdt: a stub that accepts any blob or none.
 * Options: --unwind 6 -DREGION_MAX=2 --unsigned-overflow-check -DCPU_MAX=1 -DPARTITION_MAX=1
 *   -DVM_MAX=1 -DNOTIFY_VCPU_MAX=1 -DTRANSACTION_MAX=1 -DCHUNK_MAX=2 -DCHUNK_RANGES=1
 */
#include "prove.h"

#include "core/load.c"
#include "core/renew.c"

static struct spmc s;
static struct partition *const p = &s.partitions[0];
static struct sp_package_header header; /* it does not change while nobody runs */

static bool is_inside(uint64_t pa, uint64_t size, uint64_t base, uint64_t length)
{
    return pa >= base && size <= length && pa - base <= length - size;
}

bool port_copy_in(void *to, uint64_t pa, size_t size)
{
    SHOW(is_inside(pa, size, p->load, p->size), "reads the package alone");
    if (to == s.manifest)
        SHOW(size <= sizeof(s.manifest), "a manifest has one page");
    else
        SHOW(__CPROVER_w_ok(to, size), "writes where there is room");
    if (pa == p->load && size == sizeof(header))
        *(struct sp_package_header *)to = header;
    return nondet_bool();
}

static uint64_t allocated, allocated_size;

bool port_copy_out(uint64_t pa, const void *from, size_t size)
{
    SHOW(is_inside(pa, size, p->load, p->manifest_offset) ||
             is_inside(pa, size, allocated, allocated_size),
         "writes boot information, or the copy");
    SHOW(__CPROVER_r_ok(from, size), "reads what there is");
    return nondet_bool();
}

uint64_t manifest_overlap(const struct spmc *spmc, uint64_t base, uint64_t size)
{
    allocated = base;
    allocated_size = size;
    return UINT64_MAX;
}

bool manifest_is_sound(const void *blob, size_t size)
{
    return nondet_bool();
}

bool port_zero(uint64_t pa, size_t size)
{
    return nondet_bool();
}

void port_cache_clean(uint64_t pa, size_t size)
{
}

void print(const char *format, ...)
{
}

void print_partition(const struct partition *who, const char *text)
{
}

int main(void)
{
    header = (struct sp_package_header){nondet_u32(), nondet_u32(), nondet_u32(),
                                        nondet_u32(), nondet_u32(), nondet_u32()};
    p->load = nondet_u64();
    p->size = nondet_u64();
    ASSUME(p->load % PAGE_BYTES == 0 && p->load < 1ULL << 36);
    ASSUME(p->size == PAGE_BYTES || p->size == 2 * PAGE_BYTES || p->size == 3 * PAGE_BYTES);
    s.secure_memory.count = 1;
    s.secure_memory.range[0] = (struct range){0x100000, 0x1000000};

    if (!fetch_manifest(&s, p))
        return 0;
    SHOW(p->manifest_size <= MANIFEST_BYTES, "a manifest fits in a page");
    p->restart = nondet_u8();
    p->wants_boot_info = nondet_bool();
    p->region_count = nondet_u8();
    ASSUME(p->region_count <= REGION_MAX);
    for (unsigned i = 0; i < REGION_MAX; i++)
        p->regions[i].allocated = nondet_bool();
    protect(&s, p);
    SHOW(p->copy_size <= p->size, "the copy is not larger than the package");
    write_boot_info(p);
    return 0;
}
