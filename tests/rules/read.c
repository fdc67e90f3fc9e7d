/* SPDX-License-Identifier: BSD-3-Clause */
/* The abstraction: what of the core's state the rules are about. */
#include "rules/read.h"

#include <string.h>

#include "core/device.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/stage2.h"
#include "rules/memory_read.h"
#include "support/port_model.h"

/* ---- States ---- */

static const uint8_t runs[VCPU_STATES] = {
    [VCPU_OFF] = IS_OFF,         [VCPU_WAITING] = IS_WAITING,     [VCPU_RUNNING] = IS_RUNNING,
    [VCPU_BLOCKED] = IS_BLOCKED, [VCPU_PREEMPTED] = IS_PREEMPTED, [VCPU_INTERRUPTED] = IS_SUSPENDED,
    [VCPU_ABORTED] = IS_ENDED};
static const uint8_t models[MODELS] = {
    [MODEL_NONE] = FOR_NOTHING,   [MODEL_INIT] = FOR_START,  [MODEL_RUN] = FOR_RUN,
    [MODEL_DIRECT] = FOR_REQUEST, [MODEL_POWER] = FOR_POWER, [MODEL_INTERRUPT] = FOR_INTERRUPT};
static const uint8_t lives[] = {
    [PARTITION_ABSENT] = IS_ABSENT,     [PARTITION_LOADED] = IS_LOADED,
    [PARTITION_STARTING] = IS_STARTING, [PARTITION_LIVE] = IS_LIVE,
    [PARTITION_ABORTED] = IS_DEAD,      [PARTITION_RESTARTING] = IS_RESTORED};
static const uint8_t boxes[] = {[MAILBOX_UNMAPPED] = RX_NONE,
                                [MAILBOX_EMPTY] = RX_EMPTY,
                                [MAILBOX_FULL] = RX_FULL,
                                [MAILBOX_HELD] = RX_HELD};
static const uint8_t doors[ENTRIES] = {
    [ENTRY_NONE] = DOOR_NONE,         [ENTRY_COLD_INIT] = DOOR_BOOT,
    [ENTRY_WARM_INIT] = DOOR_ON,      [ENTRY_NORMAL_CALL] = DOOR_CALL,
    [ENTRY_FRAMEWORK] = DOOR_MESSAGE, [ENTRY_SECURE_INTERRUPT] = DOOR_INTERRUPT};

static int8_t who(vcpu_ref ref)
{
    return (int8_t)(ref >= 0              ? ref
                    : ref == NORMAL_WORLD ? THE_WORLD
                    : ref == THE_SPMC     ? THE_SPM
                                          : NO_ONE);
}

static void read_context(struct context *c, const struct vcpu *v, const struct spmc *s)
{
    *c = (struct context){.run = runs[v->state],
                          .model = models[v->model],
                          .cpu = v->cpu,
                          .keeps = v->masked,
                          .giver = who(v->caller),
                          .waits_for = who(v->callee),
                          .second = v->extended,
                          .owed = v->attended,
                          .requester = v->requester,
                          .response = v->response_w2,
                          .pending = v->pending,
                          .enabled = v->enabled,
                          .by_fiq = v->by_fiq,
                          .serving = v->in_service,
                          .home = v->home,
                          .looked_at = s->cpus[v->home].alarm <= s->partitions[v->partition].paid};
}

static struct box read_box(const struct mailbox *m)
{
    return (struct box){boxes[m->state], m->pages, m->tx, m->rx};
}

static struct endpoint_facts read_endpoint(const struct endpoint *e)
{
    return (struct endpoint_facts){.id = e->id,
                                   .version = e->version,
                                   .fixed = e->version_locked,
                                   .tells_ns = e->wants_ns_bit,
                                   .box = read_box(&e->mailbox)};
}

static void read_member(struct member *m, const struct partition *p)
{
    m->is = read_endpoint(&p->endpoint);
    m->life = lives[p->state];
    m->contexts = p->context_count;
    m->action = p->ns_action;
    m->keeps = p->mask;
    m->s_el0 = p->s_el0;
    m->told_of_off = p->wants_cpu_off;
    m->exit_by_irq = p->managed_exit_irq;
    m->comes_back = p->restart != RESTART_NEVER;
    m->came_back = p->restarts != 0;
    m->may_handle = device_earliest(p) <= port_model.now;
    m->properties = p->properties;
    m->shared_enabled = p->shared_enabled;
    m->shared_fiq = p->shared_fiq;
    m->uuids = p->uuid_count;
    m->lines = p->interrupt_count;
    memcpy(m->uuid, p->uuid, p->uuid_count * sizeof(p->uuid[0]));
    for (unsigned i = 0; i < p->interrupt_count; i++)
        m->line[i] = (struct line){.number = p->interrupts[i].intid,
                                   .priority = p->interrupts[i].priority,
                                   .per_cpu = p->interrupts[i].per_cpu,
                                   .off = p->interrupts[i].off,
                                   .target = p->interrupts[i].target,
                                   .first_target = p->interrupts[i].first_target};
    m->from = p->load;
    m->size = p->size;
    m->second_entry = p->secondary_entry;
    m->first_entry = p->entry;
    if (p->rx_region != 0 && p->tx_region != 0) {
        const struct region *rx = &p->regions[p->rx_region - 1];
        m->first_box = (struct box){RX_EMPTY, (uint32_t)(rx->size / PAGE_BYTES),
                                    p->regions[p->tx_region - 1].base, rx->base};
    }
    m->first_version = p->first_version;
    memcpy(m->name, p->name, sizeof(m->name));
    m->restarts = p->restarts;
    m->deaths = p->aborts;
    m->requests = p->calls;
    m->interrupts = p->interrupt_total;
    m->held_back = p->held_count;
}

static void read_senders(struct board *b, const struct spmc *s, const struct notifications *n)
{
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        for (uint64_t bits = n->of[i]; bits != 0; bits &= bits - 1)
            b->sender[__builtin_ctzll(bits)] = s->partitions[i].endpoint.id;
}

static void read_board(struct board *b, const struct spmc *s, const struct notifications *n,
                       unsigned world)
{
    b->bound = n->bound;
    b->per_vcpu = n->per_vcpu;
    b->global = (struct news){n->global.set, n->global.told};
    for (unsigned i = 0; i < NOTIFY_VCPU_MAX; i++)
        b->vcpu[i] = (struct news){n->vcpu[i].set, n->vcpu[i].told};
    if (world == FROM_PARTITIONS)
        read_senders(b, s, n);
    else if (n->bound != 0)
        memcpy(b->sender, n->sender, sizeof(b->sender));
}

static void read_place(struct seat *p, const struct cpu *cpu)
{
    *p = (struct seat){.door = doors[cpu->entry],
                       .next = cpu->starting,
                       .online = cpu->online,
                       .late = port_model.now - cpu->since >= HANDLER_BURST_MS * MODEL_TICKS_PER_MS,
                       .denied = cpu->denied,
                       .tell_late = (cpu->chores & CHORE_SCHEDULE_RECEIVER) != 0,
                       .runs = who(cpu->current),
                       .behind = who(cpu->interrupted)};
}

static void read_restarts(struct book *b, const struct spmc *s)
{
    for (unsigned i = 0; i < s->partition_count; i++)
        b->member[i].memory_is_back =
            partition_is_dead(&s->partitions[i]) && memory_is_home(s, &s->partitions[i]);
    for (unsigned i = 0; i < s->partition_count * CPU_MAX; i++)
        memcpy(b->held[i], s->held[i].x, sizeof(b->held[i]));
}

void read_book(struct book *b, const struct spmc *s)
{
    memset(b, 0, sizeof(*b));
    b->spmc = s->id;
    b->members = s->partition_count;
    b->cpus = s->cpu_count;
    b->logical = s->logical;
    b->tells_trace = s->trace_is_told;
    memcpy(b->order, s->boot_order, sizeof(b->order));
    b->world = read_endpoint(&s->normal);
    for (unsigned i = 0; i < s->partition_count; i++)
        read_member(&b->member[i], &s->partitions[i]);
    for (unsigned i = 0; i < s->partition_count * CPU_MAX; i++)
        read_context(&b->context[i], &s->vcpus[i], s);
    read_clocks(b, s);
    if (s->restarts)
        read_restarts(b, s);
    for (unsigned i = s->partition_count * CPU_MAX; i < BOOK_CONTEXTS; i++)
        b->context[i].giver = b->context[i].waits_for = NO_ONE;
    for (unsigned i = 0; i < CPU_MAX; i++)
        read_place(&b->place[i], &s->cpus[i]);
    for (unsigned i = 0; i < VM_MAX; i++) {
        b->vm[i].id = s->vms[i].id;
        b->vm[i].box = read_box(&s->vms[i].mailbox);
    }
    for (unsigned i = 0; i < BOOK_RECEIVERS; i++) {
        const struct receiver *from = &s->receivers[i];
        struct reader *to = &b->reader[i];
        to->id = from->id;
        to->vcpus = from->vcpu_count;
        to->framework = (struct news){from->framework.set, from->framework.told};
        read_board(&to->from[0], s, &from->from[FROM_PARTITIONS], FROM_PARTITIONS);
        read_board(&to->from[1], s, &from->from[FROM_NORMAL], FROM_NORMAL);
    }
}

static bool is_behind(const struct book *b, unsigned context)
{
    for (unsigned i = 0; i < CPU_MAX; i++)
        if (b->place[i].behind == (int)context)
            return true;
    return false;
}

static void settle_context(const struct book *b, struct context *c, unsigned number)
{
    bool unlinked = c->giver < 0 && c->waits_for < 0 && !is_behind(b, number);

    c->home = 0;
    c->looked_at = false;
    if (c->run == IS_OFF || c->run == IS_ENDED)
        c->pending = c->enabled = c->by_fiq = 0;
    c->by_fiq &= c->enabled;
    if (c->run == IS_ENDED)
        c->owed = false, c->serving = 0;
    if (c->run == IS_OFF || c->run == IS_WAITING || (c->run == IS_ENDED && unlinked))
        c->model = c->cpu = c->keeps = 0;
    if (c->model != FOR_REQUEST && c->model != FOR_POWER) {
        c->requester = 0;
        c->second = false;
        c->response = 0;
    }
}

/* By id, those without a bitmap last: which place a VM has is nobody's matter. */
static bool comes_before(const struct reader *a, const struct reader *b)
{
    return a->vcpus != 0 && (b->vcpus == 0 || a->id < b->id);
}

static void settle_vms(struct book *b)
{
    for (unsigned i = BOOK_WORLD + 2; i < BOOK_RECEIVERS; i++)
        for (unsigned j = i; j > BOOK_WORLD + 1 && comes_before(&b->reader[j], &b->reader[j - 1]);
             j--) {
            struct reader other = b->reader[j];
            b->reader[j] = b->reader[j - 1];
            b->reader[j - 1] = other;
        }
    for (unsigned i = 0; i < VM_MAX; i++)
        if (b->vm[i].box.rx == RX_NONE)
            b->vm[i].id = 0;
}

void settle_book(struct book *b)
{
    for (unsigned i = 0; i < BOOK_CONTEXTS; i++) {
        settle_context(b, &b->context[i], i);
        settle_clocks(b, i);
    }
    for (unsigned i = 0; i < CPU_MAX; i++) {
        struct seat *p = &b->place[i];
        p->late = false;
        if (p->door != DOOR_MESSAGE)
            p->denied = false;
        if (p->door != DOOR_MESSAGE && p->door != DOOR_BOOT && p->door != DOOR_ON)
            p->next = 0;
    }
    settle_vms(b);
    for (unsigned i = 0; i < BOOK_CONTEXTS; i++) {
        const struct context *c = &b->context[i];
        bool waits = c->giver >= 0 || c->giver == THE_WORLD;
        bool restored = b->member[i / CPU_MAX].life == IS_RESTORED && c->run != IS_OFF;
        if (!waits || !(restored || c->model == FOR_START))
            memset(b->held[i], 0, sizeof(b->held[i]));
    }
    for (unsigned i = 0; i < b->members; i++)
        b->member[i].may_handle = false;
    b->world.fixed = false;
}

/* ---- What happens ---- */

/* Of those that are to come back on this CPU, the first whose time has come. */
static int first_return(const struct spmc *s, unsigned cpu)
{
    int first = NO_ONE;

    for (unsigned i = 0; s->restarts && i < s->partition_count; i++) {
        const struct partition *p = &s->partitions[i];
        if (p->restart_cpu == cpu && p->restart_due <= port_model.now &&
            (first < 0 || p->restart_due < s->partitions[first].restart_due))
            first = (int)i;
    }
    return first;
}

/* All of its memory is new: the package, and regions that Bulkhead allocated. */
static bool is_last_piece(const struct partition *p)
{
    uint64_t size = p->size;

    for (unsigned i = 0; i < p->region_count; i++)
        size += p->regions[i].allocated ? p->regions[i].size : 0;
    return p->restored >= size;
}

/* A page is read from the copy, or is zero, and is written; last the boot information is. */
static bool fails(const struct partition *p, bool last)
{
    bool reads = !last && p->restored < p->copy_size;

    return (reads && port_model.copies_in_until_fault == 0) ||
           ((!last || p->wants_boot_info) && port_model.copies_out_until_fault == 0);
}

#define STATUS(status) (1U << -(status))

static bool is_normal(const struct spmc *s, uint64_t page)
{
    for (unsigned i = 0; i < s->normal_memory.count; i++) {
        const struct range *range = &s->normal_memory.range[i];
        if (page >= range->base && page - range->base <= range->size - PAGE_BYTES)
            return true;
    }
    return false;
}

/* Why a page cannot be part of TX (RX) of its caller. */
static uint32_t page_refusals(const struct spmc *s, const struct partition *p, uint64_t page,
                              bool writes)
{
    uint64_t want = ENTRY_VALID | ENTRY_MEMORY | ENTRY_READ | (writes ? ENTRY_WRITE : 0), entry;

    if (p == NULL) {
        uint64_t at = (page - s->normal_memory.range[0].base) / PAGE_BYTES;
        return is_normal(s, page) && at < s->memory->normal_pages &&
                       !(s->memory->taken[at / 64] >> at % 64 & 1)
                   ? 0
                   : STATUS(FFA_DENIED);
    }
    if (page >> 36 != 0)
        return STATUS(FFA_INVALID_PARAMETERS);
    entry = stage2_entry(s, p, stage2_space_with(s, p, page), page);
    if ((entry & want) != want)
        return STATUS(FFA_INVALID_PARAMETERS);
    return entry & ENTRY_USE ? STATUS(FFA_DENIED) : 0;
}

static uint32_t buffer_refusals(const struct spmc *s, const struct partition *p, uint64_t tx,
                                uint64_t rx, uint64_t pages)
{
    uint32_t all = 0;

    for (uint64_t i = 0; i < (pages < 64 ? pages : 64); i++)
        all |= page_refusals(s, p, tx + i * PAGE_BYTES, false) |
               page_refusals(s, p, rx + i * PAGE_BYTES, true);
    return all;
}

/* From TX as it is now; zero where there is no memory. */
static void copy_bytes(void *to, uint64_t from, size_t size)
{
    const void *bytes = port_model_memory(from, size);

    if (bytes != NULL)
        memcpy(to, bytes, size);
}

static void read_forwarded(struct act *a, const struct spmc *s)
{
    const struct mailbox *m = &s->normal.mailbox;
    uint32_t at[2], pages;
    uint64_t first[2];

    if (m->state == MAILBOX_UNMAPPED)
        return;
    copy_bytes(a->descriptor, m->tx, sizeof(a->descriptor));
    memcpy(at, &a->descriptor[4], sizeof(at));
    for (unsigned i = 0; i < 2; i++) {
        if (at[i] <= m->pages * PAGE_BYTES - sizeof(a->composite[i]))
            copy_bytes(a->composite[i], m->tx + at[i], sizeof(a->composite[i]));
        memcpy(&first[i], &a->composite[i][16], sizeof(first[i]));
    }
    memcpy(&pages, a->composite[0], sizeof(pages));
    a->buffer_refusals = buffer_refusals(s, NULL, first[1], first[0], pages);
}

static void read_message(struct act *a, const struct book *b, const struct spmc *s,
                         const struct partition *p)
{
    const struct endpoint *e = p != NULL ? &p->endpoint : &s->normal;
    uint16_t vm = (uint16_t)((uint32_t)a->x[1] >> 16);
    uint64_t tx = e->mailbox.tx;

    for (unsigned i = 0; p == NULL && vm != 0 && i < VM_MAX; i++)
        if (b->vm[i].box.rx != RX_NONE && b->vm[i].id == vm)
            tx = b->vm[i].box.tx_at;
    /* A header of an older version ends before the UUID. */
    copy_bytes(&a->header, tx, e->version >= FFA_VERSION_1_2 ? 40 : 20);
}

static void read_call(struct act *a, const struct book *b, const struct spmc *s)
{
    vcpu_ref current = s->cpus[a->cpu].current;
    const struct partition *p = current >= 0 ? &s->partitions[s->vcpus[current].partition] : NULL;
    uint32_t function = (uint32_t)a->x[0] & ~(uint32_t)FFA_SVE_HINT;

    a->writes_fail = port_model.copies_out_until_fault != MODEL_NEVER;
    a->copies_fail = port_model.copies_in_until_fault != MODEL_NEVER || a->writes_fail;
    if (function == FFA_RXTX_MAP_64 && p == NULL && (a->x[1] | a->x[2] | (uint32_t)a->x[3]) == 0)
        read_forwarded(a, s);
    else if (function == FFA_RXTX_MAP_64)
        a->buffer_refusals = buffer_refusals(s, p, a->x[1], a->x[2], (uint32_t)a->x[3]);
    else if (function == FFA_MSG_SEND2)
        read_message(a, b, s, p);
    else if (s->logical)
        read_question(a, s);
}

static void read_kind(struct act *a, const struct book *b, const struct spmc *s,
                      enum event_kind kind, uint32_t intid)
{
    switch (kind) {
    case EVENT_KICK:
    case EVENT_TIMER:
        a->what = COMES_LOOK;
        a->due = first_due(s, b, a->cpu);
        a->returns = first_return(s, a->cpu);
        break;
    case EVENT_INTERRUPT:
        a->what = COMES_DEVICE;
        a->number = intid;
        break;
    default:
        a->what = COMES_NOTHING;
        break;
    }
}

void read_act(struct act *a, const struct book *b, const struct spmc *s, unsigned cpu,
              const struct event *event)
{
    const struct regs *regs = b->place[cpu].runs >= 0 && event->kind != EVENT_SPMD
                                  ? &s->vcpus[b->place[cpu].runs].regs
                                  : &s->cpus[cpu].normal;

    memset(a, 0, sizeof(*a));
    a->cpu = cpu;
    memcpy(a->x, regs->x, sizeof(a->x));
    a->can_take = event->deliverable;
    a->returns = NO_ONE;
    switch (event->kind) {
    case EVENT_COLD_BOOT:
        a->what = COMES_BOOT;
        break;
    case EVENT_CPU_ON:
        a->what = COMES_ON;
        break;
    case EVENT_SPMD:
        a->what = COMES_ENTRY;
        a->by_spmd = ((uint32_t)a->x[0] & ~(uint32_t)FFA_SVE_HINT) == FFA_INTERRUPT;
        if (a->by_spmd)
            read_kind(a, b, s, event->cause, event->intid);
        else
            read_call(a, b, s);
        break;
    case EVENT_CALL:
        a->what = COMES_CALL;
        read_call(a, b, s);
        break;
    case EVENT_NORMAL_INTERRUPT:
        a->what = COMES_NORMAL_INTERRUPT;
        break;
    case EVENT_DEADLINE:
        a->what = COMES_DEADLINE;
        break;
    case EVENT_AGAIN:
        a->what = COMES_PIECE;
        a->last = is_last_piece(&s->partitions[b->place[cpu].runs / CPU_MAX]);
        a->fails = fails(&s->partitions[b->place[cpu].runs / CPU_MAX], a->last);
        break;
    case EVENT_TIMER_ACCESS:
        read_access(a, regs, event->esr);
        break;
    case EVENT_ABORT:
    case EVENT_TRAP:
        a->what = COMES_FAULT;
        break;
    case EVENT_SERROR:
        a->what = COMES_END;
        break;
    default:
        read_kind(a, b, s, event->kind, event->intid);
        break;
    }
}
