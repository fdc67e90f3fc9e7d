/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vCPUs, their states, and the chains of who waits for whom. Only vcpu.c writes
 * a vCPU's state, links and deadline.
 */
#ifndef CORE_VCPU_H
#define CORE_VCPU_H

#include "core/spmc.h"

vcpu_ref vcpu_ref_of(const struct spmc *s, const struct vcpu *v);
struct vcpu *vcpu_at(struct spmc *s, vcpu_ref ref);
struct partition *vcpu_partition(struct spmc *s, const struct vcpu *v);

/* id:context as FFA_RUN, FFA_INTERRUPT and FFA_YIELD carry it in w1. */
uint32_t vcpu_name(struct spmc *s, const struct vcpu *v);

/* The partition with this id, not ABSENT; NULL when there is none. */
struct partition *partition_by_id(struct spmc *s, uint32_t id);

/* The context that serves requests made on this CPU: an MP partition's own, a UP partition's only one. */
struct vcpu *partition_vcpu(struct spmc *s, const struct partition *p, unsigned cpu);
bool partition_is_mp(const struct partition *p);

/* Makes vCPU structures for a loaded partition: all OFF. */
void vcpu_create(struct spmc *s, unsigned partition);

/* OFF or WAITING -> RUNNING for `caller`, in a model. The caller, if a vCPU, becomes BLOCKED on it. */
struct next vcpu_enter(struct spmc *s, unsigned cpu, struct vcpu *v, enum runtime_model model,
                       vcpu_ref caller);

/*
 * The running vCPU ends its stay (WAITING) or yields (BLOCKED, no callee): its caller is on again.
 * Returns the registers that carry the answer: the caller's, or the Normal world's.
 */
struct regs *vcpu_leave(struct spmc *s, unsigned cpu, struct vcpu *v, enum vcpu_state to,
                        struct next *next);

/* The running vCPU loses its CPU to the Normal world. Returns the head of its chain, for FFA_RUN. */
struct vcpu *vcpu_preempt(struct spmc *s, unsigned cpu, struct vcpu *v);

/*
 * FFA_RUN of `head`, whose chain the caller owns and may continue here: 0, or the FF-A
 * status that refuses, with a reason. Nothing is changed.
 */
int vcpu_may_resume(struct spmc *s, unsigned cpu, const struct vcpu *head, vcpu_ref caller,
                    const char **reason);

/* Goes on where the chain of `head` stopped. */
struct next vcpu_resume(struct spmc *s, unsigned cpu, struct vcpu *head, vcpu_ref caller);

/* The CPU goes off: its own idle contexts with it. */
void vcpu_cpu_off(struct spmc *s, unsigned cpu);

/* The next context to start on this CPU, in boot order, or INIT_DONE. */
struct next vcpu_start_next(struct spmc *s, unsigned cpu);

/* The partition of the running vCPU dies, for a reason that is printed with its registers. */
struct next vcpu_die(struct spmc *s, unsigned cpu, struct vcpu *v, const char *reason);

/* The running vCPU is to be handled no further, as its partition died on another CPU. */
struct next vcpu_bury(struct spmc *s, unsigned cpu, struct vcpu *v);

#endif
