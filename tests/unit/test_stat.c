/* SPDX-License-Identifier: BSD-3-Clause */
/* Bulkhead as a logical partition: core/stat.c, and its entry in core/discovery.c. */
#include "support/unit.h"

#include "abi/stat.h"
#include "core/memory.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define REQ64 FFA_MSG_SEND_DIRECT_REQ_64
#define SELF(partition) (&world_vcpu(&s, partition, 0)->regs)

static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    trace_init();
    s.logical = true;
    s.trace_is_told = true;
    return 0;
}

/* A question of the Normal world; gives the status. */
static uint64_t ask(uint64_t what, uint64_t about, uint64_t number, uint64_t offset)
{
    struct next next =
        world_normal_call(&s, 0, REQ64, PAIR(0, STAT_ID), 0, what, about, number, offset);

    assert_int_equal(next.kind, NEXT_REPLY_NORMAL);
    assert_int_equal(normal->x[0], FFA_MSG_SEND_DIRECT_RESP_64);
    assert_int_equal(normal->x[1], PAIR(STAT_ID, 0));
    assert_int_equal(normal->x[2], 0);
    return normal->x[3];
}

static void answer_is_text(const char *expected)
{
    char text[17] = {0};

    for (unsigned i = 0; i < 4; i++)
        memcpy(text + 4 * i, &normal->x[4 + i], 4);
    assert_string_equal(text, expected);
}

static void it_tells_how_many_there_are(void **state)
{
    (void)state;
    assert_int_equal(ask(STAT_SPMC, 0, 0, 0), STAT_OK);
    assert_int_equal(normal->x[4], WORLD_PARTITIONS);
    assert_int_equal(normal->x[5], CPU_MAX);
}

static void partitions_have_names_ids_and_states(void **state)
{
    static const char *const names[] = {"up", "mp", "queued"};

    (void)state;
    strcpy(s.partitions[WORLD_MP].name, "fifteen-letters");
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++) {
        assert_int_equal(ask(STAT_NAME, i, 0, 0), STAT_OK);
        answer_is_text(i == WORLD_MP ? "fifteen-letters" : names[i]);
        assert_int_equal(ask(STAT_LIFE, i, 0, 0), STAT_OK);
        assert_int_equal(normal->x[4], WORLD_ID(i));
        assert_int_equal(normal->x[5], STAT_STATE_LIVE);
        assert_int_equal(normal->x[6] | normal->x[7], 0);
    }
    assert_int_equal(ask(STAT_NAME, WORLD_PARTITIONS, 0, 0), STAT_NOT_FOUND);
    assert_int_equal(ask(STAT_LIFE, WORLD_PARTITIONS, 0, 0), STAT_NOT_FOUND);
    assert_int_equal(ask(STAT_CALLS, UINT32_MAX, 0, 0), STAT_NOT_FOUND);
}

static void requests_are_counted_refused_ones_are_not(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_request(&s, 1, WORLD_UP, 0);
    assert_refused(&s.cpus[1].normal, FFA_BUSY);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    world_respond(&s, 0, UP_ID, 0);
    world_respond(&s, 0, 0, 0);
    s.normal.version = FFA_VERSION_1_2;
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_2;
    world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ2, PAIR(0, UP_ID));
    world_call(&s, 0, FFA_MSG_SEND_DIRECT_RESP2, PAIR(UP_ID, 0));
    s.partitions[WORLD_UP].interrupt_total = 7;
    s.partitions[WORLD_UP].held_count = 3;
    ask(STAT_CALLS, WORLD_UP, 0, 0);
    assert_int_equal(normal->x[4], 2);
    assert_int_equal(normal->x[5], 7);
    assert_int_equal(normal->x[6], 3);
    ask(STAT_CALLS, WORLD_MP, 0, 0);
    assert_int_equal(normal->x[4], 1);
}

static void a_death_is_counted(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, FFA_ABORT_32);
    ask(STAT_LIFE, WORLD_UP, 0, 0);
    assert_int_equal(normal->x[5], STAT_STATE_ABORTED);
    assert_int_equal(normal->x[7], 1);
}

static void refusals_are_told_with_their_reasons(void **state)
{
    (void)state;
    assert_int_equal(ask(STAT_TRACE, 0, 0, 0), STAT_OK);
    assert_int_equal(normal->x[4] | normal->x[5], 0);
    assert_int_equal(ask(STAT_RECORD, 0, 0, 0), STAT_NOT_FOUND);
    world_normal_call(&s, 0, REQ32, PAIR(0, WORLD_UNKNOWN_ID));
    ask(STAT_TRACE, 0, 0, 0);
    assert_int_equal(normal->x[4], 1);
    assert_int_equal(ask(STAT_RECORD, 0, 0, 0), STAT_OK);
    assert_int_equal(normal->x[4], port_model.now);
    assert_int_equal(normal->x[5] & 0xffffffffff, (uint64_t)STAT_EVENT_SPMD << 32);
    assert_int_equal(normal->x[6], REQ32);
    assert_int_equal(normal->x[7], PAIR(0, WORLD_UNKNOWN_ID));
    assert_int_equal(ask(STAT_RECORD, 0, 0, 4), STAT_OK);
    assert_int_equal((int32_t)normal->x[7], FFA_INVALID_PARAMETERS);
    assert_int_equal(ask(STAT_REASON, 0, 0, 0), STAT_OK);
    answer_is_text("no such receiver");
    assert_int_equal(ask(STAT_REASON, 0, 0, 3), STAT_OK);
    answer_is_text("such receiver");
    assert_int_equal(ask(STAT_REASON, 0, 0, 16), STAT_NOT_FOUND);
    assert_int_equal(ask(STAT_REASON, 0, 1, 0), STAT_NOT_FOUND);
    assert_int_equal(ask(STAT_TRACE, CPU_MAX, 0, 0), STAT_NOT_FOUND);
}

static void only_the_last_refusals_are_kept(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= TRACE_RECORDS; i++)
        world_normal_call(&s, 0, REQ32, PAIR(0, WORLD_UNKNOWN_ID));
    ask(STAT_TRACE, 0, 0, 0);
    assert_int_equal(normal->x[4], TRACE_RECORDS + 1);
    assert_int_equal(normal->x[5], 2);
    assert_int_equal(ask(STAT_RECORD, 0, 1, 0), STAT_NOT_FOUND);
    assert_int_equal(ask(STAT_RECORD, 0, 2, 0), STAT_OK);
    assert_int_equal(ask(STAT_RECORD, 0, TRACE_RECORDS, 0), STAT_OK);
    assert_int_equal(ask(STAT_RECORD, 0, TRACE_RECORDS + 1, 0), STAT_NOT_FOUND);
}

static void transactions_have_handles_states_and_ranges(void **state)
{
    const unsigned last = TRANSACTION_MAX - 1;
    struct transaction *t;

    (void)state;
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        assert_int_equal(ask(STAT_TRANSACTION, i, 0, 0), STAT_OK);
        assert_int_equal(normal->x[6], STAT_TRANSACTION_FREE);
    }
    assert_int_equal(ask(STAT_TRANSACTION, TRANSACTION_MAX, 0, 0), STAT_NOT_FOUND);
    s.memory->free_transaction = last + 1;
    s.memory->transactions[last].handle += 5ULL << 32;
    t = transaction_new(&s);
    t->kind = FFA_MEMORY_LENT;
    t->borrower_count = 3;
    t->access_size = FFA_MEMORY_ACCESS_1_2;
    assert_true(transaction_append(&s, t, WORLD_NORMAL_TX, 1));
    assert_true(transaction_append(&s, t, WORLD_NORMAL_RX, 7));
    assert_int_equal(ask(STAT_TRANSACTION, last, 0, 0), STAT_OK);
    assert_int_equal(normal->x[4], (uint32_t)t->handle);
    assert_int_equal(normal->x[5], 5);
    assert_int_equal(normal->x[6] & 0xffffff,
                     3 << 16 | FFA_MEMORY_LENT << 8 | STAT_TRANSACTION_SENDING);
    assert_int_equal(normal->x[7], 2);
    transaction_free(&s, t);
    assert_int_equal(ask(STAT_TRANSACTION, last, 0, 0), STAT_OK);
    assert_int_equal(normal->x[6] & 0xff, STAT_TRANSACTION_FREE);
}

static void what_it_does_not_know_has_a_status_too(void **state)
{
    (void)state;
    assert_int_equal(ask(STAT_STATE + 1, 0, 0, 0), STAT_UNKNOWN_QUESTION);
    assert_int_equal(normal->x[4] | normal->x[5] | normal->x[6] | normal->x[7], 0);
}

static void a_32_bit_request_has_a_32_bit_answer(void **state)
{
    (void)state;
    world_normal_call(&s, 0, REQ32 | FFA_SVE_HINT, PAIR(7, STAT_ID), 0, 1ULL << 32 | STAT_NAME,
                      1ULL << 32);
    assert_int_equal(normal->x[0], FFA_MSG_SEND_DIRECT_RESP_32);
    assert_int_equal(normal->x[1], PAIR(STAT_ID, 7));
    answer_is_text("up");
}

static void a_partition_that_sends_requests_may_ask(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ64, PAIR(UP_ID, STAT_ID), 0, STAT_NAME, WORLD_QUEUED);
    assert_int_equal(SELF(WORLD_UP)->x[0], FFA_MSG_SEND_DIRECT_RESP_64);
    assert_int_equal(SELF(WORLD_UP)->x[1], PAIR(STAT_ID, UP_ID));
    assert_int_equal(SELF(WORLD_UP)->x[4], 0x75657571);
    s.partitions[WORLD_UP].properties &= ~(uint32_t)FFA_PROPERTY_SENDS_REQ;
    world_call(&s, 0, REQ64, PAIR(UP_ID, STAT_ID), 0, STAT_NAME, WORLD_QUEUED);
    assert_refused(SELF(WORLD_UP), FFA_DENIED);
}

static void a_power_message_is_answered_without_statistics(void **state)
{
    (void)state;
    s.partitions[WORLD_MP].wants_cpu_off = true;
    world_normal_call(&s, 0, REQ32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC), FFA_FRAMEWORK_PSCI_REQUEST,
                      PSCI_CPU_OFF);
    world_call(&s, 0, REQ32, PAIR(MP_ID, STAT_ID));
    assert_refused(SELF(WORLD_MP), FFA_DENIED);
}

static void other_messages_to_it_are_refused(void **state)
{
    (void)state;
    s.normal.version = FFA_VERSION_1_2;
    world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ2, PAIR(0, STAT_ID));
    assert_refused(normal, FFA_DENIED);
    world_normal_call(&s, 0, REQ32, PAIR(UP_ID, STAT_ID));
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    world_normal_call(&s, 0, REQ32, PAIR(0, STAT_ID), FFA_FRAMEWORK_VM_CREATED);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    world_normal_call(&s, 0, FFA_RUN, PAIR(STAT_ID, 0));
    assert_refused(normal, FFA_INVALID_PARAMETERS);
}

static void without_the_property_there_is_nobody(void **state)
{
    (void)state;
    s.logical = false;
    world_normal_call(&s, 0, REQ32, PAIR(0, STAT_ID), 0, STAT_SPMC);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    world_normal_call(&s, 0, FFA_PARTITION_INFO_GET, STAT_UUID, FFA_PARTITION_INFO_COUNT_ONLY);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
}

/* ---- Discovery ---- */

static const struct ffa_uuid uuid = {{STAT_UUID}};

static void it_is_the_last_one_in_the_list(void **state)
{
    const struct ffa_partition_info *info =
        port_model_memory(WORLD_NORMAL_RX, (WORLD_PARTITIONS + 1) * sizeof(*info));

    (void)state;
    world_normal_call(&s, 0, FFA_RXTX_MAP_64, WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
    world_normal_call(&s, 0, FFA_PARTITION_INFO_GET);
    assert_success(normal, WORLD_PARTITIONS + 1, FFA_PARTITION_INFO_SIZE_1_1);
    info += WORLD_PARTITIONS;
    assert_int_equal(info->id, STAT_ID);
    assert_int_equal(info->context_count, 1);
    assert_int_equal(info->properties, FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_AARCH64);
    assert_memory_equal(&info->uuid, &uuid, sizeof(uuid));
}

static void version_1_0_sees_the_bits_that_it_has(void **state)
{
    const struct ffa_partition_info *info = port_model_memory(WORLD_NORMAL_RX, 8);

    (void)state;
    s.normal.version = FFA_VERSION_1_0;
    world_normal_call(&s, 0, FFA_RXTX_MAP_64, WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
    world_normal_call(&s, 0, FFA_PARTITION_INFO_GET, STAT_UUID);
    assert_success(normal, 1, 0);
    assert_int_equal(info->id, STAT_ID);
    assert_int_equal(info->properties, FFA_PROPERTY_RECEIVES_REQ);
}

static void it_is_found_by_its_uuid_in_registers(void **state)
{
    (void)state;
    s.normal.version = FFA_VERSION_1_2;
    world_normal_call(&s, 0, FFA_PARTITION_INFO_GET_REGS,
                      (uint64_t)uuid.word[1] << 32 | uuid.word[0],
                      (uint64_t)uuid.word[3] << 32 | uuid.word[2]);
    assert_int_equal(normal->x[0], FFA_SUCCESS_64);
    assert_int_equal(normal->x[3] & 0xffff, STAT_ID);
    assert_int_equal(normal->x[4] | normal->x[5], 0);
    for (unsigned half = 0; half < 2; half++) {
        world_normal_call(&s, 0, FFA_PARTITION_INFO_GET_REGS,
                          half == 0 ? (uint64_t)uuid.word[1] << 32 | uuid.word[0] : 1,
                          half == 1 ? (uint64_t)uuid.word[3] << 32 | uuid.word[2] : 1);
        assert_refused(normal, FFA_INVALID_PARAMETERS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_tells_how_many_there_are, boot),
        cmocka_unit_test_setup(partitions_have_names_ids_and_states, boot),
        cmocka_unit_test_setup(requests_are_counted_refused_ones_are_not, boot),
        cmocka_unit_test_setup(a_death_is_counted, boot),
        cmocka_unit_test_setup(refusals_are_told_with_their_reasons, boot),
        cmocka_unit_test_setup(only_the_last_refusals_are_kept, boot),
        cmocka_unit_test_setup(transactions_have_handles_states_and_ranges, boot),
        cmocka_unit_test_setup(what_it_does_not_know_has_a_status_too, boot),
        cmocka_unit_test_setup(a_32_bit_request_has_a_32_bit_answer, boot),
        cmocka_unit_test_setup(a_partition_that_sends_requests_may_ask, boot),
        cmocka_unit_test_setup(a_power_message_is_answered_without_statistics, boot),
        cmocka_unit_test_setup(other_messages_to_it_are_refused, boot),
        cmocka_unit_test_setup(without_the_property_there_is_nobody, boot),
        cmocka_unit_test_setup(it_is_the_last_one_in_the_list, boot),
        cmocka_unit_test_setup(version_1_0_sees_the_bits_that_it_has, boot),
        cmocka_unit_test_setup(it_is_found_by_its_uuid_in_registers, boot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
