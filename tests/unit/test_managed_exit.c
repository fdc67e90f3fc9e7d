/* SPDX-License-Identifier: BSD-3-Clause */
/* An interrupt of the Normal world asks a partition to come to an end: core/vcpu.c. */
#include "core/interrupt.h"
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define UP (world_vcpu(&s, WORLD_UP, 0))
#define MP(index) (world_vcpu(&s, WORLD_MP, index))
#define QUEUED (world_vcpu(&s, WORLD_QUEUED, 0))
#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define RESP32 FFA_MSG_SEND_DIRECT_RESP_32
#define SHORT (MANAGED_EXIT_MS * MODEL_TICKS_PER_MS)
#define LONG (10 * SHORT)

static void boot(uint8_t up, uint8_t mp)
{
    port_model_reset_counters();
    world_load(&s);
    s.partitions[WORLD_UP].ns_action = up;
    s.partitions[WORLD_MP].ns_action = mp;
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        s.partitions[i].budget = LONG;
    world_start(&s);
}

static int both(void **state)
{
    (void)state;
    boot(FFA_NS_ACTION_MANAGED_EXIT, FFA_NS_ACTION_MANAGED_EXIT);
    return 0;
}

static int the_caller_alone(void **state)
{
    (void)state;
    boot(FFA_NS_ACTION_MANAGED_EXIT, FFA_NS_ACTION_SIGNALLED);
    return 0;
}

static int the_callee_alone(void **state)
{
    (void)state;
    boot(FFA_NS_ACTION_SIGNALLED, FFA_NS_ACTION_MANAGED_EXIT);
    return 0;
}

static int neither(void **state)
{
    (void)state;
    boot(FFA_NS_ACTION_SIGNALLED, FFA_NS_ACTION_SIGNALLED);
    return 0;
}

/* The Normal world's request to UP, which asks MP. */
static void chain(void)
{
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
}

static struct next normal_interrupt(void)
{
    return world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
}

static void assert_asked(const struct vcpu *v, unsigned line)
{
    assert_ptr_equal(world_running(&s, 0), v);
    assert_int_equal(v->lines, line);
    assert_int_equal(v->masked, MASK_NORMAL);
    assert_int_equal(v->deadline, port_model.now + SHORT);
}

/* ---- One partition ---- */

static void it_is_asked_by_fiq_and_answers(void **state)
{
    struct regs before;

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    before = UP->regs;
    normal_interrupt();
    assert_asked(UP, LINE_FIQ);
    assert_memory_equal(&UP->regs, &before, sizeof(before));
    assert_ptr_equal(normal_interrupt().vcpu, UP);
    assert_int_equal(world_respond(&s, 0, 0, 5).kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, RESP32, PAIR(UP_ID, 0), 0, 5);
    assert_int_equal(UP->pending, 0);
    world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(UP->lines, 0);
    assert_int_equal(UP->masked, MASK_NOTHING);
}

static void it_is_asked_by_irq_if_the_manifest_says_so(void **state)
{
    (void)state;
    world_load(&s);
    s.partitions[WORLD_UP].ns_action = FFA_NS_ACTION_MANAGED_EXIT;
    s.partitions[WORLD_UP].managed_exit_irq = true;
    s.partitions[WORLD_UP].budget = LONG;
    world_start(&s);
    world_request(&s, 0, WORLD_UP, 0);
    normal_interrupt();
    assert_asked(UP, LINE_IRQ);
    world_call(&s, 0, HF_INTERRUPT_GET);
    assert_int_equal(UP->regs.x[0], HF_INTID_MANAGED_EXIT);
    assert_int_equal(UP->lines, 0);
    assert_int_equal(UP->masked, MASK_NORMAL);
}

static void a_yield_is_an_exit_too(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    normal_interrupt();
    assert_int_equal(world_call(&s, 0, FFA_YIELD).kind, NEXT_REPLY_NORMAL);
    assert_int_equal(UP->pending, 0);
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    assert_int_equal(UP->masked, MASK_NOTHING);
    normal_interrupt();
    assert_asked(UP, LINE_FIQ);
}

static void waiting_is_an_exit_of_a_run(void **state)
{
    (void)state;
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    normal_interrupt();
    assert_asked(UP, LINE_FIQ);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_REPLY_NORMAL);
    assert_int_equal(UP->pending, 0);
}

static void who_is_late_dies(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    normal_interrupt();
    assert_int_equal(world_event(&s, 0, EVENT_DEADLINE).kind, NEXT_REPLY_NORMAL);
    assert_refused(normal, FFA_ABORTED);
}

static void a_shorter_budget_counts(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].budget = 100;
    world_request(&s, 0, WORLD_UP, 0);
    normal_interrupt();
    assert_int_equal(UP->deadline, port_model.now + 100);
}

static void who_disabled_it_is_preempted(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, HF_INTERRUPT_ENABLE, HF_INTID_MANAGED_EXIT, 0);
    assert_int_equal(normal_interrupt().kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, FFA_INTERRUPT, PAIR(UP_ID, 0), 0, 0);
    assert_int_equal(UP->state, VCPU_PREEMPTED);
}

static void who_disables_it_when_asked_is_not_asked_later(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    normal_interrupt();
    world_call(&s, 0, HF_INTERRUPT_ENABLE, HF_INTID_MANAGED_EXIT, 0);
    world_respond(&s, 0, 0, 0);
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, HF_INTERRUPT_ENABLE, HF_INTID_MANAGED_EXIT, 1, HF_LINE_FIQ);
    assert_int_equal(UP->lines, 0);
}

static void others_have_no_such_interrupt(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, HF_INTERRUPT_ENABLE, HF_INTID_MANAGED_EXIT, 1, HF_LINE_FIQ);
    assert_int_equal(normal_interrupt().kind, NEXT_REPLY_NORMAL);
}

/* ---- Chains: what each of the two does ---- */

static void both_are_asked_one_after_the_other(void **state)
{
    (void)state;
    chain();
    normal_interrupt();
    assert_asked(MP(0), LINE_FIQ);
    assert_int_equal(UP->state, VCPU_BLOCKED);
    assert_ptr_equal(world_respond(&s, 0, UP_ID, 1).vcpu, UP);
    assert_answer(&UP->regs, RESP32, PAIR(MP_ID, UP_ID), 0, 1);
    normal_interrupt();
    assert_asked(UP, LINE_FIQ);
    assert_int_equal(world_respond(&s, 0, 0, 2).kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, RESP32, PAIR(UP_ID, 0), 0, 2);
}

static void a_caller_is_told_that_its_callee_was_preempted_and_asked(void **state)
{
    (void)state;
    chain();
    normal_interrupt();
    assert_asked(UP, LINE_FIQ);
    assert_answer(&UP->regs, FFA_INTERRUPT, PAIR(MP_ID, 0), 0, 0);
    assert_int_equal(MP(0)->state, VCPU_PREEMPTED);
    assert_int_equal(world_respond(&s, 0, 0, 3).kind, NEXT_REPLY_NORMAL);
    world_normal_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0));
    assert_refused(normal, FFA_DENIED);
    world_request(&s, 0, WORLD_UP, 0);
    assert_ptr_equal(world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0)).vcpu, MP(0));
    assert_int_equal(MP(0)->masked, MASK_NOTHING);
    world_respond(&s, 0, UP_ID, 4);
    assert_answer(&UP->regs, RESP32, PAIR(MP_ID, UP_ID), 0, 4);
}

/* And a time of its own, while that of its caller goes on. */
static void a_callee_that_is_run_meanwhile_is_masked_too(void **state)
{
    (void)state;
    chain();
    normal_interrupt();
    port_model.now += 100;
    world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0));
    assert_int_equal(MP(0)->masked, MASK_NORMAL);
    assert_int_equal(MP(0)->deadline, port_model.now + s.partitions[WORLD_MP].budget);
    assert_int_equal(UP->deadline, port_model.now - 100 + SHORT);
    assert_ptr_equal(normal_interrupt().vcpu, MP(0));
    world_respond(&s, 0, UP_ID, 0);
    assert_int_equal(UP->masked, MASK_NORMAL);
    assert_int_equal(world_respond(&s, 0, 0, 0).kind, NEXT_REPLY_NORMAL);
}

static void a_callees_death_gives_no_more_time_to_leave(void **state)
{
    uint64_t end;

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    normal_interrupt();
    end = UP->deadline;
    port_model.now += 100;
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    world_call(&s, 0, FFA_ABORT_32);
    assert_ptr_equal(world_running(&s, 0), UP);
    assert_int_equal(UP->deadline, end);
}

static void a_chain_is_cut_at_the_nearest_who_can_be_asked(void **state)
{
    (void)state;
    s.partitions[WORLD_QUEUED].ns_action = FFA_NS_ACTION_SIGNALLED;
    s.partitions[WORLD_QUEUED].mask = MASK_NOTHING;
    chain();
    world_call(&s, 0, REQ32, PAIR(MP_ID, QUEUED_ID));
    normal_interrupt();
    assert_asked(UP, LINE_FIQ);
    assert_int_equal(MP(0)->state, VCPU_BLOCKED);
    assert_int_equal(QUEUED->state, VCPU_PREEMPTED);
    assert_ptr_equal(world_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0)).vcpu, QUEUED);
    assert_int_equal(QUEUED->masked, MASK_NORMAL);
}

static void a_dead_caller_is_not_asked(void **state)
{
    (void)state;
    s.partitions[WORLD_MP].ns_action = FFA_NS_ACTION_MANAGED_EXIT;
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, REQ32, PAIR(MP_ID, UP_ID));
    world_request(&s, 1, WORLD_MP, 0);
    world_event(&s, 1, EVENT_SERROR);
    assert_int_equal(MP(0)->state, VCPU_ABORTED);
    assert_int_equal(normal_interrupt().kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, FFA_INTERRUPT, PAIR(MP_ID, 0), 0, 0);
}

static void a_signalled_caller_is_preempted_after_its_callee_left(void **state)
{
    (void)state;
    chain();
    normal_interrupt();
    assert_asked(MP(0), LINE_FIQ);
    assert_ptr_equal(world_respond(&s, 0, UP_ID, 1).vcpu, UP);
    assert_int_equal(normal_interrupt().kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, FFA_INTERRUPT, PAIR(UP_ID, 0), 0, 0);
    assert_ptr_equal(world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0)).vcpu, UP);
}

static void without_it_the_whole_chain_stops(void **state)
{
    (void)state;
    chain();
    assert_int_equal(normal_interrupt().kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, FFA_INTERRUPT, PAIR(UP_ID, 0), 0, 0);
    assert_int_equal(MP(0)->state, VCPU_PREEMPTED);
    assert_int_equal(UP->state, VCPU_BLOCKED);
}

static void under_a_queued_caller_nobody_is_asked(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_QUEUED, 0);
    world_call(&s, 0, REQ32, PAIR(QUEUED_ID, UP_ID));
    assert_ptr_equal(normal_interrupt().vcpu, UP);
    assert_int_equal(UP->lines, 0);
    assert_int_equal(UP->masked, MASK_NORMAL);
}

static void a_queued_callee_is_not_interrupted(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, QUEUED_ID));
    assert_ptr_equal(normal_interrupt().vcpu, QUEUED);
    world_respond(&s, 0, UP_ID, 0);
    normal_interrupt();
    assert_asked(UP, LINE_FIQ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_is_asked_by_fiq_and_answers, both),
        cmocka_unit_test_setup(it_is_asked_by_irq_if_the_manifest_says_so, both),
        cmocka_unit_test_setup(a_yield_is_an_exit_too, both),
        cmocka_unit_test_setup(waiting_is_an_exit_of_a_run, both),
        cmocka_unit_test_setup(who_is_late_dies, both),
        cmocka_unit_test_setup(a_shorter_budget_counts, both),
        cmocka_unit_test_setup(who_disabled_it_is_preempted, both),
        cmocka_unit_test_setup(who_disables_it_when_asked_is_not_asked_later, both),
        cmocka_unit_test_setup(others_have_no_such_interrupt, neither),
        cmocka_unit_test_setup(both_are_asked_one_after_the_other, both),
        cmocka_unit_test_setup(a_caller_is_told_that_its_callee_was_preempted_and_asked,
                               the_caller_alone),
        cmocka_unit_test_setup(a_callee_that_is_run_meanwhile_is_masked_too, the_caller_alone),
        cmocka_unit_test_setup(a_callees_death_gives_no_more_time_to_leave, the_caller_alone),
        cmocka_unit_test_setup(a_chain_is_cut_at_the_nearest_who_can_be_asked, the_caller_alone),
        cmocka_unit_test_setup(a_dead_caller_is_not_asked, neither),
        cmocka_unit_test_setup(a_signalled_caller_is_preempted_after_its_callee_left,
                               the_callee_alone),
        cmocka_unit_test_setup(without_it_the_whole_chain_stops, neither),
        cmocka_unit_test_setup(under_a_queued_caller_nobody_is_asked, both),
        cmocka_unit_test_setup(a_queued_callee_is_not_interrupted, the_caller_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
