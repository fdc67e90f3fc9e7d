/* SPDX-License-Identifier: BSD-3-Clause */
/* One search: all states that can be reached from a cold boot by some of the actions. */
#ifndef TESTS_EXPLORE_SEARCH_H
#define TESTS_EXPLORE_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

struct scope {
    const char *name;
    unsigned cpus;    /* CPUs on which things happen; others stay off */
    unsigned actions; /* IN_* */
    unsigned with;    /* WITH_* */
    uint8_t version;  /* minor, of all but the queued partition, which has 1.1 */
};

/*
 * True if all states keep the invariants. Prints a line of TAP with the number `test`, how many
 * states and transitions there are, and the shortest way to a violation.
 */
bool search(const struct scope *scope, unsigned test);

/* How many states the last search found. */
unsigned search_states(void);

#endif
