/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts: the Normal world's (8.4), partitions' own (9.2), and the hypercalls about them. */
#include "rules/book.h"
#include "rules/choices.h"

#include <stddef.h>

#define HERE(r) ((r)->b.place[(r)->a.cpu])
#define BIT(place) (1U << (place))
#define NO_PLACE INTERRUPT_MAX

void withdraw(struct context *c, unsigned place)
{
    c->pending &= (uint16_t)~BIT(place);
}

/* Which of its lines are raised: IRQ, FIQ. */
static unsigned lines_of(const struct context *c)
{
    unsigned active = c->pending & c->enabled;

    return ((active & ~c->by_fiq) != 0) | ((active & c->by_fiq) != 0) << 1;
}

void pend(struct rules *r, int context, unsigned place)
{
    struct context *c = context_of(r, context);
    unsigned before = lines_of(c);

    c->pending |= (uint16_t)BIT(place);
    if (lines_of(c) != before && c->run == IS_RUNNING && c->cpu != r->a.cpu)
        r->kicks |= 1U << c->cpu;
}

/* Who had the CPU keeps it; or the Normal world. */
static void as_it_was(struct rules *r)
{
    if (HERE(r).runs >= 0)
        goes_on(r, HERE(r).runs);
    else
        nobody_goes_on(r);
}

/* ---- The Normal world's (8.4): signalled, managed exit, queued ---- */

static bool can_be_asked(struct rules *r, int context)
{
    return member_of(r, context)->action == FFA_NS_ACTION_MANAGED_EXIT &&
           context_of(r, context)->enabled & BIT(INTERRUPT_EXIT); /* EXIT_WHILE_ENABLED */
}

static void is_asked_to_leave(struct rules *r, int context)
{
    pend(r, context, INTERRUPT_EXIT);
    context_of(r, context)->keeps = KEEPS_NORMAL;
    goes_on(r, context);
}

/* Whom `context` waits for stops where it is, and `context` goes on with FFA_INTERRUPT. */
static void chain_is_cut(struct rules *r, int end, int context, uint32_t number)
{
    struct context *c = context_of(r, context);

    arrives(r, context, FFA_INTERRUPT, name_of(r, c->waits_for), number, 0);
    context_of(r, end)->run = IS_PREEMPTED;
    c->waits_for = NO_ONE;
    goes_on(r, context);
}

void rules_normal_interrupt(struct rules *r)
{
    int end = HERE(r).runs, head = end;

    if (context_of(r, end)->keeps != KEEPS_NONE) {
        as_it_was(r); /* queued */
        return;
    }
    if (member_of(r, end)->life == IS_RESTORED && context_of(r, end)->giver == THE_SPM) {
        is_put_off(r, end);
        return;
    }
    for (int link = end; link >= 0; link = context_of(r, link)->giver) {
        if (can_be_asked(r, link)) { /* EXIT_IN_CHAIN */
            if (link != end)
                chain_is_cut(r, end, link, 0);
            is_asked_to_leave(r, link);
            return;
        }
        head = link;
    }
    context_of(r, end)->run = IS_PREEMPTED;
    HERE(r).runs = NO_ONE;
    r->runs = NO_ONE;
    r->follows = THEN_ANSWERS;
    arrives(r, FRAME_OF(r->a.cpu), FFA_INTERRUPT, name_of(r, head), 0, 0);
}

/* ---- Virtual interrupts ---- */

/* The one with the highest priority, the first of its list among equals. */
static unsigned most_urgent(struct rules *r, int context)
{
    const struct member *m = member_of(r, context);
    const struct context *c = context_of(r, context);
    unsigned best = NO_PLACE;

    for (unsigned i = m->lines; i-- > 0;)
        if (c->pending & c->enabled & BIT(i) &&
            (best == NO_PLACE || m->line[i].priority <= m->line[best].priority))
            best = i;
    return best;
}

static uint32_t fetch(struct rules *r, int context)
{
    struct context *c = context_of(r, context);
    unsigned place = most_urgent(r, context);

    if (place == NO_PLACE)
        return HF_INVALID_INTID;
    withdraw(c, place);
    c->owed = c->model == FOR_INTERRUPT;
    return member_of(r, context)->line[place].number;
}

/* ---- Handlers (8.3.1.4, 9.2) ---- */

static void is_told(struct rules *r, int context)
{
    const struct member *m = member_of(r, context);
    uint32_t number;

    context_of(r, context)->owed = false;
    number = m->s_el0 ? fetch(r, context) : m->line[most_urgent(r, context)].number;
    arrives(r, context, FFA_INTERRUPT, 0, number, 0);
    goes_on(r, context);
}

void handler_begins(struct rules *r, int context)
{
    enters(r, context, FOR_INTERRUPT, THE_SPM);
    is_told(r, context);
}

/* FFA_MSG_WAIT of a handler: the next interrupt, if it fetched one, there is another, and it has
 * time. */
void handler_waits(struct rules *r, int context)
{
    struct context *c = context_of(r, context);

    if (has_interrupts(c) && c->owed && !HERE(r).late) {
        is_told(r, context);
        return;
    }
    c->run = IS_WAITING;
    c->model = FOR_NOTHING;
    c->giver = NO_ONE;
    c->owed = false;
    handler_is_over(r);
}

/* Who is owed a handler gets it; then what was interrupted goes on, or who waited for it. */
void handler_is_over(struct rules *r)
{
    struct seat *here = &HERE(r);
    int behind = here->behind;

    for (int i = 0; i < r->b.members; i++) {
        int context = serves(r, i, r->a.cpu);
        const struct context *c = context_of(r, context);
        if (c->run == IS_WAITING && c->owed && has_interrupts(c) && r->b.member[i].may_handle) {
            handler_begins(r, context);
            return;
        }
    }
    here->behind = NO_ONE;
    if (behind < 0) {
        nobody_goes_on(r);
        return;
    }
    if (context_of(r, behind)->giver == THE_SPM)
        here->behind = THE_WORLD; /* restored for nobody */
    if (context_of(r, behind)->run == IS_ENDED)
        dead_goes_back(r, behind);
    else
        goes_on(r, behind);
}

static bool waits_upstream(struct rules *r, int context, int of)
{
    if (context_of(r, context)->run != IS_BLOCKED)
        return false;
    do
        of = context_of(r, of)->giver;
    while (of >= 0 && of != context);
    return of == context;
}

/* Something waits for a context: it gets the CPU if it can use it now. */
static void is_signalled(struct rules *r, int context)
{
    struct context *c = context_of(r, context);
    int runs = HERE(r).runs;

    if (!has_interrupts(c) || (runs >= 0 && context_of(r, runs)->keeps == KEEPS_ALL)) {
        as_it_was(r);
    } else if (c->run == IS_WAITING) {
        if (runs >= 0)
            context_of(r, runs)->run = IS_SUSPENDED;
        HERE(r).behind = (int8_t)(runs >= 0 ? runs : THE_WORLD);
        handler_begins(r, context);
    } else if (runs >= 0 && !member_of(r, context)->s_el0 && waits_upstream(r, context, runs)) {
        const struct member *m = member_of(r, context);
        chain_is_cut(r, runs, context, m->line[most_urgent(r, context)].number);
    } else {
        as_it_was(r);
    }
}

static int owner_of(const struct rules *r, uint32_t number, unsigned *place)
{
    for (int i = 0; i < r->b.members; i++)
        for (unsigned j = INTERRUPT_DEVICES; j < r->b.member[i].lines; j++)
            if (r->b.member[i].line[j].number == number) {
                *place = j;
                return i;
            }
    return NO_ONE;
}

void rules_device(struct rules *r)
{
    unsigned place = 0;
    int owner = owner_of(r, r->a.number, &place);
    int context = owner >= 0 ? serves(r, owner, r->a.cpu) : NO_ONE;
    uint8_t life = owner >= 0 ? r->b.member[owner].life : IS_ABSENT;

    if (owner >= 0)
        r->b.member[owner].interrupts++;
    if ((life != IS_LIVE && life != IS_STARTING) || context_of(r, context)->run == IS_OFF) {
        as_it_was(r);
        return;
    }
    context_of(r, context)->serving |= (uint16_t)BIT(place);
    pend(r, context, place);
    is_signalled(r, context);
}

/* A kick or a timer: the first context that is to be looked after is. */
void rules_look(struct rules *r)
{
    int context = r->a.due.context;
    int back = r->a.returns >= 0 ? serves(r, r->a.returns, r->a.cpu) : NO_ONE;

    if (back >= 0 && HERE(r).runs < 0 && may_come_back(r, back)) {
        comes_back_by_itself(r, back);
        return;
    }
    if (context < 0) {
        as_it_was(r);
        return;
    }
    if (r->a.due.expired)
        pend(r, context, INTERRUPT_TIMER);
    is_signalled(r, context);
}

/* ---- Hypercalls: as in existing SPMCs; one answer, in x0 ---- */

bool is_hypercall(uint32_t function)
{
    return function == HF_INTERRUPT_ENABLE || function == HF_INTERRUPT_GET ||
           function == HF_INTERRUPT_DEACTIVATE || function == HF_INTERRUPT_RECONFIGURE;
}

static unsigned place_of(const struct member *m, uint32_t number)
{
    for (unsigned i = 0; i < m->lines; i++)
        if (m->line[i].number == number)
            return i;
    return NO_PLACE;
}

static void set_bit(uint16_t *bits, unsigned place, bool on)
{
    *bits = (uint16_t)((*bits & ~BIT(place)) | (on ? BIT(place) : 0));
}

static bool enable(struct rules *r, int caller, unsigned place)
{
    struct member *m = member_of(r, caller);
    bool all = place >= INTERRUPT_DEVICES && !m->line[place].per_cpu; /* SPI_OF_ALL */
    bool on = w(r, 2) != 0, fiq = w(r, 3) == HF_LINE_FIQ;
    int first = caller - caller % CPU_MAX;

    if (w(r, 3) > HF_LINE_FIQ)
        return false;
    for (int i = all ? first : caller; i < (all ? first + m->contexts : caller + 1); i++) {
        struct context *c = context_of(r, i);
        unsigned before = lines_of(c);
        set_bit(&c->enabled, place, on);
        set_bit(&c->by_fiq, place, fiq);
        if (has_interrupts(c) && i != caller &&
            (c->run == IS_RUNNING ? lines_of(c) != before : c->run == IS_WAITING) && !c->looked_at)
            r->kicks |= 1U << c->home;
    }
    if (all) {
        set_bit(&m->shared_enabled, place, on);
        set_bit(&m->shared_fiq, place, fiq);
    }
    if (place == INTERRUPT_EXIT && !on)
        withdraw(context_of(r, caller), place);
    return true;
}

/* Who has no time left for handlers gets its next interrupt later. */
static bool deactivate(struct rules *r, int caller, unsigned place)
{
    struct member *m = member_of(r, caller);
    int first = m->line[place].per_cpu ? caller : caller - caller % CPU_MAX;
    int end = m->line[place].per_cpu ? caller + 1 : first + m->contexts;
    bool served = false;

    for (int i = first; place >= INTERRUPT_DEVICES && i < end; i++) {
        served |= (context_of(r, i)->serving & BIT(place)) != 0;
        context_of(r, i)->serving &= (uint16_t)~BIT(place);
    }
    m->held_back += served && !m->may_handle;
    return served;
}

static bool reconfigure(struct rules *r, int caller, unsigned place)
{
    struct member *m = member_of(r, caller);
    struct line *line = &m->line[place];
    uint32_t value = w(r, 3);

    if (place < INTERRUPT_DEVICES)
        return false;
    switch (w(r, 2)) {
    case HF_RECONFIGURE_TARGET_PE:
        if (line->per_cpu || value >= CPU_MAX || !r->b.place[value].online ||
            context_of(r, serves(r, caller / CPU_MAX, value))->run == IS_OFF ||
            (!is_mp(m) && value != r->a.cpu))
            return false;
        line->target = (uint8_t)value;
        return true;
    case HF_RECONFIGURE_SECURITY:
        return value == HF_SECURE;
    case HF_RECONFIGURE_ENABLE:
        if (value > 1)
            return false;
        line->off = value == 0;
        return true;
    default:
        return false;
    }
}

void rules_hypercall(struct rules *r)
{
    int caller = caller_of_call(r);
    unsigned place = place_of(member_of(r, caller), w(r, 1));
    uint32_t result = 0;
    bool done = place != NO_PLACE;

    if (called(r) == HF_INTERRUPT_GET) {
        result = fetch(r, caller);
        done = true;
    } else if (done && called(r) == HF_INTERRUPT_ENABLE) {
        done = enable(r, caller, place);
    } else if (done && called(r) == HF_INTERRUPT_DEACTIVATE) {
        done = w(r, 1) == w(r, 2) && deactivate(r, caller, place);
    } else if (done) {
        done = reconfigure(r, caller, place);
    }
    answers_with(r, done ? result : (uint32_t)CHOICE_HYPERCALL_REFUSED, 0, 0);
}
