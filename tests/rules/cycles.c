/* SPDX-License-Identifier: BSD-3-Clause */
/* CPU cycles (8.2, 8.3): who runs, who waits for whom, and how cycles go back. */
#include "rules/book.h"
#include "rules/choices.h"

#include <string.h>

/* ---- Parcels: what one hands to another (15.2, 15.4) ---- */

struct parcel short_parcel(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
    return (struct parcel){{x0, x1, x2, x3}, false};
}

/* The call as it arrives: without what its form does not have. */
struct parcel parcel_of(const struct rules *r, bool second)
{
    struct parcel p = {.whole = second};
    bool wide = called(r) & FFA_SMC64;

    p.x[0] = called(r);
    p.x[1] = w(r, 1);
    p.x[2] = second ? r->a.x[2] : w(r, 2);
    for (unsigned i = 3; i < (second ? 18 : 8); i++)
        p.x[i] = wide ? r->a.x[i] : w(r, i);
    return p;
}

static void arrives_whole(struct rules *r, int frame, const struct parcel *p)
{
    uint64_t *x = arrives(r, frame, p->x[0], p->x[1], p->x[2], p->x[3]);

    for (unsigned i = 4; i < (p->whole ? 18 : 8); i++)
        x[i] = p->x[i];
    if (p->whole)
        r->written[r->writes - 1].checked = EIGHTEEN;
}

/* ---- Masks: the least permissive of a chain decides (8.4) ---- */

static uint8_t own_wish(struct rules *r, int context)
{
    switch (context_of(r, context)->model) {
    case FOR_START:
    case FOR_POWER:
    case FOR_INTERRUPT:
        return KEEPS_ALL;
    case FOR_NOTHING: /* its memory is restored */
        return KEEPS_NONE;
    default:
        return member_of(r, context)->keeps;
    }
}

uint8_t keeps_away(struct rules *r, int context)
{
    int giver = context_of(r, context)->giver;
    uint8_t own = own_wish(r, context);
    uint8_t above = giver >= 0 ? context_of(r, giver)->keeps : KEEPS_NONE;

    return own > above ? own : above;
}

/* ---- Cycles are given ---- */

void goes_on(struct rules *r, int context)
{
    struct context *c = context_of(r, context);

    c->run = IS_RUNNING;
    c->cpu = c->home = (uint8_t)r->a.cpu;
    r->b.place[r->a.cpu].runs = (int8_t)context;
    r->runs = context;
    r->follows = member_of(r, context)->life == IS_RESTORED ? THEN_AGAIN : THEN_RUNS;
}

/* The entry that is open ends, in its own form. */
void nobody_goes_on(struct rules *r)
{
    struct seat *here = &r->b.place[r->a.cpu];

    here->runs = NO_ONE;
    r->runs = NO_ONE;
    r->follows = here->door == DOOR_MESSAGE ? THEN_REPLIES : THEN_ANSWERS;
    if (here->door == DOOR_INTERRUPT) {
        r->follows = THEN_RESUMES;
        arrives(r, FRAME_OF(r->a.cpu), FFA_NORMAL_WORLD_RESUME, 0, 0, 0);
    }
}

void enters(struct rules *r, int context, enum model model, int giver)
{
    struct context *c = context_of(r, context);

    c->model = model;
    c->giver = (int8_t)giver;
    c->keeps = keeps_away(r, context);
    if (giver >= 0) {
        context_of(r, giver)->run = IS_BLOCKED;
        context_of(r, giver)->waits_for = (int8_t)context;
    }
    goes_on(r, context);
}

void delivers(struct rules *r, int context, struct parcel p)
{
    arrives_whole(r, context, &p);
}

/* ---- Cycles go back ---- */

static struct parcel told_of_a_death(void)
{
    return short_parcel(FFA_ERROR, 0, (uint32_t)CHOICE_DEATH_OVER_LINKS, 0);
}

/* Dead links let go; who lives behind them is told of a death instead. */
static int over_the_dead(struct rules *r, int giver, struct parcel *p)
{
    while (giver >= 0 && context_of(r, giver)->run == IS_ENDED) {
        struct context *dead = context_of(r, giver);
        giver = dead->giver;
        dead->giver = dead->waits_for = NO_ONE;
        *p = told_of_a_death();
    }
    return giver;
}

/* What the SPMC itself gave cycles for: a handler, or a power message. */
static void errand_is_over(struct rules *r, struct parcel p)
{
    if (r->b.place[r->a.cpu].behind != NO_ONE)
        handler_is_over(r);
    else
        power_was_answered(r, p);
}

void goes_back(struct rules *r, int giver, struct parcel p)
{
    giver = over_the_dead(r, giver, &p);
    if (giver == NO_ONE) {
        starts_next(r);
    } else if (giver == THE_SPM) {
        errand_is_over(r, p);
    } else if (giver == THE_WORLD) {
        arrives_whole(r, FRAME_OF(r->a.cpu), &p);
        r->b.place[r->a.cpu].runs = NO_ONE;
        r->runs = NO_ONE;
        r->follows = THEN_ANSWERS;
    } else {
        context_of(r, giver)->waits_for = NO_ONE;
        arrives_whole(r, giver, &p);
        goes_on(r, giver);
    }
}

void dead_goes_back(struct rules *r, int context)
{
    int giver = context_of(r, context)->giver;

    context_of(r, context)->giver = NO_ONE;
    goes_back(r, giver, told_of_a_death());
}

/* A stay is over; then interrupts that wait come first, if there are some (choice LAST_WORD). */
void finishes(struct rules *r, int context, struct parcel p)
{
    struct context *c = context_of(r, context);
    int giver = c->giver;

    c->run = IS_WAITING;
    c->model = FOR_NOTHING;
    c->giver = NO_ONE;
    goes_back(r, giver, p);
    if (!has_interrupts(c))
        return;
    withdraw(c, INTERRUPT_EXIT); /* it did what it was asked for */
    if (!has_interrupts(c) || c->run != IS_WAITING)
        return;
    c->owed = r->runs >= 0 ? context_of(r, r->runs)->keeps != KEEPS_NONE
                           : r->follows != THEN_ANSWERS && r->follows != THEN_RESUMES;
    if (c->owed || !member_of(r, context)->may_handle)
        return;
    r->b.place[r->a.cpu].behind = (int8_t)(r->runs >= 0 ? r->runs : THE_WORLD);
    if (r->runs >= 0)
        context_of(r, r->runs)->run = IS_SUSPENDED;
    handler_begins(r, context);
}

/* ---- FFA_MSG_WAIT (14.1) ---- */

static void started(struct rules *r, int context)
{
    struct context *c = context_of(r, context);

    c->run = IS_WAITING;
    c->model = FOR_NOTHING;
    member_of(r, context)->life = IS_LIVE;
    if (c->giver != NO_ONE)
        gets_held_call(r, context);
    else
        starts_next(r);
}

void rules_wait(struct rules *r)
{
    int caller = caller_of_call(r);
    struct context *c = context_of(r, caller);
    struct endpoint_facts *is = caller_facts(r);
    bool keeps_rx = w(r, 2) == 1 && is->version >= FFA_VERSION_1_2;

    must(r, w(r, 2) == 0 || keeps_rx, FFA_INVALID_PARAMETERS);
    for (unsigned i = 1; i < 8; i++)
        must(r, i == 2 || w(r, i) == 0, FFA_INVALID_PARAMETERS);
    must(r, extended_is_zero(r), FFA_INVALID_PARAMETERS);
    must(r, c->model != FOR_REQUEST && c->model != FOR_POWER, FFA_DENIED);
    if (refused(r))
        return;

    if (!keeps_rx && is->box.rx == RX_FULL && !rx_is_announced(r, is->id)) /* UNREAD_NEWS */
        is->box.rx = RX_EMPTY;
    if (c->model == FOR_START)
        started(r, caller);
    else if (c->model == FOR_INTERRUPT)
        handler_waits(r, caller);
    else
        finishes(r, caller, short_parcel(FFA_MSG_WAIT, 0, 0, 0));
}

/* ---- FFA_YIELD (14.2) ---- */

void rules_yield(struct rules *r)
{
    int caller = caller_of_call(r);
    struct context *c = context_of(r, caller);
    int giver = c->giver;

    must(r, extended_is_zero(r), FFA_INVALID_PARAMETERS);
    must(r, c->model != FOR_START && c->model != FOR_POWER, FFA_DENIED);
    if (refused(r))
        return;
    if (c->model == FOR_INTERRUPT) {
        answers_with(r, (uint32_t)CHOICE_HANDLER_YIELDS, 0, 0);
        return;
    }
    c->run = IS_BLOCKED;
    withdraw(c, INTERRUPT_EXIT);
    if (giver >= 0 && context_of(r, giver)->run == IS_ENDED)
        c->giver = THE_WORLD; /* YIELD_UNDER_DEAD */
    goes_back(r, giver, short_parcel(FFA_YIELD, name_of(r, caller), w(r, 2), w(r, 3)));
}

/* ---- FFA_RUN (14.3) ---- */

static int end_of_chain(struct rules *r, int head)
{
    while (context_of(r, head)->waits_for >= 0)
        head = context_of(r, head)->waits_for;
    return head;
}

static bool stays_elsewhere(struct rules *r, int head)
{
    for (int link = head; link >= 0; link = context_of(r, link)->waits_for)
        if (is_mp(member_of(r, link)) && link % CPU_MAX != (int)r->a.cpu)
            return true;
    return false;
}

/* What stopped goes on: its caller asks, where it may. */
static void may_go_on(struct rules *r, int head, int caller)
{
    const struct context *c = context_of(r, head);
    uint8_t end = context_of(r, end_of_chain(r, head))->run;
    bool own = c->giver == caller;

    must(r, c->run != IS_ENDED || c->waits_for >= 0 || own, FFA_ABORTED);
    must(r, end != IS_RUNNING && end != IS_SUSPENDED, FFA_BUSY);
    must(r, own || c->run != IS_OFF, CHOICE_RUN_OF_OFF);
    must(r, own || (c->run == IS_ENDED && c->waits_for < 0), FFA_DENIED);
    must(r, caller < 0 || context_of(r, caller)->model != FOR_INTERRUPT || end == IS_PREEMPTED,
         CHOICE_HANDLER_RUNS);
    must(r, !stays_elsewhere(r, head), CHOICE_ANOTHER_CPU);
}

static void chain_goes_on(struct rules *r, int head, int caller)
{
    int end = end_of_chain(r, head);
    struct context *c = context_of(r, end);

    if (caller >= 0) {
        context_of(r, caller)->run = IS_BLOCKED;
        context_of(r, caller)->waits_for = (int8_t)head;
    }
    for (int link = head; link >= 0; link = context_of(r, link)->waits_for) {
        context_of(r, link)->cpu = (uint8_t)r->a.cpu;
        context_of(r, link)->keeps = keeps_away(r, link);
    }
    if (c->run == IS_ENDED || c->run == IS_OFF) {
        dead_goes_back(r, end);
        return;
    }
    if (c->run == IS_BLOCKED) /* it yielded */
        arrives(r, end, FFA_SUCCESS_32, 0, 0, 0);
    goes_on(r, end);
}

void rules_run(struct rules *r)
{
    unsigned index = w(r, 1) & 0xffff;
    int member = member_by_id(r, (uint16_t)(w(r, 1) >> 16));
    int caller = caller_of_call(r);
    int context = member * CPU_MAX + (int)index;

    must(r, extended_is_zero(r), FFA_INVALID_PARAMETERS);
    if (caller >= 0)
        must(r,
             context_of(r, caller)->model != FOR_START && context_of(r, caller)->model != FOR_POWER,
             FFA_DENIED);
    if (member < 0 || index >= r->b.member[member].contexts) {
        must(r, false, FFA_INVALID_PARAMETERS);
        return;
    }
    must(r, !is_mp(&r->b.member[member]) || index == r->a.cpu, FFA_INVALID_PARAMETERS);
    if (refused(r))
        return;
    if (context_of(r, context)->run == IS_WAITING)
        must(r, caller == THE_WORLD, CHOICE_PARTITION_SCHEDULES);
    else
        may_go_on(r, context, caller);
    if (refused(r)) {
        if (caller == THE_WORLD)
            comes_back_for_call(r, context);
        return;
    }
    if (context_of(r, context)->run != IS_WAITING) {
        chain_goes_on(r, context, caller);
        return;
    }
    delivers(r, context, short_parcel(FFA_RUN, name_of(r, context), 0, 0));
    enters(r, context, FOR_RUN, THE_WORLD);
}
