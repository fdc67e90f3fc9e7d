/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls that are good, or nearly: chosen by what the rules say of the state. */
#ifndef TESTS_ORACLE_INVENT_H
#define TESTS_ORACLE_INVENT_H

#include "rules/memory.h"

#define CALLS 50 /* of a sequence */

struct made {
    struct call_made call[CALLS];
    uint64_t handle[CALLS]; /* that it was given, 0 for none */
};

/* The next call, number `n` of a sequence. */
void invent(uint64_t *seed, const struct memory_book *o, const struct made *m, unsigned n,
            struct call_made *c);

uint64_t random_below(uint64_t *seed, uint64_t bound);

#endif
