/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small TAP producer on the kernel log. A test is a function; it says what it
 * requires, the first requirement that fails gives the reason, and the next
 * test runs. Every line carries the prefix "TAP: ".
 */
#ifndef TAP_H
#define TAP_H

#include <linux/types.h>

struct tap {
	bool failed;
	char reason[200];
};

struct tap_test {
	const char *name;
	void (*run)(struct tap *t);
};

#define TAP_TEST(function)                           \
	{                                            \
		.name = #function, .run = (function) \
	}

/* An array of tests, closed by an entry without a name. */
typedef const struct tap_test tap_suite[];

/* Runs the tests whose name matches `only` (empty: all); returns how many failed. */
unsigned int tap_run(const struct tap_test *const suites[], const char *only);

/* Marks the test as failed; the first reason is kept. Several CPUs may do so. */
__printf(2, 3) void tap_fail(struct tap *t, const char *format, ...);

/* A line that informs, or ends everything. */
__printf(1, 2) void tap_note(const char *format, ...);
__printf(1, 2) void tap_bail_out(const char *format, ...);

/* In a function without a result: leave it, with a reason, unless the condition holds. */
#define require(t, condition, ...)                \
	do {                                      \
		if (!(condition)) {               \
			tap_fail(t, __VA_ARGS__); \
			return;                   \
		}                                 \
	} while (0)

#endif
