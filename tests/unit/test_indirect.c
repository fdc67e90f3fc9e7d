/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_MSG_SEND2, check by check: core/indirect.c. */
#include "core/mailbox.h"
#include "core/notify.h"
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define SELF (&world_vcpu(&s, WORLD_UP, 0)->regs)
#define SEND2 FFA_MSG_SEND2
#define OLD FFA_MESSAGE_HEADER_SIZE_1_1
#define NEW FFA_MESSAGE_HEADER_SIZE_1_2
#define VM 5
#define OTHER_VM 6

static struct mailbox *box(unsigned partition)
{
    return &s.partitions[partition].endpoint.mailbox;
}

static struct mailbox pages(uint64_t tx, uint64_t rx, uint32_t count)
{
    return (struct mailbox){MAILBOX_EMPTY, count, tx, rx};
}

/* All have a page each, and take messages. */
static int boot(void **state)
{
    (void)state;
    port_model_reset();
    world_boot(&s);
    s.normal.mailbox = pages(WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
    s.vms[0] = (struct vm){VM, pages(WORLD_VM_TX(1), WORLD_VM_RX(1), 1)};
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++) {
        s.partitions[i].properties |= FFA_PROPERTY_INDIRECT;
        *box(i) = pages(WORLD_TX(i), WORLD_RX(i), 1);
    }
    return 0;
}

/* ---- Messages: the payload counts from 1 ---- */

static struct ffa_message_header header_of(uint16_t sender, uint16_t receiver, uint32_t offset,
                                           uint32_t size)
{
    return (struct ffa_message_header){
        .offset = offset, .receiver = receiver, .sender = sender, .size = size};
}

static void put_header(const struct mailbox *from, const struct ffa_message_header *h)
{
    memcpy(port_model_memory(from->tx, sizeof(*h)), h, sizeof(*h));
}

static void put(const struct mailbox *from, uint16_t sender, uint16_t receiver, uint32_t offset,
                uint32_t size)
{
    const struct ffa_message_header h = header_of(sender, receiver, offset, size);
    uint8_t *tx = port_model_memory(from->tx, from->pages * PAGE_BYTES);

    put_header(from, &h);
    for (uint32_t i = 0; i < size; i++)
        tx[offset + i] = (uint8_t)(i + 1);
}

static void assert_received(const struct mailbox *by, uint16_t sender, uint16_t receiver,
                            uint32_t offset, uint32_t size)
{
    const struct ffa_message_header h = header_of(sender, receiver, offset, size);
    const uint8_t *rx = port_model_memory(by->rx, by->pages * PAGE_BYTES);

    assert_int_equal(by->state, MAILBOX_FULL);
    assert_memory_equal(rx, &h, OLD);
    for (uint32_t i = 0; i < size; i++)
        assert_int_equal(rx[offset + i], (uint8_t)(i + 1));
}

static void assert_nothing_received(const struct mailbox *by)
{
    const uint8_t *rx = port_model_memory(by->rx, PAGE_BYTES);

    for (unsigned i = 0; i < PAGE_BYTES; i++)
        assert_int_equal(rx[i], 0);
}

/* A message of the Normal world for a partition. */
static void send_to(unsigned partition)
{
    put(&s.normal.mailbox, 0, WORLD_ID(partition), OLD, 64);
    world_normal_call(&s, 0, SEND2);
}

/* UP runs, and sends. */
static void run_up(void)
{
    if (world_running(&s, 0) == NULL)
        world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
}

static void up_sends_to(uint16_t receiver)
{
    run_up();
    put(box(WORLD_UP), UP_ID, receiver, OLD, 64);
    world_call(&s, 0, SEND2);
}

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
    assert_reason(&s, 0, "the receiver takes no such messages");
    up_sends_to(QUEUED_ID);
    assert_refused(SELF, FFA_DENIED);
    s.partitions[WORLD_UP].properties &= ~(uint32_t)FFA_PROPERTY_INDIRECT;
    up_sends_to(MP_ID);
    assert_refused(SELF, FFA_DENIED);
    assert_reason(&s, 0, "the sender's manifest allows no such messages");
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

/* ---- Where the payload lies ---- */

static void a_payload_outside_tx_is_invalid(void **state)
{
    static const struct {
        uint32_t offset, size;
    } extents[] = {
        {0, 64},
        {OLD - 1, 64},
        {PAGE_BYTES + 1, 0},
        {PAGE_BYTES, 1},
        {OLD, PAGE_BYTES - OLD + 1},
        {OLD, UINT32_MAX},
        {UINT32_MAX, 1},
        {0x80000000, 0x80000000},
        {UINT32_MAX - 63, 64},
        {64, UINT32_MAX - 63},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(extents); i++) {
        const struct ffa_message_header h = header_of(0, UP_ID, extents[i].offset, extents[i].size);
        put_header(&s.normal.mailbox, &h);
        world_normal_call(&s, 0, SEND2);
        assert_refused(normal, FFA_INVALID_PARAMETERS);
        assert_nothing_received(box(WORLD_UP));
    }
}

static void a_payload_may_lie_anywhere_and_be_empty_or_fill_the_page(void **state)
{
    static const struct {
        uint32_t offset, size;
    } extents[] = {
        {OLD, 0}, {OLD, 1}, {OLD, PAGE_BYTES - OLD}, {PAGE_BYTES, 0}, {1234, 777}, {4095, 1},
    };

    for (unsigned i = 0; i < COUNT(extents); i++) {
        boot(state);
        put(&s.normal.mailbox, 0, UP_ID, extents[i].offset, extents[i].size);
        world_normal_call(&s, 0, SEND2);
        assert_success(normal, 0, 0);
        assert_received(box(WORLD_UP), 0, UP_ID, extents[i].offset, extents[i].size);
    }
}

static void what_lies_before_the_payload_is_copied_what_lies_behind_is_not(void **state)
{
    uint8_t *tx = port_model_memory(WORLD_NORMAL_TX, PAGE_BYTES);
    const uint8_t *rx = port_model_memory(WORLD_RX(WORLD_UP), PAGE_BYTES);

    (void)state;
    memset(tx, 0xee, PAGE_BYTES);
    put(&s.normal.mailbox, 0, UP_ID, 100, 10);
    world_normal_call(&s, 0, SEND2);
    assert_success(normal, 0, 0);
    assert_memory_equal(rx, tx, 110);
    for (unsigned i = 110; i < PAGE_BYTES; i++)
        assert_int_equal(rx[i], 0);
}

/* Both have 40 bytes of header from version 1.2 on, whoever receives. */
static void the_headers_size_is_by_the_senders_version(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_2;
    send_to(WORLD_UP);
    assert_success(normal, 0, 0);
    s.normal.version = FFA_VERSION_1_2;
    send_to(WORLD_QUEUED);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    put(&s.normal.mailbox, 0, QUEUED_ID, NEW - 1, 64);
    world_normal_call(&s, 0, SEND2);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    put(&s.normal.mailbox, 0, QUEUED_ID, NEW, 64);
    world_normal_call(&s, 0, SEND2);
    assert_success(normal, 0, 0);
    assert_received(box(WORLD_QUEUED), 0, QUEUED_ID, NEW, 64);
}

static void a_uuid_must_be_the_receivers(void **state)
{
    struct ffa_message_header h = header_of(0, QUEUED_ID, NEW, 0);

    (void)state;
    s.normal.version = FFA_VERSION_1_2;
    h.uuid = s.partitions[WORLD_UP].uuid[0];
    put_header(&s.normal.mailbox, &h);
    world_normal_call(&s, 0, SEND2);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    h.uuid = s.partitions[WORLD_QUEUED].uuid[0];
    h.uuid.word[3]++;
    put_header(&s.normal.mailbox, &h);
    world_normal_call(&s, 0, SEND2);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    h.uuid.word[3]--;
    put_header(&s.normal.mailbox, &h);
    world_normal_call(&s, 0, SEND2);
    assert_success(normal, 0, 0);
}

static void the_normal_worlds_uuids_are_its_own_affair(void **state)
{
    struct ffa_message_header h = header_of(UP_ID, VM, NEW, 0);

    (void)state;
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_2;
    run_up();
    h.uuid.word[0] = 1;
    put_header(box(WORLD_UP), &h);
    world_call(&s, 0, SEND2);
    assert_success(SELF, 0, 0);
}

/* A header of version 1.1 is shorter: where the UUID would be, the payload is. */
static void there_is_no_uuid_below_version_1_2(void **state)
{
    struct ffa_message_header h = header_of(0, QUEUED_ID, OLD, NEW - OLD);

    (void)state;
    h.uuid.word[0] = 0xbad;
    put_header(&s.normal.mailbox, &h);
    world_normal_call(&s, 0, SEND2);
    assert_success(normal, 0, 0);
    assert_memory_equal(port_model_memory(WORLD_RX(WORLD_QUEUED), NEW), &h, NEW);
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

/* ---- Sizes ---- */

#define LARGE_TX (WORLD_NORMAL_MEMORY + 0x80000)
#define LARGE_RX (WORLD_LOAD(WORLD_UP) + 0x8000)

static void the_longest_message_arrives_whole(void **state)
{
    (void)state;
    s.normal.mailbox = pages(LARGE_TX, WORLD_NORMAL_RX, 4);
    *box(WORLD_UP) = pages(WORLD_TX(0), LARGE_RX, 4);
    put(&s.normal.mailbox, 0, UP_ID, OLD, MESSAGE_BYTES_MAX - OLD + 1);
    world_normal_call(&s, 0, SEND2);
    assert_refused(normal, FFA_NO_MEMORY);
    assert_nothing_received(box(WORLD_UP));
    put(&s.normal.mailbox, 0, UP_ID, OLD, MESSAGE_BYTES_MAX - OLD);
    world_normal_call(&s, 0, SEND2);
    assert_success(normal, 0, 0);
    assert_received(box(WORLD_UP), 0, UP_ID, OLD, MESSAGE_BYTES_MAX - OLD);
}

static void a_message_that_rx_does_not_hold_is_no_memory(void **state)
{
    (void)state;
    s.normal.mailbox = pages(LARGE_TX, WORLD_NORMAL_RX, 2);
    put(&s.normal.mailbox, 0, UP_ID, OLD, PAGE_BYTES - OLD + 1);
    world_normal_call(&s, 0, SEND2);
    assert_refused(normal, FFA_NO_MEMORY);
    assert_nothing_received(box(WORLD_UP));
    put(&s.normal.mailbox, 0, UP_ID, OLD, PAGE_BYTES - OLD);
    world_normal_call(&s, 0, SEND2);
    assert_success(normal, 0, 0);
}

/* ---- Memory that fails, or changes ---- */

/* Each copy in turn: RX stays empty, and a later message arrives. */
static void a_copy_that_faults_is_aborted_and_leaves_rx_empty(void **state)
{
    (void)state;
    for (int n = 0; n < 3; n++) {
        port_model.copies_in_until_fault = n;
        put(&s.normal.mailbox, 0, UP_ID, OLD, COPY_BYTES + 100);
        world_normal_call(&s, 0, SEND2);
        assert_refused(normal, FFA_ABORTED);
        assert_int_equal(box(WORLD_UP)->state, MAILBOX_EMPTY);
    }
    port_model.copies_in_until_fault = MODEL_NEVER;
    for (int n = 0; n < 3; n++) {
        port_model.copies_out_until_fault = n;
        world_normal_call(&s, 0, SEND2);
        assert_refused(normal, FFA_ABORTED);
        assert_int_equal(box(WORLD_UP)->state, MAILBOX_EMPTY);
    }
    port_model.copies_out_until_fault = MODEL_NEVER;
    world_normal_call(&s, 0, SEND2);
    assert_success(normal, 0, 0);
}

/* Each byte is read once: one copy for the header, and one for each piece of the rest. */
static void each_byte_of_tx_is_read_once(void **state)
{
    (void)state;
    put(&s.normal.mailbox, 0, UP_ID, OLD, 3 * COPY_BYTES);
    port_model.copies_in = 0;
    world_normal_call(&s, 0, SEND2);
    assert_success(normal, 0, 0);
    assert_int_equal(port_model.copies_in, 1 + 3);
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
        TEST(a_payload_outside_tx_is_invalid),
        TEST(a_payload_may_lie_anywhere_and_be_empty_or_fill_the_page),
        TEST(what_lies_before_the_payload_is_copied_what_lies_behind_is_not),
        TEST(the_headers_size_is_by_the_senders_version),
        TEST(a_uuid_must_be_the_receivers),
        TEST(the_normal_worlds_uuids_are_its_own_affair),
        TEST(there_is_no_uuid_below_version_1_2),
        TEST(a_full_rx_is_a_notification_by_the_senders_world),
        TEST(the_scheduler_is_told_at_once_or_when_the_partition_leaves),
        TEST(a_receiver_without_notifications_gets_its_message_all_the_same),
        TEST(a_refused_message_tells_nobody),
        TEST(the_longest_message_arrives_whole),
        TEST(a_message_that_rx_does_not_hold_is_no_memory),
        TEST(a_copy_that_faults_is_aborted_and_leaves_rx_empty),
        TEST(each_byte_of_tx_is_read_once),
    };

    return cmocka_run_group_tests_name("indirect", tests, NULL, NULL);
}
