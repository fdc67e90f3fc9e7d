/* SPDX-License-Identifier: BSD-3-Clause */
/* Dispatch by the table, FFA_FEATURES, FFA_VERSION and the ids: core/calls.c. */
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    return 0;
}

/* The UP partition runs a request of the Normal world; its registers. */
static struct regs *serve(void)
{
    world_request(&s, 0, WORLD_UP, 0);
    return &world_vcpu(&s, WORLD_UP, 0)->regs;
}

/* ---- Dispatch ---- */

static void unknown_functions_are_not_supported(void **state)
{
    static const uint32_t functions[] = {
        FFA_MSG_POLL,
        FFA_MSG_SEND,
        0x84000078,
        0x840000ef,
        0x8fffffff,
        0xc400008c,
        FFA_MSG_SEND,
        FFA_NORMAL_WORLD_RESUME,
        0x84000091,
        0x8400005f,
        0,
        0x840000f0,
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(functions); i++) {
        assert_int_equal(world_normal_call(&s, 0, functions[i]).kind, NEXT_REPLY_NORMAL);
        assert_refused(normal, FFA_NOT_SUPPORTED);
    }
}

static void a_partitions_smc_that_is_not_ffa_gets_minus_one(void **state)
{
    static const uint32_t functions[] = {0,          0xc2000001, 0x84000000,
                                         0x8400005f, 0x840000f0, 0x85000060};

    (void)state;
    for (unsigned i = 0; i < COUNT(functions); i++) {
        struct regs *up = i == 0 ? serve() : &world_running(&s, 0)->regs;
        world_call(&s, 0, functions[i], 7, 8);
        assert_int_equal(up->x[0], UINT64_MAX);
        assert_int_equal(up->x[1], 7); /* SMCCC: no other register changes */
    }
}

static void an_unknown_ffa_function_of_a_partition_is_ffa_error(void **state)
{
    struct regs *up = serve();

    (void)state;
    world_call(&s, 0, FFA_MSG_POLL);
    assert_refused(up, FFA_NOT_SUPPORTED);
    world_call(&s, 0, 0x840000ef);
    assert_refused(up, FFA_NOT_SUPPORTED);
    world_call(&s, 0, FFA_SUCCESS_32);
    assert_refused(up, FFA_NOT_SUPPORTED);
}

static void the_upper_half_of_x0_and_the_sve_hint_do_not_count(void **state)
{
    (void)state;
    world_normal_call(&s, 0, 0xdead000000000000 | FFA_ID_GET | FFA_SVE_HINT);
    assert_success(normal, FFA_ID_NORMAL_WORLD, 0);
}

static void a_width_that_does_not_exist_is_not_supported(void **state)
{
    (void)state;
    world_normal_call(&s, 0, FFA_ID_GET | FFA_SMC64);
    assert_refused(normal, FFA_NOT_SUPPORTED);
    world_normal_call(&s, 0, FFA_RXTX_MAP_32, WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
    assert_refused(normal, FFA_NOT_SUPPORTED);
}

static void calls_for_partitions_are_not_for_the_normal_world(void **state)
{
    static const uint32_t functions[] = {
        FFA_ERROR,    FFA_VERSION,    FFA_MSG_WAIT,       FFA_YIELD,
        FFA_ABORT_32, FFA_SUCCESS_32, FFA_CONSOLE_LOG_32, FFA_SECONDARY_EP_REGISTER_64};

    (void)state;
    for (unsigned i = 0; i < COUNT(functions); i++) {
        world_normal_call(&s, 0, functions[i], 0, 1);
        assert_refused(normal, FFA_NOT_SUPPORTED);
    }
}

static void a_call_newer_than_the_callers_version_is_not_supported(void **state)
{
    struct regs *up = serve();

    (void)state;
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_0;
    world_call(&s, 0, FFA_SPM_ID_GET);
    assert_refused(up, FFA_NOT_SUPPORTED);
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_1;
    world_call(&s, 0, FFA_SPM_ID_GET);
    assert_success(up, FFA_ID_SPMC, 0);
}

static void reserved_registers_of_msg_wait_must_be_zero(void **state)
{
    static const unsigned reserved[] = {1, 3, 4, 5, 6, 7};

    (void)state;
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    for (unsigned i = 0; i < COUNT(reserved); i++) {
        uint64_t x[8] = {FFA_MSG_WAIT};
        x[reserved[i]] = 1;
        world_smc(&s, 0, x);
        assert_refused(&world_running(&s, 0)->regs, FFA_INVALID_PARAMETERS);
    }
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT, 1ULL << 32).kind, NEXT_REPLY_NORMAL);
}

static void a_refusal_is_in_the_trace(void **state)
{
    const struct trace *trace = &s.trace[0];
    uint32_t count = trace->count;

    (void)state;
    world_normal_call(&s, 0, FFA_MSG_POLL);
    assert_int_equal(trace->count, count + 1);
    assert_int_equal(trace->record[count].call, FFA_MSG_POLL);
    assert_int_equal(trace->record[count].from, FFA_ID_NORMAL_WORLD);
    assert_int_equal(trace->record[count].status, FFA_NOT_SUPPORTED);
    assert_reason(&s, 0, "no such function for this caller");
}

static void x8_to_x17_survive_every_call(void **state)
{
    (void)state;
    for (unsigned i = 8; i < 18; i++)
        normal->x[i] = 0x1000 + i;
    world_normal_call(&s, 0, FFA_ID_GET);
    world_normal_call(&s, 0, FFA_MSG_POLL);
    world_request(&s, 0, WORLD_UP, 1);
    world_respond(&s, 0, FFA_ID_NORMAL_WORLD, 2);
    for (unsigned i = 8; i < 18; i++)
        assert_int_equal(normal->x[i], 0x1000 + i);
}

static void ids_are_told(void **state)
{
    struct regs *up;

    (void)state;
    world_normal_call(&s, 0, FFA_ID_GET);
    assert_success(normal, FFA_ID_NORMAL_WORLD, 0);
    world_normal_call(&s, 0, FFA_SPM_ID_GET);
    assert_success(normal, FFA_ID_SPMC, 0);
    up = serve();
    world_call(&s, 0, FFA_ID_GET);
    assert_success(up, UP_ID, 0);
}

static void a_partition_cannot_send_ffa_interrupt(void **state)
{
    struct regs *up = serve();

    (void)state;
    world_call(&s, 0, FFA_INTERRUPT);
    assert_refused(up, FFA_DENIED);
}

static void ffa_error_outside_a_start_is_not_supported(void **state)
{
    struct regs *up = serve();

    (void)state;
    world_call(&s, 0, FFA_ERROR, 0, (uint32_t)FFA_ABORTED);
    assert_refused(up, FFA_NOT_SUPPORTED);
}

/* ---- FFA_FEATURES ---- */

struct expectation {
    uint32_t asked;
    bool normal;
    bool partition;
};

static const struct expectation expectations[] = {
    {FFA_ERROR, true, true},
    {FFA_SUCCESS_32, true, true},
    {FFA_SUCCESS_64, true, true},
    {FFA_INTERRUPT, true, true},
    {FFA_VERSION, true, true},
    {FFA_FEATURES, true, true},
    {FFA_RX_RELEASE, true, true},
    {FFA_RXTX_MAP_64, true, true},
    {FFA_RXTX_MAP_32, false, false},
    {FFA_RXTX_UNMAP, true, true},
    {FFA_PARTITION_INFO_GET, true, true},
    {FFA_ID_GET, true, true},
    {FFA_SPM_ID_GET, true, true},
    {FFA_MSG_WAIT, true, true},
    {FFA_YIELD, false, true},
    {FFA_RUN, true, true},
    {FFA_MSG_SEND_DIRECT_REQ_32, true, true},
    {FFA_MSG_SEND_DIRECT_REQ_64, true, true},
    {FFA_MSG_SEND_DIRECT_RESP_32, true, true},
    {FFA_MSG_SEND_DIRECT_RESP_64, true, true},
    {FFA_SECONDARY_EP_REGISTER_64, false, false},
    {FFA_CONSOLE_LOG_32, false, true},
    {FFA_CONSOLE_LOG_64, false, true},
    {FFA_ABORT_32, false, true},
    {FFA_ABORT_64, false, true},
    {FFA_MSG_POLL, false, false},
    {FFA_MSG_SEND, false, false},
    {FFA_NORMAL_WORLD_RESUME, false, false},
    {FFA_EL3_INTR_HANDLE, false, false},
    {FFA_MEM_SHARE_64, false, false},
    {FFA_NOTIFICATION_BITMAP_CREATE, false, false},
    {FFA_MSG_SEND_DIRECT_REQ2, false, false},
    {FFA_PARTITION_INFO_GET_REGS, false, false},
    {0x8fffffff, false, false},
    {FFA_FEATURE_NPI, false, false},
    {FFA_FEATURE_SRI, false, false},
    {FFA_FEATURE_ME, false, false},
    {0, false, false},
};

static void assert_feature(const struct regs *regs, bool expected)
{
    if (expected)
        assert_success(regs, 0, 0);
    else
        assert_refused(regs, FFA_NOT_SUPPORTED);
}

static void features_agree_with_what_is_offered(void **state)
{
    struct regs *up;

    (void)state;
    for (unsigned i = 0; i < COUNT(expectations); i++) {
        world_normal_call(&s, 0, FFA_FEATURES, expectations[i].asked);
        assert_feature(normal, expectations[i].normal);
    }
    up = serve();
    for (unsigned i = 0; i < COUNT(expectations); i++) {
        world_call(&s, 0, FFA_FEATURES, expectations[i].asked);
        assert_feature(up, expectations[i].partition);
    }
}

static void secondary_entry_points_are_a_feature_of_mp_partitions(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, FFA_FEATURES, FFA_SECONDARY_EP_REGISTER_64);
    assert_success(&world_running(&s, 0)->regs, 0, 0);
}

static void the_largest_buffer_is_told_from_version_1_2(void **state)
{
    (void)state;
    world_normal_call(&s, 0, FFA_FEATURES, FFA_RXTX_MAP_64);
    assert_success(normal, 0, 0);
    s.normal.version = FFA_VERSION_1_2;
    world_normal_call(&s, 0, FFA_FEATURES, FFA_RXTX_MAP_64);
    assert_success(normal, MAILBOX_PAGES_MAX << 16, 0);
}

static void features_of_a_newer_version_are_not_told(void **state)
{
    (void)state;
    s.normal.version = FFA_VERSION_1_0;
    world_normal_call(&s, 0, FFA_FEATURES, FFA_SPM_ID_GET);
    assert_refused(normal, FFA_NOT_SUPPORTED);
}

/* ---- FFA_VERSION ---- */

/* The Normal world's FFA_VERSION arrives as a framework message; the version or -1 that it gets. */
static uint64_t normal_version(uint64_t asked)
{
    struct next next =
        world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ_32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC),
                          FFA_FRAMEWORK_VERSION_REQUEST, asked);

    assert_int_equal(next.kind, NEXT_REPLY_SPMD);
    assert_answer(normal, FFA_MSG_SEND_DIRECT_RESP_32, PAIR(FFA_ID_SPMC, FFA_ID_SPMD),
                  FFA_FRAMEWORK_VERSION_RESPONSE, normal->x[3]);
    return normal->x[3];
}

static void any_version_1_is_answered_with_ours(void **state)
{
    static const uint32_t asked[] = {0x10000, 0x10001, 0x10002, 0x10003, 0x1ffff};
    static const uint32_t in_force[] = {0x10000, 0x10001, 0x10002, 0x10002, 0x10002};

    (void)state;
    for (unsigned i = 0; i < COUNT(asked); i++) {
        assert_int_equal(normal_version(asked[i]), FFA_VERSION_1_2);
        assert_int_equal(s.normal.version, in_force[i]);
    }
}

static void other_major_versions_are_refused(void **state)
{
    static const uint32_t asked[] = {0, 0x9, 0x20000, 0x80010001, 0xffffffff};

    (void)state;
    for (unsigned i = 0; i < COUNT(asked); i++) {
        assert_int_equal(normal_version(asked[i]), 0xffffffff);
        assert_int_equal(s.normal.version, FFA_VERSION_1_1);
    }
}

static void the_normal_world_changes_version_only_without_buffers(void **state)
{
    (void)state;
    world_normal_call(&s, 0, FFA_RXTX_MAP_64, WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
    assert_int_equal(normal_version(FFA_VERSION_1_2), 0xffffffff);
    assert_int_equal(normal_version(FFA_VERSION_1_1), FFA_VERSION_1_2); /* the one in force */
    world_normal_call(&s, 0, FFA_RXTX_UNMAP);
    assert_int_equal(normal_version(FFA_VERSION_1_2), FFA_VERSION_1_2);
    assert_int_equal(s.normal.version, FFA_VERSION_1_2);
}

static void a_partition_chooses_its_version_before_its_first_call(void **state)
{
    struct endpoint *up = &s.partitions[WORLD_UP].endpoint;
    struct regs *regs = &world_vcpu(&s, WORLD_UP, 0)->regs;

    (void)state;
    world_load(&s);
    world_event(&s, 0, EVENT_COLD_BOOT);
    world_call(&s, 0, FFA_VERSION, FFA_VERSION_1_2);
    assert_answer(regs, FFA_VERSION_1_2, 0, 0, 0);
    assert_int_equal(up->version, FFA_VERSION_1_2);
    world_call(&s, 0, FFA_VERSION, 0x20000);
    assert_answer(regs, 0xffffffff, 0, 0, 0);
    world_call(&s, 0, FFA_ID_GET);
    assert_true(up->version_locked);
    world_call(&s, 0, FFA_VERSION, FFA_VERSION_1_0);
    assert_answer(regs, 0xffffffff, 0, 0, 0);
    world_call(&s, 0, FFA_VERSION, FFA_VERSION_1_2);
    assert_answer(regs, FFA_VERSION_1_2, 0, 0, 0);
    assert_int_equal(up->version, FFA_VERSION_1_2);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unknown_functions_are_not_supported),
        TEST(a_partitions_smc_that_is_not_ffa_gets_minus_one),
        TEST(an_unknown_ffa_function_of_a_partition_is_ffa_error),
        TEST(the_upper_half_of_x0_and_the_sve_hint_do_not_count),
        TEST(a_width_that_does_not_exist_is_not_supported),
        TEST(calls_for_partitions_are_not_for_the_normal_world),
        TEST(a_call_newer_than_the_callers_version_is_not_supported),
        TEST(reserved_registers_of_msg_wait_must_be_zero),
        TEST(a_refusal_is_in_the_trace),
        TEST(x8_to_x17_survive_every_call),
        TEST(ids_are_told),
        TEST(a_partition_cannot_send_ffa_interrupt),
        TEST(ffa_error_outside_a_start_is_not_supported),
        TEST(features_agree_with_what_is_offered),
        TEST(secondary_entry_points_are_a_feature_of_mp_partitions),
        TEST(the_largest_buffer_is_told_from_version_1_2),
        TEST(features_of_a_newer_version_are_not_told),
        TEST(any_version_1_is_answered_with_ours),
        TEST(other_major_versions_are_refused),
        TEST(the_normal_world_changes_version_only_without_buffers),
        TEST(a_partition_chooses_its_version_before_its_first_call),
    };

    return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
