/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whose registers a CPU still holds does not wait for what that CPU does next: while CPU 0 restores
 * phoenix, ticker's timer is handled there, and then CPU 1 wants ticker.
 */
#define SUITE "resident"

#include "cpu.h"
#include "partitions.h"
#include "smp.h"
#include "sri.h"
#include "tap.h"
#include "timer.h"

#define NUMBER 3
#define PERIOD_MS 4 /* in the first half of the restore */
#define LOOK_US 10

static uint64_t began, ended;     /* the restore, for a call of CPU 0 */
static uint64_t ticked, answered; /* when CPU 1 saw the tick, and had ticker's answer */

static bool has_ticked(void)
{
    return ffa(FFA_NOTIFICATION_GET, FFA_ID_NORMAL_WORLD, FFA_NOTIFICATION_FROM_PARTITIONS).x[2] !=
           0;
}

/* It looks often, and idles in between, so that CPU 0 has the host. */
static void ask_after_the_tick(void *argument)
{
    (void)argument;
    timer_start(LOOK_US, LOOK_US);
    while (!has_ticked())
        __asm__ volatile("wfi");
    timer_stop();
    ticked = now_us();
    EXPECT_ANSWER(run_until_answered(ask(&ticker, TICKER_STOP)), &ticker);
    answered = now_us();
}

TEST(a_partition_whose_timer_was_handled_in_the_midst_of_a_restore_is_free_for_another_cpu)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&ticker);
    NEEDS_PARTITION(&phoenix);
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BITMAP_CREATE, FFA_ID_NORMAL_WORLD, cpu_count()));
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BIND,
                       ffa_sender_receiver(ticker.info.id, FFA_ID_NORMAL_WORLD), 0, 1 << NUMBER));
    sri_stop();
    EXPECT_ERROR(ask(&phoenix, CRASH_ABORT), FFA_ABORTED);
    cpu_start(1, ask_after_the_tick, 0);
    EXPECT_ANSWER(ask(&ticker, TICKER_SUBSCRIBE, FFA_ID_NORMAL_WORLD, NUMBER, PERIOD_MS), &ticker);
    began = now_us();
    EXPECT_TRUE(crasher_answers(&phoenix));
    ended = now_us();
    cpu_wait(1);
    EXPECT_TRUE(began < ticked && ticked < answered && answered < ended);
    EXPECT_TRUE(answered - ticked < ended - answered);
}
