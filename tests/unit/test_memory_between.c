/* SPDX-License-Identifier: BSD-3-Clause */
/* What may happen between two pieces of a retrieval that gives way. */
#include "support/restarts.h"
#include "support/sharing.h"

#define EXTRA(n) (0x0e600000ULL + (n)*PAGE_BYTES) /* UP's as well: 256 pages */
#define MANY 30                                   /* ranges: more than two pieces */
#define PIECE 10                                  /* ranges that just fill one */

static int begin_with_more(void **state)
{
    begin(state);
    stage2_map(&s, &s.partitions[WORLD_UP], EXTRA(0), 256, MAP_READ | MAP_WRITE);
    stage2_map(&s, &s.partitions[WORLD_UP], EXTRA(512), 1, MAP_READ | MAP_WRITE);
    allow_restart(&s, WORLD_UP, RESTART_ON_NEXT_CALL);
    say_own();
    say_ranges(EXTRA(0), MANY);
    return 0;
}

/* The first piece of a retrieval: its stay goes on. */
static void begin_to_retrieve(unsigned partition, const struct said *r)
{
    uint32_t length = write_request(partition, r);

    world_request(&s, 0, partition, 0);
    assert_true(one_piece(partition, FFA_MEM_RETRIEVE_REQ_64, length, length, 0));
}

static void go_on(unsigned partition, const struct said *r)
{
    uint32_t length = write_request(partition, r);

    partition_call(partition, FFA_MEM_RETRIEVE_REQ_64, length, length, 0);
}

/* MP, within its stay. */
static void mp_shares(uint64_t address)
{
    uint32_t length;

    say_own();
    said.header.sender = MP_ID;
    said.access[0].id = QUEUED_ID;
    said.range[0].address = address;
    length = write_said(WORLD_TX(WORLD_MP));
    partition_call(WORLD_MP, FFA_MEM_SHARE_64, length, length, 0);
}

/* Which is then told that RX is full, has nothing, and may ask again. */
static void a_message_for_the_borrower_comes_first(void **state)
{
    struct transaction *t;
    struct said r;
    uint64_t handle;

    (void)state;
    s.partitions[WORLD_MP].properties |= FFA_PROPERTY_INDIRECT | FFA_PROPERTY_NOTIFICATIONS;
    s.normal.version = s.partitions[WORLD_MP].endpoint.version = FFA_VERSION_1_2;
    handle = sent_by(WORLD_UP, FFA_MEM_SHARE_64);
    t = transaction_find(&s, handle);
    r = request(handle, MP_ID, FFA_ACCESS_RW);
    begin_to_retrieve(WORLD_MP, &r);
    assert_int_equal(t->borrower[0].state, BORROWER_TAKING);
    world_message(WORLD_NORMAL_TX, 0, MP_ID);
    world_normal_call(&s, 1, FFA_MSG_SEND2);
    assert_int_equal(s.cpus[1].normal.x[0], FFA_SUCCESS_32);
    go_on(WORLD_MP, &r);
    assert_refused(REGS_OF(WORLD_MP), FFA_BUSY);
    assert_reason(&s, 0, "the RX buffer is not free");
    assert_int_equal(t->borrower[0].state, BORROWER_WITHOUT);
    assert_int_equal(entry(WORLD_MP, SPACE_SECURE, EXTRA(0)), 0);
    world_call(&s, 0, FFA_NOTIFICATION_GET, PAIR(0, MP_ID), FFA_NOTIFICATION_FROM_HYPERVISOR);
    world_call(&s, 0, FFA_RX_RELEASE);
    assert_success(REGS_OF(WORLD_MP), 0, 0);

    go_on(WORLD_MP, &r);
    assert_int_equal(REGS_OF(WORLD_MP)->x[0], FFA_MEM_RETRIEVE_RESP);
    assert_reaches(WORLD_MP, SPACE_SECURE, EXTRA(0), RW_NX);
}

static void a_donation_is_its_borrowers_when_all_has_come(void **state)
{
    struct said r;
    uint64_t handle;

    (void)state;
    say_donated();
    handle = sent_by(WORLD_UP, FFA_MEM_DONATE_64);
    r = request(handle, MP_ID, FFA_ACCESS_NX);
    begin_to_retrieve(WORLD_MP, &r);
    assert_reaches(WORLD_MP, SPACE_SECURE, EXTRA(0), RW_NX);
    mp_shares(EXTRA(0));
    assert_refused(REGS_OF(WORLD_MP), FFA_DENIED);
    world_call(&s, 0, FFA_RXTX_UNMAP);
    world_call(&s, 0, FFA_RXTX_MAP_64, EXTRA(0), WORLD_RX(WORLD_MP), 1);
    assert_refused(REGS_OF(WORLD_MP), FFA_DENIED);
    world_call(&s, 0, FFA_RXTX_MAP_64, WORLD_TX(WORLD_MP), WORLD_RX(WORLD_MP), 1);
    go_on(WORLD_MP, &r);
    assert_int_equal(response(WORLD_MP).ranges, MANY);
    mp_shares(EXTRA(0));
    assert_success(REGS_OF(WORLD_MP), REGS_OF(WORLD_MP)->x[2], 0);
    assert_int_equal(entry(WORLD_UP, SPACE_SECURE, EXTRA(0)), 0);
}

/* MP has the pages, and UP's package as well: but not for good, as it may still fail. */
static void who_dies_before_its_memory_has_come_back_waits_for_it(void **state)
{
    struct said r;
    uint64_t handle;

    (void)state;
    say_ranges(OWN(0) - 2 * PAGE_BYTES, PIECE);
    for (unsigned i = 0; i < PIECE; i++)
        said.range[i].address = i < 8 ? OWN(i) : WORLD_LOAD(WORLD_UP) + (i - 8) * PAGE_BYTES;
    say_donated();
    handle = sent_by(WORLD_UP, FFA_MEM_DONATE_64);
    taken(WORLD_MP, handle, FFA_ACCESS_X);
    said.header.sender = MP_ID;
    said.access[0].id = UP_ID;
    handle = sent_by(WORLD_MP, FFA_MEM_DONATE_64);
    r = request(handle, UP_ID, FFA_ACCESS_X);
    begin_to_retrieve(WORLD_UP, &r);
    for (unsigned i = 0; i < PIECE; i++)
        assert_reaches(WORLD_UP, SPACE_SECURE, said.range[i].address, ENTRY_READ | ENTRY_WRITE);
    world_call(&s, 0, FFA_ABORT_32);
    world_request(&s, 0, WORLD_UP, 0);
    assert_refused(normal, FFA_ABORTED);
    reclaim_by(WORLD_MP, handle, 0);
    assert_null(transaction_find(&s, handle));
    world_request(&s, 0, WORLD_UP, 0);
    assert_refused(normal, FFA_ABORTED);
    assert_reaches(WORLD_MP, SPACE_SECURE, OWN(0), ENTRY_READ | ENTRY_WRITE);
}

static void a_retrieval_goes_on_with_the_same_permissions(void **state)
{
    struct said r, other;
    uint64_t handle = sent_by(WORLD_UP, FFA_MEM_SHARE_64);

    (void)state;
    r = request(handle, MP_ID, FFA_ACCESS_RW);
    other = request(handle, MP_ID, FFA_ACCESS_RO);
    begin_to_retrieve(WORLD_MP, &r);
    go_on(WORLD_MP, &other);
    assert_refused(REGS_OF(WORLD_MP), FFA_DENIED);
    go_on(WORLD_MP, &r);
    assert_int_equal(response(WORLD_MP).access[0].permissions, FFA_ACCESS_RW | FFA_ACCESS_NX);
    for (unsigned i = 0; i < MANY; i++)
        assert_reaches(WORLD_MP, SPACE_SECURE, EXTRA(2 * i), RW_NX);
}

static void a_retrieval_that_fails_ends_what_a_dead_one_sent(void **state)
{
    struct said r;
    uint64_t handle;
    struct next next;

    (void)state;
    said.range[MANY - 1].address = EXTRA(512);
    handle = sent_by(WORLD_UP, FFA_MEM_SHARE_64);
    r = request(handle, MP_ID, FFA_ACCESS_RW);
    s.tables_used = TABLE_MAX - 1 - 1; /* one table is left, two are needed */
    begin_to_retrieve(WORLD_MP, &r);
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    dies(WORLD_UP);
    assert_non_null(transaction_find(&s, handle));
    world_normal_call(&s, 0, FFA_RUN, (uint64_t)MP_ID << 16);
    go_on(WORLD_MP, &r);
    assert_refused(REGS_OF(WORLD_MP), FFA_NO_MEMORY);
    assert_null(transaction_find(&s, handle));
    leave();
    next = world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(next.kind, NEXT_AGAIN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin_with_more)
    const struct CMUnitTest tests[] = {
        TEST(a_message_for_the_borrower_comes_first),
        TEST(a_donation_is_its_borrowers_when_all_has_come),
        TEST(who_dies_before_its_memory_has_come_back_waits_for_it),
        TEST(a_retrieval_goes_on_with_the_same_permissions),
        TEST(a_retrieval_that_fails_ends_what_a_dead_one_sent),
    };

    return cmocka_run_group_tests_name("memory_between", tests, NULL, NULL);
}
