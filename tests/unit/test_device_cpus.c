/* SPDX-License-Identifier: BSD-3-Clause */
/* Where devices' interrupts go, and when they are held back: core/device.c. */
#include "core/device.h"
#include "core/interrupt.h"
#include "core/timer.h"
#include "support/unit.h"

static struct spmc s;

#define UP_DEVICE 40
#define MP_DEVICE 50
#define MP_PPI 22

#define UP (world_vcpu(&s, WORLD_UP, 0))
#define MP(index) (world_vcpu(&s, WORLD_MP, index))
#define GIC(intid) (port_model.interrupts[intid])
#define MS MODEL_TICKS_PER_MS
#define ENTRY (HANDLER_ENTRY_US * MS / 1000)
#define PSCI_REQUEST                                                                        \
    FFA_MSG_SEND_DIRECT_REQ_32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC), FFA_FRAMEWORK_PSCI_REQUEST, \
        PSCI_CPU_OFF

static struct interrupt *interrupt_of(unsigned partition, unsigned i)
{
    return &s.partitions[partition].interrupts[SLOT_DEVICES + i];
}

static void load(void)
{
    port_model_reset();
    world_load(&s);
    world_device(&s, WORLD_UP, UP_DEVICE, 7);
    world_device(&s, WORLD_MP, MP_DEVICE, 0);
    world_device(&s, WORLD_MP, MP_PPI, 3);
    interrupt_of(WORLD_UP, 0)->level = true;
}

static int boot(void **state)
{
    (void)state;
    load();
    world_start(&s);
    world_enable(&s, 0, WORLD_UP, UP_DEVICE);
    world_enable(&s, 0, WORLD_MP, MP_DEVICE);
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

/* The handler fetches its interrupt, takes some time, and deactivates it at the end. */
static struct next handle(unsigned cpu, uint32_t intid, uint64_t ticks)
{
    assert_int_equal(world_interrupt(&s, cpu, intid).kind, NEXT_RUN);
    world_call(&s, cpu, HF_INTERRUPT_GET);
    port_model.now += ticks;
    world_call(&s, cpu, HF_INTERRUPT_DEACTIVATE, intid, intid);
    return world_call(&s, cpu, FFA_MSG_WAIT);
}

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
    assert_int_equal(s.cpus[1].alarm, s.partitions[WORLD_MP].paid);
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
    assert_int_equal(s.cpus[1].alarm, s.partitions[WORLD_MP].paid);
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

/* ---- Half of the time ---- */

static void short_handlers_are_not_held_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++)
        handle(0, UP_DEVICE, HANDLER_BURST_MS * MS / 10);
    assert_true(GIC(UP_DEVICE).enabled);
    assert_int_equal(s.partitions[WORLD_UP].held_count, 0);
    port_model.now += 1000 * MS;
    handle(0, UP_DEVICE, MS);
    assert_int_equal(s.partitions[WORLD_UP].paid, port_model.now + MS + ENTRY);
}

static void handlers_that_take_more_than_half_of_the_time_are_held_back(void **state)
{
    (void)state;
    handle(0, UP_DEVICE, 20 * MS);
    handle(0, UP_DEVICE, MS);
    assert_false(GIC(UP_DEVICE).enabled);
    assert_int_equal(s.partitions[WORLD_UP].held_count, 1);
    assert_true(s.cpus[0].alarm > port_model.now && s.cpus[0].alarm < port_model.now + 20 * MS);
    port_model.now = s.cpus[0].alarm; /* too early: the rest of the handler came after */
    world_secure(&s, 0, EVENT_TIMER, 0);
    port_model.now = s.cpus[0].alarm - 1;
    world_secure(&s, 0, EVENT_TIMER, 0);
    assert_false(GIC(UP_DEVICE).enabled);
    port_model.now++;
    world_secure(&s, 1, EVENT_TIMER, 0);
    assert_false(GIC(UP_DEVICE).enabled); /* another CPU does not release it */
    assert_int_equal(world_secure(&s, 0, EVENT_TIMER, 0).kind, NEXT_RESUME_NORMAL);
    assert_true(GIC(UP_DEVICE).enabled);
    assert_int_equal(s.cpus[0].alarm, NEVER);
}

/* Or two that never rest had the CPU to themselves. */
static void who_handles_while_another_has_not_paid_pays_twice(void **state)
{
    uint64_t began;

    (void)state;
    handle(0, UP_DEVICE, MS);
    began = port_model.now;
    handle(0, MP_DEVICE, MS);
    assert_int_equal(s.partitions[WORLD_MP].paid, began + 2 * (2 * MS + ENTRY));
    port_model.now += 100 * MS;
    began = port_model.now;
    handle(0, MP_DEVICE, MS);
    assert_int_equal(s.partitions[WORLD_MP].paid, began + 2 * MS + ENTRY);
}

/* They come again as soon as they may, for a second: each handler takes a tenth of a millisecond.
 */
static void two_whose_interrupts_never_rest_have_half_of_the_time_together(void **state)
{
    uint64_t end = port_model.now + 1000 * MS, handled = 0;

    (void)state;
    while (port_model.now < end) {
        bool up = GIC(UP_DEVICE).enabled, mp = GIC(MP_DEVICE).enabled;
        if (up)
            handle(0, UP_DEVICE, MS / 10);
        if (mp)
            handle(0, MP_DEVICE, MS / 10);
        handled += (unsigned)up + (unsigned)mp;
        if (!up && !mp) {
            port_model.now = s.cpus[0].alarm;
            world_secure(&s, 0, EVENT_TIMER, 0);
        }
    }
    assert_in_range(handled * MS / 10, 300 * MS, 520 * MS);
}

static void the_alarm_releases_it_while_another_partition_runs(void **state)
{
    (void)state;
    handle(0, UP_DEVICE, 20 * MS);
    handle(0, UP_DEVICE, MS);
    world_request(&s, 0, WORLD_MP, 0);
    port_model.now = s.partitions[WORLD_UP].paid;
    assert_ptr_equal(world_event(&s, 0, EVENT_TIMER).vcpu, MP(0));
    assert_true(GIC(UP_DEVICE).enabled);
}

/* No handler takes that CPU's time, but the interrupts do. */
static void who_deactivates_one_again_and_again_on_another_cpu_pays_for_it(void **state)
{
    unsigned rounds = 0;

    (void)state;
    world_request(&s, 1, WORLD_UP, 0);
    for (; rounds < 1000 && GIC(UP_DEVICE).enabled; rounds++) {
        assert_int_equal(world_interrupt(&s, 0, UP_DEVICE).kind, NEXT_RESUME_NORMAL);
        world_call(&s, 1, HF_INTERRUPT_DEACTIVATE, UP_DEVICE, UP_DEVICE);
        assert_int_equal(UP->regs.x[0], 0);
    }
    assert_in_range(rounds, 10 * MS / ENTRY, 10 * MS / ENTRY + 2);
    world_secure(&s, 0, EVENT_KICK, 0);
    port_model.now = s.cpus[0].alarm;
    world_secure(&s, 0, EVENT_TIMER, 0);
    assert_true(GIC(UP_DEVICE).enabled);
}

static void what_comes_while_it_runs_there_is_of_its_own_time(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_interrupt(&s, 0, UP_DEVICE);
    assert_int_equal(s.partitions[WORLD_UP].paid, 0);
}

/* Its target CPU has the alarm that releases it. */
static void an_spi_that_goes_elsewhere_is_released_there(void **state)
{
    (void)state;
    handle(0, UP_DEVICE, 20 * MS);
    world_interrupt(&s, 0, UP_DEVICE);
    world_call(&s, 0, FFA_MSG_WAIT);
    world_request(&s, 1, WORLD_UP, 0);
    port_model.kicked = 0;
    world_call(&s, 1, HF_INTERRUPT_DEACTIVATE, UP_DEVICE, UP_DEVICE);
    assert_int_equal(port_model.kicked, 1 << 0);
    assert_int_equal(s.cpus[1].alarm, NEVER);
    world_secure(&s, 0, EVENT_KICK, 0);
    port_model.now = s.cpus[0].alarm;
    world_secure(&s, 0, EVENT_TIMER, 0);
    assert_true(GIC(UP_DEVICE).enabled);
}

static void one_that_is_held_back_takes_its_alarm_to_its_new_target(void **state)
{
    (void)state;
    handle(0, UP_DEVICE, 20 * MS);
    handle(0, UP_DEVICE, MS);
    world_request(&s, 1, WORLD_UP, 0);
    world_call(&s, 1, HF_INTERRUPT_RECONFIGURE, UP_DEVICE, HF_RECONFIGURE_TARGET_PE, 1);
    assert_true(s.cpus[1].alarm != NEVER);
    port_model.now = s.cpus[1].alarm;
    world_event(&s, 1, EVENT_TIMER);
    assert_true(GIC(UP_DEVICE).enabled);
}

static void who_sends_one_that_is_held_back_again_and_again_kicks_its_target_once(void **state)
{
    (void)state;
    handle(0, MP_DEVICE, 20 * MS);
    handle(0, MP_DEVICE, MS);
    world_request(&s, 0, WORLD_MP, 0);
    for (unsigned i = 0; i < 4; i++) {
        port_model.kicked = 0;
        world_call(&s, 0, HF_INTERRUPT_RECONFIGURE, MP_DEVICE, HF_RECONFIGURE_TARGET_PE, 1);
        assert_int_equal(MP(0)->regs.x[0], 0);
        assert_int_equal(port_model.kicked, i == 0 ? 1 << 1 : 0);
        world_secure(&s, 1, EVENT_KICK, 0);
    }
    port_model.now = s.cpus[1].alarm;
    world_secure(&s, 1, EVENT_TIMER, 0);
    assert_true(GIC(MP_DEVICE).enabled);
}

static void one_that_is_held_back_leaves_with_its_cpu(void **state)
{
    (void)state;
    handle(0, UP_DEVICE, 20 * MS);
    handle(0, UP_DEVICE, MS);
    cpu_off(0);
    assert_int_equal(port_model.kicked, 1 << 1);
    world_secure(&s, 1, EVENT_KICK, 0);
    port_model.now = s.cpus[1].alarm;
    world_secure(&s, 1, EVENT_TIMER, 0);
    assert_true(GIC(UP_DEVICE).enabled);
}

static void one_that_is_held_back_is_not_enabled_by_its_partition(void **state)
{
    (void)state;
    handle(0, UP_DEVICE, 20 * MS);
    handle(0, UP_DEVICE, MS);
    world_enable(&s, 0, WORLD_UP, UP_DEVICE);
    assert_false(GIC(UP_DEVICE).enabled);
    port_model.now = s.partitions[WORLD_UP].paid;
    world_secure(&s, 0, EVENT_TIMER, 0);
    assert_true(GIC(UP_DEVICE).enabled);
}

static void a_ppi_is_held_back_on_its_own_cpu(void **state)
{
    (void)state;
    world_enable(&s, 0, WORLD_MP, MP_PPI);
    world_enable(&s, 1, WORLD_MP, MP_PPI);
    handle(1, MP_PPI, 20 * MS);
    handle(1, MP_PPI, MS);
    assert_int_equal(interrupt_of(WORLD_MP, 1)->held, 1 << 1);
    assert_true(s.cpus[1].alarm != NEVER);
    assert_int_equal(s.cpus[0].alarm, NEVER);
    port_model.now = s.partitions[WORLD_MP].paid;
    world_secure(&s, 0, EVENT_TIMER, 0);
    assert_int_equal(interrupt_of(WORLD_MP, 1)->held, 1 << 1);
    world_secure(&s, 1, EVENT_TIMER, 0);
    assert_int_equal(interrupt_of(WORLD_MP, 1)->held, 0);
    assert_int_equal(s.cpus[1].alarm, NEVER);
}

static void of_two_that_are_held_back_the_first_to_be_paid_comes_first(void **state)
{
    (void)state;
    handle(0, MP_DEVICE, 200 * MS);
    handle(0, UP_DEVICE, 20 * MS);
    handle(0, UP_DEVICE, MS);
    handle(0, MP_DEVICE, MS);
    assert_int_equal(s.cpus[0].alarm, device_earliest(&s.partitions[WORLD_UP]));
    port_model.now = s.cpus[0].alarm;
    world_secure(&s, 0, EVENT_TIMER, 0);
    assert_true(GIC(UP_DEVICE).enabled);
    assert_false(GIC(MP_DEVICE).enabled);
    assert_int_equal(s.cpus[0].alarm, device_earliest(&s.partitions[WORLD_MP]));
    port_model.now = s.cpus[0].alarm;
    world_secure(&s, 0, EVENT_TIMER, 0);
    assert_true(GIC(MP_DEVICE).enabled);
}

/* The timer's alarm comes later than that of what is held. */
static void a_later_timer_leaves_the_alarm_of_what_is_held_back(void **state)
{
    uint64_t due;

    (void)state;
    handle(0, UP_DEVICE, 20 * MS);
    handle(0, UP_DEVICE, MS);
    due = device_earliest(&s.partitions[WORLD_UP]);
    MP(0)->timers[TIMER_VIRTUAL] = (struct virtual_timer){1, due + 1, false};
    MP(0)->alarm = due + 1;
    timer_rearm(&s, 0);
    assert_int_equal(s.cpus[0].alarm, due);
    port_model.now = due;
    world_secure(&s, 0, EVENT_TIMER, 0);
    assert_true(GIC(UP_DEVICE).enabled);
    assert_int_equal(s.cpus[0].alarm, due + 1);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(spis_are_configured_once_and_go_to_the_boot_cpu),
        TEST(an_spi_goes_to_the_cpu_of_the_manifest_once_that_is_on),
        TEST(spis_of_a_cpu_that_goes_off_go_to_another_and_come_back),
        TEST(the_last_cpus_spis_come_to_the_next_one_that_is_on),
        TEST(a_target_that_the_partition_chose_stays),
        TEST(what_a_context_has_in_service_comes_again_when_it_ends),
        TEST(an_spi_is_in_service_in_one_context_and_deactivated_in_any),
        TEST(an_spi_that_waits_in_a_context_is_handled_there_once_another_enables_it),
        TEST(an_spi_that_waits_in_a_context_that_runs_is_shown_to_it_at_once),
        TEST(an_spi_that_another_context_enables_waits_until_its_handlers_are_paid_for),
        TEST(who_enables_an_spi_again_and_again_kicks_once),
        TEST(who_enables_an_spi_of_a_context_that_stopped_kicks_nobody),
        TEST(who_enables_what_another_context_sees_already_does_not_kick_it),
        TEST(a_ppi_is_its_contexts_own),
        TEST(a_context_that_starts_anew_enables_its_ppi_anew),
        TEST(a_context_that_goes_on_has_its_ppi_as_it_was),
        TEST(all_interrupts_of_a_dead_partition_are_off),
        TEST(short_handlers_are_not_held_back),
        TEST(handlers_that_take_more_than_half_of_the_time_are_held_back),
        TEST(who_handles_while_another_has_not_paid_pays_twice),
        TEST(two_whose_interrupts_never_rest_have_half_of_the_time_together),
        TEST(the_alarm_releases_it_while_another_partition_runs),
        TEST(who_deactivates_one_again_and_again_on_another_cpu_pays_for_it),
        TEST(what_comes_while_it_runs_there_is_of_its_own_time),
        TEST(an_spi_that_goes_elsewhere_is_released_there),
        TEST(one_that_is_held_back_takes_its_alarm_to_its_new_target),
        TEST(who_sends_one_that_is_held_back_again_and_again_kicks_its_target_once),
        TEST(one_that_is_held_back_leaves_with_its_cpu),
        TEST(one_that_is_held_back_is_not_enabled_by_its_partition),
        TEST(a_ppi_is_held_back_on_its_own_cpu),
        TEST(of_two_that_are_held_back_the_first_to_be_paid_comes_first),
        TEST(a_later_timer_leaves_the_alarm_of_what_is_held_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
