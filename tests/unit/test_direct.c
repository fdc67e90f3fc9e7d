/* SPDX-License-Identifier: BSD-3-Clause */
/* Direct requests and responses: core/direct.h and core/direct.c. */
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define SELF(partition) (&world_vcpu(&s, partition, 0)->regs)
#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define REQ64 FFA_MSG_SEND_DIRECT_REQ_64
#define RESP32 FFA_MSG_SEND_DIRECT_RESP_32
#define RESP64 FFA_MSG_SEND_DIRECT_RESP_64

static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    return 0;
}

/* ---- FFA_MSG_SEND_DIRECT_REQ ---- */

static void a_request_and_its_response_carry_their_payload(void **state)
{
    struct next next = world_normal_call(&s, 0, REQ32, PAIR(0, UP_ID), 0, 3, 4, 5, 6, 7);
    const uint64_t request[8] = {REQ32, PAIR(0, UP_ID), 0, 3, 4, 5, 6, 7};
    const uint64_t response[8] = {RESP32, PAIR(UP_ID, 0), 0, 13, 14, 15, 16, 17};

    (void)state;
    assert_int_equal(next.kind, NEXT_RUN);
    assert_ptr_equal(next.vcpu, world_vcpu(&s, WORLD_UP, 0));
    assert_memory_equal(next.vcpu->regs.x, request, sizeof(request));
    next = world_smc(&s, 0, response);
    assert_int_equal(next.kind, NEXT_REPLY_NORMAL);
    assert_memory_equal(normal->x, response, sizeof(response));
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->state, VCPU_WAITING);
}

static void upper_halves_of_32_bit_messages_are_dropped(void **state)
{
    const uint64_t garbage = 0xabcdef0100000000;

    (void)state;
    world_normal_call(&s, 0, garbage | REQ32 | FFA_SVE_HINT, garbage | PAIR(0, UP_ID), garbage,
                      garbage | 3, garbage | 4);
    assert_int_equal(SELF(WORLD_UP)->x[0], REQ32);
    assert_int_equal(SELF(WORLD_UP)->x[1], PAIR(0, UP_ID));
    assert_int_equal(SELF(WORLD_UP)->x[3], 3);
    assert_int_equal(SELF(WORLD_UP)->x[4], 4);
    world_call(&s, 0, RESP32, PAIR(UP_ID, 0), 0, garbage | 8);
    assert_int_equal(normal->x[3], 8);
}

static void a_64_bit_message_carries_64_bits(void **state)
{
    (void)state;
    world_normal_call(&s, 0, REQ64, 5ULL << 32 | PAIR(0, UP_ID), 5ULL << 32, UINT64_MAX,
                      1ULL << 63);
    assert_int_equal(SELF(WORLD_UP)->x[0], REQ64);
    assert_int_equal(SELF(WORLD_UP)->x[1], PAIR(0, UP_ID));
    assert_int_equal(SELF(WORLD_UP)->x[2], 0);
    assert_int_equal(SELF(WORLD_UP)->x[3], UINT64_MAX);
    world_call(&s, 0, REQ64, PAIR(UP_ID, MP_ID), 0, UINT64_MAX - 2);
    assert_int_equal(SELF(WORLD_MP)->x[0], REQ64);
    assert_int_equal(SELF(WORLD_MP)->x[3], UINT64_MAX - 2);
    world_call(&s, 0, RESP64, PAIR(MP_ID, UP_ID), 0, UINT64_MAX - 3);
    assert_int_equal(SELF(WORLD_UP)->x[0], RESP64);
    assert_int_equal(SELF(WORLD_UP)->x[3], UINT64_MAX - 3);
    world_call(&s, 0, RESP64, PAIR(UP_ID, 0), 0, UINT64_MAX - 1);
    assert_int_equal(normal->x[0], RESP64);
    assert_int_equal(normal->x[3], UINT64_MAX - 1);
}

static void a_request_with_a_bad_w2_or_id_is_invalid(void **state)
{
    static const uint64_t calls[][3] = {
        {REQ32, PAIR(0, UP_ID), 1},
        {REQ32, PAIR(0, UP_ID), FFA_FRAMEWORK_MESSAGE},
        {REQ32, PAIR(MP_ID, UP_ID), 0},       /* a Secure sender */
        {REQ32, PAIR(FFA_ID_SPMD, UP_ID), 0}, /* only for FF-A's own messages */
        {REQ32, PAIR(0, WORLD_UNKNOWN_ID), 0},
        {REQ32, PAIR(0, FFA_ID_SPMC), 0},
        {REQ32, PAIR(0, FFA_ID_SPMD), 0},
        {REQ32, PAIR(0, 1), 0}, /* Normal world to itself */
        {REQ32, PAIR(0, 0), 0},
        {REQ32, PAIR(0, UP_ID & 0xff), 0}, /* same slot, other id */
        {REQ64, PAIR(0, UP_ID ^ 0x100), 0},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(calls); i++) {
        world_normal_call(&s, 0, calls[i][0], calls[i][1], calls[i][2]);
        assert_refused(normal, FFA_INVALID_PARAMETERS);
    }
}

static void any_id_of_the_normal_world_may_ask(void **state)
{
    (void)state;
    world_normal_call(&s, 0, REQ32, PAIR(0x7fff, UP_ID));
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->requester, 0x7fff);
    world_respond(&s, 0, 0, 0);
    assert_refused(SELF(WORLD_UP), FFA_DENIED);
    assert_int_equal(world_respond(&s, 0, 0x7fff, 0).kind, NEXT_REPLY_NORMAL);
}

static void a_request_to_a_partition_that_takes_none_is_denied(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].properties &= ~(uint32_t)FFA_PROPERTY_RECEIVES_REQ;
    world_request(&s, 0, WORLD_UP, 0);
    assert_refused(normal, FFA_DENIED);
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, REQ32, PAIR(MP_ID, UP_ID));
    assert_refused(SELF(WORLD_MP), FFA_DENIED);
    assert_reason(&s, 0, "the receiver does not take these");
}

static void a_request_of_a_partition_that_sends_none_is_denied(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].properties &= ~(uint32_t)FFA_PROPERTY_SENDS_REQ;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    assert_refused(SELF(WORLD_UP), FFA_DENIED);
}

static void a_partition_speaks_for_itself_only(void **state)
{
    static const uint64_t pairs[] = {
        PAIR(0, MP_ID),      PAIR(MP_ID, QUEUED_ID),   PAIR(UP_ID, UP_ID),
        PAIR(UP_ID, 0),      PAIR(UP_ID, 0x7fff),      PAIR(UP_ID, WORLD_UNKNOWN_ID),
        PAIR(UP_ID, 0x8000), PAIR(UP_ID, FFA_ID_SPMD),
    };

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    for (unsigned i = 0; i < COUNT(pairs); i++) {
        world_call(&s, 0, REQ32, pairs[i]);
        assert_refused(SELF(WORLD_UP), FFA_INVALID_PARAMETERS);
    }
}

static void a_request_goes_down_a_chain_and_the_responses_up(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 1);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID), 0, 2);
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->state, VCPU_BLOCKED);
    assert_int_equal(SELF(WORLD_MP)->x[1], PAIR(UP_ID, MP_ID));
    assert_int_equal(SELF(WORLD_MP)->x[3], 2);
    assert_ptr_equal(world_respond(&s, 0, UP_ID, 3).vcpu, world_vcpu(&s, WORLD_UP, 0));
    assert_answer(SELF(WORLD_UP), RESP32, PAIR(MP_ID, UP_ID), 0, 3);
    assert_int_equal(world_respond(&s, 0, 0, 4).kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, RESP32, PAIR(UP_ID, 0), 0, 4);
}

static void a_request_to_a_blocked_or_running_receiver_is_busy(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_request(&s, 1, WORLD_UP, 0);
    assert_refused(&s.cpus[1].normal, FFA_BUSY);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    world_call(&s, 0, REQ32, PAIR(MP_ID, UP_ID)); /* a loop in the chain */
    assert_refused(SELF(WORLD_MP), FFA_BUSY);
    world_request(&s, 1, WORLD_UP, 0);
    assert_refused(&s.cpus[1].normal, FFA_BUSY);
}

static void a_request_to_a_preempted_receiver_is_busy(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    world_request(&s, 0, WORLD_UP, 0);
    assert_refused(normal, FFA_BUSY);
}

static void a_request_to_an_mp_context_that_is_off_is_busy(void **state)
{
    (void)state;
    world_vcpu(&s, WORLD_MP, 0)->state = VCPU_OFF;
    world_request(&s, 0, WORLD_MP, 0);
    assert_refused(normal, FFA_BUSY);
}

static void a_request_reaches_the_mp_context_of_its_cpu(void **state)
{
    (void)state;
    assert_ptr_equal(world_request(&s, 1, WORLD_MP, 0).vcpu, world_vcpu(&s, WORLD_MP, 1));
    assert_ptr_equal(world_request(&s, 0, WORLD_MP, 0).vcpu, world_vcpu(&s, WORLD_MP, 0));
}

static void a_request_to_a_dead_partition_is_aborted(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, FFA_ABORT_32);
    world_request(&s, 0, WORLD_UP, 0);
    assert_refused(normal, FFA_ABORTED);
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, REQ32, PAIR(MP_ID, UP_ID));
    assert_refused(SELF(WORLD_MP), FFA_ABORTED);
}

/* ---- FFA_MSG_SEND_DIRECT_RESP ---- */

static void the_normal_world_has_nothing_to_respond_to(void **state)
{
    (void)state;
    world_normal_call(&s, 0, RESP32, PAIR(0, UP_ID));
    assert_refused(normal, FFA_INVALID_PARAMETERS);
}

static void a_bad_response_is_refused(void **state)
{
    static const struct {
        uint64_t w1;
        uint64_t w2;
        int status;
    } responses[] = {
        {PAIR(UP_ID, 0), 1, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, 0), FFA_FRAMEWORK_VM_CREATED_RESPONSE, FFA_INVALID_PARAMETERS},
        {PAIR(MP_ID, 0), 0, FFA_INVALID_PARAMETERS},
        {PAIR(0, UP_ID), 0, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, UP_ID), 0, FFA_INVALID_PARAMETERS},
        {PAIR(UP_ID, MP_ID), 0, FFA_DENIED},
        {PAIR(UP_ID, 1), 0, FFA_DENIED},
        {PAIR(UP_ID, FFA_ID_SPMC), 0, FFA_DENIED},
    };

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    for (unsigned i = 0; i < COUNT(responses); i++) {
        world_call(&s, 0, RESP32, responses[i].w1, responses[i].w2);
        assert_refused(SELF(WORLD_UP), responses[i].status);
    }
}

static void a_response_without_a_request_is_denied(void **state)
{
    (void)state;
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    world_respond(&s, 0, 0, 0);
    assert_refused(SELF(WORLD_UP), FFA_DENIED);
}

/* UP answers with one bit in one register behind the payload. */
static struct next respond_with(uint64_t function, unsigned r, uint64_t bit)
{
    memset(&SELF(WORLD_UP)->x[8], 0, 10 * 8);
    SELF(WORLD_UP)->x[r] = bit;
    return world_call(&s, 0, function, PAIR(UP_ID, 0), 0, 3);
}

static void x8_to_x17_of_a_response_are_reserved_from_version_1_2_on(void **state)
{
    static const uint64_t functions[] = {RESP32, RESP64};

    (void)state;
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_2;
    world_request(&s, 0, WORLD_UP, 0);
    for (unsigned i = 0; i < COUNT(functions); i++) {
        for (unsigned r = 8; r < 18; r++) {
            for (unsigned bit = 0; bit < 64; bit += 63) {
                respond_with(functions[i], r, UINT64_C(1) << bit);
                assert_refused(SELF(WORLD_UP), FFA_INVALID_PARAMETERS);
                assert_reason(&s, 0, "a reserved register is not zero");
                assert_int_equal(SELF(WORLD_UP)->x[r], UINT64_C(1) << bit);
            }
        }
    }
    assert_int_equal(respond_with(RESP32, 18, 1).kind, NEXT_REPLY_NORMAL);
    assert_int_equal(normal->x[3], 3);
}

static void x8_to_x17_of_a_response_are_the_partitions_own_before_version_1_2(void **state)
{
    static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1};

    (void)state;
    memset(&normal->x[8], 0, 10 * 8);
    for (unsigned i = 0; i < COUNT(versions); i++) {
        for (unsigned r = 8; r < 18; r++) {
            s.partitions[WORLD_UP].endpoint.version = versions[i];
            world_request(&s, 0, WORLD_UP, 0);
            assert_int_equal(respond_with(RESP64, r, 1).kind, NEXT_REPLY_NORMAL);
            assert_int_equal(normal->x[r], 0);
        }
    }
}

/* Of a request they are nobody's: neither checked nor delivered. */
static void x8_to_x17_of_a_request_are_the_senders_own(void **state)
{
    (void)state;
    s.normal.version = s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_2;
    memset(&SELF(WORLD_UP)->x[8], 0, 10 * 8);
    for (unsigned r = 8; r < 18; r++)
        normal->x[r] = r;
    assert_int_equal(world_request(&s, 0, WORLD_UP, 0).kind, NEXT_RUN);
    for (unsigned r = 8; r < 18; r++)
        assert_int_equal(SELF(WORLD_UP)->x[r], 0);
    SELF(WORLD_UP)->x[17] = 1;
    assert_int_equal(world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID)).kind, NEXT_RUN);
    assert_ptr_equal(world_running(&s, 0), world_vcpu(&s, WORLD_MP, 0));
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_and_its_response_carry_their_payload),
        TEST(upper_halves_of_32_bit_messages_are_dropped),
        TEST(a_64_bit_message_carries_64_bits),
        TEST(a_request_with_a_bad_w2_or_id_is_invalid),
        TEST(any_id_of_the_normal_world_may_ask),
        TEST(a_request_to_a_partition_that_takes_none_is_denied),
        TEST(a_request_of_a_partition_that_sends_none_is_denied),
        TEST(a_partition_speaks_for_itself_only),
        TEST(a_request_goes_down_a_chain_and_the_responses_up),
        TEST(a_request_to_a_blocked_or_running_receiver_is_busy),
        TEST(a_request_to_a_preempted_receiver_is_busy),
        TEST(a_request_to_an_mp_context_that_is_off_is_busy),
        TEST(a_request_reaches_the_mp_context_of_its_cpu),
        TEST(a_request_to_a_dead_partition_is_aborted),
        TEST(the_normal_world_has_nothing_to_respond_to),
        TEST(a_bad_response_is_refused),
        TEST(a_response_without_a_request_is_denied),
        TEST(x8_to_x17_of_a_response_are_reserved_from_version_1_2_on),
        TEST(x8_to_x17_of_a_response_are_the_partitions_own_before_version_1_2),
        TEST(x8_to_x17_of_a_request_are_the_senders_own),
    };

    return cmocka_run_group_tests_name("direct", tests, NULL, NULL);
}
