/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Partitions that died come back, each by the policy of its manifest: phoenix and phoenix_mp with
 * the next call, phoenix_queued at once. A partition may die eight times in a row; the tests are
 * counted for that, and run in order.
 */
#define SUITE "restart"

#include "abi/stat.h"
#include "cpu.h"
#include "mailbox.h"
#include "partitions.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define SIBLING_SPIN_MS 20000
#define SETTLE_US 100000
#define TIMER_US 200
#define SEED 5
#define LIMIT 8

static struct partition bulkhead = {"bulkhead", {{STAT_UUID}}, {.id = STAT_ID}};
static struct ffa_regs reply_of[CPU_MAX];

/* What Bulkhead says of a partition's life: state in x5, restarts in x6, deaths in x7. */
static struct ffa_regs life_of(const struct partition *partition)
{
    for (uint64_t i = 0;; i++) {
        struct ffa_regs reply = ask(&bulkhead, STAT_LIFE, i);

        if (!EXPECT(reply.x[3], STAT_OK) || reply.x[4] == partition->info.id)
            return reply;
    }
}

static void die_by(const struct partition *partition, uint64_t command)
{
    EXPECT_ERROR(run_until_answered(ask(partition, command)), FFA_ABORTED);
}

/* An answer, however often the Normal world's interrupts come in between. */
static uint64_t answer_of(const struct partition *partition, uint64_t command, uint64_t argument)
{
    struct ffa_regs reply = run_until_answered(ask(partition, command, argument));

    EXPECT_ANSWER(reply, partition);
    return reply.x[4];
}

TEST(the_call_in_flight_is_aborted_and_the_next_one_is_answered)
{
    NEEDS_PARTITION(&phoenix);
    EXPECT_TRUE(crasher_answers(&phoenix));
    die_by(&phoenix, CRASH_ABORT);
    EXPECT_TRUE(crasher_answers(&phoenix));
    EXPECT_TRUE(crasher_answers(&phoenix));
    EXPECT(life_of(&phoenix).x[5], STAT_STATE_LIVE);
    EXPECT(life_of(&phoenix).x[6], 1);
    EXPECT(life_of(&phoenix).x[7], 1);
}

TEST(registers_and_memory_of_the_earlier_life_are_gone)
{
    uint64_t page = answer_of(&phoenix, CRASH_MAILBOX, 0);

    EXPECT_ANSWER(ask(&phoenix, CRASH_STORE, page, 0x5ec4e7), &phoenix);
    EXPECT(answer_of(&phoenix, CRASH_LOAD, page), 0x5ec4e7);
    EXPECT_ANSWER(ask(&phoenix, CRASH_FP_LOAD, SEED), &phoenix);
    EXPECT(answer_of(&phoenix, CRASH_FP_CHECK, SEED), 0);
    answer_of(&phoenix, CRASH_COUNT, 0);
    EXPECT_TRUE(answer_of(&phoenix, CRASH_COUNT, 0) > 1);
    die_by(&phoenix, CRASH_READ_FATAL);
    EXPECT(answer_of(&phoenix, CRASH_COUNT, 0), 1);
    EXPECT(answer_of(&phoenix, CRASH_FP_CHECK, 0), 0);
    EXPECT(answer_of(&phoenix, CRASH_MAILBOX, 0), page);
    EXPECT(answer_of(&phoenix, CRASH_LOAD, page), 0);
}

TEST(run_brings_one_back_too)
{
    die_by(&phoenix, CRASH_NO_VECTORS);
    EXPECT(run_until_answered(ffa(FFA_RUN, ffa_target(phoenix.info.id, 0))).x[0], FFA_MSG_WAIT);
    EXPECT_TRUE(crasher_answers(&phoenix));
}

TEST(a_partition_that_calls_a_dead_one_is_answered)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&phoenix_mp);
    die_by(&phoenix, CRASH_ABORT);
    reply = run_until_answered(ask(&phoenix_mp, CRASH_FORWARD, phoenix.info.id, CRASH_ECHO, 0x77));
    EXPECT_ANSWER(reply, &phoenix_mp);
    EXPECT(reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(reply.x[5], DEMO_OK);
}

TEST(interrupts_of_the_normal_world_come_between_its_pages)
{
    struct ffa_regs reply;

    die_by(&phoenix, CRASH_ABORT);
    timer_start(TIMER_US, 0);
    reply = run_until_answered(ask(&phoenix, CRASH_ECHO, 0x1234));
    EXPECT_ANSWER(reply, &phoenix);
    EXPECT(reply.x[4], 0x1234);
    EXPECT(timer_wait(), 1);
}

TEST(others_have_not_noticed)
{
    EXPECT_TRUE(echo_answers());
    EXPECT_TRUE(vault_answers());
    EXPECT(life_of(&echo).x[6] | life_of(&echo).x[7], 0);
    EXPECT(life_of(&vault).x[6] | life_of(&vault).x[7], 0);
}

static void spin(void *argument)
{
    (void)argument;
    reply_of[cpu_index()] = ask(&phoenix_mp, CRASH_SPIN, SIBLING_SPIN_MS);
}

static void expect_first_call(void *argument)
{
    (void)argument;
    EXPECT(answer_of(&phoenix_mp, CRASH_COUNT, 0), 1);
    EXPECT_TRUE(crasher_answers(&phoenix_mp));
    EXPECT_TRUE(vault_answers());
}

TEST(an_mp_partition_comes_back_on_every_cpu)
{
    NEEDS_PARTITION(&phoenix_mp);
    answer_of(&phoenix_mp, CRASH_COUNT, 0);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
        cpu_start(cpu, spin, 0);
    delay_us(SETTLE_US);
    die_by(&phoenix_mp, CRASH_ABORT);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++) {
        cpu_wait(cpu);
        tap_for(cpu);
        EXPECT_ERROR(reply_of[cpu], FFA_ABORTED);
    }
    for (unsigned cpu = cpu_count(); cpu > 0; cpu--)
        cpu_run(cpu - 1, expect_first_call, 0);
    EXPECT(life_of(&phoenix_mp).x[6], 1);
}

static void yield(void *argument)
{
    (void)argument;
    EXPECT(ask(&phoenix_mp, CRASH_YIELD).x[0], FFA_YIELD);
}

static void expect_aborted_once(void *argument)
{
    (void)argument;
    EXPECT_ERROR(ask(&phoenix_mp, CRASH_ECHO, 1), FFA_BUSY);
    EXPECT_ERROR(ffa(FFA_RUN, ffa_target(phoenix_mp.info.id, cpu_index())), FFA_ABORTED);
    EXPECT(answer_of(&phoenix_mp, CRASH_COUNT, 0), 1);
}

TEST(a_call_that_had_yielded_is_told_of_the_death_in_the_next_life)
{
    NEEDS_CPUS(2);
    cpu_run(1, yield, 0);
    die_by(&phoenix_mp, CRASH_ABORT);
    EXPECT_TRUE(crasher_answers(&phoenix_mp));
    cpu_run(1, expect_aborted_once, 0);
}

TEST(a_cpu_that_comes_on_starts_its_context_again)
{
    NEEDS_CPUS(2);
    die_by(&phoenix_mp, CRASH_ABORT);
    EXPECT_TRUE(crasher_answers(&phoenix_mp));
    cpu_switch_off(1);
    cpu_switch_on(1);
    cpu_run(1, expect_first_call, 0);
}

TEST(one_comes_back_without_a_call)
{
    NEEDS_PARTITION(&phoenix_queued);
    die_by(&phoenix_queued, CRASH_LOOP);
    for (unsigned i = 0; i < 50 && life_of(&phoenix_queued).x[5] != STAT_STATE_LIVE; i++)
        delay_us(SETTLE_US);
    EXPECT(life_of(&phoenix_queued).x[5], STAT_STATE_LIVE);
    EXPECT(life_of(&phoenix_queued).x[6], 1);
    EXPECT_TRUE(crasher_answers(&phoenix_queued));
}

TEST(one_that_dies_too_often_stays_dead)
{
    while (life_of(&phoenix).x[7] <= LIMIT) {
        EXPECT_TRUE(crasher_answers(&phoenix));
        die_by(&phoenix, CRASH_ABORT);
    }
    EXPECT_ERROR(ask(&phoenix, CRASH_ECHO, 1), FFA_ABORTED);
    EXPECT_ERROR(ffa(FFA_RUN, ffa_target(phoenix.info.id, 0)), FFA_ABORTED);
    EXPECT(life_of(&phoenix).x[6], LIMIT);
    EXPECT_TRUE(crasher_answers(&phoenix_mp));
    EXPECT_TRUE(echo_answers());
}
