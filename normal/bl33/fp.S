/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loads and stores q0-q31, FPCR and FPSR: struct fp_state of simd.h.
 */
    .arch_extension fp
    .arch_extension simd
    .section .text.fp, "ax"

    .global fp_load
fp_load:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ldr     q\n, [x0, #(16 * \n)]
    .endr
    ldr     x1, [x0, #512]
    ldr     x2, [x0, #520]
    msr     fpcr, x1
    msr     fpsr, x2
    ret

    .global fp_store
fp_store:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    str     q\n, [x0, #(16 * \n)]
    .endr
    mrs     x1, fpcr
    mrs     x2, fpsr
    str     x1, [x0, #512]
    str     x2, [x0, #520]
    ret
