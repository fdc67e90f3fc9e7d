/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/writer.h"

#include <string.h>

#include "support/port_model.h"

#define AROUND 16 /* bytes */
#define WRITES_MAX 4

static uint64_t state;
static bool (*is_tx)(uint64_t address);

static uint64_t some(uint64_t bound)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 11) % bound;
}

/* Numbers that counts, offsets and lengths should not become. */
static uint32_t some_word(uint32_t word)
{
    static const uint32_t words[] = {0,      1,      16,         0xff,       0x1000,    0x7ffffff0,
                                     0xffff, 0x8001, 0x80000000, 0xffffffff, 0xfffffff0};

    switch (some(4)) {
    case 0:
        return word ^ 1U << some(32);
    case 1:
        return word + (uint32_t)some(64) * 16;
    case 2:
        return (uint32_t)some(UINT32_MAX);
    default:
        return words[some(sizeof(words) / sizeof(words[0]))];
    }
}

/* A word, or a byte. */
static void write_at(uint64_t address)
{
    uint32_t word;
    void *to = port_model_memory(address & ~3ULL, sizeof(word));

    if (to == NULL || !is_tx(address))
        return;
    if (some(4) == 0) {
        ((uint8_t *)to)[address & 3] = (uint8_t)some(256);
        return;
    }
    memcpy(&word, to, sizeof(word));
    word = some_word(word);
    memcpy(to, &word, sizeof(word));
}

static void write_some(uint64_t pa, size_t size)
{
    uint64_t from = pa - (pa % PAGE_BYTES < AROUND ? pa % PAGE_BYTES : AROUND);

    for (uint64_t n = size > 0 ? some(WRITES_MAX + 1) : 0; n > 0; n--)
        write_at(some(4) == 0 ? from + some(size + 4 * AROUND) : pa + some(size));
}

void writer_begin(uint64_t seed, bool (*only)(uint64_t address))
{
    state = seed * 0x9e3779b97f4a7c15ULL | 1;
    is_tx = only;
    port_model.copied_in = write_some;
}

void writer_end(void)
{
    port_model.copied_in = NULL;
}
