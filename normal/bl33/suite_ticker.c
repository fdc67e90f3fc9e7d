/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ticker drives itself: once somebody subscribed, its timer has it notify the Normal world, though
 * nobody calls it.
 */
#define SUITE "ticker"

#include "interrupts.h"
#include "smp.h"
#include "sri.h"
#include "tap.h"
#include "timer.h"

#define OWN FFA_ID_NORMAL_WORLD
#define VM 0x0005
#define NUMBER 37
#define PERIOD_MS 2
#define PERIOD_US (PERIOD_MS * 1000)
#define TICKS 10

static void subscribe(uint16_t who)
{
    EXPECT_ANSWER(ask(&ticker, TICKER_SUBSCRIBE, who, NUMBER, PERIOD_MS), &ticker);
}

static void subscribe_there(void *argument)
{
    (void)argument;
    subscribe(OWN);
}

static void stop(void)
{
    EXPECT_ANSWER(ask(&ticker, TICKER_STOP), &ticker);
}

static struct ffa_regs ticks(void)
{
    struct ffa_regs reply = ask(&ticker, TICKER_TICKS);

    EXPECT_ANSWER(reply, &ticker);
    return reply;
}

static void make_bitmap(uint16_t who)
{
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BITMAP_CREATE, who, cpu_count()));
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BIND, ffa_sender_receiver(ticker.info.id, who), 0, 0,
                       1u << (NUMBER - 32)));
}

static uint64_t fetched(uint16_t who)
{
    struct ffa_regs reply = ffa(FFA_NOTIFICATION_GET, who, FFA_NOTIFICATION_FROM_PARTITIONS);

    EXPECT(reply.x[0], FFA_SUCCESS_32);
    return reply.x[3] << 32 | reply.x[2];
}

TEST(ticker_notifies_its_subscriber_though_nobody_calls_it)
{
    NEEDS_PARTITION(&ticker);
    make_bitmap(OWN);
    sri_start();
    subscribe(OWN);
    EXPECT(fetched(OWN), 0);
    for (unsigned tick = 1; tick <= TICKS; tick++) {
        delay_us(PERIOD_US);
        EXPECT(sri_count(), tick);
        EXPECT(fetched(OWN), 1ULL << NUMBER);
    }
    EXPECT(ticks().x[4], TICKS);
    EXPECT(ticks().x[5], 0);
    stop();
    delay_us(2 * PERIOD_US);
    EXPECT(ticks().x[4], TICKS);
    EXPECT(fetched(OWN), 0);
}

TEST(ticker_keeps_time_while_others_work_and_the_normal_world_ticks)
{
    NEEDS_PARTITION(&ticker);
    NEEDS_PARTITION(&crasher);
    make_bitmap(OWN);
    subscribe(OWN);
    timer_start(700, 700);
    EXPECT_ANSWER(run_until_answered(ask(&crasher, CRASH_SPIN, TICKS * PERIOD_MS)), &crasher);
    timer_stop();
    EXPECT_TRUE(ticks().x[4] >= TICKS);
    EXPECT(fetched(OWN), 1ULL << NUMBER);
    stop();
}

TEST(ticker_goes_on_when_the_cpu_goes_off_on_which_it_was_subscribed_to)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&ticker);
    make_bitmap(OWN);
    cpu_run(1, subscribe_there, 0);
    cpu_switch_off(1);
    delay_us(2 * PERIOD_US);
    EXPECT_TRUE(ticks().x[4] >= 1);
    EXPECT(fetched(OWN), 1ULL << NUMBER);
    cpu_switch_on(1);
    stop();
}

TEST(ticker_notifies_a_vm)
{
    NEEDS_PARTITION(&ticker);
    make_bitmap(VM);
    subscribe(VM);
    delay_us(2 * PERIOD_US);
    EXPECT(fetched(VM), 1ULL << NUMBER);
    stop();
    fetched(VM);
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BITMAP_DESTROY, VM));
}

TEST(ticks_that_nobody_wants_are_counted_as_refused)
{
    NEEDS_PARTITION(&ticker);
    subscribe(OWN);
    delay_us(2 * PERIOD_US + PERIOD_US / 2);
    EXPECT(ticks().x[4], 2);
    EXPECT(ticks().x[5], 2);
    stop();
}

TEST(ticker_refuses_a_subscription_that_it_cannot_keep)
{
    NEEDS_PARTITION(&ticker);
    EXPECT(ask(&ticker, TICKER_SUBSCRIBE, 0x10000, 1, 1).x[3], DEMO_BAD_ARGUMENT);
    EXPECT(ask(&ticker, TICKER_SUBSCRIBE, OWN, 64, 1).x[3], DEMO_BAD_ARGUMENT);
    EXPECT(ask(&ticker, TICKER_SUBSCRIBE, OWN, 1, 0).x[3], DEMO_BAD_ARGUMENT);
    EXPECT(ask(&ticker, TICKER_SUBSCRIBE, OWN, 1, TICKER_PERIOD_MAX + 1).x[3], DEMO_BAD_ARGUMENT);
}
