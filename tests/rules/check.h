/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each step of core/ against the rule book (book.h): for the oracle's own sequences, the explorer
 * and the fuzzer alike. The book of the state before says what must follow; the book of the state
 * after, and all registers, must be that.
 */
#ifndef TESTS_RULES_CHECK_H
#define TESTS_RULES_CHECK_H

#include "core/spmc.h"

/* Before a step: what must follow. With `racing`, somebody writes to mailboxes meanwhile. */
void oracle_before(const struct spmc *s, unsigned cpu, const struct event *event, bool racing);

/* After it: why the core and the rules disagree, or NULL. */
const char *oracle_after(const struct spmc *s, const struct next *next);

/* Of the last step: why the book did not say what follows; NULL when it did. */
const char *oracle_open(void);

/* Of all steps. */
struct oracle_counts {
    unsigned long steps;
    unsigned long open;    /* the books did not say, or not of memory */
    unsigned long refused; /* it said that a call is */
    unsigned long memory;  /* calls on memory that the book of memory judged, */
    unsigned long pieces;  /* of them such that gave way */
};
extern struct oracle_counts oracle_counts;

#endif
