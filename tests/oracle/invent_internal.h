/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files that invent calls share. */
#ifndef TESTS_ORACLE_INVENT_INTERNAL_H
#define TESTS_ORACLE_INVENT_INTERNAL_H

#include "oracle/invent.h"

#define PAGE 4096ULL
#define VM 7
#define FEW 8 /* ranges of a send, at most */

bool one_in(uint64_t *seed, unsigned n);

/* One that lives; NORMAL where none does. */
unsigned some_partition(uint64_t *seed, const struct memory_book *o);

uint8_t entry_bytes(uint64_t *seed, const struct memory_book *o, unsigned who);

void invent_send(uint64_t *seed, const struct memory_book *o, struct call_made *c);
void invent_send_more(uint64_t *seed, const struct memory_book *o, const struct made *m,
                      const struct deal *d, struct call_made *c);

#endif
