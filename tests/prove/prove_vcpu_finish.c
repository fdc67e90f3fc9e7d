/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_finish and vcpu_respond, by which a stay ends, keep the invariants of the vCPU
 *   table, over callers that died too.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, each anywhere in its life.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8
 *   -DINTERRUPT_MAX=4 -DREGION_MAX=1 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_table.h"

static struct next finish(struct vcpu *v)
{
    ASSUME(calls(v) && v->model != MODEL_INIT && v->model != MODEL_INTERRUPT);
    bool responds = nondet_bool();
    ASSUME(!responds || v->model == MODEL_DIRECT);
    struct next next = responds ? vcpu_respond(&s, cpu, v, WAITS) : vcpu_finish(&s, cpu, v, WAITS);
    SHOW(v->state == VCPU_WAITING && v->caller == NO_VCPU, "its stay is over");
    return next;
}

static struct next transit(void)
{
    FOR_ANY_CHAIN(finish(v))
    return (struct next){NEXT_STOP, NULL};
}

int main(void)
{
    any_state(NEXT_RUN);
    check_state(transit());
    return 0;
}
