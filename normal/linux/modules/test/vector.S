/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vector registers as a whole, in assembly: C code of the kernel is
 * compiled without them, so nothing disturbs them between two of these calls.
 */
#include <linux/linkage.h>

	.arch	armv8.2-a+sve

#define FIRST_16 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#define ALL_32 FIRST_16, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31

SYM_FUNC_START(simd_fill)
	.irp	n, ALL_32
	ldr	q\n, [x0], #16
	.endr
	ret
SYM_FUNC_END(simd_fill)

SYM_FUNC_START(simd_read)
	.irp	n, ALL_32
	str	q\n, [x0], #16
	.endr
	mrs	x1, fpcr
	mrs	x2, fpsr
	stp	x1, x2, [x0]
	ret
SYM_FUNC_END(simd_read)

SYM_FUNC_START(sve_vector_bytes)
	rdvl	x0, #1
	ret
SYM_FUNC_END(sve_vector_bytes)

SYM_FUNC_START(sve_fill)
	.irp	n, ALL_32
	ldr	z\n, [x0, #\n, mul vl]
	.endr
	.irp	n, FIRST_16
	ldr	p\n, [x1, #\n, mul vl]
	.endr
	ret
SYM_FUNC_END(sve_fill)

SYM_FUNC_START(sve_read)
	.irp	n, ALL_32
	str	z\n, [x0, #\n, mul vl]
	.endr
	.irp	n, FIRST_16
	str	p\n, [x1, #\n, mul vl]
	.endr
	ret
SYM_FUNC_END(sve_read)
