/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Partitions that call partitions. The Normal world knows such a chain by its head: that one is
 * named when an interrupt stops it anywhere, and that one is run to go on.
 */
#define SUITE "chain"

#include "cpu.h"
#include "partitions.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define TIMER_US 5000
#define SPIN_MS 300
#define ATTEMPTS 20
#define FORWARDS 10000
#define PERIOD_US 300
#define ROUNDS 50

static struct ffa_regs run(const struct partition *partition, uint16_t vcpu)
{
    return ffa(FFA_RUN, ffa_target(partition->info.id, vcpu));
}

/*
 * crasher calls this CPU's context of crasher_mp, which is interrupted at work. The timer may be
 * early or late (a busy host): then the interrupt hits crasher alone, or nobody, and it is done
 * again.
 */
static void preempt_second_link(void)
{
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        struct ffa_regs reply;

        timer_start(TIMER_US, 0);
        reply = ask(&crasher, CRASH_FORWARD, crasher_mp.info.id, CRASH_SPIN, SPIN_MS, 1);
        if (reply.x[0] == FFA_INTERRUPT && ask(&crasher_mp, CRASH_ECHO).x[0] == FFA_ERROR) {
            EXPECT(reply.x[1], ffa_target(crasher.info.id, 0));
            return;
        }
        run_until_answered(reply);
    }
    tap_expect(__FILE__, __LINE__, "interrupts of crasher_mp at work", 0, 1);
}

static void finish_chain(void)
{
    struct ffa_regs reply = run_until_answered(run(&crasher, 0));

    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(reply.x[5], DEMO_OK);
}

TEST(a_partition_runs_another_that_yielded_to_it)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&crasher_mp);
    reply = ask(&crasher_mp, CRASH_FORWARD, crasher.info.id, CRASH_YIELD);
    EXPECT_ANSWER(reply, &crasher_mp);
    EXPECT(reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT_TRUE(crasher_answers(&crasher));
}

TEST(an_interrupt_deep_in_a_chain_names_the_head_and_run_of_the_head_goes_on)
{
    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&crasher_mp);
    preempt_second_link();
    finish_chain();
}

TEST(run_of_a_link_that_is_not_the_head_is_denied)
{
    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&crasher_mp);
    preempt_second_link();
    EXPECT_ERROR(run(&crasher_mp, 0), FFA_DENIED);
    finish_chain();
}

TEST(every_link_of_a_preempted_chain_is_busy)
{
    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&crasher_mp);
    preempt_second_link();
    EXPECT_ERROR(ask(&crasher, CRASH_ECHO), FFA_BUSY);
    EXPECT_ERROR(ask(&crasher_mp, CRASH_ECHO), FFA_BUSY);
    EXPECT_TRUE(echo_answers());
    finish_chain();
    EXPECT_TRUE(crasher_answers(&crasher));
    EXPECT_TRUE(crasher_answers(&crasher_mp));
}

static void expect_run_denied(void *argument)
{
    (void)argument;
    EXPECT_ERROR(run(&crasher, 0), FFA_DENIED);
    EXPECT_TRUE(crasher_answers(&crasher_mp));
}

TEST(a_chain_with_an_mp_context_stays_on_its_cpu)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&crasher_mp);
    preempt_second_link();
    cpu_run(1, expect_run_denied, 0);
    finish_chain();
}

struct step {
    struct ffa_regs reply;
};

static void run_with_timer(void *argument)
{
    struct step *step = argument;

    timer_start(PERIOD_US, PERIOD_US);
    step->reply = ffa(FFA_RUN, step->reply.x[1]);
    timer_stop();
}

TEST(a_chain_of_up_partitions_moves_from_cpu_to_cpu)
{
    struct step step;
    unsigned runs = 0;

    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&echo);
    timer_start(PERIOD_US, PERIOD_US);
    step.reply = ask(&crasher, CRASH_FORWARD, echo.info.id, 0x77, 0x88, FORWARDS);
    timer_stop();
    while (step.reply.x[0] == FFA_INTERRUPT)
        cpu_run(runs++ % cpu_count(), run_with_timer, &step);
    EXPECT_TRUE(runs > 0);
    EXPECT_ANSWER(step.reply, &crasher);
    EXPECT(step.reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(step.reply.x[5], 0x77);
}

static struct ffa_regs race_replies[CPU_MAX];

static void race_to_run(void *argument)
{
    (void)argument;
    race_replies[cpu_index()] = run(&crasher, 0);
}

/* One of them resumes it; who comes while it runs finds it busy, who comes later finds it waiting.
 */
TEST(when_all_cpus_run_a_preempted_partition_one_of_them_gets_the_answer)
{
    unsigned answers = 0;

    NEEDS_PARTITION(&crasher);
    EXPECT(work_until_interrupted(&crasher).x[0], FFA_INTERRUPT);
    cpu_run_everywhere(race_to_run, 0);
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
        const struct ffa_regs *reply = &race_replies[cpu];

        tap_for(cpu);
        if (reply->x[0] == FFA_MSG_SEND_DIRECT_RESP_64)
            answers++;
        else if (reply->x[0] != FFA_MSG_WAIT)
            EXPECT_ERROR(*reply, FFA_BUSY);
    }
    EXPECT(answers, 1);
    EXPECT_TRUE(crasher_answers(&crasher));
}

static void send_chains(void *argument)
{
    (void)argument;
    timer_start(PERIOD_US, PERIOD_US);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct ffa_regs reply =
            run_until_answered(ask(&crasher_mp, CRASH_FORWARD, echo.info.id, cpu_index(), i, 3));

        EXPECT_ANSWER(reply, &crasher_mp);
        if (reply.x[4] == FFA_ERROR)
            EXPECT((int32_t)reply.x[5], FFA_BUSY);
        else
            EXPECT(reply.x[5], cpu_index());
    }
    timer_stop();
}

TEST(chains_of_all_cpus_meet_in_one_partition_while_timers_fire)
{
    NEEDS_PARTITION(&crasher_mp);
    NEEDS_PARTITION(&echo);
    cpu_run_everywhere(send_chains, 0);
    EXPECT_TRUE(echo_answers());
}
