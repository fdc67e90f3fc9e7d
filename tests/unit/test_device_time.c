/* SPDX-License-Identifier: BSD-3-Clause */
/* Handlers of devices' interrupts have half of the time; for more they are held back:
 * core/device.c. */
#include "support/devices.h"

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
