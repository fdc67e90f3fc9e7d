/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Steps of chains that vcpu.c and handler.c share, and nobody else: how one goes on, stops, or gets
 * its cycles back.
 */
#ifndef CORE_CHAIN_H
#define CORE_CHAIN_H

#include "core/vcpu.h"

/* What who waited for a dead vCPU gets. */
extern const uint64_t chain_aborted[8];
#define ABORTED ((struct message){chain_aborted, false})

/* `v` has the CPU, with the registers that it has. */
struct next chain_run(struct spmc *s, unsigned cpu, struct vcpu *v);

/* The same after an interruption: its memory is restored, if that had begun. */
struct next chain_go_on(struct spmc *s, unsigned cpu, struct vcpu *v);

/*
 * A living vCPU, or the Normal world (`caller` below 0), gets its cycles back, with a message;
 * whose callee died has its time anew.
 */
struct next chain_hand_back(struct spmc *s, unsigned cpu, vcpu_ref caller, struct message message);

/* From a dead link of a chain up to one that lives, or to who is behind the head; all that it
 * passes are links no more. */
vcpu_ref chain_pass_over_dead(struct spmc *s, vcpu_ref link);

/*
 * The chain below `v` stops where its `tail` is; gives `v`, who is told so by FFA_INTERRUPT with
 * `intid`, and whose FFA_RUN of its callee goes on there.
 */
struct vcpu *chain_cut(struct spmc *s, struct vcpu *tail, struct vcpu *v, uint32_t intid);

/* A stay is over; gives who had given the cycles for it. */
HOT vcpu_ref chain_end_stay(struct vcpu *v)
{
    vcpu_ref caller = v->caller;

    v->state = VCPU_WAITING;
    v->model = MODEL_NONE;
    v->caller = NO_VCPU;
    return caller;
}

/* After `next` was decided, `v` began to wait: its own interrupts that are pending are handled
 * first, or later. */
struct next handler_attend(struct spmc *s, unsigned cpu, struct vcpu *v, struct next next);

/* What the SPMC itself gave cycles for is over: a handler, or a power message. */
struct next handler_errand_done(struct spmc *s, unsigned cpu, struct message message);

#endif
