/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The small world. It is built field by field, not from manifests, so that a fault
 * in a parser does not hide behind every other test.
 */
#include "support/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/device.h"
#include "core/interrupt.h"
#include "core/ledger.h"
#include "core/memory.h"
#include "core/stage2.h"
#include "core/vcpu.h"
#include "rules/check.h"
#include "support/invariants.h"
#include "support/port_model.h"

#define FIRST_SPI 32

/* Each step is the rule book's to judge, too (tests/rules); planted faults are for the others. */
#ifndef ORACLE_EVERY
#define ORACLE_EVERY 1
#endif

static uint64_t table_memory[TABLE_MAX][512] __attribute__((aligned(4096)));
static struct memory memory;
static uint64_t taken[NORMAL_PAGES_MAX / 64];

static void load_partition(struct spmc *s, unsigned i, const char *name, uint8_t contexts,
                           uint8_t ns_action)
{
    struct partition *p = &s->partitions[i];

    p->endpoint.id = WORLD_ID(i);
    p->endpoint.version = p->first_version = FFA_VERSION_1_1;
    p->state = PARTITION_LOADED;
    strncpy(p->name, name, NAME_MAX_BYTES - 1);
    p->properties = FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_SENDS_REQ | FFA_PROPERTY_AARCH64 |
                    FFA_PROPERTY_RECEIVES_REQ2 | FFA_PROPERTY_SENDS_REQ2;
    if (ns_action != FFA_NS_ACTION_QUEUED)
        p->properties |= FFA_PROPERTY_NOTIFICATIONS;
    p->context_count = contexts;
    p->uuid_count = 1;
    p->uuid[0] = (struct ffa_uuid){{0x10 + i, 0x20 + i, 0x30 + i, 0x40 + i}};
    p->ns_action = ns_action;
    p->mask = ns_action == FFA_NS_ACTION_QUEUED ? MASK_NORMAL : MASK_NOTHING;
    p->boot_order = (uint16_t)i;
    p->load = WORLD_LOAD(i);
    p->size = WORLD_SIZE;
    p->entry = WORLD_LOAD(i) + 0x1000;
    p->secondary_entry = p->entry;
    p->budget = WORLD_BUDGET;
    p->vmid = WORLD_ID(i) & 0xff;
    s->boot_order[i] = (uint8_t)i;
    s->by_id[WORLD_ID(i) & 0xff] = (uint8_t)(PLACE(partitions) + i);
    s->partition_count++;
    p->region_count = 1;
    p->regions[0] = (struct region){.base = WORLD_NORMAL_REGION(i),
                                    .size = PAGE_BYTES,
                                    .attributes = MAP_NON_SECURE | MAP_READ};
    stage2_create(s, p);
    stage2_map(s, p, p->load, p->size / PAGE_BYTES, MAP_READ | MAP_WRITE | MAP_EXECUTE);
    stage2_map(s, p, p->regions[0].base, 1, p->regions[0].attributes);
    ledger_take(s, p->regions[0].base, 1);
    vcpu_create(s, i);
    interrupt_create(p);
}

void world_load(struct spmc *s)
{
    spmc_init(s, table_memory, 0x0e180000, &memory);
    memset(taken, 0, sizeof(taken));
    memory.taken = taken;
    memory.normal_pages = NORMAL_PAGES_MAX;
    s->id = FFA_ID_SPMC;
    s->normal.id = FFA_ID_NORMAL_WORLD;
    s->normal.version = FFA_VERSION_1_1;
    s->cpu_count = CPU_MAX;
    s->secure_memory = (struct ranges){1, {{0x0e000000, 0x01000000}}};
    s->normal_memory = (struct ranges){1, {{WORLD_NORMAL_MEMORY, 0x00200000}}};
    load_partition(s, WORLD_UP, "up", 1, FFA_NS_ACTION_SIGNALLED);
    load_partition(s, WORLD_MP, "mp", WORLD_MP_CONTEXTS, FFA_NS_ACTION_SIGNALLED);
    load_partition(s, WORLD_QUEUED, "queued", 1, FFA_NS_ACTION_QUEUED);
}

void world_lower(struct spmc *s, unsigned partition)
{
    struct partition *p = &s->partitions[partition];

    stage2_clear(s, p);
    p->s_el0 = true;
    p->tables[SPACE_NON_SECURE] = p->tables[SPACE_SECURE];
    p->roots[SPACE_NON_SECURE] = p->roots[SPACE_SECURE];
    stage2_map(s, p, p->load, p->size / PAGE_BYTES, MAP_READ | MAP_EXECUTE);
    stage2_map(s, p, p->regions[0].base, 1, p->regions[0].attributes);
}

/* Every context that starts goes straight to its first FFA_MSG_WAIT. */
static void start_all(struct spmc *s, unsigned cpu, enum event_kind kind)
{
    struct next next = world_event(s, cpu, kind);

    while (next.kind == NEXT_RUN)
        next = world_call(s, cpu, FFA_MSG_WAIT);
}

void world_start(struct spmc *s)
{
    start_all(s, 0, EVENT_COLD_BOOT);
    start_all(s, 1, EVENT_CPU_ON);
}

void world_boot(struct spmc *s)
{
    world_load(s);
    world_start(s);
}

void world_device(struct spmc *s, unsigned partition, uint16_t intid, uint8_t priority)
{
    struct partition *p = &s->partitions[partition];

    p->interrupts[p->interrupt_count] =
        (struct interrupt){.intid = intid, .priority = priority, .per_cpu = intid < FIRST_SPI};
    device_register(s, p, p->interrupt_count++);
}

static void map_registers(struct spmc *s, struct partition *p, uint64_t base, unsigned pages,
                          unsigned space)
{
    unsigned attributes = MAP_READ | MAP_WRITE | MAP_DEVICE | space;

    p->regions[p->region_count++] =
        (struct region){.base = base, .size = pages * PAGE_BYTES, .attributes = attributes};
    stage2_map(s, p, base, pages, attributes);
}

void world_registers(struct spmc *s, unsigned partition)
{
    struct partition *p = &s->partitions[partition];

    s->secure_devices = (struct ranges){1, {{WORLD_DEVICE(0), 0x100000}}};
    s->normal_devices = (struct ranges){1, {{WORLD_NORMAL_DEVICE(0), 0x100000}}};
    map_registers(s, p, WORLD_DEVICE(partition), 2, 0);
    map_registers(s, p, WORLD_NORMAL_DEVICE(partition), 1, MAP_NON_SECURE);
}

void world_enable(struct spmc *s, unsigned cpu, unsigned partition, uint32_t intid)
{
    world_request(s, cpu, partition, 0);
    world_call(s, cpu, HF_INTERRUPT_ENABLE, intid, 1, HF_LINE_IRQ);
    world_respond(s, cpu, FFA_ID_NORMAL_WORLD, 0);
}

struct next world_secure(struct spmc *s, unsigned cpu, enum event_kind cause, uint32_t intid)
{
    const struct event event = {.kind = EVENT_SPMD, .cause = cause, .intid = intid};

    world_arguments(&s->cpus[cpu].normal, (const uint64_t[8]){FFA_INTERRUPT});
    return world_step(s, cpu, &event);
}

struct next world_interrupt(struct spmc *s, unsigned cpu, uint32_t intid)
{
    const struct event event = {.kind = EVENT_INTERRUPT, .intid = intid};

    if (world_running(s, cpu) == NULL)
        return world_secure(s, cpu, EVENT_INTERRUPT, intid);
    return world_step(s, cpu, &event);
}

void world_uuids(struct spmc *s, unsigned partition, unsigned count)
{
    struct partition *p = &s->partitions[partition];

    for (unsigned i = 1; i < count; i++)
        p->uuid[i] = (struct ffa_uuid){{i, 6, 7, 8 + partition}};
    p->uuid_count = (uint8_t)count;
}

struct vcpu *world_vcpu(struct spmc *s, unsigned partition, unsigned index)
{
    return partition_context(s, &s->partitions[partition], index);
}

struct vcpu *world_running(struct spmc *s, unsigned cpu)
{
    vcpu_ref current = s->cpus[cpu].current;

    return current >= 0 ? &s->vcpus[current] : NULL;
}

struct next world_step(struct spmc *s, unsigned cpu, const struct event *event)
{
    static struct spmc before;
    struct observation o = {.before = &before, .after = s, .cpu = cpu, .event = event};
    const char *broken;

    memcpy(&before, s, offsetof(struct spmc, held));
    if (ORACLE_EVERY != 0)
        oracle_before(s, cpu, event, false);
    o.next = spmc_step(s, cpu, event);
    broken = broken_step(&o);
    if (broken == NULL && ORACLE_EVERY != 0)
        broken = oracle_after(s, &o.next);
    if (broken == NULL)
        broken = broken_state(s, port_model.kicked);
    if (broken != NULL) {
        fprintf(stderr, "broken invariant: %s (event %d on cpu %u)\n", broken, event->kind, cpu);
        abort();
    }
    return o.next;
}

struct next world_event(struct spmc *s, unsigned cpu, enum event_kind kind)
{
    const struct event event = {.kind = kind, .deliverable = true};

    return world_step(s, cpu, &event);
}

void world_arguments(struct regs *regs, const uint64_t x[8])
{
    memcpy(regs->x, x, 8 * sizeof(x[0]));
}

struct next world_spmd(struct spmc *s, unsigned cpu, const uint64_t x[8])
{
    world_arguments(&s->cpus[cpu].normal, x);
    return world_event(s, cpu, EVENT_SPMD);
}

struct next world_smc(struct spmc *s, unsigned cpu, const uint64_t x[8])
{
    world_arguments(&world_running(s, cpu)->regs, x);
    return world_event(s, cpu, EVENT_CALL);
}

struct next world_request(struct spmc *s, unsigned cpu, unsigned partition, uint64_t w3)
{
    return world_normal_call(s, cpu, FFA_MSG_SEND_DIRECT_REQ_32, WORLD_ID(partition), 0, w3);
}

struct regs *world_serve(struct spmc *s, unsigned cpu, unsigned partition)
{
    return &world_request(s, cpu, partition, 0).vcpu->regs;
}

struct next world_respond(struct spmc *s, unsigned cpu, uint16_t to, uint64_t w3)
{
    struct vcpu *self = world_running(s, cpu);
    uint16_t id = vcpu_partition(s, self)->endpoint.id;

    return world_call(s, cpu, FFA_MSG_SEND_DIRECT_RESP_32, (uint64_t)id << 16 | to, 0, w3);
}

void world_forward(uint16_t vm, uint64_t tx, uint64_t rx)
{
    const struct {
        uint16_t vm, reserved;
        uint32_t rx_offset, tx_offset, padding;
        struct {
            uint32_t total_pages, count;
            uint64_t reserved, address;
            uint32_t pages, reserved_too;
        } buffer[2];
    } descriptor = {vm, 0, 16, 48, 0, {{1, 1, 0, rx, 1, 0}, {1, 1, 0, tx, 1, 0}}};

    memcpy(port_model_memory(WORLD_NORMAL_TX, sizeof(descriptor)), &descriptor, sizeof(descriptor));
}

void world_message(uint64_t tx, uint16_t sender, uint16_t receiver)
{
    const struct {
        struct ffa_message_header header;
        uint64_t payload;
    } message = {.header = {.offset = FFA_MESSAGE_HEADER_SIZE_1_2,
                            .receiver = receiver,
                            .sender = sender,
                            .size = 8},
                 .payload = 0x0123456789abcdef};

    memcpy(port_model_memory(tx, sizeof(message)), &message, sizeof(message));
}

int world_error(const struct regs *regs)
{
    return regs->x[0] == FFA_ERROR ? (int32_t)(uint32_t)regs->x[2] : 0;
}
