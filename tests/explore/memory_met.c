/* SPDX-License-Identifier: BSD-3-Clause */
/* Situations of borrowers, and of those who die, that the memory searches must meet. */
#include "explore/memory_met.h"

/* ---- Borrowing ---- */

static bool is_retrieved(const struct memory_step *t, unsigned kind)
{
    return done(t) && t->d->kind == kind;
}

static bool shared_memory_is_retrieved(const struct memory_step *t)
{
    return is_retrieved(t, FFA_MEMORY_SHARED);
}

static bool lent_memory_is_retrieved(const struct memory_step *t)
{
    return is_retrieved(t, FFA_MEMORY_LENT);
}

static bool donated_memory_is_retrieved(const struct memory_step *t)
{
    return is_retrieved(t, FFA_MEMORY_DONATED);
}

static bool memory_is_retrieved_to_execute(const struct memory_step *t)
{
    return done(t) && t->a->permissions & FFA_ACCESS_X && t->d->kind != FFA_MEMORY_SHARED &&
           t->d->count == 1;
}

static bool memory_is_retrieved_read_only(const struct memory_step *t)
{
    return done(t) && t->a->permissions & FFA_ACCESS_RO &&
           t->d->borrower[0].allowed != FFA_ACCESS_RO;
}

static bool memory_is_cleaned_and_retrieved(const struct memory_step *t)
{
    return done(t) && t->d->zero && !t->d->cleaned;
}

static bool a_second_borrower_has_it_too(const struct memory_step *t)
{
    return done(t) && having(t->d) > 0 && !b_has(t, TAKING);
}

static bool a_retrieval_gives_way(const struct memory_step *t)
{
    return t->r->again;
}

static bool a_donation_leaves_in_part(const struct memory_step *t)
{
    return t->r->again && t->e->kind == FFA_MEMORY_DONATED && t->e->pages == 2 &&
           (t->e->page[0] == ELSEWHERE) != (t->e->page[1] == ELSEWHERE);
}

static bool a_retrieval_goes_on_after_its_senders_death(const struct memory_step *t)
{
    return done(t) && b_has(t, TAKING) && is_dead(t, t->d->who);
}

static bool a_retrieval_finds_no_table(const struct memory_step *t)
{
    return refused(t, FFA_NO_MEMORY);
}

static bool a_retrieval_finds_rx_full(const struct memory_step *t)
{
    return refused(t, FFA_BUSY);
}

static bool a_borrower_asks_for_more_than_granted(const struct memory_step *t)
{
    return refused(t, FFA_DENIED) && b_has(t, HAS_NOT) &&
           t->a->permissions == (FFA_ACCESS_RW | FFA_ACCESS_X);
}

static bool a_borrower_retrieves_twice(const struct memory_step *t)
{
    return refused(t, FFA_DENIED) && b_has(t, HAS);
}

static bool a_retrieval_that_gave_way_asks_for_something_else(const struct memory_step *t)
{
    return refused(t, FFA_DENIED) && b_has(t, TAKING);
}

static bool a_stranger_retrieves(const struct memory_step *t)
{
    return t->r->refused && t->d->phase == SENT && t->b == NULL;
}

static bool what_is_not_yet_sent_is_retrieved(const struct memory_step *t)
{
    return t->r->refused && t->d->phase == SENDING && t->b != NULL;
}

static bool what_is_taken_back_is_retrieved(const struct memory_step *t)
{
    return t->r->refused && t->d->phase == RETURNING && t->b != NULL;
}

static bool the_rest_is_told(const struct memory_step *t)
{
    return done(t) && t->d->phase == SENT;
}

static bool the_rest_of_a_donation_is_told(const struct memory_step *t)
{
    return done(t) && t->d->phase == OVER && t->e->phase == UNUSED;
}

static bool the_rest_finds_rx_full(const struct memory_step *t)
{
    return refused(t, FFA_BUSY);
}

static bool the_rest_is_asked_from_elsewhere(const struct memory_step *t)
{
    return t->r->refused && t->a->again && t->b != NULL && t->b->told != 0;
}

/* ---- Giving back ---- */

static bool memory_is_relinquished(const struct memory_step *t)
{
    return done(t);
}

static bool memory_is_relinquished_clean(const struct memory_step *t)
{
    return done(t) && t->a->zero && having(t->d) == 1;
}

static bool one_of_two_borrowers_relinquishes(const struct memory_step *t)
{
    return done(t) && having(t->d) == 2;
}

static bool a_relinquishing_gives_way(const struct memory_step *t)
{
    return t->r->again;
}

static bool the_last_borrower_ends_what_a_dead_one_sent(const struct memory_step *t)
{
    return done(t) && is_dead(t, t->d->who) && t->e->phase == UNUSED;
}

static bool a_stranger_relinquishes(const struct memory_step *t)
{
    return t->r->refused && t->d->phase == SENT && (t->b == NULL || b_has(t, HAS_NOT));
}

/* ---- Deaths ---- */

static bool lends(const struct memory_step *t, const struct deal *d)
{
    return d->phase == SENT && d->who == t->a->who && having(d) > 0;
}

static bool has_lent_to_nobody_yet(const struct memory_step *t, const struct deal *d)
{
    return d->phase == SENT && d->who == t->a->who && having(d) == 0;
}

static bool has(const struct memory_step *t, const struct deal *d)
{
    return borrows(t, d, HAS);
}

static bool takes(const struct memory_step *t, const struct deal *d)
{
    return borrows(t, d, TAKING);
}

static bool gives(const struct memory_step *t, const struct deal *d)
{
    return borrows(t, d, GIVING);
}

static bool gets_a_donation(const struct memory_step *t, const struct deal *d)
{
    return borrows(t, d, TAKING) && d->page[0] == ELSEWHERE;
}

static bool sends(const struct memory_step *t, const struct deal *d)
{
    return d->phase == SENDING && d->who == t->a->who;
}

static bool takes_back(const struct memory_step *t, const struct deal *d)
{
    return d->phase == RETURNING && d->who == t->a->who;
}

static bool is_told_of_a_donation(const struct memory_step *t, const struct deal *d)
{
    return d->phase == OVER && d->borrower[0].who == t->a->who;
}

static bool has_donated(const struct memory_step *t, const struct deal *d)
{
    return d->phase == OVER && d->who == t->a->who;
}

#define DIES(name, is)                            \
    static bool name(const struct memory_step *t) \
    {                                             \
        return deal_with(t, is) != NULL;          \
    }
DIES(a_lender_dies, lends)
DIES(a_lender_dies_before_anybody_borrows, has_lent_to_nobody_yet)
DIES(a_borrower_dies, has)
DIES(a_borrower_dies_as_it_takes, takes)
DIES(a_borrower_dies_as_it_gives, gives)
DIES(a_borrower_dies_in_the_midst_of_a_donation, gets_a_donation)
DIES(a_borrower_dies_before_it_is_told_all_of_a_donation, is_told_of_a_donation)
DIES(a_sender_dies_in_the_midst, sends)
DIES(a_sender_dies_as_it_takes_back, takes_back)
DIES(a_donor_dies_before_the_new_owner_is_told_all, has_donated)

static bool who_lent_may_not_come_back(const struct memory_step *t)
{
    return t->r->refused && deal_with(t, lends) != NULL;
}

static bool who_donated_may_not_come_back(const struct memory_step *t)
{
    for (unsigned g = 0; t->r->refused && g < WATCHED; g++)
        if (watched[g].home == t->a->who && t->before->owner[g] != t->a->who)
            return true;
    return false;
}

static bool a_restart_is_seen_half_done(const struct memory_step *t)
{
    return done(t);
}

static bool who_died_with_others_memory_comes_back_without(const struct memory_step *t)
{
    for (unsigned g = 0; g < WATCHED; g++)
        if (t->before->owner[g] == t->a->who && t->after->owner[g] == NOBODY)
            return true;
    return false;
}

/* ---- The list ---- */

#define LIST(X)                                                    \
    X(RETRIEVE, shared_memory_is_retrieved)                        \
    X(RETRIEVE, lent_memory_is_retrieved)                          \
    X(RETRIEVE, donated_memory_is_retrieved)                       \
    X(RETRIEVE, memory_is_retrieved_to_execute)                    \
    X(RETRIEVE, memory_is_retrieved_read_only)                     \
    X(RETRIEVE, memory_is_cleaned_and_retrieved)                   \
    X(RETRIEVE, a_second_borrower_has_it_too)                      \
    X(RETRIEVE, a_retrieval_gives_way)                             \
    X(RETRIEVE, a_donation_leaves_in_part)                         \
    X(RETRIEVE, a_retrieval_goes_on_after_its_senders_death)       \
    X(RETRIEVE, a_retrieval_finds_no_table)                        \
    X(RETRIEVE, a_retrieval_finds_rx_full)                         \
    X(RETRIEVE, a_borrower_asks_for_more_than_granted)             \
    X(RETRIEVE, a_borrower_retrieves_twice)                        \
    X(RETRIEVE, a_retrieval_that_gave_way_asks_for_something_else) \
    X(RETRIEVE, a_stranger_retrieves)                              \
    X(RETRIEVE, what_is_not_yet_sent_is_retrieved)                 \
    X(RETRIEVE, what_is_taken_back_is_retrieved)                   \
    X(TELL_MORE, the_rest_is_told)                                 \
    X(TELL_MORE, the_rest_of_a_donation_is_told)                   \
    X(TELL_MORE, the_rest_finds_rx_full)                           \
    X(TELL_MORE, the_rest_is_asked_from_elsewhere)                 \
    X(RELINQUISH, memory_is_relinquished)                          \
    X(RELINQUISH, memory_is_relinquished_clean)                    \
    X(RELINQUISH, one_of_two_borrowers_relinquishes)               \
    X(RELINQUISH, a_relinquishing_gives_way)                       \
    X(RELINQUISH, the_last_borrower_ends_what_a_dead_one_sent)     \
    X(RELINQUISH, a_stranger_relinquishes)                         \
    X(DIE, a_lender_dies)                                          \
    X(DIE, a_lender_dies_before_anybody_borrows)                   \
    X(DIE, a_borrower_dies)                                        \
    X(DIE, a_borrower_dies_as_it_takes)                            \
    X(DIE, a_borrower_dies_as_it_gives)                            \
    X(DIE, a_borrower_dies_in_the_midst_of_a_donation)             \
    X(DIE, a_borrower_dies_before_it_is_told_all_of_a_donation)    \
    X(DIE, a_sender_dies_in_the_midst)                             \
    X(DIE, a_sender_dies_as_it_takes_back)                         \
    X(DIE, a_donor_dies_before_the_new_owner_is_told_all)          \
    X(COME_BACK, who_lent_may_not_come_back)                       \
    X(COME_BACK, who_donated_may_not_come_back)                    \
    X(COME_BACK, who_died_with_others_memory_comes_back_without)   \
    X(BEGIN_ANEW, a_restart_is_seen_half_done)

struct situation memories_borrowed[] = {LIST(AS_SITUATION){NULL, NULL, 0}};

static const struct memory_rule rules[] = {LIST(AS_RULE)};

void met(const struct memory_state *before, const struct memory_state *after, const struct act *a,
         const struct answer *r)
{
    static const struct deal none;
    bool names = a->slot < TRANSACTION_MAX;
    struct memory_step t = {before, after, a, r, &none, &none, NULL};

    if (names) {
        t.d = &before->slot[a->slot].deal;
        t.e = &after->slot[a->slot].deal;
    }
    for (unsigned i = 0; i < t.d->count; i++)
        if (t.d->borrower[i].who == a->who)
            t.b = &t.d->borrower[i];
    met_sent(&t);
    count(memories_borrowed, rules, &t);
}
