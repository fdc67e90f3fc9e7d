/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_enter, by which a direct request or FFA_RUN gives cycles to a WAITING vCPU, keeps
 *   the invariants of the vCPU table.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, live or dead; no start, restart or handler at the same time.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8 -DINTERRUPT_MAX=4 -DREGION_MAX=1
 *   -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1 -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_state.h"

static void enter(vcpu_ref caller)
{
    enum runtime_model model = nondet_bool() ? MODEL_RUN : MODEL_DIRECT;
    struct vcpu *idle = &s.vcpus[CONTEXT(PARTITION_MAX - 1)];

    ASSUME(idle->state == VCPU_WAITING);
    check_state(vcpu_enter(&s, cpu, idle, model, caller, WAITS));
}

int main(void)
{
    if (nondet_bool()) {
        any_state();
        s.cpus[cpu].current = NO_VCPU;
        s.cpus[cpu].entry = ENTRY_NONE;
        ASSUME(is_sound());
        s.cpus[cpu].entry = ENTRY_NORMAL_CALL;
        enter(NORMAL_WORLD);
        return 0;
    }
    for (unsigned length = 1; length < PARTITION_MAX; length++)
        for (unsigned dead = 0; dead < 1U << length; dead += 2)
            if (nondet_bool()) {
                running_chain(length, dead);
                enter(0);
                return 0;
            }
    return 0;
}
