/* SPDX-License-Identifier: BSD-3-Clause */
/* The flight recorder: core/trace.c, and the post-mortem that prints it (core/report.c). */
#include <stdio.h>

#include "core/notify.h"
#include "core/report.h"
#include "support/trace.h"

static void assert_record(const struct trace_record *r, unsigned kind, int who, unsigned next,
                          int then)
{
    assert_int_equal(r->kind, kind);
    assert_int_equal(r->who, who);
    assert_int_equal(r->next, next);
    assert_int_equal(r->then, then);
}

/* ---- What is recorded ---- */

static void a_call_is_recorded_as_it_came_in(void **state)
{
    const struct trace_record *r = &recorder.record[0][0];
    int up = (int)REF(WORLD_UP);

    (void)state;
    port_model.now = 0x123456789;
    world_normal_call(&s, 0, REQ64, PAIR(0, UP_ID), 0, 3, 4, 5);
    assert_record(r, EVENT_SPMD, NO_VCPU, NEXT_RUN, up);
    assert_int_equal(r->time, 0x123456789);
    for (unsigned i = 2; i < 5; i++)
        assert_int_equal(r->x[i], i == 2 ? 0 : i);
    assert_int_equal(r->x[0], REQ64);
    assert_int_equal(r->x[1], PAIR(0, UP_ID));
    assert_null(trace_text(r));
    world_respond(&s, 0, 0, 7);
    assert_record(r + 1, EVENT_CALL, up, NEXT_REPLY_NORMAL, NO_VCPU);
    assert_int_equal(r[1].x[0], FFA_MSG_SEND_DIRECT_RESP_32);
    assert_int_equal(r[1].x[3], 7);
    assert_int_equal(recorder.count[0], 2);
}

static void a_refusal_has_its_status_and_reason(void **state)
{
    const struct trace_record *r = &recorder.record[1][0];

    (void)state;
    world_normal_call(&s, 1, REQ32, PAIR(0, WORLD_UNKNOWN_ID));
    assert_record(r, EVENT_SPMD, NO_VCPU, NEXT_REPLY_NORMAL, NO_VCPU);
    assert_int_equal(trace_status(r), FFA_INVALID_PARAMETERS);
    assert_string_equal(trace_text(r), "no such receiver");
}

static void a_death_has_its_reason_and_no_status(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, FFA_ABORT_32);
    assert_int_equal(trace_status(last_record(0)), 0);
    assert_string_equal(trace_text(last_record(0)), "it called FFA_ABORT");
}

static void records_of_all_cpus_are_counted_in_one(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        world_normal_call(&s, i & 1, FFA_MSG_POLL);
        assert_int_equal(recorder.record[i & 1][i / 2].sequence, i);
    }
    assert_int_equal(recorder.count[0], 3);
    assert_int_equal(recorder.count[1], 3);
}

static void the_oldest_is_overwritten(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TRACE_RECORDS + 3; i++)
        world_normal_call(&s, 0, FFA_MSG_POLL, i);
    assert_int_equal(recorder.record[0][2].x[1], TRACE_RECORDS + 2);
    assert_int_equal(recorder.record[0][3].x[1], 3);
}

static void what_came_with_a_fault_is_recorded(void **state)
{
    const struct event fault = {
        .kind = EVENT_ABORT, .esr = 0x92000047, .far = 0xdead0000, .deliverable = true};

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_step(&s, 0, &fault);
    assert_record(last_record(0), EVENT_ABORT, (int)REF(WORLD_UP), NEXT_RUN, (int)REF(WORLD_UP));
    assert_int_equal(last_record(0)->x[0], 0x92000047);
    assert_int_equal(last_record(0)->x[1], 0xdead0000);
    assert_int_equal(last_record(0)->x[3], true);
}

static void the_spmds_interrupt_has_its_kind_and_number(void **state)
{
    (void)state;
    world_secure(&s, 0, EVENT_INTERRUPT, 42);
    assert_int_equal(last_record(0)->x[0], FFA_INTERRUPT);
    assert_int_equal(last_record(0)->x[3], EVENT_INTERRUPT);
    assert_int_equal(last_record(0)->x[4], 42);
}

#define MSR_CNTP_CVAL(rt) (3 << 20 | 2 << 17 | 3 << 14 | 14 << 10 | (rt) << 5 | 2 << 1)

static void a_timers_new_value_is_recorded(void **state)
{
    struct event access = {.kind = EVENT_TIMER_ACCESS, .esr = MSR_CNTP_CVAL(9)};

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    SELF(WORLD_UP)->x[9] = 0x7777;
    world_step(&s, 0, &access);
    assert_int_equal(last_record(0)->x[4], 0x7777);
    access.esr = MSR_CNTP_CVAL(31);
    world_step(&s, 0, &access);
    assert_int_equal(last_record(0)->x[4], 0);
}

/* ---- What follows a record ---- */

static void further_registers_follow_where_one_is_not_zero(void **state)
{
    const struct trace_record *r = &recorder.record[0][0];

    (void)state;
    s.normal.version = FFA_VERSION_1_2;
    normal->x[17] = 0;
    world_normal_call(&s, 0, FFA_FEATURES, FFA_RX_RELEASE);
    assert_int_equal(recorder.count[0], 1);
    normal->x[12] = 0x12;
    normal->x[17] = 0x17;
    world_normal_call(&s, 0, FFA_FEATURES, FFA_RX_RELEASE, 0, 0, 0, 5);
    assert_int_equal(recorder.count[0], 5);
    for (unsigned i = 2; i < 5; i++)
        assert_int_equal(r[i].kind, TRACE_REGISTERS);
    assert_int_equal(r[2].then, 5);
    assert_int_equal(r[2].x[0], 5);
    assert_int_equal(r[3].then, 11);
    assert_int_equal(r[3].x[1], 0x12);
    assert_int_equal(r[4].then, 17);
    assert_int_equal(r[4].x[0], 0x17);
    assert_int_equal(r[4].x[1], 0);
}

static void what_is_no_part_of_an_older_call_is_left_out(void **state)
{
    (void)state;
    s.normal.version = FFA_VERSION_1_1;
    normal->x[12] = 0x12;
    world_normal_call(&s, 0, FFA_FEATURES, FFA_RX_RELEASE);
    assert_int_equal(recorder.count[0], 1);
}

static void bytes_of_a_mailbox_follow(void **state)
{
    const struct trace_record *r = &recorder.record[0][0];
    uint8_t *tx = port_model_memory(WORLD_NORMAL_TX, 64);

    (void)state;
    s.normal.version = FFA_VERSION_1_2;
    s.normal.mailbox = (struct mailbox){MAILBOX_EMPTY, 1, WORLD_NORMAL_TX, WORLD_NORMAL_RX};
    world_message(WORLD_NORMAL_TX, 0, UP_ID);
    world_normal_call(&s, 0, FFA_MSG_SEND2);
    assert_int_equal(r[1].kind, TRACE_BYTES);
    assert_int_equal(r[1].then, sizeof(struct ffa_message_header));
    assert_memory_equal(r[1].x, tx, sizeof(struct ffa_message_header));
    assert_int_equal(recorder.count[0], 2);
    assert_int_equal(trace_status(r), FFA_DENIED); /* it takes none */
}

static void bytes_that_could_not_be_read_follow_as_none(void **state)
{
    (void)state;
    s.normal.version = FFA_VERSION_1_2;
    s.normal.mailbox = (struct mailbox){MAILBOX_EMPTY, 1, WORLD_NORMAL_TX, WORLD_NORMAL_RX};
    port_model.copies_in_until_fault = 0;
    world_normal_call(&s, 0, FFA_MSG_SEND2);
    assert_int_equal(recorder.record[0][1].kind, TRACE_BYTES);
    assert_int_equal(recorder.record[0][1].then, 0);
}

/* ---- Post-mortems ---- */

static unsigned lines(void)
{
    unsigned count = 0;

    for (const char *at = port_model.console; (at = strstr(at, "trace ")) != NULL; at++)
        count++;
    return count;
}

static void a_line_holds_the_words_of_a_record(void **state)
{
    (void)state;
    port_model.now = 0x1000;
    world_normal_call(&s, 0, REQ32, PAIR(1, WORLD_UNKNOWN_ID), 0, 3, 4);
    port_model_reset_counters();
    trace_print(0, TRACE_REPORTED);
    assert_string_equal(port_model.console,
                        "trace 0 0x1000 0xff01ff0200000000 0x8400006f 0x18004 0x0 "
                        "0x3 0x4 -2 no such receiver\n");
    port_model_reset_counters();
    trace_print(5, TRACE_REPORTED);
    assert_string_equal(port_model.console, "");
}

static void the_last_records_are_printed_a_line_at_a_time(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 70; i++)
        world_normal_call(&s, 0, FFA_MSG_POLL);
    world_normal_call(&s, 1, FFA_MSG_POLL);
    world_request(&s, 0, WORLD_UP, 0);
    world_event(&s, 0, EVENT_SERROR);
    for (unsigned i = 1; i < TRACE_REPORTED + 1; i++) {
        assert_int_equal(lines(), i);
        port_model_reset_counters();
        world_normal_call(&s, 0, FFA_MSG_POLL);
        assert_int_equal(lines(), 1);
        port_model.console_length = 0;
        for (unsigned j = 0; j < i + 1; j++)
            port_model.console_length +=
                (size_t)sprintf(port_model.console + port_model.console_length, "trace ");
    }
    port_model_reset_counters();
    world_normal_call(&s, 0, FFA_MSG_POLL);
    assert_int_equal(lines(), 0);
}

static void a_second_death_prints_what_the_first_did_not(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_event(&s, 0, EVENT_SERROR);
    while (s.cpus[0].chores)
        world_normal_call(&s, 0, FFA_MSG_POLL);
    uint32_t count = recorder.count[0];
    world_request(&s, 0, WORLD_QUEUED, 0);
    port_model_reset_counters();
    world_event(&s, 0, EVENT_SERROR);
    while (s.cpus[0].chores)
        world_normal_call(&s, 0, FFA_MSG_POLL);
    assert_true(recorder.printed[0] > count);
    assert_true(port_model_printed("an asynchronous abort\n"));
    assert_true(lines() < TRACE_REPORTED / 2);
}

/* The receiver is scheduled once, however long the report goes on. */
static void a_report_delays_no_interrupt_and_repeats_none(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++)
        world_normal_call(&s, 0, FFA_MSG_POLL);
    world_request(&s, 0, WORLD_UP, 0);
    world_event(&s, 0, EVENT_SERROR);
    assert_int_equal(s.cpus[0].chores, CHORE_REPORT);
    notify_framework(&s, 0, MP_ID, NOTIFY_RX_FULL_BY_HYPERVISOR, true);
    assert_int_equal(port_model.normal_sgis, 0);
    for (unsigned i = 0; i < 2; i++) {
        world_normal_call(&s, 0, FFA_MSG_POLL);
        assert_int_equal(port_model.normal_sgis, 1);
        assert_int_equal(s.cpus[0].chores, CHORE_REPORT);
    }
}

/* Where nobody waits it is all printed at once. */
static void the_last_step_is_printed_with_what_came_of_it(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    port_model_reset_counters();
    port_model.calm = true;
    world_event(&s, 0, EVENT_SERROR);
    port_model.calm = false;
    assert_int_equal(lines(), 2);
    assert_int_equal(s.cpus[0].chores, 0);
    assert_true(
        port_model_printed(" 0xff01000c00000001 0x0 0x0 0x0 0x1 0x0 0 an asynchronous abort\n"));
}

static void a_stop_prints_all_cpus(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_normal_call(&s, 1, FFA_MSG_POLL);
    port_model_reset_counters();
    report_all(&s);
    assert_true(port_model_printed(": up r mp ww"));
    assert_true(port_model_printed("  cpu 0 runs up 0, called by the Normal world\n"));
    assert_true(port_model_printed("trace 0 "));
    assert_true(port_model_printed("trace 1 "));
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_call_is_recorded_as_it_came_in),
        TEST(a_refusal_has_its_status_and_reason),
        TEST(a_death_has_its_reason_and_no_status),
        TEST(records_of_all_cpus_are_counted_in_one),
        TEST(the_oldest_is_overwritten),
        TEST(what_came_with_a_fault_is_recorded),
        TEST(the_spmds_interrupt_has_its_kind_and_number),
        TEST(a_timers_new_value_is_recorded),
        TEST(further_registers_follow_where_one_is_not_zero),
        TEST(what_is_no_part_of_an_older_call_is_left_out),
        TEST(bytes_of_a_mailbox_follow),
        TEST(bytes_that_could_not_be_read_follow_as_none),
        TEST(a_line_holds_the_words_of_a_record),
        TEST(the_last_records_are_printed_a_line_at_a_time),
        TEST(a_second_death_prints_what_the_first_did_not),
        TEST(a_report_delays_no_interrupt_and_repeats_none),
        TEST(the_last_step_is_printed_with_what_came_of_it),
        TEST(a_stop_prints_all_cpus),
    };

    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
