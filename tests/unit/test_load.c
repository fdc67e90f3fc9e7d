/* SPDX-License-Identifier: BSD-3-Clause */
/* From packages in memory to partitions that can start: core/load.c. */
#include <libfdt.h>
#include <stdlib.h>

#include "core/vcpu.h"
#include "support/packages.h"

static void partitions_are_loaded_and_can_start(void **state)
{
    const struct partition *p = &s.partitions[0];

    (void)state;
    manifest_load_partitions(&s);
    assert_string_equal(port_model.console, "");
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(s.partitions[i].state, PARTITION_LOADED);
        assert_int_equal(s.partitions[i].endpoint.id, 0x8001 + i);
        assert_int_equal(s.by_id[1 + i], PLACE(partitions) + i);
    }
    assert_true(stage2_allows(&s, p, p->load, p->size, MAP_READ | MAP_WRITE));
    assert_true(stage2_allows(&s, p, 0x40010000, PAGE_BYTES, MAP_READ | MAP_WRITE));
    assert_true(stage2_allows(&s, p, 0x0ee00000, PAGE_BYTES, MAP_READ | MAP_WRITE));
    assert_false(stage2_allows(&s, p, s.partitions[1].load, PAGE_BYTES, MAP_READ));
}

static void the_boot_order_is_sorted(void **state)
{
    (void)state;
    manifest_load_partitions(&s);
    assert_int_equal(s.boot_order[0], 1);
    assert_int_equal(s.boot_order[1], 0);
    assert_ptr_equal(world_event(&s, 0, EVENT_COLD_BOOT).vcpu, world_vcpu(&s, 1, 0));
}

static void the_last_node_may_boot_first(void **state)
{
    void *blob = manifest_of_partition();
    struct partition *third = &s.partitions[2];

    (void)state;
    manifest_remove(blob, "/device-regions", "compatible");
    manifest_remove(blob, "/memory-regions", "compatible");
    SET(blob, "/", "boot-order", 1);
    package_install(WORLD_LOAD(2), blob);
    *third = s.partitions[1];
    third->load = WORLD_LOAD(2);
    third->first_vcpu = 2 * CPU_MAX;
    third->first_place = PLACE(vcpus) + 2 * CPU_MAX;
    s.partition_count = 3;
    manifest_load_partitions(&s);
    assert_int_equal(s.boot_order[0], 2);
    assert_int_equal(s.boot_order[1], 1);
    assert_int_equal(s.boot_order[2], 0);
}

static void equal_boot_orders_keep_the_order_of_nodes(void **state)
{
    void *blob = manifest_of_partition();

    (void)state;
    SET(blob, "/", "boot-order", 3);
    package_install(WORLD_LOAD(0), blob);
    manifest_load_partitions(&s);
    assert_int_equal(s.boot_order[0], 0);
    assert_int_equal(s.boot_order[1], 1);
}

static void boot_information_names_the_manifest(void **state)
{
    const struct ffa_boot_info_header *info = (const void *)header(0);
    const struct ffa_boot_info_descriptor *d = (const void *)(info + 1);

    (void)state;
    manifest_load_partitions(&s);
    assert_int_equal(s.partitions[0].boot_info, WORLD_LOAD(0));
    assert_int_equal(info->signature, FFA_BOOT_INFO_SIGNATURE);
    assert_int_equal(info->version, FFA_VERSION_1_2);
    assert_int_equal(info->blob_size, 64);
    assert_int_equal(info->descriptor_size, 32);
    assert_int_equal(info->descriptor_count, 1);
    assert_int_equal(info->descriptor_offset, 32);
    assert_int_equal(d->type, FFA_BOOT_INFO_TYPE_FDT);
    assert_int_equal(d->flags, 0);
    assert_int_equal(d->content, WORLD_LOAD(0) + PACKAGE_MANIFEST);
    assert_int_equal(d->size, DTB_BYTES / 2);
    assert_int_equal(port_model.cleans, 3); /* its reader's caches are off; and the ledger */
}

static void who_wants_no_boot_information_gets_none(void **state)
{
    void *blob = manifest_of_partition();

    (void)state;
    manifest_remove(blob, "/boot-info", "ffa_manifest");
    package_install(WORLD_LOAD(0), blob);
    manifest_load_partitions(&s);
    assert_int_equal(s.partitions[0].boot_info, 0);
    assert_int_equal(header(0)->magic, SP_PACKAGE_MAGIC);
}

static void both_versions_of_packages_are_read(void **state)
{
    (void)state;
    header(0)->version = 2;
    manifest_load_partitions(&s);
    assert_int_equal(s.partitions[0].state, PARTITION_LOADED);
}

static void packages_with_a_bad_header_are_left_out(void **state)
{
    static const struct {
        size_t offset;
        uint32_t value;
    } faults[] = {
        {offsetof(struct sp_package_header, magic), 0},
        {offsetof(struct sp_package_header, version), 0},
        {offsetof(struct sp_package_header, version), 3},
        {offsetof(struct sp_package_header, manifest_offset), 20},
        {offsetof(struct sp_package_header, manifest_offset), WORLD_SIZE},
        {offsetof(struct sp_package_header, manifest_size), WORLD_SIZE},
        {offsetof(struct sp_package_header, manifest_size), 0xffffffff},
        {offsetof(struct sp_package_header, image_offset), WORLD_SIZE},
        {offsetof(struct sp_package_header, image_size), WORLD_SIZE},
        {offsetof(struct sp_package_header, image_size), 0xfffff000},
    };

    for (unsigned i = 0; i < COUNT(faults); i++) {
        begin(state);
        memcpy((uint8_t *)header(0) + faults[i].offset, &faults[i].value, 4);
        assert_left_out("package of first at 0xe200000: no sound package header");
    }
}

static void a_package_that_cannot_be_read_is_left_out(void **state)
{
    (void)state;
    port_model.copies_in_until_fault = 0;
    manifest_load_partitions(&s);
    assert_true(port_model_printed("no sound package header"));
    begin(state);
    port_model.copies_in_until_fault = 1;
    manifest_load_partitions(&s);
    assert_true(port_model_printed("its manifest is no device tree"));
    assert_int_equal(s.partitions[0].state, PARTITION_ABSENT);
}

static void a_manifest_larger_than_a_page_is_left_out(void **state)
{
    (void)state;
    header(0)->manifest_size = MANIFEST_BYTES + 1;
    assert_left_out("the manifest is larger than a page");
}

static void a_manifest_that_is_no_device_tree_is_left_out(void **state)
{
    (void)state;
    header(0)->manifest_offset += 4;
    assert_left_out("its manifest is no device tree");
    begin(state);
    header(0)->manifest_size = 64; /* cut off */
    assert_left_out("its manifest is no device tree");
}

/* libfdt reads words where the header says they are: they must be aligned. */
static void a_manifest_with_an_unaligned_structure_is_left_out(void **state)
{
    uint8_t *manifest = port_model_memory(WORLD_LOAD(0) + PACKAGE_MANIFEST, DTB_BYTES / 2);

    (void)state;
    fdt_set_off_dt_struct(manifest, fdt_off_dt_struct(manifest) + 1);
    assert_left_out("its manifest is no device tree");
}

static void a_manifest_of_another_format_is_left_out(void **state)
{
    static const uint32_t formats[][2] = {{16, 16}, {18, 18}}; /* its own, the oldest like it */

    for (unsigned i = 0; i < COUNT(formats); i++) {
        begin(state);
        void *manifest = port_model_memory(WORLD_LOAD(0) + PACKAGE_MANIFEST, DTB_BYTES);
        fdt_set_version(manifest, formats[i][0]);
        fdt_set_last_comp_version(manifest, formats[i][1]);
        assert_left_out("its manifest is no device tree");
    }
}

static void a_wrong_manifest_is_left_out(void **state)
{
    void *blob = manifest_of_partition();

    (void)state;
    SET(blob, "/", "exception-level", 0);
    package_install(WORLD_LOAD(0), blob);
    assert_left_out("manifest of first: /: exception-level is <0x0>");
}

static void without_room_for_boot_information_it_is_left_out(void **state)
{
    uint8_t *manifest = port_model_memory(WORLD_LOAD(0) + PACKAGE_MANIFEST, DTB_BYTES / 2);

    (void)state;
    memmove((uint8_t *)header(0) + 24, manifest, DTB_BYTES / 2);
    header(0)->manifest_offset = 24;
    assert_left_out("no room for boot information");
}

static void boot_information_that_cannot_be_written_leaves_it_out(void **state)
{
    (void)state;
    port_model.copies_out_until_fault = 0;
    manifest_load_partitions(&s);
    assert_int_equal(s.partitions[0].state, PARTITION_ABSENT);
}

static void without_pages_for_tables_it_is_left_out(void **state)
{
    (void)state;
    manifest_load_partitions(&s);
    unsigned needed = s.partitions[1].tables[0] - s.partitions[0].tables[0];
    for (unsigned left = 0; left < needed; left++) {
        begin(state);
        s.tables_used = (uint16_t)(TABLE_MAX - 1 - left);
        manifest_load_partitions(&s);
        assert_int_equal(s.partitions[0].state, PARTITION_ABSENT);
        assert_true(port_model_printed("the pool of page tables is empty"));
    }
    begin(state);
    s.tables_used = (uint16_t)(TABLE_MAX - 1 - needed);
    manifest_load_partitions(&s);
    assert_int_equal(s.partitions[0].state, PARTITION_LOADED);
}

static void a_partition_that_was_left_out_has_no_id(void **state)
{
    (void)state;
    header(0)->magic = 0;
    manifest_load_partitions(&s);
    world_event(&s, 0, EVENT_COLD_BOOT);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_INIT_DONE);
    world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ_32, 0x8001);
    assert_refused(&s.cpus[0].normal, FFA_INVALID_PARAMETERS);
}

/* ---- Copies for a restart ---- */

/* Who goes through the contexts of all partitions finds none of it, whatever it asked for. */
static void a_partition_that_was_left_out_has_no_contexts(void **state)
{
    void *blob = manifest_of_partition();

    (void)state;
    SET(blob, "/", "execution-ctx-count", 249);
    package_install(WORLD_LOAD(0), blob);
    assert_left_out("manifest of first: /: execution-ctx-count is <0xf9>");
    assert_int_equal(s.partitions[0].context_count, 0);
}

static void install_restartable(void)
{
    void *blob = manifest_of_partition();

    manifest_set_text(blob, "/", "bulkhead,restart", "on-next-call");
    package_install(WORLD_LOAD(0), blob);
}

static void one_that_may_come_back_has_a_copy_that_nobody_can_map(void **state)
{
    const struct partition *p = &s.partitions[0];
    uint64_t size = (uint64_t)header(0)->image_offset + header(0)->image_size;

    (void)state;
    install_restartable();
    void *package = malloc(size);
    memcpy(package, port_model_memory(WORLD_LOAD(0), size), size);
    manifest_load_partitions(&s);
    assert_string_equal(port_model.console, "");
    assert_int_equal(p->copy_size, size);
    assert_true(ranges_hold(&s.secure_memory, p->copy, size));
    assert_memory_equal(port_model_memory(p->copy, size), package, size);
    for (unsigned i = 0; i < 2; i++)
        assert_false(stage2_allows(&s, &s.partitions[i], p->copy, 1, MAP_READ));
    assert_int_equal(manifest_overlap(&s, p->copy + size - 1, 1), p->copy);
    free(package);
}

static void the_lowest_of_several_in_the_way_is_found(void **state)
{
    struct partition *p = s.partitions;

    (void)state;
    install_restartable();
    manifest_load_partitions(&s);
    assert_int_equal(manifest_overlap(&s, p[0].copy, 1), p[0].copy);
    p[1].copy = p[0].copy + PAGE_BYTES;
    p[1].copy_size = PAGE_BYTES;
    assert_int_equal(manifest_overlap(&s, p[0].copy, 2 * PAGE_BYTES), p[0].copy);
    p[1].copy = p[0].copy - PAGE_BYTES;
    assert_int_equal(manifest_overlap(&s, p[1].copy, 2 * PAGE_BYTES), p[1].copy);
}

static void copies_take_whole_pages_that_no_other_copy_has(void **state)
{
    const struct partition *p = s.partitions;
    void *blob = manifest_of_partition();

    (void)state;
    install_restartable();
    manifest_remove(blob, "/device-regions", "compatible");
    manifest_remove(blob, "/memory-regions", "compatible");
    manifest_set_text(blob, "/", "bulkhead,restart", "on-next-call");
    package_install(WORLD_LOAD(1), blob);
    manifest_load_partitions(&s);
    assert_true(p[0].copy_size > 0 && p[1].copy_size > 0);
    assert_int_equal(p[0].copy % PAGE_BYTES + p[1].copy % PAGE_BYTES, 0);
    assert_false(ranges_overlap(p[0].copy, p[0].copy_size, p[1].copy, p[1].copy_size));
}

static void without_room_for_its_copy_it_is_never_restarted(void **state)
{
    (void)state;
    void *blob = manifest_of_partition();
    manifest_rename(blob, "/device-regions", "none");
    manifest_remove(blob, "/none", "compatible");
    manifest_remove(blob, "/memory-regions", "compatible");
    manifest_set_text(blob, "/", "bulkhead,restart", "on-next-call");
    package_install(WORLD_LOAD(1), blob);
    s.own = s.secure_memory.range[0]; /* nothing is free */
    manifest_load_partitions(&s);
    assert_int_equal(s.partitions[1].state, PARTITION_LOADED);
    assert_int_equal(s.partitions[1].restart, RESTART_NEVER);
    assert_true(port_model_printed("partition vm2 cannot be restarted"));
}

static void a_copy_that_fails_is_none(void **state)
{
    (void)state;
    install_restartable();
    port_model.copies_out_until_fault = 1;
    manifest_load_partitions(&s);
    assert_int_equal(s.partitions[0].restart, RESTART_NEVER);
    assert_int_equal(s.partitions[0].copy_size, 0);
}

/* At the header, at a page that is read, at one that is written, while they are cleared. */
static void a_package_that_cannot_be_copied_is_loaded_all_the_same(void **state)
{
    static const struct {
        int in, out;
    } faults[] = {{4, MODEL_NEVER}, {5, MODEL_NEVER}, {MODEL_NEVER, 0}, {MODEL_NEVER, 5}};

    for (unsigned i = 0; i < COUNT(faults); i++) {
        begin(state);
        void *blob = manifest_of_partition();
        manifest_set_text(blob, "/", "bulkhead,restart", "at-once");
        manifest_remove(blob, "/boot-info", "ffa_manifest");
        package_install(WORLD_LOAD(0), blob);
        port_model.copies_in_until_fault = faults[i].in;
        port_model.copies_out_until_fault = faults[i].out;
        manifest_load_partitions(&s);
        assert_int_equal(s.partitions[0].state, PARTITION_LOADED);
        assert_int_equal(s.partitions[0].restart, RESTART_NEVER);
        assert_int_equal(s.partitions[0].copy_size, 0);
        assert_true(port_model_printed("partition first cannot be restarted"));
    }
}

static void boot_information_and_mailbox_are_made_again(void **state)
{
    struct partition *p = &s.partitions[0];
    uint64_t info;

    (void)state;
    install_restartable();
    manifest_load_partitions(&s);
    info = *(uint64_t *)port_model_memory(p->boot_info, 8);
    memset(port_model_memory(p->boot_info, 8), 0, 8);
    assert_true(manifest_renew(&s, p));
    assert_int_equal(*(uint64_t *)port_model_memory(p->boot_info, 8), info);
    port_model.copies_out_until_fault = 0;
    assert_false(manifest_renew(&s, p));
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(partitions_are_loaded_and_can_start),
        TEST(the_boot_order_is_sorted),
        TEST(the_last_node_may_boot_first),
        TEST(equal_boot_orders_keep_the_order_of_nodes),
        TEST(boot_information_names_the_manifest),
        TEST(who_wants_no_boot_information_gets_none),
        TEST(both_versions_of_packages_are_read),
        TEST(packages_with_a_bad_header_are_left_out),
        TEST(a_package_that_cannot_be_read_is_left_out),
        TEST(a_manifest_larger_than_a_page_is_left_out),
        TEST(a_manifest_that_is_no_device_tree_is_left_out),
        TEST(a_manifest_with_an_unaligned_structure_is_left_out),
        TEST(a_manifest_of_another_format_is_left_out),
        TEST(a_wrong_manifest_is_left_out),
        TEST(without_room_for_boot_information_it_is_left_out),
        TEST(boot_information_that_cannot_be_written_leaves_it_out),
        TEST(without_pages_for_tables_it_is_left_out),
        TEST(a_partition_that_was_left_out_has_no_id),
        TEST(a_partition_that_was_left_out_has_no_contexts),
        TEST(one_that_may_come_back_has_a_copy_that_nobody_can_map),
        TEST(the_lowest_of_several_in_the_way_is_found),
        TEST(copies_take_whole_pages_that_no_other_copy_has),
        TEST(without_room_for_its_copy_it_is_never_restarted),
        TEST(a_copy_that_fails_is_none),
        TEST(a_package_that_cannot_be_copied_is_loaded_all_the_same),
        TEST(boot_information_and_mailbox_are_made_again),
    };

    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
