/* SPDX-License-Identifier: BSD-3-Clause */
/* The regions of a partition's manifest, and its mailbox: core/partition_manifest.c. */
#include "core/device.h"
#include "core/interrupt.h"
#include "support/partition_manifest.h"

#define NORMAL "/memory-regions/normal"
#define SECURE "/memory-regions/secure"
#define INSIDE "/memory-regions/inside"

/* ---- Regions ---- */

static const struct region *region(unsigned i)
{
    assert_true(i < p->region_count);
    return &p->regions[i];
}

static void regions_have_base_size_and_attributes(void **state)
{
    unsigned devices = 0;

    (void)state;
    SET(blob, NORMAL, "pages-count", 3);
    assert_accepted();
    for (unsigned i = 0; i < p->region_count; i++) {
        const struct region *r = region(i);
        if (r->base == 0x40010000)
            assert_int_equal(r->size, 3 * PAGE_BYTES);
        if (r->base == 0x40010000)
            assert_int_equal(r->attributes, MAP_READ | MAP_WRITE | MAP_NON_SECURE);
        if (r->base == 0x09040000)
            devices += r->attributes == (MAP_READ | MAP_WRITE | MAP_DEVICE);
    }
    assert_int_equal(devices, 1);
}

static void a_non_secure_device_is_one_of_the_normal_worlds(void **state)
{
    (void)state;
    SET(blob, UART, "base-address", 0, 0x09000000);
    SET(blob, UART, "attributes", 0xb);
    assert_accepted();
    begin(state);
    SET(blob, UART, "base-address", 0, 0x09000000);
    assert_rejected("expected free memory, or a device");
}

static void bad_attributes_are_rejected(void **state)
{
    static const uint32_t memory[] = {0, 2, 4, 0x13, 0x21, 8};

    for (unsigned i = 0; i < COUNT(memory); i++) {
        begin(state);
        SET(blob, SECURE, "attributes", memory[i]);
        assert_rejected("secure: attributes is <");
    }
    begin(state);
    SET(blob, UART, "attributes", 5);
    assert_rejected("uart: attributes is <0x5>");
}

/* It is the package's: lines of its own choice would be as good as Bulkhead's. */
static void the_name_of_a_node_is_printed_as_text(void **state)
{
    (void)state;
    SET(blob, SECURE, "attributes", 0x21);
    manifest_rename(blob, SECURE, "a\nbulkhead: all is well\x1b[2J\x7f\xc3");
    assert_rejected("manifest of subject: a?bulkhead: all is well?[2J??: attributes is <0x21>");
}

static void code_is_legal_in_memory(void **state)
{
    (void)state;
    SET(blob, SECURE, "attributes", 5);
    assert_accepted();
}

static void bad_page_counts_are_rejected(void **state)
{
    (void)state;
    SET(blob, SECURE, "pages-count", 0);
    assert_rejected("pages-count is <0x0>");
    begin(state);
    SET(blob, SECURE, "pages-count", 0x1000000);
    assert_rejected("expected 0x1 to 0xffffff");
    begin(state);
    SET(blob, SECURE, "pages-count", 0x80000000, 1);
    assert_rejected("expected 0x1 to 0xffffff");
}

static void regions_without_their_properties_are_rejected(void **state)
{
    static const char *const names[] = {"pages-count", "attributes"};

    for (unsigned i = 0; i < COUNT(names); i++) {
        begin(state);
        manifest_remove(blob, SECURE, names[i]);
        assert_rejected("is missing");
    }
    begin(state);
    SET(blob, INSIDE, "load-address-relative-offset", 0, 0, 0);
    assert_rejected("load-address-relative-offset is <");
}

static void memory_that_is_not_free_is_rejected(void **state)
{
    static const uint32_t bases[] = {
        0x0ee00800, /* unaligned */
        0x0e100000, /* Bulkhead's */
        0x0e300000, /* the other package */
        0x0f000000, /* no memory */
        0x40000000, /* Normal memory as Secure */
        0x0e1ff000,
    };

    for (unsigned i = 0; i < COUNT(bases); i++) {
        begin(state);
        SET(blob, SECURE, "base-address", 0, bases[i]);
        assert_rejected("secure: base-address is <");
    }
}

static void an_address_of_all_ones_is_not_the_same_as_none(void **state)
{
    (void)state;
    SET(blob, SECURE, "base-address", 0xffffffff, 0xffffffff);
    assert_rejected("secure: base-address is <");
}

static void regions_of_another_partition_are_not_free(void **state)
{
    (void)state;
    s.partitions[1].region_count = 1;
    s.partitions[1].regions[0] =
        (struct region){.base = 0x40010000, .size = PAGE_BYTES, .attributes = MAP_READ};
    assert_rejected("normal: base-address is <");
}

static void two_regions_of_one_partition_do_not_overlap(void **state)
{
    (void)state;
    SET(blob, SECURE, "base-address", 0, 0x40010000);
    SET(blob, SECURE, "attributes", 0xb);
    assert_rejected("expected free memory");
}

static void a_region_half_inside_the_package_is_rejected(void **state)
{
    (void)state;
    SET(blob, SECURE, "base-address", 0, (uint32_t)(WORLD_LOAD(0) + WORLD_SIZE - 0x1000));
    SET(blob, SECURE, "pages-count", 2);
    assert_rejected("expected free memory");
    begin(state);
    SET(blob, SECURE, "base-address", 0, (uint32_t)(WORLD_LOAD(0) - 0x1000));
    SET(blob, SECURE, "pages-count", 2);
    assert_rejected("expected free memory");
}

/* Of two pages, at 0x6000; the other one, `INSIDE`, has a page at 0x5000. */
#define ANOTHER "/memory-regions/another"
static void add_another(void)
{
    manifest_add_node(blob, "/memory-regions", "another");
    SET(blob, ANOTHER, "load-address-relative-offset", 0x6000);
    SET(blob, ANOTHER, "pages-count", 2);
    SET(blob, ANOTHER, "attributes", 5);
}

static void regions_inside_the_package_do_not_overlap(void **state)
{
    static const uint32_t offsets[] = {0x6000, 0x7000};

    for (unsigned i = 0; i < COUNT(offsets); i++) {
        begin(state);
        add_another();
        assert_accepted();
        begin(state);
        add_another();
        SET(blob, INSIDE, "load-address-relative-offset", offsets[i]);
        assert_rejected("expected free memory, or a device");
    }
    begin(state);
    add_another(); /* by an address of its own, the same memory */
    manifest_remove(blob, INSIDE, "load-address-relative-offset");
    SET(blob, INSIDE, "base-address", 0, (uint32_t)WORLD_LOAD(0) + 0x7000);
    assert_rejected("expected free memory, or a device");
}

static void a_region_inside_the_package_is_whole_pages(void **state)
{
    (void)state;
    SET(blob, INSIDE, "load-address-relative-offset", 0x5004);
    assert_rejected("inside: load-address-relative-offset is <0x5004>, expected a whole page");
}

static void a_region_to_be_allocated_overlaps_nothing_inside_the_package(void **state)
{
    (void)state;
    add_another();
    manifest_remove(blob, SECURE, "base-address");
    assert_accepted();
}

static void an_offset_that_wraps_around_is_rejected(void **state)
{
    (void)state;
    /* To a device that it may have, before its package. */
    uint64_t offset = 0x09040000 - (uint64_t)WORLD_LOAD(0);
    manifest_remove(blob, UART, "base-address");
    SET(blob, UART, "load-address-relative-offset", (uint32_t)(offset >> 32), (uint32_t)offset);
    assert_rejected("expected 0x0 to 0xfffffffff");
}

static void more_regions_than_fit_are_rejected(void **state)
{
    char name[] = "a0";
    char path[] = "/memory-regions/a0";

    (void)state;
    for (unsigned i = 0; i < REGION_MAX - 2; i++, name[1]++, path[17]++) {
        manifest_add_node(blob, "/memory-regions", name);
        SET(blob, path, "base-address", 0, 0x40020000 + 0x1000 * i);
        SET(blob, path, "pages-count", 1);
        SET(blob, path, "attributes", 0x9);
    }
    assert_rejected("expected fewer regions");
}

static void interrupts_of_a_device_are_its_partitions(void **state)
{
    (void)state;
    SET(blob, UART, "interrupts", 40, 0xb07);
    assert_accepted();
    assert_int_equal(p->interrupt_count, SLOT_DEVICES + 1);
    assert_int_equal(p->interrupts[SLOT_DEVICES].intid, 40);
    assert_int_equal(p->interrupts[SLOT_DEVICES].priority, 7);
    assert_true(p->interrupts[SLOT_DEVICES].level);
    assert_ptr_equal(device_owner(&s, 40), p);
}

static void streams_are_complained_about_and_get_no_access(void **state)
{
    (void)state;
    SET(blob, UART, "stream-ids", 7, 9);
    assert_accepted();
    assert_true(
        port_model_printed("uart: stream-ids is <0x7 0x9>, expected none: there is no SMMU"));
}

static void identities_on_a_bus_are_rejected(void **state)
{
    (void)state;
    SET(blob, "/", "stream-endpoint-ids", 0x8100);
    assert_rejected("/: stream-endpoint-ids is <0x8100>, expected none");
}

static void a_region_without_an_address_is_to_be_allocated(void **state)
{
    (void)state;
    manifest_remove(blob, SECURE, "base-address");
    assert_accepted();
    assert_string_equal(port_model.console, "");
    for (unsigned i = 0; i < p->region_count; i++)
        if (strcmp(region(i)->name, "secure") == 0)
            assert_int_equal(region(i)->base, REGION_ALLOCATE);
}

static void only_secure_memory_is_allocated(void **state)
{
    (void)state;
    manifest_remove(blob, NORMAL, "base-address");
    assert_rejected("normal: base-address is missing, expected an address");
    begin(state);
    manifest_remove(blob, UART, "base-address");
    assert_rejected("uart: base-address is missing, expected an address");
    begin(state);
    SET(blob, SECURE, "base-address", 1, 2, 3);
    assert_rejected("secure: base-address is <0x1 0x2 0x3>, expected a number");
}

static void the_package_holds_only_secure_memory(void **state)
{
    (void)state;
    SET(blob, INSIDE, "attributes", 0xb);
    assert_rejected("inside: load-address-relative-offset is <0x0 0x5000>, expected memory "
                    "outside the package");
    begin(state);
    SET(blob, UART, "base-address", 0, (uint32_t)WORLD_LOAD(0));
    assert_rejected("uart: base-address is <0x0 0xe200000>, expected memory outside");
}

/* ---- The mailbox ---- */

#define MAILBOX "/rx_tx-info"

/* RX is the region inside the package, TX the Secure one beyond. */
static void add_mailbox(uint32_t rx, uint32_t tx)
{
    SET(blob, INSIDE, "phandle", 1);
    SET(blob, SECURE, "phandle", 2);
    SET(blob, UART, "phandle", 3);
    manifest_add_node(blob, "/", "rx_tx-info");
    manifest_set_text(blob, MAILBOX, "compatible", "arm,ffa-manifest-rx_tx-buffer");
    SET(blob, MAILBOX, "rx-buffer", rx);
    SET(blob, MAILBOX, "tx-buffer", tx);
}

static void a_mailbox_is_two_regions(void **state)
{
    (void)state;
    add_mailbox(1, 2);
    assert_accepted();
    assert_int_equal(p->regions[p->rx_region - 1].phandle, 1);
    assert_int_equal(p->regions[p->tx_region - 1].phandle, 2);
}

static void rx_may_be_read_only_tx_may_not(void **state)
{
    (void)state;
    add_mailbox(2, 1);
    SET(blob, SECURE, "attributes", 1);
    assert_accepted();
    begin(state);
    add_mailbox(1, 2);
    SET(blob, SECURE, "attributes", 1);
    assert_rejected("rx_tx-info: tx-buffer is <0x2>, expected a memory region's phandle");
}

static void phandles_that_mean_no_memory_are_rejected(void **state)
{
    static const uint32_t phandles[] = {0, 3, 4};

    for (unsigned i = 0; i < COUNT(phandles); i++) {
        begin(state);
        add_mailbox(phandles[i], 2);
        assert_rejected("rx_tx-info: rx-buffer is <");
        begin(state);
        add_mailbox(1, phandles[i]);
        assert_rejected("rx_tx-info: tx-buffer is <");
    }
    begin(state);
    add_mailbox(1, 2);
    manifest_remove(blob, MAILBOX, "tx-buffer");
    assert_rejected("rx_tx-info: tx-buffer is missing");
}

/* Where they will lie nobody knows yet. */
static void buffers_may_be_allocated(void **state)
{
    (void)state;
    add_mailbox(1, 2);
    manifest_remove(blob, INSIDE, "load-address-relative-offset");
    manifest_remove(blob, SECURE, "base-address");
    assert_accepted();
}

static void buffers_that_are_no_pair_are_rejected(void **state)
{
    (void)state;
    add_mailbox(1, 1);
    assert_rejected("expected a region as large as tx-buffer");
    begin(state);
    add_mailbox(1, 2);
    SET(blob, SECURE, "pages-count", 2);
    assert_rejected("expected a region as large as tx-buffer");
    begin(state);
    p->size = 0x100000;
    add_mailbox(1, 2);
    SET(blob, SECURE, "pages-count", MAILBOX_PAGES_MAX + 1);
    SET(blob, INSIDE, "pages-count", MAILBOX_PAGES_MAX + 1);
    assert_rejected("expected a region as large as tx-buffer");
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(regions_have_base_size_and_attributes),
        TEST(a_non_secure_device_is_one_of_the_normal_worlds),
        TEST(bad_attributes_are_rejected),
        TEST(the_name_of_a_node_is_printed_as_text),
        TEST(code_is_legal_in_memory),
        TEST(bad_page_counts_are_rejected),
        TEST(regions_without_their_properties_are_rejected),
        TEST(memory_that_is_not_free_is_rejected),
        TEST(an_address_of_all_ones_is_not_the_same_as_none),
        TEST(regions_of_another_partition_are_not_free),
        TEST(two_regions_of_one_partition_do_not_overlap),
        TEST(a_region_half_inside_the_package_is_rejected),
        TEST(regions_inside_the_package_do_not_overlap),
        TEST(a_region_inside_the_package_is_whole_pages),
        TEST(a_region_to_be_allocated_overlaps_nothing_inside_the_package),
        TEST(an_offset_that_wraps_around_is_rejected),
        TEST(more_regions_than_fit_are_rejected),
        TEST(interrupts_of_a_device_are_its_partitions),
        TEST(streams_are_complained_about_and_get_no_access),
        TEST(identities_on_a_bus_are_rejected),
        TEST(a_region_without_an_address_is_to_be_allocated),
        TEST(only_secure_memory_is_allocated),
        TEST(the_package_holds_only_secure_memory),
        TEST(a_mailbox_is_two_regions),
        TEST(rx_may_be_read_only_tx_may_not),
        TEST(phandles_that_mean_no_memory_are_rejected),
        TEST(buffers_may_be_allocated),
        TEST(buffers_that_are_no_pair_are_rejected),
    };

    return cmocka_run_group_tests_name("region_manifest", tests, NULL, NULL);
}
