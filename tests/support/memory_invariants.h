/* SPDX-License-Identifier: BSD-3-Clause */
/* What must hold of memory in every state, as in invariants.h: NULL, or what is broken. */
#ifndef TESTS_SUPPORT_MEMORY_INVARIANTS_H
#define TESTS_SUPPORT_MEMORY_INVARIANTS_H

#include "core/spmc.h"

/*
 * A bit of `donated` for each page of Normal memory that may have been donated: what the Normal
 * world gave away for good stays in the ledger when the partition that got it is dead.
 */
const char *broken_memory(const struct spmc *s, const uint64_t *donated);

/* Adds the pages of donations in flight. */
void note_donations(const struct spmc *s, uint64_t *donated);

#endif
