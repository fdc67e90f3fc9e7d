/* SPDX-License-Identifier: BSD-3-Clause */
/* Dead partitions that come back at once, by the alarm of a CPU: core/restart.c. */
#include "support/restarts.h"

static struct spmc s;

#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32

static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    allow_restart(&s, WORLD_UP, RESTART_AT_ONCE);
    return 0;
}

static struct next alarm_of(unsigned cpu)
{
    return world_secure(&s, cpu, EVENT_TIMER, 0);
}

/* A CPU restores a partition to its end, by its alarm. */
static void restored_by(unsigned cpu, unsigned partition)
{
    struct next next = alarm_of(cpu);

    assert_int_equal(work(&s, cpu, &next), RESTART_PAGES + 1);
    assert_starts(next, world_vcpu(&s, partition, 0), s.partitions[partition].entry);
    assert_int_equal(world_call(&s, cpu, FFA_MSG_WAIT).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(s.partitions[partition].state, PARTITION_LIVE);
}

static void the_alarm_brings_one_back_at_once(void **state)
{
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    assert_true(port_model.alarm > port_model.now && port_model.alarm != NEVER);
    port_model.now = port_model.alarm;
    next = alarm_of(0);
    assert_int_equal(next.kind, NEXT_AGAIN);
    work(&s, 0, &next);
    assert_starts(next, world_vcpu(&s, WORLD_UP, 0), s.partitions[WORLD_UP].entry);
    next = world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(next.kind, NEXT_RESUME_NORMAL);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_LIVE);
    assert_true(port_model.alarm == NEVER);
    assert_ptr_equal(world_request(&s, 0, WORLD_UP, 0).vcpu, world_vcpu(&s, WORLD_UP, 0));
}

static void work_at_once_gives_way_and_goes_on_by_the_alarm(void **state)
{
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    port_model.now = port_model.alarm;
    alarm_of(0);
    world_event(&s, 0, EVENT_AGAIN);
    next = world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    assert_int_equal(next.kind, NEXT_RESUME_NORMAL);
    port_model.now = port_model.alarm;
    next = alarm_of(0);
    assert_int_equal(work(&s, 0, &next), RESTART_PAGES);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_LIVE);
}

/* The Normal world waits for the work, which waits for the handler. */
static void a_device_interrupts_work_at_once(void **state)
{
    struct next next;

    (void)state;
    world_device(&s, WORLD_MP, 40, 0);
    world_enable(&s, 0, WORLD_MP, 40);
    die(&s, WORLD_UP);
    port_model.now = port_model.alarm;
    alarm_of(0);
    assert_ptr_equal(world_interrupt(&s, 0, 40).vcpu, world_vcpu(&s, WORLD_MP, 0));
    world_call(&s, 0, HF_INTERRUPT_GET);
    next = world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(work(&s, 0, &next), RESTART_PAGES + 1);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_RESUME_NORMAL);
    assert_true(s.cpus[0].online);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_LIVE);
}

/* Nobody may ever call it: what came during its start comes after it. */
static void what_comes_during_a_start_at_once_is_handled(void **state)
{
    struct vcpu *up = world_vcpu(&s, WORLD_UP, 0);
    struct next next;

    (void)state;
    world_device(&s, WORLD_UP, 40, 0);
    die(&s, WORLD_UP);
    port_model.now = port_model.alarm;
    next = alarm_of(0);
    work(&s, 0, &next);
    world_call(&s, 0, HF_INTERRUPT_ENABLE, 40, 1, HF_LINE_IRQ);
    world_secure(&s, 1, EVENT_INTERRUPT, 40);
    assert_false(port_model.interrupts[40].enabled);
    assert_ptr_equal(world_call(&s, 0, FFA_MSG_WAIT).vcpu, up);
    assert_answer(&up->regs, FFA_INTERRUPT, 0, 40, 0);
    world_call(&s, 0, HF_INTERRUPT_GET);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_RESUME_NORMAL);
}

static void a_call_may_be_faster_than_the_alarm(void **state)
{
    (void)state;
    die(&s, WORLD_UP);
    come_back(&s);
    port_model.now += 2 * MODEL_TICKS_PER_MS;
    assert_int_equal(alarm_of(0).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(s.partitions[WORLD_UP].restarts, 1);
}

static void the_alarm_waits_while_a_partition_runs(void **state)
{
    (void)state;
    die(&s, WORLD_UP);
    world_request(&s, 0, WORLD_MP, 0);
    port_model.now = port_model.alarm;
    assert_int_equal(world_event(&s, 0, EVENT_TIMER).kind, NEXT_RUN);
    assert_true(port_model.alarm > port_model.now && port_model.alarm != NEVER);
}

static void an_alarm_before_its_time_changes_nothing(void **state)
{
    (void)state;
    die(&s, WORLD_UP);
    assert_int_equal(alarm_of(0).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_ABORTED);
    port_model.now = port_model.alarm;
    restored_by(0, WORLD_UP);
}

static void the_alarm_comes_again_until_its_chain_has_ended(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_QUEUED, 0);
    world_call(&s, 1, REQ32, PAIR(QUEUED_ID, MP_ID));
    allow_restart(&s, WORLD_MP, RESTART_AT_ONCE);
    world_call(&s, 1, REQ32, PAIR(MP_ID, UP_ID));
    die(&s, WORLD_MP);
    for (unsigned i = 0; i < 3; i++) {
        port_model.now = port_model.alarm;
        assert_int_equal(alarm_of(0).kind, NEXT_RESUME_NORMAL);
        assert_true(port_model.alarm > port_model.now && port_model.alarm != NEVER);
    }
    assert_ptr_equal(world_respond(&s, 1, MP_ID, 0).vcpu, world_vcpu(&s, WORLD_QUEUED, 0));
    port_model.now = s.cpus[0].alarm;
    restored_by(0, WORLD_MP);
}

static void of_two_the_one_that_died_first_comes_back_first(void **state)
{
    (void)state;
    allow_restart(&s, WORLD_QUEUED, RESTART_AT_ONCE);
    die(&s, WORLD_QUEUED);
    port_model.now++;
    die(&s, WORLD_UP);
    port_model.now += 2 * MODEL_TICKS_PER_MS;
    restored_by(0, WORLD_QUEUED);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_ABORTED);
    restored_by(0, WORLD_UP);

    die(&s, WORLD_UP);
    port_model.now++;
    die(&s, WORLD_QUEUED);
    port_model.now += 2 * MODEL_TICKS_PER_MS;
    restored_by(0, WORLD_UP);
    restored_by(0, WORLD_QUEUED);
}

static void it_comes_back_on_the_cpu_that_it_died_on(void **state)
{
    (void)state;
    die(&s, WORLD_UP);
    port_model.now += 2 * MODEL_TICKS_PER_MS;
    assert_int_equal(alarm_of(1).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(s.cpus[1].alarm, NEVER);
    restored_by(0, WORLD_UP);
}

static void a_start_at_once_that_fails_leaves_the_normal_world_alone(void **state)
{
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    for (unsigned i = 0; i < RESTARTS_MAX; i++) {
        port_model.now = port_model.alarm;
        next = alarm_of(0);
        work(&s, 0, &next);
        assert_int_equal(world_call(&s, 0, FFA_ABORT_32).kind, NEXT_RESUME_NORMAL);
    }
    assert_int_equal(port_model.alarm, NEVER);
    assert_true(port_model_printed("died too often"));
}

static void another_cpu_looks_after_it_when_one_goes_off(void **state)
{
    (void)state;
    die(&s, WORLD_UP);
    world_normal_call(&s, 0, REQ32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC), FFA_FRAMEWORK_PSCI_REQUEST,
                      PSCI_CPU_OFF);
    port_model.now += 2 * MODEL_TICKS_PER_MS;
    restored_by(1, WORLD_UP);
}

/* The kick by which it is told comes to a vCPU that is condemned. */
static void another_cpu_looks_after_it_after_a_burial(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_MP, 0);
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, FFA_ABORT_32);
    die(&s, WORLD_UP);
    world_normal_call(&s, 0, REQ32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC), FFA_FRAMEWORK_PSCI_REQUEST,
                      PSCI_CPU_OFF);
    world_event(&s, 1, EVENT_KICK);
    assert_true(s.cpus[1].alarm != NEVER);
    port_model.now = s.cpus[1].alarm;
    restored_by(1, WORLD_UP);
}

/* Each has called PSCI's CPU_ON for the next. */
static void the_next_cpu_looks_after_it_when_the_last_one_went_off(void **state)
{
    (void)state;
    die(&s, WORLD_UP);
    for (unsigned cpu = 0; cpu < 2; cpu++)
        world_normal_call(&s, cpu, REQ32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC),
                          FFA_FRAMEWORK_PSCI_REQUEST, PSCI_CPU_OFF);
    for (struct next next = world_event(&s, 1, EVENT_CPU_ON); next.kind == NEXT_RUN;)
        next = world_call(&s, 1, FFA_MSG_WAIT);
    assert_true(s.cpus[1].alarm != NEVER);
    port_model.now = s.cpus[1].alarm;
    restored_by(1, WORLD_UP);
}

static void it_stays_where_it_is_when_another_cpu_goes_off(void **state)
{
    (void)state;
    die(&s, WORLD_UP);
    world_normal_call(&s, 1, REQ32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC), FFA_FRAMEWORK_PSCI_REQUEST,
                      PSCI_CPU_OFF);
    port_model.now = s.cpus[0].alarm;
    restored_by(0, WORLD_UP);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

/* With the longest budget there are less than eight in a minute, one after the other: the Normal
 * world would never have its CPU for long. */
static void starts_that_last_until_their_deadlines_are_few(void **state)
{
    struct partition *p = &s.partitions[WORLD_UP];
    struct next next;

    (void)state;
    p->budget = BUDGET_MAX_MS * MODEL_TICKS_PER_MS;
    die(&s, WORLD_UP);
    for (unsigned i = 0; i < RESTARTS_MAX; i++) {
        port_model.now = port_model.alarm;
        next = alarm_of(0);
        work(&s, 0, &next);
        assert_starts(next, world_vcpu(&s, WORLD_UP, 0), p->entry);
        port_model.now += p->budget;
        assert_int_equal(world_event(&s, 0, EVENT_DEADLINE).kind, NEXT_RESUME_NORMAL);
    }
    assert_true(port_model_printed("died too often"));
    assert_true(port_model.alarm == NEVER);
}

/* In between, what they may have kept the Normal world waiting is less than half of the time. */
static void whose_starts_are_followed_by_as_much_time_comes_back_for_ever(void **state)
{
    struct partition *p = &s.partitions[WORLD_UP];
    struct next next;

    (void)state;
    p->budget = BUDGET_MAX_MS * MODEL_TICKS_PER_MS;
    die(&s, WORLD_UP);
    for (unsigned i = 0; i < 3 * RESTARTS_MAX; i++) {
        port_model.now = port_model.alarm;
        next = alarm_of(0);
        work(&s, 0, &next);
        port_model.now += p->budget;
        world_call(&s, 0, FFA_MSG_WAIT);
        port_model.now += 4 * p->budget;
        die(&s, WORLD_UP);
    }
    assert_false(port_model_printed("died too often"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_alarm_brings_one_back_at_once),
        TEST(work_at_once_gives_way_and_goes_on_by_the_alarm),
        TEST(a_device_interrupts_work_at_once),
        TEST(what_comes_during_a_start_at_once_is_handled),
        TEST(a_call_may_be_faster_than_the_alarm),
        TEST(the_alarm_waits_while_a_partition_runs),
        TEST(an_alarm_before_its_time_changes_nothing),
        TEST(the_alarm_comes_again_until_its_chain_has_ended),
        TEST(of_two_the_one_that_died_first_comes_back_first),
        TEST(it_comes_back_on_the_cpu_that_it_died_on),
        TEST(a_start_at_once_that_fails_leaves_the_normal_world_alone),
        TEST(another_cpu_looks_after_it_when_one_goes_off),
        TEST(another_cpu_looks_after_it_after_a_burial),
        TEST(the_next_cpu_looks_after_it_when_the_last_one_went_off),
        TEST(it_stays_where_it_is_when_another_cpu_goes_off),
        TEST(starts_that_last_until_their_deadlines_are_few),
        TEST(whose_starts_are_followed_by_as_much_time_comes_back_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
