// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct messages through the driver: what echo, vault and ticker answer, and
 * that a partition with a context per CPU is one and the same from each of them.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>

#include "cpus.h"
#include "partitions.h"
#include "suites.h"

static const struct words patterns[] = {
	{ 0, 0, 0, 0, 0 },
	{ 1, 2, 3, 4, 5 },
	{ ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL },
	{ 0x0123456789abcdef, 0x8000000000000000, 0xffffffff, 0x100000000, 0xa5a5a5a55a5a5a5a },
};

static void require_same(struct tap *t, struct words sent, struct words got)
{
	require(t, !memcmp(&sent, &got, sizeof(sent)), "sent %40phN, got %40phN", &sent, &got);
}

static void echo_returns_64_bit_words(struct tap *t)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(patterns); i++)
		require_same(t, patterns[i], demo_ask_words(t, ECHO, patterns[i]));
}

static struct words lower_halves(struct words w)
{
	return (struct words){ (u32)w.x3, (u32)w.x4, (u32)w.x5, (u32)w.x6, (u32)w.x7 };
}

static void echo_returns_32_bit_words(struct tap *t)
{
	struct ffa_device *echo = demo[ECHO].device;
	unsigned int i;

	echo->ops->msg_ops->mode_32bit_set(echo);
	for (i = 0; i < ARRAY_SIZE(patterns); i++)
		require_same(t, lower_halves(patterns[i]), demo_ask_words(t, ECHO, patterns[i]));
}

/* The driver has a call to choose 32-bit messages and none to go back. */
static void echo_returns_32_bit_words_and_64_bit_ones_again(struct tap *t)
{
	echo_returns_32_bit_words(t);
	demo[ECHO].device->mode_32bit = false;
	echo_returns_64_bit_words(t);
}

/* A name of up to 8 bytes as vault takes it. */
static u64 name(const char *text)
{
	u64 word = 0;

	memcpy(&word, text, strnlen(text, sizeof(word)));
	return word;
}

static void require_status(struct tap *t, struct words answer, u64 status, const char *what)
{
	require(t, answer.x3 == status, "%s: status %lld, not %llu", what, answer.x3, status);
}

static void require_value(struct tap *t, u64 key, u64 low, u64 high)
{
	struct words answer = demo_ask(t, VAULT, VAULT_GET, key);

	require_status(t, answer, DEMO_OK, "get");
	require(t, answer.x5 == low && answer.x6 == high, "got %#llx %#llx, not %#llx %#llx",
		answer.x5, answer.x6, low, high);
}

static bool is_listed(struct tap *t, u64 key)
{
	struct words answer;
	u64 i;

	for (i = 0; i < VAULT_KEYS; i++) {
		answer = demo_ask(t, VAULT, VAULT_LIST, i);
		if (answer.x3 != DEMO_OK)
			return false;
		if (answer.x4 == key)
			return true;
	}
	return false;
}

static void use_vault(struct tap *t, void *data)
{
	u64 key = name("here");

	require_status(t, demo_ask(t, VAULT, VAULT_PUT, key, 1, 2), DEMO_OK, "put");
	require_value(t, key, 1, 2);
	require_status(t, demo_ask(t, VAULT, VAULT_PUT, key, 3, 4), DEMO_OK, "put again");
	require_value(t, key, 3, 4);
	require(t, is_listed(t, key), "the list lacks the name");
	require_status(t, demo_ask(t, VAULT, VAULT_DELETE, key), DEMO_OK, "delete");
	require_status(t, demo_ask(t, VAULT, VAULT_GET, key), DEMO_NOT_FOUND, "get after delete");
	require(t, !is_listed(t, key), "the list still has the name");
}

static void vault_keeps_finds_lists_and_deletes_on_every_cpu(struct tap *t)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		on_cpu(t, cpu, use_vault, NULL);
}

static void put_own_number(struct tap *t, void *cpu)
{
	require_status(t, demo_ask(t, VAULT, VAULT_PUT, name("shared"), (u64)cpu, ~(u64)cpu),
		       DEMO_OK, "put");
}

static void get_number_of(struct tap *t, void *cpu)
{
	require_value(t, name("shared"), (u64)cpu, ~(u64)cpu);
}

static void what_one_cpu_puts_into_the_vault_all_others_get(struct tap *t)
{
	unsigned long writer, reader;

	for_each_online_cpu(writer) {
		on_cpu(t, writer, put_own_number, (void *)writer);
		for_each_online_cpu(reader)
			on_cpu(t, reader, get_number_of, (void *)writer);
	}
	demo_ask(t, VAULT, VAULT_DELETE, name("shared"));
}

static void vault_says_what_is_wrong_with_a_request(struct tap *t)
{
	require_status(t, demo_ask(t, VAULT, 99), DEMO_UNKNOWN_COMMAND, "command 99");
	require_status(t, demo_ask(t, VAULT, VAULT_PUT, 0, 1, 2), DEMO_BAD_ARGUMENT,
		       "put without a name");
	require_status(t, demo_ask(t, VAULT, VAULT_GET, name("nobody")), DEMO_NOT_FOUND, "get");
	require_status(t, demo_ask(t, VAULT, VAULT_DELETE, name("nobody")), DEMO_NOT_FOUND,
		       "delete");
	require_status(t, demo_ask(t, VAULT, VAULT_LIST, VAULT_KEYS), DEMO_NOT_FOUND, "list");
}

static u64 numbered(unsigned int i)
{
	return name("filler") | (u64)(i + 1) << 56;
}

static void vault_is_full_at_its_limit_and_usable_afterwards(struct tap *t)
{
	unsigned int i, kept;
	struct words answer = {};

	for (kept = 0; kept <= VAULT_KEYS; kept++) {
		answer = demo_ask(t, VAULT, VAULT_PUT, numbered(kept), kept);
		if (answer.x3 != DEMO_OK)
			break;
	}
	for (i = 0; i < kept; i++) {
		require_value(t, numbered(i), i, 0);
		require_status(t, demo_ask(t, VAULT, VAULT_DELETE, numbered(i)), DEMO_OK, "delete");
	}
	require_status(t, answer, DEMO_FULL, "one put too many");
	require(t, kept <= VAULT_KEYS, "it took %u keys", kept);
	use_vault(t, NULL);
}

static void ticker_counts_its_calls_and_its_time_goes_on(struct tap *t)
{
	struct words before = demo_ask(t, TICKER, TICKER_READ), after;

	msleep(20);
	after = demo_ask(t, TICKER, TICKER_READ);
	require_status(t, after, DEMO_OK, "read");
	require(t, after.x4 == before.x4 + 1, "from call %llu to call %llu", before.x4, after.x4);
	require(t, after.x5 >= before.x5 + 19, "20 ms were %llu ms", after.x5 - before.x5);
	require(t, after.x6 == before.x6 && after.x6, "the frequency is %llu Hz", after.x6);
}

tap_suite message_suite = {
	TAP_TEST(echo_returns_64_bit_words),
	TAP_TEST(echo_returns_32_bit_words_and_64_bit_ones_again),
	TAP_TEST(vault_keeps_finds_lists_and_deletes_on_every_cpu),
	TAP_TEST(what_one_cpu_puts_into_the_vault_all_others_get),
	TAP_TEST(vault_says_what_is_wrong_with_a_request),
	TAP_TEST(vault_is_full_at_its_limit_and_usable_afterwards),
	TAP_TEST(ticker_counts_its_calls_and_its_time_goes_on),
	{},
};
