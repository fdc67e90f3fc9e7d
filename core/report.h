/* SPDX-License-Identifier: BSD-3-Clause */
/* Post-mortems: what the Secure console is told when a partition dies, or Bulkhead stops. */
#ifndef CORE_REPORT_H
#define CORE_REPORT_H

#include "core/spmc.h"

/*
 * Who died, why, who waits for it, the state of every vCPU and its registers, at once; the trace
 * follows line by line, as this CPU leaves for the Normal world.
 */
void report_death(struct spmc *s, unsigned cpu, const struct vcpu *v, const char *reason);

/* The state of every vCPU, who waits for whom, and the end of each CPU's trace. */
void report_all(const struct spmc *s);

#endif
