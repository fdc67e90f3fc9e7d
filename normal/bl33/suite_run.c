/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FFA_RUN, and partitions that give the CPU back before they answer: who may be run, and what is
 * busy.
 */
#define SUITE "run"

#include "cpu.h"
#include "partitions.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define SPIN_MS 1000
#define PATIENCE_US 10000000
#define PERIOD_US 20000

static struct ffa_regs run(const struct partition *partition, uint16_t vcpu)
{
    return ffa(FFA_RUN, ffa_target(partition->info.id, vcpu));
}

static void expect_wait(struct ffa_regs reply)
{
    EXPECT(reply.x[0], FFA_MSG_WAIT);
    for (unsigned i = 1; i < 8; i++)
        EXPECT(reply.x[i], 0);
}

TEST(a_waiting_partition_that_is_run_waits_again)
{
    NEEDS_PARTITION(&echo);
    expect_wait(run(&echo, 0));
    EXPECT_TRUE(echo_answers());
}

TEST(a_waiting_mp_context_of_this_cpu_may_be_run)
{
    NEEDS_PARTITION(&vault);
    expect_wait(run(&vault, 0));
    EXPECT_TRUE(vault_answers());
}

TEST(run_of_an_unknown_partition_is_invalid)
{
    EXPECT_ERROR(ffa(FFA_RUN, ffa_target(NO_PARTITION, 0)), FFA_INVALID_PARAMETERS);
}

TEST(run_of_the_spmc_or_of_the_normal_world_is_invalid)
{
    EXPECT_ERROR(ffa(FFA_RUN, ffa_target(FFA_ID_SPMC, 0)), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(ffa(FFA_RUN, ffa_target(FFA_ID_NORMAL_WORLD, 0)), FFA_INVALID_PARAMETERS);
}

TEST(run_of_an_unknown_vcpu_is_invalid)
{
    NEEDS_PARTITION(&echo);
    EXPECT_ERROR(run(&echo, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(run(&vault, 8), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(run(&vault, 0xffff), FFA_INVALID_PARAMETERS);
}

TEST(run_of_an_mp_context_of_another_cpu_is_invalid)
{
    NEEDS_PARTITION(&vault);
    EXPECT_ERROR(run(&vault, 1), FFA_INVALID_PARAMETERS);
}

TEST(a_partition_that_yields_is_run_to_its_answer)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    reply = ask(&crasher, CRASH_YIELD);
    EXPECT(reply.x[0], FFA_YIELD);
    EXPECT(reply.x[1], ffa_target(crasher.info.id, 0));
    reply = run(&crasher, 0);
    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[4], 0);
}

TEST(a_partition_that_yielded_is_busy_for_others)
{
    NEEDS_PARTITION(&crasher);
    EXPECT(ask(&crasher, CRASH_YIELD).x[0], FFA_YIELD);
    EXPECT_ERROR(ask(&crasher, CRASH_ECHO), FFA_BUSY);
    EXPECT_TRUE(echo_answers());
    EXPECT_ANSWER(run(&crasher, 0), &crasher);
}

TEST(a_partition_forwards_to_another_and_answers)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&echo);
    reply = ask(&crasher, CRASH_FORWARD, echo.info.id, 0xabcdef, 2, 1);
    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(reply.x[5], 0xabcdef);
}

TEST(a_partition_may_not_send_to_itself_or_up_its_chain_or_to_nobody)
{
    NEEDS_PARTITION(&crasher);
    EXPECT((int32_t)ask(&crasher, CRASH_FORWARD, crasher.info.id).x[5], FFA_INVALID_PARAMETERS);
    EXPECT((int32_t)ask(&crasher, CRASH_FORWARD, NO_PARTITION).x[5], FFA_INVALID_PARAMETERS);
    EXPECT((int32_t)ask(&crasher, CRASH_FORWARD, FFA_ID_NORMAL_WORLD).x[5], FFA_INVALID_PARAMETERS);
    EXPECT((int32_t)ask(&crasher, CRASH_FORWARD, FFA_ID_SPMC).x[5], FFA_INVALID_PARAMETERS);
}

static struct ffa_regs answer_of_other_cpu;

static bool is_busy(struct ffa_regs reply)
{
    return reply.x[0] == FFA_ERROR && reply.x[2] == (uint32_t)FFA_BUSY;
}

static void spin_elsewhere(void *argument)
{
    (void)argument;
    do {
        answer_of_other_cpu = ask(&crasher, CRASH_SPIN, SPIN_MS);
    } while (is_busy(answer_of_other_cpu));
}

TEST(a_partition_that_runs_on_another_cpu_is_busy)
{
    uint64_t start = now_us();

    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher);
    cpu_start(1, spin_elsewhere, 0);
    while (!is_busy(ask(&crasher, CRASH_ECHO)) && now_us() - start < PATIENCE_US)
        ;
    EXPECT_ERROR(ask(&crasher, CRASH_ECHO), FFA_BUSY);
    EXPECT_ERROR(run(&crasher, 0), FFA_BUSY);
    EXPECT_TRUE(echo_answers());
    cpu_wait(1);
    EXPECT_ANSWER(answer_of_other_cpu, &crasher);
}

TEST(a_partition_that_waits_for_an_interrupt_gives_the_cpu_back_when_one_comes)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    timer_start(PERIOD_US, PERIOD_US);
    reply = ask(&crasher, CRASH_WFI);
    EXPECT(reply.x[0], FFA_INTERRUPT);
    EXPECT_TRUE(timer_count() >= 1);
    EXPECT_ANSWER(run_until_answered(reply), &crasher);
}
