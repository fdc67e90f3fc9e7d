/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts, preemption and deadlines: core/vcpu.c; deaths are in test_death.c. */
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define SELF(partition) (&world_vcpu(&s, partition, 0)->regs)
#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define RESP32 FFA_MSG_SEND_DIRECT_RESP_32

static int load(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_load(&s);
    return 0;
}

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

/* ---- Start ---- */

static void partitions_start_one_after_another_in_boot_order(void **state)
{
    struct next next;

    (void)state;
    s.boot_order[0] = WORLD_QUEUED;
    s.boot_order[2] = WORLD_UP;
    next = world_event(&s, 0, EVENT_COLD_BOOT);
    assert_ptr_equal(next.vcpu, world_vcpu(&s, WORLD_QUEUED, 0));
    assert_int_equal(s.partitions[WORLD_QUEUED].state, PARTITION_STARTING);
    next = world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(s.partitions[WORLD_QUEUED].state, PARTITION_LIVE);
    assert_ptr_equal(next.vcpu, world_vcpu(&s, WORLD_MP, 0));
    next = world_call(&s, 0, FFA_MSG_WAIT);
    assert_ptr_equal(next.vcpu, world_vcpu(&s, WORLD_UP, 0));
    next = world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(next.kind, NEXT_INIT_DONE);
    assert_answer(normal, FFA_MSG_WAIT, 0, 0, 0);
}

static void a_context_starts_with_defined_registers(void **state)
{
    struct partition *up = &s.partitions[WORLD_UP];
    const struct vcpu *v = world_vcpu(&s, WORLD_UP, 0);

    (void)state;
    up->boot_info = up->load;
    up->boot_register = 3;
    world_event(&s, 0, EVENT_COLD_BOOT);
    assert_int_equal(v->regs.pc, up->entry);
    assert_int_equal(v->regs.pstate, 0x3c5);
    for (unsigned i = 0; i < 31; i++)
        assert_int_equal(v->regs.x[i], i == 3 ? up->load : 0);
    assert_true(v->special & SPECIAL_FRESH);
    assert_true(v->masked);
    assert_int_equal(v->deadline, port_model.now + WORLD_BUDGET);
}

static void secondary_contexts_start_when_their_cpu_does(void **state)
{
    struct partition *mp = &s.partitions[WORLD_MP];
    const struct vcpu *v = world_vcpu(&s, WORLD_MP, 3);

    (void)state;
    boot(state);
    mp->secondary_entry = mp->load + 0x2000;
    mp->boot_info = mp->load;
    assert_ptr_equal(world_event(&s, 3, EVENT_CPU_ON).vcpu, v);
    assert_int_equal(v->regs.pc, mp->load + 0x2000);
    assert_int_equal(v->regs.x[4], 3);
    assert_int_equal(v->regs.x[0], 0);
    assert_int_equal(world_call(&s, 3, FFA_MSG_WAIT).kind, NEXT_INIT_DONE);
    assert_int_equal(v->state, VCPU_WAITING);
}

static void a_partition_with_fewer_contexts_leaves_other_cpus_alone(void **state)
{
    (void)state;
    s.partitions[WORLD_MP].context_count = 2;
    world_event(&s, 0, EVENT_COLD_BOOT);
    while (world_running(&s, 0) != NULL)
        world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(world_event(&s, 2, EVENT_CPU_ON).kind, NEXT_INIT_DONE);
    world_request(&s, 2, WORLD_MP, 0);
    assert_refused(&s.cpus[2].normal, FFA_BUSY);
}

static void fail_with_error(void)
{
    world_call(&s, 0, FFA_ERROR, 0, (uint32_t)FFA_NO_MEMORY);
}

static void fail_with_abort(void)
{
    world_call(&s, 0, FFA_ABORT_32);
}

static void fail_with_deadline(void)
{
    world_event(&s, 0, EVENT_DEADLINE);
}

static void fail_with_fault(void)
{
    world_step(&s, 0, &(struct event){.kind = EVENT_ABORT, .deliverable = false});
}

static void a_partition_whose_start_fails_is_left_out(void **state)
{
    static void (*const failures[])(void) = {fail_with_error, fail_with_abort, fail_with_deadline,
                                             fail_with_fault};

    for (unsigned i = 0; i < COUNT(failures); i++) {
        load(state);
        world_event(&s, 0, EVENT_COLD_BOOT);
        failures[i]();
        assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_ABSENT);
        assert_true(port_model_printed("partition up, context 0 on cpu 0, dies"));
        assert_ptr_equal(world_running(&s, 0), world_vcpu(&s, WORLD_MP, 0)); /* the rest go on */
        world_call(&s, 0, FFA_MSG_WAIT);
        assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_INIT_DONE);
        world_request(&s, 0, WORLD_UP, 0);
        assert_refused(normal, FFA_INVALID_PARAMETERS);
        world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
        assert_refused(normal, FFA_INVALID_PARAMETERS);
    }
}

static void a_secondary_context_that_fails_ends_its_partition(void **state)
{
    (void)state;
    boot(state);
    world_event(&s, 2, EVENT_CPU_ON);
    assert_int_equal(world_call(&s, 2, FFA_ERROR).kind, NEXT_INIT_DONE);
    assert_int_equal(s.partitions[WORLD_MP].state, PARTITION_ABORTED);
    world_request(&s, 0, WORLD_MP, 0);
    assert_refused(normal, FFA_ABORTED);
    assert_int_equal(world_event(&s, 3, EVENT_CPU_ON).kind, NEXT_INIT_DONE);
}

static void one_whose_peer_dies_during_its_start_goes_on(void **state)
{
    (void)state;
    world_event(&s, 0, EVENT_COLD_BOOT);
    world_call(&s, 0, FFA_MSG_WAIT);
    world_call(&s, 0, REQ32, PAIR(MP_ID, UP_ID));
    assert_true(world_running(&s, 0)->masked);
    world_event(&s, 0, EVENT_DEADLINE);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_ABORTED);
    assert_refused(SELF(WORLD_MP), FFA_ABORTED);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(s.partitions[WORLD_MP].state, PARTITION_LIVE);
}

static void idle_contexts_go_off_with_their_cpu_and_come_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        world_normal_call(&s, 1, REQ32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC), FFA_FRAMEWORK_PSCI_REQUEST,
                          PSCI_CPU_OFF);
        assert_false(s.cpus[1].online);
        assert_int_equal(world_vcpu(&s, WORLD_MP, 1)->state, VCPU_OFF);
        assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->state, VCPU_WAITING);
        assert_ptr_equal(world_event(&s, 1, EVENT_CPU_ON).vcpu, world_vcpu(&s, WORLD_MP, 1));
        assert_int_equal(world_call(&s, 1, FFA_MSG_WAIT).kind, NEXT_INIT_DONE);
    }
    assert_int_equal(world_request(&s, 1, WORLD_MP, 0).kind, NEXT_RUN);
}

static void an_interrupted_context_stays_when_its_cpu_goes_off(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_MP, 0);
    world_event(&s, 1, EVENT_NORMAL_INTERRUPT);
    world_normal_call(&s, 1, REQ32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC), FFA_FRAMEWORK_PSCI_REQUEST,
                      PSCI_CPU_OFF);
    assert_int_equal(world_vcpu(&s, WORLD_MP, 1)->state, VCPU_PREEMPTED);
    assert_int_equal(world_event(&s, 1, EVENT_CPU_ON).kind, NEXT_INIT_DONE);
    assert_int_equal(world_normal_call(&s, 1, FFA_RUN, PAIR(MP_ID, 1)).kind, NEXT_RUN);
}

/* ---- Preemption ---- */

static void an_interrupt_gives_the_cpu_back_and_run_goes_on(void **state)
{
    struct vcpu *up = world_vcpu(&s, WORLD_UP, 0);
    struct regs before;

    (void)state;
    world_request(&s, 0, WORLD_UP, 5);
    before = up->regs;
    assert_int_equal(world_event(&s, 0, EVENT_NORMAL_INTERRUPT).kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, FFA_INTERRUPT, PAIR(UP_ID, 0), 0, 0);
    assert_int_equal(up->state, VCPU_PREEMPTED);
    assert_ptr_equal(world_normal_call(&s, 1, FFA_RUN, PAIR(UP_ID, 0)).vcpu, up);
    assert_memory_equal(&up->regs, &before, sizeof(before));
    world_respond(&s, 1, 0, 6);
    assert_answer(&s.cpus[1].normal, RESP32, PAIR(UP_ID, 0), 0, 6);
}

static void an_interrupt_of_a_chain_names_its_head(void **state)
{
    (void)state;
    chain_to(WORLD_MP);
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    assert_answer(normal, FFA_INTERRUPT, PAIR(UP_ID, 0), 0, 0);
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->state, VCPU_BLOCKED);
    assert_int_equal(world_vcpu(&s, WORLD_MP, 0)->state, VCPU_PREEMPTED);
    assert_ptr_equal(world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0)).vcpu,
                     world_vcpu(&s, WORLD_MP, 0));
}

static void an_mp_context_is_named_with_its_index(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_MP, 0);
    world_event(&s, 1, EVENT_NORMAL_INTERRUPT);
    assert_answer(&s.cpus[1].normal, FFA_INTERRUPT, PAIR(MP_ID, 1), 0, 0);
}

static void a_queued_partition_runs_on_with_interrupts_masked(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_QUEUED, 0);
    assert_int_equal(world_vcpu(&s, WORLD_QUEUED, 0)->deadline, port_model.now + WORLD_BUDGET);
    assert_int_equal(world_event(&s, 0, EVENT_NORMAL_INTERRUPT).kind, NEXT_RUN);
    assert_int_equal(world_vcpu(&s, WORLD_QUEUED, 0)->state, VCPU_RUNNING);
}

static void below_a_queued_partition_everyone_is_masked(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_QUEUED, 0);
    world_call(&s, 0, REQ32, PAIR(QUEUED_ID, UP_ID));
    assert_true(world_vcpu(&s, WORLD_UP, 0)->masked);
    assert_int_equal(world_event(&s, 0, EVENT_NORMAL_INTERRUPT).kind, NEXT_RUN);
    world_respond(&s, 0, QUEUED_ID, 0);
    world_respond(&s, 0, 0, 0);
    world_request(&s, 0, WORLD_UP, 0);
    assert_false(world_vcpu(&s, WORLD_UP, 0)->masked); /* only for that stay */
}

static void a_yielded_callee_is_masked_when_a_masked_caller_runs_it(void **state)
{
    (void)state;
    chain_to(WORLD_MP);
    world_call(&s, 0, FFA_YIELD);
    world_respond(&s, 0, 0, 0);
    world_request(&s, 0, WORLD_QUEUED, 0);
    world_call(&s, 0, REQ32, PAIR(QUEUED_ID, UP_ID));
    assert_int_equal(world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0)).kind, NEXT_RUN);
    assert_true(world_vcpu(&s, WORLD_MP, 0)->masked);
    assert_in_range(world_vcpu(&s, WORLD_MP, 0)->deadline, port_model.now + 1,
                    port_model.now + WORLD_BUDGET);
}

static void a_callee_that_was_masked_is_so_no_more_under_an_unmasked_caller(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_QUEUED, 0);
    world_call(&s, 0, REQ32, PAIR(QUEUED_ID, UP_ID));
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    world_call(&s, 0, FFA_YIELD);
    assert_true(world_vcpu(&s, WORLD_MP, 0)->masked);
    world_respond(&s, 0, QUEUED_ID, 0);
    world_respond(&s, 0, 0, 0);
    world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0)).kind, NEXT_RUN);
    assert_false(world_vcpu(&s, WORLD_MP, 0)->masked);
    assert_int_equal(world_event(&s, 0, EVENT_NORMAL_INTERRUPT).kind, NEXT_REPLY_NORMAL);
}

/* ---- Deadlines ---- */

static void a_deadline_stands_still_while_its_vcpu_has_yielded(void **state)
{
    struct vcpu *queued = world_vcpu(&s, WORLD_QUEUED, 0);

    (void)state;
    world_request(&s, 0, WORLD_QUEUED, 0);
    port_model.now += 100;
    world_call(&s, 0, FFA_YIELD);
    assert_int_equal(queued->deadline, WORLD_BUDGET - 100);
    port_model.now += 5000;
    world_normal_call(&s, 0, FFA_RUN, PAIR(QUEUED_ID, 0));
    assert_int_equal(queued->deadline, port_model.now + WORLD_BUDGET - 100);
}

static void a_callee_has_its_own_time_while_its_masked_callers_goes_on(void **state)
{
    struct vcpu *queued = world_vcpu(&s, WORLD_QUEUED, 0);
    uint64_t end = port_model.now + WORLD_BUDGET;

    (void)state;
    world_request(&s, 0, WORLD_QUEUED, 0);
    for (unsigned i = 0; i < 3; i++) {
        port_model.now += WORLD_BUDGET / 8;
        world_call(&s, 0, REQ32, PAIR(QUEUED_ID, UP_ID));
        assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->deadline, port_model.now + WORLD_BUDGET);
        world_respond(&s, 0, QUEUED_ID, 0);
        assert_int_equal(queued->deadline, end);
    }
}

/* It cannot have those die whom it calls: it dies itself, as soon as it runs again. */
static void who_calls_when_its_time_is_nearly_over_dies_after_the_answer(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_QUEUED, 0);
    port_model.now += WORLD_BUDGET - 1;
    world_call(&s, 0, REQ32, PAIR(QUEUED_ID, UP_ID));
    port_model.now += WORLD_BUDGET - 1;
    assert_true(world_vcpu(&s, WORLD_UP, 0)->deadline > port_model.now);
    world_respond(&s, 0, QUEUED_ID, 0);
    assert_true(world_vcpu(&s, WORLD_QUEUED, 0)->deadline < port_model.now);
    assert_int_equal(world_event(&s, 0, EVENT_DEADLINE).kind, NEXT_REPLY_NORMAL);
    assert_refused(normal, FFA_ABORTED);
    assert_int_equal(s.partitions[WORLD_QUEUED].state, PARTITION_ABORTED);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_LIVE);
}

static void whose_callee_missed_the_deadline_has_its_time_anew(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_QUEUED, 0);
    world_call(&s, 0, REQ32, PAIR(QUEUED_ID, UP_ID));
    port_model.now += WORLD_BUDGET;
    assert_int_equal(world_event(&s, 0, EVENT_DEADLINE).kind, NEXT_RUN);
    assert_int_equal(world_vcpu(&s, WORLD_QUEUED, 0)->deadline, port_model.now + WORLD_BUDGET);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_ABORTED);
    assert_int_equal(s.partitions[WORLD_QUEUED].state, PARTITION_LIVE);
}

static void no_time_is_left_after_a_deadline_that_passed_unseen(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_QUEUED, 0);
    port_model.now += 2 * WORLD_BUDGET;
    world_call(&s, 0, FFA_YIELD);
    assert_int_equal(world_vcpu(&s, WORLD_QUEUED, 0)->deadline, 0);
    world_normal_call(&s, 0, FFA_RUN, PAIR(QUEUED_ID, 0));
    assert_int_equal(world_vcpu(&s, WORLD_QUEUED, 0)->deadline, port_model.now);
}

static void a_missed_deadline_ends_the_partition(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_QUEUED, 0);
    assert_int_equal(world_event(&s, 0, EVENT_DEADLINE).kind, NEXT_REPLY_NORMAL);
    assert_refused(normal, FFA_ABORTED);
    assert_int_equal(s.partitions[WORLD_QUEUED].state, PARTITION_ABORTED);
    assert_true(port_model_printed("partition queued, context 0 on cpu 0, dies: it missed"));
}

static void a_late_deadline_does_not_hurt_an_unmasked_vcpu(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(world_event(&s, 0, EVENT_DEADLINE).kind, NEXT_RUN);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_LIVE);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)
#define START(name) cmocka_unit_test_setup(name, load)

int main(void)
{
    const struct CMUnitTest tests[] = {
        START(partitions_start_one_after_another_in_boot_order),
        START(a_context_starts_with_defined_registers),
        START(secondary_contexts_start_when_their_cpu_does),
        START(a_partition_with_fewer_contexts_leaves_other_cpus_alone),
        START(a_partition_whose_start_fails_is_left_out),
        START(a_secondary_context_that_fails_ends_its_partition),
        START(one_whose_peer_dies_during_its_start_goes_on),
        TEST(idle_contexts_go_off_with_their_cpu_and_come_back),
        TEST(an_interrupted_context_stays_when_its_cpu_goes_off),
        TEST(an_interrupt_gives_the_cpu_back_and_run_goes_on),
        TEST(an_interrupt_of_a_chain_names_its_head),
        TEST(an_mp_context_is_named_with_its_index),
        TEST(a_queued_partition_runs_on_with_interrupts_masked),
        TEST(below_a_queued_partition_everyone_is_masked),
        TEST(a_yielded_callee_is_masked_when_a_masked_caller_runs_it),
        TEST(a_callee_that_was_masked_is_so_no_more_under_an_unmasked_caller),
        TEST(a_deadline_stands_still_while_its_vcpu_has_yielded),
        TEST(a_callee_has_its_own_time_while_its_masked_callers_goes_on),
        TEST(who_calls_when_its_time_is_nearly_over_dies_after_the_answer),
        TEST(whose_callee_missed_the_deadline_has_its_time_anew),
        TEST(no_time_is_left_after_a_deadline_that_passed_unseen),
        TEST(a_missed_deadline_ends_the_partition),
        TEST(a_late_deadline_does_not_hurt_an_unmasked_vcpu),
    };

    return cmocka_run_group_tests_name("vcpu", tests, NULL, NULL);
}
