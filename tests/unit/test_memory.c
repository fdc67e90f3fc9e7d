/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory transactions: what each call does when all is well, and whose the pages are then. */
#include "support/sharing.h"

/* ---- All is well ---- */

static void shared_memory_is_reached_and_comes_back(void **state)
{
    uint64_t handle;
    struct said r;

    (void)state;
    said.header.tag = 0x1234;
    handle = sent(FFA_MEM_SHARE_64);
    assert_nothing(WORLD_UP, SPACE_NON_SECURE, PAGE(0));
    r = request(handle, UP_ID, FFA_ACCESS_RW);
    retrieve(WORLD_UP, &r);
    r = response(WORLD_UP);
    assert_int_equal(r.header.sender, 0);
    assert_int_equal(r.header.handle, handle);
    assert_int_equal(r.header.tag, 0x1234);
    assert_int_equal(r.header.attributes, FFA_MEMORY_USUAL | FFA_MEMORY_NON_SECURE);
    assert_int_equal(r.header.flags, FFA_MEMORY_SHARED << FFA_MEMORY_KIND_SHIFT);
    assert_int_equal(r.borrowers, 1);
    assert_int_equal(r.access[0].id, UP_ID);
    assert_int_equal(r.access[0].permissions, FFA_ACCESS_RW | FFA_ACCESS_NX);
    assert_int_equal(r.composite.pages, 1);
    assert_int_equal(r.ranges, 1);
    assert_int_equal(r.range[0].address, PAGE(0));
    assert_int_equal(r.range[0].pages, 1);
    assert_reaches(WORLD_UP, SPACE_NON_SECURE, PAGE(0),
                   ENTRY_READ | ENTRY_WRITE | ENTRY_NO_EXECUTE);
    release(WORLD_UP);
    reclaim(handle, 0);
    assert_refused(normal, FFA_DENIED);
    given_up(WORLD_UP, handle);
    assert_nothing(WORLD_UP, SPACE_NON_SECURE, PAGE(0));
    reclaim(handle, 0);
    assert_success(normal, 0, 0);
    assert_all_is_back();
    reclaim(handle, 0);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
}

#define GARBAGE 0xabULL << 32

static void upper_halves_of_32_bit_calls_do_not_count(void **state)
{
    uint32_t length = write_said(WORLD_NORMAL_TX);
    uint64_t handle;
    struct said r;

    (void)state;
    world_normal_call(&s, 0, GARBAGE | FFA_MEM_SHARE_32, GARBAGE | length, GARBAGE | length,
                      GARBAGE, GARBAGE);
    handle = handle_of(normal);
    r = request(handle, UP_ID, FFA_ACCESS_RW);
    length = write_request(WORLD_UP, &r);
    in_partition(WORLD_UP, GARBAGE | FFA_MEM_RETRIEVE_REQ_32, GARBAGE | length, GARBAGE | length,
                 GARBAGE);
    response(WORLD_UP);
    release(WORLD_UP);
    given_up(WORLD_UP, handle);
    world_normal_call(&s, 0, GARBAGE | FFA_MEM_RECLAIM, GARBAGE | (uint32_t)handle,
                      GARBAGE | handle >> 32, GARBAGE);
    assert_success(normal, 0, 0);
    assert_all_is_back();
}

static void lent_memory_of_many_ranges_comes_back(void **state)
{
    uint64_t handle;
    struct said r;

    (void)state;
    said.header.attributes = 0;
    said.ranges = 40;
    for (unsigned i = 0; i < said.ranges; i++)
        said.range[i] = (struct ffa_memory_range){PAGE(3 * i), 1 + i % 2, 0};
    normal_send(FFA_MEM_LEND_64);
    handle = handle_of(normal);
    r = request(handle, UP_ID, FFA_ACCESS_RO | FFA_ACCESS_NX);
    r.access[0].permissions = FFA_ACCESS_RO | FFA_ACCESS_NX;
    retrieve(WORLD_UP, &r);
    r = response(WORLD_UP);
    assert_int_equal(r.ranges, 40);
    for (unsigned i = 0; i < 40; i++) {
        assert_int_equal(r.range[i].address, PAGE(3 * i));
        assert_int_equal(r.range[i].pages, 1 + i % 2);
        assert_reaches(WORLD_UP, SPACE_NON_SECURE, PAGE(3 * i + i % 2),
                       ENTRY_READ | ENTRY_NO_EXECUTE);
        assert_nothing(WORLD_UP, SPACE_NON_SECURE, PAGE(3 * i + 2));
    }
    release(WORLD_UP);
    given_up(WORLD_UP, handle);
    reclaim(handle, 0);
    assert_success(normal, 0, 0);
    assert_all_is_back();
}

static void a_partition_lends_to_another(void **state)
{
    uint8_t *page = port_model_memory(OWN(0), PAGE_BYTES);
    uint64_t handle;
    uint32_t length;

    (void)state;
    said.header.sender = UP_ID;
    said.header.attributes = 0;
    said.access[0].id = MP_ID;
    said.version = FFA_VERSION_1_2;
    said.range[0] = (struct ffa_memory_range){OWN(0), 2, 0};
    length = said_bytes(&said, port_model_memory(WORLD_TX(0), PAGE_BYTES), PAGE_BYTES);
    in_partition(WORLD_UP, FFA_MEM_LEND_64, length, length, 0);
    handle = handle_of(REGS_OF(WORLD_UP));
    assert_true(port_model.stage2_changed & 1U << s.partitions[WORLD_UP].vmid % 32);
    assert_nothing(WORLD_UP, SPACE_SECURE, OWN(0));
    assert_nothing(WORLD_UP, SPACE_SECURE, OWN(1));
    assert_reaches(WORLD_UP, SPACE_SECURE, OWN(2), ENTRY_READ | ENTRY_WRITE);
    leave();
    page[7] = 7;
    taken(WORLD_MP, handle, FFA_ACCESS_RW | FFA_ACCESS_X);
    assert_reaches(WORLD_MP, SPACE_SECURE, OWN(1), ENTRY_READ | ENTRY_WRITE);
    relinquish(WORLD_MP, handle, FFA_MEMORY_ZERO);
    assert_success(REGS_OF(WORLD_MP), 0, 0);
    leave();
    assert_int_equal(page[7], 0);
    assert_nothing(WORLD_MP, SPACE_SECURE, OWN(1));
    assert_nothing(WORLD_UP, SPACE_SECURE, OWN(1));
    in_partition(WORLD_UP, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0);
    assert_success(REGS_OF(WORLD_UP), 0, 0);
    leave();
    assert_reaches(WORLD_UP, SPACE_SECURE, OWN(1), ENTRY_READ | ENTRY_WRITE);
    assert_all_is_back();
}

static void a_donation_changes_hands_for_good(void **state)
{
    uint64_t handle;
    uint32_t length;

    (void)state;
    said.header.sender = UP_ID;
    said.header.attributes = 0;
    said.access[0] = (struct ffa_memory_access){MP_ID, 0, 0, 0, {0, 0}, 0};
    said.version = FFA_VERSION_1_2;
    said.range[0] = (struct ffa_memory_range){OWN(0), 1, 0};
    length = said_bytes(&said, port_model_memory(WORLD_TX(0), PAGE_BYTES), PAGE_BYTES);
    in_partition(WORLD_UP, FFA_MEM_DONATE_64, length, length, 0);
    handle = handle_of(REGS_OF(WORLD_UP));
    leave();
    taken(WORLD_MP, handle, FFA_ACCESS_NX);
    assert_reaches(WORLD_MP, SPACE_SECURE, OWN(0), ENTRY_READ | ENTRY_WRITE | ENTRY_NO_EXECUTE);
    assert_int_equal(entry(WORLD_UP, SPACE_SECURE, OWN(0)), 0);
    in_partition(WORLD_UP, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0);
    assert_refused(REGS_OF(WORLD_UP), FFA_INVALID_PARAMETERS);
    leave();
    assert_false(manifest_is_whole(&s, &s.partitions[WORLD_UP]));
}

static void a_large_description_comes_in_fragments_both_ways(void **state)
{
    static uint8_t whole[48 + 16 + 16 + 500 * 16];
    uint32_t length, first = 1000 - 1000 % 16;
    uint64_t handle;
    struct said r;
    uint32_t told;

    (void)state;
    said.ranges = 400;
    for (unsigned i = 0; i < said.ranges; i++)
        said.range[i] =
            (struct ffa_memory_range){0x40100000 + 0x10000 + 2 * i * PAGE_BYTES % 0xe0000, 1, 0};
    said.ranges = 100;
    length = said_bytes(&said, whole, sizeof(whole));
    memcpy(tx(), whole, first);
    world_normal_call(&s, 0, FFA_MEM_SHARE_64, length, first);
    assert_int_equal(normal->x[0], FFA_MEM_FRAG_RX);
    assert_int_equal(normal->x[3], first);
    handle = normal->x[1] | normal->x[2] << 32;
    memcpy(tx(), whole + first, length - first);
    world_normal_call(&s, 0, FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, length - first);
    assert_int_equal(handle_of(normal), handle);
    /* The hypervisor reads it back. */
    memset(tx(), 0, 48);
    memcpy((uint8_t *)tx() + 8, &handle, 8);
    world_normal_call(&s, 0, FFA_MEM_RETRIEVE_REQ_64, 48, 48);
    assert_int_equal(normal->x[0], FFA_MEM_RETRIEVE_RESP);
    assert_int_equal(normal->x[1], length);
    assert_int_equal(normal->x[2], length);
    said_read(&r, FFA_VERSION_1_1, port_model_memory(WORLD_NORMAL_RX, PAGE_BYTES));
    assert_int_equal(r.ranges, 100);
    assert_memory_equal(r.range, said.range, 100 * 16);
    world_normal_call(&s, 0, FFA_RX_RELEASE);
    /* The partition gets 2 KiB at a time. */
    r = request(handle, UP_ID, 0);
    retrieve(WORLD_UP, &r);
    assert_int_equal(REGS_OF(WORLD_UP)->x[0], FFA_MEM_RETRIEVE_RESP);
    length = (uint32_t)REGS_OF(WORLD_UP)->x[1];
    told = (uint32_t)REGS_OF(WORLD_UP)->x[2];
    assert_int_equal(length, 48 + 32 + 16 + 100 * 16);
    assert_true(told <= length);
    release(WORLD_UP);
    given_up(WORLD_UP, handle);
    reclaim(handle, 0);
    assert_success(normal, 0, 0);
    assert_all_is_back();
}

static void a_partial_send_can_be_dropped(void **state)
{
    uint32_t length;
    uint64_t handle;

    (void)state;
    said.ranges = 4;
    for (unsigned i = 0; i < 4; i++)
        said.range[i] = (struct ffa_memory_range){PAGE(i), 1, 0};
    length = said_bytes(&said, tx(), PAGE_BYTES);
    world_normal_call(&s, 0, FFA_MEM_SHARE_64, length, length - 32);
    assert_int_equal(normal->x[0], FFA_MEM_FRAG_RX);
    handle = normal->x[1] | normal->x[2] << 32;
    reclaim(handle, 0);
    assert_success(normal, 0, 0);
    assert_all_is_back();
}

static void pages_are_in_one_transaction_at_a_time(void **state)
{
    (void)state;
    sent(FFA_MEM_SHARE_64);
    normal_send(FFA_MEM_SHARE_64);
    assert_refused(normal, FFA_DENIED);
    said.range[0] = (struct ffa_memory_range){PAGE(1), 1, 0};
    said.range[1] = (struct ffa_memory_range){PAGE(0), 1, 0};
    said.ranges = 2;
    normal_send(FFA_MEM_SHARE_64);
    assert_refused(normal, FFA_DENIED);
    said.range[1] = said.range[0];
    normal_send(FFA_MEM_SHARE_64);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    said.ranges = 1;
    sent(FFA_MEM_SHARE_64);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(shared_memory_is_reached_and_comes_back),
        TEST(upper_halves_of_32_bit_calls_do_not_count),
        TEST(lent_memory_of_many_ranges_comes_back),
        TEST(a_partition_lends_to_another),
        TEST(a_donation_changes_hands_for_good),
        TEST(a_large_description_comes_in_fragments_both_ways),
        TEST(a_partial_send_can_be_dropped),
        TEST(pages_are_in_one_transaction_at_a_time),
    };

    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
