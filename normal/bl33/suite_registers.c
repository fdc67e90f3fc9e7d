/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a call must leave alone: x8 to x30 (but for calls that answer there), and all of the Normal
 * world's EL1 state, whatever the partition did with its own.
 */
#define SUITE "registers"

#include "cpu.h"
#include "el1.h"
#include "partitions.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define FIRST_KEPT 8
#define REGISTERS 31
#define TIMER_US 5000

static uint64_t pattern(unsigned i)
{
    return 0x0101010101010101 * (0x80 + i);
}

/* Makes a call with patterns in x8 to x30, and checks that they come back; gives x0. */
static uint64_t call_keeps_registers(uint64_t function, uint64_t x1, uint64_t x3)
{
    uint64_t x[REGISTERS] = {function, x1, 0, x3};

    for (unsigned i = FIRST_KEPT; i < REGISTERS; i++)
        x[i] = pattern(i);
    smc_with_all_registers(x);
    tap_for(function);
    for (unsigned i = FIRST_KEPT; i < REGISTERS; i++)
        tap_expect(__FILE__, __LINE__, "a register from x8 on", x[i], pattern(i));
    return x[0];
}

TEST(x8_to_x30_come_back_from_calls_that_the_spmc_answers)
{
    call_keeps_registers(FFA_FEATURES, FFA_RUN, 0);
    call_keeps_registers(FFA_VERSION, FFA_VERSION_1_2, 0);
    call_keeps_registers(FFA_ID_GET, 0, 0);
    call_keeps_registers(FFA_SPM_ID_GET, 0, 0);
    call_keeps_registers(FFA_PARTITION_INFO_GET, 0, 0);
    call_keeps_registers(FFA_RXTX_UNMAP, 0, 0);
    call_keeps_registers(FFA_RX_RELEASE, 0, 0);
    call_keeps_registers(FFA_MSG_SEND_DIRECT_REQ_64, NO_PARTITION, 0);
    call_keeps_registers(FFA_MSG_SEND, 0, 0);
    call_keeps_registers(FFA_MEM_SHARE_64, 0, 0);
}

TEST(x8_to_x30_come_back_from_a_direct_request)
{
    NEEDS_PARTITION(&echo);
    EXPECT(call_keeps_registers(FFA_MSG_SEND_DIRECT_REQ_64, echo.info.id, 0),
           FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(call_keeps_registers(FFA_MSG_SEND_DIRECT_REQ_32, echo.info.id, 0),
           FFA_MSG_SEND_DIRECT_RESP_32);
    EXPECT(call_keeps_registers(FFA_MSG_SEND_DIRECT_REQ_64, vault.info.id, VAULT_LIST),
           FFA_MSG_SEND_DIRECT_RESP_64);
}

TEST(x8_to_x30_come_back_from_a_partition_that_is_preempted)
{
    NEEDS_PARTITION(&crasher);
    timer_start(TIMER_US, TIMER_US);
    EXPECT(call_keeps_registers(FFA_MSG_SEND_DIRECT_REQ_64, crasher.info.id, CRASH_WFI),
           FFA_INTERRUPT);
    EXPECT_ANSWER(run_until_answered(ffa(FFA_RUN, ffa_target(crasher.info.id, 0))), &crasher);
}

TEST(el1_registers_survive_a_call_that_no_partition_sees)
{
    el1_plant(1);
    ffa(FFA_FEATURES, FFA_RUN);
    ffa_version(FFA_VERSION_1_2);
    el1_expect_planted();
}

TEST(el1_registers_survive_a_direct_request)
{
    NEEDS_PARTITION(&echo);
    el1_plant(100);
    EXPECT_TRUE(echo_answers());
    el1_expect_planted();
    EXPECT_TRUE(vault_answers());
    el1_expect_planted();
}

TEST(el1_registers_survive_a_partition_that_changes_all_of_them)
{
    NEEDS_PARTITION(&crasher);
    el1_plant(200);
    EXPECT_ANSWER(ask(&crasher, CRASH_SYSTEM_REGISTERS), &crasher);
    el1_expect_planted();
}

TEST(el1_registers_survive_a_partition_that_tries_the_timers)
{
    NEEDS_PARTITION(&crasher);
    el1_plant(300);
    EXPECT_ANSWER(ask(&crasher, CRASH_TIMER), &crasher);
    el1_expect_planted();
}

TEST(el1_registers_survive_a_chain_of_partitions)
{
    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&echo);
    el1_plant(400);
    EXPECT_ANSWER(ask(&crasher, CRASH_FORWARD, echo.info.id, 1, 2, 3), &crasher);
    el1_expect_planted();
}

TEST(el1_registers_survive_a_preempted_partition_and_may_change_meanwhile)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    el1_plant(500);
    reply = work_until_interrupted(&crasher);
    EXPECT(reply.x[0], FFA_INTERRUPT);
    el1_expect_planted();
    el1_plant(600);
    EXPECT_ANSWER(run_until_answered(reply), &crasher);
    el1_expect_planted();
}

/*
 * Registers that few partitions use hold the Normal world's values until a context's first use of
 * one is trapped, where the CPU has such traps. Each of crasher_mp's contexts begins with another
 * one.
 */
static const struct {
    const char *name;
    uint32_t read; /* to x0 */
    uint32_t write;
} rare[] = {
    {"contextidr_el1", 0xd538d020, 0xd518d020}, {"tpidrro_el0", 0xd53bd060, 0xd51bd060},
    {"csselr_el1", 0xd53a0000, 0xd51a0000},     {"ccsidr_el1", 0xd5390000, 0},
    {"tpidr_el0", 0xd53bd040, 0xd51bd040},      {"tpidr_el1", 0xd538d080, 0xd518d080},
    {"amair_el1", 0xd538a300, 0xd518a300},      {"afsr0_el1", 0xd5385100, 0xd5185100},
    {"afsr1_el1", 0xd5385120, 0xd5185120},
};

#define RARE_REGISTERS (sizeof(rare) / sizeof(rare[0]))

static uint64_t executed(uint32_t instruction, uint64_t x0)
{
    struct ffa_regs reply = ask(&crasher_mp, CRASH_INSTRUCTION, instruction, x0);

    EXPECT_ANSWER(reply, &crasher_mp);
    EXPECT(reply.x[4], 0);
    return reply.x[5];
}

static void expect_own_rare_registers(void *argument)
{
    uint64_t first_cache;

    (void)argument;
    write_register(csselr_el1, 0);
    isb();
    first_cache = read_register(ccsidr_el1);
    el1_plant(2000 + cpu_index());
    write_register(csselr_el1, 1);
    for (unsigned i = 0; i < RARE_REGISTERS; i++) {
        unsigned which = (i + cpu_index()) % RARE_REGISTERS;

        tap_expect(__FILE__, __LINE__, rare[which].name, executed(rare[which].read, 1),
                   rare[which].read == 0xd5390000 ? first_cache : 0);
    }
    EXPECT(read_register(csselr_el1), 1);
    el1_plant(3000 + cpu_index());
    executed(rare[0].write, 0x5ec4e7);
    executed(rare[1].write, 0x5ec4e8);
    executed(rare[2].write, 2);
    EXPECT_TRUE(echo_answers());
    el1_expect_planted();
    EXPECT(executed(rare[0].read, 1), 0x5ec4e7);
    EXPECT(executed(rare[1].read, 1), 0x5ec4e8);
    EXPECT(executed(rare[2].read, 1), 2);
    el1_expect_planted();
}

TEST(a_context_has_its_own_rare_registers_from_its_first_use_on)
{
    NEEDS_PARTITION(&crasher_mp);
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        cpu_run(cpu, expect_own_rare_registers, 0);
}

static void expect_registers_kept(void *argument)
{
    (void)argument;
    el1_plant(1000 * (1 + cpu_index()));
    for (unsigned i = 0; i < 20; i++) {
        EXPECT_ANSWER(ask(&crasher_mp, CRASH_SYSTEM_REGISTERS), &crasher_mp);
        el1_expect_planted();
    }
}

TEST(el1_registers_of_every_cpu_survive_an_mp_partition)
{
    NEEDS_PARTITION(&crasher_mp);
    cpu_run_everywhere(expect_registers_kept, 0);
}

/* ---- What the Normal world's counters see of the Secure one ---- */

#define COUNT_CYCLES (1ULL << 31)
#define COUNT_AT_EL2 (1ULL << 27) /* NSH */
#define PMU_ON 1
#define SPIN_MS 5
#define SPIN_US (1000 * SPIN_MS)

/* Cycles that the Normal world counts while `work` runs, which takes as long each time. */
static uint64_t cycles_of(bool (*work)(void))
{
    uint64_t before;

    write_register(pmccfiltr_el0, COUNT_AT_EL2);
    write_register(pmcntenset_el0, COUNT_CYCLES);
    write_register(pmcr_el0, PMU_ON);
    isb();
    before = read_register(pmccntr_el0);
    EXPECT_TRUE(work());
    isb();
    before = read_register(pmccntr_el0) - before;
    write_register(pmcntenclr_el0, COUNT_CYCLES);
    write_register(pmcr_el0, 0);
    return before;
}

static bool spin_here(void)
{
    uint64_t end = now_us() + SPIN_US;

    while (now_us() < end)
        ;
    return true;
}

static bool spin_there(void)
{
    return ask(&crasher, CRASH_SPIN, SPIN_MS).x[3] == DEMO_OK;
}

TEST(the_normal_worlds_cycle_counter_stands_still_while_a_partition_runs)
{
    uint64_t here, there;

    NEEDS_PARTITION(&crasher);
    here = cycles_of(spin_here);
    there = cycles_of(spin_there);
    EXPECT_TRUE(here > 0);
    tap_for(there);
    EXPECT_TRUE(there < here / 10);
}
