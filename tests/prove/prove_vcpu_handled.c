/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_handled, by which a handler of a Secure interrupt ends, or gets the next one,
 *   keeps the invariants of the vCPU table: what it interrupted goes on, with its time, or if it
 *   died who waits for it is told.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, each anywhere in its life.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8
 *   -DINTERRUPT_MAX=4 -DREGION_MAX=1 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_interrupted.h"

static struct next handled(void)
{
    struct vcpu *v = &s.vcpus[0];

    ASSUME(s.cpus[cpu].current == 0);
    has_chain(0, 1, 0, VCPU_RUNNING, THE_SPMC);
    ASSUME(calls(v) && v->model == MODEL_INTERRUPT);
    if (v->attended)
        v->attended = nondet_bool();
    return vcpu_handled(&s, cpu, v);
}

static struct next transit(void)
{
    FOR_ANY_INTERRUPTED(handled())
    return (struct next){NEXT_STOP, NULL};
}

int main(void)
{
    any_state(NEXT_RUN);
    check_state(transit());
    return 0;
}
