// SPDX-License-Identifier: GPL-2.0-only
/*
 * All CPUs at once: a thread bound to each sends messages to a partition with
 * a context per CPU and to one with a single context, checks every answer, and
 * tries again when the partition is busy with another CPU's message.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/slab.h>

#include "partitions.h"
#include "suites.h"

#define PATIENCE (30 * HZ) /* for one message, busy answers included */

struct sender {
	struct tap *t;
	struct completion *go;
	struct completion done;
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

static void echo_one(struct sender *s, unsigned int i)
{
	const struct words sent = { i, s->cpu, ~0ULL << i % 64, (u64)i * i, ~(u64)i };
	struct words got = sent;
	int error = send_until_taken(s, ECHO, &got);

	require(s->t, !error, "CPU %u, message %u to echo: %pe", s->cpu, i, ERR_PTR(error));
	require(s->t, !memcmp(&sent, &got, sizeof(sent)), "CPU %u, message %u came back changed",
		s->cpu, i);
}

/* Each CPU has a name of its own: even messages put a value, odd ones get it. */
static void use_vault_once(struct sender *s, unsigned int i)
{
	unsigned int value = i & ~1;
	struct words words = { i & 1 ? VAULT_GET : VAULT_PUT, 0x64616f6c00 | (s->cpu + 1), value,
			       ~(u64)value };
	int error = send_until_taken(s, VAULT, &words);

	require(s->t, !error, "CPU %u, message %u to vault: %pe", s->cpu, i, ERR_PTR(error));
	require(s->t, words.x3 == DEMO_OK, "CPU %u, message %u to vault: status %llu", s->cpu, i,
		words.x3);
	require(s->t, !(i & 1) || (words.x5 == value && words.x6 == ~(u64)value),
		"CPU %u, message %u: vault gave %#llx %#llx", s->cpu, i, words.x5, words.x6);
}

static int send_all(void *data)
{
	struct sender *s = data;
	unsigned int i;

	wait_for_completion(s->go);
	for (i = 0; i < load_messages && !READ_ONCE(s->t->failed); i++) {
		use_vault_once(s, i);
		echo_one(s, i);
		cond_resched();
	}
	kthread_complete_and_exit(&s->done, 0);
}

static bool start_sender(struct sender *s)
{
	struct task_struct *thread = kthread_create_on_cpu(send_all, s, s->cpu, "bulkhead-load/%u");

	if (IS_ERR(thread))
		return false;
	wake_up_process(thread);
	return true;
}

/* In steps, so that a long run is not taken for a hung task. */
static void wait_for(struct sender *s)
{
	while (!wait_for_completion_timeout(&s->done, 10 * HZ))
		;
}

static void report(const struct sender *s)
{
	tap_note("CPU %u: %u messages to vault, busy %u times; %u to echo, busy %u times", s->cpu,
		 s->sent[VAULT], s->busy[VAULT], s->sent[ECHO], s->busy[ECHO]);
}

static void forget(struct sender *s)
{
	struct words words = { VAULT_DELETE, 0x64616f6c00 | (s->cpu + 1) };

	demo_send(VAULT, &words);
}

static void every_cpu_at_once_gets_every_answer_right(struct tap *t)
{
	DECLARE_COMPLETION_ONSTACK(go);
	struct sender *senders = kcalloc(nr_cpu_ids, sizeof(*senders), GFP_KERNEL);
	unsigned int cpu, started = 0, i;

	require(t, senders, "no memory");
	for_each_online_cpu(cpu) {
		struct sender *s = &senders[started];

		*s = (struct sender){ .t = t, .go = &go, .cpu = cpu };
		init_completion(&s->done);
		if (start_sender(s))
			started++;
		else
			tap_fail(t, "no thread for CPU %u", cpu);
	}
	complete_all(&go);
	for (i = 0; i < started; i++)
		wait_for(&senders[i]);
	for (i = 0; i < started; i++) {
		report(&senders[i]);
		forget(&senders[i]);
	}
	kfree(senders);
}

tap_suite load_suite = {
	TAP_TEST(every_cpu_at_once_gets_every_answer_right),
	{},
};
