/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that Linux shares with a partition, or lends to it, by the FF-A driver's own
 * memory operations; and crasher's commands to borrow it and to look at it.
 */
#ifndef SHARING_H
#define SHARING_H

#include <linux/scatterlist.h>

#include "partitions.h"

#define BLOCK_PAGES 512 /* of 2 MiB */

/* How it was sent, as vault and courier take it. */
#define KIND_SHARED 1
#define KIND_LENT 2
#define KIND_DONATED 3

/* Permissions that a borrower asks for. What is shared, it cannot ask to execute or not. */
#define ANY_ACCESS 0
#define NOT_EXECUTED FFA_MEM_NO_EXEC
#define READ_ONLY (FFA_MEM_RO | FFA_MEM_NO_EXEC)
#define READ_WRITE (FFA_MEM_RW | FFA_MEM_NO_EXEC)

#define CLEAN_AFTERWARDS BIT(2) /* flag of a borrower that retrieves, beside FFA_MEM_CLEAR */

/* Borrower, kind and size first; the rest may be zero. */
struct sharing {
	enum demo to;
	unsigned int ranges, pages; /* so many, of so many pages each */
	bool lend;
	bool adjacent; /* the ranges follow each other: else a page lies between */
	unsigned int first; /* page of the memory that begins them */
	u8 access; /* that Linux grants: FFA_MEM_RW unless given */
	u32 flags;
	u64 tag;

	u64 handle;
	void *memory; /* by sharing_new; aligned as far as it is large */
	struct sg_table sg;
};

/* Memory for it, all zero. Fails the test: false. */
bool sharing_new(struct tap *t, struct sharing *s);
void sharing_free(struct sharing *s);

/* Each returns 0, or the driver's errno. */
int sharing_send(struct sharing *s);
int sharing_reclaim(const struct sharing *s, u32 flags);

/* Both of these for a test: memory that is sent, and that is back. */
bool sharing_begin(struct tap *t, struct sharing *s);
void sharing_end(struct tap *t, struct sharing *s);

/* Where page number `page` of all ranges is, for Linux and for partitions. */
void *sharing_page(const struct sharing *s, unsigned int page);
u64 sharing_address(const struct sharing *s, unsigned int page);

/* The first word of each page becomes `first` plus its number; how many are not so. */
void sharing_fill(const struct sharing *s, u64 first);
unsigned int sharing_wrong(const struct sharing *s, u64 first);

/* ---- What crashers do; they need their mailboxes for it ---- */

void crasher_mailbox(struct tap *t, enum demo who, bool map);

struct retrieved {
	s32 status;
	u32 ranges, pages;
	u8 access;
	bool non_secure;
	u32 flags;
};

struct retrieved crasher_retrieve_as(struct tap *t, enum demo who, u64 handle, u16 sender,
				     u8 access, u32 flags, u64 tag);
struct retrieved crasher_retrieve(struct tap *t, const struct sharing *s);
s32 crasher_relinquish(struct tap *t, enum demo who, u64 handle, u32 flags);

/* Finds `want` in its pages, as sharing_fill leaves it, and leaves `put`; or fails the test. */
void crasher_swap(struct tap *t, const struct sharing *s, u64 want, u64 put);

/* ESR, or 0 if it could. `how`: TOUCH_*. */
u64 crasher_touch(struct tap *t, enum demo who, u64 address, u64 how, bool non_secure);

/* A page of a crasher's own. */
u64 crasher_page(struct tap *t, enum demo who);
/* It sends that to another: MEM_SHARE, LEND or DONATE. Its status; the handle. */
s32 crasher_send(struct tap *t, enum demo who, enum demo to, u32 function, u64 page, u8 access,
		 u64 *handle);
s32 crasher_reclaim(struct tap *t, enum demo who, u64 handle);

/* How many transactions are in flight, as Bulkhead says. */
unsigned int transactions_in_flight(struct tap *t);

#endif
