/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The input is a device tree, given to both parsers: as the SPMC manifest, and as the
 * manifest inside a partition's package. What they accept must be sound: nothing
 * outside the memory of the manifest, nothing in two partitions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/manifest.h"
#include "core/memory.h"
#include "core/stage2.h"
#include "support/access.h"
#include "support/port_model.h"
#include "support/world.h"

#define LOAD 0x0e200000ULL
#define SIZE 0x10000ULL
#define MANIFEST_OFFSET 0x1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct spmc s;
static uint64_t tables[TABLE_MAX][512] __attribute__((aligned(4096)));
static struct memory shared;
static uint64_t blob[MANIFEST_BYTES / 8];

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "an accepted manifest is not sound: %s\n", what);
    abort();
}

static void check_spmc(void)
{
    require(s.cpu_count >= 1 && s.cpu_count <= CPU_MAX, "CPUs");
    require(s.secure_memory.count >= 1, "no Secure memory");
    require(s.partition_count <= PARTITION_MAX, "partitions");
    for (unsigned i = 0; i < s.partition_count; i++) {
        const struct partition *p = &s.partitions[i];
        require(ranges_hold(&s.secure_memory, p->load, p->size), "a package outside memory");
        require(p->name[NAME_MAX_BYTES - 1] == '\0', "a name without end");
        for (unsigned j = 0; j < i; j++)
            require(!ranges_overlap(p->load, p->size, s.partitions[j].load, s.partitions[j].size),
                    "two packages share memory");
    }
}

static bool is_inside(const struct partition *p, const struct region *r)
{
    return r->base >= p->load && r->base - p->load < p->size &&
           r->size <= p->size - (r->base - p->load);
}

static void check_region(const struct partition *p, const struct region *r)
{
    bool secure = !(r->attributes & MAP_NON_SECURE);
    const struct ranges *memory = secure ? &s.secure_memory : &s.normal_memory;
    const struct ranges *devices = secure ? &s.secure_devices : &s.normal_devices;

    require(r->base != REGION_ALLOCATE, "a region that was not allocated");
    require(r->base % PAGE_BYTES == 0, "a region that is not whole pages");
    if (is_inside(p, r)) {
        require(stage2_allows(&s, p, r->base, r->size, MAP_READ), "a region that is not mapped");
        require(r->attributes & MAP_WRITE || !stage2_allows(&s, p, r->base, PAGE_BYTES, MAP_WRITE),
                "a read-only region that is not");
        return;
    }
    require(ranges_hold(r->attributes & MAP_DEVICE ? devices : memory, r->base, r->size),
            "a region outside memory");
    require(!ranges_overlap(p->load, p->size, r->base, r->size), "a region in the package");
    require(r->attributes & MAP_DEVICE || stage2_allows(&s, p, r->base, PAGE_BYTES, MAP_READ),
            "a region that is not mapped");
}

static void check_mailbox(const struct partition *p)
{
    const struct mailbox *m = &p->endpoint.mailbox;
    uint64_t size = m->pages * PAGE_BYTES;

    if (m->state == MAILBOX_UNMAPPED)
        return;
    require(m->state == MAILBOX_EMPTY, "a mailbox that is not empty");
    require(m->pages >= 1 && m->pages <= MAILBOX_PAGES_MAX, "the pages of a mailbox");
    require((m->rx | m->tx) % PAGE_BYTES == 0, "a mailbox that is not aligned");
    require(!ranges_overlap(m->rx, size, m->tx, size), "RX and TX overlap");
    require(stage2_allows(&s, p, m->rx, size, MAP_READ), "an RX that is not the partition's");
    require(stage2_allows(&s, p, m->tx, size, MAP_READ | MAP_WRITE),
            "a TX that is not the partition's");
}

static void check_partition(void)
{
    const struct partition *p = &s.partitions[0];

    if (p->state == PARTITION_ABSENT)
        return;
    require(p->context_count == 1 || p->context_count >= s.cpu_count, "contexts");
    require(p->uuid_count >= 1 && p->uuid_count <= UUID_MAX, "UUIDs");
    require(p->entry >= p->load && p->entry - p->load < p->size, "an entry outside the package");
    require(p->endpoint.id & FFA_ID_SECURE && p->endpoint.id != s.id, "the id");
    require(p->budget > 0, "the budget");
    for (unsigned i = 0; i < p->region_count; i++) {
        check_region(p, &p->regions[i]);
        for (unsigned j = 0; j < i; j++)
            require(!ranges_overlap(p->regions[i].base, p->regions[i].size, p->regions[j].base,
                                    p->regions[j].size),
                    "two regions overlap");
    }
    check_mailbox(p);
}

static void read_as_spmc(const uint8_t *data, size_t size)
{
    spmc_init(&s, tables, 0x0e180000, &shared);
    memset(blob, 0, sizeof(blob));
    memcpy(blob, data, size);
    if (manifest_read_spmc(&s, blob, sizeof(blob)))
        check_spmc();
}

static void read_as_partition(const uint8_t *data, size_t size)
{
    const struct sp_package_header header = {SP_PACKAGE_MAGIC, 1,      MANIFEST_OFFSET,
                                             (uint32_t)size,   0x4000, 0x1000};

    spmc_init(&s, tables, 0x0e180000, &shared);
    s.cpu_count = 4;
    s.secure_memory = (struct ranges){1, {{MODEL_SECURE_BASE, MODEL_SECURE_SIZE}}};
    s.normal_memory = (struct ranges){1, {{MODEL_NORMAL_BASE, MODEL_NORMAL_SIZE}}};
    s.secure_devices = (struct ranges){1, {{0x09040000, 0x1000}}};
    s.partition_count = 1;
    s.partitions[0].load = LOAD;
    s.partitions[0].size = SIZE;
    memcpy(port_model_memory(LOAD, sizeof(header)), &header, sizeof(header));
    memcpy(port_model_memory(LOAD + MANIFEST_OFFSET, size), data, size);
    manifest_load_partitions(&s);
    check_partition();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > MANIFEST_BYTES)
        return 0;
    port_model_reset_counters();
    read_as_spmc(data, size);
    port_model_reset_counters();
    read_as_partition(data, size);
    return 0;
}
