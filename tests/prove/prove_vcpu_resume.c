/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_resume, where vcpu_may_resume allows it, keeps the invariants of the vCPU table:
 *   no vCPU ever runs on two CPUs, and an MP partition's contexts stay on theirs.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, each anywhere in its life.
 * Options: --unwind 9 --max-field-sensitivity-array-size 8
 *   -DINTERRUPT_MAX=4 -DREGION_MAX=1 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_table.h"

/* Links from the head in partition `first` down, so many; of these number `elsewhere` is context 1
 * of its partition, the others context 0. */
static vcpu_ref link_of(unsigned first, unsigned number, unsigned elsewhere)
{
    return (vcpu_ref)(CONTEXT(first + number) + (number == elsewhere ? 1 : 0));
}

static struct vcpu *has_links(unsigned first, unsigned length, unsigned elsewhere, vcpu_ref giver)
{
    for (unsigned i = 0; i < length; i++) {
        struct vcpu *v = &s.vcpus[link_of(first, i, elsewhere)];
        vcpu_ref down = i + 1 < length ? link_of(first, i + 1, elsewhere) : NO_VCPU;
        vcpu_ref up = i > 0 ? link_of(first, i - 1, elsewhere) : giver;
        ASSUME(v->caller == up && v->callee == down);
        v->caller = up;
        v->callee = down;
    }
    ASSUME(s.cpus[cpu].current == (giver == NORMAL_WORLD ? NO_VCPU : 0));
    if (giver == NORMAL_WORLD)
        s.cpus[cpu].entry = ENTRY_NORMAL_CALL;
    else
        ASSUME(calls(&s.vcpus[0]) && s.vcpus[0].model != MODEL_INIT &&
               s.vcpus[0].model != MODEL_POWER);
    return &s.vcpus[link_of(first, 0, elsewhere)];
}

static const enum vcpu_state tails_that_stand[] = {VCPU_PREEMPTED, VCPU_BLOCKED, VCPU_ABORTED,
                                                   VCPU_OFF};

static void check_refusals(unsigned first, unsigned length, unsigned elsewhere, vcpu_ref giver)
{
    const struct vcpu *head = has_links(first, length, elsewhere, giver);
    enum vcpu_state tail = s.vcpus[link_of(first, length - 1, elsewhere)].state;
    bool stands = false;

    for (unsigned i = 0; i < 4; i++)
        stands |= tail == tails_that_stand[i];
    SHOW(vcpu_may_resume(&s, cpu, head, giver) != NULL || (stands && elsewhere == length),
         "nothing goes on that runs, or is bound to another CPU");
}

/* Those in `dead`, a bit each, died. */
static struct next resume(unsigned first, unsigned length, unsigned dead, enum vcpu_state tail,
                          vcpu_ref giver)
{
    struct vcpu *head = has_links(first, length, length, giver);

    for (unsigned i = 0; i < length; i++) {
        struct vcpu *v = &s.vcpus[CONTEXT(first + i)];
        enum vcpu_state link = dead >> i & 1 ? VCPU_ABORTED : VCPU_BLOCKED;
        enum vcpu_state is = i + 1 == length ? tail : link;
        ASSUME(v->state == is);
        v->state = is;
    }
    ASSUME(vcpu_may_resume(&s, cpu, head, giver) == NULL);
    return vcpu_resume(&s, cpu, head, giver);
}

static struct next any_resume(unsigned first, unsigned length, vcpu_ref giver)
{
    for (unsigned elsewhere = 0; elsewhere <= length; elsewhere++)
        if (nondet_bool()) {
            check_refusals(first, length, elsewhere, giver);
            return (struct next){NEXT_STOP, NULL};
        }
    for (unsigned tail = 0; tail < 4; tail++)
        for (unsigned dead = 0; dead < 1U << (length - 1); dead++)
            if (nondet_bool())
                return resume(first, length, dead, tails_that_stand[tail], giver);
    return (struct next){NEXT_STOP, NULL};
}

static struct next transit(void)
{
    for (unsigned length = 1; length <= PARTITION_MAX; length++) {
        if (nondet_bool())
            return any_resume(0, length, NORMAL_WORLD);
        if (length < PARTITION_MAX && nondet_bool())
            return any_resume(1, length, 0);
    }
    return (struct next){NEXT_STOP, NULL};
}

int main(void)
{
    any_state(NEXT_RUN);
    check_state(transit());
    return 0;
}
