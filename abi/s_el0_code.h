/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Instructions on x0 that crasher_s_el0 has in its image to try, as it can write none: for C and
 * assembly. What S-EL2 does not want executed at S-EL0, and what does no harm there.
 */
#ifndef ABI_S_EL0_CODE_H
#define ABI_S_EL0_CODE_H

#define S_EL0_TRAPPED                            \
    0xd53bd0e0,     /* SCXTNUM_EL0 */            \
        0xd53b4220, /* DAIF */                   \
        0xd51b4220, /* DAIF, written */          \
        0xd53b0020, /* CTR_EL0 */                \
        0xd5380000, /* MIDR_EL1 */               \
        0xd5380400, /* ID_AA64PFR0_EL1 */        \
        0xd51bd060, /* TPIDRRO_EL0, written */   \
        0xd5381000, /* SCTLR_EL1 */              \
        0xd5182300, /* APGAKeyLo_EL1, written */ \
        0xd53810a0, /* RGSR_EL1 */               \
        0xd53b9d00, /* PMCCNTR_EL0 */            \
        0xd53b9e00, /* PMUSERENR_EL0 */          \
        0xd53bd200, /* AMCR_EL0 */               \
        0xd5330100, /* MDCCSR_EL0 */             \
        0xd5330400, /* DBGDTR_EL0 */             \
        0xd53bd0a0, /* TPIDR2_EL0 */             \
        0xd53b4240, /* SVCR */                   \
        0xd53fe220, /* CNTPS_CTL_EL1 */          \
        0xd53ce220, /* CNTHP_CTL_EL2 */          \
        0x04bf5020, /* RDVL */                   \
        0xd503477f, /* SMSTART */                \
        0xd50b7420, /* DC ZVA */                 \
        0xd50b7460, /* DC GVA */                 \
        0xd50b7e20, /* DC CIVAC */               \
        0xd50b7b20, /* DC CVAU */                \
        0xd50b7520, /* IC IVAU */                \
        0xd50b7380, /* CFP RCTX */               \
        0xd5088700, /* TLBI VMALLE1 */           \
        0xd5087840, /* AT S1E0R */               \
        0xd69f03e0, /* ERET */                   \
        0xd4200000, /* BRK */                    \
        0xd4400000, /* HLT */                    \
        0xd4000003  /* SMC */

/* PACGA is the first. */
#define S_EL0_FREE                         \
    0x9ac13000,     /* PACGA x0, x0, x1 */ \
        0xdac10020, /* PACIA x0, x1 */     \
        0xdac143e0, /* XPACI */            \
        0xd503233f, /* PACIASP */          \
        0xd53be020, /* CNTPCT_EL0 */       \
        0xd53be040, /* CNTVCT_EL0 */       \
        0xd53be000, /* CNTFRQ_EL0 */       \
        0xd53b00e0, /* DCZID_EL0 */        \
        0x9adf1000, /* IRG x0, x0 */       \
        0xd9600000, /* LDG x0, [x0] */     \
        0xd9200800, /* STG x0, [x0] */     \
        0xd503205f, /* WFE */              \
        0xd53b42a0, /* DIT */              \
        0xd53b42c0  /* SSBS */

#endif
