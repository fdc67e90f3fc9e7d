/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Managed exit: a partition that asked for it is not preempted by the Normal world's interrupt, but
 * asked by a virtual one to answer soon. The interrupt waits for that. One that never does is in
 * suite_death.c.
 */
#define SUITE "managed"

#include "interrupts.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define EXIT HF_INTID_MANAGED_EXIT
#define TIMER_US 3000
#define LONG_MS 400
#define SHORT_MS 20

static uint64_t hypercall(uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
    struct ffa_regs reply = ask(&crasher_exit, CRASH_CALL, function, x1, x2, x3);

    EXPECT_ANSWER(reply, &crasher_exit);
    return reply.x[4];
}

/* It works until this CPU's timer has it asked to leave; gives the answer. */
static struct ffa_regs work_until_asked(uint64_t milliseconds, uint64_t masked)
{
    uint64_t start = now_us();
    struct ffa_regs reply;

    taken(&crasher_exit, EXIT);
    timer_start(TIMER_US, 0);
    reply = ask(&crasher_exit, CRASH_SPIN, milliseconds, masked);
    EXPECT_ANSWER(reply, &crasher_exit);
    EXPECT(timer_wait(), 1);
    EXPECT_TRUE(now_us() - start < LONG_MS * 1000);
    return reply;
}

TEST(an_interrupt_of_the_normal_world_asks_a_partition_to_leave)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher_exit);
    reply = work_until_asked(LONG_MS, 0);
    EXPECT(reply.x[5], 1);
    reply = taken(&crasher_exit, EXIT);
    EXPECT(reply.x[4], 1);
    EXPECT(reply.x[6], HF_LINE_FIQ);
}

TEST(a_partition_may_have_itself_asked_by_irq)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher_exit);
    EXPECT(hypercall(HF_INTERRUPT_ENABLE, EXIT, 1, HF_LINE_IRQ), 0);
    EXPECT(work_until_asked(LONG_MS, 0).x[5], 1);
    reply = taken(&crasher_exit, EXIT);
    EXPECT(reply.x[4], 1);
    EXPECT(reply.x[6], HF_LINE_IRQ);
    EXPECT(hypercall(HF_INTERRUPT_ENABLE, EXIT, 1, HF_LINE_FIQ), 0);
}

TEST(an_answer_takes_back_what_asked_for_it_though_it_was_never_fetched)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher_exit);
    reply = work_until_asked(SHORT_MS, 1);
    EXPECT(reply.x[5], 0);
    EXPECT_TRUE(reply.x[6] != 0); /* it was pending at the end */
    reply = ask(&crasher_exit, CRASH_SPIN, 1, 1);
    EXPECT(reply.x[6], 0);
    EXPECT(taken(&crasher_exit, EXIT).x[4], 0);
}

TEST(a_partition_is_asked_to_leave_each_time)
{
    NEEDS_PARTITION(&crasher_exit);
    for (unsigned i = 0; i < 10; i++)
        EXPECT(work_until_asked(LONG_MS, 0).x[5], 1);
}

TEST(a_partition_that_turned_managed_exit_off_is_preempted)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher_exit);
    EXPECT(hypercall(HF_INTERRUPT_ENABLE, EXIT, 0, HF_LINE_FIQ), 0);
    timer_start(TIMER_US, 0);
    reply = ask(&crasher_exit, CRASH_SPIN, SHORT_MS);
    EXPECT(reply.x[0], FFA_INTERRUPT);
    EXPECT(reply.x[1], ffa_target(crasher_exit.info.id, 0));
    reply = run_until_answered(reply);
    EXPECT_ANSWER(reply, &crasher_exit);
    EXPECT(reply.x[5], 0);
    EXPECT(hypercall(HF_INTERRUPT_ENABLE, EXIT, 1, HF_LINE_FIQ), 0);
    EXPECT(work_until_asked(LONG_MS, 0).x[5], 1);
}

static void be_asked(void *argument)
{
    (void)argument;
    EXPECT(work_until_asked(LONG_MS, 0).x[5], 1);
}

TEST(a_partition_is_asked_on_the_cpu_that_it_runs_on)
{
    NEEDS_PARTITION(&crasher_exit);
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        cpu_run(cpu, be_asked, 0);
}

/* ---- Chains ---- */

/* crasher_exit makes a call of the second kind's length: x0 and on come back from x5 on. */
#define call_from_exit(...) ask2(&crasher_exit, CRASH_CALL, __VA_ARGS__)

TEST(a_caller_that_can_be_asked_leaves_its_signalled_callee_preempted)
{
    const uint64_t callee = ffa_target(crasher.info.id, 0);
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher_exit);
    NEEDS_PARTITION(&crasher);
    taken(&crasher_exit, EXIT);
    timer_start(TIMER_US, 0);
    reply = call_from_exit(FFA_MSG_SEND_DIRECT_REQ_64,
                           ffa_sender_receiver(crasher_exit.info.id, crasher.info.id), 0,
                           CRASH_SPIN, SHORT_MS);
    EXPECT_RESPONSE2(reply, &crasher_exit);
    EXPECT(reply.x[5], FFA_INTERRUPT);
    EXPECT(reply.x[6], callee);
    EXPECT(timer_wait(), 1);
    EXPECT(taken(&crasher_exit, EXIT).x[4], 1);
    EXPECT_ERROR(ask(&crasher, CRASH_ECHO), FFA_BUSY);
    EXPECT_ERROR(ffa(FFA_RUN, callee), FFA_DENIED);
    reply = call_from_exit(FFA_RUN, callee);
    EXPECT_RESPONSE2(reply, &crasher_exit);
    EXPECT(reply.x[5], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(reply.x[8], DEMO_OK);
    EXPECT(reply.x[9], SHORT_MS);
    EXPECT_TRUE(crasher_answers(&crasher));
}

TEST(a_signalled_caller_is_preempted_after_its_callee_was_asked)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher_exit);
    NEEDS_PARTITION(&crasher);
    taken(&crasher_exit, EXIT);
    timer_start(TIMER_US, 0);
    reply = ask(&crasher, CRASH_FORWARD, crasher_exit.info.id, CRASH_SPIN, LONG_MS, 1);
    EXPECT(reply.x[0], FFA_INTERRUPT);
    EXPECT(reply.x[1], ffa_target(crasher.info.id, 0));
    EXPECT(timer_count(), 1);
    EXPECT(taken(&crasher_exit, EXIT).x[4], 1);
    reply = run_until_answered(reply);
    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(reply.x[5], DEMO_OK);
}

TEST(nobody_below_a_queued_caller_is_asked)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher_exit);
    NEEDS_PARTITION(&crasher_queued);
    taken(&crasher_exit, EXIT);
    timer_start(TIMER_US, 0);
    reply = ask(&crasher_queued, CRASH_FORWARD, crasher_exit.info.id, CRASH_SPIN, SHORT_MS, 1);
    EXPECT_ANSWER(reply, &crasher_queued);
    EXPECT(timer_wait(), 1);
    EXPECT(taken(&crasher_exit, EXIT).x[4], 0);
}

/* ---- Two that can be asked, in one chain ---- */

/* Both were, the one that ran first. */
static void expect_asked_in_order(const struct partition *inner, const struct partition *outer)
{
    struct ffa_regs first = taken(inner, EXIT), second = taken(outer, EXIT);

    EXPECT(first.x[4], 1);
    EXPECT(second.x[4], 1);
    EXPECT_TRUE(first.x[5] < second.x[5]);
}

static void forget_both(void)
{
    taken(&crasher_mp_exit, EXIT);
    taken(&crasher_exit, EXIT);
}

/* Each would work for long: the callee, and after its answer the caller. */
static void forward_until_asked(void *argument)
{
    const uint64_t long_after = (uint64_t)LONG_MS << 32;
    uint64_t start = now_us();
    struct ffa_regs reply;

    (void)argument;
    forget_both();
    timer_start(TIMER_US, 0);
    reply = ask(&crasher_exit, CRASH_FORWARD, crasher_mp_exit.info.id, CRASH_SPIN, LONG_MS,
                long_after | 1);
    EXPECT_ANSWER(reply, &crasher_exit);
    EXPECT(reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(reply.x[5], DEMO_OK);
    EXPECT(timer_wait(), 1);
    EXPECT_TRUE(now_us() - start < LONG_MS * 1000);
    expect_asked_in_order(&crasher_mp_exit, &crasher_exit);
}

TEST(a_callee_and_then_its_caller_are_asked_for_one_interrupt)
{
    NEEDS_PARTITION(&crasher_exit);
    NEEDS_PARTITION(&crasher_mp_exit);
    forward_until_asked(0);
    EXPECT_TRUE(crasher_answers(&crasher_mp_exit));
    EXPECT_TRUE(crasher_answers(&crasher_exit));
}

TEST(a_callee_and_its_caller_are_asked_on_every_cpu)
{
    NEEDS_PARTITION(&crasher_exit);
    NEEDS_PARTITION(&crasher_mp_exit);
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        cpu_run(cpu, forward_until_asked, 0);
}

/* crasher_exit, crasher_mp_exit, crasher: the last one cannot be asked, and stops where it is. */
TEST(two_callers_are_asked_in_order_and_the_chain_goes_on_below_them)
{
    const uint64_t callee = ffa_target(crasher.info.id, 0);
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher_exit);
    NEEDS_PARTITION(&crasher_mp_exit);
    NEEDS_PARTITION(&crasher);
    forget_both();
    timer_start(TIMER_US, 0);
    reply = call_from_exit(FFA_MSG_SEND_DIRECT_REQ2,
                           ffa_sender_receiver(crasher_exit.info.id, crasher_mp_exit.info.id), 0, 0,
                           CRASH_CALL, FFA_MSG_SEND_DIRECT_REQ_64,
                           ffa_sender_receiver(crasher_mp_exit.info.id, crasher.info.id), 0,
                           CRASH_SPIN, SHORT_MS);
    EXPECT_RESPONSE2(reply, &crasher_exit);
    EXPECT(reply.x[5], FFA_MSG_SEND_DIRECT_RESP2);
    EXPECT(reply.x[9], DEMO_OK);
    EXPECT(reply.x[10], FFA_INTERRUPT);
    EXPECT(reply.x[11], callee);
    EXPECT(timer_wait(), 1);
    expect_asked_in_order(&crasher_mp_exit, &crasher_exit);
    EXPECT_ERROR(ask(&crasher, CRASH_ECHO), FFA_BUSY);
    EXPECT_ERROR(ffa(FFA_RUN, callee), FFA_DENIED);
    reply = ask2(&crasher_mp_exit, CRASH_CALL, FFA_RUN, callee);
    EXPECT_RESPONSE2(reply, &crasher_mp_exit);
    EXPECT(reply.x[5], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(reply.x[8], DEMO_OK);
    EXPECT(reply.x[9], SHORT_MS);
    EXPECT_TRUE(crasher_answers(&crasher));
}
