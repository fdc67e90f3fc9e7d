/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: after vcpu_create, the places by which core/vcpu.h finds partitions and contexts are
 *   those of their numbers, and a vCPU is OFF, without links.
 * Bounds: 2 partitions, 2 CPUs.
 * Options: --unwind 5 -DCPU_MAX=2 -DPARTITION_MAX=2 -DVM_MAX=1 -DNOTIFY_VCPU_MAX=1
 */
#include "prove.h"

#include "core/handler.c"
#include "core/vcpu.c"

static struct spmc s;

int main(void)
{
    unsigned number = nondet_u32(), index = nondet_u32();

    ASSUME(number < PARTITION_MAX && index < CPU_MAX);
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        vcpu_create(&s, i);
    struct vcpu *v = &s.vcpus[number * CPU_MAX + index];
    SHOW(partition_context(&s, &s.partitions[number], index) == v, "a context by its place");
    SHOW(vcpu_partition(&s, v) == &s.partitions[number], "a partition by its place");
    SHOW(vcpu_ref_of(v) == (vcpu_ref)(number * CPU_MAX + index) && v->index == index, "its number");
    SHOW(v->state == VCPU_OFF && v->caller == NO_VCPU && v->callee == NO_VCPU, "OFF, no links");
    return 0;
}
