/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory transactions of the Normal world, and what partitions do with them.
 */
#ifndef BL33_MEMORY_H
#define BL33_MEMORY_H

#include "ffa.h"
#include "mailbox.h"
#include "partitions.h"

/* Memory that the tests give away, far from the payload: from a 2 MiB boundary on. */
#define POOL 0x48000000
#define BLOCK 0x200000
#define BLOCK_PAGES (BLOCK / PAGE_SIZE)

#define SENDING_BORROWERS 8
#define SENDING_RANGES 640

/* What a sender says. */
struct sending {
    uint64_t function; /* FFA_MEM_SHARE_64, ... */
    uint16_t sender;
    uint32_t flags;
    uint64_t tag;
    uint32_t fragment; /* bytes of each part; 0: as they fit in a page */
    unsigned borrowers;
    struct ffa_memory_access borrower[SENDING_BORROWERS]; /* id and permissions */
    unsigned ranges;
    const struct ffa_memory_range *range;
};

/* One range for one borrower, which may write unless it is a donation. */
struct sending memory_sending(uint64_t function, const struct partition *to,
                              const struct ffa_memory_range *range, unsigned ranges);

/* Sends it, in the form of the caller's `version`, with all its fragments: the last answer. */
struct ffa_regs memory_send_as(const struct sending *sending, uint32_t version);
struct ffa_regs memory_send(const struct sending *sending);

/* The same where it must succeed; gives the handle. */
uint64_t memory_sent(const struct sending *sending);
uint64_t memory_handle(struct ffa_regs reply);

struct ffa_regs memory_reclaim(uint64_t handle, uint32_t flags);

/* Word n at the start of page n of these ranges is `first` + n: written, and counted if it is not.
 */
void memory_fill(const struct ffa_memory_range *range, unsigned ranges, uint64_t first);
unsigned memory_wrong(const struct ffa_memory_range *range, unsigned ranges, uint64_t first);

/* ---- By a crasher ---- */

/* Maps its mailbox, and unmaps it. */
bool memory_begin(const struct partition *partition);
void memory_end(const struct partition *partition);

struct retrieved {
    int32_t status;
    uint32_t ranges;
    uint32_t pages;
    uint8_t access;
    bool non_secure;
    uint32_t flags;
};

/* `access` and `flags` are what it asks for. */
struct retrieved memory_retrieve(const struct partition *by, uint64_t handle, uint16_t sender,
                                 uint8_t access, uint32_t flags);
int32_t memory_relinquish(const struct partition *by, uint64_t handle, uint32_t flags);

/* The first word of each page that it retrieved should be `want` + n, and becomes `put` + n. */
void memory_expect_swap(const struct partition *by, uint64_t want, uint64_t put, unsigned pages);

/* TOUCH_*: the ESR, 0 for none. */
uint64_t memory_touch(const struct partition *by, uint64_t address, uint64_t what, bool non_secure);

/* A page of its own, by number. */
uint64_t memory_page_of(const struct partition *partition, unsigned number);

/* It sends pages of its own to up to four borrowers: the status, and the handle. */
struct given {
    int32_t status;
    uint64_t handle;
};
struct given memory_give(const struct partition *by, uint64_t function, uint64_t borrowers,
                         uint64_t address, uint8_t access, uint32_t pages, uint32_t flags);
int32_t memory_reclaim_by(const struct partition *by, uint64_t handle, uint32_t flags);

/* A call of a crasher: x0 to x3, both ways. */
struct ffa_regs memory_call_by(const struct partition *by, uint64_t x0, uint64_t x1, uint64_t x2,
                               uint64_t x3);

#endif
