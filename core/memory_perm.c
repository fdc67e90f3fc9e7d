/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FFA_MEM_PERM_GET and FFA_MEM_PERM_SET: a partition at S-EL0, whose stage 1 is Bulkhead's, chooses
 * while it starts what it may do with its pages (FF-A v1.2 memory management, 2.10 and 2.11).
 */
#include "core/port.h"
#include "core/stage2.h"
#include "core/vcpu.h"

#define OWN (ENTRY_VALID | ENTRY_MEMORY)

/* A partition of S-EL1 makes its own stage 1. */
static refusal no_page(const struct call *c, uint64_t address)
{
    if (!call_partition(c)->s_el0 || MODEL_FORBIDS(c, PERMIT))
        return MODEL_REFUSAL_PERMIT;
    if (address % PAGE_BYTES != 0 || address >> STAGE2_ADDRESS_BITS != 0)
        return REFUSAL(FFA_INVALID_PARAMETERS, "not the address of a page");
    return NULL;
}

static uint64_t address_of(const struct call *c)
{
    return c->regs->x[0] & FFA_SMC64 ? c->regs->x[1] : (uint32_t)c->regs->x[1];
}

refusal call_mem_perm_get(struct spmc *s, struct call *c)
{
    const struct partition *p = call_partition(c);
    uint64_t address = address_of(c);
    refusal no = no_page(c, address);
    uint64_t entry;

    if (no != NULL)
        return no;
    entry = stage2_entry(s, p, stage2_space_with(s, p, address), address);
    if ((entry & OWN) != OWN)
        return REFUSAL(FFA_INVALID_PARAMETERS, "no memory of the caller");
    return succeed(c,
                   (entry & ENTRY_WRITE ? FFA_PERM_RW : FFA_PERM_RO) |
                       (entry & ENTRY_NO_EXECUTE ? FFA_PERM_NX : 0),
                   0);
}

/* All pages are looked at before the first one changes. */
refusal call_mem_perm_set(struct spmc *s, struct call *c)
{
    const struct partition *p = call_partition(c);
    uint64_t address = address_of(c);
    uint32_t pages = (uint32_t)c->regs->x[2];
    uint32_t permissions = (uint32_t)c->regs->x[3];
    struct change change = {OWN | ENTRY_USE, OWN, UINT64_MAX, 0};
    refusal no = no_page(c, address);
    unsigned space;

    if (no != NULL)
        return no;
    if (permissions != (FFA_PERM_RO | FFA_PERM_NX) && permissions != FFA_PERM_RO &&
        permissions != (FFA_PERM_RW | FFA_PERM_NX))
        return REFUSAL(FFA_INVALID_PARAMETERS, "no permissions that a page can have");
    if (pages == 0 || pages > PERM_PAGES_MAX)
        return REFUSAL(FFA_INVALID_PARAMETERS, "page count out of range");
    space = stage2_space_with(s, p, address);
    if (space == SPACE_NON_SECURE && !(permissions & FFA_PERM_NX))
        return REFUSAL(FFA_INVALID_PARAMETERS, "code in Normal memory");
    if (stage2_change(s, p, space, address, pages, &change) != pages)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a page that is not the caller's alone");
    change.keep = ~(ENTRY_WRITE | ENTRY_NO_EXECUTE);
    change.set = (permissions & FFA_PERM_NX ? ENTRY_NO_EXECUTE : 0) |
                 ((permissions & FFA_PERM_RO) == FFA_PERM_RW ? ENTRY_WRITE : 0);
    stage2_change(s, p, space, address, pages, &change);
    port_stage2_changed(p->vmid, true);
    return NULL;
}
