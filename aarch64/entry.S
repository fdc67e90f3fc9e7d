/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From EL3 to C. Code here runs at its physical address until the MMU is on: the page that
 * holds it is mapped one to one through TTBR0_EL2, and stays mapped, for a CPU that was off comes
 * back to entry_secondary at the physical address with its MMU on.
 */
#include "aarch64/registers.h"
#include "aarch64/vectors.inc"
#include "abi/ffa.h"
#include "core/unpack.h"
#include "platform/qemu-virt/platform.h"

#define WINDOW 0xfffffff000000000
#define L1_SHIFT 30
#define L2_SHIFT 21
#define L3_SHIFT 12
#define PAGE 4096

/* Tables of the boot: one page each. */
#define IDENTITY_L1 0
#define WINDOW_L1 0x800
#define IDENTITY_L2 PAGE
#define IDENTITY_L3 (2 * PAGE)
#define WINDOW_L2 (3 * PAGE)
#define TABLES_SIZE (4 * PAGE)
#define CACHE_LINE 64

/* This CPU's number to x0, its stack to SP. */
.macro cpu_setup
    mrs     x0, mpidr_el1
    ubfx    x0, x0, PLATFORM_CPU_SHIFT, PLATFORM_CPU_BITS
    adrp    x1, stacks
    add     x1, x1, x0, lsl STACK_SLOT_SHIFT
    add     x1, x1, STACK_SLOT
    sub     sp, x1, 16
    adr     x1, vectors
    msr     vbar_el2, x1
    mov     x29, xzr
    mov     x30, xzr
.endm

    .section .tables, "aw", %nobits
    .balign PAGE
    .global boot_tables
boot_tables:
    .skip TABLES_SIZE

    .section .text.entry, "ax"

/* EL3 enters at the first vector, which comes here. x0: physical address of the SPMC manifest. */
    .global entry_primary
entry_primary:
    mov     x19, x0
    bl      build_boot_tables
    adrp    x20, boot_tables
    add     x20, x20, WINDOW_L1
    ldr     x21, =start_primary
    b       enable_mmu

    .global entry_secondary
entry_secondary:
    adrp    x20, mmu_root
    add     x20, x20, :lo12:mmu_root
    ldr     x21, =start_secondary

/* x20: physical address of the window's table; x21: where to go on, in the window. */
enable_mmu:
    msr     daifset, 0xf
    ldr     x0, =HCR_BULKHEAD
    msr     hcr_el2, x0
    isb
    ldr     x0, =MAIR_BULKHEAD
    msr     mair_el2, x0
    ldr     x0, =TCR_BULKHEAD
    msr     tcr_el2, x0
    adrp    x0, boot_tables
    msr     ttbr0_el2, x0
    msr     ttbr1_el2, x20
    isb
    tlbi    alle2
    dsb     ish
    isb
    ldr     x0, =SCTLR_BOOT
    msr     sctlr_el2, x0
    isb
    br      x21

/*
 * In the window from here on. What the image holds packed goes where .bss will be, out of the way of its own
 * result. If it cannot be unpacked, EL3 knows from FFA_ERROR, and the Normal world boots; its first call of FF-A,
 * which EL3 passes on all the same, does not come back.
 */
start_primary:
    cpu_setup
    mov     x20, x0
    adr     x0, packed_begin
    adr     x1, packed_end
    sub     x1, x1, x0
    adr     x4, bss_begin
    add     x2, x4, 2 * UNPACK_WORDS
    mov     x3, x1
    mov     x5, x0
    add     x6, x0, x1
    mov     x7, x2
1:  ldp     x8, x9, [x5], 16
    stp     x8, x9, [x7], 16
    cmp     x5, x6
    b.lo    1b
    bl      unpack
    cbnz    w0, 2f
    ldr     w0, =FFA_ERROR
    mov     x1, xzr
    mov     w2, FFA_INVALID_PARAMETERS
    smc     0
1:  wfi
    b       1b

2:  adr     x0, packed_begin
    bic     x0, x0, CACHE_LINE - 1
    adr     x1, packed_end
3:  dc      cvau, x0
    add     x0, x0, CACHE_LINE
    cmp     x0, x1
    b.lo    3b
    dsb     ish
    ic      ialluis
    dsb     ish
    isb
    adr     x1, bss_begin
    adr     x2, bss_end
4:  stp     xzr, xzr, [x1], 16
    cmp     x1, x2
    b.lo    4b
    mov     x0, x20
    mov     x1, x19
    b       boot_primary

/*
 * The entry page one to one, read-only and executable; the 2 MiB that hold Bulkhead in the window.
 * Written with caches off, so lines that may hold older bytes are dropped afterwards.
 */
build_boot_tables:
    adrp    x0, boot_tables
    mov     x1, x0
    add     x2, x0, TABLES_SIZE
1:  stp     xzr, xzr, [x1], 16
    cmp     x1, x2
    b.lo    1b

    add     x1, x0, IDENTITY_L2
    orr     x1, x1, PTE_TABLE
    str     x1, [x0, IDENTITY_L1 + 8 * (PLATFORM_BASE >> L1_SHIFT)]
    add     x1, x0, WINDOW_L2
    orr     x1, x1, PTE_TABLE
    str     x1, [x0, WINDOW_L1 + 8 * (PLATFORM_BASE >> L1_SHIFT)]

    add     x3, x0, IDENTITY_L2
    add     x1, x0, IDENTITY_L3
    orr     x1, x1, PTE_TABLE
    str     x1, [x3, 8 * ((PLATFORM_BASE >> L2_SHIFT) & 511)]
    add     x3, x0, IDENTITY_L3
    ldr     x1, =PLATFORM_BASE | PTE_PAGE | PTE_NORMAL | PTE_READ_ONLY | PTE_INNER_SHAREABLE | PTE_ACCESSED | PTE_UXN
    str     x1, [x3, 8 * ((PLATFORM_BASE >> L3_SHIFT) & 511)]
    add     x3, x0, WINDOW_L2
    ldr     x1, =(PLATFORM_BASE & ~0x1fffff) | PTE_BLOCK | PTE_NORMAL | PTE_INNER_SHAREABLE | PTE_ACCESSED | PTE_UXN
    str     x1, [x3, 8 * ((PLATFORM_BASE >> L2_SHIFT) & 511)]

2:  dc      ivac, x0
    add     x0, x0, CACHE_LINE
    cmp     x0, x2
    b.lo    2b
    dsb     sy
    ret

behind_vector 14
start_secondary:
    landing_for_jumps
    cpu_setup
    b       boot_secondary
