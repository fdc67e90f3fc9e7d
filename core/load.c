/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the packages that BL2 left in memory to partitions that can start: header, manifest, memory,
 * boot order. What a restart does as well is in renew.c.
 */
#include <libfdt.h>

#include "core/console.h"
#include "core/ledger.h"
#include "core/manifest.h"
#include "core/memory.h"
#include "core/port.h"
#include "core/stage2.h"
#include "core/vcpu.h"

static bool header_is_sound(const struct sp_package_header *h, uint64_t size)
{
    return h->magic == SP_PACKAGE_MAGIC && (h->version == 1 || h->version == 2) &&
           h->manifest_offset >= sizeof(*h) && h->manifest_offset < size &&
           h->manifest_size <= size - h->manifest_offset && h->image_offset < size &&
           h->image_size <= size - h->image_offset;
}

/* Brings the partition's manifest into s->manifest. */
static bool fetch_manifest(struct spmc *s, struct partition *p)
{
    struct sp_package_header h;
    void *blob = s->manifest;

    if (!port_copy_in(&h, p->load, sizeof(h)) || !header_is_sound(&h, p->size))
        return manifest_leave_out(p, "no sound package header");
    if (h.manifest_size > MANIFEST_BYTES)
        return manifest_leave_out(p, "the manifest is larger than a page");
    if (!port_copy_in(blob, p->load + h.manifest_offset, h.manifest_size) ||
        !manifest_is_sound(blob, h.manifest_size))
        return manifest_leave_out(p, "its manifest is no device tree");
    p->manifest_offset = h.manifest_offset;
    p->manifest_size = h.manifest_size;
    return true;
}

/* First all manifests are read, so that what is allocated stays clear of every fixed address. */
static void read(struct spmc *s, struct partition *p)
{
    unsigned number = (unsigned)(p - s->partitions);
    uint8_t routes = s->route_count;

    vcpu_create(s, number);
    if (!fetch_manifest(s, p) || !manifest_read_partition(s, p, s->manifest)) {
        print_partition(p, "is left out");
        p->region_count = 0;
        p->context_count = 0;
        s->route_count = routes;
        return;
    }
    s->by_id[p->endpoint.id & 0xff] = (uint8_t)(PLACE(partitions) + number);
    p->state = PARTITION_LOADED;
}

/* ---- Memory ---- */

/* Pages are given away clean. */
static bool clear(const struct region *r)
{
    bool ok = port_zero(r->base, r->size);

    port_cache_clean(r->base, r->size);
    return ok;
}

/* The highest free place in Secure memory: each obstacle sends the search below itself. */
static bool allocate(struct spmc *s, struct region *r)
{
    for (unsigned i = 0; i < s->secure_memory.count; i++) {
        const struct range *range = &s->secure_memory.range[i];
        uint64_t end = range->base + range->size;
        while (end >= range->base && end - range->base >= r->size) {
            uint64_t obstacle = manifest_overlap(s, end - r->size, r->size);
            if (obstacle == UINT64_MAX) {
                r->base = end - r->size;
                return clear(r);
            }
            end = obstacle;
        }
    }
    return false;
}

static bool allocate_regions(struct spmc *s, struct partition *p)
{
    for (unsigned i = 0; i < p->region_count; i++)
        if (p->regions[i].allocated && !allocate(s, &p->regions[i]))
            return manifest_leave_out(p, "no Secure memory is left");
    return true;
}

/* Normal memory that is a partition's is not the Normal world's to give. */
static bool map(struct spmc *s, struct partition *p)
{
    bool ok = stage2_create(s, p) && manifest_map(s, p);

    for (unsigned i = 0; i < p->region_count; i++) {
        const struct region *r = &p->regions[i];
        if ((r->attributes & (MAP_NON_SECURE | MAP_DEVICE)) == MAP_NON_SECURE)
            ledger_take(s, r->base, r->size / PAGE_BYTES);
    }
    return ok || manifest_leave_out(p, "the pool of page tables is empty");
}

/* ---- The copy that a restart needs ---- */

static bool copy_package(struct spmc *s, const struct partition *p)
{
    for (uint64_t at = 0; at < p->copy_size; at += PAGE_BYTES) {
        uint64_t n = p->copy_size - at < PAGE_BYTES ? p->copy_size - at : PAGE_BYTES;
        if (!port_copy_in(s->manifest, p->load + at, n) ||
            !port_copy_out(p->copy + at, s->manifest, n))
            return false;
    }
    return true;
}

/* The package, before boot information changes it, goes to memory that no partition can map. */
static void protect(struct spmc *s, struct partition *p)
{
    struct sp_package_header h;
    struct region copy = {.base = REGION_ALLOCATE};

    if (p->restart == RESTART_NEVER)
        return;
    if (port_copy_in(&h, p->load, sizeof(h))) {
        p->copy_size = (uint64_t)h.image_offset + h.image_size;
        copy.size = (p->copy_size + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
        if (allocate(s, &copy)) {
            s->restarts = true;
            p->copy = copy.base;
            if (copy_package(s, p))
                return;
        }
    }
    p->copy_size = 0;
    p->restart = RESTART_NEVER;
    print_partition(p, "cannot be restarted");
}

/* A bit for each page of Normal memory, in Secure memory that nobody has. The lowest range becomes
 * the first: the bits begin there. */
static void place_ledger(struct spmc *s)
{
    struct range *first = s->normal_memory.range;
    struct region bits = {.base = REGION_ALLOCATE};
    uint64_t end = first->base;

    for (unsigned i = 0; i < s->normal_memory.count; i++) {
        struct range r = first[i];
        if (r.base + r.size > end)
            end = r.base + r.size;
        if (r.base < first->base) {
            first[i] = *first;
            *first = r;
        }
    }
    end = (end - first->base) / PAGE_BYTES;
    bits.size = (end / 8 + PAGE_BYTES) & ~(PAGE_BYTES - 1);
    if (!allocate(s, &bits)) {
        print("bulkhead: no Secure memory is left: Normal memory cannot be shared\n");
        return;
    }
    s->ledger = (struct range){bits.base, bits.size};
    s->memory->taken = port_memory(bits.base, bits.size);
    s->memory->normal_pages = end;
}

static void place(struct spmc *s, struct partition *p)
{
    if (p->state != PARTITION_LOADED)
        return;
    protect(s, p);
    if (!allocate_regions(s, p) || !map(s, p) || !manifest_renew(s, p)) {
        print_partition(p, "is left out");
        p->state = PARTITION_ABSENT;
    }
}

/* By boot-order; those with the same number in the order of their nodes. */
static void sort_boot_order(struct spmc *s)
{
    for (unsigned i = 0; i < s->partition_count; i++) {
        unsigned j = i;
        for (;
             j > 0 && s->partitions[s->boot_order[j - 1]].boot_order > s->partitions[i].boot_order;
             j--)
            s->boot_order[j] = s->boot_order[j - 1];
        s->boot_order[j] = (uint8_t)i;
    }
}

void manifest_load_partitions(struct spmc *s)
{
    for (unsigned i = 0; i < s->partition_count; i++)
        read(s, &s->partitions[i]);
    place_ledger(s);
    for (unsigned i = 0; i < s->partition_count; i++)
        place(s, &s->partitions[i]);
    sort_boot_order(s);
}
