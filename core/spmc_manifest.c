/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The SPMC manifest: node and property names as platforms write them for Hafnium, so
 * that an existing platform's manifest works.
 */
#include <libfdt.h>

#include "core/console.h"
#include "core/manifest.h"
#include "core/stage2.h"

#define SPMC "spmc"

static bool node_has_type(const void *blob, int node, const char *type)
{
    int size = 0;
    const char *value = fdt_getprop(blob, node, "device_type", &size);

    return value != NULL && (size_t)size == __builtin_strlen(type) + 1 &&
           __builtin_memcmp(value, type, (size_t)size) == 0;
}

/* A number of `count` cells (1 or 2), and the cells after it. */
static uint64_t take_cells(const fdt32_t **cells, int count)
{
    uint64_t value = 0;

    for (int i = 0; i < count; i++)
        value = value << 32 | fdt32_ld((*cells)++);
    return value;
}

static bool range_is_sound(const struct range *r)
{
    uint64_t limit = 1ULL << STAGE2_ADDRESS_BITS;

    return r->size != 0 && r->base % PAGE_BYTES == 0 && r->size % PAGE_BYTES == 0 &&
           r->base < limit && r->size <= limit - r->base;
}

/* The `reg` of a memory node, added to a list. */
static bool read_ranges(const void *blob, int node, struct ranges *ranges)
{
    struct property reg = {SPMC, blob, node, "reg"};
    int address_cells = fdt_address_cells(blob, 0);
    int size_cells = fdt_size_cells(blob, 0);
    int size = 0;
    const fdt32_t *cells = fdt_getprop(blob, node, reg.name, &size);

    if (address_cells < 1 || address_cells > 2 || size_cells < 1 || size_cells > 2)
        return complain(&(struct property){SPMC, blob, 0, "#address-cells"},
                        "1 or 2, and #size-cells 1 or 2");
    if (cells == NULL || size == 0 || size % (4 * (address_cells + size_cells)) != 0)
        return complain(&reg, "pairs of address and size");
    for (int n = size / (4 * (address_cells + size_cells)); n > 0; n--) {
        struct range r;
        r.base = take_cells(&cells, address_cells);
        r.size = take_cells(&cells, size_cells);
        if (!range_is_sound(&r))
            return complain(&reg, "whole pages below 64 GiB");
        if (ranges->count == MEMORY_RANGE_MAX)
            return complain(&reg, "fewer ranges");
        ranges->range[ranges->count++] = r;
    }
    return true;
}

static bool read_memory(struct spmc *s, const void *blob)
{
    const struct {
        const char *type;
        struct ranges *ranges;
    } kinds[] = {
        {"memory", &s->secure_memory},
        {"ns-memory", &s->normal_memory},
        {"device-memory", &s->secure_devices},
        {"ns-device-memory", &s->normal_devices},
    };
    int node;

    fdt_for_each_subnode(node, blob,
                         0) for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]);
                                 i++) if (node_has_type(blob, node, kinds[i].type) &&
                                          !read_ranges(blob, node, kinds[i].ranges)) return false;
    if (s->secure_memory.count == 0)
        return complain(&(struct property){SPMC, blob, 0, "memory"},
                        "a node with device_type \"memory\"");
    return true;
}

static bool read_cpus(struct spmc *s, const void *blob)
{
    int node = fdt_path_offset(blob, "/cpus");
    int cpu;
    unsigned count = 0;

    fdt_for_each_subnode(cpu, blob, node) if (node_has_type(blob, cpu, "cpu")) count++;
    if (node < 0 || count == 0 || count > CPU_MAX)
        return complain(&(struct property){SPMC, blob, node < 0 ? 0 : node, "cpus"},
                        "between 1 and 8 nodes with device_type \"cpu\"");
    s->cpu_count = (uint8_t)count;
    return true;
}

/* Hafnium's lists of SMCs that a partition may make. Nothing of them is done, so that is told. */
static void warn_of_smcs(const void *blob, int node)
{
    static const char expected[] = "none: SMCs of partitions do not reach EL3, those that are not "
                                   "FF-A are answered NOT_SUPPORTED";
    struct property list = {SPMC, blob, node, "smc_whitelist"};
    struct property all = {SPMC, blob, node, "smc_whitelist_permissive"};
    int size = 0;

    if (fdt_getprop(blob, node, list.name, &size) != NULL && size != 0)
        complain(&list, expected);
    if (property_exists(&all))
        complain(&all, expected);
}

/* vm1, vm2 …: where a package lies, how much memory it has, what to call it in messages. */
static bool read_vm(struct spmc *s, const void *blob, int node)
{
    struct partition *p = &s->partitions[s->partition_count];
    struct property load = {SPMC, blob, node, "load_address"};
    struct property size = {SPMC, blob, node, "mem_size"};
    int length = 0;
    const char *name = fdt_getprop(blob, node, "debug_name", &length);

    if (s->partition_count == PARTITION_MAX)
        return complain(&load, "no more partitions than 8");
    if (!property_number(&load, &p->load) || !property_number(&size, &p->size))
        return false;
    if (p->load % PAGE_BYTES != 0 || p->size % PAGE_BYTES != 0)
        return complain(&load, "whole pages, as mem_size");
    if (!ranges_hold(&s->secure_memory, p->load, p->size) ||
        ranges_overlap(s->own.base, s->own.size, p->load, p->size))
        return complain(&load, "an address in the Secure memory of this manifest");
    for (unsigned i = 0; i < s->partition_count; i++)
        if (ranges_overlap(s->partitions[i].load, s->partitions[i].size, p->load, p->size))
            return complain(&load, "memory that no other partition has");
    if (name == NULL)
        name = fdt_get_name(blob, node, &length);
    copy_name(p->name, name, length);
    warn_of_smcs(blob, node);
    s->partition_count++;
    return true;
}

static bool read_hypervisor(struct spmc *s, const void *blob)
{
    int hypervisor = fdt_path_offset(blob, "/hypervisor");
    struct property logical = {SPMC, blob, hypervisor, "bulkhead,logical-partition"};
    char name[] = "vm1";
    int node;

    s->logical = property_exists(&logical);
    for (; name[2] <= '9'; name[2]++) {
        node = fdt_subnode_offset(blob, hypervisor, name);
        if (node < 0)
            break;
        if (!read_vm(s, blob, node))
            return false;
    }
    return true;
}

static bool read_id(struct spmc *s, const void *blob)
{
    struct property id = {SPMC, blob, fdt_path_offset(blob, "/attribute"), "spmc_id"};
    uint64_t value = FFA_ID_SPMC;

    if (!property_bounded(&id, FFA_ID_SECURE, FFA_ID_EL3_FIRST - 1, &value,
                          "an id from 0x8000 to 0xffbf"))
        return false;
    s->id = (uint16_t)value;
    return true;
}

bool manifest_read_spmc(struct spmc *s, const void *blob, size_t size)
{
    if (!manifest_is_sound(blob, size)) {
        print("bulkhead: manifest of spmc: no device tree of at most %lu bytes\n", (uint64_t)size);
        return false;
    }
    return read_id(s, blob) && read_memory(s, blob) && read_cpus(s, blob) &&
           read_hypervisor(s, blob);
}
