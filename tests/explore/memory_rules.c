/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who owns each page and what is in flight, by the calls that were made and their answers alone;
 * and whether an answer was one that FF-A's rules allow. Nothing of core/memory.c is asked.
 */
#include <string.h>

#include "core/stage2.h"
#include "explore/memory.h"
#include "support/world.h"

#define REQUIRE(condition, text) \
    do {                         \
        if (!(condition))        \
            return text;         \
    } while (0)

static unsigned slot_of_handle(uint64_t handle)
{
    return (unsigned)(handle & 0xff);
}

static bool has_page(const struct deal *d, unsigned page)
{
    for (unsigned i = 0; i < d->pages; i++)
        if (d->page[i] == page)
            return true;
    return false;
}

static struct deal_borrower *borrower_of(struct deal *d, unsigned who)
{
    for (unsigned i = 0; i < d->count; i++)
        if (d->borrower[i].who == who)
            return &d->borrower[i];
    return NULL;
}

static bool is_held(const struct deal *d)
{
    for (unsigned i = 0; i < d->count; i++)
        if (d->borrower[i].has != HAS_NOT)
            return true;
    return false;
}

static bool is_dead(const struct memory_state *state, unsigned who)
{
    return who < PARTITION_MAX && state->life[who] != PARTITION_LIVE;
}

static void end(struct deal *d)
{
    memset(d, 0, sizeof(*d));
}

/* Its sender is dead, and nobody has it any more. */
static void end_orphan(const struct memory_state *state, struct deal *d)
{
    if (d->phase != UNUSED && d->phase != OVER && is_dead(state, d->who) && !is_held(d))
        end(d);
}

/* ---- Sending ---- */

static const char *complete(struct memory_state *state, struct deal *d)
{
    REQUIRE(d->pages == d->said, "a transaction has not the number of pages that was said");
    for (unsigned i = 0; i < d->pages; i++) {
        REQUIRE(d->page[i] != ELSEWHERE && state->owner[d->page[i]] == d->who,
                "memory is sent that is not the sender's");
        REQUIRE(i == 0 || d->page[i] != d->page[0], "a page is sent twice in one transaction");
        REQUIRE((d->borrower[0].allowed != FFA_ACCESS_RW && !d->zero) ||
                    state->rights[d->page[i]] & RIGHT_WRITE,
                "more access than the sender has");
        for (unsigned o = 0; o < TRANSACTION_MAX; o++)
            REQUIRE(&state->slot[o].deal == d || state->slot[o].deal.phase != SENT ||
                        !has_page(&state->slot[o].deal, d->page[i]),
                    "memory is sent that is not the sender's alone");
    }
    for (unsigned i = 0; i < d->count; i++)
        REQUIRE(d->borrower[i].who != d->who, "memory is sent to its sender");
    d->phase = SENT;
    d->rights = state->rights[d->page[0]];
    d->by = 0;
    d->whole = 0;
    d->length = 0;
    return NULL;
}

static void add_pages(struct deal *d, const struct act *a)
{
    for (unsigned i = 0; i < a->first && d->pages < RANGES; i++)
        d->page[d->pages++] = a->page[i];
    d->whole = d->pages == d->said;
}

static void begin_deal(struct deal *d, const struct act *a)
{
    memset(d, 0, sizeof(*d));
    d->phase = SENDING;
    d->kind = a->kind;
    d->who = a->who;
    d->zero = a->zero;
    d->said = a->said;
    d->count = a->count;
    d->length = (uint16_t)bytes_of_send(a->count, a->said);
    for (unsigned i = 0; i < a->count; i++) {
        d->borrower[i].who = a->borrower[i];
        d->borrower[i].allowed = a->permissions;
    }
    add_pages(d, a);
}

/* The send of this context that gave way. */
static struct deal *unfinished(struct memory_state *state, const struct act *a)
{
    for (unsigned i = 0; a->who != NORMAL && i < TRANSACTION_MAX; i++)
        if (state->slot[i].deal.by == context_of(a) + 1)
            return &state->slot[i].deal;
    return NULL;
}

static const char *after_part(struct memory_state *state, struct deal *d, const struct answer *r)
{
    if (r->refused)
        end(d);
    if (r->refused || r->again)
        return NULL;
    if (r->x[0] != FFA_MEM_FRAG_RX) {
        REQUIRE(r->x[0] == FFA_SUCCESS_32, "a send has another answer");
        return complete(state, d);
    }
    REQUIRE(!d->whole, "more is asked for than was said");
    REQUIRE(r->x[3] == bytes_of_send(d->count, d->pages), "a send goes on at another place");
    return NULL;
}

/* The same call made again goes on, whatever is in TX now; another forgets what gave way. */
static const char *follow_send(struct memory_state *state, const struct act *a,
                               const struct answer *r)
{
    struct deal *d = unfinished(state, a);
    unsigned slot = 0;

    if (d != NULL && (d->kind != a->kind || d->length != bytes_of_send(a->count, a->said))) {
        end(d);
        d = NULL;
    }
    if (d == NULL && r->refused)
        return NULL;
    if (d == NULL) {
        uint64_t handle = r->again                     ? r->sending
                          : r->x[0] == FFA_MEM_FRAG_RX ? r->x[1] | r->x[2] << 32
                                                       : r->x[2] | r->x[3] << 32;
        slot = slot_of_handle(handle);
        REQUIRE(slot < TRANSACTION_MAX && state->slot[slot].deal.phase == UNUSED,
                "a handle that is in use is given out");
        REQUIRE(transaction_find(&memory_world, handle) != NULL, "a handle names nothing");
        d = &state->slot[slot].deal;
        begin_deal(d, a);
    }
    d->by = (uint8_t)(r->again ? context_of(a) + 1 : 0);
    return after_part(state, d, r);
}

static const char *follow_send_more(struct memory_state *state, const struct act *a,
                                    const struct answer *r)
{
    struct deal *d = unfinished(state, a);

    if (d != NULL)
        end(d);
    d = a->slot < TRANSACTION_MAX ? &state->slot[a->slot].deal : NULL;
    if (d == NULL || d->phase != SENDING || d->who != a->who) {
        REQUIRE(r->refused, "a part of no send is taken");
        return NULL;
    }
    if (!d->whole)
        add_pages(d, a);
    return after_part(state, d, r);
}

/* ---- Borrowing ---- */

static uint8_t rights_asked(const struct act *a, const struct deal *d,
                            const struct deal_borrower *b)
{
    uint8_t data = a->permissions & FFA_ACCESS_DATA;
    uint8_t allowed = b->allowed;
    bool chooses = d->kind != FFA_MEMORY_SHARED && d->count == 1;

    if (d->kind == FFA_MEMORY_DONATED)
        allowed = d->rights & RIGHT_WRITE ? FFA_ACCESS_RW : FFA_ACCESS_RO;
    if (data == 0)
        data = allowed;
    return (uint8_t)(RIGHT_READ | (data == FFA_ACCESS_RW ? RIGHT_WRITE : 0) |
                     (chooses && a->permissions & FFA_ACCESS_X ? RIGHT_EXECUTE : 0));
}

static const char *check_rights(const struct deal *d, const struct deal_borrower *b, uint8_t rights)
{
    REQUIRE((rights & ~d->rights) == 0, "more access than the owner has");
    REQUIRE(d->kind == FFA_MEMORY_DONATED || b->allowed == FFA_ACCESS_RW || !(rights & RIGHT_WRITE),
            "more access than was granted");
    return NULL;
}

static void move(struct memory_state *state, struct deal *d, unsigned i,
                 const struct deal_borrower *b)
{
    state->owner[d->page[i]] = b->who;
    state->rights[d->page[i]] = b->taken;
    d->page[i] = ELSEWHERE;
}

static void donate(struct memory_state *state, struct deal *d, struct deal_borrower *b)
{
    for (unsigned i = 0; i < d->pages; i++)
        if (d->page[i] != ELSEWHERE)
            move(state, d, i, b);
    d->phase = OVER;
    b->has = HAS_NOT;
}

static const char *follow_retrieve(struct memory_state *state, const struct act *a,
                                   const struct answer *r)
{
    struct deal *d = &state->slot[a->slot].deal;
    struct deal_borrower *b = borrower_of(d, a->who);
    const char *broken;

    if (r->refused) {
        if (b != NULL && b->has == TAKING && r->status == FFA_NO_MEMORY) {
            b->has = HAS_NOT;
            end_orphan(state, d);
        }
        return NULL;
    }
    REQUIRE(d->phase == SENT, "what is not sent is retrieved");
    REQUIRE(b != NULL, "somebody retrieves who is no borrower");
    REQUIRE(b->has == HAS_NOT || b->has == TAKING, "a borrower retrieves twice");
    b->taken = rights_asked(a, d, b);
    b->asked = a->permissions;
    b->clean_after = a->zero;
    broken = check_rights(d, b, b->taken);
    if (broken != NULL)
        return broken;
    b->has = r->again ? TAKING : HAS;
    if (r->again)
        return NULL;
    REQUIRE(r->x[0] == FFA_MEM_RETRIEVE_RESP && r->x[1] == bytes_of_send(1, d->said),
            "a retrieval has another answer");
    d->cleaned |= d->zero;
    b->told = (uint16_t)(r->x[2] < r->x[1] ? r->x[2] : 0);
    if (d->kind == FFA_MEMORY_DONATED)
        donate(state, d, b);
    if (d->phase == OVER && b->told == 0)
        end(d);
    return NULL;
}

static const char *follow_tell_more(struct memory_state *state, const struct act *a,
                                    const struct answer *r)
{
    struct deal *d = &state->slot[a->slot].deal;
    struct deal_borrower *b = borrower_of(d, a->who);

    if (r->refused)
        return NULL;
    REQUIRE(b != NULL && b->told != 0 && !a->again && (b->has == HAS || d->phase == OVER),
            "a description is told to somebody, or from somewhere, that it is not for");
    REQUIRE(r->x[0] == FFA_MEM_FRAG_TX, "a part of a description has another answer");
    b->told = (uint16_t)(b->told + r->x[3]);
    if (b->told < bytes_of_send(1, d->said))
        return NULL;
    b->told = 0;
    if (d->phase == OVER)
        end(d);
    return NULL;
}

static const char *follow_relinquish(struct memory_state *state, const struct act *a,
                                     const struct answer *r)
{
    struct deal *d = &state->slot[a->slot].deal;
    struct deal_borrower *b = borrower_of(d, a->who);

    if (r->refused)
        return NULL;
    REQUIRE(d->phase == SENT && b != NULL && (b->has == HAS || b->has == GIVING),
            "memory is relinquished by who does not have it");
    b->has = r->again ? GIVING : HAS_NOT;
    b->told = 0;
    b->clean_after |= a->zero;
    if (r->again)
        return NULL;
    b->clean = 0;
    d->zero_back = (d->zero_back || b->clean_after) && is_held(d);
    end_orphan(state, d);
    return NULL;
}

/* ---- Taking back ---- */

static const char *follow_reclaim(struct memory_state *state, const struct act *a,
                                  const struct answer *r)
{
    struct deal *d = &state->slot[a->slot < TRANSACTION_MAX ? a->slot : 0].deal;

    if (r->refused)
        return NULL;
    REQUIRE(a->slot != STALE, "a handle that was given back is taken");
    REQUIRE(d->phase != UNUSED && d->phase != OVER && d->who == a->who,
            "a transaction is reclaimed by who did not send it");
    REQUIRE(!is_held(d), "memory is reclaimed that a borrower has");
    if (r->again) {
        d->zero_asked = d->phase == SENT ? a->zero : d->zero_asked && a->zero;
        d->phase = RETURNING;
        d->by = 0;
    } else
        end(d);
    return NULL;
}

static const char *follow_ask(struct memory_state *state, const struct act *a,
                              const struct answer *r)
{
    const struct deal *d = &state->slot[a->slot < TRANSACTION_MAX ? a->slot : 0].deal;

    REQUIRE(r->refused || (a->slot != STALE && d->who == NORMAL &&
                           (d->phase == SENT || d->phase == RETURNING) &&
                           r->x[1] == bytes_of_send(d->count, d->pages)),
            "the hypervisor is told of what is not sent, or something else");
    return NULL;
}

/* ---- Lives ---- */

/* A donation that has left its sender in part is the dead one's whole. */
static void leave_borrower(struct memory_state *state, struct deal *d, struct deal_borrower *b)
{
    bool left = false;

    for (unsigned i = 0; i < d->pages; i++)
        left |= b->has == TAKING && d->page[i] == ELSEWHERE;

    d->zero_back |= b->has != HAS_NOT && b->clean_after;
    d->zero_may |= b->has == GIVING;
    b->clean = 0;
    b->has = HAS_NOT;
    if (d->phase == OVER)
        end(d);
    else if (left) {
        donate(state, d, b);
        end(d);
    }
}

static const char *follow_death(struct memory_state *state, const struct act *a)
{
    state->life[a->who] = PARTITION_ABORTED;
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        struct deal *d = &state->slot[i].deal;
        struct deal_borrower *b = borrower_of(d, a->who);
        if (d->phase == UNUSED)
            continue;
        if (b != NULL)
            leave_borrower(state, d, b);
        end_orphan(state, d);
    }
    return NULL;
}

/* It begins with the memory of its manifest; what it had besides is nobody's. */
static void begin_life(struct memory_state *state, unsigned who)
{
    for (unsigned g = 0; g < WATCHED; g++) {
        if (watched[g].home == who)
            state->rights[g] = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE;
        else if (state->owner[g] == who)
            state->owner[g] = NOBODY;
    }
}

static const char *follow_return(struct memory_state *state, const struct act *a,
                                 const struct answer *r)
{
    if (r->refused)
        return NULL;
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        const struct deal *d = &state->slot[i].deal;
        REQUIRE(d->phase == UNUSED || d->phase == OVER || d->who != a->who,
                "a partition comes back while others have its memory");
    }
    for (unsigned g = 0; g < WATCHED; g++)
        REQUIRE(watched[g].home != a->who || state->owner[g] == a->who,
                "a partition comes back without its memory");
    REQUIRE(a->deed == BEGIN_ANEW || r->status == 0, "a partition that came back has no buffers");
    if (state->life[a->who] == PARTITION_ABORTED)
        begin_life(state, a->who);
    state->life[a->who] = a->deed == COME_BACK ? PARTITION_LIVE : PARTITION_RESTARTING;
    return NULL;
}

const char *rules_follow(struct memory_state *state, const struct act *a, const struct answer *r)
{
    if (a->slot == STALE && a->deed != SEND_MORE) {
        REQUIRE(r->refused, "a handle that was given back is taken");
        return NULL;
    }
    switch (a->deed) {
    case SEND:
        return follow_send(state, a, r);
    case SEND_MORE:
        return follow_send_more(state, a, r);
    case RETRIEVE:
        return follow_retrieve(state, a, r);
    case TELL_MORE:
        return follow_tell_more(state, a, r);
    case RELINQUISH:
        return follow_relinquish(state, a, r);
    case RECLAIM:
        return follow_reclaim(state, a, r);
    case ASK:
        return follow_ask(state, a, r);
    case DIE:
        return follow_death(state, a);
    case RELEASE:
        return NULL;
    default:
        return follow_return(state, a, r);
    }
}

/* A donation that gives way as it leaves its sender does so for good, page by page: the sender has
 * nothing of such a page, and the borrower, to whom it no longer is to come, may send it on. */
void rules_move(struct memory_state *state)
{
    for (unsigned s = 0; s < TRANSACTION_MAX; s++) {
        struct deal *d = &state->slot[s].deal;
        const struct deal_borrower *b = &d->borrower[0];
        if (d->phase != SENT || d->kind != FFA_MEMORY_DONATED || b->has != TAKING)
            continue;
        for (unsigned i = 0; i < d->pages; i++) {
            unsigned g = d->page[i];
            if (g == ELSEWHERE || (d->who != NORMAL && state->entry[d->who][g] != 0))
                continue;
            uint64_t e = state->entry[b->who][g];
            if (e != 0 && (e & ENTRY_DONATED) != ENTRY_DONATED)
                move(state, d, i, b);
        }
    }
}
