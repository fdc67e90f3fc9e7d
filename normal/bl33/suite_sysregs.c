/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System registers that a partition can name: docs/THREATS.md has the classes, this file each
 * register of them, with what must come of it; and what one partition leaves in a register, which
 * another does not read.
 */
#define SUITE "sysregs"

#include "cpu.h"
#include "instructions.h"
#include "partitions.h"

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

/* ---- What one partition writes, another does not read ---- */

#define AS_READ(write) ((write) | 1u << 21)
#define SECRET 0x81000002 /* valid bits in each of them */
#define KEPT_AT_LEAST 14  /* AFSR0, AFSR1 and AMAIR hold nothing on many CPUs */

/* Those that a partition needs itself to go on (MMU, vectors) it has to have from its start on. */
static const struct row left_behind[] = {
    BOTH("tpidr_el0", WRITE(3, 3, 13, 0, 2), DONE),
    BOTH("tpidrro_el0", WRITE(3, 3, 13, 0, 3), DONE),
    BOTH("tpidr_el1", WRITE(3, 0, 13, 0, 4), DONE),
    BOTH("contextidr_el1", WRITE(3, 0, 13, 0, 1), DONE),
    BOTH("ttbr1_el1", WRITE(3, 0, 2, 0, 1), DONE),
    BOTH("amair_el1", WRITE(3, 0, 10, 3, 0), DONE),
    BOTH("afsr0_el1", WRITE(3, 0, 5, 1, 0), DONE),
    BOTH("afsr1_el1", WRITE(3, 0, 5, 1, 1), DONE),
    BOTH("esr_el1", WRITE(3, 0, 5, 2, 0), DONE),
    BOTH("far_el1", WRITE(3, 0, 6, 0, 0), DONE),
    BOTH("elr_el1", WRITE(3, 0, 4, 0, 1), DONE),
    BOTH("spsr_el1", WRITE(3, 0, 4, 0, 0), DONE),
    BOTH("par_el1", WRITE(3, 0, 7, 4, 0), DONE),
    BOTH("csselr_el1", WRITE(3, 2, 0, 0, 0), DONE),
    BOTH("cntkctl_el1", WRITE(3, 0, 14, 1, 0), DONE),
    BOTH("cntp_cval_el0", WRITE(3, 3, 14, 2, 2), DONE),
    BOTH("cntv_cval_el0", WRITE(3, 3, 14, 3, 2), DONE),
};

/* Gives whether the register holds anything at all. */
static bool expect_not_read_by_another(const struct row *row)
{
    uint64_t kept;
    struct ffa_regs reply;

    execute(row->instruction, SECRET, 1);
    kept = execute(AS_READ(row->instruction), 0, 1).x[5];
    reply = ask(&crasher_queued, CRASH_INSTRUCTION, AS_READ(row->instruction), 0, 0, 0);
    EXPECT_ANSWER(reply, &crasher_queued);
    EXPECT(reply.x[4], 0);
    execute(row->instruction, 0, 1);
    tap_expect(__FILE__, __LINE__, row->text, kept != 0 && reply.x[5] == kept, false);
    return kept != 0;
}

TEST(nothing_that_a_partition_leaves_in_a_register_is_read_by_another)
{
    unsigned kept = 0;

    NEEDS_PARTITION(&crasher_queued);
    for (unsigned i = 0; i < COUNT(left_behind); i++)
        kept += expect_not_read_by_another(&left_behind[i]);
    EXPECT_TRUE(kept >= KEPT_AT_LEAST);
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

/* ---- What the Normal world's debugger sets ---- */

#define ADR_X0_HERE 0x10000000u
#define NOP 0xd503201fu
#define MDSCR_SS 1ULL
#define MDSCR_KDE (1ULL << 13)
#define MDSCR_MDE (1ULL << 15)
#define OF_EL1_AND_EL0 (3ULL << 1) /* of both worlds */
#define ENABLED 1ULL
#define ALL_OF_AN_INSTRUCTION (0xfULL << 5)
#define LOADS_AND_STORES (3ULL << 3)
#define ALL_OF_8_BYTES (0xffULL << 5)

static void debug_on(uint64_t breakpoint, uint64_t watchpoint)
{
    write_register(oslar_el1, 0);
    write_register(dbgbvr0_el1, breakpoint);
    write_register(dbgbcr0_el1, ALL_OF_AN_INSTRUCTION | OF_EL1_AND_EL0 | ENABLED);
    write_register(dbgwvr0_el1, watchpoint);
    write_register(dbgwcr0_el1, ALL_OF_8_BYTES | LOADS_AND_STORES | OF_EL1_AND_EL0 | ENABLED);
    write_register(mdscr_el1, MDSCR_MDE | MDSCR_KDE | MDSCR_SS);
    isb();
}

static void debug_off(void)
{
    write_register(mdscr_el1, 0);
    write_register(dbgbcr0_el1, 0);
    write_register(dbgwcr0_el1, 0);
    isb();
}

/* They are one set for both worlds: EL3 keeps their exceptions out of the Secure one (SDD). */
TEST(breakpoints_and_watchpoints_of_the_normal_world_do_not_stop_a_partition)
{
    uint64_t code;

    NEEDS_PARTITION(&crasher);
    code = execute(ADR_X0_HERE, 0, 1).x[5];
    debug_on(code, CRASHER_NORMAL_PAGE);
    EXPECT(read_register(dbgbvr0_el1), code);
    EXPECT(read_register(dbgwcr0_el1) & ENABLED, ENABLED);
    EXPECT(read_register(mdscr_el1) & MDSCR_MDE, MDSCR_MDE);
    EXPECT(outcome_of(execute(ADR_X0_HERE, 0, 1)), DONE);
    EXPECT(execute(ADR_X0_HERE, 0, 1).x[5], code);
    EXPECT(outcome_of(execute(NOP, 0, 0)), DONE);
    EXPECT(outcome_of(execute(LDR, CRASHER_NORMAL_PAGE, 1)), DONE);
    EXPECT(outcome_of(execute(STR, CRASHER_NORMAL_PAGE, 1)), DONE);
    debug_off();
    EXPECT_TRUE(crasher_answers(&crasher));
}
