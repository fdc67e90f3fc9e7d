/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stage-2 tables, read back by a walk of its own that follows the architecture and not
 * the code: core/stage2.c.
 */
#include "core/memory.h"
#include "core/stage2.h"
#include "support/access.h"
#include "support/unit.h"

#define TABLES_PA 0x0e180000ULL
#define BLOCK 0x200000ULL
#define BLOCK_PAGES (BLOCK / PAGE_BYTES)
#define ALL (MAP_READ | MAP_WRITE | MAP_EXECUTE)

static struct spmc s;
static uint64_t tables[TABLE_MAX][512] __attribute__((aligned(4096)));
static struct memory memory;
static struct partition *const p = &s.partitions[0];

static int begin(void **state)
{
    (void)state;
    memset(tables, 0xff, sizeof(tables)); /* what was there before must not be believed */
    spmc_init(&s, tables, TABLES_PA, &memory);
    assert_true(stage2_create(&s, p));
    return 0;
}

static const uint64_t *table_at(uint64_t pa)
{
    assert_in_range(pa, TABLES_PA, TABLES_PA + sizeof(tables) - PAGE_BYTES);
    return tables[(pa - TABLES_PA) / PAGE_BYTES];
}

/* The descriptor that translates an address, and its level: levels 1 to 3, 4 KiB granule. */
static uint64_t walk(unsigned space, uint64_t address, unsigned *level)
{
    const uint64_t *table = table_at(p->roots[space]);

    for (*level = 1;; (*level)++) {
        uint64_t entry = table[address >> (39 - 9 * *level) & 511];
        bool next_level = *level < 3 && (entry & 3) == 3;
        if (!next_level)
            return entry;
        table = table_at(entry & 0xfffffffff000);
    }
}

static uint64_t leaf_of(uint64_t address, unsigned space, unsigned expected_level)
{
    unsigned level;
    uint64_t entry = walk(space, address, &level);

    assert_int_equal(level, expected_level);
    assert_int_equal(entry & 3, level == 3 ? 3 : 1);
    assert_true(entry & 1 << 10); /* access flag */
    return entry;
}

static void assert_unmapped(unsigned space, uint64_t address)
{
    unsigned level;

    assert_int_equal(walk(space, address, &level) & 1, 0);
}

static void two_roots_are_different_and_empty(void **state)
{
    (void)state;
    assert_true(p->roots[SPACE_SECURE] != p->roots[SPACE_NON_SECURE]);
    assert_int_equal(p->roots[SPACE_SECURE] % PAGE_BYTES, 0);
    for (uint64_t address = 0; address < 1ULL << 36; address += 1ULL << 30) {
        assert_unmapped(SPACE_SECURE, address);
        assert_unmapped(SPACE_NON_SECURE, address);
    }
}

static void exactly_the_pages_asked_for_are_mapped(void **state)
{
    (void)state;
    assert_true(stage2_map(&s, p, 0x0e203000, 3, ALL));
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(leaf_of(0x0e203000 + i * PAGE_BYTES, SPACE_SECURE, 3) & 0xfffffffff000,
                         0x0e203000 + i * PAGE_BYTES);
    assert_unmapped(SPACE_SECURE, 0x0e202000);
    assert_unmapped(SPACE_SECURE, 0x0e206000);
    assert_unmapped(SPACE_NON_SECURE, 0x0e203000);
}

static void non_secure_memory_lies_in_its_own_space(void **state)
{
    (void)state;
    assert_true(stage2_map(&s, p, 0x40001000, 1, MAP_READ | MAP_NON_SECURE));
    leaf_of(0x40001000, SPACE_NON_SECURE, 3);
    assert_unmapped(SPACE_SECURE, 0x40001000);
}

static void attributes_become_permissions(void **state)
{
    static const struct {
        unsigned attributes;
        uint64_t bits; /* of XN[54:53], AF, SH, S2AP, MemAttr, as the architecture numbers them */
    } cases[] = {
        {MAP_READ, 2ULL << 53 | 1 << 6 | 0xf << 2},
        {MAP_READ | MAP_WRITE, 2ULL << 53 | 3 << 6 | 0xf << 2},
        {MAP_READ | MAP_EXECUTE, 1 << 6 | 0xf << 2},
        {ALL, 3 << 6 | 0xf << 2},
        {MAP_READ | MAP_WRITE | MAP_DEVICE, 2ULL << 53 | 3 << 6},
    };
    const uint64_t mask = 3ULL << 53 | 3 << 6 | 0xf << 2;

    (void)state;
    for (unsigned i = 0; i < COUNT(cases); i++) {
        uint64_t address = 0x0e400000 + i * PAGE_BYTES;
        assert_true(stage2_map(&s, p, address, 1, cases[i].attributes));
        assert_int_equal(leaf_of(address, SPACE_SECURE, 3) & mask, cases[i].bits);
    }
}

static void aligned_memory_of_others_is_mapped_in_blocks(void **state)
{
    unsigned used = s.tables_used;

    (void)state;
    assert_true(
        stage2_map(&s, p, 0x0e200000 - PAGE_BYTES, 2 * BLOCK_PAGES + 2, ALL | MAP_BORROWED));
    leaf_of(0x0e1ff000, SPACE_SECURE, 3);
    assert_int_equal(leaf_of(0x0e200000, SPACE_SECURE, 2) & 0xfffffffff000, 0x0e200000);
    leaf_of(0x0e5ff000, SPACE_SECURE, 2);
    leaf_of(0x0e600000, SPACE_SECURE, 3);
    assert_unmapped(SPACE_SECURE, 0x0e601000);
    assert_int_equal(s.tables_used - used, 3); /* level 2, and a level 3 at each end */
}

static void what_is_there_is_not_mapped_again(void **state)
{
    (void)state;
    assert_true(stage2_map(&s, p, 0x0e201000, 1, ALL));
    assert_int_equal(stage2_map(&s, p, 0x0e200000, BLOCK_PAGES, MAP_READ | MAP_BORROWED), 1);
    leaf_of(0x0e200000, SPACE_SECURE, 3);
    assert_unmapped(SPACE_SECURE, 0x0e202000);
}

static void memory_of_its_own_is_mapped_in_pages(void **state)
{
    (void)state;
    assert_int_equal(stage2_map(&s, p, 0x0e200000, BLOCK_PAGES, ALL), BLOCK_PAGES);
    leaf_of(0x0e200000, SPACE_SECURE, 3);
    leaf_of(0x0e3ff000, SPACE_SECURE, 3);
}

static void the_last_page_of_the_address_space_can_be_mapped(void **state)
{
    uint64_t last = (1ULL << STAGE2_ADDRESS_BITS) - PAGE_BYTES;

    (void)state;
    assert_true(stage2_map(&s, p, last, 1, ALL));
    leaf_of(last, SPACE_SECURE, 3);
    assert_true(stage2_allows(&s, p, last, PAGE_BYTES, MAP_READ));
}

static void an_empty_pool_is_reported(void **state)
{
    uint64_t address = 0;

    (void)state;
    while (stage2_map(&s, p, address, 1, ALL))
        address += 1ULL << 30;
    assert_int_equal(s.tables_used, TABLE_MAX - 1);
    assert_false(stage2_create(&s, &s.partitions[1]));
    s.tables_used--;
    assert_false(stage2_create(&s, &s.partitions[1])); /* one page of two */
}

static void pages_of_the_pool_are_given_once(void **state)
{
    (void)state;
    assert_true(stage2_create(&s, &s.partitions[1]));
    for (unsigned i = 0; i < 2; i++)
        for (unsigned j = 0; j < 2; j++)
            assert_int_not_equal(p->tables[i], s.partitions[1].tables[j]);
}

/* ---- stage2_allows ---- */

static void access_is_what_was_mapped(void **state)
{
    (void)state;
    stage2_map(&s, p, 0x0e200000, 1, MAP_READ);
    stage2_map(&s, p, 0x0e201000, 1, MAP_READ | MAP_WRITE);
    assert_true(stage2_allows(&s, p, 0x0e200000, 2 * PAGE_BYTES, MAP_READ));
    assert_false(stage2_allows(&s, p, 0x0e200000, 2 * PAGE_BYTES, MAP_READ | MAP_WRITE));
    assert_false(stage2_allows(&s, p, 0x0e200000, 2 * PAGE_BYTES, MAP_WRITE));
    assert_true(stage2_allows(&s, p, 0x0e201000, PAGE_BYTES, MAP_READ | MAP_WRITE));
    assert_false(stage2_allows(&s, p, 0x0e201000, 2 * PAGE_BYTES, MAP_READ));
    assert_false(stage2_allows(&s, p, 0x0e1ff000, 2 * PAGE_BYTES, MAP_READ));
}

static void blocks_are_allowed_too(void **state)
{
    (void)state;
    stage2_map(&s, p, 0x0e200000, BLOCK_PAGES, ALL);
    assert_true(stage2_allows(&s, p, 0x0e2ff000, PAGE_BYTES, MAP_READ | MAP_WRITE));
}

static void a_range_lies_in_one_space(void **state)
{
    (void)state;
    stage2_map(&s, p, 0x40000000, 1, MAP_READ);
    stage2_map(&s, p, 0x40001000, 1, MAP_READ | MAP_NON_SECURE);
    assert_true(stage2_allows(&s, p, 0x40001000, PAGE_BYTES, MAP_READ));
    assert_false(stage2_allows(&s, p, 0x40000000, 2 * PAGE_BYTES, MAP_READ));
}

static void devices_are_no_memory(void **state)
{
    (void)state;
    stage2_map(&s, p, 0x09040000, 1, MAP_READ | MAP_WRITE | MAP_DEVICE);
    assert_false(stage2_allows(&s, p, 0x09040000, PAGE_BYTES, MAP_READ));
}

static void ranges_beyond_the_address_space_are_not_allowed(void **state)
{
    (void)state;
    assert_false(stage2_allows(&s, p, 1ULL << 36, PAGE_BYTES, MAP_READ));
    assert_false(stage2_allows(&s, p, (1ULL << 36) - PAGE_BYTES, 2 * PAGE_BYTES, MAP_READ));
    assert_false(stage2_allows(&s, p, UINT64_MAX & ~0xfffULL, PAGE_BYTES, MAP_READ));
    assert_false(stage2_allows(&s, p, PAGE_BYTES, UINT64_MAX, MAP_READ));
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(two_roots_are_different_and_empty),
        TEST(exactly_the_pages_asked_for_are_mapped),
        TEST(non_secure_memory_lies_in_its_own_space),
        TEST(attributes_become_permissions),
        TEST(aligned_memory_of_others_is_mapped_in_blocks),
        TEST(what_is_there_is_not_mapped_again),
        TEST(memory_of_its_own_is_mapped_in_pages),
        TEST(the_last_page_of_the_address_space_can_be_mapped),
        TEST(an_empty_pool_is_reported),
        TEST(pages_of_the_pool_are_given_once),
        TEST(access_is_what_was_mapped),
        TEST(blocks_are_allowed_too),
        TEST(a_range_lies_in_one_space),
        TEST(devices_are_no_memory),
        TEST(ranges_beyond_the_address_space_are_not_allowed),
    };

    return cmocka_run_group_tests_name("stage2", tests, NULL, NULL);
}
