/* SPDX-License-Identifier: BSD-3-Clause */
/* RXTX_MAP, RXTX_UNMAP, RX_RELEASE and who owns RX: core/mailbox.c. */
#include "core/mailbox.h"
#include "core/stage2.h"
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;
static struct mailbox *const box = &s.normal.mailbox;

#define MAP FFA_RXTX_MAP_64
#define TX WORLD_NORMAL_TX
#define RX WORLD_NORMAL_RX
#define UP_SELF (&world_vcpu(&s, WORLD_UP, 0)->regs)

static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    return 0;
}

static void buffers_are_mapped_and_unmapped(void **state)
{
    (void)state;
    world_normal_call(&s, 0, MAP, TX, RX, 1);
    assert_success(normal, 0, 0);
    assert_int_equal(box->state, MAILBOX_EMPTY);
    assert_int_equal(box->tx, TX);
    assert_int_equal(box->rx, RX);
    assert_int_equal(box->pages, 1);
    world_normal_call(&s, 0, FFA_RXTX_UNMAP);
    assert_success(normal, 0, 0);
    assert_int_equal(box->state, MAILBOX_UNMAPPED);
}

static void a_second_pair_is_denied(void **state)
{
    (void)state;
    world_normal_call(&s, 0, MAP, TX, RX, 1);
    world_normal_call(&s, 0, MAP, TX + 0x4000, RX + 0x4000, 1);
    assert_refused(normal, FFA_DENIED);
}

static void badly_shaped_buffers_are_invalid(void **state)
{
    static const uint64_t calls[][3] = {
        {TX, RX, 0},          {TX, RX, MAILBOX_PAGES_MAX + 1},
        {TX, RX, 0x80000001}, {TX + 1, RX, 1},
        {TX, RX + 8, 1},      {TX, TX, 1},
        {TX, TX + 0x1000, 2}, {RX + 0x1000, RX, 2},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(calls); i++) {
        world_normal_call(&s, 0, MAP, calls[i][0], calls[i][1], calls[i][2]);
        assert_refused(normal, FFA_INVALID_PARAMETERS);
    }
}

static void the_largest_buffers_fit(void **state)
{
    (void)state;
    world_normal_call(&s, 0, MAP, TX, TX + MAILBOX_PAGES_MAX * PAGE_BYTES, MAILBOX_PAGES_MAX);
    assert_success(normal, 0, 0);
}

static void the_upper_half_of_the_page_count_does_not_count(void **state)
{
    (void)state;
    world_normal_call(&s, 0, MAP, TX, RX, 0xabcULL << 32 | 1);
    assert_success(normal, 0, 0);
}

static void buffers_outside_normal_memory_are_denied(void **state)
{
    static const uint64_t outside[] = {
        WORLD_LOAD(0), 0x0e100000,         0, 0x41fff000 + PAGE_BYTES, 0x09000000,
        1ULL << 40,    0xfffffffffffff000,
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(outside); i++) {
        world_normal_call(&s, 0, MAP, outside[i], RX, 1);
        assert_refused(normal, FFA_DENIED);
        world_normal_call(&s, 0, MAP, TX, outside[i], 1);
        assert_refused(normal, FFA_DENIED);
    }
}

static void memory_of_a_partitions_manifest_is_denied(void **state)
{
    (void)state;
    world_normal_call(&s, 0, MAP, WORLD_NORMAL_REGION(0), RX, 1);
    assert_refused(normal, FFA_DENIED);
    world_normal_call(&s, 0, MAP, TX, WORLD_NORMAL_REGION(2), 1);
    assert_refused(normal, FFA_DENIED);
}

static void a_partition_maps_its_own_memory_only(void **state)
{
    const struct mailbox *up = &s.partitions[WORLD_UP].endpoint.mailbox;

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, MAP, WORLD_TX(0), WORLD_RX(1), 1);
    assert_refused(UP_SELF, FFA_INVALID_PARAMETERS);
    world_call(&s, 0, MAP, WORLD_NORMAL_TX, WORLD_RX(0), 1);
    assert_refused(UP_SELF, FFA_INVALID_PARAMETERS);
    world_call(&s, 0, MAP, WORLD_TX(0), WORLD_NORMAL_REGION(0), 1); /* read-only: no RX */
    assert_refused(UP_SELF, FFA_INVALID_PARAMETERS);
    world_call(&s, 0, MAP, 1ULL << 40, WORLD_RX(0), 1);
    assert_refused(UP_SELF, FFA_INVALID_PARAMETERS);
    world_call(&s, 0, MAP, WORLD_TX(0), WORLD_RX(0), 1);
    assert_success(UP_SELF, 0, 0);
    assert_int_equal(up->state, MAILBOX_EMPTY);
}

static void a_read_only_page_serves_as_tx(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, MAP, WORLD_NORMAL_REGION(0), WORLD_RX(0), 1);
    assert_success(UP_SELF, 0, 0);
}

static void unmapping_nothing_is_invalid(void **state)
{
    (void)state;
    world_normal_call(&s, 0, FFA_RXTX_UNMAP);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    world_normal_call(&s, 0, MAP, TX, RX, 1);
    world_normal_call(&s, 0, FFA_RXTX_UNMAP, 1 << 16);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
}

static void rx_is_released_once(void **state)
{
    (void)state;
    world_normal_call(&s, 0, FFA_RX_RELEASE);
    assert_refused(normal, FFA_DENIED);
    world_normal_call(&s, 0, MAP, TX, RX, 1);
    world_normal_call(&s, 0, FFA_RX_RELEASE);
    assert_refused(normal, FFA_DENIED);
    box->state = MAILBOX_FULL;
    world_normal_call(&s, 0, FFA_RX_RELEASE, 1);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    world_normal_call(&s, 0, FFA_RX_RELEASE);
    assert_success(normal, 0, 0);
    assert_int_equal(box->state, MAILBOX_EMPTY);
}

static void a_message_fills_rx(void **state)
{
    struct mailbox m = {MAILBOX_EMPTY, 1, TX, RX};

    (void)state;
    assert_null(mailbox_deliver(&m, "hello", 6));
    assert_int_equal(m.state, MAILBOX_FULL);
    assert_string_equal(port_model_memory(RX, 6), "hello");
}

static void a_message_that_does_not_fit_is_no_memory(void **state)
{
    static const char large[PAGE_BYTES + 1];
    struct mailbox m = {MAILBOX_EMPTY, 1, TX, RX};

    (void)state;
    assert_int_equal(refusal_status(mailbox_deliver(&m, large, sizeof(large))), FFA_NO_MEMORY);
    assert_int_equal(m.state, MAILBOX_EMPTY);
    assert_null(mailbox_deliver(&m, large, PAGE_BYTES));
}

static void rx_that_faults_stays_empty(void **state)
{
    struct mailbox m = {MAILBOX_EMPTY, 1, TX, RX};

    (void)state;
    port_model.copies_out_until_fault = 0;
    assert_int_equal(refusal_status(mailbox_deliver(&m, "hello", 6)), FFA_ABORTED);
    assert_int_equal(m.state, MAILBOX_EMPTY);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(buffers_are_mapped_and_unmapped),
        TEST(a_second_pair_is_denied),
        TEST(badly_shaped_buffers_are_invalid),
        TEST(the_largest_buffers_fit),
        TEST(the_upper_half_of_the_page_count_does_not_count),
        TEST(buffers_outside_normal_memory_are_denied),
        TEST(memory_of_a_partitions_manifest_is_denied),
        TEST(a_partition_maps_its_own_memory_only),
        TEST(a_read_only_page_serves_as_tx),
        TEST(unmapping_nothing_is_invalid),
        TEST(rx_is_released_once),
        TEST(a_message_fills_rx),
        TEST(a_message_that_does_not_fit_is_no_memory),
        TEST(rx_that_faults_stays_empty),
    };

    return cmocka_run_group_tests_name("mailbox", tests, NULL, NULL);
}
