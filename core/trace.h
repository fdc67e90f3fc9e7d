/* SPDX-License-Identifier: BSD-3-Clause */
/* The last refusals of each CPU: what was called, by whom, and why it was refused. */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "core/spmc.h"

/* `reason` is a string constant; only its address is kept. */
void trace_refusal(struct spmc *s, unsigned cpu, uint32_t call, uint16_t from, int status,
                   const char *reason);

/* Prints the last records of a CPU's trace, `most` of them, oldest first. */
void trace_print(const struct spmc *s, unsigned cpu, uint32_t most);

#endif
