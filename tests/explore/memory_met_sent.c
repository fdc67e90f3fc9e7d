/* SPDX-License-Identifier: BSD-3-Clause */
/* Situations of senders: sending, in parts too, reclaiming; and the hypervisor that asks. */
#include "explore/memory_met.h"

/* ---- Sending ---- */

static bool is_sent(const struct memory_step *t, unsigned kind)
{
    return done(t) && t->r->x[0] == FFA_SUCCESS_32 && t->a->kind == kind;
}

static bool is_gone_on_with(const struct memory_step *t, const struct deal *d)
{
    return t->a->who != NORMAL && d->by == context_of(t->a) + 1;
}

static bool memory_is_shared(const struct memory_step *t)
{
    return is_sent(t, FFA_MEMORY_SHARED);
}

static bool memory_is_lent(const struct memory_step *t)
{
    return is_sent(t, FFA_MEMORY_LENT);
}

static bool memory_is_donated(const struct memory_step *t)
{
    return is_sent(t, FFA_MEMORY_DONATED);
}

static bool a_donated_page_is_sent_on(const struct memory_step *t)
{
    return done(t) && t->a->page[0] < WATCHED && watched[t->a->page[0]].home != t->a->who;
}

static bool a_second_context_sends(const struct memory_step *t)
{
    return done(t) && t->a->context != 0;
}

static bool a_send_gives_way(const struct memory_step *t)
{
    return t->r->again;
}

static bool a_send_that_gave_way_goes_on_to_its_end(const struct memory_step *t)
{
    return done(t) && t->r->x[0] == FFA_SUCCESS_32 && deal_with(t, is_gone_on_with) != NULL;
}

static bool a_send_that_gave_way_is_forgotten(const struct memory_step *t)
{
    const struct deal *d = deal_with(t, is_gone_on_with);

    return d != NULL && d->kind != t->a->kind;
}

static bool a_send_that_gave_way_fails(const struct memory_step *t)
{
    const struct deal *d = deal_with(t, is_gone_on_with);

    return refused(t, FFA_DENIED) && d != NULL && d->kind == t->a->kind;
}

static bool a_first_part_is_sent(const struct memory_step *t)
{
    return done(t) && t->r->x[0] == FFA_MEM_FRAG_RX;
}

static bool ranges_overlap_in_one_send(const struct memory_step *t)
{
    return refused(t, FFA_INVALID_PARAMETERS) && t->a->said == 2 && t->a->page[0] == t->a->page[1];
}

static bool memory_is_not_the_senders_alone(const struct memory_step *t)
{
    return refused(t, FFA_DENIED) && t->a->page[0] < WATCHED &&
           t->before->owner[t->a->page[0]] == t->a->who;
}

static bool is_borrowed_by(const struct memory_step *t, const struct deal *d)
{
    return borrows(t, d, HAS) && d->page[0] == t->a->page[0];
}

static bool a_borrower_sends_what_it_borrowed(const struct memory_step *t)
{
    return refused(t, FFA_DENIED) && deal_with(t, is_borrowed_by) != NULL;
}

static bool no_transaction_is_left(const struct memory_step *t)
{
    return refused(t, FFA_NO_MEMORY) && t->before->slot[TRANSACTION_MAX - 1].deal.phase != UNUSED;
}

static bool no_list_of_ranges_is_left(const struct memory_step *t)
{
    return refused(t, FFA_NO_MEMORY) && t->before->slot[TRANSACTION_MAX - 1].deal.phase == UNUSED;
}

static bool the_last_part_is_sent(const struct memory_step *t)
{
    return done(t) && t->r->x[0] == FFA_SUCCESS_32;
}

static bool a_last_part_gives_way(const struct memory_step *t)
{
    return t->r->again;
}

static bool a_send_fails_with_its_last_part(const struct memory_step *t)
{
    return t->r->refused && t->d->phase == SENDING && t->e->phase == UNUSED;
}

static bool a_part_comes_from_somebody_else(const struct memory_step *t)
{
    return t->r->refused && t->d->phase == SENDING && t->d->who != t->a->who;
}

/* ---- Reclaiming ---- */

static bool memory_is_reclaimed(const struct memory_step *t)
{
    return done(t) && t->d->phase == SENT;
}

static bool memory_is_reclaimed_clean(const struct memory_step *t)
{
    return done(t) && t->d->phase != SENDING && t->a->zero;
}

static bool memory_is_reclaimed_clean_after_a_death(const struct memory_step *t)
{
    return done(t) && t->d->zero_back;
}

static bool a_reclaim_gives_way(const struct memory_step *t)
{
    return t->r->again;
}

static bool a_send_in_parts_is_dropped(const struct memory_step *t)
{
    return done(t) && t->d->phase == SENDING;
}

static bool memory_is_reclaimed_that_a_borrower_has(const struct memory_step *t)
{
    return refused(t, FFA_DENIED) && having(t->d) > 0 && t->d->who == t->a->who;
}

static bool memory_is_reclaimed_that_a_borrower_takes(const struct memory_step *t)
{
    return refused(t, FFA_DENIED) && t->d->who == t->a->who && t->d->borrower[0].has == TAKING;
}

static bool somebody_else_reclaims(const struct memory_step *t)
{
    return t->r->refused && t->d->phase == SENT && t->d->who != t->a->who;
}

static bool an_old_handle_is_refused(const struct memory_step *t)
{
    return t->r->refused && t->a->slot == STALE;
}

static bool the_hypervisor_asks(const struct memory_step *t)
{
    return done(t);
}

static bool the_hypervisors_rx_is_full(const struct memory_step *t)
{
    return refused(t, FFA_BUSY);
}

/* ---- The list ---- */

#define LIST(X)                                           \
    X(SEND, memory_is_shared)                             \
    X(SEND, memory_is_lent)                               \
    X(SEND, memory_is_donated)                            \
    X(SEND, a_donated_page_is_sent_on)                    \
    X(SEND, a_second_context_sends)                       \
    X(SEND, a_send_gives_way)                             \
    X(SEND, a_send_that_gave_way_goes_on_to_its_end)      \
    X(SEND, a_send_that_gave_way_is_forgotten)            \
    X(SEND, a_send_that_gave_way_fails)                   \
    X(SEND, a_first_part_is_sent)                         \
    X(SEND, ranges_overlap_in_one_send)                   \
    X(SEND, memory_is_not_the_senders_alone)              \
    X(SEND, a_borrower_sends_what_it_borrowed)            \
    X(SEND, no_transaction_is_left)                       \
    X(SEND, no_list_of_ranges_is_left)                    \
    X(SEND_MORE, the_last_part_is_sent)                   \
    X(SEND_MORE, a_last_part_gives_way)                   \
    X(SEND_MORE, a_send_fails_with_its_last_part)         \
    X(SEND_MORE, a_part_comes_from_somebody_else)         \
    X(RECLAIM, memory_is_reclaimed)                       \
    X(RECLAIM, memory_is_reclaimed_clean)                 \
    X(RECLAIM, memory_is_reclaimed_clean_after_a_death)   \
    X(RECLAIM, a_reclaim_gives_way)                       \
    X(RECLAIM, a_send_in_parts_is_dropped)                \
    X(RECLAIM, memory_is_reclaimed_that_a_borrower_has)   \
    X(RECLAIM, memory_is_reclaimed_that_a_borrower_takes) \
    X(RECLAIM, somebody_else_reclaims)                    \
    X(RECLAIM, an_old_handle_is_refused)                  \
    X(ASK, the_hypervisor_asks)                           \
    X(ASK, the_hypervisors_rx_is_full)

struct situation memories_sent[] = {LIST(AS_SITUATION){NULL, NULL, 0}};

static const struct memory_rule rules[] = {LIST(AS_RULE)};

void met_sent(const struct memory_step *t)
{
    count(memories_sent, rules, t);
}
