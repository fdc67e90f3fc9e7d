/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Virtual interrupts of vCPUs: what is enabled, what is pending, which lines that raises; and
 * the calls by which a partition handles them, as existing partitions know them (meaning as in
 * Hafnium's public headers). Only interrupt.c writes these fields.
 */
#ifndef CORE_INTERRUPT_H
#define CORE_INTERRUPT_H

#include "core/calls.h"

/* Slots of every partition's list of interrupts; its devices' follow. */
enum {
    SLOT_TIMER,
    SLOT_MANAGED_EXIT,
    SLOT_NOTIFICATION,
    SLOT_DEVICES,
};

/* A partition's list begins with the SPMC's own three. */
void interrupt_create(struct partition *p);

/* Nothing is pending; enabled is what needs no call: managed exit and notification pending. */
void interrupt_reset(const struct spmc *s, struct vcpu *v);

/* An interrupt waits for this vCPU, which is kicked if it runs on another CPU than `cpu` and does
 * not see one there yet. */
void interrupt_pend(unsigned cpu, struct vcpu *v, unsigned slot);

/* It waits no more, though the partition has not asked for it. */
void interrupt_withdraw(struct vcpu *v, unsigned slot);

/* The slot of an interrupt's number in a partition's list; INTERRUPT_MAX when it has none such. */
unsigned interrupt_slot(const struct partition *p, uint32_t intid);

/* The number of the interrupt that the vCPU would get next: one of its lines is raised. */
uint32_t interrupt_next(struct spmc *s, const struct vcpu *v);

/* The same, and it is given to the vCPU: it waits no more. HF_INVALID_INTID when none does. */
uint32_t interrupt_take(struct spmc *s, struct vcpu *v);

/* Nothing is enabled or pending any more: the context is off; or it ended, and serves nothing. */
void interrupt_off(struct vcpu *v);
void interrupt_stop(struct vcpu *v);

/* Whether a function id is a hypercall on interrupts, and the hypercall. */
bool interrupt_is_hypercall(uint32_t function);
refusal interrupt_hypercall(struct spmc *s, struct call *c, uint32_t function);

#endif
