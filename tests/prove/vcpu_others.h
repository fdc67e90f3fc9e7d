/* SPDX-License-Identifier: BSD-3-Clause */
/* The transitions of the vCPU table as they are in core/, and what they ask of others. */
#ifndef VCPU_OTHERS_H
#define VCPU_OTHERS_H

#include "prove.h"

#include "places.h"

#include "core/chain.h"

#ifndef WITH_HANDLERS
#define handler_errand_done errand_done_in_a_proof_of_its_own
#define handler_attend attend_in_a_proof_of_its_own
#endif
#include "core/handler.c"
#undef handler_errand_done
#undef handler_attend
#include "core/vcpu.c"

static struct spmc s;
static uint64_t now;
static const unsigned cpu = 0;
#define VCPUS (PARTITION_MAX * CPU_MAX) /* signed, as a vcpu_ref */
#define CONTEXT(partition) ((partition)*CPU_MAX)

/* ---- What others do ---- */

uint64_t port_now(void)
{
    return now;
}

uint64_t port_ticks_per_ms(void)
{
    return 1000;
}

void timer_move(struct spmc *spmc, unsigned to, struct vcpu *v)
{
    v->home = (uint8_t)to;
}

static void raise_lines(struct vcpu *v)
{
    v->lines = v->pending & v->enabled ? LINE_IRQ : 0;
}

void interrupt_withdraw(struct vcpu *v, unsigned slot)
{
    v->pending &= (uint16_t) ~(1U << slot);
    raise_lines(v);
}

void interrupt_pend(unsigned from, struct vcpu *v, unsigned slot)
{
    v->pending |= (uint16_t)(1U << slot);
    raise_lines(v);
}

uint32_t interrupt_next(struct spmc *spmc, const struct vcpu *v)
{
    return nondet_u32();
}

uint32_t interrupt_take(struct spmc *spmc, struct vcpu *v)
{
    unsigned slot = nondet_u8() % INTERRUPT_MAX;

    interrupt_withdraw(v, slot);
    v->attended = nondet_bool();
    return nondet_u32();
}

uint64_t device_earliest(const struct partition *p)
{
    return p->paid;
}

void device_account(struct spmc *spmc, const struct vcpu *v)
{
}

void timer_postpone(struct spmc *spmc, unsigned on, struct vcpu *v)
{
}

void timer_look(struct spmc *spmc, unsigned on, struct vcpu *v)
{
}

void regs_set(struct regs *regs, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
}

/* Between two transitions CPU 0 runs nobody: the next one chooses who runs. */
enum { BETWEEN_START = NEXTS, BETWEEN_ERRANDS };

#ifndef WITH_STARTS
struct next vcpu_start_next(struct spmc *spmc, unsigned on)
{
    return (struct next){BETWEEN_START, NULL};
}
#endif

#ifdef WITH_HANDLERS
struct next power_answered(struct spmc *spmc, unsigned on, struct message message)
{
    return (struct next){BETWEEN_ERRANDS, NULL};
}
#else
struct next handler_errand_done(struct spmc *spmc, unsigned on, struct message message)
{
    return (struct next){BETWEEN_ERRANDS, NULL};
}

struct next handler_attend(struct spmc *spmc, unsigned on, struct vcpu *v, struct next next)
{
    interrupt_withdraw(v, SLOT_MANAGED_EXIT);
    return next;
}

struct next power_answered(struct spmc *spmc, unsigned on, struct message message);
#endif

#endif
