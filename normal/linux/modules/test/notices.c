// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts notifications. The driver calls back in a thread of the CPU that took
 * the schedule-receiver interrupt, or, for one of a vCPU, in an interrupt of its CPU.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>

#include "notices.h"

#define PATIENCE (10 * HZ)

struct notice notices[NOTICES];

static void count(int bit, void *data)
{
	struct notice *n = data;

	WRITE_ONCE(n->cpu, raw_smp_processor_id());
	atomic_inc(&n->times);
}

int notice_bind(enum demo from, unsigned int bit, bool per_vcpu)
{
	struct ffa_device *device = demo[from].device;

	if (!device)
		return -ENODEV;
	atomic_set(&notices[bit].times, 0);
	return device->ops->notifier_ops->notify_request(device, per_vcpu, count, &notices[bit],
							 bit);
}

int notice_unbind(enum demo from, unsigned int bit)
{
	struct ffa_device *device = demo[from].device;

	return device ? device->ops->notifier_ops->notify_relinquish(device, bit) : -ENODEV;
}

void notice_wait(struct tap *t, unsigned int bit, unsigned int times)
{
	unsigned long deadline = jiffies + PATIENCE;
	unsigned int came;

	while ((came = atomic_read(&notices[bit].times)) < times && time_before(jiffies, deadline))
		usleep_range(50, 100);
	if (came != times)
		tap_fail(t, "CPU %u: notification %u came %u times, not %u", raw_smp_processor_id(),
			 bit, came, times);
}

void notice_send(struct tap *t, enum demo from, u32 flags, u64 bits)
{
	struct words answer = demo_ask(t, from, CRASH_SET, 0, flags, bits);

	if (answer.x3 != DEMO_SILENT && (s32)answer.x4 != 0)
		tap_fail(t, "%s, flags %#x, bits %#llx: it got %d", demo[from].name, flags, bits,
			 (s32)answer.x4);
}
