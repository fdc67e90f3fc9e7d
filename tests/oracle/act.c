/* SPDX-License-Identifier: BSD-3-Clause */
/* Each endpoint has a CPU: the Normal world CPU 0, and the partitions one each, where they serve a
 * request that never ends. */
#include "oracle/act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/stage2.h"
#include "core/vcpu.h"
#include "support/port_model.h"
#include "support/world.h"

#define NORMAL_PAGES 8
#define OWN_PAGES 4
#define NORMAL_PAGE(n) (0x40040000ULL + (n)*PAGE_BYTES)
#define OWN_PAGE(who, n) (WORLD_LOAD((who)-1) + WORLD_SIZE - (4 - (n)) * PAGE_BYTES)
#define COPY(who) (0x0ec00000ULL + 0x10000ULL * (who))

struct spmc core_world;
#define s core_world
static struct spmc s_begin;
static struct memory memory_begin;
static uint64_t taken_begin[NORMAL_PAGES_MAX / 64];
static uint64_t tables_begin[TABLE_MAX][512];

/* ---- Steps ---- */

static struct next step(unsigned cpu, enum event_kind kind)
{
    const struct event event = {.kind = kind, .deliverable = true};

    return spmc_step(&s, cpu, &event);
}

static struct regs *regs_of(unsigned who)
{
    return who == NORMAL ? &s.cpus[0].normal : &s.vcpus[s.cpus[who].current].regs;
}

static void set(struct regs *regs, const uint64_t x[8])
{
    memset(regs->x, 0, sizeof(regs->x));
    memcpy(regs->x, x, 8 * sizeof(x[0]));
}

/* Made again as often as it gives way. */
static struct regs *call(unsigned who, const uint64_t x[8])
{
    struct regs *regs = regs_of(who);

    set(regs, x);
    for (unsigned n = 0; n < 10000; n++) {
        regs->pc = 4;
        step(who, who == NORMAL ? EVENT_SPMD : EVENT_CALL);
        if (regs->pc == 4)
            return regs;
    }
    printf("# disagree: a call gives way for ever\n");
    exit(1);
}

#define CALL(who, ...) call((who), (const uint64_t[8]){__VA_ARGS__})

static void expect(bool is, const char *what)
{
    if (!is) {
        printf("# the world cannot be made: %s\n", what);
        exit(2);
    }
}

/* The partition gets its CPU for a request, having been restored if it was dead. */
static bool serve(unsigned who)
{
    struct next next;

    set(&s.cpus[who].normal, (const uint64_t[8]){FFA_MSG_SEND_DIRECT_REQ_32, id_of(who), 0, 0});
    next = step(who, EVENT_SPMD);
    while (next.kind == NEXT_AGAIN)
        next = step(who, EVENT_AGAIN);
    if (next.kind != NEXT_RUN)
        return false;
    if (next.vcpu->model == MODEL_INIT)
        CALL(who, FFA_MSG_WAIT);
    return true;
}

static void map_buffers(unsigned who, uint32_t version)
{
    struct partition *p = &s.partitions[who - 1];

    p->endpoint.version = version;
    expect(CALL(who, FFA_RXTX_MAP_64, WORLD_TX(who - 1), WORLD_RX(who - 1), 1)->x[0] ==
               FFA_SUCCESS_32,
           "buffers");
}

/* ---- The world ---- */

void world_make(void)
{
    port_model_reset();
    world_boot(&s);
    for (unsigned cpu = 2; cpu < ENDPOINTS; cpu++)
        for (struct next next = step(cpu, EVENT_CPU_ON); next.kind == NEXT_RUN;)
            next = world_call(&s, cpu, FFA_MSG_WAIT);
    /* What is behind a page of the rules is one of them, or nobody's. */
    s.normal_memory =
        (struct ranges){2,
                        {{WORLD_NORMAL_MEMORY, NORMAL_PAGE(NORMAL_PAGES) - WORLD_NORMAL_MEMORY},
                         {WORLD_NORMAL_REGION(0), 3 * PAGE_BYTES}}};
    s.restarts = true;
    for (unsigned who = FIRST; who < ENDPOINTS; who++) {
        struct partition *p = &s.partitions[who - 1];
        p->restart = RESTART_ON_NEXT_CALL;
        p->copy = COPY(who);
        p->copy_size = PAGE_BYTES;
    }
    expect(CALL(NORMAL, FFA_RXTX_MAP_64, WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1)->x[0] ==
               FFA_SUCCESS_32,
           "buffers of the Normal world");
    for (unsigned who = FIRST; who < ENDPOINTS; who++) {
        expect(serve(who), "a partition does not serve");
        map_buffers(who, FFA_VERSION_1_2);
    }
    s_begin = s;
    memory_begin = *s.memory;
    memcpy(taken_begin, s.memory->taken, sizeof(taken_begin));
    memcpy(tables_begin, s.tables, (s.tables_used + 1U) * PAGE_BYTES);
    remember_tables();
}

static void add_page(struct oracle *o, uint64_t address, unsigned home, unsigned rights)
{
    struct page *p = &o->page[o->pages++];

    *p = (struct page){.address = address,
                       .secure = address < MODEL_NORMAL_BASE,
                       .home = (uint8_t)home,
                       .home_rights = (uint8_t)rights,
                       .owner = (uint8_t)home,
                       .rights = (uint8_t)rights,
                       .part_of = -1};
    *(uint8_t *)port_model_memory(address, 1) = 0;
    *(uint8_t *)port_model_memory(address + PAGE_BYTES - 1, 1) = 0;
}

void world_begin(struct oracle *o, const uint32_t version[ENDPOINTS])
{
    memset(o, 0, sizeof(*o));
    s = s_begin;
    *s.memory = memory_begin;
    memcpy(s.memory->taken, taken_begin, sizeof(taken_begin));
    memcpy(s.tables, tables_begin, (s.tables_used + 1U) * PAGE_BYTES);
    port_model_reset_counters();
    for (unsigned i = 0; i < NORMAL_PAGES; i++)
        add_page(o, NORMAL_PAGE(i), NORMAL, RIGHT_READ | RIGHT_WRITE);
    for (unsigned who = FIRST; who < ENDPOINTS; who++) {
        for (unsigned i = 0; i < OWN_PAGES; i++)
            add_page(o, OWN_PAGE(who, i), who, RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE);
        add_page(o, WORLD_NORMAL_REGION(who - 1), who, RIGHT_READ);
        s.partitions[who - 1].endpoint.version = version[who];
    }
    s.normal.version = version[NORMAL];
    memcpy(o->version, version, sizeof(o->version));
}

/* ---- Calls ---- */

void *page_bytes(uint64_t address)
{
    return port_model_memory(address, 1);
}

static uint64_t tx_of(unsigned who)
{
    return who == NORMAL ? WORLD_NORMAL_TX : WORLD_TX(who - 1);
}

static uint64_t rx_of(unsigned who)
{
    return who == NORMAL ? WORLD_NORMAL_RX : WORLD_RX(who - 1);
}

static uint32_t version_of(unsigned who)
{
    return who == NORMAL ? s.normal.version : s.partitions[who - 1].endpoint.version;
}

static void put_entries(struct said *said, const struct call_made *c)
{
    said->borrowers = c->count;
    said->access_size = c->entry_bytes <= 16 ? 16 : 32;
    if (version_of(c->who) != FFA_VERSION_1_0)
        said->header.access_size = c->entry_bytes;
    for (unsigned i = 0; i < c->count; i++) {
        const struct party *e = &c->entry[i];
        said->access[i] = (struct ffa_memory_access){
            e->id, e->permissions, e->flags, c->composite_off ? 8 : 0, {e->own[0], e->own[1]}, 0};
        if (c->entry_bytes <= 16)
            said->access[i].own[0] = said->access[i].own[1] = 0;
    }
}

static void describe(struct said *said, const struct call_made *c, uint64_t handle)
{
    said->version = version_of(c->who);
    said->header = (struct ffa_memory_header){.sender = c->sender,
                                              .attributes = c->attributes,
                                              .flags = c->flags,
                                              .handle = handle,
                                              .tag = c->tag};
    put_entries(said, c);
    said->composite =
        (struct ffa_memory_composite){c->pages_said, c->ranges_said, c->composite_reserved};
    said->ranges = c->ranges;
    memcpy(said->range, c->range, c->ranges * sizeof(said->range[0]));
}

static void act_send(const struct call_made *c)
{
    static const uint32_t functions[] = {FFA_MEM_SHARE_64, FFA_MEM_LEND_32, FFA_MEM_DONATE_64};
    static struct said said;
    uint32_t length;

    describe(&said, c, c->twist);
    length = said_bytes(&said, port_model_memory(tx_of(c->who), PAGE_BYTES), PAGE_BYTES);
    CALL(c->who, functions[c->kind], length,
         length - 16 * (c->ranges - c->now) + (uint32_t)c->bytes_more, c->x3, c->w4);
}

static void act_send_more(const struct call_made *c, uint64_t handle)
{
    memcpy(port_model_memory(tx_of(c->who), PAGE_BYTES), &c->range[c->from], c->now * 16);
    CALL(c->who, FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32,
         c->now * 16 + (uint32_t)c->bytes_more, c->w4);
}

static void act_retrieve(const struct call_made *c, uint64_t handle)
{
    static struct said said;
    uint32_t length;

    describe(&said, c, handle);
    length = said_request(&said, port_model_memory(tx_of(c->who), PAGE_BYTES), PAGE_BYTES);
    CALL(c->who, FFA_MEM_RETRIEVE_REQ_32, length, length + (uint32_t)c->bytes_more, c->x3, c->w4);
}

/* 48 bytes in any version, as pKVM does. */
static void act_ask(const struct call_made *c, uint64_t handle)
{
    const struct ffa_memory_header h = {
        .sender = c->sender,
        .attributes = c->attributes,
        .flags = c->flags,
        .handle = handle,
        .tag = c->tag,
    };

    memcpy(port_model_memory(WORLD_NORMAL_TX, sizeof(h)), &h, sizeof(h));
    CALL(NORMAL, FFA_MEM_RETRIEVE_REQ_64, sizeof(h), sizeof(h));
}

static void act_relinquish(const struct call_made *c, uint64_t handle)
{
    const struct ffa_memory_relinquish r = {handle, c->flags, c->named_count, {c->named}};

    memcpy(port_model_memory(tx_of(c->who), sizeof(r)), &r, sizeof(r));
    CALL(c->who, FFA_MEM_RELINQUISH, 0);
}

static void read_told(const struct call_made *c, uint32_t told, struct answer *a)
{
    const uint8_t *rx = port_model_memory(rx_of(c->who), PAGE_BYTES);

    if (c->kind == TELL_MORE) {
        a->part = (uint32_t)a->x[3];
        a->length = told;
        memcpy(a->told.range, rx, a->part < PAGE_BYTES ? a->part : PAGE_BYTES);
        return;
    }
    a->length = (uint32_t)a->x[1];
    a->part = (uint32_t)a->x[2];
    said_read(&a->told, version_of(c->who), rx);
}

static void die(unsigned who)
{
    set(regs_of(who), (const uint64_t[8]){FFA_ABORT_32});
    step(who, EVENT_CALL);
}

void act(const struct call_made *c, uint64_t handle, uint32_t told, struct answer *a)
{
    a->status = 0;
    switch (c->kind) {
    case SHARE:
    case LEND:
    case DONATE:
        act_send(c);
        break;
    case SEND_MORE:
        act_send_more(c, handle);
        break;
    case RETRIEVE:
        act_retrieve(c, handle);
        break;
    case ASK:
        act_ask(c, handle);
        break;
    case TELL_MORE:
        CALL(c->who, FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, told - c->offset, c->w4);
        break;
    case RELINQUISH:
        act_relinquish(c, handle);
        break;
    case RECLAIM:
        CALL(c->who, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, c->flags);
        break;
    case RELEASE:
        CALL(c->who, FFA_RX_RELEASE);
        break;
    case DIE:
        die(c->who);
        return;
    case COME_BACK:
        a->status = serve(c->who) ? 0 : FFA_ABORTED;
        if (a->status == 0)
            map_buffers(c->who, c->flags);
        return;
    default:
        return;
    }
    memcpy(a->x, regs_of(c->who)->x, sizeof(a->x));
    if (a->x[0] == FFA_ERROR)
        a->status = (int32_t)(uint32_t)a->x[2];
    else if (a->x[0] == FFA_MEM_RETRIEVE_RESP || a->x[0] == FFA_MEM_FRAG_TX)
        read_told(c, told, a);
    a->handle = a->x[0] == FFA_SUCCESS_32 ? a->x[2] | a->x[3] << 32 : a->x[1] | a->x[2] << 32;
}
