/* SPDX-License-Identifier: BSD-3-Clause */
/* An input is a script: bytes that are taken one by one, and zeros when they are used up. */
#ifndef TESTS_FUZZ_SCRIPT_H
#define TESTS_FUZZ_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

struct script {
    const uint8_t *data;
    size_t size;
};

static inline uint8_t next_byte(struct script *script)
{
    if (script->size == 0)
        return 0;
    script->size--;
    return *script->data++;
}

static inline uint64_t next_number(struct script *script)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | next_byte(script);
    return value;
}

#endif
