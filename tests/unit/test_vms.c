/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers of VMs, for which their hypervisor speaks: FFA_RXTX_MAP, and the descriptor in the
 * hypervisor's TX: core/mailbox.c, mailbox_wire.c.
 */
#include "core/stage2.h"
#include "support/vms.h"

/* The descriptor as it lies in the hypervisor's TX. */
struct descriptor {
    uint16_t vm;
    uint16_t reserved;
    uint32_t rx_offset;
    uint32_t tx_offset;
    uint32_t padding;
    struct {
        uint32_t total_pages;
        uint32_t count;
        uint64_t reserved;
        uint64_t address;
        uint32_t pages;
        uint32_t reserved_too;
    } rx, tx;
};

static struct descriptor *wire(void)
{
    return port_model_memory(WORLD_NORMAL_TX, PAGE_BYTES);
}

static void assert_not_mapped(int status)
{
    world_normal_call(&s, 0, MAP);
    assert_refused(normal, status);
    assert_null(mailbox_of_vm(&s, VM));
}

/* ---- A good descriptor ---- */

static void a_vms_buffers_are_mapped_and_unmapped(void **state)
{
    const struct mailbox *m;

    (void)state;
    map_vm();
    m = mailbox_of_vm(&s, VM);
    assert_non_null(m);
    assert_int_equal(m->state, MAILBOX_EMPTY);
    assert_int_equal(m->pages, 1);
    assert_int_equal(m->tx, VM_TX);
    assert_int_equal(m->rx, VM_RX);
    world_normal_call(&s, 0, UNMAP, PAIR(VM, 0));
    assert_success(normal, 0, 0);
    assert_null(mailbox_of_vm(&s, VM));
    assert_int_equal(s.normal.mailbox.state, MAILBOX_EMPTY); /* the hypervisor's own stay */
    map_vm();
}

static void buffers_have_several_pages(void **state)
{
    struct descriptor *d = wire();

    (void)state;
    d->rx.address = 0x40100000 + 0x10000;
    d->tx.address = 0x40100000 + 0x60000;
    d->rx.pages = d->rx.total_pages = MAILBOX_PAGES_MAX;
    d->tx.pages = d->tx.total_pages = MAILBOX_PAGES_MAX;
    map_vm();
    assert_int_equal(mailbox_of_vm(&s, VM)->pages, MAILBOX_PAGES_MAX);
}

static void buffers_may_be_described_anywhere_in_tx(void **state)
{
    uint8_t *page = port_model_memory(WORLD_NORMAL_TX, PAGE_BYTES);
    struct descriptor *d = wire();

    (void)state;
    memmove(page + PAGE_BYTES - sizeof(d->tx), &d->tx, sizeof(d->tx));
    memmove(page + 1000, &d->rx, sizeof(d->rx));
    d->tx_offset = PAGE_BYTES - sizeof(d->tx);
    d->rx_offset = 1000;
    map_vm();
    assert_int_equal(mailbox_of_vm(&s, VM)->tx, VM_TX);
    assert_int_equal(mailbox_of_vm(&s, VM)->rx, VM_RX);
}

static void a_tx_of_two_pages_holds_the_descriptor_anywhere(void **state)
{
    (void)state;
    world_normal_call(&s, 0, UNMAP);
    world_normal_call(&s, 0, MAP, WORLD_NORMAL_TX + 0x4000, WORLD_NORMAL_TX + 0x8000, 2);
    assert_success(normal, 0, 0);
    memcpy(port_model_memory(WORLD_NORMAL_TX + 0x4000, sizeof(struct descriptor)), wire(),
           sizeof(struct descriptor));
    memcpy(port_model_memory(WORLD_NORMAL_TX + 0x5000, sizeof(wire()->tx)), &wire()->tx,
           sizeof(wire()->tx));
    ((struct descriptor *)port_model_memory(WORLD_NORMAL_TX + 0x4000, 16))->tx_offset = PAGE_BYTES;
    map_vm();
}

static void a_count_of_pages_or_an_address_is_no_forwarded_call(void **state)
{
    (void)state;
    world_normal_call(&s, 0, MAP, 0, 0, 1);
    assert_refused(normal, FFA_DENIED); /* the hypervisor's own second pair */
    world_normal_call(&s, 0, MAP, VM_TX, 0, 0);
    assert_refused(normal, FFA_DENIED);
    world_normal_call(&s, 0, MAP, 0, VM_RX, 0);
    assert_refused(normal, FFA_DENIED);
    world_normal_call(&s, 0, MAP, 0, 0, UINT64_C(1) << 32); /* w3 is 32 bits */
    assert_success(normal, 0, 0);
}

static void every_version_forwards(void **state)
{
    static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1, FFA_VERSION_1_2};

    for (unsigned i = 0; i < COUNT(versions); i++) {
        boot(state);
        s.normal.version = versions[i];
        map_vm();
        world_normal_call(&s, 0, UNMAP, PAIR(VM, 0));
        assert_success(normal, 0, 0);
    }
}

/* ---- Malformed descriptors ---- */

static void bad_offsets_are_invalid(void **state)
{
    static const uint32_t offsets[] = {
        0,          8,          15,                           /* in the header */
        17,         20,         25,                           /* unaligned */
        4096 - 31,  4096 - 24,  4096 - 8,   4096,       4104, /* the end is outside */
        0x80000000, 0xfffffff8, 0xffffffff, 0xffffffe0,
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(offsets); i++) {
        wire()->rx_offset = offsets[i];
        assert_not_mapped(FFA_INVALID_PARAMETERS);
        wire()->rx_offset = 16;
        wire()->tx_offset = offsets[i];
        assert_not_mapped(FFA_INVALID_PARAMETERS);
        wire()->tx_offset = 48;
    }
    map_vm();
}

/* A good description that goes on in what follows TX: here the hypervisor's RX. */
static void a_description_that_leaves_tx_is_invalid(void **state)
{
    uint8_t *page = port_model_memory(WORLD_NORMAL_TX, 2 * PAGE_BYTES);

    (void)state;
    for (uint32_t offset = PAGE_BYTES - sizeof(wire()->tx) + 8; offset <= PAGE_BYTES; offset += 8) {
        memcpy(page + offset, &wire()->tx, sizeof(wire()->tx));
        wire()->tx_offset = offset;
        assert_not_mapped(FFA_INVALID_PARAMETERS);
    }
}

/* A field, where it lies, and what it must not be. */
struct fault {
    size_t offset;
    size_t size;
    uint64_t value;
};

#define FAULT(field, value)                                              \
    {                                                                    \
        offsetof(struct descriptor, field), sizeof(wire()->field), value \
    }

static void spoil(const struct fault *f)
{
    memcpy((uint8_t *)wire() + f->offset, &f->value, f->size);
}

static void spoilt_fields_are_invalid(void **state)
{
    static const struct fault faults[] = {
        FAULT(reserved, 1),
        FAULT(reserved, 0x8000),
        FAULT(rx.reserved, 1),
        FAULT(rx.reserved, UINT64_C(1) << 63),
        FAULT(rx.reserved_too, 1),
        FAULT(tx.reserved, 1),
        FAULT(tx.reserved_too, 0x80000000),
        FAULT(rx.count, 0),
        FAULT(rx.count, 2),
        FAULT(tx.count, 0),
        FAULT(tx.count, 0xffffffff),
        FAULT(rx.total_pages, 2),
        FAULT(rx.total_pages, 0),
        FAULT(tx.total_pages, 2),
        FAULT(rx.pages, 2),
        FAULT(tx.pages, 0),
        FAULT(vm, 0),
        FAULT(vm, FFA_ID_SECURE),
        FAULT(vm, 0x8001),
        FAULT(vm, 0xffff),
        FAULT(rx.address, VM_RX + 1),
        FAULT(tx.address, VM_TX + 0x800),
        FAULT(rx.address, VM_TX),
    };

    for (unsigned i = 0; i < COUNT(faults); i++) {
        boot(state);
        spoil(&faults[i]);
        assert_not_mapped(FFA_INVALID_PARAMETERS);
    }
}

static void the_padding_of_the_header_does_not_count(void **state)
{
    (void)state;
    wire()->padding = 0xffffffff;
    map_vm();
}

static void pages_of_rx_and_tx_are_as_many_and_few_enough(void **state)
{
    static const uint32_t bad[][2] = {
        {1, 2},
        {2, 1},
        {0, 0},
        {MAILBOX_PAGES_MAX + 1, MAILBOX_PAGES_MAX + 1},
        {0x80000001, 0x80000001},
    };

    for (unsigned i = 0; i < COUNT(bad); i++) {
        boot(state);
        wire()->rx.pages = wire()->rx.total_pages = bad[i][0];
        wire()->tx.pages = wire()->tx.total_pages = bad[i][1];
        wire()->rx.address = 0x40100000 + 0x10000;
        wire()->tx.address = 0x40100000 + 0x80000;
        assert_not_mapped(FFA_INVALID_PARAMETERS);
    }
}

static void without_buffers_a_hypervisor_forwards_nothing(void **state)
{
    (void)state;
    world_normal_call(&s, 0, UNMAP);
    assert_not_mapped(FFA_INVALID_PARAMETERS);
}

static void an_external_abort_in_tx_is_aborted(void **state)
{
    (void)state;
    for (int copies = 0; copies < 3; copies++) {
        port_model.copies_in_until_fault = copies;
        assert_not_mapped(FFA_ABORTED);
    }
    port_model.copies_in_until_fault = 3;
    map_vm();
}

/* The Normal world may write while the descriptor is read: no byte counts twice. */
static void the_descriptor_is_read_once(void **state)
{
    (void)state;
    port_model.copies_in = 0;
    map_vm();
    assert_int_equal(port_model.copies_in, 3);
}

/* ---- Where buffers may lie ---- */

static void a_vm_has_one_pair(void **state)
{
    (void)state;
    map_vm();
    world_forward(VM, VM_TX + 0x10000, VM_RX + 0x10000);
    world_normal_call(&s, 0, MAP);
    assert_refused(normal, FFA_DENIED);
    assert_int_equal(mailbox_of_vm(&s, VM)->tx, VM_TX);
}

static void buffers_of_others_are_denied(void **state)
{
    static const uint64_t taken[] = {
        WORLD_NORMAL_TX,        WORLD_NORMAL_RX,        /* the hypervisor's */
        WORLD_VM_TX(2),         WORLD_VM_RX(2),         /* another VM's */
        WORLD_NORMAL_REGION(0), WORLD_NORMAL_REGION(2), /* a partition's region */
    };

    (void)state;
    world_forward(2, WORLD_VM_TX(2), WORLD_VM_RX(2));
    map_vm();
    for (unsigned i = 0; i < COUNT(taken); i++) {
        world_forward(VM, taken[i], VM_RX);
        assert_not_mapped(FFA_DENIED);
        world_forward(VM, VM_TX, taken[i]);
        assert_not_mapped(FFA_DENIED);
    }
}

static void a_partitions_mailbox_in_normal_memory_is_denied(void **state)
{
    struct partition *up = &s.partitions[WORLD_UP];

    (void)state;
    stage2_map(&s, up, VM_TX, PAGE_BYTES, MAP_READ | MAP_WRITE | MAP_NON_SECURE);
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, MAP, WORLD_TX(0), VM_TX, 1);
    assert_success(UP_SELF, 0, 0);
    world_normal_call(&s, 1, MAP);
    assert_refused(&s.cpus[1].normal, FFA_DENIED);
}

static void memory_that_is_not_normal_is_denied(void **state)
{
    static const uint64_t outside[] = {
        0,
        0x0e200000,
        0x09000000,
        0x401ff000 + 0x1000,
        0x3ffff000,
        UINT64_C(1) << 40,
        UINT64_C(0xfffffffffffff000),
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(outside); i++) {
        world_forward(VM, outside[i], VM_RX);
        assert_not_mapped(FFA_DENIED);
        world_forward(VM, VM_TX, outside[i]);
        assert_not_mapped(FFA_DENIED);
    }
}

static void a_vms_buffers_are_denied_to_all_others(void **state)
{
    struct partition *up = &s.partitions[WORLD_UP];

    (void)state;
    map_vm();
    world_normal_call(&s, 0, UNMAP);
    world_normal_call(&s, 0, MAP, VM_TX, WORLD_NORMAL_RX, 1);
    assert_refused(normal, FFA_DENIED);
    world_normal_call(&s, 0, MAP, WORLD_NORMAL_TX, VM_RX, 1);
    assert_refused(normal, FFA_DENIED);
    stage2_map(&s, up, VM_TX, 2 * PAGE_BYTES, MAP_READ | MAP_WRITE | MAP_NON_SECURE);
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, MAP, WORLD_TX(0), VM_RX, 1);
    assert_refused(UP_SELF, FFA_DENIED);
}

static void no_more_vms_than_the_limit_have_buffers(void **state)
{
    (void)state;
    for (uint16_t vm = 1; vm <= VM_MAX; vm++) {
        world_forward(vm, WORLD_VM_TX(vm), WORLD_VM_RX(vm));
        map_vm();
    }
    world_forward(VM_MAX + 1, WORLD_VM_TX(VM_MAX + 1), WORLD_VM_RX(VM_MAX + 1));
    world_normal_call(&s, 0, MAP);
    assert_refused(normal, FFA_NO_MEMORY);
    assert_null(mailbox_of_vm(&s, VM_MAX + 1));
    world_normal_call(&s, 0, UNMAP, PAIR(7, 0));
    world_normal_call(&s, 0, MAP);
    assert_success(normal, 0, 0);
    assert_non_null(mailbox_of_vm(&s, VM_MAX + 1));
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_vms_buffers_are_mapped_and_unmapped),
        TEST(buffers_have_several_pages),
        TEST(buffers_may_be_described_anywhere_in_tx),
        TEST(a_tx_of_two_pages_holds_the_descriptor_anywhere),
        TEST(a_count_of_pages_or_an_address_is_no_forwarded_call),
        TEST(every_version_forwards),
        TEST(bad_offsets_are_invalid),
        TEST(a_description_that_leaves_tx_is_invalid),
        TEST(spoilt_fields_are_invalid),
        TEST(the_padding_of_the_header_does_not_count),
        TEST(pages_of_rx_and_tx_are_as_many_and_few_enough),
        TEST(without_buffers_a_hypervisor_forwards_nothing),
        TEST(an_external_abort_in_tx_is_aborted),
        TEST(the_descriptor_is_read_once),
        TEST(a_vm_has_one_pair),
        TEST(buffers_of_others_are_denied),
        TEST(a_partitions_mailbox_in_normal_memory_is_denied),
        TEST(memory_that_is_not_normal_is_denied),
        TEST(a_vms_buffers_are_denied_to_all_others),
        TEST(no_more_vms_than_the_limit_have_buffers),
    };

    return cmocka_run_group_tests_name("vms", tests, NULL, NULL);
}
