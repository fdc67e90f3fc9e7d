/* SPDX-License-Identifier: BSD-3-Clause */
/* A bit for each page from the lowest range of Normal memory on, which load.c makes the first. */
#include "core/ledger.h"

#include "core/manifest.h"
#include "core/memory.h"

#define BITS 64U

/* Whether the SPMC manifest has all of it as Normal memory, and the ledger too. */
static bool is_normal(const struct spmc *s, uint64_t base, uint64_t pages)
{
    return ranges_hold(&s->normal_memory, base, pages * PAGE_BYTES) &&
           base + pages * PAGE_BYTES - s->normal_memory.range[0].base <=
               s->memory->normal_pages * PAGE_BYTES;
}

/* Sets or clears the bits of pages; sets up to the first that is set. How many. */
static uint64_t mark(struct spmc *s, uint64_t base, uint64_t pages, bool set)
{
    uint64_t at = (base - s->normal_memory.range[0].base) / PAGE_BYTES;
    uint64_t left = pages;

    while (left > 0) {
        uint64_t *word = &s->memory->taken[at / BITS];
        uint64_t count = BITS - at % BITS;
        uint64_t bits;

        count = count < left ? count : left;
        bits = UINT64_MAX >> (BITS - count) << at % BITS;
        if (set && (*word & bits))
            break;
        *word = set ? *word | bits : *word & ~bits;
        at += count;
        left -= count;
    }
    return pages - left;
}

bool ledger_take(struct spmc *s, uint64_t base, uint64_t pages)
{
    uint64_t done;

    if (!is_normal(s, base, pages))
        return false;
    done = mark(s, base, pages, true);
    if (done == pages)
        return true;
    mark(s, base, done, false);
    return false;
}

void ledger_give(struct spmc *s, uint64_t base, uint64_t pages)
{
    mark(s, base, pages, false);
}
