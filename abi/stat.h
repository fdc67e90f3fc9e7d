/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Bulkhead tells of itself, where the SPMC manifest has `bulkhead,logical-partition`: it then
 * answers as a partition with an id and a UUID of its own.
 *
 * Each question is a direct request, in either width: x3 is the question, x4 and on say about what.
 * The answer has a status in x3 and, if that is STAT_OK, words of 32 bits in x4 to x7. Text is 16
 * bytes in those four words, filled up with zeros.
 */
#ifndef ABI_STAT_H
#define ABI_STAT_H

#define STAT_ID 0xBF00
#define STAT_UUID 0x6b6c7562, 0x41d7b469, 0x6b6c7580, 0x00646165

#define STAT_OK 0
#define STAT_UNKNOWN_QUESTION 1
#define STAT_NOT_FOUND 2 /* no such partition, CPU, record or piece of text */

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
 * The trace of refused calls of CPU number x4. Its records are numbered from 0 at boot; only the
 * last ones are kept.
 */
#define STAT_TRACE 4  /* x4: the number that the next record will have, x5: that of the oldest */
#define STAT_RECORD 5 /* x5: a number. x4: function id, x5: caller's id, x6: status */
#define STAT_REASON 6 /* x5: a number, x6: offset. Why, as text from there on */

/*
 * Memory transaction number x4, counted from 0 to the last that could be in flight. x4 and x5: the
 * handle that it has or had, x6: its state, from bit 8 on its kind (FFA_MEMORY_SHARED, LENT or
 * DONATED), from bit 16 on, eight bits, how many borrowers it has; x7: its ranges.
 */
#define STAT_TRANSACTION 7

#define STAT_TRANSACTION_FREE 0
#define STAT_TRANSACTION_SENDING 1 /* not all of its description has come */
#define STAT_TRANSACTION_UNDOING 2
#define STAT_TRANSACTION_SENT 3 /* borrowers may retrieve it */
#define STAT_TRANSACTION_RETURNING 4
#define STAT_TRANSACTION_OVER 5 /* a donation that its receiver is still being told of */

#endif
