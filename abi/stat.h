/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Bulkhead tells of itself, where the SPMC manifest has `bulkhead,logical-partition`: it then
 * answers as a partition with an id and a UUID of its own.
 *
 * Each question is a direct request, in either width: x3 is the question, x4 and on say about what.
 * The answer has a status in x3 and, if that is STAT_OK, words of 32 bits in x4 to x7. Text is 16
 * bytes in those four words, filled up with zeros. Words of 64 bits need the 64-bit form.
 */
#ifndef ABI_STAT_H
#define ABI_STAT_H

#define STAT_ID 0xBF00
#define STAT_UUID 0x6b6c7562, 0x41d7b469, 0x6b6c7580, 0x00646165

#define STAT_OK 0
#define STAT_UNKNOWN_QUESTION 1
#define STAT_NOT_FOUND 2 /* no such partition, CPU, record or piece of text */
#define STAT_DENIED 3    /* the trace and the digests are only the Normal world's, and that only */
                         /* where the SPMC manifest has `bulkhead,trace-for-normal-world` */

#define STAT_SPMC 0 /* x4: partitions, x5: CPUs */

/* Of partition number x4, counted from 0 in the order of the SPMC manifest. */
#define STAT_NAME 1  /* text */
#define STAT_LIFE 2  /* x4: id, x5: a STAT_STATE_*, x6: restarts, x7: how often it died */
#define STAT_CALLS 3 /* x4: direct requests, x5: its devices' interrupts, x6: those held back */

#define STAT_STATE_ABSENT 0 /* left out: its manifest is wrong, or its start failed */
#define STAT_STATE_LOADED 1
#define STAT_STATE_STARTING 2
#define STAT_STATE_LIVE 3
#define STAT_STATE_ABORTED 4
#define STAT_STATE_RESTARTING 5

/*
 * The trace of CPU number x4. Its records are numbered from 0 at boot; only the last ones are kept.
 * Questions about it leave no record. A record is eight words of 64 bits:
 *
 *   0    the system counter
 *   1    bits 31 to 0: count of all records on all CPUs; 39 to 32: STAT_EVENT_*; 47 to 40: the vCPU
 *        that ran, signed, partition * 8 + context, negative for the Normal world; 55 to 48: what
 *        followed, STAT_NEXT_*; 63 to 56: the vCPU that runs then
 *   2-6  x0 to x4 of a call; of other events ESR, FAR, interrupt, whether the partition can take
 * it, and what an access to a timer writes. STAT_EVENT_SPMD by FFA_INTERRUPT: word 5 is the kind of
 * the interrupt, word 6 its number. What is payload of a message is told as 1 where it is not zero.
 *   7    the FF-A status that the call was refused with, or 0
 *
 * From STAT_EVENT_REGISTERS on it belongs to the record before it on this CPU: words 2 to 7 are
 * then registers of the call from x5, x11 or x17 on, which bits 63 to 56 name; bytes read from
 * a mailbox, as many as these bits say; or (word 2) how often long work had asked before whether it
 * is to give way.
 */
#define STAT_TRACE 4  /* x4: the number that the next record will have, x5: that of the oldest */
#define STAT_RECORD 5 /* x5: a number, x6: 0 or 4: the first of four words */
#define STAT_REASON 6 /* x5: a number, x6: offset. Why it was refused, as text from there on */

#define STAT_EVENT_COLD_BOOT 0
#define STAT_EVENT_CPU_ON 1
#define STAT_EVENT_SPMD 2 /* the Normal world's call, or EL3's */
#define STAT_EVENT_CALL 3
#define STAT_EVENT_NORMAL_INTERRUPT 4
#define STAT_EVENT_DEADLINE 5
#define STAT_EVENT_KICK 6
#define STAT_EVENT_TIMER 7
#define STAT_EVENT_INTERRUPT 8
#define STAT_EVENT_TIMER_ACCESS 9
#define STAT_EVENT_ABORT 10
#define STAT_EVENT_TRAP 11
#define STAT_EVENT_SERROR 12
#define STAT_EVENT_AGAIN 13
#define STAT_EVENT_REGISTERS 14
#define STAT_EVENT_BYTES 15
#define STAT_EVENT_POLLS 16

#define STAT_NEXT_RUN 0
#define STAT_NEXT_REPLY_NORMAL 1
#define STAT_NEXT_AGAIN 2
#define STAT_NEXT_RESUME_NORMAL 3
#define STAT_NEXT_REPLY_SPMD 4
#define STAT_NEXT_INIT_DONE 5
#define STAT_NEXT_STOP 6

/*
 * Memory transaction number x4, counted from 0 to the last that could be in flight. x4 and x5: the
 * handle that it has or had, x6: its state, from bit 8 on its kind (FFA_MEMORY_SHARED, LENT or
 * DONATED), from bit 16 on, eight bits, how many borrowers it has; x7: its ranges.
 */
#define STAT_TRANSACTION 7

/*
 * x4 is a digest of part x4 of Bulkhead's state, number x5: what a trace, made again on the host,
 * must end in (tests/replay). Parts and numbers count from 0.
 */
#define STAT_STATE 8

#define STAT_TRANSACTION_FREE 0
#define STAT_TRANSACTION_SENDING 1 /* not all of its description has come */
#define STAT_TRANSACTION_UNDOING 2
#define STAT_TRANSACTION_SENT 3 /* borrowers may retrieve it */
#define STAT_TRANSACTION_RETURNING 4
#define STAT_TRANSACTION_OVER 5 /* a donation that its receiver is still being told of */

#endif
