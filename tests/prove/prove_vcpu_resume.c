/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_resume, where vcpu_may_resume allows it, keeps the invariants of the vCPU table:
 *   no vCPU ever runs on two CPUs.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, live or dead; chains of up to 2 that go on, for the Normal
 *   world or a vCPU; no start, restart or handler at the same time.
 * Options: --sat-solver minisat2 --unwind 9 --max-field-sensitivity-array-size 8
 *   -DINTERRUPT_MAX=4 -DREGION_MAX=1 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_state.h"

/* A chain that may stand still: its head is context 0 of partition 1, its tail that
 * of the last one. */
static void resume(unsigned length, enum vcpu_state tail, bool head_is_dead, bool by_normal)
{
    vcpu_ref caller = by_normal ? NORMAL_WORLD : 0;
    struct vcpu *head = &s.vcpus[CONTEXT(1)];

    any_state();
    for (unsigned i = 1; i <= length; i++) {
        struct vcpu *v = &s.vcpus[CONTEXT(i)];
        v->callee = i < length ? (vcpu_ref)CONTEXT(i + 1) : NO_VCPU;
        v->caller = i > 1 ? (vcpu_ref)CONTEXT(i - 1) : caller;
        v->state = i == length ? tail : head_is_dead ? VCPU_ABORTED : VCPU_BLOCKED;
    }
    s.cpus[cpu].current = by_normal ? NO_VCPU : 0;
    s.cpus[cpu].entry = by_normal ? ENTRY_NONE : ENTRY_NORMAL_CALL;
    if (!by_normal) {
        s.vcpus[0].state = VCPU_RUNNING;
        s.vcpus[0].callee = NO_VCPU;
        s.vcpus[0].cpu = (uint8_t)cpu;
        s.partitions[0].state = PARTITION_LIVE;
    }
    ASSUME(is_sound());
    s.cpus[cpu].entry = ENTRY_NORMAL_CALL;
    if (vcpu_may_resume(&s, cpu, head, caller) == NULL)
        check_state(vcpu_resume(&s, cpu, head, caller));
}

int main(void)
{
    static const enum vcpu_state tails[] = {VCPU_PREEMPTED, VCPU_BLOCKED, VCPU_ABORTED,
                                            VCPU_RUNNING};

    for (unsigned tail = 0; tail < 4; tail++)
        for (unsigned by_normal = 0; by_normal < 2; by_normal++) {
            if (nondet_bool()) {
                resume(1, tails[tail], false, by_normal);
                return 0;
            }
            for (unsigned head_is_dead = 0; head_is_dead < 2; head_is_dead++)
                if (nondet_bool()) {
                    resume(2, tails[tail], head_is_dead, by_normal);
                    return 0;
                }
        }
    return 0;
}
