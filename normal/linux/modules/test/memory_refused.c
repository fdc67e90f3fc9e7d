// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory calls in the wrong order, twice, or of what cannot be: each is refused with its
 * status, by Bulkhead or by pKVM before it, and what is in flight stays as it was.
 */
#include <linux/slab.h>

#include "sharing.h"
#include "smc.h"
#include "suites.h"

#define NO_SUCH_HANDLE 0x123456789abc
#define OF_HYPERVISOR BIT_ULL(63)

static struct sharing usual(bool lend)
{
	return (struct sharing){ CRASHER, 3, 2, .lend = lend };
}

/* Nothing is wrong with it: crasher has it, with words in it, and can have it again. */
static void is_as_it_was(struct tap *t, struct sharing *s)
{
	sharing_fill(s, 0x100);
	crasher_swap(t, s, 0x100, 0x200);
	require(t, !sharing_wrong(s, 0x200), "crasher's words are not there");
}

static bool lent_to_crasher(struct tap *t, struct sharing *s)
{
	struct retrieved got;

	if (!sharing_begin(t, s))
		return false;
	crasher_mailbox(t, CRASHER, true);
	got = crasher_retrieve(t, s);
	if (got.status)
		tap_fail(t, "retrieve: %d", got.status);
	return !t->failed;
}

static void back_from_crasher(struct tap *t, struct sharing *s)
{
	s32 status = crasher_relinquish(t, CRASHER, s->handle, 0);

	require(t, !status, "relinquish: %d", status);
	sharing_end(t, s);
	crasher_mailbox(t, CRASHER, false);
}

static void require_status(struct tap *t, const char *what, s32 status, s32 wanted)
{
	require(t, status == wanted, "%s: %d, not %d", what, status, wanted);
}

static void require_error(struct tap *t, const char *what, int error, int wanted)
{
	require(t, error == wanted, "%s: %pe, not %pe", what, ERR_PTR(error), ERR_PTR(wanted));
}

/* ---- Reclaiming ---- */

static void what_nobody_retrieved_is_reclaimed(struct tap *t)
{
	struct sharing s = usual(false);

	if (!sharing_begin(t, &s))
		return;
	sharing_fill(&s, 1);
	require(t, transactions_in_flight(t) == 1, "it is not in flight");
	require(t, !sharing_wrong(&s, 1), "its words have changed");
	sharing_end(t, &s);
	require(t, transactions_in_flight(t) == 0, "it is still in flight");
}

static void reclaim_while_it_is_borrowed(struct tap *t, bool lend)
{
	struct sharing s = usual(lend);
	unsigned int i;

	if (!lent_to_crasher(t, &s))
		return;
	for (i = 0; i < 3; i++)
		require_error(t, "reclaim", sharing_reclaim(&s, 0), -EACCES);
	require_error(t, "reclaim, clean", sharing_reclaim(&s, FFA_MEM_CLEAR), -EACCES);
	require(t, transactions_in_flight(t) == 1, "it is not in flight any more");
	is_as_it_was(t, &s);
	back_from_crasher(t, &s);
}

static void what_is_shared_is_not_reclaimed_while_it_is_borrowed(struct tap *t)
{
	reclaim_while_it_is_borrowed(t, false);
}

static void what_is_lent_is_not_reclaimed_while_it_is_borrowed(struct tap *t)
{
	reclaim_while_it_is_borrowed(t, true);
}

static void a_second_reclaim_is_invalid(struct tap *t)
{
	struct sharing s = usual(false);

	if (!sharing_begin(t, &s))
		return;
	require_error(t, "the first", sharing_reclaim(&s, 0), 0);
	require_error(t, "the second", sharing_reclaim(&s, 0), -EINVAL);
	require_error(t, "the third", sharing_reclaim(&s, 0), -EINVAL);
	sharing_free(&s);
}

/* The same place, with another transaction in it. */
static void an_old_handle_does_not_reclaim_what_came_after(struct tap *t)
{
	struct sharing old = usual(false), new = usual(false);

	if (!sharing_begin(t, &old))
		return;
	sharing_end(t, &old);
	if (!lent_to_crasher(t, &new))
		return;
	require(t, old.handle != new.handle, "they have the same handle");
	require_error(t, "reclaim by the old one", sharing_reclaim(&old, 0), -EINVAL);
	require_status(t, "retrieve by the old one",
		       crasher_retrieve_as(t, CRASHER, old.handle, 0, ANY_ACCESS, 0, 0).status,
		       FFA_RET_INVALID_PARAMETERS);
	require_status(t, "relinquish by the old one",
		       crasher_relinquish(t, CRASHER, old.handle, 0), FFA_RET_INVALID_PARAMETERS);
	require(t, !crasher_touch(t, CRASHER, sharing_address(&new, 5), TOUCH_WRITE, true),
		"crasher has the new one no more");
	back_from_crasher(t, &new);
}

static void handles_that_nobody_gave_are_invalid(struct tap *t)
{
	static const u64 handles[] = { NO_SUCH_HANDLE, OF_HYPERVISOR, ~0ULL, 0xff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(handles); i++)
		refused_with(
			t, "RECLAIM",
			smc(.a0 = FFA_MEM_RECLAIM, .a1 = (u32)handles[i], .a2 = handles[i] >> 32),
			FFA_RET_INVALID_PARAMETERS);
}

static void flags_that_are_reserved_are_invalid_in_a_reclaim(struct tap *t)
{
	struct sharing s = usual(false);

	if (!sharing_begin(t, &s))
		return;
	require_error(t, "flag 2", sharing_reclaim(&s, BIT(2)), -EINVAL);
	require_error(t, "flag 31", sharing_reclaim(&s, BIT(31)), -EINVAL);
	sharing_end(t, &s);
}

/* ---- Retrieving and giving up ---- */

static void what_is_reclaimed_is_not_retrieved(struct tap *t)
{
	struct sharing s = usual(false);

	if (!sharing_new(t, &s))
		return;
	require_error(t, "share", sharing_send(&s), 0);
	require_error(t, "reclaim", sharing_reclaim(&s, 0), 0);
	crasher_mailbox(t, CRASHER, true);
	require_status(t, "retrieve", crasher_retrieve(t, &s).status, FFA_RET_INVALID_PARAMETERS);
	require(t, crasher_touch(t, CRASHER, sharing_address(&s, 0), TOUCH_READ, true),
		"crasher reads it");
	crasher_mailbox(t, CRASHER, false);
	sharing_free(&s);
}

static void a_second_retrieve_is_denied(struct tap *t)
{
	struct sharing s = usual(true);

	if (!lent_to_crasher(t, &s))
		return;
	require_status(t, "the second", crasher_retrieve(t, &s).status, FFA_RET_DENIED);
	require(t, !crasher_touch(t, CRASHER, sharing_address(&s, 5), TOUCH_WRITE, true),
		"crasher has it no more");
	back_from_crasher(t, &s);
}

static void a_borrower_gives_up_once_what_it_has(struct tap *t)
{
	struct sharing s = usual(false);

	if (!sharing_begin(t, &s))
		return;
	crasher_mailbox(t, CRASHER, true);
	require_status(t, "before it has it", crasher_relinquish(t, CRASHER, s.handle, 0),
		       FFA_RET_INVALID_PARAMETERS);
	require_status(t, "retrieve", crasher_retrieve(t, &s).status, 0);
	require_status(t, "the first", crasher_relinquish(t, CRASHER, s.handle, 0), 0);
	require_status(t, "the second", crasher_relinquish(t, CRASHER, s.handle, 0),
		       FFA_RET_INVALID_PARAMETERS);
	sharing_end(t, &s);
	require_status(t, "after the reclaim", crasher_relinquish(t, CRASHER, s.handle, 0),
		       FFA_RET_INVALID_PARAMETERS);
	crasher_mailbox(t, CRASHER, false);
}

static void a_partition_that_is_no_borrower_gets_nothing(struct tap *t)
{
	struct sharing s = usual(false);

	if (!lent_to_crasher(t, &s))
		return;
	crasher_mailbox(t, CRASHER_QUEUED, true);
	require_status(t, "retrieve",
		       crasher_retrieve_as(t, CRASHER_QUEUED, s.handle, 0, ANY_ACCESS, 0, 0).status,
		       FFA_RET_DENIED);
	require_status(t, "relinquish", crasher_relinquish(t, CRASHER_QUEUED, s.handle, 0),
		       FFA_RET_INVALID_PARAMETERS);
	require_status(t, "reclaim", crasher_reclaim(t, CRASHER_QUEUED, s.handle),
		       FFA_RET_INVALID_PARAMETERS);
	require_status(t, "the borrower's reclaim", crasher_reclaim(t, CRASHER, s.handle),
		       FFA_RET_INVALID_PARAMETERS);
	require(t, crasher_touch(t, CRASHER_QUEUED, sharing_address(&s, 0), TOUCH_READ, true),
		"it reads it");
	crasher_mailbox(t, CRASHER_QUEUED, false);
	is_as_it_was(t, &s);
	back_from_crasher(t, &s);
}

static void a_borrower_asks_for_what_was_sent(struct tap *t)
{
	static const struct {
		const char *what;
		bool lend;
		u16 sender;
		u8 access;
		u32 flags;
		u64 tag;
		s32 status;
	} wrong[] = {
		{ "another sender", false, 1, ANY_ACCESS, 0, 7, FFA_RET_DENIED },
		{ "another tag", false, 0, ANY_ACCESS, 0, 8, FFA_RET_INVALID_PARAMETERS },
		{ "lent, not shared", false, 0, ANY_ACCESS, FFA_MEM_RETRIEVE_TYPE_LEND, 7,
		  FFA_RET_INVALID_PARAMETERS },
		{ "shared, not lent", true, 0, NOT_EXECUTED, FFA_MEM_RETRIEVE_TYPE_SHARE, 7,
		  FFA_RET_INVALID_PARAMETERS },
		{ "no right to write", false, 0, FFA_MEM_RW, 0, 7, FFA_RET_DENIED },
		{ "code that is shared", false, 0, FFA_MEM_EXEC, 0, 7, FFA_RET_INVALID_PARAMETERS },
		{ "code that is lent", true, 0, FFA_MEM_EXEC, 0, 7, FFA_RET_INVALID_PARAMETERS },
		{ "nothing about code", true, 0, ANY_ACCESS, 0, 7, FFA_RET_INVALID_PARAMETERS },
		{ "clean memory that is shared", false, 0, ANY_ACCESS, FFA_MEM_CLEAR, 7,
		  FFA_RET_INVALID_PARAMETERS },
		{ "clean memory", true, 0, NOT_EXECUTED, FFA_MEM_CLEAR, 7, FFA_RET_DENIED },
		{ "a reserved flag", true, 0, NOT_EXECUTED, BIT(31), 7,
		  FFA_RET_INVALID_PARAMETERS },
	};
	struct sharing s;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong) && !t->failed; i++) {
		s = usual(wrong[i].lend);
		s.access = FFA_MEM_RO;
		s.tag = 7;
		if (!sharing_begin(t, &s))
			return;
		crasher_mailbox(t, CRASHER, true);
		require_status(t, wrong[i].what,
			       crasher_retrieve_as(t, CRASHER, s.handle, wrong[i].sender,
						   wrong[i].access, wrong[i].flags, wrong[i].tag)
				       .status,
			       wrong[i].status);
		require_status(t, "as it was sent", crasher_retrieve(t, &s).status, 0);
		back_from_crasher(t, &s);
	}
}

/* ---- Sending ---- */

static void what_is_shared_already_is_denied(struct tap *t, bool first, bool second)
{
	struct sharing s = usual(first), again;

	if (!lent_to_crasher(t, &s))
		return;
	again = s;
	again.lend = second;
	again.to = CRASHER_QUEUED;
	require_error(t, "a second time", sharing_send(&again), -EACCES);
	require(t, transactions_in_flight(t) == 1, "there are two transactions, or none");
	is_as_it_was(t, &s);
	back_from_crasher(t, &s);
}

static void what_is_shared_is_not_shared_again(struct tap *t)
{
	what_is_shared_already_is_denied(t, false, false);
}

static void what_is_shared_is_not_lent(struct tap *t)
{
	what_is_shared_already_is_denied(t, false, true);
}

static void what_is_lent_is_neither_shared_nor_lent_again(struct tap *t)
{
	what_is_shared_already_is_denied(t, true, false);
	what_is_shared_already_is_denied(t, true, true);
}

/* Of three ranges only the last is taken: the first two are free again afterwards. */
static void one_page_that_is_shared_already_keeps_all_of_it_with_linux(struct tap *t)
{
	struct sharing s = usual(false), part, rest;

	if (!sharing_new(t, &s))
		return;
	part = (struct sharing){ CRASHER, 1, 1, .memory = sharing_page(&s, 5) };
	require(t, !sg_alloc_table(&part.sg, 1, GFP_KERNEL), "no memory");
	sg_set_page(part.sg.sgl, virt_to_page(part.memory), PAGE_SIZE, 0);
	require_error(t, "the last page", sharing_send(&part), 0);
	require_error(t, "all", sharing_send(&s), -EACCES);
	require_error(t, "all, lent", (s.lend = true, sharing_send(&s)), -EACCES);
	require_error(t, "reclaim", sharing_reclaim(&part, 0), 0);
	sg_free_table(&part.sg);
	rest = s;
	require_error(t, "all, when it is back", sharing_send(&rest), 0);
	sharing_end(t, &rest);
}

static void memory_goes_to_partitions_that_there_are(struct tap *t)
{
	static const u16 ids[] = { 0x8ffe, 0x8000, 0xffff, 0 };
	struct ffa_mem_region_attributes borrower = { .attrs = FFA_MEM_RW };
	struct ffa_device *echo = demo[ECHO].device;
	struct ffa_mem_ops_args args;
	struct sharing s = usual(false);
	unsigned int i;

	if (!sharing_new(t, &s))
		return;
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		borrower.receiver = ids[i];
		args = (struct ffa_mem_ops_args){
			.use_txbuf = true, .attrs = &borrower, .nattrs = 1, .sg = s.sg.sgl
		};
		require(t, echo->ops->mem_ops->memory_share(&args) == -EINVAL,
			"to %#x: no INVALID_PARAMETERS", ids[i]);
	}
	require_error(t, "to crasher, then", sharing_send(&s), 0);
	sharing_end(t, &s);
}

/* pKVM 6.12 passes one borrower on; without it, two share. */
static void memory_for_two_is_refused_by_pkvm_and_else_shared(struct tap *t)
{
	struct ffa_mem_region_attributes borrowers[] = {
		{ .receiver = demo[CRASHER].device->vm_id, .attrs = FFA_MEM_RW },
		{ .receiver = demo[CRASHER_QUEUED].device->vm_id, .attrs = FFA_MEM_RO },
	};
	struct sharing s = usual(false);
	struct ffa_mem_ops_args args = { .use_txbuf = true, .attrs = borrowers, .nattrs = 2 };

	if (!sharing_new(t, &s))
		return;
	args.sg = s.sg.sgl;
	require_error(t, "for two", demo[CRASHER].device->ops->mem_ops->memory_share(&args),
		      expect_pkvm ? -EINVAL : 0);
	if (expect_pkvm) {
		require_error(t, "for one, then", sharing_send(&s), 0);
	} else {
		s.handle = args.g_handle;
		crasher_mailbox(t, CRASHER, true);
		require_status(
			t, "retrieve",
			crasher_retrieve_as(t, CRASHER, s.handle, 0, ANY_ACCESS, BIT(10), 0).status,
			0);
		back_from_crasher(t, &s);
		return;
	}
	sharing_end(t, &s);
}

static void flags_and_permissions_that_cannot_be_are_invalid(struct tap *t)
{
	static const struct {
		const char *what;
		bool lend;
		u8 access;
		u32 flags;
	} wrong[] = {
		{ "share, clean", false, FFA_MEM_RW, FFA_MEM_CLEAR },
		{ "share, reserved flag", false, FFA_MEM_RW, BIT(2) },
		{ "lend, reserved flag", true, FFA_MEM_RW, BIT(31) },
		{ "share to execute", false, FFA_MEM_RW | FFA_MEM_EXEC, 0 },
		{ "lend not to execute", true, FFA_MEM_RW | FFA_MEM_NO_EXEC, 0 },
		{ "no data access", false, FFA_MEM_NO_EXEC, 0 },
		{ "reserved data access", true, FFA_MEM_RW | FFA_MEM_RO, 0 },
	};
	struct sharing s = usual(false);
	unsigned int i;

	if (!sharing_new(t, &s))
		return;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		s.lend = wrong[i].lend;
		s.access = wrong[i].access;
		s.flags = wrong[i].flags;
		require_error(t, wrong[i].what, sharing_send(&s), -EINVAL);
	}
	sharing_free(&s);
}

static void a_description_outside_of_tx_is_invalid(struct tap *t)
{
	struct ffa_mem_region_attributes borrower = {
		.receiver = demo[CRASHER].device->vm_id,
		.attrs = FFA_MEM_RW,
	};
	struct sharing s = usual(false);
	struct ffa_mem_ops_args args = { .attrs = &borrower, .nattrs = 1 };

	if (!sharing_new(t, &s))
		return;
	args.sg = s.sg.sgl;
	require_error(t, "share", demo[CRASHER].device->ops->mem_ops->memory_share(&args), -EINVAL);
	sharing_free(&s);
}

/* The driver makes ENXIO of what it is told of a first fragment. */
static void a_range_too_many_is_too_much_and_one_less_is_not(struct tap *t)
{
	struct sharing s = { CRASHER, 513, 1, .adjacent = true };

	if (!sharing_new(t, &s))
		return;
	require_error(t, "513 ranges", sharing_send(&s), -ENXIO);
	require(t, transactions_in_flight(t) == 0, "it is in flight");
	sharing_free(&s);
	s.ranges = 512;
	if (!sharing_begin(t, &s))
		return;
	sharing_end(t, &s);
}

static void as_many_transactions_as_there_are_and_not_one_more(struct tap *t)
{
	struct sharing *all = kvcalloc(129, sizeof(*all), GFP_KERNEL);
	unsigned int i, sent;
	int error = 0;

	require(t, all, "no memory");
	for (sent = 0; sent < 129 && !error && !t->failed; sent++) {
		all[sent] = (struct sharing){ CRASHER, 2, 1, .lend = sent % 2 };
		if (sharing_new(t, &all[sent]))
			error = sharing_send(&all[sent]);
	}
	require_error(t, "the last", error, -ENOMEM);
	require(t, sent == 129, "only %u were taken", sent - 1);
	require(t, transactions_in_flight(t) == 128, "%u are in flight", transactions_in_flight(t));
	sharing_free(&all[128]);
	for (i = 0; i < 128; i += 2)
		sharing_end(t, &all[i]);
	require(t, transactions_in_flight(t) == 64, "%u are in flight", transactions_in_flight(t));
	for (i = 1; i < 128; i += 2)
		sharing_end(t, &all[i]);
	kvfree(all);
}

static void nothing_was_left_in_flight(struct tap *t)
{
	require(t, transactions_in_flight(t) == 0, "%u are", transactions_in_flight(t));
}

tap_suite memory_refused_suite = {
	TAP_TEST(what_nobody_retrieved_is_reclaimed),
	TAP_TEST(what_is_shared_is_not_reclaimed_while_it_is_borrowed),
	TAP_TEST(what_is_lent_is_not_reclaimed_while_it_is_borrowed),
	TAP_TEST(a_second_reclaim_is_invalid),
	TAP_TEST(an_old_handle_does_not_reclaim_what_came_after),
	TAP_TEST(handles_that_nobody_gave_are_invalid),
	TAP_TEST(flags_that_are_reserved_are_invalid_in_a_reclaim),
	TAP_TEST(what_is_reclaimed_is_not_retrieved),
	TAP_TEST(a_second_retrieve_is_denied),
	TAP_TEST(a_borrower_gives_up_once_what_it_has),
	TAP_TEST(a_partition_that_is_no_borrower_gets_nothing),
	TAP_TEST(a_borrower_asks_for_what_was_sent),
	TAP_TEST(what_is_shared_is_not_shared_again),
	TAP_TEST(what_is_shared_is_not_lent),
	TAP_TEST(what_is_lent_is_neither_shared_nor_lent_again),
	TAP_TEST(one_page_that_is_shared_already_keeps_all_of_it_with_linux),
	TAP_TEST(memory_goes_to_partitions_that_there_are),
	TAP_TEST(memory_for_two_is_refused_by_pkvm_and_else_shared),
	TAP_TEST(flags_and_permissions_that_cannot_be_are_invalid),
	TAP_TEST(a_description_outside_of_tx_is_invalid),
	TAP_TEST(a_range_too_many_is_too_much_and_one_less_is_not),
	TAP_TEST(as_many_transactions_as_there_are_and_not_one_more),
	TAP_TEST(nothing_was_left_in_flight),
	{},
};
