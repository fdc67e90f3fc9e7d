/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ticker: counts its calls, tells the time, and ticks: its timer drives it even when nobody calls
 * it, and each tick is a notification to whoever subscribed. It speaks FF-A 1.1 by HVC, where the
 * other partitions use SMC: both reach the SPMC.
 */
#include "abi/demo.h"
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);

static uint64_t calls;

/* What the timer's handler, which may come at any time, shares with the requests. */
static volatile struct {
    uint16_t own_id;
    uint16_t receiver;
    uint64_t bit;
    uint64_t period; /* in ticks of the counter; 0: nobody subscribed */
    uint64_t ticks;
    uint64_t refused;
} subscription;

/* In two steps, since ticks times 1000 would overflow within months. */
static uint64_t milliseconds(uint64_t ticks, uint64_t frequency)
{
    return ticks / frequency * 1000 + ticks % frequency * 1000 / frequency;
}

static void read_time(struct ffa_regs *message)
{
    uint64_t frequency = sdk_frequency();

    sdk_answer(message, DEMO_OK, ++calls, milliseconds(sdk_ticks(), frequency), frequency);
}

void partition_interrupt(uint32_t intid)
{
    if (intid != HF_INTID_TIMER || subscription.period == 0)
        return;
    sdk_timer_again(subscription.period);
    subscription.ticks++;
    if (ffa_notification_set(subscription.own_id, subscription.receiver, 0, subscription.bit) !=
        FFA_OK)
        subscription.refused++;
}

static void stop(void)
{
    sdk_timer_off();
    subscription.period = 0;
}

static void subscribe(struct ffa_regs *message)
{
    uint64_t number = message->x[5], period = message->x[6];

    if (message->x[4] > UINT16_MAX || number > 63 || period == 0 || period > TICKER_PERIOD_MAX) {
        sdk_answer(message, DEMO_BAD_ARGUMENT, 0, 0, 0);
        return;
    }
    stop();
    subscription.own_id = (uint16_t)message->x[1];
    subscription.receiver = (uint16_t)message->x[4];
    subscription.bit = 1ULL << number;
    subscription.ticks = 0;
    subscription.refused = 0;
    subscription.period = period * sdk_frequency() / 1000;
    sdk_timer_in(subscription.period);
    sdk_answer(message, DEMO_OK, 0, 0, 0);
}

static void answer(struct ffa_regs *message)
{
    switch (message->x[3]) {
    case TICKER_READ:
        read_time(message);
        break;
    case TICKER_SUBSCRIBE:
        subscribe(message);
        break;
    case TICKER_STOP:
        stop();
        sdk_answer(message, DEMO_OK, 0, 0, 0);
        break;
    case TICKER_TICKS:
        sdk_answer(message, DEMO_OK, subscription.ticks, subscription.refused, 0);
        break;
    default:
        sdk_answer(message, DEMO_UNKNOWN_COMMAND, 0, 0, 0);
    }
}

void partition_main(const struct ffa_boot_info_header *boot)
{
    (void)boot;
    ffa_conduit = FFA_HVC;
    sdk_interrupt_enable(HF_INTID_TIMER, true, HF_LINE_IRQ);
    sdk_printf("ticker: %u ticks a second\n", (unsigned int)sdk_frequency());
    sdk_serve(answer);
}
