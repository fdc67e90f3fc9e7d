/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts schedule-receiver interrupts, CPU by CPU. */
#include "sri.h"

#include "cpu.h"
#include "ffa.h"
#include "gic.h"

#define VCPUS_MAX 16

static volatile unsigned counts[CPU_MAX];

void sri_start(void)
{
    gic_disable_private(SRI_INTID);
    counts[cpu_index()] = 0;
    gic_enable_private(SRI_INTID);
}

void sri_stop(void)
{
    gic_disable_private(SRI_INTID);
}

unsigned sri_count(void)
{
    return counts[cpu_index()];
}

void sri_interrupt(void)
{
    counts[cpu_index()]++;
}

void notifications_end(uint16_t id)
{
    for (uint64_t vcpu = 0; vcpu < VCPUS_MAX; vcpu++)
        ffa(FFA_NOTIFICATION_GET, vcpu << 16 | id,
            FFA_NOTIFICATION_FROM_PARTITIONS | FFA_NOTIFICATION_FROM_SPM);
    ffa(FFA_NOTIFICATION_BITMAP_DESTROY, id);
}
