/* SPDX-License-Identifier: BSD-3-Clause */
/* What each call is answered, and what it changes. */
#include "rules/memory_internal.h"

#include <string.h>

uint16_t id_of(unsigned who)
{
    return (uint16_t)(who == NORMAL ? 0 : 0x8000 + who);
}

int oracle_deal(const struct memory_book *o, uint64_t handle)
{
    for (int i = 0; i < TRANSACTION_MAX; i++)
        if (o->deal[i].phase != UNUSED && o->deal[i].handle == handle)
            return i;
    return -1;
}

int oracle_page(const struct memory_book *o, uint64_t address)
{
    for (unsigned i = 0; i < o->pages; i++)
        if (o->page[i].address == address)
            return (int)i;
    return -1;
}

/* Also by who is about to have it, or has not given it up whole. */
bool oracle_is_held(const struct deal *d)
{
    for (unsigned i = 0; i < d->count; i++)
        if (d->has[i] || d->doing[i] != NOTHING)
            return true;
    return false;
}

static int borrower_of(const struct deal *d, uint16_t id)
{
    for (unsigned i = 0; i < d->count; i++)
        if (d->entry[i].id == id)
            return (int)i;
    return -1;
}

uint32_t number_in(const struct deal *d, uint64_t address)
{
    uint32_t before = 0;

    for (unsigned i = 0; i < d->ranges; before += d->range[i++].pages)
        if (address - d->range[i].address < d->range[i].pages * 4096ULL)
            return before + (uint32_t)((address - d->range[i].address) / 4096);
    return UINT32_MAX;
}

bool has_page(const struct deal *d, uint64_t address)
{
    return number_in(d, address) != UINT32_MAX;
}

static unsigned rights_to(const struct memory_book *o, unsigned who, const struct page *p)
{

    if (o->dead[who])
        return 0;
    if (p->owner == who && (p->part_of < 0 || o->deal[p->part_of].kind == SHARE))
        return p->rights;
    for (int i = 0; i < TRANSACTION_MAX; i++) {
        const struct deal *d = &o->deal[i];
        int b = borrower_of(d, id_of(who));
        if (d->phase == SENT && b >= 0 && d->has[b] && has_page(d, p->address))
            return RIGHT_READ | ((d->taken[b] & 3) == 2 ? RIGHT_WRITE : 0) |
                   ((d->taken[b] >> 2 & 3) == 2 ? RIGHT_EXECUTE : 0);
    }
    return 0;
}

unsigned oracle_rights(const struct memory_book *o, unsigned who, unsigned page)
{
    unsigned rights = rights_to(o, who, &o->page[page]);

    return rights != 0 && o->page[page].device ? rights | RIGHT_DEVICE : rights;
}

/* What is clean already, while a call gives way, its owner may write to: choice ZERO_ONCE. */
static void zero_pages(struct memory_book *o, struct deal *d, enum cleaning when, uint32_t most)
{
    uint32_t first = d->clean[when];

    for (unsigned i = 0; i < o->pages; i++) {
        uint32_t n = number_in(d, o->page[i].address);
        if (n != UINT32_MAX && n >= first && n - first < most)
            o->page[i].content = 0;
    }
}

void end_deal(struct memory_book *o, int deal)
{
    for (unsigned i = 0; i < o->pages; i++)
        if (o->page[i].part_of == deal)
            o->page[i].part_of = -1;
    o->deal[deal].phase = UNUSED;
}

static void end_orphan(struct memory_book *o, int deal)
{
    struct deal *d = &o->deal[deal < 0 ? 0 : deal];

    if (o->dead[d->who] && d->phase != OVER && !oracle_is_held(d))
        end_deal(o, deal);
}

/* ---- Borrowing ---- */

static int check_request(const struct deal *d, const struct call_made *c)
{
    bool bypass = c->flags >> 10 & 1;
    bool zeroes = c->flags & 5;
    unsigned kind = c->flags >> 3 & 3;
    unsigned type = d->device ? CHOICE_DEVICE_TYPE : USUAL;

    if (c->sender != d->sender)
        return CHOICE_SENDER_NOT_CALLER;
    if (c->tag != d->tag || (c->flags & ~0x41fU) != 0 || (kind != 0 && kind != d->kind + 1U))
        return FFA_INVALID_PARAMETERS;
    if (zeroes && d->kind == SHARE)
        return FFA_INVALID_PARAMETERS;
    if ((c->flags & 1) && !d->zero)
        return FFA_DENIED;
    if ((c->flags & 4) && d->device)
        return CHOICE_DEVICE_TO_ZERO;
    if ((c->flags & 4) && d->pages > ZERO_PAGES_MAX)
        return CHOICE_MUCH_TO_ZERO;
    if (c->attributes > 0x3f || (c->attributes >> 4 & 3) == 3)
        return FFA_INVALID_PARAMETERS;
    if ((c->attributes >> 4 & 3) != 0 && c->attributes != type)
        return CHOICE_MEMORY_TYPE;
    if (bypass ? c->count != 1 || d->count == 1 : c->count != d->count)
        return FFA_INVALID_PARAMETERS;
    for (unsigned i = 0; i < c->count; i++) {
        int b = borrower_of(d, c->entry[i].id);
        if (b < 0)
            return FFA_DENIED;
        for (unsigned j = 0; j < i; j++)
            if (c->entry[j].id == c->entry[i].id)
                return FFA_INVALID_PARAMETERS;
        if (c->composite_off)
            return FFA_INVALID_PARAMETERS;
        if (c->entry_bytes == 32 && d->entry_bytes == 32 &&
            (c->entry[i].own[0] != d->entry[b].own[0] || c->entry[i].own[1] != d->entry[b].own[1]))
            return FFA_INVALID_PARAMETERS;
    }
    return 0;
}

/* The permissions that a borrower gets, 0 where `status` says why not. */
static uint8_t permissions(const struct memory_book *o, const struct deal *d, unsigned b,
                           const struct call_made *c, unsigned asked, int *status)
{
    bool secure = o->page[oracle_page(o, d->range[0].address)].secure;
    unsigned granted = d->entry[b].permissions & 3;
    unsigned data = asked & 3, code = asked >> 2;
    bool chooses = d->kind != SHARE && d->count == 1;

    if (d->kind == DONATE)
        granted = d->rights & RIGHT_WRITE ? 2 : 1;
    if (data == 0)
        data = granted;
    *status = 0;
    if (data > granted)
        *status = FFA_DENIED;
    else if (chooses != (code != 0) || (code == 2 && !secure))
        *status = FFA_INVALID_PARAMETERS;
    else if ((code == 2 && !(d->rights & RIGHT_EXECUTE)) || (data == 1 && (c->flags & 5)))
        *status = FFA_DENIED;
    return (uint8_t)(*status != 0 ? 0 : data | (code == 2 ? 8 : 4));
}

static void change_hands(struct memory_book *o, int deal, unsigned b, unsigned to)
{
    struct deal *d = &o->deal[deal < 0 ? 0 : deal];

    for (unsigned i = 0; i < o->pages; i++)
        if (o->page[i].part_of == deal) {
            o->page[i].owner = (uint8_t)to;
            o->page[i].rights = (uint8_t)(RIGHT_READ | ((d->taken[b] & 3) == 2 ? RIGHT_WRITE : 0) |
                                          (d->taken[b] >> 2 == 2 ? RIGHT_EXECUTE : 0));
            o->page[i].part_of = -1;
        }
    d->phase = OVER;
}

/* A message came since a retrieval gave way: what that got goes again, unless it is donated and has
 * left its sender. */
static struct verdict finds_rx_full(struct memory_book *o, const struct call_made *c, int deal)
{
    struct deal *d = &o->deal[deal < 0 ? 0 : deal];
    int b = deal < 0 || bad_entries(o, c) ? -1 : borrower_of(d, id_of(c->who));

    if (b >= 0 && (d->doing[b] == FAILS || (d->doing[b] == TAKES && !d->leaves))) {
        d->doing[b] = NOTHING;
        end_orphan(o, deal);
    }
    return REFUSAL_OF(CHOICE_RX_FULL_MEANWHILE);
}

/* One that gave way is to go on as it began. */
static struct verdict goes_on(struct memory_book *o, int deal, unsigned b, uint8_t taken)
{
    struct deal *d = &o->deal[deal];

    if (d->doing[b] != NOTHING && taken != d->taken[b])
        return REFUSAL_OF(CHOICE_OTHER_PERMISSIONS);
    if (d->doing[b] != FAILS)
        return OK(TOLD, deal);
    d->doing[b] = NOTHING;
    end_orphan(o, deal);
    return NO(NO_MEMORY);
}

static struct verdict retrieve(struct memory_book *o, const struct call_made *c, int deal)
{
    struct deal *d = &o->deal[deal < 0 ? 0 : deal];
    int own = -1, b, status;
    struct verdict v;
    uint8_t taken;

    if (c->x3 != 0 || c->w4 != 0 || c->bytes_more != 0)
        return NO(INVALID_PARAMETERS);
    if (o->rx_full[c->who])
        return finds_rx_full(o, c, deal);
    if (bad_entries(o, c) || c->longer || deal < 0 || d->phase != SENT)
        return NO(INVALID_PARAMETERS);
    status = check_request(d, c);
    if (status != 0)
        return REFUSAL_OF(status);
    b = borrower_of(d, id_of(c->who));
    for (unsigned i = 0; i < c->count; i++)
        if (c->entry[i].id == id_of(c->who))
            own = (int)i;
    if (own < 0 || b < 0)
        return NO(INVALID_PARAMETERS);
    if (d->has[b] || d->doing[b] == GIVES)
        return REFUSAL_OF(CHOICE_RETRIEVED_AGAIN);
    taken = permissions(o, d, (unsigned)b, c, c->entry[own].permissions, &status);
    if (status != 0)
        return REFUSAL_OF(status);
    v = goes_on(o, deal, (unsigned)b, taken);
    if (v.outcome == REFUSED)
        return v;
    d->taken[b] = taken;
    d->zero_after[b] = c->flags & 4;
    v.borrower = (unsigned)b;
    o->rx_full[c->who] = true;
    d->told[b] = 0;
    return v;
}

/* Of what it asked for itself, no borrower: it may name the sender. */
static struct verdict tell_world_more(struct memory_book *o, const struct call_made *c, int deal)
{
    const struct deal *d = &o->deal[deal < 0 ? 0 : deal];

    if (deal < 0 || d->told_world == 0 || c->offset != 0 ||
        (c->w4 != 0 && c->w4 != (uint32_t)d->sender << 16))
        return NO(INVALID_PARAMETERS);
    if (o->rx_full[NORMAL])
        return NO(BUSY);
    o->rx_full[NORMAL] = true;
    return OK(TOLD_MORE, deal);
}

static struct verdict tell_more(struct memory_book *o, const struct call_made *c, int deal)
{
    struct deal *d = &o->deal[deal < 0 ? 0 : deal];
    struct verdict v = OK(TOLD_MORE, deal);
    int b = deal < 0 ? -1 : borrower_of(d, id_of(c->who));

    if (c->who == NORMAL)
        return tell_world_more(o, c, deal);
    if (b < 0 || (d->phase == SENT && !d->has[b]) || d->phase == SENDING || d->told[b] == 0 ||
        c->offset != 0 || c->w4 != 0)
        return NO(INVALID_PARAMETERS);
    if (o->rx_full[c->who])
        return NO(BUSY);
    o->rx_full[c->who] = true;
    v.borrower = (unsigned)b;
    return v;
}

void oracle_told(struct memory_book *o, int deal, unsigned borrower, uint32_t told, uint32_t length)
{
    struct deal *d = &o->deal[deal < 0 ? 0 : deal];

    if (borrower == TO_WORLD) {
        d->told_world = told == length ? 0 : told;
        return;
    }
    d->told[borrower] = told == length ? 0 : told;
    if (told == length && d->phase == OVER)
        end_deal(o, deal);
}

static struct verdict relinquish(struct memory_book *o, const struct call_made *c, int deal)
{
    struct deal *d = &o->deal[deal < 0 ? 0 : deal];
    int b = deal < 0 ? -1 : borrower_of(d, id_of(c->who));
    bool zero = c->flags & 1;

    if (deal < 0 || d->phase != SENT || c->named_count != 1 || c->named != id_of(c->who) || b < 0 ||
        (!d->has[b] && d->doing[b] != GIVES) || (c->flags & ~3U) != 0 || (zero && d->kind == SHARE))
        return NO(INVALID_PARAMETERS);
    if (zero && (d->taken[b] & 3) == 1)
        return NO(DENIED);
    if (zero && d->device)
        return REFUSAL_OF(CHOICE_DEVICE_TO_ZERO);
    d->has[b] = false;
    d->doing[b] = NOTHING;
    d->zero_back |= zero || d->zero_after[b]; /* choice LAST_ONE_ZEROES */
    if (d->zero_back && !oracle_is_held(d)) {
        zero_pages(o, d, AS_GIVEN_UP, d->pages);
        d->zero_back = false;
    }
    end_orphan(o, deal);
    return OK(PLAIN, -1);
}

/* Whether one that died with it still runs on another CPU. */
static bool is_left(const struct memory_book *o, const struct deal *d)
{
    for (unsigned who = FIRST; who < ENDPOINTS; who++)
        if (o->lingers[who] && borrower_of(d, id_of(who)) >= 0)
            return true;
    return false;
}

static struct verdict reclaim(struct memory_book *o, const struct call_made *c, int deal)
{
    struct deal *d = &o->deal[deal < 0 ? 0 : deal];
    bool zero = c->flags & 1;

    if (deal < 0 || !is_own(d, c) || d->phase == OVER || (c->flags & ~3U) != 0)
        return NO(INVALID_PARAMETERS);
    if (oracle_is_held(d) || is_left(o, d))
        return REFUSAL_OF(CHOICE_HELD);
    if (d->phase != SENDING && !d->was_half) { /* choice RECLAIM_OF_HALF */
        if (zero && !(d->rights & RIGHT_WRITE))
            return NO(DENIED);
        if (zero && d->device)
            return REFUSAL_OF(CHOICE_DEVICE_TO_ZERO);
        if (zero && c->who == NORMAL && d->pages > ZERO_PAGES_MAX)
            return REFUSAL_OF(CHOICE_MUCH_TO_ZERO);
        if ((zero || d->zero_back) && !d->is_back) {
            bool part = c->who == NORMAL && d->pages - d->clean[AS_RETURNED] > ZERO_PAGES_MAX;
            zero_pages(o, d, AS_RETURNED, part ? ZERO_PAGES_MAX : d->pages);
            if (part) {
                d->phase = RETURNING;
                return REFUSAL_OF(CHOICE_ZEROED_IN_PART);
            }
        }
    }
    end_deal(o, deal);
    return OK(PLAIN, -1);
}

static struct verdict ask(struct memory_book *o, const struct call_made *c, int deal)
{
    if (c->x3 != 0 || c->w4 != 0 || c->bytes_more != 0)
        return NO(INVALID_PARAMETERS);
    if (o->rx_full[NORMAL])
        return NO(BUSY);
    if (deal < 0 || (o->deal[deal].phase != SENT && o->deal[deal].phase != RETURNING) ||
        o->deal[deal].who != NORMAL || c->sender != 0 || c->tag != 0 || c->flags != 0 ||
        c->attributes != 0 || c->count != 0 || c->malformed)
        return NO(INVALID_PARAMETERS);
    o->rx_full[NORMAL] = true;
    return OK(TOLD, deal);
}

/* ---- Life and death ---- */

/* Choices BORROWER_DIES and SENDER_DIES. */
void oracle_die(struct memory_book *o, unsigned who)
{
    o->dead[who] = true;
    for (int i = 0; i < TRANSACTION_MAX; i++) {
        struct deal *d = &o->deal[i];
        int b = borrower_of(d, id_of(who));
        if (d->phase == UNUSED)
            continue;
        if (b >= 0 && (d->has[b] || d->doing[b] != NOTHING)) {
            d->zero_back |= d->zero_after[b];
            d->has[b] = false;
            d->doing[b] = NOTHING;
            if (d->leaves)
                change_hands(o, i, (unsigned)b, who);
        }
        if (b >= 0 && d->phase == OVER)
            end_deal(o, i);
        else
            end_orphan(o, i);
    }
}

/* Its tables are as before its first start: choice DEAD_OWNER. */
void oracle_renew(struct memory_book *o, unsigned who)
{
    for (unsigned i = 0; i < o->pages; i++) {
        struct page *p = &o->page[i];
        if (p->home == who) {
            p->rights = p->home_rights;
            p->content = p->secure ? 0 : p->content; /* the Normal world's is as it was */
        } else if (p->owner == who)
            p->owner = NOBODY;
    }
    o->dead[who] = false;
}

static struct verdict come_back(struct memory_book *o, unsigned who)
{
    for (int i = 0; i < TRANSACTION_MAX; i++)
        if (o->deal[i].who == who && (o->deal[i].phase == SENDING || o->deal[i].phase == SENT))
            return NO(ABORTED);
    for (unsigned i = 0; i < o->pages; i++)
        if (o->page[i].home == who && o->page[i].owner != who)
            return NO(ABORTED);
    oracle_renew(o, who);
    o->rx_full[who] = false;
    return OK(PLAIN, -1);
}

/* What a retrieval does, once the description of it is on its way. */
static void hand_over(struct memory_book *o, const struct verdict *v, unsigned who)
{
    struct deal *d = &o->deal[v->deal];

    if (d->zero && !d->cleaned)
        zero_pages(o, d, AT_FIRST, d->pages);
    d->cleaned = true;
    if (d->kind == DONATE)
        change_hands(o, v->deal, v->borrower, who);
    else
        d->has[v->borrower] = true;
    d->doing[v->borrower] = NOTHING;
}

struct verdict oracle_decide(struct memory_book *o, const struct call_made *c, uint64_t handle)
{
    int deal = oracle_deal(o, handle);
    struct verdict v;

    switch (c->kind) {
    case SHARE:
    case LEND:
    case DONATE:
        return decide_send(o, c);
    case SEND_MORE:
        return decide_send_more(o, c, deal);
    case RETRIEVE:
        v = retrieve(o, c, deal);
        if (v.outcome == TOLD)
            hand_over(o, &v, c->who);
        return v;
    case TELL_MORE:
        return tell_more(o, c, deal);
    case RELINQUISH:
        return relinquish(o, c, deal);
    case RECLAIM:
        return reclaim(o, c, deal);
    case ASK:
        return ask(o, c, deal);
    case RIGHTS:
        return decide_rights(o, c);
    case PERMIT:
        return decide_permit(o, c);
    case RELEASE:
        if (!o->rx_full[c->who])
            return NO(DENIED);
        o->rx_full[c->who] = false;
        return OK(PLAIN, -1);
    case WRITE:
        o->page[c->page].content = (uint16_t)(c->value * 0x101);
        return OK(PLAIN, -1);
    case DIE:
        oracle_die(o, c->who);
        return OK(PLAIN, -1);
    default:
        return come_back(o, c->who);
    }
}
