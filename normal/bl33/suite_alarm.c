/* SPDX-License-Identifier: BSD-3-Clause */
/* alarm, a partition that owns the board's clock, notifies the Normal world when the clock
 * interrupts. */
#define SUITE "alarm"

#include "interrupts.h"
#include "sri.h"
#include "tap.h"
#include "timer.h"

#define OWN FFA_ID_NORMAL_WORLD
#define NUMBER 5
#define SECOND_US 1000000

static void make_bitmap(void)
{
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BITMAP_CREATE, OWN, 1));
    EXPECT_SUCCESS(
        ffa(FFA_NOTIFICATION_BIND, ffa_sender_receiver(alarm.info.id, OWN), 0, 1u << NUMBER));
    sri_start();
}

static void set_alarm(uint64_t seconds)
{
    EXPECT_ANSWER(ask(&alarm, ALARM_SET, OWN, NUMBER, seconds), &alarm);
}

static struct ffa_regs ask_alarm(uint64_t command)
{
    struct ffa_regs reply = ask(&alarm, command);

    EXPECT_ANSWER(reply, &alarm);
    return reply;
}

/* Idle, as time passes faster then: the timer's interrupt is there to end it. */
static void sleep_seconds(unsigned seconds)
{
    timer_start(SECOND_US, SECOND_US);
    while (timer_count() < seconds)
        __asm__ volatile("wfi");
    timer_stop();
}

TEST(alarm_reads_the_clock)
{
    uint64_t first;

    NEEDS_PARTITION(&alarm);
    first = ask_alarm(ALARM_READ).x[4];
    EXPECT_TRUE(first > 0);
    sleep_seconds(2);
    EXPECT(ask_alarm(ALARM_READ).x[4] - first, 2);
}

TEST(alarm_rings_after_the_seconds_that_were_asked_for_and_once)
{
    uint64_t before;

    NEEDS_PARTITION(&alarm);
    make_bitmap();
    before = ask_alarm(ALARM_COUNT).x[4];
    set_alarm(3);
    sleep_seconds(1);
    EXPECT(sri_count(), 0);
    sleep_seconds(3);
    EXPECT(sri_count(), 1);
    EXPECT(ffa(FFA_NOTIFICATION_GET, OWN, FFA_NOTIFICATION_FROM_PARTITIONS).x[2], 1u << NUMBER);
    EXPECT(ask_alarm(ALARM_COUNT).x[4], before + 1);
    EXPECT(ask_alarm(ALARM_COUNT).x[5], 0);
    sleep_seconds(5);
    EXPECT(sri_count(), 1);
}

TEST(alarm_rings_again_and_again)
{
    uint64_t before;

    NEEDS_PARTITION(&alarm);
    make_bitmap();
    before = ask_alarm(ALARM_COUNT).x[4];
    for (unsigned i = 1; i <= 3; i++) {
        set_alarm(1);
        sleep_seconds(2);
        EXPECT(sri_count(), i);
        EXPECT(ffa(FFA_NOTIFICATION_GET, OWN, FFA_NOTIFICATION_FROM_PARTITIONS).x[2], 1u << NUMBER);
    }
    EXPECT(ask_alarm(ALARM_COUNT).x[4], before + 3);
}

TEST(a_cancelled_alarm_does_not_ring)
{
    NEEDS_PARTITION(&alarm);
    make_bitmap();
    set_alarm(2);
    ask_alarm(ALARM_CANCEL);
    sleep_seconds(4);
    EXPECT(sri_count(), 0);
}

TEST(alarm_refuses_what_it_cannot_do)
{
    NEEDS_PARTITION(&alarm);
    EXPECT(ask(&alarm, ALARM_SET, 0x10000, 1, 1).x[3], DEMO_BAD_ARGUMENT);
    EXPECT(ask(&alarm, ALARM_SET, OWN, 64, 1).x[3], DEMO_BAD_ARGUMENT);
    EXPECT(ask(&alarm, ALARM_SET, OWN, 1, 0).x[3], DEMO_BAD_ARGUMENT);
    EXPECT(ask(&alarm, ALARM_SET, OWN, 1, ALARM_SECONDS_MAX + 1).x[3], DEMO_BAD_ARGUMENT);
    EXPECT(ask(&alarm, 99).x[3], DEMO_UNKNOWN_COMMAND);
}
