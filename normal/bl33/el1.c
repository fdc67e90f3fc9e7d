/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which EL1 and EL0 registers there are, as one list that makes the writer and the reader. What a
 * register keeps of a pattern is its own affair: it is read back once, right after it was written.
 */
#include "el1.h"

#include <stdbool.h>

#include "cpu.h"
#include "tap.h"

#define ALL ~(uint64_t)0
#define TIMER_CONTROL 0x3 /* not the status, which changes by itself */
#define TIMER_IMASK 0x2   /* set in each pattern for a timer: it must not interrupt */

#define ID_FIELD(value, shift) ((value) >> (shift)&0xf)

/* X(register, bits that count, bits that are always set) */
#define BASIC_REGISTERS(X)                      \
    X(ttbr0_el1, ALL, 0)                        \
    X(ttbr1_el1, ALL, 0)                        \
    X(tcr_el1, ALL, 0)                          \
    X(mair_el1, ALL, 0)                         \
    X(amair_el1, ALL, 0)                        \
    X(vbar_el1, ALL, 0)                         \
    X(sctlr_el1, 0x1005, 0x30d00800)            \
    X(cpacr_el1, ALL, 0)                        \
    X(actlr_el1, ALL, 0)                        \
    X(contextidr_el1, ALL, 0)                   \
    X(tpidr_el0, ALL, 0)                        \
    X(tpidrro_el0, ALL, 0)                      \
    X(tpidr_el1, ALL, 0)                        \
    X(sp_el0, ALL, 0)                           \
    X(sp_el1, ALL, 0)                           \
    X(elr_el1, ALL, 0)                          \
    X(spsr_el1, ALL, 0)                         \
    X(esr_el1, ALL, 0)                          \
    X(far_el1, ALL, 0)                          \
    X(afsr0_el1, ALL, 0)                        \
    X(afsr1_el1, ALL, 0)                        \
    X(par_el1, ALL, 0)                          \
    X(csselr_el1, 0x7, 0)                       \
    X(cntkctl_el1, ALL, 0)                      \
    X(cntv_ctl_el0, TIMER_CONTROL, TIMER_IMASK) \
    X(cntv_cval_el0, ALL, 0)                    \
    X(cntp_ctl_el0, TIMER_CONTROL, TIMER_IMASK) \
    X(cntp_cval_el0, ALL, 0)                    \
    X(pmuserenr_el0, ALL, 0)                    \
    X(dbgbvr0_el1, ALL, 0)                      \
    X(dbgwvr0_el1, ALL, 0)

#define PAUTH_REGISTERS(X)                  \
    X(s3_0_c2_c1_0, ALL, 0) /* APIAKeyLo */ \
    X(s3_0_c2_c1_1, ALL, 0) /* APIAKeyHi */ \
    X(s3_0_c2_c1_2, ALL, 0) /* APIBKeyLo */ \
    X(s3_0_c2_c1_3, ALL, 0) /* APIBKeyHi */ \
    X(s3_0_c2_c2_0, ALL, 0) /* APDAKeyLo */ \
    X(s3_0_c2_c2_1, ALL, 0) /* APDAKeyHi */ \
    X(s3_0_c2_c2_2, ALL, 0) /* APDBKeyLo */ \
    X(s3_0_c2_c2_3, ALL, 0) /* APDBKeyHi */ \
    X(s3_0_c2_c3_0, ALL, 0) /* APGAKeyLo */ \
    X(s3_0_c2_c3_1, ALL, 0) /* APGAKeyHi */

#define SVE_REGISTERS(X) X(s3_0_c1_c2_0, ALL, 0) /* ZCR_EL1 */

#define SME_REGISTERS(X)                    \
    X(s3_0_c1_c2_6, ALL, 0)  /* SMCR_EL1 */ \
    X(s3_3_c13_c0_5, ALL, 0) /* TPIDR2_EL0 */

#define MTE_REGISTERS(X)                   \
    X(s3_0_c1_c0_5, ALL, 0) /* RGSR_EL1 */ \
    X(s3_0_c1_c0_6, ALL, 0) /* GCR_EL1 */  \
    X(s3_0_c5_c6_0, ALL, 0) /* TFSR_EL1 */ \
    X(s3_0_c5_c6_1, ALL, 0) /* TFSRE0_EL1 */

#define REGISTERS_MAX 64
#define TELLING 0xffffffff /* what is not above may be anybody's */

static uint64_t planted[CPU_MAX][REGISTERS_MAX];

static bool has_pauth(void)
{
    return read_register(id_aa64isar1_el1) & 0xff0;
}

static bool has_sve(void)
{
    return ID_FIELD(read_register(id_aa64pfr0_el1), 32);
}

static bool has_sme(void)
{
    return ID_FIELD(read_register(id_aa64pfr1_el1), 24);
}

static bool has_mte(void)
{
    return ID_FIELD(read_register(id_aa64pfr1_el1), 8) >= 2;
}

static uint64_t pattern(uint64_t seed)
{
    return (seed + 1) * 0x9e3779b97f4a7c15;
}

#define PLANT(name, counts, always)                                \
    write_register(name, (pattern(seed++) & (counts)) | (always)); \
    isb();                                                         \
    *next++ = read_register(name) & (counts);

#define COMPARE(name, counts, always) \
    tap_expect(__FILE__, __LINE__, #name, read_register(name) & (counts), *next++);

void el1_plant(uint64_t seed)
{
    uint64_t *next = planted[cpu_index()];

    BASIC_REGISTERS(PLANT)
    if (has_pauth()) {
        PAUTH_REGISTERS(PLANT)
    }
    if (has_sve()) {
        SVE_REGISTERS(PLANT)
    }
    if (has_sme()) {
        SME_REGISTERS(PLANT)
    }
    if (has_mte()) {
        MTE_REGISTERS(PLANT)
    }
}

void el1_expect_planted(void)
{
    const uint64_t *next = planted[cpu_index()];

    BASIC_REGISTERS(COMPARE)
    if (has_pauth()) {
        PAUTH_REGISTERS(COMPARE)
    }
    if (has_sve()) {
        SVE_REGISTERS(COMPARE)
    }
    if (has_sme()) {
        SME_REGISTERS(COMPARE)
    }
    if (has_mte()) {
        MTE_REGISTERS(COMPARE)
    }
}

bool el1_is_planted(uint64_t value)
{
    for (unsigned i = 0; value > TELLING && i < REGISTERS_MAX; i++)
        if (planted[cpu_index()][i] == value)
            return true;
    return false;
}
