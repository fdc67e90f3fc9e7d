/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the packages that BL2 left in memory to partitions that can start: header,
 * manifest, stage-2 tables, boot information, boot order.
 */
#include <libfdt.h>

#include "core/console.h"
#include "core/manifest.h"
#include "core/port.h"
#include "core/stage2.h"
#include "core/vcpu.h"

static bool leave_out(const struct partition *p, const char *reason)
{
    print("bulkhead: package of %s at %lx: %s\n", p->name, p->load, reason);
    return false;
}

static bool header_is_sound(const struct sp_package_header *h, uint64_t size)
{
    return h->magic == SP_PACKAGE_MAGIC && (h->version == 1 || h->version == 2) &&
           h->manifest_offset >= sizeof(*h) && h->manifest_offset < size &&
           h->manifest_size <= size - h->manifest_offset && h->image_offset < size &&
           h->image_size <= size - h->image_offset;
}

/* Brings the partition's manifest into s->manifest. */
static bool fetch_manifest(struct spmc *s, struct partition *p, struct sp_package_header *h)
{
    void *blob = s->manifest;

    if (!port_copy_in(h, p->load, sizeof(*h)) || !header_is_sound(h, p->size))
        return leave_out(p, "no sound package header");
    if (h->manifest_size > MANIFEST_BYTES)
        return leave_out(p, "the manifest is larger than a page");
    if (!port_copy_in(blob, p->load + h->manifest_offset, h->manifest_size) ||
        !manifest_is_sound(blob, h->manifest_size))
        return leave_out(p, "its manifest is no device tree");
    return true;
}

/* FF-A boot information: the manifest's address. It takes the place of the package header. */
static bool write_boot_info(struct partition *p, const struct sp_package_header *h)
{
    struct {
        struct ffa_boot_info_header header;
        struct ffa_boot_info_descriptor manifest;
    } info = {
        .header = {FFA_BOOT_INFO_SIGNATURE, p->endpoint.version, sizeof(info),
                   sizeof(info.manifest), 1, sizeof(info.header), 0},
        .manifest = {.type = FFA_BOOT_INFO_TYPE_FDT,
                     .flags = FFA_BOOT_INFO_BY_ADDRESS,
                     .size = h->manifest_size,
                     .content = p->load + h->manifest_offset},
    };

    if (!p->wants_boot_info)
        return true;
    if (h->manifest_offset < sizeof(info) || !port_copy_out(p->load, &info, sizeof(info)))
        return leave_out(p, "no room for boot information before the manifest");
    port_cache_clean(p->load, sizeof(info));
    p->boot_info = p->load;
    return true;
}

static bool map(struct spmc *s, struct partition *p)
{
    bool ok = stage2_create(s, p) &&
              stage2_map(s, p, p->load, p->size, MAP_READ | MAP_WRITE | MAP_EXECUTE);

    for (unsigned i = 0; ok && i < p->region_count; i++)
        ok = stage2_map(s, p, p->regions[i].base, p->regions[i].size, p->regions[i].attributes);
    return ok || leave_out(p, "the pool of page tables is empty");
}

static void load(struct spmc *s, struct partition *p)
{
    struct sp_package_header header;
    unsigned number = (unsigned)(p - s->partitions);

    vcpu_create(s, number);
    if (!fetch_manifest(s, p, &header) || !manifest_read_partition(s, p, s->manifest) ||
        !write_boot_info(p, &header) || !map(s, p)) {
        print("bulkhead: partition %s is left out\n", p->name);
        return;
    }
    s->by_id[p->endpoint.id & 0xff] = (uint8_t)number;
    p->state = PARTITION_LOADED;
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
        load(s, &s->partitions[i]);
    sort_boot_order(s);
}
