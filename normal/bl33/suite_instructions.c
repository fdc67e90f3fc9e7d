/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Everything that a partition can execute is decided: docs/THREATS.md has the classes, this file
 * each instruction of them, with what must come of it; suite_sysregs.c has those on system
 * registers.
 */
#define SUITE "instructions"

#include "cpu.h"
#include "el1.h"
#include "instructions.h"
#include "partitions.h"
#include "timer.h"

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

#define SCTLR_SPAN (1ULL << 23)
#define PSTATE_PAN (1ULL << 22)
#define UDF 0
#define READ_MDCCSR_EL0 READ(2, 3, 0, 1, 0)

static void expect_pan(uint64_t expected)
{
    EXPECT(execute(UDF, 0, 0).x[6], expected);
    EXPECT(execute(READ_MDCCSR_EL0, 0, 0).x[6], expected);
}

/* Of the one the CPU tells EL1, of the other Bulkhead. */
TEST(an_exception_sets_pan_where_el1_wants_that)
{
    uint64_t sctlr;

    NEEDS_PARTITION(&crasher);
    sctlr = execute(READ_SCTLR_EL1, 0, 1).x[5];
    expect_pan(0);
    EXPECT(outcome_of(execute(WRITE_SCTLR_EL1, sctlr & ~SCTLR_SPAN, 1)), DONE);
    expect_pan(PSTATE_PAN);
    EXPECT(outcome_of(execute(WRITE_SCTLR_EL1, sctlr, 1)), DONE);
    EXPECT_TRUE(crasher_answers(&crasher));
}

/* ---- And in AArch32, which EL1 can have its EL0 in ---- */

#define A32_NOP 0xe320f000u
#define A32_WFI 0xe320f003u
#define A32_VMOV 0xee100a10u     /* r0, s0 */
#define A32_SUBS 0xe2500001u     /* r0, r0, #1 */
#define A32_BNE_BACK 0x1afffffdu /* to the one before */
#define A32_DBGDIDR 0xee100e10u  /* to r0 */
#define A32_UDF 0xe7f000f0u
#define A32_ROUNDS 10000000
#define T32_WFI_AND_1 0x2001bf30u /* movs r0, #1 */
#define T32_NOPS 0xbf00bf00u
#define SCTLR_NTWI (1ULL << 16)

static bool has_a32_at_el0(void)
{
    if ((read_register(id_aa64pfr0_el1) & 0xf) == 2)
        return true;
    tap_skip("this CPU has no AArch32");
    return false;
}

static struct ffa_regs execute_a32(uint64_t first, uint64_t second, uint64_t r0, uint64_t where)
{
    struct ffa_regs reply =
        run_until_answered(ask(&crasher, CRASH_INSTRUCTION, first | second << 32, r0, 0, where));

    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[6], 1);
    return reply;
}

static uint16_t outcome_of_a32(uint64_t first, uint64_t second, uint64_t r0)
{
    return outcome_of(execute_a32(first, second, r0, CRASH_AT_A32));
}

TEST(aarch32_of_a_partitions_el0_comes_to_s_el2_and_back)
{
    NEEDS_PARTITION(&crasher);
    if (!has_a32_at_el0())
        return;
    el1_plant(0xb00);
    EXPECT(outcome_of_a32(A32_NOP, A32_NOP, 0), DONE);
    EXPECT(outcome_of_a32(A32_UDF, A32_NOP, 0), UNDEFINED);
    EXPECT(outcome_of_a32(A32_VMOV, A32_NOP, 0), DONE);
    EXPECT(outcome_of_a32(A32_DBGDIDR, A32_NOP, 0), UNDEFINED);
    timer_start(3000, 3000);
    EXPECT(outcome_of_a32(A32_SUBS, A32_BNE_BACK, A32_ROUNDS), DONE);
    timer_stop();
    el1_expect_planted();
    EXPECT_TRUE(crasher_answers(&crasher));
}

/* Of T32 it is two bytes long. */
TEST(aarch32_may_wait)
{
    uint64_t sctlr;

    NEEDS_PARTITION(&crasher);
    if (!has_a32_at_el0())
        return;
    sctlr = execute(READ_SCTLR_EL1, 0, 1).x[5];
    EXPECT(outcome_of(execute(WRITE_SCTLR_EL1, sctlr | SCTLR_NTWI, 1)), DONE);
    timer_start(3000, 3000);
    EXPECT(outcome_of_a32(A32_WFI, A32_NOP, 0), DONE);
    EXPECT(execute_a32(T32_WFI_AND_1, T32_NOPS, 0, CRASH_AT_T32).x[5], 1);
    timer_stop();
    EXPECT(outcome_of(execute(WRITE_SCTLR_EL1, sctlr, 1)), DONE);
    EXPECT_TRUE(crasher_answers(&crasher));
}
