/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_preempt, by which an interrupt of the Normal world takes the CPU, or asks for a
 *   managed exit, and vcpu_go_on, by which who had the CPU keeps it, keep the invariants of the
 *   vCPU table.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, each anywhere in its life.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8
 *   -DINTERRUPT_MAX=4 -DREGION_MAX=1 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_table.h"

static struct next preempt(struct vcpu *v)
{
    ASSUME(s.partitions[0].state != PARTITION_ABORTED);
    if (nondet_bool())
        return vcpu_go_on(&s, cpu, v);
    ASSUME(!v->masked);
    ASSUME(v->model != MODEL_NONE || v->caller != THE_SPMC); /* that is put off */
    return vcpu_preempt(&s, cpu, v);
}

static struct next transit(void)
{
    if (nondet_bool()) {
        ASSUME(s.cpus[cpu].current == NO_VCPU);
        s.cpus[cpu].entry = nondet_bool() ? ENTRY_NORMAL_CALL : ENTRY_SECURE_INTERRUPT;
        return vcpu_go_on(&s, cpu, NULL);
    }
    FOR_ANY_CHAIN(preempt(v))
    return (struct next){NEXT_STOP, NULL};
}

int main(void)
{
    any_state(NEXT_RUN);
    check_state(transit());
    return 0;
}
