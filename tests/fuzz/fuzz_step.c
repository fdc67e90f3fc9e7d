/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The input is a script of events on four CPUs: boots, calls of the Normal world and of partitions
 * at S-EL1 and S-EL0 with registers and TX that are good, nearly good and not at all, interrupts,
 * timers, faults, CPUs that go off, deaths and restarts, memory that fails, and a second writer to
 * the buffers that a call reads. After each step the explorer's invariants must hold, and those of
 * memory; at the end each CPU must get back to the Normal world.
 *
 * Other than in the explorer registers live on from step to step, unless the script's first byte
 * asks for secrets in all of them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/interrupt.h"
#include "core/memory.h"
#include "core/stage2.h"
#include "fuzz/calls.h"
#include "fuzz/writer.h"
#include "support/invariants.h"
#include "support/memory_invariants.h"
#include "support/port_model.h"
#include "support/world.h"

#define FUZZ_CPUS 4
#define STEPS_MAX 300
#define RETURN_BOUND 32
#define STATE_BYTES offsetof(struct spmc, trace)
#define COPY(partition) (0x0ec00000ULL + 0x10000ULL * (partition))

/* Bits of the first byte. */
enum {
    BY_SCRIPT = 1, /* the boot CPU's start is part of it */
    SECRETS = 2,
    NEWEST = 4, /* all endpoints have version 1.2 */
    MANAGED_EXIT = 8,
    WANTS_CPU_OFF = 16,
    RESTARTS = 32, /* two more bytes say who comes back and how, and who has which version */
    BUFFERS = 64,  /* all mailboxes are mapped */
    AT_S_EL1 = 128,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct spmc fuzz_world;
static struct spmc *const now = &fuzz_world;
static struct spmc before, scratch;
static uint32_t kicks;
static uint64_t donated[NORMAL_PAGES_MAX / 64];
static bool secrets;

static void fail(const char *broken, unsigned cpu, const struct event *event)
{
    fprintf(stderr, "broken invariant: %s (event %d on cpu %u)\n", broken, event->kind, cpu);
    abort();
}

/* ---- What the machine does ---- */

/* Why EL3 enters with a Secure interrupt: a kick mostly. */
static void fill_cause(struct script *script, struct event *event)
{
    static const enum event_kind causes[] = {EVENT_KICK, EVENT_TIMER, EVENT_INTERRUPT,
                                             EVENT_COLD_BOOT};
    uint8_t choice = next_byte(script);

    event->cause = causes[choice % 4];
    event->intid = some_interrupt(choice >> 2);
}

/* CNTP's or CNTV's register, or one that does not exist; to or from any of the vCPU's. */
static uint64_t some_timer_access(struct script *script)
{
    uint8_t what = next_byte(script);

    return 3 << 20 | (what & 3U) << 17 | 3 << 14 | 14 << 10 |
           (uint64_t)(next_byte(script) & 31) << 5 | (2 + (what >> 2 & 1U)) << 1 | (what >> 3 & 1U);
}

/* What happens to the vCPU that runs, or is restored: that makes no access and meets no fault.
 * Devices' interrupts wait while all are masked. */
static struct event some_happening(struct script *script, const struct vcpu *v, uint8_t choice)
{
    static const enum event_kind kinds[] = {
        EVENT_NORMAL_INTERRUPT, EVENT_DEADLINE, EVENT_KICK, EVENT_TIMER,
        EVENT_INTERRUPT,        EVENT_ABORT,    EVENT_TRAP, EVENT_SERROR,
        EVENT_TIMER_ACCESS};
    bool restored = now->partitions[v->partition].state == PARTITION_RESTARTING;
    struct event event = {.kind = kinds[(choice >> 3) % (restored ? 5 : 9)],
                          .deliverable = choice & 0x80};

    if (event.kind == EVENT_INTERRUPT && v->masked == MASK_ALL)
        event.kind = EVENT_NORMAL_INTERRUPT;
    if (event.kind == EVENT_INTERRUPT)
        event.intid = some_interrupt(next_byte(script));
    if (event.kind == EVENT_TIMER_ACCESS)
        event.esr = some_timer_access(script);
    return event;
}

/* ---- Events ---- */

static void fill_call(struct script *script, unsigned cpu, struct vcpu *v, uint8_t choice)
{
    switch (secrets ? 0 : choice % 8) {
    case 1:
        fill_arguments(script, regs_of(cpu, v));
        break;
    case 2:
    case 5:
        fill_sharing(script, cpu, v);
        break;
    case 6:
        fill_setup(script, cpu, v);
        break;
    default:
        fill_usual(script, cpu, v);
        break;
    }
}

static struct event some_event(struct script *script, unsigned cpu)
{
    uint8_t choice = next_byte(script);
    struct vcpu *v = world_running(now, cpu);
    struct event event = {.kind = EVENT_SPMD, .deliverable = choice & 0x80};

    if (v == NULL && !now->cpus[cpu].online) {
        event.kind = EVENT_CPU_ON;
        return event;
    }
    if (v != NULL && choice % 4 == 3)
        return some_happening(script, v, choice);
    if (v != NULL && now->partitions[v->partition].state == PARTITION_RESTARTING) {
        event.kind = EVENT_AGAIN;
        return event;
    }
    if (v != NULL)
        event.kind = EVENT_CALL;
    fill_call(script, cpu, v, choice);
    if (v == NULL && (uint32_t)now->cpus[cpu].normal.x[0] == FFA_INTERRUPT)
        fill_cause(script, &event);
    return event;
}

/* ---- Steps ---- */

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

static void check(struct observation *o)
{
    const char *broken;

    o->secrets = secrets;
    broken = broken_step(o);
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

/* One event; whether its work gave way, and it is to be made again. */
static bool step(unsigned cpu, const struct event *event)
{
    struct observation o = {.before = &before, .after = now, .cpu = cpu, .event = event};
    vcpu_ref current = now->cpus[cpu].current;
    uint64_t pc = current >= 0 ? now->vcpus[current].regs.pc : 0;

    memcpy(&before, now, STATE_BYTES);
    o.next = spmc_step(now, cpu, event);
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

static bool is_tx(uint64_t address)
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

/* Mostly a little time goes by, at times enough for alarms, budgets and what restarts count. */
static uint64_t some_time(uint8_t choice)
{
    return choice < 12 ? choice : 1ULL << (4 * choice - 30);
}

/* How the machine is in the step to come: one in four has a second writer, and one faults, or
 * nobody waits for the CPU. */
static void some_weather(struct script *script, uint8_t where)
{
    uint8_t trouble = where & 8 ? next_byte(script) : 0;

    port_model.now += some_time(where >> 4);
    port_model.calm = false;
    port_model.copies_out_until_fault = MODEL_NEVER;
    port_model.copies_in_until_fault = MODEL_NEVER;
    writer_end();
    if ((where & 12) == 8)
        writer_begin(trouble, is_tx);
    else if ((where & 12) == 12 && trouble & 1)
        port_model.calm = true;
    else if ((where & 12) == 12 && trouble & 2)
        port_model.copies_out_until_fault = trouble >> 2;
    else if ((where & 12) == 12)
        port_model.copies_in_until_fault = trouble >> 2;
}

/* What gave way goes on, if nothing happens to it and the script's next byte lets it. */
static void steps(struct script *script)
{
    uint8_t where = next_byte(script);
    unsigned cpu = where % FUZZ_CPUS;
    struct event event;
    unsigned more = 0;

    if (secrets)
        plant_secrets(now);
    some_weather(script, where);
    event = some_event(script, cpu);
    for (bool again = step(cpu, &event); again && !secrets; again = step(cpu, &event)) {
        if (more == 0 && (more = next_byte(script)) == 0)
            return;
        more--;
        if (event.kind != EVENT_CALL)
            event.kind = EVENT_AGAIN;
        if (now->cpus[cpu].current < 0)
            return;
    }
}

static void check_return(void)
{
    const struct event event = {.kind = EVENT_DEADLINE};

    writer_end();
    for (unsigned cpu = 0; cpu < FUZZ_CPUS; cpu++) {
        const char *broken;
        memcpy(&scratch, now, STATE_BYTES);
        broken = control_stays_away(&scratch, cpu, RETURN_BOUND);
        if (broken != NULL)
            fail(broken, cpu, &event);
    }
}

/* ---- The world ---- */

static void load(struct spmc *s, bool lowered)
{
    world_load(s);
    s->logical = true;
    if (lowered)
        world_lower(s, WORLD_QUEUED);
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
};

static void make(struct beginning *b, bool by_script, bool lowered)
{
    const struct event event = {.kind = EVENT_COLD_BOOT};

    load(&b->spmc, lowered);
    if (by_script)
        spmc_step(&b->spmc, 0, &event);
    else
        world_start(&b->spmc);
    b->memory = *b->spmc.memory;
    memcpy(b->taken, b->memory.taken, sizeof(b->taken));
    memcpy(b->tables, b->spmc.tables, (b->spmc.tables_used + 1U) * sizeof(b->tables[0]));
}

static void begin(bool by_script, bool lowered)
{
    static struct beginning beginnings[2][2];
    struct beginning *b = &beginnings[by_script][lowered];

    if (b->spmc.id == 0)
        make(b, by_script, lowered);
    memcpy(now, &b->spmc, sizeof(*now));
    *now->memory = b->memory;
    memcpy(now->memory->taken, b->taken, sizeof(b->taken));
    memcpy(now->tables, b->tables, (now->tables_used + 1U) * sizeof(b->tables[0]));
}

static void set_versions(uint8_t choice)
{
    now->normal.version = FFA_VERSION_1_0 + (choice & 3) % 3;
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        now->partitions[i].endpoint.version = now->partitions[i].first_version =
            FFA_VERSION_1_0 + (choice >> (2 * i + 2) & 3) % 3;
}

static void set_restarts(uint8_t choice)
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

static void set_up(struct script *script, uint8_t mode)
{
    now->partitions[WORLD_UP].properties |= FFA_PROPERTY_VM_CREATED | FFA_PROPERTY_INDIRECT;
    now->partitions[WORLD_MP].properties |= FFA_PROPERTY_VM_DESTROYED | FFA_PROPERTY_INDIRECT;
    if (mode & RESTARTS) {
        set_restarts(next_byte(script));
        set_versions(next_byte(script));
    }
    if (mode & NEWEST)
        set_versions(0xaa);
    if (mode & MANAGED_EXIT) {
        now->partitions[WORLD_UP].ns_action = FFA_NS_ACTION_MANAGED_EXIT;
        world_vcpu(now, WORLD_UP, 0)->enabled |= 1U << SLOT_MANAGED_EXIT;
    }
    now->partitions[WORLD_MP].wants_cpu_off = mode & WANTS_CPU_OFF;
    if (mode & BUFFERS) {
        map_buffers(&now->normal, NULL, WORLD_NORMAL_TX, WORLD_NORMAL_RX);
        for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
            map_buffers(&now->partitions[i].endpoint, &now->partitions[i], WORLD_TX(i),
                        WORLD_RX(i));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script script = {data, size};
    uint8_t mode = next_byte(&script);

    port_model_reset_written();
    memset(donated, 0, sizeof(donated));
    kicks = 0;
    secrets = mode & SECRETS;
    begin(mode & BY_SCRIPT, !(mode & AT_S_EL1));
    port_model_reset_written();
    set_up(&script, mode);
    for (unsigned i = 0; script.size > 0 && i < STEPS_MAX; i++)
        steps(&script);
    check_return();
    return 0;
}
