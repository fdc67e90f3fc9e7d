/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The test runner. Checks may run on any CPU, so each CPU notes its own failures, and CPU 0 alone
 * prints.
 */
#include "tap.h"

#include <stddef.h>

#include "console.h"
#include "cpu.h"
#include "smp.h"
#include "text.h"

#define FAILURES_SHOWN 8 /* for each CPU and test */

struct failure {
    const char *file;
    unsigned line;
    const char *what;
    uint64_t got, want, number;
};

static struct notes {
    unsigned failures;
    bool has_number;
    uint64_t number;
    struct failure failure[FAILURES_SHOWN];
} notes[CPU_MAX];

static const char *skip_reason;
static unsigned skip_cpus;
static unsigned number_of_test;

extern const struct test tests_start[], tests_end[];

bool tap_expect(const char *file, unsigned line, const char *what, uint64_t got, uint64_t want)
{
    struct notes *mine = &notes[cpu_index()];

    if (got == want)
        return true;
    if (mine->failures < FAILURES_SHOWN)
        mine->failure[mine->failures] = (struct failure){file, line, what, got, want, mine->number};
    mine->failures++;
    return false;
}

void tap_for(uint64_t number)
{
    notes[cpu_index()].has_number = true;
    notes[cpu_index()].number = number;
}

void tap_skip(const char *reason)
{
    skip_reason = reason;
}

bool tap_lacks_cpus(unsigned count)
{
    if (cpu_count() < count)
        skip_cpus = count;
    return cpu_count() < count;
}

unsigned tap_count(const char *suite)
{
    unsigned count = 0;

    for (const struct test *test = tests_start; test < tests_end; test++)
        count += same_text(test->suite, suite);
    return count;
}

void tap_plan(unsigned count)
{
    print("1..%u\n", count);
}

/* The test of this suite that follows `line`, or NULL. */
static const struct test *next_test(const char *suite, uint64_t line)
{
    const struct test *next = NULL;

    for (const struct test *test = tests_start; test < tests_end; test++)
        if (same_text(test->suite, suite) && test->line > line &&
            (!next || test->line < next->line))
            next = test;
    return next;
}

static void print_failures(unsigned cpu)
{
    const struct notes *its = &notes[cpu];

    for (unsigned i = 0; i < its->failures && i < FAILURES_SHOWN; i++) {
        const struct failure *failure = &its->failure[i];

        print("# %s:%u: %s: expected 0x%lx, got 0x%lx", failure->file, failure->line, failure->what,
              failure->want, failure->got);
        if (its->has_number)
            print(" (for 0x%lx)", failure->number);
        if (cpu)
            print(" on CPU %u", cpu);
        print("\n");
    }
    if (its->failures > FAILURES_SHOWN)
        print("# and %u more on CPU %u\n", its->failures - FAILURES_SHOWN, cpu);
}

static void print_result(const struct test *test, unsigned failures)
{
    print("%sok %u - %s", failures ? "not " : "", ++number_of_test, test->name);
    if (!failures && skip_cpus)
        print(" # SKIP needs %u CPUs", skip_cpus);
    else if (!failures && skip_reason)
        print(" # SKIP %s", skip_reason);
    print("\n");
}

static void run_test(const struct test *test, void (*clean_up)(void))
{
    unsigned failures = 0;

    skip_reason = NULL;
    skip_cpus = 0;
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++)
        notes[cpu] = (struct notes){0};
    test->run();
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++)
        failures += notes[cpu].failures;
    print_result(test, failures);
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++)
        print_failures(cpu);
    clean_up();
}

void tap_run(const char *suite, void (*clean_up)(void))
{
    const struct test *test = next_test(suite, 0);

    for (; test; test = next_test(suite, test->line))
        run_test(test, clean_up);
}
