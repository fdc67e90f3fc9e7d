/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_VERSION, and x8 to x17, which are part of calls from version 1.2 on: core/calls.c. */
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

/* ---- x8 to x17 ---- */

static void set_extended(struct regs *regs, uint64_t value)
{
    for (unsigned i = 8; i < 18; i++)
        regs->x[i] = value;
}

/* MSG_WAIT, YIELD and RUN of the UP partition, which was run by the Normal world. */
static const uint64_t reserving[][2] = {
    {FFA_MSG_WAIT, 0}, {FFA_YIELD, 0}, {FFA_RUN, PAIR(UP_ID, 0)}};

static void x8_to_x17_are_reserved_from_version_1_2_on(void **state)
{
    struct regs *up = &world_vcpu(&s, WORLD_UP, 0)->regs;

    (void)state;
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_2;
    for (unsigned i = 0; i < COUNT(reserving); i++) {
        for (unsigned r = 8; r < 18; r++) {
            for (unsigned bit = 0; bit < 64; bit += 63) {
                set_extended(up, 0);
                up->x[r] = UINT64_C(1) << bit;
                world_call(&s, 0, reserving[i][0], reserving[i][1]);
                assert_refused(up, FFA_INVALID_PARAMETERS);
                assert_int_equal(up->x[r], UINT64_C(1) << bit);
            }
        }
    }
    set_extended(up, 0);
    up->x[18] = 1; /* not part of any call */
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_REPLY_NORMAL);
}

static void x8_to_x17_of_the_normal_worlds_run_are_reserved_from_version_1_2_on(void **state)
{
    (void)state;
    s.normal.version = FFA_VERSION_1_2;
    for (unsigned r = 8; r < 18; r++) {
        set_extended(normal, 0);
        normal->x[r] = UINT64_C(1) << (r & 1 ? 63 : 0);
        world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
        assert_refused(normal, FFA_INVALID_PARAMETERS);
    }
    set_extended(normal, 0);
    assert_int_equal(world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0)).kind, NEXT_RUN);
}

static void x8_to_x17_are_the_callers_own_before_version_1_2(void **state)
{
    static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1};
    struct regs *up = &world_vcpu(&s, WORLD_UP, 0)->regs;

    (void)state;
    for (unsigned v = 0; v < COUNT(versions); v++) {
        s.normal.version = s.partitions[WORLD_UP].endpoint.version = versions[v];
        set_extended(normal, 7);
        assert_int_equal(world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0)).kind, NEXT_RUN);
        set_extended(up, 8);
        assert_int_equal(world_call(&s, 0, FFA_YIELD).kind, NEXT_REPLY_NORMAL);
        assert_int_equal(world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0)).kind, NEXT_RUN);
        assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_REPLY_NORMAL);
        for (unsigned i = 8; i < 18; i++) {
            assert_int_equal(normal->x[i], 7);
            assert_int_equal(up->x[i], 8);
        }
    }
}

/* Calls without a rule for them keep x8 to x17 in every version. */
static void other_calls_leave_x8_to_x17_alone_in_version_1_2(void **state)
{
    static const uint32_t functions[] = {
        FFA_ID_GET,     FFA_SPM_ID_GET, FFA_FEATURES,           FFA_RX_RELEASE,
        FFA_RX_ACQUIRE, FFA_RXTX_UNMAP, FFA_PARTITION_INFO_GET, FFA_MSG_SEND_DIRECT_RESP_32,
        FFA_MSG_POLL,
    };

    (void)state;
    s.normal.version = FFA_VERSION_1_2;
    set_extended(normal, UINT64_MAX);
    for (unsigned i = 0; i < COUNT(functions); i++)
        world_normal_call(&s, 0, functions[i]);
    world_request(&s, 0, WORLD_UP, 1);
    world_respond(&s, 0, FFA_ID_NORMAL_WORLD, 2);
    for (unsigned i = 8; i < 18; i++)
        assert_int_equal(normal->x[i], UINT64_MAX);
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

/* UP owes the Normal world a response, which asked on CPU 1 by this function and id. */
static void owe(uint64_t function, uint16_t vm)
{
    s.normal.version = s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_2;
    world_normal_call(&s, 1, function, PAIR(vm, UP_ID));
}

static void assert_version_fixed(bool fixed)
{
    assert_int_equal(normal_version(FFA_VERSION_1_1), fixed ? 0xffffffff : FFA_VERSION_1_2);
    assert_int_equal(s.normal.version, fixed ? FFA_VERSION_1_2 : FFA_VERSION_1_1);
}

static void a_response_of_the_second_kind_comes_in_the_version_of_its_request(void **state)
{
    struct regs *up = &world_vcpu(&s, WORLD_UP, 0)->regs;

    (void)state;
    owe(FFA_MSG_SEND_DIRECT_REQ2, 5);
    assert_version_fixed(true); /* it runs, */
    world_event(&s, 1, EVENT_NORMAL_INTERRUPT);
    assert_version_fixed(true); /* is preempted, */
    set_extended(&s.cpus[1].normal, 0);
    world_normal_call(&s, 1, FFA_RUN, PAIR(UP_ID, 0));
    set_extended(up, 0);
    world_call(&s, 1, FFA_YIELD);
    assert_version_fixed(true); /* has yielded, */
    assert_int_equal(normal_version(FFA_VERSION_1_2), FFA_VERSION_1_2);
    world_normal_call(&s, 1, FFA_RUN, PAIR(UP_ID, 0));
    world_call(&s, 1, FFA_MSG_SEND_DIRECT_REQ_32, PAIR(UP_ID, MP_ID));
    assert_version_fixed(true); /* waits for another, */
    world_respond(&s, 1, UP_ID, 0);
    world_call(&s, 1, FFA_MSG_SEND_DIRECT_RESP2, PAIR(UP_ID, 5));
    assert_version_fixed(false); /* has answered */
}

static void the_dead_owe_no_response(void **state)
{
    (void)state;
    owe(FFA_MSG_SEND_DIRECT_REQ2, 0);
    world_call(&s, 1, FFA_MSG_SEND_DIRECT_REQ_32, PAIR(UP_ID, MP_ID));
    world_vcpu(&s, WORLD_UP, 0)->state = VCPU_ABORTED;
    s.partitions[WORLD_UP].state = PARTITION_ABORTED;
    assert_version_fixed(false);
}

static void other_responses_leave_the_normal_world_its_version(void **state)
{
    (void)state;
    owe(FFA_MSG_SEND_DIRECT_REQ_64, 0);
    assert_version_fixed(false);
    s.normal.version = s.partitions[WORLD_MP].endpoint.version = FFA_VERSION_1_2;
    world_call(&s, 1, FFA_MSG_SEND_DIRECT_REQ2, PAIR(UP_ID, MP_ID)); /* owed to a partition */
    assert_ptr_equal(world_running(&s, 1), world_vcpu(&s, WORLD_MP, 1));
    assert_version_fixed(false);
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
        TEST(x8_to_x17_are_reserved_from_version_1_2_on),
        TEST(x8_to_x17_of_the_normal_worlds_run_are_reserved_from_version_1_2_on),
        TEST(x8_to_x17_are_the_callers_own_before_version_1_2),
        TEST(other_calls_leave_x8_to_x17_alone_in_version_1_2),
        TEST(any_version_1_is_answered_with_ours),
        TEST(other_major_versions_are_refused),
        TEST(the_normal_world_changes_version_only_without_buffers),
        TEST(a_response_of_the_second_kind_comes_in_the_version_of_its_request),
        TEST(the_dead_owe_no_response),
        TEST(other_responses_leave_the_normal_world_its_version),
        TEST(a_partition_chooses_its_version_before_its_first_call),
    };

    return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
