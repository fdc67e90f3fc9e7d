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
#include "oracle/words.h"
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
    world_load(&s);
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        world_registers(&s, i);
    world_start(&s);
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

static void add_page(struct memory_book *o, uint64_t address, unsigned home, unsigned rights)
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

/* Registers have no content. */
static void add_device(struct memory_book *o, uint64_t address, unsigned home, bool secure)
{
    o->page[o->pages++] = (struct page){.address = address,
                                        .secure = secure,
                                        .device = true,
                                        .home = (uint8_t)home,
                                        .home_rights = RIGHT_READ | RIGHT_WRITE,
                                        .owner = (uint8_t)home,
                                        .rights = RIGHT_READ | RIGHT_WRITE,
                                        .part_of = -1};
}

void world_begin(struct memory_book *o, const uint32_t version[ENDPOINTS])
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
        add_device(o, WORLD_DEVICE(who - 1), who, true);
        add_device(o, WORLD_DEVICE(who - 1) + PAGE_BYTES, who, true);
        add_device(o, WORLD_NORMAL_DEVICE(who - 1), who, false);
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

static void die(unsigned who)
{
    set(regs_of(who), (const uint64_t[8]){FFA_ABORT_32});
    step(who, EVENT_CALL);
}

void act(const struct call_made *c, uint64_t handle, uint32_t told, struct answer *a)
{
    uint64_t x[8];

    a->status = 0;
    switch (c->kind) {
    case WRITE:
        return;
    case DIE:
        die(c->who);
        return;
    case COME_BACK:
        a->status = serve(c->who) ? 0 : FFA_ABORTED;
        if (a->status == 0)
            map_buffers(c->who, c->flags);
        return;
    default:
        call_words(c, handle, told, version_of(c->who), x,
                   port_model_memory(tx_of(c->who), PAGE_BYTES));
        call(c->who, x);
        break;
    }
    read_answer(a, c->kind, version_of(c->who), regs_of(c->who)->x,
                port_model_memory(rx_of(c->who), PAGE_BYTES));
}
