/* SPDX-License-Identifier: BSD-3-Clause */
/* Partitions that die with memory that they borrowed or were given, and come back. Senders are in
 * test_memory_sender_death.c. */
#include "support/memory_deaths.h"

static void what_a_dead_one_borrowed_can_be_reclaimed(void **state)
{
    uint64_t handle = sent(FFA_MEM_SHARE_64);

    (void)state;
    taken(WORLD_UP, handle, FFA_ACCESS_RW);
    dies(WORLD_UP);
    reclaimed(handle);
    assert_null(only());
    comes_back(WORLD_UP);
    assert_nothing(WORLD_UP, SPACE_NON_SECURE, PAGE(0));
}

static void after_its_restart_a_borrower_begins_anew(void **state)
{
    uint64_t handle = sent(FFA_MEM_SHARE_64);

    (void)state;
    taken(WORLD_UP, handle, FFA_ACCESS_RW);
    dies(WORLD_UP);
    comes_back(WORLD_UP);
    assert_nothing(WORLD_UP, SPACE_NON_SECURE, PAGE(0));
    relinquish(WORLD_UP, handle, 0);
    assert_refused(REGS_OF(WORLD_UP), FFA_INVALID_PARAMETERS);
    leave();
    taken(WORLD_UP, handle, FFA_ACCESS_RW);
    assert_reaches(WORLD_UP, SPACE_NON_SECURE, PAGE(0), RW_NX);
    given_up(WORLD_UP, handle);
    assert_nothing(WORLD_UP, SPACE_NON_SECURE, PAGE(0));
    reclaimed(handle);
}

static void what_a_dead_one_would_have_cleaned_comes_back_clean(void **state)
{
    uint8_t *page = port_model_memory(PAGE(0), PAGE_BYTES);
    uint64_t handle;
    struct said r;

    (void)state;
    say_lent();
    handle = sent(FFA_MEM_LEND_64);
    r = request(handle, UP_ID, FFA_ACCESS_RW | FFA_ACCESS_NX);
    r.header.flags = FFA_MEMORY_ZERO_AFTER;
    retrieve(WORLD_UP, &r);
    release(WORLD_UP);
    page[5] = 5;
    dies(WORLD_UP);
    assert_int_equal(page[5], 5);
    reclaimed(handle);
    assert_int_equal(page[5], 0);
}

static void death_in_the_midst_of_a_retrieval(void **state)
{
    uint64_t handle;
    struct said r;

    (void)state;
    say_ranges(PAGE(0), MANY);
    handle = sent(FFA_MEM_SHARE_64);
    r = request(handle, UP_ID, FFA_ACCESS_RW);
    dies_in_the_midst(WORLD_UP, 2, FFA_MEM_RETRIEVE_REQ_64, write_request(WORLD_UP, &r));
    comes_back(WORLD_UP);
    assert_nothing(WORLD_UP, SPACE_NON_SECURE, PAGE(0));
    taken(WORLD_UP, handle, FFA_ACCESS_RW);
    for (unsigned i = 0; i < MANY; i++)
        assert_reaches(WORLD_UP, SPACE_NON_SECURE, PAGE(2 * i), RW_NX);
    given_up(WORLD_UP, handle);
    for (unsigned i = 0; i < MANY; i++)
        assert_nothing(WORLD_UP, SPACE_NON_SECURE, PAGE(2 * i));
    reclaimed(handle);
}

static void death_in_the_midst_of_giving_up(void **state)
{
    uint64_t handle;

    (void)state;
    say_ranges(PAGE(0), MANY);
    handle = sent(FFA_MEM_SHARE_64);
    taken(WORLD_UP, handle, FFA_ACCESS_RW);
    write_relinquish(WORLD_UP, handle, 0);
    dies_in_the_midst(WORLD_UP, 1, FFA_MEM_RELINQUISH, 0);
    reclaimed(handle);
    assert_null(only());
}

static void death_in_the_midst_of_cleaning(void **state)
{
    uint64_t handle;

    (void)state;
    say_lent();
    said.range[0].pages = 40;
    memset(port_model_memory(PAGE(0), 40 * PAGE_BYTES), 1, 40 * PAGE_BYTES);
    handle = sent(FFA_MEM_LEND_64);
    taken(WORLD_UP, handle, FFA_ACCESS_RW | FFA_ACCESS_NX);
    write_relinquish(WORLD_UP, handle, FFA_MEMORY_ZERO);
    dies_in_the_midst(WORLD_UP, 2, FFA_MEM_RELINQUISH, 0);
    assert_int_equal(*(uint8_t *)port_model_memory(PAGE(39), 1), 1);
    reclaimed(handle);
    assert_int_equal(*(uint8_t *)port_model_memory(PAGE(39), 1), 0);
}

/* It has lost a part of it, and nothing is zero yet. */
static void death_before_cleaning_began(void **state)
{
    uint64_t handle;

    (void)state;
    say_lent();
    say_ranges(PAGE(0), MANY);
    memset(port_model_memory(PAGE(0), PAGE_BYTES), 1, PAGE_BYTES);
    handle = sent(FFA_MEM_LEND_64);
    taken(WORLD_UP, handle, FFA_ACCESS_RW | FFA_ACCESS_NX);
    write_relinquish(WORLD_UP, handle, FFA_MEMORY_ZERO);
    dies_in_the_midst(WORLD_UP, 1, FFA_MEM_RELINQUISH, 0);
    assert_int_equal(*(uint8_t *)port_model_memory(PAGE(0), 1), 1);
    reclaimed(handle);
    assert_int_equal(*(uint8_t *)port_model_memory(PAGE(0), 1), 0);
}

/* More than the Normal world may have zeroed in one call: it asks until all is. */
static void much_that_is_to_be_cleaned_comes_back_in_parts(void **state)
{
    const unsigned pages = ZERO_PAGES_MAX + 44;
    uint64_t handle;

    (void)state;
    say_lent();
    said.range[0].pages = pages;
    memset(port_model_memory(PAGE(0), pages * PAGE_BYTES), 1, pages * PAGE_BYTES);
    handle = sent(FFA_MEM_LEND_64);
    taken(WORLD_UP, handle, FFA_ACCESS_RW | FFA_ACCESS_NX);
    write_relinquish(WORLD_UP, handle, FFA_MEMORY_ZERO);
    dies_in_the_midst(WORLD_UP, 2, FFA_MEM_RELINQUISH, 0);
    reclaim(handle, 0);
    assert_refused(normal, FFA_BUSY);
    assert_reason(&s, 0, "it is being zeroed");
    assert_int_equal(*(uint8_t *)port_model_memory(PAGE(ZERO_PAGES_MAX - 1), 1), 0);
    assert_int_equal(*(uint8_t *)port_model_memory(PAGE(pages - 1), 1), 1);
    /* A hypervisor looks before each time. */
    memset(tx(), 0, PAGE_BYTES);
    memcpy((uint8_t *)tx() + 8, &handle, sizeof(handle));
    world_normal_call(&s, 0, FFA_MEM_RETRIEVE_REQ_64, 48, 48);
    assert_int_equal(normal->x[0], FFA_MEM_RETRIEVE_RESP);
    world_normal_call(&s, 0, FFA_RX_RELEASE);
    reclaimed(handle);
    assert_int_equal(*(uint8_t *)port_model_memory(PAGE(pages - 1), 1), 0);
    assert_null(only());
}

/* What UP donates to MP, in more ranges than one piece of a retrieval. */
static uint64_t donated_in_many_ranges(void)
{
    say_own();
    say_donated();
    say_ranges(EXTRA(0), MANY);
    return sent_by(WORLD_UP, FFA_MEM_DONATE_64);
}

static void a_donation_that_began_to_leave_is_gone_with_its_new_owner(void **state)
{
    uint64_t handle = donated_in_many_ranges();
    struct said r = request(handle, MP_ID, FFA_ACCESS_NX);

    (void)state;
    dies_in_the_midst(WORLD_MP, 12, FFA_MEM_RETRIEVE_REQ_64, write_request(WORLD_MP, &r));
    assert_null(only());
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(entry(WORLD_UP, SPACE_SECURE, EXTRA(2 * i)), 0);
    reclaim_by(WORLD_UP, handle, 0);
    comes_back(WORLD_MP);
}

/* It is absent from then on. */
static void dies_in_its_first_start(unsigned partition)
{
    s.partitions[partition].state = PARTITION_STARTING;
    world_call(&s, 0, FFA_ABORT_32);
    assert_refused(normal, FFA_ABORTED);
    assert_int_equal(s.partitions[partition].state, PARTITION_ABSENT);
}

static void a_donation_that_began_to_leave_is_gone_if_a_start_fails(void **state)
{
    struct said r = request(donated_in_many_ranges(), MP_ID, FFA_ACCESS_NX);
    uint32_t length = write_request(WORLD_MP, &r);

    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    for (unsigned i = 0; i < 12; i++)
        assert_true(one_piece(WORLD_MP, FFA_MEM_RETRIEVE_REQ_64, length, length, 0));
    dies_in_its_first_start(WORLD_MP);
    assert_null(only());
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(entry(WORLD_UP, SPACE_SECURE, EXTRA(2 * i)), 0);
}

static void what_was_lent_in_a_start_that_failed_ends_with_its_borrower(void **state)
{
    uint64_t handle;

    (void)state;
    say_own();
    say_lent();
    sent_by(WORLD_UP, FFA_MEM_LEND_64);
    said.range[0].address = OWN(1);
    handle = sent_by(WORLD_UP, FFA_MEM_LEND_64);
    taken(WORLD_MP, handle, FFA_ACCESS_RW | FFA_ACCESS_NX);
    world_request(&s, 0, WORLD_UP, 0);
    dies_in_its_first_start(WORLD_UP);
    assert_int_equal(only()->handle, handle);
    given_up(WORLD_MP, handle);
    assert_null(only());
}

static void a_donation_that_did_not_yet_leave_can_be_reclaimed(void **state)
{
    uint64_t handle = donated_in_many_ranges();
    struct said r = request(handle, MP_ID, FFA_ACCESS_NX);

    (void)state;
    dies_in_the_midst(WORLD_MP, 1, FFA_MEM_RETRIEVE_REQ_64, write_request(WORLD_MP, &r));
    reclaim_by(WORLD_UP, handle, 0);
    assert_null(only());
    assert_reaches(WORLD_UP, SPACE_SECURE, EXTRA(0), RW_NX);
}

static uint64_t sent_to_mp(void)
{
    uint64_t handle;

    say_lent();
    said.access[0].id = MP_ID;
    handle = sent(FFA_MEM_LEND_64);
    taken(WORLD_MP, handle, FFA_ACCESS_RW | FFA_ACCESS_NX);
    return handle;
}

/* Until its kick, another context of the dead one reaches what is its sender's again. */
static void memory_comes_back_when_all_contexts_have_left(void **state)
{
    uint64_t handle = sent_to_mp();

    (void)state;
    world_request(&s, 1, WORLD_MP, 0);
    dies(WORLD_MP);
    reclaim(handle, 0);
    assert_refused(normal, FFA_DENIED);
    assert_reason(&s, 0, "a borrower has it");
    world_event(&s, 1, EVENT_KICK);
    reclaimed(handle);
}

/* The same for a sender that is dead, too: else that context could write to its next life. */
static void a_dead_sender_comes_back_when_all_contexts_have_left(void **state)
{
    (void)state;
    say_own();
    say_lent();
    taken(WORLD_MP, sent_by(WORLD_UP, FFA_MEM_LEND_64), FFA_ACCESS_RW | FFA_ACCESS_NX);
    dies(WORLD_UP);
    world_request(&s, 1, WORLD_MP, 0);
    dies(WORLD_MP);
    assert_null(only());
    assert_reaches(WORLD_MP, SPACE_SECURE, OWN(0), RW_NX);
    assert_stays_dead(WORLD_UP);
    world_event(&s, 1, EVENT_KICK);
    comes_back(WORLD_UP);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin_with_restarts)
    const struct CMUnitTest tests[] = {
        TEST(what_a_dead_one_borrowed_can_be_reclaimed),
        TEST(after_its_restart_a_borrower_begins_anew),
        TEST(what_a_dead_one_would_have_cleaned_comes_back_clean),
        TEST(death_in_the_midst_of_a_retrieval),
        TEST(death_in_the_midst_of_giving_up),
        TEST(death_in_the_midst_of_cleaning),
        TEST(death_before_cleaning_began),
        TEST(a_donation_that_began_to_leave_is_gone_with_its_new_owner),
        TEST(a_donation_that_began_to_leave_is_gone_if_a_start_fails),
        TEST(what_was_lent_in_a_start_that_failed_ends_with_its_borrower),
        TEST(a_donation_that_did_not_yet_leave_can_be_reclaimed),
        TEST(memory_comes_back_when_all_contexts_have_left),
        TEST(a_dead_sender_comes_back_when_all_contexts_have_left),
        TEST(much_that_is_to_be_cleaned_comes_back_in_parts),
    };

    return cmocka_run_group_tests_name("memory_death", tests, NULL, NULL);
}
