/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Direct messages, inline: the step tries them before the table of calls, as they are most of
 * the traffic and their rows have nothing to check (a test holds them to it). A call comes by
 * value, so that on the way that everybody takes it never goes through memory.
 */
#ifndef CORE_DIRECT_H
#define CORE_DIRECT_H

#include "core/calls.h"
#include "core/restart.h"
#include "core/vcpu.h"

#define REFUSE(c, status, reason) \
    refuse_call((c).s, (c).cpu, (c).from, (c).who, (c).regs, (struct refusal){status, reason})
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

/* The ways that are taken less often put the call into memory. */
static __attribute__((noinline)) struct next refuse_call(struct spmc *s, unsigned cpu,
                                                         struct vcpu *from, struct endpoint *who,
                                                         struct regs *regs, struct refusal no)
{
    return refuse(&(struct call){s, cpu, from, who, regs}, no.status, no.reason);
}

/* What both kinds of request ask of the receiver and its context, each with the manifest's bits of
 * its own kind. */
HOT struct refusal receiver_refusal(struct call c, const struct partition *p, const struct vcpu *v,
                                    uint32_t receives, uint32_t sends)
{
    if (!(p->properties & receives))
        return (struct refusal){FFA_DENIED, "the receiver takes no such messages"};
    if (c.from != NULL && MODEL_FORBIDS(&c, REQUEST))
        return (struct refusal){FFA_DENIED, model_rules[MODEL_CALL_REQUEST].reason};
    if (c.from != NULL && !(endpoint_partition(c.who)->properties & sends))
        return (struct refusal){FFA_DENIED, "the sender's manifest allows no such messages"};
    if (p->state == PARTITION_ABORTED)
        return (struct refusal){FFA_ABORTED, "the receiver is dead"};
    if (v->state != VCPU_WAITING)
        return (struct refusal){FFA_BUSY, "the receiver is not waiting"};
    return (struct refusal){0, NULL};
}

/* It may be the receiver's death that is in the way (restart.c). */
static __attribute__((noinline)) struct next
direct_request_not_taken(struct spmc *s, unsigned cpu, struct vcpu *from, struct endpoint *who,
                         struct regs *regs, struct vcpu *v, struct refusal no)
{
    const struct call c = {s, cpu, from, who, regs};

    if (no.status == FFA_DENIED)
        return refuse(&c, no.status, no.reason);
    return restart_or_refuse(&c, v, no);
}

/* Framework messages, which are seldom: in framework.c, with the rows of direct messages. */
struct next framework_request(struct spmc *s, unsigned cpu, struct vcpu *from, struct endpoint *who,
                              struct regs *regs);
struct next framework_response(struct spmc *s, unsigned cpu, struct vcpu *from,
                               struct endpoint *who, struct regs *regs);

/* To an id that no partition has: Bulkhead's own (stat.c), or a refusal. */
struct next direct_request_to_nobody(struct spmc *s, unsigned cpu, struct vcpu *from,
                                     struct endpoint *who, struct regs *regs);

/* FFA_MSG_SEND_DIRECT_REQ, 32 and 64 bit. */
HOT struct next direct_request(struct call c)
{
    uint16_t sender = (uint16_t)(c.regs->x[1] >> 16);
    uint16_t receiver = (uint16_t)c.regs->x[1];

    if ((uint32_t)c.regs->x[2] != 0)
        return framework_request(c.s, c.cpu, c.from, c.who, c.regs);
    if (!sender_is_caller(c, sender))
        return REFUSE(c, FFA_INVALID_PARAMETERS, "the sender is not the caller");
    struct partition *p = partition_by_id(c.s, receiver);
    if (p == NULL)
        return direct_request_to_nobody(c.s, c.cpu, c.from, c.who, c.regs);
    if (sender == receiver)
        return REFUSE(c, FFA_INVALID_PARAMETERS, "no such receiver");
    struct vcpu *v = partition_vcpu(c.s, p, c.cpu);
    struct refusal no =
        receiver_refusal(c, p, v, FFA_PROPERTY_RECEIVES_REQ, FFA_PROPERTY_SENDS_REQ);
    if (no.status != 0)
        return direct_request_not_taken(c.s, c.cpu, c.from, c.who, c.regs, v, no);

    p->calls++;
    v->requester = sender;
    v->extended = false;
    return vcpu_enter(c.s, c.cpu, v, MODEL_DIRECT, caller_of(c),
                      (struct message){c.regs->x, false});
}

/* Why the calling partition may not answer as it does. */
HOT struct refusal response_refusal(struct call c, bool extended)
{
    uint16_t sender = (uint16_t)(c.regs->x[1] >> 16);
    uint16_t receiver = (uint16_t)c.regs->x[1];

    if (sender != c.who->id || receiver == sender)
        return (struct refusal){FFA_INVALID_PARAMETERS, "the sender is not the caller"};
    if (MODEL_FORBIDS(&c, RESPOND) || receiver != c.from->requester || c.from->extended != extended)
        return (struct refusal){FFA_DENIED, "the receiver has not asked so"};
    return (struct refusal){0, NULL};
}

/* Whether x8 to x17 hold anything; without branches, as they seldom do. */
HOT bool has_extended(const uint64_t *x)
{
    return (x[8] | x[9] | x[10] | x[11] | x[12] | x[13] | x[14] | x[15] | x[16] | x[17]) != 0;
}

/*
 * FFA_MSG_SEND_DIRECT_RESP, 32 and 64 bit: the questions; respond() does the rest of both kinds.
 * The version is looked at last, as few get that far.
 */
HOT struct refusal direct_response(struct call c)
{
    struct refusal no = response_refusal(c, false);

    if (no.status == 0 && has_extended(c.regs->x) && c.who->version >= FFA_VERSION_1_2)
        return (struct refusal){FFA_INVALID_PARAMETERS, "x8 to x17 of a response are not zero"};
    return no;
}

/* ---- The second kind, from version 1.2 on: x4 to x17, and a UUID of the receiver ---- */

/* x2 and x3 are a UUID; nil stands for any of the receiver's. */
HOT bool is_addressed(const struct partition *p, const uint64_t *x)
{
    return (x[2] | x[3]) == 0 || partition_has_uuid(p, x[2], x[3]);
}

HOT struct next direct_request2(struct call c)
{
    uint16_t sender = (uint16_t)(c.regs->x[1] >> 16);
    uint16_t receiver = (uint16_t)c.regs->x[1];

    if (!sender_is_caller(c, sender))
        return REFUSE(c, FFA_INVALID_PARAMETERS, "the sender is not the caller");
    struct partition *p = partition_by_id(c.s, receiver);
    if (p == NULL)
        return direct_request_to_nobody(c.s, c.cpu, c.from, c.who, c.regs);
    if (sender == receiver)
        return REFUSE(c, FFA_INVALID_PARAMETERS, "no such receiver");
    if (!is_addressed(p, c.regs->x))
        return REFUSE(c, FFA_INVALID_PARAMETERS, "the receiver does not have this UUID");
    if (p->endpoint.version < FFA_VERSION_1_2)
        return REFUSE(c, FFA_DENIED, "the receiver's version has no such requests");
    struct vcpu *v = partition_vcpu(c.s, p, c.cpu);
    struct refusal no =
        receiver_refusal(c, p, v, FFA_PROPERTY_RECEIVES_REQ2, FFA_PROPERTY_SENDS_REQ2);
    if (no.status != 0)
        return direct_request_not_taken(c.s, c.cpu, c.from, c.who, c.regs, v, no);

    p->calls++;
    v->requester = sender;
    v->extended = true;
    return vcpu_enter(c.s, c.cpu, v, MODEL_DIRECT, caller_of(c), (struct message){c.regs->x, true});
}

HOT struct refusal direct_response2(struct call c)
{
    if ((c.regs->x[2] | c.regs->x[3]) != 0)
        return (struct refusal){FFA_INVALID_PARAMETERS, "x2 and x3 of a response are not zero"};
    return response_refusal(c, true);
}

/*
 * The requester of a context that yielded may be gone: then whoever ran the context is told
 * that it waits again, and the response is dropped.
 */
HOT struct next respond(struct call c, bool extended)
{
    struct message message = {c.regs->x, extended};
    struct refusal no = extended ? direct_response2(c) : direct_response(c);

    if (no.status != 0)
        return REFUSE(c, no.status, no.reason);
    if (!extended && ((uint32_t)c.regs->x[2] | c.from->response_w2) != 0)
        return framework_response(c.s, c.cpu, c.from, c.who, c.regs);
    if (c.from->caller == NORMAL_WORLD && SECURE(c.from->requester))
        message = WAITS;
    return vcpu_respond(c.s, c.cpu, c.from, message);
}

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
