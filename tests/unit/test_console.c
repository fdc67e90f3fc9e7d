/* SPDX-License-Identifier: BSD-3-Clause */
/* The Secure console, FFA_CONSOLE_LOG: core/console.c. */
#include <stdio.h>

#include "core/console.h"
#include "support/unit.h"

static struct spmc s;

#define UP_SELF (&world_vcpu(&s, WORLD_UP, 0)->regs)

static int serve(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    world_request(&s, 0, WORLD_UP, 0);
    return 0;
}

/* FFA_CONSOLE_LOG of up to 128 characters, in the 64-bit form or the 32-bit one. */
static void log_text(const char *text, bool wide)
{
    struct regs *regs = UP_SELF;
    unsigned each = wide ? 8 : 4;
    size_t length = strlen(text);

    memset(regs->x, 0, 18 * sizeof(regs->x[0]));
    regs->x[0] = wide ? FFA_CONSOLE_LOG_64 : FFA_CONSOLE_LOG_32;
    regs->x[1] = length;
    for (size_t i = 0; i < length && 2 + i / each < 18; i++)
        regs->x[2 + i / each] |= (uint64_t)(uint8_t)text[i] << 8 * (i % each);
    world_event(&s, 0, EVENT_CALL);
}

/* ---- print ---- */

static void print_knows_its_conversions(void **state)
{
    const char *volatile nothing = NULL;

    (void)state;
    port_model_reset_counters();
    print("%s %s %d %d %u %x %lx %lu\n", "text", nothing, -12, 0, 42U, 0xbeefU,
          (uint64_t)0x123456789abcdef0, UINT64_MAX);
    assert_string_equal(port_model.console,
                        "text - -12 0 42 0xbeef 0x123456789abcdef0 18446744073709551615\n");
}

static void print_of_the_smallest_number_does_not_overflow(void **state)
{
    (void)state;
    port_model_reset_counters();
    print("%d", INT32_MIN);
    assert_string_equal(port_model.console, "-2147483648");
}

static void registers_are_printed_with_their_numbers(void **state)
{
    uint64_t x[31];
    unsigned number;
    const char *at = port_model.console;

    (void)state;
    port_model_reset_counters();
    for (unsigned i = 0; i < 31; i++)
        x[i] = 0x100 + i;
    print_registers(x);
    for (unsigned i = 0; i < 31; i++) {
        at = strstr(at, "x");
        assert_non_null(at);
        assert_int_equal(sscanf(at, "x%u 0x%lx", &number, &x[0]), 2);
        assert_int_equal(number, i);
        assert_int_equal(x[0], 0x100 + i);
        at = strchr(at, ' ') + 3;
    }
    assert_null(strstr(at, " x"));
}

/* ---- FFA_CONSOLE_LOG ---- */

static void a_line_is_printed_behind_its_partitions_name(void **state)
{
    (void)state;
    log_text("hello\n", false);
    assert_success(UP_SELF, 0, 0);
    assert_string_equal(port_model.console, "[up] hello\n");
}

static void a_line_is_kept_until_it_ends(void **state)
{
    (void)state;
    log_text("hel", true);
    assert_string_equal(port_model.console, "");
    log_text("lo\nnext", true);
    assert_string_equal(port_model.console, "[up] hello\n");
    log_text("\n", true);
    assert_string_equal(port_model.console, "[up] hello\n[up] next\n");
}

static void a_line_that_is_too_long_is_broken(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LOG_LINE_BYTES / 24; i++)
        log_text("abcdefghijklmnopqrstuvwx", false);
    assert_int_equal(port_model.console_length, 5 + LOG_LINE_BYTES + 1);
    assert_int_equal(s.partitions[WORLD_UP].log_length, 0);
}

/* Others wait while it prints. */
static void one_call_ends_few_lines(void **state)
{
    char many[LOG_LINES_MAX + 4] = {0};

    (void)state;
    memset(many, '\n', LOG_LINES_MAX + 3);
    log_text(many, true);
    assert_success(UP_SELF, 0, 0);
    assert_int_equal(port_model.console_length, LOG_LINES_MAX * strlen("[up] \n"));
    port_model_reset_counters();
    log_text("\n", true);
    assert_string_equal(port_model.console, "[up] ???\n");
}

static void what_is_not_printable_does_not_reach_the_terminal(void **state)
{
    (void)state;
    log_text("a\x1b[2J\x7f\xc3\r\n", false);
    assert_string_equal(port_model.console, "[up] a?[2J??\n");
}

static void zeros_inside_a_log_are_skipped(void **state)
{
    (void)state;
    world_call(&s, 0, FFA_CONSOLE_LOG_32, 4, 'a' | 'b' << 16 | '\n' << 24);
    assert_string_equal(port_model.console, "[up] ab\n");
}

static void each_form_has_its_largest_count(void **state)
{
    static const char text[] = "0123456789012345678901234567890123456789012345678901234567890123"
                               "0123456789012345678901234567890123456789012345678901234567890123";
    static const struct {
        uint32_t version;
        bool wide;
        unsigned max;
    } forms[] = {
        {FFA_VERSION_1_1, false, FFA_CONSOLE_LOG_32_MAX},
        {FFA_VERSION_1_1, true, FFA_CONSOLE_LOG_64_MAX},
        {FFA_VERSION_1_2, false, FFA_CONSOLE_LOG_32_MAX},
        {FFA_VERSION_1_2, true, FFA_CONSOLE_LOG_1_2_MAX},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(forms); i++) {
        s.partitions[WORLD_UP].endpoint.version = forms[i].version;
        log_text(text + sizeof(text) - 1 - forms[i].max, forms[i].wide);
        assert_success(UP_SELF, 0, 0);
        world_call(&s, 0, forms[i].wide ? FFA_CONSOLE_LOG_64 : FFA_CONSOLE_LOG_32,
                   forms[i].max + 1);
        assert_refused(UP_SELF, FFA_INVALID_PARAMETERS);
    }
}

static void an_empty_log_is_invalid(void **state)
{
    (void)state;
    log_text("", false);
    assert_refused(UP_SELF, FFA_INVALID_PARAMETERS);
}

#define TEST(name) cmocka_unit_test_setup(name, serve)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(print_knows_its_conversions),
        TEST(print_of_the_smallest_number_does_not_overflow),
        TEST(registers_are_printed_with_their_numbers),
        TEST(a_line_is_printed_behind_its_partitions_name),
        TEST(a_line_is_kept_until_it_ends),
        TEST(a_line_that_is_too_long_is_broken),
        TEST(one_call_ends_few_lines),
        TEST(what_is_not_printable_does_not_reach_the_terminal),
        TEST(zeros_inside_a_log_are_skipped),
        TEST(each_form_has_its_largest_count),
        TEST(an_empty_log_is_invalid),
    };

    return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
