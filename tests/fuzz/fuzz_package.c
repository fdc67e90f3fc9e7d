/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The input is what BL2 left in memory: packages, one as bytes or both as good ones in which
 * something was changed, and when memory fails. Partitions that are accepted start, die, and come
 * back from the copy of their package.
 */
#include <string.h>

#include "core/manifest.h"
#include "core/memory.h"
#include "fuzz/sound.h"
#include "fuzz/tree.h"
#include "support/invariants.h"
#include "support/manifests.h"
#include "support/memory_invariants.h"
#include "support/port_model.h"
#include "support/world.h"

#define PACKAGES 2
#define STEPS_MAX 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct spmc s;

/* A header with a field that may be another, and an image of a byte that is known. */
static void put_package(struct script *script, unsigned number)
{
    static uint64_t blob[MANIFEST_BYTES / 8];
    void *good = manifest_of_partition();
    uint8_t which = next_byte(script);
    uint32_t field;
    uint8_t *at = port_model_memory(WORLD_LOAD(number), WORLD_SIZE);

    if (number > 0) { /* memory can be had once */
        fdt_del_node(good, fdt_path_offset(good, "/device-regions"));
        fdt_del_node(good, fdt_path_offset(good, "/memory-regions"));
    }
    tree_read(script, good, blob);
    memset(at + PACKAGE_IMAGE, 0xab, 0x1000);
    package_of(WORLD_LOAD(number), blob);
    if (which >= 24)
        return;
    field = (uint32_t)next_number(script) >> (which % 4 * 8);
    memcpy(at + which / 4 * 4, &field, sizeof(field));
}

static void put_bytes(struct script *script)
{
    size_t size = script->size < WORLD_SIZE ? script->size : WORLD_SIZE;

    memcpy(port_model_memory(WORLD_LOAD(0), WORLD_SIZE), script->data, size);
}

static void check_memory(void)
{
    static const uint64_t none[NORMAL_PAGES_MAX / 64];
    const char *broken = s.memory->taken != NULL ? broken_memory(&s, none) : NULL;

    require(broken == NULL, broken);
    broken = broken_state(&s, port_model.kicked);
    require(broken == NULL, broken);
}

static struct next event(enum event_kind kind)
{
    const struct event e = {.kind = kind, .deliverable = true};
    struct next next = spmc_step(&s, 0, &e);

    require(next.kind != NEXT_STOP, "no legal way on");
    check_memory();
    return next;
}

static struct next call(struct vcpu *v, uint64_t x0, uint64_t x1)
{
    struct regs *regs = v != NULL ? &v->regs : &s.cpus[0].normal;

    memset(regs->x, 0, sizeof(regs->x));
    regs->x[0] = x0;
    regs->x[1] = x1;
    return event(v != NULL ? EVENT_CALL : EVENT_SPMD);
}

/* Each that runs waits, and what gave way goes on, until the Normal world has the CPU. */
static void settle(struct next next)
{
    for (unsigned n = 0; n < STEPS_MAX && next.kind <= NEXT_AGAIN; n++) {
        if (next.kind == NEXT_REPLY_NORMAL)
            return;
        next = next.kind == NEXT_AGAIN ? event(EVENT_AGAIN) : call(next.vcpu, FFA_MSG_WAIT, 0);
    }
}

static void live(unsigned number)
{
    const struct partition *p = &s.partitions[number];
    struct next next = call(NULL, FFA_RUN, (uint64_t)p->endpoint.id << 16);

    if (next.kind == NEXT_RUN)
        call(next.vcpu, FFA_ABORT_32, 0);
    if (s.cpus[0].current != NO_VCPU)
        return;
    settle(call(NULL, FFA_MSG_SEND_DIRECT_REQ_32, p->endpoint.id));
}

static void begin(void)
{
    static uint64_t tables[TABLE_MAX][512] __attribute__((aligned(4096)));
    static struct memory shared;

    port_model_reset_written();
    spmc_init(&s, tables, 0x0e180000, &shared);
    manifest_read_spmc(&s, manifest_of_spmc(), DTB_BYTES);
    s.own = (struct range){0x0e100000, 0x100000};
}

static bool is_package(const uint8_t *data, size_t size)
{
    const uint32_t magic = SP_PACKAGE_MAGIC;

    return size >= sizeof(magic) && memcmp(data, &magic, sizeof(magic)) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script script = {data, size};
    uint8_t faults = 0xff;

    begin();
    if (is_package(data, size)) {
        put_bytes(&script);
    } else {
        faults = next_byte(&script);
        for (unsigned i = 0; i < PACKAGES; i++)
            put_package(&script, i);
    }
    if (faults < 64)
        port_model.copies_in_until_fault = faults;
    else if (faults < 128)
        port_model.copies_out_until_fault = faults - 64;
    manifest_load_partitions(&s);
    for (unsigned i = 0; i < s.partition_count; i++)
        check_partition(&s, &s.partitions[i]);
    check_memory();
    if (faults < 128)
        return 0;
    settle(event(EVENT_COLD_BOOT));
    for (unsigned i = 0; i < s.partition_count; i++)
        if (s.partitions[i].state == PARTITION_LIVE && s.cpus[0].current == NO_VCPU)
            live(i);
    return 0;
}
