/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is told what of the trace, and of the state (core/stat.c). */
#include "support/trace.h"

#include "abi/stat.h"
#include "core/memory.h"

static uint64_t ask(uint64_t what, uint64_t about, uint64_t number, uint64_t offset)
{
    world_normal_call(&s, 0, REQ64, PAIR(0, STAT_ID), 0, what, about, number, offset);
    return normal->x[3];
}

static void questions_about_the_trace_leave_no_record(void **state)
{
    (void)state;
    world_normal_call(&s, 0, FFA_MSG_POLL);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(ask(STAT_TRACE, 0, 0, 0), STAT_OK);
        assert_int_equal(normal->x[4], 1);
    }
    assert_int_equal(ask(STAT_STATE, 0, 0, 0), STAT_OK);
    ask(STAT_SPMC, 0, 0, 0);
    ask(STAT_TRACE, 0, 0, 0);
    assert_int_equal(normal->x[4], 2);
    assert_int_equal(recorder.sequence, 2);
}

static void without_the_property_nobody_is_told(void **state)
{
    (void)state;
    s.trace_is_told = false;
    world_normal_call(&s, 0, FFA_MSG_POLL);
    for (unsigned what = STAT_TRACE; what <= STAT_REASON; what++) {
        assert_int_equal(ask(what, 0, 0, 0), STAT_DENIED);
        assert_int_equal(normal->x[4] | normal->x[5] | normal->x[6] | normal->x[7], 0);
    }
    assert_int_equal(ask(STAT_STATE, 0, 0, 0), STAT_DENIED);
    assert_int_equal(ask(STAT_SPMC, 0, 0, 0), STAT_OK);
}

static void a_partition_is_never_told(void **state)
{
    const struct regs *self = &world_request(&s, 0, WORLD_UP, 0).vcpu->regs;

    (void)state;
    world_call(&s, 0, REQ64, PAIR(UP_ID, STAT_ID), 0, STAT_TRACE);
    assert_int_equal(self->x[3], STAT_DENIED);
    world_call(&s, 0, REQ64, PAIR(UP_ID, STAT_ID), 0, STAT_SPMC);
    assert_int_equal(self->x[3], STAT_OK);
}

/* Word `i` of a record, as the Normal world is told it. */
static uint64_t told(unsigned number, unsigned i)
{
    assert_int_equal(ask(STAT_RECORD, 0, number, i & 4), STAT_OK);
    return normal->x[4 + i % 4];
}

static void the_payload_of_messages_is_not_told(void **state)
{
    (void)state;
    s.normal.version = FFA_VERSION_1_2;
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_2;
    world_normal_call(&s, 0, REQ64, PAIR(0, UP_ID), 0, 0x5ec3e7, 0);
    world_respond(&s, 0, 0, 0x5ec3e7);
    world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ2, PAIR(0, UP_ID), 0, 0, 0x5ec3e7);
    world_call(&s, 0, FFA_CONSOLE_LOG_64, 3, 0x5ec3e7);
    world_call(&s, 0, FFA_MSG_SEND_DIRECT_RESP2, PAIR(UP_ID, 0), 0, 0, 0x5ec3e7);
    for (unsigned i = 0; i < recorder.count[0]; i++)
        for (unsigned word = 2; word < 7; word++)
            assert_int_not_equal(told(i, word), 0x5ec3e7);
    assert_int_equal(told(0, 3), PAIR(0, UP_ID));
    assert_int_equal(told(0, 5), 1);
    assert_int_equal(told(0, 6), 0);
    assert_int_equal(told(2, 6), 1);
    assert_int_equal(told(3, 4), 1);
}

/* Of a refused response: what follows its record. */
static void nor_in_further_registers(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_2;
    SELF(WORLD_UP)->x[9] = 0x5ec3e7;
    world_request(&s, 0, WORLD_UP, 0);
    world_respond(&s, 0, 0, 0);
    SELF(WORLD_UP)->x[9] = 0;
    world_respond(&s, 0, 0, 0);
    assert_int_equal(recorder.record[0][2].x[4], 0x5ec3e7);
    assert_int_equal(told(2, 6), 1);
    assert_int_equal(told(2, 5), 0);
}

/* What they belong to is overwritten, and the newest record lies where it would be. */
static void nor_where_their_call_is_forgotten(void **state)
{
    uint32_t further = 0;

    (void)state;
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_2;
    SELF(WORLD_UP)->x[9] = 0x5ec3e7;
    SELF(WORLD_UP)->x[12] = 0x5ec3e7;
    world_request(&s, 0, WORLD_UP, 0);
    world_respond(&s, 0, 0, 0);
    while (recorder.record[0][further].kind != TRACE_REGISTERS)
        further++;
    further++; /* of two, the second */
    assert_int_equal(recorder.record[0][further].kind, TRACE_REGISTERS);
    SELF(WORLD_UP)->x[9] = 0;
    SELF(WORLD_UP)->x[12] = 0;
    world_respond(&s, 0, 0, 0);
    while (recorder.count[0] < further + TRACE_HELD)
        world_normal_call(&s, 0, FFA_FEATURES, 0x12345678);
    for (unsigned offset = 0; offset <= 4; offset += 4) {
        world_normal_call(&s, 1, REQ64, PAIR(0, STAT_ID), 0, STAT_RECORD, 0, further, offset);
        assert_int_equal(s.cpus[1].normal.x[3], STAT_OK);
        for (unsigned i = 4; i < 8; i++)
            assert_int_not_equal(s.cpus[1].normal.x[i], 0x5ec3e7);
    }
    world_normal_call(&s, 1, REQ64, PAIR(0, STAT_ID), 0, STAT_RECORD, 0, further - 1, 4);
    assert_int_equal(s.cpus[1].normal.x[3], STAT_NOT_FOUND);
}

static void what_is_no_payload_is_told_whole(void **state)
{
    (void)state;
    world_normal_call(&s, 0, FFA_FEATURES, 0x12345678, 2, 3, 4);
    assert_int_equal(told(0, 2), FFA_FEATURES);
    assert_int_equal(told(0, 3), 0x12345678);
    assert_int_equal(told(0, 5), 3);
    assert_int_equal(told(0, 6), 4);
}

/* Its words say what Bulkhead does with it. */
static void a_framework_message_is_told_whole(void **state)
{
    (void)state;
    world_normal_call(&s, 0, REQ32, PAIR(0, UP_ID), FFA_FRAMEWORK_VM_CREATED, 0x1234, 0x5678);
    assert_int_equal(told(0, 4), FFA_FRAMEWORK_VM_CREATED);
    assert_int_equal(told(0, 5), 0x1234);
    assert_int_equal(told(0, 6), 0x5678);
}

static void a_step_that_was_refused_has_a_reason_alone(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_2;
    SELF(WORLD_UP)->x[9] = 1;
    world_request(&s, 0, WORLD_UP, 0);
    world_respond(&s, 0, 0, 0);
    SELF(WORLD_UP)->x[9] = 0;
    world_respond(&s, 0, 0, 0);
    assert_int_equal(recorder.record[0][2].kind, TRACE_REGISTERS);
    assert_int_equal(ask(STAT_REASON, 0, 0, 0), STAT_NOT_FOUND);
    assert_int_equal(ask(STAT_REASON, 0, 1, 0), STAT_OK);
    assert_int_equal(ask(STAT_REASON, 0, 2, 0), STAT_NOT_FOUND);
}

static void a_digest_changes_with_the_state_it_is_of(void **state)
{
    uint64_t before;

    (void)state;
    assert_int_equal(ask(STAT_STATE, 3, 0, 0), STAT_OK); /* of vCPUs */
    before = normal->x[4];
    ask(STAT_STATE, 3, 0, 0);
    assert_int_equal(normal->x[4], before);
    world_vcpu(&s, WORLD_UP, 0)->state = VCPU_OFF;
    ask(STAT_STATE, 3, 0, 0);
    assert_int_not_equal(normal->x[4], before);
    assert_int_equal(ask(STAT_STATE, 3, PARTITION_MAX * CPU_MAX, 0), STAT_NOT_FOUND);
    assert_int_equal(ask(STAT_STATE, 1000, 0, 0), STAT_NOT_FOUND);
    assert_int_equal(ask(STAT_STATE, 9, 1, 0), STAT_OK); /* of transactions */
    before = normal->x[4];
    s.memory->transactions[1].pages++;
    ask(STAT_STATE, 9, 1, 0);
    assert_int_not_equal(normal->x[4], before);
    assert_int_equal(ask(STAT_STATE, 9, TRANSACTION_MAX, 0), STAT_NOT_FOUND);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, boot)
    const struct CMUnitTest tests[] = {
        TEST(questions_about_the_trace_leave_no_record),
        TEST(without_the_property_nobody_is_told),
        TEST(a_partition_is_never_told),
        TEST(the_payload_of_messages_is_not_told),
        TEST(nor_in_further_registers),
        TEST(nor_where_their_call_is_forgotten),
        TEST(what_is_no_payload_is_told_whole),
        TEST(a_framework_message_is_told_whole),
        TEST(a_step_that_was_refused_has_a_reason_alone),
        TEST(a_digest_changes_with_the_state_it_is_of),
    };

    return cmocka_run_group_tests_name("trace_told", tests, NULL, NULL);
}
