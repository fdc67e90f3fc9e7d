/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streaming mode and the array ZA. Call only on a CPU that has SME.
 */
#define SMCR_EL2 S3_4_C1_C2_6
#define SVCR     S3_3_C4_C2_2

#define RDSVL_1  0x04bf5820 /* rdsvl x<n>, #1: older assemblers do not know it */

    .arch_extension sve
    .arch_extension sme
    .section .text.sme, "ax"

    .global sme_enter
sme_enter:
    msr     SMCR_EL2, x0
    isb
    smstart
    ret

    .global sme_enter_mode_only
sme_enter_mode_only:
    msr     SMCR_EL2, x0
    isb
    smstart sm
    ret

    .global sme_enter_array_only
sme_enter_array_only:
    msr     SMCR_EL2, x0
    isb
    smstart za
    ret

    .global sme_load_vectors
sme_load_vectors:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ldr     z\n, [x0, #\n, mul vl]
    .endr
    addvl   x0, x0, #31
    addvl   x0, x0, #1
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    ldr     p\n, [x0, #\n, mul vl]
    .endr
    ret

    .global sme_store_vectors
sme_store_vectors:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    str     z\n, [x0, #\n, mul vl]
    .endr
    addvl   x0, x0, #31
    addvl   x0, x0, #1
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    str     p\n, [x0, #\n, mul vl]
    .endr
    ret

    .global sme_leave
sme_leave:
    smstop
    ret

    .global sme_mode
sme_mode:
    mrs     x0, SVCR
    ret

    .global sme_vector_bytes
sme_vector_bytes:
    .inst   RDSVL_1 | 0
    ret

    .global sme_load_array
sme_load_array:
    .inst   RDSVL_1 | 1
    mov     w12, #0
1:  ldr     za[w12, 0], [x0]
    add     x0, x0, x1
    add     w12, w12, #1
    cmp     w12, w1
    b.lo    1b
    ret

    .global sme_store_array
sme_store_array:
    .inst   RDSVL_1 | 1
    mov     w12, #0
1:  str     za[w12, 0], [x0]
    add     x0, x0, x1
    add     w12, w12, #1
    cmp     w12, w1
    b.lo    1b
    ret
