/* SPDX-License-Identifier: BSD-3-Clause */
/* core/life.c and what it asks of others: of the vCPU table they change interrupts alone. */
#ifndef VCPU_LIFE_H
#define VCPU_LIFE_H

#ifdef IS_BOOT
#define WITH_STARTS
#endif
#include "vcpu_table.h"

#ifndef IS_BOOT
struct next start_next_in_a_proof_of_its_own(struct spmc *, unsigned);
#define vcpu_start_next start_next_in_a_proof_of_its_own
#endif
#include "core/life.c"
#undef vcpu_start_next

void interrupt_off(struct vcpu *v)
{
    v->enabled = 0;
    v->pending = 0;
    v->lines = 0;
}

void interrupt_stop(struct vcpu *v)
{
    interrupt_off(v);
}

void interrupt_reset(const struct spmc *spmc, struct vcpu *v)
{
    v->pending = 0;
    v->enabled = nondet_u16() % (1U << INTERRUPT_MAX);
    v->lines = 0;
}

void timer_reset(struct vcpu *v)
{
}

void timer_leave_cpu(struct spmc *spmc, unsigned on, unsigned other)
{
}

void device_leave_cpu(struct spmc *spmc, unsigned on, unsigned other)
{
}

void device_abandon(struct spmc *spmc, unsigned on, struct vcpu *v)
{
}

void device_start(struct spmc *spmc, unsigned on, struct vcpu *v)
{
}

void device_end(struct spmc *spmc, struct partition *p)
{
}

/* A notification that came before the start. */
void notify_start(struct spmc *spmc, unsigned on, struct vcpu *v)
{
    if (nondet_bool())
        interrupt_pend(on, v, SLOT_NOTIFICATION);
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

#endif
