/* SPDX-License-Identifier: BSD-3-Clause */
/* A step, and what must hold after it. */
#include "fuzz/stage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "rules/check.h"
#include "support/invariants.h"
#include "support/memory_invariants.h"
#include "support/port_model.h"
#include "support/world.h"

#define STATE_BYTES offsetof(struct spmc, held)

static struct spmc *const now = &fuzz_world;
static struct spmc before, scratch;
static uint32_t kicks;
static uint64_t donated[NORMAL_PAGES_MAX / 64];

static void fail(const char *broken, unsigned cpu, const struct event *event)
{
    fprintf(stderr, "broken invariant: %s (event %d on cpu %u)\n", broken, event->kind, cpu);
    abort();
}

static void note_kicks(unsigned cpu, const struct event *event)
{
    bool taken = event->kind == EVENT_KICK || event->cause == EVENT_KICK;

    kicks |= port_model.kicked;
    if (taken || !now->cpus[cpu].online)
        kicks &= ~(1U << cpu);
    port_model.kicked = 0;
}

/* aarch64/ delivers a pending exception, and resets a fresh vCPU, as soon as it runs. */
static void run_on_machine(const struct next *next)
{
    if (next->kind != NEXT_RUN)
        return;
    next->vcpu->special &= (uint8_t)~SPECIAL_FRESH;
    next->vcpu->exception.pending = false;
}

static bool is_full(const struct mailbox *old, const struct mailbox *new)
{
    return old->state == MAILBOX_EMPTY && new->state == MAILBOX_FULL;
}

/* A message that came says who sent it, to whom, and lies within RX: whatever TX says by now. */
static const char *broken_message(const struct observation *o, const struct mailbox *old,
                                  const struct mailbox *new, uint16_t receiver)
{
    vcpu_ref current = before.cpus[o->cpu].current;
    const struct regs *regs =
        current >= 0 ? &before.vcpus[current].regs : &before.cpus[o->cpu].normal;
    uint16_t sender = current >= 0 ? before.partitions[before.vcpus[current].partition].endpoint.id
                                   : (uint16_t)(regs->x[1] >> 16);
    struct ffa_message_header h;

    if (((uint32_t)regs->x[0] & ~(uint32_t)FFA_SVE_HINT) != FFA_MSG_SEND2 || !is_full(old, new))
        return NULL;
    memcpy(&h, port_model_memory(new->rx, sizeof(h)), sizeof(h));
    if (h.sender != sender || h.receiver != receiver)
        return "a message came from somebody else, or for somebody else";
    if (h.offset < FFA_MESSAGE_HEADER_SIZE_1_1 || h.offset > new->pages * PAGE_BYTES ||
        h.size > new->pages *PAGE_BYTES - h.offset)
        return "a message does not lie within RX";
    return NULL;
}

static const char *broken_messages(const struct observation *o)
{
    const char *broken = broken_message(o, &before.normal.mailbox, &now->normal.mailbox, 0);

    if (o->event->kind != EVENT_CALL && o->event->kind != EVENT_SPMD)
        return NULL;
    for (unsigned i = 0; broken == NULL && i < WORLD_PARTITIONS; i++)
        broken = broken_message(o, &before.partitions[i].endpoint.mailbox,
                                &now->partitions[i].endpoint.mailbox, WORLD_ID(i));
    for (unsigned i = 0; broken == NULL && i < VM_MAX; i++)
        broken = broken_message(o, &before.vms[i].mailbox, &now->vms[i].mailbox, now->vms[i].id);
    return broken;
}

/* What invariants of memory look at, as they saw it last. */
static struct {
    struct memory memory;
    uint64_t taken[NORMAL_PAGES_MAX / 64];
    uint64_t tables[TABLE_MAX][512];
} seen;

static bool is_new(void *old, const void *new, size_t size)
{
    if (memcmp(old, new, size) == 0)
        return false;
    memcpy(old, new, size);
    return true;
}

static bool memory_is_new(void)
{
    bool new = is_new(&seen.memory, now->memory, sizeof(seen.memory));

    new |= is_new(seen.taken, now->memory->taken, sizeof(seen.taken));
    new |= is_new(seen.tables, now->tables, (now->tables_used + 1U) * sizeof(seen.tables[0]));
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++) {
        const struct partition *old = &before.partitions[i], *p = &now->partitions[i];
        new |= old->state != p->state || old->endpoint.mailbox.state != p->endpoint.mailbox.state;
    }
    return new;
}

/* Each step is the rule book's to judge (tests/rules); planted faults are for the other checks. */
#ifndef ORACLE_EVERY
#define ORACLE_EVERY 1
#endif
static const char *disagrees;

static void check(struct observation *o)
{
    const char *broken;

    broken = broken_step(o);
    if (broken == NULL)
        broken = disagrees;
    if (broken == NULL)
        broken = broken_state(now, kicks);
    note_donations(now, donated);
    if (broken == NULL && memory_is_new())
        broken = broken_memory(now, donated);
    if (broken == NULL)
        broken = broken_messages(o);
    if (broken != NULL)
        fail(broken, o->cpu, o->event);
}

/* With FUZZ_SHOW in the environment: what a finding is made of. */
static void show(const struct observation *o)
{
    vcpu_ref from = before.cpus[o->cpu].current, to = now->cpus[o->cpu].current;
    const uint64_t *x = from >= 0 ? before.vcpus[from].regs.x : before.cpus[o->cpu].normal.x;
    const uint64_t *y = to >= 0 ? now->vcpus[to].regs.x : now->cpus[o->cpu].normal.x;

    if (getenv("FUZZ_SHOW") == NULL)
        return;
    fprintf(stderr,
            "cpu %u event %d: vcpu %d %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %#" PRIx64
            " -> %d: vcpu %d %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %#" PRIx64 "\n",
            o->cpu, o->event->kind, (int)from, x[0], x[1], x[2], x[3], x[4], (int)o->next.kind,
            (int)to, y[0], y[1], y[2], y[3]);
}

bool stage_step(unsigned cpu, const struct event *event, bool secrets)
{
    struct observation o = {
        .before = &before, .after = now, .cpu = cpu, .event = event, .secrets = secrets};
    vcpu_ref current = now->cpus[cpu].current;
    uint64_t pc = current >= 0 ? now->vcpus[current].regs.pc : 0;

    memcpy(&before, now, STATE_BYTES);
    if (ORACLE_EVERY != 0)
        oracle_before(now, cpu, event, port_model.copied_in != NULL);
    o.next = spmc_step(now, cpu, event);
    if (ORACLE_EVERY != 0)
        disagrees = oracle_after(now, &o.next);
    note_kicks(cpu, event);
    show(&o);
    check(&o);
    run_on_machine(&o.next);
    if (event->kind == EVENT_CALL && now->cpus[cpu].current == current &&
        now->vcpus[current].regs.pc == pc - 4) {
        now->vcpus[current].regs.pc = pc;
        return true;
    }
    return o.next.kind == NEXT_AGAIN;
}

void stage_forget(void)
{
    kicks = 0;
    memset(donated, 0, sizeof(donated));
}

void stage_end(void)
{
    const struct event event = {.kind = EVENT_DEADLINE};

    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        const char *broken;
        memcpy(&scratch, now, STATE_BYTES);
        broken = control_stays_away(&scratch, cpu, 32);
        if (broken != NULL)
            fail(broken, cpu, &event);
    }
}
