/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The input is what lies in TX, as bytes: the descriptor by which a hypervisor forwards a VM's
 * buffers, or a message of the Normal world, a VM or a partition. Another CPU may write to TX while
 * it is read.
 */
#include <string.h>

#include "core/mailbox.h"
#include "fuzz/script.h"
#include "fuzz/sound.h"
#include "fuzz/stage.h"
#include "fuzz/writer.h"
#include "support/port_model.h"
#include "support/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct spmc *const now = &fuzz_world;

static void call(struct vcpu *v, uint64_t x0, uint64_t x1, uint64_t x2)
{
    const struct event event = {.kind = v != NULL ? EVENT_CALL : EVENT_SPMD, .deliverable = true};
    struct regs *regs = v != NULL ? &v->regs : &now->cpus[0].normal;

    memset(regs->x, 0, sizeof(regs->x));
    regs->x[0] = x0;
    regs->x[1] = x1;
    regs->x[2] = x2;
    stage_step(0, &event, false);
}

static void put(uint64_t tx, const struct script *script)
{
    memcpy(port_model_memory(tx, PAGE_BYTES), script->data,
           script->size < PAGE_BYTES ? script->size : PAGE_BYTES);
}

static void check_forwarded(void)
{
    const struct call c = {.who = &now->normal, .regs = &now->cpus[0].normal};
    struct mailbox m = {0};
    uint16_t vm = 0;
    struct mailbox copy;

    if (mailbox_read_forwarded(&c, &vm, &m) != NULL || port_model.copied_in)
        return;
    require(mailbox_read_forwarded(&c, &vm, &copy) == NULL && copy.tx == m.tx && copy.rx == m.rx &&
                copy.pages == m.pages,
            "a descriptor is read in two ways");
}

/* A VM has buffers, a partition runs: three that may send. */
static void send(const struct script *script, uint8_t who, uint8_t seed)
{
    struct vcpu *v = NULL;
    uint16_t vm = who % 3 == 1 ? 1 : 0;
    uint64_t tx = vm != 0 ? WORLD_VM_TX(1) : WORLD_NORMAL_TX;

    world_forward(1, WORLD_VM_TX(1), WORLD_VM_RX(1));
    call(NULL, FFA_RXTX_MAP_64, 0, 0);
    if (who % 3 == 2) {
        call(NULL, FFA_RUN, (uint64_t)WORLD_ID(WORLD_UP) << 16, 0);
        v = world_running(now, 0);
        tx = WORLD_TX(WORLD_UP);
    }
    put(tx, script);
    if (seed != 0)
        writer_begin(seed, stage_is_tx);
    call(v, FFA_MSG_SEND2, (uint64_t)vm << 16,
         v != NULL && who & 0x80 ? FFA_MSG_SEND2_DELAY_SRI : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script script = {data, size};
    uint8_t who = next_byte(&script), seed = next_byte(&script);

    stage_begin(false, true);
    stage_versions(next_byte(&script));
    stage_buffers();
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        now->partitions[i].properties |= FFA_PROPERTY_INDIRECT;
    if (who & 0x40) {
        put(WORLD_NORMAL_TX, &script);
        if (seed != 0)
            writer_begin(seed, stage_is_tx);
        check_forwarded();
        call(NULL, FFA_RXTX_MAP_64, 0, 0);
    } else
        send(&script, who, seed);
    writer_end();
    stage_end();
    return 0;
}
