/* SPDX-License-Identifier: BSD-3-Clause */
/* Dispatch by the table, FFA_FEATURES and the ids: core/calls.c. */
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
        struct regs *up = i == 0 ? world_serve(&s, 0, WORLD_UP) : &world_running(&s, 0)->regs;
        world_call(&s, 0, functions[i], 7, 8);
        assert_int_equal(up->x[0], UINT64_MAX);
        assert_int_equal(up->x[1], 7); /* SMCCC: no other register changes */
    }
}

static void an_unknown_ffa_function_of_a_partition_is_ffa_error(void **state)
{
    struct regs *up = world_serve(&s, 0, WORLD_UP);

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
    struct regs *up = world_serve(&s, 0, WORLD_UP);

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
    (void)state;
    world_normal_call(&s, 0, FFA_MSG_POLL);
    assert_int_equal(trace_status(last_record(0)), FFA_NOT_SUPPORTED);
    assert_reason(&s, 0, "not for this caller");
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

/* ---- The table ---- */

#define W32 1
#define W64 2
#define OLD_DENIED 4
#define NWD 1
#define SP 2
#define REG(n) (1U << (n))
#define MORE 4
#define REGS(first, last) ((2U << (last)) - (1U << (first)))

struct line {
    uint8_t number;
    uint8_t widths;
    uint32_t since;
    uint8_t features;
    uint8_t callers;
    uint32_t reserved;
};

static const struct line table[] = {
#define FFA_CALL(name, number, widths, since, features, callers, reserved, handler) \
    {number, widths, FFA_VERSION_##since, features, callers, reserved},
#include "abi/ffa_calls.def"
#undef FFA_CALL
};

static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1, FFA_VERSION_1_2};

/* The forms of a function, 32 and 64 bit. */
static uint32_t form(const struct line *line, unsigned wide)
{
    return 0x84000000 | (wide ? (uint32_t)FFA_SMC64 : 0) | line->number;
}

static bool exists(const struct line *line, unsigned wide)
{
    return line->widths & (wide ? W64 : W32);
}

/* The step takes these without a look at their rows. */
static void rows_of_direct_messages_have_nothing_to_check(void **state)
{
    unsigned found = 0;

    (void)state;
    for (unsigned i = 0; i < COUNT(table); i++) {
        const struct line *line = &table[i];
        if (line->number != (uint8_t)FFA_MSG_SEND_DIRECT_REQ_32 &&
            line->number != (uint8_t)FFA_MSG_SEND_DIRECT_RESP_32)
            continue;
        found++;
        assert_int_equal(line->widths, W32 | W64);
        assert_int_equal(line->since, FFA_VERSION_1_0);
        assert_int_equal(line->callers, NWD | SP);
        assert_int_equal(line->reserved, 0);
    }
    assert_int_equal(found, 2);
}

static void features_are_those_of_the_table_in_each_version(void **state)
{
    struct regs *mp;

    (void)state;
    world_request(&s, 0, WORLD_MP, 0); /* MP, as it has a secondary entry point */
    mp = &world_running(&s, 0)->regs;
    for (unsigned v = 0; v < COUNT(versions); v++) {
        s.normal.version = s.partitions[WORLD_MP].endpoint.version = versions[v];
        for (unsigned i = 0; i < 2 * COUNT(table); i++) {
            const struct line *line = &table[i / 2];
            bool known = exists(line, i % 2) && line->since <= versions[v];
            uint64_t asked =
                line->number == (FFA_MEM_RETRIEVE_REQ_32 & 0xff) ? FFA_RETRIEVE_NS_BIT : 0;
            world_normal_call(&s, 1, FFA_FEATURES, form(line, i % 2), asked);
            assert_int_equal(world_error(&s.cpus[1].normal),
                             known && line->features & NWD ? 0 : FFA_NOT_SUPPORTED);
            world_call(&s, 0, FFA_FEATURES, form(line, i % 2), asked);
            if (line->number == (FFA_MEM_PERM_GET_32 & 0xff) ||
                line->number == (FFA_MEM_PERM_SET_32 & 0xff))
                known = false; /* MP is at S-EL1: tests/unit/test_s_el0.c has the other answer */
            assert_int_equal(world_error(mp), known && line->features & SP ? 0 : FFA_NOT_SUPPORTED);
        }
    }
}

/* What a caller of this version gets for a call that is not its to make. */
static int expected_refusal(const struct line *line, unsigned wide, unsigned caller,
                            uint32_t version)
{
    if (!exists(line, wide) || !(line->callers & caller))
        return FFA_NOT_SUPPORTED;
    if (line->since > version)
        return line->widths & OLD_DENIED ? FFA_DENIED : FFA_NOT_SUPPORTED;
    return 0;
}

static void calls_of_others_or_of_the_future_are_refused(void **state)
{
    struct regs *up = world_serve(&s, 0, WORLD_UP);

    (void)state;
    for (unsigned v = 0; v < COUNT(versions); v++) {
        s.normal.version = s.partitions[WORLD_UP].endpoint.version = versions[v];
        for (unsigned i = 0; i < 2 * COUNT(table); i++) {
            const struct line *line = &table[i / 2];
            int normals = expected_refusal(line, i % 2, NWD, versions[v]);
            int partitions = expected_refusal(line, i % 2, SP, versions[v]);
            if (normals != 0 && form(line, i % 2) != FFA_INTERRUPT) {
                world_normal_call(&s, 1, form(line, i % 2));
                assert_refused(&s.cpus[1].normal, normals);
            }
            if (partitions != 0) {
                world_call(&s, 0, form(line, i % 2));
                assert_refused(up, partitions);
            }
        }
    }
}

/* ---- Ids, and what is not called so ---- */

static void ids_are_told(void **state)
{
    struct regs *up;

    (void)state;
    world_normal_call(&s, 0, FFA_ID_GET);
    assert_success(normal, FFA_ID_NORMAL_WORLD, 0);
    world_normal_call(&s, 0, FFA_SPM_ID_GET);
    assert_success(normal, FFA_ID_SPMC, 0);
    up = world_serve(&s, 0, WORLD_UP);
    world_call(&s, 0, FFA_ID_GET);
    assert_success(up, UP_ID, 0);
}

static void a_partition_cannot_send_ffa_interrupt(void **state)
{
    struct regs *up = world_serve(&s, 0, WORLD_UP);

    (void)state;
    world_call(&s, 0, FFA_INTERRUPT);
    assert_refused(up, FFA_DENIED);
}

static void ffa_error_outside_a_start_is_not_supported(void **state)
{
    struct regs *up = world_serve(&s, 0, WORLD_UP);

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
    {FFA_MEM_SHARE_64, true, true},
    {FFA_MEM_LEND_32, true, true},
    {FFA_MEM_DONATE_64, true, true},
    {FFA_MEM_RETRIEVE_RESP, true, true},
    {FFA_MEM_RELINQUISH, true, true},
    {FFA_MEM_RECLAIM, true, true},
    {FFA_MEM_FRAG_RX, true, true},
    {FFA_MEM_FRAG_TX, true, true},
    {FFA_MEM_RETRIEVE_REQ_32, false, false}, /* without the NS bit: test_memory.c */
    {FFA_NOTIFICATION_BITMAP_CREATE, true, true},
    {FFA_NOTIFICATION_BITMAP_DESTROY, true, true},
    {FFA_NOTIFICATION_BIND, true, true},
    {FFA_NOTIFICATION_UNBIND, true, true},
    {FFA_NOTIFICATION_SET, true, true},
    {FFA_NOTIFICATION_GET, true, true},
    {FFA_NOTIFICATION_INFO_GET_32, true, false},
    {FFA_NOTIFICATION_INFO_GET_64, true, false},
    {FFA_RX_ACQUIRE, true, false},
    {FFA_MSG_SEND_DIRECT_REQ2, false, false}, /* of version 1.2: the callers have 1.1 */
    {FFA_MSG_SEND_DIRECT_RESP2, false, false},
    {FFA_PARTITION_INFO_GET_REGS, false, false},
    {0x8fffffff, false, false},
    {0, false, false}, /* feature ids */
    {4, false, false},
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
    up = world_serve(&s, 0, WORLD_UP);
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

static void calls_of_version_1_2_are_features_of_it(void **state)
{
    static const uint32_t functions[] = {FFA_MSG_SEND_DIRECT_REQ2, FFA_MSG_SEND_DIRECT_RESP2,
                                         FFA_PARTITION_INFO_GET_REGS};
    struct regs *up = world_serve(&s, 0, WORLD_UP);

    (void)state;
    s.normal.version = s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_2;
    for (unsigned i = 0; i < COUNT(functions); i++) {
        world_normal_call(&s, 1, FFA_FEATURES, functions[i]);
        assert_success(&s.cpus[1].normal, 0, 0);
        world_call(&s, 0, FFA_FEATURES, functions[i]);
        assert_success(up, 0, 0);
        world_call(&s, 0, FFA_FEATURES, functions[i] & ~(uint32_t)FFA_SMC64);
        assert_refused(up, FFA_NOT_SUPPORTED);
    }
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
        TEST(rows_of_direct_messages_have_nothing_to_check),
        TEST(features_are_those_of_the_table_in_each_version),
        TEST(calls_of_others_or_of_the_future_are_refused),
        TEST(ids_are_told),
        TEST(a_partition_cannot_send_ffa_interrupt),
        TEST(ffa_error_outside_a_start_is_not_supported),
        TEST(features_agree_with_what_is_offered),
        TEST(secondary_entry_points_are_a_feature_of_mp_partitions),
        TEST(calls_of_version_1_2_are_features_of_it),
        TEST(the_largest_buffer_is_told_from_version_1_2),
        TEST(features_of_a_newer_version_are_not_told),
    };

    return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
