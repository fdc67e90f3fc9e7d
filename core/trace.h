/* SPDX-License-Identifier: BSD-3-Clause */
/* The last refusals of each CPU: what was called, by whom, and why it was refused. */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "core/calls.h"

void trace_refusal(struct spmc *s, unsigned cpu, uint32_t call, uint16_t from, refusal no);

/* Prints the last records of a CPU's trace, `most` of them, oldest first. */
void trace_print(const struct spmc *s, unsigned cpu, uint32_t most);

#endif
