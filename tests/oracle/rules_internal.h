/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the rules share. */
#ifndef TESTS_ORACLE_RULES_INTERNAL_H
#define TESTS_ORACLE_RULES_INTERNAL_H

#include "oracle/rules.h"

#define NO(why) ((struct verdict){REFUSED, FFA_##why, -1, 0, false})
#define OK(outcome, deal) ((struct verdict){outcome, 0, deal, 0, false})

#define USUAL 0x2f /* normal memory, write-back, inner shareable */
#define IS_SECURE(id) ((id)&0x8000)

bool has_page(const struct deal *d, uint64_t address);
void end_deal(struct oracle *o, int deal);

bool bad_entries(const struct oracle *o, const struct call_made *c);
bool is_own(const struct deal *d, const struct call_made *c);
struct verdict decide_send(struct oracle *o, const struct call_made *c);
struct verdict decide_send_more(struct oracle *o, const struct call_made *c, int deal);

#endif
