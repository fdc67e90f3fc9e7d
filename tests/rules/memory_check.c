/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the core did to memory, compared with what the rules say. A call that gives way is done in
 * pieces, between which anything may happen: after a piece each page is as it was, or as the whole
 * call would leave it; after the last one it must be that (choice PIECES).
 */
#include "rules/memory_check.h"

#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "rules/check.h"
#include "rules/memory_answer.h"
#include "rules/memory_read.h"
#include "support/port_model.h"

static struct {
    const char *open;
    bool may_abort; /* TX may fault */
    bool idle;      /* nothing is in flight, and nothing of memory happens */
    bool call;
    int caller;
    unsigned who;
    uint64_t x[18], pc;
    uint64_t handle;
    int hidden;
    struct call_made made;
    struct verdict verdict;
    struct memory_book before, must, after;
} step;

static uint64_t watched[PAGES_MAX];
static unsigned watched_count;

void memory_watch(const uint64_t *pages, unsigned count)
{
    memcpy(watched, pages, count * sizeof(pages[0]));
    watched_count = count;
}

/* ---- What must follow ---- */

static bool lives(uint8_t life)
{
    return life != IS_DEAD && life != IS_ABSENT && life != IS_RESTORED;
}

static const struct regs *regs_of(const struct spmc *s, const struct rules *r)
{
    return step.caller >= 0 ? &s->vcpus[step.caller].regs : &s->cpus[r->a.cpu].normal;
}

/* A send that gave way is forgotten when its context sends something else: choice OTHER_SEND. */
static void forgets(void)
{
    struct memory_book *o = &step.must;

    if (step.hidden >= 0 && (step.made.forgets || step.made.kind == SEND_MORE) &&
        !(step.made.goes_on && step.handle == o->deal[step.hidden].handle))
        end_deal(o, step.hidden);
}

static void decide(const struct spmc *s, const struct rules *r)
{
    const struct vcpu *v = step.caller >= 0 ? &s->vcpus[step.caller] : NULL;

    if (r->a.racing)
        step.open = "TX changes";
    if (r->a.writes_fail)
        step.open = "RX or memory fails";
    step.may_abort = r->a.copies_fail;
    step.hidden = hidden_deal(&step.before, v);
    read_memory_call(&step.made, &step.handle, &step.before, s, v, regs_of(s, r)->x);
    step.who = step.made.who;
    memcpy(step.x, regs_of(s, r)->x, sizeof(step.x));
    step.pc = regs_of(s, r)->pc;
    if (step.may_abort && step.made.kind == RETRIEVE && step.before.rx_full[step.who])
        step.open = "TX fails, which says what is to be given back";
}

static bool loses_its_life(const struct rules *r, const struct book *before, unsigned i)
{
    return lives(before->member[i].life) && !lives(r->b.member[i].life);
}

/* A restart's first piece makes the tables of its partition new. */
static bool is_first_piece(const struct spmc *s, const struct rules *r, const struct book *before)
{
    int runs = before->place[r->a.cpu].runs;

    return r->a.what == COMES_PIECE && runs >= 0 &&
           before->member[runs / CPU_MAX].life == IS_RESTORED &&
           s->partitions[runs / CPU_MAX].restored == 0;
}

/* Without what is not in use. */
static void copy_book(struct memory_book *to, const struct memory_book *from)
{
    memcpy(to, from, offsetof(struct memory_book, page));
    memcpy(to->page, from->page, from->pages * sizeof(from->page[0]));
    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        if (from->deal[i].phase == UNUSED)
            to->deal[i].phase = UNUSED;
        else
            to->deal[i] = from->deal[i];
}

static void follows(const struct spmc *s, const struct rules *r, const struct book *before)
{
    copy_book(&step.must, &step.before);
    if (step.call) {
        forgets();
        step.verdict = oracle_decide(&step.must, &step.made, step.handle);
    }
    for (unsigned i = 0; i < before->members; i++)
        if (loses_its_life(r, before, i))
            oracle_die(&step.must, i + 1);
    for (unsigned i = 0; before->world.version != r->b.world.version && i < TRANSACTION_MAX; i++)
        step.must.deal[i].told_world = 0; /* choice TOLD_ANEW */
    if (is_first_piece(s, r, before))
        oracle_renew(&step.must, (unsigned)(before->place[r->a.cpu].runs / CPU_MAX) + 1);
    if (r->a.what == COMES_PIECE && step.caller >= 0 &&
        r->b.member[step.caller / CPU_MAX].life == IS_DEAD)
        oracle_die(&step.must, (unsigned)(step.caller / CPU_MAX) + 1); /* again */
    if (step.must.open != NULL)
        step.open = step.must.open;
}

static bool list_box(const struct box *old, const struct box *new)
{
    const struct box *box[] = {old, new};

    if ((old->rx == RX_NONE) == (new->rx == RX_NONE) && old->tx_at == new->tx_at &&
        old->rx_at == new->rx_at)
        return false;
    for (unsigned i = 0; i < 2; i++)
        for (unsigned n = 0; box[i]->rx != RX_NONE && n < box[i]->pages; n++) {
            list_page(&step.before, box[i]->tx_at + n * 4096ULL);
            list_page(&step.before, box[i]->rx_at + n * 4096ULL);
        }
    return true;
}

/* Buffers that come or go. */
static bool list_boxes(const struct book *old, const struct book *new)
{
    bool any = list_box(&old->world.box, &new->world.box);

    for (unsigned i = 0; i < VM_MAX; i++)
        any |= list_box(&old->vm[i].box, &new->vm[i].box);
    for (unsigned i = 0; i < old->members; i++)
        any |= list_box(&old->member[i].is.box, &new->member[i].is.box);
    return any;
}

static bool any_deal(const struct spmc *s)
{
    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        if (s->memory->transactions[i].state != TRANSACTION_FREE)
            return true;
    return false;
}

void memory_before(const struct spmc *s, const struct rules *r, const struct book *before)
{
    step.caller = before->place[r->a.cpu].runs;
    step.call = r->memory;
    step.may_abort = false;
    step.open = r->open;
    step.verdict.outcome = PLAIN;
    memset(&step.made, 0, sizeof(step.made));
    step.before.pages = 0;
    step.before.open = NULL;
    step.idle = step.open != NULL ||
                (!list_boxes(before, &r->b) && !step.call && watched_count == 0 && !any_deal(s));
    if (step.idle)
        return;
    read_memory(&step.before, s);
    if (step.call && step.before.open == NULL)
        decide(s, r);
    for (unsigned i = 0; i < watched_count; i++)
        list_page(&step.before, watched[i]);
    list_pages(&step.before, step.call ? &step.made : NULL);
    if (step.before.open != NULL)
        step.open = step.before.open;
    if (step.open != NULL)
        return;
    read_pages(&step.before, s);
    step.open = step.before.open;
    if (step.open == NULL)
        follows(s, r, before);
}

/* ---- Deals ---- */

static bool same_party(const struct party *a, const struct party *b)
{
    return a->id == b->id && a->permissions == b->permissions && a->own[0] == b->own[0] &&
           a->own[1] == b->own[1];
}

static const char *borrower_differs(const struct deal *is, const struct deal *must, unsigned i)
{
    bool here = must->has[i] || must->doing[i] != NOTHING;

    if (!same_party(&is->entry[i], &must->entry[i]))
        return "another borrower, or other permissions";
    if (must->phase == OVER)
        return is->told[i] == must->told[i] ? NULL : "more was told, or less";
    if (is->has[i] != must->has[i] || is->doing[i] != must->doing[i])
        return "another borrower has it";
    if (here && (is->taken[i] != must->taken[i] || is->zero_after[i] != must->zero_after[i]))
        return "a borrower has it in another way";
    return !must->has[i] || is->told[i] == must->told[i] ? NULL : "more was told, or less";
}

static const char *deal_differs(const struct deal *is, const struct deal *must)
{
    const char *no = NULL;

    if (is->phase != must->phase)
        return "a transaction is in another state";
    if (is->sender != must->sender || is->kind != must->kind || is->count != must->count ||
        is->attributes != must->attributes ||
        (is->phase == SENT && (is->rights != must->rights || is->device != must->device)) ||
        is->tag != must->tag || is->entry_bytes != must->entry_bytes)
        return "a transaction is not there, or another";
    if (is->ranges != must->ranges || is->pages != must->pages ||
        is->pages_said != must->pages_said || is->ranges_said != must->ranges_said ||
        memcmp(is->range, must->range, is->ranges * sizeof(is->range[0])) != 0)
        return "a transaction has other ranges";
    if (is->zero != must->zero || is->zero_back != must->zero_back ||
        (is->zero && is->cleaned != must->cleaned))
        return "a transaction is to be cleaned, or is not";
    if (is->told_world != must->told_world)
        return "more was told to the hypervisor, or less";
    for (unsigned i = 0; no == NULL && i < is->count; i++)
        no = borrower_differs(is, must, i);
    return no;
}

static unsigned count_deals(const struct memory_book *o)
{
    unsigned count = 0;

    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        count += o->deal[i].phase != UNUSED;
    return count;
}

/* All but the one that a call is about, while it gives way; that may be a new one of its caller. */
static const char *other_deals(const struct memory_book *must, bool gives_way)
{
    const char *no = NULL;
    unsigned more = 0;

    for (unsigned i = 0; no == NULL && i < TRANSACTION_MAX; i++) {
        const struct deal *d = &must->deal[i];
        int is = d->phase == UNUSED ? -1 : oracle_deal(&step.after, d->handle);
        if (d->phase == UNUSED ||
            (gives_way && (d->handle == step.handle || (int)i == step.hidden)))
            continue;
        no = is < 0 ? "a transaction is not there, or another"
                    : deal_differs(&step.after.deal[is], d);
    }
    if (gives_way)
        more = step.made.kind <= DONATE || step.hidden >= 0;
    if (no == NULL && (count_deals(&step.after) > count_deals(must) + more ||
                       count_deals(&step.after) + more < count_deals(must)))
        no = "more transactions, or fewer";
    return no;
}

/* ---- Pages ---- */

static uint64_t handle_of(const struct memory_book *o, int deal)
{
    return deal < 0 ? UINT64_MAX : o->deal[deal].handle;
}

/* By a send of the caller that gave way, even one that will fail; or of one that is forgotten. */
static bool is_half_sent(unsigned n)
{
    int deal = step.after.page[n].part_of;

    if (deal < 0)
        return step.hidden >= 0 && step.before.page[n].part_of == step.hidden;
    return step.after.deal[deal].phase == SENDING && step.after.deal[deal].who == step.who;
}

/* Whether a page is on its way to a borrower, or back: then it may be where it was. */
static bool is_on_its_way(unsigned who, unsigned n)
{
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        const struct deal *d = &step.must.deal[i];
        for (unsigned b = 0; d->phase != UNUSED && b < d->count; b++)
            if (d->entry[b].id == id_of(who) && d->doing[b] != NOTHING &&
                has_page(d, step.must.page[n].address))
                return true;
    }
    return false;
}

static const char *other_access(unsigned n, bool gives_way)
{
    const struct page *is = &step.after.page[n];

    for (unsigned who = FIRST; who < ENDPOINTS; who++) {
        unsigned must = oracle_rights(&step.must, who, n);
        if (step.must.dead[who] || step.after.dead[who] || is->access[who] == must)
            continue;
        if ((gives_way || is_on_its_way(who, n)) &&
            is->access[who] == step.before.page[n].access[who])
            continue;
        if (gives_way && is_half_sent(n) && is->access[who] == oracle_rights(&step.after, who, n))
            continue;
        return is->access[who] & ~must ? "a partition reaches too much"
                                       : "a partition reaches too little";
    }
    return NULL;
}

static bool is_in_box(const struct box *box, uint64_t page)
{
    uint64_t bytes = box->pages * 4096ULL;

    return box->rx != RX_NONE && (page - box->tx_at < bytes || page - box->rx_at < bytes);
}

/* By the other book's mailboxes. */
static bool is_buffer(const struct rules *r, const struct page *p)
{
    bool is = false;

    if (p->owner != NORMAL && p->owner != NOBODY)
        return is_in_box(&r->b.member[p->owner - 1].is.box, p->address);
    is = is_in_box(&r->b.world.box, p->address);
    for (unsigned i = 0; i < VM_MAX; i++)
        is |= is_in_box(&r->b.vm[i].box, p->address);
    return is;
}

static const char *other_use(const struct rules *r, unsigned n, bool gives_way)
{
    const struct page *is = &step.after.page[n], *must = &step.must.page[n],
                      *was = &step.before.page[n];
    uint64_t part_of = handle_of(&step.after, is->part_of);
    bool stays = gives_way && is->owner == was->owner;
    /* Who dies over a donation of the Normal world's: nobody has the rest. */
    bool lost = is->owner == NOBODY && step.must.dead[must->owner % ENDPOINTS];

    if (is->owner != must->owner && !stays && !lost)
        return "another owner";
    if (is->owner == NOBODY || (is->owner != NORMAL && step.must.dead[is->owner]))
        return NULL;
    if (is->rights != must->rights && !(stays && is->rights == was->rights))
        return "its owner has other rights";
    if (part_of != handle_of(&step.must, must->part_of) &&
        !(gives_way && (part_of == handle_of(&step.before, was->part_of) || is_half_sent(n))))
        return "another use of a page";
    return is->buffer == is_buffer(r, is) ? NULL : "a page is a buffer, or is none";
}

/* A partition that is restored gets its pages one by one. */
static bool is_new(const struct rules *r, const struct page *p)
{
    return p->home != NORMAL && p->home != NOBODY && r->a.what == COMES_PIECE &&
           step.caller / CPU_MAX == p->home - 1;
}

static const char *other_pages(const struct rules *r, bool gives_way)
{
    const char *no = NULL;

    for (unsigned n = 0; no == NULL && n < step.after.pages; n++) {
        const struct page *is = &step.after.page[n];
        no = other_access(n, gives_way);
        if (no == NULL)
            no = other_use(r, n, gives_way);
        if (no == NULL && is->content != step.must.page[n].content && !is_new(r, is) &&
            !is->buffer && !(gives_way && is->content == step.before.page[n].content))
            no = "a page was cleaned, or was not";
    }
    return no;
}

/* ---- The answer ---- */

static bool is_made_again(const struct spmc *s, const struct rules *r)
{
    return step.call && step.caller >= 0 && regs_of(s, r)->pc == step.pc - 4;
}

static const char *other_answer(const struct spmc *s, const struct rules *r)
{
    static struct answer a;
    const struct endpoint *e =
        step.who == NORMAL ? &s->normal : &s->partitions[step.who - 1].endpoint;

    read_answer(&a, step.made.kind, e->version, regs_of(s, r)->x,
                e->mailbox.state != MAILBOX_UNMAPPED ? port_model_memory(e->mailbox.rx, 4096)
                                                     : NULL);
    return answer_disagrees(&step.must, &step.made, &step.verdict, &a);
}

/* TX faulted: nothing has happened, but that a send is over, or the one before it forgotten. */
static void aborts(const struct spmc *s, const struct rules *r)
{
    const uint64_t *x = regs_of(s, r)->x;
    int deal = oracle_deal(&step.before, step.handle);
    bool sends = step.made.kind == SEND_MORE && deal >= 0 &&
                 step.before.deal[deal].phase == SENDING && step.before.deal[deal].who == step.who;

    if (x[0] != FFA_ERROR || x[2] != (uint32_t)FFA_ABORTED)
        return;
    copy_book(&step.must, &step.before);
    forgets();
    if (sends)
        end_deal(&step.must, deal);
    step.verdict = (struct verdict){.outcome = REFUSED, .status = FFA_ABORTED, .deal = -1};
}

const char *memory_after(const struct spmc *s, const struct rules *r)
{
    const char *no = NULL;
    bool gives_way;

    oracle_counts.open += r->open == NULL && step.open != NULL;
    if (step.open != NULL)
        return NULL;
    oracle_counts.memory += step.call;
    if (step.idle)
        return any_deal(s) ? "more transactions, or fewer" : NULL;
    gives_way = is_made_again(s, r);
    oracle_counts.pieces += gives_way;
    if (gives_way && memcmp(regs_of(s, r)->x, step.x, sizeof(step.x)) != 0)
        return "a call that gives way has other registers";
    if (step.call && step.may_abort && !gives_way)
        aborts(s, r);
    if (step.call && !gives_way)
        no = other_answer(s, r);
    if (no != NULL)
        return no;
    read_memory(&step.after, s);
    step.after.pages = step.before.pages;
    for (unsigned i = 0; i < step.after.pages; i++)
        step.after.page[i].address = step.before.page[i].address;
    read_pages(&step.after, s);
    no = other_deals(gives_way ? &step.before : &step.must, gives_way);
    return no != NULL ? no : other_pages(r, gives_way);
}
