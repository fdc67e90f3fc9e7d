/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The floor: the least that any SPMC does, without fine-grained traps, for a direct request from the
 * Normal world to a partition at S-EL1 and back. One CPU, one partition that is always waiting, no MMU
 * of its own; but every check of the message, and every register that must not leak, is there. The bench
 * puts it beside Bulkhead.
 */
#include "aarch64/registers.h"
#include "abi/ffa.h"

#define PARTITION_ID 0x8001
#define PARTITION_BASE 0x0e200000
#define STAGE2_BLOCK 0x7fd /* 2 MiB, normal write-back, inner shareable, read, write, execute */
#define VSTTBR_EL2 S3_4_C2_C6_0
#define VSTCR_EL2 S3_4_C2_C6_2

/* What SP points to, always: the partition's registers and x8-x17 of the Normal world, then EL1's of both. */
#define NORMAL_X8 272
#define NORMAL_EL1 352
#define PARTITION_EL1 (NORMAL_EL1 + 192)
#define FRAME_SIZE (PARTITION_EL1 + 192)
#define REQUESTER 264

/* The EL1 registers that change hands, the same as in aarch64/context.c: bench.py compares the lists. */
.macro el1_registers do
    \do     sctlr_el12, cpacr_el12
    \do     ttbr0_el12, ttbr1_el12
    \do     tcr_el12, esr_el12
    \do     far_el12, afsr0_el12
    \do     afsr1_el12, mair_el12
    \do     amair_el12, vbar_el12
    \do     contextidr_el12, cntkctl_el12
    \do     elr_el12, spsr_el12
    \do     sp_el0, sp_el1
    \do     tpidr_el0, tpidrro_el0
    \do     tpidr_el1, par_el1
    \do     csselr_el1
.endm

.macro save_pair a, b
    mrs     x9, \a
    .ifnb \b
    mrs     x10, \b
    .endif
    stp     x9, x10, [x8], 16
.endm

.macro load_pair a, b
    ldp     x9, x10, [x8], 16
    msr     \a, x9
    .ifnb \b
    msr     \b, x10
    .endif
.endm

/* x8 to x30 of the partition: x0 to x7 are the message, and stay where they are. */
.macro partition_registers do
    \do     x8, x9, [sp, 64]
    \do     x10, x11, [sp, 80]
    \do     x12, x13, [sp, 96]
    \do     x14, x15, [sp, 112]
    \do     x16, x17, [sp, 128]
    \do     x18, x19, [sp, 144]
    \do     x20, x21, [sp, 160]
    \do     x22, x23, [sp, 176]
    \do     x24, x25, [sp, 192]
    \do     x26, x27, [sp, 208]
    \do     x28, x29, [sp, 224]
.endm

.macro normal_registers do
    \do     x8, x9, [sp, NORMAL_X8]
    \do     x10, x11, [sp, NORMAL_X8 + 16]
    \do     x12, x13, [sp, NORMAL_X8 + 32]
    \do     x14, x15, [sp, NORMAL_X8 + 48]
    \do     x16, x17, [sp, NORMAL_X8 + 64]
.endm

.macro set register, value
    mov     \register, (\value) & 0xffff
    movk    \register, (\value) >> 16 & 0xffff, lsl 16
.endm

.macro set_system register, value
    ldr     x0, =(\value)
    msr     \register, x0
.endm

    .section .text.entry, "ax"
    .global floor_entry
floor_entry:
    ldr     x0, =frame
    mov     sp, x0
    set_system hcr_el2, HCR_BULKHEAD
    isb
    set_system vbar_el2, vectors
    set_system cptr_el2, CPTR_TTA | CPTR_TAM
    set_system vtcr_el2, VTCR_COMMON | VTCR_PS_40 | VTCR_NSA | VTCR_RES1
    set_system VSTCR_EL2, VTCR_COMMON | VTCR_RES1
    set_system VSTTBR_EL2, stage2_level1
    mrs     x0, midr_el1
    msr     vpidr_el2, x0
    set_system vmpidr_el2, BIT(31)
    ldr     x0, =partition
    ldr     x1, =partition_end
    ldr     x2, =PARTITION_BASE
1:  ldr     x3, [x0], 8
    str     x3, [x2], 8
    cmp     x0, x1
    b.lo    1b
    isb
    set     w0, FFA_MSG_WAIT
    mov     x1, xzr
    mov     x2, xzr
    mov     x3, xzr

/* x0 to x17 go out; they come back with the next call. x18 to x30 are free here: EL3 keeps them for us. */
answer:
    smc     0
    and     w0, w0, ~FFA_SVE_HINT
    set     w18, FFA_MSG_SEND_DIRECT_REQ_32
    cmp     w0, w18
    b.ne    not_supported
    tbnz    w1, 31, framework_message
    cbnz    w2, not_supported
    uxth    w18, w1
    mov     w19, PARTITION_ID
    cmp     w18, w19
    b.ne    not_supported
    ror     w18, w1, 16
    str     w18, [sp, REQUESTER]
    normal_registers stp
    add     x8, sp, NORMAL_EL1
    el1_registers save_pair
    el1_registers load_pair
    ldp     x30, x9, [sp, REGS_PC - 8]
    ldr     x8, [sp, REGS_PSTATE]
    msr     elr_el2, x9
    msr     spsr_el2, x8
    partition_registers ldp
    eret

/* The partition's exit. Only an SMC that answers its requester is foreseen: it has no way to die. */
partition_exit:
    partition_registers stp
    mrs     x8, esr_el2
    lsr     x8, x8, ESR_EC_SHIFT
    cmp     x8, EC_SMC64
    b.ne    .
    mrs     x9, elr_el2
    add     x9, x9, 4
    stp     x30, x9, [sp, REGS_PC - 8]
    mrs     x8, spsr_el2
    str     x8, [sp, REGS_PSTATE]
    set     w8, FFA_MSG_SEND_DIRECT_RESP_32
    cmp     w0, w8
    b.ne    .
    ldr     w8, [sp, REQUESTER]
    cmp     w1, w8
    b.ne    .
    cbnz    w2, .
    add     x8, sp, PARTITION_EL1
    el1_registers save_pair
    add     x8, sp, NORMAL_EL1
    el1_registers load_pair
    normal_registers ldp
    b       answer

/* The SPMD asks for the version (x2, x3), or tells of a CPU that goes off. */
framework_message:
    set     w0, FFA_MSG_SEND_DIRECT_RESP_32
    ror     w1, w1, 16
    set     w18, FFA_FRAMEWORK_VERSION_REQUEST
    cmp     w2, w18
    b.ne    1f
    set     w2, FFA_FRAMEWORK_VERSION_RESPONSE
    set     w3, FFA_VERSION_1_2
    b       answer
1:  set     w2, FFA_FRAMEWORK_PM_RESPONSE
    mov     w3, wzr
    b       answer

not_supported:
    set     w0, FFA_ERROR
    mov     x1, xzr
    mov     w2, FFA_NOT_SUPPORTED
    mov     x3, xzr
    b       answer

    .balign 0x800
vectors:
    b       .
    .balign 0x400
    b       partition_exit
    .balign 0x400

/*
 * The partition, copied to PARTITION_BASE: echoes the payload. It keeps a value in a general register
 * and in one of EL1; if they differ ever after, its answer is wrong.
 */
partition:
    mov     x9, 0x5e11
    msr     tpidr_el1, x9
1:  mrs     x10, tpidr_el1
    cmp     x10, x9
    csel    x3, x3, xzr, eq
    set     w0, FFA_MSG_SEND_DIRECT_RESP_32
    ror     w1, w1, 16
    smc     0
    b       1b
    .balign 8
partition_end:

    .data
    .balign 4096
stage2_level2:
    .fill   PARTITION_BASE >> 21, 8, 0
    .quad   PARTITION_BASE + STAGE2_BLOCK
    .balign 4096
stage2_level1:
    .quad   stage2_level2 + PTE_TABLE
    .fill   63, 8, 0
    .balign 16
frame:
    .fill   31, 8, 0
    .quad   PARTITION_BASE, PSTATE_EL1H_MASKED
    .fill   (PARTITION_EL1 - REQUESTER) / 8, 8, 0
    .quad   SCTLR_EL1_RESET
    .fill   23, 8, 0
