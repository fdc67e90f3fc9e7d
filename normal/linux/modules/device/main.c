// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/bulkhead: a program lists the Secure Partitions, sends them direct
 * messages and notifications, gets theirs, and shares memory with them. The module is a client of
 * the FF-A driver like any other, except that it binds to no partition: so it reaches all of them,
 * also those whose UUID it never heard of or that another driver owns.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/arm_ffa.h>
#include <linux/device/bus.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/rwsem.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "bulkhead.h"
#include "device.h"

static_assert(sizeof(struct bulkhead_partition) == sizeof(struct ffa_partition_info));

/*
 * Held for reading while a call into the FF-A driver is under way. When that
 * driver takes its partitions off the bus, in order to leave, it waits here
 * for the last of them.
 */
static DECLARE_RWSEM(calls);

static int drain_calls(struct notifier_block *nb, unsigned long action, void *dev)
{
	if (action == BUS_NOTIFY_REMOVED_DEVICE) {
		down_write(&calls);
		up_write(&calls);
	}
	return NOTIFY_OK;
}

static struct notifier_block bus_watch = { .notifier_call = drain_calls };

static int has_id(struct device *dev, const void *id)
{
	return to_ffa_dev(dev)->vm_id == *(const u32 *)id;
}

bool with_partition(u32 id, void (*use)(struct ffa_device *partition, void *data), void *data)
{
	struct device *dev;

	down_read(&calls);
	dev = bus_find_device(&ffa_bus_type, NULL, &id, has_id);
	if (dev) {
		use(to_ffa_dev(dev), data);
		put_device(dev);
	}
	up_read(&calls);
	return dev;
}

int ffa_status(int error)
{
	switch (error) {
	case 0:
		return FFA_RET_SUCCESS;
	case -EOPNOTSUPP:
		return FFA_RET_NOT_SUPPORTED;
	case -ENOMEM:
		return FFA_RET_NO_MEMORY;
	case -EBUSY:
		return FFA_RET_BUSY;
	case -EINTR:
		return FFA_RET_INTERRUPTED;
	case -EACCES:
		return FFA_RET_DENIED;
	case -EAGAIN:
		return FFA_RET_RETRY;
	case -ECANCELED:
		return FFA_RET_ABORTED;
	case -ENODATA:
		return FFA_RET_NO_DATA;
	default:
		return FFA_RET_INVALID_PARAMETERS;
	}
}

/*
 * The caller stays on its CPU until the answer: a partition with a context per
 * CPU is resumed, after an interrupt, where it was left.
 */
static void exchange(struct ffa_device *partition, void *argument)
{
	struct bulkhead_message *message = argument;
	struct ffa_send_direct_data data;
	u64 start;
	int error;

	static_assert(sizeof(data) == sizeof(message->word));
	memcpy(&data, message->word, sizeof(data));

	bulkhead_message_begin(partition->vm_id);
	migrate_disable();
	start = ktime_get_ns();
	error = partition->ops->msg_ops->sync_send_receive(partition, &data);
	message->nanoseconds = ktime_get_ns() - start;
	migrate_enable();
	bulkhead_message_end(partition->vm_id);

	memcpy(message->word, &data, sizeof(data));
	message->status = ffa_status(error);
}

static long send(struct bulkhead_message __user *argument)
{
	struct bulkhead_message message;

	if (copy_from_user(&message, argument, sizeof(message)))
		return -EFAULT;
	if (!with_partition(message.partition, exchange, &message))
		return -ENODEV;
	return copy_to_user(argument, &message, sizeof(message)) ? -EFAULT : 0;
}

/* All partitions are those of the nil UUID. Any device of the bus will do to ask the driver. */
static int all_partitions(struct ffa_partition_info *info)
{
	struct device *dev;
	int error = 0;

	down_read(&calls);
	dev = bus_find_next_device(&ffa_bus_type, NULL);
	if (dev) {
		error = to_ffa_dev(dev)->ops->info_ops->partition_info_get(
			"00000000-0000-0000-0000-000000000000", info);
		put_device(dev);
	}
	up_read(&calls);
	return error;
}

/*
 * The driver fills the caller's array without asking how long it is or saying
 * how much it filled: at most its RX buffer, which FF-A limits to 64 KiB, and
 * no partition has the id 0.
 */
static long list(struct bulkhead_list __user *argument)
{
	const u32 most = SZ_64K / sizeof(struct ffa_partition_info);
	struct ffa_partition_info *info;
	struct bulkhead_list list;
	long error;

	if (copy_from_user(&list, argument, sizeof(list)))
		return -EFAULT;
	info = kvcalloc(most, sizeof(*info), GFP_KERNEL);
	if (!info)
		return -ENOMEM;

	error = all_partitions(info);
	for (list.count = 0; list.count < most && info[list.count].id; list.count++)
		;
	if (!error && copy_to_user(u64_to_user_ptr(list.partitions), info,
				   min(list.count, list.capacity) * sizeof(*info)))
		error = -EFAULT;
	if (!error && copy_to_user(argument, &list, sizeof(list)))
		error = -EFAULT;
	kvfree(info);
	return error;
}

static int schedule_one(struct device *dev, void *nothing)
{
	schedule_partition(to_ffa_dev(dev));
	return 0;
}

static void schedule_all(void)
{
	down_read(&calls);
	bus_for_each_dev(&ffa_bus_type, NULL, NULL, schedule_one);
	up_read(&calls);
}

static int bulkhead_open(struct inode *inode, struct file *file)
{
	schedule_all();
	return watch_open(inode, file);
}

static long bulkhead_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	switch (command) {
	case BULKHEAD_LIST:
		return list((void __user *)argument);
	case BULKHEAD_SEND:
		return send((void __user *)argument);
	case BULKHEAD_NOTIFY:
		return notify((void __user *)argument);
	case BULKHEAD_WATCH:
		return watch(file->private_data, (void __user *)argument);
	case BULKHEAD_SEND_MEMORY:
		return memory_send(file, (void __user *)argument);
	case BULKHEAD_RECLAIM_MEMORY:
		return memory_reclaim(file, (void __user *)argument);
	default:
		return -ENOTTY;
	}
}

static int bulkhead_release(struct inode *inode, struct file *file)
{
	memory_release(file);
	return watch_release(inode, file);
}

static const struct file_operations bulkhead_operations = {
	.owner = THIS_MODULE,
	.open = bulkhead_open,
	.release = bulkhead_release,
	.read = watch_read,
	.poll = watch_poll,
	.unlocked_ioctl = bulkhead_ioctl,
};

static struct miscdevice bulkhead_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "bulkhead",
	.fops = &bulkhead_operations,
};

static int __init bulkhead_init(void)
{
	int error;

	schedule_init();
	error = bus_register_notifier(&ffa_bus_type, &bus_watch);
	if (error)
		return error;
	error = misc_register(&bulkhead_device);
	if (error)
		bus_unregister_notifier(&ffa_bus_type, &bus_watch);
	else
		schedule_all();
	return error;
}

static int unschedule_one(struct device *dev, void *nothing)
{
	unschedule_partition(to_ffa_dev(dev));
	return 0;
}

static void __exit bulkhead_exit(void)
{
	misc_deregister(&bulkhead_device);
	memory_exit();
	down_read(&calls);
	bus_for_each_dev(&ffa_bus_type, NULL, NULL, unschedule_one);
	up_read(&calls);
	bus_unregister_notifier(&ffa_bus_type, &bus_watch);
}

module_init(bulkhead_init);
module_exit(bulkhead_exit);
MODULE_DESCRIPTION("Messages and notifications between user space and FF-A Secure Partitions");
MODULE_AUTHOR("Bulkhead");
MODULE_LICENSE("GPL");
