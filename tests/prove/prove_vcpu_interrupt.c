/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_interrupt and vcpu_interrupt_caller, by which a vCPU handles an interrupt of its
 *   own, above who runs or where it waits for them, and handler_attend, by which one that begins
 *   to wait does, keep the invariants of the vCPU table.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, each anywhere in its life.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8
 *   -DINTERRUPT_MAX=4 -DREGION_MAX=1 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#define WITH_HANDLERS
#include "vcpu_table.h"

/* Somebody idle, or one that waits above who runs, as device_signal and handler_attend choose. */
static struct next interrupt(struct vcpu *running, unsigned length)
{
    struct vcpu *idle = &s.vcpus[CONTEXT(PARTITION_MAX - 1)];
    struct next next = {running->model == MODEL_NONE ? NEXT_AGAIN : NEXT_RUN, running};

    ASSUME(s.partitions[0].state != PARTITION_ABORTED);
    if (length < PARTITION_MAX && nondet_bool()) {
        ASSUME(idle->state == VCPU_WAITING && idle->lines);
        if (nondet_bool())
            return handler_attend(&s, cpu, idle, next);
        ASSUME(running->masked != MASK_ALL);
        return vcpu_interrupt(&s, cpu, running, idle);
    }
    ASSUME(running->masked != MASK_ALL);
    for (unsigned i = 1; i < length; i++) {
        struct vcpu *v = &s.vcpus[CONTEXT(i)];
        if (nondet_bool()) {
            ASSUME(v->state == VCPU_BLOCKED && v->lines && vcpu_is_upstream(&s, v, running));
            return vcpu_interrupt_caller(&s, cpu, running, v);
        }
    }
    return (struct next){NEXT_STOP, NULL};
}

static struct next interrupt_normal(void)
{
    struct vcpu *idle = &s.vcpus[CONTEXT(PARTITION_MAX - 1)];

    ASSUME(s.cpus[cpu].current == NO_VCPU && idle->state == VCPU_WAITING && idle->lines);
    if (nondet_bool()) {
        s.cpus[cpu].entry = ENTRY_NORMAL_CALL;
        return handler_attend(&s, cpu, idle, (struct next){NEXT_REPLY_NORMAL, NULL});
    }
    s.cpus[cpu].entry = ENTRY_SECURE_INTERRUPT;
    if (nondet_bool())
        return handler_attend(&s, cpu, idle, (struct next){NEXT_RESUME_NORMAL, NULL});
    return vcpu_interrupt(&s, cpu, NULL, idle);
}

static struct next transit(void)
{
    if (nondet_bool())
        return interrupt_normal();
    FOR_ANY_CHAIN(interrupt(v, length))
    return (struct next){NEXT_STOP, NULL};
}

int main(void)
{
    any_state(NEXT_RUN);
    check_state(transit());
    return 0;
}
