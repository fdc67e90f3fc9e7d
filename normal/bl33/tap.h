/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests that print TAP. A suite is a file that defines SUITE and then some
 * TEST(name_of_a_behaviour) { ... }; the linker gathers the descriptors, so no list needs to be
 * kept.
 */
#ifndef BL33_TAP_H
#define BL33_TAP_H

#include <stdbool.h>
#include <stdint.h>

struct test {
    const char *suite;
    const char *name;
    void (*run)(void);
    uint64_t line; /* tests of a suite run in the order of their lines */
};

#define TEST(title)                                                                 \
    static void title(void);                                                        \
    static const struct test test_##title                                           \
        __attribute__((used, section("tests"))) = {SUITE, #title, title, __LINE__}; \
    static void title(void)

/* Compare numbers; a difference fails the test, and is printed under it. Gives whether they were
 * equal. */
#define EXPECT(got, want) tap_expect(__FILE__, __LINE__, #got, (uint64_t)(got), (uint64_t)(want))
#define EXPECT_TRUE(condition) tap_expect(__FILE__, __LINE__, #condition, !!(condition), 1)

/* The same, and leave the function when it fails. */
#define REQUIRE(got, want)      \
    do {                        \
        if (!EXPECT(got, want)) \
            return;             \
    } while (0)

#define NEEDS_CPUS(count)          \
    do {                           \
        if (tap_lacks_cpus(count)) \
            return;                \
    } while (0)

bool tap_expect(const char *file, unsigned line, const char *what, uint64_t got, uint64_t want);

/* In loops: a number that goes with the failures that follow on this CPU (which id, which
 * register). */
void tap_for(uint64_t number);

void tap_skip(const char *reason);
bool tap_lacks_cpus(unsigned count);

unsigned tap_count(const char *suite);
void tap_plan(unsigned count);

/* Runs a suite; `clean_up` runs after each test, whatever became of it. */
void tap_run(const char *suite, void (*clean_up)(void));

#endif
