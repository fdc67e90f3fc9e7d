/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory transactions by a script: each call goes on with one that is in flight, as its sender or
 * borrower would, and a byte of what it says may be another.
 */
#include <string.h>

#include "core/memory.h"
#include "fuzz/calls.h"
#include "support/port_model.h"
#include "support/transactions.h"
#include "support/world.h"

#define NORMAL_PAGE(n) (0x40040000ULL + (n)*PAGE_BYTES)
#define OWN_PAGE(partition, n) (WORLD_LOAD(partition) + 0x8000 + (n)*PAGE_BYTES)

static struct said said;

/* ---- What can be said of ---- */

static uint64_t some_page(uint8_t choice, const struct vcpu *v)
{
    if (choice >= 0xf8)
        return some_address(choice & 7);
    if (choice >= 0xf0)
        return WORLD_NORMAL_REGION(choice % WORLD_PARTITIONS);
    if (v == NULL || (choice & 0xc0) == 0xc0)
        return NORMAL_PAGE(choice & 31);
    return OWN_PAGE(v->partition, choice & 7);
}

/* The one of this number that is in flight, as the call at hand would name it. */
static const struct transaction *some_transaction(uint8_t choice)
{
    static const struct transaction none;

    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        const struct transaction *t =
            &fuzz_world.memory->transactions[(choice + i) % TRANSACTION_MAX];
        if (t->state != TRANSACTION_FREE)
            return t;
    }
    return &none;
}

/* A byte of what is in TX is another. */
static void spoil(struct script *script, uint8_t *tx, uint32_t length)
{
    uint8_t where = next_byte(script);

    if (where < length && where < 0xc0)
        tx[where] ^= next_byte(script);
}

/* ---- Sending ---- */

static void say_borrowers(struct script *script, uint8_t kind)
{
    uint8_t choice = next_byte(script);
    uint8_t permissions = kind == 2 ? 0 : choice & 0x40 ? FFA_ACCESS_RO : FFA_ACCESS_RW;

    said.borrowers = choice & 0x80 ? 1 + choice % 3U : 1;
    said.header.attributes = kind == 0 || said.borrowers > 1 ? FFA_MEMORY_USUAL : 0;
    for (unsigned i = 0; i < said.borrowers; i++)
        said.access[i] = (struct ffa_memory_access){
            WORLD_ID(((choice >> 2) + i) % WORLD_PARTITIONS), permissions, 0, 0, {0, 0}, 0};
}

/* A few ranges of a few pages, or many of one page each, which need several parts. */
static void say_ranges(struct script *script, const struct vcpu *v)
{
    uint8_t choice = next_byte(script);
    uint64_t first = some_page(next_byte(script), v);

    said.ranges = choice < 0xc0 ? 1 + choice % 4U : 8 * (choice % 32U + 1);
    for (unsigned i = 0; i < said.ranges; i++) {
        uint32_t pages = choice < 0xc0 ? 1 + (choice >> 2) % 4U : 1;
        said.range[i] = (struct ffa_memory_range){first, pages, 0};
        first += (pages + (choice & 0x20 ? 1U : 0)) * PAGE_BYTES;
    }
}

static void fill_send(struct script *script, struct regs *regs, struct vcpu *v, uint8_t what)
{
    static const uint32_t functions[] = {FFA_MEM_SHARE_64, FFA_MEM_LEND_32, FFA_MEM_DONATE_64};
    static uint8_t whole[8192];
    uint8_t kind = what % 3;
    uint32_t length, part;

    memset(&said, 0, offsetof(struct said, range));
    said.version = caller(v)->version;
    said.header.sender = caller(v)->id;
    said.header.flags = what & 0x40 && kind != 0 ? FFA_MEMORY_ZERO : 0;
    say_borrowers(script, kind);
    say_ranges(script, v);
    length = said_bytes(&said, whole, sizeof(whole));
    spoil(script, whole, length);
    part = what & 0x80 && said.ranges > 1 ? length - 16 * (1 + next_byte(script) % said.ranges)
                                          : length;
    part = part < PAGE_BYTES ? part : 1024 + length % 16;
    memcpy(tx_of(v, PAGE_BYTES), whole, part);
    CALL(regs, functions[kind], length, part);
}

/* The ranges that are still to come, or as many as the script says. */
static void fill_send_more(struct script *script, struct regs *regs, struct vcpu *v)
{
    uint8_t choice = next_byte(script);
    const struct transaction *t = some_transaction(choice);
    uint8_t *tx = tx_of(v, PAGE_BYTES);
    uint32_t left = (t->length - t->received) / 16;
    uint32_t now = choice & 0x40 ? 1 + next_byte(script) % 64U : left;
    uint64_t first = some_page(next_byte(script), v);

    now = now < 200 ? now : 200;
    for (uint32_t i = 0; i < now; i++) {
        struct ffa_memory_range range = {first + 2 * i * PAGE_BYTES, 1, 0};
        memcpy(tx + i * sizeof(range), &range, sizeof(range));
    }
    spoil(script, tx, now * 16);
    CALL(regs, FFA_MEM_FRAG_TX, (uint32_t)t->handle, t->handle >> 32, now * 16,
         v == NULL ? (uint64_t)t->sender << 16 : 0);
}

/* ---- Borrowing ---- */

static uint8_t some_permissions(const struct transaction *t, const struct borrower *b,
                                uint8_t choice)
{
    bool chooses = t->kind != FFA_MEMORY_SHARED && t->borrower_count == 1;
    uint8_t data = choice & 1 ? FFA_ACCESS_RO : b->permissions & FFA_ACCESS_DATA;

    return (uint8_t)(data | (!chooses ? 0 : choice & 2 ? FFA_ACCESS_X : FFA_ACCESS_NX));
}

static void fill_retrieve(struct script *script, struct regs *regs, struct vcpu *v)
{
    uint8_t choice = next_byte(script);
    uint8_t flags = next_byte(script);
    const struct transaction *t = some_transaction(choice);
    uint8_t *tx = tx_of(v, PAGE_BYTES);
    uint32_t length;

    memset(&said, 0, offsetof(struct said, range));
    said.version = caller(v)->version;
    said.header.sender = t->sender;
    said.header.handle = t->handle;
    said.header.tag = t->tag;
    said.header.flags = (flags & 1 ? (uint32_t)t->kind << FFA_MEMORY_KIND_SHIFT : 0) |
                        (flags & 2 && t->zero ? FFA_MEMORY_ZERO : 0) |
                        (flags & 4 && t->kind != FFA_MEMORY_SHARED ? FFA_MEMORY_ZERO_AFTER : 0);
    said.borrowers = t->borrower_count <= 8 ? t->borrower_count : 0;
    for (unsigned i = 0; i < said.borrowers; i++)
        said.access[i] = (struct ffa_memory_access){
            t->borrower[i].id, some_permissions(t, &t->borrower[i], flags >> 3), 0, 0, {0, 0}, 0};
    if (flags & 0x20 && said.borrowers > 1) { /* its own entry alone */
        said.header.flags |= FFA_MEMORY_ONE_BORROWER;
        said.borrowers = 1;
        said.access[0].id = caller(v)->id;
    }
    length = said_request(&said, tx, PAGE_BYTES);
    spoil(script, tx, length);
    CALL(regs, flags & 0x40 ? FFA_MEM_RETRIEVE_REQ_32 : FFA_MEM_RETRIEVE_REQ_64, length, length);
}

/* The hypervisor asks what is in a transaction. */
static void fill_ask(struct script *script, struct regs *regs)
{
    const struct transaction *t = some_transaction(next_byte(script));
    const struct ffa_memory_header h = {.handle = t->handle};
    uint8_t *tx = tx_of(NULL, PAGE_BYTES);

    memcpy(tx, &h, sizeof(h));
    spoil(script, tx, sizeof(h));
    CALL(regs, FFA_MEM_RETRIEVE_REQ_64, sizeof(h), sizeof(h));
}

static uint16_t told(const struct transaction *t, uint16_t id)
{
    for (unsigned i = 0; i < t->borrower_count; i++)
        if (t->borrower[i].id == id)
            return t->borrower[i].told;
    return t->told;
}

static void fill_tell_more(struct script *script, struct regs *regs, struct vcpu *v)
{
    uint8_t choice = next_byte(script);
    const struct transaction *t = some_transaction(choice);

    CALL(regs, FFA_MEM_FRAG_RX, (uint32_t)t->handle, t->handle >> 32,
         choice >= 0xf0 ? choice : told(t, caller(v)->id),
         v == NULL && choice & 0x40 ? (uint64_t)t->sender << 16 : 0);
}

static void fill_relinquish(struct script *script, struct regs *regs, struct vcpu *v)
{
    uint8_t choice = next_byte(script);
    const struct transaction *t = some_transaction(choice);
    const struct ffa_memory_relinquish r = {
        t->handle, choice & 0x80 ? FFA_MEMORY_ZERO : 0, 1, {caller(v)->id}};
    uint8_t *tx = tx_of(v, PAGE_BYTES);

    memcpy(tx, &r, sizeof(r));
    spoil(script, tx, sizeof(r));
    CALL(regs, FFA_MEM_RELINQUISH);
}

static void fill_reclaim(struct script *script, struct regs *regs)
{
    uint8_t choice = next_byte(script);
    const struct transaction *t = some_transaction(choice);

    CALL(regs, FFA_MEM_RECLAIM, (uint32_t)t->handle, t->handle >> 32,
         choice >= 0xf0  ? choice
         : choice & 0x80 ? FFA_MEMORY_ZERO
                         : 0);
}

void fill_sharing(struct script *script, unsigned cpu, struct vcpu *v)
{
    struct regs *regs = regs_of(cpu, v);
    uint8_t what = next_byte(script);

    switch (what % 8) {
    case 0:
    case 1:
        fill_send(script, regs, v, what >> 3);
        break;
    case 2:
        fill_send_more(script, regs, v);
        break;
    case 3:
    case 4:
        if (v != NULL)
            fill_retrieve(script, regs, v);
        else
            fill_ask(script, regs);
        break;
    case 5:
        fill_tell_more(script, regs, v);
        break;
    case 6:
        if (v != NULL)
            fill_relinquish(script, regs, v);
        else
            fill_reclaim(script, regs);
        break;
    default:
        if (what & 0x80)
            CALL(regs, FFA_RX_RELEASE);
        else
            fill_reclaim(script, regs);
        break;
    }
}
