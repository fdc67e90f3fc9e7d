// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory there and back, through pKVM: Linux shares or lends it, crasher borrows it, finds
 * what Linux left and leaves something, gives it up, and Linux reclaims it.
 */
#include "sharing.h"
#include "smc.h"
#include "suites.h"

static void require_gone(struct tap *t, const struct sharing *s)
{
	u64 esr = crasher_touch(t, s->to, sharing_address(s, 0), TOUCH_READ, true);

	require(t, esr, "%s still reads it", demo[s->to].name);
}

/* The whole way, of memory of any shape. */
static void there_and_back(struct tap *t, struct sharing s)
{
	const unsigned int pages = s.ranges * s.pages;
	struct retrieved got;

	if (!sharing_begin(t, &s))
		return;
	crasher_mailbox(t, s.to, true);
	sharing_fill(&s, 0x1000);
	got = crasher_retrieve(t, &s);
	require(t, !got.status, "retrieve: %d", got.status);
	require(t, got.ranges == s.ranges && got.pages == pages, "it got %u pages in %u ranges",
		got.pages, got.ranges);
	require(t, got.non_secure && got.access == READ_WRITE, "it got access %#x", got.access);
	crasher_swap(t, &s, 0x1000, 0x2000);
	require(t, !sharing_wrong(&s, 0x2000), "Linux does not see what it left");
	require(t, !crasher_relinquish(t, s.to, s.handle, 0), "it cannot give it up");
	require_gone(t, &s);
	sharing_end(t, &s);
	crasher_mailbox(t, s.to, false);
}

static void a_page_is_shared(struct tap *t)
{
	there_and_back(t, (struct sharing){ CRASHER, 1, 1 });
}

static void a_page_is_lent(struct tap *t)
{
	there_and_back(t, (struct sharing){ CRASHER, 1, 1, .lend = true });
}

static void an_aligned_range_of_512_pages_is_shared(struct tap *t)
{
	there_and_back(t, (struct sharing){ CRASHER, 1, BLOCK_PAGES });
}

static void an_aligned_range_of_512_pages_is_lent(struct tap *t)
{
	there_and_back(t, (struct sharing){ CRASHER, 1, BLOCK_PAGES, .lend = true });
}

static void a_range_of_512_pages_over_two_blocks_is_shared(struct tap *t)
{
	there_and_back(t, (struct sharing){ CRASHER, 1, BLOCK_PAGES, .first = 5 });
}

static void a_range_of_512_pages_over_two_blocks_is_lent(struct tap *t)
{
	there_and_back(t, (struct sharing){ CRASHER, 1, BLOCK_PAGES, .lend = true, .first = 7 });
}

static void ranges_that_fit_in_one_fragment_are_shared(struct tap *t)
{
	there_and_back(t, (struct sharing){ CRASHER, 64, 1 });
	there_and_back(t, (struct sharing){ CRASHER, 64, 3, .lend = true });
}

/* A page holds 48 + 16 + 16 bytes and 251 ranges: the last one that fits, and one more. */
static void ranges_around_the_end_of_a_fragment_are_shared(struct tap *t)
{
	unsigned int ranges;

	for (ranges = 250; ranges <= 253 && !t->failed; ranges++)
		there_and_back(t, (struct sharing){ CRASHER, ranges, 1 });
}

static void ranges_300_are_shared_in_fragments(struct tap *t)
{
	there_and_back(t, (struct sharing){ CRASHER, 300, 1 });
}

static void ranges_300_are_lent_in_fragments(struct tap *t)
{
	there_and_back(t, (struct sharing){ CRASHER, 300, 1, .lend = true });
}

static void as_many_ranges_as_a_transaction_has_are_shared(struct tap *t)
{
	there_and_back(t, (struct sharing){ CRASHER, 512, 1 });
}

/* They stay the ranges that Linux named, and pKVM finds them so when it reads them back. */
static void adjacent_ranges_are_not_joined(struct tap *t)
{
	there_and_back(t, (struct sharing){ CRASHER, 40, 2, .adjacent = true });
}

static void a_tag_goes_along(struct tap *t)
{
	there_and_back(t, (struct sharing){ CRASHER, 1, 1, .tag = 0xfedcba9876543210 });
}

static void a_partition_that_masks_interrupts_borrows_too(struct tap *t)
{
	there_and_back(t, (struct sharing){ CRASHER_QUEUED, 3, 2 });
	there_and_back(t, (struct sharing){ CRASHER_QUEUED, 1, BLOCK_PAGES, .lend = true });
}

/* ---- What a borrower may do ---- */

struct borrowed {
	struct sharing s;
	struct retrieved got;
	u64 address;
};

static bool borrow(struct tap *t, struct borrowed *b, u8 access, u32 flags)
{
	if (!sharing_begin(t, &b->s))
		return false;
	crasher_mailbox(t, b->s.to, true);
	sharing_fill(&b->s, 1);
	b->address = sharing_address(&b->s, 0);
	b->got = crasher_retrieve_as(t, b->s.to, b->s.handle, 0, access, flags, 0);
	if (b->got.status)
		tap_fail(t, "retrieve: %d", b->got.status);
	return !t->failed;
}

static void give_back(struct tap *t, struct borrowed *b)
{
	s32 status = crasher_relinquish(t, b->s.to, b->s.handle, 0);

	require(t, !status, "relinquish: %d", status);
	sharing_end(t, &b->s);
	crasher_mailbox(t, b->s.to, false);
}

static void may_read_only(struct tap *t, struct borrowed *b)
{
	require(t, b->got.access == READ_ONLY, "access %#x", b->got.access);
	require(t, !crasher_touch(t, CRASHER, b->address, TOUCH_READ, true), "it cannot read");
	require(t, crasher_touch(t, CRASHER, b->address, TOUCH_WRITE, true), "it can write");
	require(t, !sharing_wrong(&b->s, 1), "it has written");
	give_back(t, b);
}

static void memory_that_is_shared_read_only_cannot_be_written(struct tap *t)
{
	struct borrowed b = { { CRASHER, 1, 1, .access = FFA_MEM_RO } };

	if (borrow(t, &b, ANY_ACCESS, 0))
		may_read_only(t, &b);
}

static void memory_that_is_lent_read_only_cannot_be_written(struct tap *t)
{
	struct borrowed b = { { CRASHER, 1, 1, .lend = true, .access = FFA_MEM_RO } };

	if (borrow(t, &b, NOT_EXECUTED, 0))
		may_read_only(t, &b);
}

static void a_borrower_may_take_less_than_it_is_granted(struct tap *t)
{
	struct borrowed b = { { CRASHER, 1, 1, .lend = true } };

	if (borrow(t, &b, READ_ONLY, 0))
		may_read_only(t, &b);
}

static void linuxs_memory_is_never_executed_by_a_partition(struct tap *t)
{
	struct borrowed b = { { CRASHER, 1, 1 } };

	if (!borrow(t, &b, ANY_ACCESS, 0))
		return;
	require(t, crasher_touch(t, CRASHER, b.address, TOUCH_EXECUTE, true), "it was executed");
	give_back(t, &b);
}

static void nothing_around_the_shared_pages_is_reached(struct tap *t)
{
	struct borrowed b = { { CRASHER, 2, 1, .first = 1 } }; /* pages 1 and 3 of five */

	if (!borrow(t, &b, ANY_ACCESS, 0))
		return;
	require(t, crasher_touch(t, CRASHER, b.address - PAGE_SIZE, TOUCH_READ, true),
		"the page before it is read");
	require(t, crasher_touch(t, CRASHER, b.address + PAGE_SIZE, TOUCH_WRITE, true),
		"the page between is written");
	require(t, crasher_touch(t, CRASHER, b.address + 3 * PAGE_SIZE, TOUCH_READ, true),
		"the page behind it is read");
	require(t, !crasher_touch(t, CRASHER, b.address + 2 * PAGE_SIZE, TOUCH_READ, true),
		"the second page is not");
	give_back(t, &b);
}

static void both_sides_see_each_others_words_while_it_is_shared(struct tap *t)
{
	struct borrowed b = { { CRASHER, 3, 2 } };
	u64 round;

	if (!borrow(t, &b, ANY_ACCESS, 0))
		return;
	for (round = 1; round < 50 && !t->failed; round++) {
		sharing_fill(&b.s, round << 32);
		crasher_swap(t, &b.s, round << 32, ~round << 32);
		require(t, !sharing_wrong(&b.s, ~round << 32), "round %llu: Linux sees other words",
			round);
	}
	give_back(t, &b);
}

/* pKVM 6.12 leaves lent memory in its host's tables: that it is lent binds Linux by its word. */
static void linux_still_reaches_what_it_has_lent(struct tap *t)
{
	struct borrowed b = { { CRASHER, 1, 1, .lend = true } };

	if (!borrow(t, &b, NOT_EXECUTED, 0))
		return;
	sharing_fill(&b.s, 5);
	crasher_swap(t, &b.s, 5, 6);
	require(t, !sharing_wrong(&b.s, 6), "it does not");
	give_back(t, &b);
}

static void memory_is_borrowed_again_after_it_was_given_up(struct tap *t)
{
	struct borrowed b = { { CRASHER, 2, 3 } };
	unsigned int round;

	if (!borrow(t, &b, ANY_ACCESS, 0))
		return;
	for (round = 0; round < 3 && !t->failed; round++) {
		require(t, !crasher_relinquish(t, CRASHER, b.s.handle, 0), "round %u: relinquish",
			round);
		require_gone(t, &b.s);
		require(t, !crasher_retrieve(t, &b.s).status, "round %u: retrieve", round);
		crasher_swap(t, &b.s, 1 + round, 2 + round);
	}
	give_back(t, &b);
}

/* ---- Clean memory ---- */

#define DIRTY 0x5a5a5a5a00000000

static bool is_clean(const struct sharing *s)
{
	unsigned int i;

	for (i = 0; i < s->ranges * s->pages; i++)
		if (memchr_inv(sharing_page(s, i), 0, PAGE_SIZE))
			return false;
	return true;
}

static void what_linux_lends_clean_is_clean_for_the_borrower(struct tap *t)
{
	struct sharing s = { CRASHER, 3, 2, .lend = true, .flags = FFA_MEM_CLEAR };
	struct retrieved got;

	if (!sharing_new(t, &s))
		return;
	sharing_fill(&s, DIRTY);
	require(t, !sharing_send(&s), "it is not lent");
	crasher_mailbox(t, CRASHER, true);
	got = crasher_retrieve_as(t, CRASHER, s.handle, 0, NOT_EXECUTED, FFA_MEM_CLEAR, 0);
	require(t, !got.status, "retrieve: %d", got.status);
	require(t, got.flags & FFA_MEM_CLEAR, "it is not told: flags %#x", got.flags);
	require(t, is_clean(&s), "it is not clean");
	require(t, !crasher_relinquish(t, CRASHER, s.handle, 0), "it cannot give it up");
	sharing_end(t, &s);
	crasher_mailbox(t, CRASHER, false);
}

static void memory_comes_back_clean(struct tap *t, u32 at_retrieve, u32 at_relinquish,
				    u32 at_reclaim)
{
	struct sharing s = { CRASHER, 3, 2, .lend = true };
	int error;

	if (!sharing_begin(t, &s))
		return;
	sharing_fill(&s, DIRTY);
	crasher_mailbox(t, CRASHER, true);
	require(t,
		!crasher_retrieve_as(t, CRASHER, s.handle, 0, NOT_EXECUTED, at_retrieve, 0).status,
		"it cannot borrow it");
	require(t, !sharing_wrong(&s, DIRTY), "it was cleaned too early");
	require(t, !crasher_relinquish(t, CRASHER, s.handle, at_relinquish),
		"it cannot give it up");
	error = sharing_reclaim(&s, at_reclaim);
	require(t, !error, "reclaim: %pe", ERR_PTR(error));
	require(t, is_clean(&s), "it is not clean");
	sharing_free(&s);
	crasher_mailbox(t, CRASHER, false);
}

static void a_borrower_gives_it_up_clean(struct tap *t)
{
	memory_comes_back_clean(t, 0, FFA_MEM_CLEAR, 0);
}

static void a_borrower_that_said_so_before_gives_it_up_clean(struct tap *t)
{
	memory_comes_back_clean(t, CLEAN_AFTERWARDS, 0, 0);
}

static void linux_reclaims_it_clean(struct tap *t)
{
	memory_comes_back_clean(t, 0, 0, FFA_MEM_CLEAR);
}

/* ---- Between partitions ---- */

static void a_page_between(struct tap *t, u32 function, u8 access)
{
	const u16 crasher = demo[CRASHER].device->vm_id;
	u64 page = crasher_page(t, CRASHER), handle;
	struct retrieved got;

	crasher_mailbox(t, CRASHER, true);
	crasher_mailbox(t, CRASHER_QUEUED, true);
	require(t, !crasher_touch(t, CRASHER, page, TOUCH_WRITE, false), "it is not crasher's");
	require(t, !crasher_send(t, CRASHER, CRASHER_QUEUED, function, page, access, &handle),
		"it is not sent");
	got = crasher_retrieve_as(t, CRASHER_QUEUED, handle, crasher,
				  function == FFA_FN64_MEM_SHARE ? ANY_ACCESS : NOT_EXECUTED, 0, 0);
	require(t, !got.status && got.pages == 1 && !got.non_secure, "retrieve: %d, %u pages",
		got.status, got.pages);
	require(t, !crasher_touch(t, CRASHER_QUEUED, page, TOUCH_WRITE, false),
		"the borrower cannot write");
	require(t,
		!crasher_touch(t, CRASHER, page, TOUCH_READ, false) ==
			(function == FFA_FN64_MEM_SHARE),
		"the sender can, or cannot, read");
	if (function == FFA_FN64_MEM_DONATE) { /* it is the other's now, and comes back as its */
		require(t, crasher_reclaim(t, CRASHER, handle) == FFA_RET_INVALID_PARAMETERS,
			"a donation is reclaimed");
		require(t, !crasher_send(t, CRASHER_QUEUED, CRASHER, function, page, 0, &handle),
			"it is not donated back");
		got = crasher_retrieve_as(t, CRASHER, handle, demo[CRASHER_QUEUED].device->vm_id,
					  NOT_EXECUTED, 0, 0);
		require(t, !got.status, "retrieve: %d", got.status);
	} else {
		require(t, crasher_reclaim(t, CRASHER, handle) == FFA_RET_DENIED,
			"it is reclaimed while it is borrowed");
		require(t, !crasher_relinquish(t, CRASHER_QUEUED, handle, 0),
			"it cannot be given up");
		require(t, !crasher_reclaim(t, CRASHER, handle), "it cannot be reclaimed");
	}
	require(t, crasher_touch(t, CRASHER_QUEUED, page, TOUCH_READ, false),
		"the other still reads it");
	require(t, !crasher_touch(t, CRASHER, page, TOUCH_WRITE, false), "it is not back");
	crasher_mailbox(t, CRASHER_QUEUED, false);
	crasher_mailbox(t, CRASHER, false);
}

static void a_partition_shares_with_another(struct tap *t)
{
	a_page_between(t, FFA_FN64_MEM_SHARE, FFA_MEM_RW);
}

static void a_partition_lends_to_another_and_cannot_reach_it_meanwhile(struct tap *t)
{
	a_page_between(t, FFA_FN64_MEM_LEND, FFA_MEM_RW);
}

/* Last: the page comes back as one that cannot be executed. */
static void a_partition_donates_to_another_and_has_it_no_more(struct tap *t)
{
	a_page_between(t, FFA_FN64_MEM_DONATE, 0);
}

tap_suite memory_suite = {
	TAP_TEST(a_page_is_shared),
	TAP_TEST(a_page_is_lent),
	TAP_TEST(an_aligned_range_of_512_pages_is_shared),
	TAP_TEST(an_aligned_range_of_512_pages_is_lent),
	TAP_TEST(a_range_of_512_pages_over_two_blocks_is_shared),
	TAP_TEST(a_range_of_512_pages_over_two_blocks_is_lent),
	TAP_TEST(ranges_that_fit_in_one_fragment_are_shared),
	TAP_TEST(ranges_around_the_end_of_a_fragment_are_shared),
	TAP_TEST(ranges_300_are_shared_in_fragments),
	TAP_TEST(ranges_300_are_lent_in_fragments),
	TAP_TEST(as_many_ranges_as_a_transaction_has_are_shared),
	TAP_TEST(adjacent_ranges_are_not_joined),
	TAP_TEST(a_tag_goes_along),
	TAP_TEST(a_partition_that_masks_interrupts_borrows_too),
	TAP_TEST(memory_that_is_shared_read_only_cannot_be_written),
	TAP_TEST(memory_that_is_lent_read_only_cannot_be_written),
	TAP_TEST(a_borrower_may_take_less_than_it_is_granted),
	TAP_TEST(linuxs_memory_is_never_executed_by_a_partition),
	TAP_TEST(nothing_around_the_shared_pages_is_reached),
	TAP_TEST(both_sides_see_each_others_words_while_it_is_shared),
	TAP_TEST(linux_still_reaches_what_it_has_lent),
	TAP_TEST(memory_is_borrowed_again_after_it_was_given_up),
	TAP_TEST(what_linux_lends_clean_is_clean_for_the_borrower),
	TAP_TEST(a_borrower_gives_it_up_clean),
	TAP_TEST(a_borrower_that_said_so_before_gives_it_up_clean),
	TAP_TEST(linux_reclaims_it_clean),
	TAP_TEST(a_partition_shares_with_another),
	TAP_TEST(a_partition_lends_to_another_and_cannot_reach_it_meanwhile),
	TAP_TEST(a_partition_donates_to_another_and_has_it_no_more),
	{},
};
