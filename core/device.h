/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Physical Secure interrupts of partitions' devices: whose each is, when it is enabled, and who
 * runs when it comes. Only device.c writes this side of struct interrupt and vcpu.in_service.
 *
 * An interrupt is enabled while its partition wants it and has none of it in service: one that
 * came is disabled at the GIC until the partition deactivates it, so a level-triggered one
 * cannot come again before the device was served.
 */
#ifndef CORE_DEVICE_H
#define CORE_DEVICE_H

#include "core/vcpu.h"

/* Makes an interrupt of the manifest the partition's, in slot `slot`. False when there are too
 * many. */
bool device_register(struct spmc *s, struct partition *p, unsigned slot);

/* Whether a PPI is no partition's by Arm's BSA: a timer of S-EL2 or of the Normal world, or what
 * the GIC tells a hypervisor. Of performance monitors a partition may be the owner. */
bool device_is_reserved(uint32_t intid);

/* The partition that has this interrupt, NULL for none. */
const struct partition *device_owner(const struct spmc *s, uint32_t intid);

/* An interrupt came on this CPU, while `running` or the Normal world (NULL) had it. */
struct next device_interrupt(struct spmc *s, unsigned cpu, struct vcpu *running, uint32_t intid);

/*
 * An interrupt was pended for `v`: it gets the CPU if it can use it now; else `running`, or the
 * Normal world, goes on.
 */
struct next device_signal(struct spmc *s, unsigned cpu, struct vcpu *running, struct vcpu *v);

/* Brings the GIC in line with what the partition of `v`, on this CPU, wants of an interrupt. */
void device_update(struct spmc *s, unsigned cpu, struct vcpu *v, unsigned slot);

/* `v` deactivates an interrupt. False when it has none of it in service. */
bool device_deactivate(struct spmc *s, unsigned cpu, struct vcpu *v, unsigned slot);

/*
 * HF_RECONFIGURE_*: an SPI's target CPU (a UP partition's own one alone), security (Secure alone),
 * on or off. False for anything else.
 */
bool device_reconfigure(struct spmc *s, unsigned cpu, struct vcpu *v, unsigned slot,
                        uint32_t command, uint32_t value);

/* The time of a handler that ended counts: it may get half of the time in the long run. */
void device_account(struct spmc *s, const struct vcpu *v);

/* So does an interrupt, or a kick, that its partition sends to a CPU, as a handler without time. */
void device_charge(struct spmc *s, struct partition *p);

/* When the next handler of a partition may begin; in the past, but for those who took too much. */
uint64_t device_earliest(const struct partition *p);

/* The alarm of this CPU came: interrupts whose time has come are enabled again. */
void device_release_held(struct spmc *s, unsigned cpu);

/* When the next interrupt that is held back and routed to this CPU is released; NEVER. */
uint64_t device_alarm(const struct spmc *s, unsigned cpu);

/* A context goes off with an interrupt that it never fetched: the device's may come again. */
void device_abandon(struct spmc *s, unsigned cpu, struct vcpu *v);

/* A partition ends: none of its interrupts comes any more. When it comes back, they are as its
 * manifest has them. */
void device_end(struct spmc *s, struct partition *p);

/* A context starts: SPIs that want its CPU come there, and those that nobody else could serve. */
void device_start(struct spmc *s, unsigned cpu, struct vcpu *v);

/* A CPU goes off, or came: SPIs go to another that is on; a PPI's settings are set again. The boot
 * CPU tells the GIC those of SPIs, too. */
void device_leave_cpu(struct spmc *s, unsigned cpu, unsigned other);
void device_join_cpu(struct spmc *s, unsigned cpu, bool boot);

#endif
