/* SPDX-License-Identifier: BSD-3-Clause */
/* Transactions, their pages, and whose these are. */
#include "core/memory.h"

#include "core/ledger.h"
#include "core/manifest.h"
#include "core/port.h"
#include "core/stage2.h"
#include "core/trace.h"
#include "core/vcpu.h"

#define INDEX_BITS 8
#define RANGE_WORK 140
#define PAGE_WORK 10
#define CLEAN_WORK 400
#define CLEAN_PIECE 4 /* pages at once */
#define PAGES_PIECE 256U
#define BLOCK_PAGES 512

_Static_assert(TRANSACTION_MAX <= 1 << INDEX_BITS, "a handle names them all");

/* ---- Transactions ---- */

COLD void memory_init(struct memory *m)
{
    __builtin_memset(m, 0, sizeof(*m));
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        m->transactions[i].handle = i;
        m->transactions[i].next_free = (uint16_t)(i + 1 < TRANSACTION_MAX ? i + 2 : 0);
    }
    for (unsigned i = 1; i + 1 < CHUNK_MAX; i++)
        m->chunks[i].next = (uint16_t)(i + 1);
    m->free_transaction = 1;
    m->free_chunk = 1;
}

/* It was there when the transaction was sent; its first start may have failed since. */
static struct partition *partition_named(struct spmc *s, uint16_t id)
{
    return &((struct partition *)(void *)s)[s->by_id[id & 0xff]];
}

struct partition *memory_sender(struct spmc *s, const struct transaction *t)
{
    return t->sender & FFA_ID_SECURE ? partition_named(s, t->sender) : NULL;
}

struct transaction *transaction_new(struct spmc *s)
{
    struct memory *m = s->memory;
    struct transaction *t;
    uint64_t handle;

    if (m->free_transaction == 0)
        return NULL;
    t = &m->transactions[m->free_transaction - 1];
    m->free_transaction = t->next_free;
    handle = (t->handle + (1 << INDEX_BITS)) & ~FFA_HANDLE_OF_HYPERVISOR;
    __builtin_memset(t, 0, sizeof(*t));
    t->handle = handle;
    t->state = TRANSACTION_SENDING;
    return t;
}

void transaction_free(struct spmc *s, struct transaction *t)
{
    struct memory *m = s->memory;

    if (t->first_chunk != 0) {
        m->chunks[t->last_chunk].next = m->free_chunk;
        m->free_chunk = t->first_chunk;
    }
    t->first_chunk = 0;
    t->state = TRANSACTION_FREE;
    t->next_free = m->free_transaction;
    m->free_transaction = (uint16_t)(t->handle % (1 << INDEX_BITS) + 1);
}

COLD void memory_tell_anew(struct spmc *s)
{
    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        s->memory->transactions[i].told = 0;
}

struct transaction *transaction_find(struct spmc *s, uint64_t handle)
{
    struct transaction *t = &s->memory->transactions[handle % (1 << INDEX_BITS) % TRANSACTION_MAX];

    return t->state != TRANSACTION_FREE && t->handle == handle ? t : NULL;
}

COLD struct transaction *transaction_called(struct spmc *s, const struct call *c)
{
    return transaction_find(s, (uint32_t)c->regs->x[1] | c->regs->x[2] << 32);
}

COLD uint32_t transaction_w4(const struct call *c, const struct transaction *t)
{
    return c->from == NULL ? (uint32_t)t->sender << 16 : 0;
}

bool transaction_append(struct spmc *s, struct transaction *t, uint64_t address, uint32_t pages)
{
    struct memory *m = s->memory;
    unsigned slot = t->ranges % CHUNK_RANGES;

    if (slot == 0) {
        uint16_t chunk = m->free_chunk;
        if (chunk == 0)
            return false;
        m->free_chunk = m->chunks[chunk].next;
        m->chunks[chunk].next = 0;
        if (t->ranges == 0)
            t->first_chunk = chunk;
        else
            m->chunks[t->last_chunk].next = chunk;
        t->last_chunk = chunk;
    }
    m->chunks[t->last_chunk].range[slot] =
        (struct page_range){(uint32_t)(address / PAGE_BYTES), pages};
    t->ranges++;
    t->pages += pages;
    return true;
}

COLD const struct page_range *transaction_range(const struct spmc *s, const struct transaction *t,
                                                uint32_t number)
{
    const struct chunk *chunk = &s->memory->chunks[t->first_chunk];

    for (; number >= CHUNK_RANGES; number -= CHUNK_RANGES)
        chunk = &s->memory->chunks[chunk->next];
    return &chunk->range[number];
}

struct borrower *transaction_borrower(struct transaction *t, uint16_t id)
{
    for (unsigned i = 0; i < t->borrower_count; i++)
        if (t->borrower[i].id == id)
            return &t->borrower[i];
    return NULL;
}

bool transaction_is_held(const struct transaction *t)
{
    for (unsigned i = 0; i < t->borrower_count; i++)
        if (t->borrower[i].state != BORROWER_WITHOUT)
            return true;
    return false;
}

/* ---- Work on pages ---- */

static unsigned space_of(const struct transaction *t)
{
    return t->non_secure ? SPACE_NON_SECURE : SPACE_SECURE;
}

/* What becomes of entries in the tables of a sender, or of a borrower. */
static struct change change_of(const struct transaction *t, unsigned work)
{
    bool shared = t->kind == FFA_MEMORY_SHARED;
    uint64_t use = shared ? ENTRY_SHARED : ENTRY_LENT;
    uint64_t gone = shared ? 0 : ENTRY_VALID;

    switch (work) {
    case PAGES_CLAIM:
        return (struct change){ENTRY_KIND, t->entry, ~gone, use};
    case PAGES_RETURN:
        return (struct change){ENTRY_USE, use, ~use, gone};
    case PAGES_LEAVE:
        return (struct change){ENTRY_USE, use, 0, 0};
    case PAGES_UNMAP:
        return (struct change){ENTRY_VALID, ENTRY_VALID, 0, 0};
    default:
        return stage2_leaf(work >> MAP_SHIFT);
    }
}

static bool clean(const struct transaction *t, uint64_t base, uint64_t pages)
{
    if (!port_zero(base, pages * PAGE_BYTES))
        return false;
    if (!t->non_secure)
        port_cache_clean(base, pages * PAGE_BYTES);
    return true;
}

/* Donated pages become the borrower's own. */
COLD static void hand_over(struct spmc *s, const struct transaction *t, uint64_t base,
                           uint64_t pages)
{
    const struct change own = {ENTRY_USE, ENTRY_DONATED, ~ENTRY_USE, 0};

    stage2_change(s, partition_named(s, t->borrower[0].id), space_of(t), base, pages, &own);
}

/* How many pages, of those that follow each other; fewer where it failed. */
static uint64_t apply(struct spmc *s, const struct transaction *t, unsigned work,
                      const struct partition *p, uint64_t base, uint64_t pages,
                      const struct change *change)
{
    if (work == PAGES_CLEAN)
        return clean(t, base, pages) ? pages : 0;
    if (work == PAGES_LEAVE)
        hand_over(s, t, base, pages);
    if (p == NULL) /* the ledger keeps what the Normal world donated */
        return pages;
    return stage2_change(s, p, space_of(t), base, pages, change);
}

/* A cursor in whole registers. */
struct position {
    uint32_t chunk, slot, page, done;
};

static const struct page_range *next_range(const struct spmc *s, struct position *at,
                                           const struct page_range *r)
{
    if (++at->slot < CHUNK_RANGES)
        return r + 1;
    at->slot = 0;
    at->chunk = s->memory->chunks[at->chunk].next;
    return s->memory->chunks[at->chunk].range;
}

/* Pages of the Normal world are in its ledger, range by range. */
static enum progress work_on_ledger(struct spmc *s, bool take, const struct page_range *r,
                                    struct position *at, uint32_t until)
{
    for (; at->done < until; at->done += r->count, r = next_range(s, at, r)) {
        uint64_t base = (uint64_t)r->first * PAGE_BYTES;

        if (!take)
            ledger_give(s, base, r->count);
        else if (!ledger_take(s, base, r->count))
            return PROGRESS_FAILED;
    }
    return PROGRESS_DONE;
}

/* What is done of many pages before anybody asks for the time: a block may be one entry. */
COLD static uint32_t at_once(unsigned work, uint32_t first, uint32_t count)
{
    if (work == PAGES_CLEAN)
        return CLEAN_PIECE;
    if (work >= PAGES_UNMAP && first % BLOCK_PAGES == 0 && count >= BLOCK_PAGES)
        return BLOCK_PAGES;
    return PAGES_PIECE - first % PAGES_PIECE;
}

enum progress memory_work(struct spmc *s, struct call *c, struct transaction *t, unsigned work,
                          struct cursor *place, uint32_t until)
{
    const struct partition *p = work <= PAGES_LEAVE ? memory_sender(s, t) : call_partition(c);
    const uint32_t few = work == PAGES_CLEAN ? CLEAN_PIECE : PAGES_PIECE;
    const int32_t page_work = work == PAGES_CLEAN ? CLEAN_WORK : PAGE_WORK;
    const struct change change = change_of(t, work);
    const struct page_range *r;
    enum progress progress = PROGRESS_DONE;
    struct position at = {place->chunk, place->slot, place->page, place->done};
    int32_t spent = c->work;

    if (at.chunk == 0)
        at.chunk = t->first_chunk;
    r = &s->memory->chunks[at.chunk].range[at.slot];
    if (p == NULL && work <= PAGES_RETURN) {
        progress = work_on_ledger(s, work == PAGES_CLAIM, r, &at, until);
        until = 0;
    }
    while (at.done < until) {
        uint32_t count = r->count - at.page;
        uint32_t done;

        count = count < until - at.done ? count : until - at.done;
        if (count > few)
            count = at_once(work, r->first + at.page, count);
        if (spent >= PIECE_WORK && c->from != NULL) {
            if (trace_is_wanted(c)) {
                progress = PROGRESS_MORE;
                break;
            }
            spent = 0;
        }
        done = (uint32_t)apply(s, t, work, p, (uint64_t)(r->first + at.page) * PAGE_BYTES, count,
                               &change);
        spent += RANGE_WORK + (int32_t)done * page_work;
        at.done += done;
        at.page += done;
        if (done < count) {
            progress = PROGRESS_FAILED;
            break;
        }
        if (at.page < r->count)
            continue;
        at.page = 0;
        r = next_range(s, &at, r);
    }
    c->work = spent;
    *place = (struct cursor){(uint16_t)at.chunk, (uint16_t)at.slot, (uint16_t)at.page,
                             (uint16_t)at.done};
    /* A page that a partition cannot reach any more: no old translation may be left. */
    if (p != NULL && work <= PAGES_UNMAP)
        port_stage2_changed(p->vmid, p->s_el0);
    return progress;
}

/* ---- Partitions ---- */

void transaction_end_orphan(struct spmc *s, struct transaction *t)
{
    const struct partition *sender = memory_sender(s, t);

    if (sender != NULL && sender->state != PARTITION_LIVE && sender->state != PARTITION_STARTING &&
        t->state != TRANSACTION_OVER && !transaction_is_held(t))
        transaction_free(s, t);
}

COLD void memory_end(struct spmc *s, struct partition *p)
{
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        struct transaction *t = &s->memory->transactions[i];
        struct borrower *b;

        if (t->state == TRANSACTION_FREE)
            continue;
        b = transaction_borrower(t, p->endpoint.id);
        if (b != NULL && b->state != BORROWER_WITHOUT) {
            t->zero_back |= b->zero_after || b->state == BORROWER_GIVING;
            b->state = BORROWER_WITHOUT;
            b->at = (struct cursor){0};
            if (t->claimed.done != 0) { /* a donation that has left its sender in part */
                struct call nobody = {0};
                if (memory_sender(s, t) != NULL) /* the ledger keeps the Normal world's */
                    memory_work(s, &nobody, t, PAGES_LEAVE, &t->claimed, t->pages);
                t->state = TRANSACTION_OVER;
            }
        }
        if (t->state == TRANSACTION_OVER && b != NULL)
            transaction_free(s, t);
        else
            transaction_end_orphan(s, t);
    }
}

COLD bool memory_is_back(struct spmc *s, const struct partition *p)
{
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        const struct transaction *t = &s->memory->transactions[i];
        if (t->state != TRANSACTION_FREE && t->state != TRANSACTION_OVER &&
            t->sender == p->endpoint.id)
            return false;
    }
    for (const struct vcpu *v = s->vcpus; v < &s->vcpus[PARTITION_MAX * CPU_MAX]; v++)
        if (v->state == VCPU_RUNNING && s->partitions[v->partition].state == PARTITION_ABORTED)
            return false;
    return manifest_is_whole(s, p);
}

/* ---- Buffers ---- */

refusal memory_take_buffer(struct spmc *s, const struct partition *p, uint64_t base, uint64_t pages,
                           uint64_t access)
{
    const refusal not_its_own =
        REFUSAL(FFA_INVALID_PARAMETERS, "a buffer is not the caller's alone");
    const refusal in_use = REFUSAL(FFA_DENIED, "a buffer is not the caller's alone");
    struct change change = {.keep = UINT64_MAX, .set = ENTRY_MAILBOX};
    unsigned space;
    uint64_t done;

    if (p == NULL)
        return ledger_take(s, base, pages) ? NULL : in_use;
    if (base >> STAGE2_ADDRESS_BITS != 0)
        return not_its_own;
    change.want = ENTRY_VALID | ENTRY_MEMORY | access;
    change.mask = change.want | ENTRY_USE;
    space = stage2_space_with(s, p, base);
    done = stage2_change(s, p, space, base, pages, &change);
    if (done == pages)
        return NULL;
    memory_give_buffer(s, p, base, done);
    base += done * PAGE_BYTES;
    return (stage2_entry(s, p, space, base) & change.want) == change.want ? in_use : not_its_own;
}

void memory_give_buffer(struct spmc *s, const struct partition *p, uint64_t base, uint64_t pages)
{
    struct change change = {ENTRY_MAILBOX, ENTRY_MAILBOX, ~ENTRY_MAILBOX, 0};

    if (p == NULL)
        ledger_give(s, base, pages);
    else
        stage2_change(s, p, stage2_space_with(s, p, base), base, pages, &change);
}
