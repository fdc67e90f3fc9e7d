/* SPDX-License-Identifier: BSD-3-Clause */
/* The hypercalls by which a partition handles its virtual interrupts: core/interrupt.c. */
#include "core/interrupt.h"
#include "support/unit.h"

static struct spmc s;

#define UP_DEVICE 40
#define UP_URGENT 41
#define MP_DEVICE 50
#define MP_PPI 22
#define UNKNOWN 99
#define FAILED UINT32_MAX

#define UP (world_vcpu(&s, WORLD_UP, 0))
#define MP(index) (world_vcpu(&s, WORLD_MP, index))
#define GIC(intid) (port_model.interrupts[intid])
#define HF(function, ...) hypercall((const uint64_t[8]){function, __VA_ARGS__})

static int boot(void **state)
{
    (void)state;
    port_model_reset();
    world_load(&s);
    world_device(&s, WORLD_UP, UP_DEVICE, 10);
    world_device(&s, WORLD_UP, UP_URGENT, 5);
    world_device(&s, WORLD_MP, MP_DEVICE, 0);
    world_device(&s, WORLD_MP, MP_PPI, 0);
    world_start(&s);
    return 0;
}

/* Of the vCPU that runs on CPU 0: it goes on, with an answer in x0 alone. */
static uint64_t hypercall(const uint64_t x[8])
{
    struct vcpu *v = world_running(&s, 0);
    struct next next = world_smc(&s, 0, x);

    assert_int_equal(next.kind, NEXT_RUN);
    assert_ptr_equal(next.vcpu, v);
    assert_answer(&v->regs, v->regs.x[0], 0, 0, 0);
    return v->regs.x[0];
}

static void enable(uint32_t intid, unsigned line)
{
    assert_int_equal(HF(HF_INTERRUPT_ENABLE, intid, 1, line), 0);
}

/* ---- Enable ---- */

static void an_interrupt_is_enabled_at_the_gic_and_disabled(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    assert_false(GIC(UP_DEVICE).enabled);
    enable(UP_DEVICE, HF_LINE_IRQ);
    assert_true(GIC(UP_DEVICE).enabled);
    assert_int_equal(HF(HF_INTERRUPT_ENABLE, UP_DEVICE, 0), 0);
    assert_false(GIC(UP_DEVICE).enabled);
}

static void what_is_not_the_partitions_cannot_be_enabled(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(HF(HF_INTERRUPT_ENABLE, UNKNOWN, 1), FAILED);
    assert_int_equal(HF(HF_INTERRUPT_ENABLE, MP_DEVICE, 1), FAILED);
    assert_false(GIC(MP_DEVICE).enabled);
}

static void there_are_two_lines(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(HF(HF_INTERRUPT_ENABLE, UP_DEVICE, 1, 2), FAILED);
    assert_false(GIC(UP_DEVICE).enabled);
    enable(UP_DEVICE, HF_LINE_FIQ);
    enable(UP_URGENT, HF_LINE_IRQ);
    world_interrupt(&s, 0, UP_DEVICE);
    assert_int_equal(UP->lines, LINE_FIQ);
    world_interrupt(&s, 0, UP_URGENT);
    assert_int_equal(UP->lines, LINE_FIQ | LINE_IRQ);
}

static void an_interrupt_that_is_pending_is_raised_when_it_is_enabled(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_interrupt(&s, 0, UP_DEVICE); /* it came in the moment in which it was disabled */
    assert_int_equal(UP->lines, 0);
    assert_int_equal(HF(HF_INTERRUPT_GET, 0), HF_INVALID_INTID);
    enable(UP_DEVICE, HF_LINE_IRQ);
    assert_int_equal(UP->lines, LINE_IRQ);
    assert_int_equal(HF(HF_INTERRUPT_GET, 0), UP_DEVICE);
    assert_int_equal(UP->lines, 0);
}

static void an_spi_is_enabled_in_all_contexts_a_ppi_in_one(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    enable(MP_DEVICE, HF_LINE_FIQ);
    enable(MP_PPI, HF_LINE_IRQ);
    for (unsigned i = 0; i < WORLD_MP_CONTEXTS; i++)
        assert_true(MP(i)->enabled & 1U << SLOT_DEVICES && MP(i)->by_fiq & 1U << SLOT_DEVICES);
    assert_true(MP(0)->enabled & 1U << (SLOT_DEVICES + 1));
    assert_false(MP(1)->enabled & 1U << (SLOT_DEVICES + 1));
    assert_int_equal(HF(HF_INTERRUPT_ENABLE, MP_DEVICE, 0), 0);
    assert_false(MP(1)->enabled & 1U << SLOT_DEVICES);
}

/* ---- Get ---- */

static void get_gives_the_highest_priority_first(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    enable(UP_DEVICE, HF_LINE_IRQ);
    enable(UP_URGENT, HF_LINE_IRQ);
    enable(HF_INTID_TIMER, HF_LINE_IRQ);
    world_interrupt(&s, 0, UP_DEVICE);
    world_interrupt(&s, 0, UP_URGENT);
    interrupt_pend(0, UP, SLOT_TIMER);
    assert_int_equal(HF(HF_INTERRUPT_GET, 0), HF_INTID_TIMER);
    assert_int_equal(HF(HF_INTERRUPT_GET, 0), UP_URGENT);
    assert_int_equal(HF(HF_INTERRUPT_GET, 0), UP_DEVICE);
    assert_int_equal(HF(HF_INTERRUPT_GET, 0), HF_INVALID_INTID);
}

/* ---- Deactivate ---- */

static void an_interrupt_in_service_comes_again_when_it_is_deactivated(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    enable(UP_DEVICE, HF_LINE_IRQ);
    world_interrupt(&s, 0, UP_DEVICE);
    assert_false(GIC(UP_DEVICE).enabled);
    enable(UP_DEVICE, HF_LINE_IRQ);
    assert_false(GIC(UP_DEVICE).enabled);
    assert_int_equal(HF(HF_INTERRUPT_DEACTIVATE, UP_DEVICE, UP_DEVICE), 0);
    assert_true(GIC(UP_DEVICE).enabled);
}

static void only_what_is_in_service_is_deactivated(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    enable(UP_DEVICE, HF_LINE_IRQ);
    assert_int_equal(HF(HF_INTERRUPT_DEACTIVATE, UP_DEVICE, UP_DEVICE), FAILED);
    world_interrupt(&s, 0, UP_DEVICE);
    assert_int_equal(HF(HF_INTERRUPT_DEACTIVATE, UP_DEVICE, UP_URGENT), FAILED);
    assert_int_equal(HF(HF_INTERRUPT_DEACTIVATE, UNKNOWN, UNKNOWN), FAILED);
    assert_int_equal(HF(HF_INTERRUPT_DEACTIVATE, HF_INTID_TIMER, HF_INTID_TIMER), FAILED);
    assert_int_equal(HF(HF_INTERRUPT_DEACTIVATE, UP_URGENT, UP_URGENT), FAILED);
    assert_false(GIC(UP_DEVICE).enabled);
}

/* ---- Reconfigure ---- */

static void an_spi_of_an_mp_partition_goes_to_a_cpu_that_is_on(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    assert_int_equal(HF(HF_INTERRUPT_RECONFIGURE, MP_DEVICE, HF_RECONFIGURE_TARGET_PE, 1), 0);
    assert_int_equal(GIC(MP_DEVICE).cpu, 1);
    assert_int_equal(HF(HF_INTERRUPT_RECONFIGURE, MP_DEVICE, HF_RECONFIGURE_TARGET_PE, 2), FAILED);
    assert_int_equal(HF(HF_INTERRUPT_RECONFIGURE, MP_DEVICE, HF_RECONFIGURE_TARGET_PE, CPU_MAX),
                     FAILED);
    assert_int_equal(GIC(MP_DEVICE).cpu, 1);
}

static void a_ppi_has_no_target(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    assert_int_equal(HF(HF_INTERRUPT_RECONFIGURE, MP_PPI, HF_RECONFIGURE_TARGET_PE, 1), FAILED);
}

static void an_spi_of_a_up_partition_goes_where_that_runs(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(HF(HF_INTERRUPT_RECONFIGURE, UP_DEVICE, HF_RECONFIGURE_TARGET_PE, 1), FAILED);
    assert_int_equal(HF(HF_INTERRUPT_RECONFIGURE, UP_DEVICE, HF_RECONFIGURE_TARGET_PE, 0), 0);
}

static void an_interrupt_stays_secure(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(HF(HF_INTERRUPT_RECONFIGURE, UP_DEVICE, HF_RECONFIGURE_SECURITY, HF_SECURE),
                     0);
    assert_int_equal(HF(HF_INTERRUPT_RECONFIGURE, UP_DEVICE, HF_RECONFIGURE_SECURITY, 0), FAILED);
}

static void an_interrupt_is_turned_off_and_on(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    enable(UP_DEVICE, HF_LINE_IRQ);
    assert_int_equal(HF(HF_INTERRUPT_RECONFIGURE, UP_DEVICE, HF_RECONFIGURE_ENABLE, 0), 0);
    assert_false(GIC(UP_DEVICE).enabled);
    assert_int_equal(HF(HF_INTERRUPT_RECONFIGURE, UP_DEVICE, HF_RECONFIGURE_ENABLE, 2), FAILED);
    assert_false(GIC(UP_DEVICE).enabled);
    assert_int_equal(HF(HF_INTERRUPT_RECONFIGURE, UP_DEVICE, HF_RECONFIGURE_ENABLE, 1), 0);
    assert_true(GIC(UP_DEVICE).enabled);
}

static void only_a_devices_interrupt_is_reconfigured(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(HF(HF_INTERRUPT_RECONFIGURE, UP_DEVICE, HF_RECONFIGURE_ENABLE + 1, 1), FAILED);
    assert_int_equal(HF(HF_INTERRUPT_RECONFIGURE, HF_INTID_TIMER, HF_RECONFIGURE_ENABLE, 1),
                     FAILED);
    assert_int_equal(HF(HF_INTERRUPT_RECONFIGURE, UNKNOWN, HF_RECONFIGURE_ENABLE, 1), FAILED);
}

/* ---- Who calls ---- */

static void the_normal_world_has_no_hypercalls(void **state)
{
    static const uint32_t functions[] = {HF_INTERRUPT_ENABLE, HF_INTERRUPT_GET,
                                         HF_INTERRUPT_DEACTIVATE, HF_INTERRUPT_RECONFIGURE};

    (void)state;
    for (unsigned i = 0; i < COUNT(functions); i++) {
        world_normal_call(&s, 0, functions[i], UP_DEVICE, 1);
        assert_refused(&s.cpus[0].normal, FFA_NOT_SUPPORTED);
    }
    assert_false(GIC(UP_DEVICE).enabled);
}

static void other_hypercalls_are_unknown(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, 0xff05, UP_DEVICE, 1);
    assert_int_equal(UP->regs.x[0], (uint64_t)SMCCC_NOT_SUPPORTED);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_interrupt_is_enabled_at_the_gic_and_disabled),
        TEST(what_is_not_the_partitions_cannot_be_enabled),
        TEST(there_are_two_lines),
        TEST(an_interrupt_that_is_pending_is_raised_when_it_is_enabled),
        TEST(an_spi_is_enabled_in_all_contexts_a_ppi_in_one),
        TEST(get_gives_the_highest_priority_first),
        TEST(an_interrupt_in_service_comes_again_when_it_is_deactivated),
        TEST(only_what_is_in_service_is_deactivated),
        TEST(an_spi_of_an_mp_partition_goes_to_a_cpu_that_is_on),
        TEST(a_ppi_has_no_target),
        TEST(an_spi_of_a_up_partition_goes_where_that_runs),
        TEST(an_interrupt_stays_secure),
        TEST(an_interrupt_is_turned_off_and_on),
        TEST(only_a_devices_interrupt_is_reconfigured),
        TEST(the_normal_world_has_no_hypercalls),
        TEST(other_hypercalls_are_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
