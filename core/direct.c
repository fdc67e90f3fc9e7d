/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Direct messages and CPU cycles: who may send, answer, run, wait and yield.
 * Each handler checks first; what follows from the call is vcpu.c's to do.
 */
#include "core/calls.h"
#include "core/mailbox.h"
#include "core/vcpu.h"

#define SECURE(id) (((id)&FFA_ID_SECURE) != 0)
#define MSG_WAIT_RETAIN_RX 1

static vcpu_ref caller_of(const struct call *c)
{
    return c->from != NULL ? vcpu_ref_of(c->from) : NORMAL_WORLD;
}

/*
 * The message in a caller's registers, made fit to hand over where it stands, as the answer will
 * overwrite it: a 32-bit call's upper halves are garbage, and so is EL3's hint.
 */
static inline struct message message_of(struct regs *regs)
{
    bool wide = regs->x[0] & FFA_SMC64;

    regs->x[0] = (uint32_t)regs->x[0] & ~(uint32_t)FFA_SVE_HINT;
    regs->x[1] = (uint32_t)regs->x[1];
    regs->x[2] = 0; /* checked: a partition message */
    if (!wide) {
        regs->x[3] = (uint32_t)regs->x[3];
        regs->x[4] = (uint32_t)regs->x[4];
        regs->x[5] = (uint32_t)regs->x[5];
        regs->x[6] = (uint32_t)regs->x[6];
        regs->x[7] = (uint32_t)regs->x[7];
    }
    return (struct message){regs->x, false};
}

/* The same for the second kind of request and response, which carry x4 to x17. */
static struct message extended_of(struct regs *regs)
{
    regs->x[0] = (uint32_t)regs->x[0] & ~(uint32_t)FFA_SVE_HINT;
    regs->x[1] = (uint32_t)regs->x[1];
    return (struct message){regs->x, true};
}

/* ---- Requests ---- */

/* Whether the claimed sender is the caller: a partition itself, or any id of the Normal world. */
static bool sender_is_caller(const struct call *c, uint16_t sender)
{
    return c->from != NULL ? sender == c->who->id : !SECURE(sender);
}

/* What both kinds of request check, each with the manifest's bits of its own kind. The receiver's
 * vCPU, or NULL. */
static inline struct vcpu *receiver_of(struct call *c, struct partition *p, uint32_t receives,
                                       uint32_t sends, struct next *refusal)
{
    struct vcpu *v = partition_vcpu(c->s, p, c->cpu);

    if (!(p->properties & receives))
        *refusal = refuse(c, FFA_DENIED, "the receiver takes no such requests");
    else if (c->from != NULL && !(vcpu_partition(c->s, c->from)->properties & sends))
        *refusal = refuse(c, FFA_DENIED, "the sender's manifest allows no such requests");
    else if (p->state == PARTITION_ABORTED)
        *refusal = refuse(c, FFA_ABORTED, "the receiver is dead");
    else if (v->state != VCPU_WAITING)
        *refusal = refuse(c, FFA_BUSY, "the receiver is not waiting");
    else
        return v;
    return NULL;
}

struct next call_direct_req(struct call *c)
{
    uint16_t sender = (uint16_t)(c->regs->x[1] >> 16);
    uint16_t receiver = (uint16_t)c->regs->x[1];
    struct partition *p = partition_by_id(c->s, receiver);
    struct next refusal;
    struct vcpu *v;

    if ((uint32_t)c->regs->x[2] != 0)
        return refuse(c, FFA_INVALID_PARAMETERS, "w2 of a partition message is not zero");
    if (!sender_is_caller(c, sender))
        return refuse(c, FFA_INVALID_PARAMETERS, "the sender is not the caller");
    if (p == NULL || sender == receiver)
        return refuse(c, FFA_INVALID_PARAMETERS, "no such receiver");
    v = receiver_of(c, p, FFA_PROPERTY_RECEIVES_REQ, FFA_PROPERTY_SENDS_REQ, &refusal);
    if (v == NULL)
        return refusal;

    v->requester = sender;
    v->extended = false;
    return vcpu_enter(c->s, c->cpu, v, MODEL_DIRECT, caller_of(c), message_of(c->regs));
}

/* x2 and x3 are the 16 bytes of a UUID in order; nil stands for any of the receiver's. */
static bool has_uuid(const struct partition *p, uint64_t low, uint64_t high)
{
    if ((low | high) == 0)
        return true;
    for (unsigned i = 0; i < p->uuid_count; i++) {
        const uint32_t *word = p->uuid[i].word;
        if (low == ((uint64_t)word[1] << 32 | word[0]) &&
            high == ((uint64_t)word[3] << 32 | word[2]))
            return true;
    }
    return false;
}

struct next call_direct_req2(struct call *c)
{
    uint16_t sender = (uint16_t)(c->regs->x[1] >> 16);
    uint16_t receiver = (uint16_t)c->regs->x[1];
    struct partition *p = partition_by_id(c->s, receiver);
    struct next refusal;
    struct vcpu *v;

    if (!sender_is_caller(c, sender))
        return refuse(c, FFA_INVALID_PARAMETERS, "the sender is not the caller");
    if (p == NULL || sender == receiver)
        return refuse(c, FFA_INVALID_PARAMETERS, "no such receiver");
    if (!has_uuid(p, c->regs->x[2], c->regs->x[3]))
        return refuse(c, FFA_INVALID_PARAMETERS, "the receiver does not have this UUID");
    if (p->endpoint.version < FFA_VERSION_1_2)
        return refuse(c, FFA_DENIED, "the receiver's version has no such requests");
    v = receiver_of(c, p, FFA_PROPERTY_RECEIVES_REQ2, FFA_PROPERTY_SENDS_REQ2, &refusal);
    if (v == NULL)
        return refusal;

    v->requester = sender;
    v->extended = true;
    return vcpu_enter(c->s, c->cpu, v, MODEL_DIRECT, caller_of(c), extended_of(c->regs));
}

/* ---- Responses ---- */

/* Why the caller may not answer `receiver`: a status, 0 if it may. */
static inline int response_status(const struct call *c, bool extended, const char **reason)
{
    uint16_t sender = (uint16_t)(c->regs->x[1] >> 16);
    uint16_t receiver = (uint16_t)c->regs->x[1];

    *reason = "nobody asked the Normal world";
    if (c->from == NULL)
        return FFA_INVALID_PARAMETERS;
    *reason = "the sender is not the caller";
    if (sender != c->who->id || receiver == sender)
        return FFA_INVALID_PARAMETERS;
    *reason = "the receiver has not asked, or not in this way";
    if (c->from->model != MODEL_DIRECT || receiver != c->from->requester ||
        c->from->extended != extended)
        return FFA_DENIED;
    return 0;
}

/*
 * The requester of a context that yielded may be gone: then whoever ran the context is told
 * that it waits again, and the response is dropped.
 */
static inline struct next respond(struct call *c, struct message message)
{
    if (c->from->caller == NORMAL_WORLD && SECURE(c->from->requester))
        return vcpu_leave(c->s, c->cpu, c->from, VCPU_WAITING, MESSAGE(FFA_MSG_WAIT));
    return vcpu_leave(c->s, c->cpu, c->from, VCPU_WAITING, message);
}

struct next call_direct_resp(struct call *c)
{
    const char *reason;
    int status = response_status(c, false, &reason);

    if ((uint32_t)c->regs->x[2] != 0)
        return refuse(c, FFA_INVALID_PARAMETERS, "w2 of a partition message is not zero");
    if (status != 0)
        return refuse(c, status, reason);
    return respond(c, message_of(c->regs));
}

struct next call_direct_resp2(struct call *c)
{
    const char *reason;
    int status = response_status(c, true, &reason);

    if ((c->regs->x[2] | c->regs->x[3]) != 0)
        return refuse(c, FFA_INVALID_PARAMETERS, "x2 and x3 of a response are not zero");
    if (status != 0)
        return refuse(c, status, reason);
    return respond(c, extended_of(c->regs));
}

/* ---- Cycles ---- */

struct next call_msg_wait(struct call *c)
{
    uint32_t flags = (uint32_t)c->regs->x[2];
    bool retain = flags == MSG_WAIT_RETAIN_RX && c->who->version >= FFA_VERSION_1_2;

    if (flags != 0 && !retain)
        return refuse(c, FFA_INVALID_PARAMETERS, "a reserved register is not zero");
    if (c->from->model == MODEL_DIRECT)
        return refuse(c, FFA_DENIED, "a direct request waits for its response");

    if (!retain)
        mailbox_release(&c->who->mailbox);
    if (c->from->model == MODEL_INIT)
        return vcpu_started(c->s, c->cpu, c->from);
    return vcpu_leave(c->s, c->cpu, c->from, VCPU_WAITING, MESSAGE(FFA_MSG_WAIT));
}

struct next call_yield(struct call *c)
{
    if (c->from->model == MODEL_INIT)
        return refuse(c, FFA_DENIED, "a start does not yield");

    return vcpu_leave(c->s, c->cpu, c->from, VCPU_BLOCKED,
                      MESSAGE(FFA_YIELD, vcpu_name(c->s, c->from), (uint32_t)c->regs->x[2],
                              (uint32_t)c->regs->x[3]));
}

/* Fresh cycles for an idle context: only the Normal world schedules. */
static struct next run_waiting(struct call *c, struct vcpu *v)
{
    if (c->from != NULL)
        return refuse(c, FFA_DENIED, "a partition cannot schedule an idle one");

    return vcpu_enter(c->s, c->cpu, v, MODEL_RUN, NORMAL_WORLD,
                      MESSAGE(FFA_RUN, vcpu_name(c->s, v)));
}

struct next call_run(struct call *c)
{
    uint16_t index = (uint16_t)c->regs->x[1];
    struct partition *p = partition_by_id(c->s, (uint32_t)c->regs->x[1] >> 16);
    const char *reason = NULL;

    if (p == NULL || index >= p->context_count)
        return refuse(c, FFA_INVALID_PARAMETERS, "no such partition or context");
    if (partition_is_mp(p) && index != c->cpu)
        return refuse(c, FFA_INVALID_PARAMETERS, "the context belongs to another CPU");
    if (c->from != NULL && c->from->model == MODEL_INIT)
        return refuse(c, FFA_DENIED, "a start runs nobody");

    struct vcpu *v = partition_context(c->s, p, index);
    if (v->state == VCPU_WAITING)
        return run_waiting(c, v);
    int status = vcpu_may_resume(c->s, c->cpu, v, caller_of(c), &reason);
    if (status != 0)
        return refuse(c, status, reason);
    return vcpu_resume(c->s, c->cpu, v, caller_of(c));
}

/* Where the other contexts of an MP partition start; the last address given counts. */
struct next call_secondary_ep_register(struct call *c)
{
    struct partition *p = vcpu_partition(c->s, c->from);
    uint64_t entry = c->regs->x[1];

    if (!partition_is_mp(p))
        return refuse(c, FFA_NOT_SUPPORTED, "the partition has one context");
    if (c->from->model != MODEL_INIT)
        return refuse(c, FFA_DENIED, "only a start may choose the entry point");
    if (entry < p->load || entry - p->load >= p->size || entry % 4 != 0)
        return refuse(c, FFA_INVALID_PARAMETERS, "the entry point is outside the partition");
    p->secondary_entry = entry;
    return succeed(c, 0, 0);
}
