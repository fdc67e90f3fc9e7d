/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: the first half of vcpu_end, by which a partition dies with all its contexts, keeps the
 *   invariants of the vCPU table for all but the one that runs here, which vcpu_bury ends: no link
 *   leads to who is not there, and other CPUs are told.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, each anywhere in its life.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8
 *   -DINTERRUPT_MAX=4 -DREGION_MAX=1 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_life.h"

int main(void)
{
    struct vcpu *v = &s.vcpus[0];
    const struct vcpu *elsewhere = &s.vcpus[1];

    any_state(NEXT_RUN);
    ASSUME(s.cpus[cpu].current == 0 && s.partitions[0].state != PARTITION_ABORTED);
    s.cpus[cpu].current = 0;
    end_partition(&s, cpu, &s.partitions[0]);
    SHOW(v->state == VCPU_ABORTED && v->enabled == 0, "who died is ABORTED");
    SHOW(elsewhere->state == VCPU_OFF || elsewhere->state == VCPU_ABORTED ||
             (elsewhere->state == VCPU_RUNNING && is_told[elsewhere->cpu]),
         "and its other context, or its CPU is told");
    v->state = VCPU_RUNNING; /* as vcpu_bury may find it */
    dying = 0;
    check_state((struct next){NEXT_RUN, v});
    return 0;
}
