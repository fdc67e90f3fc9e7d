// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is shared with partitions or lent to them, by the FF-A driver. It is the
 * kernel's own: a program's data is copied in before it is sent, and out when it is back, so
 * that nobody in Linux touches it meanwhile. Pages that a partition still has are never freed.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device.h"

struct sent {
	struct list_head list;
	const struct file *owner; /* NULL: closed, and not back yet */
	u64 handle;
	u32 partition;
	unsigned int count;
	struct sg_table ranges;
	struct page *pages[] __counted_by(count);
};

static LIST_HEAD(all_sent);
static DEFINE_MUTEX(sent_lock); /* held over calls: what is reclaimed is so once */

static void free_sent(struct sent *s)
{
	unsigned int i;

	sg_free_table(&s->ranges);
	for (i = 0; i < s->count && s->pages[i]; i++)
		__free_page(s->pages[i]);
	kvfree(s);
}

/* So many pages, wherever they are, in as few ranges as they make. */
static struct sent *new_sent(unsigned int count)
{
	struct sent *s = kvzalloc(struct_size(s, pages, count), GFP_KERNEL);
	unsigned int i;

	if (!s)
		return NULL;
	s->count = count;
	for (i = 0; i < count; i++) {
		s->pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!s->pages[i])
			goto failed;
	}
	if (!sg_alloc_table_from_pages(&s->ranges, s->pages, count, 0, (size_t)count << PAGE_SHIFT,
				       GFP_KERNEL))
		return s;
failed:
	free_sent(s);
	return NULL;
}

static long copy_data(struct sent *s, void __user *data, size_t size, bool in)
{
	unsigned int i;
	size_t part;
	void *page;

	for (i = 0; size; i++, data += part, size -= part) {
		part = min(size, PAGE_SIZE);
		page = page_address(s->pages[i]);
		if (in ? copy_from_user(page, data, part) : copy_to_user(data, page, part))
			return -EFAULT;
	}
	return 0;
}

/* ---- Sending ---- */

struct sending {
	struct sent *sent;
	bool lend;
	int error;
};

static void send_one(struct ffa_device *partition, void *argument)
{
	struct sending *sending = argument;
	struct ffa_mem_region_attributes borrower = {
		.receiver = partition->vm_id,
		.attrs = FFA_MEM_RW,
	};
	struct ffa_mem_ops_args args = {
		.use_txbuf = true,
		.attrs = &borrower,
		.nattrs = 1,
		.sg = sending->sent->ranges.sgl,
	};

	sending->error = sending->lend ? partition->ops->mem_ops->memory_lend(&args)
				       : partition->ops->mem_ops->memory_share(&args);
	sending->sent->handle = args.g_handle;
}

static void reclaim_one(struct ffa_device *partition, void *argument)
{
	struct sending *sending = argument;

	sending->error = partition->ops->mem_ops->memory_reclaim(sending->sent->handle, 0);
}

/* -ENODEV: the driver is gone, and cannot be asked. */
static int reclaim(struct sent *s)
{
	struct sending sending = { .sent = s };

	return with_partition(s->partition, reclaim_one, &sending) ? sending.error : -ENODEV;
}

/* What closed devices left, if it can be had by now. */
static void reclaim_orphans(void)
{
	struct sent *s, *next;

	lockdep_assert_held(&sent_lock);
	list_for_each_entry_safe(s, next, &all_sent, list)
	{
		if (s->owner || reclaim(s))
			continue;
		list_del(&s->list);
		free_sent(s);
	}
}

long memory_send(const struct file *owner, struct bulkhead_memory __user *argument)
{
	struct bulkhead_memory m;
	struct sending sending = {};
	long error;

	if (copy_from_user(&m, argument, sizeof(m)))
		return -EFAULT;
	if (!m.size || m.size > BULKHEAD_MEMORY_MAX || m.kind > BULKHEAD_LEND)
		return -EINVAL;
	sending.lend = m.kind == BULKHEAD_LEND;
	sending.sent = new_sent(DIV_ROUND_UP(m.size, PAGE_SIZE));
	if (!sending.sent)
		return -ENOMEM;
	sending.sent->owner = owner;
	sending.sent->partition = m.partition;
	m.pages = sending.sent->count;
	m.ranges = sending.sent->ranges.nents;
	m.address = page_to_phys(sending.sent->pages[0]);

	error = copy_data(sending.sent, u64_to_user_ptr(m.data), m.size, true);
	if (!error) {
		mutex_lock(&sent_lock);
		reclaim_orphans();
		if (!with_partition(m.partition, send_one, &sending))
			error = -ENODEV;
		else if (!sending.error)
			list_add(&sending.sent->list, &all_sent);
		mutex_unlock(&sent_lock);
	}
	m.handle = sending.sent->handle;
	m.status = ffa_status(sending.error);
	if (error || sending.error)
		free_sent(sending.sent);
	if (!error && copy_to_user(argument, &m, sizeof(m)))
		error = -EFAULT; /* it comes back when the device is closed */
	return error;
}

/* ---- Reclaiming ---- */

static struct sent *find(const struct file *owner, u64 handle)
{
	struct sent *s;

	list_for_each_entry(s, &all_sent,
			    list) if (s->owner == owner && s->handle == handle) return s;
	return NULL;
}

/* A handle that Linux does not know is not asked for: the driver would, for anybody's. */
long memory_reclaim(const struct file *owner, struct bulkhead_memory __user *argument)
{
	struct bulkhead_memory m;
	struct sent *s;
	int status = -EINVAL;
	long error = 0;

	if (copy_from_user(&m, argument, sizeof(m)))
		return -EFAULT;
	mutex_lock(&sent_lock);
	s = find(owner, m.handle);
	if (s)
		status = reclaim(s);
	if (!status)
		list_del(&s->list);
	mutex_unlock(&sent_lock);
	if (status == -ENODEV)
		return status;
	m.status = ffa_status(status);
	if (!status) {
		error = copy_data(s, u64_to_user_ptr(m.data),
				  min(m.size, (u64)s->count << PAGE_SHIFT), false);
		free_sent(s);
	}
	if (!error && copy_to_user(argument, &m, sizeof(m)))
		error = -EFAULT;
	return error;
}

void memory_release(const struct file *owner)
{
	struct sent *s;

	mutex_lock(&sent_lock);
	list_for_each_entry(s, &all_sent, list) if (s->owner == owner) s->owner = NULL;
	reclaim_orphans();
	mutex_unlock(&sent_lock);
}

void memory_exit(void)
{
	mutex_lock(&sent_lock);
	reclaim_orphans();
	if (!list_empty(&all_sent))
		pr_warn("partitions keep memory that was shared with them\n");
	mutex_unlock(&sent_lock);
}
