/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Situations that the search must meet, each counted: an explorer that never gets to one
 * proves nothing about it.
 */
#ifndef TESTS_EXPLORE_REACHED_H
#define TESTS_EXPLORE_REACHED_H

#include "support/invariants.h"

/* Counts the situations that a step is an example of. `kicks` as before the step. */
void reached_note(const struct observation *o, uint32_t kicks);

/* The counts of a search in another process go out by a pipe, and come in. */
void reached_send(int to);
void reached_receive(int from);

/* A line for each situation, with its count. False if one never occurred. */
bool reached_print(void);

#endif
