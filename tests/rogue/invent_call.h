/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A whole call of an attacker: what lies in TX for it, its registers, and what is learnt from the
 * answer.
 */
#ifndef TESTS_ROGUE_INVENT_CALL_H
#define TESTS_ROGUE_INVENT_CALL_H

#include "tests/rogue/invent.h"

/* ---- What lies in TX, at its real address ---- */

static inline uint8_t invent_permissions(struct inventor *by, bool none)
{
    static const uint8_t all[] = {FFA_ACCESS_RW,
                                  FFA_ACCESS_RO,
                                  FFA_ACCESS_RW | FFA_ACCESS_NX,
                                  FFA_ACCESS_RO | FFA_ACCESS_NX,
                                  0,
                                  FFA_ACCESS_RO | FFA_ACCESS_X,
                                  3};

    if (by->careful)
        return none ? 0 : FFA_ACCESS_RW;
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

static inline uint32_t invent_head(struct inventor *by, uint8_t *tx, uint8_t number,
                                   uint32_t borrowers)
{
    bool retrieve = number == (FFA_MEM_RETRIEVE_REQ_32 & 0xff);
    bool share = number == (FFA_MEM_SHARE_32 & 0xff);
    uint32_t access_size = invent_chance(by, 60) ? FFA_MEMORY_ACCESS_1_2 : FFA_MEMORY_ACCESS_1_0;
    struct ffa_memory_header header = {
        .sender = by->own,
        .attributes = share != invent_slip(by, 30) ? FFA_MEMORY_USUAL : 0,
        .flags = invent_slip(by, 40) ? invent_below(by, 64) : 0,
        .access_size = access_size,
        .count = borrowers,
        .offset = FFA_MEMORY_HEADER_1_1,
    };
    uint32_t at = FFA_MEMORY_HEADER_1_1;

    if (retrieve)
        by->asked = header.handle = invent_handle_of(by, &header.sender);
    for (uint32_t i = 0; i < borrowers; i++) {
        struct ffa_memory_access access = {
            .id = retrieve ? by->own : invent_id(by),
            .permissions = invent_permissions(by, number == (FFA_MEM_DONATE_32 & 0xff)),
            .composite = retrieve ? 0 : FFA_MEMORY_HEADER_1_1 + borrowers * access_size};

        at = invent_put(tx, at, &access, access_size);
    }
    invent_put(tx, 0, &header, FFA_MEMORY_HEADER_1_1);
    return at;
}

/* Of a hypervisor without any borrower. */
static inline void invent_request(struct inventor *by, uint8_t *tx)
{
    uint32_t borrowers = by->secure ? 1 : 0;

    if (invent_slip(by, 20))
        borrowers = invent_below(by, 4);
    by->length = by->fragment = invent_head(by, tx, FFA_MEM_RETRIEVE_REQ_32 & 0xff, borrowers);
}

static inline void invent_transaction(struct inventor *by, uint8_t *tx, uint8_t number)
{
    uint32_t borrowers = invent_slip(by, 30) ? invent_below(by, 10) : 1;
    uint32_t composite_at = invent_head(by, tx, number, borrowers), end;
    struct ffa_memory_composite composite = {
        .count = invent_slip(by, 15) ? invent_below(by, 600) : 1 + invent_below(by, 3)};

    end = invent_ranges(by, tx, composite_at + (uint32_t)sizeof(composite), composite.count,
                        &composite.pages);
    if (invent_chance(by, 5)) { /* more than fits, or is said */
        composite.count += 1 + invent_below(by, 3);
        composite.pages += 1 + invent_below(by, 3);
    }
    invent_put(tx, composite_at, &composite, sizeof(composite));
    by->length = composite_at + (uint32_t)sizeof(composite) +
                 composite.count * (uint32_t)sizeof(struct ffa_memory_range);
    by->fragment = invent_slip(by, 15) ? end - 16 * invent_below(by, 4) : end;
}

static inline uint64_t invent_held(struct inventor *by)
{
    uint32_t held = __atomic_load_n(&by->shared->held_count, __ATOMIC_RELAXED);

    if (held == 0 || invent_slip(by, 30))
        return invent_handle(by);
    return by->shared->held[invent_below(by, held < INVENT_HELD ? held : INVENT_HELD)];
}

static inline void invent_relinquish(struct inventor *by, uint8_t *tx)
{
    struct ffa_memory_relinquish own = {.handle = invent_held(by),
                                        .flags = invent_slip(by, 40) ? invent_below(by, 8) : 0,
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
        invent_transaction(by, tx, number);
    else if (number == 0x74)
        invent_request(by, tx);
    else if (number == 0x76)
        invent_relinquish(by, tx);
    else if (number == 0x86)
        invent_message(by, tx);
    else if (number == 0x7b)
        by->fragment = invent_ranges(by, tx, 0, 1 + invent_below(by, 4), &pages);
    for (unsigned i = invent_slip(by, 40) ? 1 + invent_below(by, 3) : 0; i != 0; i--)
        invent_spoil(by, tx, by->fragment);
}

/* ---- A call ---- */

/* x0 and on; gives the row that it was drawn from. */
static inline const struct invent_call *invent_call(struct inventor *by,
                                                    uint64_t x[INVENT_REGISTERS])
{
    const struct invent_call *call = invent_choose(by);
    bool wide = call->widths == INVENT_W64 || (call->widths != INVENT_W32 && invent_chance(by, 50));

    by->careful = invent_chance(by, 40);
    if (invent_slip(by, 3))
        wide = !wide;
    invent_content(by, call->number);
    for (unsigned i = 0; i < INVENT_REGISTERS; i++)
        x[i] = 0;
    for (unsigned i = 0; i < 7 && call->shape[i] != 0; i++)
        x[1 + i] = invent_slip(by, 25) ? invent_near(by, invent_register(by, call->shape[i], 1 + i))
                                       : invent_register(by, call->shape[i], 1 + i);
    if (invent_slip(by, 8))
        x[1 + invent_below(by, 17)] = invent_harmless(by, invent_random(by));
    x[0] = 0x84000000U | call->number | (wide ? FFA_SMC64 : 0);
    if (invent_chance(by, 3))
        x[0] |= FFA_SVE_HINT;
    if (invent_slip(by, 2))
        x[0] += invent_below(by, 3) - 1ULL;
    by->careful = false;
    return call;
}

/* A request for what was offered. */
static inline void invent_retrieve(struct inventor *by, uint64_t offer,
                                   uint64_t x[INVENT_REGISTERS])
{
    by->careful = true;
    by->wanted = offer;
    invent_request(by, (uint8_t *)by->shared->tx);
    by->wanted = 0;
    by->careful = false;
    for (unsigned i = 0; i < INVENT_REGISTERS; i++)
        x[i] = 0;
    x[0] = FFA_MEM_RETRIEVE_REQ_64;
    x[1] = x[2] = by->length;
}

static inline void invent_got(struct inventor *by)
{
    uint32_t number = __atomic_fetch_add(&by->shared->held_count, 1, __ATOMIC_RELAXED);

    by->shared->held[number % INVENT_HELD] = by->asked;
}

/* What an answer shows: handles, and where the mailbox is now. */
static inline void invent_learn(struct inventor *by, const struct invent_call *call,
                                const uint64_t asked[INVENT_REGISTERS],
                                const uint64_t answer[INVENT_REGISTERS])
{
    bool sent = call->number >= 0x71 && call->number <= 0x73;

    if (answer[0] == FFA_SUCCESS_32 && sent)
        invent_saw_handle(by, (uint32_t)answer[2] | answer[3] << 32, by->own);
    if (answer[0] == FFA_MEM_RETRIEVE_RESP)
        invent_got(by);
    if (answer[0] == FFA_SUCCESS_32 && call->number == 0x77)
        invent_forget(by, (uint32_t)asked[1] | asked[2] << 32);
    if (answer[0] == FFA_MEM_FRAG_RX && sent) {
        invent_saw_handle(by, (uint32_t)answer[1] | answer[2] << 32, by->own);
        __atomic_store_n(&by->shared->half_sent, (uint32_t)answer[1] | answer[2] << 32,
                         __ATOMIC_RELAXED);
    }
    if (answer[0] == FFA_SUCCESS_32 && call->number == 0x66 && asked[1] >= by->pool &&
        asked[1] < by->pool_end)
        __atomic_store_n(&by->shared->tx, asked[1], __ATOMIC_RELAXED);
}

#endif
