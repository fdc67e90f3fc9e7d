/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls of partitions that work on many pages: they give way, are made again, and others call in
 * between, on CPU 1. */
#include "support/sharing.h"

#define EXTRA(n) (0x0e600000ULL + (n)*PAGE_BYTES) /* UP's as well, and no code: 256 pages */
#define RANGE_WORK 150                            /* instructions, as core/memory.c guesses */
#define MANY 100                                  /* ranges: more than a piece */

static struct regs *const normal_1 = &s.cpus[1].normal;

static void say_many(void)
{
    say_own();
    say_ranges(EXTRA(0), MANY);
}

static int begin_with_more(void **state)
{
    begin(state);
    stage2_map(&s, &s.partitions[WORLD_UP], EXTRA(0), 256, MAP_READ | MAP_WRITE);
    remember();
    say_many();
    return 0;
}

static unsigned lent_pages(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < 2 * MANY; i++)
        count += (entry(WORLD_UP, SPACE_SECURE, EXTRA(i)) & ENTRY_LENT) != 0;
    return count;
}

static unsigned reached_pages(unsigned partition)
{
    unsigned count = 0;

    for (unsigned i = 0; i < 2 * MANY; i++)
        count += entry(partition, SPACE_SECURE, EXTRA(i)) & ENTRY_VALID;
    return count;
}

/* The handle of the only transaction. */
static uint64_t only_handle(void)
{
    uint64_t handle = 0;

    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        if (s.memory->transactions[i].state != TRANSACTION_FREE) {
            assert_int_equal(handle, 0);
            handle = s.memory->transactions[i].handle;
        }
    assert_true(handle != 0);
    return handle;
}

/* UP begins to send, and gives way. */
static uint32_t begin_to_send(uint32_t function)
{
    uint32_t length = write_said(WORLD_TX(WORLD_UP));

    world_request(&s, 0, WORLD_UP, 0);
    assert_true(one_piece(WORLD_UP, function, length, length, 0));
    return length;
}

static void normal_reclaim_on_1(uint64_t handle)
{
    world_normal_call(&s, 1, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0);
}

/* MP's context on CPU 1 calls. */
static const struct regs *by_mp_on_1(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
    struct regs *regs = &world_vcpu(&s, WORLD_MP, 1)->regs;
    uint64_t pc = regs->pc;

    world_request(&s, 1, WORLD_MP, 0);
    do {
        regs->pc = pc + 4;
        world_call(&s, 1, x0, x1, x2, x3);
    } while (regs->pc == pc);
    return regs;
}

static void a_send_goes_on_piece_by_piece(void **state)
{
    uint32_t length;
    unsigned pieces = 0, lent = 0;
    uint64_t handle;

    (void)state;
    say_lent();
    length = begin_to_send(FFA_MEM_LEND_64);
    do {
        pieces++;
        assert_in_range(lent_pages(), pieces < MANY / 32 + 1 ? 0 : lent + 1, MANY - 1);
        lent = lent_pages();
        handle = only_handle();
    } while (one_piece(WORLD_UP, FFA_MEM_LEND_64, length, length, 0));
    assert_int_equal(handle_of(REGS_OF(WORLD_UP)), handle);
    assert_int_equal(pieces, MANY / 32 + (MANY - 1) * RANGE_WORK / PIECE_WORK);
    assert_int_equal(lent_pages(), MANY);
    leave();
    assert_true(reclaim_by(WORLD_UP, handle, 0) > 1);
    assert_all_is_back();
}

static void an_unfinished_send_is_nobodys_yet(void **state)
{
    uint32_t length = begin_to_send(FFA_MEM_SHARE_64);
    struct said r = request(only_handle(), MP_ID, FFA_ACCESS_RW);
    uint64_t handle = only_handle();
    uint32_t asked = write_request(WORLD_MP, &r);

    (void)state;
    assert_refused(by_mp_on_1(FFA_MEM_RETRIEVE_REQ_64, asked, asked, 0), FFA_INVALID_PARAMETERS);
    assert_reason(&s, 1, "no such transaction");
    write_relinquish(WORLD_MP, handle, 0);
    world_respond(&s, 1, 0, 0);
    assert_refused(by_mp_on_1(FFA_MEM_RELINQUISH, 0, 0, 0), FFA_INVALID_PARAMETERS);
    world_respond(&s, 1, 0, 0);
    normal_reclaim_on_1(handle);
    assert_refused(normal_1, FFA_INVALID_PARAMETERS);
    partition_call(WORLD_UP, FFA_MEM_SHARE_64, length, length, 0);
    assert_int_equal(handle_of(REGS_OF(WORLD_UP)), handle);
    leave();
}

static void a_send_that_fails_late_leaves_nothing(void **state)
{
    uint32_t length;

    (void)state;
    said.range[MANY - 1].address = PAGE(0);
    length = begin_to_send(FFA_MEM_SHARE_64);
    partition_call(WORLD_UP, FFA_MEM_SHARE_64, length, length, 0);
    assert_refused(REGS_OF(WORLD_UP), FFA_DENIED);
    assert_reason(&s, 0, "memory that is not the sender's alone");
    leave();
    assert_all_is_back();
    say_lent();
    said.range[MANY - 1].address = EXTRA(2);
    length = begin_to_send(FFA_MEM_LEND_64);
    partition_call(WORLD_UP, FFA_MEM_LEND_64, length, length, 0);
    assert_refused(REGS_OF(WORLD_UP), FFA_INVALID_PARAMETERS);
    assert_reason(&s, 0, "ranges that overlap");
    leave();
    assert_all_is_back();
}

static void another_send_makes_an_unfinished_one_forgotten(void **state)
{
    uint32_t length;

    (void)state;
    begin_to_send(FFA_MEM_SHARE_64);
    say_own();
    said.range[0].address = EXTRA(0);
    length = write_said(WORLD_TX(WORLD_UP));
    partition_call(WORLD_UP, FFA_MEM_SHARE_64, length, length, 0);
    handle_of(REGS_OF(WORLD_UP));
    only_handle();
    leave();
    reclaim_by(WORLD_UP, only_handle(), 0);
    say_many();
    length = begin_to_send(FFA_MEM_SHARE_64);
    say_lent();
    write_said(WORLD_TX(WORLD_UP));
    partition_call(WORLD_UP, FFA_MEM_LEND_64, length, length, 0);
    handle_of(REGS_OF(WORLD_UP));
    leave();
    assert_int_equal(lent_pages(), MANY);
    reclaim_by(WORLD_UP, only_handle(), 0);
    assert_all_is_back();
}

static void the_last_fragment_gives_way(void **state)
{
    uint32_t length, first;
    uint64_t handle;

    (void)state;
    length = write_said(WORLD_TX(WORLD_UP));
    first = length - 32;
    in_partition(WORLD_UP, FFA_MEM_SHARE_64, length, first, 0);
    assert_int_equal(REGS_OF(WORLD_UP)->x[0], FFA_MEM_FRAG_RX);
    assert_int_equal(REGS_OF(WORLD_UP)->x[4], 0);
    handle = only_handle();
    memcpy(port_model_memory(WORLD_TX(WORLD_UP), 32), &said.range[MANY - 2], 32);
    assert_int_equal(partition_call(WORLD_UP, FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, 32),
                     (MANY - 1) * RANGE_WORK / PIECE_WORK);
    assert_int_equal(handle_of(REGS_OF(WORLD_UP)), handle);
    leave();
    reclaim_by(WORLD_UP, handle, 0);
    assert_all_is_back();
}

static void a_retrieval_in_pieces_is_complete_or_nothing(void **state)
{
    uint64_t handle = sent_by(WORLD_UP, FFA_MEM_SHARE_64);
    struct said r = request(handle, MP_ID, FFA_ACCESS_RW);
    uint32_t length = write_request(WORLD_MP, &r);

    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    assert_true(one_piece(WORLD_MP, FFA_MEM_RETRIEVE_REQ_64, length, length, 0));
    assert_in_range(reached_pages(WORLD_MP), 1, MANY - 1);
    assert_refused(by_mp_on_1(FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, 96),
                   FFA_INVALID_PARAMETERS);
    world_respond(&s, 1, 0, 0);
    partition_call(WORLD_MP, FFA_MEM_RETRIEVE_REQ_64, length, length, 0);
    assert_int_equal(response(WORLD_MP).ranges, MANY);
    assert_int_equal(reached_pages(WORLD_MP), MANY);
    release(WORLD_MP);
    assert_true(relinquish(WORLD_MP, handle, 0) > 1);
    assert_success(REGS_OF(WORLD_MP), 0, 0);
    leave();
    assert_int_equal(reached_pages(WORLD_MP), 0);
    reclaim_by(WORLD_UP, handle, 0);
    assert_all_is_back();
}

static void what_is_half_taken_or_half_given_is_still_borrowed(void **state)
{
    uint64_t handle = sent_by(WORLD_UP, FFA_MEM_SHARE_64);
    struct said r = request(handle, MP_ID, FFA_ACCESS_RW);
    uint32_t length = write_request(WORLD_MP, &r);

    (void)state;
    world_request(&s, 1, WORLD_UP, 0);
    world_request(&s, 0, WORLD_MP, 0);
    assert_true(one_piece(WORLD_MP, FFA_MEM_RETRIEVE_REQ_64, length, length, 0));
    world_call(&s, 1, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0);
    assert_refused(REGS_OF(WORLD_UP), FFA_DENIED);
    assert_reason(&s, 1, "a borrower has it");
    partition_call(WORLD_MP, FFA_MEM_RETRIEVE_REQ_64, length, length, 0);
    world_call(&s, 0, FFA_RX_RELEASE);
    write_relinquish(WORLD_MP, handle, 0);
    assert_true(one_piece(WORLD_MP, FFA_MEM_RELINQUISH, 0, 0, 0));
    assert_in_range(reached_pages(WORLD_MP), 1, MANY - 1);
    world_call(&s, 1, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0);
    assert_refused(REGS_OF(WORLD_UP), FFA_DENIED);
    world_respond(&s, 1, 0, 0);
    length = write_request(WORLD_MP, &r);
    assert_refused(by_mp_on_1(FFA_MEM_RETRIEVE_REQ_64, length, length, 0), FFA_DENIED);
    assert_reason(&s, 1, "the caller has it");
}

static void a_reclaim_that_gave_way_ends_all_retrieving(void **state)
{
    uint64_t handle;
    struct said r;

    (void)state;
    say_lent();
    handle = sent_by(WORLD_UP, FFA_MEM_LEND_64);
    r = request(handle, MP_ID, FFA_ACCESS_RW | FFA_ACCESS_NX);
    world_request(&s, 1, WORLD_UP, 0);
    REGS_OF(WORLD_UP)->pc += 4;
    world_call(&s, 1, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0);
    assert_in_range(lent_pages(), 1, MANY - 1);
    retrieve(WORLD_MP, &r);
    assert_refused(REGS_OF(WORLD_MP), FFA_INVALID_PARAMETERS);
    assert_reason(&s, 0, "no such transaction");
    leave();
    assert_int_equal(reached_pages(WORLD_MP), 0);
    while (REGS_OF(WORLD_UP)->x[0] == FFA_MEM_RECLAIM)
        world_event(&s, 1, EVENT_CALL);
    assert_success(REGS_OF(WORLD_UP), 0, 0);
    world_respond(&s, 1, 0, 0);
    assert_all_is_back();
}

static void memory_is_clean_before_its_borrower_sees_it(void **state)
{
    uint64_t handle;
    struct said r;
    uint32_t length;
    unsigned pieces = 0;

    (void)state;
    say_own();
    say_lent();
    said.header.flags = FFA_MEMORY_ZERO;
    said.range[0] = (struct ffa_memory_range){EXTRA(0), 40, 0};
    memset(port_model_memory(EXTRA(0), 41 * PAGE_BYTES), 0x55, 41 * PAGE_BYTES);
    handle = sent_by(WORLD_UP, FFA_MEM_LEND_64);
    r = request(handle, MP_ID, FFA_ACCESS_RW | FFA_ACCESS_NX);
    r.header.flags = FFA_MEMORY_ZERO;
    length = write_request(WORLD_MP, &r);
    world_request(&s, 0, WORLD_MP, 0);
    while (one_piece(WORLD_MP, FFA_MEM_RETRIEVE_REQ_64, length, length, 0)) {
        assert_int_equal(reached_pages(WORLD_MP), 0);
        pieces++;
    }
    assert_true(pieces >= 4);
    assert_int_equal(response(WORLD_MP).header.flags,
                     FFA_MEMORY_LENT << FFA_MEMORY_KIND_SHIFT | FFA_MEMORY_ZERO);
    release(WORLD_MP);
    for (uint64_t i = 0; i < 41 * PAGE_BYTES; i += 8)
        assert_int_equal(*(uint8_t *)port_model_memory(EXTRA(0) + i, 1),
                         i < 40 * PAGE_BYTES ? 0 : 0x55);
    /* It is cleaned once: the second retrieval finds what the first wrote. */
    *(uint8_t *)port_model_memory(EXTRA(39), 1) = 0x66;
    given_up(WORLD_MP, handle);
    r.header.flags = 0;
    retrieve(WORLD_MP, &r);
    response(WORLD_MP);
    release(WORLD_MP);
    assert_int_equal(*(uint8_t *)port_model_memory(EXTRA(39), 1), 0x66);
    /* And on its way back in pieces as well. */
    assert_true(relinquish(WORLD_MP, handle, FFA_MEMORY_ZERO) >= 4);
    leave();
    assert_int_equal(*(uint8_t *)port_model_memory(EXTRA(39), 1), 0);
    memset(port_model_memory(EXTRA(0), 1), 0x77, 1);
    assert_true(reclaim_by(WORLD_UP, handle, FFA_MEMORY_ZERO) >= 4);
    assert_int_equal(*(uint8_t *)port_model_memory(EXTRA(0), 1), 0);
    assert_all_is_back();
}

static void a_full_rx_between_pieces_is_busy_until_it_is_read(void **state)
{
    uint64_t handle = sent_by(WORLD_UP, FFA_MEM_SHARE_64);
    struct said r = request(handle, MP_ID, FFA_ACCESS_RW);
    uint32_t length = write_request(WORLD_MP, &r);

    (void)state;
    world_request(&s, 0, WORLD_MP, 0);
    assert_true(one_piece(WORLD_MP, FFA_MEM_RETRIEVE_REQ_64, length, length, 0));
    s.partitions[WORLD_MP].endpoint.mailbox.state = MAILBOX_FULL;
    assert_false(one_piece(WORLD_MP, FFA_MEM_RETRIEVE_REQ_64, length, length, 0));
    assert_refused(REGS_OF(WORLD_MP), FFA_BUSY);
    world_call(&s, 0, FFA_RX_RELEASE);
    partition_call(WORLD_MP, FFA_MEM_RETRIEVE_REQ_64, length, length, 0);
    assert_int_equal(response(WORLD_MP).ranges, MANY);
    assert_int_equal(reached_pages(WORLD_MP), MANY);
}

static void a_send_that_fails_late_is_undone_piece_by_piece(void **state)
{
    uint64_t last = said.range[MANY - 1].address;
    uint32_t length;

    (void)state;
    say_lent();
    said.range[MANY - 1].address = PAGE(0); /* not its own */
    length = write_said(WORLD_TX(WORLD_UP));
    assert_in_range(in_partition(WORLD_UP, FFA_MEM_LEND_64, length, length, 0), 20, 30);
    assert_refused(REGS_OF(WORLD_UP), FFA_DENIED);
    assert_int_equal(lent_pages(), 0);
    leave();
    said.range[MANY - 1].address = said.range[70].address;
    length = write_said(WORLD_TX(WORLD_UP));
    assert_in_range(in_partition(WORLD_UP, FFA_MEM_LEND_64, length, length, 0), 20, 30);
    assert_refused(REGS_OF(WORLD_UP), FFA_INVALID_PARAMETERS);
    leave();
    assert_all_is_back();
    said.range[MANY - 1].address = last;
    reclaim_by(WORLD_UP, sent_by(WORLD_UP, FFA_MEM_LEND_64), 0);
    assert_all_is_back();
}

static void a_send_that_is_undone_can_be_reclaimed(void **state)
{
    uint32_t length;
    uint64_t handle;

    (void)state;
    say_lent();
    said.range[MANY - 1].address = PAGE(0);
    length = begin_to_send(FFA_MEM_LEND_64);
    for (unsigned i = 0; i < 16; i++)
        assert_true(one_piece(WORLD_UP, FFA_MEM_LEND_64, length, length, 0));
    assert_in_range(lent_pages(), 1, MANY - 20);
    handle = only_handle();
    partition_call(WORLD_UP, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0);
    assert_int_equal(REGS_OF(WORLD_UP)->x[0], FFA_SUCCESS_32);
    assert_int_equal(lent_pages(), 0);
    leave();
    assert_all_is_back();
}

static void a_retrieval_that_fails_late_is_undone_piece_by_piece(void **state)
{
    uint64_t handle;
    struct said r;

    (void)state;
    stage2_map(&s, &s.partitions[WORLD_UP], EXTRA(512), 1, MAP_READ | MAP_WRITE);
    remember();
    said.range[MANY - 1].address = EXTRA(512);
    handle = sent_by(WORLD_UP, FFA_MEM_SHARE_64);
    r = request(handle, MP_ID, FFA_ACCESS_RW);
    s.tables_used = TABLE_MAX - 1 - 1; /* one table is left, two are needed */
    assert_in_range(in_partition(WORLD_MP, FFA_MEM_RETRIEVE_REQ_64, write_request(WORLD_MP, &r),
                                 write_request(WORLD_MP, &r), 0),
                    15, 25);
    assert_refused(REGS_OF(WORLD_MP), FFA_NO_MEMORY);
    for (unsigned i = 0; i < MANY; i++)
        assert_nothing(WORLD_MP, SPACE_SECURE, EXTRA(2 * i));
    leave();
    reclaim_by(WORLD_UP, handle, 0);
}

static void all_pages_of_a_large_donation_change_hands(void **state)
{
    uint64_t handle;
    unsigned up, mp;

    (void)state;
    say_donated();
    handle = sent_by(WORLD_UP, FFA_MEM_DONATE_64);
    up = reached_pages(WORLD_UP);
    taken(WORLD_MP, handle, FFA_ACCESS_NX);
    mp = reached_pages(WORLD_MP);
    assert_int_equal(mp, MANY);
    assert_int_equal(up, 2 * MANY - MANY);
    assert_int_equal(lent_pages(), 0);
    for (unsigned i = 0; i < MANY; i++) {
        assert_int_equal(entry(WORLD_UP, SPACE_SECURE, EXTRA(2 * i)), 0);
        assert_int_equal(entry(WORLD_MP, SPACE_SECURE, EXTRA(2 * i)) & ENTRY_USE, 0);
    }
    assert_true(manifest_is_whole(&s, &s.partitions[WORLD_UP])); /* they are not of its manifest */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin_with_more)
    const struct CMUnitTest tests[] = {
        TEST(a_send_goes_on_piece_by_piece),
        TEST(an_unfinished_send_is_nobodys_yet),
        TEST(a_send_that_fails_late_leaves_nothing),
        TEST(another_send_makes_an_unfinished_one_forgotten),
        TEST(the_last_fragment_gives_way),
        TEST(a_retrieval_in_pieces_is_complete_or_nothing),
        TEST(what_is_half_taken_or_half_given_is_still_borrowed),
        TEST(a_reclaim_that_gave_way_ends_all_retrieving),
        TEST(memory_is_clean_before_its_borrower_sees_it),
        TEST(a_full_rx_between_pieces_is_busy_until_it_is_read),
        TEST(all_pages_of_a_large_donation_change_hands),
        TEST(a_send_that_fails_late_is_undone_piece_by_piece),
        TEST(a_send_that_is_undone_can_be_reclaimed),
        TEST(a_retrieval_that_fails_late_is_undone_piece_by_piece),
    };

    return cmocka_run_group_tests_name("memory_again", tests, NULL, NULL);
}
