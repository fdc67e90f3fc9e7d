/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_forget and vcpu_restore, by which a dead partition begins to come back, and
 *   vcpu_put_off, by which that waits, keep the invariants of the vCPU table.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, each anywhere in its life.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8
 *   -DINTERRUPT_MAX=4 -DREGION_MAX=1 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_life.h"

/* As is_free of core/restart.c, and its begin. */
static struct next restore(vcpu_ref giver)
{
    struct partition *p = &s.partitions[PARTITION_MAX - 1];
    struct vcpu *v = &s.vcpus[CONTEXT(PARTITION_MAX - 1)];

    ASSUME(partition_is_dead(p) && v->caller == NO_VCPU);
    for (unsigned i = 0; i < p->context_count; i++) {
        const struct vcpu *c = &s.vcpus[CONTEXT(PARTITION_MAX - 1) + i];
        ASSUME(c->state == VCPU_ABORTED || c->state == VCPU_OFF);
        ASSUME(c->caller < 0 && c->callee < 0 && !is_interrupted((int)c->self));
    }
    if (p->state == PARTITION_ABORTED)
        vcpu_forget(&s, p);
    return vcpu_restore(&s, cpu, v, giver);
}

static struct next restore_or_put_off(struct vcpu *v, unsigned length)
{
    if (length < PARTITION_MAX && nondet_bool()) {
        ASSUME(calls(v) && v->model != MODEL_POWER);
        return restore(0);
    }
    ASSUME(s.partitions[0].state == PARTITION_RESTARTING);
    return vcpu_put_off(&s, cpu, v);
}

static struct next transit(void)
{
    if (nondet_bool()) {
        ASSUME(s.cpus[cpu].current == NO_VCPU);
        if (nondet_bool()) {
            s.cpus[cpu].entry = ENTRY_SECURE_INTERRUPT;
            s.cpus[cpu].interrupted = NORMAL_WORLD;
            return restore(THE_SPMC);
        }
        s.cpus[cpu].entry = ENTRY_NORMAL_CALL;
        return restore(NORMAL_WORLD);
    }
    FOR_ANY_CHAIN(restore_or_put_off(v, length))
    return (struct next){NEXT_STOP, NULL};
}

int main(void)
{
    any_state(NEXT_RUN);
    check_state(transit());
    return 0;
}
