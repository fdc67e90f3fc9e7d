/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_MSG_SEND_DIRECT_REQ2 and RESP2: core/direct.c. */
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define SELF(partition) (&world_vcpu(&s, partition, 0)->regs)
#define REQ FFA_MSG_SEND_DIRECT_REQ_64
#define RESP FFA_MSG_SEND_DIRECT_RESP_64
#define REQ2 FFA_MSG_SEND_DIRECT_REQ2
#define RESP2 FFA_MSG_SEND_DIRECT_RESP2
#define NWD FFA_ID_NORMAL_WORLD

/* Everybody knows version 1.2. */
static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    s.normal.version = FFA_VERSION_1_2;
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        s.partitions[i].endpoint.version = FFA_VERSION_1_2;
    return 0;
}

/* Registers 4 to 17 of a message: all bits of each count. */
static uint64_t payload(uint64_t seed, unsigned i)
{
    return seed << 56 | UINT64_C(0xfedc0000) << 16 | seed << 8 | i;
}

static void fill(struct regs *regs, uint64_t seed)
{
    for (unsigned i = 4; i < 18; i++)
        regs->x[i] = payload(seed, i);
}

static void assert_payload(const struct regs *regs, uint64_t seed)
{
    for (unsigned i = 4; i < 18; i++)
        assert_int_equal(regs->x[i], payload(seed, i));
}

/* A call with x0 to x3 whose x4 to x17 are a payload. */
static struct next call2(unsigned cpu, uint64_t seed, uint64_t x0, uint64_t x1, uint64_t x2,
                         uint64_t x3)
{
    struct vcpu *v = world_running(&s, cpu);
    struct regs *regs = v != NULL ? &v->regs : &s.cpus[cpu].normal;

    regs->x[0] = x0;
    regs->x[1] = x1;
    regs->x[2] = x2;
    regs->x[3] = x3;
    fill(regs, seed);
    return world_event(&s, cpu, v != NULL ? EVENT_CALL : EVENT_SPMD);
}

static struct next ask(uint16_t from, uint16_t to)
{
    return call2(0, 1, REQ2, PAIR(from, to), 0, 0);
}

static void a_request_and_its_response_carry_fourteen_registers(void **state)
{
    struct next next = call2(0, 3, REQ2, PAIR(NWD, UP_ID), 0, 0);

    (void)state;
    assert_ptr_equal(next.vcpu, world_vcpu(&s, WORLD_UP, 0));
    assert_int_equal(SELF(WORLD_UP)->x[0], REQ2);
    assert_int_equal(SELF(WORLD_UP)->x[1], PAIR(NWD, UP_ID));
    assert_int_equal(SELF(WORLD_UP)->x[2] | SELF(WORLD_UP)->x[3], 0);
    assert_payload(SELF(WORLD_UP), 3);
    next = call2(0, 5, RESP2, PAIR(UP_ID, NWD), 0, 0);
    assert_int_equal(next.kind, NEXT_REPLY_NORMAL);
    assert_int_equal(normal->x[0], RESP2);
    assert_int_equal(normal->x[1], PAIR(UP_ID, NWD));
    assert_int_equal(normal->x[2] | normal->x[3], 0);
    assert_payload(normal, 5);
}

static void garbage_above_w0_and_w1_and_the_hint_are_dropped(void **state)
{
    const uint64_t garbage = 0xabcdef0100000000;

    (void)state;
    call2(0, 1, garbage | REQ2 | FFA_SVE_HINT, garbage | PAIR(NWD, UP_ID), 0, 0);
    assert_int_equal(SELF(WORLD_UP)->x[0], REQ2);
    assert_int_equal(SELF(WORLD_UP)->x[1], PAIR(NWD, UP_ID));
    call2(0, 1, garbage | RESP2 | FFA_SVE_HINT, garbage | PAIR(UP_ID, NWD), 0, 0);
    assert_int_equal(normal->x[0], RESP2);
    assert_int_equal(normal->x[1], PAIR(UP_ID, NWD));
}

static void a_request_names_a_uuid_of_the_receiver(void **state)
{
    struct partition *up = &s.partitions[WORLD_UP];

    (void)state;
    up->uuid[1] = (struct ffa_uuid){{0x11111111, 0x22222222, 0x33333333, 0x44444444}};
    up->uuid_count = 2;
    call2(0, 1, REQ2, PAIR(NWD, UP_ID), UINT64_C(0x2222222211111111), UINT64_C(0x4444444433333333));
    assert_int_equal(SELF(WORLD_UP)->x[0], REQ2);
    assert_int_equal(SELF(WORLD_UP)->x[2], UINT64_C(0x2222222211111111));
    assert_int_equal(SELF(WORLD_UP)->x[3], UINT64_C(0x4444444433333333));
}

static void a_uuid_that_the_receiver_does_not_have_is_invalid(void **state)
{
    static const uint64_t uuids[][2] = {
        {1, 0},
        {0, 1},
        {UINT64_C(1) << 63, 0},
        {UINT64_C(0x2000000010), 0},                      /* half of the UUID of UP */
        {0, UINT64_C(0x4000000030)},                      /* the other half */
        {UINT64_C(0x2000000010), UINT64_C(0x4000000031)}, /* one bit off */
        {UINT64_C(0x2100000011), UINT64_C(0x4100000031)}, /* another partition's */
        {UINT64_C(0x1000000020), UINT64_C(0x3000000040)}, /* words exchanged */
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(uuids); i++) {
        call2(0, 1, REQ2, PAIR(NWD, UP_ID), uuids[i][0], uuids[i][1]);
        assert_int_equal(world_error(normal), FFA_INVALID_PARAMETERS);
    }
}

static void a_uuid_beyond_the_receivers_count_is_unknown(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].uuid[1] = (struct ffa_uuid){{5, 6, 7, 8}};
    call2(0, 1, REQ2, PAIR(NWD, UP_ID), UINT64_C(0x600000005), UINT64_C(0x800000007));
    assert_int_equal(world_error(normal), FFA_INVALID_PARAMETERS);
}

static void a_partition_names_a_uuid_too(void **state)
{
    (void)state;
    ask(NWD, UP_ID);
    call2(0, 1, REQ2, PAIR(UP_ID, MP_ID), UINT64_C(0x2000000010), UINT64_C(0x4000000030));
    assert_refused(SELF(WORLD_UP), FFA_INVALID_PARAMETERS); /* its own */
    assert_reason(&s, 0, "no such UUID");
    call2(0, 1, REQ2, PAIR(UP_ID, MP_ID), UINT64_C(0x2100000011), UINT64_C(0x4100000031));
    assert_ptr_equal(world_running(&s, 0), world_vcpu(&s, WORLD_MP, 0));
    assert_int_equal(SELF(WORLD_MP)->x[2], UINT64_C(0x2100000011));
    assert_int_equal(SELF(WORLD_MP)->x[3], UINT64_C(0x4100000031));
}

static void bad_ids_are_invalid(void **state)
{
    static const uint64_t from_normal[] = {
        PAIR(MP_ID, UP_ID),
        PAIR(FFA_ID_SPMD, UP_ID),
        PAIR(NWD, WORLD_UNKNOWN_ID),
        PAIR(NWD, FFA_ID_SPMC),
        PAIR(NWD, 1),
        PAIR(NWD, NWD),
        PAIR(NWD, UP_ID ^ 0x100),
    };
    static const uint64_t from_up[] = {
        PAIR(NWD, MP_ID), PAIR(MP_ID, QUEUED_ID), PAIR(UP_ID, UP_ID),
        PAIR(UP_ID, NWD), PAIR(UP_ID, 0x7fff),    PAIR(UP_ID, FFA_ID_SPMC),
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(from_normal); i++) {
        call2(0, 1, REQ2, from_normal[i], 0, 0);
        assert_int_equal(world_error(normal), FFA_INVALID_PARAMETERS);
    }
    ask(NWD, UP_ID);
    for (unsigned i = 0; i < COUNT(from_up); i++) {
        call2(0, 1, REQ2, from_up[i], 0, 0);
        assert_int_equal(world_error(SELF(WORLD_UP)), FFA_INVALID_PARAMETERS);
    }
}

/* A refusal is x0 to x7; the caller's x8 to x17 stay. */
static void a_refused_request_leaves_x8_to_x17(void **state)
{
    (void)state;
    call2(0, 9, REQ2, PAIR(NWD, WORLD_UNKNOWN_ID), 0, 0);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    for (unsigned i = 8; i < 18; i++)
        assert_int_equal(normal->x[i], payload(9, i));
}

/* ---- Versions and manifests ---- */

static void callers_below_1_2_are_denied(void **state)
{
    static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1};

    for (unsigned i = 0; i < COUNT(versions); i++) {
        boot(state);
        s.normal.version = versions[i];
        ask(NWD, UP_ID);
        assert_refused(normal, FFA_DENIED);
        call2(0, 1, RESP2, PAIR(NWD, UP_ID), 0, 0);
        assert_refused(normal, FFA_DENIED);
        s.partitions[WORLD_UP].endpoint.version = versions[i];
        world_request(&s, 0, WORLD_UP, 0);
        ask(UP_ID, MP_ID);
        assert_refused(SELF(WORLD_UP), FFA_DENIED);
        call2(0, 1, RESP2, PAIR(UP_ID, NWD), 0, 0);
        assert_refused(SELF(WORLD_UP), FFA_DENIED);
        assert_reason(&s, 0, "not in the caller's version");
    }
}

static void receivers_below_1_2_are_denied(void **state)
{
    static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1};

    (void)state;
    for (unsigned i = 0; i < COUNT(versions); i++) {
        s.partitions[WORLD_UP].endpoint.version = versions[i];
        ask(NWD, UP_ID);
        assert_refused(normal, FFA_DENIED);
        assert_reason(&s, 0, "not in the receiver's version");
    }
}

static void the_manifests_of_both_must_allow_it(void **state)
{
    (void)state;
    s.partitions[WORLD_MP].properties &= ~(uint32_t)FFA_PROPERTY_RECEIVES_REQ2;
    ask(NWD, MP_ID);
    assert_refused(normal, FFA_DENIED);
    world_request(&s, 0, WORLD_MP, 0); /* the first kind is another bit */
    assert_int_equal(SELF(WORLD_MP)->x[0], FFA_MSG_SEND_DIRECT_REQ_32);
    s.partitions[WORLD_MP].properties &= ~(uint32_t)FFA_PROPERTY_SENDS_REQ2;
    ask(MP_ID, UP_ID);
    assert_refused(SELF(WORLD_MP), FFA_DENIED);
    world_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ_32, PAIR(MP_ID, UP_ID));
    assert_int_equal(SELF(WORLD_UP)->x[0], FFA_MSG_SEND_DIRECT_REQ_32);
}

static void bits_of_the_first_kind_do_not_count(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].properties &=
        ~(uint32_t)(FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_SENDS_REQ);
    ask(NWD, UP_ID);
    ask(UP_ID, MP_ID);
    assert_ptr_equal(world_running(&s, 0), world_vcpu(&s, WORLD_MP, 0));
    world_request(&s, 1, WORLD_UP, 0);
    assert_refused(&s.cpus[1].normal, FFA_DENIED);
}

static void a_partition_asks_only_who_takes_its_kind(void **state)
{
    (void)state;
    ask(NWD, UP_ID);
    s.partitions[WORLD_MP].properties &= ~(uint32_t)FFA_PROPERTY_RECEIVES_REQ2;
    ask(UP_ID, MP_ID);
    assert_refused(SELF(WORLD_UP), FFA_DENIED);
    assert_reason(&s, 0, "the receiver does not take these");
    s.partitions[WORLD_QUEUED].endpoint.version = FFA_VERSION_1_1;
    ask(UP_ID, QUEUED_ID);
    assert_refused(SELF(WORLD_UP), FFA_DENIED);
    assert_reason(&s, 0, "not in the receiver's version");
}

/* ---- States of the receiver ---- */

static void a_receiver_that_does_not_wait_is_busy(void **state)
{
    (void)state;
    ask(NWD, UP_ID);
    call2(1, 1, REQ2, PAIR(NWD, UP_ID), 0, 0);
    assert_refused(&s.cpus[1].normal, FFA_BUSY); /* it runs */
    ask(UP_ID, MP_ID);
    ask(MP_ID, UP_ID);
    assert_refused(SELF(WORLD_MP), FFA_BUSY); /* it is blocked: a loop */
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    ask(NWD, MP_ID);
    assert_refused(normal, FFA_BUSY); /* it is preempted */
}

static void a_dead_receiver_is_aborted(void **state)
{
    (void)state;
    ask(NWD, UP_ID);
    world_call(&s, 0, FFA_ABORT_64);
    assert_refused(normal, FFA_ABORTED);
    ask(NWD, UP_ID);
    assert_refused(normal, FFA_ABORTED);
    ask(NWD, MP_ID);
    ask(MP_ID, UP_ID);
    assert_refused(SELF(WORLD_MP), FFA_ABORTED);
}

static void a_start_may_ask(void **state)
{
    (void)state;
    world_load(&s);
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_2;
    s.partitions[WORLD_MP].endpoint.version = FFA_VERSION_1_2;
    world_event(&s, 0, EVENT_COLD_BOOT);
    ask(UP_ID, MP_ID);
    assert_refused(SELF(WORLD_UP), FFA_BUSY); /* not yet started */
    for (unsigned i = 8; i < 18; i++)
        SELF(WORLD_UP)->x[i] = 0;
    world_call(&s, 0, FFA_MSG_WAIT);
    ask(MP_ID, UP_ID);
    assert_payload(SELF(WORLD_UP), 1);
    call2(0, 2, RESP2, PAIR(UP_ID, MP_ID), 0, 0);
    assert_payload(SELF(WORLD_MP), 2);
    call2(0, 2, RESP2, PAIR(MP_ID, UP_ID), 0, 0);
    assert_refused(SELF(WORLD_MP), FFA_DENIED);
}

/* ---- Pairs ---- */

static void each_kind_of_request_has_its_own_response(void **state)
{
    static const uint64_t first_kind[] = {FFA_MSG_SEND_DIRECT_RESP_32, RESP};

    (void)state;
    ask(NWD, UP_ID);
    for (unsigned i = 0; i < COUNT(first_kind); i++) {
        call2(0, 1, first_kind[i], PAIR(UP_ID, NWD), 0, 0);
        assert_refused(SELF(WORLD_UP), FFA_DENIED);
    }
    assert_int_equal(call2(0, 1, RESP2, PAIR(UP_ID, NWD), 0, 0).kind, NEXT_REPLY_NORMAL);
    world_request(&s, 0, WORLD_UP, 0);
    call2(0, 1, RESP2, PAIR(UP_ID, NWD), 0, 0);
    assert_refused(SELF(WORLD_UP), FFA_DENIED);
    memset(&SELF(WORLD_UP)->x[8], 0, 10 * 8);
    assert_int_equal(world_respond(&s, 0, NWD, 0).kind, NEXT_REPLY_NORMAL);
}

static void a_context_that_runs_has_nobody_to_answer(void **state)
{
    (void)state;
    ask(NWD, UP_ID);
    call2(0, 1, RESP2, PAIR(UP_ID, NWD), 0, 0);
    for (unsigned i = 8; i < 18; i++)
        normal->x[i] = 0;
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    call2(0, 1, RESP2, PAIR(UP_ID, NWD), 0, 0);
    assert_refused(SELF(WORLD_UP), FFA_DENIED);
}

static void a_bad_response_is_refused(void **state)
{
    static const struct {
        uint64_t x1, x2, x3;
        int status;
    } responses[] = {
        {PAIR(UP_ID, NWD), 1, 0, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, NWD), 0, 1, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, NWD), UINT64_C(1) << 32, 0, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, NWD), 0, UINT64_C(1) << 63, FFA_INVALID_PARAMETERS},
        {PAIR(MP_ID, NWD), 0, 0, FFA_INVALID_PARAMETERS},
        {PAIR(NWD, UP_ID), 0, 0, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, UP_ID), 0, 0, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, MP_ID), 0, 0, FFA_DENIED},
        {PAIR(UP_ID, 1), 0, 0, FFA_DENIED},
        {PAIR(UP_ID, FFA_ID_SPMC), 0, 0, FFA_DENIED},
    };

    (void)state;
    ask(NWD, UP_ID);
    for (unsigned i = 0; i < COUNT(responses); i++) {
        call2(0, 1, RESP2, responses[i].x1, responses[i].x2, responses[i].x3);
        assert_refused(SELF(WORLD_UP), responses[i].status);
    }
}

static void the_normal_world_has_nothing_to_respond_to(void **state)
{
    (void)state;
    call2(0, 1, RESP2, PAIR(NWD, UP_ID), 0, 0);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
}

/* ---- In a chain, interrupted, and after a yield ---- */

static void both_kinds_mix_in_a_chain(void **state)
{
    (void)state;
    ask(NWD, UP_ID);
    world_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ_32, PAIR(UP_ID, MP_ID), 0, 7);
    assert_int_equal(SELF(WORLD_MP)->x[3], 7);
    call2(0, 4, REQ2, PAIR(MP_ID, QUEUED_ID), 0, 0);
    assert_payload(SELF(WORLD_QUEUED), 4);
    assert_ptr_equal(call2(0, 5, RESP2, PAIR(QUEUED_ID, MP_ID), 0, 0).vcpu,
                     world_vcpu(&s, WORLD_MP, 0));
    assert_payload(SELF(WORLD_MP), 5);
    fill(SELF(WORLD_UP), 6);
    memset(&SELF(WORLD_MP)->x[8], 0, 10 * 8);
    world_respond(&s, 0, UP_ID, 8);
    assert_answer(SELF(WORLD_UP), FFA_MSG_SEND_DIRECT_RESP_32, PAIR(MP_ID, UP_ID), 0, 8);
    for (unsigned i = 8; i < 18; i++)
        assert_int_equal(SELF(WORLD_UP)->x[i], payload(6, i)); /* its own still */
    assert_int_equal(call2(0, 9, RESP2, PAIR(UP_ID, NWD), 0, 0).kind, NEXT_REPLY_NORMAL);
    assert_payload(normal, 9);
}

static void an_interrupted_request_is_answered_through_run(void **state)
{
    (void)state;
    ask(NWD, UP_ID);
    fill(SELF(WORLD_UP), 2);
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    assert_answer(normal, FFA_INTERRUPT, PAIR(UP_ID, 0), 0, 0);
    assert_int_equal(normal->x[8], payload(1, 8));
    memset(&s.cpus[1].normal.x[8], 0, 10 * 8);
    world_normal_call(&s, 1, FFA_RUN, PAIR(UP_ID, 0));
    assert_payload(SELF(WORLD_UP), 2);
    assert_int_equal(call2(1, 3, RESP2, PAIR(UP_ID, NWD), 0, 0).kind, NEXT_REPLY_NORMAL);
    assert_payload(&s.cpus[1].normal, 3);
}

static void a_yield_is_not_extended_its_response_is(void **state)
{
    (void)state;
    ask(NWD, UP_ID);
    memset(&SELF(WORLD_UP)->x[8], 0, 10 * 8);
    world_call(&s, 0, FFA_YIELD);
    assert_answer(normal, FFA_YIELD, PAIR(UP_ID, 0), 0, 0);
    assert_int_equal(normal->x[17], payload(1, 17));
    memset(&normal->x[8], 0, 10 * 8);
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    assert_int_equal(call2(0, 3, RESP2, PAIR(UP_ID, NWD), 0, 0).kind, NEXT_REPLY_NORMAL);
    assert_payload(normal, 3);
}

static void a_response_to_a_dead_requester_is_dropped(void **state)
{
    (void)state;
    ask(NWD, UP_ID);
    ask(UP_ID, MP_ID);
    memset(&SELF(WORLD_MP)->x[8], 0, 10 * 8);
    world_call(&s, 0, FFA_YIELD);
    world_call(&s, 0, FFA_ABORT_64);
    memset(&normal->x[8], 0, 10 * 8);
    world_normal_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0));
    call2(0, 3, RESP2, PAIR(MP_ID, UP_ID), 0, 0);
    assert_answer(normal, FFA_MSG_WAIT, 0, 0, 0);
    assert_int_equal(normal->x[8], 0);
}

static void any_id_of_the_normal_world_may_ask_and_is_answered(void **state)
{
    (void)state;
    ask(0x7fff, UP_ID);
    call2(0, 1, RESP2, PAIR(UP_ID, NWD), 0, 0);
    assert_refused(SELF(WORLD_UP), FFA_DENIED);
    call2(0, 1, RESP2, PAIR(UP_ID, 0x7fff), 0, 0);
    assert_int_equal(normal->x[1], PAIR(UP_ID, 0x7fff));
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_and_its_response_carry_fourteen_registers),
        TEST(garbage_above_w0_and_w1_and_the_hint_are_dropped),
        TEST(a_request_names_a_uuid_of_the_receiver),
        TEST(a_uuid_that_the_receiver_does_not_have_is_invalid),
        TEST(a_uuid_beyond_the_receivers_count_is_unknown),
        TEST(a_partition_names_a_uuid_too),
        TEST(bad_ids_are_invalid),
        TEST(a_refused_request_leaves_x8_to_x17),
        TEST(callers_below_1_2_are_denied),
        TEST(receivers_below_1_2_are_denied),
        TEST(the_manifests_of_both_must_allow_it),
        TEST(bits_of_the_first_kind_do_not_count),
        TEST(a_partition_asks_only_who_takes_its_kind),
        TEST(a_receiver_that_does_not_wait_is_busy),
        TEST(a_dead_receiver_is_aborted),
        TEST(a_start_may_ask),
        TEST(each_kind_of_request_has_its_own_response),
        TEST(a_context_that_runs_has_nobody_to_answer),
        TEST(a_bad_response_is_refused),
        TEST(the_normal_world_has_nothing_to_respond_to),
        TEST(both_kinds_mix_in_a_chain),
        TEST(an_interrupted_request_is_answered_through_run),
        TEST(a_yield_is_not_extended_its_response_is),
        TEST(a_response_to_a_dead_requester_is_dropped),
        TEST(any_id_of_the_normal_world_may_ask_and_is_answered),
    };

    return cmocka_run_group_tests_name("direct2", tests, NULL, NULL);
}
