/* SPDX-License-Identifier: BSD-3-Clause */
/* Device trees: core/tree.c, against libfdt's own idea of them, and against spoilt ones. */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "core/tree.h"

#include "support/manifests.h"
#include "support/unit.h"

/* Each node and property below a node, as libfdt has them. How many there were. */
static unsigned compare(const void *blob, const cell *node, int offset)
{
    unsigned count = 1;
    const cell *below = tree_first(node);
    int at, size;

    assert_string_equal(tree_name(node), fdt_get_name(blob, offset, NULL));
    fdt_for_each_property_offset(at, blob, offset)
    {
        const char *name;
        const void *value = fdt_getprop_by_offset(blob, at, &name, &size);
        int here;
        assert_ptr_equal(tree_property(blob, node, name, &here), value);
        assert_int_equal(here, size);
        count++;
    }
    fdt_for_each_subnode(at, blob, offset)
    {
        assert_non_null(below);
        count += compare(blob, below, at);
        below = tree_next(below);
    }
    assert_null(below);
    return count;
}

static void trees_are_read_as_libfdt_reads_them(void **state)
{
    void *blob = manifest_of_spmc();

    (void)state;
    assert_true(tree_is_sound(blob, DTB_BYTES));
    assert_in_range(compare(blob, tree_root(blob), 0), 20, 100);
    blob = manifest_of_partition();
    assert_true(tree_is_sound(blob, DTB_BYTES));
    assert_in_range(compare(blob, tree_root(blob), 0), 20, 100);
}

static void a_name_counts_without_the_unit_address(void **state)
{
    void *blob = manifest_of_spmc();
    const cell *root = tree_root(blob);
    int size;

    (void)state;
    assert_non_null(tree_named(root, "cpus"));
    assert_null(tree_named(root, "cpu"));
    assert_null(tree_named(root, "cpus@0"));
    assert_null(tree_named(NULL, "cpus"));
    assert_null(tree_property(blob, NULL, "compatible", &size));
    assert_int_equal(size, 0);
    manifest_rename(blob, "/cpus", "cpus@1");
    assert_non_null(tree_named(root, "cpus"));
}

/* Reads all of a tree: the sanitizer sees what lies beyond its end. */
static unsigned read_all(const void *blob, const cell *node)
{
    unsigned sum = (unsigned)strlen(tree_name(node));
    int size;
    const char *value = (const char *)tree_property(blob, node, "no such name", &size);

    assert_null(value);
    value = (const char *)tree_property(blob, node, "reg", &size);
    for (int i = 0; i < size; i++)
        sum += (unsigned char)value[i];
    for (node = tree_first(node); node != NULL; node = tree_next(node))
        sum += read_all(blob, node);
    return sum;
}

static void no_spoilt_byte_leads_out_of_the_tree(void **state)
{
    static const uint8_t spoilt[] = {0, 1, 2, 3, 4, 9, 0x7f, 0xff};
    const uint8_t *good = manifest_of_spmc();
    uint32_t size = fdt_totalsize(good);
    unsigned sound = 0;

    (void)state;
    for (uint32_t i = 0; i < size * COUNT(spoilt); i++) {
        uint8_t *blob = malloc(size);
        memcpy(blob, good, size);
        blob[i / COUNT(spoilt)] = spoilt[i % COUNT(spoilt)];
        if (tree_is_sound(blob, size)) {
            read_all(blob, tree_root(blob));
            sound++;
        }
        free(blob);
    }
    assert_in_range(sound, 1000, size * COUNT(spoilt) - 1000);
}

static void a_tree_that_is_cut_off_is_not_sound(void **state)
{
    const uint8_t *good = manifest_of_partition();
    uint32_t end = fdt_off_dt_strings(good) + fdt_size_dt_strings(good);

    (void)state;
    for (uint32_t size = 0; size < fdt_totalsize(good); size += 4)
        assert_false(tree_is_sound(good, size));
    for (uint32_t size = 0; size < fdt_size_dt_struct(good) - 8; size += 4) {
        void *blob = manifest_of_partition();
        fdt_set_size_dt_struct(blob, size);
        assert_false(tree_is_sound(blob, DTB_BYTES));
    }
    for (uint32_t size = 40; size < end; size++) {
        void *blob = manifest_of_partition();
        fdt_set_totalsize(blob, size);
        assert_false(tree_is_sound(blob, DTB_BYTES));
    }
}

static void nothing_comes_before_the_root(void **state)
{
    static const uint32_t tokens[] = {FDT_NOP, FDT_END_NODE, FDT_PROP, FDT_END};
    void *blob = manifest_of_spmc();
    uint32_t *first = (uint32_t *)(uintptr_t)tree_root(blob);

    (void)state;
    for (unsigned i = 0; i < COUNT(tokens); i++) {
        *first = cpu_to_fdt32(tokens[i]);
        assert_false(tree_is_sound(blob, DTB_BYTES));
    }
}

static void what_was_taken_out_leaves_no_trace(void **state)
{
    void *blob = manifest_of_spmc();
    int node = fdt_path_offset(blob, "/cpus");
    int size;

    (void)state;
    assert_int_equal(fdt_nop_property(blob, 0, "compatible"), 0);
    assert_int_equal(fdt_nop_node(blob, node), 0);
    assert_true(tree_is_sound(blob, DTB_BYTES));
    assert_null(tree_property(blob, tree_root(blob), "compatible", &size));
    assert_null(tree_named(tree_root(blob), "cpus"));
    assert_non_null(tree_named(tree_root(blob), "hypervisor"));
    compare(blob, tree_root(blob), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_are_read_as_libfdt_reads_them),
        cmocka_unit_test(a_name_counts_without_the_unit_address),
        cmocka_unit_test(no_spoilt_byte_leads_out_of_the_tree),
        cmocka_unit_test(a_tree_that_is_cut_off_is_not_sound),
        cmocka_unit_test(nothing_comes_before_the_root),
        cmocka_unit_test(what_was_taken_out_leaves_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
