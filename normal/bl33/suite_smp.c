/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All CPUs send at the same time: MP partitions answer each on its own context, UP partitions one
 * after the other, with BUSY for who has to try again. No answer goes to the wrong CPU.
 */
#define SUITE "smp"

#include "cpu.h"
#include "partitions.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define MESSAGES 300
#define NAME(cpu) (0x736d7000 + (uint64_t)(cpu))

static struct ffa_regs ask_until_free(const struct partition *partition, uint64_t a, uint64_t b,
                                      uint64_t c)
{
    struct ffa_regs reply;

    do {
        reply = run_until_answered(ask(partition, a, b, c));
    } while (reply.x[0] == FFA_ERROR && reply.x[2] == (uint32_t)FFA_BUSY);
    return reply;
}

static void expect_own_echoes(void *argument)
{
    (void)argument;
    for (uint64_t i = 0; i < MESSAGES; i++) {
        struct ffa_regs reply = ask_until_free(&echo, cpu_index(), i, ~i);

        EXPECT_RESPONSE(reply, &echo);
        EXPECT(reply.x[3], cpu_index());
        EXPECT(reply.x[4], i);
        EXPECT(reply.x[5], ~i);
    }
}

static void expect_own_values(void *argument)
{
    (void)argument;
    for (uint64_t i = 0; i < MESSAGES; i++) {
        struct ffa_regs reply = ask(&vault, VAULT_PUT, NAME(cpu_index()), i, ~i);

        EXPECT_ANSWER(reply, &vault);
        reply = ask(&vault, VAULT_GET, NAME(cpu_index()));
        EXPECT_ANSWER(reply, &vault);
        EXPECT(reply.x[5], i);
        EXPECT(reply.x[6], ~i);
    }
    EXPECT_ANSWER(ask(&vault, VAULT_DELETE, NAME(cpu_index())), &vault);
}

static void mix_with_timer(void *argument)
{
    timer_start(700, 700);
    expect_own_echoes(argument);
    expect_own_values(argument);
    timer_stop();
}

TEST(all_cpus_send_to_an_up_partition_at_once)
{
    NEEDS_PARTITION(&echo);
    cpu_run_everywhere(expect_own_echoes, 0);
}

TEST(all_cpus_send_to_an_mp_partition_at_once)
{
    NEEDS_PARTITION(&vault);
    cpu_run_everywhere(expect_own_values, 0);
}

TEST(all_cpus_send_at_once_while_their_timers_fire)
{
    NEEDS_PARTITION(&echo);
    NEEDS_PARTITION(&vault);
    cpu_run_everywhere(mix_with_timer, 0);
}

static uint64_t ticker_calls(void)
{
    return ask(&ticker, TICKER_READ).x[4];
}

static void tick(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < MESSAGES; i++)
        EXPECT_ANSWER(ask_until_free(&ticker, TICKER_READ, 0, 0), &ticker);
}

TEST(no_call_of_many_cpus_is_lost_or_counted_twice)
{
    uint64_t before;

    NEEDS_PARTITION(&ticker);
    before = ticker_calls();
    cpu_run_everywhere(tick, 0);
    EXPECT(ticker_calls() - before, (uint64_t)MESSAGES * cpu_count() + 1);
}

#define COUNTS 3000

static void count_in_a_register(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < COUNTS; i++)
        EXPECT_ANSWER(ask_until_free(&crasher, CRASH_COUNT, 0, 0), &crasher);
}

/* The next CPU may run it as soon as the last one has its answer: with its registers of then. */
TEST(an_up_partition_takes_its_system_registers_from_cpu_to_cpu)
{
    uint64_t before;

    NEEDS_PARTITION(&crasher);
    before = ask(&crasher, CRASH_COUNT).x[4];
    cpu_run_everywhere(count_in_a_register, 0);
    EXPECT(ask(&crasher, CRASH_COUNT).x[4] - before, (uint64_t)COUNTS * cpu_count() + 1);
}
