/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_MSG_SEND2, check by check: core/indirect.c. */
#include "core/notify.h"
#include "support/messages.h"

/* ---- Who sends to whom ---- */

static void the_normal_world_sends_to_a_partition(void **state)
{
    (void)state;
    send_to(WORLD_UP);
    assert_success(normal, 0, 0);
    assert_received(box(WORLD_UP), 0, UP_ID, OLD, 64);
    assert_int_equal(s.normal.mailbox.state, MAILBOX_EMPTY);
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->state, VCPU_WAITING);
}

static void a_hypervisor_sends_for_a_vm(void **state)
{
    (void)state;
    put(&s.vms[0].mailbox, VM, UP_ID, OLD, 64);
    world_normal_call(&s, 0, SEND2, PAIR(VM, 0));
    assert_success(normal, 0, 0);
    assert_received(box(WORLD_UP), VM, UP_ID, OLD, 64);
}

static void a_partition_sends_to_a_partition(void **state)
{
    (void)state;
    up_sends_to(QUEUED_ID);
    assert_success(SELF, 0, 0);
    assert_received(box(WORLD_QUEUED), UP_ID, QUEUED_ID, OLD, 64);
}

static void a_partition_sends_to_the_normal_world_and_to_a_vm(void **state)
{
    (void)state;
    up_sends_to(0);
    assert_success(SELF, 0, 0);
    assert_received(&s.normal.mailbox, UP_ID, 0, OLD, 64);
    up_sends_to(VM);
    assert_success(SELF, 0, 0);
    assert_received(&s.vms[0].mailbox, UP_ID, VM, OLD, 64);
}

static void a_message_may_be_sent_in_any_runtime_model(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    up_sends_to(QUEUED_ID);
    assert_success(SELF, 0, 0);
}

static void messages_within_the_normal_world_are_the_hypervisors(void **state)
{
    (void)state;
    put(&s.normal.mailbox, 0, VM, OLD, 64);
    world_normal_call(&s, 0, SEND2);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    put(&s.vms[0].mailbox, VM, 0, OLD, 64);
    world_normal_call(&s, 0, SEND2, PAIR(VM, 0));
    assert_refused(normal, FFA_INVALID_PARAMETERS);
}

/* ---- What is refused ---- */

static void reserved_bits_of_w1_and_w2_are_invalid(void **state)
{
    (void)state;
    put(&s.normal.mailbox, 0, UP_ID, OLD, 64);
    world_normal_call(&s, 0, SEND2, 0, 1);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    world_normal_call(&s, 0, SEND2, 0, FFA_MSG_SEND2_DELAY_SRI);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    run_up();
    put(box(WORLD_UP), UP_ID, QUEUED_ID, OLD, 64);
    world_call(&s, 0, SEND2, PAIR(UP_ID, 0));
    assert_refused(SELF, FFA_INVALID_PARAMETERS);
    world_call(&s, 0, SEND2, 1);
    assert_refused(SELF, FFA_INVALID_PARAMETERS);
    for (unsigned bit = 0; bit < 32; bit++) {
        if (1U << bit == FFA_MSG_SEND2_DELAY_SRI)
            continue;
        world_call(&s, 0, SEND2, 0, 1U << bit);
        assert_refused(SELF, FFA_INVALID_PARAMETERS);
    }
    world_call(&s, 0, SEND2, 0xabcULL << 32, 0xabcULL << 32 | FFA_MSG_SEND2_DELAY_SRI);
    assert_success(SELF, 0, 0);
}

static void a_sender_without_buffers_is_denied(void **state)
{
    (void)state;
    put(&s.vms[0].mailbox, VM, UP_ID, OLD, 64);
    world_normal_call(&s, 0, SEND2, PAIR(OTHER_VM, 0));
    assert_refused(normal, FFA_DENIED);
    world_normal_call(&s, 0, SEND2, PAIR(MP_ID, 0)); /* nobody's VM */
    assert_refused(normal, FFA_DENIED);
    s.normal.mailbox.state = MAILBOX_UNMAPPED;
    send_to(WORLD_UP);
    assert_refused(normal, FFA_DENIED);
    run_up();
    box(WORLD_UP)->state = MAILBOX_UNMAPPED;
    world_call(&s, 0, SEND2);
    assert_refused(SELF, FFA_DENIED);
}

static void a_header_of_another_sender_is_invalid(void **state)
{
    static const uint16_t senders[] = {VM, 1, UP_ID, MP_ID, FFA_ID_SPMC};

    (void)state;
    for (unsigned i = 0; i < COUNT(senders); i++) {
        put(&s.normal.mailbox, senders[i], UP_ID, OLD, 64);
        world_normal_call(&s, 0, SEND2);
        assert_refused(normal, FFA_INVALID_PARAMETERS);
    }
    put(&s.vms[0].mailbox, 0, UP_ID, OLD, 64);
    world_normal_call(&s, 0, SEND2, PAIR(VM, 0));
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    run_up();
    put(box(WORLD_UP), MP_ID, QUEUED_ID, OLD, 64);
    world_call(&s, 0, SEND2);
    assert_refused(SELF, FFA_INVALID_PARAMETERS);
}

static void a_message_to_oneself_or_to_nobody_is_invalid(void **state)
{
    static const uint16_t receivers[] = {
        UP_ID, WORLD_UNKNOWN_ID, FFA_ID_SPMC, FFA_ID_SPMD, OTHER_VM, UP_ID ^ 0x100,
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(receivers); i++) {
        up_sends_to(receivers[i]);
        assert_refused(SELF, FFA_INVALID_PARAMETERS);
    }
}

/* What TX holds when nobody wrote a message there, as behind a hypervisor with buffers of its own.
 */
static void stale_content_of_tx_is_invalid(void **state)
{
    uint8_t *tx = port_model_memory(WORLD_NORMAL_TX, PAGE_BYTES);

    (void)state;
    world_normal_call(&s, 0, SEND2);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    memset(tx, 0xff, PAGE_BYTES);
    world_normal_call(&s, 0, SEND2);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        assert_nothing_received(box(i));
}

static void endpoints_of_version_1_0_send_and_take_nothing(void **state)
{
    (void)state;
    s.partitions[WORLD_QUEUED].endpoint.version = FFA_VERSION_1_0;
    send_to(WORLD_QUEUED);
    assert_refused(normal, FFA_DENIED);
    up_sends_to(QUEUED_ID);
    assert_refused(SELF, FFA_DENIED);
    s.normal.version = FFA_VERSION_1_0;
    up_sends_to(0);
    assert_refused(SELF, FFA_DENIED);
    up_sends_to(VM);
    assert_refused(SELF, FFA_DENIED);
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_0;
    up_sends_to(MP_ID);
    assert_refused(SELF, FFA_NOT_SUPPORTED);
}

static void both_partitions_must_have_the_method(void **state)
{
    (void)state;
    s.partitions[WORLD_QUEUED].properties &= ~(uint32_t)FFA_PROPERTY_INDIRECT;
    send_to(WORLD_QUEUED);
    assert_refused(normal, FFA_DENIED);
    assert_reason(&s, 0, "the receiver does not take these");
    up_sends_to(QUEUED_ID);
    assert_refused(SELF, FFA_DENIED);
    s.partitions[WORLD_UP].properties &= ~(uint32_t)FFA_PROPERTY_INDIRECT;
    up_sends_to(MP_ID);
    assert_refused(SELF, FFA_DENIED);
    assert_reason(&s, 0, "the sender may not send these");
    up_sends_to(0);
    assert_refused(SELF, FFA_DENIED);
}

static void an_rx_that_is_not_empty_is_busy(void **state)
{
    (void)state;
    send_to(WORLD_QUEUED);
    send_to(WORLD_QUEUED);
    assert_refused(normal, FFA_BUSY);
    mailbox_release(box(WORLD_QUEUED));
    send_to(WORLD_QUEUED);
    assert_success(normal, 0, 0);
    s.vms[0].mailbox.state = MAILBOX_HELD;
    up_sends_to(VM);
    assert_refused(SELF, FFA_BUSY);
    s.normal.mailbox.state = MAILBOX_UNMAPPED;
    up_sends_to(0);
    assert_refused(SELF, FFA_BUSY);
    box(WORLD_MP)->state = MAILBOX_UNMAPPED;
    up_sends_to(MP_ID);
    assert_refused(SELF, FFA_BUSY);
}

static void a_dead_receiver_is_aborted(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, FFA_ABORT_32);
    send_to(WORLD_MP);
    assert_refused(normal, FFA_ABORTED);
    assert_nothing_received(box(WORLD_MP));
}

/* ---- Who is told ---- */

static void a_full_rx_is_a_notification_by_the_senders_world(void **state)
{
    (void)state;
    s.partitions[WORLD_QUEUED].properties |= FFA_PROPERTY_NOTIFICATIONS;
    send_to(WORLD_QUEUED);
    assert_true(notify_framework_waits(&s, QUEUED_ID, NOTIFY_RX_FULL_BY_HYPERVISOR));
    assert_false(notify_framework_waits(&s, QUEUED_ID, NOTIFY_RX_FULL_BY_SPMC));
    assert_int_equal(port_model.normal_sgis, 1);
    boot(state);
    s.partitions[WORLD_QUEUED].properties |= FFA_PROPERTY_NOTIFICATIONS;
    up_sends_to(QUEUED_ID);
    assert_true(notify_framework_waits(&s, QUEUED_ID, NOTIFY_RX_FULL_BY_SPMC));
    assert_false(notify_framework_waits(&s, QUEUED_ID, NOTIFY_RX_FULL_BY_HYPERVISOR));
}

static void the_scheduler_is_told_at_once_or_when_the_partition_leaves(void **state)
{
    (void)state;
    s.partitions[WORLD_QUEUED].properties |= FFA_PROPERTY_NOTIFICATIONS;
    up_sends_to(QUEUED_ID);
    assert_int_equal(port_model.normal_sgis, 1);
    boot(state);
    s.partitions[WORLD_QUEUED].properties |= FFA_PROPERTY_NOTIFICATIONS;
    run_up();
    put(box(WORLD_UP), UP_ID, QUEUED_ID, OLD, 64);
    world_call(&s, 0, SEND2, 0, FFA_MSG_SEND2_DELAY_SRI);
    assert_int_equal(port_model.normal_sgis, 0);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(port_model.normal_sgis, 1);
}

static void a_receiver_without_notifications_gets_its_message_all_the_same(void **state)
{
    (void)state;
    send_to(WORLD_QUEUED);
    assert_int_equal(box(WORLD_QUEUED)->state, MAILBOX_FULL);
    assert_int_equal(port_model.normal_sgis, 0);
}

static void a_refused_message_tells_nobody(void **state)
{
    (void)state;
    s.partitions[WORLD_QUEUED].properties |= FFA_PROPERTY_NOTIFICATIONS;
    box(WORLD_QUEUED)->state = MAILBOX_FULL;
    send_to(WORLD_QUEUED);
    assert_refused(normal, FFA_BUSY);
    assert_false(notify_framework_waits(&s, QUEUED_ID,
                                        NOTIFY_RX_FULL_BY_HYPERVISOR | NOTIFY_RX_FULL_BY_SPMC));
    assert_int_equal(port_model.normal_sgis, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_normal_world_sends_to_a_partition),
        TEST(a_hypervisor_sends_for_a_vm),
        TEST(a_partition_sends_to_a_partition),
        TEST(a_partition_sends_to_the_normal_world_and_to_a_vm),
        TEST(a_message_may_be_sent_in_any_runtime_model),
        TEST(messages_within_the_normal_world_are_the_hypervisors),
        TEST(reserved_bits_of_w1_and_w2_are_invalid),
        TEST(a_sender_without_buffers_is_denied),
        TEST(a_header_of_another_sender_is_invalid),
        TEST(a_message_to_oneself_or_to_nobody_is_invalid),
        TEST(stale_content_of_tx_is_invalid),
        TEST(endpoints_of_version_1_0_send_and_take_nothing),
        TEST(both_partitions_must_have_the_method),
        TEST(an_rx_that_is_not_empty_is_busy),
        TEST(a_dead_receiver_is_aborted),
        TEST(a_full_rx_is_a_notification_by_the_senders_world),
        TEST(the_scheduler_is_told_at_once_or_when_the_partition_leaves),
        TEST(a_receiver_without_notifications_gets_its_message_all_the_same),
        TEST(a_refused_message_tells_nobody),
    };

    return cmocka_run_group_tests_name("indirect", tests, NULL, NULL);
}
