/* SPDX-License-Identifier: BSD-3-Clause */
/* The C library functions that compilers call and libfdt needs. They live behind vectors. */
#include <stddef.h>
#include <stdint.h>

#include "aarch64/machine.h"
#include "tools/libfdt-env/libfdt_env.h"

#define WORD sizeof(uint64_t)

typedef uint64_t __attribute__((may_alias)) word;

BEHIND_VECTOR("13") void *memset(void *to, int byte, size_t size)
{
    uint8_t *d = to;

    if (byte == 0 && (uintptr_t)d % WORD == 0) {
        word *w = to;
        for (; size >= 8 * WORD; size -= 8 * WORD, w += 8)
            w[0] = w[1] = w[2] = w[3] = w[4] = w[5] = w[6] = w[7] = 0;
        for (; size >= WORD; size -= WORD)
            *w++ = 0;
        d = (uint8_t *)w;
    }
    while (size-- > 0)
        *d++ = (uint8_t)byte;
    return to;
}

BEHIND_VECTOR("06") void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if (((uintptr_t)d | (uintptr_t)s) % WORD == 0) {
        word *w = to;
        const word *v = from;
        for (; size >= 2 * WORD; size -= 2 * WORD, w += 2, v += 2) {
            word a = v[0], b = v[1];
            w[0] = a, w[1] = b;
        }
        for (; size >= WORD; size -= WORD)
            *w++ = *v++;
        d = (uint8_t *)w;
        s = (const uint8_t *)v;
    }
    while (size-- > 0)
        *d++ = *s++;
    return to;
}

BEHIND_VECTOR("14") void *memmove(void *to, const void *from, size_t size)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if (d <= s)
        return memcpy(to, from, size);
    while (size-- > 0)
        d[size] = s[size];
    return to;
}

BEHIND_VECTOR("11") int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *x = a;
    const uint8_t *y = b;

    for (; size > 0; x++, y++, size--)
        if (*x != *y)
            return *x - *y;
    return 0;
}

BEHIND_VECTOR("03") void *memchr(const void *in, int byte, size_t size)
{
    const uint8_t *s = in;

    for (; size > 0; s++, size--)
        if (*s == (uint8_t)byte)
            return (void *)(uintptr_t)s;
    return NULL;
}

BEHIND_VECTOR("11") size_t strnlen(const char *string, size_t limit)
{
    size_t length = 0;

    while (length < limit && string[length] != '\0')
        length++;
    return length;
}

BEHIND_VECTOR("11") size_t strlen(const char *string)
{
    return strnlen(string, SIZE_MAX);
}

BEHIND_VECTOR("03") char *strrchr(const char *string, int character)
{
    const char *found = NULL;

    do {
        if (*string == (char)character)
            found = string;
    } while (*string++ != '\0');
    return (char *)(uintptr_t)found;
}
