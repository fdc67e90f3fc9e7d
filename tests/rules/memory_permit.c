/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_MEM_PERM_GET and SET: permissions of pages at S-EL0 (memory management 2.10, 2.11). */
#include "rules/memory_internal.h"

struct verdict decide_rights(struct memory_book *o, const struct call_made *c)
{
    struct verdict v = OK(GIVEN_RIGHTS, -1);
    int page = oracle_page(o, c->range[0].address);
    unsigned rights = page < 0 || o->page[page].device ? 0 : o->page[page].access[c->who];

    if (!c->may)
        return REFUSAL_OF(CHOICE_PERMISSIONS_LATE);
    if (c->malformed || rights == 0)
        return NO(INVALID_PARAMETERS);
    v.rights = (rights & RIGHT_WRITE ? FFA_PERM_RW : FFA_PERM_RO) |
               (rights & RIGHT_EXECUTE ? 0 : FFA_PERM_NX);
    return v;
}

static bool is_alone(const struct memory_book *o, unsigned who, uint64_t address, bool code)
{
    int page = oracle_page(o, address);
    const struct page *p = &o->page[page < 0 ? 0 : page];

    return page >= 0 && p->owner == who && p->part_of < 0 && !p->buffer && !p->device &&
           (p->secure || !code);
}

struct verdict decide_permit(struct memory_book *o, const struct call_made *c)
{
    const struct piece *r = &c->range[0];
    bool code = c->flags == FFA_PERM_RO;
    bool sound =
        code || c->flags == (FFA_PERM_RO | FFA_PERM_NX) || c->flags == (FFA_PERM_RW | FFA_PERM_NX);

    if (!c->may)
        return REFUSAL_OF(CHOICE_PERMISSIONS_LATE);
    if (c->malformed || !sound || r->pages == 0 || r->pages > PERM_PAGES_MAX)
        return NO(INVALID_PARAMETERS);
    for (unsigned i = 0; i < r->pages; i++)
        if (!is_alone(o, c->who, r->address + i * 4096ULL, code))
            return NO(INVALID_PARAMETERS);
    for (unsigned i = 0; i < r->pages; i++)
        o->page[oracle_page(o, r->address + i * 4096ULL)].rights =
            (uint8_t)(RIGHT_READ | (code ? RIGHT_EXECUTE : 0) |
                      (c->flags == (FFA_PERM_RW | FFA_PERM_NX) ? RIGHT_WRITE : 0));
    return OK(PLAIN, -1);
}
