/* SPDX-License-Identifier: BSD-3-Clause */
/* Unpacking the texts of the trace, once, before anything is printed. */
#include "core/texts.h"

void texts_unpack(char *to, const char *end, const uint8_t *packed)
{
    uint8_t left[TEXT_PAIRS + 1]; /* a pair's second byte waits here for its first */
    const uint8_t *next = packed + 2 * TEXT_PAIRS;
    unsigned count = 0;

    while (to < end) {
        uint8_t byte = count > 0 ? left[--count] : *next++;
        if (byte < TEXT_PAIRS) {
            *to++ = (char)byte;
        } else {
            left[count++] = packed[2 * (byte - TEXT_PAIRS) + 1];
            left[count++] = packed[2 * (byte - TEXT_PAIRS)];
        }
    }
}
