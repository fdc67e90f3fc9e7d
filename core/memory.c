/* SPDX-License-Identifier: BSD-3-Clause */
/* Transactions, their pages, and whose these are. */
#include "core/memory.h"

#include "core/ledger.h"
#include "core/manifest.h"
#include "core/port.h"
#include "core/stage2.h"
#include "core/vcpu.h"

#define INDEX_BITS 8
#define RANGE_WORK 60
#define PAGE_WORK 10
#define CLEAN_WORK 400
#define CLEAN_PIECE 4

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

struct partition *memory_sender(struct spmc *s, const struct transaction *t)
{
    return t->sender & FFA_ID_SECURE ? partition_by_id(s, t->sender) : NULL;
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

struct transaction *transaction_find(struct spmc *s, uint64_t handle)
{
    struct transaction *t = &s->memory->transactions[handle % (1 << INDEX_BITS) % TRANSACTION_MAX];

    return t->state != TRANSACTION_FREE && t->handle == handle ? t : NULL;
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

/* What is done with pages that follow each other: how many, fewer where it failed. */
struct work {
    uint64_t (*apply)(struct spmc *s, const struct work *w, uint64_t base, uint64_t pages);
    const struct transaction *t;
    const struct partition *p; /* whose tables change; NULL for the Normal world's ledger */
    unsigned attributes;       /* MAP_* */
    struct change change;
    unsigned cost; /* of a page */
    uint32_t most; /* pages at once */
};

static enum progress work_on(struct spmc *s, const struct work *w, struct cursor *at,
                             uint32_t until, int32_t work)
{
    if (at->chunk == 0)
        at->chunk = w->t->first_chunk;
    while (at->done < until) {
        const struct page_range *r = &s->memory->chunks[at->chunk].range[at->slot];
        uint32_t count = r->count - at->page;
        uint32_t done;

        if (work <= 0)
            return PROGRESS_MORE;
        count = count < until - at->done ? count : until - at->done;
        count = count < w->most ? count : w->most;
        done = (uint32_t)w->apply(s, w, (uint64_t)(r->first + at->page) * PAGE_BYTES, count);
        work -= (int32_t)(RANGE_WORK + done * w->cost);
        at->done += done;
        at->page += done;
        if (done < count)
            return PROGRESS_FAILED;
        if (at->page == r->count) {
            at->page = 0;
            if (++at->slot == CHUNK_RANGES) {
                at->slot = 0;
                at->chunk = s->memory->chunks[at->chunk].next;
            }
        }
    }
    return PROGRESS_DONE;
}

static unsigned space_of(const struct transaction *t)
{
    return t->non_secure ? SPACE_NON_SECURE : SPACE_SECURE;
}

static uint64_t apply_change(struct spmc *s, const struct work *w, uint64_t base, uint64_t pages)
{
    return stage2_change(s, w->p, space_of(w->t), base, pages, w->change);
}

static uint64_t apply_map(struct spmc *s, const struct work *w, uint64_t base, uint64_t pages)
{
    return stage2_map(s, w->p, base, pages, w->attributes);
}

static uint64_t apply_take(struct spmc *s, const struct work *w, uint64_t base, uint64_t pages)
{
    (void)w;
    return ledger_take(s, base, pages) ? pages : 0;
}

static uint64_t apply_give(struct spmc *s, const struct work *w, uint64_t base, uint64_t pages)
{
    (void)w;
    ledger_give(s, base, pages);
    return pages;
}

static uint64_t apply_clean(struct spmc *s, const struct work *w, uint64_t base, uint64_t pages)
{
    (void)s;
    if (!port_zero(base, pages * PAGE_BYTES))
        return 0;
    if (w->attributes & MAP_NON_SECURE)
        return pages;
    port_cache_clean(base, pages * PAGE_BYTES);
    return pages;
}

/* Pages of the Normal world change in its ledger, a partition's in its tables; those of a partition
 * that is no more change nowhere: they wait for its restart. */
static struct work sender_work(struct spmc *s, const struct transaction *t, struct change change,
                               bool take)
{
    const struct partition *p = memory_sender(s, t);
    struct work w = {apply_change, t, p, 0, change, PAGE_WORK, UINT32_MAX};

    if (p == NULL) {
        w.apply = take ? apply_take : apply_give;
        w.cost = 1;
    }
    return w;
}

/* What becomes of a page that its owner shares, lends or donates, and back. All must be like the
 * first one, which may have become part of the transaction already. */
static struct change claim_change(const struct spmc *s, const struct transaction *t,
                                  const struct partition *p)
{
    uint64_t address = (uint64_t)transaction_range(s, t, 0)->first * PAGE_BYTES;
    uint64_t kind =
        (stage2_entry(s, p, space_of(t), address) & ENTRY_KIND & ~ENTRY_USE) | ENTRY_VALID;

    if (t->kind == FFA_MEMORY_SHARED)
        return (struct change){ENTRY_KIND, kind, UINT64_MAX, ENTRY_SHARED};
    return (struct change){ENTRY_KIND, kind, ~ENTRY_VALID, ENTRY_LENT};
}

static struct change return_change(const struct transaction *t)
{
    if (t->kind == FFA_MEMORY_SHARED)
        return (struct change){ENTRY_USE, ENTRY_SHARED, ~ENTRY_SHARED, 0};
    return (struct change){ENTRY_USE, ENTRY_LENT, ~ENTRY_LENT, ENTRY_VALID};
}

/* A lent page is one that its partition cannot reach: no old translation may be left. */
static void forget_translations(const struct work *w)
{
    if (w->p != NULL)
        port_stage2_changed(w->p->vmid);
}

enum progress memory_claim(struct spmc *s, struct transaction *t, struct cursor *at, int32_t work)
{
    const struct partition *p = memory_sender(s, t);
    struct change change = {0};
    struct work w;
    enum progress progress;

    if (p != NULL)
        change = claim_change(s, t, p);
    w = sender_work(s, t, change, true);
    progress = work_on(s, &w, at, t->pages, work);
    if (t->kind != FFA_MEMORY_SHARED)
        forget_translations(&w);
    return progress;
}

void memory_unclaim(struct spmc *s, struct transaction *t, const struct cursor *until)
{
    struct work w = sender_work(s, t, return_change(t), false);
    struct cursor at = {0};

    work_on(s, &w, &at, until->done, WORK_UNLIMITED);
}

enum progress memory_return(struct spmc *s, struct transaction *t, struct cursor *at, int32_t work)
{
    struct work w = sender_work(s, t, return_change(t), false);

    return work_on(s, &w, at, t->pages, work);
}

enum progress memory_leave(struct spmc *s, struct transaction *t, struct cursor *at, int32_t work)
{
    struct work w = sender_work(s, t, (struct change){ENTRY_USE, ENTRY_LENT, 0, 0}, true);

    if (w.p == NULL) /* the ledger keeps them: they are the Normal world's no more */
        return PROGRESS_DONE;
    return work_on(s, &w, at, t->pages, work);
}

enum progress memory_map(struct spmc *s, struct transaction *t, const struct partition *p,
                         unsigned attributes, struct cursor *at, int32_t work)
{
    struct work w = {apply_map, t, p, attributes, {0}, PAGE_WORK, UINT32_MAX};

    return work_on(s, &w, at, t->pages, work);
}

enum progress memory_unmap(struct spmc *s, struct transaction *t, const struct partition *p,
                           struct cursor *at, uint32_t pages, int32_t work)
{
    struct work w = {apply_change, t, p, 0, {0, 0, 0, 0}, PAGE_WORK, UINT32_MAX};
    enum progress progress;

    w.change = (struct change){ENTRY_VALID, ENTRY_VALID, 0, 0};
    progress = work_on(s, &w, at, pages, work);
    forget_translations(&w);
    return progress;
}

enum progress memory_clean(struct spmc *s, struct transaction *t, struct cursor *at, int32_t work)
{
    struct work w = {apply_clean, t,          NULL,       t->non_secure ? MAP_NON_SECURE : 0,
                     {0},         CLEAN_WORK, CLEAN_PIECE};

    return work_on(s, &w, at, t->pages, work);
}

/* ---- Partitions ---- */

/* Pages of a transaction that are a partition's by its manifest: the package, and allocated
 * regions. */
static uint32_t pages_of_manifest(const struct spmc *s, const struct transaction *t,
                                  const struct partition *p)
{
    uint32_t pages = 0;

    for (uint32_t i = 0; i < t->ranges; i++) {
        const struct page_range *r = transaction_range(s, t, i);
        for (uint32_t n = 0; n < r->count; n++)
            pages += manifest_has(p, (uint64_t)(r->first + n) * PAGE_BYTES);
    }
    return pages;
}

void memory_donated(struct spmc *s, const struct transaction *t, struct partition *to)
{
    struct partition *from = memory_sender(s, t);

    if (from != NULL)
        from->pages_gone += pages_of_manifest(s, t, from);
    to->pages_gone -= pages_of_manifest(s, t, to);
}

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
                memory_leave(s, t, &t->claimed, WORK_UNLIMITED);
                memory_donated(s, t, p);
                t->state = TRANSACTION_OVER;
            }
        }
        if (t->state == TRANSACTION_OVER && b != NULL)
            transaction_free(s, t);
        else
            transaction_end_orphan(s, t);
    }
}

COLD bool memory_is_back(const struct spmc *s, const struct partition *p)
{
    if (p->pages_gone != 0)
        return false;
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        const struct transaction *t = &s->memory->transactions[i];
        if (t->state != TRANSACTION_FREE && t->state != TRANSACTION_OVER &&
            t->sender == p->endpoint.id)
            return false;
    }
    return true;
}

/* ---- Buffers ---- */

static bool take_from_space(struct spmc *s, const struct partition *p, unsigned space,
                            uint64_t base, uint64_t pages)
{
    uint64_t done = stage2_change(
        s, p, space, base, pages,
        (struct change){ENTRY_VALID | ENTRY_USE, ENTRY_VALID, UINT64_MAX, ENTRY_MAILBOX});

    if (done < pages)
        stage2_change(s, p, space, base, done,
                      (struct change){ENTRY_MAILBOX, ENTRY_MAILBOX, ~ENTRY_MAILBOX, 0});
    return done == pages;
}

bool memory_take_buffer(struct spmc *s, const struct partition *p, uint64_t base, uint64_t pages)
{
    if (p == NULL)
        return ledger_take(s, base, pages);
    return take_from_space(s, p, SPACE_SECURE, base, pages) ||
           take_from_space(s, p, SPACE_NON_SECURE, base, pages);
}

void memory_give_buffer(struct spmc *s, const struct partition *p, uint64_t base, uint64_t pages)
{
    struct change change = {ENTRY_MAILBOX, ENTRY_MAILBOX, ~ENTRY_MAILBOX, 0};

    if (p == NULL)
        ledger_give(s, base, pages);
    else if (stage2_change(s, p, SPACE_SECURE, base, pages, change) != pages)
        stage2_change(s, p, SPACE_NON_SECURE, base, pages, change);
}
