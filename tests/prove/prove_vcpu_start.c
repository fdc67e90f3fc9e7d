/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_started, vcpu_start_again and vcpu_start_sibling, by which starts end, and begin
 *   after a restart, for who calls, keep the invariants of the vCPU table; what
 *   was held for one that started is delivered, or refused.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, each anywhere in its life.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8
 *   -DINTERRUPT_MAX=4 -DREGION_MAX=1 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_life.h"

/* As the real one does by what is held. */
struct next restart_deliver(struct spmc *spmc, unsigned on, struct vcpu *v, vcpu_ref giver)
{
    bool nobody = giver == THE_SPMC || (giver >= 0 && s.vcpus[giver].state == VCPU_ABORTED);

    v->caller = giver;
    if (nobody || nondet_bool())
        return vcpu_finish(&s, on, v, WAITS);
    return vcpu_send(&s, on, v, nondet_bool() ? MODEL_DIRECT : MODEL_RUN, giver, WAITS);
}

static struct next start_sibling(struct vcpu *v, vcpu_ref giver)
{
    ASSUME(s.partitions[PARTITION_MAX - 1].state == PARTITION_LIVE);
    ASSUME(v->state == VCPU_OFF && v->caller == NO_VCPU);
    return vcpu_start_sibling(&s, cpu, v, giver);
}

/* What runs ends its start, or begins it after its memory was restored, or calls a sibling. */
static struct next go_on_starting(struct vcpu *v, unsigned length, struct vcpu *sibling)
{
    if (nondet_bool()) {
        ASSUME(calls(v) && v->model == MODEL_INIT);
        return vcpu_started(&s, cpu, v);
    }
    if (length < PARTITION_MAX && nondet_bool()) {
        ASSUME(calls(v) && v->model != MODEL_POWER);
        return start_sibling(sibling, 0);
    }
    ASSUME(s.partitions[0].state == PARTITION_RESTARTING);
    ASSUME(v->caller < 0 || s.vcpus[v->caller].state != VCPU_ABORTED);
    return vcpu_start_again(&s, cpu, v);
}

static struct next transit(void)
{
    struct vcpu *sibling = &s.vcpus[CONTEXT(PARTITION_MAX - 1)];

    if (nondet_bool()) {
        ASSUME(s.cpus[cpu].current == NO_VCPU);
        s.cpus[cpu].entry = ENTRY_NORMAL_CALL;
        return start_sibling(sibling, NORMAL_WORLD);
    }
    FOR_ANY_CHAIN(go_on_starting(v, length, sibling))
    return (struct next){NEXT_STOP, NULL};
}

int main(void)
{
    any_state(NEXT_RUN);
    check_state(transit());
    return 0;
}
