/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: handler_errand_done, by which what a handler had interrupted goes on after it
 *   died, or after a restart that the SPMC had begun, keeps the invariants of the vCPU table.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, each anywhere in its life.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8
 *   -DINTERRUPT_MAX=4 -DREGION_MAX=1 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_interrupted.h"

static struct next transit(void)
{
    FOR_ANY_INTERRUPTED(handler_errand_done(&s, cpu, WAITS))
    ASSUME(s.cpus[cpu].interrupted == NO_VCPU);
    s.cpus[cpu].interrupted = NO_VCPU;
    return handler_errand_done(&s, cpu, WAITS);
}

int main(void)
{
    any_state(BETWEEN_ERRANDS);
    check_state(transit());
    return 0;
}
