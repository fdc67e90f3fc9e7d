/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streaming mode and the array ZA. Call only on a CPU that has SME; once in streaming mode, "VL" is its own.
 */
#define SMCR_EL2 S3_4_C1_C2_6
#define SVCR     S3_3_C4_C2_2

    .arch_extension sve
    .arch_extension sme
    .section .text.sme, "ax"

    .global sme_enter
sme_enter:
    mov     x0, #0xf
    msr     SMCR_EL2, x0
    isb
    smstart
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
    rdvl    x0, #1
    ret

    .global sme_load_array
sme_load_array:
    rdvl    x1, #1
    mov     w12, #0
1:  ldr     za[w12, 0], [x0]
    add     x0, x0, x1
    add     w12, w12, #1
    cmp     w12, w1
    b.lo    1b
    ret

    .global sme_store_array
sme_store_array:
    rdvl    x1, #1
    mov     w12, #0
1:  str     za[w12, 0], [x0]
    add     x0, x0, x1
    add     w12, w12, #1
    cmp     w12, w1
    b.lo    1b
    ret
