/* SPDX-License-Identifier: BSD-3-Clause */
/* Partitions that die with memory that they lent, shared or donated, and come back. */
#include "support/memory_deaths.h"

static void what_a_dead_sender_lent_stays_until_it_is_given_up(void **state)
{
    uint64_t handle;

    (void)state;
    say_own();
    say_lent();
    handle = sent_by(WORLD_UP, FFA_MEM_LEND_64);
    taken(WORLD_MP, handle, FFA_ACCESS_RW | FFA_ACCESS_NX);
    dies(WORLD_UP);
    assert_stays_dead(WORLD_UP);
    assert_reaches(WORLD_MP, SPACE_SECURE, OWN(0), RW_NX);
    given_up(WORLD_MP, handle);
    assert_null(only());
    comes_back(WORLD_UP);
    assert_reaches(WORLD_UP, SPACE_SECURE, OWN(0), ENTRY_READ | ENTRY_WRITE);
    assert_int_equal(entry(WORLD_UP, SPACE_SECURE, OWN(0)) & ENTRY_USE, 0);
    reclaim_by(WORLD_UP, handle, 0);
    assert_null(only());
}

static void what_nobody_borrowed_ends_with_its_sender(void **state)
{
    uint64_t handle;
    struct said r;

    (void)state;
    say_own();
    handle = sent_by(WORLD_UP, FFA_MEM_SHARE_64);
    dies(WORLD_UP);
    assert_null(only());
    comes_back(WORLD_UP);
    r = request(handle, MP_ID, FFA_ACCESS_RW);
    retrieve(WORLD_MP, &r);
    assert_refused(REGS_OF(WORLD_MP), FFA_INVALID_PARAMETERS);
    leave();
    handle = sent_by(WORLD_UP, FFA_MEM_SHARE_64);
    reclaim_by(WORLD_UP, handle, 0);
    assert_null(only());
}

static void a_sender_dies_in_the_midst_of_sending(void **state)
{
    uint32_t length;

    (void)state;
    say_own();
    say_ranges(EXTRA(0), MANY);
    length = write_said(WORLD_TX(WORLD_UP));
    dies_in_the_midst(WORLD_UP, 1, FFA_MEM_SHARE_64, length);
    assert_null(only());
    comes_back(WORLD_UP);
    say_own();
    say_ranges(OWN(0), 4);
    length = write_said(WORLD_TX(WORLD_UP));
    in_partition(WORLD_UP, FFA_MEM_SHARE_64, length, length - 16, 0);
    assert_int_equal(REGS_OF(WORLD_UP)->x[0], FFA_MEM_FRAG_RX);
    world_call(&s, 0, FFA_ABORT_32);
    assert_null(only());
    comes_back(WORLD_UP);
}

static void the_last_of_several_borrowers_ends_it(void **state)
{
    uint64_t handle;
    struct said r;

    (void)state;
    say_own();
    said.borrowers = 2;
    said.access[1] = said.access[0];
    said.access[1].id = QUEUED_ID;
    handle = sent_by(WORLD_UP, FFA_MEM_SHARE_64);
    for (unsigned i = WORLD_MP; i <= WORLD_QUEUED; i++) {
        r = request(handle, WORLD_ID(i), FFA_ACCESS_RW);
        r.header.flags = FFA_MEMORY_ONE_BORROWER;
        retrieve(i, &r);
        assert_int_equal(REGS_OF(i)->x[0], FFA_MEM_RETRIEVE_RESP);
        release(i);
    }
    dies(WORLD_UP);
    given_up(WORLD_QUEUED, handle);
    assert_non_null(only());
    assert_stays_dead(WORLD_UP);
    dies(WORLD_MP);
    assert_null(only());
    comes_back(WORLD_UP);
}

/* ---- Donations ---- */

static uint64_t donated(unsigned from, unsigned to, uint64_t address)
{
    uint64_t handle;

    say_own();
    say_donated();
    said.header.sender = WORLD_ID(from);
    said.access[0].id = WORLD_ID(to);
    said.range[0].address = address;
    handle = sent_by(from, FFA_MEM_DONATE_64);
    taken(to, handle, FFA_ACCESS_X);
    return handle;
}

static void who_donated_of_its_manifest_waits_for_that(void **state)
{
    (void)state;
    donated(WORLD_UP, WORLD_MP, OWN(0));
    assert_false(manifest_is_whole(&s, &s.partitions[WORLD_UP]));
    assert_true(manifest_is_whole(&s, &s.partitions[WORLD_MP]));
    donated(WORLD_MP, WORLD_QUEUED, OWN(0));
    assert_false(manifest_is_whole(&s, &s.partitions[WORLD_UP]));
    dies(WORLD_UP);
    assert_stays_dead(WORLD_UP);
}

static void who_has_its_donation_back_comes_back(void **state)
{
    (void)state;
    donated(WORLD_UP, WORLD_MP, OWN(0));
    donated(WORLD_MP, WORLD_QUEUED, OWN(0));
    donated(WORLD_QUEUED, WORLD_UP, OWN(0));
    assert_true(manifest_is_whole(&s, &s.partitions[WORLD_UP]));
    assert_int_equal(entry(WORLD_MP, SPACE_SECURE, OWN(0)), 0);
    assert_int_equal(entry(WORLD_QUEUED, SPACE_SECURE, OWN(0)), 0);
    dies(WORLD_UP);
    comes_back(WORLD_UP);
    assert_reaches(WORLD_UP, SPACE_SECURE, OWN(0), ENTRY_READ | ENTRY_WRITE);
}

/* A donation of more ranges than one page of RX, of which the new owner knows the first part. */
static uint64_t half_told(void)
{
    uint64_t handle;
    struct said r;

    say_own();
    say_donated();
    say_ranges(EXTRA(0), 128);
    handle = sent_by(WORLD_UP, FFA_MEM_DONATE_64);
    r = request(handle, MP_ID, FFA_ACCESS_NX);
    retrieve(WORLD_MP, &r);
    assert_true(REGS_OF(WORLD_MP)->x[2] < REGS_OF(WORLD_MP)->x[1]);
    release(WORLD_MP);
    assert_int_equal(only()->state, TRANSACTION_OVER);
    return handle;
}

static void the_rest_of_a_donation_is_told_after_its_senders_death(void **state)
{
    uint64_t handle = half_told();

    (void)state;
    dies(WORLD_UP);
    assert_int_equal(only()->state, TRANSACTION_OVER);
    comes_back(WORLD_UP); /* what it donated was not of its manifest */
    in_partition(WORLD_MP, FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32,
                 only()->borrower[0].told);
    assert_int_equal(REGS_OF(WORLD_MP)->x[0], FFA_MEM_FRAG_TX);
    assert_null(only());
}

static void nobody_is_told_the_rest_after_the_new_owners_death(void **state)
{
    (void)state;
    half_told();
    dies(WORLD_MP);
    assert_null(only());
    comes_back(WORLD_MP);
    assert_nothing(WORLD_MP, SPACE_SECURE, EXTRA(0));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin_with_restarts)
    const struct CMUnitTest tests[] = {
        TEST(what_a_dead_sender_lent_stays_until_it_is_given_up),
        TEST(what_nobody_borrowed_ends_with_its_sender),
        TEST(a_sender_dies_in_the_midst_of_sending),
        TEST(the_last_of_several_borrowers_ends_it),
        TEST(who_donated_of_its_manifest_waits_for_that),
        TEST(who_has_its_donation_back_comes_back),
        TEST(the_rest_of_a_donation_is_told_after_its_senders_death),
        TEST(nobody_is_told_the_rest_after_the_new_owners_death),
    };

    return cmocka_run_group_tests_name("memory_sender_death", tests, NULL, NULL);
}
