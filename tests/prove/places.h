/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * core/vcpu.h finds a partition or a context by its place in struct spmc, as if that were an array
 * of them. CBMC would take that for any byte of the struct; here they are found by their numbers.
 * prove_vcpu_places.c shows that both are the same.
 */
#ifndef PLACES_H
#define PLACES_H

#define vcpu_partition vcpu_partition_by_place
#define partition_context partition_context_by_place
#define partition_vcpu partition_vcpu_by_place
#include "core/vcpu.h"
#undef vcpu_partition
#undef partition_context
#undef partition_vcpu

static inline struct partition *vcpu_partition(struct spmc *s, const struct vcpu *v)
{
    return &s->partitions[v->partition];
}

static inline struct vcpu *partition_context(struct spmc *s, const struct partition *p,
                                             unsigned index)
{
    return &s->vcpus[p->first_vcpu + index];
}

static inline struct vcpu *partition_vcpu(struct spmc *s, const struct partition *p, unsigned cpu)
{
    return partition_context(s, p, partition_is_mp(p) ? cpu : 0);
}

#endif
