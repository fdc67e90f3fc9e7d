/* SPDX-License-Identifier: BSD-3-Clause */
/* A world whose trace and state are told: what the tests of both share. */
#ifndef TESTS_SUPPORT_TRACE_H
#define TESTS_SUPPORT_TRACE_H

#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define REQ64 FFA_MSG_SEND_DIRECT_REQ_64
#define SELF(partition) (&world_vcpu(&s, partition, 0)->regs)
#define REF(partition) (world_vcpu(&s, partition, 0)->self)

static inline int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    s.logical = true;
    s.trace_is_told = true;
    trace_init();
    return 0;
}

#endif
