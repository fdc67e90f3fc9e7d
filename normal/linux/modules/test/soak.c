// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once, for a while: a thread for each CPU sends messages of all kinds
 * and notifications, ticker ticks, CPUs go off and on, partitions die. Afterwards
 * every message must have been answered, or refused for a reason that there was, and
 * every notification must have come. Bits that meet count once: of each, as many came
 * as were sent at most, and one after the last.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "bulkhead.h"
#include "notices.h"
#include "smc.h"
#include "suites.h"

#define FROM_PARTITIONS_AND_SPM 0x5
#define TICK_BIT 12
#define TICK_MS 5
#define MP_BIT 16 /* and on: a bit of each thread, sent by crasher_mp */
#define ECHO_BIT 0 /* and on: by Linux to echo, and back */
#define THREADS_MAX 8
#define KEY(thread) (0x6b616f7300 | ((thread) + 1)) /* in the vault */

/* How a message ended. Busy may be any; aborted, who was made to die; denied, what says so. */
enum end { ANSWERED, BUSY, ABORTED, DENIED, ENDS };

struct sent_bit {
	unsigned long sent;
	int before_last; /* how often it had come when it was sent last */
};

struct sender {
	struct tap *t;
	unsigned int number;
	struct rnd_state random;
	struct task_struct *thread;
	unsigned long sent, end[ENDS], ticker_reads;
	u64 kept; /* in the vault */
	struct sent_bit to_echo, by_mp;
};

static struct sender senders[THREADS_MAX];
static unsigned int sender_count;
static bool doomed[DEMO_PARTITIONS];

/* ---- Messages ---- */

static enum end end_of(struct sender *s, enum demo to, int error, const char *what)
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

static enum end ask(struct sender *s, enum demo to, struct words *words, const char *what)
{
	return end_of(s, to, demo_send(to, words), what);
}

static void require_same(struct sender *s, bool same, const char *what)
{
	if (!same)
		tap_fail(s->t, "thread %u: %s came back changed", s->number, what);
}

static enum end echo_64(struct sender *s)
{
	const struct words sent = { s->sent, s->number, ~s->sent, s->sent << 32, 5 };
	struct words got = sent;
	enum end end = ask(s, ECHO, &got, "64 bit");

	require_same(s, end != ANSWERED || !memcmp(&sent, &got, sizeof(sent)), "64 bits");
	return end;
}

static int status_to_errno(int status)
{
	return status == FFA_RET_BUSY ? -EBUSY : status == FFA_RET_ABORTED ? -ECANCELED : -EIO;
}

static enum end echo_32(struct sender *s)
{
	const u32 word = s->sent;
	const u16 echo = demo[ECHO].device->vm_id;
	smc_regs result;

	bulkhead_message_begin(echo);
	result = smc(.a0 = FFA_MSG_SEND_DIRECT_REQ, .a1 = echo, .a3 = word);
	while (result.a0 == FFA_INTERRUPT)
		result = smc_run(&result);
	bulkhead_message_end(echo);
	if (result.a0 == FFA_ERROR)
		return end_of(s, ECHO, status_to_errno(smc_status(&result)), "32 bit");
	if (result.a0 != FFA_MSG_SEND_DIRECT_RESP || result.a3 != word)
		tap_fail(s->t, "32 bit: x0 %#lx, x2 %#lx, x3 %#lx for %#x", result.a0, result.a2,
			 result.a3, word);
	return ANSWERED;
}

/* Linux speaks FF-A 1.1, which has no such request. */
static enum end echo_2(struct sender *s)
{
	smc_regs result =
		smc(.a0 = FFA_MSG_SEND_DIRECT_REQ2, .a1 = demo[ECHO].device->vm_id, .a4 = s->sent);

	if (result.a0 != FFA_ERROR || smc_status(&result) != FFA_RET_DENIED)
		tap_fail(s->t, "REQ2: x0 %#lx, x2 %#lx", result.a0, result.a2);
	return DENIED;
}

/* Nobody else has this name: what was put is what is there, until it is put again. */
static enum end use_vault(struct sender *s)
{
	bool put = !s->kept || s->sent % 2;
	struct words words = { put ? VAULT_PUT : VAULT_GET, KEY(s->number), s->sent, ~s->sent };
	u64 value = s->sent;
	enum end end = ask(s, VAULT, &words, "put or get");

	if (end != ANSWERED)
		return end;
	if (put)
		s->kept = value;
	require_same(s,
		     words.x3 == DEMO_OK && (put || (words.x5 == s->kept && words.x6 == ~s->kept)),
		     "a value in the vault");
	return end;
}

static enum end read_ticker(struct sender *s)
{
	struct words words = { TICKER_READ };
	enum end end = ask(s, TICKER, &words, "read");

	s->ticker_reads += end == ANSWERED;
	require_same(s, end != ANSWERED || words.x3 == DEMO_OK, "ticker's status");
	return end;
}

static enum end crash(struct sender *s, enum demo to, struct words words, const char *what)
{
	enum end end = ask(s, to, &words, what);

	require_same(s, end != ANSWERED || words.x3 == DEMO_OK, what);
	return end;
}

static enum end spin(struct sender *s)
{
	static const enum demo who[] = { CRASHER, CRASHER_MP, CRASHER_QUEUED };

	return crash(s, who[s->sent % ARRAY_SIZE(who)],
		     (struct words){ CRASH_SPIN, prandom_u32_state(&s->random) % 3 }, "spin");
}

static enum end give_way(struct sender *s)
{
	return crash(s, CRASHER, (struct words){ CRASH_YIELD }, "yield");
}

static enum end forward(struct sender *s)
{
	struct words words = { CRASH_FORWARD, demo[ECHO].device->vm_id, s->sent, 0, 2 };
	enum end end = ask(s, CRASHER, &words, "forward");

	if (end == ANSWERED && words.x4 == FFA_ERROR) /* to echo, who has something else to do */
		require_same(s, (s32)words.x5 == FFA_RET_BUSY, "a forwarded message's refusal");
	else if (end == ANSWERED)
		require_same(s, words.x5 == s->sent, "a forwarded message");
	return end;
}

/* ---- Notifications ---- */

static int came(unsigned int bit)
{
	return atomic_read(&notices[bit].times);
}

static enum end notify_linux(struct sender *s)
{
	struct words words = { CRASH_SET, 0, 0, BIT_ULL(MP_BIT + s->number) };
	int before = came(MP_BIT + s->number);
	enum end end = ask(s, CRASHER_MP, &words, "SET");

	if (end != ANSWERED)
		return end;
	if ((s32)words.x4 == 0) {
		s->by_mp = (struct sent_bit){ s->by_mp.sent + 1, before };
		return ANSWERED;
	}
	if ((s32)words.x4 != FFA_RET_DENIED || !READ_ONCE(doomed[CRASHER_MP]))
		tap_fail(s->t, "SET: %d", (s32)words.x4);
	return DENIED; /* its death has unbound it */
}

static enum end notify_echo(struct sender *s)
{
	struct ffa_device *echo = demo[ECHO].device;
	int before = came(ECHO_BIT + s->number);
	int error = echo->ops->notifier_ops->notify_send(echo, ECHO_BIT + s->number, false, 0);

	if (!error)
		s->to_echo = (struct sent_bit){ s->to_echo.sent + 1, before };
	return end_of(s, ECHO, error, "notification");
}

/* ---- Threads ---- */

static enum end (*const kinds[])(struct sender *s) = {
	echo_64, echo_32,  echo_2,  use_vault,	  read_ticker,
	spin,	 give_way, forward, notify_linux, notify_echo,
};

/* Bound to its CPU, where a context of that is resumed; parked while that is off. */
static int send_all_kinds(void *sender)
{
	struct sender *s = sender;
	enum end end;

	while (!kthread_should_stop()) {
		if (kthread_should_park())
			kthread_parkme();
		s->sent++;
		end = kinds[prandom_u32_state(&s->random) % ARRAY_SIZE(kinds)](s);
		s->end[end]++;
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

static unsigned int switched, deaths;

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
	deaths++;
}

/* Each dies once, in the second half; a host that is too slow for that takes longer. */
static void disturb(struct tap *t, unsigned int seconds)
{
	static const struct {
		enum demo which;
		u64 how;
		unsigned int percent;
	} fates[] = {
		{ CRASHER_QUEUED, CRASH_ABORT, 50 },
		{ CRASHER, CRASH_READ_FATAL, 65 },
		{ CRASHER_MP, CRASH_ABORT, 80 },
	};
	unsigned long start = jiffies, end = start + seconds * HZ;
	unsigned int cpu = 0, next = 0;

	while ((time_before(jiffies, end) || next < ARRAY_SIZE(fates)) && !READ_ONCE(t->failed)) {
		cpu = cpu % (sender_count - 1) + 1;
		off_and_on(t, cpu);
		if (next < ARRAY_SIZE(fates) &&
		    jiffies - start >= (end - start) / 100 * fates[next].percent) {
			kill_one(t, fates[next].which, fates[next].how);
			next++;
		}
		msleep(30);
	}
}

/* ---- The account ---- */

static void bind_all(struct tap *t)
{
	unsigned int i;

	for (i = 0; i < num_present_cpus() && i < THREADS_MAX; i++)
		require(t,
			!notice_bind(ECHO, ECHO_BIT + i, false) &&
				!notice_bind(CRASHER_MP, MP_BIT + i, false),
			"the driver does not bind");
	require(t, !notice_bind(TICKER, TICK_BIT, false), "the driver does not bind to ticker");
}

static void require_seen(struct tap *t, const char *who, unsigned int bit, struct sent_bit b)
{
	if (came(bit) > b.sent || (b.sent && came(bit) <= b.before_last))
		tap_fail(t, "%s, bit %u: sent %lu times, came %d times, %d before the last", who,
			 bit, b.sent, came(bit), b.before_last);
}

static void account_for_notifications(struct tap *t, unsigned long *sent, unsigned long *seen)
{
	struct words told = demo_ask(t, TICKER, TICKER_TICKS);
	unsigned int i;

	for (i = 0; i < sender_count; i++) {
		require_seen(t, "echo", ECHO_BIT + i, senders[i].to_echo);
		/* Its death took along what was on its way. */
		if (!doomed[CRASHER_MP])
			require_seen(t, "crasher_mp", MP_BIT + i, senders[i].by_mp);
		*sent += senders[i].to_echo.sent + senders[i].by_mp.sent;
		*seen += came(ECHO_BIT + i) + came(MP_BIT + i);
	}
	*sent += told.x4;
	*seen += came(TICK_BIT);
	require(t, told.x5 == 0, "%llu of ticker's notifications were refused", told.x5);
	require(t, came(TICK_BIT) && came(TICK_BIT) <= told.x4, "ticker sent %llu, %d came",
		told.x4, came(TICK_BIT));
}

static void nothing_is_pending(struct tap *t)
{
	smc_regs got;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		got = smc(.a0 = FFA_NOTIFICATION_GET, .a1 = (u32)cpu << 16,
			  .a2 = FROM_PARTITIONS_AND_SPM);
		require(t,
			got.a0 == FFA_SUCCESS &&
				!(got.a2 | got.a3 | got.a4 | got.a5 | got.a6 | got.a7),
			"CPU %u: x0 %#lx, still pending %#lx %#lx", cpu, got.a0, got.a2, got.a3);
	}
	refused_with(t, "INFO_GET afterwards", smc(.a0 = FFA_FN64_NOTIFICATION_INFO_GET),
		     FFA_RET_NO_DATA);
}

static void account_for_messages(struct tap *t, u64 ticker_calls, unsigned long *sent,
				 unsigned long end[ENDS])
{
	unsigned long reads = 0, ended = 0;
	unsigned int i, j;

	for (i = 0; i < sender_count; i++) {
		*sent += senders[i].sent;
		reads += senders[i].ticker_reads;
		for (j = 0; j < ENDS; j++) {
			end[j] += senders[i].end[j];
			ended += senders[i].end[j];
		}
	}
	require(t, *sent == ended, "%lu sent, %lu ended", *sent, ended);
	require(t, reads == ticker_calls, "ticker was read %lu times and counted %llu", reads,
		ticker_calls);
}

static void require_answers(struct tap *t)
{
	unsigned int i;

	for (i = 0; i < sender_count; i++)
		if (senders[i].end[ANSWERED] == 0)
			tap_fail(t, "thread %u was never answered", i);
}

static void everything_at_once_is_accounted_for(struct tap *t)
{
	unsigned long sent = 0, end[ENDS] = {}, bits_sent = 0, bits_seen = 0;
	u64 calls = demo_ask(t, TICKER, TICKER_READ).x4;
	int level = console_loglevel;

	bind_all(t);
	tap_note("soak begins");
	console_loglevel = LOGLEVEL_ERR; /* the log is read afterwards */
	demo_ask(t, TICKER, TICKER_SUBSCRIBE, 0, TICK_BIT, TICK_MS);
	if (start_senders(t))
		disturb(t, soak_seconds);
	stop_senders();
	calls = demo_ask(t, TICKER, TICKER_READ).x4 - calls - 1;
	demo_ask(t, TICKER, TICKER_STOP);
	msleep(500);
	console_loglevel = level;

	account_for_messages(t, calls, &sent, end);
	account_for_notifications(t, &bits_sent, &bits_seen);
	nothing_is_pending(t);
	require_answers(t);
	tap_note("soak: %lu messages sent = %lu answered + %lu busy + %lu aborted + %lu denied",
		 sent, end[ANSWERED], end[BUSY], end[ABORTED], end[DENIED]);
	tap_note("soak: %lu notifications sent, %lu came, the rest together with others", bits_sent,
		 bits_seen);
	tap_note("soak: %u s, %u times a CPU went off and on, %u partitions died", soak_seconds,
		 switched, deaths);
}

tap_suite soak_suite = {
	TAP_TEST(everything_at_once_is_accounted_for),
	{},
};
