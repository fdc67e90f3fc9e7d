/* SPDX-License-Identifier: BSD-3-Clause */
/* Packing of states: see state.h for what is kept, and why the rest is not. */
#include "explore/state.h"

#include <string.h>

#include "core/interrupt.h"
#include "core/memory.h"
#include "core/notify.h"
#include "core/stage2.h"
#include "support/invariants.h"
#include "support/port_model.h"
#include "support/world.h"

#define TIME_LEFT 500

static struct spmc shared; /* what all states have in common, secrets included */

static void add_device(unsigned partition, uint16_t intid, uint8_t target)
{
    struct partition *p = &shared.partitions[partition];

    world_device(&shared, partition, intid, 0);
    p->interrupts[SLOT_DEVICES].target = p->interrupts[SLOT_DEVICES].first_target = target;
    p->shared_enabled = 1U << SLOT_DEVICES;
}

/* Two pages, of which the copy has one and a bit. */
static void add_restart(unsigned partition, enum restart_policy policy)
{
    struct partition *p = &shared.partitions[partition];

    shared.restarts = true;
    p->restart = (uint8_t)policy;
    p->size = 2 * PAGE_BYTES;
    p->copy = STATE_COPY(partition);
    p->copy_size = STATE_COPY_BYTES;
    memset(port_model_memory(p->copy, p->copy_size), 0xC0 + (int)partition, p->copy_size);
}

void state_version(unsigned partition, uint8_t minor)
{
    shared.partitions[partition].first_version = FFA_VERSION_1_0 | minor;
}

void state_setup(unsigned with)
{
    port_model_reset();
    world_load(&shared);
    shared.partitions[WORLD_UP].properties |= FFA_PROPERTY_VM_CREATED;
    shared.partitions[WORLD_UP].properties |= FFA_PROPERTY_INDIRECT;
    shared.partitions[WORLD_QUEUED].properties |= FFA_PROPERTY_INDIRECT;
    if (with & WITH_UP_DEVICE)
        add_device(WORLD_UP, STATE_UP_DEVICE, 0);
    if (with & WITH_MP_DEVICE)
        add_device(WORLD_MP, STATE_MP_DEVICE, 1);
    if (with & WITH_MANAGED_EXIT)
        shared.partitions[WORLD_UP].ns_action = FFA_NS_ACTION_MANAGED_EXIT;
    shared.partitions[WORLD_MP].wants_cpu_off = with & WITH_POWER;
    if (with & WITH_RESTART) {
        add_restart(WORLD_UP, RESTART_ON_NEXT_CALL);
        add_restart(WORLD_MP, RESTART_AT_ONCE);
    }
    plant_secrets(&shared);
}

/* A handler that interrupted a vCPU looks at it again, even if it died meanwhile. */
static bool is_interrupted(const struct spmc *s, unsigned i)
{
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++)
        if (s->cpus[cpu].interrupted == (vcpu_ref)i)
            return true;
    return false;
}

static bool is_idle(const struct spmc *s, unsigned i)
{
    const struct vcpu *v = &s->vcpus[i];
    bool unlinked = v->caller < 0 && v->callee < 0;

    return v->state == VCPU_OFF || v->state == VCPU_WAITING ||
           (v->state == VCPU_ABORTED && unlinked && !is_interrupted(s, i));
}

/* A masked vCPU's time goes on while it, or whom it waits for, has a CPU; else so much is left. */
static uint64_t deadline_of(const struct spmc *s, const struct vcpu *v)
{
    const struct vcpu *tail = v;

    if (!v->masked)
        return 0;
    while (tail->callee >= 0)
        tail = &s->vcpus[tail->callee];
    if (tail->state == VCPU_RUNNING || tail->state == VCPU_INTERRUPTED)
        return port_model.now + TIME_LEFT;
    return TIME_LEFT;
}

/* A handler takes no time. */
static uint64_t since_of(const struct cpu *cpu)
{
    return cpu->interrupted != NO_VCPU ? port_model.now : 0;
}

/* ---- Calls that wait for a start ---- */

enum { HELD_NOTHING, HELD_RUN, HELD_FIRST }; /* and the kinds of requests */

static const uint32_t held_calls[] = {
    [HELD_RUN] = FFA_RUN,
    [HELD_FIRST] = FFA_MSG_SEND_DIRECT_REQ_32,
    FFA_MSG_SEND_DIRECT_REQ_64,
    FFA_MSG_SEND_DIRECT_REQ2,
};

#define HELD_SECRET 0x4E1D000000000000ULL

static unsigned held_by(const struct spmc *s, unsigned i)
{
    const struct vcpu *v = &s->vcpus[i];
    bool restored = s->partitions[v->partition].state == PARTITION_RESTARTING;
    bool starts = v->model == MODEL_INIT || (restored && v->state != VCPU_OFF);
    unsigned kind = HELD_NOTHING;

    if (!starts || v->caller == NO_VCPU || v->caller == THE_SPMC)
        return HELD_NOTHING;
    for (unsigned j = HELD_RUN; j < sizeof(held_calls) / sizeof(held_calls[0]); j++)
        if (s->held[i].x[0] == held_calls[j])
            kind = j;
    return kind;
}

/* The payload is all its own: what was sent is compared in the step that sends it. */
static void set_held(struct spmc *s, unsigned i, unsigned kind)
{
    const struct vcpu *v = &s->vcpus[i];
    uint16_t id = s->partitions[v->partition].endpoint.id;
    uint64_t *x = s->held[i].x;

    memset(x, 0, sizeof(s->held[i].x));
    if (kind == HELD_NOTHING)
        return;
    for (unsigned j = kind == HELD_RUN ? 18 : 4; j < 18; j++)
        x[j] = HELD_SECRET | (uint64_t)i << 8 | j;
    x[0] = held_calls[kind];
    x[1] = kind == HELD_RUN ? (uint32_t)id << 16 | v->index : (uint32_t)v->requester << 16 | id;
}

/* The Normal world is to be told once of a call that died; of one that stays dead, always. */
static bool is_owed(const struct spmc *s, const struct vcpu *v)
{
    return v->caller == NORMAL_WORLD && s->partitions[v->partition].restart != RESTART_NEVER;
}

static void canonicalize_vcpu(struct spmc *s, unsigned i)
{
    struct vcpu *v = &s->vcpus[i];

    v->regs = shared.vcpus[i].regs;
    v->special &= (uint8_t)~SPECIAL_FRESH;
    v->exception = shared.vcpus[i].exception;
    if (is_idle(s, i)) {
        v->model = MODEL_NONE;
        v->masked = false;
        v->cpu = 0;
    }
    if (v->state == VCPU_OFF || v->state == VCPU_ABORTED)
        v->lines = 0, v->pending = v->enabled = v->by_fiq = v->in_service = 0;
    if (v->state == VCPU_ABORTED && is_idle(s, i) && !is_owed(s, v))
        v->caller = v->callee = NO_VCPU;
    if (v->model != MODEL_DIRECT && v->model != MODEL_POWER && held_by(s, i) < HELD_FIRST) {
        v->requester = 0;
        v->extended = false;
        v->response_w2 = 0;
    }
    if (v->state == VCPU_OFF || v->state == VCPU_ABORTED)
        v->attended = false;
    v->home = 0; /* nobody has a timer */
    set_held(s, i, held_by(s, i));
}

/* What is due is due now. */
static void canonicalize_restart(struct partition *p)
{
    if (p->restart_due != NEVER)
        p->restart_due = port_model.now;
    else
        p->restart_cpu = 0;
    if (p->state != PARTITION_RESTARTING)
        p->restored = 0;
}

void state_canonicalize(struct spmc *s)
{
    for (unsigned i = 0; i < CONTEXTS; i++)
        canonicalize_vcpu(s, i);
    for (unsigned i = 0; i < CONTEXTS; i++)
        s->vcpus[i].deadline = deadline_of(s, &s->vcpus[i]);
    for (unsigned i = 0; i < PARTITION_MAX; i++) {
        canonicalize_restart(&s->partitions[i]);
        s->partitions[i].paid = 0;
        s->partitions[i].interrupt_total = 0;
    }
    for (unsigned i = 0; i < CPU_MAX; i++) {
        struct cpu *cpu = &s->cpus[i];
        cpu->normal = shared.cpus[i].normal;
        if (cpu->entry == ENTRY_NONE || cpu->entry == ENTRY_NORMAL_CALL) {
            cpu->starting = 0;
            cpu->denied = false;
        }
        cpu->since = since_of(cpu);
        if (cpu->alarm != NEVER)
            cpu->alarm = port_model.now;
    }
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        s->partitions[i].calls = s->partitions[i].aborts = 0;
    if (s->vms[0].mailbox.state == MAILBOX_UNMAPPED)
        s->vms[0].id = 0;
}

static struct packed_partition pack_endpoint(const struct endpoint *e, uint8_t state)
{
    return (struct packed_partition){
        .state = state,
        .version = (uint8_t)e->version,
        .locked = e->version_locked,
        .mailbox = (uint8_t)e->mailbox.state,
    };
}

static void pack_restart(struct packed_partition *to, const struct partition *p)
{
    to->restart = p->restart & 3;
    to->due = p->restart_due != NEVER;
    to->due_cpu = p->restart_cpu & 1;
    to->restored = p->restored / PAGE_BYTES & 15;
    to->deaths = p->recent_deaths & 15;
    to->restarts = p->restarts & 15;
}

static void unpack_restart(struct partition *p, const struct packed_partition *from)
{
    p->restart = from->restart;
    p->restart_due = from->due ? port_model.now : NEVER;
    p->restart_cpu = from->due_cpu;
    p->restored = from->restored * PAGE_BYTES;
    p->recent_deaths = from->deaths;
    p->restarts = from->restarts;
}

/* ---- Notifications ---- */

enum { BOUND = 1, PER_VCPU = 2, GLOBAL = 4, GLOBAL_TOLD = 8, FIRST_VCPU = 16 };

static uint8_t pack_bits(const struct notifications *n)
{
    unsigned bits = (n->bound ? BOUND : 0) | (n->per_vcpu ? PER_VCPU : 0) |
                    (n->global.set ? GLOBAL : 0) | (n->global.told ? GLOBAL_TOLD : 0);

    for (unsigned i = 0; i < NOTIFY_VCPU_MAX; i++)
        bits |= (n->vcpu[i].set ? 1U : 0) << (4 + 2 * i) | (n->vcpu[i].told ? 2U : 0)
                                                               << (4 + 2 * i);
    return (uint8_t)bits;
}

/* Of notification 0: its partition, or 0. */
static uint16_t partition_bound(const struct notifications *n)
{
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        if (n->of[i] != 0)
            return (uint16_t)WORLD_ID(i);
    return 0;
}

static void unpack_bits(struct notifications *n, unsigned world, unsigned bits, uint16_t sender)
{
    n->bound = bits & BOUND ? 1 : 0;
    n->per_vcpu = bits & PER_VCPU ? 1 : 0;
    n->global = (struct pending){bits & GLOBAL ? 1 : 0, bits & GLOBAL_TOLD ? 1 : 0};
    if (world == FROM_NORMAL)
        n->sender[0] = sender;
    else if (sender != 0)
        n->of[sender - WORLD_ID(0)] = 1;
    for (unsigned i = 0; i < NOTIFY_VCPU_MAX; i++)
        n->vcpu[i] = (struct pending){bits >> (4 + 2 * i) & 1, bits >> (5 + 2 * i) & 1};
}

/* RX is full: of a partition's message, of the hypervisor's. */
static unsigned pack_framework(uint64_t bits)
{
    return (bits & NOTIFY_RX_FULL_BY_SPMC ? 1U : 0) |
           (bits & NOTIFY_RX_FULL_BY_HYPERVISOR ? 2U : 0);
}

static uint64_t unpack_framework(unsigned bits)
{
    return (bits & 1 ? NOTIFY_RX_FULL_BY_SPMC : 0) | (bits & 2 ? NOTIFY_RX_FULL_BY_HYPERVISOR : 0);
}

static struct packed_receiver pack_receiver(const struct receiver *r)
{
    unsigned framework = pack_framework(r->framework.set) | pack_framework(r->framework.told) << 4;
    struct packed_receiver to = {.framework = (uint8_t)framework, .vcpus = (uint8_t)r->vcpu_count};

    for (unsigned i = 0; i < SENDER_WORLDS; i++) {
        to.bits[i] = pack_bits(&r->from[i]);
        to.sender[i] = i == FROM_NORMAL ? r->from[i].sender[0] : partition_bound(&r->from[i]);
    }
    return to;
}

/* What its scheduler was not told follows from the rest. */
static void unpack_receiver(struct spmc *s, unsigned number, const struct packed_receiver *from)
{
    struct receiver *r = &s->receivers[number];

    r->framework = (struct pending){unpack_framework(from->framework),
                                    unpack_framework(from->framework >> 4U)};
    r->vcpu_count = from->vcpus;
    for (unsigned i = 0; i < SENDER_WORLDS; i++)
        unpack_bits(&r->from[i], i, from->bits[i], from->sender[i]);
    for (unsigned i = 0; i < NOTIFY_VCPU_MAX; i++)
        notify_news(s, r, i);
}

/* ---- Whole states ---- */

void state_pack(struct packed *to, const struct spmc *s, uint32_t kicks)
{
    memset(to, 0, sizeof(*to));
    for (unsigned i = 0; i < CONTEXTS; i++) {
        const struct vcpu *v = &s->vcpus[i];
        to->vcpu[i] = (struct packed_vcpu){
            .state = (uint8_t)v->state,
            .model = (uint8_t)v->model,
            .cpu = v->cpu,
            .masked = v->masked & 3,
            .extended = v->extended,
            .attended = v->attended,
            .held = held_by(s, i) & 7,
            .response = (uint8_t)v->response_w2,
            .caller = (int8_t)v->caller,
            .callee = (int8_t)v->callee,
            .requester = v->requester,
            .lines = v->lines,
            .pending = (uint8_t)v->pending,
            .enabled = (uint8_t)v->enabled,
            .by_fiq = (uint8_t)v->by_fiq,
            .in_service = (uint8_t)v->in_service,
        };
    }
    for (unsigned i = 0; i < PARTITION_MAX; i++) {
        const struct partition *p = &s->partitions[i];
        to->partition[i] = pack_endpoint(&p->endpoint, (uint8_t)p->state);
        to->partition[i].target = p->interrupts[SLOT_DEVICES].cpu;
        to->partition[i].enabled = (uint8_t)p->shared_enabled;
        pack_restart(&to->partition[i], p);
    }
    for (unsigned i = 0; i <= PARTITION_MAX; i++)
        to->receiver[i] = pack_receiver(&s->receivers[i]);
    to->partition[PARTITION_MAX] = pack_endpoint(&s->normal, 0);
    for (unsigned i = 0; i < CPU_MAX; i++) {
        const struct cpu *c = &s->cpus[i];
        to->cpu[i] = (struct packed_cpu){
            (uint8_t)c->entry, (int8_t)c->current, (int8_t)c->interrupted, c->starting, c->online,
            c->denied,         c->chores,          c->alarm != NEVER};
    }
    to->kicks = (uint16_t)kicks;
    to->vm = (uint16_t)s->vms[0].mailbox.state;
}

static void unpack_mailbox(struct mailbox *m, unsigned state, uint64_t tx, uint64_t rx)
{
    if (state != MAILBOX_UNMAPPED)
        *m = (struct mailbox){(enum mailbox_state)state, 1, tx, rx};
}

static void unpack_endpoint(struct endpoint *e, const struct packed_partition *p, uint64_t tx,
                            uint64_t rx)
{
    e->version = FFA_VERSION_1_0 | p->version;
    e->version_locked = p->locked;
    unpack_mailbox(&e->mailbox, p->mailbox, tx, rx);
}

static void unpack_vcpu(struct vcpu *v, const struct packed_vcpu *p)
{
    v->state = (enum vcpu_state)p->state;
    v->model = (enum runtime_model)p->model;
    v->cpu = p->cpu;
    v->masked = p->masked;
    v->caller = p->caller;
    v->callee = p->callee;
    v->requester = p->requester;
    v->extended = p->extended;
    v->attended = p->attended;
    v->response_w2 = p->response != 0 ? FFA_FRAMEWORK_MESSAGE | p->response : 0;
    v->lines = p->lines;
    v->pending = p->pending;
    v->enabled = p->enabled;
    v->by_fiq = p->by_fiq;
    v->in_service = p->in_service;
}

/* ---- Pages in use, which the ledger and the tables remember, are those of mailboxes ---- */

static bool is_taken(struct spmc *s, const struct partition *p, uint64_t page)
{
    if (p != NULL)
        return stage2_entry(s, p, SPACE_SECURE, page) & ENTRY_MAILBOX;
    uint64_t number = (page - s->normal_memory.range[0].base) / PAGE_BYTES;
    return s->memory->taken[number / 64] >> number % 64 & 1;
}

static void set_taken(struct spmc *s, const struct partition *p, uint64_t page, bool taken)
{
    if (is_taken(s, p, page) == taken)
        return;
    if (taken)
        memory_take_buffer(s, p, page, 1, MAP_READ);
    else
        memory_give_buffer(s, p, page, 1);
}

static void set_mailbox(struct spmc *s, const struct partition *p, const struct mailbox *m,
                        uint64_t tx, uint64_t rx)
{
    set_taken(s, p, tx, m->state != MAILBOX_UNMAPPED);
    set_taken(s, p, rx, m->state != MAILBOX_UNMAPPED);
}

void state_set_pages(struct spmc *s)
{
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        set_mailbox(s, &s->partitions[i], &s->partitions[i].endpoint.mailbox, WORLD_TX(i),
                    WORLD_RX(i));
    set_mailbox(s, NULL, &s->normal.mailbox, WORLD_NORMAL_TX, WORLD_NORMAL_RX);
    set_mailbox(s, NULL, &s->vms[0].mailbox, WORLD_VM_TX(STATE_VM), WORLD_VM_RX(STATE_VM));
}

void state_unpack(struct spmc *s, const struct packed *from)
{
    memcpy(s, &shared, offsetof(struct spmc, held));
    for (unsigned i = 0; i < CONTEXTS; i++)
        unpack_vcpu(&s->vcpus[i], &from->vcpu[i]);
    for (unsigned i = 0; i < CONTEXTS; i++)
        s->vcpus[i].deadline = deadline_of(s, &s->vcpus[i]);
    for (unsigned i = 0; i < CONTEXTS; i++)
        set_held(s, i, from->vcpu[i].held);
    for (unsigned i = 0; i < PARTITION_MAX; i++) {
        s->partitions[i].state = (enum partition_state)from->partition[i].state;
        s->partitions[i].interrupts[SLOT_DEVICES].cpu = from->partition[i].target;
        s->partitions[i].shared_enabled = from->partition[i].enabled;
        unpack_restart(&s->partitions[i], &from->partition[i]);
        unpack_endpoint(&s->partitions[i].endpoint, &from->partition[i], WORLD_TX(i), WORLD_RX(i));
    }
    for (unsigned i = 0; i <= PARTITION_MAX; i++)
        unpack_receiver(s, i, &from->receiver[i]);
    unpack_endpoint(&s->normal, &from->partition[PARTITION_MAX], WORLD_NORMAL_TX, WORLD_NORMAL_RX);
    unpack_mailbox(&s->vms[0].mailbox, from->vm, WORLD_VM_TX(STATE_VM), WORLD_VM_RX(STATE_VM));
    s->vms[0].id = from->vm != MAILBOX_UNMAPPED ? STATE_VM : 0;
    for (unsigned i = 0; i < CPU_MAX; i++) {
        s->cpus[i].entry = (enum entry)from->cpu[i].entry;
        s->cpus[i].current = from->cpu[i].current;
        s->cpus[i].interrupted = from->cpu[i].interrupted;
        s->cpus[i].starting = from->cpu[i].starting;
        s->cpus[i].since = since_of(&s->cpus[i]);
        s->cpus[i].denied = from->cpu[i].denied;
        s->cpus[i].online = from->cpu[i].online;
        s->cpus[i].chores = from->cpu[i].chores;
        s->cpus[i].alarm = from->cpu[i].alarm ? port_model.now : NEVER;
    }
    state_set_pages(s);
}
