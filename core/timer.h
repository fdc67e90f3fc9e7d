/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers of partitions. Neither CNTP nor CNTV is banked by world, so a partition's are emulated:
 * kept as numbers, and watched by the alarm of one CPU, the vCPU's home, whether it runs or not.
 */
#ifndef CORE_TIMER_H
#define CORE_TIMER_H

#include "core/vcpu.h"

/* Both timers are off. */
void timer_reset(struct vcpu *v);

/* `v`, which runs on this CPU, is at home here from now on. */
void timer_move(struct spmc *s, unsigned cpu, struct vcpu *v);

/* An access of the running vCPU to a timer register, by its ESR. False: there is no such register.
 */
bool timer_access(struct spmc *s, unsigned cpu, struct vcpu *v, uint64_t esr);

/* A handler of `v` ended: if its partition took too much time, its timers expire later. */
void timer_postpone(struct spmc *s, unsigned cpu, struct vcpu *v);

/* `v`, at home here, waits with interrupts that nobody handles now: a handler is begun as soon as
 * its partition may have one. */
void timer_look(struct spmc *s, unsigned cpu, struct vcpu *v);

/* The alarm of this CPU came while `running`, or the Normal world (NULL), had it. */
struct next timer_expired(struct spmc *s, unsigned cpu, struct vcpu *running);

/* Sets the alarm of this CPU to what it has to watch. */
void timer_rearm(struct spmc *s, unsigned cpu);

/* A CPU went off: another watches in its place. */
void timer_leave_cpu(struct spmc *s, unsigned cpu, unsigned other);

/* A CPU came on: what was left to one that is off, as the last one went, is looked after here. */
void timer_join_cpu(struct spmc *s, unsigned cpu);

#endif
