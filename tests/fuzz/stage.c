/* SPDX-License-Identifier: BSD-3-Clause */
/* The small world as the fuzzers' runs begin: booted once, and copied. */
#include "fuzz/stage.h"

#include <string.h>

#include "core/memory.h"
#include "core/stage2.h"
#include "support/port_model.h"
#include "support/world.h"

#define COPY(partition) (0x0ec00000ULL + 0x10000ULL * (partition))

struct spmc fuzz_world;
static struct spmc *const now = &fuzz_world;

static void load(struct spmc *s, bool lowered)
{
    world_load(s);
    s->logical = true;
    s->trace_is_told = true;
    if (lowered) {
        uint16_t root = s->partitions[WORLD_QUEUED].tables[SPACE_NON_SECURE];
        world_lower(s, WORLD_QUEUED);
        s->tables[root][0] = s->tables_free; /* it has one root now: the other is free */
        s->tables_free = root;
    }
    world_device(s, WORLD_UP, 40, 7);
    world_device(s, WORLD_UP, 41, 3);
    world_device(s, WORLD_MP, 50, 0);
    world_device(s, WORLD_MP, 22, 0);
    world_device(s, WORLD_QUEUED, 60, 0);
}

/* What lies outside of struct spmc is part of a beginning as well: transactions, the ledger,
 * tables. */
struct beginning {
    struct spmc spmc;
    struct memory memory;
    uint64_t taken[NORMAL_PAGES_MAX / 64];
    uint64_t tables[TABLE_MAX][512];
    struct model_interrupt interrupts[MODEL_INTERRUPTS];
};

/* Who has devices has asked for their interrupts. */
static void start(struct spmc *s)
{
    world_start(s);
    world_enable(s, 0, WORLD_UP, 40);
    world_enable(s, 0, WORLD_UP, 41);
    world_enable(s, 0, WORLD_MP, 50);
    world_enable(s, 0, WORLD_QUEUED, 60);
}

static void make(struct beginning *b, bool by_script, bool lowered)
{
    const struct event event = {.kind = EVENT_COLD_BOOT};

    load(&b->spmc, lowered);
    if (by_script)
        spmc_step(&b->spmc, 0, &event);
    else
        start(&b->spmc);
    b->memory = *b->spmc.memory;
    memcpy(b->interrupts, port_model.interrupts, sizeof(b->interrupts));
    memcpy(b->taken, b->memory.taken, sizeof(b->taken));
    memcpy(b->tables, b->spmc.tables, (b->spmc.tables_used + 1U) * sizeof(b->tables[0]));
}

void stage_begin(bool by_script, bool lowered)
{
    static struct beginning beginnings[2][2];
    struct beginning *b = &beginnings[by_script][lowered];

    port_model_reset_written();
    stage_forget();
    if (b->spmc.id == 0)
        make(b, by_script, lowered);
    port_model_reset_written();
    memcpy(now, &b->spmc, sizeof(*now));
    *now->memory = b->memory;
    memcpy(port_model.interrupts, b->interrupts, sizeof(b->interrupts));
    memcpy(now->memory->taken, b->taken, sizeof(b->taken));
    memcpy(now->tables, b->tables, (now->tables_used + 1U) * sizeof(b->tables[0]));
}

void stage_versions(uint8_t choice)
{
    now->normal.version = FFA_VERSION_1_0 + (choice & 3) % 3;
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        now->partitions[i].endpoint.version = now->partitions[i].first_version =
            FFA_VERSION_1_0 + (choice >> (2 * i + 2) & 3) % 3;
}

void stage_restarts(uint8_t choice)
{
    now->restarts = true;
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++) {
        struct partition *p = &now->partitions[i];
        p->restart = (choice >> 2 * i & 3) % 3;
        p->copy = COPY(i);
        p->copy_size = 0x2100;
    }
}

static void map_buffers(struct endpoint *e, const struct partition *p, uint64_t tx, uint64_t rx)
{
    memory_take_buffer(now, p, tx, 1, ENTRY_READ);
    memory_take_buffer(now, p, rx, 1, ENTRY_READ | (p != NULL && p->s_el0 ? 0 : ENTRY_WRITE));
    e->mailbox = (struct mailbox){MAILBOX_EMPTY, 1, tx, rx};
}

bool stage_is_tx(uint64_t address)
{
#define HAS(m) ((m).state != MAILBOX_UNMAPPED && address - (m).tx < (m).pages * PAGE_BYTES)
    bool is = HAS(now->normal.mailbox);

    for (unsigned i = 0; i < VM_MAX; i++)
        is |= HAS(now->vms[i].mailbox);
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        is |= HAS(now->partitions[i].endpoint.mailbox);
    return is;
#undef HAS
}

void stage_buffers(void)
{
    map_buffers(&now->normal, NULL, WORLD_NORMAL_TX, WORLD_NORMAL_RX);
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        map_buffers(&now->partitions[i].endpoint, &now->partitions[i], WORLD_TX(i), WORLD_RX(i));
}
