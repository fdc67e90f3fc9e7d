/* SPDX-License-Identifier: BSD-3-Clause */
/* From core/ to the book of memory, and from registers and TX to a call: the one place that knows
 * both. */
#ifndef TESTS_RULES_MEMORY_READ_H
#define TESTS_RULES_MEMORY_READ_H

#include "core/spmc.h"
#include "rules/memory.h"

/* Endpoints and deals; no pages yet. */
void read_memory(struct memory_book *o, const struct spmc *s);

/* Whether a partition has all pages that its manifest gives it, which nobody else reaches. */
bool memory_is_home(const struct spmc *s, const struct partition *p);

/* A page is to be looked at; all that deals and a call are about; and all that are listed are. */
void list_page(struct memory_book *o, uint64_t address);
void list_pages(struct memory_book *o, const struct call_made *c);
void read_pages(struct memory_book *o, const struct spmc *s);

/* A call of the vCPU, or of the Normal world (NULL), and the handle that it names. */
void read_memory_call(struct call_made *c, uint64_t *handle, struct memory_book *o,
                      const struct spmc *s, const struct vcpu *v, const uint64_t *x);

/* The send of this vCPU that gave way, -1. */
int hidden_deal(const struct memory_book *o, const struct vcpu *v);

#endif
