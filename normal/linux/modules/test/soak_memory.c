// SPDX-License-Identifier: GPL-2.0-only
/*
 * The soak's memory: shared with a partition that lives, lent to those that die with it, and
 * values that vault keeps. Whatever becomes of the borrower, Linux has its pages back, and
 * what a living one left in them.
 */
#include <linux/jiffies.h>

#include "sharing.h"
#include "soak.h"

#define LARGE_KEY(thread)                                                      \
	(0x6567726c00 | ((thread) + 1)) /* in the vault, beside the small ones \
					 */
#define WORDS_OF(s) ((u64)((s)->number + 1) << 56 | (s)->sent << 16)

/* The memory of a thread: a few ranges, of a few pages. */
static bool sent(struct sender *s, struct sharing *memory)
{
	u32 any = prandom_u32_state(&s->random);
	int error;

	memory->ranges = 1 + any % 4;
	memory->pages = 1 + any / 4 % 3;
	if (!sharing_new(s->t, memory))
		return false;
	sharing_fill(memory, WORDS_OF(s));
	error = sharing_send(memory);
	if (!error)
		return true;
	sharing_free(memory);
	soak_end(s, memory->to, error, "sending memory");
	return false;
}

/* A borrower that is dead has given it up, however far its death has come. */
static void reclaimed(struct sender *s, struct sharing *memory)
{
	int error = sharing_reclaim(memory, 0);

	if (error) {
		tap_fail(s->t, "reclaim from %s: %pe", demo[memory->to].name, ERR_PTR(error));
		return;
	}
	sharing_free(memory);
}

/* A message that has to get there: busy is tried again. */
static enum end insist(struct sender *s, enum demo to, struct words *words, const char *what)
{
	const struct words request = *words;
	unsigned long deadline = jiffies + PATIENCE;
	enum end end;

	while ((end = soak_ask(s, to, words, what)) == BUSY && time_before(jiffies, deadline)) {
		*words = request;
		cond_resched();
	}
	if (end == BUSY)
		tap_fail(s->t, "%s, %s: busy for ever", demo[to].name, what);
	return end;
}

/* ---- With one that lives ---- */

static void look_at_it(struct sender *s, struct sharing *memory)
{
	const u64 put = ~WORDS_OF(s);
	struct words swap = { CRASH_SWAP, WORDS_OF(s), put },
		     done = { CRASH_RELINQUISH, memory->handle };

	insist(s, memory->to, &swap, "words in shared memory");
	soak_require(s, !swap.x4 && !swap.x5 && swap.x6 == memory->ranges * memory->pages,
		     "the words that crasher_mp found");
	soak_require(s, sharing_reclaim(memory, 0) == -EACCES, "a reclaim from a borrower");
	insist(s, memory->to, &done, "giving up memory");
	soak_require(s, !done.x4, "the status of RELINQUISH");
	soak_require(s, !sharing_wrong(memory, put), "the words that crasher_mp left");
}

enum end share_memory(struct sender *s)
{
	struct sharing memory = { CRASHER_MP };
	struct words words = { CRASH_RETRIEVE };
	enum end end;

	if (!sent(s, &memory))
		return DENIED;
	words.x4 = memory.handle;
	end = soak_ask(s, CRASHER_MP, &words, "borrowing memory");
	if (end == ANSWERED) {
		soak_require(s, !words.x4, "the status of RETRIEVE_REQ");
		look_at_it(s, &memory);
	}
	reclaimed(s, &memory);
	return end;
}

/* ---- With those that die, and have no mailbox when they come back ---- */

static enum end borrow_by_the_reborn(struct sender *s, struct sharing *memory)
{
	struct words words = { CRASH_MAILBOX };
	enum end end = insist(s, memory->to, &words, "where its mailbox is");

	if (end != ANSWERED)
		return end;
	words = (struct words){ CRASH_CALL, FFA_FN64_RXTX_MAP, words.x4, words.x5, 1 };
	end = insist(s, memory->to, &words, "mapping its mailbox"); /* perhaps it is */
	if (end != ANSWERED)
		return end;
	words = (struct words){ CRASH_RETRIEVE, memory->handle, (u64)NOT_EXECUTED << 16 };
	return insist(s, memory->to, &words, "borrowing memory");
}

/* It may have died in between, and another life does not know what it had. */
enum end lend_to_the_reborn(struct sender *s)
{
	struct sharing memory = { s->sent % 2 ? PHOENIX_MP : PHOENIX_QUEUED, .lend = true };
	struct words words = { CRASH_RELINQUISH };
	enum end end;

	if (!sent(s, &memory))
		return DENIED;
	end = borrow_by_the_reborn(s, &memory);
	if (end == ANSWERED) {
		words.x4 = memory.handle;
		end = insist(s, memory.to, &words, "giving up memory");
		soak_require(s,
			     end != ANSWERED || !words.x4 ||
				     (s32)words.x4 == FFA_RET_INVALID_PARAMETERS,
			     "the status of RELINQUISH");
	}
	reclaimed(s, &memory);
	return end;
}

/* ---- With vault ---- */

enum end keep_a_large_value(struct sender *s)
{
	struct sharing memory = { VAULT };
	struct words words = { VAULT_STORE, LARGE_KEY(s->number) };
	enum end end;

	if (!sent(s, &memory))
		return DENIED;
	words.x5 = memory.handle;
	words.x6 = memory.ranges * memory.pages * PAGE_SIZE;
	words.x7 = KIND_SHARED;
	end = soak_ask(s, VAULT, &words, "store");
	soak_require(s, end != ANSWERED || words.x3 == DEMO_OK, "vault's status");
	sharing_fill(&memory, 0);
	words = (struct words){ VAULT_FETCH, LARGE_KEY(s->number), memory.handle, 0, KIND_SHARED };
	if (end == ANSWERED)
		end = soak_ask(s, VAULT, &words, "fetch");
	soak_require(
		s, end != ANSWERED || (words.x3 == DEMO_OK && !sharing_wrong(&memory, WORDS_OF(s))),
		"a large value in the vault");
	reclaimed(s, &memory);
	return end;
}

/* ---- Before and after ---- */

void open_mailboxes_for_memory(struct tap *t)
{
	crasher_mailbox(t, CRASHER_MP, true);
}

void account_for_memory(struct tap *t)
{
	require(t, transactions_in_flight(t) == 0, "%u transactions are still in flight",
		transactions_in_flight(t));
}
