/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ways between S-EL2 and the two others: into a partition and back (vcpu_run), out to EL3 and
 * back (spmd_call), and exceptions of S-EL2 itself. A vector has room for 32 instructions and
 * most need two: functions that fit live behind them.
 */
#include "aarch64/registers.h"
#include "aarch64/vectors.inc"
#include "platform/qemu-virt/platform.h"

/*
 * unsigned vcpu_run(struct regs *regs): runs a partition's vCPU until it exits; returns EXIT_*.
 * The callee-saved registers and `regs` wait on the stack meanwhile.
 */
    behind_vector 15
    .global vcpu_run
vcpu_run:
    sign_return
    stp     x29, x30, [sp, -96]!
    stp     x27, x28, [sp, 16]
    stp     x25, x26, [sp, 32]
    stp     x23, x24, [sp, 48]
    stp     x21, x22, [sp, 64]
    stp     x19, x20, [sp, 80]
    str     x0, [sp, -16]!
    ldp     x1, x2, [x0, REGS_PC]
    msr     elr_el2, x1
    msr     spsr_el2, x2
    ldp     x2, x3, [x0, 16]
    ldp     x4, x5, [x0, 32]
    ldp     x6, x7, [x0, 48]
    ldp     x8, x9, [x0, 64]
    ldp     x10, x11, [x0, 80]
    ldp     x12, x13, [x0, 96]
    ldp     x14, x15, [x0, 112]
    ldp     x16, x17, [x0, 128]
    ldp     x18, x19, [x0, 144]
    ldp     x20, x21, [x0, 160]
    ldp     x22, x23, [x0, 176]
    ldp     x24, x25, [x0, 192]
    ldp     x26, x27, [x0, 208]
    ldp     x28, x29, [x0, 224]
    ldr     x30, [x0, 240]
    ldp     x0, x1, [x0]
    eret
    no_straight_on

/* ---- Exceptions of a vCPU ---- */

/* It is back: its registers to `regs`, the exit's kind to the caller of vcpu_run. */
.macro vcpu_exit kind
    stp     x0, x1, [sp, -16]!
    ldr     x1, [sp, 16]
    stp     x2, x3, [x1, 16]
    mov     w0, \kind
.endm

    vector  8
    vcpu_exit EXIT_SYNC
vcpu_saved:
    stp     x4, x5, [x1, 32]
    stp     x6, x7, [x1, 48]
    stp     x8, x9, [x1, 64]
    stp     x10, x11, [x1, 80]
    stp     x12, x13, [x1, 96]
    stp     x14, x15, [x1, 112]
    stp     x16, x17, [x1, 128]
    stp     x18, x19, [x1, 144]
    stp     x20, x21, [x1, 160]
    stp     x22, x23, [x1, 176]
    stp     x24, x25, [x1, 192]
    stp     x26, x27, [x1, 208]
    stp     x28, x29, [x1, 224]
    str     x30, [x1, 240]
    mrs     x2, elr_el2
    mrs     x3, spsr_el2
    stp     x2, x3, [x1, REGS_PC]
    ldp     x2, x3, [sp], 32
    stp     x2, x3, [x1]
    ldp     x19, x20, [sp, 80]
    ldp     x21, x22, [sp, 64]
    ldp     x23, x24, [sp, 48]
    ldp     x25, x26, [sp, 32]
    ldp     x27, x28, [sp, 16]
    ldp     x29, x30, [sp], 96
    check_return
    ret

    vector  9
    vcpu_exit EXIT_IRQ
    b       vcpu_saved

    vector  10
    vcpu_exit EXIT_FIQ
    b       vcpu_saved

    vector  11
    vcpu_exit EXIT_SERROR
    b       vcpu_saved

/* ---- Exceptions of S-EL2 itself ---- */

/*
 * SP may be the cause, so the emergency stack takes over; three registers are kept in system registers
 * that a CPU has no more use for. It stops, with a report. x30 tells which vector it was.
 */
.macro unexpected
    msr     tpidr_el2, x30
    bl      unexpected_saved
.endm

/* Bulkhead does not use SP_EL0, so the first vector is never taken: it is where EL3 enters. */
    vector  0
    b       entry_primary

    .irp    n, 1, 2, 3, 5, 6, 7, 12, 13, 14, 15
    vector  \n
    unexpected
    .endr

/* struct self_frame of aarch64/exception.c, from the top: the old SP, the vector, x30 to x0. */
    behind_vector 5
unexpected_saved:
    msr     cntvoff_el2, x0
    msr     S3_4_C14_C5_2, x1   /* CNTHPS_CVAL_EL2 */
    mrs     x0, mpidr_el1
    ubfx    x0, x0, PLATFORM_CPU_SHIFT, PLATFORM_CPU_BITS
    adrp    x1, stacks
    add     x0, x1, x0, lsl STACK_SLOT_SHIFT
    mov     x1, sp
    add     sp, x0, STACK_EMERGENCY_TOP - SELF_FRAME_BYTES
    str     x1, [sp, 256]
    stp     x2, x3, [sp, 16]
    stp     x4, x5, [sp, 32]
    stp     x6, x7, [sp, 48]
    stp     x8, x9, [sp, 64]
    stp     x10, x11, [sp, 80]
    stp     x12, x13, [sp, 96]
    stp     x14, x15, [sp, 112]
    stp     x16, x17, [sp, 128]
    stp     x18, x19, [sp, 144]
    stp     x20, x21, [sp, 160]
    stp     x22, x23, [sp, 176]
    stp     x24, x25, [sp, 192]
    stp     x26, x27, [sp, 208]
    stp     x28, x29, [sp, 224]
    mrs     x0, cntvoff_el2
    mrs     x1, S3_4_C14_C5_2
    stp     x0, x1, [sp]
    mrs     x0, tpidr_el2
    stp     x0, x30, [sp, 240]
    mov     x0, sp
    bl      unexpected_exception

/*
 * A synchronous exception of S-EL2. A clear bit of SP tells that the stack ran over; an abort inside
 * foreign_copy was to be expected and becomes its result; all else is unexpected.
 */
    vector  4
    add     sp, sp, x0
    sub     x0, sp, x0
    tbz     x0, STACK_BOTTOM_BIT, 1f
    sub     x0, sp, x0
    sub     sp, sp, x0
    stp     x0, x1, [sp, -16]!
    mrs     x0, elr_el2
    adr     x1, foreign_zero
    cmp     x0, x1
    b.lo    2f
    adr     x1, foreign_copy_failed
    cmp     x0, x1
    b.hs    2f
    msr     elr_el2, x1
    ldp     x0, x1, [sp], 16
    eret
1:  sub     x0, sp, x0
    sub     sp, sp, x0
    b       3f
2:  ldp     x0, x1, [sp], 16
3:  unexpected

/* ---- Functions that live behind vectors ---- */

/*
 * void spmd_call(struct regs *regs): x0-x17 to EL3 and back. The Normal world, or a timer, may
 * run for any time in between; EL3 keeps x18-x30.
 */
    behind_vector 1
    .global spmd_call
spmd_call:
    mov     x18, x0
    ldp     x0, x1, [x18]
    ldp     x2, x3, [x18, 16]
    ldp     x4, x5, [x18, 32]
    ldp     x6, x7, [x18, 48]
    ldp     x8, x9, [x18, 64]
    ldp     x10, x11, [x18, 80]
    ldp     x12, x13, [x18, 96]
    ldp     x14, x15, [x18, 112]
    ldp     x16, x17, [x18, 128]
    smc     0
    stp     x0, x1, [x18]
    stp     x2, x3, [x18, 16]
    stp     x4, x5, [x18, 32]
    stp     x6, x7, [x18, 48]
    stp     x8, x9, [x18, 64]
    stp     x10, x11, [x18, 80]
    stp     x12, x13, [x18, 96]
    stp     x14, x15, [x18, 112]
    stp     x16, x17, [x18, 128]
    ret

/*
 * bool foreign_zero(void *to, size_t size): zeros, in pieces of 64 bytes; and
 * bool foreign_copy(void *to, const void *from, size_t size): true when all is copied, false when
 * an access met an external abort: the vector below comes back to foreign_copy_failed.
 */
    behind_vector 0
    .global foreign_zero
foreign_zero:
    subs    x1, x1, 64
    stp     xzr, xzr, [x0], 64
    stp     xzr, xzr, [x0, -48]
    stp     xzr, xzr, [x0, -32]
    stp     xzr, xzr, [x0, -16]
    b.ne    foreign_zero
    b       5f
    .global foreign_copy
foreign_copy:
1:  subs    x2, x2, 16
    b.lo    2f
    ldp     x3, x4, [x1], 16
    stp     x3, x4, [x0], 16
    b       1b
2:  tbz     x2, 3, 3f /* the low bits are still those of the size */
    ldr     x3, [x1], 8
    str     x3, [x0], 8
3:  ands    x2, x2, 7
    b.eq    5f
4:  ldrb    w3, [x1], 1
    strb    w3, [x0], 1
    subs    x2, x2, 1
    b.ne    4b
5:  dsb     sy
    mov     w0, 1
    ret
foreign_copy_failed:
    mov     w0, 0
    ret
