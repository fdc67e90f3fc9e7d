/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of memory transactions begin with: the small world with all buffers mapped, calls
 * of the Normal world and of partitions, and a picture of all that a refusal must leave as it was.
 */
#ifndef TESTS_SUPPORT_SHARING_H
#define TESTS_SUPPORT_SHARING_H

#include "core/manifest.h"
#include "core/memory.h"
#include "core/stage2.h"
#include "support/transactions.h"
#include "support/unit.h"

#define PAGE(n) (0x40040000ULL + (n)*PAGE_BYTES)                /* the Normal world's */
#define OWN(n) (WORLD_LOAD(WORLD_UP) + 0x8000 + (n)*PAGE_BYTES) /* UP's, eight of them */
#define REGS_OF(partition) (&world_vcpu(&s, partition, 0)->regs)

#define RW_NX (ENTRY_READ | ENTRY_WRITE | ENTRY_NO_EXECUTE)
#define RO_NX (ENTRY_READ | ENTRY_NO_EXECUTE)

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;
static struct said said; /* what is sent next */

static inline void *tx(void)
{
    return port_model_memory(WORLD_NORMAL_TX, PAGE_BYTES);
}

/* By the Normal world to UP: one page, to share. */
static inline void say_usual(void)
{
    said = (struct said){.version = FFA_VERSION_1_1, .borrowers = 1, .ranges = 1};
    said.header.attributes = FFA_MEMORY_USUAL;
    said.access[0] = (struct ffa_memory_access){UP_ID, FFA_ACCESS_RW, 0, 0, {0, 0}, 0};
    said.range[0] = (struct ffa_memory_range){PAGE(0), 1, 0};
}

/* By UP to MP. */
static inline void say_own(void)
{
    say_usual();
    said.version = FFA_VERSION_1_2;
    said.header.sender = UP_ID;
    said.access[0].id = MP_ID;
    said.range[0].address = OWN(0);
}

/* As lent memory is: to one borrower without a type; and donated: with no permissions. */
static inline void say_lent(void)
{
    said.header.attributes = 0;
}

static inline void say_donated(void)
{
    said.header.attributes = 0;
    said.access[0].permissions = 0;
}

/* Pages that do not follow each other, from a first one on. */
static inline void say_ranges(uint64_t first, unsigned count)
{
    said.ranges = count;
    for (unsigned i = 0; i < count; i++)
        said.range[i] = (struct ffa_memory_range){first + 2 * i * PAGE_BYTES, 1, 0};
}

static inline void map_buffers(unsigned partition)
{
    world_request(&s, 0, partition, 0);
    world_call(&s, 0, FFA_RXTX_MAP_64, WORLD_TX(partition), WORLD_RX(partition), 1);
    assert_success(REGS_OF(partition), 0, 0);
    world_respond(&s, 0, 0, 0);
}

/* ---- Calls ---- */

/* A partition's call, once. Whether it gave way. */
static inline bool one_piece(unsigned partition, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
    uint64_t pc = REGS_OF(partition)->pc;

    REGS_OF(partition)->pc = pc + 4;
    world_call(&s, 0, x0, x1, x2, x3);
    return REGS_OF(partition)->pc == pc;
}

/* However often it gives way: that number. */
static inline unsigned partition_call(unsigned partition, uint64_t x0, uint64_t x1, uint64_t x2,
                                      uint64_t x3)
{
    for (unsigned n = 0; n < 100000; n++)
        if (!one_piece(partition, x0, x1, x2, x3))
            return n;
    fail_msg("a call gives way for ever");
    return 0;
}

/* Its stay, for one call. */
static inline unsigned in_partition(unsigned partition, uint64_t x0, uint64_t x1, uint64_t x2,
                                    uint64_t x3)
{
    world_request(&s, 0, partition, 0);
    return partition_call(partition, x0, x1, x2, x3);
}

static inline void leave(void)
{
    world_respond(&s, 0, 0, 0);
}

static inline uint32_t write_said(uint64_t where)
{
    return said_bytes(&said, port_model_memory(where, PAGE_BYTES), PAGE_BYTES);
}

static inline void normal_send(uint32_t function)
{
    uint32_t length = write_said(WORLD_NORMAL_TX);

    world_normal_call(&s, 0, function, length, length);
}

static inline void partition_send(unsigned partition, uint32_t function)
{
    uint32_t length = write_said(WORLD_TX(partition));

    in_partition(partition, function, length, length, 0);
    leave();
}

static inline uint64_t handle_of(const struct regs *regs)
{
    assert_int_equal(regs->x[0], FFA_SUCCESS_32);
    return regs->x[2] | regs->x[3] << 32;
}

/* What the Normal world says is sent, in one piece. */
static inline uint64_t sent(uint32_t function)
{
    normal_send(function);
    return handle_of(normal);
}

static inline uint64_t sent_by(unsigned partition, uint32_t function)
{
    uint32_t length = write_said(WORLD_TX(partition));
    uint64_t handle;

    in_partition(partition, function, length, length, 0);
    handle = handle_of(REGS_OF(partition));
    leave();
    return handle;
}

/* What a borrower says of the transaction at hand. */
static inline struct said request(uint64_t handle, uint16_t borrower, uint8_t permissions)
{
    struct said r = {.version = FFA_VERSION_1_2, .borrowers = 1};

    r.header.sender = said.header.sender;
    r.header.handle = handle;
    r.header.tag = said.header.tag;
    r.access[0] = (struct ffa_memory_access){borrower, permissions, 0, 0, {0, 0}, 0};
    return r;
}

static inline uint32_t write_request(unsigned partition, const struct said *r)
{
    return said_request(r, port_model_memory(WORLD_TX(partition), PAGE_BYTES), PAGE_BYTES);
}

static inline void retrieve(unsigned partition, const struct said *r)
{
    uint32_t length = write_request(partition, r);

    in_partition(partition, FFA_MEM_RETRIEVE_REQ_64, length, length, 0);
}

static inline struct said response(unsigned partition)
{
    struct said r;

    assert_int_equal(REGS_OF(partition)->x[0], FFA_MEM_RETRIEVE_RESP);
    said_read(&r, s.partitions[partition].endpoint.version,
              port_model_memory(WORLD_RX(partition), PAGE_BYTES));
    return r;
}

static inline void release(unsigned partition)
{
    world_call(&s, 0, FFA_RX_RELEASE);
    assert_success(REGS_OF(partition), 0, 0);
    leave();
}

static inline void taken(unsigned partition, uint64_t handle, uint8_t permissions)
{
    struct said r = request(handle, WORLD_ID(partition), permissions);

    retrieve(partition, &r);
    assert_int_equal(REGS_OF(partition)->x[0], FFA_MEM_RETRIEVE_RESP);
    release(partition);
}

static inline void write_relinquish(unsigned partition, uint64_t handle, uint32_t flags)
{
    struct ffa_memory_relinquish *r = port_model_memory(WORLD_TX(partition), PAGE_BYTES);

    *r = (struct ffa_memory_relinquish){handle, flags, 1, {WORLD_ID(partition)}};
}

static inline unsigned relinquish(unsigned partition, uint64_t handle, uint32_t flags)
{
    write_relinquish(partition, handle, flags);
    return in_partition(partition, FFA_MEM_RELINQUISH, 0, 0, 0);
}

static inline void given_up(unsigned partition, uint64_t handle)
{
    relinquish(partition, handle, 0);
    assert_success(REGS_OF(partition), 0, 0);
    leave();
}

static inline void reclaim(uint64_t handle, uint32_t flags)
{
    world_normal_call(&s, 0, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, flags);
}

static inline void reclaimed(uint64_t handle)
{
    reclaim(handle, 0);
    assert_success(normal, 0, 0);
}

/* By a partition, whose registers have the answer afterwards. */
static inline unsigned reclaim_by(unsigned partition, uint64_t handle, uint32_t flags)
{
    unsigned n = in_partition(partition, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, flags);

    leave();
    return n;
}

/* It dies of a request. */
static inline void dies(unsigned partition)
{
    world_request(&s, 0, partition, 0);
    world_call(&s, 0, FFA_ABORT_32);
    assert_refused(normal, FFA_ABORTED);
}

/* ---- What is so afterwards ---- */

static inline uint64_t entry(unsigned partition, unsigned space, uint64_t address)
{
    return stage2_entry(&s, &s.partitions[partition], space, address);
}

static inline void assert_reaches(unsigned partition, unsigned space, uint64_t address,
                                  uint64_t rights)
{
    uint64_t e = entry(partition, space, address);

    assert_int_equal(e & ENTRY_ADDRESS & ~0xfffULL,
                     e & ENTRY_TABLE_OR_PAGE ? address : address & ~0x1fffffULL);
    assert_int_equal(e & (ENTRY_VALID | RW_NX), ENTRY_VALID | rights);
}

static inline void assert_nothing(unsigned partition, unsigned space, uint64_t address)
{
    assert_int_equal(entry(partition, space, address) & ENTRY_VALID, 0);
}

#define SECURE_PAGES (MODEL_SECURE_SIZE / PAGE_BYTES)
#define NORMAL_PAGES (MODEL_NORMAL_SIZE / PAGE_BYTES)

/* All of memory's state that a refusal must not change. Free slots and chunks hold what was in them
 * last; of them only order and number count. */
struct picture {
    uint64_t taken[NORMAL_PAGES_MAX / 64];
    struct transaction in_flight[TRANSACTION_MAX];
    uint16_t free_transactions[TRANSACTION_MAX];
    uint16_t free_chunks[CHUNK_MAX];
    unsigned free_tables;
    uint64_t entries[WORLD_PARTITIONS][2][SECURE_PAGES + NORMAL_PAGES];
    struct partition partitions[WORLD_PARTITIONS];
    struct endpoint normal;
    struct vm vms[VM_MAX];
};

static inline void take_picture(struct picture *p)
{
    const struct memory *m = s.memory;
    unsigned n = 0;

    memset(p, 0, sizeof(*p));
    memcpy(p->taken, m->taken, sizeof(p->taken));
    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        if (m->transactions[i].state != TRANSACTION_FREE)
            p->in_flight[i] = m->transactions[i];
    for (unsigned t = m->free_transaction; t != 0; t = m->transactions[t - 1].next_free)
        p->free_transactions[n++] = (uint16_t)t;
    n = 0;
    for (unsigned chunk = m->free_chunk; chunk != 0; chunk = m->chunks[chunk].next)
        p->free_chunks[n++] = (uint16_t)chunk;
    p->free_tables = TABLE_MAX - 1U - s.tables_used;
    for (unsigned t = s.tables_free; t != 0; t = (unsigned)s.tables[t][0])
        p->free_tables++;
    for (unsigned who = 0; who < WORLD_PARTITIONS; who++)
        for (unsigned space = 0; space < 2; space++) {
            uint64_t *to = p->entries[who][space];
            for (uint64_t i = 0; i < SECURE_PAGES; i++)
                *to++ = entry(who, space, MODEL_SECURE_BASE + i * PAGE_BYTES);
            for (uint64_t i = 0; i < NORMAL_PAGES; i++)
                *to++ = entry(who, space, MODEL_NORMAL_BASE + i * PAGE_BYTES);
        }
    memcpy(p->partitions, s.partitions, sizeof(p->partitions));
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        p->partitions[i].calls = 0;
    p->normal = s.normal;
    memcpy(p->vms, s.vms, sizeof(p->vms));
}

static struct picture before;

static inline void remember(void)
{
    take_picture(&before);
}

static inline void assert_nothing_changed(void)
{
    static struct picture now;

    take_picture(&now);
    assert_memory_equal(now.taken, before.taken, sizeof(now.taken));
    assert_memory_equal(now.free_transactions, before.free_transactions,
                        sizeof(now.free_transactions));
    assert_memory_equal(now.free_chunks, before.free_chunks, sizeof(now.free_chunks));
    assert_memory_equal(now.in_flight, before.in_flight, sizeof(now.in_flight));
    assert_int_equal(now.free_tables, before.free_tables);
    assert_true(memcmp(&now, &before, sizeof(now)) == 0);
}

/* The same, but free slots and chunks may be in another order: all memory is back where it was. */
static inline void assert_all_is_back(void)
{
    static struct picture now;

    take_picture(&now);
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        assert_int_equal(now.free_transactions[i] != 0, before.free_transactions[i] != 0);
        now.free_transactions[i] = before.free_transactions[i];
    }
    for (unsigned i = 0; i < CHUNK_MAX; i++) {
        assert_int_equal(now.free_chunks[i] != 0, before.free_chunks[i] != 0);
        now.free_chunks[i] = before.free_chunks[i];
    }
    memcpy(now.partitions, before.partitions, sizeof(now.partitions));
    assert_memory_equal(now.taken, before.taken, sizeof(now.taken));
    assert_int_equal(now.free_tables, before.free_tables);
    assert_true(memcmp(&now, &before, sizeof(now)) == 0);
}

static inline int begin(void **state)
{
    (void)state;
    port_model_reset();
    world_boot(&s);
    world_normal_call(&s, 0, FFA_RXTX_MAP_64, WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
    assert_success(normal, 0, 0);
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++) {
        s.partitions[i].endpoint.version = FFA_VERSION_1_2;
        map_buffers(i);
    }
    say_usual();
    remember();
    return 0;
}

/* A refusal with its reason, that changed nothing since `remember`. */
static inline void assert_no(const struct regs *regs, int status, const char *reason)
{
    assert_refused(regs, status);
    assert_reason(&s, 0, reason);
    assert_nothing_changed();
}

#endif
