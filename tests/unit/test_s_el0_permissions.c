/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_MEM_PERM_GET and FFA_MEM_PERM_SET: what a partition at S-EL0 chooses in its start. */
#include "core/calls.h"
#include "support/s_el0.h"

static void permissions_are_set_and_told(void **state)
{
    static const struct {
        uint64_t permissions;
        bool writable, executable;
    } all[] = {{RW, true, false}, {RO, false, false}, {RX, false, true}};

    (void)state;
    begin_start();
    for (unsigned i = 0; i < COUNT(all); i++) {
        port_model.stage1_changed = false;
        set(OWN(1), 2, all[i].permissions);
        assert_success(up(), 0, 0);
        assert_true(port_model.stage1_changed);
        expect_raw(OWN(0), false, false, true);
        expect_raw(OWN(1), false, all[i].writable, all[i].executable);
        expect_raw(OWN(2), false, all[i].writable, all[i].executable);
        expect_raw(OWN(3), false, false, true);
        get(OWN(2));
        assert_success(up(), all[i].permissions, 0);
    }
}

static void both_widths_exist(void **state)
{
    (void)state;
    begin_start();
    world_call(&s, 0, FFA_MEM_PERM_SET_32, OWN(0) | 0xffffffff00000000, 1, RW);
    assert_success(up(), 0, 0);
    world_call(&s, 0, FFA_MEM_PERM_GET_32, OWN(0) | 0xffffffff00000000);
    assert_success(up(), RW, 0);
    world_call(&s, 0, FFA_MEM_PERM_GET_64, OWN(0) | 0xffffffff00000000);
    assert_refused(up(), FFA_INVALID_PARAMETERS);
}

static void normal_memory_of_its_manifest_has_permissions_too(void **state)
{
    (void)state;
    begin_start();
    get(WORLD_NORMAL_REGION(WORLD_UP));
    assert_success(up(), RO, 0);
    set(WORLD_NORMAL_REGION(WORLD_UP), 1, RX);
    assert_refused(up(), FFA_INVALID_PARAMETERS);
    assert_reason(&s, 0, "code in Normal memory");
    expect_raw(WORLD_NORMAL_REGION(WORLD_UP), true, false, false);
    set(WORLD_NORMAL_REGION(WORLD_UP), 1, RW);
    assert_success(up(), 0, 0);
    expect_raw(WORLD_NORMAL_REGION(WORLD_UP), true, true, false);
}

static void wrong_permissions_are_refused(void **state)
{
    static const uint64_t wrong[] = {0, 1, 2, 4, 6, 8, 8 | RW, 0x80000000 | RO};

    (void)state;
    begin_start();
    for (unsigned i = 0; i < COUNT(wrong); i++) {
        set(OWN(0), 1, wrong[i]);
        assert_refused(up(), FFA_INVALID_PARAMETERS);
        expect_raw(OWN(0), false, false, true);
    }
}

static void pages_that_are_not_its_own_are_refused(void **state)
{
    const uint64_t end = WORLD_LOAD(WORLD_UP) + WORLD_SIZE;
    const struct {
        uint64_t address, pages;
    } wrong[] = {
        {OWN(0), 0},
        {OWN(0) + 1, 1},
        {OWN(0), PERM_PAGES_MAX + 1},
        {end - PAGE_BYTES, 2},
        {end, 1},
        {0, 1},
        {1ULL << STAGE2_ADDRESS_BITS, 1},
        {(1ULL << STAGE2_ADDRESS_BITS) - PAGE_BYTES, 2},
        {UINT64_MAX & ~0xfffULL, 2},
        {WORLD_LOAD(WORLD_MP), 1},
        {s.tables_pa, 1},
    };

    (void)state;
    begin_start();
    for (unsigned i = 0; i < COUNT(wrong); i++) {
        set(wrong[i].address, wrong[i].pages, RW);
        assert_refused(up(), FFA_INVALID_PARAMETERS);
    }
    expect_raw(end - PAGE_BYTES, false, false, true);
    get(end);
    assert_refused(up(), FFA_INVALID_PARAMETERS);
    get(OWN(0) + 8);
    assert_refused(up(), FFA_INVALID_PARAMETERS);
}

static void devices_have_no_permissions_to_set(void **state)
{
    (void)state;
    stage2_map(&s, UP_PARTITION, 0x09040000, 1, MAP_READ | MAP_WRITE | MAP_DEVICE);
    begin_start();
    set(0x09040000, 1, RX);
    assert_refused(up(), FFA_INVALID_PARAMETERS);
    get(0x09040000);
    assert_refused(up(), FFA_INVALID_PARAMETERS);
}

static void buffers_keep_their_permissions(void **state)
{
    (void)state;
    begin_start();
    set(WORLD_TX(WORLD_UP), 2, RW);
    world_call(&s, 0, FFA_RXTX_MAP_64, WORLD_TX(WORLD_UP), WORLD_RX(WORLD_UP), 1);
    assert_success(up(), 0, 0);
    set(WORLD_RX(WORLD_UP), 1, RO);
    assert_refused(up(), FFA_INVALID_PARAMETERS);
    get(WORLD_RX(WORLD_UP));
    assert_success(up(), RW, 0);
}

/* What can only be read is no buffer that is written to. */
static void a_buffer_must_be_writable(void **state)
{
    (void)state;
    begin_start();
    world_call(&s, 0, FFA_RXTX_MAP_64, WORLD_TX(WORLD_UP), WORLD_RX(WORLD_UP), 1);
    assert_refused(up(), FFA_INVALID_PARAMETERS);
    set(WORLD_RX(WORLD_UP), 1, RW);
    world_call(&s, 0, FFA_RXTX_MAP_64, WORLD_TX(WORLD_UP), WORLD_RX(WORLD_UP), 1);
    assert_success(up(), 0, 0);
}

static void only_a_start_chooses_permissions(void **state)
{
    (void)state;
    world_start(&s);
    world_request(&s, 0, WORLD_UP, 0);
    set(OWN(0), 1, RW);
    assert_refused(up(), FFA_DENIED);
    get(OWN(0));
    assert_refused(up(), FFA_DENIED);
}

static void s_el1_has_its_own_stage_1(void **state)
{
    (void)state;
    world_start(&s);
    world_request(&s, 0, WORLD_MP, 0);
    set(WORLD_LOAD(WORLD_MP), 1, RW);
    assert_refused(REGS_OF(WORLD_MP), FFA_DENIED);
    get(WORLD_LOAD(WORLD_MP));
    assert_refused(REGS_OF(WORLD_MP), FFA_DENIED);
    world_call(&s, 0, FFA_FEATURES, FFA_MEM_PERM_GET_32);
    assert_refused(REGS_OF(WORLD_MP), FFA_NOT_SUPPORTED);
}

static void features_say_so(void **state)
{
    static const uint64_t widths[] = {FFA_MEM_PERM_GET_32, FFA_MEM_PERM_GET_64, FFA_MEM_PERM_SET_32,
                                      FFA_MEM_PERM_SET_64};

    (void)state;
    begin_start();
    for (unsigned i = 0; i < COUNT(widths); i++) {
        world_call(&s, 0, FFA_FEATURES, widths[i]);
        assert_success(up(), 0, 0);
    }
    world_call(&s, 0, FFA_FEATURES, FFA_FEATURE_NPI);
    assert_refused(up(), FFA_NOT_SUPPORTED);
    world_call(&s, 0, FFA_FEATURES, FFA_FEATURE_ME);
    assert_refused(up(), FFA_NOT_SUPPORTED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin_lower)
    const struct CMUnitTest tests[] = {
        TEST(permissions_are_set_and_told),
        TEST(both_widths_exist),
        TEST(normal_memory_of_its_manifest_has_permissions_too),
        TEST(wrong_permissions_are_refused),
        TEST(pages_that_are_not_its_own_are_refused),
        TEST(devices_have_no_permissions_to_set),
        TEST(buffers_keep_their_permissions),
        TEST(a_buffer_must_be_writable),
        TEST(only_a_start_chooses_permissions),
        TEST(s_el1_has_its_own_stage_1),
        TEST(features_say_so),
    };

    return cmocka_run_group_tests_name("s_el0_permissions", tests, NULL, NULL);
}
