// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scatterlists of pages whose ranges are as a test wants them, and what crashers are
 * asked about them.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "sharing.h"
#include "smc.h"
#include "stat.h"

/* ---- Linux's side ---- */

static unsigned int stride(const struct sharing *s)
{
	return s->pages + !s->adjacent;
}

static size_t bytes(const struct sharing *s)
{
	return (size_t)(s->first + s->ranges * stride(s)) << PAGE_SHIFT;
}

void *sharing_page(const struct sharing *s, unsigned int page)
{
	unsigned int at = s->first + page / s->pages * stride(s) + page % s->pages;

	return s->memory + ((size_t)at << PAGE_SHIFT);
}

u64 sharing_address(const struct sharing *s, unsigned int page)
{
	return virt_to_phys(sharing_page(s, page));
}

bool sharing_new(struct tap *t, struct sharing *s)
{
	struct scatterlist *sg;
	unsigned int i;

	s->memory = alloc_pages_exact(bytes(s), GFP_KERNEL | __GFP_ZERO);
	if (!s->memory || sg_alloc_table(&s->sg, s->ranges, GFP_KERNEL)) {
		tap_fail(t, "no memory");
		return false;
	}
	for_each_sg(s->sg.sgl, sg, s->ranges, i) sg_set_page(
		sg, virt_to_page(sharing_page(s, i * s->pages)), s->pages << PAGE_SHIFT, 0);
	return true;
}

void sharing_free(struct sharing *s)
{
	sg_free_table(&s->sg);
	free_pages_exact(s->memory, bytes(s));
	s->memory = NULL;
}

int sharing_send(struct sharing *s)
{
	struct ffa_device *device = demo[s->to].device;
	struct ffa_mem_region_attributes borrower = {
		.receiver = device->vm_id,
		.attrs = s->access ?: FFA_MEM_RW,
	};
	struct ffa_mem_ops_args args = {
		.use_txbuf = true,
		.flags = s->flags,
		.tag = s->tag,
		.attrs = &borrower,
		.nattrs = 1,
		.sg = s->sg.sgl,
	};
	int error = s->lend ? device->ops->mem_ops->memory_lend(&args)
			    : device->ops->mem_ops->memory_share(&args);

	s->handle = args.g_handle;
	return error;
}

int sharing_reclaim(const struct sharing *s, u32 flags)
{
	return demo[s->to].device->ops->mem_ops->memory_reclaim(s->handle, flags);
}

bool sharing_begin(struct tap *t, struct sharing *s)
{
	int error;

	if (!sharing_new(t, s))
		return false;
	error = sharing_send(s);
	if (error) {
		tap_fail(t, "%u ranges of %u pages for %s: %pe", s->ranges, s->pages,
			 demo[s->to].name, ERR_PTR(error));
		sharing_free(s);
	}
	return !error;
}

/* Pages that a partition still has are not for others. */
void sharing_end(struct tap *t, struct sharing *s)
{
	int error = sharing_reclaim(s, 0);

	require(t, !error, "reclaim from %s: %pe", demo[s->to].name, ERR_PTR(error));
	sharing_free(s);
}

void sharing_fill(const struct sharing *s, u64 first)
{
	unsigned int i;

	for (i = 0; i < s->ranges * s->pages; i++)
		WRITE_ONCE(*(u64 *)sharing_page(s, i), first + i);
}

unsigned int sharing_wrong(const struct sharing *s, u64 first)
{
	unsigned int wrong = 0, i;

	for (i = 0; i < s->ranges * s->pages; i++)
		wrong += READ_ONCE(*(u64 *)sharing_page(s, i)) != first + i;
	return wrong;
}

/* ---- Crashers ---- */

static struct words ask(struct tap *t, enum demo who, struct words words)
{
	u64 command = words.x3;

	words = demo_ask_words(t, who, words);
	if (words.x3 != DEMO_OK && words.x3 != DEMO_SILENT)
		tap_fail(t, "%s, command %llu: status %llu", demo[who].name, command, words.x3);
	return words;
}

static struct words call_by(struct tap *t, enum demo who, u64 x0, u64 x1, u64 x2, u64 x3)
{
	return ask(t, who, (struct words){ CRASH_CALL, x0, x1, x2, x3 });
}

static s32 status_of(struct words called)
{
	return called.x4 == FFA_ERROR ? (s32)called.x6 : FFA_RET_SUCCESS;
}

void crasher_mailbox(struct tap *t, enum demo who, bool map)
{
	struct words pages = ask(t, who, (struct words){ CRASH_MAILBOX });
	struct words called = map ? call_by(t, who, FFA_FN64_RXTX_MAP, pages.x4, pages.x5, 1)
				  : call_by(t, who, FFA_RXTX_UNMAP, 0, 0, 0);

	require(t, !status_of(called), "%s, its mailbox: %d", demo[who].name, status_of(called));
}

struct retrieved crasher_retrieve_as(struct tap *t, enum demo who, u64 handle, u16 sender,
				     u8 access, u32 flags, u64 tag)
{
	struct words got =
		ask(t, who,
		    (struct words){ CRASH_RETRIEVE, handle,
				    (u64)flags << 32 | (u64)access << 16 | sender, tag });

	return (struct retrieved){
		.status = (s32)got.x4,
		.ranges = (u32)got.x5,
		.pages = got.x5 >> 32,
		.access = (u8)got.x6,
		.non_secure = got.x6 & 0x100,
		.flags = got.x6 >> 32,
	};
}

struct retrieved crasher_retrieve(struct tap *t, const struct sharing *s)
{
	return crasher_retrieve_as(t, s->to, s->handle, 0, s->lend ? NOT_EXECUTED : ANY_ACCESS, 0,
				   s->tag);
}

s32 crasher_relinquish(struct tap *t, enum demo who, u64 handle, u32 flags)
{
	return (s32)ask(t, who, (struct words){ CRASH_RELINQUISH, handle, flags }).x4;
}

void crasher_swap(struct tap *t, const struct sharing *s, u64 want, u64 put)
{
	struct words got = ask(t, s->to, (struct words){ CRASH_SWAP, want, put });

	require(t, got.x6 == s->ranges * s->pages, "%s went through %llu pages", demo[s->to].name,
		got.x6);
	require(t, !got.x5, "%s faulted: ESR %#llx", demo[s->to].name, got.x5);
	require(t, !got.x4, "%llu pages do not hold what they should", got.x4);
}

u64 crasher_touch(struct tap *t, enum demo who, u64 address, u64 how, bool non_secure)
{
	return ask(t, who, (struct words){ CRASH_TOUCH, address, how, 0xbad, non_secure }).x4;
}

u64 crasher_page(struct tap *t, enum demo who)
{
	return ask(t, who, (struct words){ CRASH_MAILBOX }).x6;
}

s32 crasher_send(struct tap *t, enum demo who, enum demo to, u32 function, u64 page, u8 access,
		 u64 *handle)
{
	struct words sent = ask(
		t, who,
		(struct words){ CRASH_SEND, function, demo[to].device->vm_id, page | access, 1 });

	*handle = sent.x5;
	return (s32)sent.x4;
}

s32 crasher_reclaim(struct tap *t, enum demo who, u64 handle)
{
	return status_of(call_by(t, who, FFA_MEM_RECLAIM, (u32)handle, handle >> 32, 0));
}

/* ---- Bulkhead ---- */

unsigned int transactions_in_flight(struct tap *t)
{
	unsigned int count = 0;
	smc_regs told;
	u64 i;

	for (i = 0;; i++) {
		told = smc(.a0 = FFA_FN64_MSG_SEND_DIRECT_REQ, .a1 = STAT_ID,
			   .a3 = STAT_TRANSACTION, .a4 = i);
		if (told.a0 != FFA_FN64_MSG_SEND_DIRECT_RESP || told.a3 != STAT_OK)
			break;
		count += (told.a6 & 0xff) != STAT_TRANSACTION_FREE;
	}
	if (i == 0)
		tap_fail(t, "Bulkhead tells of no transactions: x0 %#lx, x3 %#lx", told.a0,
			 told.a3);
	return count;
}
