/* SPDX-License-Identifier: BSD-3-Clause */
/* Sends, complete and in fragments, and what may be wrong with one. */
#include <string.h>

#include "oracle/invent_internal.h"

static void choose_ranges(uint64_t *seed, const struct memory_book *o, struct call_made *c)
{
    int pages[PAGES_MAX];
    unsigned count = 0, wanted = 1 + (unsigned)random_below(seed, one_in(seed, 3) ? FEW : 3);
    const struct page *first = NULL;

    for (unsigned i = 0; i < o->pages; i++)
        if (o->page[i].owner == c->who && o->page[i].part_of < 0)
            pages[count++] = (int)i;
    c->pages_said = 0;
    while (c->ranges < wanted && count > 0) {
        unsigned at = (unsigned)random_below(seed, count);
        const struct page *p = &o->page[pages[at]];
        pages[at] = pages[--count];
        if (first == NULL && p->device && !one_in(seed, 3))
            continue;
        if (first != NULL &&
            (first->rights != p->rights || first->secure != p->secure ||
             first->device != p->device) &&
            !one_in(seed, 8))
            continue;
        if (first == NULL)
            first = p;
        c->range[c->ranges] = (struct piece){p->address, 1, 0};
        for (unsigned i = 0; i < count && one_in(seed, 2); i++) {
            const struct page *next = &o->page[pages[i]];
            if (next->address == p->address + PAGE && next->rights == first->rights &&
                next->device == first->device) {
                c->range[c->ranges].pages = 2;
                pages[i] = pages[--count];
                break;
            }
        }
        c->pages_said += c->range[c->ranges++].pages;
    }
    if (first == NULL) { /* it has nothing to give */
        c->range[c->ranges++] = (struct piece){o->page[random_below(seed, o->pages)].address, 1, 0};
        c->pages_said = 1;
    }
    c->ranges_said = c->ranges;
}

static bool is_device(const struct memory_book *o, const struct call_made *c)
{
    int page = oracle_page(o, c->range[0].address);

    return page >= 0 && o->page[page].device;
}

static void choose_borrowers(uint64_t *seed, const struct memory_book *o, struct call_made *c)
{
    unsigned start = (unsigned)random_below(seed, 3);
    int page = oracle_page(o, c->range[0].address);
    bool device = page >= 0 && o->page[page].device && !one_in(seed, 6);
    bool alone = device || c->kind == DONATE || !one_in(seed, 3);
    unsigned wanted = alone ? 1 : 2 + one_in(seed, 3);
    bool writable = page >= 0 && o->page[page].rights & RIGHT_WRITE;

    for (unsigned i = 0; i < 3 && c->count < wanted; i++) {
        unsigned who = FIRST + (start + i) % 3;
        struct party *e = &c->entry[c->count];
        if (who == c->who)
            continue;
        e->id = id_of(who);
        e->permissions = writable && !one_in(seed, 3) ? 2 : 1;
        if (c->kind == DONATE)
            e->permissions = 0;
        if (c->entry_bytes == 32 && one_in(seed, 3)) {
            e->own[0] = random_below(seed, 3);
            e->own[1] = random_below(seed, 3);
        }
        c->count++;
    }
    if (c->kind == SHARE && c->who == NORMAL && one_in(seed, 8)) {
        unsigned at = (unsigned)random_below(seed, c->count + 1);
        memmove(&c->entry[at + 1], &c->entry[at], (c->count - at) * sizeof(c->entry[0]));
        c->entry[at] = (struct party){.id = 5, .permissions = 1};
        c->count++;
    }
    c->attributes = c->kind == SHARE || (c->count > 1 && one_in(seed, 2)) ? 0x2f : 0;
    if (c->kind != SHARE && writable && !device && one_in(seed, 4))
        c->flags = 1;
}

static void spoil_send(uint64_t *seed, const struct memory_book *o, struct call_made *c)
{
    struct party *e = &c->entry[random_below(seed, c->count)];
    struct piece *r = &c->range[random_below(seed, c->ranges)];

    switch (random_below(seed, 27)) {
    case 0:
        c->sender = id_of((unsigned)random_below(seed, 4));
        break;
    case 1:
        c->twist = 1ULL << random_below(seed, 64);
        break;
    case 2:
        c->flags ^= 1U << random_below(seed, 32);
        break;
    case 3:
        c->attributes ^= (uint16_t)(1U << random_below(seed, 16));
        break;
    case 4:
        c->attributes ^= 0x2f;
        break;
    case 5:
        e->permissions ^= (uint8_t)(1U << random_below(seed, 8));
        break;
    case 6:
        e->permissions = (uint8_t)random_below(seed, 16);
        break;
    case 7:
        e->flags = (uint8_t)(1U << random_below(seed, 8));
        break;
    case 8:
        e->id = (uint16_t)random_below(seed, 8);
        break;
    case 9:
        e->id = (uint16_t)(0x8000 + random_below(seed, 6));
        break;
    case 10:
        e->id = c->entry[0].id;
        break;
    case 11:
        if (o->version[c->who] > 0x10000) /* version 1.0 does not say their size */
            c->entry_bytes = (uint8_t)(8 << random_below(seed, 4));
        break;
    case 12:
        c->composite_reserved = 1;
        break;
    case 13:
        c->composite_off = true;
        break;
    case 14:
        c->pages_said += 1 + random_below(seed, 2) * TRANSACTION_PAGES_MAX;
        break;
    case 15:
        c->ranges_said += 1 + (uint32_t)random_below(seed, 2) * TRANSACTION_RANGES_MAX;
        break;
    case 16:
        r->reserved = 1;
        break;
    case 17:
        r->address += 1ULL << random_below(seed, 12);
        break;
    case 18:
        r->address ^= 1ULL << (30 + random_below(seed, 34));
        break;
    case 19:
        r->pages = (uint32_t)random_below(seed, 2) * UINT32_MAX;
        break;
    case 20:
        r->pages++;
        c->pages_said++;
        break;
    case 21:
    case 22:
        r->address = o->page[random_below(seed, o->pages)].address;
        break;
    case 23:
        *r = c->range[0];
        c->pages_said = 0;
        for (unsigned i = 0; i < c->ranges; i++)
            c->pages_said += c->range[i].pages;
        break;
    case 24:
        c->bytes_more = 8;
        break;
    case 25:
        c->x3 = 1ULL << random_below(seed, c->kind == LEND ? 32 : 64); /* LEND is 32-bit */
        break;
    default:
        c->w4 = 1U << random_below(seed, 32);
        break;
    }
}

void invent_send(uint64_t *seed, const struct memory_book *o, struct call_made *c)
{
    c->who = (uint8_t)(one_in(seed, 2) ? NORMAL : some_partition(seed, o));
    c->kind = (uint8_t)random_below(seed, 3);
    c->sender = c->who == NORMAL && one_in(seed, 3) ? VM : id_of(c->who);
    c->tag = random_below(seed, 3);
    c->entry_bytes = entry_bytes(seed, o, c->who);
    choose_ranges(seed, o, c);
    if (c->kind == SHARE && is_device(o, c) && !one_in(seed, 6))
        c->kind = LEND;
    choose_borrowers(seed, o, c);
    if (one_in(seed, 20))
        c->flags |= 2;
    c->now = one_in(seed, 3) ? (unsigned)random_below(seed, c->ranges) : c->ranges;
    if (one_in(seed, 3))
        spoil_send(seed, o, c);
    if (one_in(seed, 40))
        spoil_send(seed, o, c);
}

/* The rest of the ranges, or some of them. */
void invent_send_more(uint64_t *seed, const struct memory_book *o, const struct made *m,
                      const struct deal *d, struct call_made *c)
{
    const struct call_made *first = c->of >= 0 ? &m->call[c->of] : NULL;
    unsigned left = d->ranges_said - d->ranges;

    if (first == NULL)
        return;
    c->who = d->who;
    c->ranges = first->ranges;
    memcpy(c->range, first->range, sizeof(c->range));
    c->from = left != 0 ? d->ranges : 0; /* nothing is left of one that is complete */
    left = left != 0 ? left : 1;
    c->now = one_in(seed, 2) ? left : 1 + (unsigned)random_below(seed, left);
    c->w4 = c->who == NORMAL ? (uint32_t)d->sender << 16 : 0;
    if (!one_in(seed, 4))
        return;
    switch (random_below(seed, 6)) {
    case 0:
        c->w4 ^= 1U << random_below(seed, 32);
        break;
    case 1:
        c->bytes_more = 8;
        break;
    case 2:
        c->now = left;
        c->bytes_more = 16 * FEW;
        break;
    case 3:
        c->now = 0;
        break;
    case 4:
        c->who = (uint8_t)(one_in(seed, 2) ? NORMAL : some_partition(seed, o));
        break;
    default:
        c->range[c->from].address = o->page[random_below(seed, o->pages)].address;
        break;
    }
}
