// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the plan, runs the tests, prints a line for each and the reason under
 * those that failed.
 */
#define pr_fmt(fmt) "TAP: " fmt

#include <linux/atomic.h>
#include <linux/glob.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "tap.h"

void tap_fail(struct tap *t, const char *format, ...)
{
	va_list arguments;

	if (xchg(&t->failed, true))
		return;
	va_start(arguments, format);
	vsnprintf(t->reason, sizeof(t->reason), format, arguments);
	va_end(arguments);
}

#define print_line(prefix, format)                                             \
	do {                                                                   \
		va_list arguments;                                             \
		struct va_format line = { .fmt = (format), .va = &arguments }; \
                                                                               \
		va_start(arguments, format);                                   \
		pr_notice(prefix "%pV\n", &line);                              \
		va_end(arguments);                                             \
	} while (0)

void tap_note(const char *format, ...)
{
	print_line("# ", format);
}

void tap_bail_out(const char *format, ...)
{
	print_line("Bail out! ", format);
}

static bool selected(const struct tap_test *test, const char *only)
{
	return !*only || glob_match(only, test->name);
}

static unsigned int count_selected(const struct tap_test *const suites[], const char *only)
{
	const struct tap_test *test;
	unsigned int count = 0;

	for (; *suites; suites++)
		for (test = *suites; test->name; test++)
			count += selected(test, only);
	return count;
}

static bool run_one(const struct tap_test *test, unsigned int number)
{
	struct tap t = {};

	test->run(&t);
	pr_notice("%s %u - %s\n", t.failed ? "not ok" : "ok", number, test->name);
	if (t.failed)
		tap_note("%s", t.reason);
	return !t.failed;
}

unsigned int tap_run(const struct tap_test *const suites[], const char *only)
{
	const struct tap_test *test;
	unsigned int number = 0, failed = 0;

	pr_notice("1..%u\n", count_selected(suites, only));
	for (; *suites; suites++) {
		for (test = *suites; test->name; test++) {
			if (!selected(test, only))
				continue;
			failed += !run_one(test, ++number);
			cond_resched();
		}
	}
	return failed;
}
