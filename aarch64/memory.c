/* SPDX-License-Identifier: BSD-3-Clause */
/* The C library functions that compilers call and libfdt needs. Plain loops: nothing hot goes
 * through them. */
#include <stddef.h>
#include <stdint.h>

#include "tools/libfdt-env/libfdt_env.h"

void *memset(void *to, int byte, size_t size)
{
    uint8_t *d = to;

    while (size-- > 0)
        *d++ = (uint8_t)byte;
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    while (size-- > 0)
        *d++ = *s++;
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if (d <= s)
        return memcpy(to, from, size);
    while (size-- > 0)
        d[size] = s[size];
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *x = a;
    const uint8_t *y = b;

    for (; size > 0; x++, y++, size--)
        if (*x != *y)
            return *x - *y;
    return 0;
}

void *memchr(const void *in, int byte, size_t size)
{
    const uint8_t *s = in;

    for (; size > 0; s++, size--)
        if (*s == (uint8_t)byte)
            return (void *)(uintptr_t)s;
    return NULL;
}

size_t strnlen(const char *string, size_t limit)
{
    size_t length = 0;

    while (length < limit && string[length] != '\0')
        length++;
    return length;
}

size_t strlen(const char *string)
{
    return strnlen(string, SIZE_MAX);
}

char *strrchr(const char *string, int character)
{
    const char *found = NULL;

    do {
        if (*string == (char)character)
            found = string;
    } while (*string++ != '\0');
    return (char *)(uintptr_t)found;
}
