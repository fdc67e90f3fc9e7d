/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bulkhead's trace from its first record on, where the boot argument trace=dump asks for it: taken
 * before the rings overflow, and printed at the end with the digests of the state that it ended in.
 */
#ifndef BL33_TRACE_H
#define BL33_TRACE_H

/* From now on records are taken after calls. */
void trace_follow(void);

/* After a call: takes what is new, every few calls. */
void trace_after_call(void);

/* Prints all of it, as Bulkhead's own post-mortem does. */
void trace_dump(void);

#endif
