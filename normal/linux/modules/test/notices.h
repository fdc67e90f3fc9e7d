/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notifications that partitions send to Linux, taken by the FF-A driver: what came,
 * how often, and where.
 */
#ifndef NOTICES_H
#define NOTICES_H

#include "partitions.h"

#define NOTICES 64

/* w2 of FFA_NOTIFICATION_BIND and SET */
#define NOTIFY_PER_VCPU BIT(0)
#define NOTIFY_DELAYED BIT(1)
#define NOTIFY_VCPU(n) (BIT(0) | (u32)(n) << 16)

struct notice {
	atomic_t times;
	unsigned int cpu; /* where the driver told of it last */
};

extern struct notice notices[NOTICES];

/* By the driver, with the count at 0. Each returns 0, or the driver's errno. */
int notice_bind(enum demo from, unsigned int bit, bool per_vcpu);
int notice_unbind(enum demo from, unsigned int bit);

/* Waits until the bit has come so often, or fails the test. It must not come more often. */
void notice_wait(struct tap *t, unsigned int bit, unsigned int times);

/* Has a partition that understands CRASH_SET send bits to Linux; NOTIFY_* are flags. */
void notice_send(struct tap *t, enum demo from, u32 flags, u64 bits);

#endif
