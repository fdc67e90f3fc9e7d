/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Direct messages of both kinds, all their questions one after the other. The second kind, from
 * version 1.2 on, has x4 to x17, and a UUID of the receiver.
 */
#include "core/direct.h"

#include "abi/stat.h"

refusal direct_receiver_refusal(struct spmc *s, const struct call *c, const struct partition *p,
                                uint32_t receives, uint32_t sends)
{
    uint32_t properties = p != NULL ? p->properties : FFA_PROPERTY_RECEIVES_REQ;

    if (!(properties & receives))
        return REFUSAL(FFA_DENIED, "the receiver does not take these");
    if (c->from != NULL && MODEL_FORBIDS(c, REQUEST))
        return MODEL_REFUSAL_REQUEST;
    if (c->from != NULL && !(endpoint_partition(c->who)->properties & sends))
        return REFUSAL(FFA_DENIED, "the sender may not send these");
    if (p == NULL)
        return NULL;
    if (p->state == PARTITION_ABORTED)
        return REFUSAL(FFA_ABORTED, "the receiver is dead");
    if (partition_vcpu(s, p, c->cpu)->state != VCPU_WAITING)
        return REFUSAL(FFA_BUSY, "the receiver is not waiting");
    return NULL;
}

/* `no` is what the kind of its own asks of the receiver, if there is one. */
COLD static refusal request(struct spmc *s, struct call *c, bool extended, refusal no)
{
    uint16_t sender = (uint16_t)(c->regs->x[1] >> 16);
    uint16_t receiver = (uint16_t)c->regs->x[1];
    struct partition *p = partition_by_id(s, receiver);

    if (!sender_is_caller(*c, sender))
        return REFUSAL(FFA_INVALID_PARAMETERS, "the sender is not the caller");
    if (sender == receiver || (p == NULL && !(s->logical && receiver == STAT_ID)))
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such receiver");
    if (no == NULL)
        no = direct_receiver_refusal(
            s, c, p, extended ? FFA_PROPERTY_RECEIVES_REQ2 : FFA_PROPERTY_RECEIVES_REQ,
            extended ? FFA_PROPERTY_SENDS_REQ2 : FFA_PROPERTY_SENDS_REQ);
    if (no != NULL &&
        (refusal_status(no) == FFA_INVALID_PARAMETERS || refusal_status(no) == FFA_DENIED))
        return no;
    if (p == NULL)
        return stat_request(s, c);
    struct vcpu *v = partition_vcpu(s, p, c->cpu);
    if (no != NULL)
        return restart_or_refuse(s, c, v, no);

    p->calls++;
    v->requester = sender;
    v->extended = extended;
    return then(c, vcpu_send(s, c->cpu, v, MODEL_DIRECT, caller_of(*c),
                             (struct message){c->regs->x, extended}));
}

refusal call_direct_req(struct spmc *s, struct call *c)
{
    if ((uint32_t)c->regs->x[2] != 0)
        return framework_request(s, c);
    return request(s, c, false, NULL);
}

refusal call_direct_req2(struct spmc *s, struct call *c)
{
    const uint64_t *x = c->regs->x;
    const struct partition *p = partition_by_id(s, (uint16_t)x[1]);
    refusal no = NULL;

    if (p != NULL && !is_addressed(p, x, true))
        no = REFUSAL(FFA_INVALID_PARAMETERS, "no such UUID");
    else if (p != NULL && p->endpoint.version < FFA_VERSION_1_2)
        no = REFUSAL(FFA_DENIED, "not in the receiver's version");
    return request(s, c, true, no);
}

/* Why the caller may not answer as it does. */
COLD static refusal response_refusal(const struct call *c, bool extended)
{
    uint16_t sender = (uint16_t)(c->regs->x[1] >> 16);
    uint16_t receiver = (uint16_t)c->regs->x[1];

    if (c->from == NULL)
        return REFUSAL(FFA_INVALID_PARAMETERS, "nobody asked the Normal world");
    if (sender != c->who->id || receiver == sender)
        return REFUSAL(FFA_INVALID_PARAMETERS, "the sender is not the caller");
    if (MODEL_FORBIDS(c, RESPOND) || receiver != c->from->requester ||
        c->from->extended != extended)
        return REFUSAL(FFA_DENIED, "the receiver has not asked so");
    return NULL;
}

/* A requester that is gone gets nothing: whoever ran the context is told that it waits again. */
COLD static refusal respond(struct spmc *s, struct call *c, bool extended)
{
    return then(
        c,
        vcpu_finish(s, c->cpu, c->from,
                    requester_is_gone(c->from) ? WAITS : (struct message){c->regs->x, extended}));
}

refusal call_direct_resp(struct spmc *s, struct call *c)
{
    refusal no = response_refusal(c, false);

    if (no != NULL)
        return no;
    if (has_extended(c->regs->x) && c->who->version >= FFA_VERSION_1_2)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved register is not zero");
    if (((uint32_t)c->regs->x[2] | c->from->response_w2) != 0)
        return framework_response(s, c);
    return respond(s, c, false);
}

refusal call_direct_resp2(struct spmc *s, struct call *c)
{
    refusal no = response_refusal(c, true);

    if (c->from != NULL && (c->regs->x[2] | c->regs->x[3]) != 0)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved register is not zero");
    if (no != NULL)
        return no;
    return respond(s, c, true);
}
