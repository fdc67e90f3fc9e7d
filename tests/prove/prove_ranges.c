/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: range_holds, ranges_hold and ranges_overlap say what they mean in whole numbers, as if
 *   addresses had no last one: nothing wraps. Where one of two ranges is empty, ranges_overlap
 *   may say yes, never wrongly no.
 * Bounds: any 64-bit addresses and sizes; a list of 2 ranges.
 * Options: --unwind 3 --unsigned-overflow-check
 */
#include "prove.h"

#include "core/ranges.c"

typedef unsigned __CPROVER_bitvector[66] whole; /* that sums of addresses fit in */

static bool lies_in(const struct range *r, uint64_t base, uint64_t size)
{
    return size != 0 && base >= r->base && (whole)base + size <= (whole)r->base + r->size;
}

int main(void)
{
    struct ranges list = {.count = 2};
    uint64_t base = nondet_u64(), size = nondet_u64(), other = nondet_u64(), length = nondet_u64();
    bool shares = (whole)base < (whole)other + length && (whole)other < (whole)base + size;

    for (unsigned i = 0; i < list.count; i++)
        list.range[i] = (struct range){nondet_u64(), nondet_u64()};
    SHOW(range_holds(&list.range[0], base, size) == lies_in(&list.range[0], base, size),
         "a range holds what lies in it");
    SHOW(ranges_hold(&list, base, size) ==
             (range_holds(&list.range[0], base, size) || range_holds(&list.range[1], base, size)),
         "a list holds what lies in one of its ranges");
    SHOW(!shares || ranges_overlap(base, size, other, length), "what shares a byte overlaps");
    SHOW(shares || size == 0 || length == 0 || !ranges_overlap(base, size, other, length),
         "what overlaps shares a byte");
    return 0;
}
