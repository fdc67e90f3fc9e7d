/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_MEM_RELINQUISH and FFA_MEM_RECLAIM: refusals, and zeroing on the way back. */
#include "support/sharing.h"

#define INVALID FFA_INVALID_PARAMETERS
#define DEVICE 0x09000000ULL /* UP's: one page */

static uint8_t *page(unsigned n)
{
    return port_model_memory(PAGE(n), PAGE_BYTES);
}

static uint64_t lent(unsigned pages, uint8_t permissions, uint32_t flags)
{
    say_usual();
    say_lent();
    said.header.flags = flags;
    said.access[0].permissions = permissions;
    said.range[0].pages = pages;
    return sent(FFA_MEM_LEND_64);
}

static void a_wrong_relinquishing_changes_nothing(void **state)
{
    uint64_t handle = sent(FFA_MEM_SHARE_64);
    const struct {
        struct ffa_memory_relinquish r;
        int status;
        const char *reason;
    } wrong[] = {
        {{0, 0, 1, {UP_ID}}, INVALID, "no such transaction"},
        {{handle + 0x100, 0, 1, {UP_ID}}, INVALID, "no such transaction"},
        {{handle | 1ULL << 63, 0, 1, {UP_ID}}, INVALID, "no such transaction"},
        {{-1ULL, 0, 1, {UP_ID}}, INVALID, "no such transaction"},
        {{handle, 0, 0, {UP_ID}}, INVALID, "only the caller gives up"},
        {{handle, 0, 2, {UP_ID}}, INVALID, "only the caller gives up"},
        {{handle, 0, 1, {MP_ID}}, INVALID, "only the caller gives up"},
        {{handle, FFA_MEMORY_ZERO, 1, {UP_ID}}, INVALID, "a reserved flag is set"},
        {{handle, 4, 1, {UP_ID}}, INVALID, "a reserved flag is set"},
        {{handle, 1U << 31, 1, {UP_ID}}, INVALID, "a reserved flag is set"},
    };

    (void)state;
    taken(WORLD_UP, handle, FFA_ACCESS_RW);
    remember();
    world_request(&s, 0, WORLD_UP, 0);
    for (unsigned i = 0; i < COUNT(wrong); i++) {
        memcpy(port_model_memory(WORLD_TX(WORLD_UP), sizeof(wrong[i].r)), &wrong[i].r,
               sizeof(wrong[i].r));
        partition_call(WORLD_UP, FFA_MEM_RELINQUISH, 0, 0, 0);
        assert_no(REGS_OF(WORLD_UP), wrong[i].status, wrong[i].reason);
    }
    port_model.copies_in_until_fault = 0;
    partition_call(WORLD_UP, FFA_MEM_RELINQUISH, 0, 0, 0);
    assert_no(REGS_OF(WORLD_UP), FFA_ABORTED, "TX is gone");
    port_model.copies_in_until_fault = MODEL_NEVER;
    leave();
    relinquish(WORLD_UP, handle, FFA_MEMORY_TIME_SLICE);
    assert_success(REGS_OF(WORLD_UP), 0, 0);
    leave();
    remember();
    relinquish(WORLD_UP, handle, 0);
    assert_no(REGS_OF(WORLD_UP), INVALID, "the caller does not have it");
    leave();
    relinquish(WORLD_MP, handle, 0);
    assert_no(REGS_OF(WORLD_MP), INVALID, "the caller does not have it");
    leave();
    world_normal_call(&s, 0, FFA_MEM_RELINQUISH);
    assert_refused(normal, FFA_NOT_SUPPORTED);
}

static void who_only_reads_does_not_zero(void **state)
{
    uint64_t handle = lent(1, FFA_ACCESS_RO, 0);

    (void)state;
    taken(WORLD_UP, handle, FFA_ACCESS_NX);
    remember();
    relinquish(WORLD_UP, handle, FFA_MEMORY_ZERO);
    assert_no(REGS_OF(WORLD_UP), FFA_DENIED, "memory to zero that is read-only, or a device");
    leave();
    /* It may have had more: what it took counts. */
    given_up(WORLD_UP, handle);
    reclaimed(handle);
    handle = lent(1, FFA_ACCESS_RW, 0);
    taken(WORLD_UP, handle, FFA_ACCESS_RO | FFA_ACCESS_NX);
    relinquish(WORLD_UP, handle, FFA_MEMORY_ZERO);
    assert_refused(REGS_OF(WORLD_UP), FFA_DENIED);
    leave();
}

static void a_wrong_reclaim_changes_nothing(void **state)
{
    uint64_t handle = sent(FFA_MEM_SHARE_64);
    const uint64_t wrong[] = {0, 1, handle + 0x100, handle ^ 1, handle | 1ULL << 63, -1ULL};
    const uint32_t flags[] = {4, 8, 0x400, 1U << 31, 5};

    (void)state;
    remember();
    for (unsigned i = 0; i < COUNT(wrong); i++) {
        reclaim(wrong[i], 0);
        assert_no(normal, INVALID, "no such transaction");
    }
    for (unsigned i = 0; i < COUNT(flags); i++) {
        reclaim(handle, flags[i]);
        assert_no(normal, INVALID, "a reserved flag is set");
    }
    reclaim_by(WORLD_UP, handle, 0);
    assert_reason(&s, 0, "no such transaction");
    assert_nothing_changed();
    taken(WORLD_UP, handle, FFA_ACCESS_RW);
    remember();
    reclaim(handle, 0);
    assert_no(normal, FFA_DENIED, "a borrower has it");
    given_up(WORLD_UP, handle);
    reclaim(handle, FFA_MEMORY_TIME_SLICE);
    assert_success(normal, 0, 0);
}

static void partitions_reclaim_only_what_they_sent(void **state)
{
    uint64_t handle;

    (void)state;
    say_own();
    handle = sent_by(WORLD_UP, FFA_MEM_SHARE_64);
    remember();
    reclaim(handle, 0);
    assert_no(normal, INVALID, "no such transaction");
    reclaim_by(WORLD_MP, handle, 0);
    assert_reason(&s, 0, "no such transaction");
    assert_nothing_changed();
    in_partition(WORLD_UP, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0);
    assert_success(REGS_OF(WORLD_UP), 0, 0);
    leave();
}

static void any_sender_of_the_normal_world_is_the_hypervisors(void **state)
{
    uint64_t handle;

    (void)state;
    said.header.sender = 9;
    handle = sent(FFA_MEM_SHARE_64);
    reclaimed(handle);
    assert_all_is_back();
}

static void memory_comes_back_clean_if_its_sender_says_so(void **state)
{
    uint64_t handle = sent(FFA_MEM_SHARE_64);

    (void)state;
    page(0)[7] = page(1)[7] = 7;
    reclaimed(handle);
    assert_int_equal(page(0)[7], 7);
    handle = sent(FFA_MEM_SHARE_64);
    reclaim(handle, FFA_MEMORY_ZERO);
    assert_success(normal, 0, 0);
    assert_int_equal(page(0)[7], 0);
    assert_int_equal(page(1)[7], 7);
}

static void the_normal_world_does_not_wait_for_much_zeroing(void **state)
{
    uint64_t handle = lent(ZERO_PAGES_MAX + 1, FFA_ACCESS_RW, 0);

    (void)state;
    remember();
    reclaim(handle, FFA_MEMORY_ZERO);
    assert_no(normal, FFA_DENIED, "a device, or too many pages to zero");
    reclaimed(handle);
    handle = lent(ZERO_PAGES_MAX, FFA_ACCESS_RW, 0);
    reclaim(handle, FFA_MEMORY_ZERO);
    assert_success(normal, 0, 0);
}

static void who_cannot_write_does_not_zero_what_comes_back(void **state)
{
    uint64_t handle;

    (void)state;
    say_own();
    say_donated();
    said.range[0].address = WORLD_NORMAL_REGION(WORLD_UP);
    handle = sent_by(WORLD_UP, FFA_MEM_DONATE_64);
    remember();
    reclaim_by(WORLD_UP, handle, FFA_MEMORY_ZERO);
    assert_reason(&s, 0, "the sender cannot write to it");
    assert_nothing_changed();
    /* Nor is its new owner given more than the sender had. */
    taken(WORLD_MP, handle, FFA_ACCESS_NX);
    assert_reaches(WORLD_MP, SPACE_NON_SECURE, WORLD_NORMAL_REGION(WORLD_UP), RO_NX);
}

static void what_cannot_be_zeroed_does_not_come_back(void **state)
{
    uint64_t handle = sent(FFA_MEM_SHARE_64);
    struct said r;

    (void)state;
    port_model.copies_out_until_fault = 0;
    reclaim(handle, FFA_MEMORY_ZERO);
    assert_refused(normal, FFA_ABORTED);
    assert_reason(&s, 0, "the memory is gone");
    port_model.copies_out_until_fault = MODEL_NEVER;
    r = request(handle, UP_ID, FFA_ACCESS_RW);
    retrieve(WORLD_UP, &r);
    response(WORLD_UP);
    release(WORLD_UP);
    given_up(WORLD_UP, handle);
    reclaim(handle, FFA_MEMORY_ZERO);
    assert_success(normal, 0, 0);
}

static void a_borrowers_wish_to_zero_is_kept(void **state)
{
    uint64_t handle = lent(2, FFA_ACCESS_RW, 0);
    struct said r = request(handle, UP_ID, FFA_ACCESS_NX);

    (void)state;
    r.header.flags = FFA_MEMORY_ZERO_AFTER;
    retrieve(WORLD_UP, &r);
    release(WORLD_UP);
    page(1)[3] = page(2)[3] = 3;
    given_up(WORLD_UP, handle);
    assert_int_equal(page(1)[3], 0);
    assert_int_equal(page(2)[3], 3);
    /* For that one retrieval. */
    taken(WORLD_UP, handle, FFA_ACCESS_NX);
    page(1)[3] = 4;
    given_up(WORLD_UP, handle);
    assert_int_equal(page(1)[3], 4);
}

static void what_a_borrower_could_not_zero_its_sender_must(void **state)
{
    uint64_t handle = lent(1, FFA_ACCESS_RW, 0);

    (void)state;
    taken(WORLD_UP, handle, FFA_ACCESS_NX);
    page(0)[3] = 3;
    port_model.copies_out_until_fault = 0;
    relinquish(WORLD_UP, handle, FFA_MEMORY_ZERO);
    assert_success(REGS_OF(WORLD_UP), 0, 0);
    leave();
    reclaim(handle, 0);
    assert_refused(normal, FFA_ABORTED);
    port_model.copies_out_until_fault = MODEL_NEVER;
    reclaimed(handle);
    assert_int_equal(page(0)[3], 0);
}

/* The first gives it back with a wish to zero, which waits for the other, MP. */
static uint64_t lent_to_two_and_zeroed_by_one(void)
{
    uint64_t handle;

    say_lent();
    said.borrowers = 2;
    said.access[1] = said.access[0];
    said.access[1].id = MP_ID;
    handle = sent(FFA_MEM_LEND_64);
    for (unsigned i = WORLD_UP; i <= WORLD_MP; i++) {
        struct said r = request(handle, WORLD_ID(i), 0);
        r.header.flags = FFA_MEMORY_ONE_BORROWER;
        retrieve(i, &r);
        assert_int_equal(response(i).access[0].permissions, FFA_ACCESS_RW | FFA_ACCESS_NX);
        release(i);
    }
    page(0)[3] = 3;
    relinquish(WORLD_UP, handle, FFA_MEMORY_ZERO);
    leave();
    assert_int_equal(page(0)[3], 3);
    return handle;
}

static void only_the_last_of_several_borrowers_zeroes(void **state)
{
    uint64_t handle = lent_to_two_and_zeroed_by_one();

    (void)state;
    assert_reaches(WORLD_MP, SPACE_NON_SECURE, PAGE(0), RW_NX);
    reclaim(handle, 0);
    assert_refused(normal, FFA_DENIED);
    relinquish(WORLD_MP, handle, FFA_MEMORY_ZERO);
    leave();
    assert_int_equal(page(0)[3], 0);
    reclaimed(handle);
    assert_all_is_back();
}

/* Though the last one has no such wish: then for the first, or for one that died. */
static void a_wish_to_zero_outlives_its_borrowers(void **state)
{
    uint64_t handle = lent_to_two_and_zeroed_by_one();

    (void)state;
    given_up(WORLD_MP, handle);
    assert_int_equal(page(0)[3], 0);
    page(0)[3] = 3; /* once */
    reclaimed(handle);
    assert_int_equal(page(0)[3], 3);
    assert_all_is_back();
}

/* Who takes it meanwhile, and gives it up clean, may have written to what was zero already. */
static void what_is_written_while_it_is_half_zeroed_is_zeroed_again(void **state)
{
    struct said r;
    uint64_t handle;

    (void)state;
    say_own();
    say_lent();
    said.borrowers = 2;
    said.access[1] = said.access[0];
    said.access[1].id = QUEUED_ID;
    said.range[0].pages = 8;
    handle = sent_by(WORLD_UP, FFA_MEM_LEND_64);
    r = request(handle, MP_ID, 0);
    r.header.flags = FFA_MEMORY_ONE_BORROWER;
    retrieve(WORLD_MP, &r);
    release(WORLD_MP);
    world_request(&s, 0, WORLD_MP, 0);
    write_relinquish(WORLD_MP, handle, FFA_MEMORY_ZERO);
    assert_true(one_piece(WORLD_MP, FFA_MEM_RELINQUISH, 0, 0, 0));
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);

    r.access[0].id = QUEUED_ID;
    retrieve(WORLD_QUEUED, &r);
    release(WORLD_QUEUED);
    memset(port_model_memory(OWN(0), 8 * PAGE_BYTES), 7, 8 * PAGE_BYTES);
    relinquish(WORLD_QUEUED, handle, FFA_MEMORY_ZERO);
    assert_success(REGS_OF(WORLD_QUEUED), 0, 0);
    leave();

    world_normal_call(&s, 0, FFA_RUN, PAIR(MP_ID, 0));
    partition_call(WORLD_MP, FFA_MEM_RELINQUISH, 0, 0, 0);
    assert_success(REGS_OF(WORLD_MP), 0, 0);
    leave();
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(*(uint8_t *)port_model_memory(OWN(i), 1), 0);
    assert_int_equal(reclaim_by(WORLD_UP, handle, 0), 0);
    assert_all_is_back();
}

static void a_device_is_lent_and_never_zeroed(void **state)
{
    uint64_t handle;
    struct said r;

    (void)state;
    stage2_map(&s, &s.partitions[WORLD_UP], DEVICE, 1, MAP_READ | MAP_WRITE | MAP_DEVICE);
    say_own();
    said.range[0].address = DEVICE;
    partition_send(WORLD_UP, FFA_MEM_SHARE_64);
    assert_reason(&s, 0, "a device is lent to one, and not zeroed");
    say_lent();
    said.header.flags = FFA_MEMORY_ZERO;
    partition_send(WORLD_UP, FFA_MEM_LEND_64);
    assert_reason(&s, 0, "a device is lent to one, and not zeroed");
    said.header.flags = 0;
    said.borrowers = 2;
    said.access[1] = said.access[0];
    said.access[1].id = QUEUED_ID;
    partition_send(WORLD_UP, FFA_MEM_LEND_64);
    assert_reason(&s, 0, "a device is lent to one, and not zeroed");
    said.borrowers = 1;
    handle = sent_by(WORLD_UP, FFA_MEM_LEND_64);
    r = request(handle, MP_ID, FFA_ACCESS_NX);
    r.header.flags = FFA_MEMORY_ZERO_AFTER;
    retrieve(WORLD_MP, &r);
    assert_refused(REGS_OF(WORLD_MP), FFA_DENIED);
    leave();
    r.header.flags = 0;
    r.header.attributes = FFA_MEMORY_USUAL;
    retrieve(WORLD_MP, &r);
    assert_refused(REGS_OF(WORLD_MP), FFA_DENIED);
    assert_reason(&s, 0, "memory of another type");
    leave();
    r.header.attributes = FFA_MEMORY_DEVICE;
    retrieve(WORLD_MP, &r);
    assert_int_equal(REGS_OF(WORLD_MP)->x[0], FFA_MEM_RETRIEVE_RESP);
    assert_int_equal(entry(WORLD_MP, SPACE_SECURE, DEVICE) & ENTRY_MEMORY, 0);
    assert_reaches(WORLD_MP, SPACE_SECURE, DEVICE, RW_NX);
    release(WORLD_MP);
    relinquish(WORLD_MP, handle, FFA_MEMORY_ZERO);
    assert_refused(REGS_OF(WORLD_MP), FFA_DENIED);
    leave();
    given_up(WORLD_MP, handle);
    reclaim_by(WORLD_UP, handle, FFA_MEMORY_ZERO);
    assert_reason(&s, 0, "the sender cannot write to it");
    in_partition(WORLD_UP, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0);
    assert_success(REGS_OF(WORLD_UP), 0, 0);
    leave();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(a_wrong_relinquishing_changes_nothing),
        TEST(who_only_reads_does_not_zero),
        TEST(a_wrong_reclaim_changes_nothing),
        TEST(partitions_reclaim_only_what_they_sent),
        TEST(any_sender_of_the_normal_world_is_the_hypervisors),
        TEST(memory_comes_back_clean_if_its_sender_says_so),
        TEST(the_normal_world_does_not_wait_for_much_zeroing),
        TEST(who_cannot_write_does_not_zero_what_comes_back),
        TEST(what_cannot_be_zeroed_does_not_come_back),
        TEST(a_borrowers_wish_to_zero_is_kept),
        TEST(what_a_borrower_could_not_zero_its_sender_must),
        TEST(only_the_last_of_several_borrowers_zeroes),
        TEST(a_wish_to_zero_outlives_its_borrowers),
        TEST(what_is_written_while_it_is_half_zeroed_is_zeroed_again),
        TEST(a_device_is_lent_and_never_zeroed),
    };

    return cmocka_run_group_tests_name("memory_back", tests, NULL, NULL);
}
