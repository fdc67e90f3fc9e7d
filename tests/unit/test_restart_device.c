/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the SPI of an MP partition goes while not all its contexts have started: those of one that
 * came back start with their first call (core/restart.c, core/device.c).
 */
#include "core/interrupt.h"
#include "support/restarts.h"

static struct spmc s;

#define DEVICE 50
#define GIC port_model.interrupts[DEVICE]
#define MP(index) world_vcpu(&s, WORLD_MP, index)
#define IN_SERVICE (1U << SLOT_DEVICES)
#define PSCI_REQUEST                                                                        \
    FFA_MSG_SEND_DIRECT_REQ_32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC), FFA_FRAMEWORK_PSCI_REQUEST, \
        PSCI_CPU_OFF

static int boot(void **state)
{
    (void)state;
    port_model_reset();
    world_load(&s);
    world_device(&s, WORLD_MP, DEVICE, 0);
    world_start(&s);
    allow_restart(&s, WORLD_MP, RESTART_ON_NEXT_CALL);
    return 0;
}

static void cpu_on(unsigned cpu)
{
    struct next next = world_event(&s, cpu, EVENT_CPU_ON);

    while (next.kind == NEXT_RUN)
        next = world_call(&s, cpu, FFA_MSG_WAIT);
    assert_int_equal(next.kind, NEXT_INIT_DONE);
}

static void cpu_off(unsigned cpu)
{
    assert_int_equal(world_normal_call(&s, cpu, PSCI_REQUEST).kind, NEXT_REPLY_SPMD);
}

/* The first call of a context: it brings the partition back, or starts alone. */
static void first_call(unsigned cpu)
{
    struct next next;

    assert_true(MP(cpu)->state == VCPU_OFF || MP(cpu)->state == VCPU_ABORTED);
    next = world_request(&s, cpu, WORLD_MP, 0);
    work(&s, cpu, &next);
    assert_int_equal(MP(cpu)->model, MODEL_INIT);
    world_call(&s, cpu, FFA_MSG_WAIT);
    world_respond(&s, cpu, 0, 0);
    assert_int_equal(MP(cpu)->state, VCPU_WAITING);
}

/* It comes back on a CPU, and has its device's interrupt enabled. */
static void come_back_on(unsigned cpu)
{
    die(&s, WORLD_MP);
    first_call(cpu);
    assert_false(GIC.enabled);
    world_enable(&s, cpu, WORLD_MP, DEVICE);
}

static void assert_handled_on(unsigned cpu)
{
    assert_true(GIC.enabled);
    assert_int_equal(GIC.cpu, cpu);
    assert_ptr_equal(world_interrupt(&s, cpu, DEVICE).vcpu, MP(cpu));
    assert_int_equal(world_call(&s, cpu, HF_INTERRUPT_GET).kind, NEXT_RUN);
    assert_int_equal(MP(cpu)->regs.x[0], DEVICE);
    world_call(&s, cpu, HF_INTERRUPT_DEACTIVATE, DEVICE, DEVICE);
    world_call(&s, cpu, FFA_MSG_WAIT);
    assert_true(GIC.enabled);
}

static void it_goes_to_the_context_that_starts_first(void **state)
{
    (void)state;
    assert_int_equal(GIC.cpu, 0);
    come_back_on(1);
    assert_handled_on(1);
}

static void it_goes_to_its_target_when_that_context_starts(void **state)
{
    (void)state;
    come_back_on(1);
    first_call(0);
    assert_handled_on(0);
}

static void it_stays_when_another_context_starts(void **state)
{
    (void)state;
    come_back_on(0);
    first_call(1);
    assert_handled_on(0);
}

static void what_is_in_service_stays_so_over_another_start(void **state)
{
    (void)state;
    come_back_on(1);
    world_interrupt(&s, 1, DEVICE);
    world_call(&s, 1, HF_INTERRUPT_GET);
    world_call(&s, 1, FFA_MSG_WAIT);
    first_call(0);
    assert_false(GIC.enabled);
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, HF_INTERRUPT_DEACTIVATE, DEVICE, DEVICE);
    world_respond(&s, 0, 0, 0);
    assert_handled_on(0);
}

static void a_cpu_that_goes_off_leaves_it_to_a_context_that_has_started(void **state)
{
    (void)state;
    cpu_on(2);
    come_back_on(2);
    first_call(1);
    assert_int_equal(GIC.cpu, 2);
    cpu_off(2);
    assert_int_equal(MP(0)->state, VCPU_OFF);
    assert_handled_on(1);
}

static void with_none_that_has_started_it_waits_for_the_next_start(void **state)
{
    (void)state;
    come_back_on(0);
    cpu_off(0);
    assert_false(GIC.enabled);
    first_call(1);
    assert_handled_on(1);
}

static void a_cpu_that_comes_on_takes_it_with_its_start(void **state)
{
    (void)state;
    come_back_on(0);
    cpu_off(0);
    cpu_on(0);
    assert_handled_on(0);
}

/* A stopped context has started: it goes where its interrupts come, and has them when it goes on.
 */
static void a_stopped_context_takes_it_when_its_cpu_comes_on(void **state)
{
    (void)state;
    come_back_on(0);
    world_request(&s, 0, WORLD_MP, 0);
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    cpu_off(0);
    assert_int_equal(MP(0)->state, VCPU_PREEMPTED);
    assert_false(GIC.enabled);
    cpu_on(0);
    assert_true(GIC.enabled);
    assert_int_equal(GIC.cpu, 0);
    world_interrupt(&s, 0, DEVICE);
    world_normal_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0));
    assert_int_equal(MP(0)->lines, LINE_IRQ);
}

static void one_that_was_on_its_way_to_no_context_is_in_service_nowhere(void **state)
{
    (void)state;
    come_back_on(0);
    assert_int_equal(world_secure(&s, 1, EVENT_INTERRUPT, DEVICE).kind, NEXT_RESUME_NORMAL);
    assert_false((MP(0)->in_service | MP(1)->in_service) & IN_SERVICE);
    assert_handled_on(0);
}

static void its_target_is_a_context_that_has_started(void **state)
{
    (void)state;
    come_back_on(0);
    for (unsigned i = 0; i < 2; i++) {
        world_request(&s, 0, WORLD_MP, 0);
        world_call(&s, 0, HF_INTERRUPT_RECONFIGURE, DEVICE, HF_RECONFIGURE_TARGET_PE, 1);
        assert_int_equal(MP(0)->regs.x[0], i == 0 ? UINT32_MAX : 0);
        world_respond(&s, 0, 0, 0);
        assert_int_equal(GIC.cpu, i);
        if (i == 0)
            first_call(1);
    }
    assert_handled_on(1);
}

/* What a former life chose is forgotten. */
static void its_target_is_the_manifests_again(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, HF_INTERRUPT_RECONFIGURE, DEVICE, HF_RECONFIGURE_TARGET_PE, 1);
    assert_int_equal(world_running(&s, 0)->regs.x[0], 0);
    assert_int_equal(GIC.cpu, 1);
    world_respond(&s, 0, 0, 0);
    come_back_on(0);
    first_call(1);
    assert_handled_on(0);
}

/* Who is to enable it again is kicked, or its own alarm comes. */
static void one_that_is_held_is_looked_after_where_it_goes(void **state)
{
    (void)state;
    cpu_on(2);
    come_back_on(2);
    world_interrupt(&s, 2, DEVICE);
    world_call(&s, 2, HF_INTERRUPT_GET);
    port_model.now += 100 * MODEL_TICKS_PER_MS;
    world_call(&s, 2, FFA_MSG_WAIT);
    world_request(&s, 2, WORLD_MP, 0);
    world_call(&s, 2, HF_INTERRUPT_DEACTIVATE, DEVICE, DEVICE);
    world_respond(&s, 2, 0, 0);
    assert_false(GIC.enabled);
    first_call(1);
    port_model.kicked = 0;
    cpu_off(2);
    assert_true(port_model.kicked & 1U << 1);
    first_call(0);
    assert_int_equal(GIC.cpu, 0);
    assert_true(s.cpus[0].alarm != NEVER);
    port_model.now = s.cpus[0].alarm;
    world_secure(&s, 0, EVENT_TIMER, 0);
    assert_handled_on(0);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_goes_to_the_context_that_starts_first),
        TEST(it_goes_to_its_target_when_that_context_starts),
        TEST(it_stays_when_another_context_starts),
        TEST(what_is_in_service_stays_so_over_another_start),
        TEST(a_cpu_that_goes_off_leaves_it_to_a_context_that_has_started),
        TEST(with_none_that_has_started_it_waits_for_the_next_start),
        TEST(a_cpu_that_comes_on_takes_it_with_its_start),
        TEST(a_stopped_context_takes_it_when_its_cpu_comes_on),
        TEST(one_that_was_on_its_way_to_no_context_is_in_service_nowhere),
        TEST(its_target_is_a_context_that_has_started),
        TEST(its_target_is_the_manifests_again),
        TEST(one_that_is_held_is_looked_after_where_it_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
