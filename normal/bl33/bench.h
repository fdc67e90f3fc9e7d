/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The measurements of suite=bench.
 */
#ifndef BL33_BENCH_H
#define BL33_BENCH_H

#include <stdbool.h>

/* A line for tests/bench/measure.py, as bench.c describes. */
void bench_report(const char *name, const char *how, unsigned count, bool right);

/* Runs an operation so often; whether all answers were right. */
bool bench_repeat(unsigned times, bool (*operation)(void));

/* An operation: a request to crasher, and no more. */
bool bench_ask_crasher(void);

/* What memory costs. */
void bench_memory(void);

/* The longest stretches at S-EL2. */
void bench_longest(void);

#endif
