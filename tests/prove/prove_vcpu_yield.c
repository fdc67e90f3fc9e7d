/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_yield keeps the invariants of the vCPU table.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, each anywhere in its life.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8
 *   -DINTERRUPT_MAX=4 -DREGION_MAX=1 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_table.h"

static struct next yield(struct vcpu *v)
{
    ASSUME(calls(v) && (v->model == MODEL_RUN || v->model == MODEL_DIRECT));
    return vcpu_yield(&s, cpu, v, WAITS);
}

static struct next transit(void)
{
    FOR_ANY_CHAIN(yield(v))
    return (struct next){NEXT_STOP, NULL};
}

int main(void)
{
    any_state(NEXT_RUN);
    check_state(transit());
    return 0;
}
