/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loads and stores the SVE state. Call only on a CPU that has SVE.
 */
#define ZCR_EL2 S3_4_C1_C2_0

    .arch_extension sve
    .section .text.sve, "ax"

    .global sve_enable
sve_enable:
    mov     x0, #0xf
    msr     ZCR_EL2, x0
    isb
    ret

    .global sve_vector_bytes
sve_vector_bytes:
    rdvl    x0, #1
    ret

    .global sve_load
sve_load:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ldr     z\n, [x0, #\n, mul vl]
    .endr
    addvl   x0, x0, #31
    addvl   x0, x0, #1
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    ldr     p\n, [x0, #\n, mul vl]
    .endr
    setffr
    ret

    .global sve_store
sve_store:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    str     z\n, [x0, #\n, mul vl]
    .endr
    addvl   x0, x0, #31
    addvl   x0, x0, #1
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    str     p\n, [x0, #\n, mul vl]
    .endr
    rdffr   p0.b
    str     p0, [x0, #16, mul vl]
    ret
