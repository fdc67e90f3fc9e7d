/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Normal world's RX and TX buffers.
 */
#ifndef BL33_MAILBOX_H
#define BL33_MAILBOX_H

#include <stdint.h>

#include "ffa.h"

#define PAGE_SIZE 4096
#define MAILBOX_PAGES 2
#define MAILBOX_MOST 3 /* the longest description fits */

extern uint8_t mailbox_tx[MAILBOX_MOST * PAGE_SIZE];
extern uint8_t mailbox_rx[MAILBOX_MOST * PAGE_SIZE];

struct ffa_regs mailbox_map_at(uint64_t tx, uint64_t rx, uint64_t pages);
struct ffa_regs mailbox_map(void); /* one page each */
struct ffa_regs mailbox_unmap(void);

/* FFA_PARTITION_INFO_GET; the UUID is four words, all 0 for every partition. */
struct ffa_regs partition_info_get(const struct ffa_uuid *uuid, uint32_t flags);

/* The index-th entry of what partition_info_get left in RX, entries being `size` bytes. */
struct ffa_partition_info partition_info_entry(unsigned index, unsigned size);

#endif
