/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of bulkhead.ko: main.c has the device and messages, notify.c the
 * notifications, memory.c what is shared and lent.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <linux/arm_ffa.h>
#include <linux/fs.h>
#include <linux/poll.h>

#include "bulkhead_ioctl.h"

/* Uses the partition with this id while the FF-A driver cannot leave; false: there is none. */
bool with_partition(u32 id, void (*use)(struct ffa_device *partition, void *data), void *data);

/* The driver reports failures as errno: back to the status that FF-A gave. */
int ffa_status(int error);

void schedule_init(void); /* before all else */

/* From now on a partition for which notifications wait is run, so that it takes them. */
void schedule_partition(struct ffa_device *partition);
void unschedule_partition(struct ffa_device *partition);

long notify(struct bulkhead_notification __user *argument);

/* What an open device watches: private_data of the file. */
struct watcher;

long watch(struct watcher *w, struct bulkhead_watch __user *argument);
int watch_open(struct inode *inode, struct file *file);
int watch_release(struct inode *inode, struct file *file);
ssize_t watch_read(struct file *file, char __user *to, size_t size, loff_t *offset);
__poll_t watch_poll(struct file *file, poll_table *table);

/* ---- Memory; `owner` is the open device ---- */

long memory_send(const struct file *owner, struct bulkhead_memory __user *argument);
long memory_reclaim(const struct file *owner, struct bulkhead_memory __user *argument);
void memory_release(const struct file *owner);

/* The module goes: what partitions still have is lost to Linux. */
void memory_exit(void);

#endif
