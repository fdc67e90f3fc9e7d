/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_start_next, by which the contexts of a CPU start one after the other, and
 *   vcpu_cpu_off keep the invariants of the vCPU table.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, each anywhere in its life.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8
 *   -DINTERRUPT_MAX=4 -DREGION_MAX=1 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#define IS_BOOT
#include "vcpu_life.h"

static struct next transit(void)
{
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        s.boot_order[i] = (uint8_t)i;
    if (nondet_bool()) {
        ASSUME(s.cpus[cpu].entry == ENTRY_FRAMEWORK);
        vcpu_cpu_off(&s, cpu);
        SHOW(!s.cpus[cpu].online, "it is off");
        return vcpu_none(&s, cpu);
    }
    ASSUME(s.cpus[cpu].entry == ENTRY_COLD_INIT || s.cpus[cpu].entry == ENTRY_WARM_INIT);
    /* Those before have started, or have nothing to start here. */
    for (unsigned first = 0; first <= PARTITION_MAX; first++)
        if (nondet_bool()) {
            s.cpus[cpu].starting = (uint8_t)first;
            return vcpu_start_next(&s, cpu);
        }
    return (struct next){NEXT_STOP, NULL};
}

int main(void)
{
    any_state(nondet_bool() ? BETWEEN_START : BETWEEN_ERRANDS);
    check_state(transit());
    return 0;
}
