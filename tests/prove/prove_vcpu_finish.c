/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_finish and vcpu_respond, by which a stay ends, keep the invariants of the vCPU
 *   table, over callers that died too.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, live or dead; no start, restart or handler at the same time.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8 -DINTERRUPT_MAX=4 -DREGION_MAX=1
 *   -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1 -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_state.h"

int main(void)
{
    FOR_ANY_CHAIN({
        check_state(nondet_bool() ? vcpu_finish(&s, cpu, v, WAITS)
                                  : vcpu_respond(&s, cpu, v, WAITS));
        SHOW(v->state == VCPU_WAITING && v->caller == NO_VCPU, "its stay is over");
    })
    return 0;
}
