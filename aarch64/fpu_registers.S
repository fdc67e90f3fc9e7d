/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loads and stores of floating-point and vector registers, for fpu.c, which opens the traps around
 * them. The rest of Bulkhead is built without these registers.
 */
#include "aarch64/fpu.h"
#include "aarch64/vectors.inc"

    .arch_extension fp
    .arch_extension simd
    .arch_extension sve
#define FIRST_PART 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25
#define REST 26, 27, 28, 29, 30, 31

.macro v_registers operation
    \operation {v0.2d-v3.2d}, [x0], 64
    \operation {v4.2d-v7.2d}, [x0], 64
    \operation {v8.2d-v11.2d}, [x0], 64
    \operation {v12.2d-v15.2d}, [x0], 64
    \operation {v16.2d-v19.2d}, [x0], 64
    \operation {v20.2d-v23.2d}, [x0], 64
    \operation {v24.2d-v27.2d}, [x0], 64
    \operation {v28.2d-v31.2d}, [x0], 64
.endm

.macro z_registers operation, numbers:vararg
    .irp n, \numbers
    \operation z\n, [x0, \n, mul vl]
    .endr
.endm

.macro p_registers operation
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    \operation p\n, [x1, \n, mul vl]
    .endr
.endm

/* void fpu_store_v(void *to), void fpu_load_v(const void *from): FP_V_BYTES */
    behind_vector 2
    .global fpu_store_v
fpu_store_v:
    v_registers st1
    ret

    .global fpu_load_v
fpu_load_v:
    v_registers ld1
    ret

/* void fpu_store_z(void *z, void *p), void fpu_load_z(const void *z, const void *p): vectors and predicates */
    behind_vector 7
    .global fpu_store_z
fpu_store_z:
    z_registers str, FIRST_PART
    b       store_rest

    behind_vector 9
store_rest:
    z_registers str, REST
    p_registers str
    ret

    behind_vector 12
    .global fpu_load_z
fpu_load_z:
    z_registers ldr, FIRST_PART
    b       load_rest

    behind_vector 10
load_rest:
    z_registers ldr, REST
    p_registers ldr
    ret

/* void fpu_store_ffr(void *p), void fpu_load_ffr(const void *p): behind the predicates, which fpu_load_z loads after it */
    behind_vector 3
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
