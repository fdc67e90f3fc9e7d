/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two buffers, mapped by the tests that need them and unmapped after each test.
 */
#include "mailbox.h"

uint8_t mailbox_tx[MAILBOX_MOST * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
uint8_t mailbox_rx[MAILBOX_MOST * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

struct ffa_regs mailbox_map_at(uint64_t tx, uint64_t rx, uint64_t pages)
{
    return ffa(FFA_RXTX_MAP_64, tx, rx, pages);
}

struct ffa_regs mailbox_map(void)
{
    return mailbox_map_at((uint64_t)mailbox_tx, (uint64_t)mailbox_rx, 1);
}

struct ffa_regs mailbox_unmap(void)
{
    return ffa(FFA_RXTX_UNMAP);
}

struct ffa_regs partition_info_get(const struct ffa_uuid *uuid, uint32_t flags)
{
    return ffa(FFA_PARTITION_INFO_GET, uuid->word[0], uuid->word[1], uuid->word[2], uuid->word[3],
               flags);
}

struct ffa_partition_info partition_info_entry(unsigned index, unsigned size)
{
    struct ffa_partition_info entry = {0};

    __builtin_memcpy(&entry, mailbox_rx + index * size, size);
    return entry;
}
