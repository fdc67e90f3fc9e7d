/* SPDX-License-Identifier: BSD-3-Clause */
/* What loading and restarting a partition have in common: its tables, mailbox and boot information.
 */
#include "core/console.h"
#include "core/manifest.h"
#include "core/memory.h"
#include "core/port.h"
#include "core/stage2.h"

#define MAP_ALL (MAP_READ | MAP_WRITE | MAP_EXECUTE)

bool manifest_leave_out(const struct partition *p, const char *reason)
{
    print("bulkhead: package of %s at %lx: %s\n", p->name, p->load, reason);
    return false;
}

/*
 * Regions inside the package have the rights of the manifest. What is between them has all; at
 * S-EL0, where nothing is both written and executed, it waits for FFA_MEM_PERM_SET.
 */
bool manifest_map(struct spmc *s, struct partition *p)
{
    uint64_t end = p->load + p->size;
    unsigned rest = p->s_el0 ? MAP_READ | MAP_EXECUTE : MAP_ALL;

    for (unsigned i = 0; i < p->region_count; i++) {
        const struct region *r = &p->regions[i];
        uint64_t pages = r->size / PAGE_BYTES;
        if (stage2_map(s, p, r->base, pages, r->attributes) != pages)
            return false;
    }
    for (uint64_t base = p->load; base < end; base += PAGE_BYTES) {
        base += PAGE_BYTES * stage2_map(s, p, base, (end - base) / PAGE_BYTES, rest);
        if (base < end && stage2_entry(s, p, SPACE_SECURE, base) == 0)
            return false;
    }
    return true;
}

bool manifest_is_whole(struct spmc *s, const struct partition *p)
{
    struct change own = {ENTRY_ACCESSED | ENTRY_BORROWED, ENTRY_ACCESSED, UINT64_MAX, 0};
    uint64_t missing = p->size / PAGE_BYTES;

    missing -= stage2_change(s, p, SPACE_SECURE, p->load, missing, &own);
    for (unsigned i = 0; i < p->region_count; i++) {
        const struct region *r = &p->regions[i];
        uint64_t pages = r->size / PAGE_BYTES;
        missing += pages - stage2_change(s, p, stage2_space(r->attributes), r->base, pages, &own);
    }
    return missing == 0;
}

static void map_mailbox(struct spmc *s, struct partition *p)
{
    if (p->rx_region == 0)
        return;
    const struct region *rx = &p->regions[p->rx_region - 1];
    const struct region *tx = &p->regions[p->tx_region - 1];
    /* RX, too, may be read-only for its owner. */
    memory_take_buffer(s, p, rx->base, rx->size / PAGE_BYTES, ENTRY_READ);
    memory_take_buffer(s, p, tx->base, tx->size / PAGE_BYTES, ENTRY_READ);
    p->endpoint.mailbox =
        (struct mailbox){MAILBOX_EMPTY, (uint32_t)(rx->size / PAGE_BYTES), tx->base, rx->base};
}

/* ---- FF-A boot information ---- */

struct boot_info {
    struct ffa_boot_info_header header;
    struct ffa_boot_info_descriptor entry[1 + REGION_MAX];
};

static void add_region(struct boot_info *info, const struct region *r)
{
    struct ffa_boot_info_descriptor *d = &info->entry[info->header.descriptor_count++];

    __builtin_memcpy(d->name, r->name, sizeof(d->name));
    d->type = FFA_BOOT_INFO_TYPE_REGION;
    d->flags = FFA_BOOT_INFO_BY_ADDRESS;
    d->size = (uint32_t)r->size;
    d->content = r->base;
}

/* The manifest, and where allocated regions are. It takes the place of the package header. */
static bool write_boot_info(struct partition *p)
{
    struct boot_info info = {
        .header = {FFA_BOOT_INFO_SIGNATURE, p->endpoint.version, 0, sizeof(info.entry[0]), 1,
                   sizeof(info.header), 0},
        .entry = {{.type = FFA_BOOT_INFO_TYPE_FDT,
                   .flags = FFA_BOOT_INFO_BY_ADDRESS,
                   .size = p->manifest_size,
                   .content = p->load + p->manifest_offset}},
    };

    if (!p->wants_boot_info)
        return true;
    for (unsigned i = 0; i < p->region_count; i++)
        if (p->regions[i].allocated)
            add_region(&info, &p->regions[i]);
    info.header.blob_size =
        (uint32_t)(sizeof(info.header) + info.header.descriptor_count * sizeof(info.entry[0]));
    if (p->manifest_offset < info.header.blob_size ||
        !port_copy_out(p->load, &info, info.header.blob_size))
        return manifest_leave_out(p, "no room for boot information");
    port_cache_clean(p->load, info.header.blob_size);
    p->boot_info = p->load;
    return true;
}

bool manifest_renew(struct spmc *s, struct partition *p)
{
    if (!write_boot_info(p))
        return false;
    map_mailbox(s, p);
    return true;
}
