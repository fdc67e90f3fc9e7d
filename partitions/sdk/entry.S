/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ways into and out of a partition: start-up of its contexts, exception vectors,
 * FF-A calls. At S-EL1 partition code runs on SP_EL0 and exceptions on SP_EL1, so that an
 * overflow of the one is reported on the other.
 */
#include "abi/ffa.h"
#include "partitions/sdk/sdk.h"

/* Index 0: normal memory, write-back; 1: device nGnRnE. */
#define MAIR 0x00ff
/* 4 KiB granule, SDK_ADDRESS_BITS of VA, 36 of PA; walks cached, inner shareable; no TTBR1. */
#define TCR (1 << 32 | 1 << 23 | 3 << 12 | 1 << 10 | 1 << 8 | (64 - SDK_ADDRESS_BITS))
/* RES1 bits, WXN, caches, SP alignment check, MMU. */
#define SCTLR (0x30d00800 | 1 << 19 | 1 << 12 | 1 << 3 | 1 << 2 | 1 << 0)

#define FRAME 176 /* struct sdk_exception */

.macro set register, value
    movz    \register, #((\value) & 0xffff)
    movk    \register, #((\value) >> 16 & 0xffff), lsl #16
    movk    \register, #((\value) >> 32 & 0xffff), lsl #32
.endm

.macro address register, symbol
    adrp    \register, \symbol
    add     \register, \register, :lo12:\symbol
.endm

/* x2 to x17, to or from where they have their place after x0 and x1. */
.macro pairs instruction, base
    \instruction x2, x3, [\base, #16]
    \instruction x4, x5, [\base, #32]
    \instruction x6, x7, [\base, #48]
    \instruction x8, x9, [\base, #64]
    \instruction x10, x11, [\base, #80]
    \instruction x12, x13, [\base, #96]
    \instruction x14, x15, [\base, #112]
    \instruction x16, x17, [\base, #128]
.endm

/* To `target` if this is a partition at S-EL0; x9 changes. */
.macro s_el0_goes_to target
    adrp    x9, sdk_s_el0
    ldrb    w9, [x9, :lo12:sdk_s_el0]
    cbnz    w9, \target
.endm

/*
 * The boot context, with the MMU off: x0 is the boot information. The image is linked
 * at 0; until it has relocated itself and mapped itself, it may only use PC-relative addresses.
 */
    .section .text.start, "ax"
    .global _start
_start:
    mov     x19, x0
    s_el0_goes_to start_at_s_el0
    bl      take_stacks

relocate_image:
    address x0, _start
    address x1, sdk_relocations
    address x2, sdk_relocations_end
relocate:
    cmp     x1, x2
    b.hs    relocated
    ldp     x3, x4, [x1], #16       /* offset, type */
    ldr     x5, [x1], #8            /* addend */
    cmp     x4, #1027               /* R_AARCH64_RELATIVE */
    b.ne    ffa_abort
    add     x5, x5, x0
    str     x5, [x0, x3]
    b       relocate
relocated:
    s_el0_goes_to relocated_at_s_el0
    bl      sdk_map_image

    /* What was just written went past the caches: no older line may hide it once they are on. */
    mrs     x2, ctr_el0
    ubfx    x2, x2, #16, #4
    mov     x3, #4
    lsl     x2, x3, x2              /* the smallest line, in bytes */
    address x0, sdk_data
    address x1, sdk_stacks_end
    dmb     sy
invalidate:
    dc      ivac, x0
    add     x0, x0, x2
    cmp     x0, x1
    b.lo    invalidate

    bl      turn_mmu_on
run_main:
    mov     x0, x19
    bl      partition_main
    b       ffa_abort

/*
 * At S-EL0 all of the image is mapped for reading and executing: W^X by section is asked for, of the
 * stack all but the guard page.
 */
start_at_s_el0:
    address x20, sdk_data
    address x21, sdk_stacks
    mov     x22, #5                 /* readable and writable */
    bl      permit
    add     x20, x21, #4096
    address x21, sdk_stacks_end
    bl      permit
    mov     sp, x21
    address x20, _start
    sub     x20, x20, #SDK_HEADER
    address x21, _start
    mov     x22, #7                 /* readable */
    bl      permit
    address x20, sdk_rodata
    address x21, sdk_data
    bl      permit
    b       relocate_image
relocated_at_s_el0:
    mov     w0, #2                  /* FFA_SVC */
    adrp    x1, ffa_conduit
    str     w0, [x1, :lo12:ffa_conduit]
    b       run_main

/* FFA_MEM_PERM_SET of x20 to x21 to x22, in as many calls as it takes. */
permit:
    subs    x23, x21, x20
    b.eq    permitted
    lsr     x23, x23, #12
    mov     x2, #256                /* pages of one call */
    cmp     x23, x2
    csel    x23, x23, x2, lo
    set     x0, FFA_MEM_PERM_SET_64
    mov     x1, x20
    mov     x2, x23
    mov     x3, x22
    svc     #0
    set     x1, FFA_SUCCESS_32
    cmp     w0, w1
    b.ne    ffa_abort
    add     x20, x20, x23, lsl #12
    b       permit
permitted:
    ret

/* Every other context, with the MMU off: the boot context has prepared all it needs. */
    .text
    .global sdk_secondary_start
sdk_secondary_start:
    bl      take_stacks
    bl      turn_mmu_on
    bl      sdk_serve_secondary
    b       ffa_abort

/* Points both stack pointers into this context's page of stacks. */
take_stacks:
    mrs     x1, mpidr_el1           /* Bulkhead shows a vCPU its index here */
    and     x1, x1, #0xffffff
    add     x1, x1, #1
    address x2, sdk_stacks
    add     x2, x2, x1, lsl #SDK_STACK_SHIFT
    address x3, sdk_stacks_end
    cmp     x2, x3
    b.hi    ffa_abort               /* more contexts than SDK_CONTEXTS */
    msr     spsel, #1
    mov     sp, x2
    msr     spsel, #0
    sub     x2, x2, #SDK_FAULT_STACK
    mov     sp, x2
    address x2, vectors
    msr     vbar_el1, x2
    isb
    ret

turn_mmu_on:
    set     x0, MAIR
    set     x1, TCR
    address x2, sdk_root_table
    set     x3, SCTLR
    msr     mair_el1, x0
    msr     tcr_el1, x1
    msr     ttbr0_el1, x2
    dsb     sy
    tlbi    vmalle1
    ic      iallu
    dsb     sy
    isb
    msr     sctlr_el1, x3
    isb
    ret

/* void ffa_call(struct ffa_regs *regs): x0 to x17 go out and come back. */
    .global ffa_call
ffa_call:
    stp     x29, x30, [sp, #-32]!
    stp     x19, x20, [sp, #16]
    mov     x29, sp
    mov     x19, x0
    adrp    x20, ffa_conduit
    ldr     w20, [x20, :lo12:ffa_conduit]
    ldp     x0, x1, [x19]
    pairs   ldp, x19
    cbz     w20, by_smc
    tbz     w20, #0, by_svc
    hvc     #0
    b       came_back
by_svc:
    svc     #0
    b       came_back
by_smc:
    smc     #0
came_back:
    stp     x0, x1, [x19]
    pairs   stp, x19
    ldp     x19, x20, [sp, #16]
    ldp     x29, x30, [sp], #32
    ret

/* Needs no stack, no MMU and nothing that it would write: the way out of every state. */
    .global ffa_abort
ffa_abort:
    set     x0, FFA_ABORT_64
    mov     x1, xzr
    mov     x2, xzr
    s_el0_goes_to abort_by_svc
    smc     #0
    b       forever
abort_by_svc:
    svc     #0
forever:                            /* an SPMC that does not know the call */
    wfi
    b       forever

.macro vector kind
    .balign 0x80
    stp     x0, x1, [sp, #-FRAME]!
    mov     x0, #\kind
    b       exception
.endm

    .balign 0x800
vectors:
    vector  0                       /* partition code: synchronous, IRQ, FIQ, SError */
    vector  1
    vector  2
    vector  3
    .rept   12                      /* the handler itself: not even printing can be trusted */
    .balign 0x80
    b       ffa_abort
    .endr

    .balign 0x80
exception:
    pairs   stp, sp
    stp     x18, x30, [sp, #144]
    mrs     x2, elr_el1
    mrs     x3, spsr_el1
    stp     x2, x3, [sp, #160]
    mov     x1, sp
    bl      sdk_exception
    ldp     x2, x3, [sp, #160]
    msr     elr_el1, x2
    msr     spsr_el1, x3
    ldp     x18, x30, [sp, #144]
    pairs   ldp, sp
    ldp     x0, x1, [sp], #FRAME
    eret
