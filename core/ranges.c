/* SPDX-License-Identifier: BSD-3-Clause */
/* Ranges of addresses; sizes that reach beyond the last address are harmless. */
#include "core/manifest.h"

bool range_holds(const struct range *r, uint64_t base, uint64_t size)
{
    return size != 0 && base >= r->base && base - r->base < r->size &&
           size <= r->size - (base - r->base);
}

bool ranges_hold(const struct ranges *ranges, uint64_t base, uint64_t size)
{
    for (unsigned i = 0; i < ranges->count; i++)
        if (range_holds(&ranges->range[i], base, size))
            return true;
    return false;
}

__attribute__((noinline)) bool ranges_overlap(uint64_t a, uint64_t a_size, uint64_t b,
                                              uint64_t b_size)
{
    return a < b ? b - a < a_size : a - b < b_size;
}
