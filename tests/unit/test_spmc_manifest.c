/* SPDX-License-Identifier: BSD-3-Clause */
/* The SPMC manifest: core/spmc_manifest.c, and property readers of core/manifest.c. */
#include <libfdt.h>

#include "core/manifest.h"
#include "core/memory.h"

#include "support/manifests.h"
#include "support/unit.h"

static struct spmc s;
static uint64_t tables[TABLE_MAX][512];
static struct memory memory;
static void *blob;

static int begin(void **state)
{
    (void)state;
    port_model_reset_counters();
    spmc_init(&s, tables, 0x0e180000, &memory);
    blob = manifest_of_spmc();
    return 0;
}

static void assert_accepted(void)
{
    assert_true(manifest_read_spmc(&s, blob, DTB_BYTES));
    assert_string_equal(port_model.console, "");
}

static void assert_rejected(const char *complaint)
{
    assert_false(manifest_read_spmc(&s, blob, DTB_BYTES));
    if (!port_model_printed(complaint))
        fail_msg("the console says: %s", port_model.console);
    assert_int_equal(s.partition_count + s.secure_memory.count + s.normal_memory.count, 0);
    assert_int_equal(s.secure_devices.count + s.normal_devices.count, 0);
    assert_false(s.logical || s.trace_is_told);
}

static void a_good_manifest_is_read_whole(void **state)
{
    (void)state;
    assert_accepted();
    assert_int_equal(s.id, FFA_ID_SPMC);
    assert_int_equal(s.cpu_count, 2);
    assert_int_equal(s.secure_memory.count, 1);
    assert_int_equal(s.secure_memory.range[0].base, 0x0e000000);
    assert_int_equal(s.secure_memory.range[0].size, 0x01000000);
    assert_int_equal(s.normal_memory.range[0].base, 0x40000000);
    assert_int_equal(s.secure_devices.range[0].base, 0x09040000);
    assert_int_equal(s.normal_devices.range[0].base, 0x09000000);
    assert_int_equal(s.partition_count, 2);
    assert_string_equal(s.partitions[0].name, "first");
    assert_string_equal(s.partitions[1].name, "vm2"); /* no debug_name: the node's */
    assert_int_equal(s.partitions[1].load, WORLD_LOAD(1));
    assert_int_equal(s.partitions[1].size, WORLD_SIZE);
}

static void bulkhead_is_a_partition_itself_by_a_property(void **state)
{
    (void)state;
    assert_accepted();
    assert_false(s.logical);
    begin(state);
    manifest_set(blob, "/hypervisor", "bulkhead,logical-partition", NULL, 0);
    assert_accepted();
    assert_true(s.logical);
}

static void what_is_no_device_tree_is_rejected(void **state)
{
    (void)state;
    ((uint8_t *)blob)[0] ^= 1;
    assert_rejected("manifest of spmc: no device tree");
}

static void an_unaligned_structure_is_rejected(void **state)
{
    (void)state;
    fdt_set_off_dt_struct(blob, fdt_off_dt_struct(blob) + 1);
    assert_rejected("manifest of spmc: no device tree");
}

static void a_manifest_larger_than_its_room_is_rejected(void **state)
{
    (void)state;
    assert_false(manifest_read_spmc(&s, blob, DTB_BYTES - 1));
    assert_true(port_model_printed("no device tree"));
}

static void the_id_may_be_another_secure_one(void **state)
{
    (void)state;
    SET(blob, "/attribute", "spmc_id", 0x8100);
    assert_accepted();
    assert_int_equal(s.id, 0x8100);
}

static void without_an_id_it_is_0x8000(void **state)
{
    (void)state;
    manifest_remove(blob, "/attribute", "spmc_id");
    assert_accepted();
    assert_int_equal(s.id, FFA_ID_SPMC);
}

static void a_bad_id_is_rejected(void **state)
{
    static const uint32_t ids[] = {0, 0x7fff, 0xffc0, 0xffff, 0x18000};

    for (unsigned i = 0; i < COUNT(ids); i++) {
        begin(state);
        SET(blob, "/attribute", "spmc_id", ids[i]);
        assert_rejected("attribute: spmc_id is <0x");
    }
}

static void a_complaint_names_node_property_value_and_expectation(void **state)
{
    (void)state;
    SET(blob, "/attribute", "spmc_id", 1, 2, 3, 4, 5);
    assert_rejected("bulkhead: manifest of spmc: attribute: spmc_id is <0x1 0x2 0x3 0x4 ...>, "
                    "expected a number of one or two cells\n");
    begin(state);
    manifest_set(blob, "/attribute", "spmc_id", NULL, 0);
    assert_rejected("spmc_id is there, expected");
    begin(state);
    manifest_remove(blob, "/hypervisor/vm1", "mem_size");
    assert_rejected("vm1: mem_size is missing, expected");
}

/* ---- Memory ---- */

static void addresses_of_one_cell_are_read(void **state)
{
    static const char *const nodes[] = {"/memory@e000000", "/memory@40000000", "/uart@9040000",
                                        "/uart@9000000"};
    static const uint32_t bases[] = {0x0e000000, 0x40000000, 0x09040000, 0x09000000};

    (void)state;
    SET(blob, "/", "#address-cells", 1);
    SET(blob, "/", "#size-cells", 1);
    for (unsigned i = 0; i < COUNT(nodes); i++)
        SET(blob, nodes[i], "reg", bases[i], i < 2 ? 0x01000000 : 0x1000);
    assert_accepted();
    assert_int_equal(s.secure_memory.range[0].base, 0x0e000000);
}

static void cells_of_another_size_are_rejected(void **state)
{
    (void)state;
    SET(blob, "/", "#address-cells", 3);
    assert_rejected("/: #address-cells is <0x3>, expected 0x1 to 0x2");
    begin(state);
    SET(blob, "/", "#size-cells", 3);
    assert_rejected("expected 0x1 to 0x2");
    begin(state);
    SET(blob, "/", "#size-cells", 0);
    assert_rejected("expected 0x1 to 0x2");
    begin(state);
    SET(blob, "/", "#address-cells", 0xffffffff);
    assert_rejected("expected 0x1 to 0x2");
}

static void several_ranges_of_a_node_are_read(void **state)
{
    (void)state;
    SET(blob, "/memory@40000000", "reg", 0, 0x40000000, 0, 0x1000, 8, 0, 4, 0);
    assert_accepted();
    assert_int_equal(s.normal_memory.count, 2);
    assert_int_equal(s.normal_memory.range[1].base, 0x800000000);
    assert_int_equal(s.normal_memory.range[1].size, 0x400000000);
}

static void bad_ranges_are_rejected(void **state)
{
    static const uint32_t ranges[][4] = {
        {0, 0x40000000, 0, 0},
        {0, 0x40000800, 0, 0x1000},
        {0, 0x40000000, 0, 0x1800},
        {0x10, 0, 0, 0x1000},
        {8, 0, 8, 0x1000},
        {0xf, 0xfffff000, 0, 0x2000},
        {0, 0x1000, 0xffffffff, 0xfffff000},
    };

    for (unsigned i = 0; i < COUNT(ranges); i++) {
        begin(state);
        manifest_set(blob, "/memory@40000000", "reg", ranges[i], 4);
        assert_rejected("memory@40000000: reg is <");
    }
    begin(state);
    SET(blob, "/memory@40000000", "reg", 0, 0x40000000, 0);
    assert_rejected("expected pairs of address and size");
    begin(state);
    manifest_remove(blob, "/memory@40000000", "reg");
    assert_rejected("reg is missing");
    begin(state);
    manifest_set(blob, "/memory@40000000", "reg", NULL, 0);
    assert_rejected("reg is there");
}

static void more_ranges_than_fit_are_rejected(void **state)
{
    uint32_t cells[4 * 8];

    (void)state;
    for (unsigned i = 0; i < 8; i++)
        memcpy(cells + 4 * i, (const uint32_t[]){0, 0x40000000 + 0x1000 * i, 0, 0x1000}, 16);
    manifest_set(blob, "/memory@40000000", "reg", cells, 32);
    assert_accepted();
    begin(state);
    manifest_set(blob, "/memory@40000000", "reg", cells, 32);
    manifest_add_node(blob, "/", "more");
    manifest_set_text(blob, "/more", "device_type", "ns-memory");
    SET(blob, "/more", "reg", 0, 0x41000000, 0, 0x1000);
    assert_rejected("expected fewer ranges");
}

static void ranges_that_overlap_are_rejected(void **state)
{
    static const char *const kinds[] = {"memory", "ns-memory", "device-memory", "ns-device-memory"};

    (void)state;
    SET(blob, "/memory@40000000", "reg", 0, 0x40000000, 0, 0x3000, 0, 0x40002000, 0, 0x1000);
    assert_rejected("expected what no other range has");
    for (unsigned i = 0; i < 4; i++) {
        begin(state);
        manifest_add_node(blob, "/", "more");
        manifest_set_text(blob, "/more", "device_type", kinds[i]);
        SET(blob, "/more", "reg", 0, 0x401ff000, 0, 0x2000);
        assert_rejected("what no other range has");
        begin(state);
        manifest_add_node(blob, "/", "more");
        manifest_set_text(blob, "/more", "device_type", kinds[i]);
        SET(blob, "/more", "reg", 0, 0x40200000, 0, 0x1000);
        assert_accepted();
    }
}

static void without_secure_memory_it_is_rejected(void **state)
{
    (void)state;
    manifest_set_text(blob, "/memory@e000000", "device_type", "other");
    assert_rejected("a node with device_type \"memory\"");
    begin(state);
    manifest_set_text(blob, "/memory@e000000", "device_type", "melody");
    assert_rejected("a node with device_type \"memory\"");
}

/* ---- CPUs ---- */

static void nodes_that_are_no_cpus_do_not_count(void **state)
{
    (void)state;
    manifest_add_node(blob, "/cpus", "cpu-map");
    assert_accepted();
    assert_int_equal(s.cpu_count, 2);
}

static void a_wrong_number_of_cpus_is_rejected(void **state)
{
    char name[] = "cpu@2";
    char path[] = "/cpus/cpu@2";

    (void)state;
    for (; name[4] <= '8'; name[4]++, path[10]++) {
        manifest_add_node(blob, "/cpus", name);
        manifest_set_text(blob, path, "device_type", "cpu");
    }
    assert_rejected("/: cpus is missing, expected between 1 and 8");
    begin(state);
    manifest_set_text(blob, "/cpus/cpu@0", "device_type", "x");
    manifest_set_text(blob, "/cpus/cpu@1", "device_type", "x");
    assert_rejected("between 1 and 8 nodes");
}

static void a_manifest_without_cpus_is_rejected(void **state)
{
    (void)state;
    manifest_rename(blob, "/cpus", "none");
    assert_rejected("/: cpus is missing");
}

/* ---- Packages ---- */

static void bad_packages_are_rejected(void **state)
{
    static const struct {
        uint32_t load;
        uint32_t size;
        const char *complaint;
    } packages[] = {
        {0x0e300800, 0x10000, "expected whole pages, as mem_size"},
        {0x0e300000, 0x10800, "expected whole pages, as mem_size"},
        {0x0e300000, 0, "expected free Secure memory"},
        {0x40000000, 0x10000, "expected free Secure memory"},
        {0x0eff0000, 0x20000, "expected free Secure memory"},
        {0x0e208000, 0x10000, "free Secure memory"},
        {0x0e1f0000, 0x20000, "free Secure memory"},
        {0x0e100000, 0x10000, "expected free Secure memory"}, /* Bulkhead's own */
    };

    for (unsigned i = 0; i < COUNT(packages); i++) {
        begin(state);
        s.own = (struct range){0x0e100000, 0x10000};
        SET(blob, "/hypervisor/vm2", "load_address", packages[i].load);
        SET(blob, "/hypervisor/vm2", "mem_size", packages[i].size);
        assert_rejected(packages[i].complaint);
    }
    begin(state);
    manifest_remove(blob, "/hypervisor/vm2", "load_address");
    assert_rejected("vm2: load_address is missing");
}

static void a_load_address_of_two_cells_is_read(void **state)
{
    (void)state;
    SET(blob, "/hypervisor/vm2", "load_address", 0, 0x0e300000);
    assert_accepted();
    assert_int_equal(s.partitions[1].load, 0x0e300000);
}

static void a_long_name_is_cut(void **state)
{
    (void)state;
    manifest_set_text(blob, "/hypervisor/vm1", "debug_name", "a-name-that-is-too-long");
    assert_accepted();
    assert_string_equal(s.partitions[0].name, "a-name-that-is-");
}

static void a_list_of_smcs_is_told_and_taken(void **state)
{
    (void)state;
    SET(blob, "/hypervisor/vm2", "smc_whitelist", 0xb2000000, 0x84000001);
    manifest_set(blob, "/hypervisor/vm1", "smc_whitelist_permissive", NULL, 0);
    assert_true(manifest_read_spmc(&s, blob, DTB_BYTES));
    assert_int_equal(s.partition_count, 2);
    assert_string_equal(
        port_model.console,
        "bulkhead: manifest of spmc: vm1: smc_whitelist_permissive is there, expected "
        "none: a partition's SMCs do not reach EL3"
        "\n"
        "bulkhead: manifest of spmc: vm2: smc_whitelist is <0xb2000000 0x84000001>, "
        "expected none: a partition's SMCs do not reach EL3"
        "\n");
}

static void an_empty_list_of_smcs_is_what_bulkhead_does(void **state)
{
    (void)state;
    manifest_set(blob, "/hypervisor/vm1", "smc_whitelist", NULL, 0);
    assert_accepted();
}

static void a_manifest_without_packages_is_accepted(void **state)
{
    (void)state;
    manifest_rename(blob, "/hypervisor", "other");
    assert_accepted();
    assert_int_equal(s.partition_count, 0);
}

static void packages_are_read_until_a_number_is_missing(void **state)
{
    (void)state;
    manifest_rename(blob, "/hypervisor/vm1", "vm3");
    assert_accepted();
    assert_int_equal(s.partition_count, 0);
}

static void a_ninth_package_is_rejected(void **state)
{
    char name[] = "vm3";
    char path[] = "/hypervisor/vm3";

    (void)state;
    for (; name[2] <= '9'; name[2]++, path[14]++) {
        manifest_add_node(blob, "/hypervisor", name);
        SET(blob, path, "load_address", 0x0e400000 + 0x10000 * (uint32_t)(name[2] - '0'));
        SET(blob, path, "mem_size", 0x10000);
    }
    assert_rejected("vm9: load_address is <0xe490000>, expected fewer partitions");
}

static void ranges_hold_what_lies_wholly_inside_one(void **state)
{
    const struct ranges ranges = {2, {{0x1000, 0x1000}, {0x2000, 0x1000}}};

    (void)state;
    assert_true(ranges_hold(&ranges, 0x1000, 0x1000));
    assert_true(ranges_hold(&ranges, 0x2fff, 1));
    assert_false(ranges_hold(&ranges, 0x1000, 0x2000)); /* two ranges, side by side */
    assert_false(ranges_hold(&ranges, 0xfff, 2));
    assert_false(ranges_hold(&ranges, 0x3000, 1));
    assert_false(ranges_hold(&ranges, 0x1800, UINT64_MAX));
    assert_false(ranges_hold(&ranges, 0x1000, 0));
}

static void ranges_overlap_when_they_share_a_byte(void **state)
{
    (void)state;
    assert_true(ranges_overlap(1, 2, 2, 2));
    assert_true(ranges_overlap(2, 2, 1, 2));
    assert_false(ranges_overlap(1, 1, 2, 2));
    assert_false(ranges_overlap(2, 2, 1, 1));
    assert_true(ranges_overlap(1, UINT64_MAX, 5, 1));
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_manifest_is_read_whole),
        TEST(bulkhead_is_a_partition_itself_by_a_property),
        TEST(what_is_no_device_tree_is_rejected),
        TEST(an_unaligned_structure_is_rejected),
        TEST(a_manifest_larger_than_its_room_is_rejected),
        TEST(the_id_may_be_another_secure_one),
        TEST(without_an_id_it_is_0x8000),
        TEST(a_bad_id_is_rejected),
        TEST(a_complaint_names_node_property_value_and_expectation),
        TEST(addresses_of_one_cell_are_read),
        TEST(cells_of_another_size_are_rejected),
        TEST(several_ranges_of_a_node_are_read),
        TEST(bad_ranges_are_rejected),
        TEST(more_ranges_than_fit_are_rejected),
        TEST(ranges_that_overlap_are_rejected),
        TEST(without_secure_memory_it_is_rejected),
        TEST(nodes_that_are_no_cpus_do_not_count),
        TEST(a_wrong_number_of_cpus_is_rejected),
        TEST(a_manifest_without_cpus_is_rejected),
        TEST(bad_packages_are_rejected),
        TEST(a_load_address_of_two_cells_is_read),
        TEST(a_long_name_is_cut),
        TEST(a_list_of_smcs_is_told_and_taken),
        TEST(an_empty_list_of_smcs_is_what_bulkhead_does),
        TEST(a_manifest_without_packages_is_accepted),
        TEST(packages_are_read_until_a_number_is_missing),
        TEST(a_ninth_package_is_rejected),
        TEST(ranges_hold_what_lies_wholly_inside_one),
        TEST(ranges_overlap_when_they_share_a_byte),
    };

    return cmocka_run_group_tests_name("spmc_manifest", tests, NULL, NULL);
}
