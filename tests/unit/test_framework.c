/* SPDX-License-Identifier: BSD-3-Clause */
/* A hypervisor's messages about its VMs: core/framework.c. */
#include "core/vcpu.h"
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define SELF(partition) (&world_vcpu(&s, partition, 0)->regs)
#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define REQ64 FFA_MSG_SEND_DIRECT_REQ_64
#define RESP32 FFA_MSG_SEND_DIRECT_RESP_32
#define RESP64 FFA_MSG_SEND_DIRECT_RESP_64
#define RESP2 FFA_MSG_SEND_DIRECT_RESP2
#define CREATED FFA_FRAMEWORK_VM_CREATED
#define CREATED_RESPONSE FFA_FRAMEWORK_VM_CREATED_RESPONSE
#define DESTROYED FFA_FRAMEWORK_VM_DESTROYED
#define DESTROYED_RESPONSE FFA_FRAMEWORK_VM_DESTROYED_RESPONSE
#define VM 5

static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    s.partitions[WORLD_UP].properties |= FFA_PROPERTY_VM_CREATED;
    return 0;
}

static struct next tell(unsigned partition, uint32_t message)
{
    return world_normal_call(&s, 0, REQ32, PAIR(0, WORLD_ID(partition)), message, 0, 0, VM);
}

static struct next reply(uint64_t w2)
{
    return world_call(&s, 0, RESP32, PAIR(UP_ID, 0), w2, 0);
}

static void a_partition_that_wants_to_know_is_told_and_answers(void **state)
{
    const uint64_t message[8] = {REQ32, PAIR(0, UP_ID), CREATED, 0, 0, VM};

    (void)state;
    assert_int_equal(tell(WORLD_UP, CREATED).kind, NEXT_RUN);
    assert_memory_equal(SELF(WORLD_UP)->x, message, sizeof(message));
    assert_int_equal(reply(CREATED_RESPONSE).kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, RESP32, PAIR(UP_ID, 0), CREATED_RESPONSE, 0);
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->state, VCPU_WAITING);
}

static void each_message_has_its_own_subscription_and_response(void **state)
{
    (void)state;
    tell(WORLD_UP, DESTROYED);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    s.partitions[WORLD_UP].properties |= FFA_PROPERTY_VM_DESTROYED;
    tell(WORLD_UP, DESTROYED);
    reply(CREATED_RESPONSE);
    assert_refused(SELF(WORLD_UP), FFA_INVALID_PARAMETERS);
    reply(DESTROYED_RESPONSE);
    assert_answer(normal, RESP32, PAIR(UP_ID, 0), DESTROYED_RESPONSE, 0);
}

static void who_does_not_want_to_know_or_is_unknown_is_not_told(void **state)
{
    static const uint16_t receivers[] = {
        MP_ID, QUEUED_ID, WORLD_UNKNOWN_ID, FFA_ID_SPMC, FFA_ID_SPMD, 0, VM, UP_ID & 0xff,
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(receivers); i++) {
        world_normal_call(&s, 0, REQ32, PAIR(0, receivers[i]), CREATED);
        assert_refused(normal, FFA_INVALID_PARAMETERS);
    }
}

static void only_the_hypervisor_tells(void **state)
{
    (void)state;
    world_normal_call(&s, 0, REQ32, PAIR(VM, UP_ID), CREATED);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    world_normal_call(&s, 0, REQ32, PAIR(MP_ID, UP_ID), CREATED);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, REQ32, PAIR(MP_ID, UP_ID), CREATED);
    assert_refused(SELF(WORLD_MP), FFA_INVALID_PARAMETERS);
    world_call(&s, 0, REQ32, PAIR(0, UP_ID), CREATED);
    assert_refused(SELF(WORLD_MP), FFA_INVALID_PARAMETERS);
}

static void other_messages_and_the_64_bit_form_are_invalid(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        if (type == (uint8_t)CREATED)
            continue;
        tell(WORLD_UP, FFA_FRAMEWORK_MESSAGE | type);
        assert_refused(normal, FFA_INVALID_PARAMETERS);
    }
    tell(WORLD_UP, CREATED | 0x100);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    tell(WORLD_UP, CREATED & ~FFA_FRAMEWORK_MESSAGE);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    world_normal_call(&s, 0, REQ64, PAIR(0, UP_ID), CREATED);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
}

static void upper_halves_and_the_hint_are_dropped(void **state)
{
    const uint64_t garbage = 0xabcdef0100000000;

    (void)state;
    world_normal_call(&s, 0, garbage | REQ32 | FFA_SVE_HINT, garbage | PAIR(0, UP_ID),
                      garbage | CREATED, garbage, 0, garbage | VM);
    assert_int_equal(SELF(WORLD_UP)->x[2], CREATED);
    assert_int_equal(SELF(WORLD_UP)->x[5], VM);
    world_call(&s, 0, garbage | RESP32 | FFA_SVE_HINT, garbage | PAIR(UP_ID, 0),
               garbage | CREATED_RESPONSE, garbage | 7);
    assert_answer(normal, RESP32, PAIR(UP_ID, 0), CREATED_RESPONSE, 7);
}

static void a_receiver_that_does_not_wait_is_busy_a_dead_one_aborted(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_UP, 0);
    tell(WORLD_UP, CREATED);
    assert_refused(normal, FFA_BUSY);
    world_call(&s, 1, FFA_ABORT_32);
    tell(WORLD_UP, CREATED);
    assert_refused(normal, FFA_ABORTED);
}

static void other_responses_are_refused(void **state)
{
    static const struct {
        uint64_t function, w1, w2;
        int status;
    } responses[] = {
        {RESP32, PAIR(UP_ID, 0), 0, FFA_INVALID_PARAMETERS},
        {RESP32, PAIR(UP_ID, 0), CREATED, FFA_INVALID_PARAMETERS},
        {RESP32, PAIR(UP_ID, 0), DESTROYED_RESPONSE, FFA_INVALID_PARAMETERS},
        {RESP32, PAIR(UP_ID, 0), CREATED_RESPONSE & 0xff, FFA_INVALID_PARAMETERS},
        {RESP64, PAIR(UP_ID, 0), 0, FFA_INVALID_PARAMETERS},
        {RESP64, PAIR(UP_ID, 0), CREATED_RESPONSE, FFA_INVALID_PARAMETERS},
        {RESP32, PAIR(MP_ID, 0), CREATED_RESPONSE, FFA_INVALID_PARAMETERS},
        {RESP32, PAIR(UP_ID, VM), CREATED_RESPONSE, FFA_DENIED},
        {RESP2, PAIR(UP_ID, 0), 0, FFA_DENIED},
        {FFA_MSG_WAIT, 0, 0, FFA_DENIED},
    };

    (void)state;
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_2;
    tell(WORLD_UP, CREATED);
    for (unsigned i = 0; i < COUNT(responses); i++) {
        world_call(&s, 0, responses[i].function, responses[i].w1, responses[i].w2);
        assert_refused(SELF(WORLD_UP), responses[i].status);
    }
    assert_int_equal(reply(CREATED_RESPONSE).kind, NEXT_REPLY_NORMAL);
}

static void a_partitions_message_has_no_framework_response(void **state)
{
    (void)state;
    tell(WORLD_UP, CREATED);
    reply(CREATED_RESPONSE);
    world_request(&s, 0, WORLD_UP, 0);
    reply(CREATED_RESPONSE);
    assert_refused(SELF(WORLD_UP), FFA_INVALID_PARAMETERS);
    reply(0);
    assert_answer(normal, RESP32, PAIR(UP_ID, 0), 0, 0);
    world_normal_call(&s, 0, RESP32, PAIR(0, UP_ID), CREATED_RESPONSE);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
}

static void an_interrupted_message_goes_on_by_run(void **state)
{
    (void)state;
    tell(WORLD_UP, CREATED);
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    assert_answer(normal, FFA_INTERRUPT, PAIR(UP_ID, 0), 0, 0);
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    reply(CREATED_RESPONSE);
    assert_answer(normal, RESP32, PAIR(UP_ID, 0), CREATED_RESPONSE, 0);
}

static void a_receiver_may_ask_others_before_it_answers(void **state)
{
    (void)state;
    tell(WORLD_UP, CREATED);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID), 0, 1);
    world_respond(&s, 0, UP_ID, 2);
    assert_answer(SELF(WORLD_UP), RESP32, PAIR(MP_ID, UP_ID), 0, 2);
    reply(CREATED_RESPONSE);
    assert_answer(normal, RESP32, PAIR(UP_ID, 0), CREATED_RESPONSE, 0);
}

static void the_context_of_this_cpu_is_told(void **state)
{
    (void)state;
    s.partitions[WORLD_MP].properties |= FFA_PROPERTY_VM_CREATED;
    world_normal_call(&s, 1, REQ32, PAIR(0, MP_ID), CREATED);
    assert_ptr_equal(world_running(&s, 1), world_vcpu(&s, WORLD_MP, 1));
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_partition_that_wants_to_know_is_told_and_answers),
        TEST(each_message_has_its_own_subscription_and_response),
        TEST(who_does_not_want_to_know_or_is_unknown_is_not_told),
        TEST(only_the_hypervisor_tells),
        TEST(other_messages_and_the_64_bit_form_are_invalid),
        TEST(upper_halves_and_the_hint_are_dropped),
        TEST(a_receiver_that_does_not_wait_is_busy_a_dead_one_aborted),
        TEST(other_responses_are_refused),
        TEST(a_partitions_message_has_no_framework_response),
        TEST(an_interrupted_message_goes_on_by_run),
        TEST(a_receiver_may_ask_others_before_it_answers),
        TEST(the_context_of_this_cpu_is_told),
    };

    return cmocka_run_group_tests_name("framework", tests, NULL, NULL);
}
