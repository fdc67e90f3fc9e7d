/* SPDX-License-Identifier: BSD-3-Clause */
/* What a partition's manifest says about interrupts and power: core/interrupt_manifest.c and
 * core/partition_manifest.c. */
#include "core/device.h"
#include "core/interrupt.h"
#include "support/partition_manifest.h"

#define SPI 0x900U
#define PPI 0x500U
#define SGI 0x100U

static const struct interrupt *interrupt(unsigned i)
{
    return &p->interrupts[SLOT_DEVICES + i];
}

/* ---- Interrupts of a device ---- */

static void a_device_may_have_several_interrupts(void **state)
{
    (void)state;
    SET(blob, UART, "interrupts", 32, SPI | 9, 1019, SPI | 0x200, 16, PPI);
    assert_accepted();
    assert_int_equal(p->interrupt_count, SLOT_DEVICES + 3);
    assert_int_equal(interrupt(0)->priority, 9);
    assert_false(interrupt(0)->level || interrupt(0)->per_cpu);
    assert_true(interrupt(1)->level);
    assert_true(interrupt(2)->per_cpu);
    assert_int_equal(interrupt_slot(p, 1019), SLOT_DEVICES + 1);
    assert_ptr_equal(device_owner(&s, 16), p);
    assert_null(device_owner(&s, 17));
}

static void the_spmcs_own_interrupts_come_first(void **state)
{
    (void)state;
    assert_accepted();
    assert_int_equal(interrupt_slot(p, HF_INTID_TIMER), SLOT_TIMER);
    assert_int_equal(interrupt_slot(p, HF_INTID_MANAGED_EXIT), SLOT_MANAGED_EXIT);
    assert_int_equal(interrupt_slot(p, HF_INTID_NOTIFICATION), SLOT_NOTIFICATION);
    assert_int_equal(p->interrupt_count, SLOT_DEVICES);
}

static void lists_of_another_form_are_rejected(void **state)
{
    (void)state;
    SET(blob, UART, "interrupts", 40, SPI, 41);
    assert_rejected("expected pairs of number and attributes");
    begin(state);
    manifest_set(blob, UART, "interrupts", NULL, 0);
    assert_rejected("expected pairs of number and attributes");
}

static void other_interrupts_are_rejected(void **state)
{
    static const uint32_t bad[][2] = {
        {40, 0x800},         /* not Secure */
        {8, SGI},            /* of software */
        {31, SPI},           /* a PPI's number */
        {1020, SPI},         /* none is so large */
        {32, PPI},           /* an SPI's number */
        {15, PPI},           /* an SGI's number */
        {40, SPI | 0xc00},   /* of no type */
        {40, SPI | 0x10000}, /* more bits than there are */
        {20, PPI},           /* S-EL2's timer */
        {25, PPI},           /* the GIC, which tells hypervisors about their VMs */
        {26, PPI},
        {27, PPI}, /* the Normal world's timers */
        {28, PPI},
        {29, PPI},
        {30, PPI},
    };

    for (unsigned i = 0; i < COUNT(bad); i++) {
        begin(state);
        SET(blob, UART, "interrupts", bad[i][0], bad[i][1]);
        assert_rejected("expected Secure SPIs, or PPIs of an MP partition");
    }
}

static void the_ppis_around_those_of_the_board_are_free(void **state)
{
    static const uint32_t good[] = {16, 19, 21, 24, 31};

    for (unsigned i = 0; i < COUNT(good); i++) {
        begin(state);
        SET(blob, UART, "interrupts", good[i], PPI);
        assert_accepted();
        assert_int_equal(p->interrupts[SLOT_DEVICES].intid, good[i]);
    }
}

static void a_ppi_of_a_up_partition_is_rejected(void **state)
{
    (void)state;
    SET(blob, "/", "execution-ctx-count", 1);
    SET(blob, "/", "power-management-messages", 0);
    SET(blob, UART, "interrupts", 16, PPI);
    assert_rejected("expected Secure SPIs, or PPIs of an MP partition");
}

static void an_interrupt_belongs_to_one_device_of_one_partition(void **state)
{
    (void)state;
    SET(blob, UART, "interrupts", 40, SPI, 40, SPI);
    assert_rejected("expected an interrupt nobody else has");
    begin(state);
    interrupt_create(&s.partitions[1]);
    s.partitions[1].interrupts[SLOT_DEVICES].intid = 40;
    assert_true(device_register(&s, &s.partitions[1], SLOT_DEVICES));
    SET(blob, UART, "interrupts", 40, SPI);
    assert_rejected("expected an interrupt nobody else has");
}

static void a_partition_has_thirteen_at_most(void **state)
{
    uint32_t list[2 * (INTERRUPT_MAX - SLOT_DEVICES + 1)];

    (void)state;
    for (unsigned i = 0; i < COUNT(list) / 2; i++) {
        list[2 * i] = 40 + i;
        list[2 * i + 1] = SPI;
    }
    manifest_set(blob, UART, "interrupts", list, COUNT(list) - 2);
    assert_accepted();
    begin(state);
    manifest_set(blob, UART, "interrupts", list, COUNT(list));
    assert_rejected("expected fewer interrupts");
}

static void all_partitions_have_thirty_two_at_most(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROUTE_MAX - 1; i++)
        s.routes[s.route_count++] = (struct route){.intid = (uint16_t)(100 + i), .partition = 1};
    SET(blob, UART, "interrupts", 40, SPI);
    assert_accepted();
    begin(state);
    for (unsigned i = 0; i < ROUTE_MAX; i++)
        s.routes[s.route_count++] = (struct route){.intid = (uint16_t)(100 + i), .partition = 1};
    SET(blob, UART, "interrupts", 40, SPI);
    assert_rejected("expected fewer interrupts");
}

/* ---- Targets ---- */

static void an_spi_has_a_target(void **state)
{
    (void)state;
    SET(blob, UART, "interrupts", 40, SPI, 41, SPI);
    SET(blob, UART, "interrupts-target", 41, 0, 3);
    assert_accepted();
    assert_int_equal(interrupt(0)->target, 0);
    assert_int_equal(interrupt(1)->target, 3);
    assert_int_equal(interrupt(1)->first_target, 3);
}

static void bad_targets_are_rejected(void **state)
{
    static const uint32_t bad[][3] = {
        {42, 0, 0},             /* not of the node */
        {HF_INTID_TIMER, 0, 0}, /* not a device's */
        {16, 0, 0},             /* a PPI */
        {40, 1, 0},             /* no such cluster */
        {40, 0, CPU_MAX},       /* no such CPU */
    };

    for (unsigned i = 0; i < COUNT(bad); i++) {
        begin(state);
        SET(blob, UART, "interrupts", 40, SPI, 16, PPI);
        SET(blob, UART, "interrupts-target", bad[i][0], bad[i][1], bad[i][2]);
        assert_rejected("expected an SPI of the node, and the MPIDR of a CPU");
    }
}

/* ---- Actions ---- */

static void what_is_kept_away_follows_from_both_actions(void **state)
{
    static const struct {
        uint32_t normal, secure;
        uint8_t mask;
    } good[] = {{FFA_NS_ACTION_QUEUED, FFA_S_ACTION_QUEUED, MASK_ALL},
                {FFA_NS_ACTION_QUEUED, FFA_S_ACTION_SIGNALLED, MASK_NORMAL},
                {FFA_NS_ACTION_MANAGED_EXIT, FFA_S_ACTION_SIGNALLED, MASK_NOTHING},
                {FFA_NS_ACTION_SIGNALLED, FFA_S_ACTION_SIGNALLED, MASK_NOTHING}};

    for (unsigned i = 0; i < COUNT(good); i++) {
        begin(state);
        SET(blob, "/", "ns-interrupts-action", good[i].normal);
        SET(blob, "/", "other-s-interrupts-action", good[i].secure);
        assert_accepted();
        assert_int_equal(p->ns_action, good[i].normal);
        assert_int_equal(p->mask, good[i].mask);
    }
}

static void secure_interrupts_are_queued_only_with_the_normal_worlds(void **state)
{
    (void)state;
    SET(blob, "/", "ns-interrupts-action", FFA_NS_ACTION_SIGNALLED);
    SET(blob, "/", "other-s-interrupts-action", FFA_S_ACTION_QUEUED);
    assert_rejected("expected 1, as ns-interrupts-action is not queued");
    begin(state);
    SET(blob, "/", "other-s-interrupts-action", 2);
    assert_rejected("expected 0x0 to 0x1");
}

static void managed_exit_has_an_older_name_and_a_line(void **state)
{
    (void)state;
    manifest_remove(blob, "/", "ns-interrupts-action");
    manifest_set(blob, "/", "managed-exit", NULL, 0);
    manifest_set(blob, "/", "managed-exit-virq", NULL, 0);
    assert_accepted();
    assert_int_equal(p->ns_action, FFA_NS_ACTION_MANAGED_EXIT);
    assert_true(p->managed_exit_irq);
}

/* ---- Power ---- */

static void an_mp_partition_subscribes_to_cpu_off(void **state)
{
    (void)state;
    SET(blob, "/", "power-management-messages", 1);
    assert_accepted();
    assert_true(p->wants_cpu_off);
    assert_false(port_model_printed("power-management-messages"));
}

static void messages_that_never_come_are_complained_about(void **state)
{
    (void)state;
    SET(blob, "/", "power-management-messages", 6);
    assert_accepted();
    assert_false(p->wants_cpu_off);
    assert_true(port_model_printed("expected CPU_OFF alone: EL3 tells no other"));
}

static void other_power_messages_are_rejected(void **state)
{
    (void)state;
    SET(blob, "/", "power-management-messages", 8);
    assert_rejected("expected 0x0 to 0x7");
    begin(state);
    SET(blob, "/", "execution-ctx-count", 1);
    SET(blob, "/", "power-management-messages", 1);
    assert_rejected("expected 0, as it is no MP partition");
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_device_may_have_several_interrupts),
        TEST(the_spmcs_own_interrupts_come_first),
        TEST(lists_of_another_form_are_rejected),
        TEST(other_interrupts_are_rejected),
        TEST(the_ppis_around_those_of_the_board_are_free),
        TEST(a_ppi_of_a_up_partition_is_rejected),
        TEST(an_interrupt_belongs_to_one_device_of_one_partition),
        TEST(a_partition_has_thirteen_at_most),
        TEST(all_partitions_have_thirty_two_at_most),
        TEST(an_spi_has_a_target),
        TEST(bad_targets_are_rejected),
        TEST(what_is_kept_away_follows_from_both_actions),
        TEST(secure_interrupts_are_queued_only_with_the_normal_worlds),
        TEST(managed_exit_has_an_older_name_and_a_line),
        TEST(an_mp_partition_subscribes_to_cpu_off),
        TEST(messages_that_never_come_are_complained_about),
        TEST(other_power_messages_are_rejected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
