/* SPDX-License-Identifier: BSD-3-Clause */
/* All that may happen next in a memory search: calls, right ones and wrong ones, and deaths. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "explore/memory.h"
#include "rules/check.h"
#include "support/port_model.h"
#include "support/world.h"

#define s memory_world
#define PC 0x1000
#define ACTS_MAX 320
#define TAG 0x7a6
#define RETRIEVE_CODE (FFA_ACCESS_NX | FFA_ACCESS_X)

struct act acts[ACTS_MAX];
unsigned act_count;

static const char *const names[] = {"up", "mp", "queued", "NWd"};
static const char *const kinds[] = {"", "SHARE", "LEND", "DONATE"};

uint32_t context_of(const struct act *a)
{
    return a->who == NORMAL ? 0 : a->who * CPU_MAX + a->context;
}

uint32_t bytes_of_send(unsigned borrowers, unsigned ranges)
{
    return (
        uint32_t)(sizeof(struct ffa_memory_header) + borrowers * sizeof(struct ffa_memory_access) +
                  sizeof(struct ffa_memory_composite) + ranges * sizeof(struct ffa_memory_range));
}

/* ---- The list ---- */

static struct act *add(enum deed deed, unsigned who, unsigned context, const char *format, ...)
{
    struct act *a = &acts[act_count++];
    va_list args;
    int n;

    *a = (struct act){.deed = (uint8_t)deed, .who = (uint8_t)who, .context = (uint8_t)context};
    n = snprintf(a->name, sizeof(a->name), "%s%s: ", names[who], context != 0 ? ":1" : "");
    va_start(args, format);
    vsnprintf(a->name + n, sizeof(a->name) - (size_t)n, format, args);
    va_end(args);
    return a;
}

/* Who comes after: partitions in a circle, the first after the Normal world. */
static uint8_t next_of(unsigned who, unsigned steps)
{
    return (uint8_t)((who == NORMAL ? 0 : who + steps) % PARTITION_MAX);
}

static void set_borrowers(struct act *a, enum to to)
{
    a->count = to == TO_BOTH ? 2 : 1;
    a->borrower[0] = to == TO_SELF ? a->who : next_of(a->who, to == TO_LAST ? 2 : 1);
    a->borrower[1] = a->who == NORMAL ? 1 : next_of(a->who, 2);
}

static void list_send(const struct send *send, unsigned who, unsigned context, unsigned page)
{
    static const char *const words[] = {"the next", "the last", "both", "itself"};
    struct act *a =
        add(SEND, who, context, "%s page %u to %s%s%s", kinds[send->kind], page, words[send->to],
            send->data == FFA_ACCESS_RO ? ", read-only" : "", send->zero ? ", zeroed" : "");
    size_t n = strlen(a->name);

    a->kind = send->kind;
    a->permissions = send->data;
    a->zero = send->zero;
    a->said = send->said;
    a->first = send->first;
    a->page[0] = (uint8_t)page;
    a->page[1] = send->second;
    set_borrowers(a, send->to);
    if (send->said > 1)
        snprintf(a->name + n, sizeof(a->name) - n, ", and %u, of which %u now", send->second,
                 send->first);
}

/* Of one range for each page; beside those of two ranges, of the second page alone. */
static void list_sends(const struct memory_scope *scope, unsigned who, unsigned context)
{
    for (const struct send *send = scope->sends; send->kind != 0; send++) {
        bool both = send->said > 1;
        unsigned first = !both && scope->with & WITH_PARTS ? 1 : 0;
        if (who == NORMAL && send->to == TO_SELF)
            continue;
        for (unsigned g = first; g < (both ? 1U : WATCHED); g++)
            list_send(send, who, context, g);
    }
}

static void list_retrievals(const struct memory_scope *scope, unsigned who, unsigned context,
                            unsigned slot)
{
    bool always = scope->with & WITH_DEATHS && scope->with & WITH_CLEANING;
    struct act *a =
        add(RETRIEVE, who, context, "RETRIEVE_REQ of %u%s", slot, always ? ", cleaned after" : "");

    a->slot = (uint8_t)slot;
    a->permissions = FFA_ACCESS_NX;
    a->zero = always;
    if (slot != STALE && scope->with & WITH_CHOICES) {
        a = add(RETRIEVE, who, context, "RETRIEVE_REQ of %u, read-only", slot);
        a->slot = (uint8_t)slot;
        a->permissions = FFA_ACCESS_RO | FFA_ACCESS_NX;
        a = add(RETRIEVE, who, context, "RETRIEVE_REQ of %u, to write and execute", slot);
        a->slot = (uint8_t)slot;
        a->permissions = FFA_ACCESS_RW | FFA_ACCESS_X;
    }
    if (slot == STALE || always || !(scope->with & WITH_CLEANING))
        return;
    a = add(RETRIEVE, who, context, "RETRIEVE_REQ of %u, cleaned after", slot);
    a->slot = (uint8_t)slot;
    a->permissions = FFA_ACCESS_NX;
    a->zero = true;
}

static void list_named(const struct memory_scope *scope, unsigned who, unsigned context,
                       unsigned slot)
{
    struct act *a;

    for (unsigned zero = 0; zero < 2; zero++) {
        a = add(RECLAIM, who, context, "RECLAIM of %u%s", slot, zero ? ", zeroed" : "");
        a->slot = (uint8_t)slot;
        a->zero = (uint8_t)zero;
        if (who == NORMAL)
            continue;
        a = add(RELINQUISH, who, context, "RELINQUISH of %u%s", slot, zero ? ", zeroed" : "");
        a->slot = (uint8_t)slot;
        a->zero = (uint8_t)zero;
    }
    if (who != NORMAL)
        list_retrievals(scope, who, context, slot);
    else
        add(ASK, who, context, "RETRIEVE_REQ of %u by the hypervisor", slot)->slot = (uint8_t)slot;
    if (!(scope->with & WITH_PARTS))
        return;
    a = add(TELL_MORE, who, context, "FRAG_RX of %u", slot);
    a->slot = (uint8_t)slot;
    a = add(TELL_MORE, who, context, "FRAG_RX of %u from elsewhere", slot);
    a->slot = (uint8_t)slot;
    a->again = true;
    for (unsigned g = 0; g < WATCHED; g++) {
        a = add(SEND_MORE, who, context, "FRAG_TX of %u: page %u", slot, g);
        a->slot = (uint8_t)slot;
        a->said = a->first = 1;
        a->page[0] = (uint8_t)g;
    }
    a = add(SEND_MORE, who, context, "FRAG_TX of %u: both pages", slot);
    a->slot = (uint8_t)slot;
    a->said = a->first = 2;
    a->page[1] = 1;
}

static void list_all_of(const struct memory_scope *scope, unsigned who, unsigned context)
{
    list_sends(scope, who, context);
    for (unsigned slot = 0; slot < TRANSACTION_MAX; slot++)
        list_named(scope, who, context, slot);
    if (scope->with & WITH_BUSY)
        add(RELEASE, who, context, "RX_RELEASE");
}

void acts_list(const struct memory_scope *scope)
{
    act_count = 0;
    for (unsigned who = 0; who < ENDPOINTS; who++)
        list_all_of(scope, who, 0);
    if (scope->with & WITH_SECOND)
        list_all_of(scope, WORLD_MP, 1);
    list_named(scope, NORMAL, 0, STALE);
    list_named(scope, WORLD_UP, 0, STALE);
    for (unsigned who = 0; scope->with & WITH_DEATHS && who < PARTITION_MAX; who++) {
        add(DIE, who, 0, "FFA_ABORT");
        add(BEGIN_ANEW, who, 0, "a request, and a piece of the restart");
        add(COME_BACK, who, 0, "a request, and the whole restart");
    }
}

/* ---- When ---- */

static bool names_a_slot(const struct act *a)
{
    return a->deed >= SEND_MORE && a->deed <= ASK;
}

bool act_possible(const struct memory_state *state, const struct act *a)
{
    enum partition_state life =
        a->who == NORMAL ? PARTITION_LIVE : (enum partition_state)state->life[a->who];
    enum phase phase = SENT;

    if (a->deed == BEGIN_ANEW || a->deed == COME_BACK)
        return life == PARTITION_ABORTED || (a->deed == COME_BACK && life == PARTITION_RESTARTING);
    if (life != PARTITION_LIVE)
        return false;
    if (names_a_slot(a) && a->slot != STALE)
        phase = (enum phase)state->slot[a->slot].deal.phase;
    return phase != UNUSED;
}

/* ---- Descriptions, written from FF-A's layouts ---- */

static uint16_t id_of(unsigned who)
{
    return who == NORMAL ? 0 : WORLD_ID(who);
}

static uint64_t tx_of(unsigned who)
{
    return who == NORMAL ? WORLD_NORMAL_TX : WORLD_TX(who);
}

static uint64_t address_of(unsigned page)
{
    return page == ELSEWHERE ? WORLD_NORMAL_RX : watched[page].address;
}

static struct ffa_memory_access *put_header(uint8_t *tx, uint16_t sender, unsigned count)
{
    struct ffa_memory_header *h = (void *)tx;

    memset(tx, 0, 256);
    h->sender = sender;
    h->tag = TAG;
    h->access_size = 32;
    h->count = count;
    h->offset = 48;
    return (void *)(tx + 48);
}

static void put_ranges(uint8_t *to, const struct act *a, unsigned count)
{
    for (unsigned i = 0; i < count; i++, to += 16)
        *(struct ffa_memory_range *)(void *)to =
            (struct ffa_memory_range){address_of(a->page[i]), 1, 0};
}

static uint32_t put_send(uint8_t *tx, const struct act *a)
{
    struct ffa_memory_access *e = put_header(tx, id_of(a->who), a->count);
    struct ffa_memory_header *h = (void *)tx;
    uint32_t composite = bytes_of_send(a->count, 0) - 16;

    h->attributes = a->kind == FFA_MEMORY_SHARED ? FFA_MEMORY_USUAL : 0;
    h->flags = a->zero ? FFA_MEMORY_ZERO : 0;
    for (unsigned i = 0; i < a->count; i++)
        e[i] = (struct ffa_memory_access){
            .id = id_of(a->borrower[i]), .permissions = a->permissions, .composite = composite};
    *(struct ffa_memory_composite *)(void *)(tx + composite) =
        (struct ffa_memory_composite){a->said, a->said, 0};
    put_ranges(tx + composite + 16, a, a->said);
    return bytes_of_send(a->count, a->said);
}

/* Right in form for the transaction that it names. */
static uint32_t put_request(uint8_t *tx, const struct act *a, const struct deal *d)
{
    struct ffa_memory_access *e = put_header(tx, id_of(d->who), 1);
    struct ffa_memory_header *h = (void *)tx;
    bool chooses = d->kind != FFA_MEMORY_SHARED && d->count == 1;

    h->handle = handle_of_slot(a->slot);
    h->flags = (d->count > 1 ? FFA_MEMORY_ONE_BORROWER : 0) | (a->zero ? FFA_MEMORY_ZERO_AFTER : 0);
    e[0].id = id_of(a->who);
    e[0].permissions = a->permissions & (chooses ? 0xff : (uint8_t)~RETRIEVE_CODE);
    return 80;
}

static uint32_t put_ask(uint8_t *tx, const struct act *a)
{
    memset(tx, 0, 48);
    ((struct ffa_memory_header *)(void *)tx)->handle = handle_of_slot(a->slot);
    return 48;
}

static void put_relinquish(uint8_t *tx, const struct act *a)
{
    memset(tx, 0, 32);
    *(struct ffa_memory_relinquish *)(void *)tx = (struct ffa_memory_relinquish){
        handle_of_slot(a->slot), a->zero ? FFA_MEMORY_ZERO : 0, 1, {id_of(a->who)}};
}

/* ---- Calls ---- */

/* The rule books judge one of so many steps, as in search.c. */
#ifndef ORACLE_EVERY
#define ORACLE_EVERY 4
#endif

static bool is_judged(void)
{
    static uint64_t steps;

    return ORACLE_EVERY != 0 &&
           (steps++ * 0x9e3779b97f4a7c15 >> 32 & UINT32_MAX) * ORACLE_EVERY >> 32 == 0;
}

static const char *disagrees;

static struct next step(unsigned cpu, enum event_kind kind)
{
    const struct event event = {.kind = kind};
    bool judged = is_judged();
    struct next next;

    if (judged)
        oracle_before(&s, cpu, &event, false);
    next = spmc_step(&s, cpu, &event);
    if (judged && disagrees == NULL)
        disagrees = oracle_after(&s, &next);
    return next;
}

static void set(struct regs *regs, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4)
{
    memset(regs, 0, sizeof(*regs));
    regs->pc = PC;
    regs->x[0] = x0;
    regs->x[1] = x1;
    regs->x[2] = x2;
    regs->x[3] = x3;
    regs->x[4] = x4;
}

static void set_call(struct regs *regs, const struct act *a, const struct deal *d)
{
    static const uint32_t sends[] = {0, FFA_MEM_SHARE_64, FFA_MEM_LEND_32, FFA_MEM_DONATE_64};
    uint8_t *tx = port_model_memory(tx_of(a->who), PAGE_BYTES);
    uint64_t handle = handle_of_slot(a->slot);
    uint32_t length = 0;

    switch (a->deed) {
    case SEND:
        length = put_send(tx, a);
        set(regs, sends[a->kind], length, length - 16U * (a->said - a->first), 0, 0);
        break;
    case SEND_MORE:
        put_ranges(tx, a, a->said);
        set(regs, FFA_MEM_FRAG_TX, handle, 0, 16U * a->said, 0);
        break;
    case RETRIEVE:
    case ASK:
        length = a->deed == ASK ? put_ask(tx, a) : put_request(tx, a, d);
        set(regs, FFA_MEM_RETRIEVE_REQ_64, length, length, 0, 0);
        break;
    case TELL_MORE:
        for (unsigned i = 0; i < d->count; i++)
            length = d->borrower[i].who == a->who ? d->borrower[i].told : length;
        set(regs, FFA_MEM_FRAG_RX, handle, 0, length + a->again * 16U, 0);
        break;
    case RELINQUISH:
        put_relinquish(tx, a);
        set(regs, FFA_MEM_RELINQUISH, 0, 0, 0, 0);
        break;
    case RECLAIM:
        set(regs, FFA_MEM_RECLAIM, handle, 0, a->zero ? FFA_MEMORY_ZERO : 0, 0);
        break;
    case RELEASE:
        set(regs, FFA_RX_RELEASE, 0, 0, 0, 0);
        break;
    default:
        set(regs, FFA_ABORT_32, 0, 0, 0, 0);
        break;
    }
}

/* A partition has its CPU for one call, by FFA_RUN. */
static void begin_stay(struct vcpu *v, unsigned cpu)
{
    v->state = VCPU_RUNNING;
    v->model = MODEL_RUN;
    v->caller = NORMAL_WORLD;
    v->cpu = (uint8_t)cpu;
    s.cpus[cpu].current = v->self;
    s.cpus[cpu].entry = ENTRY_NORMAL_CALL;
}

/* A request of the Normal world finds a dead partition. */
static void request(const struct act *a, struct answer *answer)
{
    struct next next;

    set(&s.cpus[0].normal, FFA_MSG_SEND_DIRECT_REQ_32, WORLD_ID(a->who), 0, 0, 0);
    next = step(0, EVENT_SPMD);
    answer->refused = next.kind != NEXT_AGAIN;
    answer->status = (int32_t)(uint32_t)s.cpus[0].normal.x[2];
    do { /* at least the tables, which come with the first page */
        if (next.kind == NEXT_AGAIN)
            next = step(0, EVENT_AGAIN);
    } while (next.kind == NEXT_AGAIN && a->deed == COME_BACK);
    if (next.kind != NEXT_RUN)
        return;
    set(&next.vcpu->regs, FFA_MSG_WAIT, 0, 0, 0, 0);
    next = step(0, EVENT_CALL);
    set(&next.vcpu->regs, FFA_RXTX_MAP_64, WORLD_TX(a->who), WORLD_RX(a->who), 1, 0);
    next = step(0, EVENT_CALL);
    answer->status = next.vcpu->regs.x[0] == FFA_SUCCESS_32 ? 0 : FFA_ABORTED;
}

void act_do(const struct memory_state *state, const struct act *a, struct answer *answer)
{
    static const struct deal none;
    const struct deal *d = a->slot < TRANSACTION_MAX ? &state->slot[a->slot].deal : &none;
    unsigned cpu = a->who == NORMAL ? 0 : a->context;
    struct vcpu *v = a->who == NORMAL ? NULL : &s.vcpus[context_of(a)];
    struct regs *regs = v != NULL ? &v->regs : &s.cpus[0].normal;

    memset(answer, 0, sizeof(*answer));
    disagrees = NULL;
    if (a->deed == BEGIN_ANEW || a->deed == COME_BACK) {
        request(a, answer);
        answer->disagrees = disagrees;
        return;
    }
    set_call(regs, a, d);
    if (v == NULL) {
        step(0, EVENT_SPMD);
    } else {
        begin_stay(v, cpu);
        step(cpu, EVENT_CALL);
        answer->sending = v->sending;
    }
    answer->again = regs->pc != PC;
    answer->refused = !answer->again && regs->x[0] == FFA_ERROR;
    answer->status = answer->refused ? (int32_t)(uint32_t)regs->x[2] : 0;
    memcpy(answer->x, regs->x, sizeof(answer->x));
    answer->disagrees = disagrees;
}
