// SPDX-License-Identifier: GPL-2.0-only
/*
 * The soak's messages in registers, of all kinds and to all partitions.
 */
#include "bulkhead.h"
#include "smc.h"
#include "soak.h"

#define KEY(thread) (0x6b616f7300 | ((thread) + 1)) /* in the vault */

enum end echo_64(struct sender *s)
{
	const struct words sent = { s->sent, s->number, ~s->sent, s->sent << 32, 5 };
	struct words got = sent;
	enum end end = soak_ask(s, ECHO, &got, "64 bit");

	soak_require(s, end != ANSWERED || !memcmp(&sent, &got, sizeof(sent)), "64 bits");
	return end;
}

enum end echo_32(struct sender *s)
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
		return soak_end(s, ECHO, soak_errno(smc_status(&result)), "32 bit");
	if (result.a0 != FFA_MSG_SEND_DIRECT_RESP || result.a3 != word)
		tap_fail(s->t, "32 bit: x0 %#lx, x2 %#lx, x3 %#lx for %#x", result.a0, result.a2,
			 result.a3, word);
	return ANSWERED;
}

/* Linux speaks FF-A 1.1, which has no such request. */
enum end echo_2(struct sender *s)
{
	smc_regs result =
		smc(.a0 = FFA_MSG_SEND_DIRECT_REQ2, .a1 = demo[ECHO].device->vm_id, .a4 = s->sent);

	if (result.a0 != FFA_ERROR || smc_status(&result) != FFA_RET_DENIED)
		tap_fail(s->t, "REQ2: x0 %#lx, x2 %#lx", result.a0, result.a2);
	return DENIED;
}

/* Nobody else has this name: what was put is what is there, until it is put again. */
enum end use_vault(struct sender *s)
{
	bool put = !s->kept || s->sent % 2;
	struct words words = { put ? VAULT_PUT : VAULT_GET, KEY(s->number), s->sent, ~s->sent };
	u64 value = s->sent;
	enum end end = soak_ask(s, VAULT, &words, "put or get");

	if (end == BUSY) /* nobody else asks this CPU's context */
		tap_fail(s->t, "vault on CPU %u, thread %u: busy", raw_smp_processor_id(),
			 s->number);
	if (end != ANSWERED)
		return end;
	if (put)
		s->kept = value;
	soak_require(s,
		     words.x3 == DEMO_OK && (put || (words.x5 == s->kept && words.x6 == ~s->kept)),
		     "a value in the vault");
	return end;
}

enum end read_ticker(struct sender *s)
{
	struct words words = { TICKER_READ };
	enum end end = soak_ask(s, TICKER, &words, "read");

	s->ticker_reads += end == ANSWERED;
	soak_require(s, end != ANSWERED || words.x3 == DEMO_OK, "ticker's status");
	return end;
}

enum end spin(struct sender *s)
{
	static const enum demo who[] = { CRASHER, CRASHER_MP, CRASHER_QUEUED };

	return soak_crash(s, who[s->sent % ARRAY_SIZE(who)],
			  (struct words){ CRASH_SPIN, prandom_u32_state(&s->random) % 3 }, "spin");
}

enum end give_way(struct sender *s)
{
	return soak_crash(s, CRASHER, (struct words){ CRASH_YIELD }, "yield");
}

/* Whom crasher asks may have something else to do, or be dead for a moment. */
enum end forward(struct sender *s)
{
	enum demo to = s->sent % 2 ? ECHO : PHOENIX_QUEUED;
	struct words words = { CRASH_FORWARD, demo[to].device->vm_id,
			       to == ECHO ? s->sent : CRASH_ECHO, 0, 2 };
	enum end end = soak_ask(s, CRASHER, &words, "forward");

	if (end == ANSWERED && words.x4 == FFA_ERROR)
		soak_require(s,
			     (s32)words.x5 == FFA_RET_BUSY ||
				     (doomed[to] && (s32)words.x5 == FFA_RET_ABORTED),
			     "a forwarded message's refusal");
	else if (end == ANSWERED)
		soak_require(s, words.x5 == (to == ECHO ? s->sent : DEMO_OK),
			     "a forwarded message");
	return end;
}

/* They die again and again, and are there again: a call that finds one at work dies with it. */
enum end ask_the_reborn(struct sender *s)
{
	u64 milliseconds = prandom_u32_state(&s->random) % 3;

	return soak_crash(s, s->sent % 2 ? PHOENIX_MP : PHOENIX_QUEUED,
			  (struct words){ milliseconds ? CRASH_SPIN : CRASH_ECHO, milliseconds },
			  "long work or echo");
}
