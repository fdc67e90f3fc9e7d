/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ticker: counts its calls and tells the time. It speaks FF-A 1.1 by HVC, where
 * the other partitions use SMC: both reach the SPMC.
 */
#include "abi/demo.h"
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);

static uint64_t calls;

/* In two steps, since ticks times 1000 would overflow within months. */
static uint64_t milliseconds(uint64_t ticks, uint64_t frequency)
{
    return ticks / frequency * 1000 + ticks % frequency * 1000 / frequency;
}

static void answer(struct ffa_regs *message)
{
    uint64_t frequency = sdk_frequency();

    if (message->x[3] == TICKER_READ)
        sdk_answer(message, DEMO_OK, ++calls, milliseconds(sdk_ticks(), frequency), frequency);
    else
        sdk_answer(message, DEMO_UNKNOWN_COMMAND, 0, 0, 0);
}

void partition_main(const struct ffa_boot_info_header *boot)
{
    (void)boot;
    ffa_conduit = FFA_HVC;
    sdk_printf("ticker: %u ticks a second\n", (unsigned int)sdk_frequency());
    sdk_serve(answer);
}
