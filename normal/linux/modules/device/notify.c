// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notifications both ways, by the FF-A driver. Those to a partition take two
 * steps: the bit is set, and the partition is run when the schedule-receiver
 * interrupt says so. Those of partitions wait in the watcher's queue to be read.
 */
#include <linux/kfifo.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "bulkhead.h"
#include "device.h"

#define BITS 64
#define EVENTS 256 /* that wait to be read */

/* ---- The scheduler of partitions ---- */

#define LOCKS 64 /* by the id's last bits: partitions may share one */

/* Messages read, the scheduler writes: see bulkhead.h. */
static struct rw_semaphore locks[LOCKS];

static struct rw_semaphore *lock_of(u16 partition)
{
	return &locks[partition % LOCKS];
}

void bulkhead_message_begin(u16 partition)
{
	down_read(lock_of(partition));
}
EXPORT_SYMBOL_GPL(bulkhead_message_begin);

void bulkhead_message_end(u16 partition)
{
	up_read(lock_of(partition));
}
EXPORT_SYMBOL_GPL(bulkhead_message_end);

void schedule_init(void)
{
	unsigned int i;

	for (i = 0; i < LOCKS; i++)
		init_rwsem(&locks[i]);
}

/* A context that an interrupt stops is resumed on the same CPU, also where that is to go off. */
static int run_own_context(void *partition)
{
	struct ffa_device *dev = partition;
	int error;

	migrate_disable();
	error = dev->ops->cpu_ops->run(dev, raw_smp_processor_id());
	migrate_enable();
	return error;
}

/*
 * A partition with a context on each CPU runs there; one that has a single context
 * is told by FF-A that it has no other, and runs where this is. Busy is as good: it
 * takes its interrupt when it goes on. Runs in a thread of this CPU.
 */
static void run_receiver(u16 vcpu, bool is_per_vcpu, void *partition)
{
	struct ffa_device *dev = partition;

	down_write(lock_of(dev->vm_id));
	if (is_per_vcpu && vcpu != raw_smp_processor_id())
		smp_call_on_cpu(vcpu, run_own_context, dev, false);
	else if (run_own_context(dev) == -EINVAL)
		dev->ops->cpu_ops->run(dev, 0);
	up_write(lock_of(dev->vm_id));
}

/* Linux itself is on the bus, too, and has the driver to look after it. */
void schedule_partition(struct ffa_device *partition)
{
	if (partition->properties & FFA_PARTITION_NOTIFICATION_RECV)
		partition->ops->notifier_ops->sched_recv_cb_register(partition, run_receiver,
								     partition);
}

void unschedule_partition(struct ffa_device *partition)
{
	if (partition->properties & FFA_PARTITION_NOTIFICATION_RECV)
		partition->ops->notifier_ops->sched_recv_cb_unregister(partition);
}

/* ---- To a partition ---- */

static void notify_one(struct ffa_device *partition, void *argument)
{
	struct bulkhead_notification *n = argument;

	n->status =
		ffa_status(partition->ops->notifier_ops->notify_send(partition, n->bit, false, 0));
}

long notify(struct bulkhead_notification __user *argument)
{
	struct bulkhead_notification n;

	if (copy_from_user(&n, argument, sizeof(n)))
		return -EFAULT;
	if (n.bit >= BITS) /* the driver does not look */
		return -EINVAL;
	if (!with_partition(n.partition, notify_one, &n))
		return -ENODEV;
	return copy_to_user(argument, &n, sizeof(n)) ? -EFAULT : 0;
}

/* ---- From partitions ---- */

struct watcher {
	DECLARE_KFIFO(events, struct bulkhead_event, EVENTS);
	u16 lost;
	wait_queue_head_t wait;
};

/*
 * Who watches each bit. The driver may still call back for one that it has
 * relinquished: what it was given stays, and leads to no watcher.
 */
static struct binding {
	struct watcher *watcher;
	u32 partition;
} bindings[BITS];

/* For bindings and queues: a callback comes in a thread, or in an interrupt of any CPU. */
static DEFINE_SPINLOCK(bindings_lock);

static void note(int bit, void *data)
{
	struct binding *b = data;
	struct bulkhead_event event = { .nanoseconds = ktime_get_ns(), .bit = bit };
	struct watcher *w;
	unsigned long flags;

	spin_lock_irqsave(&bindings_lock, flags);
	w = b->watcher;
	if (w) {
		event.partition = b->partition;
		event.lost = w->lost;
		if (kfifo_put(&w->events, event))
			w->lost = 0;
		else if (w->lost < U16_MAX)
			w->lost++;
		wake_up_interruptible(&w->wait);
	}
	spin_unlock_irqrestore(&bindings_lock, flags);
}

static void set_binding(unsigned int bit, struct watcher *watcher, u32 partition)
{
	unsigned long flags;

	spin_lock_irqsave(&bindings_lock, flags);
	bindings[bit] = (struct binding){ watcher, partition };
	spin_unlock_irqrestore(&bindings_lock, flags);
}

struct request {
	struct bulkhead_watch *watch;
	struct watcher *watcher;
};

static void relinquish(struct ffa_device *partition, u64 bits)
{
	for (; bits; bits &= bits - 1) {
		set_binding(__ffs64(bits), NULL, 0);
		partition->ops->notifier_ops->notify_relinquish(partition, __ffs64(bits));
	}
}

static void watch_one(struct ffa_device *partition, void *argument)
{
	struct request *r = argument;
	u64 left = r->watch->bits;
	unsigned int bit;
	int error = 0;

	for (; left && !error; left &= left - 1) {
		bit = __ffs64(left);
		if (bindings[bit].watcher) {
			error = -EACCES;
			break;
		}
		error = partition->ops->notifier_ops->notify_request(partition, false, note,
								     &bindings[bit], bit);
		if (error)
			break;
		set_binding(bit, r->watcher, partition->vm_id);
	}
	if (error)
		relinquish(partition, r->watch->bits & ~left);
	r->watch->status = ffa_status(error);
}

long watch(struct watcher *w, struct bulkhead_watch __user *argument)
{
	static DEFINE_MUTEX(one_at_a_time);
	struct bulkhead_watch request;
	struct request r = { &request, w };
	bool found;

	if (copy_from_user(&request, argument, sizeof(request)))
		return -EFAULT;
	mutex_lock(&one_at_a_time);
	found = with_partition(request.partition, watch_one, &r);
	mutex_unlock(&one_at_a_time);
	if (!found)
		return -ENODEV;
	return copy_to_user(argument, &request, sizeof(request)) ? -EFAULT : 0;
}

int watch_open(struct inode *inode, struct file *file)
{
	struct watcher *w = kzalloc(sizeof(*w), GFP_KERNEL);

	if (!w)
		return -ENOMEM;
	INIT_KFIFO(w->events);
	init_waitqueue_head(&w->wait);
	file->private_data = w;
	return stream_open(inode, file);
}

static void relinquish_one(struct ffa_device *partition, void *bit)
{
	relinquish(partition, BIT_ULL(*(unsigned int *)bit));
}

int watch_release(struct inode *inode, struct file *file)
{
	struct watcher *w = file->private_data;
	unsigned int bit;

	for (bit = 0; bit < BITS; bit++) {
		if (bindings[bit].watcher != w)
			continue;
		if (!with_partition(bindings[bit].partition, relinquish_one, &bit))
			set_binding(bit, NULL, 0);
	}
	kfree(w);
	return 0;
}

static bool take(struct watcher *w, struct bulkhead_event *event)
{
	bool taken;

	spin_lock_irq(&bindings_lock);
	taken = kfifo_get(&w->events, event);
	spin_unlock_irq(&bindings_lock);
	return taken;
}

/* Waits for the first event only. */
ssize_t watch_read(struct file *file, char __user *to, size_t size, loff_t *offset)
{
	struct watcher *w = file->private_data;
	struct bulkhead_event event;
	size_t done;
	int error;

	for (done = 0; size - done >= sizeof(event); done += sizeof(event)) {
		while (!take(w, &event)) {
			if (done)
				return done;
			if (file->f_flags & O_NONBLOCK)
				return -EAGAIN;
			error = wait_event_interruptible(w->wait, !kfifo_is_empty(&w->events));
			if (error)
				return error;
		}
		if (copy_to_user(to + done, &event, sizeof(event)))
			return -EFAULT;
	}
	return done ? done : -EINVAL;
}

__poll_t watch_poll(struct file *file, poll_table *table)
{
	struct watcher *w = file->private_data;

	poll_wait(file, &w->wait, table);
	return kfifo_is_empty(&w->events) ? 0 : EPOLLIN | EPOLLRDNORM;
}
