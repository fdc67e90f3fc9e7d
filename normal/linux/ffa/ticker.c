/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ffa ticker: what the ticker partition counts.
 */
#include <stdio.h>

#include "abi/demo.h"
#include "ffa.h"

void ticker_command(int count, char **arguments)
{
    struct bulkhead_message message = {.word = {TICKER_READ}};
    unsigned long long calls, milliseconds, frequency;

    (void)arguments;
    if (count != 0)
        misuse("ticker takes no arguments");
    message.partition = find_partition("ticker")->id;
    must_send(&message);
    if (message.word[0] != DEMO_OK)
        fail("ticker: %s", demo_status_text(message.word[0]));
    calls = message.word[1];
    milliseconds = message.word[2];
    frequency = message.word[3];
    printf("call %llu, %llu.%03llu s since the counter started, %llu counts a second\n", calls,
           milliseconds / 1000, milliseconds % 1000, frequency);
}
