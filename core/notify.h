/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Notifications (FF-A v1.2, chapter 10). Only notify.c writes their state; notify_info.c what the
 * scheduler was told.
 */
#ifndef CORE_NOTIFY_H
#define CORE_NOTIFY_H

#include "core/calls.h"

/* Framework notifications: a full RX buffer, signalled by the SPMC or for a VM by its hypervisor.
 */
#define NOTIFY_RX_FULL_BY_SPMC (1ULL << 0)
#define NOTIFY_RX_FULL_BY_HYPERVISOR (1ULL << 32)
#define NOTIFY_RX_FULL (NOTIFY_RX_FULL_BY_SPMC | NOTIFY_RX_FULL_BY_HYPERVISOR)

/*
 * Pends a framework notification of `receiver` (a partition, or a VM or the Normal world with a
 * bitmap; nothing happens for one that takes no notifications), and raises the schedule-receiver
 * interrupt on this CPU: at once, or with `delayed` when the CPU next returns to the Normal world.
 */
void notify_framework(struct spmc *s, unsigned cpu, uint16_t receiver, uint64_t bits, bool delayed);

/* Whether a framework notification of `receiver` waits to be fetched by FFA_NOTIFICATION_GET. */
bool notify_framework_waits(struct spmc *s, uint16_t receiver, uint64_t bits);

/* A context starts: it gets the interrupt for what waits for it. */
void notify_start(struct spmc *s, unsigned cpu, struct vcpu *v);

/* Whether the Normal world or a VM has a bitmap. */
bool notify_bitmap_exists(const struct spmc *s);

/* Bits of `r` changed that are global, or its vCPU's: is there news for the scheduler? */
void notify_news(struct spmc *s, struct receiver *r, unsigned vcpu);

/* A partition is gone: what it bound, what was bound to it, and what pends of either. */
void notify_forget(struct spmc *s, const struct partition *p);

#endif
