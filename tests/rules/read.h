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

/* What no rule looks at gets one value: of a context that is idle, of a CPU without an entry. */
void settle_book(struct book *b);

#endif
