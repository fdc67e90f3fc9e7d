/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fill the vector registers from memory and read them back. Only between
 * kernel_neon_begin() and kernel_neon_end(), and never called from code that
 * the compiler may give vector registers of its own.
 */
#ifndef VECTOR_H
#define VECTOR_H

#include <linux/types.h>

struct simd_registers {
	u64 q[32][2];
	u64 fpcr, fpsr; /* read only */
};

void simd_fill(const struct simd_registers *from);
void simd_read(struct simd_registers *to);

/* Z0 to Z31 at the vector length in use, then P0 to P15. */
unsigned long sve_vector_bytes(void);
void sve_fill(const void *vectors, const void *predicates);
void sve_read(void *vectors, void *predicates);

#endif
