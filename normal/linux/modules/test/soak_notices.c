// SPDX-License-Identifier: GPL-2.0-only
/*
 * The soak's notifications, both ways. Bits that meet count once: of each, as many came as
 * were sent at most, and one after the last.
 */
#include <linux/cpu.h>

#include "cpus.h"
#include "notices.h"
#include "smc.h"
#include "soak.h"

#define FROM_PARTITIONS_AND_SPM 0x5
#define TICK_BIT 12
#define TICK_MS 5
#define MP_BIT 16 /* and on: a bit of each thread, sent by crasher_mp */
#define VCPU_BIT 24 /* and on: the same, but for one vCPU, the thread's own */
#define NUDGE_BIT 13
#define ECHO_BIT 0 /* and on: by Linux to echo, and back */

static int came(unsigned int bit)
{
	return atomic_read(&notices[bit].times);
}

/* By crasher_mp, which lives to the end. */
static enum end notify(struct sender *s, struct sent_bit *of, u32 flags, unsigned int bit)
{
	struct words words = { CRASH_SET, 0, flags, BIT_ULL(bit) };
	int before = came(bit);
	enum end end = soak_ask(s, CRASHER_MP, &words, "SET");

	if (end != ANSWERED)
		return end;
	soak_require(s, (s32)words.x4 == 0, "the status of SET");
	*of = (struct sent_bit){ of->sent + 1, before };
	return ANSWERED;
}

enum end notify_linux(struct sender *s)
{
	return notify(s, &s->by_mp, 0, MP_BIT + s->number);
}

enum end notify_vcpu(struct sender *s)
{
	return notify(s, &s->by_mp_to_vcpu, NOTIFY_VCPU(s->number), VCPU_BIT + s->number);
}

enum end notify_echo(struct sender *s)
{
	struct ffa_device *echo = demo[ECHO].device;
	int before = came(ECHO_BIT + s->number);
	int error = echo->ops->notifier_ops->notify_send(echo, ECHO_BIT + s->number, false, 0);

	if (!error)
		s->to_echo = (struct sent_bit){ s->to_echo.sent + 1, before };
	return soak_end(s, ECHO, error, "notification");
}

void bind_all(struct tap *t)
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

void start_ticks(struct tap *t)
{
	demo_ask(t, TICKER, TICKER_SUBSCRIBE, 0, TICK_BIT, TICK_MS);
}

/*
 * Linux's driver leaves one for a CPU that is just off to the next that comes to that
 * CPU: which this is, under a bit that nobody counts.
 */
static void nudge(struct tap *t, void *data)
{
	notice_send(t, CRASHER_MP, NOTIFY_VCPU(raw_smp_processor_id()), BIT(NUDGE_BIT));
}

void nudge_each_cpu(struct tap *t)
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

void account_for_notifications(struct tap *t, unsigned long *sent, unsigned long *seen)
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
	nothing_is_pending(t);
}
