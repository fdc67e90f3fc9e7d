/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether tables, ledger, contents and refusals are as owners and deals have it: the entry of each
 * page in each partition's tables, bit by bit. While a call gives way an entry may be as before or
 * as after it.
 */
#include <string.h>

#include "core/stage2.h"
#include "explore/memory.h"
#include "support/port_model.h"
#include "support/world.h"

#define REQUIRE(condition, text) \
    do {                         \
        if (!(condition))        \
            return text;         \
    } while (0)

#define DIRT 0xDD
#define LEAF 0x703ULL /* valid, a page, inner shareable, accessed */
#define WRITE_BACK (0xfULL << 2)
#define CHOICES 8

/* What an entry may be. */
struct choices {
    unsigned count;
    uint64_t entry[CHOICES];
};

static uint64_t entry_of(unsigned g, unsigned rights, uint64_t use)
{
    uint64_t e = watched[g].address | LEAF | WRITE_BACK | use;

    e |= rights & RIGHT_READ ? 1ULL << 6 : 0;
    e |= rights & RIGHT_WRITE ? 1ULL << 7 : 0;
    e |= rights & RIGHT_EXECUTE ? 0 : 2ULL << 53;
    return use == ENTRY_LENT ? e & ~1ULL : e;
}

static void choose(struct choices *c, bool alone, uint64_t entry)
{
    if (alone)
        c->count = 0;
    c->entry[c->count++] = entry;
}

static bool has_page(const struct deal *d, unsigned page)
{
    for (unsigned i = 0; i < d->pages; i++)
        if (d->page[i] == page)
            return true;
    return false;
}

/* Its sender's pages become part of it, or again its own. */
static bool is_between(const struct deal *d)
{
    return (d->phase == SENDING && d->whole) || d->phase == RETURNING;
}

static void choose_as_sender(struct choices *c, const struct memory_state *state,
                             const struct deal *d, unsigned g)
{
    uint64_t use = d->kind == FFA_MEMORY_SHARED ? ENTRY_SHARED : ENTRY_LENT;

    if (d->phase == SENT || is_between(d))
        choose(c, d->phase == SENT, entry_of(g, state->rights[g], use));
}

static void choose_as_borrower(struct choices *c, const struct deal *d,
                               const struct deal_borrower *b, unsigned g)
{
    bool donated = d->kind == FFA_MEMORY_DONATED;

    if (b->has == HAS_NOT)
        return;
    choose(c, b->has == HAS, entry_of(g, b->taken, donated ? ENTRY_DONATED : ENTRY_BORROWED));
}

static const char *broken_entry(const struct memory_state *state, unsigned p, unsigned g)
{
    struct choices c = {0};
    uint64_t e = state->entry[p][g];

    choose(&c, true, state->owner[g] == p ? entry_of(g, state->rights[g], 0) : 0);
    for (unsigned sent = 0; sent < 2; sent++) /* what is sent for certain comes last */
        for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
            const struct deal *d = &state->slot[i].deal;
            if ((d->phase == SENT) != sent || !has_page(d, g))
                continue;
            if (d->who == p && state->owner[g] == p)
                choose_as_sender(&c, state, d, g);
            for (unsigned b = 0; b < d->count; b++)
                if (d->borrower[b].who == p)
                    choose_as_borrower(&c, d, &d->borrower[b], g);
        }
    for (unsigned i = 0; i < c.count; i++)
        if (e == c.entry[i])
            return NULL;
    if ((e & 1) && c.count == 1 && c.entry[0] == 0)
        return "a partition reaches a page that it has no part in";
    return "a partition has another access to a page, or another use of it";
}

static const char *broken_ledger(const struct memory_state *state, unsigned g)
{
    bool taken = state->owner[g] != NORMAL;

    if (watched[g].home != NORMAL)
        return NULL;
    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        taken |= state->slot[i].deal.phase == SENT && has_page(&state->slot[i].deal, g);
    REQUIRE(taken == state->taken[g], "the ledger has another page, or lacks one");
    return NULL;
}

/* ---- Contents ---- */

static bool cleans(const struct deal *d, const struct act *a)
{
    return d->zero || d->zero_back || d->zero_may || a->zero ||
           (d->count > 0 && d->borrower[0].clean_after) ||
           (d->count > 1 && d->borrower[1].clean_after);
}

/* Whoever cleans has been asked to. */
static const char *broken_cleaning(const struct memory_state *before,
                                   const struct memory_state *after, const struct act *a,
                                   unsigned g)
{
    bool restart = a->deed == BEGIN_ANEW || a->deed == COME_BACK;
    bool asked = restart && watched[g].home == a->who;

    if (!after->clean[g] || before->clean[g])
        return NULL;
    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        asked |= has_page(&before->slot[i].deal, g) && cleans(&before->slot[i].deal, a);
    REQUIRE(asked, "memory is cleaned that nobody wanted clean");
    return NULL;
}

static bool others_have(const struct deal *d, unsigned who)
{
    for (unsigned i = 0; i < d->count; i++)
        if (d->borrower[i].who != who && d->borrower[i].has != HAS_NOT)
            return true;
    return false;
}

/* After an act that succeeded: must the pages of what it named be clean? `d`: as before it. */
static bool must_be_clean(const struct deal *d, const struct act *a)
{
    const struct deal_borrower *b = NULL;

    for (unsigned i = 0; i < d->count; i++)
        if (d->borrower[i].who == a->who)
            b = &d->borrower[i];
    switch (a->deed) {
    case RETRIEVE:
        return d->zero && !d->cleaned;
    case RELINQUISH:
        return (a->zero || d->zero_back || (b != NULL && b->clean_after)) &&
               !others_have(d, a->who);
    case RECLAIM:
        return d->phase != SENDING &&
               (d->zero_back || (a->zero && (d->phase == SENT || d->zero_asked)));
    default:
        return false;
    }
}

/* The pages that were clean in the course of such a call. */
static uint8_t *pages_seen(struct deal *d, const struct act *a)
{
    for (unsigned i = 0; a->deed == RELINQUISH && i < d->count; i++)
        if (d->borrower[i].who == a->who)
            return &d->borrower[i].clean;
    if (d->phase == UNUSED)
        return NULL;
    return a->deed == RECLAIM ? &d->clean_back : &d->clean;
}

/* A page that is cleaned may be written to again before the call that cleans it has come to its
 * end, by who may. */
static const char *broken_clean(const struct deal *before, struct memory_state *after,
                                const struct act *a, bool done)
{
    struct deal copy = *before;
    uint8_t *now = pages_seen(&after->slot[a->slot].deal, a);
    uint8_t seen;

    if (!must_be_clean(before, a))
        return NULL;
    seen = *pages_seen(&copy, a);
    for (unsigned i = 0; i < before->pages; i++)
        if (before->page[i] == ELSEWHERE || after->clean[before->page[i]])
            seen |= (uint8_t)(1U << i);
    if (now != NULL)
        *now = done ? 0 : seen;
    REQUIRE(!done || seen == (1U << before->pages) - 1, "memory is not clean that must be");
    return NULL;
}

static const char *broken_contents(const struct memory_state *before, struct memory_state *after,
                                   const struct act *a, const struct answer *r)
{
    const char *broken = NULL;
    bool done = !r->refused && !r->again;

    for (unsigned g = 0; broken == NULL && g < WATCHED; g++) {
        broken = broken_cleaning(before, after, a, g);
        if (broken == NULL && done && a->deed == COME_BACK && watched[g].home == a->who)
            REQUIRE(after->clean[g], "a partition comes back to memory that is not clean");
    }
    if (broken != NULL || a->slot >= TRANSACTION_MAX || r->refused)
        return broken;
    return broken_clean(&before->slot[a->slot].deal, after, a, done);
}

/* ---- Refusals ---- */

/* What was refused changed nothing but what the call named, or had begun. */
static const char *broken_refusal(const struct memory_state *before,
                                  const struct memory_state *after, const struct act *a,
                                  const struct answer *r)
{
    if (!r->refused)
        return NULL;
    REQUIRE(memcmp(before->rx_full, after->rx_full, sizeof(after->rx_full)) == 0 &&
                memcmp(before->life, after->life, sizeof(after->life)) == 0,
            "a refused call changed more than memory");
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        bool named = a->deed != SEND && a->slot == i;
        bool begun = a->who != NORMAL && before->slot[i].deal.by == context_of(a) + 1;
        REQUIRE(named || begun ||
                    memcmp(&before->slot[i], &after->slot[i], sizeof(struct slot_state)) == 0,
                "a refused call changed somebody else's transaction");
    }
    return NULL;
}

const char *rules_hold(const struct memory_state *before, struct memory_state *state,
                       const struct act *a, const struct answer *r)
{
    const char *broken = broken_refusal(before, state, a, r);

    for (unsigned i = 0; broken == NULL && i < TRANSACTION_MAX; i++) {
        const struct transaction *t = (const void *)state->slot[i].core;
        REQUIRE((t->state == TRANSACTION_FREE) == (state->slot[i].deal.phase == UNUSED),
                "a transaction is left that ended, or one that did not is gone");
    }
    for (unsigned g = 0; broken == NULL && g < WATCHED; g++) {
        broken = broken_ledger(state, g);
        for (unsigned p = 0; broken == NULL && p < PARTITION_MAX; p++)
            if (state->life[p] != PARTITION_ABORTED)
                broken = broken_entry(state, p, g);
    }
    return broken != NULL ? broken : broken_contents(before, state, a, r);
}

/* ---- Who can write does so at once, so that memory is clean only while nobody can ---- */

static bool writes_as_owner(const struct memory_state *state, unsigned g)
{
    uint8_t owner = state->owner[g];
    bool writes = owner != NOBODY && (owner == NORMAL || state->life[owner] == PARTITION_LIVE) &&
                  state->rights[g] & RIGHT_WRITE;

    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        const struct deal *d = &state->slot[i].deal;
        writes &= d->phase != SENT || d->kind == FFA_MEMORY_SHARED || !has_page(d, g);
        writes &= !(is_between(d) && has_page(d, g));
    }
    return writes;
}

void rules_write(struct memory_state *state)
{
    for (unsigned g = 0; g < WATCHED; g++) {
        bool written = writes_as_owner(state, g);
        for (unsigned p = 0; p < PARTITION_MAX; p++)
            written |= state->life[p] == PARTITION_LIVE && (state->entry[p][g] & 1) &&
                       (state->entry[p][g] & 1ULL << 7);
        if (written)
            state->clean[g] = 0;
    }
}
