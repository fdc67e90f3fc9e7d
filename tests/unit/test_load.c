/* SPDX-License-Identifier: BSD-3-Clause */
/* From packages in memory to partitions that can start: core/load.c. */
#include <libfdt.h>
#include <stdlib.h>

#include "core/manifest.h"
#include "core/stage2.h"

#include "support/manifests.h"
#include "support/unit.h"

static struct spmc s;
static uint64_t tables[TABLE_MAX][512];

static struct sp_package_header *header(unsigned i)
{
    return port_model_memory(WORLD_LOAD(i), sizeof(struct sp_package_header));
}

/* Two packages: the second without regions, as memory can be had once. */
static int begin(void **state)
{
    void *blob = manifest_of_partition();

    (void)state;
    port_model_reset_counters();
    spmc_init(&s, tables, 0x0e180000);
    assert_true(manifest_read_spmc(&s, manifest_of_spmc(), DTB_BYTES));
    package_install(WORLD_LOAD(0), blob);
    manifest_rename(blob, "/device-regions", "none");
    manifest_remove(blob, "/none", "compatible");
    manifest_remove(blob, "/memory-regions", "compatible");
    SET(blob, "/", "boot-order", 3);
    package_install(WORLD_LOAD(1), blob);
    return 0;
}

static void assert_left_out(const char *complaint)
{
    manifest_load_partitions(&s);
    assert_int_equal(s.partitions[0].state, PARTITION_ABSENT);
    assert_int_equal(s.partitions[1].state, PARTITION_LOADED); /* the rest go on */
    assert_true(port_model_printed("bulkhead: partition first is left out\n"));
    if (!port_model_printed(complaint))
        fail_msg("the console says: %s", port_model.console);
}

static void partitions_are_loaded_and_can_start(void **state)
{
    const struct partition *p = &s.partitions[0];

    (void)state;
    manifest_load_partitions(&s);
    assert_string_equal(port_model.console, "");
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(s.partitions[i].state, PARTITION_LOADED);
        assert_int_equal(s.partitions[i].endpoint.id, 0x8001 + i);
        assert_int_equal(s.by_id[1 + i], i);
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
    assert_int_equal(port_model.cleans, 2); /* its reader's caches are off */
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
    SET(blob, "/", "exception-level", 1);
    package_install(WORLD_LOAD(0), blob);
    assert_left_out("manifest of first: /: exception-level is <0x1>");
}

static void without_room_for_boot_information_it_is_left_out(void **state)
{
    uint8_t *manifest = port_model_memory(WORLD_LOAD(0) + PACKAGE_MANIFEST, DTB_BYTES / 2);

    (void)state;
    memmove((uint8_t *)header(0) + 24, manifest, DTB_BYTES / 2);
    header(0)->manifest_offset = 24;
    assert_left_out("no room for boot information before the manifest");
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

/* ---- Regions without an address ---- */

#define MEMORY_END 0x0f000000 /* of Secure memory */

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

/* ---- Copies for a restart ---- */

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
    assert_true(manifest_renew(p));
    assert_int_equal(*(uint64_t *)port_model_memory(p->boot_info, 8), info);
    port_model.copies_out_until_fault = 0;
    assert_false(manifest_renew(p));
}

static void a_region_larger_than_what_is_left_leaves_it_out(void **state)
{
    (void)state;
    install_allocated(0x1000, 0);
    assert_left_out("no Secure memory is left for a region without an address");
    begin(state);
    install_allocated(0x1001, 0); /* more than there is at all */
    assert_left_out("no Secure memory is left for a region without an address");
}

static void the_largest_hole_is_found(void **state)
{
    (void)state;
    s.own = (struct range){0x0e100000, 0x100000};
    install_allocated(0xcf0, 0); /* all above the second package, to the page */
    manifest_load_partitions(&s);
    assert_int_equal(s.partitions[0].state, PARTITION_LOADED);
    assert_int_equal(region("secure")->base, WORLD_LOAD(1) + WORLD_SIZE);
    begin(state);
    s.own = (struct range){0x0e100000, 0x100000};
    install_allocated(0xcf1, 0);
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
    assert_left_out("no Secure memory is left for a region without an address");
}

static void memory_that_cannot_be_cleared_leaves_it_out(void **state)
{
    (void)state;
    install_allocated(2, 0);
    port_model.copies_out_until_fault = 1;
    manifest_load_partitions(&s);
    assert_int_equal(s.partitions[0].state, PARTITION_ABSENT);
    assert_true(port_model_printed("no Secure memory is left"));
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

static void install_mailbox(void)
{
    void *blob = manifest_of_partition();

    SET(blob, "/", "execution-ctx-count", 1);
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
    install_mailbox();
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
    struct regs *self = &world_vcpu(&s, 0, 0)->regs;

    (void)state;
    install_mailbox();
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

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(partitions_are_loaded_and_can_start),
        TEST(the_boot_order_is_sorted),
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
        TEST(one_that_may_come_back_has_a_copy_that_nobody_can_map),
        TEST(the_lowest_of_several_in_the_way_is_found),
        TEST(without_room_for_its_copy_it_is_never_restarted),
        TEST(a_copy_that_fails_is_none),
        TEST(a_package_that_cannot_be_copied_is_loaded_all_the_same),
        TEST(boot_information_and_mailbox_are_made_again),
        TEST(a_region_is_allocated_cleared_and_mapped),
        TEST(allocated_regions_stay_clear_of_everything_fixed),
        TEST(boot_information_tells_where_allocated_regions_are),
        TEST(a_region_larger_than_what_is_left_leaves_it_out),
        TEST(the_largest_hole_is_found),
        TEST(another_range_of_memory_is_tried),
        TEST(what_reaches_below_a_range_ends_the_search_there),
        TEST(memory_that_cannot_be_cleared_leaves_it_out),
        TEST(a_region_inside_the_package_has_the_rights_of_the_manifest),
        TEST(regions_inside_a_large_package_split_its_blocks),
        TEST(without_pages_for_a_region_inside_it_is_left_out),
        TEST(a_mailbox_of_the_manifest_is_mapped_from_the_start),
        TEST(it_works_in_the_partitions_start_and_cannot_be_mapped_twice),
        TEST(a_mailbox_may_lie_in_allocated_regions),
    };

    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
