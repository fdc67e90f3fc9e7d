/* SPDX-License-Identifier: BSD-3-Clause */
/* From core/ to the book: the one place that knows both. */
#ifndef TESTS_RULES_READ_H
#define TESTS_RULES_READ_H

#include "core/spmc.h"
#include "rules/book.h"

void read_book(struct book *b, const struct spmc *s);

/* What happens next on a CPU. The book is that of the same state. */
void read_act(struct act *a, const struct book *b, const struct spmc *s, unsigned cpu,
              const struct event *event);

/* An access to a timer's register: MRS or MSR, as ESR_EL2 tells it. */
void read_access(struct act *a, const struct regs *regs, uint64_t esr);

/* What a call asks Bulkhead, if it asks; so many records of a CPU's steps there were. */
void read_question(struct act *a, const struct spmc *s);
uint32_t records_of(unsigned cpu);
bool has_records(void);
void read_clocks(struct book *b, const struct spmc *s);
void settle_clocks(struct book *b, unsigned context);
struct due first_due(const struct spmc *s, const struct book *b, unsigned cpu);

/* What no rule looks at gets one value: of a context that is idle, of a CPU without an entry. */
void settle_book(struct book *b);

#endif
