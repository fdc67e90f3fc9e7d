/* SPDX-License-Identifier: BSD-3-Clause */
/* The abstraction of memory: whose each page is, and what is in flight. */
#include "rules/memory_read.h"

#include <string.h>

#include "core/memory.h"
#include "core/stage2.h"
#include "support/port_model.h"

/* ---- Endpoints ---- */

static void read_endpoint(struct memory_book *o, unsigned who, const struct endpoint *e)
{
    o->version[who] = e->version;
    o->rx_full[who] = e->mailbox.state != MAILBOX_EMPTY;
    o->wants_ns[who] = e->wants_ns_bit;
}

static void read_life(struct memory_book *o, const struct spmc *s, unsigned who)
{
    const struct partition *p = &s->partitions[who - 1];
    bool old_tables = p->state == PARTITION_RESTARTING && p->restored == 0;

    o->absent[who] = p->state == PARTITION_ABSENT;
    o->dead[who] = o->absent[who] || p->state == PARTITION_ABORTED || old_tables;
    for (unsigned i = 0; p->state == PARTITION_ABORTED && i < p->context_count; i++)
        o->lingers[who] |= s->vcpus[p->first_vcpu + i].state == VCPU_RUNNING;
}

/* ---- Deals ---- */

static const uint8_t phases[] = {
    [TRANSACTION_FREE] = UNUSED,         [TRANSACTION_SENDING] = SENDING,
    [TRANSACTION_UNDOING] = SENDING,     [TRANSACTION_SENT] = SENT,
    [TRANSACTION_RETURNING] = RETURNING, [TRANSACTION_OVER] = OVER};

/* Bytes of a description, with so many entries. */
static uint32_t whole(const struct memory_book *o, const struct transaction *t, uint16_t id,
                      uint32_t entries)
{
    uint32_t version = o->version[id & FFA_ID_SECURE ? id % ENDPOINTS : NORMAL];

    return (version == FFA_VERSION_1_0 ? 32 : 48) +
           entries * (version >= FFA_VERSION_1_2 ? 32 : 16) + 16 + t->ranges * 16;
}

static void read_borrower(const struct memory_book *o, const struct transaction *t, struct deal *d,
                          unsigned i)
{
    const struct borrower *b = &t->borrower[i];
    bool gives = b->state == BORROWER_GIVING || (b->state == BORROWER_WITH && b->at.done != 0);

    d->entry[i] =
        (struct party){.id = b->id, .permissions = b->permissions, .own = {b->own[0], b->own[1]}};
    d->has[i] = b->state == BORROWER_WITH;
    d->doing[i] = b->state == BORROWER_TAKING    ? TAKES
                  : b->state == BORROWER_FAILING ? FAILS
                  : gives                        ? GIVES
                                                 : NOTHING;
    if (d->has[i] || d->doing[i] != NOTHING) {
        d->taken[i] = b->taken;
        d->zero_after[i] = b->zero_after;
    }
    if ((d->has[i] || d->phase == OVER) && b->told < whole(o, t, b->id, 1))
        d->told[i] = b->told; /* else nothing is left */
}

static void read_ranges(struct memory_book *o, struct deal *d, const struct spmc *s,
                        const struct transaction *t)
{
    const struct chunk *chunk = &s->memory->chunks[t->first_chunk];

    if (t->ranges > RANGES)
        o->open = "more ranges than the book has room for";
    for (unsigned i = 0; i < t->ranges && i < RANGES; i++) {
        const struct page_range *r = &chunk->range[i % CHUNK_RANGES];
        d->range[i] = (struct piece){r->first * PAGE_BYTES, r->count, 0};
        if (i % CHUNK_RANGES == CHUNK_RANGES - 1)
            chunk = &s->memory->chunks[chunk->next];
    }
    d->ranges = t->ranges < RANGES ? t->ranges : RANGES;
}

static void read_deal(struct memory_book *o, struct deal *d, const struct spmc *s,
                      const struct transaction *t)
{
    *d = (struct deal){.phase = phases[t->state],
                       .handle = t->handle,
                       .kind = (uint8_t)(t->kind - 1),
                       .who = t->sender & FFA_ID_SECURE ? t->sender & 0xff : NORMAL,
                       .sender = t->sender,
                       .attributes = t->attributes,
                       .tag = t->tag,
                       .rights = (uint8_t)(RIGHT_READ | (t->writable ? RIGHT_WRITE : 0) |
                                           (t->executable ? RIGHT_EXECUTE : 0)),
                       .device = t->device,
                       .zero = t->zero,
                       .zero_back = t->zero_back,
                       .cleaned = t->pages != 0 && t->cleaned.done == t->pages,
                       .entry_bytes = t->access_size,
                       .count = t->borrower_count,
                       .told_world = t->told < whole(o, t, NORMAL, t->borrower_count) ? t->told : 0,
                       .fails = t->state == TRANSACTION_UNDOING,
                       .fails_at = t->claimed.done,
                       .leaves = t->state == TRANSACTION_SENT && t->claimed.done != 0,
                       .is_back = t->state == TRANSACTION_RETURNING && t->returned.done != 0,
                       .clean = {t->cleaned.done, t->back.done, t->back.done},
                       .was_half = t->state == TRANSACTION_RETURNING && t->claimed.done != 0,
                       .pages_said = t->pages_said,
                       .ranges_said = t->ranges + (t->length - t->received) / 16,
                       .pages = t->pages};
    for (unsigned i = 0; i < t->borrower_count; i++)
        read_borrower(o, t, d, i);
    read_ranges(o, d, s, t);
}

void read_memory(struct memory_book *o, const struct spmc *s)
{
    o->open = NULL;
    for (unsigned who = NORMAL; who < ENDPOINTS; who++) {
        o->dead[who] = o->absent[who] = o->lingers[who] = false;
        read_endpoint(o, who, who == NORMAL ? &s->normal : &s->partitions[who - 1].endpoint);
        if (who != NORMAL)
            read_life(o, s, who);
        if (who != NORMAL && s->partitions[who - 1].endpoint.id != id_of(who))
            o->open = "another world";
    }
    if (s->partition_count != ENDPOINTS - 1)
        o->open = "another world";
    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        if (s->memory->transactions[i].state != TRANSACTION_FREE)
            read_deal(o, &o->deal[i], s, &s->memory->transactions[i]);
        else
            o->deal[i].phase = UNUSED;
}

/* All pages of a space from a first one on. */
static bool are_own(const struct spmc *s, const struct partition *p, unsigned space, uint64_t base,
                    uint64_t size)
{
    for (uint64_t page = base; page < base + size; page += PAGE_BYTES) {
        uint64_t e = stage2_entry(s, p, space, page);
        if (e == 0 || (e & ENTRY_BORROWED))
            return false;
    }
    return true;
}

bool memory_is_home(const struct spmc *s, const struct partition *p)
{
    bool is = are_own(s, p, SPACE_SECURE, p->load, p->size);

    for (unsigned i = 0; i < s->partition_count * CPU_MAX; i++)
        is &= s->vcpus[i].state != VCPU_RUNNING ||
              s->partitions[s->vcpus[i].partition].state != PARTITION_ABORTED;
    for (unsigned i = 0; is && i < p->region_count; i++)
        is = are_own(s, p, stage2_space(p->regions[i].attributes), p->regions[i].base,
                     p->regions[i].size);
    for (unsigned i = 0; is && i < TRANSACTION_MAX; i++) {
        const struct transaction *t = &s->memory->transactions[i];
        is = t->state == TRANSACTION_FREE || t->state == TRANSACTION_OVER ||
             t->sender != p->endpoint.id;
    }
    return is;
}

int hidden_deal(const struct memory_book *o, const struct vcpu *v)
{
    int deal = v != NULL && v->sending != 0 ? oracle_deal(o, v->sending) : -1;

    return deal >= 0 && o->deal[deal].phase == SENDING ? deal : -1;
}

/* ---- Pages ---- */

void list_page(struct memory_book *o, uint64_t address)
{
    if (oracle_page(o, address) >= 0)
        return;
    if (o->pages == PAGES_MAX)
        o->open = "more pages than the book has room for";
    else
        o->page[o->pages++].address = address;
}

static void list_range(struct memory_book *o, const struct piece *r)
{
    if (r->pages > TRANSACTION_PAGES_MAX || r->address % PAGE_BYTES != 0)
        return; /* it cannot be */
    if (r->pages > PAGES_MAX)
        o->open = "more pages than the book has room for";
    for (unsigned n = 0; n < r->pages && o->open == NULL; n++)
        list_page(o, r->address + n * PAGE_BYTES);
}

void list_pages(struct memory_book *o, const struct call_made *c)
{
    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        for (unsigned r = 0; o->deal[i].phase != UNUSED && r < o->deal[i].ranges; r++)
            list_range(o, &o->deal[i].range[r]);
    for (unsigned r = 0; c != NULL && r < c->now; r++)
        list_range(o, &c->range[c->from + r]);
}

static bool is_in(const struct ranges *ranges, uint64_t page)
{
    for (unsigned i = 0; i < ranges->count; i++)
        if (page >= ranges->range[i].base &&
            page - ranges->range[i].base <= ranges->range[i].size - PAGE_BYTES)
            return true;
    return false;
}

/* The Normal world's, as far as the ledger goes. */
static bool is_normal(const struct spmc *s, uint64_t page)
{
    return is_in(&s->normal_memory, page) &&
           (page - s->normal_memory.range[0].base) / PAGE_BYTES < s->memory->normal_pages;
}

static bool is_taken(const struct spmc *s, uint64_t page)
{
    uint64_t n = (page - s->normal_memory.range[0].base) / PAGE_BYTES;

    return is_normal(s, page) && s->memory->taken[n / 64] >> n % 64 & 1;
}

static bool is_of_box(const struct mailbox *m, uint64_t page)
{
    uint64_t bytes = m->pages * PAGE_BYTES;

    return m->state != MAILBOX_UNMAPPED && (page - m->tx < bytes || page - m->rx < bytes);
}

static bool is_of_the_worlds(const struct spmc *s, uint64_t page)
{
    bool is = is_of_box(&s->normal.mailbox, page);

    for (unsigned i = 0; i < VM_MAX; i++)
        is |= is_of_box(&s->vms[i].mailbox, page);
    return is;
}

static uint64_t entry_of(const struct spmc *s, unsigned who, uint64_t page)
{
    const struct partition *p = &s->partitions[who - 1];
    uint64_t e = page >> 36 == 0 ? stage2_entry(s, p, SPACE_SECURE, page) : 0;

    return e != 0 || page >> 36 != 0 ? e : stage2_entry(s, p, SPACE_NON_SECURE, page);
}

static uint8_t rights_of(uint64_t e)
{
    return (uint8_t)((e & ENTRY_READ ? RIGHT_READ : 0) | (e & ENTRY_WRITE ? RIGHT_WRITE : 0) |
                     (e & ENTRY_NO_EXECUTE ? 0 : RIGHT_EXECUTE));
}

/* Whether a deal has a page from its sender now: it comes and goes page by page. */
static bool has_now(const struct deal *d, const struct transaction *t, uint64_t page)
{
    uint32_t n = number_in(d, page);

    switch (d->phase) {
    case SENDING:
        return n < t->claimed.done && n >= t->returned.done;
    case RETURNING:
        return n < (d->was_half ? t->claimed.done : t->pages) && n >= t->returned.done;
    default:
        return d->phase == SENT && n < t->pages && n >= t->claimed.done;
    }
}

static int deal_with(const struct memory_book *o, const struct spmc *s, unsigned who, uint64_t page)
{
    for (int i = 0; i < TRANSACTION_MAX; i++)
        if (o->deal[i].phase != UNUSED && o->deal[i].who == who &&
            has_now(&o->deal[i], &s->memory->transactions[i], page))
            return i;
    return -1;
}

static void read_home(struct page *p, const struct spmc *s, unsigned who)
{
    const struct partition *m = &s->partitions[who - 1];
    unsigned has = 0;
    bool is = false;

    for (unsigned i = 0; i < m->region_count; i++)
        if (p->address - m->regions[i].base < m->regions[i].size) {
            is = true;
            has = m->regions[i].attributes;
        }
    if (!is && p->address - m->load < m->size) {
        is = true;
        has = MAP_READ | MAP_EXECUTE | (m->s_el0 ? 0 : MAP_WRITE);
    }
    if (!is)
        return;
    p->home = (uint8_t)who;
    p->home_rights =
        (uint8_t)((has & MAP_READ ? RIGHT_READ : 0) | (has & MAP_WRITE ? RIGHT_WRITE : 0) |
                  (has & MAP_EXECUTE ? RIGHT_EXECUTE : 0));
}

static uint8_t as_device(uint64_t e)
{
    return e & ENTRY_MEMORY ? 0 : RIGHT_DEVICE;
}

/* By the SPMC's manifest; where that does not name it, as its owner reaches it. */
static void read_nature(struct page *p, const struct spmc *s)
{
    bool unknown = !is_in(&s->normal_memory, p->address) && !is_in(&s->normal_devices, p->address);
    uint64_t e = p->owner != NORMAL && p->owner != NOBODY ? entry_of(s, p->owner, p->address) : 0;

    p->device = is_in(&s->secure_devices, p->address) || is_in(&s->normal_devices, p->address);
    p->secure =
        p->device ? is_in(&s->secure_devices, p->address) : is_in(&s->secure_memory, p->address);
    if (!unknown || p->device || p->secure || e == 0)
        return;
    p->device = as_device(e) != 0;
    p->secure = stage2_entry(s, &s->partitions[p->owner - 1], SPACE_SECURE, p->address) != 0;
}

static void read_owner(struct page *p, const struct spmc *s)
{
    for (unsigned who = FIRST; who < ENDPOINTS; who++) {
        uint64_t e = entry_of(s, who, p->address);
        read_home(p, s, who);
        p->access[who] = e & ENTRY_VALID ? rights_of(e) | as_device(e) : 0;
        if (e == 0 || (e & ENTRY_BORROWED))
            continue;
        p->owner = (uint8_t)who;
        p->rights = rights_of(e);
        p->buffer = e & ENTRY_MAILBOX;
    }
}

static void read_page(struct memory_book *o, struct page *p, const struct spmc *s)
{
    const uint8_t *bytes = port_model_memory(p->address, PAGE_BYTES);
    bool normal = is_normal(s, p->address);
    uint64_t e;

    *p = (struct page){.address = p->address,
                       .home = normal ? NORMAL : NOBODY,
                       .owner = normal ? NORMAL : NOBODY,
                       .part_of = -1,
                       .content =
                           bytes != NULL ? (uint16_t)(bytes[0] | bytes[PAGE_BYTES - 1] << 8) : 0};
    read_owner(p, s);
    read_nature(p, s);
    if (p->owner == NORMAL) {
        p->rights = RIGHT_READ | RIGHT_WRITE;
        p->part_of = is_taken(s, p->address) ? deal_with(o, s, NORMAL, p->address) : -1;
        p->buffer = is_taken(s, p->address) && is_of_the_worlds(s, p->address);
        if (is_taken(s, p->address) && p->part_of < 0 && !p->buffer)
            p->owner = NOBODY;
    } else if (p->owner != NOBODY) {
        e = entry_of(s, p->owner, p->address);
        if (e & (ENTRY_SHARED | ENTRY_LENT))
            p->part_of = deal_with(o, s, p->owner, p->address);
    }
}

void read_pages(struct memory_book *o, const struct spmc *s)
{
    for (unsigned i = 0; i < o->pages; i++)
        read_page(o, &o->page[i], s);
}
