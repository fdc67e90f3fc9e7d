/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose memory is: what is lent, shared, borrowed or a buffer is nobody's to give on. */
#include "support/sharing.h"

#define INVALID FFA_INVALID_PARAMETERS
#define ALONE "memory that is not the sender's alone"
#define NOT_FREE "a buffer is not the caller's alone"

static const uint32_t functions[] = {FFA_MEM_SHARE_64, FFA_MEM_LEND_64, FFA_MEM_DONATE_64};

static void say_kind(unsigned kind)
{
    said.header.attributes = kind == 0 ? FFA_MEMORY_USUAL : 0;
    said.access[0].permissions = kind == 2 ? 0 : FFA_ACCESS_RW;
}

/* None of the three, nor a buffer, of UP's page at the address. */
static void assert_up_cannot_give(uint64_t address, int buffer_status)
{
    world_request(&s, 0, WORLD_UP, 0);
    for (unsigned kind = 0; kind < COUNT(functions); kind++) {
        uint32_t length;
        say_own();
        say_kind(kind);
        said.range[0].address = address;
        length = write_said(WORLD_TX(WORLD_UP));
        remember();
        partition_call(WORLD_UP, functions[kind], length, length, 0);
        assert_no(REGS_OF(WORLD_UP), FFA_DENIED, ALONE);
        /* Nor as the last of several. */
        said.range[1] = said.range[0];
        said.range[0].address = OWN(7);
        said.ranges = 2;
        length = write_said(WORLD_TX(WORLD_UP));
        partition_call(WORLD_UP, functions[kind], length, length, 0);
        assert_no(REGS_OF(WORLD_UP), FFA_DENIED, ALONE);
    }
    world_call(&s, 0, FFA_RXTX_UNMAP);
    assert_success(REGS_OF(WORLD_UP), 0, 0);
    remember();
    world_call(&s, 0, FFA_RXTX_MAP_64, address, OWN(7), 1);
    assert_no(REGS_OF(WORLD_UP), buffer_status, NOT_FREE);
    world_call(&s, 0, FFA_RXTX_MAP_64, OWN(7), address, 1);
    assert_no(REGS_OF(WORLD_UP), buffer_status, NOT_FREE);
    world_call(&s, 0, FFA_RXTX_MAP_64, WORLD_TX(WORLD_UP), WORLD_RX(WORLD_UP), 1);
    leave();
}

static void what_a_partition_sent_is_not_given_on(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < COUNT(functions); kind++) {
        uint64_t handle;
        say_own();
        say_kind(kind);
        handle = sent_by(WORLD_UP, functions[kind]);
        assert_up_cannot_give(OWN(0), kind == 0 ? FFA_DENIED : INVALID);
        reclaim_by(WORLD_UP, handle, 0);
    }
    say_own();
    sent_by(WORLD_UP, FFA_MEM_SHARE_64);
}

static void what_a_partition_borrows_is_not_given_on(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 2; kind++) {
        uint64_t handle;
        say_usual();
        say_kind(kind);
        handle = sent(functions[kind]);
        taken(WORLD_UP, handle, kind == 0 ? 0 : FFA_ACCESS_NX);
        assert_up_cannot_give(PAGE(0), FFA_DENIED);
        given_up(WORLD_UP, handle);
        assert_nothing(WORLD_UP, SPACE_NON_SECURE, PAGE(0));
        reclaimed(handle);
    }
}

static void what_a_partition_was_given_is_its_own(void **state)
{
    uint64_t handle;

    (void)state;
    say_donated();
    handle = sent(FFA_MEM_DONATE_64);
    taken(WORLD_UP, handle, FFA_ACCESS_RW | FFA_ACCESS_NX);
    reclaim(handle, 0);
    assert_refused(normal, INVALID);
    say_usual();
    normal_send(FFA_MEM_SHARE_64);
    assert_refused(normal, FFA_DENIED);
    say_own();
    said.range[0].address = PAGE(0);
    handle = sent_by(WORLD_UP, FFA_MEM_SHARE_64);
    taken(WORLD_MP, handle, FFA_ACCESS_RW);
    assert_reaches(WORLD_MP, SPACE_NON_SECURE, PAGE(0), RW_NX);
    given_up(WORLD_MP, handle);
    reclaim_by(WORLD_UP, handle, 0);
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, FFA_RXTX_UNMAP);
    world_call(&s, 0, FFA_RXTX_MAP_64, PAGE(0), OWN(1), 1);
    assert_success(REGS_OF(WORLD_UP), 0, 0);
    assert_int_equal(entry(WORLD_UP, SPACE_NON_SECURE, PAGE(0)) & ENTRY_USE, ENTRY_MAILBOX);
    world_call(&s, 0, FFA_RXTX_UNMAP);
    assert_int_equal(entry(WORLD_UP, SPACE_NON_SECURE, PAGE(0)) & ENTRY_USE, 0);
    world_call(&s, 0, FFA_RXTX_MAP_64, WORLD_TX(WORLD_UP), WORLD_RX(WORLD_UP), 1);
    leave();
    /* And goes on. */
    say_own();
    say_donated();
    said.range[0].address = PAGE(0);
    handle = sent_by(WORLD_UP, FFA_MEM_DONATE_64);
    taken(WORLD_MP, handle, FFA_ACCESS_NX);
    assert_int_equal(entry(WORLD_UP, SPACE_NON_SECURE, PAGE(0)), 0);
    assert_reaches(WORLD_MP, SPACE_NON_SECURE, PAGE(0), RW_NX);
}

static void a_buffer_is_not_shared_and_what_is_shared_is_no_buffer(void **state)
{
    uint64_t handle;

    (void)state;
    for (unsigned kind = 0; kind < COUNT(functions); kind++) {
        say_usual();
        say_kind(kind);
        said.range[0].address = WORLD_NORMAL_TX;
        said.range[0].pages = 2;
        remember();
        normal_send(functions[kind]);
        assert_no(normal, FFA_DENIED, ALONE);
        said.range[0].address = PAGE(0);
        handle = sent(functions[kind]);
        world_forward(9, PAGE(1), PAGE(4));
        remember();
        world_normal_call(&s, 0, FFA_RXTX_MAP_64);
        assert_no(normal, FFA_DENIED, NOT_FREE);
        world_forward(9, PAGE(4), PAGE(0));
        world_normal_call(&s, 0, FFA_RXTX_MAP_64);
        assert_no(normal, FFA_DENIED, NOT_FREE);
        reclaimed(handle);
        world_forward(9, PAGE(4), PAGE(0));
        world_normal_call(&s, 0, FFA_RXTX_MAP_64);
        assert_success(normal, 0, 0);
        remember();
        normal_send(functions[kind]);
        assert_no(normal, FFA_DENIED, ALONE);
        world_normal_call(&s, 0, FFA_RXTX_UNMAP, 9 << 16);
        assert_success(normal, 0, 0);
        reclaimed(sent(functions[kind]));
    }
}

static void a_partitions_region_is_no_buffer_of_the_normal_world(void **state)
{
    (void)state;
    world_forward(9, WORLD_NORMAL_REGION(WORLD_MP), PAGE(0));
    remember();
    world_normal_call(&s, 0, FFA_RXTX_MAP_64);
    assert_no(normal, FFA_DENIED, NOT_FREE);
}

static void a_partition_reads_its_buffer_from_a_region_of_its_own(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, FFA_RXTX_UNMAP);
    remember();
    /* What it can only read is no RX: TX is given back. */
    world_call(&s, 0, FFA_RXTX_MAP_64, OWN(0), WORLD_NORMAL_REGION(WORLD_UP), 1);
    assert_no(REGS_OF(WORLD_UP), INVALID, NOT_FREE);
    world_call(&s, 0, FFA_RXTX_MAP_64, WORLD_NORMAL_REGION(WORLD_UP), OWN(0), 1);
    assert_success(REGS_OF(WORLD_UP), 0, 0);
    assert_int_equal(entry(WORLD_UP, SPACE_NON_SECURE, WORLD_NORMAL_REGION(WORLD_UP)) & ENTRY_USE,
                     ENTRY_MAILBOX);
    assert_int_equal(entry(WORLD_UP, SPACE_SECURE, OWN(0)) & ENTRY_USE, ENTRY_MAILBOX);
    world_call(&s, 0, FFA_RXTX_UNMAP);
    assert_success(REGS_OF(WORLD_UP), 0, 0);
    assert_nothing_changed();
    leave();
}

static void all_pages_of_a_transaction_are_alike(void **state)
{
    const struct {
        uint64_t address;
        unsigned attributes;
    } unlike[] = {
        {0x0e600000, MAP_READ | MAP_EXECUTE},
        {0x0e600000, MAP_READ | MAP_WRITE},
        {0x09600000, MAP_READ | MAP_WRITE | MAP_EXECUTE | MAP_DEVICE},
        {PAGE(0), MAP_READ | MAP_WRITE | MAP_NON_SECURE},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(unlike); i++)
        for (unsigned first = 0; first < 2; first++) {
            begin(NULL);
            stage2_map(&s, &s.partitions[WORLD_UP], unlike[i].address, 1, unlike[i].attributes);
            say_own();
            say_lent();
            said.access[0].permissions = FFA_ACCESS_RO;
            said.ranges = 2;
            said.range[1] = said.range[0];
            said.range[first].address = unlike[i].address;
            remember();
            partition_send(WORLD_UP, FFA_MEM_LEND_64);
            assert_reason(&s, 0, ALONE);
            assert_nothing_changed();
            said.range[0].address = OWN(0);
            said.range[1].address = OWN(2);
            sent_by(WORLD_UP, FFA_MEM_LEND_64);
        }
}

static void ranges_that_overlap_are_invalid_however_they_do(void **state)
{
    const struct {
        unsigned first, pages, second, more;
    } overlap[] = {{0, 1, 0, 1}, {0, 2, 1, 1}, {1, 1, 0, 2}, {0, 3, 1, 1}, {1, 1, 0, 3}};

    (void)state;
    for (unsigned i = 0; i < COUNT(overlap); i++)
        for (unsigned kind = 0; kind < COUNT(functions); kind++) {
            say_usual();
            say_kind(kind);
            said.ranges = 2;
            said.range[0] = (struct ffa_memory_range){PAGE(overlap[i].first), overlap[i].pages, 0};
            said.range[1] = (struct ffa_memory_range){PAGE(overlap[i].second), overlap[i].more, 0};
            remember();
            normal_send(functions[kind]);
            assert_no(normal, INVALID, "ranges that overlap");
            say_own();
            say_kind(kind);
            said.ranges = 2;
            said.range[0] = (struct ffa_memory_range){OWN(overlap[i].first), overlap[i].pages, 0};
            said.range[1] = (struct ffa_memory_range){OWN(overlap[i].second), overlap[i].more, 0};
            remember();
            partition_send(WORLD_UP, functions[kind]);
            assert_reason(&s, 0, "ranges that overlap");
            assert_nothing_changed();
        }
}

/* More ranges than a chunk holds: the last one overlaps the first, the last of that chunk, or none.
 */
static void ranges_that_overlap_are_found_however_many_there_are(void **state)
{
    const unsigned last = CHUNK_RANGES + 1;

    (void)state;
    for (unsigned like = 0; like < CHUNK_RANGES; like += CHUNK_RANGES - 1) {
        say_ranges(PAGE(0), last + 1);
        said.range[last].address = said.range[like].address;
        remember();
        normal_send(FFA_MEM_SHARE_64);
        assert_no(normal, INVALID, "ranges that overlap");
    }
    say_ranges(PAGE(0), last + 1);
    said.range[last].address = WORLD_NORMAL_REGION(0);
    normal_send(FFA_MEM_SHARE_64);
    assert_no(normal, FFA_DENIED, ALONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(what_a_partition_sent_is_not_given_on),
        TEST(what_a_partition_borrows_is_not_given_on),
        TEST(what_a_partition_was_given_is_its_own),
        TEST(a_buffer_is_not_shared_and_what_is_shared_is_no_buffer),
        TEST(a_partitions_region_is_no_buffer_of_the_normal_world),
        TEST(a_partition_reads_its_buffer_from_a_region_of_its_own),
        TEST(all_pages_of_a_transaction_are_alike),
        TEST(ranges_that_overlap_are_invalid_however_they_do),
        TEST(ranges_that_overlap_are_found_however_many_there_are),
    };

    return cmocka_run_group_tests_name("memory_owner", tests, NULL, NULL);
}
