/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the core's state, page tables and all, is what the rules say. */
#include "core/memory.h"
#include "core/stage2.h"
#include "oracle/act.h"
#include "support/port_model.h"
#include "support/world.h"

#define s core_world

static unsigned leaves_begin[ENDPOINTS];
static unsigned pool_begin;

/* How many entries can be reached below a table; none of them is a table itself. */
static unsigned leaves(const uint64_t *table, unsigned level, bool *bad)
{
    unsigned count = 0;

    for (unsigned i = 0; i < 512; i++) {
        uint64_t address = table[i] & 0xfffffffff000;
        if (!(table[i] & 1))
            continue;
        if (level < 3 && (table[i] & 2))
            count += leaves(s.tables[(address - s.tables_pa) / PAGE_BYTES], level + 1, bad);
        else {
            count++;
            *bad |= address - s.tables_pa < TABLE_MAX * PAGE_BYTES;
        }
    }
    return count;
}

static unsigned leaves_of(unsigned who, bool *bad)
{
    const struct partition *p = &s.partitions[who - 1];

    return leaves(s.tables[p->tables[0]], 1, bad) + leaves(s.tables[p->tables[1]], 1, bad);
}

static unsigned tables_below(const uint64_t *table, unsigned level)
{
    unsigned count = 1;

    for (unsigned i = 0; level < 3 && i < 512; i++)
        if ((table[i] & 3) == 3)
            count += tables_below(
                s.tables[((table[i] & 0xfffffffff000) - s.tables_pa) / PAGE_BYTES], level + 1);
    return count;
}

/* Pages of the pool: in use, given back, and never used. */
static unsigned pool(void)
{
    unsigned count = TABLE_MAX - 1U - s.tables_used;

    for (unsigned t = s.tables_free; t != 0; t = (unsigned)s.tables[t][0])
        count++;
    for (unsigned who = FIRST; who < ENDPOINTS; who++)
        for (unsigned space = 0; space < 2; space++)
            count += tables_below(s.tables[s.partitions[who - 1].tables[space]], 1);
    return count;
}

/* What the tables reach before the first call. */
void remember_tables(void)
{
    bool bad = false;

    for (unsigned who = FIRST; who < ENDPOINTS; who++)
        leaves_begin[who] = leaves_of(who, &bad);
    pool_begin = pool();
}

static const char *page_disagrees(const struct memory_book *o, unsigned who, unsigned n)
{
    const struct partition *p = &s.partitions[who - 1];
    const struct page *page = &o->page[n];
    unsigned space = page->secure ? SPACE_SECURE : SPACE_NON_SECURE;
    uint64_t e = stage2_entry(&s, p, space, page->address);
    unsigned rights = oracle_rights(o, who, n);
    unsigned has = 0;

    if (e & ENTRY_VALID) {
        has = (e & ENTRY_READ ? RIGHT_READ : 0) | (e & ENTRY_WRITE ? RIGHT_WRITE : 0) |
              (e & ENTRY_NO_EXECUTE ? 0 : RIGHT_EXECUTE);
        if ((e & ENTRY_ADDRESS) != page->address)
            return "a page is another address";
        if ((e & ENTRY_MEMORY) != (page->device ? 0 : ENTRY_MEMORY))
            return "a page is no memory, or no device";
        has |= page->device ? RIGHT_DEVICE : 0;
    }
    if (has != rights)
        return has & ~rights ? "a partition reaches too much" : "a partition reaches too little";
    if ((e != 0 && !(e & ENTRY_BORROWED)) != (page->owner == who))
        return "another owner";
    if (page->owner == who &&
        (e & (ENTRY_SHARED | ENTRY_LENT)) != (page->part_of < 0                      ? 0
                                              : o->deal[page->part_of].kind == SHARE ? ENTRY_SHARED
                                                                                     : ENTRY_LENT))
        return "another use of a page";
    if (stage2_entry(&s, p, !space, page->address) != 0)
        return "a page is in the other space";
    return NULL;
}

static const char *ledger_disagrees(const struct page *p)
{
    uint64_t number = (p->address - WORLD_NORMAL_MEMORY) / PAGE_BYTES;
    bool taken;

    if (p->secure || p->device)
        return NULL;
    taken = s.memory->taken[number / 64] >> number % 64 & 1;
    return taken == (p->owner != NORMAL || p->part_of >= 0) ? NULL : "the ledger says otherwise";
}

static const char *content_disagrees(const struct page *p)
{
    const uint8_t *bytes = port_model_memory(p->address, PAGE_BYTES);

    return p->device || (bytes[0] | bytes[PAGE_BYTES - 1] << 8) == p->content
               ? NULL
               : "a page was cleaned, or was not";
}

static const char *deals_disagree(const struct memory_book *o)
{
    unsigned here = 0, there = 0, free = 0, lists = 0;

    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        const struct deal *d = &o->deal[i];
        struct transaction *t = d->phase != UNUSED ? transaction_find(&s, d->handle) : NULL;
        here += s.memory->transactions[i].state != TRANSACTION_FREE;
        if (d->phase == UNUSED)
            continue;
        there++;
        lists += (d->ranges + CHUNK_RANGES - 1) / CHUNK_RANGES;
        if (t == NULL || t->sender != d->sender || t->borrower_count != d->count ||
            t->ranges != d->ranges)
            return "a transaction is not there, or another";
        for (unsigned b = 0; b < d->count; b++)
            if (d->phase != OVER &&
                (transaction_borrower(t, d->entry[b].id)->state == BORROWER_WITH) != d->has[b])
                return "another borrower has it";
    }
    for (unsigned c = s.memory->free_chunk; c != 0; c = s.memory->chunks[c].next)
        free++;
    if (here != there)
        return "more transactions, or fewer";
    return free + lists == CHUNK_MAX - 1 ? NULL : "a list of ranges is lost";
}

const char *disagreement(const struct memory_book *o)
{
    const char *no = deals_disagree(o);

    for (unsigned n = 0; no == NULL && n < o->pages; n++) {
        no = ledger_disagrees(&o->page[n]);
        if (no == NULL)
            no = content_disagrees(&o->page[n]);
        for (unsigned who = FIRST; no == NULL && who < ENDPOINTS; who++)
            if (!o->dead[who])
                no = page_disagrees(o, who, n);
    }
    return no;
}

const char *disagreement_at_end(const struct memory_book *o)
{
    bool bad = false;

    for (unsigned who = FIRST; who < ENDPOINTS; who++) {
        unsigned expected = leaves_begin[who];
        if (o->dead[who])
            continue;
        for (unsigned n = 0; n < o->pages; n++)
            expected += (oracle_rights(o, who, n) != 0) - (o->page[n].home == who);
        if (leaves_of(who, &bad) != expected)
            return "a partition reaches what is no page of the rules";
        if (bad)
            return "a partition reaches a page table";
    }
    return pool() == pool_begin ? NULL : "a page of the pool is lost";
}
