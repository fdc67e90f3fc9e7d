/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every system instruction that there could be: reads and writes of all registers, and what is
 * done by address or to all (SYS). crasher executes each encoding; those of the lists complete,
 * all others are undefined. suite_sysregs.c and suite_instructions.c have names for most of them,
 * docs/THREATS.md has the classes. A register that can be read is written with what was read. None
 * gives a value that the Normal world planted in its own.
 */
#define SUITE "sweep"

#include "cpu.h"
#include "el1.h"
#include "instructions.h"
#include "partitions.h"

#define CRNS 16
#define CPACR_EL1 WRITE(3, 0, 1, 0, 2)
#define TRAPS_OF_ITS_OWN 0 /* for CPACR_EL1 */
#define NO_TRAPS_OF_ITS_OWN (~(uint64_t)0)

/* By CRm, op2 in bits: what completes everywhere, and what may, where the CPU has it. */
struct allowed {
    uint8_t op1, n, m, always, maybe;
};

static const struct allowed reads[] = {
    {0, 0, 0, 0x61, 0}, /* MIDR, MPIDR, REVIDR; then features, those to come too */
    {0, 0, 1, 0, 0xff},    {0, 0, 2, 0, 0xff},     {0, 0, 3, 0, 0xff},
    {0, 0, 4, 1, 0xfe},    {0, 0, 5, 1, 0xfe},     {0, 0, 6, 1, 0xfe},
    {0, 0, 7, 1, 0xfe},    {0, 1, 0, 0x05, 0}, /* SCTLR, CPACR */
    {0, 2, 0, 0x07, 0},                        /* TTBR0, TTBR1, TCR */
    {0, 4, 0, 0x03, 0},                        /* SPSR, ELR */
    {0, 4, 2, 0x0d, 0x10}, {0, 4, 3, 0, 1},    /* ALLINT */
    {0, 4, 6, 0, 1},                           /* ICC_PMR: QEMU's hole */
    {0, 5, 1, 0x03, 0},    {0, 5, 2, 0x01, 0},     {0, 6, 0, 0x01, 0},
    {0, 7, 4, 0x01, 0},                                                 /* PAR */
    {0, 10, 2, 0x01, 0},   {0, 10, 3, 0x01, 0},    {0, 12, 0, 0x01, 0}, /* VBAR */
    {0, 12, 1, 0x03, 0},                                                /* ISR, DISR */
    {0, 13, 0, 0x12, 0},                                                /* CONTEXTIDR, TPIDR */
    {0, 14, 1, 0x01, 0},                                                /* CNTKCTL */
    {1, 0, 0, 0x83, 0x54}, {2, 0, 0, 0x01, 0},                          /* CSSELR */
    {3, 0, 0, 0x82, 0},                                                 /* CTR, DCZID */
    {3, 2, 4, 0, 3},                                                    /* RNDR, RNDRRS */
    {3, 4, 2, 0x03, 0xe0}, {3, 4, 4, 0x03, 0},                          /* FPCR, FPSR */
    {3, 13, 0, 0x0c, 0},   {3, 14, 0, 0x07, 0x60}, {3, 14, 2, 0x07, 0},
    {3, 14, 3, 0x07, 0},
};

static const struct allowed writes[] = {
    {0, 1, 0, 0x05, 0},  {0, 2, 0, 0x07, 0},    {0, 4, 0, 0x03, 0},  {0, 4, 2, 0x09, 0x10},
    {0, 4, 3, 0, 1},     {0, 4, 6, 0, 1},       {0, 5, 1, 0x03, 0},  {0, 5, 2, 0x01, 0},
    {0, 6, 0, 0x01, 0},  {0, 7, 4, 0x01, 0},    {0, 10, 2, 0x01, 0}, {0, 10, 3, 0x01, 0},
    {0, 12, 0, 0x01, 0}, {0, 12, 1, 0x02, 0},   {0, 13, 0, 0x12, 0}, {0, 14, 1, 0x01, 0},
    {2, 0, 0, 0x01, 0},  {3, 4, 2, 0x03, 0xe0}, {3, 4, 4, 0x03, 0},  {3, 13, 0, 0x0c, 0},
    {3, 14, 2, 0x07, 0}, {3, 14, 3, 0x07, 0},
};

#define TLBI(n, m, op2s)                       \
    {                                          \
        0, n, m, (n) == 8 ? (op2s) : 0, (op2s) \
    }

static const struct allowed actions[] = {
    {0, 7, 1, 0x01, 0},    /* IC IALLUIS */
    {0, 7, 5, 0x01, 0},    /* IC IALLU */
    {0, 7, 6, 0x02, 0x28}, /* DC IVAC, and of tags; by set and way is op2 2 */
    {0, 7, 8, 0x0f, 0},    /* AT S1E1, S1E0 */
    {0, 7, 9, 0x03, 0},    /* AT S1E1P */
    TLBI(8, 1, 0xaf),       TLBI(8, 2, 0xaa),      TLBI(8, 3, 0xaf),       TLBI(8, 5, 0xaa),
    TLBI(8, 6, 0xaa),       TLBI(8, 7, 0xaf),      TLBI(9, 1, 0xaf), /* nXS */
    TLBI(9, 2, 0xaa),       TLBI(9, 3, 0xaf),      TLBI(9, 5, 0xaa),       TLBI(9, 6, 0xaa),
    TLBI(9, 7, 0xaf),       {3, 7, 3, 0x30, 0x80}, /* CFP, DVP, CPP RCTX */
    {3, 7, 4, 0x02, 0x18},                         /* DC ZVA, GVA, GZVA */
    {3, 7, 5, 0x02, 0},                            /* IC IVAU */
    {3, 7, 10, 0x02, 0x28}, {3, 7, 11, 0x02, 0},   {3, 7, 12, 0x02, 0x28}, {3, 7, 13, 0x02, 0x28},
    {3, 7, 14, 0x02, 0x28},
};

static struct allowed allowed_at(const struct allowed list[], unsigned count, unsigned op1,
                                 unsigned n, unsigned m)
{
    for (unsigned i = 0; i < count; i++)
        if (list[i].op1 == op1 && list[i].n == n && list[i].m == m)
            return list[i];
    return (struct allowed){0};
}

/* All of CRm and op2, and what they gave. Features that this CPU lacks may be an exception of
 * another class. */
static void expect_row_of(uint32_t first, uint32_t before, uint64_t x0, unsigned swept,
                          const struct allowed list[], unsigned count)
{
    unsigned op1 = first >> 16 & 7, n = first >> 12 & 15;
    const volatile uint64_t *results = (const volatile uint64_t *)CRASHER_NORMAL_PAGE;
    struct ffa_regs reply =
        run_until_answered(ask(&crasher, CRASH_SWEEP, first, before, x0, swept));

    EXPECT_ANSWER(reply, &crasher);
    for (unsigned m = 0; m < swept / 8; m++) {
        struct allowed allowed = allowed_at(list, count, op1, n, m);
        uint64_t done = reply.x[4 + m / 8] >> m % 8 * 8 & 0xff;

        tap_for(first | m << 8);
        EXPECT(done & ~(uint64_t)(allowed.always | allowed.maybe), 0);
        EXPECT(~done & allowed.always, 0);
        for (unsigned op2 = 0; op2 < 8; op2++)
            EXPECT_TRUE(!el1_is_planted(results[m * 8 + op2]));
    }
    EXPECT_TRUE(reply.x[6] == 0 || n == 0);
}

/* The GIC's CPU interface lies behind, and is an affair of its own: suite_sysregs.c. */
static unsigned swept_of(uint32_t base, unsigned n)
{
    bool registers = base == READ(3, 0, 0, 0, 0) || base == WRITE(3, 0, 0, 0, 0);

    return registers && n == 12 ? CRASH_SWEPT / 2 : CRASH_SWEPT;
}

static void expect_all(uint32_t base, uint32_t before, uint64_t x0, const struct allowed list[],
                       unsigned count)
{
    NEEDS_PARTITION(&crasher);
    EXPECT(outcome_of(execute(CPACR_EL1, NO_TRAPS_OF_ITS_OWN, 1)), DONE);
    el1_plant(0xc00);
    for (uint32_t op1 = 0; op1 < 8; op1++)
        for (uint32_t n = 0; n < CRNS; n++) {
            uint32_t at = op1 << 16 | n << 12;

            expect_row_of(base | at, before == 0 ? 0 : before | at, x0, swept_of(base, n), list,
                          count);
        }
    el1_expect_planted();
    EXPECT(outcome_of(execute(CPACR_EL1, TRAPS_OF_ITS_OWN, 1)), DONE);
    EXPECT_TRUE(crasher_answers(&crasher));
}

TEST(of_all_registers_a_partition_reads_those_of_the_list_alone)
{
    expect_all(READ(3, 0, 0, 0, 0), 0, 0, reads, COUNT(reads));
}

TEST(of_all_registers_a_partition_writes_those_of_the_list_alone)
{
    expect_all(WRITE(3, 0, 0, 0, 0), READ(3, 0, 0, 0, 0), 0, writes, COUNT(writes));
}

TEST(a_partition_reads_and_writes_no_register_of_debug_and_trace)
{
    expect_all(READ(2, 0, 0, 0, 0), 0, 0, 0, 0);
    expect_all(WRITE(2, 0, 0, 0, 0), READ(2, 0, 0, 0, 0), 0, 0, 0);
}

TEST(of_all_system_instructions_a_partition_executes_those_of_the_list_alone)
{
    expect_all(SYS(0, 0, 0, 0), 0, CRASHER_NORMAL_PAGE, actions, COUNT(actions));
}

#define SYSL 0xd5280000u

TEST(no_system_instruction_gives_a_partition_a_result)
{
    expect_all(SYSL, 0, CRASHER_NORMAL_PAGE, 0, 0);
}
