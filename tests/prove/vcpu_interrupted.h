/* SPDX-License-Identifier: BSD-3-Clause */
/* A handler, or work of a restart, ends on CPU 0: who goes on there. */
#ifndef VCPU_INTERRUPTED_H
#define VCPU_INTERRUPTED_H

#define WITH_HANDLERS
#include "vcpu_table.h"

/*
 * What CPU 0 was interrupted in: nothing of a vCPU's, or a chain from context 0 of partition 1 on;
 * and who handles an interrupt of its own next, `PARTITION_MAX` for nobody: of the others none is
 * `attended`, which no invariant speaks of, and nobody else reads.
 */
static void interrupted(unsigned length, unsigned dead, vcpu_ref giver, unsigned next)
{
    vcpu_ref is = length > 0 ? (vcpu_ref)CONTEXT(1) : NORMAL_WORLD;

    ASSUME(s.cpus[cpu].interrupted == is);
    s.cpus[cpu].interrupted = is;
    has_chain(1, length, dead, VCPU_INTERRUPTED, giver);
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        if (i != next)
            s.vcpus[CONTEXT(i)].attended = false;
    if (next == PARTITION_MAX)
        return;
    struct vcpu *v = &s.vcpus[CONTEXT(next)];
    ASSUME(v->state == VCPU_WAITING && v->lines == LINE_IRQ);
    v->state = VCPU_WAITING;
    v->lines = LINE_IRQ;
    v->attended = true;
    s.partitions[next].paid = 0;
}

#define FOR_ANY_INTERRUPTED(transition)                                         \
    for (unsigned length = 0; length < PARTITION_MAX; length++)                 \
        for (unsigned dead = 0; dead < 1U << length; dead++)                    \
            for (vcpu_ref giver = THE_SPMC; giver <= NORMAL_WORLD; giver++)     \
                for (unsigned next = length + 1; next <= PARTITION_MAX; next++) \
                    if (nondet_bool()) {                                        \
                        interrupted(length, dead, giver, next);                 \
                        return transition;                                      \
                    }

#endif
