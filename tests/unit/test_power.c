/* SPDX-License-Identifier: BSD-3-Clause */
/* A CPU goes off, and partitions that subscribed to it are told before: core/power.c. */
#include "core/interrupt.h"
#include "core/models.h"
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define MP(index) (world_vcpu(&s, WORLD_MP, index))
#define OTHER(index) (world_vcpu(&s, WORLD_QUEUED, index))
#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define RESP32 FFA_MSG_SEND_DIRECT_RESP_32

/* The queued partition is an MP one too, and subscribed: it is told first, by the boot order. */
static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_load(&s);
    s.partitions[WORLD_MP].wants_cpu_off = true;
    s.partitions[WORLD_QUEUED].wants_cpu_off = true;
    s.partitions[WORLD_QUEUED].context_count = CPU_MAX;
    s.boot_order[1] = WORLD_QUEUED;
    s.boot_order[2] = WORLD_MP;
    world_start(&s);
    return 0;
}

static struct next psci(unsigned cpu, uint32_t function)
{
    return world_normal_call(&s, cpu, REQ32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC),
                             FFA_FRAMEWORK_PSCI_REQUEST, function);
}

/* The partition that was told on this CPU answers. */
static struct next say(unsigned cpu, uint32_t function, int32_t status)
{
    uint16_t id = WORLD_ID(world_running(&s, cpu)->partition);

    return world_call(&s, cpu, function, PAIR(id, FFA_ID_SPMC), FFA_FRAMEWORK_PM_RESPONSE,
                      (uint32_t)status);
}

static void assert_told(const struct vcpu *v, unsigned cpu)
{
    assert_ptr_equal(world_running(&s, cpu), v);
    assert_answer(&v->regs, REQ32, PAIR(FFA_ID_SPMC, WORLD_ID(v->partition)),
                  FFA_FRAMEWORK_PSCI_REQUEST, PSCI_CPU_OFF);
    assert_int_equal(v->model, MODEL_POWER);
    assert_int_equal(v->masked, MASK_ALL);
}

static void assert_gone(unsigned cpu, int32_t status)
{
    assert_answer(&s.cpus[cpu].normal, RESP32, PAIR(FFA_ID_SPMC, FFA_ID_SPMD),
                  FFA_FRAMEWORK_PM_RESPONSE, (uint32_t)status);
    assert_false(s.cpus[cpu].online);
    assert_int_equal(s.cpus[cpu].entry, ENTRY_NONE);
}

static void partitions_are_told_in_boot_order(void **state)
{
    (void)state;
    psci(1, PSCI_CPU_OFF);
    assert_told(OTHER(1), 1);
    say(1, RESP32, PSCI_SUCCESS);
    assert_told(MP(1), 1);
    assert_int_equal(say(1, RESP32, PSCI_SUCCESS).kind, NEXT_REPLY_SPMD);
    assert_gone(1, PSCI_SUCCESS);
    assert_int_equal(MP(1)->state, VCPU_OFF);
    assert_int_equal(OTHER(1)->state, VCPU_OFF);
    assert_int_equal(MP(0)->state, VCPU_WAITING);
}

static void one_denial_is_told_to_el3_after_all_were_asked(void **state)
{
    (void)state;
    psci(0, PSCI_CPU_OFF);
    say(0, RESP32, PSCI_DENIED);
    assert_told(MP(0), 0);
    say(0, RESP32, PSCI_SUCCESS);
    assert_gone(0, PSCI_DENIED);
}

static void a_denial_with_el3s_hint_is_one(void **state)
{
    (void)state;
    psci(0, PSCI_CPU_OFF);
    say(0, RESP32, PSCI_SUCCESS);
    say(0, RESP32 | FFA_SVE_HINT, PSCI_DENIED);
    assert_gone(0, PSCI_DENIED);
}

static void a_denial_is_forgotten_when_the_cpu_comes_back(void **state)
{
    (void)state;
    psci(0, PSCI_CPU_OFF);
    say(0, RESP32, PSCI_DENIED);
    say(0, RESP32, PSCI_DENIED);
    world_event(&s, 0, EVENT_CPU_ON);
    while (world_running(&s, 0) != NULL)
        world_call(&s, 0, FFA_MSG_WAIT);
    psci(0, PSCI_CPU_OFF);
    say(0, RESP32, PSCI_SUCCESS);
    say(0, RESP32, PSCI_SUCCESS);
    assert_gone(0, PSCI_SUCCESS);
}

static void who_dies_of_it_does_not_deny_it(void **state)
{
    (void)state;
    psci(0, PSCI_CPU_OFF);
    world_event(&s, 0, EVENT_DEADLINE);
    assert_int_equal(OTHER(0)->state, VCPU_ABORTED);
    assert_told(MP(0), 0);
    assert_int_equal(world_call(&s, 0, FFA_ABORT_32).kind, NEXT_REPLY_SPMD);
    assert_gone(0, PSCI_SUCCESS);
}

static void the_dead_are_not_told(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_QUEUED, 0);
    world_event(&s, 0, EVENT_SERROR);
    psci(1, PSCI_CPU_OFF);
    assert_told(MP(1), 1);
}

static void contexts_that_stopped_are_not_told(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    world_request(&s, 0, WORLD_QUEUED, 0);
    world_call(&s, 0, FFA_YIELD);
    assert_int_equal(psci(0, PSCI_CPU_OFF).kind, NEXT_REPLY_SPMD);
    assert_gone(0, PSCI_SUCCESS);
    assert_int_equal(MP(0)->state, VCPU_PREEMPTED);
    assert_int_equal(OTHER(0)->state, VCPU_BLOCKED);
}

static void who_did_not_subscribe_is_not_told(void **state)
{
    (void)state;
    s.partitions[WORLD_QUEUED].wants_cpu_off = false;
    s.partitions[WORLD_MP].wants_cpu_off = false;
    assert_int_equal(psci(0, PSCI_CPU_OFF).kind, NEXT_REPLY_SPMD);
    assert_gone(0, PSCI_SUCCESS);
}

static void other_functions_are_not_supported_and_told_to_nobody(void **state)
{
    (void)state;
    assert_int_equal(psci(0, PSCI_SYSTEM_OFF).kind, NEXT_REPLY_SPMD);
    assert_answer(normal, RESP32, PAIR(FFA_ID_SPMC, FFA_ID_SPMD), FFA_FRAMEWORK_PM_RESPONSE,
                  (uint32_t)PSCI_NOT_SUPPORTED);
    assert_true(s.cpus[0].online);
}

static void a_power_message_has_an_answer_of_its_own_form(void **state)
{
    struct regs *self = &OTHER(0)->regs;

    (void)state;
    psci(0, PSCI_CPU_OFF);
    say(0, FFA_MSG_SEND_DIRECT_RESP_64, PSCI_SUCCESS);
    assert_refused(self, FFA_INVALID_PARAMETERS);
    world_call(&s, 0, RESP32, PAIR(QUEUED_ID, FFA_ID_SPMC), 0, PSCI_SUCCESS);
    assert_refused(self, FFA_INVALID_PARAMETERS);
    world_call(&s, 0, RESP32, PAIR(QUEUED_ID, FFA_ID_NORMAL_WORLD), FFA_FRAMEWORK_PM_RESPONSE, 0);
    assert_refused(self, FFA_DENIED);
    world_call(&s, 0, RESP32, PAIR(QUEUED_ID, FFA_ID_SPMC), FFA_FRAMEWORK_VM_CREATED_RESPONSE, 0);
    assert_refused(self, FFA_INVALID_PARAMETERS);
    say(0, RESP32, PSCI_SUCCESS);
    assert_told(MP(0), 0);
}

static void a_response_of_the_second_kind_is_denied(void **state)
{
    (void)state;
    s.partitions[WORLD_QUEUED].endpoint.version = FFA_VERSION_1_2;
    psci(0, PSCI_CPU_OFF);
    world_call(&s, 0, FFA_MSG_SEND_DIRECT_RESP2, PAIR(QUEUED_ID, FFA_ID_SPMC));
    assert_refused(&OTHER(0)->regs, FFA_DENIED);
}

static void nobody_helps_with_a_power_message(void **state)
{
    struct regs *self = &OTHER(0)->regs;

    (void)state;
    psci(0, PSCI_CPU_OFF);
    world_call(&s, 0, REQ32, PAIR(QUEUED_ID, UP_ID));
    assert_refused(self, FFA_DENIED);
    assert_reason(&s, 0, "a power message needs no help");
    world_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    assert_refused(self, FFA_DENIED);
    world_call(&s, 0, FFA_YIELD);
    assert_refused(self, FFA_DENIED);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_refused(self, FFA_DENIED);
}

static void an_interrupt_of_the_normal_world_waits_for_the_answer(void **state)
{
    (void)state;
    psci(0, PSCI_CPU_OFF);
    assert_ptr_equal(world_event(&s, 0, EVENT_NORMAL_INTERRUPT).vcpu, OTHER(0));
}

/* It ends with its CPU, so what it does not look at is nobody's. */
static void interrupts_that_wait_for_a_context_end_with_it(void **state)
{
    (void)state;
    world_enable(&s, 0, WORLD_QUEUED, HF_INTID_TIMER);
    interrupt_pend(0, OTHER(0), SLOT_TIMER);
    psci(0, PSCI_CPU_OFF);
    say(0, RESP32, PSCI_SUCCESS);
    assert_told(MP(0), 0);
    say(0, RESP32, PSCI_SUCCESS);
    assert_gone(0, PSCI_SUCCESS);
    assert_int_equal(OTHER(0)->lines, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(partitions_are_told_in_boot_order),
        TEST(one_denial_is_told_to_el3_after_all_were_asked),
        TEST(a_denial_with_el3s_hint_is_one),
        TEST(a_denial_is_forgotten_when_the_cpu_comes_back),
        TEST(who_dies_of_it_does_not_deny_it),
        TEST(the_dead_are_not_told),
        TEST(contexts_that_stopped_are_not_told),
        TEST(who_did_not_subscribe_is_not_told),
        TEST(other_functions_are_not_supported_and_told_to_nobody),
        TEST(a_power_message_has_an_answer_of_its_own_form),
        TEST(a_response_of_the_second_kind_is_denied),
        TEST(nobody_helps_with_a_power_message),
        TEST(an_interrupt_of_the_normal_world_waits_for_the_answer),
        TEST(interrupts_that_wait_for_a_context_end_with_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
