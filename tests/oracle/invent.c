/* SPDX-License-Identifier: BSD-3-Clause */
#include "oracle/invent_internal.h"

#include <string.h>

uint64_t random_below(uint64_t *seed, uint64_t bound)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (*seed * 0x2545f4914f6cdd1dULL >> 32) % bound;
}

bool one_in(uint64_t *seed, unsigned n)
{
    return random_below(seed, n) == 0;
}

/* ---- Who, and of what ---- */

/* A deal that fits, -1 where none does. */
static int some_deal(uint64_t *seed, const struct memory_book *o,
                     bool (*fits)(const struct memory_book *o, const struct deal *d))
{
    int found = -1;
    unsigned count = 0;

    for (int i = 0; i < TRANSACTION_MAX; i++)
        if (o->deal[i].phase != UNUSED && fits(o, &o->deal[i]) && one_in(seed, ++count))
            found = i;
    return found;
}

static unsigned who_is(uint16_t id)
{
    return id & 0x8000 ? id & 0xff : NORMAL;
}

static bool lives(const struct memory_book *o, unsigned who)
{
    return who < ENDPOINTS && !o->dead[who];
}

static bool is_sending(const struct memory_book *o, const struct deal *d)
{
    return d->phase == SENDING && lives(o, d->who);
}

/* Number of its entry of a borrower that lives, and has it or not; -1. */
static int borrower(const struct memory_book *o, const struct deal *d, bool has)
{
    for (unsigned i = 0; i < d->count; i++)
        if ((d->entry[i].id & 0x8000) && lives(o, who_is(d->entry[i].id)) && d->has[i] == has)
            return (int)i;
    return -1;
}

static bool can_be_taken(const struct memory_book *o, const struct deal *d)
{
    return d->phase == SENT && borrower(o, d, false) >= 0;
}

static bool can_be_given_up(const struct memory_book *o, const struct deal *d)
{
    return d->phase == SENT && borrower(o, d, true) >= 0;
}

static int half_told(const struct memory_book *o, const struct deal *d)
{
    for (unsigned i = 0; i < d->count; i++)
        if (d->told[i] != 0 && lives(o, who_is(d->entry[i].id)))
            return (int)i;
    return -1;
}

static bool is_told_to_world(const struct memory_book *o, const struct deal *d)
{
    (void)o;
    return d->told_world != 0;
}

static bool is_half_told(const struct memory_book *o, const struct deal *d)
{
    return d->phase != SENDING && half_told(o, d) >= 0;
}

static bool is_of_the_living(const struct memory_book *o, const struct deal *d)
{
    return lives(o, d->who);
}

static bool is_free(const struct memory_book *o, const struct deal *d)
{
    return lives(o, d->who) && !oracle_is_held(d);
}

static bool any(const struct memory_book *o, const struct deal *d)
{
    (void)o;
    return d->phase != UNUSED;
}

/* The call that was given this handle. */
static int call_of(const struct made *m, unsigned n, uint64_t handle)
{
    for (unsigned i = 0; i < n; i++)
        if (m->handle[i] == handle)
            return (int)i;
    return -1;
}

unsigned some_partition(uint64_t *seed, const struct memory_book *o)
{
    for (unsigned n = 0; n < 20; n++) {
        unsigned who = FIRST + (unsigned)random_below(seed, 3);
        if (lives(o, who))
            return who;
    }
    return NORMAL;
}

uint8_t entry_bytes(uint64_t *seed, const struct memory_book *o, unsigned who)
{
    return o->version[who] >= 0x10002 && !one_in(seed, 5) ? 32 : 16;
}

/* ---- Borrowing ---- */

static void spoil_retrieve(uint64_t *seed, const struct memory_book *o, struct call_made *c)
{
    struct party *e = &c->entry[random_below(seed, c->count)];

    switch (random_below(seed, 16)) {
    case 0:
        c->sender = (uint16_t)(random_below(seed, 2) * 0x8000 + random_below(seed, 8));
        break;
    case 1:
        c->tag++;
        break;
    case 2:
        c->flags ^= 1U << random_below(seed, 32);
        break;
    case 3:
    case 4:
        c->flags ^= 1U << random_below(seed, 11);
        break;
    case 5:
        c->attributes ^= (uint16_t)(1U << random_below(seed, 16));
        break;
    case 6:
    case 7:
    case 8:
        e->permissions ^= (uint8_t)(1U << random_below(seed, 4));
        break;
    case 9:
        e->permissions = (uint8_t)random_below(seed, 255);
        break;
    case 10:
        e->id = id_of((unsigned)random_below(seed, 5));
        break;
    case 11:
        e->own[random_below(seed, 2)] ^= 1;
        break;
    case 12:
        c->composite_off = true;
        break;
    case 13:
        c->who = (uint8_t)some_partition(seed, o);
        break;
    case 14:
        c->bytes_more = -16;
        break;
    default:
        e->flags = (uint8_t)(1U << random_below(seed, 2));
        break;
    }
}

static void invent_retrieve(uint64_t *seed, const struct memory_book *o, const struct deal *d,
                            struct call_made *c)
{
    int own = borrower(o, d, false);
    bool chooses = d->kind != SHARE && d->count == 1;
    unsigned shift = (unsigned)random_below(seed, d->count);
    struct party *e;

    if (one_in(seed, 10) || own < 0)
        own = borrower(o, d, true);
    c->who = (uint8_t)(own < 0 ? some_partition(seed, o) : who_is(d->entry[own].id));
    if (c->who == NORMAL)
        return;
    own = own < 0 ? 0 : own;
    c->sender = d->sender;
    c->tag = d->tag;
    c->entry_bytes = entry_bytes(seed, o, c->who);
    c->count = d->count;
    for (unsigned i = 0; i < d->count; i++)
        c->entry[i] = d->entry[(i + shift) % d->count];
    e = &c->entry[((unsigned)own + d->count - shift) % d->count];
    if (d->count > 1 && one_in(seed, 3)) {
        c->flags |= 1 << 10;
        c->entry[0] = *e;
        e = &c->entry[0];
        c->count = 1;
    }
    if (one_in(seed, 3))
        e->permissions = (uint8_t)random_below(seed, (e->permissions & 3) + 1U);
    if (chooses)
        e->permissions |= one_in(seed, 4) ? 8 : 4;
    if (one_in(seed, 2))
        c->flags |= (d->kind + 1U) << 3;
    if (one_in(seed, 3))
        c->attributes = d->device && !one_in(seed, 6) ? 0x10 : 0x2f;
    if (d->zero && one_in(seed, 2))
        c->flags |= 1;
    if (d->kind != SHARE && one_in(seed, d->device ? 20 : 4))
        c->flags |= 4;
    if (one_in(seed, 3))
        spoil_retrieve(seed, o, c);
}

static void invent_tell_more(uint64_t *seed, const struct memory_book *o, const struct deal *d,
                             struct call_made *c)
{
    int b = half_told(o, d);

    c->who = (uint8_t)(b < 0 || one_in(seed, 8) ? random_below(seed, ENDPOINTS)
                                                : who_is(d->entry[b].id));
    if (!lives(o, c->who) || (d->told_world != 0 && !one_in(seed, 4)))
        c->who = NORMAL;
    if (one_in(seed, 6))
        c->offset = 16;
    if (c->who == NORMAL && one_in(seed, 2))
        c->w4 = (uint32_t)d->sender << 16;
    if (one_in(seed, 8))
        c->w4 ^= 1U << random_below(seed, 32);
}

static void invent_relinquish(uint64_t *seed, const struct memory_book *o, const struct deal *d,
                              struct call_made *c)
{
    int b = borrower(o, d, true);

    c->who =
        (uint8_t)(b < 0 || one_in(seed, 10) ? some_partition(seed, o) : who_is(d->entry[b].id));
    c->named = id_of(c->who);
    c->named_count = 1;
    if (one_in(seed, d->device ? 12 : 3))
        c->flags = 1;
    if (!one_in(seed, 5))
        return;
    switch (random_below(seed, 3)) {
    case 0:
        c->flags ^= 1U << random_below(seed, 32);
        break;
    case 1:
        c->named = id_of((unsigned)random_below(seed, ENDPOINTS));
        break;
    default:
        c->named_count = (uint32_t)random_below(seed, 3);
        break;
    }
}

static void invent_reclaim(uint64_t *seed, const struct memory_book *o, const struct deal *d,
                           struct call_made *c)
{
    c->who = d->who;
    if (!lives(o, c->who) || one_in(seed, 12))
        c->who = (uint8_t)(one_in(seed, 2) ? NORMAL : some_partition(seed, o));
    if (one_in(seed, d->device ? 12 : 4))
        c->flags = 1;
    if (one_in(seed, 10))
        c->flags ^= 1U << random_below(seed, 32);
}

static void invent_ask(uint64_t *seed, struct call_made *c)
{
    c->who = NORMAL;
    if (!one_in(seed, 4))
        return;
    switch (random_below(seed, 4)) {
    case 0:
        c->sender = VM;
        break;
    case 1:
        c->flags = 1U << random_below(seed, 32);
        break;
    case 2:
        c->attributes = (uint16_t)(1U << random_below(seed, 16));
        break;
    default:
        c->tag = 1;
        break;
    }
}

/* ---- What else happens ---- */

static bool invent_write(uint64_t *seed, const struct memory_book *o, struct call_made *c)
{
    for (unsigned n = 0; n < 30; n++) {
        unsigned page = (unsigned)random_below(seed, o->pages);
        unsigned who = (unsigned)random_below(seed, ENDPOINTS);
        bool may = who == NORMAL ? o->page[page].owner == NORMAL
                                 : (oracle_rights(o, who, page) & RIGHT_WRITE) != 0;
        if (may && !o->page[page].device) {
            c->kind = WRITE;
            c->who = (uint8_t)who;
            c->page = (uint8_t)page;
            c->value = (uint8_t)(1 + random_below(seed, 255));
            return true;
        }
    }
    return false;
}

static bool invent_release(uint64_t *seed, const struct memory_book *o, struct call_made *c)
{
    unsigned who = (unsigned)random_below(seed, ENDPOINTS);

    for (unsigned n = 0; n < ENDPOINTS; n++, who = (who + 1) % ENDPOINTS)
        if (lives(o, who) && o->rx_full[who]) {
            c->kind = RELEASE;
            c->who = (uint8_t)who;
            return true;
        }
    return false;
}

static bool invent_end(uint64_t *seed, const struct memory_book *o, struct call_made *c)
{
    static const uint32_t versions[] = {0x10000, 0x10001, 0x10002};

    for (unsigned who = FIRST; who < ENDPOINTS; who++)
        if (o->dead[who]) {
            c->kind = COME_BACK;
            c->who = (uint8_t)who;
            c->flags = versions[random_below(seed, 3)];
            return true;
        }
    if (!one_in(seed, 3))
        return false;
    c->kind = DIE;
    c->who = (uint8_t)some_partition(seed, o);
    return c->who != NORMAL;
}

struct choice {
    uint8_t kind;
    uint8_t weight;
    bool (*fits)(const struct memory_book *o, const struct deal *d);
};

static const struct choice choices[] = {
    {SEND_MORE, 14, is_sending},
    {RETRIEVE, 20, can_be_taken},
    {TELL_MORE, 8, is_half_told},
    {RELINQUISH, 12, can_be_given_up},
    {RECLAIM, 6, is_free},
    {RECLAIM, 3, is_of_the_living},
    {RETRIEVE, 1, any},
    {TELL_MORE, 1, any},
    {RELINQUISH, 1, any},
    {RECLAIM, 1, any},
    {SEND_MORE, 1, any},
    {ASK, 3, any},
    {TELL_MORE, 4, is_told_to_world},
};

static void fill(uint64_t *seed, const struct memory_book *o, const struct made *m,
                 const struct deal *d, struct call_made *c)
{
    switch (c->kind) {
    case SEND_MORE:
        invent_send_more(seed, o, m, d, c);
        break;
    case RETRIEVE:
        invent_retrieve(seed, o, d, c);
        break;
    case TELL_MORE:
        invent_tell_more(seed, o, d, c);
        break;
    case RELINQUISH:
        invent_relinquish(seed, o, d, c);
        break;
    case RECLAIM:
        invent_reclaim(seed, o, d, c);
        break;
    default:
        invent_ask(seed, c);
        break;
    }
}

static bool invent_of_deal(uint64_t *seed, const struct memory_book *o, const struct made *m,
                           unsigned n, struct call_made *c)
{
    unsigned total = 0, at;
    const struct choice *choice = choices;
    int deal;

    for (unsigned i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
        total += choices[i].weight;
    at = (unsigned)random_below(seed, total);
    for (; at >= choice->weight; choice++)
        at -= choice->weight;
    deal = some_deal(seed, o, choice->fits);
    if (deal < 0)
        return false;
    c->kind = choice->kind;
    c->of = call_of(m, n, o->deal[deal].handle);
    fill(seed, o, m, &o->deal[deal], c);
    if (one_in(seed, 40))
        c->of = (int)random_below(seed, n + 1) - 1; /* perhaps one that is over */
    if (one_in(seed, 40))
        c->twist = 1ULL << random_below(seed, 64);
    /* What is no good call of anybody: */
    return lives(o, c->who) && ((c->kind != RETRIEVE && c->kind != RELINQUISH) || c->who != NORMAL);
}

void invent(uint64_t *seed, const struct memory_book *o, const struct made *m, unsigned n,
            struct call_made *c)
{
    for (bool done = false; !done;) {
        memset(c, 0, sizeof(*c));
        c->of = -1;
        switch (random_below(seed, 17)) {
        case 0:
        case 1:
        case 16:
            done = invent_release(seed, o, c);
            break;
        case 2:
            done = invent_write(seed, o, c);
            break;
        case 3:
            done = one_in(seed, 4) && invent_end(seed, o, c);
            break;
        case 4:
        case 5:
        case 6:
        case 7:
            invent_send(seed, o, c);
            done = true;
            break;
        default:
            done = invent_of_deal(seed, o, m, n, c);
            break;
        }
    }
}
