/* SPDX-License-Identifier: BSD-3-Clause */
/* The payload of FFA_MSG_SEND2: where it lies, how large it is, memory that fails: core/indirect.c,
 * core/mailbox.c. */
#include "support/messages.h"

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
        TEST(a_payload_outside_tx_is_invalid),
        TEST(a_payload_may_lie_anywhere_and_be_empty_or_fill_the_page),
        TEST(what_lies_before_the_payload_is_copied_what_lies_behind_is_not),
        TEST(the_headers_size_is_by_the_senders_version),
        TEST(a_uuid_must_be_the_receivers),
        TEST(the_normal_worlds_uuids_are_its_own_affair),
        TEST(there_is_no_uuid_below_version_1_2),
        TEST(the_longest_message_arrives_whole),
        TEST(a_message_that_rx_does_not_hold_is_no_memory),
        TEST(a_copy_that_faults_is_aborted_and_leaves_rx_empty),
        TEST(each_byte_of_tx_is_read_once),
    };

    return cmocka_run_group_tests_name("payload", tests, NULL, NULL);
}
