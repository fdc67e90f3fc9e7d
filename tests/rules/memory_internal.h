/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the rules share. */
#ifndef TESTS_RULES_MEMORY_INTERNAL_H
#define TESTS_RULES_MEMORY_INTERNAL_H

#include "rules/choices.h"
#include "rules/memory.h"

#define REFUSAL_OF(why) ((struct verdict){.outcome = REFUSED, .status = (why), .deal = -1})
#define NO(why) REFUSAL_OF(FFA_##why)
#define OK(as, of) ((struct verdict){.outcome = (as), .deal = (of)})

#define USUAL 0x2f /* normal memory, write-back, inner shareable */
#define IS_SECURE(id) ((id)&0x8000)

bool bad_entries(const struct memory_book *o, const struct call_made *c);
bool is_own(const struct deal *d, const struct call_made *c);
struct verdict decide_send(struct memory_book *o, const struct call_made *c);
struct verdict decide_rights(struct memory_book *o, const struct call_made *c);
struct verdict decide_permit(struct memory_book *o, const struct call_made *c);
struct verdict decide_send_more(struct memory_book *o, const struct call_made *c, int deal);

#endif
