// SPDX-License-Identifier: GPL-2.0-only
/*
 * All CPUs at once: each shares and lends memory of its own, to its own context of a partition
 * or to one that all want, and gets it back with what is right in it.
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "cpus.h"
#include "sharing.h"
#include "suites.h"

#define PATIENCE (30 * HZ)
#define ROUNDS 8
#define NAME_OF(cpu) (0x7570632d00 | ((cpu) + 1)) /* in the vault */

/* Each CPU finds its own words, whatever others do. */
static void there_and_back(struct tap *t, struct sharing s)
{
	const u64 seed = ((u64)raw_smp_processor_id() + 1) << 48;
	unsigned int i;

	for (i = 0; i < ROUNDS && !READ_ONCE(t->failed); i++) {
		if (!sharing_begin(t, &s))
			return;
		sharing_fill(&s, seed + i);
		require(t, !crasher_retrieve(t, &s).status, "CPU %u: retrieve",
			raw_smp_processor_id());
		crasher_swap(t, &s, seed + i, ~seed);
		require(t, sharing_reclaim(&s, 0) == -EACCES, "it is reclaimed while borrowed");
		require(t, !sharing_wrong(&s, ~seed), "CPU %u: Linux sees other words",
			raw_smp_processor_id());
		require(t, !crasher_relinquish(t, s.to, s.handle, 0), "relinquish");
		sharing_end(t, &s);
		cond_resched();
	}
}

static void at_once(struct tap *t, void (*part)(struct tap *t, void *data))
{
	crasher_mailbox(t, CRASHER_MP, true);
	on_every_cpu_at_once(t, part, NULL);
	require(t, transactions_in_flight(t) == 0, "%u are left in flight",
		transactions_in_flight(t));
	crasher_mailbox(t, CRASHER_MP, false);
}

static void share_a_page(struct tap *t, void *data)
{
	there_and_back(t, (struct sharing){ CRASHER_MP, 1, 1 });
}

static void every_cpu_shares_a_page_at_once(struct tap *t)
{
	at_once(t, share_a_page);
}

static void lend_a_page(struct tap *t, void *data)
{
	there_and_back(t, (struct sharing){ CRASHER_MP, 1, 1, .lend = true });
}

static void every_cpu_lends_a_page_at_once(struct tap *t)
{
	at_once(t, lend_a_page);
}

static void share_512_pages(struct tap *t, void *data)
{
	there_and_back(t, (struct sharing){ CRASHER_MP, 1, BLOCK_PAGES, .first = 3 });
}

static void every_cpu_shares_512_pages_at_once(struct tap *t)
{
	at_once(t, share_512_pages);
}

/* Fragments of one CPU's between those of others, both ways. */
static void lend_ranges(struct tap *t, void *data)
{
	there_and_back(t, (struct sharing){ CRASHER_MP, 300, 1, .lend = true });
}

static void every_cpu_lends_300_ranges_at_once(struct tap *t)
{
	at_once(t, lend_ranges);
}

static void send_fragments(struct tap *t, void *data)
{
	struct sharing s = { CRASHER_MP, 300, 1, .lend = raw_smp_processor_id() % 2 };
	unsigned int i;

	for (i = 0; i < ROUNDS && !READ_ONCE(t->failed); i++) {
		if (!sharing_begin(t, &s))
			return;
		sharing_fill(&s, i);
		require(t, !sharing_wrong(&s, i), "its words have changed");
		sharing_end(t, &s);
		cond_resched();
	}
}

static void every_cpu_sends_and_reclaims_300_ranges_at_once(struct tap *t)
{
	at_once(t, send_fragments);
}

/* crasher has a single context: the CPUs take turns with a whole transaction. */
static void turns_of_300_ranges(struct tap *t, void *data)
{
	static DEFINE_MUTEX(turn);
	struct sharing s = { CRASHER, 300, 1, .lend = raw_smp_processor_id() % 2 };

	mutex_lock(&turn);
	there_and_back(t, s);
	mutex_unlock(&turn);
}

static void the_cpus_in_turn_lend_300_ranges_to_one_context(struct tap *t)
{
	crasher_mailbox(t, CRASHER, true);
	on_every_cpu_at_once(t, turns_of_300_ranges, NULL);
	crasher_mailbox(t, CRASHER, false);
}

/* ---- Values ---- */

static bool patient_ask(struct tap *t, enum demo to, struct words *words, u64 status)
{
	const struct words request = *words;
	unsigned long deadline = jiffies + PATIENCE;
	int error;

	while ((error = demo_send(to, words)) == -EBUSY && time_before(jiffies, deadline)) {
		*words = request;
		cond_resched();
	}
	if (error || words->x3 != status)
		tap_fail(t, "CPU %u, %s, command %llu: %pe, status %lld (%#llx)",
			 raw_smp_processor_id(), demo[to].name, request.x3, ERR_PTR(error),
			 words->x3, words->x4);
	return !t->failed;
}

#define patient(t, to, ...) patient_ask(t, to, &(struct words){ __VA_ARGS__ }, DEMO_OK)

static void use_vault(struct tap *t, void *data)
{
	struct sharing s = { VAULT, 3, 1 };
	u64 name = NAME_OF(raw_smp_processor_id()), words;
	unsigned int i;

	for (i = 0; i < ROUNDS && !READ_ONCE(t->failed); i++) {
		words = name << 8 | i;
		if (!sharing_begin(t, &s))
			return;
		sharing_fill(&s, words);
		if (!patient(t, VAULT, VAULT_STORE, name, s.handle, 3 * PAGE_SIZE, KIND_SHARED))
			return;
		sharing_fill(&s, 0);
		if (!patient(t, VAULT, VAULT_FETCH, name, s.handle, 0, KIND_SHARED))
			return;
		require(t, !sharing_wrong(&s, words), "CPU %u: other words came back",
			raw_smp_processor_id());
		sharing_end(t, &s);
	}
	patient(t, VAULT, VAULT_DELETE, name);
}

static void every_cpu_stores_and_fetches_at_once(struct tap *t)
{
	on_every_cpu_at_once(t, use_vault, NULL);
	require(t, transactions_in_flight(t) == 0, "%u are left in flight",
		transactions_in_flight(t));
}

static void use_courier(struct tap *t, void *data)
{
	struct sharing s = { COURIER, 3, 1, .lend = raw_smp_processor_id() % 2 };
	u64 name = NAME_OF(raw_smp_processor_id()), words;
	unsigned int i;

	for (i = 0; i < ROUNDS && !READ_ONCE(t->failed); i++) {
		words = name << 8 | i;
		if (!sharing_begin(t, &s))
			return;
		sharing_fill(&s, words);
		if (!patient(t, COURIER, COURIER_TAKE, s.handle,
			     s.lend ? KIND_LENT : KIND_SHARED) ||
		    !patient(t, COURIER, COURIER_PUT, s.handle, name, 3 * PAGE_SIZE, i % 4))
			return;
		sharing_fill(&s, 0);
		if (!patient(t, COURIER, COURIER_GET, s.handle, name, 0, i % 4))
			return;
		require(t, !sharing_wrong(&s, words), "CPU %u: other words came back",
			raw_smp_processor_id());
		if (!patient(t, COURIER, COURIER_GIVE, s.handle))
			return;
		sharing_end(t, &s);
	}
	patient(t, VAULT, VAULT_DELETE, name);
}

static void every_cpu_sends_courier_to_vault_at_once(struct tap *t)
{
	on_every_cpu_at_once(t, use_courier, NULL);
	require(t, transactions_in_flight(t) == 0, "%u are left in flight",
		transactions_in_flight(t));
}

/* ---- From CPU to CPU ---- */

static void send_here(struct tap *t, void *s)
{
	sharing_begin(t, s);
}

static void retrieve_here(struct tap *t, void *s)
{
	sharing_fill(s, 1);
	require(t, !crasher_retrieve(t, s).status, "retrieve");
	crasher_swap(t, s, 1, 2);
}

static void relinquish_here(struct tap *t, void *s)
{
	require(t, !crasher_relinquish(t, CRASHER, ((struct sharing *)s)->handle, 0), "relinquish");
}

static void reclaim_here(struct tap *t, void *s)
{
	require(t, !sharing_wrong(s, 2), "other words came back");
	sharing_end(t, s);
}

static void each_step_of_a_transaction_is_done_on_another_cpu(struct tap *t)
{
	static void (*const steps[])(struct tap * t, void *s) = { send_here, retrieve_here,
								  relinquish_here, reclaim_here };
	struct sharing s;
	unsigned int round, i;

	crasher_mailbox(t, CRASHER, true);
	for (round = 0; round < ROUNDS; round++) {
		s = (struct sharing){ CRASHER, 2, 2, .lend = round % 2 };
		for (i = 0; i < ARRAY_SIZE(steps) && !t->failed; i++)
			on_cpu(t, (round + i) % num_online_cpus(), steps[i], &s);
	}
	crasher_mailbox(t, CRASHER, false);
}

tap_suite memory_cpus_suite = {
	TAP_TEST(every_cpu_shares_a_page_at_once),
	TAP_TEST(every_cpu_lends_a_page_at_once),
	TAP_TEST(every_cpu_shares_512_pages_at_once),
	TAP_TEST(every_cpu_lends_300_ranges_at_once),
	TAP_TEST(every_cpu_sends_and_reclaims_300_ranges_at_once),
	TAP_TEST(the_cpus_in_turn_lend_300_ranges_to_one_context),
	TAP_TEST(every_cpu_stores_and_fetches_at_once),
	TAP_TEST(every_cpu_sends_courier_to_vault_at_once),
	TAP_TEST(each_step_of_a_transaction_is_done_on_another_cpu),
	{},
};
