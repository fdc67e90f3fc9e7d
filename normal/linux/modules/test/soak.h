/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the soak know of each other: threads that send, what became of what
 * they sent, and what they may send. A kind of message is a function that sends one.
 */
#ifndef SOAK_H
#define SOAK_H

#include <linux/prandom.h>

#include "partitions.h"
#include "suites.h"

#define THREADS_MAX 8
#define KINDS_MAX 24
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

extern struct sender senders[THREADS_MAX];
extern unsigned int sender_count;
extern bool doomed[KNOWN_PARTITIONS];
extern unsigned int deaths[KNOWN_PARTITIONS];

/* ---- The account ---- */

/* Of a message that ended with the driver's errno: what may not be fails the test. */
enum end soak_end(struct sender *s, enum demo to, int error, const char *what);
enum end soak_ask(struct sender *s, enum demo to, struct words *words, const char *what);
enum end soak_crash(struct sender *s, enum demo to, struct words words, const char *what);
void soak_require(struct sender *s, bool same, const char *what);
int soak_errno(int status);

/* ---- Kinds ---- */

typedef enum end soak_kind(struct sender *s);

/* soak_messages.c */
soak_kind echo_64, echo_32, echo_2, use_vault, read_ticker, spin, give_way, forward, ask_the_reborn;
/* soak_buffers.c */
soak_kind send_by_buffer, send_by_linuxs_buffer;
void open_crashers_buffers(struct tap *t);
/* soak_notices.c */
soak_kind notify_linux, notify_vcpu, notify_echo;
void bind_all(struct tap *t);
void start_ticks(struct tap *t);
void nudge_each_cpu(struct tap *t);
void account_for_notifications(struct tap *t, unsigned long *sent, unsigned long *seen);
/* soak_memory.c */
soak_kind share_memory, lend_to_the_reborn, keep_a_large_value;
void open_mailboxes_for_memory(struct tap *t);
void account_for_memory(struct tap *t);

#endif
