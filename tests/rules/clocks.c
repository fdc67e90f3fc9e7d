/* SPDX-License-Identifier: BSD-3-Clause */
/* A partition's accesses to its timers, CNTP and CNTV, as the architecture has them (Arm ARM D11):
 * none of FF-A's matter, but each context has its own. */
#include "rules/book.h"

enum { TVAL, CTL, CVAL };
#define CTL_ENABLE 1
#define CTL_STATUS 4

static uint64_t is_read(const struct clock *c, unsigned number, uint64_t now)
{
    switch (number) {
    case TVAL:
        return (uint32_t)(c->compare - now);
    case CTL:
        return c->control | ((c->control & CTL_ENABLE) && c->compare <= now ? CTL_STATUS : 0);
    default:
        return c->compare;
    }
}

static void is_written(struct clock *c, unsigned number, uint64_t now, uint64_t value)
{
    if (number == TVAL)
        c->compare = now + (uint64_t)(int64_t)(int32_t)value;
    else if (number == CTL)
        c->control = value & 3;
    else
        c->compare = value;
}

/* Its only effect but for the alarm, which is not the book's. */
void rules_register(struct rules *r)
{
    int context = r->b.place[r->a.cpu].runs;
    struct clock *c = &r->b.clock[context][r->a.access.clock];
    unsigned x = r->a.access.x;

    goes_on(r, context);
    if (!r->a.access.reads) {
        is_written(c, r->a.access.number, r->a.access.now, r->a.access.value);
    } else if (x < 18) {
        arrives(r, context, 0, 0, 0, 0)[x] = is_read(c, r->a.access.number, r->a.access.now);
        r->written[r->writes - 1].checked = 1U << x;
    }
}
