// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once, for a while: a thread for each CPU sends messages of all kinds
 * and notifications, ticker ticks, CPUs go off and on, partitions die, and some come
 * back. Afterwards every message must have been answered, or refused for a reason
 * that there was, and every notification must have come. Bits that meet count once:
 * of each, as many came as were sent at most, and one after the last.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "bulkhead.h"
#include "cpus.h"
#include "notices.h"
#include "smc.h"
#include "stat.h"
#include "suites.h"

#define FROM_PARTITIONS_AND_SPM 0x5
#define TICK_BIT 12
#define TICK_MS 5
#define MP_BIT 16 /* and on: a bit of each thread, sent by crasher_mp */
#define VCPU_BIT 24 /* and on: the same, but for one vCPU, the thread's own */
#define NUDGE_BIT 13
#define ECHO_BIT 0 /* and on: by Linux to echo, and back */
#define THREADS_MAX 8
#define KEY(thread) (0x6b616f7300 | ((thread) + 1)) /* in the vault */

#define KINDS_MAX 16
#define HEADER 40 /* of crasher's messages in buffers */
#define FROM_SPM 0x4
#define PATIENCE (60 * HZ) /* threads of a busy host stop for long */

/* How a message ended. Busy may be any; aborted, who was made to die; denied, what says so. */
enum end { ANSWERED, BUSY, ABORTED, DENIED, ENDS };

struct account {
	unsigned long sent, end[ENDS];
};

struct sent_bit {
	unsigned long sent;
	int before_last; /* how often it had come when it was sent last */
};

struct sender {
	struct tap *t;
	unsigned int number;
	struct rnd_state random;
	struct task_struct *thread;
	unsigned long sent, ticker_reads;
	struct account of[KINDS_MAX];
	u64 kept; /* in the vault */
	struct sent_bit to_echo, by_mp, by_mp_to_vcpu;
};

static struct sender senders[THREADS_MAX];
static unsigned int sender_count;
static bool doomed[KNOWN_PARTITIONS];

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

	if (end == BUSY) /* nobody else asks this CPU's context */
		tap_fail(s->t, "vault on CPU %u, thread %u: busy", raw_smp_processor_id(),
			 s->number);
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

/* Whom crasher asks may have something else to do, or be dead for a moment. */
static enum end forward(struct sender *s)
{
	enum demo to = s->sent % 2 ? ECHO : PHOENIX_QUEUED;
	struct words words = { CRASH_FORWARD, demo[to].device->vm_id,
			       to == ECHO ? s->sent : CRASH_ECHO, 0, 2 };
	enum end end = ask(s, CRASHER, &words, "forward");

	if (end == ANSWERED && words.x4 == FFA_ERROR)
		require_same(s,
			     (s32)words.x5 == FFA_RET_BUSY ||
				     (doomed[to] && (s32)words.x5 == FFA_RET_ABORTED),
			     "a forwarded message's refusal");
	else if (end == ANSWERED)
		require_same(s, words.x5 == (to == ECHO ? s->sent : DEMO_OK),
			     "a forwarded message");
	return end;
}

/* They die again and again, and are there again: a call that finds one at work dies with it. */
static enum end ask_the_reborn(struct sender *s)
{
	u64 milliseconds = prandom_u32_state(&s->random) % 3;

	return crash(s, s->sent % 2 ? PHOENIX_MP : PHOENIX_QUEUED,
		     (struct words){ milliseconds ? CRASH_SPIN : CRASH_ECHO, milliseconds },
		     "long work or echo");
}

/* ---- Messages in buffers: one at a time, as each of the buffers holds one ---- */

static DEFINE_MUTEX(one_letter);
static u64 crasher_tx, crasher_rx;

/* A request to crasher for the letter's sake, which another thread's may keep waiting. */
static int have_crasher(struct words *words)
{
	const struct words request = *words;
	int error;

	while ((error = demo_send(CRASHER, words)) == -EBUSY) {
		*words = request;
		cond_resched();
	}
	return error;
}

static int crasher_calls(u64 function, u64 *x0, s32 *status)
{
	struct words words = { CRASH_CALL, function };
	int error = have_crasher(&words);

	*x0 = words.x4;
	*status = words.x4 == FFA_ERROR ? (s32)words.x6 : 0;
	return error;
}

/* echo's answer is in crasher's buffer when crasher is told so. */
static int crasher_is_answered(struct sender *s, u64 *text)
{
	unsigned long deadline = jiffies + PATIENCE;
	struct words words;
	int error;

	do {
		words = (struct words){ CRASH_GET, 0, FROM_SPM };
		error = have_crasher(&words);
		if (time_after(jiffies, deadline)) {
			tap_fail(s->t, "echo does not answer a message in a buffer");
			return -ETIMEDOUT;
		}
		cond_resched();
	} while (!error && !words.x6);
	words = (struct words){ CRASH_LOAD, crasher_rx + HEADER };
	error = error ?: have_crasher(&words);
	*text = words.x4;
	return error;
}

static int exchange_letters(struct sender *s)
{
	struct words store = { CRASH_STORE, crasher_tx + HEADER, s->sent };
	u64 x0, text;
	s32 status;
	int error = have_crasher(&store);

	error = error ?: crasher_calls(FFA_MSG_SEND2, &x0, &status);
	if (!error && status)
		return status_to_errno(status);
	error = error ?: crasher_is_answered(s, &text);
	error = error ?: crasher_calls(FFA_RX_RELEASE, &x0, &status);
	/* Run by the scheduler in between, crasher waits again, which releases RX too. */
	if (!error && (text != s->sent || (status && status != FFA_RET_DENIED)))
		tap_fail(s->t, "a message in a buffer: %#lx came back as %#llx, RX_RELEASE: %d",
			 s->sent, text, status);
	return error;
}

static enum end send_by_buffer(struct sender *s)
{
	enum end end;

	mutex_lock(&one_letter);
	end = end_of(s, CRASHER, exchange_letters(s), "a message in a buffer");
	mutex_unlock(&one_letter);
	return end;
}

/* Linux's own, where no pKVM is in between: echo's answer has come when Linux's buffer is full. */
static int send_own_letter(struct sender *s)
{
	struct ffa_device *echo = demo[ECHO].device;
	unsigned long deadline = jiffies + PATIENCE;
	u64 text = s->sent;
	int error = echo->ops->msg_ops->indirect_send(echo, &text, sizeof(text));

	while (!error && smc(.a0 = FFA_RX_RELEASE).a0 != FFA_SUCCESS) {
		if (time_after(jiffies, deadline)) {
			tap_fail(s->t, "echo does not answer Linux's message in a buffer");
			return -ETIMEDOUT;
		}
		usleep_range(50, 100);
	}
	return error;
}

static enum end send_by_linuxs_buffer(struct sender *s)
{
	enum end end;

	mutex_lock(&one_letter);
	end = end_of(s, ECHO, send_own_letter(s), "a message in Linux's buffer");
	mutex_unlock(&one_letter);
	return end;
}

/* ---- Notifications ---- */

static int came(unsigned int bit)
{
	return atomic_read(&notices[bit].times);
}

/* By crasher_mp, which lives to the end. */
static enum end notify(struct sender *s, struct sent_bit *of, u32 flags, unsigned int bit)
{
	struct words words = { CRASH_SET, 0, flags, BIT_ULL(bit) };
	int before = came(bit);
	enum end end = ask(s, CRASHER_MP, &words, "SET");

	if (end != ANSWERED)
		return end;
	require_same(s, (s32)words.x4 == 0, "the status of SET");
	*of = (struct sent_bit){ of->sent + 1, before };
	return ANSWERED;
}

static enum end notify_linux(struct sender *s)
{
	return notify(s, &s->by_mp, 0, MP_BIT + s->number);
}

static enum end notify_vcpu(struct sender *s)
{
	return notify(s, &s->by_mp_to_vcpu, NOTIFY_VCPU(s->number), VCPU_BIT + s->number);
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

static const struct {
	const char *name;
	enum end (*send)(struct sender *s);
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
	{ "in buffers, crasher to echo", send_by_buffer },
	{ "in buffers, Linux to echo", send_by_linuxs_buffer },
	{ "to set a global notification", notify_linux },
	{ "to set one of a vCPU", notify_vcpu },
	{ "notification to echo and back", notify_echo },
};

static_assert(ARRAY_SIZE(kinds) <= KINDS_MAX);

/* Under pKVM 6.12, whose proxy does not pass FFA_MSG_SEND2 on, Linux sends none of its own. */
static unsigned int any_kind(struct sender *s)
{
	unsigned int kind = prandom_u32_state(&s->random) % ARRAY_SIZE(kinds);

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

static unsigned int switched, deaths[KNOWN_PARTITIONS];

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

static void bind_all(struct tap *t)
{
	unsigned int i;

	for (i = 0; i < num_present_cpus() && i < THREADS_MAX; i++)
		require(t,
			!notice_bind(ECHO, ECHO_BIT + i, false) &&
				!notice_bind(CRASHER_MP, MP_BIT + i, false) &&
				!notice_bind(CRASHER_MP, VCPU_BIT + i, true),
			"the driver does not bind");
	require(t,
		!notice_bind(CRASHER_MP, NUDGE_BIT, true) && !notice_bind(TICKER, TICK_BIT, false),
		"the driver does not bind");
}

static void store_in_crasher(struct tap *t, unsigned int offset, u64 value)
{
	demo_ask(t, CRASHER, CRASH_STORE, crasher_tx + offset, value);
}

/* Eight bytes to echo, always. */
static void open_crashers_buffers(struct tap *t)
{
	struct words buffers = demo_ask(t, CRASHER, CRASH_MAILBOX), done;

	crasher_tx = buffers.x4;
	crasher_rx = buffers.x5;
	done = demo_ask(t, CRASHER, CRASH_CALL, FFA_FN64_RXTX_MAP, crasher_tx, crasher_rx, 1);
	require(t, done.x4 == FFA_SUCCESS, "crasher's RXTX_MAP: %d", (s32)done.x6);
	store_in_crasher(t, 0, 0);
	store_in_crasher(t, 8,
			 (u64)demo[CRASHER].device->vm_id << 48 |
				 (u64)demo[ECHO].device->vm_id << 32 | HEADER);
	store_in_crasher(t, 16, sizeof(u64));
	store_in_crasher(t, 24, 0);
	store_in_crasher(t, 32, 0);
}

/*
 * Linux's driver leaves one for a CPU that is just off to the next that comes to that
 * CPU: which this is, under a bit that nobody counts.
 */
static void nudge(struct tap *t, void *data)
{
	notice_send(t, CRASHER_MP, NOTIFY_VCPU(raw_smp_processor_id()), BIT(NUDGE_BIT));
}

static void nudge_each_cpu(struct tap *t)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		on_cpu(t, cpu, nudge, NULL);
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
		require_seen(t, "crasher_mp", MP_BIT + i, senders[i].by_mp);
		require_seen(t, "crasher_mp, vCPU", VCPU_BIT + i, senders[i].by_mp_to_vcpu);
		*sent += senders[i].to_echo.sent + senders[i].by_mp.sent +
			 senders[i].by_mp_to_vcpu.sent;
		*seen += came(ECHO_BIT + i) + came(MP_BIT + i) + came(VCPU_BIT + i);
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
	tap_note("soak begins");
	console_loglevel = LOGLEVEL_ERR; /* the log is read afterwards */
	demo_ask(t, TICKER, TICKER_SUBSCRIBE, 0, TICK_BIT, TICK_MS);
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
	nothing_is_pending(t);
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
