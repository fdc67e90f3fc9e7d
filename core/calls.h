/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A call while it is handled, and the ways to answer it. A handler first reads and
 * checks, then commits and cannot fail any more.
 */
#ifndef CORE_CALLS_H
#define CORE_CALLS_H

#include "core/bounded.h"
#include "core/models.h"
#include "core/spmc.h"

/* What is seldom on the way of a message stays out of it. */
#define COLD __attribute__((noinline, cold))

struct call {
    unsigned cpu;
    int32_t work;         /* on memory, in instructions, about, since it last looked up */
    struct vcpu *from;    /* the calling vCPU; NULL for the Normal world */
    struct endpoint *who; /* the calling endpoint */
    struct regs *regs;    /* arguments in, answer out */
    struct next next;     /* what follows: the caller goes on, unless a handler says else */
};

/* Decodes cpu.normal or a vCPU's registers by abi/ffa_calls.def and runs the handler. */
struct next call_dispatch(struct spmc *s, unsigned cpu, struct vcpu *from, struct endpoint *who,
                          struct regs *regs);

/*
 * Why a call is refused: NULL for nothing, else the FF-A status as a character, which may lead to
 * the trace together with the reason that follows it: a partition's author learns why.
 */
typedef const char *refusal;
#define REFUSAL(status, reason) (CHARACTER_##status reason)
#define CHARACTER_FFA_NOT_SUPPORTED "\1"
#define CHARACTER_FFA_INVALID_PARAMETERS "\2"
#define CHARACTER_FFA_NO_MEMORY "\3"
#define CHARACTER_FFA_BUSY "\4"
#define CHARACTER_FFA_DENIED "\6"
#define CHARACTER_FFA_RETRY "\7"
#define CHARACTER_FFA_ABORTED "\10"
#define CHARACTER_FFA_NO_DATA "\11"

static inline int refusal_status(refusal no)
{
    return -no[0];
}

/* Whether the runtime model of the calling vCPU forbids this call, and the refusal that says so. */
#define MODEL_FORBIDS(c, call) is_one_of((c)->from->model, MODELS_WITHOUT_##call)
#define MODEL_CALL(call, init, run, direct, power, interrupt, status, reason) \
    static const refusal MODEL_REFUSAL_##call = CHARACTER_##status reason;
#include "core/models.def"
#undef MODEL_CALL

/*
 * What it refuses is answered with FFA_ERROR, and goes to the trace with the call and the caller.
 * NULL stands for FFA_SUCCESS without values; of what is ANSWERED the handler has set the
 * registers.
 */
typedef refusal call_handler(struct spmc *s, struct call *c);
#define ANSWERED ""

/* FFA_SUCCESS_32 with w2 and w3; the other registers of the answer are zero. */
refusal succeed(struct call *c, uint64_t w2, uint64_t w3);

/* Somebody else goes on. */
static inline refusal then(struct call *c, struct next next)
{
    c->next = next;
    return ANSWERED;
}

/* Writes x0-x7 of an answer or a delivered message; x8-x17 stay the receiver's own. */
void regs_set(struct regs *regs, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);
void regs_error(struct regs *regs, int status);

/* Each a function of its own, or all would be one. */
#define FFA_CALL(name, number, widths, since, features, callers, reserved, handler) \
    call_handler handler __attribute__((noinline));
#include "abi/ffa_calls.def"
#undef FFA_CALL

/* FFA_VERSION for an endpoint: the version that Bulkhead answers, or -1 (FF-A v1.2, 13.2). */
int32_t version_negotiate(struct spmc *s, struct endpoint *who, uint32_t asked);

#endif
