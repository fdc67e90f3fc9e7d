/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loads and stores of floating-point and vector registers, for fpu.c, which opens the traps around
 * them. The rest of Bulkhead is built without these registers.
 */
#include "aarch64/fpu.h"

    .arch_extension sve
    .section .text.fpu, "ax"

/* void fpu_store_v(void *to), void fpu_load_v(const void *from): FP_V_BYTES */
    .global fpu_store_v
fpu_store_v:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    str     q\n, [x0, 16 * \n]
    .endr
    ret

    .global fpu_load_v
fpu_load_v:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ldr     q\n, [x0, 16 * \n]
    .endr
    ret

/* void fpu_store_z(void *z, void *p), void fpu_load_z(const void *z, const void *p): vectors and predicates */
    .global fpu_store_z
fpu_store_z:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    str     z\n, [x0, \n, mul vl]
    .endr
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    str     p\n, [x1, \n, mul vl]
    .endr
    ret

    .global fpu_load_z
fpu_load_z:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ldr     z\n, [x0, \n, mul vl]
    .endr
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    ldr     p\n, [x1, \n, mul vl]
    .endr
    ret

/* void fpu_store_ffr(void *p), void fpu_load_ffr(const void *p): behind the predicates, which fpu_load_z loads after it */
    .global fpu_store_ffr
fpu_store_ffr:
    rdffr   p0.b
    str     p0, [x0, 16, mul vl]
    ret

    .global fpu_load_ffr
fpu_load_ffr:
    ldr     p0, [x0, 16, mul vl]
    wrffr   p0.b
    ret
