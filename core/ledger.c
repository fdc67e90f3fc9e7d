/* SPDX-License-Identifier: BSD-3-Clause */
/* A bit for each page from the SPMC manifest's first range of Normal memory on. */
#include "core/ledger.h"

#include "core/manifest.h"
#include "core/memory.h"

#define BITS 64U

/* The number of a range's first page. False where the range is not within one of the manifest, or
 * beyond the ledger. */
static bool number_of(const struct spmc *s, uint64_t base, uint64_t pages, uint64_t *number)
{
    *number = (base - s->normal_memory.range[0].base) / PAGE_BYTES;
    return ranges_hold(&s->normal_memory, base, pages * PAGE_BYTES) && *number < NORMAL_PAGES_MAX &&
           pages <= NORMAL_PAGES_MAX - *number;
}

/* The bits of one word that belong to [first, end), where `at` is the first of them. */
static uint64_t bits_of(uint64_t at, uint64_t end)
{
    uint64_t bits = UINT64_MAX << at % BITS;

    return end - at / BITS * BITS < BITS ? bits & ((1ULL << end % BITS) - 1) : bits;
}

bool ledger_take(struct spmc *s, uint64_t base, uint64_t pages)
{
    uint64_t *taken = s->memory->taken;
    uint64_t first, at;

    if (!number_of(s, base, pages, &first))
        return false;
    for (at = first; at < first + pages; at = (at / BITS + 1) * BITS)
        if (taken[at / BITS] & bits_of(at, first + pages))
            return false;
    for (at = first; at < first + pages; at = (at / BITS + 1) * BITS)
        taken[at / BITS] |= bits_of(at, first + pages);
    return true;
}

void ledger_give(struct spmc *s, uint64_t base, uint64_t pages)
{
    uint64_t first, at;

    if (!number_of(s, base, pages, &first))
        return;
    for (at = first; at < first + pages; at = (at / BITS + 1) * BITS)
        s->memory->taken[at / BITS] &= ~bits_of(at, first + pages);
}
