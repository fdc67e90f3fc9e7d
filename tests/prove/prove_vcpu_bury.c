/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_bury, by which a context of a partition that died ends, and who waited goes on,
 *   keeps the invariants of the vCPU table.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, each anywhere in its life.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8
 *   -DINTERRUPT_MAX=4 -DREGION_MAX=1 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_life.h"

static struct next bury(struct vcpu *v)
{
    struct next next = vcpu_bury(&s, cpu, v);

    SHOW(v->state == VCPU_ABORTED && v->model == MODEL_NONE, "who died is ABORTED");
    return next;
}

static struct next transit(void)
{
    FOR_ANY_CHAIN(bury(v))
    return (struct next){NEXT_STOP, NULL};
}

int main(void)
{
    dying = 0;
    any_state(NEXT_RUN);
    struct next next = transit();
    dying = NO_VCPU;
    check_state(next);
    return 0;
}
