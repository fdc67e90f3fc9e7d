/* SPDX-License-Identifier: BSD-3-Clause */
/* The end of a partition, and what its peers see of it (5.5; choices DEATH_*). */
#include "rules/book.h"
#include "rules/choices.h"

/* Whom it had given cycles, and does not wait for, is the Normal world's to run. */
static void ends(struct rules *r, int context)
{
    struct context *c = context_of(r, context);

    c->run = IS_ENDED;
    c->pending = c->enabled = c->by_fiq = c->serving = 0;
    for (int i = 0; i < BOOK_CONTEXTS; i++)
        if (context_of(r, i)->giver == context && c->waits_for != i)
            context_of(r, i)->giver = THE_WORLD;
}

/* One that stopped, and whose caller went on without it, is no link of that chain any more. */
static void idle_one_ends(struct rules *r, int context)
{
    struct context *c = context_of(r, context);

    if (c->giver >= 0 && context_of(r, c->giver)->waits_for != context && c->waits_for == NO_ONE)
        c->giver = NO_ONE;
    ends(r, context);
}

void is_buried(struct rules *r, int context)
{
    ends(r, context);
    context_of(r, context)->model = FOR_NOTHING;
    dead_goes_back(r, context);
}

void dies(struct rules *r, int context)
{
    int member = context / CPU_MAX;
    struct member *m = &r->b.member[member];
    bool unseen = m->life == IS_STARTING && !m->came_back;

    m->life = unseen ? IS_ABSENT : IS_DEAD;
    m->deaths++;
    for (int i = member * CPU_MAX; i < member * CPU_MAX + m->contexts; i++) {
        const struct context *c = context_of(r, i);
        if (c->run == IS_RUNNING && c->cpu != r->a.cpu)
            r->kicks |= 1U << c->cpu; /* it ends there */
        else
            idle_one_ends(r, i);
    }
    m->shared_enabled = 0;
    for (unsigned i = INTERRUPT_DEVICES; i < m->lines; i++) {
        m->line[i].off = false;
        m->line[i].target = m->line[i].first_target;
    }
    readers_forget(r, member);
    is_buried(r, context);
}
