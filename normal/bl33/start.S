/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way from BL31 (or PSCI CPU_ON) into C: EL2 registers, the MMU with a fixed identity map, a stack.
 * C code runs with the MMU on only, since the compiler uses unaligned accesses and atomics.
 */
#include "abi/ffa.h"
#include "cpu.h"

#define BLOCK           (1 << 0)
#define ATTRIBUTE(n)    ((n) << 2)
#define AP_RES1         (1 << 6)
#define INNER_SHAREABLE (3 << 8)
#define ACCESSED        (1 << 10)
#define EXECUTE_NEVER   (1 << 54)

#define DEVICE_BLOCK (BLOCK | ATTRIBUTE(0) | AP_RES1 | ACCESSED | EXECUTE_NEVER)
#define NORMAL_BLOCK (BLOCK | ATTRIBUTE(1) | AP_RES1 | INNER_SHAREABLE | ACCESSED)

#define MAIR_VALUE  0xff00     /* 0: Device-nGnRnE, 1: Normal, write-back */
#define TCR_VALUE   0x80803519 /* 39 bits of address, 4 KiB granule, write-back, inner shareable */
#define SCTLR_VALUE 0x30c5183d /* RES1, MMU, caches, stack alignment check */
#define HCR_VALUE   0x80000038 /* EL1 is AArch64; interrupts and SErrors come to EL2 */
#define CPTR_VALUE  0x22ff     /* RES1; neither FP nor SVE nor SME traps */

    .section .start, "ax"

    /* x0 = the device tree; or 0, when QEMU starts the payload without firmware, to try it alone. */
    .global _start
_start:
    mov     x19, x0
    cbnz    x19, 1f
    mov     x19, #0x40000000
1:
    bl      cpu_set_up
    ldr     x0, =bss_start
    ldr     x1, =bss_end
1:  cmp     x0, x1
    b.hs    2f
    stp     xzr, xzr, [x0], #16
    b       1b
2:  bl      stack_set_up
    mov     x0, x19
    bl      payload_main
    b       .

    /* A CPU that PSCI switched on. */
    .global secondary_start
secondary_start:
    bl      cpu_set_up
    bl      stack_set_up
    bl      secondary_main
    b       .

    /*
     * void cpu_off_until_woken(void): the CPU goes off; when another turns it on at cpu_wake_up, this
     * returns. For the CPU whose stack must not be lost.
     */
    .global cpu_off_until_woken
cpu_off_until_woken:
    stp     x29, x30, [sp, #-96]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    ldr     x0, =sleeper
    mov     x1, sp
    str     x1, [x0]
    dsb     sy
    ldr     x0, =PSCI_CPU_OFF
    smc     #0
    b       .

    .global cpu_wake_up
cpu_wake_up:
    bl      cpu_set_up
    ldr     x0, =sleeper
    ldr     x0, [x0]
    mov     sp, x0
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #96
    ret

cpu_set_up:
    msr     daifset, #0xf
    msr     spsel, #1
    ldr     x1, =HCR_VALUE
    msr     hcr_el2, x1
    ldr     x1, =CPTR_VALUE
    msr     cptr_el2, x1
    ldr     x1, =vectors
    msr     vbar_el2, x1
    ldr     x1, =MAIR_VALUE
    msr     mair_el2, x1
    ldr     x1, =TCR_VALUE
    msr     tcr_el2, x1
    ldr     x1, =identity_map
    msr     ttbr0_el2, x1
    isb
    tlbi    alle2
    ic      iallu
    dsb     nsh
    isb
    ldr     x1, =SCTLR_VALUE
    msr     sctlr_el2, x1
    isb
    ret

stack_set_up:
    mrs     x1, mpidr_el1
    and     x1, x1, #0xff
    add     x1, x1, #1
    ldr     x2, =stacks
    mov     x3, #CPU_STACK_SIZE
    madd    x2, x1, x3, x2
    mov     sp, x2
    ret

    .ltorg

    /* Level 1, 1 GiB an entry: devices, then DRAM up to 4 GiB, then nothing. */
    .section .rodata.identity_map, "a"
    .balign 4096
identity_map:
    .quad   0x00000000 | DEVICE_BLOCK
    .quad   0x40000000 | NORMAL_BLOCK
    .quad   0x80000000 | NORMAL_BLOCK
    .quad   0xc0000000 | NORMAL_BLOCK
    .fill   508, 8, 0

    /* The stack pointer of the one CPU in cpu_off_until_woken. */
    .section .bss.sleeper, "aw", %nobits
    .balign 8
sleeper:
    .space  8

    .section .bss.stacks, "aw", %nobits
    .balign 16
stacks:
    .space  CPU_STACK_SIZE * CPU_MAX
