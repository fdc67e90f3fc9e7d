/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a program may ask of /dev/bulkhead: which Secure Partitions there are,
 * to carry one direct message to one of them and its answer back, to send it
 * a notification, to give it those that partitions send, and to share memory with one.
 * Shared by the kernel module and the `ffa` command.
 */
#ifndef BULKHEAD_IOCTL_H
#define BULKHEAD_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define BULKHEAD_DEVICE "/dev/bulkhead"
#define BULKHEAD_WORDS 5

/* A partition as FFA_PARTITION_INFO_GET describes it. */
struct bulkhead_partition {
    __u16 id;
    __u16 contexts;
    __u32 properties;
    __u8 uuid[16];
};

/* The caller offers room for `capacity` partitions; `count` comes back as how many there are, also
 * where that is more. */
struct bulkhead_list {
    __u64 partitions; /* address of an array of struct bulkhead_partition */
    __u32 capacity;
    __u32 count;
};

/*
 * The five payload registers x3 to x7, replaced by the answer's. `status` is 0 or the FF-A status
 * that refused the message; `nanoseconds` is the time from the call into the FF-A driver to its
 * return.
 */
struct bulkhead_message {
    __u32 partition;
    __s32 status;
    __u64 word[BULKHEAD_WORDS];
    __u64 nanoseconds;
};

/* Notification `bit`, 0 to 63, to a partition; `status` as above. */
struct bulkhead_notification {
    __u32 partition;
    __u32 bit;
    __s32 status;
};

/*
 * From now until it is closed, the device's read() gives what this partition sends by `bits`, as
 * many whole struct bulkhead_event as there are and fit. Linux has 64 notifications, each for one
 * partition at a time; `status` as above: DENIED if one is taken, and then none is watched.
 */
struct bulkhead_watch {
    __u64 bits;
    __u32 partition;
    __s32 status;
};

struct bulkhead_event {
    __u64 nanoseconds; /* CLOCK_MONOTONIC */
    __u32 partition;
    __u16 bit;
    __u16 lost; /* how many before this one came while there was no room for them */
};

/*
 * Memory of the kernel's, shared with a partition or lent to it: whole pages, wherever they are
 * free, with a copy of the `size` bytes at `data`, and zeros behind them. Comes back with the
 * handle, the ranges of adjacent pages, the address of the first, and the pages in all; `status` as
 * above.
 *
 * Whoever opened the device reclaims it by its handle, to the first `size` bytes at `data`;
 * `status` is DENIED while the partition has it. What is left when the device is closed is
 * reclaimed then, or with a later call, once the partition has given it up.
 */
#define BULKHEAD_MEMORY_MAX 0x200000
#define BULKHEAD_SHARE 0
#define BULKHEAD_LEND 1

struct bulkhead_memory {
    __u64 data;
    __u64 size; /* up to BULKHEAD_MEMORY_MAX */
    __u64 handle;
    __u64 address;
    __u32 partition;
    __u32 kind; /* BULKHEAD_SHARE or BULKHEAD_LEND */
    __u32 pages;
    __u32 ranges;
    __s32 status;
    __u32 reserved;
};

#define BULKHEAD_LIST _IOWR('B', 0xF0, struct bulkhead_list)
#define BULKHEAD_SEND _IOWR('B', 0xF1, struct bulkhead_message)
#define BULKHEAD_NOTIFY _IOWR('B', 0xF2, struct bulkhead_notification)
#define BULKHEAD_WATCH _IOWR('B', 0xF3, struct bulkhead_watch)
#define BULKHEAD_SEND_MEMORY _IOWR('B', 0xF4, struct bulkhead_memory)
#define BULKHEAD_RECLAIM_MEMORY _IOWR('B', 0xF5, struct bulkhead_memory)

#endif
