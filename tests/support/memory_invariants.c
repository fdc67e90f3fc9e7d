/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The invariants of memory in any state: pools, transactions, each entry of each partition's tables
 * and each bit of the ledger have a reason, and a page that is somebody's alone is nobody else's.
 * The explorer's searches of memory follow two pages by the calls; this looks at all pages at once.
 */
#include <string.h>

#include "core/memory.h"
#include "core/stage2.h"
#include "support/invariants.h"
#include "support/memory_invariants.h"

#define REQUIRE(condition, text) \
    do {                         \
        if (!(condition))        \
            return text;         \
    } while (0)

/* ---- Pools ---- */

static const char *broken_chunks(const struct memory *m)
{
    unsigned count = 0;

    for (unsigned c = m->free_chunk; c != 0; c = m->chunks[c].next)
        REQUIRE(c < CHUNK_MAX && ++count < CHUNK_MAX, "the list of free chunks is a circle");
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        const struct transaction *t = &m->transactions[i];
        unsigned ranges = 0;
        if (t->state == TRANSACTION_FREE)
            continue;
        for (unsigned c = t->first_chunk; c != 0; c = m->chunks[c].next) {
            REQUIRE(c < CHUNK_MAX && ++count < CHUNK_MAX, "a list of chunks is a circle");
            REQUIRE(ranges < t->ranges && (m->chunks[c].next != 0 || c == t->last_chunk),
                    "a transaction has another list of ranges");
            ranges += CHUNK_RANGES;
        }
        REQUIRE(ranges >= t->ranges && ranges < t->ranges + CHUNK_RANGES,
                "a transaction has another list of ranges");
    }
    REQUIRE(count == CHUNK_MAX - 1, "a chunk is lost");
    return NULL;
}

static const char *broken_slots(const struct memory *m)
{
    unsigned count = 0;

    for (unsigned t = m->free_transaction; t != 0; t = m->transactions[t - 1].next_free) {
        REQUIRE(t <= TRANSACTION_MAX && ++count <= TRANSACTION_MAX,
                "the list of free transactions is a circle");
        REQUIRE(m->transactions[t - 1].state == TRANSACTION_FREE, "a transaction in use is free");
    }
    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        count += m->transactions[i].state != TRANSACTION_FREE;
    REQUIRE(count == TRANSACTION_MAX, "a transaction is lost");
    return NULL;
}

/* ---- Transactions ---- */

static const struct page_range *range_of(const struct spmc *s, const struct transaction *t,
                                         unsigned number)
{
    unsigned c = t->first_chunk;

    for (; number >= CHUNK_RANGES; number -= CHUNK_RANGES)
        c = s->memory->chunks[c].next;
    return &s->memory->chunks[c].range[number];
}

static bool covers(const struct spmc *s, const struct transaction *t, uint64_t address)
{
    for (unsigned i = 0; i < t->ranges; i++) {
        const struct page_range *r = range_of(s, t, i);
        if (address / PAGE_BYTES - r->first < r->count)
            return true;
    }
    return false;
}

/* Its pages are the sender's no more, but for those that a donation has taken away for good. */
static bool is_sent(const struct transaction *t)
{
    return t->state == TRANSACTION_SENT && t->claimed.done == 0;
}

/* The number of a page, UINT32_MAX for one that it does not have. */
static uint32_t page_number(const struct spmc *s, const struct transaction *t, uint64_t address)
{
    uint32_t before = 0;

    for (unsigned i = 0; i < t->ranges; i++) {
        const struct page_range *r = range_of(s, t, i);
        uint64_t n = address / PAGE_BYTES - r->first;
        if (n < r->count)
            return before + (uint32_t)n;
        before += r->count;
    }
    return UINT32_MAX;
}

/* Whether a page is its sender's no more: work goes from the first page to the last. */
static bool has_from_sender(const struct spmc *s, const struct transaction *t, uint64_t address)
{
    uint32_t n = page_number(s, t, address);

    switch (t->state) {
    case TRANSACTION_SENDING:
    case TRANSACTION_UNDOING:
        return n < t->claimed.done && n >= t->returned.done;
    case TRANSACTION_SENT:
        return n < t->pages && n >= t->claimed.done;
    case TRANSACTION_RETURNING:
        return n < (t->claimed.done != 0 ? t->claimed.done : t->pages) && n >= t->returned.done;
    default:
        return false;
    }
}

static const struct partition *partition_with(const struct spmc *s, uint16_t id)
{
    for (unsigned i = 0; i < s->partition_count; i++)
        if (s->partitions[i].endpoint.id == id)
            return &s->partitions[i];
    return NULL;
}

/* It comes back, and its tables are still as they were when it died. */
static bool has_old_tables(const struct partition *p)
{
    return p->state == PARTITION_RESTARTING && p->restored == 0;
}

/* Nobody runs in it, and its tables are as they were when it died. */
static bool is_gone(const struct spmc *s, const struct partition *p)
{
    if (has_old_tables(p))
        return true;
    if (p->state != PARTITION_ABORTED)
        return p->state == PARTITION_ABSENT;
    for (unsigned i = 0; i < p->context_count; i++)
        if (s->vcpus[p->first_vcpu + i].state == VCPU_RUNNING)
            return false;
    return true;
}

static bool lives(const struct partition *p)
{
    return p->state != PARTITION_ABORTED && p->state != PARTITION_ABSENT && !has_old_tables(p);
}

/* In either space: a page of it is in one. */
static uint64_t entry_at(const struct spmc *s, const struct partition *p, uint64_t address)
{
    uint64_t e = stage2_entry(s, p, SPACE_SECURE, address);

    return e != 0 ? e : stage2_entry(s, p, SPACE_NON_SECURE, address);
}

static bool is_taken(const struct spmc *s, uint64_t address)
{
    uint64_t page = (address - s->normal_memory.range[0].base) / PAGE_BYTES;

    return page < s->memory->normal_pages && s->memory->taken[page / 64] >> page % 64 & 1;
}

/* Of what a borrower gives up, the first pages may have gone. */
static const char *broken_sent_page(const struct spmc *s, const struct transaction *t,
                                    uint64_t address)
{
    const struct partition *sender = partition_with(s, t->sender);
    uint64_t use = t->kind == FFA_MEMORY_SHARED ? ENTRY_SHARED : ENTRY_LENT;

    if (!(t->sender & FFA_ID_SECURE))
        REQUIRE(is_taken(s, address), "memory that the Normal world sent is still its own");
    else if (sender != NULL && lives(sender))
        REQUIRE((entry_at(s, sender, address) & ENTRY_USE) == use,
                "memory that a partition sent is still its own");
    for (unsigned i = 0; i < t->borrower_count; i++) {
        const struct borrower *b = &t->borrower[i];
        const struct partition *p = partition_with(s, b->id);
        if (b->state == BORROWER_WITH && page_number(s, t, address) >= b->at.done)
            REQUIRE(p != NULL && lives(p) && (entry_at(s, p, address) & ENTRY_VALID),
                    "a borrower does not reach what it retrieved");
    }
    return NULL;
}

static const char *broken_transaction(const struct spmc *s, const struct transaction *t)
{
    const char *broken = NULL;
    uint64_t pages = 0;

    REQUIRE(t->borrower_count <= BORROWER_MAX && t->state <= TRANSACTION_OVER &&
                t->kind >= FFA_MEMORY_SHARED && t->kind <= FFA_MEMORY_DONATED,
            "a transaction of no kind");
    for (unsigned i = 0; i < t->borrower_count; i++) {
        REQUIRE(t->borrower[i].id != t->sender, "somebody lends to itself");
        for (unsigned j = 0; j < i; j++)
            REQUIRE(t->borrower[i].id != t->borrower[j].id, "a borrower is there twice");
    }
    for (unsigned i = 0; i < t->ranges; i++)
        pages += range_of(s, t, i)->count;
    REQUIRE(pages == t->pages && pages <= TRANSACTION_PAGES_MAX, "pages are counted wrong");
    if (!is_sent(t))
        return NULL;
    REQUIRE(t->pages == t->pages_said && t->received == t->length,
            "what did not come whole is sent");
    for (unsigned i = 0; broken == NULL && i < t->ranges; i++) {
        const struct page_range *r = range_of(s, t, i);
        for (uint32_t n = 0; broken == NULL && n < r->count; n++)
            broken = broken_sent_page(s, t, ((uint64_t)r->first + n) * PAGE_BYTES);
    }
    return broken;
}

/* ---- Entries ---- */

static bool is_own(uint64_t entry)
{
    return !(entry & ENTRY_BORROWED);
}

static bool is_buffer(const struct mailbox *m, uint64_t address)
{
    uint64_t bytes = m->pages * PAGE_BYTES;

    return m->state != MAILBOX_UNMAPPED && (address - m->tx < bytes || address - m->rx < bytes);
}

/* The transaction by which somebody sent, or has borrowed, a page; NULL. */
static const struct transaction *sent_by(const struct spmc *s, uint16_t id, uint64_t address)
{
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        const struct transaction *t = &s->memory->transactions[i];
        if (t->sender == id && has_from_sender(s, t, address))
            return t;
    }
    return NULL;
}

static const struct borrower *borrowed_by(const struct spmc *s, uint16_t id, uint64_t address,
                                          const struct transaction **of)
{
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        const struct transaction *t = &s->memory->transactions[i];
        if (t->state == TRANSACTION_FREE || t->state == TRANSACTION_SENDING ||
            !covers(s, t, address))
            continue;
        for (unsigned b = 0; b < t->borrower_count; b++)
            if (t->borrower[b].id == id && t->borrower[b].state != BORROWER_WITHOUT) {
                *of = t;
                return &t->borrower[b];
            }
    }
    return NULL;
}

static const char *broken_borrowed(const struct spmc *s, const struct partition *p,
                                   uint64_t address, uint64_t e)
{
    const struct transaction *t = NULL;
    const struct borrower *b = borrowed_by(s, p->endpoint.id, address, &t);
    bool donated = (e & ENTRY_DONATED) == ENTRY_DONATED;

    REQUIRE(b != NULL, "a partition reaches memory that it has not borrowed");
    REQUIRE(donated == (t->kind == FFA_MEMORY_DONATED), "memory is borrowed in another way");
    REQUIRE(!(e & ENTRY_WRITE) || (b->taken & FFA_ACCESS_RW), "a borrower writes without leave");
    REQUIRE(!(e & ENTRY_WRITE) || donated || (b->permissions & FFA_ACCESS_RW),
            "a borrower writes what it was granted to read");
    REQUIRE((e & ENTRY_NO_EXECUTE) || (b->taken & FFA_ACCESS_CODE) == FFA_ACCESS_X,
            "a borrower executes without leave");
    return NULL;
}

static const char *broken_own(const struct spmc *s, const struct partition *p, unsigned space,
                              uint64_t address, uint64_t e)
{
    const struct transaction *t = sent_by(s, p->endpoint.id, address);
    uint64_t use = e & ENTRY_USE;

    REQUIRE(use == 0 || use == ENTRY_SHARED || use == ENTRY_LENT || use == ENTRY_MAILBOX,
            "a page has two uses");
    REQUIRE(space == SPACE_SECURE || is_taken(s, address), "Normal memory has two owners");
    REQUIRE(!(e & ENTRY_VALID) == (use == ENTRY_LENT), "who lent a page reaches it");
    REQUIRE((use == ENTRY_MAILBOX) == is_buffer(&p->endpoint.mailbox, address),
            "a mailbox and its pages differ");
    if (use == ENTRY_SHARED || use == ENTRY_LENT)
        REQUIRE(t != NULL && (use == ENTRY_SHARED) == (t->kind == FFA_MEMORY_SHARED),
                "a page is sent by no transaction");
    if (t != NULL && is_sent(t))
        REQUIRE(use == ENTRY_SHARED || use == ENTRY_LENT, "a page that was sent is not marked so");
    return NULL;
}

/* Who has it as its own, and may somebody else reach it? */
static const char *broken_others(const struct spmc *s, const struct partition *p, uint64_t address,
                                 uint64_t e)
{
    for (unsigned i = 0; i < s->partition_count; i++) {
        const struct partition *other = &s->partitions[i];
        uint64_t its;

        if (other == p || is_gone(s, other))
            continue;
        its = entry_at(s, other, address);
        if (its == 0)
            continue;
        REQUIRE(!is_own(its) || !lives(other) || !lives(p), "a page has two owners");
        REQUIRE(!(its & ENTRY_VALID) || (e & (ENTRY_SHARED | ENTRY_LENT)),
                "somebody else reaches a page that is a partition's alone");
    }
    return NULL;
}

static bool is_memory(const struct spmc *s, const struct partition *p, unsigned space,
                      uint64_t address)
{
    const struct ranges *ranges = space == SPACE_SECURE ? &s->secure_memory : &s->normal_memory;

    for (unsigned i = 0; i < p->region_count; i++)
        if (address - p->regions[i].base < p->regions[i].size)
            return true; /* a device as well */
    for (unsigned i = 0; i < ranges->count; i++)
        if (address - ranges->range[i].base < ranges->range[i].size)
            return true;
    return false;
}

static const char *broken_use(const struct spmc *s, const struct partition *p, unsigned space,
                              uint64_t address, uint64_t e)
{
    const char *broken;

    if (!is_own(e))
        return broken_borrowed(s, p, address, e);
    broken = broken_own(s, p, space, address, e);
    return broken != NULL ? broken : broken_others(s, p, address, e);
}

/* What a dead one borrowed is given up; a context that still runs may reach it, until a kick. */
static const char *broken_page(const struct spmc *s, const struct partition *p, uint64_t address)
{
    for (unsigned space = 0; space < 2; space++) {
        uint64_t e = stage2_entry(s, p, space, address);
        const char *broken;

        if (e == 0)
            continue;
        REQUIRE(is_memory(s, p, space, address), "an entry leads out of memory");
        REQUIRE(address - s->own.base >= s->own.size, "an entry leads to Bulkhead's own memory");
        REQUIRE(!p->s_el0 || !(e & ENTRY_WRITE) || (e & ENTRY_NO_EXECUTE),
                "a page at S-EL0 is both written and executed");
        REQUIRE(space == SPACE_SECURE || (e & ENTRY_NO_EXECUTE), "code in Normal memory");
        broken = lives(p) ? broken_use(s, p, space, address, e) : NULL;
        if (broken != NULL)
            return broken;
        if (space == SPACE_NON_SECURE && (e & ENTRY_VALID) && !is_gone(s, p))
            REQUIRE(is_taken(s, address), "a partition reaches memory that is the Normal world's");
    }
    return NULL;
}

/* ---- Tables ---- */

struct walk {
    const struct spmc *s;
    const struct partition *p;
    unsigned tables;
};

static const char *broken_table(struct walk *w, const uint64_t *table, unsigned level,
                                uint64_t base)
{
    uint64_t bytes = PAGE_BYTES << 9 * (3 - level);
    const char *broken = NULL;

    REQUIRE(++w->tables < TABLE_MAX, "tables are a circle");
    for (unsigned i = 0; broken == NULL && i < 512; i++) {
        uint64_t at = base + i * bytes;
        if (table[i] == 0)
            continue;
        if (level < 3 && (table[i] & ENTRY_TABLE_OR_PAGE)) {
            uint64_t number = ((table[i] & ENTRY_ADDRESS) - w->s->tables_pa) / PAGE_BYTES;
            REQUIRE(number > 0 && number <= w->s->tables_used, "an entry leads to no table");
            broken = broken_table(w, w->s->tables[number], level + 1, at);
            continue;
        }
        REQUIRE(level >= 2, "a block of a GiB");
        for (uint64_t page = at; broken == NULL && page < at + bytes; page += PAGE_BYTES)
            broken = broken_page(w->s, w->p, page);
    }
    return broken;
}

static const char *broken_tables(const struct spmc *s)
{
    const char *broken = NULL;
    unsigned count = 0;

    for (unsigned t = s->tables_free; t != 0; t = (unsigned)s->tables[t][0])
        REQUIRE(t <= s->tables_used && ++count < TABLE_MAX, "the list of free tables is a circle");
    for (unsigned i = 0; broken == NULL && i < s->partition_count; i++) {
        const struct partition *p = &s->partitions[i];
        struct walk w = {.s = s, .p = p};
        /* One that is left out may have got none. */
        for (unsigned space = 0; broken == NULL && space < (p->s_el0 ? 1U : 2U); space++)
            broken =
                p->tables[space] != 0 ? broken_table(&w, s->tables[p->tables[space]], 1, 0) : NULL;
        count += w.tables;
    }
    REQUIRE(broken != NULL || count == s->tables_used, "a table is lost, or used twice");
    return broken;
}

/* ---- The ledger ---- */

static bool has_reason(const struct spmc *s, uint64_t address)
{
    if (is_buffer(&s->normal.mailbox, address))
        return true;
    for (unsigned i = 0; i < VM_MAX; i++)
        if (is_buffer(&s->vms[i].mailbox, address))
            return true;
    for (unsigned i = 0; i < s->partition_count; i++)
        for (unsigned r = 0; r < s->partitions[i].region_count; r++)
            if (address - s->partitions[i].regions[r].base < s->partitions[i].regions[r].size)
                return true;
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        const struct transaction *t = &s->memory->transactions[i];
        if (!(t->sender & FFA_ID_SECURE) && has_from_sender(s, t, address))
            return true;
    }
    return false;
}

static bool is_donated(const uint64_t *donated, const struct spmc *s, uint64_t address)
{
    uint64_t page = (address - s->normal_memory.range[0].base) / PAGE_BYTES;

    return donated[page / 64] >> page % 64 & 1;
}

static const char *broken_ledger(const struct spmc *s, const uint64_t *donated)
{
    const struct memory *m = s->memory;

    for (uint64_t word = 0; word < m->normal_pages / 64; word++)
        for (uint64_t bits = m->taken[word]; bits != 0; bits &= bits - 1) {
            uint64_t page = word * 64 + (unsigned)__builtin_ctzll(bits);
            uint64_t address = s->normal_memory.range[0].base + page * PAGE_BYTES;
            REQUIRE(has_reason(s, address) || is_donated(donated, s, address),
                    "the ledger has a page without a reason");
        }
    return NULL;
}

const char *broken_memory(const struct spmc *s, const uint64_t *donated)
{
    const char *broken = broken_chunks(s->memory);

    if (broken == NULL)
        broken = broken_slots(s->memory);
    for (unsigned i = 0; broken == NULL && i < TRANSACTION_MAX; i++)
        if (s->memory->transactions[i].state != TRANSACTION_FREE)
            broken = broken_transaction(s, &s->memory->transactions[i]);
    if (broken == NULL)
        broken = broken_tables(s);
    return broken != NULL ? broken : broken_ledger(s, donated);
}

/* ---- What became of Normal memory ---- */

static void note(uint64_t *donated, const struct spmc *s, const struct page_range *r)
{
    uint64_t first = r->first - s->normal_memory.range[0].base / PAGE_BYTES;

    for (uint64_t page = first; page < first + r->count; page++)
        donated[page / 64] |= 1ULL << page % 64;
}

void note_donations(const struct spmc *s, uint64_t *donated)
{
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        const struct transaction *t = &s->memory->transactions[i];
        if (t->state != TRANSACTION_SENT || t->kind != FFA_MEMORY_DONATED || !t->non_secure)
            continue;
        for (unsigned r = 0; r < t->ranges; r++)
            note(donated, s, range_of(s, t, r));
    }
}
