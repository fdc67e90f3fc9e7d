/* SPDX-License-Identifier: BSD-3-Clause */
/* The texts of the trace, which the image holds packed (tools/texts.py). */
#ifndef CORE_TEXTS_H
#define CORE_TEXTS_H

#include <stdint.h>

#define TEXT_PAIRS 128

/*
 * Unpacks texts to `to`, up to `end`. `packed` begins with TEXT_PAIRS pairs of bytes; in what
 * follows a byte below TEXT_PAIRS is itself, and any other stands for a pair, whose bytes may stand
 * for pairs of smaller numbers in turn.
 */
void texts_unpack(char *to, const char *end, const uint8_t *packed);

#endif
