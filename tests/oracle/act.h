/* SPDX-License-Identifier: BSD-3-Clause */
/* The core's side: calls as registers and bytes, and what the core says of its state. */
#ifndef TESTS_ORACLE_ACT_H
#define TESTS_ORACLE_ACT_H

#include "rules/memory_answer.h"

extern struct spmc core_world;

/* The world before the first call, the same for each sequence but for the versions. */
void world_make(void);
void world_begin(struct memory_book *o, const uint32_t version[ENDPOINTS]);

/* The memory at an address. */
void *page_bytes(uint64_t address);

/* `handle`: that the call names. `told`: what its borrower was told of it before. */
void act(const struct call_made *c, uint64_t handle, uint32_t told, struct answer *a);

/* What the tables reach before the first call. */
void remember_tables(void);

/* Where the core's state is not what the rules say; NULL where it is. */
const char *disagreement(const struct memory_book *o);

/* What need not be looked at after each call: all tables, and what is left of the pool. */
const char *disagreement_at_end(const struct memory_book *o);

#endif
