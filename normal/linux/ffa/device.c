/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device of bulkhead.ko: what the kernel says about partitions, and the way
 * of a message to one of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ffa.h"

#define MOST_PARTITIONS 256

static int device(void)
{
    static int descriptor = -1;

    if (descriptor < 0)
        descriptor = open(BULKHEAD_DEVICE, O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
        fail("%s: %s%s", BULKHEAD_DEVICE, strerror(errno),
             errno == ENOENT ? " (is bulkhead.ko loaded?)" : "");
    return descriptor;
}

const struct bulkhead_partition *all_partitions(uint32_t *count)
{
    static struct bulkhead_partition partitions[MOST_PARTITIONS];
    struct bulkhead_list list = {.partitions = (uintptr_t)partitions, .capacity = MOST_PARTITIONS};

    if (ioctl(device(), BULKHEAD_LIST, &list) != 0)
        fail("cannot list the partitions: %s", strerror(errno));
    *count = list.count < MOST_PARTITIONS ? list.count : MOST_PARTITIONS;
    return partitions;
}

int send_message(struct bulkhead_message *message)
{
    if (ioctl(device(), BULKHEAD_SEND, message) != 0)
        fail("cannot send to 0x%04x: %s", message->partition, strerror(errno));
    return message->status;
}

void must_send(struct bulkhead_message *message)
{
    int status = send_message(message);

    if (status != 0)
        fail("0x%04x does not answer: %s", message->partition, status_text(status));
}

void must_notify(uint32_t partition, uint32_t bit)
{
    struct bulkhead_notification n = {.partition = partition, .bit = bit};

    if (ioctl(device(), BULKHEAD_NOTIFY, &n) != 0)
        fail("cannot notify 0x%04x: %s", partition, strerror(errno));
    if (n.status != 0)
        fail("0x%04x does not take notification %u: %s", partition, bit, status_text(n.status));
}

int watch_partition(uint32_t partition, uint64_t bits)
{
    struct bulkhead_watch w = {.partition = partition, .bits = bits};

    if (ioctl(device(), BULKHEAD_WATCH, &w) != 0)
        fail("cannot watch 0x%04x: %s", partition, strerror(errno));
    return w.status;
}

bool next_event(int milliseconds, struct bulkhead_event *event)
{
    struct pollfd poll_device = {.fd = device(), .events = POLLIN};

    if (poll(&poll_device, 1, milliseconds) <= 0)
        return false;
    if (read(device(), event, sizeof(*event)) != sizeof(*event))
        fail("cannot read %s: %s", BULKHEAD_DEVICE, strerror(errno));
    return true;
}

void must_send_memory(struct bulkhead_memory *memory)
{
    if (ioctl(device(), BULKHEAD_SEND_MEMORY, memory) != 0)
        fail("cannot send memory to 0x%04x: %s", memory->partition, strerror(errno));
    if (memory->status != 0)
        fail("0x%04x cannot have the memory: %s", memory->partition, status_text(memory->status));
}

int reclaim_memory(struct bulkhead_memory *memory)
{
    if (ioctl(device(), BULKHEAD_RECLAIM_MEMORY, memory) != 0)
        fail("cannot reclaim 0x%llx: %s", (unsigned long long)memory->handle, strerror(errno));
    return memory->status;
}

void must_reclaim_memory(struct bulkhead_memory *memory)
{
    int status = reclaim_memory(memory);

    if (status != 0)
        fail("cannot reclaim 0x%llx: %s", (unsigned long long)memory->handle, status_text(status));
}
