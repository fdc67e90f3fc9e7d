/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the payload tells the plugin where a measured run begins and ends: an instruction that does
 * nothing, `movz xzr, #number`, which no compiler writes. No address has to be handed over.
 */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

#define MARK_BEGIN 0xbe01
#define MARK_END 0xbe02
#define MARK_END_OTHER 0xbe03 /* of a run of another kind: with calls=on */

#define MARK(number) __asm__ volatile("movz xzr, %0" : : "i"(number) : "memory")
#define MARK_ENCODING(number) (0xd280001fU | (number) << 5)

#endif
