/* SPDX-License-Identifier: BSD-3-Clause */
/* A device's Secure interrupt reaches its partition, whatever that and the CPU are doing:
 * core/device.c, core/handler.c. */
#include "core/interrupt.h"
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define UP_DEVICE 40
#define UP_OTHER 41
#define MP_DEVICE 50
#define QUEUED_DEVICE 60
#define UNKNOWN 99

#define UP (world_vcpu(&s, WORLD_UP, 0))
#define MP(index) (world_vcpu(&s, WORLD_MP, index))
#define QUEUED (world_vcpu(&s, WORLD_QUEUED, 0))
#define GIC(intid) (port_model.interrupts[intid])
#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define HANDLER_TICKS 500

static int boot(void **state)
{
    (void)state;
    port_model_reset();
    world_load(&s);
    world_device(&s, WORLD_UP, UP_DEVICE, 0);
    world_device(&s, WORLD_UP, UP_OTHER, 0);
    world_device(&s, WORLD_MP, MP_DEVICE, 0);
    world_device(&s, WORLD_QUEUED, QUEUED_DEVICE, 0);
    world_start(&s);
    world_enable(&s, 0, WORLD_UP, UP_DEVICE);
    world_enable(&s, 0, WORLD_UP, UP_OTHER);
    world_enable(&s, 0, WORLD_MP, MP_DEVICE);
    world_enable(&s, 0, WORLD_QUEUED, QUEUED_DEVICE);
    return 0;
}

/* Who runs handles an interrupt: it began in the model of interrupts, and was told by registers. */
static void assert_handles(const struct vcpu *v, unsigned cpu, uint32_t intid)
{
    assert_ptr_equal(world_running(&s, cpu), v);
    assert_int_equal(v->model, MODEL_INTERRUPT);
    assert_int_equal(v->masked, MASK_ALL);
    assert_answer(&v->regs, FFA_INTERRUPT, 0, intid, 0);
}

/* The handler of the CPU fetches it and waits. */
static struct next finish(unsigned cpu, uint32_t intid)
{
    world_call(&s, cpu, HF_INTERRUPT_GET);
    assert_int_equal(world_running(&s, cpu)->regs.x[0], intid);
    world_call(&s, cpu, HF_INTERRUPT_DEACTIVATE, intid, intid);
    return world_call(&s, cpu, FFA_MSG_WAIT);
}

/* ---- Its partition waits ---- */

static void a_waiting_partition_takes_the_cpu_from_the_normal_world(void **state)
{
    (void)state;
    assert_int_equal(world_interrupt(&s, 0, UP_DEVICE).kind, NEXT_RUN);
    assert_handles(UP, 0, UP_DEVICE);
    assert_int_equal(finish(0, UP_DEVICE).kind, NEXT_RESUME_NORMAL);
    assert_answer(normal, FFA_NORMAL_WORLD_RESUME, 0, 0, 0);
    assert_int_equal(UP->state, VCPU_WAITING);
    assert_true(GIC(UP_DEVICE).enabled);
    assert_int_equal(s.partitions[WORLD_UP].interrupt_total, 1);
}

static void a_waiting_partition_takes_the_cpu_from_another(void **state)
{
    struct regs before;

    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    before = MP(0)->regs;
    world_interrupt(&s, 0, UP_DEVICE);
    assert_handles(UP, 0, UP_DEVICE);
    assert_int_equal(MP(0)->state, VCPU_INTERRUPTED);
    assert_ptr_equal(finish(0, UP_DEVICE).vcpu, MP(0));
    assert_memory_equal(&MP(0)->regs, &before, sizeof(before));
    assert_int_equal(world_respond(&s, 0, 0, 0).kind, NEXT_REPLY_NORMAL);
}

static void who_waits_for_a_handler_cannot_be_run_elsewhere(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_interrupt(&s, 0, MP_DEVICE);
    assert_int_equal(UP->state, VCPU_INTERRUPTED);
    world_normal_call(&s, 1, FFA_RUN, PAIR(UP_ID, 0));
    assert_refused(&s.cpus[1].normal, FFA_BUSY);
    assert_ptr_equal(finish(0, MP_DEVICE).vcpu, UP);
}

static void an_mp_partition_handles_it_by_the_context_of_the_cpu(void **state)
{
    (void)state;
    world_interrupt(&s, 1, MP_DEVICE);
    assert_handles(MP(1), 1, MP_DEVICE);
    assert_int_equal(finish(1, MP_DEVICE).kind, NEXT_RESUME_NORMAL);
}

static void the_time_of_a_handler_is_not_that_of_a_masked_partition(void **state)
{
    uint64_t deadline;

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, QUEUED_ID));
    deadline = QUEUED->deadline;
    world_interrupt(&s, 0, MP_DEVICE);
    port_model.now += HANDLER_TICKS;
    finish(0, MP_DEVICE);
    assert_ptr_equal(world_running(&s, 0), QUEUED);
    assert_int_equal(QUEUED->deadline, deadline + HANDLER_TICKS);
}

static void a_handler_that_fetched_one_gets_the_next(void **state)
{
    (void)state;
    world_interrupt(&s, 0, UP_DEVICE);
    world_interrupt(&s, 0, UP_OTHER);
    assert_int_equal(finish(0, UP_DEVICE).kind, NEXT_RUN);
    assert_handles(UP, 0, UP_OTHER);
    assert_int_equal(finish(0, UP_OTHER).kind, NEXT_RESUME_NORMAL);
}

static void a_handler_that_fetches_none_is_let_go(void **state)
{
    (void)state;
    world_interrupt(&s, 0, UP_DEVICE);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(UP->lines, LINE_IRQ);
    assert_false(GIC(UP_DEVICE).enabled);
}

static void a_handler_that_dies_lets_the_interrupted_go_on(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    world_interrupt(&s, 0, UP_DEVICE);
    assert_ptr_equal(world_event(&s, 0, EVENT_DEADLINE).vcpu, MP(0));
    assert_int_equal(UP->state, VCPU_ABORTED);
    assert_false(GIC(UP_DEVICE).enabled);
}

static void a_handler_that_dies_lets_the_normal_world_go_on(void **state)
{
    (void)state;
    world_interrupt(&s, 0, UP_DEVICE);
    assert_int_equal(world_call(&s, 0, FFA_ABORT_32).kind, NEXT_RESUME_NORMAL);
    assert_answer(normal, FFA_NORMAL_WORLD_RESUME, 0, 0, 0);
}

static void whoever_died_while_it_was_interrupted_does_not_go_on(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    world_interrupt(&s, 0, UP_DEVICE);
    world_request(&s, 1, WORLD_MP, 0);
    world_event(&s, 1, EVENT_SERROR);
    assert_int_equal(MP(0)->state, VCPU_ABORTED);
    assert_int_equal(finish(0, UP_DEVICE).kind, NEXT_REPLY_NORMAL);
    assert_refused(normal, FFA_ABORTED);
}

static void an_interrupt_in_the_moment_of_a_death_is_not_lost(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    world_request(&s, 1, WORLD_MP, 0);
    world_event(&s, 1, EVENT_SERROR);
    world_interrupt(&s, 0, UP_DEVICE);
    assert_int_equal(MP(0)->state, VCPU_ABORTED);
    assert_handles(UP, 0, UP_DEVICE);
    assert_int_equal(finish(0, UP_DEVICE).kind, NEXT_REPLY_NORMAL);
    assert_refused(normal, FFA_ABORTED);
}

/* The caller of who died goes on after the handler. */
static void a_caller_is_told_of_a_death_before_it_is_interrupted(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    world_request(&s, 1, WORLD_MP, 0);
    world_event(&s, 1, EVENT_SERROR);
    world_interrupt(&s, 0, QUEUED_DEVICE);
    assert_handles(QUEUED, 0, QUEUED_DEVICE);
    assert_ptr_equal(finish(0, QUEUED_DEVICE).vcpu, UP);
    assert_refused(&UP->regs, FFA_ABORTED);
}

/* ---- Its partition runs ---- */

static void a_running_partition_sees_the_line(void **state)
{
    struct regs before;

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    before = UP->regs;
    assert_ptr_equal(world_interrupt(&s, 0, UP_DEVICE).vcpu, UP);
    assert_int_equal(UP->lines, LINE_IRQ);
    assert_memory_equal(&UP->regs, &before, sizeof(before));
}

static void a_partition_that_runs_elsewhere_is_kicked(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_UP, 0);
    assert_int_equal(world_interrupt(&s, 0, UP_DEVICE).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(port_model.kicked, 1 << 1);
    assert_int_equal(UP->lines, LINE_IRQ);
    assert_ptr_equal(world_event(&s, 1, EVENT_KICK).vcpu, UP);
}

/* ---- Its partition waits for another ---- */

static void a_caller_is_told_and_goes_on_by_run(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    assert_ptr_equal(world_interrupt(&s, 0, UP_DEVICE).vcpu, UP);
    assert_answer(&UP->regs, FFA_INTERRUPT, PAIR(MP_ID, 0), UP_DEVICE, 0);
    assert_int_equal(UP->model, MODEL_DIRECT);
    assert_int_equal(MP(0)->state, VCPU_PREEMPTED);
    assert_ptr_equal(world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0)).vcpu, MP(0));
    world_respond(&s, 0, UP_ID, 7);
    assert_answer(&UP->regs, FFA_MSG_SEND_DIRECT_RESP_32, PAIR(MP_ID, UP_ID), 0, 7);
}

static void a_caller_deep_in_a_chain_is_told_of_its_own_callee(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    world_call(&s, 0, REQ32, PAIR(MP_ID, QUEUED_ID));
    port_model.now += HANDLER_TICKS;
    world_interrupt(&s, 0, UP_DEVICE);
    assert_answer(&UP->regs, FFA_INTERRUPT, PAIR(MP_ID, 0), UP_DEVICE, 0);
    assert_int_equal(MP(0)->state, VCPU_BLOCKED);
    assert_int_equal(QUEUED->state, VCPU_PREEMPTED);
    assert_int_equal(QUEUED->deadline, WORLD_BUDGET - HANDLER_TICKS);
    port_model.now += HANDLER_TICKS;
    assert_ptr_equal(world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0)).vcpu, QUEUED);
    assert_int_equal(QUEUED->deadline, port_model.now + WORLD_BUDGET - HANDLER_TICKS);
    assert_int_equal(QUEUED->masked, MASK_NORMAL);
}

static void a_partition_in_the_middle_of_a_chain_is_told(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    world_call(&s, 0, REQ32, PAIR(MP_ID, QUEUED_ID));
    assert_ptr_equal(world_interrupt(&s, 0, MP_DEVICE).vcpu, MP(0));
    assert_answer(&MP(0)->regs, FFA_INTERRUPT, PAIR(QUEUED_ID, 0), MP_DEVICE, 0);
    assert_int_equal(UP->state, VCPU_BLOCKED);
}

/* It may answer first: its callee goes on when it runs the next time. */
static void a_caller_that_was_told_may_answer_before_its_callee(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    world_interrupt(&s, 0, UP_DEVICE);
    world_call(&s, 0, HF_INTERRUPT_GET);
    assert_int_equal(world_respond(&s, 0, 0, 0).kind, NEXT_REPLY_NORMAL);
    world_normal_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0));
    assert_refused(normal, FFA_DENIED);
    world_request(&s, 0, WORLD_UP, 0);
    assert_ptr_equal(world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0)).vcpu, MP(0));
}

static void a_caller_of_a_chain_elsewhere_learns_when_it_goes_on(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_UP, 0);
    world_call(&s, 1, REQ32, PAIR(UP_ID, QUEUED_ID));
    assert_int_equal(world_interrupt(&s, 0, UP_DEVICE).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(UP->state, VCPU_BLOCKED);
    world_respond(&s, 1, UP_ID, 0);
    assert_int_equal(UP->lines, LINE_IRQ);
}

static void a_chain_elsewhere_is_not_that_of_who_runs_here(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_UP, 0);
    world_call(&s, 1, REQ32, PAIR(UP_ID, QUEUED_ID));
    world_request(&s, 0, WORLD_MP, 0);
    assert_ptr_equal(world_interrupt(&s, 0, UP_DEVICE).vcpu, MP(0));
    assert_int_equal(UP->state, VCPU_BLOCKED);
    assert_int_equal(UP->lines, LINE_IRQ);
    world_respond(&s, 0, 0, 0);
}

static void a_partition_that_yielded_learns_when_it_goes_on(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, FFA_YIELD);
    assert_int_equal(world_interrupt(&s, 0, UP_DEVICE).kind, NEXT_RESUME_NORMAL);
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    assert_success(&UP->regs, 0, 0);
    assert_int_equal(UP->lines, LINE_IRQ);
}

static void a_preempted_partition_learns_when_it_goes_on(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    assert_int_equal(world_interrupt(&s, 0, UP_DEVICE).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(UP->state, VCPU_PREEMPTED);
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    assert_int_equal(UP->lines, LINE_IRQ);
}

/* ---- Nobody to tell ---- */

static void an_unknown_interrupt_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(world_interrupt(&s, 0, UNKNOWN).kind, NEXT_RESUME_NORMAL);
    world_request(&s, 0, WORLD_UP, 0);
    assert_ptr_equal(world_interrupt(&s, 0, UNKNOWN).vcpu, UP);
}

static void an_interrupt_of_a_dead_partition_is_disabled(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_event(&s, 0, EVENT_SERROR);
    assert_false(GIC(UP_DEVICE).enabled);
    GIC(UP_DEVICE).enabled = true; /* it came in the same moment */
    assert_int_equal(world_interrupt(&s, 0, UP_DEVICE).kind, NEXT_RESUME_NORMAL);
    assert_false(GIC(UP_DEVICE).enabled);
    world_request(&s, 0, WORLD_MP, 0);
    assert_ptr_equal(world_interrupt(&s, 0, UP_DEVICE).vcpu, MP(0));
}

static void an_interrupt_of_a_partition_whose_start_failed_is_ignored(void **state)
{
    (void)state;
    world_load(&s);
    world_device(&s, WORLD_UP, UP_DEVICE, 0);
    world_event(&s, 0, EVENT_COLD_BOOT);
    world_call(&s, 0, FFA_ERROR, 0, (uint32_t)FFA_ABORTED);
    while (world_running(&s, 0) != NULL)
        world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_ABSENT);
    assert_int_equal(world_interrupt(&s, 0, UP_DEVICE).kind, NEXT_RESUME_NORMAL);
}

static void with_all_interrupts_masked_it_waits(void **state)
{
    (void)state;
    s.partitions[WORLD_QUEUED].mask = MASK_ALL;
    world_request(&s, 0, WORLD_QUEUED, 0);
    assert_ptr_equal(world_interrupt(&s, 0, UP_DEVICE).vcpu, QUEUED);
    assert_int_equal(UP->state, VCPU_WAITING);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_waiting_partition_takes_the_cpu_from_the_normal_world),
        TEST(a_waiting_partition_takes_the_cpu_from_another),
        TEST(who_waits_for_a_handler_cannot_be_run_elsewhere),
        TEST(an_mp_partition_handles_it_by_the_context_of_the_cpu),
        TEST(the_time_of_a_handler_is_not_that_of_a_masked_partition),
        TEST(a_handler_that_fetched_one_gets_the_next),
        TEST(a_handler_that_fetches_none_is_let_go),
        TEST(a_handler_that_dies_lets_the_interrupted_go_on),
        TEST(a_handler_that_dies_lets_the_normal_world_go_on),
        TEST(whoever_died_while_it_was_interrupted_does_not_go_on),
        TEST(an_interrupt_in_the_moment_of_a_death_is_not_lost),
        TEST(a_caller_is_told_of_a_death_before_it_is_interrupted),
        TEST(a_running_partition_sees_the_line),
        TEST(a_partition_that_runs_elsewhere_is_kicked),
        TEST(a_caller_is_told_and_goes_on_by_run),
        TEST(a_caller_deep_in_a_chain_is_told_of_its_own_callee),
        TEST(a_partition_in_the_middle_of_a_chain_is_told),
        TEST(a_caller_that_was_told_may_answer_before_its_callee),
        TEST(a_caller_of_a_chain_elsewhere_learns_when_it_goes_on),
        TEST(a_chain_elsewhere_is_not_that_of_who_runs_here),
        TEST(a_partition_that_yielded_learns_when_it_goes_on),
        TEST(a_preempted_partition_learns_when_it_goes_on),
        TEST(an_unknown_interrupt_changes_nothing),
        TEST(an_interrupt_of_a_dead_partition_is_disabled),
        TEST(an_interrupt_of_a_partition_whose_start_failed_is_ignored),
        TEST(with_all_interrupts_masked_it_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
