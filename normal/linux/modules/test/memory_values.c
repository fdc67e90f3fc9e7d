// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values that fill no message: vault keeps them, through memory that Linux shares with it or
 * lends, and courier carries them to vault in pages of its own.
 */
#include "sharing.h"
#include "suites.h"

#define NAME 0x65756c6176 /* "value" */
#define OTHER 0x726568746f /* "other" */

static u8 byte_of(u64 seed, unsigned int i)
{
	return (u8)((seed + i) * 0x9e3779b97f4a7c15 >> 56);
}

static u8 *byte_at(const struct sharing *s, unsigned int i)
{
	return (u8 *)sharing_page(s, i / PAGE_SIZE) + i % PAGE_SIZE;
}

static void fill_bytes(const struct sharing *s, u64 seed, unsigned int bytes)
{
	unsigned int i;

	for (i = 0; i < bytes; i++)
		*byte_at(s, i) = byte_of(seed, i);
}

/* These bytes, and zeros up to the end. */
static void require_bytes(struct tap *t, const struct sharing *s, u64 seed, unsigned int bytes)
{
	unsigned int i;

	for (i = 0; i < s->ranges * s->pages * PAGE_SIZE; i++)
		require(t, *byte_at(s, i) == (i < bytes ? byte_of(seed, i) : 0),
			"byte %u of %u is %#x", i, bytes, *byte_at(s, i));
}

static void require_answer(struct tap *t, const char *what, struct words answer, u64 status, u64 x4)
{
	require(t, answer.x3 == status, "%s: status %lld (%#llx), not %llu", what, answer.x3,
		answer.x4, status);
	require(t, answer.x4 == x4, "%s: %#llx, not %#llx", what, answer.x4, x4);
}

static u64 kind_of(const struct sharing *s)
{
	return s->lend ? KIND_LENT : KIND_SHARED;
}

static struct words ask_vault(struct tap *t, u64 command, u64 name, const struct sharing *s,
			      u64 bytes)
{
	return demo_ask(t, VAULT, command, name, s->handle, bytes, kind_of(s));
}

static void delete (struct tap *t, u64 name)
{
	require_answer(t, "delete", demo_ask(t, VAULT, VAULT_DELETE, name), DEMO_OK, 0);
}

/* ---- vault ---- */

/* vault gives the memory up before it answers: it is back at once. */
static void store(struct tap *t, struct sharing s, u64 name, u64 seed, unsigned int bytes)
{
	if (!sharing_begin(t, &s))
		return;
	fill_bytes(&s, seed, bytes);
	require_answer(t, "store", ask_vault(t, VAULT_STORE, name, &s, bytes), DEMO_OK, bytes);
	sharing_end(t, &s);
}

static void fetch(struct tap *t, struct sharing s, u64 name, u64 seed, unsigned int bytes)
{
	if (!sharing_begin(t, &s))
		return;
	require_answer(t, "fetch", ask_vault(t, VAULT_FETCH, name, &s, 0), DEMO_OK, bytes);
	require_bytes(t, &s, seed, bytes);
	sharing_end(t, &s);
}

static void there_and_back(struct tap *t, bool lend)
{
	static const unsigned int sizes[] = { 1, 15, 16, 17, 4095, 4096, 4097, VAULT_LARGE_BYTES };
	struct sharing one = { VAULT, 1, 16, .lend = lend }, many = { VAULT, 16, 1, .lend = lend };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes) && !t->failed; i++) {
		store(t, i % 2 ? one : many, NAME, i, sizes[i]);
		fetch(t, i % 2 ? many : one, NAME, i, sizes[i]);
	}
	delete (t, NAME);
}

static void vault_keeps_values_that_come_in_shared_memory(struct tap *t)
{
	there_and_back(t, false);
}

static void vault_keeps_values_that_come_in_lent_memory(struct tap *t)
{
	there_and_back(t, true);
}

static void vault_keeps_a_value_that_comes_read_only(struct tap *t)
{
	struct sharing s = { VAULT, 2, 1, .access = FFA_MEM_RO };

	store(t, s, NAME, 1, 5000);
	if (!sharing_begin(t, &s))
		return;
	require_answer(t, "fetch", ask_vault(t, VAULT_FETCH, NAME, &s, 0), DEMO_BAD_ARGUMENT, 5000);
	require_bytes(t, &s, 0, 0);
	sharing_end(t, &s);
	delete (t, NAME);
}

static void small_values_become_large_and_small_again(struct tap *t)
{
	struct sharing s = { VAULT, 1, 2 };
	struct words got;

	demo_ask(t, VAULT, VAULT_PUT, NAME, 1, 2);
	store(t, s, NAME, 3, 8192);
	require_answer(t, "get", demo_ask(t, VAULT, VAULT_GET, NAME), DEMO_TOO_LARGE, 8192);
	fetch(t, s, NAME, 3, 8192);
	demo_ask(t, VAULT, VAULT_PUT, NAME, 4, 5);
	got = demo_ask(t, VAULT, VAULT_GET, NAME);
	require(t, got.x3 == DEMO_OK && got.x5 == 4 && got.x6 == 5, "get: %lld, %#llx %#llx",
		got.x3, got.x5, got.x6);
	require_answer(t, "list", demo_ask(t, VAULT, VAULT_LIST, 0), DEMO_OK, NAME);
	require_answer(t, "list", demo_ask(t, VAULT, VAULT_LIST, 1), DEMO_NOT_FOUND, 0);
	delete (t, NAME);
}

static void a_value_that_does_not_fit_is_not_begun(struct tap *t)
{
	struct sharing small = { VAULT, 1, 1 }, large = { VAULT, 1, 2 };

	store(t, large, NAME, 6, 4097);
	if (!sharing_begin(t, &small))
		return;
	require_answer(t, "fetch", ask_vault(t, VAULT_FETCH, NAME, &small, 0), DEMO_TOO_LARGE,
		       4097);
	require_bytes(t, &small, 0, 0);
	sharing_end(t, &small);
	fetch(t, large, NAME, 6, 4097);
	delete (t, NAME);
}

static void vault_refuses_sizes_that_cannot_be(struct tap *t)
{
	static const u64 sizes[] = { 0, VAULT_LARGE_BYTES + 1, ~0ULL, 1ULL << 32, 8193 };
	struct sharing s = { VAULT, 2, 1 };
	unsigned int i;

	if (!sharing_begin(t, &s))
		return;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		require_answer(t, "store", ask_vault(t, VAULT_STORE, NAME, &s, sizes[i]),
			       DEMO_BAD_ARGUMENT, 0);
	require_answer(t, "store without a name", ask_vault(t, VAULT_STORE, 0, &s, 1),
		       DEMO_BAD_ARGUMENT, 0);
	require_answer(t, "fetch", ask_vault(t, VAULT_FETCH, NAME, &s, 0), DEMO_NOT_FOUND, 0);
	sharing_end(t, &s);
}

/* What its own call of the SPMC was told is in the answer. */
static void vault_says_why_it_cannot_have_the_memory(struct tap *t)
{
	struct sharing s = { VAULT, 17, 1 }, other = { CRASHER, 1, 1 };

	if (!sharing_begin(t, &s) || !sharing_begin(t, &other))
		return;
	require_answer(t, "17 ranges", ask_vault(t, VAULT_STORE, NAME, &s, 1), DEMO_REFUSED,
		       (u32)FFA_RET_NO_MEMORY);
	require_answer(t, "as if it were lent",
		       demo_ask(t, VAULT, VAULT_STORE, NAME, s.handle, 1, KIND_LENT), DEMO_REFUSED,
		       (u32)FFA_RET_INVALID_PARAMETERS);
	require_answer(t, "no handle", demo_ask(t, VAULT, VAULT_STORE, NAME, ~0ULL, 1, KIND_SHARED),
		       DEMO_REFUSED, (u32)FFA_RET_INVALID_PARAMETERS);
	require_answer(t, "crasher's", ask_vault(t, VAULT_STORE, NAME, &other, 1), DEMO_REFUSED,
		       (u32)FFA_RET_DENIED);
	sharing_end(t, &other);
	sharing_end(t, &s);
}

static void vault_has_four_large_places(struct tap *t)
{
	struct sharing s = { VAULT, 1, 1 };
	unsigned int i;

	for (i = 0; i < VAULT_LARGE_VALUES; i++)
		store(t, s, NAME + i, i, 17);
	if (!sharing_begin(t, &s))
		return;
	require_answer(t, "one more", ask_vault(t, VAULT_STORE, OTHER, &s, 17), DEMO_FULL, 0);
	require_answer(t, "a small one", ask_vault(t, VAULT_STORE, OTHER, &s, 16), DEMO_OK, 16);
	delete (t, NAME + 1);
	require_answer(t, "when one is gone", ask_vault(t, VAULT_STORE, OTHER, &s, 17), DEMO_OK,
		       17);
	sharing_end(t, &s);
	fetch(t, s, NAME + 2, 2, 17);
	delete (t, OTHER);
	for (i = 0; i < VAULT_LARGE_VALUES; i++)
		if (i != 1)
			delete (t, NAME + i);
}

static void nothing_of_an_older_value_comes_back(struct tap *t)
{
	struct sharing s = { VAULT, 1, 16 };

	store(t, s, NAME, 7, VAULT_LARGE_BYTES);
	store(t, s, NAME, 8, 100);
	fetch(t, s, NAME, 8, 100);
	delete (t, NAME);
	if (!sharing_begin(t, &s))
		return;
	require_answer(t, "fetch", ask_vault(t, VAULT_FETCH, NAME, &s, 0), DEMO_NOT_FOUND, 0);
	require_bytes(t, &s, 0, 0);
	sharing_end(t, &s);
}

/* ---- courier ---- */

static struct words take(struct tap *t, const struct sharing *s)
{
	return demo_ask(t, COURIER, COURIER_TAKE, s->handle, kind_of(s));
}

static struct words give(struct tap *t, const struct sharing *s)
{
	return demo_ask(t, COURIER, COURIER_GIVE, s->handle);
}

static bool taken(struct tap *t, struct sharing *s)
{
	struct words answer;

	if (!sharing_begin(t, s))
		return false;
	answer = take(t, s);
	if (answer.x3 != DEMO_OK || answer.x4 != s->ranges || answer.x5 != s->ranges * s->pages)
		tap_fail(t, "take: %lld, %llu ranges, %llu pages", answer.x3, answer.x4, answer.x5);
	return !t->failed;
}

static void given(struct tap *t, struct sharing *s)
{
	require_answer(t, "give", give(t, s), DEMO_OK, 0);
	sharing_end(t, s);
}

/* One way or both; the handle that courier gave to vault is one of its own, and over. */
static void carry(struct tap *t, struct sharing s, u64 command, u64 onward, unsigned int bytes)
{
	struct words answer;

	if (!taken(t, &s))
		return;
	if (command == COURIER_PUT)
		fill_bytes(&s, bytes, bytes);
	answer = demo_ask(t, COURIER, command, s.handle, NAME, bytes, onward);
	require(t, answer.x3 == DEMO_OK && answer.x5 == bytes, "command %llu: %lld, %llu bytes",
		command, answer.x3, answer.x5);
	require(t, answer.x4 != s.handle, "it is the same handle");
	require(t, transactions_in_flight(t) == 1, "%u transactions are in flight",
		transactions_in_flight(t));
	require_bytes(t, &s, bytes, bytes);
	given(t, &s);
}

static void carry_both_ways(struct tap *t, bool lend, u64 onward)
{
	static const unsigned int sizes[] = { 1, 16, 17, 4097, VAULT_LARGE_BYTES };
	struct sharing s = { COURIER, 16, 1, .lend = lend };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes) && !t->failed; i++) {
		carry(t, s, COURIER_PUT, onward, sizes[i]);
		carry(t, s, COURIER_GET, onward, sizes[i]);
	}
	delete (t, NAME);
}

static void courier_lends_to_vault_what_linux_shares(struct tap *t)
{
	carry_both_ways(t, false, 0);
}

static void courier_lends_to_vault_what_linux_lends(struct tap *t)
{
	carry_both_ways(t, true, KIND_LENT);
}

static void courier_shares_with_vault_what_linux_shares(struct tap *t)
{
	carry_both_ways(t, false, KIND_SHARED);
}

static void courier_donates_to_vault_and_vault_donates_back(struct tap *t)
{
	carry_both_ways(t, true, KIND_DONATED);
	carry_both_ways(t, false, KIND_LENT); /* its pages are its own again */
}

static void what_courier_brought_is_fetched_from_vault_itself(struct tap *t)
{
	carry(t, (struct sharing){ COURIER, 1, 3 }, COURIER_PUT, 0, 9000);
	fetch(t, (struct sharing){ VAULT, 3, 1 }, NAME, 9000, 9000);
	delete (t, NAME);
}

static void courier_wants_things_in_order(struct tap *t)
{
	struct sharing s = { COURIER, 1, 1 };

	if (!sharing_begin(t, &s))
		return;
	require_answer(t, "put first", demo_ask(t, COURIER, COURIER_PUT, s.handle, NAME, 1),
		       DEMO_NOT_FOUND, 0);
	require_answer(t, "get first", demo_ask(t, COURIER, COURIER_GET, s.handle, NAME),
		       DEMO_NOT_FOUND, 0);
	require_answer(t, "give first", give(t, &s), DEMO_NOT_FOUND, 0);
	require_answer(t, "take as a donation",
		       demo_ask(t, COURIER, COURIER_TAKE, s.handle, KIND_DONATED),
		       DEMO_BAD_ARGUMENT, 0);
	require_answer(t, "take as lent", demo_ask(t, COURIER, COURIER_TAKE, s.handle, KIND_LENT),
		       DEMO_REFUSED, (u32)FFA_RET_INVALID_PARAMETERS);
	require_answer(t, "take", take(t, &s), DEMO_OK, 1);
	require_answer(t, "take again", take(t, &s), DEMO_REFUSED, (u32)FFA_RET_DENIED);
	require(t, sharing_reclaim(&s, 0) == -EACCES, "it is reclaimed from courier");
	require_answer(t, "a value that vault has not",
		       demo_ask(t, COURIER, COURIER_GET, s.handle, NAME), DEMO_NOT_FOUND, 0);
	require_answer(t, "onward as nothing",
		       demo_ask(t, COURIER, COURIER_PUT, s.handle, NAME, 1, 4), DEMO_BAD_ARGUMENT,
		       0);
	require_answer(t, "more than there is",
		       demo_ask(t, COURIER, COURIER_PUT, s.handle, NAME, 4097), DEMO_BAD_ARGUMENT,
		       0);
	require_answer(t, "give", give(t, &s), DEMO_OK, 0);
	require_answer(t, "give again", give(t, &s), DEMO_NOT_FOUND, 0);
	sharing_end(t, &s);
	require_answer(t, "take what is back", take(t, &s), DEMO_REFUSED,
		       (u32)FFA_RET_INVALID_PARAMETERS);
	require_answer(t, "command 99", demo_ask(t, COURIER, 99), DEMO_UNKNOWN_COMMAND, 0);
}

static void courier_writes_to_no_memory_that_it_may_only_read(struct tap *t)
{
	struct sharing s = { COURIER, 1, 1, .access = FFA_MEM_RO };

	carry(t, s, COURIER_PUT, 0, 100);
	if (!taken(t, &s))
		return;
	require_answer(t, "get", demo_ask(t, COURIER, COURIER_GET, s.handle, NAME),
		       DEMO_BAD_ARGUMENT, 0);
	given(t, &s);
	delete (t, NAME);
}

static void a_value_that_is_too_large_for_the_client_stays_in_vault(struct tap *t)
{
	struct sharing s = { COURIER, 1, 1 };

	carry(t, (struct sharing){ COURIER, 2, 1 }, COURIER_PUT, 0, 4097);
	if (!taken(t, &s))
		return;
	require_answer(t, "get", demo_ask(t, COURIER, COURIER_GET, s.handle, NAME), DEMO_TOO_LARGE,
		       4097);
	require_bytes(t, &s, 0, 0);
	given(t, &s);
	carry(t, (struct sharing){ COURIER, 1, 2 }, COURIER_GET, 0, 4097);
	delete (t, NAME);
}

static void courier_borrows_from_eight_at_a_time(struct tap *t)
{
	struct sharing s[COURIER_BORROWED], more = { COURIER, 1, 1 };
	unsigned int i;

	for (i = 0; i < COURIER_BORROWED; i++) {
		s[i] = (struct sharing){ COURIER, i + 1, i % 3 + 1, .lend = i % 2 };
		if (!taken(t, &s[i]))
			return;
		fill_bytes(&s[i], i, 4096);
	}
	if (!sharing_begin(t, &more))
		return;
	require_answer(t, "one more", take(t, &more), DEMO_FULL, 0);
	for (i = 0; i < COURIER_BORROWED; i++) {
		require_answer(t, "give", give(t, &s[i]), DEMO_OK, 0);
		require_bytes(t, &s[i], i, 4096);
		sharing_end(t, &s[i]);
	}
	require_answer(t, "when there is room", take(t, &more), DEMO_OK, 1);
	given(t, &more);
}

static void nothing_is_left_in_flight_by_vault_and_courier(struct tap *t)
{
	require(t, transactions_in_flight(t) == 0, "%u are", transactions_in_flight(t));
}

tap_suite memory_values_suite = {
	TAP_TEST(vault_keeps_values_that_come_in_shared_memory),
	TAP_TEST(vault_keeps_values_that_come_in_lent_memory),
	TAP_TEST(vault_keeps_a_value_that_comes_read_only),
	TAP_TEST(small_values_become_large_and_small_again),
	TAP_TEST(a_value_that_does_not_fit_is_not_begun),
	TAP_TEST(vault_refuses_sizes_that_cannot_be),
	TAP_TEST(vault_says_why_it_cannot_have_the_memory),
	TAP_TEST(vault_has_four_large_places),
	TAP_TEST(nothing_of_an_older_value_comes_back),
	TAP_TEST(courier_lends_to_vault_what_linux_shares),
	TAP_TEST(courier_lends_to_vault_what_linux_lends),
	TAP_TEST(courier_shares_with_vault_what_linux_shares),
	TAP_TEST(courier_donates_to_vault_and_vault_donates_back),
	TAP_TEST(what_courier_brought_is_fetched_from_vault_itself),
	TAP_TEST(courier_wants_things_in_order),
	TAP_TEST(courier_writes_to_no_memory_that_it_may_only_read),
	TAP_TEST(a_value_that_is_too_large_for_the_client_stays_in_vault),
	TAP_TEST(courier_borrows_from_eight_at_a_time),
	TAP_TEST(nothing_is_left_in_flight_by_vault_and_courier),
	{},
};
