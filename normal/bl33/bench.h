/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The measurements of suite=bench.
 */
#ifndef BL33_BENCH_H
#define BL33_BENCH_H

#include <stdbool.h>

/* A line for tests/bench/measure.py, as bench.c describes. */
void bench_report(const char *name, const char *how, unsigned count, bool right);

/* The longest stretches at S-EL2. */
void bench_longest(void);

#endif
