/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The input is what lies in TX, as bytes, when a memory call is made: the descriptions of sends and
 * retrievals in each version, ranges that follow, what is given up. Another CPU may write to TX
 * while it is read. What was sent is reclaimed in the end: all memory is back then.
 */
#include <string.h>

#include "core/memory.h"
#include "fuzz/script.h"
#include "fuzz/sound.h"
#include "fuzz/stage.h"
#include "fuzz/writer.h"
#include "support/port_model.h"
#include "support/transactions.h"
#include "support/world.h"

#define PAGE 0x40040000ULL
#define AGAIN_MAX 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct spmc *const now = &fuzz_world;

static uint64_t call(struct vcpu *v, const uint64_t x[8])
{
    const struct event event = {.kind = v != NULL ? EVENT_CALL : EVENT_SPMD, .deliverable = true};
    struct regs *regs = v != NULL ? &v->regs : &now->cpus[0].normal;

    memset(regs->x, 0, sizeof(regs->x));
    memcpy(regs->x, x, 8 * sizeof(x[0]));
    for (unsigned n = 0; stage_step(0, &event, false); n++)
        require(n < AGAIN_MAX, "a call that gives way for ever");
    return regs->x[0];
}
#define CALL(v, ...) call((v), (const uint64_t[8]){__VA_ARGS__})

/* The Normal world has lent a page to UP, which is what may be retrieved and given up. */
static void lend(void)
{
    static struct said said;
    uint32_t length;

    memset(&said, 0, offsetof(struct said, range));
    said.version = now->normal.version;
    said.borrowers = said.ranges = 1;
    said.access[0] = (struct ffa_memory_access){WORLD_ID(WORLD_UP), FFA_ACCESS_RW, 0, 0, {0, 0}, 0};
    said.range[0] = (struct ffa_memory_range){PAGE, 1, 0};
    length = said_bytes(&said, port_model_memory(WORLD_NORMAL_TX, PAGE_BYTES), PAGE_BYTES);
    CALL(NULL, FFA_MEM_LEND_32, length, length);
}

static void check_description(struct vcpu *v, uint32_t length)
{
    const struct call c = {.from = v,
                           .who =
                               v != NULL ? &now->partitions[v->partition].endpoint : &now->normal,
                           .regs = v != NULL ? &v->regs : &now->cpus[0].normal};
    struct description d;

    if (description_read(&c, length, &d) != NULL || d.header.count == 0)
        return;
    require(d.header.count <= BORROWER_MAX, "borrowers");
    require(d.end <= length && d.end >= d.header.offset, "entries outside the description");
    for (unsigned i = 0; i < d.header.count; i++)
        require(d.access[i].permissions >> 4 == 0, "permissions that are reserved");
}

static void reclaim_all(struct vcpu *v)
{
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        uint64_t handle = now->memory->transactions[i].handle;
        if (now->memory->transactions[i].state != TRANSACTION_FREE)
            CALL(v, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t functions[] = {
        FFA_MEM_SHARE_64,   FFA_MEM_LEND_32, FFA_MEM_DONATE_64,       FFA_MEM_RETRIEVE_REQ_64,
        FFA_MEM_RELINQUISH, FFA_MEM_FRAG_TX, FFA_MEM_RETRIEVE_REQ_32, FFA_MEM_SHARE_32};
    struct script script = {data, size};
    uint8_t who = next_byte(&script), what = next_byte(&script), seed = next_byte(&script);
    uint32_t length = next_byte(&script) << 4, part = length - next_byte(&script) % 64U * 16;
    struct vcpu *v = NULL;
    uint64_t tx = WORLD_NORMAL_TX;
    uint32_t function = functions[what % 8];
    uint64_t handle;

    stage_begin(false, true);
    stage_versions(what >> 3);
    stage_buffers();
    lend();
    if (who % 4 < WORLD_PARTITIONS) {
        CALL(NULL, FFA_RUN, (uint64_t)WORLD_ID(who % 4) << 16);
        v = world_running(now, 0);
        tx = WORLD_TX(who % 4);
    }
    memcpy(port_model_memory(tx, PAGE_BYTES), script.data,
           script.size < PAGE_BYTES ? script.size : PAGE_BYTES);
    if (seed != 0)
        writer_begin(seed, stage_is_tx);
    check_description(v, length);
    handle = now->memory->transactions[who >> 2 & 1].handle;
    if (function == FFA_MEM_FRAG_TX) { /* a send in parts goes before it */
        CALL(v, FFA_MEM_LEND_32, length, part);
        CALL(v, function, (uint32_t)handle, handle >> 32, length - part);
    } else if (function == FFA_MEM_RELINQUISH)
        CALL(v, function);
    else if (what % 8 == 3 || what % 8 == 6)
        CALL(v, function, length, length);
    else
        CALL(v, function, length, part);
    writer_end();
    reclaim_all(v);
    stage_end();
    return 0;
}
