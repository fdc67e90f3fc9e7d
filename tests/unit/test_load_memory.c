/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of partitions as they are loaded: what is allocated, and who has which rights:
 * core/load.c. */
#include "core/ledger.h"
#include "support/packages.h"

/* ---- Regions without an address ---- */

#define MEMORY_END 0x0efff000 /* of Secure memory: the ledger has its last page */

/* The first partition's regions: "secure" without an address, of some pages, and one named b. */
static void install_allocated(uint32_t pages, uint32_t pages_of_b)
{
    void *blob = manifest_of_partition();

    manifest_remove(blob, "/memory-regions/secure", "base-address");
    SET(blob, "/memory-regions/secure", "pages-count", pages);
    if (pages_of_b != 0) {
        manifest_add_node(blob, "/memory-regions", "b");
        SET(blob, "/memory-regions/b", "pages-count", pages_of_b);
        SET(blob, "/memory-regions/b", "attributes", 1);
    }
    package_install(WORLD_LOAD(0), blob);
}

static const struct region *region(const char *name)
{
    const struct partition *p = &s.partitions[0];

    for (unsigned i = 0; i < p->region_count; i++)
        if (strcmp(p->regions[i].name, name) == 0)
            return &p->regions[i];
    fail_msg("no region %s", name);
    return NULL;
}

static void a_region_is_allocated_cleared_and_mapped(void **state)
{
    const struct partition *p = &s.partitions[0];
    uint8_t *memory = port_model_memory(MEMORY_END - 2 * PAGE_BYTES, 2 * PAGE_BYTES);

    (void)state;
    memset(memory, 0xee, 2 * PAGE_BYTES);
    install_allocated(2, 0);
    manifest_load_partitions(&s);
    assert_string_equal(port_model.console, "");
    assert_int_equal(region("secure")->base, MEMORY_END - 2 * PAGE_BYTES);
    assert_true(region("secure")->allocated);
    assert_false(region("normal")->allocated);
    assert_true(stage2_allows(&s, p, region("secure")->base, 2 * PAGE_BYTES, MAP_WRITE));
    for (unsigned i = 0; i < 2 * PAGE_BYTES; i++)
        assert_int_equal(memory[i], 0);
}

static void allocated_regions_stay_clear_of_everything_fixed(void **state)
{
    void *blob;

    (void)state;
    install_allocated(1, 3);
    blob = manifest_of_partition();
    /* the second partition, read later, has the last page but one */
    manifest_rename(blob, "/device-regions", "none");
    manifest_remove(blob, "/none", "compatible");
    manifest_rename(blob, "/memory-regions/normal", "fixed");
    SET(blob, "/memory-regions/fixed", "base-address", 0, MEMORY_END - 0x2000);
    SET(blob, "/memory-regions/fixed", "attributes", 3);
    manifest_remove(blob, "/memory-regions/secure", "base-address");
    package_install(WORLD_LOAD(1), blob);
    manifest_load_partitions(&s);
    assert_string_equal(port_model.console, "");
    assert_int_equal(s.partitions[1].state, PARTITION_LOADED);
    assert_int_equal(region("b")->base, MEMORY_END - 0x5000); /* the first node in the tree */
    assert_int_equal(region("secure")->base, MEMORY_END - 0x1000);
    for (unsigned i = 0; i < s.partitions[1].region_count; i++)
        for (unsigned j = 0; j < s.partitions[0].region_count; j++)
            assert_false(
                ranges_overlap(s.partitions[0].regions[j].base, s.partitions[0].regions[j].size,
                               s.partitions[1].regions[i].base, s.partitions[1].regions[i].size));
}

static void boot_information_tells_where_allocated_regions_are(void **state)
{
    const struct ffa_boot_info_header *info = (const void *)header(0);
    const struct ffa_boot_info_descriptor *d = (const void *)(info + 1);

    (void)state;
    install_allocated(2, 1);
    manifest_load_partitions(&s);
    assert_int_equal(info->descriptor_count, 3);
    assert_int_equal(info->blob_size, 32 + 3 * 32);
    for (unsigned i = 1; i < 3; i++) {
        const struct region *r = region((const char *)d[i].name);
        assert_int_equal(d[i].type, FFA_BOOT_INFO_TYPE_REGION);
        assert_int_equal(d[i].flags, 0);
        assert_int_equal(d[i].content, r->base);
        assert_int_equal(d[i].size, r->size);
    }
}

static void a_region_larger_than_what_is_left_leaves_it_out(void **state)
{
    (void)state;
    install_allocated(0x1000, 0);
    assert_left_out("no Secure memory is left");
    begin(state);
    install_allocated(0x1001, 0); /* more than there is at all */
    assert_left_out("no Secure memory is left");
}

static void the_largest_hole_is_found(void **state)
{
    (void)state;
    s.own = (struct range){0x0e100000, 0x100000};
    install_allocated(0xcef, 0); /* all above the second package, to the page */
    manifest_load_partitions(&s);
    assert_int_equal(s.partitions[0].state, PARTITION_LOADED);
    assert_int_equal(region("secure")->base, WORLD_LOAD(1) + WORLD_SIZE);
    begin(state);
    s.own = (struct range){0x0e100000, 0x100000};
    install_allocated(0xcf0, 0);
    assert_left_out("no Secure memory is left");
}

static void another_range_of_memory_is_tried(void **state)
{
    (void)state;
    s.secure_memory = (struct ranges){2, {{0x0e200000, 0x200000}, {0x0e800000, 0x400000}}};
    install_allocated(0x300, 0);
    manifest_load_partitions(&s);
    assert_int_equal(s.partitions[0].state, PARTITION_LOADED);
    assert_int_equal(region("secure")->base, 0x0e900000);
}

static void what_reaches_below_a_range_ends_the_search_there(void **state)
{
    (void)state;
    s.secure_memory = (struct ranges){1, {{0x0e800000, 0x400000}}};
    s.own = (struct range){0x0e7ff000, 0x400000};
    install_allocated(2, 0);
    assert_left_out("no Secure memory is left");
}

static void memory_that_cannot_be_cleared_leaves_it_out(void **state)
{
    (void)state;
    install_allocated(2, 0);
    port_model.copies_out_until_fault = 0;
    manifest_load_partitions(&s);
    assert_int_equal(s.partitions[0].state, PARTITION_ABSENT);
    assert_true(port_model_printed("no Secure memory is left"));
}

/* ---- The ledger ---- */

static void the_ledger_has_a_bit_for_each_page_of_normal_memory(void **state)
{
    const uint8_t *bits = port_model_memory(MEMORY_END, PAGE_BYTES);

    (void)state;
    memset(port_model_memory(MEMORY_END, PAGE_BYTES), 0xee, PAGE_BYTES);
    manifest_load_partitions(&s);
    assert_int_equal(s.ledger.base, MEMORY_END);
    assert_int_equal(s.ledger.size, PAGE_BYTES);
    assert_ptr_equal(s.memory->taken, bits);
    assert_int_equal(s.memory->normal_pages, MODEL_NORMAL_SIZE / PAGE_BYTES);
    assert_int_equal(manifest_overlap(&s, MEMORY_END, 1), MEMORY_END);
    assert_int_equal(bits[0x10 / 8], 1); /* the page of the first partition's manifest */
    assert_int_equal(bits[0x11], 0);
}

static void the_ledger_reaches_to_the_end_of_the_highest_range(void **state)
{
    (void)state;
    s.normal_memory = (struct ranges){
        3, {{0x40000000, 0x200000}, {0x880000000, 0x40000000}, {0x48000000, 0x1000}}};
    manifest_load_partitions(&s);
    assert_int_equal(s.memory->normal_pages, 0x880000);
    assert_int_equal(s.ledger.size, 0x880000 / 8 + PAGE_BYTES);
    assert_true(ledger_take(&s, 0x8bffff000, 1));
    assert_false(ledger_take(&s, 0x8bffff000, 1));
    assert_false(ledger_take(&s, 0x8c0000000, 1));
}

/* In any order: each page has one bit, and that within the ledger. */
static void the_ledger_begins_at_the_lowest_range(void **state)
{
    (void)state;
    s.normal_memory =
        (struct ranges){3, {{0x40200000, 0x1000}, {0x40000000, 0x200000}, {0x40201000, 0x1000}}};
    manifest_load_partitions(&s);
    assert_int_equal(s.memory->normal_pages, 0x202);
    for (uint64_t base = 0x40001000; base < 0x40202000; base += PAGE_BYTES) {
        bool free = base != 0x40010000; /* the first partition's */
        assert_int_equal(ledger_take(&s, base, 1), free);
        assert_false(ledger_take(&s, base, 1));
    }
    assert_false(ledger_take(&s, 0x40202000, 1));
}

static void without_room_for_the_ledger_nothing_can_be_shared(void **state)
{
    (void)state;
    s.own = s.secure_memory.range[0];
    manifest_load_partitions(&s);
    assert_true(
        port_model_printed("bulkhead: no Secure memory is left: Normal memory cannot be shared\n"));
    assert_int_equal(s.partitions[1].state, PARTITION_LOADED);
    assert_false(ledger_take(&s, 0x40001000, 1));
}

/* ---- Regions inside the package ---- */

/* What stage 2 of the first partition gives at an address: MAP_READ, MAP_WRITE, MAP_EXECUTE. */
static unsigned rights(uint64_t address)
{
    uint64_t entry = s.partitions[0].roots[SPACE_SECURE] | 3;

    for (unsigned level = 1; level <= 3 && (entry & 3) == 3; level++)
        entry = tables[((entry & 0xfffffffff000) - s.tables_pa) / PAGE_BYTES]
                      [address >> (39 - 9 * level) & 511];
    return (entry >> 6 & 3) | (entry >> 53 & 2 ? 0 : MAP_EXECUTE);
}

static void assert_rights(uint64_t offset, uint64_t size, unsigned expected)
{
    for (uint64_t page = offset; page < offset + size; page += PAGE_BYTES)
        assert_int_equal(rights(WORLD_LOAD(0) + page), expected);
}

static void set_inside(void *blob, const char *path, uint32_t offset, uint32_t pages,
                       uint32_t attributes)
{
    SET(blob, path, "load-address-relative-offset", offset);
    SET(blob, path, "pages-count", pages);
    SET(blob, path, "attributes", attributes);
}

static void a_region_inside_the_package_has_the_rights_of_the_manifest(void **state)
{
    static const uint32_t attributes[] = {1, 3, 5, 7};

    for (unsigned i = 0; i < COUNT(attributes); i++) {
        void *blob;
        begin(state);
        blob = manifest_of_partition();
        set_inside(blob, "/memory-regions/inside", 0x5000, 2, attributes[i]);
        package_install(WORLD_LOAD(0), blob);
        manifest_load_partitions(&s);
        assert_string_equal(port_model.console, "");
        assert_rights(0, 0x5000, 7);
        assert_rights(0x5000, 0x2000, attributes[i]);
        assert_rights(0x7000, WORLD_SIZE - 0x7000, 7);
    }
}

/* At S-EL0, where bit 7 of an entry takes the right to write away. */
static void the_rest_of_a_package_is_code_at_s_el0(void **state)
{
    void *blob = manifest_of_partition();

    (void)state;
    SET(blob, "/", "exception-level", 1);
    SET(blob, "/", "execution-ctx-count", 1);
    set_inside(blob, "/memory-regions/inside", 0x5000, 2, 3);
    package_install(WORLD_LOAD(0), blob);
    manifest_load_partitions(&s);
    assert_string_equal(port_model.console, "");
    assert_int_equal(s.partitions[0].roots[0], s.partitions[0].roots[1]);
    assert_rights(0, 0x5000, (MAP_READ | MAP_EXECUTE) ^ 2);
    assert_rights(0x5000, 0x2000, (MAP_READ | MAP_WRITE) ^ 2);
    assert_rights(0x7000, WORLD_SIZE - 0x7000, (MAP_READ | MAP_EXECUTE) ^ 2);
}

/* At both ends, side by side, and a whole block, in any order of nodes. */
static void regions_inside_a_large_package_split_its_blocks(void **state)
{
    void *blob = manifest_of_partition();

    (void)state;
    s.partition_count = 1;
    s.partitions[0].size = 0x800000;
    set_inside(blob, "/memory-regions/inside", 0x400000, 512, 1);
    manifest_add_node(blob, "/memory-regions", "last");
    set_inside(blob, "/memory-regions/last", 0x7ff000, 1, 3);
    manifest_add_node(blob, "/memory-regions", "first");
    set_inside(blob, "/memory-regions/first", 0, 1, 1);
    manifest_add_node(blob, "/memory-regions", "second");
    set_inside(blob, "/memory-regions/second", 0x1000, 1, 5);
    package_install(WORLD_LOAD(0), blob);
    manifest_load_partitions(&s);
    assert_string_equal(port_model.console, "");
    assert_rights(0, 0x1000, 1);
    assert_rights(0x1000, 0x1000, 5);
    assert_rights(0x2000, 0x3fe000, 7);
    assert_rights(0x400000, 0x200000, 1);
    assert_rights(0x600000, 0x1ff000, 7);
    assert_rights(0x7ff000, 0x1000, 3);
}

static void without_pages_for_a_region_inside_it_is_left_out(void **state)
{
    static const struct {
        uint32_t size, offset, pages;
        unsigned left;
    } cases[] = {
        {0x600000, 0x201000, 1, 2},
        {0x600000, 0x201000, 1, 3},   /* what is before it */
        {0x600000, 0x200000, 1, 3},   /* itself */
        {0x401000, 0x200000, 512, 3}, /* what is behind it */
    };

    for (unsigned i = 0; i < COUNT(cases); i++) {
        void *blob;
        begin(state);
        blob = manifest_of_partition();
        s.partition_count = 1;
        s.partitions[0].size = cases[i].size;
        set_inside(blob, "/memory-regions/inside", cases[i].offset, cases[i].pages, 1);
        package_install(WORLD_LOAD(0), blob);
        s.tables_used = (uint16_t)(TABLE_MAX - 1 - cases[i].left);
        manifest_load_partitions(&s);
        assert_int_equal(s.partitions[0].state, PARTITION_ABSENT);
        assert_true(port_model_printed("the pool of page tables is empty"));
    }
}

/* ---- A mailbox from the manifest ---- */

#define RX (WORLD_LOAD(0) + 0x5000)
#define TX 0x0ee00000

static void install_mailbox(uint32_t attributes_of_rx)
{
    void *blob = manifest_of_partition();

    SET(blob, "/", "execution-ctx-count", 1);
    SET(blob, "/memory-regions/inside", "attributes", attributes_of_rx);
    SET(blob, "/memory-regions/inside", "phandle", 1);
    SET(blob, "/memory-regions/secure", "phandle", 2);
    manifest_add_node(blob, "/", "rx_tx-info");
    manifest_set_text(blob, "/rx_tx-info", "compatible", "arm,ffa-manifest-rx_tx-buffer");
    SET(blob, "/rx_tx-info", "rx-buffer", 1);
    SET(blob, "/rx_tx-info", "tx-buffer", 2);
    package_install(WORLD_LOAD(0), blob);
}

static void a_mailbox_of_the_manifest_is_mapped_from_the_start(void **state)
{
    const struct mailbox *m = &s.partitions[0].endpoint.mailbox;

    (void)state;
    install_mailbox(3);
    manifest_load_partitions(&s);
    assert_int_equal(m->state, MAILBOX_EMPTY);
    assert_int_equal(m->pages, 1);
    assert_int_equal(m->rx, RX);
    assert_int_equal(m->tx, TX);
    assert_int_equal(s.partitions[1].endpoint.mailbox.state, MAILBOX_UNMAPPED);
}

static void it_works_in_the_partitions_start_and_cannot_be_mapped_twice(void **state)
{
    const struct ffa_partition_info *info = port_model_memory(RX, PAGE_BYTES);
    struct regs *self = &s.vcpus[0].regs; /* the first partition's only context */

    (void)state;
    install_mailbox(3);
    manifest_load_partitions(&s);
    world_event(&s, 0, EVENT_COLD_BOOT);
    world_call(&s, 0, FFA_MSG_WAIT); /* the other one starts first */
    world_call(&s, 0, FFA_PARTITION_INFO_GET);
    assert_success(self, 2, FFA_PARTITION_INFO_SIZE_1_1);
    assert_int_equal(info->id, 0x8001);
    world_call(&s, 0, FFA_RX_RELEASE);
    assert_success(self, 0, 0);
    world_call(&s, 0, FFA_RXTX_MAP_64, WORLD_LOAD(0) + 0x7000, WORLD_LOAD(0) + 0x8000, 1);
    assert_refused(self, FFA_DENIED);
    world_call(&s, 0, FFA_RXTX_UNMAP);
    assert_success(self, 0, 0);
    world_call(&s, 0, FFA_RXTX_MAP_64, WORLD_LOAD(0) + 0x7000, WORLD_LOAD(0) + 0x8000, 1);
    assert_success(self, 0, 0);
}

static void a_mailbox_may_lie_in_allocated_regions(void **state)
{
    void *blob = manifest_of_partition();
    const struct mailbox *m = &s.partitions[0].endpoint.mailbox;

    (void)state;
    manifest_remove(blob, "/memory-regions/secure", "base-address");
    manifest_remove(blob, "/memory-regions/inside", "load-address-relative-offset");
    SET(blob, "/memory-regions/inside", "phandle", 1);
    SET(blob, "/memory-regions/secure", "phandle", 2);
    manifest_add_node(blob, "/", "rx_tx-info");
    manifest_set_text(blob, "/rx_tx-info", "compatible", "arm,ffa-manifest-rx_tx-buffer");
    SET(blob, "/rx_tx-info", "rx-buffer", 1);
    SET(blob, "/rx_tx-info", "tx-buffer", 2);
    package_install(WORLD_LOAD(0), blob);
    manifest_load_partitions(&s);
    assert_int_equal(m->state, MAILBOX_EMPTY);
    assert_int_equal(m->rx, region("inside")->base);
    assert_int_equal(m->tx, region("secure")->base);
}

/* What Bulkhead writes to, others must not get, whatever the partition itself may do there. */
static void rx_that_is_read_only_is_taken_as_any_buffer(void **state)
{
    const struct partition *p = &s.partitions[0];

    (void)state;
    install_mailbox(1);
    manifest_load_partitions(&s);
    assert_int_equal(p->endpoint.mailbox.rx, RX);
    assert_rights(0x5000, 0x1000, 1);
    assert_true(stage2_entry(&s, p, SPACE_SECURE, RX) & ENTRY_MAILBOX);
    assert_true(stage2_entry(&s, p, SPACE_SECURE, TX) & ENTRY_MAILBOX);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_region_is_allocated_cleared_and_mapped),
        TEST(allocated_regions_stay_clear_of_everything_fixed),
        TEST(boot_information_tells_where_allocated_regions_are),
        TEST(a_region_larger_than_what_is_left_leaves_it_out),
        TEST(the_largest_hole_is_found),
        TEST(another_range_of_memory_is_tried),
        TEST(what_reaches_below_a_range_ends_the_search_there),
        TEST(memory_that_cannot_be_cleared_leaves_it_out),
        TEST(the_ledger_has_a_bit_for_each_page_of_normal_memory),
        TEST(the_ledger_reaches_to_the_end_of_the_highest_range),
        TEST(the_ledger_begins_at_the_lowest_range),
        TEST(without_room_for_the_ledger_nothing_can_be_shared),
        TEST(a_region_inside_the_package_has_the_rights_of_the_manifest),
        TEST(the_rest_of_a_package_is_code_at_s_el0),
        TEST(regions_inside_a_large_package_split_its_blocks),
        TEST(without_pages_for_a_region_inside_it_is_left_out),
        TEST(a_mailbox_of_the_manifest_is_mapped_from_the_start),
        TEST(it_works_in_the_partitions_start_and_cannot_be_mapped_twice),
        TEST(a_mailbox_may_lie_in_allocated_regions),
        TEST(rx_that_is_read_only_is_taken_as_any_buffer),
    };

    return cmocka_run_group_tests_name("load_memory", tests, NULL, NULL);
}
