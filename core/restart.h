/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A partition that died comes back, where its manifest says so: its memory is made as it was after
 * loading, a page at a time (NEXT_AGAIN), then it starts.
 */
#ifndef CORE_RESTART_H
#define CORE_RESTART_H

#include "core/calls.h"

/*
 * A direct request of either kind, or the Normal world's FFA_RUN, is refused. If that is because
 * the receiver `v` is dead or has not started again, it starts now and gets the call then; else the
 * refusal stands.
 */
refusal restart_or_refuse(struct spmc *s, struct call *c, struct vcpu *v, refusal no);

/* Something happened while the running vCPU's partition is being restored. */
struct next restart_event(struct spmc *s, unsigned cpu, struct vcpu *v, const struct event *e);

/* `v` ended its start, which `caller` gave the cycles for: it gets what was held for it. */
struct next restart_deliver(struct spmc *s, unsigned cpu, struct vcpu *v, vcpu_ref caller);

/* A partition died on this CPU: one that died too often stays dead. */
void restart_account(struct spmc *s, unsigned cpu, struct partition *p);

/* When this CPU has to look after a partition that comes back at once; NEVER. */
uint64_t restart_alarm(struct spmc *s, unsigned cpu);

/* The alarm of this CPU came. The next vCPU is NULL when nothing is to be done now. */
struct next restart_due(struct spmc *s, unsigned cpu, const struct vcpu *running);

/* A CPU went off: `other` looks after what it had to. */
void restart_leave_cpu(struct spmc *s, unsigned cpu, unsigned other);

#endif
