/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: with tables of their real size, the indices of the three levels name a page: together
 *   they are its address, each is inside its table, and the pages of a block differ in the last
 *   alone. So what is shown of small tables holds of large ones.
 * Bounds: any two addresses below 2^36.
 * Options: --unwind 2
 */
#include "prove.h"

#include "core/stage2.c"

static uint64_t page_of(uint64_t address)
{
    return (uint64_t)index_of(address, 1) << 18 | (uint64_t)index_of(address, 2) << 9 |
           index_of(address, 3);
}

int main(void)
{
    uint64_t a = nondet_u64(), b = nondet_u64();

    ASSUME(a < 1ULL << STAGE2_ADDRESS_BITS && b < 1ULL << STAGE2_ADDRESS_BITS);
    SHOW(index_of(a, 1) < 512 && index_of(a, 2) < 512 && index_of(a, 3) < 512, "inside a table");
    SHOW(page_of(a) == a / PAGE_BYTES, "the indices are the address");
    SHOW((a / BLOCK_BYTES == b / BLOCK_BYTES) ==
             (index_of(a, 1) == index_of(b, 1) && index_of(a, 2) == index_of(b, 2)),
         "a table of level 3 has the pages of one block");
    return 0;
}
