/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The demo partitions keep their promises (abi/demo.h) to a client in the Normal world.
 */
#define SUITE "partitions"

#include "cpu.h"
#include "partitions.h"
#include "smp.h"
#include "tap.h"

#define NAME(number) (0x6e00 + (uint64_t)(number))
#define MISSING_NAME 0x6d697373
#define UNKNOWN_COMMAND 99

static uint64_t vault_status(uint64_t command, uint64_t name)
{
    return ask(&vault, command, name).x[3];
}

static uint64_t put(uint64_t name, uint64_t low, uint64_t high)
{
    return ask(&vault, VAULT_PUT, name, low, high).x[3];
}

static void expect_value(uint64_t name, uint64_t low, uint64_t high)
{
    struct ffa_regs reply = ask(&vault, VAULT_GET, name);

    EXPECT_ANSWER(reply, &vault);
    EXPECT(reply.x[5], low);
    EXPECT(reply.x[6], high);
}

static uint64_t keys_in_vault(void)
{
    struct ffa_regs reply = ask(&vault, VAULT_LIST, 0);

    return reply.x[3] == DEMO_OK ? reply.x[5] : 0;
}

TEST(vault_gives_back_what_was_put)
{
    NEEDS_PARTITION(&vault);
    EXPECT(put(NAME(1), 0x1111, 0x2222), DEMO_OK);
    expect_value(NAME(1), 0x1111, 0x2222);
    EXPECT(vault_status(VAULT_DELETE, NAME(1)), DEMO_OK);
}

TEST(vault_replaces_a_value)
{
    NEEDS_PARTITION(&vault);
    EXPECT(put(NAME(1), 1, 2), DEMO_OK);
    EXPECT(put(NAME(1), 3, 4), DEMO_OK);
    expect_value(NAME(1), 3, 4);
    EXPECT(keys_in_vault(), 1);
    EXPECT(vault_status(VAULT_DELETE, NAME(1)), DEMO_OK);
}

TEST(vault_forgets_what_was_deleted)
{
    NEEDS_PARTITION(&vault);
    EXPECT(put(NAME(1), 1, 2), DEMO_OK);
    EXPECT(vault_status(VAULT_DELETE, NAME(1)), DEMO_OK);
    EXPECT(vault_status(VAULT_GET, NAME(1)), DEMO_NOT_FOUND);
    EXPECT(vault_status(VAULT_DELETE, NAME(1)), DEMO_NOT_FOUND);
}

TEST(vault_lists_names_in_order_of_creation)
{
    NEEDS_PARTITION(&vault);
    for (unsigned i = 0; i < 3; i++)
        EXPECT(put(NAME(9 - i), i, i), DEMO_OK);
    for (unsigned i = 0; i < 3; i++) {
        struct ffa_regs reply = ask(&vault, VAULT_LIST, i);

        EXPECT_ANSWER(reply, &vault);
        EXPECT(reply.x[4], NAME(9 - i));
        EXPECT(reply.x[5], 3);
    }
    EXPECT(ask(&vault, VAULT_LIST, 3).x[3], DEMO_NOT_FOUND);
    for (unsigned i = 0; i < 3; i++)
        EXPECT(vault_status(VAULT_DELETE, NAME(9 - i)), DEMO_OK);
}

TEST(vault_says_when_it_is_full)
{
    NEEDS_PARTITION(&vault);
    for (unsigned i = 0; i < VAULT_KEYS; i++)
        EXPECT(put(NAME(i), i, ~(uint64_t)i), DEMO_OK);
    EXPECT(put(NAME(VAULT_KEYS), 0, 0), DEMO_FULL);
    expect_value(NAME(VAULT_KEYS - 1), VAULT_KEYS - 1, ~(uint64_t)(VAULT_KEYS - 1));
    for (unsigned i = 0; i < VAULT_KEYS; i++)
        EXPECT(vault_status(VAULT_DELETE, NAME(i)), DEMO_OK);
    EXPECT(keys_in_vault(), 0);
}

TEST(vault_refuses_an_empty_name)
{
    NEEDS_PARTITION(&vault);
    EXPECT(put(0, 1, 2), DEMO_BAD_ARGUMENT);
}

TEST(vault_refuses_an_unknown_command)
{
    NEEDS_PARTITION(&vault);
    EXPECT(vault_status(UNKNOWN_COMMAND, NAME(1)), DEMO_UNKNOWN_COMMAND);
}

TEST(vault_does_not_know_a_name_that_was_never_put)
{
    NEEDS_PARTITION(&vault);
    EXPECT(vault_status(VAULT_GET, MISSING_NAME), DEMO_NOT_FOUND);
}

static void put_own_name(void *argument)
{
    (void)argument;
    EXPECT(put(NAME(cpu_index()), cpu_index(), 0x5a5a), DEMO_OK);
}

static void expect_all_names(void *argument)
{
    (void)argument;
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        expect_value(NAME(cpu), cpu, 0x5a5a);
}

TEST(what_one_cpu_puts_into_vault_every_cpu_gets)
{
    NEEDS_PARTITION(&vault);
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        cpu_run(cpu, put_own_name, 0);
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        cpu_run(cpu, expect_all_names, 0);
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        EXPECT(vault_status(VAULT_DELETE, NAME(cpu)), DEMO_OK);
}

TEST(ticker_counts_its_calls)
{
    struct ffa_regs first = ask(&ticker, TICKER_READ);
    struct ffa_regs second = ask(&ticker, TICKER_READ);

    NEEDS_PARTITION(&ticker);
    EXPECT_ANSWER(first, &ticker);
    EXPECT_ANSWER(second, &ticker);
    EXPECT(second.x[4], first.x[4] + 1);
}

TEST(ticker_tells_the_time)
{
    uint64_t before, after;
    struct ffa_regs reply;

    NEEDS_PARTITION(&ticker);
    before = now_us() / 1000;
    reply = ask(&ticker, TICKER_READ);
    after = now_us() / 1000;
    EXPECT_ANSWER(reply, &ticker);
    EXPECT_TRUE(reply.x[5] >= before && reply.x[5] <= after);
    EXPECT(reply.x[6], read_register(cntfrq_el0));
}

TEST(ticker_refuses_an_unknown_command)
{
    NEEDS_PARTITION(&ticker);
    EXPECT(ask(&ticker, UNKNOWN_COMMAND).x[3], DEMO_UNKNOWN_COMMAND);
}

static void expect_echo(void *argument)
{
    (void)argument;
    echo_answers();
}

TEST(an_up_partition_answers_on_every_cpu_in_turn)
{
    NEEDS_PARTITION(&echo);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
            cpu_run(cpu, expect_echo, 0);
}
