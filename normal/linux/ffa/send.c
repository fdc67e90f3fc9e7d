/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ffa send: one direct message as the user spells it, and the five words that come back.
 */
#include <stdio.h>

#include "ffa.h"

void send_command(int count, char **arguments)
{
    struct bulkhead_message message = {0};

    if (count < 2)
        misuse("send needs a partition and at least one word");
    if (count - 1 > BULKHEAD_WORDS)
        misuse("a message has at most %d words, not %d", BULKHEAD_WORDS, count - 1);
    for (int i = 1; i < count; i++) {
        uint64_t word;

        if (!parse_number(arguments[i], &word))
            misuse("'%s' is not a number of at most 64 bits", arguments[i]);
        message.word[i - 1] = word;
    }
    message.partition = find_partition(arguments[0])->id;
    must_send(&message);
    for (int i = 0; i < BULKHEAD_WORDS; i++)
        printf("%s0x%llx", i == 0 ? "" : " ", (unsigned long long)message.word[i]);
    printf("\n");
}
