/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A partition's own floating-point registers: zeros at first, then what it loaded, for each of its
 * contexts, whoever else uses the CPU's meanwhile; and nothing of anybody else's. The first test
 * must come before any other use of them.
 */
#define SUITE "fp"

#include "cpu.h"
#include "partitions.h"
#include "simd.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define TIMER_US 500
#define ROUNDS 20
#define SPIN_MS 5
#define LONG_MS 200

static void load(const struct partition *partition, uint64_t seed)
{
    EXPECT_ANSWER(run_until_answered(ask(partition, CRASH_FP_LOAD, seed)), partition);
}

/* How many of the partition's registers are not what the seed made. */
static uint64_t differences(const struct partition *partition, uint64_t seed)
{
    struct ffa_regs reply = run_until_answered(ask(partition, CRASH_FP_CHECK, seed));

    EXPECT_ANSWER(reply, partition);
    return reply.x[4];
}

/* The Normal world's registers, full of what nobody else should ever see. */
static void fill_own(void)
{
    static struct fp_state full[CPU_MAX];
    struct fp_state *mine = &full[cpu_index()];

    for (unsigned i = 0; i < 32; i++)
        mine->q[i][0] = mine->q[i][1] = 0x5ec2e75ec2e75ec2 + i;
    mine->fpcr = 0x03400000;
    mine->fpsr = 0x0800001f;
    fp_load(mine);
}

static void expect_zeros_in_mp(void *argument)
{
    (void)argument;
    fill_own();
    EXPECT(differences(&crasher_mp, 0), 0);
}

TEST(a_fresh_partition_sees_zeros)
{
    NEEDS_PARTITION(&crasher);
    fill_own();
    EXPECT(differences(&crasher, 0), 0);
    EXPECT(differences(&crasher_queued, 0), 0);
    cpu_run_everywhere(expect_zeros_in_mp, 0);
}

TEST(what_a_partition_loads_it_finds_at_its_next_request)
{
    NEEDS_PARTITION(&crasher);
    for (uint64_t seed = 1; seed < 20; seed++) {
        load(&crasher, seed);
        fill_own();
        tap_for(seed);
        EXPECT(differences(&crasher, seed), 0);
    }
}

TEST(two_partitions_do_not_see_each_others)
{
    NEEDS_PARTITION(&crasher);
    load(&crasher, 5);
    load(&crasher_queued, 6);
    EXPECT(differences(&crasher, 5), 0);
    EXPECT(differences(&crasher_queued, 6), 0);
    EXPECT_TRUE(differences(&crasher, 6) > 30);
}

/* Without a return to the Normal world between them. */
TEST(a_partition_below_another_in_a_chain_has_its_own)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    load(&crasher, 7);
    reply = ask(&crasher, CRASH_FORWARD, crasher_mp.info.id, CRASH_FP_LOAD, 8, 1);
    EXPECT(reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    reply = ask(&crasher, CRASH_FORWARD, crasher_queued.info.id, CRASH_FP_CHECK, 8, 1);
    EXPECT(reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(differences(&crasher, 7), 0);
    EXPECT(differences(&crasher_mp, 8), 0);
}

TEST(a_preempted_partition_keeps_them)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    load(&crasher, 9);
    reply = work_until_interrupted(&crasher);
    EXPECT(reply.x[0], FFA_INTERRUPT);
    fill_own();
    load(&crasher_mp, 10);
    EXPECT_ANSWER(run_until_answered(reply), &crasher);
    EXPECT(differences(&crasher, 9), 0);
    EXPECT(differences(&crasher_mp, 10), 0);
}

TEST(a_partition_that_yields_keeps_them)
{
    NEEDS_PARTITION(&crasher);
    load(&crasher, 11);
    EXPECT(ask(&crasher, CRASH_YIELD).x[0], FFA_YIELD);
    fill_own();
    load(&crasher_queued, 12);
    EXPECT_ANSWER(ffa(FFA_RUN, ffa_target(crasher.info.id, 0)), &crasher);
    EXPECT(differences(&crasher, 11), 0);
}

static void expect_and_load_next(void *argument)
{
    uint64_t *seed = argument;

    fill_own();
    EXPECT(differences(&crasher, *seed), 0);
    load(&crasher, ++*seed);
}

TEST(they_follow_an_up_partition_from_cpu_to_cpu)
{
    uint64_t seed = 13;

    NEEDS_PARTITION(&crasher);
    load(&crasher, seed);
    for (unsigned i = 0; i < 3 * cpu_count(); i++)
        cpu_run(i % cpu_count(), expect_and_load_next, &seed);
    EXPECT(differences(&crasher, seed), 0);
}

static struct ffa_regs stopped;

static void stop_here(void *argument)
{
    (void)argument;
    load(&crasher, 77);
    stopped = work_until_interrupted(&crasher);
}

TEST(they_follow_a_preempted_up_partition_to_another_cpu)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher);
    cpu_run(1, stop_here, 0);
    EXPECT(stopped.x[0], FFA_INTERRUPT);
    fill_own();
    EXPECT_ANSWER(run_until_answered(stopped), &crasher);
    EXPECT(differences(&crasher, 77), 0);
}

static struct ffa_regs reply_of_1;

/* crasher answers crasher_mp, which runs on without a use of floating point. */
static void load_below_mp(void *argument)
{
    (void)argument;
    reply_of_1 = ask(&crasher_mp, CRASH_FORWARD, crasher.info.id, CRASH_FP_LOAD, 88,
                     (uint64_t)LONG_MS << 32 | 1);
}

TEST(they_follow_an_up_partition_whose_caller_runs_on_on_its_last_cpu)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&crasher_mp);
    cpu_start(1, load_below_mp, 0);
    delay_us(LONG_MS * 1000 / 2);
    EXPECT_TRUE(!cpu_is_idle(1));
    EXPECT(differences(&crasher, 88), 0);
    load(&crasher, 89);
    cpu_wait(1);
    EXPECT_ANSWER(reply_of_1, &crasher_mp);
    EXPECT(reply_of_1.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(differences(&crasher, 89), 0);
}

static void load_own(void *argument)
{
    (void)argument;
    load(&crasher_mp, 100 + cpu_index());
}

static void expect_own(void *argument)
{
    (void)argument;
    fill_own();
    tap_for(cpu_index());
    EXPECT(differences(&crasher_mp, 100 + cpu_index()), 0);
}

TEST(every_context_of_an_mp_partition_has_its_own)
{
    NEEDS_PARTITION(&crasher_mp);
    cpu_run_everywhere(load_own, 0);
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        cpu_run(cpu, expect_own, 0);
}

TEST(a_context_whose_cpu_was_off_starts_with_zeros)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    cpu_run_everywhere(load_own, 0);
    cpu_switch_off(1);
    cpu_switch_on(1);
    cpu_run(1, expect_zeros_in_mp, 0);
    expect_own(0);
}

static void use_them_while_timers_fire(void *argument)
{
    (void)argument;
    timer_start(TIMER_US, TIMER_US);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t seed = 1000 * (cpu_index() + 1) + i;

        load(&crasher_mp, seed);
        fill_own();
        EXPECT_ANSWER(run_until_answered(ask(&crasher_mp, CRASH_SPIN, SPIN_MS)), &crasher_mp);
        EXPECT(differences(&crasher_mp, seed), 0);
    }
    timer_stop();
}

TEST(every_context_keeps_them_while_timers_preempt_all)
{
    NEEDS_PARTITION(&crasher_mp);
    cpu_run_everywhere(use_them_while_timers_fire, 0);
}
