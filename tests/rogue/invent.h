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
#define INVENT_HELD 4
#define INVENT_IDS 16
#define INVENT_PAGE 4096
#define INVENT_HANDLE_MASK 0xffffffffffff
#define INVENT_REGISTERS 18

/* What the contexts of one attacker share; the answers fill it. */
struct invent_shared {
    uint64_t handles[INVENT_HANDLES]; /* seen last, */
    uint16_t senders[INVENT_HANDLES]; /* and whose they are */
    uint32_t handle_count;
    uint64_t half_sent;         /* a handle */
    uint64_t held[INVENT_HELD]; /* handles of what was retrieved last */
    uint32_t held_count;
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
    bool careful;              /* the call shall be right */
    uint64_t wanted;           /* a handle and its sender; or 0, for any */
    uint64_t asked;            /* the handle in the last request */
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

/* What a call that shall be right does not do. */
static inline bool invent_slip(struct inventor *by, uint32_t per_cent)
{
    return !by->careful && invent_chance(by, per_cent);
}

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
    if (by->careful)
        return value;
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

    if (by->id_count == 0 || invent_slip(by, 15))
        return INVENT_ONE_OF(by, odd);
    return (uint16_t)(by->ids[invent_below(by, by->id_count)] +
                      (invent_slip(by, 4) ? (int)invent_below(by, 3) - 1 : 0));
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
    return invent_slip(by, 30) ? invent_others_page(by) : invent_pool_page(by);
}

static inline uint64_t invent_count(struct inventor *by)
{
    static const uint32_t counts[] = {1, 1,  1,  1,  1,   2,   2,   3,     4,     0,
                                      8, 62, 63, 64, 128, 512, 513, 16384, 16385, 0xffffffff};

    return by->careful ? 1 : INVENT_ONE_OF(by, counts);
}

/* One that was seen, or nearly, with its sender. */
static inline uint64_t invent_handle_of(struct inventor *by, uint16_t *sender)
{
    uint32_t seen = __atomic_load_n(&by->shared->handle_count, __ATOMIC_RELAXED), which;

    *sender = by->wanted ? (uint16_t)(by->wanted >> 48) : by->own;
    if (by->wanted)
        return by->wanted & INVENT_HANDLE_MASK;
    if (seen > INVENT_HANDLES)
        seen = INVENT_HANDLES;
    if (seen == 0 || invent_slip(by, 3))
        return 0x100 + invent_below(by, 256);
    which = invent_below(by, seen);
    for (unsigned i = 0; i < seen && !by->shared->handles[which]; i++)
        which = (which + 1) % seen;
    *sender = __atomic_load_n(&by->shared->senders[which], __ATOMIC_RELAXED);
    return __atomic_load_n(&by->shared->handles[which], __ATOMIC_RELAXED) +
           (invent_slip(by, 5) ? invent_below(by, 3) - 1ULL : 0);
}

static inline uint64_t invent_handle(struct inventor *by)
{
    uint16_t sender;

    return invent_handle_of(by, &sender);
}

/* It is reclaimed. */
static inline void invent_forget(struct inventor *by, uint64_t handle)
{
    for (unsigned i = 0; i < INVENT_HANDLES; i++)
        if (by->shared->handles[i] == handle)
            by->shared->handles[i] = 0;
}

static inline void invent_saw_handle(struct inventor *by, uint64_t handle, uint16_t sender)
{
    uint32_t number = __atomic_fetch_add(&by->shared->handle_count, 1, __ATOMIC_RELAXED);

    __atomic_store_n(&by->shared->handles[number % INVENT_HANDLES], handle, __ATOMIC_RELAXED);
    __atomic_store_n(&by->shared->senders[number % INVENT_HANDLES], sender, __ATOMIC_RELAXED);
}

/* A handle and its sender in one word, from one attacker to the other; 0 for none. */
static inline uint64_t invent_offer(struct inventor *by)
{
    uint16_t sender;
    uint64_t handle = invent_handle_of(by, &sender);

    return by->shared->handle_count && handle ? handle | (uint64_t)sender << 48 : 0;
}

static inline void invent_take(struct inventor *by, uint64_t offer)
{
    if (offer != 0)
        invent_saw_handle(by, offer & INVENT_HANDLE_MASK, (uint16_t)(offer >> 48));
}

/* ---- The table of calls, and what the registers of each may hold ---- */

/*
 * A letter for each register from x1 on: p own id and another's, q the same the other way round, i
 * an id, o an id in the upper half, t an id and a vCPU, u a vCPU and an id, z zero, f small flags,
 * m a mailbox, c a count of pages, a an address, h H a handle's halves, k the lower one of one
 * that is half sent, l the length of what is in
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
#define SHAPE_MEM_FRAG_RX "hHnz"
#define SHAPE_MEM_FRAG_TX "kHgz"
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
    static const uint8_t often[] = {0x66, 0x6d, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x73, 0x73,
                                    0x74, 0x74, 0x76, 0x76, 0x77, 0x7a, 0x7b, 0x86, 0x8d};
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
    return invent_slip(by, 5) ? invent_id(by) : by->own;
}

static inline uint64_t invent_mailbox_page(struct inventor *by, unsigned number)
{
    return invent_slip(by, 40) ? invent_page(by) : by->pool + number % 2 * INVENT_PAGE;
}

static inline uint64_t invent_version(struct inventor *by)
{
    static const uint32_t versions[] = {0x10000, 0x10001, 0x10002, 0x10002,
                                        0x10003, 0x20000, 0,       0x80010002};

    return by->careful ? FFA_VERSION_1_2 : INVENT_ONE_OF(by, versions);
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
        return invent_slip(by, 60) ? invent_id(by) : by->own;
    case 'o':
        return (uint64_t)(invent_slip(by, 50) ? invent_id(by) : by->own) << 16;
    case 't':
        return invent_parties(invent_id(by), (uint16_t)invent_below(by, 9));
    case 'u':
        return invent_parties((uint16_t)invent_below(by, 9), invent_own(by));
    case 'f':
        return invent_slip(by, 60) ? invent_below(by, 16) : 0;
    case 'm':
        return invent_mailbox_page(by, number - 1);
    case 'c':
        return invent_count(by);
    case 'a':
        return invent_page(by);
    case 'h':
        return (uint32_t)invent_handle(by);
    case 'k':
        return (uint32_t)__atomic_load_n(&by->shared->half_sent, __ATOMIC_RELAXED);
    case 'H':
        return invent_slip(by, 10) ? invent_random(by) : 0;
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

#endif
