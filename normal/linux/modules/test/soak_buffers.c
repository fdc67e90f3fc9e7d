// SPDX-License-Identifier: GPL-2.0-only
/*
 * The soak's messages in buffers: one at a time, as each of the buffers holds one.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>

#include "smc.h"
#include "soak.h"

#define HEADER 40 /* of crasher's messages in buffers */
#define FROM_SPM 0x4

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
		return soak_errno(status);
	error = error ?: crasher_is_answered(s, &text);
	error = error ?: crasher_calls(FFA_RX_RELEASE, &x0, &status);
	/* Run by the scheduler in between, crasher waits again, which releases RX too. */
	if (!error && (text != s->sent || (status && status != FFA_RET_DENIED)))
		tap_fail(s->t, "a message in a buffer: %#lx came back as %#llx, RX_RELEASE: %d",
			 s->sent, text, status);
	return error;
}

enum end send_by_buffer(struct sender *s)
{
	enum end end;

	mutex_lock(&one_letter);
	end = soak_end(s, CRASHER, exchange_letters(s), "a message in a buffer");
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

enum end send_by_linuxs_buffer(struct sender *s)
{
	enum end end;

	mutex_lock(&one_letter);
	end = soak_end(s, ECHO, send_own_letter(s), "a message in Linux's buffer");
	mutex_unlock(&one_letter);
	return end;
}

static void store_in_crasher(struct tap *t, unsigned int offset, u64 value)
{
	demo_ask(t, CRASHER, CRASH_STORE, crasher_tx + offset, value);
}

/* Eight bytes to echo, always. */
void open_crashers_buffers(struct tap *t)
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
