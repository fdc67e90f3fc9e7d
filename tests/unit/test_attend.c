/* SPDX-License-Identifier: BSD-3-Clause */
/* A partition begins to wait while interrupts of its own are pending: core/handler.c. */
#include "core/device.h"
#include "core/interrupt.h"
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define UP_DEVICE 40
#define UP (world_vcpu(&s, WORLD_UP, 0))
#define MP(index) (world_vcpu(&s, WORLD_MP, index))
#define QUEUED (world_vcpu(&s, WORLD_QUEUED, 0))
#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define RESP32 FFA_MSG_SEND_DIRECT_RESP_32

static int boot(void **state)
{
    (void)state;
    port_model_reset();
    world_load(&s);
    world_device(&s, WORLD_UP, UP_DEVICE, 0);
    world_start(&s);
    world_enable(&s, 0, WORLD_UP, UP_DEVICE);
    return 0;
}

static void assert_handles(const struct vcpu *v)
{
    assert_ptr_equal(world_running(&s, 0), v);
    assert_int_equal(v->model, MODEL_INTERRUPT);
    assert_answer(&v->regs, FFA_INTERRUPT, 0, UP_DEVICE, 0);
}

static struct next finish(void)
{
    world_call(&s, 0, HF_INTERRUPT_GET);
    assert_int_equal(world_running(&s, 0)->regs.x[0], UP_DEVICE);
    return world_call(&s, 0, FFA_MSG_WAIT);
}

static void a_response_to_the_normal_world_comes_after_the_handler(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_interrupt(&s, 0, UP_DEVICE);
    assert_ptr_equal(world_respond(&s, 0, 0, 5).vcpu, UP);
    assert_handles(UP);
    assert_int_equal(finish().kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, RESP32, PAIR(UP_ID, 0), 0, 5);
}

static void a_response_to_a_partition_comes_after_the_handler(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, REQ32, PAIR(MP_ID, UP_ID));
    world_interrupt(&s, 0, UP_DEVICE);
    world_respond(&s, 0, MP_ID, 5);
    assert_handles(UP);
    assert_int_equal(MP(0)->state, VCPU_INTERRUPTED);
    assert_ptr_equal(finish().vcpu, MP(0));
    assert_answer(&MP(0)->regs, RESP32, PAIR(UP_ID, MP_ID), 0, 5);
}

static void waiting_comes_after_the_handler(void **state)
{
    (void)state;
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    world_interrupt(&s, 0, UP_DEVICE);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_handles(UP);
    assert_int_equal(finish().kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, FFA_MSG_WAIT, 0, 0, 0);
}

static void a_handler_that_dies_has_answered_before(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_interrupt(&s, 0, UP_DEVICE);
    world_respond(&s, 0, 0, 5);
    assert_int_equal(world_event(&s, 0, EVENT_DEADLINE).kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, RESP32, PAIR(UP_ID, 0), 0, 5);
}

static void what_was_fetched_needs_no_handler(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_interrupt(&s, 0, UP_DEVICE);
    world_call(&s, 0, HF_INTERRUPT_GET);
    assert_int_equal(world_respond(&s, 0, 0, 0).kind, NEXT_REPLY_NORMAL);
}

/* Handlers that its responder begins are not what a masked caller waits for. */
static void the_responder_to_a_masked_partition_handles_it_the_next_time(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_QUEUED, 0);
    world_call(&s, 0, REQ32, PAIR(QUEUED_ID, UP_ID));
    world_interrupt(&s, 0, UP_DEVICE);
    assert_ptr_equal(world_respond(&s, 0, QUEUED_ID, 5).vcpu, QUEUED);
    assert_int_equal(UP->state, VCPU_WAITING);
    world_respond(&s, 0, 0, 0);
    world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(UP->lines, LINE_IRQ);
    world_respond(&s, 0, 0, 0);
    assert_handles(UP);
}

/* Not before: the handler that waits for the answer would take the place of whom it interrupted. */
static void the_responder_to_a_handler_handles_it_after_that(void **state)
{
    (void)state;
    world_enable(&s, 0, WORLD_MP, HF_INTID_TIMER);
    interrupt_pend(0, MP(0), SLOT_TIMER);
    world_request(&s, 0, WORLD_QUEUED, 0);
    world_interrupt(&s, 0, UP_DEVICE);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    assert_ptr_equal(world_respond(&s, 0, UP_ID, 0).vcpu, UP);
    assert_int_equal(MP(0)->state, VCPU_WAITING);
    assert_ptr_equal(finish().vcpu, MP(0));
    assert_int_equal(MP(0)->model, MODEL_INTERRUPT);
    world_call(&s, 0, HF_INTERRUPT_GET);
    assert_ptr_equal(world_call(&s, 0, FFA_MSG_WAIT).vcpu, QUEUED);
    assert_int_equal(world_respond(&s, 0, 0, 0).kind, NEXT_REPLY_NORMAL);
}

/* Its partition's handlers took more than their time: what it has to handle waits for an alarm. */
static void the_responder_to_a_handler_waits_for_its_time(void **state)
{
    (void)state;
    world_enable(&s, 0, WORLD_MP, HF_INTID_TIMER);
    interrupt_pend(0, MP(0), SLOT_TIMER);
    s.partitions[WORLD_MP].paid = port_model.now + 2 * HANDLER_BURST_MS * MODEL_TICKS_PER_MS;
    world_interrupt(&s, 0, UP_DEVICE);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    assert_ptr_equal(world_respond(&s, 0, UP_ID, 0).vcpu, UP);
    assert_int_equal(finish().kind, NEXT_RESUME_NORMAL);
    assert_int_equal(MP(0)->state, VCPU_WAITING);
    assert_int_equal(MP(0)->lines, LINE_IRQ);
}

/* The handler that waits for the answer is dead: the next one begins in its place. */
static void the_responder_to_a_dead_handler_handles_it_at_once(void **state)
{
    (void)state;
    world_enable(&s, 0, WORLD_MP, HF_INTID_TIMER);
    world_request(&s, 0, WORLD_QUEUED, 0);
    world_call(&s, 0, REQ32, PAIR(QUEUED_ID, UP_ID));
    world_interrupt(&s, 0, UP_DEVICE);
    world_respond(&s, 0, QUEUED_ID, 0); /* handles it when nobody is masked */
    world_respond(&s, 0, 0, 0);
    interrupt_pend(0, MP(0), SLOT_TIMER);
    device_signal(&s, 0, NULL, MP(0));
    s.cpus[0].entry = ENTRY_SECURE_INTERRUPT;
    world_call(&s, 0, REQ32, PAIR(MP_ID, UP_ID));
    world_request(&s, 1, WORLD_MP, 0);
    world_call(&s, 1, FFA_ABORT_32);
    assert_ptr_equal(world_respond(&s, 0, MP_ID, 0).vcpu, UP);
    assert_handles(UP);
    assert_int_equal(finish().kind, NEXT_RESUME_NORMAL);
}

/* The cut chain of a context that handles an interrupt later: only what was preempted goes on. */
static void a_handler_goes_on_with_preempted_contexts_alone(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    world_call(&s, 0, FFA_YIELD);
    world_respond(&s, 0, 0, 0);
    world_interrupt(&s, 0, UP_DEVICE);
    world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0));
    assert_refused(&UP->regs, FFA_DENIED);
    assert_reason(&s, 0, "a handler runs preempted contexts alone");
}

static void a_handler_goes_on_with_the_chain_that_was_cut_for_it(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    world_interrupt(&s, 0, UP_DEVICE);
    world_respond(&s, 0, 0, 5);
    assert_handles(UP);
    world_call(&s, 0, HF_INTERRUPT_GET);
    assert_ptr_equal(world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0)).vcpu, MP(0));
    assert_int_equal(MP(0)->masked, MASK_ALL);
    assert_ptr_equal(world_respond(&s, 0, UP_ID, 7).vcpu, UP);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, RESP32, PAIR(UP_ID, 0), 0, 5);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_response_to_the_normal_world_comes_after_the_handler),
        TEST(a_response_to_a_partition_comes_after_the_handler),
        TEST(waiting_comes_after_the_handler),
        TEST(a_handler_that_dies_has_answered_before),
        TEST(what_was_fetched_needs_no_handler),
        TEST(the_responder_to_a_masked_partition_handles_it_the_next_time),
        TEST(the_responder_to_a_handler_handles_it_after_that),
        TEST(the_responder_to_a_handler_waits_for_its_time),
        TEST(the_responder_to_a_dead_handler_handles_it_at_once),
        TEST(a_handler_goes_on_with_preempted_contexts_alone),
        TEST(a_handler_goes_on_with_the_chain_that_was_cut_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
