/* SPDX-License-Identifier: BSD-3-Clause */
/* CPU cycles: FFA_RUN, FFA_YIELD, FFA_MSG_WAIT and entry points: core/cycles.c. */
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define SELF(partition) (&world_vcpu(&s, partition, 0)->regs)
#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define RESP32 FFA_MSG_SEND_DIRECT_RESP_32

static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    return 0;
}

/* ---- FFA_MSG_WAIT ---- */

static void msg_wait_ends_a_run(void **state)
{
    (void)state;
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    assert_answer(SELF(WORLD_UP), FFA_RUN, PAIR(UP_ID, 0), 0, 0);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, FFA_MSG_WAIT, 0, 0, 0);
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->state, VCPU_WAITING);
}

static void msg_wait_during_a_request_is_denied(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_refused(SELF(WORLD_UP), FFA_DENIED);
}

static void msg_wait_releases_rx_unless_it_is_retained(void **state)
{
    struct endpoint *up = &s.partitions[WORLD_UP].endpoint;

    (void)state;
    up->mailbox = (struct mailbox){MAILBOX_FULL, 1, WORLD_TX(0), WORLD_RX(0)};
    up->version = FFA_VERSION_1_2;
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    world_call(&s, 0, FFA_MSG_WAIT, 0, 1);
    assert_int_equal(up->mailbox.state, MAILBOX_FULL);
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    world_call(&s, 0, FFA_MSG_WAIT, 0, 2);
    assert_refused(SELF(WORLD_UP), FFA_INVALID_PARAMETERS);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(up->mailbox.state, MAILBOX_EMPTY);
}

static void retaining_rx_is_unknown_before_version_1_2(void **state)
{
    (void)state;
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    world_call(&s, 0, FFA_MSG_WAIT, 0, 1);
    assert_refused(SELF(WORLD_UP), FFA_INVALID_PARAMETERS);
}

/* ---- FFA_YIELD ---- */

static void a_yield_reaches_the_requester_and_run_goes_on(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(world_call(&s, 0, FFA_YIELD, 0, 5, 6).kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, FFA_YIELD, PAIR(UP_ID, 0), 5, 6);
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->state, VCPU_BLOCKED);
    assert_int_equal(world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0)).kind, NEXT_RUN);
    assert_success(SELF(WORLD_UP), 0, 0);
    assert_int_equal(world_respond(&s, 0, 0, 1).kind, NEXT_REPLY_NORMAL);
}

static void a_yielded_up_partition_goes_on_on_another_cpu(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, FFA_YIELD);
    assert_int_equal(world_normal_call(&s, 1, FFA_RUN, PAIR(UP_ID, 0)).kind, NEXT_RUN);
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->cpu, 1);
    world_respond(&s, 1, 0, 9);
    assert_answer(&s.cpus[1].normal, RESP32, PAIR(UP_ID, 0), 0, 9);
}

static void only_the_partition_that_was_yielded_to_runs_a_callee(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    world_call(&s, 0, FFA_YIELD);
    assert_answer(SELF(WORLD_UP), FFA_YIELD, PAIR(MP_ID, 0), 0, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, QUEUED_ID));
    world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0));
    assert_refused(SELF(WORLD_QUEUED), FFA_DENIED);
    world_respond(&s, 0, UP_ID, 0);
    world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0));
    assert_success(SELF(WORLD_MP), 0, 0);
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->state, VCPU_BLOCKED);
    world_respond(&s, 0, UP_ID, 7);
    assert_answer(SELF(WORLD_UP), RESP32, PAIR(MP_ID, UP_ID), 0, 7);
}

static void a_partitions_callee_that_yielded_is_not_the_normal_worlds(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    world_call(&s, 0, FFA_YIELD);
    world_respond(&s, 0, 0, 0);
    world_normal_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0));
    assert_refused(normal, FFA_DENIED);
}

static void a_response_whose_requester_died_is_dropped(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    world_call(&s, 0, FFA_YIELD);
    world_call(&s, 0, FFA_ABORT_64);
    assert_refused(normal, FFA_ABORTED);
    assert_int_equal(world_normal_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0)).kind, NEXT_RUN);
    assert_int_equal(world_respond(&s, 0, UP_ID, 0x5ec2e7).kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, FFA_MSG_WAIT, 0, 0, 0);
    assert_int_equal(world_request(&s, 0, WORLD_MP, 0).kind, NEXT_RUN);
}

/* ---- FFA_RUN ---- */

static void run_of_what_does_not_exist_is_invalid(void **state)
{
    static const uint64_t names[] = {
        PAIR(UP_ID, 1),      PAIR(WORLD_UNKNOWN_ID, 0), PAIR(MP_ID, WORLD_MP_CONTEXTS),
        PAIR(MP_ID, 1),      PAIR(FFA_ID_SPMC, 0),      PAIR(0, 0),
        PAIR(UP_ID, 0xffff),
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(names); i++) {
        world_normal_call(&s, 0, FFA_RUN, names[i]);
        assert_refused(normal, FFA_INVALID_PARAMETERS);
    }
}

static void run_of_a_running_vcpu_is_busy(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_normal_call(&s, 1, FFA_RUN, PAIR(UP_ID, 0));
    assert_refused(&s.cpus[1].normal, FFA_BUSY);
}

static void run_of_a_context_that_is_off_is_denied(void **state)
{
    (void)state;
    world_vcpu(&s, WORLD_MP, 0)->state = VCPU_OFF;
    world_normal_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0));
    assert_refused(normal, FFA_DENIED);
}

static void run_of_a_dead_partition_is_aborted(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_event(&s, 0, EVENT_SERROR);
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    assert_refused(normal, FFA_ABORTED);
}

static void run_inside_a_chain_is_denied(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    world_normal_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0)); /* the tail, not the head */
    assert_refused(normal, FFA_DENIED);
    assert_reason(&s, 0, "somebody else gives it cycles");
    world_normal_call(&s, 1, FFA_RUN, PAIR(UP_ID, 0)); /* a context of CPU 0 is in it */
    assert_refused(&s.cpus[1].normal, FFA_DENIED);
    assert_ptr_equal(world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0)).vcpu,
                     world_vcpu(&s, WORLD_MP, 0));
}

static void a_partition_cannot_schedule_an_idle_one(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, FFA_RUN, PAIR(QUEUED_ID, 0));
    assert_refused(SELF(WORLD_UP), FFA_DENIED);
    world_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0)); /* itself */
    assert_refused(SELF(WORLD_UP), FFA_BUSY);
}

static void a_yielded_mp_context_goes_on_on_its_own_cpu(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_MP, 0);
    world_call(&s, 1, FFA_YIELD);
    world_normal_call(&s, 0, FFA_RUN, PAIR(MP_ID, 1)); /* from the wrong CPU */
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    assert_int_equal(world_normal_call(&s, 1, FFA_RUN, PAIR(MP_ID, 1)).kind, NEXT_RUN);
}

/* ---- During a start ---- */

static void a_start_neither_yields_nor_runs_nor_responds(void **state)
{
    (void)state;
    world_load(&s);
    world_event(&s, 0, EVENT_COLD_BOOT);
    world_call(&s, 0, FFA_YIELD);
    assert_refused(SELF(WORLD_UP), FFA_DENIED);
    world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0));
    assert_refused(SELF(WORLD_UP), FFA_DENIED);
    world_respond(&s, 0, 0, 0);
    assert_refused(SELF(WORLD_UP), FFA_DENIED);
}

static void a_start_may_ask_a_partition_that_is_live(void **state)
{
    (void)state;
    world_load(&s);
    world_event(&s, 0, EVENT_COLD_BOOT);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    assert_refused(SELF(WORLD_UP), FFA_BUSY); /* not yet started */
    world_call(&s, 0, FFA_MSG_WAIT);
    world_call(&s, 0, REQ32, PAIR(MP_ID, UP_ID));
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->state, VCPU_RUNNING);
    world_respond(&s, 0, MP_ID, 4);
    assert_answer(SELF(WORLD_MP), RESP32, PAIR(UP_ID, MP_ID), 0, 4);
}

/* ---- FFA_SECONDARY_EP_REGISTER ---- */

static void the_secondary_entry_point_is_chosen_by_a_start(void **state)
{
    struct partition *mp = &s.partitions[WORLD_MP];

    (void)state;
    world_load(&s);
    world_event(&s, 0, EVENT_COLD_BOOT);
    world_call(&s, 0, FFA_SECONDARY_EP_REGISTER_64, WORLD_LOAD(WORLD_UP));
    assert_refused(SELF(WORLD_UP), FFA_NOT_SUPPORTED);
    world_call(&s, 0, FFA_MSG_WAIT);
    world_call(&s, 0, FFA_SECONDARY_EP_REGISTER_64, mp->load - 4);
    assert_refused(SELF(WORLD_MP), FFA_INVALID_PARAMETERS);
    world_call(&s, 0, FFA_SECONDARY_EP_REGISTER_64, mp->load + mp->size);
    assert_refused(SELF(WORLD_MP), FFA_INVALID_PARAMETERS);
    world_call(&s, 0, FFA_SECONDARY_EP_REGISTER_64, mp->load + 2);
    assert_refused(SELF(WORLD_MP), FFA_INVALID_PARAMETERS);
    world_call(&s, 0, FFA_SECONDARY_EP_REGISTER_64, mp->load + 0x2000);
    assert_success(SELF(WORLD_MP), 0, 0);
    assert_int_equal(mp->secondary_entry, mp->load + 0x2000);
}

static void the_secondary_entry_point_is_fixed_after_the_start(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, FFA_SECONDARY_EP_REGISTER_64, WORLD_LOAD(WORLD_MP));
    assert_refused(SELF(WORLD_MP), FFA_DENIED);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(msg_wait_ends_a_run),
        TEST(msg_wait_during_a_request_is_denied),
        TEST(msg_wait_releases_rx_unless_it_is_retained),
        TEST(retaining_rx_is_unknown_before_version_1_2),
        TEST(a_yield_reaches_the_requester_and_run_goes_on),
        TEST(a_yielded_up_partition_goes_on_on_another_cpu),
        TEST(only_the_partition_that_was_yielded_to_runs_a_callee),
        TEST(a_partitions_callee_that_yielded_is_not_the_normal_worlds),
        TEST(a_response_whose_requester_died_is_dropped),
        TEST(run_of_what_does_not_exist_is_invalid),
        TEST(run_of_a_running_vcpu_is_busy),
        TEST(run_of_a_context_that_is_off_is_denied),
        TEST(run_of_a_dead_partition_is_aborted),
        TEST(run_inside_a_chain_is_denied),
        TEST(a_partition_cannot_schedule_an_idle_one),
        TEST(a_yielded_mp_context_goes_on_on_its_own_cpu),
        TEST(a_start_neither_yields_nor_runs_nor_responds),
        TEST(a_start_may_ask_a_partition_that_is_live),
        TEST(the_secondary_entry_point_is_chosen_by_a_start),
        TEST(the_secondary_entry_point_is_fixed_after_the_start),
    };

    return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
