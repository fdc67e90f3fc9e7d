/* SPDX-License-Identifier: BSD-3-Clause */
/* Direct messages (7.4, 15.2 to 15.5), and those of a hypervisor about its VMs (18.3). */
#include "rules/book.h"
#include "rules/choices.h"

#include <string.h>

#include "abi/stat.h"

static uint16_t from_id(const struct rules *r)
{
    return (uint16_t)(w(r, 1) >> 16);
}

static uint16_t to_id(const struct rules *r)
{
    return (uint16_t)w(r, 1);
}

/* Who claims to send is who calls: any id of the Normal world's is its own. */
static bool is_own_id(struct rules *r, uint16_t id)
{
    return caller_of_call(r) >= 0 ? id == caller_facts(r)->id : !is_secure(id);
}

/* A context that can take a request now; why not, else. */
static int receiver_is_ready(struct rules *r, int member)
{
    int context = serves(r, member, r->a.cpu);

    must(r, r->b.member[member].life != IS_DEAD, CHOICE_DEAD_RECEIVER);
    must(r, context_of(r, context)->run == IS_WAITING || r->b.member[member].life == IS_DEAD,
         FFA_BUSY);
    return context;
}

static void sender_may(struct rules *r, uint32_t method)
{
    int caller = caller_of_call(r);

    if (caller < 0)
        return;
    must(r, context_of(r, caller)->model != FOR_POWER, FFA_DENIED);
    must(r, method == 0 || member_of(r, caller)->properties & method, FFA_DENIED);
}

static void request_arrives(struct rules *r, int context, bool second, uint32_t response)
{
    struct context *c = context_of(r, context);

    delivers(r, context, parcel_of(r, second));
    c->requester = from_id(r);
    c->second = second;
    c->response = response;
    member_of(r, context)->requests++;
    enters(r, context, FOR_REQUEST, caller_of_call(r));
}

/* 18.3: of the hypervisor, to who subscribed; choice VM_MESSAGES. */
static void about_a_vm(struct rules *r)
{
    int member = member_by_id(r, to_id(r));
    uint32_t wanted = w(r, 2) == FFA_FRAMEWORK_VM_CREATED     ? FFA_PROPERTY_VM_CREATED
                      : w(r, 2) == FFA_FRAMEWORK_VM_DESTROYED ? FFA_PROPERTY_VM_DESTROYED
                                                              : 0;
    int context;

    must(r, wanted != 0 && called(r) == FFA_MSG_SEND_DIRECT_REQ_32, FFA_INVALID_PARAMETERS);
    must(r, caller_of_call(r) == THE_WORLD && from_id(r) == FFA_ID_NORMAL_WORLD,
         FFA_INVALID_PARAMETERS);
    must(r, member >= 0 && r->b.member[member].properties & wanted, FFA_INVALID_PARAMETERS);
    if (refused(r))
        return;
    context = receiver_is_ready(r, member);
    if (!refused(r))
        request_arrives(r, context, false, w(r, 2) + 1);
}

/* It takes requests of the first kind alone; of the second it has a UUID all the same. */
static void to_bulkhead(struct rules *r, bool second)
{
    const uint64_t nil[2] = {0};
    const uint32_t own[4] = {STAT_UUID};

    sender_may(r, second ? FFA_PROPERTY_SENDS_REQ2 : FFA_PROPERTY_SENDS_REQ);
    must(r, !second, FFA_DENIED);
    must(r,
         !second || memcmp(&r->a.x[2], nil, sizeof(nil)) == 0 ||
             memcmp(&r->a.x[2], own, sizeof(own)) == 0,
         FFA_INVALID_PARAMETERS);
    if (!refused(r))
        rules_question(r);
}

void rules_request(struct rules *r, bool second)
{
    int member = member_by_id(r, to_id(r)), context;
    const struct member *m = &r->b.member[member < 0 ? 0 : member];

    if (!second && w(r, 2) != 0) {
        about_a_vm(r);
        return;
    }
    must(r, is_own_id(r, from_id(r)), FFA_INVALID_PARAMETERS);
    if (member < 0 && r->b.logical && to_id(r) == STAT_ID) {
        to_bulkhead(r, second);
        return;
    }
    must(r, member >= 0 && to_id(r) != from_id(r), CHOICE_TO_WORLD);
    if (member < 0)
        return;
    sender_may(r, second ? FFA_PROPERTY_SENDS_REQ2 : FFA_PROPERTY_SENDS_REQ);
    must(r, m->properties & (second ? FFA_PROPERTY_RECEIVES_REQ2 : FFA_PROPERTY_RECEIVES_REQ),
         FFA_DENIED);
    if (second) {
        must(r, m->is.version >= FFA_VERSION_1_2, FFA_DENIED);
        must(r, (r->a.x[2] | r->a.x[3]) == 0 || member_has_uuid(m, r->a.x[2], r->a.x[3]),
             FFA_INVALID_PARAMETERS);
    }
    if (refused(r))
        return;
    context = receiver_is_ready(r, member);
    if (!refused(r))
        request_arrives(r, context, second, 0);
    else
        comes_back_for_call(r, context);
}

void rules_response(struct rules *r, bool second)
{
    int caller = caller_of_call(r);
    struct context *c = context_of(r, caller < 0 ? 0 : caller);
    struct parcel p = parcel_of(r, second);

    must(r, caller >= 0, FFA_INVALID_PARAMETERS);
    if (caller < 0)
        return;
    must(r, from_id(r) == caller_facts(r)->id && to_id(r) != from_id(r), FFA_INVALID_PARAMETERS);
    must(r, c->model == FOR_REQUEST || c->model == FOR_POWER, FFA_DENIED);
    must(r, to_id(r) == c->requester && c->second == second, FFA_DENIED);
    if (second)
        must(r, (r->a.x[2] | r->a.x[3]) == 0, FFA_INVALID_PARAMETERS);
    else
        must(r, extended_is_zero(r) && w(r, 2) == c->response, FFA_INVALID_PARAMETERS);
    must(r, c->response == 0 || called(r) == FFA_MSG_SEND_DIRECT_RESP_32, FFA_INVALID_PARAMETERS);
    if (refused(r))
        return;
    if (c->giver == THE_WORLD && is_secure(c->requester)) /* the requester died */
        p = short_parcel((uint32_t)CHOICE_GONE_REQUESTER, 0, 0, 0);
    finishes(r, caller, p);
}
