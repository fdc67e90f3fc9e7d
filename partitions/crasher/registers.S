/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The floating-point registers as a whole, a way to EL0 and back, and what is tried at S-EL0.
 */
#include "abi/s_el0_code.h"

    .arch_extension fp
    .arch_extension simd
    .text

/* void fp_load(const struct fp_registers *from), void fp_store(struct fp_registers *to) */
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

/*
 * uint64_t run_at_el0(const void *code, uint64_t x[2], uint64_t pstate): gives the ESR of the exception
 * that brings it back; x[0] is EL0's, x[1] whether it came by a vector of AArch32, and PSTATE.PAN in its
 * place. EL0 has the stack of its caller, but no right to it.
 */
    .global run_at_el0
run_at_el0:
    msr     daifset, #3             /* no interrupt comes by these vectors */
    stp     x29, x30, [sp, #-32]!
    msr     spsr_el1, x2
    mrs     x2, vbar_el1
    stp     x1, x2, [sp, #16]
    adrp    x2, el0_vectors
    add     x2, x2, :lo12:el0_vectors
    msr     vbar_el1, x2
    msr     elr_el1, x0
    ldp     x0, x1, [x1]
    isb
    eret

came_from_el0:
    msr     spsel, #0
    ldp     x3, x2, [sp, #16]
    msr     vbar_el1, x2
    isb
    mrs     x2, s3_0_c4_c2_3        /* PAN */
    msr     s3_0_c4_c2_3, xzr
    orr     x1, x1, x2
    stp     x0, x1, [x3]
    mrs     x0, esr_el1
    msr     daifclr, #3
    ldp     x29, x30, [sp], #32
    ret

    .balign 0x800
el0_vectors:
    .irp    a32, 0, 0, 0, 1         /* the last four vectors */
    .rept   4
    .balign 0x80
    mov     x1, #\a32
    b       came_from_el0
    .endr
    .endr

/* Each with its return. */
    .global s_el0_code, s_el0_code_end
s_el0_code:
    .irp    instruction, S_EL0_TRAPPED, S_EL0_FREE
    .inst   \instruction
    ret
    .endr
s_el0_code_end:
