/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The SPMC manifest: node and property names as platforms write them for Hafnium, so
 * that an existing platform's manifest works.
 */
#include <libfdt.h>

#include "core/console.h"
#include "core/manifest.h"
#include "core/stage2.h"

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

static bool is_taken(const struct spmc *s, const struct range *r)
{
    const struct ranges *lists[] = {&s->secure_memory, &s->normal_memory, &s->secure_devices,
                                    &s->normal_devices};

    for (unsigned i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (unsigned k = 0; k < lists[i]->count; k++)
            if (ranges_overlap(r->base, r->size, lists[i]->range[k].base, lists[i]->range[k].size))
                return true;
    return false;
}

/* The `reg` of a memory node, added to a list. */
static const char *read_ranges(const struct place *m, int address_cells, int size_cells,
                               struct ranges *ranges)
{
    int each = 4 * (address_cells + size_cells);
    int size;
    const fdt32_t *cells = property(m, "reg", &size);

    if (size == 0 || size % each != 0)
        return "pairs of address and size";
    for (; size > 0; size -= each) {
        struct range r;
        r.base = take_cells(&cells, address_cells);
        r.size = take_cells(&cells, size_cells);
        if (!range_is_sound(&r))
            return "whole pages below 64 GiB";
        if (is_taken(m->s, &r))
            return "what no other range has";
        if (ranges->count == MEMORY_RANGE_MAX)
            return "fewer ranges";
        ranges->range[ranges->count++] = r;
    }
    return NULL;
}

static void read_memory(struct place *m)
{
    struct spmc *s = m->s;
    const struct {
        const char *type;
        struct ranges *ranges;
    } kinds[] = {
        {"memory", &s->secure_memory},
        {"ns-memory", &s->normal_memory},
        {"device-memory", &s->secure_devices},
        {"ns-device-memory", &s->normal_devices},
    };

    int address_cells = (int)number(m, "#address-cells", 1, 2, 2);
    int size_cells = (int)number(m, "#size-cells", 1, 2, 1);

    if (m->wrong)
        return;
    fdt_for_each_subnode(m->node, m->blob, 0)
    {
        const char *wrong = NULL;
        for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && wrong == NULL; i++)
            if (property_is(m, "device_type", kinds[i].type))
                wrong = read_ranges(m, address_cells, size_cells, kinds[i].ranges);
        if (wrong != NULL) {
            complain(m, "reg", wrong);
            break;
        }
    }
    m->node = 0;
    if (s->secure_memory.count == 0)
        complain(m, "memory", "a node with device_type \"memory\"");
}

static void read_cpus(struct place *m)
{
    int cpus = fdt_subnode_offset(m->blob, 0, "cpus");
    unsigned count = 0;

    fdt_for_each_subnode(m->node, m->blob, cpus) count += property_is(m, "device_type", "cpu");
    m->node = 0;
    if (cpus < 0 || count == 0 || count > CPU_MAX)
        complain(m, "cpus", "between 1 and 8 nodes with device_type \"cpu\"");
    m->s->cpu_count = (uint8_t)count;
}

/* Hafnium's lists of SMCs that a partition may make. Nothing of them is done, so that is told. */
static void warn_of_smcs(struct place *m)
{
    static const char expected[] = "none: a partition's SMCs do not reach EL3";
    int size;

    property(m, "smc_whitelist", &size);
    if (size != 0)
        warn(m, "smc_whitelist", expected);
    warn(m, "smc_whitelist_permissive", expected);
}

static const char *package_refusal(const struct spmc *s, const struct partition *p)
{
    if (p->load % PAGE_BYTES != 0 || p->size % PAGE_BYTES != 0)
        return "whole pages, as mem_size";
    if (!ranges_hold(&s->secure_memory, p->load, p->size) ||
        ranges_overlap(s->own.base, s->own.size, p->load, p->size))
        return "free Secure memory";
    for (unsigned i = 0; i < s->partition_count; i++)
        if (ranges_overlap(s->partitions[i].load, s->partitions[i].size, p->load, p->size))
            return "free Secure memory";
    return NULL;
}

/* vm1, vm2 …: where a package lies, how much memory it has, what to call it in messages. */
static void read_vm(struct place *m)
{
    struct partition *p = &m->s->partitions[m->s->partition_count];
    int length = 0;
    const char *name = fdt_getprop(m->blob, m->node, "debug_name", &length);
    const char *wrong;

    if (m->s->partition_count == PARTITION_MAX) {
        complain(m, "load_address", "fewer partitions");
        return;
    }
    p->load = any_number(m, "load_address", MUST_BE_THERE);
    p->size = any_number(m, "mem_size", MUST_BE_THERE);
    wrong = package_refusal(m->s, p);
    if (wrong != NULL)
        complain(m, "load_address", wrong);
    if (m->wrong)
        return;
    if (name == NULL)
        name = fdt_get_name(m->blob, m->node, &length);
    copy_name(p->name, name, length);
    warn_of_smcs(m);
    m->s->partition_count++;
}

static void read_hypervisor(struct place *m)
{
    int hypervisor = fdt_subnode_offset(m->blob, 0, "hypervisor");
    char name[] = "vm1";

    m->node = hypervisor;
    m->s->logical = property_exists(m, "bulkhead,logical-partition");
    m->s->trace_is_told = property_exists(m, "bulkhead,trace-for-normal-world");
    for (; !m->wrong && name[2] <= '9'; name[2]++) {
        m->node = fdt_subnode_offset(m->blob, hypervisor, name);
        if (m->node < 0)
            break;
        read_vm(m);
    }
}

/* Of a wrong manifest nothing is used but Bulkhead's own id, which EL3 has from it too. */
static bool forget(struct spmc *s)
{
    s->partition_count = 0;
    s->secure_memory.count = s->normal_memory.count = 0;
    s->secure_devices.count = s->normal_devices.count = 0;
    s->logical = s->trace_is_told = false;
    return false;
}

bool manifest_read_spmc(struct spmc *s, const void *blob, size_t size)
{
    struct place m = {"spmc", blob, 0, false, s, NULL};

    if (!manifest_is_sound(blob, size)) {
        print("bulkhead: manifest of spmc: no device tree\n");
        return false;
    }
    m.node = fdt_subnode_offset(blob, 0, "attribute");
    s->id = (uint16_t)number(&m, "spmc_id", FFA_ID_SECURE, FFA_ID_EL3_FIRST - 1, FFA_ID_SPMC);
    m.node = 0;
    read_memory(&m);
    read_cpus(&m);
    read_hypervisor(&m);
    return !m.wrong || forget(s);
}
