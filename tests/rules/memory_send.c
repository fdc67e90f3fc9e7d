/* SPDX-License-Identifier: BSD-3-Clause */
/* The sender's side: FFA_MEM_SHARE, LEND, DONATE and FRAG_TX. */
#include "rules/memory_internal.h"

/* Whether the room for ranges suffices: in lists of CHUNK_RANGES. */
static bool room_for_ranges(const struct memory_book *o)
{
    unsigned lists = 0;

    for (int i = 0; i < TRANSACTION_MAX; i++)
        if (o->deal[i].phase != UNUSED)
            lists += (o->deal[i].ranges + CHUNK_RANGES - 1) / CHUNK_RANGES;
    return lists <= CHUNK_MAX - 1;
}

static bool bad_entry(const struct party *e)
{
    return e->permissions >> 4 != 0 || (e->permissions & 3) == 3 || (e->permissions >> 2) == 3 ||
           (e->flags & ~1) != 0;
}

bool bad_entries(const struct memory_book *o, const struct call_made *c)
{
    bool long_ones = o->version[c->who] >= 0x10002;

    if (c->malformed || (c->entry_bytes != 16 && (c->entry_bytes != 32 || !long_ones)))
        return true;
    for (unsigned i = 0; i < c->count; i++)
        if (bad_entry(&c->entry[i]))
            return true;
    return false;
}

static int check_send_header(const struct call_made *c)
{
    uint32_t flags = c->kind == SHARE ? 2 : 3;
    unsigned type = c->attributes >> 4 & 3;

    if (c->who == NORMAL ? IS_SECURE(c->sender) : c->sender != id_of(c->who))
        return CHOICE_SENDER_NOT_CALLER;
    if (c->twist != 0 || (c->flags & ~flags) != 0 || c->count == 0 ||
        (c->kind == DONATE && c->count != 1))
        return FFA_INVALID_PARAMETERS;
    if (c->attributes > 0x3f || type == 3)
        return FFA_INVALID_PARAMETERS;
    if (c->kind == SHARE ? type == 0 : type != 0 && c->count == 1)
        return FFA_INVALID_PARAMETERS;
    return type != 0 && c->attributes != USUAL ? CHOICE_MEMORY_TYPE : 0;
}

static int check_send_entries(const struct memory_book *o, const struct call_made *c)
{
    bool any = false;

    for (unsigned i = 0; i < c->count; i++) {
        const struct party *e = &c->entry[i];
        bool vm_may = c->kind == SHARE && c->who == NORMAL && c->count > 1;

        if (e->flags != 0 || e->unlike || e->id == c->sender)
            return FFA_INVALID_PARAMETERS;
        for (unsigned j = 0; j < i; j++)
            if (c->entry[j].id == e->id)
                return FFA_INVALID_PARAMETERS;
        if (!IS_SECURE(e->id) && !vm_may)
            return CHOICE_MEMORY_TO_VM;
        if (IS_SECURE(e->id) && (e->id <= 0x8000 || e->id > id_of(THIRD) || o->absent[e->id & 3]))
            return FFA_INVALID_PARAMETERS;
        if (e->permissions >> 2 != 0 || (e->permissions == 0) != (c->kind == DONATE))
            return FFA_INVALID_PARAMETERS;
        any |= IS_SECURE(e->id) != 0;
    }
    return any ? 0 : CHOICE_MEMORY_TO_VM;
}

static int check_composite(const struct call_made *c)
{
    if (c->composite_off || c->composite_reserved || c->pages_said == 0 || c->ranges_said == 0)
        return FFA_INVALID_PARAMETERS;
    if (c->ranges_said > TRANSACTION_RANGES_MAX || c->pages_said > TRANSACTION_PAGES_MAX)
        return CHOICE_MEMORY_LIMIT;
    return c->ranges_said != c->ranges ? FFA_INVALID_PARAMETERS : 0;
}

/* Takes ranges in, as far as they are sound. */
static int take_ranges(struct memory_book *o, struct deal *d, const struct call_made *c)
{
    uint64_t top = 1ULL << 36;

    if (c->bytes_more % 16 != 0 ||
        c->now + (unsigned)(c->bytes_more / 16) > d->ranges_said - d->ranges)
        return FFA_INVALID_PARAMETERS;
    for (unsigned i = 0; i < c->now; i++) {
        const struct piece *r = &c->range[c->from + i];
        if (r->pages == 0 || r->reserved != 0 || r->address % 4096 != 0 || r->address >= top ||
            r->pages > (top - r->address) / 4096 || r->pages > d->pages_said - d->pages)
            return FFA_INVALID_PARAMETERS;
        if (d->ranges == RANGES) {
            o->open = "more ranges than the book has room for";
            return CHOICE_MEMORY_LIMIT;
        }
        d->range[d->ranges++] = *r;
        d->pages += r->pages;
        if (!room_for_ranges(o))
            return CHOICE_MEMORY_LIMIT;
    }
    return 0;
}

static bool overlap(const struct piece *a, const struct piece *b)
{
    return a->address < b->address + b->pages * 4096ULL &&
           b->address < a->address + a->pages * 4096ULL;
}

/* Of another deal, or a mailbox: a send that gave way has some of its own. */
static bool is_in_use(const struct memory_book *o, const struct deal *d, const struct page *p)
{
    return p->buffer || (p->part_of >= 0 && &o->deal[p->part_of] != d);
}

/* Every page is the sender's alone, and like the first. */
static int check_pages(const struct memory_book *o, const struct deal *d)
{
    int first = oracle_page(o, d->range[0].address);
    const struct page *model = &o->page[first < 0 ? 0 : first];

    if (first < 0 || model->owner != d->who || is_in_use(o, d, model))
        return CHOICE_NOT_ALONE;
    if (model->device && (d->kind == SHARE || d->count > 1))
        return CHOICE_DEVICE_TO_ONE;
    if (model->device && d->zero)
        return CHOICE_DEVICE_TO_ZERO;
    for (unsigned i = 0; i < d->count; i++)
        if ((d->entry[i].permissions & 3) == 2 && !(model->rights & RIGHT_WRITE))
            return FFA_DENIED;
    if (d->zero && !(model->rights & RIGHT_WRITE))
        return FFA_DENIED;
    for (unsigned i = 0; i < d->ranges; i++) {
        for (unsigned j = 0; j < i; j++)
            if (overlap(&d->range[i], &d->range[j]))
                return FFA_INVALID_PARAMETERS;
        for (uint32_t n = 0; n < d->range[i].pages; n++) {
            int page = oracle_page(o, d->range[i].address + n * 4096ULL);
            const struct page *p = &o->page[page < 0 ? 0 : page];
            if (page < 0 || p->owner != d->who || is_in_use(o, d, p) ||
                p->secure != model->secure || p->device != model->device ||
                p->rights != model->rights)
                return CHOICE_NOT_ALONE;
        }
    }
    return 0;
}

/* While what it claimed comes back anything may become of its pages: choice FAILED_REASON. */
static int why_it_fails(const struct deal *d)
{
    uint32_t before = 0;
    unsigned i = 0;

    while (i + 1 < d->ranges && before + d->range[i].pages <= d->fails_at)
        before += d->range[i++].pages;
    for (unsigned j = 0; j < i; j++)
        if (overlap(&d->range[i], &d->range[j]))
            return FFA_INVALID_PARAMETERS;
    return CHOICE_NOT_ALONE;
}

static struct verdict go_on_sending(struct memory_book *o, int deal, const struct call_made *c)
{
    struct deal *d = &o->deal[deal < 0 ? 0 : deal];
    int status = take_ranges(o, d, c);

    if (status == 0 && d->ranges == d->ranges_said) {
        status = d->pages != d->pages_said ? FFA_INVALID_PARAMETERS
                 : d->fails                ? why_it_fails(d)
                                           : check_pages(o, d);
        if (status == 0) {
            d->phase = SENT;
            d->rights = o->page[oracle_page(o, d->range[0].address)].rights;
            d->device = o->page[oracle_page(o, d->range[0].address)].device;
            for (unsigned i = 0; i < o->pages; i++)
                if (has_page(d, o->page[i].address))
                    o->page[i].part_of = deal;
            return OK(GIVEN_HANDLE, deal);
        }
    }
    if (status == 0)
        return OK(WANTS_MORE, deal);
    end_deal(o, deal);
    return REFUSAL_OF(status);
}

/* A partition leaves some transactions to others. */
static bool has_its_share(const struct memory_book *o, unsigned who)
{
    unsigned deals = 0;

    for (int i = 0; i < TRANSACTION_MAX; i++)
        deals += o->deal[i].phase != UNUSED && o->deal[i].who == who;
    return who != NORMAL && deals >= TRANSACTION_SENT_MAX;
}

struct verdict decide_send(struct memory_book *o, const struct call_made *c)
{
    int deal = 0, status;
    struct deal *d;

    if (c->x3 != 0 || c->w4 != 0 || bad_entries(o, c) ||
        c->now + (unsigned)((c->bytes_more + 15) / 16) > c->ranges)
        return NO(INVALID_PARAMETERS);
    status = check_send_header(c);
    if (status == 0) {
        while (deal < TRANSACTION_MAX && o->deal[deal].phase != UNUSED)
            deal++;
        status = deal == TRANSACTION_MAX || has_its_share(o, c->who) ? CHOICE_MEMORY_LIMIT
                                                                     : check_send_entries(o, c);
    }
    if (status == 0)
        status = check_composite(c);
    if (status != 0)
        return REFUSAL_OF(status);
    d = &o->deal[deal];
    *d = (struct deal){.phase = SENDING,
                       .kind = c->kind,
                       .who = c->who,
                       .sender = c->sender,
                       .attributes = c->attributes,
                       .tag = c->tag,
                       .zero = c->flags & 1,
                       .entry_bytes = c->entry_bytes,
                       .count = c->count,
                       .pages_said = c->pages_said,
                       .ranges_said = c->ranges_said};
    for (unsigned i = 0; i < c->count; i++) {
        d->entry[i] = c->entry[i];
        if (c->entry_bytes == 16)
            d->entry[i].own[0] = d->entry[i].own[1] = 0;
    }
    return go_on_sending(o, deal, c);
}

bool is_own(const struct deal *d, const struct call_made *c)
{
    return c->who == d->who;
}

struct verdict decide_send_more(struct memory_book *o, const struct call_made *c, int deal)
{
    struct deal *d = &o->deal[deal < 0 ? 0 : deal];
    struct verdict v;

    if (c->goes_on) {
        v = go_on_sending(o, deal, c);
        v.was_known = true;
        return v;
    }
    if (deal < 0 || d->phase != SENDING || !is_own(d, c) || c->malformed ||
        c->w4 != (c->who == NORMAL ? (uint32_t)d->sender << 16 : 0) ||
        (int)c->now * 16 + c->bytes_more == 0)
        return NO(INVALID_PARAMETERS);
    v = go_on_sending(o, deal, c);
    v.was_known = true;
    return v;
}
