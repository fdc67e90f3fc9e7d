/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/sound.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/manifest.h"
#include "core/stage2.h"
#include "support/access.h"

void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "an accepted manifest is not sound: %s\n", what);
    abort();
}

void check_spmc(const struct spmc *s)
{
    require(s->cpu_count >= 1 && s->cpu_count <= CPU_MAX, "CPUs");
    require(s->secure_memory.count >= 1, "no Secure memory");
    require(s->partition_count <= PARTITION_MAX, "partitions");
    for (unsigned i = 0; i < s->partition_count; i++) {
        const struct partition *p = &s->partitions[i];
        require(ranges_hold(&s->secure_memory, p->load, p->size), "a package outside memory");
        require(p->name[NAME_MAX_BYTES - 1] == '\0', "a name without end");
        for (unsigned j = 0; j < i; j++)
            require(!ranges_overlap(p->load, p->size, s->partitions[j].load, s->partitions[j].size),
                    "two packages share memory");
    }
}

static bool is_inside(const struct partition *p, const struct region *r)
{
    return r->base >= p->load && r->base - p->load < p->size &&
           r->size <= p->size - (r->base - p->load);
}

static void check_region(const struct spmc *s, const struct partition *p, const struct region *r)
{
    bool secure = !(r->attributes & MAP_NON_SECURE);
    const struct ranges *memory = secure ? &s->secure_memory : &s->normal_memory;
    const struct ranges *devices = secure ? &s->secure_devices : &s->normal_devices;

    require(r->base != REGION_ALLOCATE, "a region that was not allocated");
    require(r->base % PAGE_BYTES == 0, "a region that is not whole pages");
    if (is_inside(p, r)) {
        require(stage2_allows(s, p, r->base, r->size, MAP_READ), "a region that is not mapped");
        require(r->attributes & MAP_WRITE || !stage2_allows(s, p, r->base, PAGE_BYTES, MAP_WRITE),
                "a read-only region that is not");
        return;
    }
    require(ranges_hold(r->attributes & MAP_DEVICE ? devices : memory, r->base, r->size),
            "a region outside memory");
    require(!ranges_overlap(p->load, p->size, r->base, r->size), "a region in the package");
    require(r->attributes & MAP_DEVICE || stage2_allows(s, p, r->base, PAGE_BYTES, MAP_READ),
            "a region that is not mapped");
}

static void check_mailbox(const struct spmc *s, const struct partition *p)
{
    const struct mailbox *m = &p->endpoint.mailbox;
    uint64_t size = m->pages * PAGE_BYTES;

    if (m->state == MAILBOX_UNMAPPED)
        return;
    require(m->state == MAILBOX_EMPTY, "a mailbox that is not empty");
    require(m->pages >= 1 && m->pages <= MAILBOX_PAGES_MAX, "the pages of a mailbox");
    require((m->rx | m->tx) % PAGE_BYTES == 0, "a mailbox that is not aligned");
    require(!ranges_overlap(m->rx, size, m->tx, size), "RX and TX overlap");
    require(stage2_allows(s, p, m->rx, size, MAP_READ), "an RX that is not the partition's");
    require(stage2_allows(s, p, m->tx, size, MAP_READ | MAP_WRITE),
            "a TX that is not the partition's");
}

void check_partition(const struct spmc *s, const struct partition *p)
{
    if (p->state == PARTITION_ABSENT)
        return;
    require(p->context_count == 1 || p->context_count >= s->cpu_count, "contexts");
    require(p->uuid_count >= 1 && p->uuid_count <= UUID_MAX, "UUIDs");
    require(p->entry >= p->load && p->entry - p->load < p->size, "an entry outside the package");
    require(p->endpoint.id & FFA_ID_SECURE && p->endpoint.id != s->id, "the id");
    require(p->budget > 0, "the budget");
    for (unsigned i = 0; i < p->region_count; i++) {
        check_region(s, p, &p->regions[i]);
        for (unsigned j = 0; j < i; j++)
            require(!ranges_overlap(p->regions[i].base, p->regions[i].size, p->regions[j].base,
                                    p->regions[j].size),
                    "two regions overlap");
    }
    check_mailbox(s, p);
}
