// SPDX-License-Identifier: GPL-2.0-only
/*
 * All CPUs at once: each sends messages to a partition with a context per CPU
 * and to one with a single context, checks every answer, and tries again when
 * the partition is busy with another CPU's message.
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "cpus.h"
#include "partitions.h"
#include "suites.h"

#define PATIENCE (30 * HZ) /* for one message, busy answers included */
#define NAME_OF(cpu)                                                                \
	(0x64616f6c00 | ((cpu) + 1)) /* each CPU has a name of its own in the vault \
				      */

struct sender {
	unsigned int cpu;
	unsigned int sent[DEMO_PARTITIONS];
	unsigned int busy[DEMO_PARTITIONS];
};

static int send_until_taken(struct sender *s, enum demo to, struct words *words)
{
	const struct words request = *words;
	unsigned long deadline = jiffies + PATIENCE;
	int error;

	while ((error = demo_send(to, words)) == -EBUSY && time_before(jiffies, deadline)) {
		s->busy[to]++;
		*words = request;
		cpu_relax();
		cond_resched();
	}
	s->sent[to] += !error;
	return error;
}

static void echo_one(struct tap *t, struct sender *s, unsigned int i)
{
	const struct words sent = { i, s->cpu, ~0ULL << i % 64, (u64)i * i, ~(u64)i };
	struct words got = sent;
	int error = send_until_taken(s, ECHO, &got);

	require(t, !error, "CPU %u, message %u to echo: %pe", s->cpu, i, ERR_PTR(error));
	require(t, !memcmp(&sent, &got, sizeof(sent)), "CPU %u, message %u came back changed",
		s->cpu, i);
}

/* Even messages put a value, odd ones get it. */
static void use_vault_once(struct tap *t, struct sender *s, unsigned int i)
{
	u64 value = i & ~1;
	struct words words = { i & 1 ? VAULT_GET : VAULT_PUT, NAME_OF(s->cpu), value, ~value };
	int error = send_until_taken(s, VAULT, &words);

	require(t, !error, "CPU %u, message %u to vault: %pe", s->cpu, i, ERR_PTR(error));
	require(t, words.x3 == DEMO_OK, "CPU %u, message %u to vault: status %llu", s->cpu, i,
		words.x3);
	require(t, !(i & 1) || (words.x5 == value && words.x6 == ~value),
		"CPU %u, message %u: vault gave %#llx %#llx", s->cpu, i, words.x5, words.x6);
}

static void send_all(struct tap *t, void *senders)
{
	unsigned int cpu = raw_smp_processor_id(), i;
	struct sender *s = (struct sender *)senders + cpu;

	s->cpu = cpu;
	for (i = 0; i < load_messages && !READ_ONCE(t->failed); i++) {
		use_vault_once(t, s, i);
		echo_one(t, s, i);
		cond_resched();
	}
}

static void report(const struct sender *s)
{
	tap_note("CPU %u: %u messages to vault, busy %u times; %u to echo, busy %u times", s->cpu,
		 s->sent[VAULT], s->busy[VAULT], s->sent[ECHO], s->busy[ECHO]);
}

static void every_cpu_at_once_gets_every_answer_right(struct tap *t)
{
	struct sender *senders = kcalloc(nr_cpu_ids, sizeof(*senders), GFP_KERNEL);
	unsigned int cpu;

	require(t, senders, "no memory");
	on_every_cpu_at_once(t, send_all, senders);
	for_each_online_cpu(cpu) {
		report(&senders[cpu]);
		demo_ask(t, VAULT, VAULT_DELETE, NAME_OF(cpu));
	}
	kfree(senders);
}

tap_suite load_suite = {
	TAP_TEST(every_cpu_at_once_gets_every_answer_right),
	{},
};
