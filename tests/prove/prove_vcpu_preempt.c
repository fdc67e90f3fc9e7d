/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_preempt, by which an interrupt of the Normal world takes the CPU, or asks for a
 *   managed exit, keeps the invariants of the vCPU table.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, live or dead; no start, restart or handler at the same time.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8 -DINTERRUPT_MAX=4 -DREGION_MAX=1
 *   -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1 -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_state.h"

int main(void)
{
    FOR_ANY_CHAIN({
        ASSUME(!v->masked);
        check_state(vcpu_preempt(&s, cpu, v));
    })
    return 0;
}
