/* SPDX-License-Identifier: BSD-3-Clause */
#include "support/access.h"

static bool space_allows(const struct spmc *s, const struct partition *p, unsigned space,
                         uint64_t base, uint64_t size, uint64_t wanted)
{
    for (uint64_t page = base; page - base < size; page += PAGE_BYTES)
        if ((stage2_entry(s, p, space, page) & wanted) != wanted)
            return false;
    return true;
}

bool stage2_allows(const struct spmc *s, const struct partition *p, uint64_t base, uint64_t size,
                   unsigned access)
{
    uint64_t limit = 1ULL << STAGE2_ADDRESS_BITS;
    uint64_t wanted = ENTRY_VALID | ENTRY_MEMORY;

    wanted |= access & MAP_READ ? ENTRY_READ : 0;
    wanted |= access & MAP_WRITE ? ENTRY_WRITE : 0;
    return base < limit && size <= limit - base &&
           (space_allows(s, p, SPACE_SECURE, base, size, wanted) ||
            space_allows(s, p, SPACE_NON_SECURE, base, size, wanted));
}
