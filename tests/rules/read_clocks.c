/* SPDX-License-Identifier: BSD-3-Clause */
/* The abstraction of timers, and of accesses to them. */
#include "rules/read.h"

#include <string.h>

#include "support/port_model.h"

void read_clocks(struct book *b, const struct spmc *s)
{
    for (unsigned i = 0; i < s->partition_count * CPU_MAX; i++)
        for (unsigned n = 0; n < TIMERS; n++)
            b->clock[i][n] =
                (struct clock){s->vcpus[i].timers[n].control, s->vcpus[i].timers[n].compare};
}

/* Of a context that does not live. */
void settle_clocks(struct book *b, unsigned context)
{
    if (b->context[context].run == IS_OFF || b->context[context].run == IS_ENDED)
        memset(b->clock[context], 0, sizeof(b->clock[context]));
}

/* A timer that is on, and its time is over. */
static bool expired(const struct vcpu *v)
{
    for (unsigned i = 0; i < TIMERS; i++)
        if ((v->timers[i].control & 3) == 1 && !v->timers[i].fired &&
            v->timers[i].compare <= port_model.now)
            return true;
    return false;
}

/* Of those whose timers this CPU watches; while all is masked, of the one that runs. */
struct due first_due(const struct spmc *s, const struct book *b, unsigned cpu)
{
    int8_t here = b->place[cpu].runs;
    struct due due = {NO_ONE, false};
    uint64_t first = NEVER;

    for (unsigned i = 0; i < s->partition_count; i++) {
        unsigned context = i * CPU_MAX + (s->partitions[i].context_count > 1 ? cpu : 0);
        const struct vcpu *v = &s->vcpus[context];
        if (here >= 0 && b->context[here].keeps == KEEPS_ALL ? (int)context != here
                                                             : v->home != cpu)
            continue;
        if (v->alarm < first && v->alarm <= port_model.now) {
            first = v->alarm;
            due = (struct due){(int)context, expired(v)};
        }
    }
    return due;
}

/* S3_3_C14_C<2 or 3>_<0 to 2>. */
void read_access(struct act *a, const struct regs *regs, uint64_t esr)
{
    unsigned crm = esr >> 1 & 15, op2 = esr >> 17 & 7;
    bool generic = (esr >> 20 & 3) == 3 && (esr >> 14 & 7) == 3 && (esr >> 10 & 15) == 14;

    a->access.known = generic && (crm == 2 || crm == 3) && op2 <= 2;
    a->access.reads = esr & 1;
    a->access.clock = crm == 3;
    a->access.number = (uint8_t)op2;
    a->access.x = esr >> 5 & 31;
    a->access.value = a->access.x < 31 ? regs->x[a->access.x] : 0;
    a->access.now = port_model.now;
    a->what = a->access.known ? COMES_REGISTER : COMES_FAULT;
}
