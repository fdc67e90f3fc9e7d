/* SPDX-License-Identifier: BSD-3-Clause */
/* A step of core/ against the book of memory: check.c asks it, of every step. */
#ifndef TESTS_RULES_MEMORY_CHECK_H
#define TESTS_RULES_MEMORY_CHECK_H

#include "core/spmc.h"
#include "rules/book.h"

/* Before it: what the other rules say of it is known. */
void memory_before(const struct spmc *s, const struct rules *r, const struct book *before);

/* After it: why the core and the rules disagree, or NULL. */
const char *memory_after(const struct spmc *s, const struct rules *r);

/* Pages that are looked at in each step; else those that a deal or the call is about. */
void memory_watch(const uint64_t *pages, unsigned count);

#endif
