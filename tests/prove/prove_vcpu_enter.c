/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_enter, by which a direct request, FFA_RUN or a power message gives cycles to a
 *   WAITING vCPU, keeps the invariants of the vCPU table.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, each anywhere in its life.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8
 *   -DINTERRUPT_MAX=4 -DREGION_MAX=1 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_table.h"

static struct next enter(enum entry entry, enum runtime_model model, vcpu_ref caller)
{
    struct vcpu *idle = &s.vcpus[CONTEXT(PARTITION_MAX - 1)];

    ASSUME(idle->state == VCPU_WAITING);
    s.cpus[cpu].entry = entry;
    return vcpu_enter(&s, cpu, idle, model, caller, WAITS);
}

static struct next ask(const struct vcpu *v)
{
    ASSUME(calls(v) && v->model != MODEL_POWER);
    return enter(s.cpus[cpu].entry, MODEL_DIRECT, 0);
}

static struct next transit(void)
{
    if (nondet_bool()) {
        ASSUME(s.cpus[cpu].current == NO_VCPU);
        if (nondet_bool())
            return enter(ENTRY_FRAMEWORK, MODEL_POWER, THE_SPMC);
        return enter(ENTRY_NORMAL_CALL, nondet_bool() ? MODEL_RUN : MODEL_DIRECT, NORMAL_WORLD);
    }
    FOR_ANY_CHAIN(ask(v))
    return (struct next){NEXT_STOP, NULL};
}

int main(void)
{
    any_state(NEXT_RUN);
    check_state(transit());
    return 0;
}
