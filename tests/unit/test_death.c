/* SPDX-License-Identifier: BSD-3-Clause */
/* Deaths of partitions, and chains that unwind over the dead: core/vcpu.c. */
#include "core/interrupt.h"
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define SELF(partition) (&world_vcpu(&s, partition, 0)->regs)
#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32

static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    return 0;
}

/* The Normal world asks the UP partition, which asks `callee` on CPU 0. */
static void chain_to(unsigned callee)
{
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, WORLD_ID(callee)));
}

static void death_prints_the_registers(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0x1234);
    world_vcpu(&s, WORLD_UP, 0)->regs.x[30] = 0xabcd;
    world_event(&s, 0, EVENT_SERROR);
    assert_true(port_model_printed("x30 0xabcd\n"));
    assert_true(port_model_printed("pc 0x"));
}

static void death_prints_states_and_who_waits_for_whom(void **state)
{
    (void)state;
    chain_to(WORLD_QUEUED);
    world_event(&s, 0, EVENT_SERROR);
    assert_true(
        port_model_printed("  chain: queued 0, called by up 0, called by the Normal world\n"));
    assert_true(port_model_printed("interrupted, aborted): up b mp ww"));
    assert_true(port_model_printed(" queued r\n"));
}

static void the_caller_of_a_dead_partition_is_told(void **state)
{
    (void)state;
    chain_to(WORLD_MP);
    world_call(&s, 0, FFA_ABORT_32);
    assert_refused(SELF(WORLD_UP), FFA_ABORTED);
    assert_ptr_equal(world_running(&s, 0), world_vcpu(&s, WORLD_UP, 0));
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    assert_refused(SELF(WORLD_UP), FFA_ABORTED);
    assert_int_equal(world_respond(&s, 0, 0, 1).kind, NEXT_REPLY_NORMAL);
}

static void contexts_on_other_cpus_die_at_the_kick(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    world_request(&s, 1, WORLD_MP, 0);
    world_event(&s, 0, EVENT_SERROR);
    assert_int_equal(port_model.kicked, 1 << 1);
    assert_int_equal(world_vcpu(&s, WORLD_MP, 1)->state, VCPU_RUNNING);
    assert_int_equal(world_event(&s, 1, EVENT_KICK).kind, NEXT_REPLY_NORMAL);
    assert_refused(&s.cpus[1].normal, FFA_ABORTED);
    assert_int_equal(world_vcpu(&s, WORLD_MP, 1)->state, VCPU_ABORTED);
}

static void a_condemned_context_dies_at_any_event(void **state)
{
    static const enum event_kind kinds[] = {EVENT_CALL, EVENT_NORMAL_INTERRUPT, EVENT_ABORT,
                                            EVENT_TRAP, EVENT_SERROR,           EVENT_DEADLINE};

    for (unsigned i = 0; i < COUNT(kinds); i++) {
        boot(state);
        world_request(&s, 0, WORLD_MP, 0);
        world_request(&s, 1, WORLD_MP, 0);
        world_event(&s, 0, EVENT_SERROR);
        assert_int_equal(world_event(&s, 1, kinds[i]).kind, NEXT_REPLY_NORMAL);
        assert_refused(&s.cpus[1].normal, FFA_ABORTED);
    }
}

static void a_kick_for_nothing_changes_nothing(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(world_event(&s, 0, EVENT_KICK).kind, NEXT_RUN);
}

/* UP on CPU 0 below MP's context 0, whose partition dies on CPU 1. */
static void kill_the_middle(void)
{
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, REQ32, PAIR(MP_ID, UP_ID));
    world_request(&s, 1, WORLD_MP, 0);
    world_call(&s, 1, FFA_ABORT_32);
    assert_int_equal(world_vcpu(&s, WORLD_MP, 0)->state, VCPU_ABORTED);
}

static void a_response_passes_over_a_caller_that_died(void **state)
{
    (void)state;
    kill_the_middle();
    assert_int_equal(world_respond(&s, 0, MP_ID, 1).kind, NEXT_REPLY_NORMAL);
    assert_refused(normal, FFA_ABORTED);
    assert_int_equal(world_request(&s, 0, WORLD_UP, 0).kind, NEXT_RUN);
}

static void a_chain_under_a_dead_head_goes_on_by_its_name(void **state)
{
    (void)state;
    kill_the_middle();
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    assert_answer(normal, FFA_INTERRUPT, PAIR(MP_ID, 0), 0, 0);
    assert_ptr_equal(world_normal_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0)).vcpu,
                     world_vcpu(&s, WORLD_UP, 0));
    world_respond(&s, 0, MP_ID, 1);
    assert_refused(normal, FFA_ABORTED);
    world_normal_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0));
    assert_refused(normal, FFA_ABORTED);
}

static void one_that_yields_under_a_dead_caller_is_not_lost(void **state)
{
    (void)state;
    kill_the_middle();
    world_call(&s, 0, FFA_YIELD);
    assert_refused(normal, FFA_ABORTED);
    assert_int_equal(world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0)).kind, NEXT_RUN);
    assert_int_equal(world_respond(&s, 0, MP_ID, 1).kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, FFA_MSG_WAIT, 0, 0, 0);
    assert_int_equal(world_request(&s, 0, WORLD_UP, 0).kind, NEXT_RUN);
}

/* MP's context 0 was interrupted below UP; its partition dies on CPU 1. */
static void an_interrupted_tail_that_died_is_reported_to_its_caller(void **state)
{
    (void)state;
    chain_to(WORLD_MP);
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    world_request(&s, 1, WORLD_MP, 0);
    world_call(&s, 1, FFA_ABORT_32);
    assert_ptr_equal(world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0)).vcpu,
                     world_vcpu(&s, WORLD_UP, 0));
    assert_refused(SELF(WORLD_UP), FFA_ABORTED);
}

static void a_yielded_context_that_dies_is_no_link_any_more(void **state)
{
    (void)state;
    chain_to(WORLD_MP);
    world_call(&s, 0, FFA_YIELD);
    world_request(&s, 1, WORLD_MP, 0);
    world_call(&s, 1, FFA_ABORT_32);
    world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0));
    assert_refused(SELF(WORLD_UP), FFA_ABORTED);
    assert_int_equal(world_respond(&s, 0, 0, 1).kind, NEXT_REPLY_NORMAL);
}

/* UP was asked to leave: what it waited for is cut off it. */
static void a_context_that_was_cut_off_its_caller_dies_alone(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].ns_action = FFA_NS_ACTION_MANAGED_EXIT;
    world_vcpu(&s, WORLD_UP, 0)->enabled |= 1 << SLOT_MANAGED_EXIT;
    chain_to(WORLD_MP);
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    assert_answer(SELF(WORLD_UP), FFA_INTERRUPT, PAIR(MP_ID, 0), 0, 0);
    world_request(&s, 1, WORLD_MP, 0);
    world_call(&s, 1, FFA_ABORT_32);
    assert_int_equal(world_vcpu(&s, WORLD_MP, 0)->caller, NO_VCPU);
    world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0));
    assert_refused(SELF(WORLD_UP), FFA_ABORTED);
    assert_int_equal(world_respond(&s, 0, 0, 1).kind, NEXT_REPLY_NORMAL);
}

/* The same with somebody below: the chain that stands still is told, when its caller runs it. */
static void the_head_of_a_cut_chain_that_dies_is_still_a_link(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].ns_action = FFA_NS_ACTION_MANAGED_EXIT;
    world_vcpu(&s, WORLD_UP, 0)->enabled |= 1 << SLOT_MANAGED_EXIT;
    chain_to(WORLD_MP);
    s.partitions[WORLD_QUEUED].mask = MASK_NOTHING;
    world_call(&s, 0, REQ32, PAIR(MP_ID, QUEUED_ID));
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    assert_answer(SELF(WORLD_UP), FFA_INTERRUPT, PAIR(MP_ID, 0), 0, 0);
    world_request(&s, 1, WORLD_MP, 0);
    world_call(&s, 1, FFA_ABORT_32);
    assert_ptr_equal(world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0)).vcpu,
                     world_vcpu(&s, WORLD_QUEUED, 0));
    world_respond(&s, 0, MP_ID, 0);
    assert_refused(SELF(WORLD_UP), FFA_ABORTED);
    assert_int_equal(world_respond(&s, 0, 0, 1).kind, NEXT_REPLY_NORMAL);
}

static void callees_that_yielded_to_a_condemned_context_are_released(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, REQ32, PAIR(MP_ID, UP_ID));
    world_call(&s, 0, FFA_YIELD);
    world_request(&s, 1, WORLD_MP, 0);
    world_call(&s, 1, FFA_ABORT_32);
    world_event(&s, 0, EVENT_KICK);
    assert_refused(normal, FFA_ABORTED);
    assert_int_equal(world_normal_call(&s, 1, FFA_RUN, PAIR(UP_ID, 0)).kind, NEXT_RUN);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(death_prints_the_registers),
        TEST(death_prints_states_and_who_waits_for_whom),
        TEST(the_caller_of_a_dead_partition_is_told),
        TEST(contexts_on_other_cpus_die_at_the_kick),
        TEST(a_condemned_context_dies_at_any_event),
        TEST(a_kick_for_nothing_changes_nothing),
        TEST(a_response_passes_over_a_caller_that_died),
        TEST(a_chain_under_a_dead_head_goes_on_by_its_name),
        TEST(one_that_yields_under_a_dead_caller_is_not_lost),
        TEST(an_interrupted_tail_that_died_is_reported_to_its_caller),
        TEST(a_yielded_context_that_dies_is_no_link_any_more),
        TEST(a_context_that_was_cut_off_its_caller_dies_alone),
        TEST(the_head_of_a_cut_chain_that_dies_is_still_a_link),
        TEST(callees_that_yielded_to_a_condemned_context_are_released),
    };

    return cmocka_run_group_tests_name("death", tests, NULL, NULL);
}
