/* SPDX-License-Identifier: BSD-3-Clause */
/* What a situation of a memory search looks at. */
#ifndef TESTS_EXPLORE_MEMORY_MET_H
#define TESTS_EXPLORE_MEMORY_MET_H

#include "explore/memory.h"
#include "explore/situations.h"

/* A step: the transaction that it names, before it and after it, and the caller as its borrower. */
struct memory_step {
    const struct memory_state *before;
    const struct memory_state *after;
    const struct act *a;
    const struct answer *r;
    const struct deal *d;
    const struct deal *e;
    const struct deal_borrower *b; /* before it, or NULL */
};

static inline bool done(const struct memory_step *t)
{
    return !t->r->refused && !t->r->again;
}

static inline bool refused(const struct memory_step *t, int status)
{
    return t->r->refused && t->r->status == status;
}

static inline bool is_dead(const struct memory_step *t, unsigned who)
{
    return who < PARTITION_MAX && t->before->life[who] != PARTITION_LIVE;
}

static inline bool b_has(const struct memory_step *t, enum has has)
{
    return t->b != NULL && t->b->has == has;
}

static inline unsigned having(const struct deal *d)
{
    unsigned n = 0;

    for (unsigned i = 0; i < d->count; i++)
        n += d->borrower[i].has != HAS_NOT;
    return n;
}

/* Some transaction was so before the step, seen from who acts. */
static inline const struct deal *
deal_with(const struct memory_step *t, bool (*is)(const struct memory_step *, const struct deal *))
{
    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        if (t->before->slot[i].deal.phase != UNUSED && is(t, &t->before->slot[i].deal))
            return &t->before->slot[i].deal;
    return NULL;
}

static inline bool borrows(const struct memory_step *t, const struct deal *d, enum has has)
{
    for (unsigned i = 0; i < d->count; i++)
        if (d->borrower[i].who == t->a->who && d->borrower[i].has == has)
            return true;
    return false;
}

/* A list has a line X(deed, name) for each situation, which is a function of that name. */
#define AS_SITUATION(deed, name) {#name, NULL, 0},
#define AS_RULE(deed, name) {deed, name},

struct memory_rule {
    enum deed deed;
    bool (*holds)(const struct memory_step *t);
};

/* Counts those of a list that hold. */
static inline void count(struct situation *list, const struct memory_rule *rules,
                         const struct memory_step *t)
{
    for (unsigned i = 0; list[i].name != NULL; i++)
        if (rules[i].deed == t->a->deed)
            list[i].count += rules[i].holds(t);
}

void met_sent(const struct memory_step *t);

#endif
