/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts, CPUs that go off and come on (18.2), and the SPMD's messages. */
#include "rules/book.h"
#include "rules/choices.h"

#include <string.h>

/* ---- Starts: in boot order, each by its own CPU ---- */

void context_starts(struct rules *r, int context, int giver)
{
    struct member *m = member_of(r, context);
    struct context *c = context_of(r, context);
    bool rings = m->properties & FFA_PROPERTY_NOTIFICATIONS && !m->s_el0;

    memset(r->b.clock[context], 0, sizeof(r->b.clock[context]));
    c->pending = 0;
    c->enabled = (uint16_t)(m->shared_enabled |
                            (m->action == FFA_NS_ACTION_MANAGED_EXIT ? 1U << INTERRUPT_EXIT : 0) |
                            (rings ? 1U << INTERRUPT_NEWS : 0));
    c->by_fiq = (uint16_t)(m->shared_fiq | (m->exit_by_irq ? 0 : 1U << INTERRUPT_EXIT));
    if (something_waits(r, context))
        c->pending |= 1U << INTERRUPT_NEWS;
    arrives(r, context, 0, 0, 0, 0);
    r->written[r->writes - 1].checked = 0; /* what it starts with is its manifest's matter */
    enters(r, context, FOR_START, giver);
}

void starts_next(struct rules *r)
{
    struct seat *here = &r->b.place[r->a.cpu];

    while (here->next < r->b.members) {
        int member = r->b.order[here->next++];
        struct member *m = &r->b.member[member];
        int context = serves(r, member, r->a.cpu);
        const struct context *c = context_of(r, context);
        bool sibling = m->life == IS_LIVE && is_mp(m) && c->run == IS_OFF && c->giver == NO_ONE &&
                       context % CPU_MAX < m->contexts;
        if (m->life != IS_LOADED && !sibling)
            continue;
        if (m->life == IS_LOADED)
            m->life = IS_STARTING;
        context_starts(r, context, NO_ONE);
        return;
    }
    here->runs = NO_ONE;
    r->runs = NO_ONE;
    r->follows = THEN_READY;
    arrives(r, FRAME_OF(r->a.cpu), FFA_MSG_WAIT, 0, 0, 0);
}

/* Interrupts that are routed to this CPU, or by the manifest want it, and can be served by no
 * other: they come. */
void rules_boot(struct rules *r)
{
    struct seat *here = &r->b.place[r->a.cpu];

    here->door = r->a.what == COMES_BOOT ? DOOR_BOOT : DOOR_ON;
    here->online = true;
    here->next = 0;
    for (int i = 0; i < r->b.members; i++) /* EL3 reset its PPIs */
        for (unsigned j = INTERRUPT_DEVICES; j < r->b.member[i].lines; j++) {
            struct context *c = context_of(r, serves(r, i, r->a.cpu));
            if ((r->b.member[i].line[j].per_cpu || here->door == DOOR_BOOT) && c->run == IS_OFF)
                c->serving &= (uint16_t) ~(1U << j);
        }
    starts_next(r);
}

/* ---- CPU_OFF ---- */

static void replies(struct rules *r, uint32_t response, int32_t status)
{
    nobody_goes_on(r);
    arrives(r, FRAME_OF(r->a.cpu), FFA_MSG_SEND_DIRECT_RESP_32,
            (uint32_t)r->b.spmc << 16 | FFA_ID_SPMD, response, (uint32_t)status);
}

static void goes_off(struct rules *r)
{
    struct seat *here = &r->b.place[r->a.cpu];

    for (int i = 0; i < r->b.members; i++) {
        struct member *m = &r->b.member[i];
        struct context *c = context_of(r, serves(r, i, r->a.cpu));
        if (!is_mp(m) || c->run != IS_WAITING)
            continue;
        c->run = IS_OFF;
        c->serving &= (uint16_t) ~(c->pending & ~((1U << INTERRUPT_DEVICES) - 1));
        c->pending = c->enabled = 0;
    }
    here->online = false;
    replies(r, FFA_FRAMEWORK_PM_RESPONSE, here->denied ? CHOICE_OFF_DENIED : PSCI_SUCCESS);
}

static void tells_next(struct rules *r)
{
    struct seat *here = &r->b.place[r->a.cpu];

    while (here->next < r->b.members) {
        int member = r->b.order[here->next++];
        const struct member *m = &r->b.member[member];
        int context = serves(r, member, r->a.cpu);
        struct context *c = context_of(r, context);
        if (!m->told_of_off || m->life != IS_LIVE || c->run != IS_WAITING)
            continue;
        c->requester = r->b.spmc;
        c->second = false;
        c->response = FFA_FRAMEWORK_PM_RESPONSE;
        delivers(r, context,
                 short_parcel(FFA_MSG_SEND_DIRECT_REQ_32, (uint32_t)r->b.spmc << 16 | m->is.id,
                              FFA_FRAMEWORK_PSCI_REQUEST, PSCI_CPU_OFF));
        enters(r, context, FOR_POWER, THE_SPM);
        return;
    }
    goes_off(r);
}

void power_was_answered(struct rules *r, struct parcel p)
{
    if (p.x[0] == FFA_MSG_SEND_DIRECT_RESP_32 && (uint32_t)p.x[3] != PSCI_SUCCESS)
        r->b.place[r->a.cpu].denied = true;
    tells_next(r);
}

/* ---- Messages of the SPMD (18.2, 18.3; the version by TF-A's own) ---- */

void rules_spmd_message(struct rules *r)
{
    struct seat *here = &r->b.place[r->a.cpu];

    switch (w(r, 2)) {
    case FFA_FRAMEWORK_VERSION_REQUEST:
        replies(r, FFA_FRAMEWORK_VERSION_RESPONSE, version_of_answer(r, &r->b.world, w(r, 3)));
        break;
    case FFA_FRAMEWORK_WARM_BOOT:
        replies(r, FFA_FRAMEWORK_PM_RESPONSE, PSCI_SUCCESS);
        break;
    case FFA_FRAMEWORK_PSCI_REQUEST:
        if (w(r, 3) == PSCI_CPU_OFF) {
            here->next = 0;
            here->denied = false;
            tells_next(r);
            break;
        }
        __attribute__((fallthrough));
    default:
        replies(r, FFA_FRAMEWORK_PM_RESPONSE, PSCI_NOT_SUPPORTED);
        break;
    }
}
