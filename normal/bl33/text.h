/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Comparing text, without a C library.
 */
#ifndef BL33_TEXT_H
#define BL33_TEXT_H

#include <stdbool.h>
#include <stddef.h>

static inline bool same_text(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* What follows `prefix` in `text`; NULL when `text` does not start with it. */
static inline const char *text_after(const char *text, const char *prefix)
{
    while (*prefix)
        if (*text++ != *prefix++)
            return NULL;
    return text;
}

#endif
