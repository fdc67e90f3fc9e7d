/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a program may ask of /dev/bulkhead: which Secure Partitions there are,
 * and to carry one direct message to one of them and its answer back.
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

#define BULKHEAD_LIST _IOWR('B', 0xF0, struct bulkhead_list)
#define BULKHEAD_SEND _IOWR('B', 0xF1, struct bulkhead_message)

#endif
