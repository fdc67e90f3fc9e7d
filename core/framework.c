/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Framework messages: a hypervisor tells partitions of its VMs. They are direct requests whose w2
 * is their type, and which ask for a response of a type of its own.
 */
#include "core/direct.h"

/* The type of a request about VMs, and this, is the type of its response. */
#define FRAMEWORK_RESPONSE 1

static bool has_form(const struct regs *regs, uint32_t function)
{
    return ((uint32_t)regs->x[0] & ~(uint32_t)FFA_SVE_HINT) == function;
}

/* The property of a partition that wants to know. */
static uint32_t subscription(uint32_t w2)
{
    switch (w2) {
    case FFA_FRAMEWORK_VM_CREATED:
        return FFA_PROPERTY_VM_CREATED;
    case FFA_FRAMEWORK_VM_DESTROYED:
        return FFA_PROPERTY_VM_DESTROYED;
    default:
        return 0;
    }
}

refusal framework_request(struct spmc *s, struct call *c)
{
    uint32_t w2 = (uint32_t)c->regs->x[2];
    uint32_t wanted = subscription(w2);
    struct partition *p = partition_by_id(s, (uint16_t)c->regs->x[1]);

    if (wanted == 0 || !has_form(c->regs, FFA_MSG_SEND_DIRECT_REQ_32))
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such framework message");
    if (c->from != NULL || (uint32_t)c->regs->x[1] >> 16 != FFA_ID_NORMAL_WORLD)
        return REFUSAL(FFA_INVALID_PARAMETERS, "only the hypervisor tells of VMs");
    if (p == NULL || !(p->properties & wanted))
        return REFUSAL(FFA_INVALID_PARAMETERS, "the receiver is not subscribed");
    struct vcpu *v = partition_vcpu(s, p, c->cpu);
    refusal no = direct_receiver_refusal(s, c, p, wanted, 0);
    if (no != NULL)
        return no;

    p->calls++;
    v->requester = FFA_ID_NORMAL_WORLD;
    v->extended = false;
    v->response_w2 = w2 + FRAMEWORK_RESPONSE;
    return then(c, vcpu_send(s, c->cpu, v, MODEL_DIRECT, NORMAL_WORLD,
                             (struct message){c->regs->x, false}));
}

refusal framework_response(struct spmc *s, struct call *c)
{
    if ((uint32_t)c->regs->x[2] != c->from->response_w2)
        return REFUSAL(FFA_INVALID_PARAMETERS, "w2 is not that of its response");
    if (!has_form(c->regs, FFA_MSG_SEND_DIRECT_RESP_32))
        return REFUSAL(FFA_INVALID_PARAMETERS, "its response is a 32-bit one");

    c->from->response_w2 = 0;
    return then(c, vcpu_finish(s, c->cpu, c->from, (struct message){c->regs->x, false}));
}
