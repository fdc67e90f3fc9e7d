/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: vcpu_end, by which a partition dies with all its contexts, keeps the invariants of the
 *   vCPU table: who waited goes on, and no link leads to who is not there.
 * Bounds: one transition, from any state that keeps the invariants, so any number of them; 2
 *   CPUs, 3 partitions, UP or MP, live or dead; no start, restart or handler at the same time.
 * Options: --unwind 9 --unwindset end_partition.0:3 --max-field-sensitivity-array-size 8
 *   -DINTERRUPT_MAX=4 -DREGION_MAX=1 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1
 */
#include "vcpu_state.h"

struct next vcpu_start_next_of_life(struct spmc *, unsigned);
#define vcpu_start_next vcpu_start_next_of_life /* that does not happen in a proof */
#include "core/life.c"
#undef vcpu_start_next

void interrupt_stop(struct vcpu *v)
{
    v->enabled = 0;
    v->pending = 0;
    v->lines = 0;
}

void timer_reset(struct vcpu *v)
{
}

void device_end(struct spmc *spmc, const struct partition *p)
{
}

void notify_forget(struct spmc *spmc, const struct partition *p)
{
}

void memory_end(struct spmc *spmc, struct partition *p)
{
}

void restart_account(struct spmc *spmc, unsigned on, struct partition *p)
{
}

static bool is_told[CPU_MAX];

void port_sgi_secure(unsigned to)
{
    is_told[to] = true;
}

int main(void)
{
    FOR_ANY_CHAIN({
        struct vcpu *elsewhere = &s.vcpus[1];
        check_state(vcpu_end(&s, cpu, v));
        SHOW(v->state == VCPU_ABORTED, "who died is ABORTED");
        SHOW(elsewhere->state == VCPU_OFF || elsewhere->state == VCPU_ABORTED ||
                 (elsewhere->state == VCPU_RUNNING && is_told[elsewhere->cpu]),
             "and its other context, or its CPU is told");
    })
    return 0;
}
