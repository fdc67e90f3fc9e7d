// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once, for a while: a thread for each CPU sends messages of all kinds
 * and notifications, and shares memory, ticker ticks, CPUs go off and on, partitions die, and
 * some come back. Afterwards every message must have been answered, or refused for a reason
 * that there was, every notification must have come, and all memory must be back.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/printk.h>

#include "smc.h"
#include "soak.h"
#include "stat.h"

struct sender senders[THREADS_MAX];
unsigned int sender_count;
bool doomed[KNOWN_PARTITIONS];

/* ---- How messages end ---- */

enum end soak_end(struct sender *s, enum demo to, int error, const char *what)
{
	switch (error) {
	case 0:
		return ANSWERED;
	case -EBUSY:
		return BUSY;
	case -ECANCELED:
		if (!READ_ONCE(doomed[to]))
			tap_fail(s->t, "%s, %s: aborted", demo[to].name, what);
		return ABORTED;
	default:
		tap_fail(s->t, "%s, %s: %pe", demo[to].name, what, ERR_PTR(error));
		return DENIED;
	}
}

enum end soak_ask(struct sender *s, enum demo to, struct words *words, const char *what)
{
	return soak_end(s, to, demo_send(to, words), what);
}

void soak_require(struct sender *s, bool same, const char *what)
{
	if (!same)
		tap_fail(s->t, "thread %u: %s came back changed", s->number, what);
}

int soak_errno(int status)
{
	return status == FFA_RET_BUSY ? -EBUSY : status == FFA_RET_ABORTED ? -ECANCELED : -EIO;
}

enum end soak_crash(struct sender *s, enum demo to, struct words words, const char *what)
{
	enum end end = soak_ask(s, to, &words, what);

	soak_require(s, end != ANSWERED || words.x3 == DEMO_OK, what);
	return end;
}

/* ---- Threads ---- */

static const struct {
	const char *name;
	soak_kind *send;
	bool seldom; /* of four times that it comes up, once */
} kinds[] = {
	{ "64 bit, to echo", echo_64 },
	{ "32 bit, to echo", echo_32 },
	{ "second kind, to echo", echo_2 },
	{ "to vault", use_vault },
	{ "to ticker", read_ticker },
	{ "long work of crashers", spin },
	{ "yield of crasher", give_way },
	{ "on by crasher to another", forward },
	{ "to who dies and comes back", ask_the_reborn },
	{ "memory shared with crasher_mp", share_memory, .seldom = true },
	{ "memory lent to who dies", lend_to_the_reborn, .seldom = true },
	{ "a large value, kept by vault", keep_a_large_value, .seldom = true },
	{ "in buffers, crasher to echo", send_by_buffer },
	{ "in buffers, Linux to echo", send_by_linuxs_buffer },
	{ "to set a global notification", notify_linux },
	{ "to set one of a vCPU", notify_vcpu },
	{ "notification to echo and back", notify_echo },
};

static_assert(ARRAY_SIZE(kinds) <= KINDS_MAX);

/*
 * Under pKVM 6.12, whose proxy does not pass FFA_MSG_SEND2 on, Linux sends none of its own. Memory
 * goes seldom: for each page of it that is unmapped, all threads of the host wait for each other.
 */
static unsigned int any_kind(struct sender *s)
{
	unsigned int kind;

	do {
		kind = prandom_u32_state(&s->random) % ARRAY_SIZE(kinds);
	} while (kinds[kind].seldom && prandom_u32_state(&s->random) % 4);
	return expect_pkvm && kinds[kind].send == send_by_linuxs_buffer ? kind - 1 : kind;
}

/* Bound to its CPU, where a context of that is resumed; parked while that is off. */
static int send_all_kinds(void *sender)
{
	struct sender *s = sender;
	unsigned int kind;

	while (!kthread_should_stop()) {
		if (kthread_should_park())
			kthread_parkme();
		s->sent++;
		kind = any_kind(s);
		s->of[kind].sent++;
		s->of[kind].end[kinds[kind].send(s)]++;
		cond_resched();
	}
	return 0;
}

static bool start_senders(struct tap *t)
{
	struct sender *s;
	unsigned int i;

	for (i = 0; i < num_present_cpus() && i < THREADS_MAX; i++) {
		s = &senders[i];
		s->t = t;
		s->number = i;
		prandom_seed_state(&s->random, i + 1);
		s->thread = kthread_create_on_cpu(send_all_kinds, s, i, "bulkhead-soak/%u");
		if (IS_ERR(s->thread)) {
			tap_fail(t, "no thread");
			return false;
		}
		wake_up_process(s->thread);
		sender_count++;
	}
	return true;
}

static void stop_senders(void)
{
	unsigned int i;

	for (i = 0; i < sender_count; i++)
		kthread_stop(senders[i].thread);
}

/* ---- CPUs off and on, deaths ---- */

unsigned int deaths[KNOWN_PARTITIONS];
static unsigned int switched;

static void off_and_on(struct tap *t, unsigned int cpu)
{
	int error;

	kthread_park(senders[cpu].thread);
	error = remove_cpu(cpu);
	msleep(20);
	if (!error)
		error = add_cpu(cpu);
	kthread_unpark(senders[cpu].thread);
	if (error)
		tap_fail(t, "CPU %u does not go off or come on: %pe", cpu, ERR_PTR(error));
	switched++;
}

static void kill_one(struct tap *t, enum demo which, u64 how)
{
	struct words words = { how };
	int error = -EBUSY;

	WRITE_ONCE(doomed[which], true);
	while (error == -EBUSY) {
		migrate_disable();
		words.x3 = how;
		error = demo_send(which, &words);
		migrate_enable();
		cond_resched();
	}
	if (error != -ECANCELED)
		tap_fail(t, "%s does not die: %pe", demo[which].name, ERR_PTR(error));
	deaths[which]++;
}

/* Two die all the time, but not eight times in a minute, which would be their end. */
#define AGAIN (9 * HZ)

static void kill_the_reborn(struct tap *t, unsigned long *next)
{
	static bool odd;

	if (time_before(jiffies, *next))
		return;
	*next = jiffies + AGAIN / 2;
	odd = !odd;
	kill_one(t, odd ? PHOENIX_QUEUED : PHOENIX_MP, odd ? CRASH_READ_FATAL : CRASH_ABORT);
}

/* The others die once, in the second half; a host that is too slow for that takes longer. */
static void disturb(struct tap *t, unsigned int seconds)
{
	static const struct {
		enum demo which;
		u64 how;
		unsigned int percent;
	} fates[] = {
		{ CRASHER_QUEUED, CRASH_ABORT, 50 },
		{ CRASHER, CRASH_READ_FATAL, 80 },
	};
	unsigned long start = jiffies, end = start + seconds * HZ, again = start;
	unsigned int cpu = 0, next = 0;

	while ((time_before(jiffies, end) || next < ARRAY_SIZE(fates)) && !READ_ONCE(t->failed)) {
		cpu = cpu % (sender_count - 1) + 1;
		off_and_on(t, cpu);
		kill_the_reborn(t, &again);
		if (next < ARRAY_SIZE(fates) &&
		    jiffies - start >= (end - start) / 100 * fates[next].percent) {
			kill_one(t, fates[next].which, fates[next].how);
			next++;
		}
		msleep(30);
	}
}

/* ---- The account ---- */

/* Of one kind, by all threads. */
static struct account account_of(struct tap *t, unsigned int kind)
{
	struct account sum = {};
	unsigned long ended = 0;
	unsigned int i, j;

	for (i = 0; i < sender_count; i++) {
		sum.sent += senders[i].of[kind].sent;
		for (j = 0; j < ENDS; j++) {
			sum.end[j] += senders[i].of[kind].end[j];
			ended += senders[i].of[kind].end[j];
		}
	}
	if (sum.sent != ended)
		tap_fail(t, "%s: %lu sent, %lu ended", kinds[kind].name, sum.sent, ended);
	return sum;
}

static void tell(const char *what, const struct account *a)
{
	tap_note("soak: %s: %lu sent = %lu answered + %lu busy + %lu aborted + %lu denied", what,
		 a->sent, a->end[ANSWERED], a->end[BUSY], a->end[ABORTED], a->end[DENIED]);
}

/* Each kind was answered, but for the one that Linux's version has not. */
static struct account account_for_messages(struct tap *t)
{
	struct account sum = {}, one;
	unsigned int kind, j;

	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		one = account_of(t, kind);
		if (!one.sent)
			continue;
		tell(kinds[kind].name, &one);
		if (!one.end[ANSWERED] && kinds[kind].send != echo_2)
			tap_fail(t, "%s: no answer", kinds[kind].name);
		sum.sent += one.sent;
		for (j = 0; j < ENDS; j++)
			sum.end[j] += one.end[j];
	}
	return sum;
}

static void account_for_ticker(struct tap *t, u64 ticker_calls)
{
	unsigned long reads = 0;
	unsigned int i;

	for (i = 0; i < sender_count; i++)
		reads += senders[i].ticker_reads;
	require(t, reads == ticker_calls, "ticker was read %lu times and counted %llu", reads,
		ticker_calls);
}

static void require_answers(struct tap *t)
{
	unsigned long answered;
	unsigned int i, kind;

	for (i = 0; i < sender_count; i++) {
		for (answered = 0, kind = 0; kind < ARRAY_SIZE(kinds); kind++)
			answered += senders[i].of[kind].end[ANSWERED];
		if (!answered)
			tap_fail(t, "thread %u was never answered", i);
	}
}

/* What Bulkhead says of its life is what this saw of it: it died so often, and came back. */
static void require_reborn(struct tap *t, enum demo which)
{
	smc_regs life;
	u64 i;

	demo_ask(t, which, CRASH_ECHO, 1);
	for (i = 0; i < KNOWN_PARTITIONS; i++) {
		life = smc(.a0 = FFA_FN64_MSG_SEND_DIRECT_REQ, .a1 = STAT_ID, .a3 = STAT_LIFE,
			   .a4 = i);
		if (life.a3 == STAT_OK && life.a4 == demo[which].device->vm_id)
			break;
	}
	require(t, deaths[which] && life.a6 == deaths[which] && life.a7 == deaths[which],
		"%s was killed %u times, died %lu times and came back %lu times", demo[which].name,
		deaths[which], life.a7, life.a6);
	require(t, life.a5 == STAT_STATE_LIVE, "%s does not live", demo[which].name);
}

static unsigned int all_deaths(void)
{
	unsigned int sum = 0, i;

	for (i = 0; i < KNOWN_PARTITIONS; i++)
		sum += deaths[i];
	return sum;
}

static void everything_at_once_is_accounted_for(struct tap *t)
{
	unsigned long bits_sent = 0, bits_seen = 0;
	u64 calls = demo_ask(t, TICKER, TICKER_READ).x4;
	int level = console_loglevel;
	struct account sum;

	require(t, demo[PHOENIX_MP].device && demo[PHOENIX_QUEUED].device, "not the soak's image");
	doomed[PHOENIX_MP] = doomed[PHOENIX_QUEUED] = true;
	bind_all(t);
	open_crashers_buffers(t);
	open_mailboxes_for_memory(t);
	tap_note("soak begins");
	console_loglevel = LOGLEVEL_ERR; /* the log is read afterwards */
	start_ticks(t);
	if (start_senders(t))
		disturb(t, soak_seconds);
	stop_senders();
	calls = demo_ask(t, TICKER, TICKER_READ).x4 - calls - 1;
	demo_ask(t, TICKER, TICKER_STOP);
	nudge_each_cpu(t);
	msleep(500);
	console_loglevel = level;

	sum = account_for_messages(t);
	account_for_ticker(t, calls);
	account_for_notifications(t, &bits_sent, &bits_seen);
	account_for_memory(t);
	require_answers(t);
	require_reborn(t, PHOENIX_MP);
	require_reborn(t, PHOENIX_QUEUED);
	tap_note("soak: %lu notifications sent, %lu came, the rest together with others", bits_sent,
		 bits_seen);
	tap_note("soak: %u s, %u times a CPU went off and on, %u partitions died, %u came back",
		 soak_seconds, switched, all_deaths(), deaths[PHOENIX_MP] + deaths[PHOENIX_QUEUED]);
	tell("messages", &sum);
}

tap_suite soak_suite = {
	TAP_TEST(everything_at_once_is_accounted_for),
	{},
};
