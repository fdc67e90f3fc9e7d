/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What follows from a notification: the receiver's interrupt, the schedule-receiver interrupt, what
 * FFA_NOTIFICATION_GET gives, full RX buffers, and the end of a partition: core/notify.c.
 */
#include "core/interrupt.h"
#include "support/notifications.h"

#define ALL 0xf
#define VM 7

/* The MP partition binds bits of the UP partition and the Normal world, on CPU 1; all are global
 * but bit 1. */
static void bind_to_mp(void)
{
    struct regs *mp;

    world_request(&s, 1, WORLD_MP, 0);
    mp = &world_running(&s, 1)->regs;
    world_call(&s, 1, BIND, PAIR(UP_ID, MP_ID), 0, 0x1, 0x80000000);
    assert_success(mp, 0, 0);
    world_call(&s, 1, BIND, PAIR(UP_ID, MP_ID), PER_VCPU, 0x2);
    assert_success(mp, 0, 0);
    world_call(&s, 1, BIND, PAIR(0, MP_ID), 0, 0x1);
    assert_success(mp, 0, 0);
    world_respond(&s, 1, 0, 0);
}

static bool is_interrupted(unsigned partition, unsigned context)
{
    return world_vcpu(&s, partition, context)->pending & 1U << SLOT_NOTIFICATION;
}

static void set_by_up(uint16_t receiver, uint64_t flags, uint64_t low, uint64_t high)
{
    by_up(SET, PAIR(UP_ID, receiver), flags, low, high);
    assert_success(up, 0, 0);
}

/* An answer of GET: w2 to w7. */
static void assert_got(const struct regs *regs, uint64_t w2, uint64_t w3, uint64_t w4, uint64_t w5,
                       uint64_t w6, uint64_t w7)
{
    const uint64_t expected[] = {FFA_SUCCESS_32, 0, w2, w3, w4, w5, w6, w7};

    for (unsigned i = 0; i < COUNT(expected); i++)
        assert_int_equal(regs->x[i], expected[i]);
}

/* ---- The receiver's interrupt ---- */

static void a_global_notification_interrupts_all_live_contexts(void **state)
{
    (void)state;
    bind_to_mp();
    set_by_up(MP_ID, 0, 1, 0);
    assert_true(is_interrupted(WORLD_MP, 0));
    assert_true(is_interrupted(WORLD_MP, 1));
    assert_false(is_interrupted(WORLD_MP, 2)); /* its CPU never came */
    assert_false(is_interrupted(WORLD_UP, 0));
    assert_int_equal(world_vcpu(&s, WORLD_MP, 0)->lines, LINE_IRQ);
}

static void a_notification_of_a_vcpu_interrupts_that_one(void **state)
{
    (void)state;
    bind_to_mp();
    set_by_up(MP_ID, PER_VCPU | VCPU(1), 2, 0);
    assert_false(is_interrupted(WORLD_MP, 0));
    assert_true(is_interrupted(WORLD_MP, 1));
    set_by_up(MP_ID, PER_VCPU | VCPU(2), 2, 0); /* OFF: for later */
    assert_false(is_interrupted(WORLD_MP, 2));
}

static void a_context_that_runs_elsewhere_is_kicked(void **state)
{
    (void)state;
    by_up(BIND, PAIR(0, UP_ID), 0, 1);
    by_normal(SET, PAIR(0, UP_ID), 0, 1);
    assert_success(normal, 0, 0);
    assert_int_equal(port_model.kicked, 1);
    assert_true(is_interrupted(WORLD_UP, 0));
    world_event(&s, 0, EVENT_KICK);
    by_up(HF_INTERRUPT_GET);
    assert_answer(up, HF_INTID_NOTIFICATION, 0, 0, 0);
    by_up(HF_INTERRUPT_GET);
    assert_answer(up, HF_INVALID_INTID, 0, 0, 0);
    by_up(GET, UP_ID, ALL);
    assert_got(up, 0, 0, 1, 0, 0, 0);
}

/* Or a flood of them would leave it no time of its own. */
static void who_sees_an_interrupt_is_not_kicked_for_the_next(void **state)
{
    (void)state;
    by_up(BIND, PAIR(0, UP_ID), 0, 3);
    by_normal(SET, PAIR(0, UP_ID), 0, 1);
    assert_int_equal(port_model.kicked, 1);
    world_event(&s, 0, EVENT_KICK);
    port_model.kicked = 0;
    by_normal(SET, PAIR(0, UP_ID), 0, 2);
    assert_int_equal(port_model.kicked, 0);
    by_up(HF_INTERRUPT_GET);
    by_normal(SET, PAIR(0, UP_ID), 0, 2);
    assert_int_equal(port_model.kicked, 1);
}

static void who_fetches_everything_is_interrupted_no_more(void **state)
{
    struct regs *mp;

    (void)state;
    bind_to_mp();
    set_by_up(MP_ID, 0, 1, 0);
    set_by_up(MP_ID, PER_VCPU | VCPU(0), 2, 0);
    world_request(&s, 1, WORLD_MP, 0);
    mp = &world_running(&s, 1)->regs;
    world_call(&s, 1, GET, PAIR(1, MP_ID), FFA_NOTIFICATION_FROM_VMS);
    assert_got(mp, 0, 0, 0, 0, 0, 0);
    assert_true(is_interrupted(WORLD_MP, 1));
    world_call(&s, 1, GET, PAIR(1, MP_ID), ALL);
    assert_got(mp, 1, 0, 0, 0, 0, 0);
    assert_true(is_interrupted(WORLD_MP, 0)); /* its own bit waits */
    assert_false(is_interrupted(WORLD_MP, 1));
    assert_int_equal(world_vcpu(&s, WORLD_MP, 1)->lines, 0);
    world_call(&s, 1, GET, PAIR(0, MP_ID), ALL);
    assert_got(mp, 2, 0, 0, 0, 0, 0);
    assert_false(is_interrupted(WORLD_MP, 0));
}

static void a_context_that_starts_learns_what_waits(void **state)
{
    (void)state;
    bind_to_mp();
    set_by_up(MP_ID, PER_VCPU | VCPU(2), 2, 0);
    world_event(&s, 2, EVENT_CPU_ON);
    assert_true(is_interrupted(WORLD_MP, 2));
    world_call(&s, 2, FFA_MSG_WAIT);
    world_event(&s, 3, EVENT_CPU_ON);
    assert_false(is_interrupted(WORLD_MP, 3));
    world_call(&s, 3, FFA_MSG_WAIT);
    set_by_up(MP_ID, 0, 1, 0);
    world_event(&s, 4, EVENT_CPU_ON);
    assert_true(is_interrupted(WORLD_MP, 4));
}

/* ---- The schedule-receiver interrupt ---- */

static void setting_raises_the_schedule_receiver_interrupt_at_once(void **state)
{
    (void)state;
    bind_to_mp();
    set_by_up(MP_ID, 0, 1, 0);
    assert_int_equal(port_model.normal_sgis, 1);
    by_normal(SET, PAIR(0, MP_ID), 0, 1);
    assert_success(normal, 0, 0);
    assert_int_equal(port_model.normal_sgis, 2);
}

static void a_delayed_interrupt_comes_when_the_cpu_leaves(void **state)
{
    (void)state;
    bind_to_mp();
    set_by_up(MP_ID, FFA_NOTIFICATION_DELAY_SRI, 1, 0);
    by_normal(FFA_ID_GET); /* another CPU */
    by_up(FFA_ID_GET);
    assert_int_equal(port_model.normal_sgis, 0);
    world_respond(&s, 0, 0, 0);
    assert_int_equal(port_model.normal_sgis, 1);
    world_normal_call(&s, 0, FFA_ID_GET);
    assert_int_equal(port_model.normal_sgis, 1);
}

static void a_delayed_interrupt_comes_with_a_preemption_too(void **state)
{
    (void)state;
    bind_to_mp();
    set_by_up(MP_ID, PER_VCPU | VCPU(1) | FFA_NOTIFICATION_DELAY_SRI, 2, 0);
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    assert_int_equal(port_model.normal_sgis, 1);
}

/* ---- What is fetched ---- */

static void bits_of_both_worlds_are_apart(void **state)
{
    (void)state;
    by_up(BIND, PAIR(MP_ID, UP_ID), 0, 0x5, 0x80000000);
    by_up(BIND, PAIR(VM, UP_ID), 0, 0x4, 0x40000000);
    world_request(&s, 1, WORLD_MP, 0);
    world_call(&s, 1, SET, PAIR(MP_ID, UP_ID), 0, 0x4, 0x80000000);
    world_respond(&s, 1, 0, 0);
    by_normal(SET, PAIR(VM, UP_ID), 0, 0, 0x40000000);
    by_up(GET, UP_ID, FFA_NOTIFICATION_FROM_VMS);
    assert_got(up, 0, 0, 0, 0x40000000, 0, 0);
    by_up(GET, UP_ID, ALL);
    assert_got(up, 0x4, 0x80000000, 0, 0, 0, 0);
    by_up(GET, UP_ID, ALL);
    assert_got(up, 0, 0, 0, 0, 0, 0);
}

static void a_vcpu_fetches_its_own_and_the_global_ones(void **state)
{
    (void)state;
    by_normal(CREATE, 0, 3);
    by_normal(BIND, PAIR(UP_ID, 0), PER_VCPU, 0x6);
    by_normal(BIND, PAIR(UP_ID, 0), 0, 0x8);
    set_by_up(0, PER_VCPU | VCPU(1), 0x2, 0);
    set_by_up(0, PER_VCPU | VCPU(2), 0x6, 0);
    set_by_up(0, 0, 0x8, 0);
    by_normal(GET, PAIR(1, 0), FFA_NOTIFICATION_FROM_PARTITIONS);
    assert_got(normal, 0xa, 0, 0, 0, 0, 0);
    by_normal(GET, PAIR(0, 0), FFA_NOTIFICATION_FROM_PARTITIONS);
    assert_got(normal, 0, 0, 0, 0, 0, 0);
    by_normal(GET, PAIR(2, 0), FFA_NOTIFICATION_FROM_PARTITIONS);
    assert_got(normal, 0x6, 0, 0, 0, 0, 0);
}

/* ---- The framework's ---- */

static void a_full_buffer_is_told_to_a_partition(void **state)
{
    (void)state;
    notify_framework(&s, 1, UP_ID, NOTIFY_RX_FULL_BY_SPMC, false);
    assert_int_equal(port_model.normal_sgis, 1);
    notify_framework(&s, 1, UP_ID, NOTIFY_RX_FULL_BY_HYPERVISOR, true);
    assert_int_equal(port_model.normal_sgis, 1);
    assert_int_equal(s.cpus[1].chores, CHORE_SCHEDULE_RECEIVER);
    assert_true(is_interrupted(WORLD_UP, 0));
    assert_true(notify_framework_waits(&s, UP_ID, NOTIFY_RX_FULL_BY_HYPERVISOR));
    by_up(GET, UP_ID, FFA_NOTIFICATION_FROM_HYPERVISOR);
    assert_got(up, 0, 0, 0, 0, 0, 1);
    assert_false(notify_framework_waits(&s, UP_ID, NOTIFY_RX_FULL_BY_HYPERVISOR));
    assert_true(notify_framework_waits(&s, UP_ID, NOTIFY_RX_FULL_BY_SPMC));
    by_up(GET, UP_ID, FFA_NOTIFICATION_FROM_SPM);
    assert_got(up, 0, 0, 0, 0, 1, 0);
    assert_false(is_interrupted(WORLD_UP, 0));
}

static void who_takes_no_notifications_is_not_told(void **state)
{
    (void)state;
    notify_framework(&s, 1, QUEUED_ID, NOTIFY_RX_FULL_BY_SPMC, false);
    notify_framework(&s, 1, VM, NOTIFY_RX_FULL_BY_SPMC, false);
    notify_framework(&s, 1, 0, NOTIFY_RX_FULL_BY_SPMC, false);
    assert_int_equal(port_model.normal_sgis, 0);
    assert_false(notify_framework_waits(&s, QUEUED_ID, NOTIFY_RX_FULL_BY_SPMC));
    assert_false(notify_framework_waits(&s, VM, NOTIFY_RX_FULL_BY_SPMC));
}

static void rx_is_not_released_before_its_notification_is_fetched(void **state)
{
    (void)state;
    by_up(FFA_RXTX_MAP_64, WORLD_TX(WORLD_UP), WORLD_RX(WORLD_UP), 1);
    by_up(FFA_PARTITION_INFO_GET);
    notify_framework(&s, 1, UP_ID, NOTIFY_RX_FULL_BY_SPMC, false);
    by_up(FFA_RX_RELEASE);
    assert_refused(up, FFA_DENIED);
    assert_reason(&s, 0, "the notification was not fetched");
    by_up(GET, UP_ID, FFA_NOTIFICATION_FROM_SPM);
    by_up(FFA_RX_RELEASE);
    assert_success(up, 0, 0);
}

static void msg_wait_keeps_rx_until_its_notification_is_fetched(void **state)
{
    struct mailbox *m = &s.partitions[WORLD_UP].endpoint.mailbox;

    (void)state;
    world_respond(&s, 0, 0, 0);
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    by_up(FFA_RXTX_MAP_64, WORLD_TX(WORLD_UP), WORLD_RX(WORLD_UP), 1);
    by_up(FFA_PARTITION_INFO_GET);
    notify_framework(&s, 1, UP_ID, NOTIFY_RX_FULL_BY_HYPERVISOR, false);
    by_up(FFA_MSG_WAIT); /* comes back with the interrupt */
    assert_int_equal(m->state, MAILBOX_FULL);
    by_up(GET, UP_ID, FFA_NOTIFICATION_FROM_HYPERVISOR);
    by_up(FFA_MSG_WAIT);
    assert_int_equal(m->state, MAILBOX_EMPTY);
}

static void a_vms_rx_is_not_released_before_its_notification_is_fetched(void **state)
{
    (void)state;
    by_normal(FFA_RXTX_MAP_64, WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
    world_forward(VM, WORLD_VM_TX(VM), WORLD_VM_RX(VM));
    by_normal(FFA_RXTX_MAP_64);
    by_normal(CREATE, VM, 1);
    by_normal(FFA_PARTITION_INFO_GET);
    s.vms[0].mailbox.state = MAILBOX_FULL;
    notify_framework(&s, 1, VM, NOTIFY_RX_FULL_BY_SPMC, false);
    by_normal(FFA_RX_RELEASE, VM);
    assert_refused(normal, FFA_DENIED);
    by_normal(FFA_RX_RELEASE); /* another buffer */
    assert_success(normal, 0, 0);
    by_normal(GET, VM, FFA_NOTIFICATION_FROM_SPM);
    assert_got(normal, 0, 0, 0, 0, 1, 0);
    by_normal(FFA_RX_RELEASE, VM);
    assert_success(normal, 0, 0);
}

/* ---- The end of a partition ---- */

static void a_forgotten_receiver_has_nothing_bound_or_pending(void **state)
{
    (void)state;
    bind_to_mp();
    set_by_up(MP_ID, 0, 1, 0);
    notify_framework(&s, 1, MP_ID, NOTIFY_RX_FULL_BY_SPMC, false);
    notify_forget(&s, &s.partitions[WORLD_MP]);
    assert_false(is_interrupted(WORLD_MP, 0));
    assert_false(notify_framework_waits(&s, MP_ID, NOTIFY_RX_FULL_BY_SPMC));
    by_up(SET, PAIR(UP_ID, MP_ID), 0, 1);
    assert_refused(up, FFA_DENIED);
}

static void a_forgotten_sender_has_nothing_bound_or_pending(void **state)
{
    (void)state;
    bind_to_mp();
    by_normal(CREATE, 0, 2);
    by_normal(BIND, PAIR(UP_ID, 0), PER_VCPU, 0x2);
    by_normal(BIND, PAIR(MP_ID, 0), 0, 0x1);
    set_by_up(MP_ID, 0, 1, 0);
    set_by_up(MP_ID, PER_VCPU | VCPU(1), 2, 0);
    set_by_up(0, PER_VCPU | VCPU(1), 2, 0);
    notify_forget(&s, &s.partitions[WORLD_UP]);
    assert_false(is_interrupted(WORLD_MP, 0));
    assert_false(is_interrupted(WORLD_MP, 1));
    by_normal(FFA_NOTIFICATION_INFO_GET_64);
    assert_refused(normal, FFA_NO_DATA);
    by_normal(BIND, PAIR(MP_ID, 0), 0, 0x2);
    assert_success(normal, 0, 0);
    by_normal(UNBIND, PAIR(MP_ID, 0), 0, 0x3); /* others' bindings stay */
    assert_success(normal, 0, 0);
    by_up(SET, PAIR(UP_ID, MP_ID), 0, 1);
    assert_refused(up, FFA_DENIED);
}

static void a_partition_that_dies_is_forgotten(void **state)
{
    (void)state;
    bind_to_mp();
    by_normal(CREATE, 0, 2);
    by_normal(BIND, PAIR(UP_ID, 0), 0, 0x2);
    set_by_up(0, 0, 2, 0);
    set_by_up(MP_ID, 0, 1, 0);
    by_up(FFA_ABORT_64);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_ABORTED);
    assert_false(is_interrupted(WORLD_MP, 0));
    by_normal(FFA_NOTIFICATION_INFO_GET_64);
    assert_refused(normal, FFA_NO_DATA);
    by_normal(BIND, PAIR(MP_ID, 0), 0, 0x2);
    assert_success(normal, 0, 0);
}

static void what_others_sent_to_its_receivers_stays(void **state)
{
    (void)state;
    bind_to_mp();
    by_normal(CREATE, 0, 2);
    by_normal(BIND, PAIR(UP_ID, 0), 0, 0x2);
    by_normal(BIND, PAIR(MP_ID, 0), 0, 0x1);
    set_by_up(0, 0, 2, 0);
    world_request(&s, 1, WORLD_MP, 0);
    world_call(&s, 1, SET, PAIR(MP_ID, 0), 0, 0x1);
    world_respond(&s, 1, 0, 0);
    by_up(FFA_ABORT_64);
    by_normal(FFA_NOTIFICATION_INFO_GET_64);
    assert_answer(normal, FFA_SUCCESS_64, 0, 1 << 7, 0);
    by_normal(GET, PAIR(0, 0), FFA_NOTIFICATION_FROM_PARTITIONS);
    assert_got(normal, 0x1, 0, 0, 0, 0, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_global_notification_interrupts_all_live_contexts),
        TEST(a_notification_of_a_vcpu_interrupts_that_one),
        TEST(a_context_that_runs_elsewhere_is_kicked),
        TEST(who_sees_an_interrupt_is_not_kicked_for_the_next),
        TEST(who_fetches_everything_is_interrupted_no_more),
        TEST(a_context_that_starts_learns_what_waits),
        TEST(setting_raises_the_schedule_receiver_interrupt_at_once),
        TEST(a_delayed_interrupt_comes_when_the_cpu_leaves),
        TEST(a_delayed_interrupt_comes_with_a_preemption_too),
        TEST(bits_of_both_worlds_are_apart),
        TEST(a_vcpu_fetches_its_own_and_the_global_ones),
        TEST(a_full_buffer_is_told_to_a_partition),
        TEST(who_takes_no_notifications_is_not_told),
        TEST(rx_is_not_released_before_its_notification_is_fetched),
        TEST(msg_wait_keeps_rx_until_its_notification_is_fetched),
        TEST(a_vms_rx_is_not_released_before_its_notification_is_fetched),
        TEST(a_forgotten_receiver_has_nothing_bound_or_pending),
        TEST(a_forgotten_sender_has_nothing_bound_or_pending),
        TEST(a_partition_that_dies_is_forgotten),
        TEST(what_others_sent_to_its_receivers_stays),
    };

    return cmocka_run_group_tests_name("notify_signal", tests, NULL, NULL);
}
