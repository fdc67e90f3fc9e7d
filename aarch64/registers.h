/* SPDX-License-Identifier: BSD-3-Clause */
/* System registers that Bulkhead sets, field by field; for C and assembly. */
#ifndef AARCH64_REGISTERS_H
#define AARCH64_REGISTERS_H

#ifdef __ASSEMBLER__
#define BIT(n) (1 << (n))
#else
#define BIT(n) (1ULL << (n))
/* The name may be a macro for an encoded register (S3_...), so it is expanded first. */
#define read_register(name) read_register_named(name)
#define read_register_named(name)                         \
    ({                                                    \
        uint64_t read_;                                   \
        __asm__ volatile("mrs %0, " #name : "=r"(read_)); \
        read_;                                            \
    })
#define write_register(name, value) write_register_named(name, value)
#define write_register_named(name, value)                      \
    do {                                                       \
        uint64_t write_ = (value);                             \
        __asm__ volatile("msr " #name ", %0" : : "r"(write_)); \
    } while (0)
#define isb() __asm__ volatile("isb" : : : "memory")
#define dsb() __asm__ volatile("dsb sy" : : : "memory")
#endif

/*
 * HCR_EL2 while partitions run, and at S-EL2: E2H gives S-EL2 two table bases; physical interrupts
 * and aborts come to S-EL2; what a partition may not do is trapped.
 */
#define HCR_VM BIT(0)
#define HCR_SWIO BIT(1)
#define HCR_FMO BIT(3)
#define HCR_IMO BIT(4)
#define HCR_AMO BIT(5)
#define HCR_VF BIT(6) /* a virtual FIQ is pending, a virtual IRQ */
#define HCR_VI BIT(7)
#define HCR_FB BIT(9) /* TLB and cache maintenance reach the CPUs that a UP partition ran on */
#define HCR_BSU_INNER BIT(10) /* and so do its barriers */
#define HCR_TWI BIT(13)
#define HCR_TWE BIT(14)
#define HCR_TSC BIT(19)
#define HCR_TIDCP BIT(20)
#define HCR_TACR BIT(21)
#define HCR_TSW BIT(22)
#define HCR_TGE BIT(27) /* while S-EL0 runs: EL0 is EL2's own */
#define HCR_RW BIT(31)
#define HCR_E2H BIT(34)
#define HCR_TLOR BIT(35)
#define HCR_TERR BIT(36)
#define HCR_BULKHEAD                                                                      \
    (HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_FB | HCR_BSU_INNER | HCR_TWI | \
     HCR_TWE | HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_TSW | HCR_RW | HCR_E2H | HCR_TLOR | HCR_TERR)

/* SCTLR_EL2 as EL2 with E2H has it. */
#define SCTLR_M BIT(0)
#define SCTLR_C BIT(2)
#define SCTLR_SA BIT(3)
#define SCTLR_EOS BIT(11)
#define SCTLR_I BIT(12)
#define SCTLR_WXN BIT(19)
#define SCTLR_TSCXT BIT(20)
#define SCTLR_EIS BIT(22)
#define SCTLR_SPAN BIT(23)
#define SCTLR_NTLSMD BIT(28)
#define SCTLR_LSMAOE BIT(29)
#define SCTLR_ENIA BIT(31) /* return addresses are signed */
#define SCTLR_BT BIT(36)   /* what signs one is no landing pad for a jump */
#define SCTLR_BOOT                                                                               \
    (SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_EOS | SCTLR_I | SCTLR_TSCXT | SCTLR_EIS | SCTLR_SPAN | \
     SCTLR_NTLSMD | SCTLR_LSMAOE)
#define SCTLR_BULKHEAD                                                         \
    (SCTLR_BOOT | SCTLR_WXN) /* the boot tables have no separate access rights \
                              */

/* SCTLR_EL1 as a partition finds it: MMU and caches off, the rest as reset leaves it. */
#define SCTLR_EL1_RESET 0x30d00800

/* TCR_EL2 with E2H: both halves 36 bits, 4 KiB pages, write-back inner-shareable walks, 40-bit
 * physical addresses. */
#define TCR_T0SZ 28
#define TCR_WALKS_0 (BIT(8) | BIT(10) | BIT(12) | BIT(13))
#define TCR_T1SZ (28 << 16)
#define TCR_WALKS_1 (BIT(24) | BIT(26) | BIT(28) | BIT(29))
#define TCR_TG1_4K (2 << 30)
#define TCR_IPS_40 (2 << 32)
#define TCR_BULKHEAD (TCR_T0SZ | TCR_WALKS_0 | TCR_T1SZ | TCR_WALKS_1 | TCR_TG1_4K | TCR_IPS_40)

/* MAIR_EL2: attribute 0 device nGnRnE, attribute 1 normal write-back; so is 7, as which S-EL0 sees
 * what is all ones in stage 2. */
#define MAIR_BULKHEAD 0xff0000000000ff00

/* VTCR_EL2, VSTCR_EL2: 36-bit IPA, walks from level 1, tables in Secure memory, Non-secure IPA is
 * Non-secure memory. */
#define VTCR_COMMON (28 | BIT(6) | BIT(8) | BIT(10) | BIT(12) | BIT(13))
#define VTCR_PS_40 (2 << 16)
#define VTCR_NSA BIT(30)
#define VTCR_RES1 BIT(31)

/* CPTR_EL2 with E2H: FP, SVE and SME trapped (fields zero), and trace and activity monitors too. */
#define CPTR_TTA BIT(28)
#define CPTR_TAM BIT(30)

/* MDCR_EL2: debug, performance monitors, statistical profiling and trace trapped. */
#define MDCR_TPMCR BIT(5)
#define MDCR_TPM BIT(6)
#define MDCR_TDA BIT(9)
#define MDCR_TDOSA BIT(10)
#define MDCR_TDRA BIT(11)
#define MDCR_TPMS BIT(14)
#define MDCR_TTRF BIT(19)

/* CNTHCTL_EL2 with E2H: counters free, at S-EL0 too; timers trapped (the virtual one of S-EL1 where
 * the CPU has ECV). */
#define CNTHCTL_EL0PCTEN BIT(0)
#define CNTHCTL_EL0VCTEN BIT(1)
#define CNTHCTL_EL1PCTEN BIT(10)
#define CNTHCTL_EL1TVT BIT(13)

/* HFGRTR_EL2 and HFGWTR_EL2: the rare registers of context.c (AFSR0, AFSR1, AMAIR, CONTEXTIDR,
 * CSSELR, TPIDR_EL1, TPIDRRO_EL0, TPIDR_EL0), for both; CCSIDR is only read. */
#define HFG_RARE (BIT(0) | BIT(1) | BIT(3) | BIT(11) | BIT(13) | BIT(33) | BIT(34) | BIT(35))
#define HFG_CCSIDR BIT(9)

/* ICH_HCR_EL2: a partition has no GIC CPU interface. */
#define ICH_HCR_TC BIT(10)
#define ICH_HCR_TALL0 BIT(11)
#define ICH_HCR_TALL1 BIT(12)
#define ICH_HCR_TDIR BIT(14)

/* ESR_ELx exception classes. */
#define ESR_EC_SHIFT 26
#define EC_WFX 0x01
#define EC_FP_ACCESS 0x07
#define EC_SVC64 0x15
#define EC_HVC64 0x16
#define EC_SMC64 0x17
#define EC_SYSTEM_REGISTER 0x18
#define EC_INSTRUCTION_ABORT_LOWER 0x20
#define EC_DATA_ABORT_LOWER 0x24

#define PSTATE_AARCH32 0x10 /* EL0 of a partition at S-EL1 */
#define PSTATE_PAN BIT(22)
#define SCTLR_SPAN_TO_PAN 1 /* how far apart these bits are */
#define PSTATE_EL_MASK 0xc
#define PSTATE_EL1 0x4
#define PSTATE_SPSEL 0x1
#define PSTATE_EL1H_MASKED 0x3c5

/* struct regs of core/spmc.h. */
#define REGS_PC 248
#define REGS_PSTATE 256

/* Why vcpu_run came back. */
#define EXIT_SYNC 0
#define EXIT_IRQ 1
#define EXIT_FIQ 2
#define EXIT_SERROR 3

/* Stage-1 table entries. */
#define PTE_TABLE 0x3
#define PTE_PAGE 0x3
#define PTE_BLOCK 0x1
#define PTE_DEVICE (0 << 2)
#define PTE_NORMAL (1 << 2)
#define PTE_NON_SECURE BIT(5)
#define PTE_READ_ONLY BIT(7)
#define PTE_INNER_SHAREABLE (3 << 8)
#define PTE_ACCESSED BIT(10)
#define PTE_GUARDED BIT(50) /* indirect branches need a landing pad */
#define PTE_PXN BIT(53)
#define PTE_UXN BIT(54)

/* A CPU's stack slot: emergency stack, guard page, stack. */
#define STACK_SLOT_SHIFT 14
#define STACK_SLOT (1 << STACK_SLOT_SHIFT)
#define STACK_EMERGENCY_TOP 0x1000
#define STACK_BOTTOM_BIT 13
#define SELF_FRAME_BYTES 272

#endif
