/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Direct messages. Most of the traffic is of the first kind and in order: the step looks for that
 * before the table of calls, whose rows for it have nothing to check (a test holds them to it).
 * All else goes by the table to direct.c, which knows why not. A call comes by value, so that on
 * the way that everybody takes it never goes through memory.
 */
#ifndef CORE_DIRECT_H
#define CORE_DIRECT_H

#include "core/calls.h"
#include "core/restart.h"
#include "core/vcpu.h"

#define SECURE(id) (((id)&FFA_ID_SECURE) != 0)

HOT vcpu_ref caller_of(struct call c)
{
    return c.from != NULL ? vcpu_ref_of(c.from) : NORMAL_WORLD;
}

/* Whether the claimed sender is the caller: a partition itself, or any id of the Normal world. */
HOT bool sender_is_caller(struct call c, uint16_t sender)
{
    return c.from != NULL ? sender == c.who->id : !SECURE(sender);
}

HOT struct next by_the_table(struct spmc *s, struct call c)
{
    return call_dispatch(s, c.cpu, c.from, c.who, c.regs);
}

HOT bool may_send(struct call c, uint32_t sends)
{
    return c.from == NULL ||
           (!MODEL_FORBIDS(&c, REQUEST) && endpoint_partition(c.who)->properties & sends);
}

/* Whether a request names the receiver: w2 is 0, or x2 and x3 are a UUID, nil for any of its own.
 */
HOT bool is_addressed(const struct partition *p, const uint64_t *x, bool extended)
{
    if (!extended)
        return (uint32_t)x[2] == 0;
    return (x[2] | x[3]) == 0 || partition_has_uuid(p, x[2], x[3]);
}

/* A request of the first kind, or one that is extended. A context that waits is that of a living
 * partition. */
HOT struct next direct_request(struct spmc *s, struct call c, bool extended)
{
    uint16_t sender = (uint16_t)(c.regs->x[1] >> 16);
    uint16_t receiver = (uint16_t)c.regs->x[1];
    struct partition *p = partition_by_id(s, receiver);

    if (p == NULL || sender == receiver || !sender_is_caller(c, sender) ||
        !may_send(c, extended ? FFA_PROPERTY_SENDS_REQ2 : FFA_PROPERTY_SENDS_REQ) ||
        !is_addressed(p, c.regs->x, extended) ||
        (extended && p->endpoint.version < FFA_VERSION_1_2))
        return by_the_table(s, c);
    struct vcpu *v = partition_vcpu(s, p, c.cpu);
    uint32_t receives = extended ? FFA_PROPERTY_RECEIVES_REQ2 : FFA_PROPERTY_RECEIVES_REQ;
    if (!(p->properties & receives) || v->state != VCPU_WAITING)
        return by_the_table(s, c);

    p->calls++;
    v->requester = sender;
    v->extended = extended;
    return vcpu_enter(s, c.cpu, v, MODEL_DIRECT, caller_of(c),
                      (struct message){c.regs->x, extended});
}

/* Whether x8 to x17 hold anything; without branches, as they seldom do. */
HOT bool has_extended(const uint64_t *x)
{
    return (x[8] | x[9] | x[10] | x[11] | x[12] | x[13] | x[14] | x[15] | x[16] | x[17]) != 0;
}

/* The requester of a context that yielded may be gone. */
HOT bool requester_is_gone(const struct vcpu *v)
{
    return v->caller == NORMAL_WORLD && SECURE(v->requester);
}

/* What must be zero in a response. The version is looked at last, as few get that far. */
HOT bool is_clean(struct call c, bool extended)
{
    const uint64_t *x = c.regs->x;

    if (extended)
        return (x[2] | x[3]) == 0;
    return ((uint32_t)x[2] | c.from->response_w2) == 0 &&
           (!has_extended(x) || c.who->version < FFA_VERSION_1_2);
}

HOT struct next direct_response(struct spmc *s, struct call c, bool extended)
{
    uint32_t ends = (uint32_t)c.who->id << 16 | c.from->requester;

    if ((uint32_t)c.regs->x[1] != ends || c.from->model != MODEL_DIRECT ||
        c.from->extended != extended || requester_is_gone(c.from) || !is_clean(c, extended))
        return by_the_table(s, c);
    struct message message = {c.regs->x, extended};
    return extended ? vcpu_finish(s, c.cpu, c.from, message)
                    : vcpu_respond(s, c.cpu, c.from, message);
}

/* What a request asks of the receiver and its context of this CPU, with the manifest's bits of its
 * kind. NULL is Bulkhead itself (stat.c). */
refusal direct_receiver_refusal(struct spmc *s, const struct call *c, const struct partition *p,
                                uint32_t receives, uint32_t sends);

/* With w2: messages of a hypervisor about its VMs, and the responses (framework.c). */
refusal framework_request(struct spmc *s, struct call *c);
refusal framework_response(struct spmc *s, struct call *c);

/* A request to Bulkhead itself, whose caller may ask. */
refusal stat_request(struct spmc *s, struct call *c);

/*
 * Which of a few functions an id is (without EL3's hint), its two forms alike: by its distance from
 * one of them. Whole ids take two instructions each to load, which this keeps the compiler from.
 */
#define DISTANCE(id) (((id) & ~(uint32_t)FFA_SMC64) - FFA_MSG_SEND_DIRECT_REQ_32)
#define DISTANCE_ONCE(id)                  \
    ({                                     \
        uint32_t distance_ = DISTANCE(id); \
        __asm__("" : "+r"(distance_));     \
        distance_;                         \
    })

#endif
