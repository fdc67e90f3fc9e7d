/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Normal world's timer against partitions at work. Signalled: the Normal world has its CPU back
 * at once, and FFA_RUN goes on where the partition stopped. Queued: the interrupt waits for the
 * answer.
 */
#define SUITE "preempt"

#include "cpu.h"
#include "partitions.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define TIMER_US 5000
#define LONG_SPIN_MS 300
#define SHORT_SPIN_MS 20 /* below the budget of crasher_queued */
#define FORWARDS 10000

static struct ffa_regs resume(const struct partition *partition, uint16_t vcpu)
{
    return ffa(FFA_RUN, ffa_target(partition->info.id, vcpu));
}

/* Leaves a partition preempted on this CPU; checks what the Normal world is told. */
static void preempt(const struct partition *partition)
{
    struct ffa_regs reply = work_until_interrupted(partition);

    EXPECT(reply.x[0], FFA_INTERRUPT);
    EXPECT(reply.x[1],
           ffa_target(partition->info.id, partition == &crasher_mp ? (uint16_t)cpu_index() : 0));
    for (unsigned i = 2; i < 8; i++)
        EXPECT(reply.x[i], 0);
    EXPECT(timer_count(), 1);
}

static void preempt_crasher(void *argument)
{
    (void)argument;
    preempt(&crasher);
}

static void finish_crasher(void *argument)
{
    (void)argument;
    EXPECT_ANSWER(run_until_answered(resume(&crasher, 0)), &crasher);
}

TEST(a_timer_takes_the_cpu_back_from_a_partition_at_once_and_run_resumes_it)
{
    NEEDS_PARTITION(&crasher);
    preempt_crasher(0);
    finish_crasher(0);
    EXPECT_TRUE(crasher_answers(&crasher));
}

TEST(a_preempted_partition_is_busy_for_requests)
{
    NEEDS_PARTITION(&crasher);
    preempt_crasher(0);
    EXPECT_ERROR(ask(&crasher, CRASH_ECHO, 1), FFA_BUSY);
    finish_crasher(0);
}

TEST(others_answer_while_a_partition_is_preempted)
{
    NEEDS_PARTITION(&crasher);
    preempt_crasher(0);
    EXPECT_TRUE(echo_answers());
    EXPECT_TRUE(vault_answers());
    finish_crasher(0);
}

TEST(a_partition_is_preempted_again_and_again)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    timer_start(TIMER_US, TIMER_US);
    reply = run_until_answered(ask(&crasher, CRASH_SPIN, LONG_SPIN_MS));
    EXPECT_TRUE(timer_count() >= 2);
    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[4], LONG_SPIN_MS);
}

TEST(a_preempted_up_partition_is_resumed_on_another_cpu)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher);
    preempt_crasher(0);
    cpu_run(1, finish_crasher, 0);
    cpu_run(1, preempt_crasher, 0);
    finish_crasher(0);
}

TEST(a_preempted_up_partition_outlives_the_cpu_it_was_preempted_on)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher);
    cpu_run(1, preempt_crasher, 0);
    cpu_switch_off(1);
    finish_crasher(0);
    cpu_switch_on(1);
    EXPECT_TRUE(crasher_answers(&crasher));
}

static void preempt_mp(void *argument)
{
    (void)argument;
    preempt(&crasher_mp);
    EXPECT_ANSWER(run_until_answered(resume(&crasher_mp, (uint16_t)cpu_index())), &crasher_mp);
}

TEST(every_context_of_an_mp_partition_is_preempted_and_resumed_at_the_same_time)
{
    NEEDS_PARTITION(&crasher_mp);
    cpu_run_everywhere(preempt_mp, 0);
}

TEST(a_queued_interrupt_waits_for_the_answer_and_arrives_after_it)
{
    uint64_t start;
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher_queued);
    start = now_us();
    timer_start(TIMER_US, 0);
    reply = ask(&crasher_queued, CRASH_SPIN, SHORT_SPIN_MS);
    EXPECT_ANSWER(reply, &crasher_queued);
    EXPECT(reply.x[4], SHORT_SPIN_MS);
    EXPECT(timer_wait(), 1);
    EXPECT_TRUE(timer_fired_at() - start >= SHORT_SPIN_MS * 1000);
}

TEST(a_chain_of_partitions_is_preempted_anywhere_and_resumed)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&echo);
    timer_start(300, 300);
    reply = run_until_answered(ask(&crasher, CRASH_FORWARD, echo.info.id, 0x77, 0x88, FORWARDS));
    timer_stop();
    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(reply.x[5], 0x77);
    EXPECT_TRUE(timer_count() >= 1);
    EXPECT_TRUE(echo_answers());
}

TEST(a_queued_partition_up_the_chain_keeps_interrupts_from_those_below_it)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher_queued);
    NEEDS_PARTITION(&crasher);
    timer_start(TIMER_US, 0);
    reply = ask(&crasher_queued, CRASH_FORWARD, crasher.info.id, CRASH_SPIN, SHORT_SPIN_MS, 1);
    EXPECT_ANSWER(reply, &crasher_queued);
    EXPECT(reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(timer_wait(), 1);
}

TEST(a_pending_interrupt_that_the_normal_world_masks_preempts_a_partition_all_the_same)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    interrupts_off();
    timer_start(0, 0);
    delay_us(1000);
    reply = ask(&crasher, CRASH_SPIN, 10);
    EXPECT(reply.x[0], FFA_INTERRUPT);
    EXPECT(timer_count(), 0);
    interrupts_on();
    isb();
    EXPECT(timer_count(), 1);
    EXPECT_ANSWER(run_until_answered(reply), &crasher);
}
