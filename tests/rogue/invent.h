/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an attacker calls: any function of abi/ffa_calls.def, with registers and a mailbox that are
 * nearly right, since what is all wrong is refused at the first check. The rogue partition and the
 * rogue Normal world draw from it, each from a seed of its own, so that a sequence repeats as far
 * as the answers do.
 *
 * An attacker must not hurt itself more than the attack is worth: no value that it draws is an
 * address of its own code (`vital`), and it gives away and maps only pages of its pool.
 */
#ifndef TESTS_ROGUE_INVENT_H
#define TESTS_ROGUE_INVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/ffa.h"

#define INVENT_HANDLES 16
#define INVENT_IDS 16
#define INVENT_PAGE 4096
#define INVENT_REGISTERS 18

/* What the contexts of one attacker share; the answers fill it. */
struct invent_shared {
    uint64_t handles[INVENT_HANDLES]; /* seen last */
    uint32_t handle_count;
    uint64_t tx, rx; /* where they were mapped last, in the pool */
};

struct inventor {
    uint64_t state; /* of the random numbers: not zero */
    struct invent_shared *shared;
    uint16_t own; /* its id */
    bool secure;
    uint16_t ids[INVENT_IDS]; /* real ones */
    unsigned id_count;
    uint64_t pool, pool_end;   /* pages to give away; the first two are its mailbox */
    uint64_t vital, vital_end; /* what it needs to live, but for the pool */
    uint32_t length, fragment; /* of what lies in TX */
};

/* ---- Random numbers ---- */

static inline uint64_t invent_random(struct inventor *by)
{
    by->state ^= by->state << 13;
    by->state ^= by->state >> 7;
    by->state ^= by->state << 17;
    return by->state * 0x9e3779b97f4a7c15;
}

static inline uint32_t invent_below(struct inventor *by, uint32_t limit)
{
    return (uint32_t)((invent_random(by) >> 32) * limit >> 32);
}

static inline bool invent_chance(struct inventor *by, uint32_t per_cent)
{
    return invent_below(by, 100) < per_cent;
}

#define INVENT_ONE_OF(by, array) \
    ((array)[invent_below(by, (uint32_t)(sizeof(array) / sizeof((array)[0])))])

/* A seed for one of many attackers, or one of its turns. */
static inline uint64_t invent_seed(uint64_t seed, uint64_t number)
{
    struct inventor mixer = {.state = (seed + 1) * 0xd1342543de82ef95 ^ (number + 1) << 20};

    mixer.state |= mixer.state == 0;
    invent_random(&mixer);
    invent_random(&mixer);
    return invent_random(&mixer) | 1;
}

/* ---- Values ---- */

static inline bool invent_is_vital(const struct inventor *by, uint64_t value)
{
    value &= 0xffffffff;
    return value >= by->vital && value < by->vital_end &&
           !(value >= by->pool && value < by->pool_end);
}

static inline uint64_t invent_harmless(const struct inventor *by, uint64_t value)
{
    return invent_is_vital(by, value) ? value | 0x80000000 : value;
}

/* Mostly the value itself; else a neighbour. */
static inline uint64_t invent_near(struct inventor *by, uint64_t value)
{
    switch (invent_below(by, 24)) {
    case 0:
        return invent_harmless(by, value + 1);
    case 1:
        return invent_harmless(by, value - 1);
    case 2:
        return invent_harmless(by, value ^ 1ULL << invent_below(by, 32));
    case 3:
        return value ^ 1ULL << (32 + invent_below(by, 32));
    case 4:
        return 0;
    case 5:
        return ~0ULL;
    default:
        return value;
    }
}

static inline uint16_t invent_id(struct inventor *by)
{
    static const uint16_t odd[] = {0,      1,      2,      0x7fff, 0x8000, 0x80ff,
                                   0xbf00, 0xbf01, 0xffbf, 0xffc0, 0xfffe, 0xffff};

    if (by->id_count == 0 || invent_chance(by, 15))
        return INVENT_ONE_OF(by, odd);
    return (uint16_t)(by->ids[invent_below(by, by->id_count)] +
                      (invent_chance(by, 4) ? (int)invent_below(by, 3) - 1 : 0));
}

static inline uint64_t invent_pool_page(struct inventor *by)
{
    return by->pool + invent_below(by, (uint32_t)((by->pool_end - by->pool) / INVENT_PAGE)) *
                          (uint64_t)INVENT_PAGE;
}

/* Bulkhead's, TF-A's, partitions', devices', Normal memory, its end, and none at all. */
static inline uint64_t invent_others_page(struct inventor *by)
{
    static const uint64_t pages[] = {0x0e100000, 0x0e101000, 0x0e1ff000,   0x0e000000, 0x0e200000,
                                     0x0e204000, 0x0e300000, 0x0e400000,   0x0e500000, 0x0efff000,
                                     0x08000000, 0x080a0000, 0x09000000,   0x09040000, 0x48000000,
                                     0x48200000, 0x7ffff000, 0x80000000,   0xfffff000, 0xffffff000,
                                     0,          0x10000000, 0x1000000000, ~0xfffULL};

    return invent_harmless(by, INVENT_ONE_OF(by, pages));
}

static inline uint64_t invent_page(struct inventor *by)
{
    return invent_chance(by, 75) ? invent_pool_page(by) : invent_others_page(by);
}

static inline uint64_t invent_count(struct inventor *by)
{
    static const uint32_t counts[] = {1, 1,  1,  1,  1,   2,   2,   3,     4,     0,
                                      8, 62, 63, 64, 128, 512, 513, 16384, 16385, 0xffffffff};

    return INVENT_ONE_OF(by, counts);
}

static inline uint64_t invent_handle(struct inventor *by)
{
    uint32_t seen = __atomic_load_n(&by->shared->handle_count, __ATOMIC_RELAXED);

    if (seen > INVENT_HANDLES)
        seen = INVENT_HANDLES;
    if (seen == 0 || invent_chance(by, 3))
        return 0x100 + invent_below(by, 256);
    return __atomic_load_n(&by->shared->handles[invent_below(by, seen)], __ATOMIC_RELAXED) +
           (invent_chance(by, 5) ? invent_below(by, 3) - 1ULL : 0);
}

static inline void invent_saw_handle(struct inventor *by, uint64_t handle)
{
    uint32_t number = __atomic_fetch_add(&by->shared->handle_count, 1, __ATOMIC_RELAXED);

    __atomic_store_n(&by->shared->handles[number % INVENT_HANDLES], handle, __ATOMIC_RELAXED);
}

/* ---- The table of calls, and what the registers of each may hold ---- */

/*
 * A letter for each register from x1 on: p own id and another's, q the same the other way round, i
 * an id, o an id in the upper half, t an id and a vCPU, u a vCPU and an id, z zero, f small flags,
 * m a mailbox, c a count of pages, a an address, h H a handle's halves, l the length of what is in
 * TX, g that of its first part, b a bitmap's half, v a version, F a function, U words of a UUID, n
 * a small number, w anything.
 */
#define SHAPE_ERROR "zn"
#define SHAPE_SUCCESS "nnn"
#define SHAPE_INTERRUPT "tn"
#define SHAPE_VERSION "v"
#define SHAPE_FEATURES "Ff"
#define SHAPE_RX_RELEASE "i"
#define SHAPE_RXTX_MAP "mmc"
#define SHAPE_RXTX_UNMAP "o"
#define SHAPE_PARTITION_INFO_GET "UUUUf"
#define SHAPE_ID_GET ""
#define SHAPE_MSG_WAIT "zf"
#define SHAPE_YIELD "znn"
#define SHAPE_RUN "t"
#define SHAPE_MSG_SEND_DIRECT_REQ "pznwwww"
#define SHAPE_MSG_SEND_DIRECT_RESP "pznwwww"
#define SHAPE_MEM_DONATE "lgzz"
#define SHAPE_MEM_LEND "lgzz"
#define SHAPE_MEM_SHARE "lgzz"
#define SHAPE_MEM_RETRIEVE_REQ "lgzz"
#define SHAPE_MEM_RETRIEVE_RESP "lg"
#define SHAPE_MEM_RELINQUISH ""
#define SHAPE_MEM_RECLAIM "hHf"
#define SHAPE_MEM_FRAG_RX "hHno"
#define SHAPE_MEM_FRAG_TX "hHgo"
#define SHAPE_NOTIFICATION_BITMAP_CREATE "in"
#define SHAPE_NOTIFICATION_BITMAP_DESTROY "i"
#define SHAPE_NOTIFICATION_BIND "qfbb"
#define SHAPE_NOTIFICATION_UNBIND "qzbb"
#define SHAPE_NOTIFICATION_SET "pfbb"
#define SHAPE_NOTIFICATION_GET "uf"
#define SHAPE_NOTIFICATION_INFO_GET ""
#define SHAPE_RX_ACQUIRE "i"
#define SHAPE_SPM_ID_GET ""
#define SHAPE_MSG_SEND2 "of"
#define SHAPE_SECONDARY_EP_REGISTER "a"
#define SHAPE_MEM_PERM_GET "a"
#define SHAPE_MEM_PERM_SET "acf"
#define SHAPE_CONSOLE_LOG "nw"
#define SHAPE_PARTITION_INFO_GET_REGS "UUn"
#define SHAPE_MSG_SEND_DIRECT_REQ2 "pUUnwww"
#define SHAPE_MSG_SEND_DIRECT_RESP2 "pzznwww"
#define SHAPE_ABORT "zf"

struct invent_call {
    const char *name;
    uint8_t number, widths;
    char shape[8];
};

enum { INVENT_W32 = 1, INVENT_W64 = 2 };

static const struct invent_call invent_calls[] = {
#define W32 INVENT_W32
#define W64 INVENT_W64
#define OLD_DENIED 0
#define FFA_CALL(name, number, widths, since, features, callers, reserved, handler) \
    {#name, number, widths, SHAPE_##name},
#include "abi/ffa_calls.def"
#undef FFA_CALL
#undef OLD_DENIED
#undef W64
#undef W32
};

#define INVENT_CALLS (sizeof(invent_calls) / sizeof(invent_calls[0]))

/* FFA_ABORT is a death: whoever may die says so. */
static inline const struct invent_call *invent_choose(struct inventor *by)
{
    static const uint8_t often[] = {0x66, 0x6d, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x73, 0x73, 0x74,
                                    0x74, 0x76, 0x76, 0x77, 0x77, 0x77, 0x7a, 0x7b, 0x86, 0x8d};
    uint8_t number = invent_chance(by, 50) ? INVENT_ONE_OF(by, often)
                                           : invent_calls[invent_below(by, INVENT_CALLS)].number;

    for (unsigned i = 0; i < INVENT_CALLS; i++)
        if (invent_calls[i].number == number && number != 0x90)
            return &invent_calls[i];
    return &invent_calls[0];
}

static inline uint64_t invent_parties(uint16_t first, uint16_t second)
{
    return (uint64_t)first << 16 | second;
}

static inline uint16_t invent_own(struct inventor *by)
{
    return invent_chance(by, 96) ? by->own : invent_id(by);
}

static inline uint64_t invent_mailbox_page(struct inventor *by, unsigned number)
{
    return invent_chance(by, 70) ? by->pool + number % 2 * INVENT_PAGE : invent_page(by);
}

static inline uint64_t invent_version(struct inventor *by)
{
    static const uint32_t versions[] = {0x10000, 0x10001, 0x10002, 0x10002,
                                        0x10003, 0x20000, 0,       0x80010002};

    return INVENT_ONE_OF(by, versions);
}

/* Of x`number`. */
static inline uint64_t invent_register(struct inventor *by, char kind, unsigned number)
{
    switch (kind) {
    case 'p':
        return invent_parties(invent_own(by), invent_id(by));
    case 'q':
        return invent_parties(invent_id(by), invent_own(by));
    case 'i':
        return invent_chance(by, 50) ? by->own : invent_id(by);
    case 'o':
        return (uint64_t)(invent_chance(by, 60) ? by->own : invent_id(by)) << 16;
    case 't':
        return invent_parties(invent_id(by), (uint16_t)invent_below(by, 9));
    case 'u':
        return invent_parties((uint16_t)invent_below(by, 9), invent_own(by));
    case 'f':
        return invent_chance(by, 50) ? 0 : invent_below(by, 16);
    case 'm':
        return invent_mailbox_page(by, number - 1);
    case 'c':
        return invent_count(by);
    case 'a':
        return invent_page(by);
    case 'h':
        return (uint32_t)invent_handle(by);
    case 'H':
        return invent_chance(by, 90) ? 0 : invent_handle(by) >> 32;
    case 'l':
        return by->length;
    case 'g':
        return by->fragment;
    case 'b':
        return invent_chance(by, 50) ? 1ULL << invent_below(by, 32) : (uint32_t)invent_random(by);
    case 'v':
        return invent_version(by);
    case 'F':
        return 0x84000060 + invent_below(by, 0x34) + (invent_chance(by, 40) ? FFA_SMC64 : 0);
    case 'n':
        return invent_below(by, 20);
    case 'U':
    case 'w':
        return invent_chance(by, 30) ? 0 : invent_random(by);
    default:
        return 0;
    }
}

/* ---- What lies in TX, at its real address ---- */

struct invent_description {
    struct ffa_memory_header header;
    uint8_t rest[INVENT_PAGE - sizeof(struct ffa_memory_header)];
};

static inline uint8_t invent_permissions(struct inventor *by)
{
    static const uint8_t all[] = {FFA_ACCESS_RW,
                                  FFA_ACCESS_RW,
                                  FFA_ACCESS_RW,
                                  FFA_ACCESS_RO,
                                  FFA_ACCESS_RW | FFA_ACCESS_NX,
                                  FFA_ACCESS_RO | FFA_ACCESS_NX,
                                  0,
                                  FFA_ACCESS_RO | FFA_ACCESS_X,
                                  3};

    return INVENT_ONE_OF(by, all);
}

static inline uint32_t invent_put(uint8_t *tx, uint32_t at, const void *what, uint32_t size)
{
    if (at + size <= INVENT_PAGE)
        __builtin_memcpy(tx + at, what, size);
    return at + size;
}

static inline uint32_t invent_ranges(struct inventor *by, uint8_t *tx, uint32_t at, uint32_t count,
                                     uint32_t *pages)
{
    for (uint32_t i = 0; i < count && at + sizeof(struct ffa_memory_range) <= INVENT_PAGE; i++) {
        struct ffa_memory_range range = {.address = invent_page(by),
                                         .pages = (uint32_t)invent_count(by)};

        if (range.address >= by->pool && range.address < by->pool_end && range.pages <= 1024 &&
            range.pages > (by->pool_end - range.address) / INVENT_PAGE)
            range.pages = 1; /* what lies behind the pool may be vital */
        *pages += range.pages;
        at = invent_put(tx, at, &range, sizeof(range));
    }
    return at;
}

/* A transaction, or a request to retrieve one. */
static inline void invent_transaction(struct inventor *by, uint8_t *tx, bool retrieve)
{
    uint32_t access_size = invent_chance(by, 60) ? FFA_MEMORY_ACCESS_1_2 : FFA_MEMORY_ACCESS_1_0;
    uint32_t borrowers = invent_chance(by, 80) ? 1 : invent_below(by, 10);
    uint32_t at = FFA_MEMORY_HEADER_1_1, composite_at = at + borrowers * access_size;
    bool of_hypervisor = retrieve && !by->secure;
    struct ffa_memory_header header = {
        .sender = retrieve ? invent_id(by) : by->own,
        .attributes = invent_chance(by, 50) ? FFA_MEMORY_USUAL : 0,
        .flags = invent_chance(by, 70) ? 0 : invent_below(by, 64),
        .handle = retrieve ? invent_handle(by) : 0,
        .access_size = access_size,
        .count = of_hypervisor ? 0 : borrowers,
        .offset = FFA_MEMORY_HEADER_1_1,
    };
    struct ffa_memory_composite composite = {
        .count = invent_chance(by, 90) ? 1 + invent_below(by, 4) : invent_below(by, 600)};
    uint32_t end;

    at = invent_put(tx, 0, &header, FFA_MEMORY_HEADER_1_1);
    for (uint32_t i = 0; i < header.count; i++) {
        struct ffa_memory_access access = {.id = retrieve ? by->own : invent_id(by),
                                           .permissions = invent_permissions(by),
                                           .composite = retrieve ? 0 : composite_at};

        at = invent_put(tx, at, &access, access_size);
    }
    by->length = by->fragment = at;
    if (retrieve)
        return;
    end = invent_ranges(by, tx, composite_at + (uint32_t)sizeof(composite), composite.count,
                        &composite.pages);
    invent_put(tx, composite_at, &composite, sizeof(composite));
    by->length = composite_at + (uint32_t)sizeof(composite) +
                 composite.count * (uint32_t)sizeof(struct ffa_memory_range);
    by->fragment = invent_chance(by, 85) ? end : end - 16 * invent_below(by, 4);
}

static inline void invent_relinquish(struct inventor *by, uint8_t *tx)
{
    struct ffa_memory_relinquish own = {.handle = invent_handle(by),
                                        .flags = invent_chance(by, 70) ? 0 : invent_below(by, 8),
                                        .count = 1,
                                        .id = {by->own}};

    invent_put(tx, 0, &own, sizeof(own));
}

static inline void invent_message(struct inventor *by, uint8_t *tx)
{
    static const uint32_t sizes[] = {1, 8, 64, 500, 4056, 4057, 0, 8192, 0xffffffff};
    struct ffa_message_header header = {.offset = sizeof(header),
                                        .receiver = invent_id(by),
                                        .sender = by->own,
                                        .size = INVENT_ONE_OF(by, sizes)};

    invent_put(tx, 0, &header, sizeof(header));
}

/* One word becomes a neighbour of what it was, or an address. */
static inline void invent_spoil(struct inventor *by, uint8_t *tx, uint32_t bytes)
{
    uint32_t at = invent_below(by, (bytes < 16 ? 16 : bytes) / 4) * 4, word;

    if (at + sizeof(word) > INVENT_PAGE)
        return;
    __builtin_memcpy(&word, tx + at, sizeof(word));
    word = invent_chance(by, 20) ? (uint32_t)invent_page(by) : (uint32_t)invent_near(by, word);
    __builtin_memcpy(tx + at, &word, sizeof(word));
}

static inline void invent_content(struct inventor *by, uint8_t number)
{
    uint8_t *tx = (uint8_t *)__atomic_load_n(&by->shared->tx, __ATOMIC_RELAXED);
    uint32_t pages = 0;

    by->length = by->fragment = 64;
    if (number == 0x71 || number == 0x72 || number == 0x73)
        invent_transaction(by, tx, false);
    else if (number == 0x74)
        invent_transaction(by, tx, true);
    else if (number == 0x76)
        invent_relinquish(by, tx);
    else if (number == 0x86)
        invent_message(by, tx);
    else if (number == 0x7b)
        by->fragment = invent_ranges(by, tx, 0, 1 + invent_below(by, 4), &pages);
    for (unsigned i = invent_chance(by, 65) ? 0 : 1 + invent_below(by, 3); i != 0; i--)
        invent_spoil(by, tx, by->fragment);
}

/* ---- A call ---- */

/* x0 and on; gives the row that it was drawn from. */
static inline const struct invent_call *invent_call(struct inventor *by,
                                                    uint64_t x[INVENT_REGISTERS])
{
    const struct invent_call *call = invent_choose(by);
    bool wide = call->widths == INVENT_W64 || (call->widths != INVENT_W32 && invent_chance(by, 50));

    if (invent_chance(by, 3))
        wide = !wide;
    invent_content(by, call->number);
    for (unsigned i = 0; i < INVENT_REGISTERS; i++)
        x[i] = 0;
    for (unsigned i = 0; i < 7 && call->shape[i] != 0; i++)
        x[1 + i] = invent_chance(by, 85)
                       ? invent_register(by, call->shape[i], 1 + i)
                       : invent_near(by, invent_register(by, call->shape[i], 1 + i));
    if (invent_chance(by, 5))
        x[1 + invent_below(by, 17)] = invent_harmless(by, invent_random(by));
    x[0] = 0x84000000U | call->number | (wide ? FFA_SMC64 : 0);
    if (invent_chance(by, 3))
        x[0] |= FFA_SVE_HINT;
    if (invent_chance(by, 1))
        x[0] += invent_below(by, 3) - 1ULL;
    return call;
}

/* What an answer shows: handles, and where the mailbox is now. */
static inline void invent_learn(struct inventor *by, const struct invent_call *call,
                                const uint64_t asked[INVENT_REGISTERS],
                                const uint64_t answer[INVENT_REGISTERS])
{
    bool sent = call->number >= 0x71 && call->number <= 0x73;

    if ((answer[0] == FFA_SUCCESS_32 || answer[0] == FFA_MEM_FRAG_RX) && sent)
        invent_saw_handle(by, answer[0] == FFA_SUCCESS_32 ? (uint32_t)answer[2] | answer[3] << 32
                                                          : (uint32_t)answer[1] | answer[2] << 32);
    if (answer[0] == FFA_SUCCESS_32 && call->number == 0x66 && asked[1] >= by->pool &&
        asked[1] < by->pool_end)
        __atomic_store_n(&by->shared->tx, asked[1], __ATOMIC_RELAXED);
}

#endif
