/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Partitions that come back after their death: none of FF-A v1.2's matter (choice RETURN). To who
 * calls one, nothing has happened but time; of its former life nothing is left.
 */
#include "rules/book.h"
#include "rules/choices.h"

#include <string.h>

/* No context runs, or is part of a chain, or has somebody wait behind it. */
static bool is_free(struct rules *r, int member)
{
    for (int i = member * CPU_MAX; i < member * CPU_MAX + r->b.member[member].contexts; i++) {
        const struct context *c = context_of(r, i);
        if ((c->run != IS_ENDED && c->run != IS_OFF) || c->giver >= 0 || c->waits_for >= 0)
            return false;
        for (unsigned cpu = 0; cpu < CPU_MAX; cpu++)
            if (r->b.place[cpu].behind == i)
                return false;
    }
    return true;
}

bool may_come_back(struct rules *r, int context)
{
    const struct member *m = member_of(r, context);

    return m->comes_back && (m->life == IS_DEAD || m->life == IS_RESTORED) && m->memory_is_back &&
           context_of(r, context)->giver == NO_ONE && context % CPU_MAX < m->contexts &&
           is_free(r, context / CPU_MAX);
}

/* As before its first start; but whom the Normal world is to be told of stays its. */
static void is_forgotten(struct rules *r, int member)
{
    struct member *m = &r->b.member[member];

    for (int i = member * CPU_MAX; i < member * CPU_MAX + m->contexts; i++) {
        struct context *c = context_of(r, i);
        c->run = IS_OFF;
        c->model = FOR_NOTHING;
        c->owed = false;
        c->pending = c->enabled = c->by_fiq = c->serving = 0;
    }
    m->is.version = m->first_version;
    m->is.fixed = m->is.tells_ns = false;
    m->is.box = (struct box){0};
    m->second_entry = m->first_entry;
    m->shared_enabled = m->shared_fiq = 0;
}

static void is_restored(struct rules *r, int context, int giver)
{
    struct member *m = member_of(r, context);

    if (m->life == IS_DEAD)
        is_forgotten(r, context / CPU_MAX);
    m->life = IS_RESTORED;
    enters(r, context, FOR_NOTHING, giver);
}

/* A call that found it dead, or a context of it that has not started again: it waits. */
bool comes_back_for_call(struct rules *r, int context)
{
    const struct member *m = member_of(r, context);
    const struct context *c = context_of(r, context);
    bool starts = m->life == IS_LIVE && m->came_back && c->run == IS_OFF && c->giver == NO_ONE &&
                  context % CPU_MAX < m->contexts;

    if (!starts && !may_come_back(r, context))
        return false;
    r->refusals = 0;
    memcpy(r->b.held[context], r->a.x, sizeof(r->a.x));
    r->b.held[context][0] = called(r);
    if (starts)
        context_starts(r, context, caller_of_call(r));
    else
        is_restored(r, context, caller_of_call(r));
    return true;
}

void comes_back_by_itself(struct rules *r, int context)
{
    r->b.place[r->a.cpu].behind = THE_WORLD;
    is_restored(r, context, THE_SPM);
}

/* Nobody who lives waits for it, or for long enough: it goes on later. */
void is_put_off(struct rules *r, int context)
{
    struct context *c = context_of(r, context);
    int giver = c->giver;

    c->run = IS_OFF;
    c->giver = NO_ONE;
    goes_back(r, giver, short_parcel(FFA_ERROR, 0, (uint32_t)FFA_ABORTED, 0));
}

/* A page is new; after the last it starts. Choice RETURN_FAILS. */
void rules_piece(struct rules *r)
{
    int context = r->b.place[r->a.cpu].runs;
    struct context *c = context_of(r, context);

    if (!r->a.last && r->a.fails) {
        dies(r, context);
    } else if (!r->a.last) {
        goes_on(r, context);
    } else if (c->giver >= 0 && context_of(r, c->giver)->run == IS_ENDED) {
        is_put_off(r, context);
    } else if (r->a.fails) {
        dies(r, context);
    } else {
        member_of(r, context)->life = IS_STARTING;
        member_of(r, context)->came_back = true;
        member_of(r, context)->restarts++;
        member_of(r, context)->is.box = member_of(r, context)->first_box;
        context_starts(r, context, c->giver);
    }
}

/* Its start is over: the call that waited arrives, if it is still wanted. */
void gets_held_call(struct rules *r, int context)
{
    struct context *c = context_of(r, context);
    const uint64_t *x = r->b.held[context];
    bool second = (uint32_t)x[0] == FFA_MSG_SEND_DIRECT_REQ2, run = (uint32_t)x[0] == FFA_RUN;
    bool gone = c->giver == THE_SPM || (c->giver >= 0 && context_of(r, c->giver)->run == IS_ENDED);
    struct parcel p = {.whole = second};

    if (gone || (second && member_of(r, context)->is.version < FFA_VERSION_1_2)) {
        finishes(r, context, short_parcel(FFA_ERROR, 0, (uint32_t)FFA_DENIED, 0));
        return;
    }
    for (unsigned i = 0; i < (second ? 18 : run ? 2 : 8); i++) /* cycles carry nothing */
        p.x[i] = i < 2 || (i == 2 && !second) || !(x[0] & FFA_SMC64) ? (uint32_t)x[i] : x[i];
    c->requester = (uint16_t)(x[1] >> 16);
    c->second = second;
    c->response = 0;
    member_of(r, context)->requests += !run;
    delivers(r, context, p);
    enters(r, context, run ? FOR_RUN : FOR_REQUEST, c->giver);
}
