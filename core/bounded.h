/* SPDX-License-Identifier: BSD-3-Clause */
/* Indices that somebody outside has chosen. */
#ifndef CORE_BOUNDED_H
#define CORE_BOUNDED_H

#include <stdint.h>

/*
 * The index, which was found to be below `count`. A CPU that goes on ahead of that finding, with an
 * index that is not, goes on with 0: so it reads nothing from beyond an array.
 */
static inline uint32_t bounded(uint32_t index, uint32_t count)
{
#ifdef HARDEN_BARRIERS
    __asm__("cmp %w0, %w1\n\tcsel %w0, %w0, wzr, lo\n\thint 20" /* CSDB */
            : "+r"(index)
            : "r"(count)
            : "cc");
#else
    (void)count;
#endif
    return index;
}

#endif
