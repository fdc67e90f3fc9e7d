/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Everything that a partition can execute is decided: docs/THREATS.md has the classes, this file
 * each instruction of them, with what must come of it. crasher executes them one by one; the Normal
 * world's EL1 state is planted before and intact after each class.
 */
#define SUITE "instructions"

#include "cpu.h"
#include "el1.h"
#include "partitions.h"
#include "tap.h"
#include "timer.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Instructions on x0, as numbers ---- */

#define SYSTEM(base, op0, op1, n, m, op2) \
    ((base) | ((op0)-2) << 19 | (op1) << 16 | (n) << 12 | (m) << 8 | (op2) << 5)
#define READ(op0, op1, n, m, op2) SYSTEM(0xd5300000u, op0, op1, n, m, op2)
#define WRITE(op0, op1, n, m, op2) SYSTEM(0xd5100000u, op0, op1, n, m, op2)
#define SYS(op1, n, m, op2) (0xd5080000u | (op1) << 16 | (n) << 12 | (m) << 8 | (op2) << 5)

#define LDR 0xf9400000u /* x0, [x0] */
#define STR 0xf9000001u /* x1, [x0] */
#define STG 0xd9200800u /* x0, [x0] */
#define SMC(immediate) (0xd4000003u | (immediate) << 5)
#define HVC(immediate) (0xd4000002u | (immediate) << 5)
#define SVC(immediate) (0xd4000001u | (immediate) << 5)
#define BRK 0xd4200000u
#define HLT 0xd4400000u
#define DCPS1 0xd4a00001u
#define DRPS 0xd6bf03e0u
#define WFE 0xd503205fu
#define WFI 0xd503207fu
#define WFET 0xd5031000u
#define WFIT 0xd5031020u
#define PACIASP 0xd503233fu
#define PACIA 0xdac10020u /* x0, x1 */
#define PACGA 0x9ac13000u /* x0, x0, x1 */
#define XPACI 0xdac143e0u /* x0 */
#define READ_SCTLR_EL1 READ(3, 0, 1, 0, 0)
#define WRITE_SCTLR_EL1 WRITE(3, 0, 1, 0, 0)

/* ---- Outcomes: the exception class at S-EL1, or none ---- */

#define DONE 0x100 /* it completes */
#define UNDEFINED 0x00
#define WAIT_TRAP 0x01 /* of the partition's own EL1 */
#define SUPERVISOR_CALL 0x15
#define SYSTEM_TRAP 0x18 /* of the partition's own EL1 */
#define ABORT_OF_EL0 0x24
#define ABORT 0x25
#define BREAKPOINT 0x3c

#define FAULT_STATUS_MASK 0x3f
#define FAULT_EXTERNAL 0x10
#define FAULT_ALIGNMENT 0x21

/* Where the CPU decides: `max` has fine-grained traps, ECV and more; `neoverse-n2` has not. */
struct row {
    const char *text;
    uint32_t instruction;
    uint16_t on_max;
    uint16_t on_n2;
};

#define BOTH(text, instruction, outcome)    \
    {                                       \
        text, instruction, outcome, outcome \
    }
#define EACH(text, instruction, on_max, on_n2) \
    {                                          \
        text, instruction, on_max, on_n2       \
    }

static bool has_fine_grained_traps(void)
{
    return read_register(id_aa64mmfr0_el1) >> 56 & 0xf;
}

static struct ffa_regs execute(uint32_t instruction, uint64_t x0, uint64_t exception_level)
{
    struct ffa_regs reply = run_until_answered(
        ask(&crasher, CRASH_INSTRUCTION, instruction, x0, 0x5a5a5a5a5a5a5a5a, !exception_level));

    EXPECT_ANSWER(reply, &crasher);
    return reply;
}

static uint16_t outcome_of(struct ffa_regs reply)
{
    return reply.x[4] == 0 ? DONE : reply.x[4] >> 26 & 0x3f;
}

static void expect_row(const struct row *row, uint64_t x0, uint64_t exception_level)
{
    struct ffa_regs reply = execute(row->instruction, x0, exception_level);
    uint16_t wanted = has_fine_grained_traps() ? row->on_max : row->on_n2;

    tap_for(row->instruction);
    tap_expect(__FILE__, __LINE__, row->text, outcome_of(reply), wanted);
}

/* With zero in x0: a register that can be written is not left in a state that hurts crasher. */
static void expect_rows(const struct row rows[], unsigned count)
{
    NEEDS_PARTITION(&crasher);
    el1_plant(0x700);
    for (unsigned i = 0; i < count; i++)
        expect_row(&rows[i], 0, 1);
    el1_expect_planted();
    EXPECT_TRUE(crasher_answers(&crasher));
}

#define CLASS(name, ...)                                \
    TEST(name)                                          \
    {                                                   \
        static const struct row rows[] = {__VA_ARGS__}; \
        expect_rows(rows, COUNT(rows));                 \
    }

CLASS(registers_of_el1_that_are_switched_may_be_used,
      BOTH("tpidr_el0", WRITE(3, 3, 13, 0, 2), DONE),
      BOTH("tpidrro_el0", WRITE(3, 3, 13, 0, 3), DONE),
      BOTH("tpidr_el1", WRITE(3, 0, 13, 0, 4), DONE),
      BOTH("contextidr_el1", WRITE(3, 0, 13, 0, 1), DONE),
      BOTH("ttbr1_el1", WRITE(3, 0, 2, 0, 1), DONE), BOTH("amair_el1", WRITE(3, 0, 10, 3, 0), DONE),
      BOTH("afsr0_el1", WRITE(3, 0, 5, 1, 0), DONE), BOTH("afsr1_el1", WRITE(3, 0, 5, 1, 1), DONE),
      BOTH("esr_el1", WRITE(3, 0, 5, 2, 0), DONE), BOTH("far_el1", WRITE(3, 0, 6, 0, 0), DONE),
      BOTH("elr_el1", WRITE(3, 0, 4, 0, 1), DONE), BOTH("spsr_el1", WRITE(3, 0, 4, 0, 0), DONE),
      BOTH("par_el1", WRITE(3, 0, 7, 4, 0), DONE), BOTH("csselr_el1", WRITE(3, 2, 0, 0, 0), DONE),
      BOTH("cpacr_el1", WRITE(3, 0, 1, 0, 2), DONE),
      BOTH("cntkctl_el1", WRITE(3, 0, 14, 1, 0), DONE),
      BOTH("sctlr_el1, read", READ_SCTLR_EL1, DONE),
      BOTH("vbar_el1, read", READ(3, 0, 12, 0, 0), DONE),
      BOTH("ttbr0_el1, read", READ(3, 0, 2, 0, 0), DONE),
      BOTH("tcr_el1, read", READ(3, 0, 2, 0, 2), DONE),
      BOTH("mair_el1, read", READ(3, 0, 10, 2, 0), DONE))

CLASS(identification_registers_may_be_read, BOTH("midr_el1", READ(3, 0, 0, 0, 0), DONE),
      BOTH("mpidr_el1", READ(3, 0, 0, 0, 5), DONE), BOTH("revidr_el1", READ(3, 0, 0, 0, 6), DONE),
      BOTH("aidr_el1", READ(3, 1, 0, 0, 7), DONE), BOTH("ctr_el0", READ(3, 3, 0, 0, 1), DONE),
      BOTH("dczid_el0", READ(3, 3, 0, 0, 7), DONE), BOTH("clidr_el1", READ(3, 1, 0, 0, 1), DONE),
      BOTH("ccsidr_el1", READ(3, 1, 0, 0, 0), DONE),
      BOTH("id_aa64pfr0_el1", READ(3, 0, 0, 4, 0), DONE),
      BOTH("id_aa64isar1_el1", READ(3, 0, 0, 6, 1), DONE),
      BOTH("id_aa64dfr0_el1", READ(3, 0, 0, 5, 0), DONE),
      BOTH("id_aa64mmfr0_el1", READ(3, 0, 0, 7, 0), DONE))

CLASS(actlr_and_implementation_defined_registers_are_undefined,
      BOTH("actlr_el1, read", READ(3, 0, 1, 0, 1), UNDEFINED),
      BOTH("actlr_el1, write", WRITE(3, 0, 1, 0, 1), UNDEFINED),
      BOTH("s3_0_c15_c1_0, read", READ(3, 0, 15, 1, 0), UNDEFINED),
      BOTH("s3_0_c15_c1_0, write", WRITE(3, 0, 15, 1, 0), UNDEFINED),
      BOTH("s3_1_c15_c2_0", READ(3, 1, 15, 2, 0), UNDEFINED),
      BOTH("s3_3_c15_c2_0", READ(3, 3, 15, 2, 0), UNDEFINED),
      BOTH("s3_0_c11_c0_2", READ(3, 0, 11, 0, 2), UNDEFINED),
      BOTH("s3_7_c15_c0_0", WRITE(3, 7, 15, 0, 0), UNDEFINED),
      BOTH("sys #0, c15, c0, #0", SYS(0, 15, 0, 0), UNDEFINED),
      BOTH("sys #3, c11, c0, #0", SYS(3, 11, 0, 0), UNDEFINED))

CLASS(registers_of_el2_and_el3_are_undefined, BOTH("hcr_el2, read", READ(3, 4, 1, 1, 0), UNDEFINED),
      BOTH("hcr_el2, write", WRITE(3, 4, 1, 1, 0), UNDEFINED),
      BOTH("sctlr_el2", WRITE(3, 4, 1, 0, 0), UNDEFINED),
      BOTH("cptr_el2", WRITE(3, 4, 1, 1, 2), UNDEFINED),
      BOTH("mdcr_el2", WRITE(3, 4, 1, 1, 1), UNDEFINED),
      BOTH("hcrx_el2", WRITE(3, 4, 1, 2, 2), UNDEFINED),
      BOTH("vttbr_el2", WRITE(3, 4, 2, 1, 0), UNDEFINED),
      BOTH("vtcr_el2", WRITE(3, 4, 2, 1, 2), UNDEFINED),
      BOTH("vsttbr_el2", WRITE(3, 4, 2, 6, 0), UNDEFINED),
      BOTH("vstcr_el2", WRITE(3, 4, 2, 6, 2), UNDEFINED),
      BOTH("ttbr0_el2", WRITE(3, 4, 2, 0, 0), UNDEFINED),
      BOTH("vbar_el2", WRITE(3, 4, 12, 0, 0), UNDEFINED),
      BOTH("elr_el2", READ(3, 4, 4, 0, 1), UNDEFINED),
      BOTH("esr_el2", READ(3, 4, 5, 2, 0), UNDEFINED),
      BOTH("far_el2", READ(3, 4, 6, 0, 0), UNDEFINED),
      BOTH("sp_el1", WRITE(3, 4, 4, 1, 0), UNDEFINED),
      BOTH("tpidr_el2", READ(3, 4, 13, 0, 2), UNDEFINED),
      BOTH("vmpidr_el2", WRITE(3, 4, 0, 0, 5), UNDEFINED),
      BOTH("cntvoff_el2", WRITE(3, 4, 14, 0, 3), UNDEFINED),
      BOTH("cnthctl_el2", WRITE(3, 4, 14, 1, 0), UNDEFINED),
      BOTH("cnthps_ctl_el2", WRITE(3, 4, 14, 5, 1), UNDEFINED),
      BOTH("ich_hcr_el2", WRITE(3, 4, 12, 11, 0), UNDEFINED),
      BOTH("icc_sre_el2", WRITE(3, 4, 12, 9, 5), UNDEFINED),
      BOTH("vdisr_el2", WRITE(3, 4, 12, 1, 1), UNDEFINED),
      BOTH("sctlr_el12", WRITE(3, 5, 1, 0, 0), UNDEFINED),
      BOTH("scr_el3", READ(3, 6, 1, 1, 0), UNDEFINED),
      BOTH("sctlr_el3", WRITE(3, 6, 1, 0, 0), UNDEFINED),
      BOTH("vbar_el3", WRITE(3, 6, 12, 0, 0), UNDEFINED),
      BOTH("mdcr_el3", WRITE(3, 6, 1, 3, 1), UNDEFINED),
      BOTH("icc_ctlr_el3", WRITE(3, 6, 12, 12, 4), UNDEFINED),
      BOTH("rmr_el3", WRITE(3, 6, 12, 0, 2), UNDEFINED),
      BOTH("rmr_el1", WRITE(3, 0, 12, 0, 2), UNDEFINED))

CLASS(registers_of_newer_extensions_are_undefined,
      BOTH("tcr2_el1", WRITE(3, 0, 2, 0, 3), UNDEFINED),
      BOTH("sctlr2_el1", WRITE(3, 0, 1, 0, 3), UNDEFINED),
      BOTH("pir_el1", WRITE(3, 0, 10, 2, 3), UNDEFINED),
      BOTH("pire0_el1", WRITE(3, 0, 10, 2, 2), UNDEFINED),
      BOTH("por_el1", WRITE(3, 0, 10, 2, 4), UNDEFINED),
      BOTH("por_el0", WRITE(3, 3, 10, 2, 4), UNDEFINED),
      BOTH("mair2_el1", WRITE(3, 0, 10, 2, 1), UNDEFINED),
      BOTH("amair2_el1", WRITE(3, 0, 10, 3, 1), UNDEFINED),
      BOTH("accdata_el1", WRITE(3, 0, 13, 0, 5), UNDEFINED),
      BOTH("gcscr_el1", WRITE(3, 0, 2, 5, 0), UNDEFINED),
      BOTH("gcspr_el0", WRITE(3, 3, 2, 5, 1), UNDEFINED),
      BOTH("fpmr", WRITE(3, 3, 4, 4, 2), UNDEFINED),
      BOTH("mpam0_el1", WRITE(3, 0, 10, 5, 1), UNDEFINED),
      BOTH("mpam1_el1", WRITE(3, 0, 10, 5, 0), UNDEFINED),
      EACH("allint", WRITE(3, 0, 4, 3, 0), DONE, UNDEFINED),
      BOTH("cpyfp [x0]!, [x1]!, x2!", 0x19010440u, UNDEFINED),
      BOTH("setp [x0]!, x1!, x2", 0x19c20420u, UNDEFINED),
      BOTH("ld64b x0, [x1]", 0xf83fd020u, UNDEFINED))

CLASS(debug_registers_are_undefined, BOTH("mdscr_el1, read", READ(2, 0, 0, 2, 2), UNDEFINED),
      BOTH("mdscr_el1, write", WRITE(2, 0, 0, 2, 2), UNDEFINED),
      BOTH("dbgbvr0_el1", WRITE(2, 0, 0, 0, 4), UNDEFINED),
      BOTH("dbgbcr0_el1", WRITE(2, 0, 0, 0, 5), UNDEFINED),
      BOTH("dbgwvr0_el1", WRITE(2, 0, 0, 0, 6), UNDEFINED),
      BOTH("dbgwcr0_el1", WRITE(2, 0, 0, 0, 7), UNDEFINED),
      BOTH("oslar_el1", WRITE(2, 0, 1, 0, 4), UNDEFINED),
      BOTH("oslsr_el1", READ(2, 0, 1, 1, 4), UNDEFINED),
      BOTH("osdlr_el1", WRITE(2, 0, 1, 3, 4), UNDEFINED),
      BOTH("dbgprcr_el1", WRITE(2, 0, 1, 4, 4), UNDEFINED),
      BOTH("dbgclaimset_el1", WRITE(2, 0, 7, 8, 6), UNDEFINED),
      BOTH("dbgauthstatus_el1", READ(2, 0, 7, 14, 6), UNDEFINED),
      BOTH("mdrar_el1", READ(2, 0, 1, 0, 0), UNDEFINED),
      BOTH("mdccint_el1", WRITE(2, 0, 0, 2, 0), UNDEFINED),
      BOTH("mdccsr_el0", READ(2, 3, 0, 1, 0), UNDEFINED),
      BOTH("dbgdtr_el0", WRITE(2, 3, 0, 4, 0), UNDEFINED),
      BOTH("osdtrrx_el1", WRITE(2, 0, 0, 0, 2), UNDEFINED),
      BOTH("oseccr_el1", WRITE(2, 0, 0, 6, 2), UNDEFINED))

CLASS(performance_and_activity_monitors_are_undefined,
      BOTH("pmcr_el0, read", READ(3, 3, 9, 12, 0), UNDEFINED),
      BOTH("pmcr_el0, write", WRITE(3, 3, 9, 12, 0), UNDEFINED),
      BOTH("pmcntenset_el0", WRITE(3, 3, 9, 12, 1), UNDEFINED),
      BOTH("pmovsclr_el0", WRITE(3, 3, 9, 12, 3), UNDEFINED),
      BOTH("pmswinc_el0", WRITE(3, 3, 9, 12, 4), UNDEFINED),
      BOTH("pmselr_el0", WRITE(3, 3, 9, 12, 5), UNDEFINED),
      BOTH("pmceid0_el0", READ(3, 3, 9, 12, 6), UNDEFINED),
      BOTH("pmccntr_el0", READ(3, 3, 9, 13, 0), UNDEFINED),
      BOTH("pmxevcntr_el0", READ(3, 3, 9, 13, 2), UNDEFINED),
      BOTH("pmuserenr_el0", WRITE(3, 3, 9, 14, 0), UNDEFINED),
      BOTH("pmintenset_el1", WRITE(3, 0, 9, 14, 1), UNDEFINED),
      BOTH("pmmir_el1", READ(3, 0, 9, 14, 6), UNDEFINED),
      BOTH("pmevcntr0_el0", READ(3, 3, 14, 8, 0), UNDEFINED),
      BOTH("pmevtyper0_el0", WRITE(3, 3, 14, 12, 0), UNDEFINED),
      BOTH("pmccfiltr_el0", WRITE(3, 3, 14, 15, 7), UNDEFINED),
      BOTH("amcr_el0", READ(3, 3, 13, 2, 0), UNDEFINED),
      BOTH("amevcntr00_el0", READ(3, 3, 13, 4, 0), UNDEFINED))

CLASS(profiling_and_trace_are_undefined, BOTH("pmscr_el1", WRITE(3, 0, 9, 9, 0), UNDEFINED),
      BOTH("pmsidr_el1", READ(3, 0, 9, 9, 7), UNDEFINED),
      BOTH("pmblimitr_el1", WRITE(3, 0, 9, 10, 0), UNDEFINED),
      BOTH("trblimitr_el1", WRITE(3, 0, 9, 11, 0), UNDEFINED),
      BOTH("trfcr_el1", WRITE(3, 0, 1, 2, 1), UNDEFINED),
      BOTH("trcoslar", WRITE(2, 1, 1, 0, 4), UNDEFINED),
      BOTH("trcprgctlr", WRITE(2, 1, 0, 1, 0), UNDEFINED),
      BOTH("brbcr_el1", WRITE(2, 1, 9, 0, 0), UNDEFINED))

CLASS(counters_may_be_read_and_timers_are_its_own,
      BOTH("cntfrq_el0, read", READ(3, 3, 14, 0, 0), DONE),
      BOTH("cntpct_el0", READ(3, 3, 14, 0, 1), DONE),
      BOTH("cntvct_el0", READ(3, 3, 14, 0, 2), DONE),
      EACH("cntpctss_el0", READ(3, 3, 14, 0, 5), DONE, UNDEFINED),
      EACH("cntvctss_el0", READ(3, 3, 14, 0, 6), DONE, UNDEFINED),
      BOTH("cntfrq_el0, write", WRITE(3, 3, 14, 0, 0), UNDEFINED),
      BOTH("cntp_tval_el0", WRITE(3, 3, 14, 2, 0), DONE),
      BOTH("cntp_ctl_el0", WRITE(3, 3, 14, 2, 1), DONE),
      BOTH("cntp_cval_el0", WRITE(3, 3, 14, 2, 2), DONE),
      BOTH("cntv_tval_el0", WRITE(3, 3, 14, 3, 0), DONE),
      BOTH("cntv_ctl_el0", WRITE(3, 3, 14, 3, 1), DONE),
      BOTH("cntv_cval_el0", WRITE(3, 3, 14, 3, 2), DONE),
      BOTH("cntps_ctl_el1", WRITE(3, 7, 14, 2, 1), UNDEFINED),
      BOTH("cntps_cval_el1", WRITE(3, 7, 14, 2, 2), UNDEFINED),
      BOTH("cntv_ctl_el02", WRITE(3, 5, 14, 3, 1), UNDEFINED))

/* Instructions do nothing while SCTLR_EL1 does not enable them. */
CLASS(pointer_authentication_keys_are_undefined,
      BOTH("apiakeylo_el1, read", READ(3, 0, 2, 1, 0), UNDEFINED),
      BOTH("apiakeylo_el1, write", WRITE(3, 0, 2, 1, 0), UNDEFINED),
      BOTH("apiakeyhi_el1", WRITE(3, 0, 2, 1, 1), UNDEFINED),
      BOTH("apibkeylo_el1", WRITE(3, 0, 2, 1, 2), UNDEFINED),
      BOTH("apdakeylo_el1", WRITE(3, 0, 2, 2, 0), UNDEFINED),
      BOTH("apdbkeyhi_el1", WRITE(3, 0, 2, 2, 3), UNDEFINED),
      BOTH("apgakeylo_el1", WRITE(3, 0, 2, 3, 0), UNDEFINED), BOTH("paciasp", PACIASP, DONE),
      BOTH("pacia x0, x1", PACIA, DONE), BOTH("xpaci x0", XPACI, DONE),
      BOTH("pacga x0, x0, x1", PACGA, UNDEFINED))

CLASS(memory_tagging_is_undefined_or_without_effect,
      BOTH("rgsr_el1", WRITE(3, 0, 1, 0, 5), UNDEFINED),
      BOTH("gcr_el1", WRITE(3, 0, 1, 0, 6), UNDEFINED),
      BOTH("tfsr_el1", WRITE(3, 0, 5, 6, 0), UNDEFINED),
      BOTH("tfsre0_el1", WRITE(3, 0, 5, 6, 1), UNDEFINED),
      EACH("gmid_el1", READ(3, 1, 0, 0, 4), DONE, SYSTEM_TRAP),
      BOTH("irg x0, x0", 0x9adf1000u, DONE), BOTH("tco", WRITE(3, 3, 4, 2, 7), DONE))

CLASS(scxtnum_and_tpidr2_are_undefined, BOTH("scxtnum_el0, read", READ(3, 3, 13, 0, 7), UNDEFINED),
      BOTH("scxtnum_el0, write", WRITE(3, 3, 13, 0, 7), UNDEFINED),
      BOTH("scxtnum_el1, read", READ(3, 0, 13, 0, 7), UNDEFINED),
      BOTH("scxtnum_el1, write", WRITE(3, 0, 13, 0, 7), UNDEFINED),
      BOTH("tpidr2_el0, read", READ(3, 3, 13, 0, 5), UNDEFINED),
      BOTH("tpidr2_el0, write", WRITE(3, 3, 13, 0, 5), UNDEFINED))

static const struct row gic_rows[] = {BOTH("icc_iar1_el1", READ(3, 0, 12, 12, 0), UNDEFINED),
                                      BOTH("icc_iar0_el1", READ(3, 0, 12, 8, 0), UNDEFINED),
                                      BOTH("icc_eoir1_el1", WRITE(3, 0, 12, 12, 1), UNDEFINED),
                                      BOTH("icc_eoir0_el1", WRITE(3, 0, 12, 8, 1), UNDEFINED),
                                      BOTH("icc_hppir1_el1", READ(3, 0, 12, 12, 2), UNDEFINED),
                                      BOTH("icc_hppir0_el1", READ(3, 0, 12, 8, 2), UNDEFINED),
                                      BOTH("icc_bpr1_el1", WRITE(3, 0, 12, 12, 3), UNDEFINED),
                                      BOTH("icc_ctlr_el1", WRITE(3, 0, 12, 12, 4), UNDEFINED),
                                      BOTH("icc_igrpen0_el1", WRITE(3, 0, 12, 12, 6), UNDEFINED),
                                      BOTH("icc_igrpen1_el1", WRITE(3, 0, 12, 12, 7), UNDEFINED),
                                      BOTH("icc_ap1r0_el1", WRITE(3, 0, 12, 9, 0), UNDEFINED),
                                      BOTH("icc_pmr_el1, read", READ(3, 0, 4, 6, 0), UNDEFINED),
                                      BOTH("icc_pmr_el1, write", WRITE(3, 0, 4, 6, 0), UNDEFINED),
                                      BOTH("icc_rpr_el1", READ(3, 0, 12, 11, 3), UNDEFINED),
                                      BOTH("icc_dir_el1", WRITE(3, 0, 12, 11, 1), UNDEFINED),
                                      BOTH("icc_sgi1r_el1", WRITE(3, 0, 12, 11, 5), UNDEFINED),
                                      BOTH("icc_asgi1r_el1", WRITE(3, 0, 12, 11, 6), UNDEFINED),
                                      BOTH("icc_sgi0r_el1", WRITE(3, 0, 12, 11, 7), UNDEFINED),
                                      BOTH("icc_nmiar1_el1", READ(3, 0, 12, 9, 5), UNDEFINED)};

/* A write of the priority mask that was let through would silence this CPU for good, so a harmless
 * read goes first. */
TEST(the_gics_cpu_interface_is_undefined)
{
    NEEDS_PARTITION(&crasher);
    if (outcome_of(execute(READ(3, 0, 12, 11, 3), 0, 1)) == DONE)
        tap_skip("this QEMU has no traps of ICH_HCR_EL2 in the Secure world");
    else
        expect_rows(gic_rows, COUNT(gic_rows));
}

CLASS(lor_and_ras_registers_are_undefined, BOTH("lorsa_el1", WRITE(3, 0, 10, 4, 0), UNDEFINED),
      BOTH("lorc_el1", WRITE(3, 0, 10, 4, 3), UNDEFINED),
      BOTH("lorid_el1", READ(3, 0, 10, 4, 7), UNDEFINED),
      BOTH("erridr_el1", READ(3, 0, 5, 3, 0), UNDEFINED),
      BOTH("errselr_el1", WRITE(3, 0, 5, 3, 1), UNDEFINED),
      BOTH("erxstatus_el1", READ(3, 0, 5, 4, 2), UNDEFINED),
      BOTH("erxctlr_el1", WRITE(3, 0, 5, 4, 1), UNDEFINED))

CLASS(cache_maintenance_by_set_and_way_is_undefined, BOTH("dc isw", SYS(0, 7, 6, 2), UNDEFINED),
      BOTH("dc csw", SYS(0, 7, 10, 2), UNDEFINED), BOTH("dc cisw", SYS(0, 7, 14, 2), UNDEFINED))

CLASS(maintenance_of_a_partitions_own_translations_may_be_done,
      BOTH("tlbi vmalle1", SYS(0, 8, 7, 0), DONE), BOTH("tlbi vmalle1is", SYS(0, 8, 3, 0), DONE),
      BOTH("tlbi vae1", SYS(0, 8, 7, 1), DONE), BOTH("tlbi aside1is", SYS(0, 8, 3, 2), DONE),
      BOTH("tlbi vaale1is", SYS(0, 8, 3, 7), DONE), BOTH("tlbi vmalle1os", SYS(0, 8, 1, 0), DONE),
      BOTH("tlbi rvae1is", SYS(0, 8, 2, 1), DONE), BOTH("ic iallu", SYS(0, 7, 5, 0), DONE),
      BOTH("ic ialluis", SYS(0, 7, 1, 0), DONE), BOTH("at s1e1r", SYS(0, 7, 8, 0), DONE),
      BOTH("at s1e0w", SYS(0, 7, 8, 3), DONE), BOTH("at s1e1rp", SYS(0, 7, 9, 0), DONE))

CLASS(maintenance_of_stage_2_and_of_el2_is_undefined,
      BOTH("tlbi vmalls12e1", SYS(4, 8, 7, 6), UNDEFINED),
      BOTH("tlbi vmalls12e1is", SYS(4, 8, 3, 6), UNDEFINED),
      BOTH("tlbi alle1", SYS(4, 8, 7, 4), UNDEFINED),
      BOTH("tlbi alle1is", SYS(4, 8, 3, 4), UNDEFINED),
      BOTH("tlbi alle2", SYS(4, 8, 7, 0), UNDEFINED),
      BOTH("tlbi vae2is", SYS(4, 8, 3, 1), UNDEFINED),
      BOTH("tlbi ipas2e1is", SYS(4, 8, 0, 1), UNDEFINED),
      BOTH("tlbi alle3", SYS(6, 8, 7, 0), UNDEFINED), BOTH("at s12e1r", SYS(4, 7, 8, 4), UNDEFINED),
      BOTH("at s1e2r", SYS(4, 7, 8, 0), UNDEFINED), BOTH("at s1e3r", SYS(6, 7, 8, 0), UNDEFINED))

CLASS(barriers_and_hints_may_be_used, BOTH("wfe", WFE, DONE), BOTH("sev", 0xd503209fu, DONE),
      BOTH("sevl", 0xd50320bfu, DONE), BOTH("yield", 0xd503203fu, DONE),
      BOTH("esb", 0xd503221fu, DONE), BOTH("psb csync", 0xd503223fu, DONE),
      BOTH("tsb csync", 0xd503225fu, DONE), BOTH("csdb", 0xd503229fu, DONE),
      BOTH("sb", 0xd50330ffu, DONE), BOTH("dsb sy", 0xd5033f9fu, DONE),
      BOTH("bti c", 0xd503245fu, DONE), BOTH("cfp rctx, x0", SYS(3, 7, 3, 4), DONE),
      BOTH("dvp rctx, x0", SYS(3, 7, 3, 5), DONE))

CLASS(breakpoints_halts_and_undefined_encodings_come_back_to_the_partition,
      BOTH("brk", BRK, BREAKPOINT), BOTH("hlt", HLT, UNDEFINED), BOTH("udf", 0, UNDEFINED),
      BOTH("dcps1", DCPS1, UNDEFINED), BOTH("dcps2", DCPS1 + 1, UNDEFINED),
      BOTH("dcps3", DCPS1 + 2, UNDEFINED), BOTH("drps", DRPS, UNDEFINED),
      BOTH("svc #7", SVC(7), SUPERVISOR_CALL))

/* ---- What its own CPACR_EL1 lets through must stop at S-EL2 ---- */

TEST(sve_and_sme_are_undefined)
{
    static const struct row rows[] = {
        BOTH("zcr_el1", WRITE(3, 0, 1, 2, 0), UNDEFINED),
        BOTH("rdvl x0, #1", 0x04bf5020u, UNDEFINED),
        BOTH("ptrue p0.b", 0x2518e3e0u, UNDEFINED),
        BOTH("smcr_el1", WRITE(3, 0, 1, 2, 6), UNDEFINED),
        BOTH("smpri_el1", WRITE(3, 0, 1, 2, 4), UNDEFINED),
        BOTH("svcr", WRITE(3, 3, 4, 2, 2), UNDEFINED),
        BOTH("smstart", 0xd503477fu, UNDEFINED),
        BOTH("rdsvl x0, #1", 0x04bf5820u, UNDEFINED),
        BOTH("zero {za}", 0xc00800ffu, UNDEFINED),
    };

    NEEDS_PARTITION(&crasher);
    EXPECT(outcome_of(execute(WRITE(3, 0, 1, 0, 2), ~(uint64_t)0, 1)), DONE);
    expect_rows(rows, COUNT(rows));
    EXPECT(outcome_of(execute(WRITE(3, 0, 1, 0, 2), 0, 1)), DONE);
}

#define SCTLR_ALL_KEYS (1ULL << 31 | 1ULL << 30 | 1ULL << 27 | 1ULL << 13)

TEST(pointer_authentication_that_a_partition_enables_is_undefined)
{
    uint64_t sctlr;

    NEEDS_PARTITION(&crasher);
    sctlr = execute(READ_SCTLR_EL1, 0, 1).x[5];
    EXPECT(outcome_of(execute(WRITE_SCTLR_EL1, sctlr | SCTLR_ALL_KEYS, 1)), DONE);
    EXPECT(outcome_of(execute(PACIA, 0, 1)), UNDEFINED);
    EXPECT(outcome_of(execute(PACIASP, 0, 1)), UNDEFINED);
    EXPECT(outcome_of(execute(WRITE_SCTLR_EL1, sctlr, 1)), DONE);
    EXPECT(execute(READ_SCTLR_EL1, 0, 1).x[5], sctlr);
}

/* The value of x0 here is an address in memory of the partition. */
TEST(cache_maintenance_and_tags_by_address_reach_a_partitions_own_memory)
{
    static const struct row rows[] = {
        BOTH("dc civac", SYS(3, 7, 14, 1), DONE),
        BOTH("dc cvac", SYS(3, 7, 10, 1), DONE),
        BOTH("dc cvau", SYS(3, 7, 11, 1), DONE),
        BOTH("dc cvap", SYS(3, 7, 12, 1), DONE),
        BOTH("dc ivac", SYS(0, 7, 6, 1), DONE),
        BOTH("ic ivau", SYS(3, 7, 5, 1), DONE),
        BOTH("dc zva", SYS(3, 7, 4, 1), DONE),
        BOTH("ldr", LDR, DONE),
        BOTH("str", STR, DONE),
        BOTH("stg", STG, DONE),
    };

    NEEDS_PARTITION(&crasher);
    el1_plant(0x900);
    for (unsigned i = 0; i < COUNT(rows); i++)
        expect_row(&rows[i], CRASHER_NORMAL_PAGE, 1);
    el1_expect_planted();
}

static uint8_t own_page[4096] __attribute__((aligned(4096)));

/* TF-A, Bulkhead, a neighbour, the Normal world; GIC, consoles, clock. crasher maps them all. */
TEST(memory_and_devices_of_others_are_external_aborts)
{
    const uint64_t addresses[] = {0x0e000000, 0x0e100000, 0x0e200000, (uint64_t)own_page,
                                  0x40000000, 0x08000000, 0x080a0000, 0x080b0000,
                                  0x09000000, 0x09010000, 0x09030000, 0x09040000};
    static const uint32_t accesses[] = {LDR, STR, SYS(3, 7, 4, 1), 0xf8200001u, 0x885f7c00u};

    NEEDS_PARTITION(&crasher);
    own_page[0] = 0x77;
    for (unsigned i = 0; i < COUNT(addresses); i++)
        for (unsigned k = 0; k < COUNT(accesses); k++) {
            uint64_t esr = execute(accesses[k], addresses[i], 1).x[4];

            tap_for(addresses[i] | k);
            EXPECT(esr >> 26 & 0x3f, ABORT);
            if (accesses[k] == LDR || accesses[k] == STR)
                EXPECT(esr & FAULT_STATUS_MASK, FAULT_EXTERNAL);
        }
    EXPECT(own_page[0], 0x77);
}

/* QEMU forgets the alignment fault of device memory where stage 2 is on. */
TEST(an_unaligned_access_is_done_to_memory_and_at_most_a_fault_of_a_device)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    EXPECT(outcome_of(execute(LDR, CRASHER_NORMAL_PAGE + 1, 1)), DONE);
    reply = ask(&crasher, CRASH_DEVICE, 0);
    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[4], 0);
    reply = ask(&crasher, CRASH_DEVICE, 1);
    EXPECT_ANSWER(reply, &crasher);
    EXPECT_TRUE(reply.x[4] == 0 ||
                (reply.x[4] >> 26 == ABORT && (reply.x[4] & FAULT_STATUS_MASK) == FAULT_ALIGNMENT));
}

/* ---- Calls ---- */

TEST(the_immediate_of_smc_and_hvc_does_not_matter)
{
    static const uint32_t calls[] = {SMC(0), SMC(1), SMC(0xffff), HVC(0), HVC(1), HVC(0xffff)};

    NEEDS_PARTITION(&crasher);
    for (unsigned i = 0; i < COUNT(calls); i++) {
        struct ffa_regs reply = execute(calls[i], FFA_ID_GET, 1);

        tap_for(calls[i]);
        EXPECT(outcome_of(reply), DONE);
        EXPECT(reply.x[5], FFA_SUCCESS_32);
    }
}

/* PSCI, SMCCC, TRNG, SDEI, SiP, OEM, trusted OS, yielding calls, and what nobody owns. */
TEST(calls_that_are_not_ffa_are_unknown_by_smc_and_by_hvc)
{
    static const uint32_t functions[] = {
        0x84000000, 0x84000002,
        0xc4000003, 0x84000008,
        0x84000009, 0x84000012,
        0xc4000012, 0x8400000a,
        0x80000000, 0x80000001,
        0x80008000, 0x80003fff,
        0x84000050, 0xc4000053,
        0xc4000020, 0x8400ff00,
        0x82000000, 0xc2000001,
        0x83000000, 0xc3000000,
        0xb2000000, 0xbf00ff01,
        0x32000000, 0x72000000,
        0x02000000, 0x00000000,
        0x8400005f, 0x840000f0,
        0xc40000f0, 0x84000160,
        0x85000060, 0x86000010,
        0xffffffff, 0x84010060 & ~0x10000u & ~0x60u,
    };

    NEEDS_PARTITION(&crasher);
    for (unsigned i = 0; i < COUNT(functions); i++)
        for (uint64_t by = CRASH_CALL; by <= CRASH_CALL_HVC; by++) {
            tap_for(functions[i]);
            EXPECT(call_from_crasher(by, functions[i], 1, 2, 3).x[0],
                   (uint64_t)SMCCC_NOT_SUPPORTED);
        }
    EXPECT_TRUE(crasher_answers(&crasher));
}

TEST(calls_of_ffa_that_are_not_a_partitions_are_not_supported)
{
    static const uint32_t functions[] = {
        FFA_SUCCESS_32,
        FFA_NORMAL_WORLD_RESUME,
        FFA_EL3_INTR_HANDLE,
        FFA_RX_ACQUIRE,
        FFA_RXTX_MAP_32,
        FFA_MSG_POLL,
        FFA_MSG_SEND,
        FFA_MEM_RETRIEVE_RESP,
        FFA_NOTIFICATION_INFO_GET_64,
        0x840000ef,
        0xc4000091,
        0xc40000ef,
    };

    NEEDS_PARTITION(&crasher);
    for (unsigned i = 0; i < COUNT(functions); i++)
        for (uint64_t by = CRASH_CALL; by <= CRASH_CALL_HVC; by++) {
            tap_for(functions[i]);
            EXPECT_ERROR(call_from_crasher(by, functions[i]), FFA_NOT_SUPPORTED);
        }
}

/* ---- Waiting ---- */

static void expect_wait_ends(uint32_t instruction, uint64_t x0)
{
    timer_start(3000, 3000);
    EXPECT(outcome_of(execute(instruction, x0, 1)), DONE);
    timer_stop();
}

TEST(a_partition_that_waits_is_taken_out_by_the_normal_worlds_interrupt)
{
    NEEDS_PARTITION(&crasher);
    expect_wait_ends(WFI, 0);
    expect_wait_ends(WFE, 0);
}

TEST(waits_with_a_timeout_end)
{
    NEEDS_PARTITION(&crasher);
    if (!(read_register(s3_0_c0_c6_2) & 0xf)) {
        tap_skip("this CPU has no WFxT");
        return;
    }
    expect_wait_ends(WFET, read_register(cntvct_el0) + 1000);
    expect_wait_ends(WFIT, read_register(cntvct_el0) + 1000);
    expect_wait_ends(WFIT, ~(uint64_t)0);
    EXPECT(outcome_of(execute(WFIT, read_register(cntvct_el0) + 1000, 1)), DONE); /* no timer */
}

/* ---- S-EL0 below a partition of S-EL1 ---- */

TEST(el0_of_a_partition_traps_into_its_own_el1)
{
    static const struct row rows[] = {
        BOTH("nop", 0xd503201fu, DONE),
        BOTH("tpidr_el0", WRITE(3, 3, 13, 0, 2), DONE),
        BOTH("smc #0", SMC(0), UNDEFINED),
        BOTH("hvc #0", HVC(0), UNDEFINED),
        BOTH("brk", BRK, BREAKPOINT),
        BOTH("udf", 0, UNDEFINED),
        BOTH("wfi", WFI, WAIT_TRAP),
        BOTH("sctlr_el1", READ_SCTLR_EL1, UNDEFINED),
        BOTH("hcr_el2", READ(3, 4, 1, 1, 0), UNDEFINED),
        BOTH("cntp_ctl_el0", READ(3, 3, 14, 2, 1), SYSTEM_TRAP),
        BOTH("ldr of EL1's memory", LDR, ABORT_OF_EL0),
        BOTH("dc isw", SYS(0, 7, 6, 2), UNDEFINED),
    };

    NEEDS_PARTITION(&crasher);
    el1_plant(0xa00);
    for (unsigned i = 0; i < COUNT(rows); i++)
        expect_row(&rows[i], CRASHER_NORMAL_PAGE, 0);
    el1_expect_planted();
    EXPECT_TRUE(crasher_answers(&crasher));
}

/* ---- What one partition writes, another does not read ---- */

TEST(nothing_that_a_partition_leaves_in_a_register_is_read_by_another)
{
    static const struct row rows[] = {
        BOTH("tpidr_el0", WRITE(3, 3, 13, 0, 2), DONE),
        BOTH("tpidrro_el0", WRITE(3, 3, 13, 0, 3), DONE),
        BOTH("tpidr_el1", WRITE(3, 0, 13, 0, 4), DONE),
        BOTH("contextidr_el1", WRITE(3, 0, 13, 0, 1), DONE),
        BOTH("afsr0_el1", WRITE(3, 0, 5, 1, 0), DONE),
        BOTH("far_el1", WRITE(3, 0, 6, 0, 0), DONE),
        BOTH("par_el1", WRITE(3, 0, 7, 4, 0), DONE),
        BOTH("csselr_el1", WRITE(3, 2, 0, 0, 0), DONE),
        BOTH("cntkctl_el1", WRITE(3, 0, 14, 1, 0), DONE),
        BOTH("cntv_cval_el0", WRITE(3, 3, 14, 3, 2), DONE),
    };
    const uint64_t secret = 0x81000002; /* valid bits in each of them */

    NEEDS_PARTITION(&crasher_queued);
    for (unsigned i = 0; i < COUNT(rows); i++) {
        struct ffa_regs reply;

        execute(rows[i].instruction, secret, 1);
        reply = ask(&crasher_queued, CRASH_INSTRUCTION, rows[i].instruction | 1u << 21, 0, 0, 0);
        EXPECT_ANSWER(reply, &crasher_queued);
        execute(rows[i].instruction, 0, 1);
        tap_expect(__FILE__, __LINE__, rows[i].text, reply.x[5] == secret, false);
    }
}

/* DISR_EL1 of a partition is VDISR_EL2, which EL3 does not switch between worlds. */
TEST(disr_of_a_partition_is_its_own)
{
    const uint64_t secret = 0x81000002;

    NEEDS_PARTITION(&crasher);
    write_register(s3_4_c12_c1_1, secret);
    EXPECT(execute(READ(3, 0, 12, 1, 1), 0, 1).x[5], 0);
    execute(WRITE(3, 0, 12, 1, 1), ~secret, 1);
    EXPECT(read_register(s3_4_c12_c1_1), secret);
    EXPECT(ask(&crasher_queued, CRASH_INSTRUCTION, READ(3, 0, 12, 1, 1)).x[5], 0);
    execute(WRITE(3, 0, 12, 1, 1), 0, 1);
    write_register(s3_4_c12_c1_1, 0);
}
