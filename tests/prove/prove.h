/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What all proofs begin with. A harness includes the file of core/ that it is about, chooses any
 * input (nondet), assumes what callers promise, and asserts what has to hold: CBMC shows it for all
 * inputs at once. Memory safety and overflows are asserted by CBMC's own checks.
 */
#ifndef PROVE_H
#define PROVE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* CBMC has bodies for these under their other names alone. */
#define __builtin_memcpy memcpy
#define __builtin_memset memset
#define __builtin_memcmp memcmp
#define __builtin_strlen strlen

/* In core/ it hides a value's origin from the compiler, and does nothing. */
#define __asm__(text)

bool nondet_bool(void);
uint8_t nondet_u8(void);
uint16_t nondet_u16(void);
uint32_t nondet_u32(void);
uint64_t nondet_u64(void);

#define ASSUME(condition) __CPROVER_assume(condition)
#define SHOW(condition, text) __CPROVER_assert(condition, text)

#endif
