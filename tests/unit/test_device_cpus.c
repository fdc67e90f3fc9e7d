/* SPDX-License-Identifier: BSD-3-Clause */
/* Where devices' interrupts go: core/device.c. */
#include "support/devices.h"

/* ---- CPUs ---- */

static void spis_are_configured_once_and_go_to_the_boot_cpu(void **state)
{
    (void)state;
    assert_true(GIC(UP_DEVICE).configured && GIC(UP_DEVICE).level && !GIC(MP_DEVICE).level);
    assert_int_equal(GIC(UP_DEVICE).priority, 7);
    assert_int_equal(GIC(UP_DEVICE).cpu, 0);
    GIC(UP_DEVICE).configured = false;
    cpu_off(1);
    cpu_on(1);
    assert_false(GIC(UP_DEVICE).configured);
}

static void an_spi_goes_to_the_cpu_of_the_manifest_once_that_is_on(void **state)
{
    (void)state;
    load();
    interrupt_of(WORLD_MP, 0)->target = 1;
    world_event(&s, 0, EVENT_COLD_BOOT);
    while (world_running(&s, 0) != NULL)
        world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(GIC(MP_DEVICE).cpu, 0);
    cpu_on(1);
    assert_int_equal(GIC(MP_DEVICE).cpu, 1);
    assert_int_equal(GIC(UP_DEVICE).cpu, 0);
}

static void spis_of_a_cpu_that_goes_off_go_to_another_and_come_back(void **state)
{
    (void)state;
    cpu_off(0);
    assert_int_equal(GIC(UP_DEVICE).cpu, 1);
    assert_int_equal(GIC(MP_DEVICE).cpu, 1);
    assert_int_equal(world_interrupt(&s, 1, UP_DEVICE).kind, NEXT_RUN);
    world_call(&s, 1, FFA_MSG_WAIT);
    cpu_on(0);
    assert_int_equal(GIC(UP_DEVICE).cpu, 0);
    assert_int_equal(GIC(MP_DEVICE).cpu, 0);
}

static void the_last_cpus_spis_come_to_the_next_one_that_is_on(void **state)
{
    (void)state;
    cpu_off(1);
    cpu_off(0);
    cpu_on(1);
    assert_int_equal(GIC(UP_DEVICE).cpu, 1);
}

/* The alarm of a CPU that went off is not set at the timer any more: it must not seem to be. */
static void what_is_held_as_the_last_cpu_goes_off_is_released_by_the_next(void **state)
{
    const unsigned last = CPU_MAX - 1;

    (void)state;
    cpu_on(last);
    world_request(&s, last, WORLD_UP, 0);
    world_call(&s, last, HF_INTERRUPT_RECONFIGURE, UP_DEVICE, HF_RECONFIGURE_TARGET_PE, last);
    world_respond(&s, last, 0, 0);
    handle(last, UP_DEVICE, 20 * MS);
    handle(last, UP_DEVICE, MS);
    assert_false(GIC(UP_DEVICE).enabled);
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++)
        if (s.cpus[cpu].online)
            cpu_off(cpu);
    port_model.alarm = NEVER;
    cpu_on(last);
    assert_int_equal(port_model.alarm, s.cpus[last].alarm);
    port_model.now = port_model.alarm;
    world_secure(&s, last, EVENT_TIMER, 0);
    assert_true(GIC(UP_DEVICE).enabled);
}

static void a_target_that_the_partition_chose_stays(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, HF_INTERRUPT_RECONFIGURE, MP_DEVICE, HF_RECONFIGURE_TARGET_PE, 1);
    world_respond(&s, 0, 0, 0);
    cpu_off(0);
    cpu_on(0);
    assert_int_equal(GIC(MP_DEVICE).cpu, 1);
}

/* An interrupt that was given to a context is not lost with that. */
static void what_a_context_has_in_service_comes_again_when_it_ends(void **state)
{
    (void)state;
    world_interrupt(&s, 0, MP_DEVICE);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_false(GIC(MP_DEVICE).enabled);
    cpu_off(0);
    assert_int_equal(MP(0)->state, VCPU_OFF);
    assert_int_equal(MP(0)->lines, 0);
    assert_true(GIC(MP_DEVICE).enabled);
    assert_int_equal(handle(1, MP_DEVICE, 0).kind, NEXT_RESUME_NORMAL);
}

static void an_spi_is_in_service_in_one_context_and_deactivated_in_any(void **state)
{
    (void)state;
    world_interrupt(&s, 0, MP_DEVICE);
    world_call(&s, 0, FFA_MSG_WAIT);
    world_request(&s, 1, WORLD_MP, 0);
    world_call(&s, 1, HF_INTERRUPT_DEACTIVATE, MP_DEVICE, MP_DEVICE);
    assert_int_equal(MP(1)->regs.x[0], 0);
    assert_true(GIC(MP_DEVICE).enabled);
    assert_int_equal(MP(0)->in_service, 0);
}

/* ---- An SPI that came to one context, and is enabled by another ---- */

static void enable_by_0(bool on)
{
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, HF_INTERRUPT_ENABLE, MP_DEVICE, on, HF_LINE_IRQ);
    world_respond(&s, 0, 0, 0);
}

static void an_spi_that_waits_in_a_context_is_handled_there_once_another_enables_it(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_MP, 0);
    world_interrupt(&s, 1, MP_DEVICE);
    enable_by_0(false);
    world_respond(&s, 1, 0, 0);
    assert_int_equal(MP(1)->lines, 0);
    port_model.kicked = 0;
    enable_by_0(true);
    assert_int_equal(port_model.kicked, 1 << 1);
    world_secure(&s, 1, EVENT_KICK, 0);
    assert_ptr_equal(world_running(&s, 1), MP(1));
    assert_int_equal(MP(1)->model, MODEL_INTERRUPT);
    world_call(&s, 1, HF_INTERRUPT_GET);
    assert_int_equal(MP(1)->regs.x[0], MP_DEVICE);
    world_call(&s, 1, HF_INTERRUPT_DEACTIVATE, MP_DEVICE, MP_DEVICE);
    assert_int_equal(world_call(&s, 1, FFA_MSG_WAIT).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(MP(1)->alarm, NEVER);
    assert_int_equal(MP(1)->pending, 0);
}

static void an_spi_that_waits_in_a_context_that_runs_is_shown_to_it_at_once(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_MP, 0);
    world_interrupt(&s, 1, MP_DEVICE);
    enable_by_0(false);
    port_model.kicked = 0;
    enable_by_0(true);
    assert_int_equal(port_model.kicked, 1 << 1);
    assert_ptr_equal(world_event(&s, 1, EVENT_KICK).vcpu, MP(1));
    assert_int_equal(MP(1)->lines, LINE_IRQ);
    assert_int_equal(MP(1)->model, MODEL_DIRECT);
}

/* Or the Normal world's interrupts would not be seen there, which are less than a kick. */
static void who_enables_what_another_context_sees_already_does_not_kick_it(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_MP, 0);
    world_interrupt(&s, 1, MP_DEVICE);
    assert_int_equal(MP(1)->lines, LINE_IRQ);
    world_request(&s, 0, WORLD_MP, 0);
    port_model.kicked = 0;
    for (unsigned i = 0; i < 4; i++)
        world_call(&s, 0, HF_INTERRUPT_ENABLE, MP_DEVICE, 1, HF_LINE_IRQ);
    assert_int_equal(port_model.kicked, 0);
    world_call(&s, 0, HF_INTERRUPT_ENABLE, MP_DEVICE, 1, HF_LINE_FIQ);
    assert_int_equal(port_model.kicked, 1 << 1);
}

static void an_spi_that_another_context_enables_waits_until_its_handlers_are_paid_for(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_MP, 0);
    world_interrupt(&s, 1, MP_DEVICE);
    enable_by_0(false);
    world_respond(&s, 1, 0, 0);
    s.partitions[WORLD_MP].paid = port_model.now + 100 * MS;
    enable_by_0(true);
    assert_int_equal(world_secure(&s, 1, EVENT_KICK, 0).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(s.cpus[1].alarm, port_model.now + 100 * MS);
    port_model.now = s.cpus[1].alarm;
    assert_ptr_equal(world_secure(&s, 1, EVENT_TIMER, 0).vcpu, MP(1));
}

/* Kicks without end would leave no time to whoever has that CPU. */
static void who_enables_an_spi_again_and_again_kicks_once(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_MP, 0);
    world_interrupt(&s, 1, MP_DEVICE);
    enable_by_0(false);
    world_respond(&s, 1, 0, 0);
    world_request(&s, 1, WORLD_UP, 0);
    s.partitions[WORLD_MP].paid = port_model.now + 100 * MS;
    enable_by_0(true);
    world_event(&s, 1, EVENT_KICK);
    for (unsigned i = 0; i < 4; i++) {
        port_model.kicked = 0;
        enable_by_0(i % 2 != 0);
        assert_int_equal(port_model.kicked, 0);
    }
    assert_int_equal(s.cpus[1].alarm, port_model.now + 100 * MS);
    assert_int_equal(s.partitions[WORLD_MP].paid, s.cpus[1].alarm + ENTRY);
}

/* Though it is off again when the kick arrives, and no handler begins. */
static void who_kicks_a_context_for_nothing_pays_for_it(void **state)
{
    unsigned kicks = 0;

    (void)state;
    world_request(&s, 1, WORLD_MP, 0);
    world_interrupt(&s, 1, MP_DEVICE);
    enable_by_0(false);
    world_respond(&s, 1, 0, 0);
    world_request(&s, 0, WORLD_MP, 0);
    for (unsigned i = 0; i < 1000; i++) {
        port_model.kicked = 0;
        world_call(&s, 0, HF_INTERRUPT_ENABLE, MP_DEVICE, 1, HF_LINE_IRQ);
        world_call(&s, 0, HF_INTERRUPT_ENABLE, MP_DEVICE, 0, HF_LINE_IRQ);
        if (port_model.kicked == 0)
            continue;
        kicks++;
        assert_int_equal(world_secure(&s, 1, EVENT_KICK, 0).kind, NEXT_RESUME_NORMAL);
    }
    assert_in_range(kicks, 1, 3);
    assert_in_range(s.cpus[1].alarm, port_model.now + 1, port_model.now + 3 * ENTRY);
}

/* It sees the line when it runs, so nobody there need be disturbed. */
static void who_enables_an_spi_of_a_context_that_stopped_kicks_nobody(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_MP, 0);
    world_interrupt(&s, 1, MP_DEVICE);
    enable_by_0(false);
    world_event(&s, 1, EVENT_NORMAL_INTERRUPT);
    assert_int_equal(MP(1)->state, VCPU_PREEMPTED);
    for (unsigned i = 0; i < 4; i++) {
        port_model.kicked = 0;
        enable_by_0(i % 2 == 0);
        assert_int_equal(port_model.kicked, 0);
        world_secure(&s, 1, EVENT_KICK, 0);
    }
    enable_by_0(true);
    world_normal_call(&s, 1, FFA_RUN, (uint64_t)s.partitions[WORLD_MP].endpoint.id << 16 | 1);
    assert_ptr_equal(world_running(&s, 1), MP(1));
    assert_int_equal(MP(1)->lines, LINE_IRQ);
}

/* ---- PPIs ---- */

static void a_ppi_is_its_contexts_own(void **state)
{
    (void)state;
    assert_true(GIC(MP_PPI).configured);
    world_enable(&s, 1, WORLD_MP, MP_PPI);
    assert_int_equal(world_interrupt(&s, 1, MP_PPI).kind, NEXT_RUN);
    assert_ptr_equal(world_running(&s, 1), MP(1));
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, HF_INTERRUPT_DEACTIVATE, MP_PPI, MP_PPI);
    assert_int_equal(MP(0)->regs.x[0], UINT32_MAX);
    world_call(&s, 1, HF_INTERRUPT_DEACTIVATE, MP_PPI, MP_PPI);
    assert_int_equal(MP(1)->regs.x[0], 0);
}

static void a_context_that_starts_anew_enables_its_ppi_anew(void **state)
{
    (void)state;
    world_enable(&s, 1, WORLD_MP, MP_PPI);
    world_interrupt(&s, 1, MP_PPI);
    world_call(&s, 1, FFA_MSG_WAIT);
    cpu_off(1);
    cpu_on(1);
    assert_false(GIC(MP_PPI).enabled);
    world_enable(&s, 1, WORLD_MP, MP_PPI);
    assert_true(GIC(MP_PPI).enabled);
}

static void a_context_that_goes_on_has_its_ppi_as_it_was(void **state)
{
    (void)state;
    world_enable(&s, 1, WORLD_MP, MP_PPI);
    world_request(&s, 1, WORLD_MP, 0);
    world_event(&s, 1, EVENT_NORMAL_INTERRUPT);
    cpu_off(1);
    GIC(MP_PPI).enabled = false; /* EL3 resets what is the CPU's own */
    cpu_on(1);
    assert_int_equal(MP(1)->state, VCPU_PREEMPTED);
    assert_true(GIC(MP_PPI).enabled);
}

static void all_interrupts_of_a_dead_partition_are_off(void **state)
{
    (void)state;
    world_enable(&s, 0, WORLD_MP, MP_PPI);
    world_request(&s, 0, WORLD_MP, 0);
    world_event(&s, 0, EVENT_SERROR);
    assert_false(GIC(MP_DEVICE).enabled || GIC(MP_PPI).enabled);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(spis_are_configured_once_and_go_to_the_boot_cpu),
        TEST(an_spi_goes_to_the_cpu_of_the_manifest_once_that_is_on),
        TEST(spis_of_a_cpu_that_goes_off_go_to_another_and_come_back),
        TEST(the_last_cpus_spis_come_to_the_next_one_that_is_on),
        TEST(what_is_held_as_the_last_cpu_goes_off_is_released_by_the_next),
        TEST(a_target_that_the_partition_chose_stays),
        TEST(what_a_context_has_in_service_comes_again_when_it_ends),
        TEST(an_spi_is_in_service_in_one_context_and_deactivated_in_any),
        TEST(an_spi_that_waits_in_a_context_is_handled_there_once_another_enables_it),
        TEST(an_spi_that_waits_in_a_context_that_runs_is_shown_to_it_at_once),
        TEST(an_spi_that_another_context_enables_waits_until_its_handlers_are_paid_for),
        TEST(who_enables_an_spi_again_and_again_kicks_once),
        TEST(who_kicks_a_context_for_nothing_pays_for_it),
        TEST(who_enables_an_spi_of_a_context_that_stopped_kicks_nobody),
        TEST(who_enables_what_another_context_sees_already_does_not_kick_it),
        TEST(a_ppi_is_its_contexts_own),
        TEST(a_context_that_starts_anew_enables_its_ppi_anew),
        TEST(a_context_that_goes_on_has_its_ppi_as_it_was),
        TEST(all_interrupts_of_a_dead_partition_are_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
