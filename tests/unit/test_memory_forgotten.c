/* SPDX-License-Identifier: BSD-3-Clause */
/* Sends of a partition that gave way, and that it does not go on with as it began. */
#include "support/sharing.h"

#define EXTRA(n) (0x0e600000ULL + (n)*PAGE_BYTES) /* UP's as well: 256 pages */
#define MANY 100

static struct regs *regs;

static int begin_with_more(void **state)
{
    begin(state);
    stage2_map(&s, &s.partitions[WORLD_UP], EXTRA(0), 256, MAP_READ | MAP_WRITE);
    remember();
    say_own();
    say_lent();
    say_ranges(EXTRA(0), MANY);
    regs = REGS_OF(WORLD_UP);
    return 0;
}

static unsigned lent_pages(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < 256; i++)
        count += (entry(WORLD_UP, SPACE_SECURE, EXTRA(i)) & ENTRY_LENT) != 0;
    return count;
}

static unsigned in_flight(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        count += s.memory->transactions[i].state != TRANSACTION_FREE;
    return count;
}

/* One page, by another call. */
static void send_another(void)
{
    uint32_t length;

    say_own();
    said.range[0].address = EXTRA(255);
    length = write_said(WORLD_TX(WORLD_UP));
    partition_call(WORLD_UP, FFA_MEM_SHARE_64, length, length, 0);
}

static uint64_t handle_of_part(void)
{
    assert_int_equal(regs->x[0], FFA_MEM_FRAG_RX);
    return regs->x[1] | regs->x[2] << 32;
}

/* After each number of pieces, up to the last. */
static void a_send_is_forgotten_wherever_it_stands(void **state)
{
    (void)state;
    for (unsigned fails = 0; fails < 2; fails++)
        for (unsigned pieces = 1, more = 1; more; pieces++) {
            uint32_t length;

            say_own();
            say_lent();
            say_ranges(EXTRA(0), MANY);
            if (fails)
                said.range[MANY - 1].address = PAGE(0);
            length = write_said(WORLD_TX(WORLD_UP));
            world_request(&s, 0, WORLD_UP, 0);
            for (unsigned i = 0; more && i < pieces; i++)
                more = one_piece(WORLD_UP, FFA_MEM_LEND_64, length, length, 0);
            if (!more && !fails)
                partition_call(WORLD_UP, FFA_MEM_RECLAIM, (uint32_t)regs->x[2], regs->x[3], 0);
            send_another();
            partition_call(WORLD_UP, FFA_MEM_RECLAIM, (uint32_t)handle_of(regs), regs->x[3], 0);
            assert_success(regs, 0, 0);
            leave();
            assert_int_equal(lent_pages(), 0);
            assert_all_is_back();
        }
}

/* What it claimed goes back in pieces, before the call that it is forgotten for. */
static void forgetting_gives_way_too(void **state)
{
    uint32_t length;
    unsigned lent, pieces;

    (void)state;
    length = write_said(WORLD_TX(WORLD_UP));
    world_request(&s, 0, WORLD_UP, 0);
    for (unsigned i = 0; i < 8; i++)
        assert_true(one_piece(WORLD_UP, FFA_MEM_LEND_64, length, length, 0));
    lent = lent_pages();
    say_own();
    said.range[0].address = EXTRA(255);
    length = write_said(WORLD_TX(WORLD_UP));
    for (pieces = 0; one_piece(WORLD_UP, FFA_MEM_SHARE_64, length, length, 0); pieces++) {
        assert_true(lent_pages() < lent);
        lent = lent_pages();
    }
    assert_true(pieces > 2);
    assert_int_equal(lent_pages(), 0);
    assert_int_equal(in_flight(), 1);
    partition_call(WORLD_UP, FFA_MEM_RECLAIM, (uint32_t)handle_of(regs), regs->x[3], 0);
    leave();
}

static void a_fragment_of_another_send_forgets_it(void **state)
{
    uint32_t length;
    uint64_t handle;

    (void)state;
    say_own();
    said.ranges = 2;
    said.range[0] = (struct ffa_memory_range){EXTRA(250), 1, 0};
    said.range[1] = (struct ffa_memory_range){EXTRA(252), 1, 0};
    length = write_said(WORLD_TX(WORLD_UP));
    world_request(&s, 0, WORLD_UP, 0);
    one_piece(WORLD_UP, FFA_MEM_SHARE_64, length, length - 16, 0);
    handle = handle_of_part();
    say_lent();
    say_ranges(EXTRA(0), MANY);
    length = write_said(WORLD_TX(WORLD_UP));
    for (unsigned i = 0; i < 8; i++)
        assert_true(one_piece(WORLD_UP, FFA_MEM_LEND_64, length, length, 0));
    assert_int_equal(in_flight(), 2);
    assert_true(lent_pages() > 0);
    memcpy(port_model_memory(WORLD_TX(WORLD_UP), 16), &(struct ffa_memory_range){EXTRA(252), 1, 0},
           16);
    partition_call(WORLD_UP, FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, 16);
    assert_int_equal(handle_of(regs), handle);
    leave();
    assert_int_equal(in_flight(), 1);
    assert_int_equal(lent_pages(), 0);
}

/* Two sends alike, in fragments, of which each fragment gives way. */
static void fragments_that_gave_way_do_not_mix(void **state)
{
    static uint8_t whole[2][4096];
    uint8_t *out = port_model_memory(WORLD_TX(WORLD_UP), PAGE_BYTES);
    uint64_t handle[2];
    uint32_t length, head;

    (void)state;
    for (unsigned n = 0; n < 2; n++) {
        say_ranges(EXTRA(n), MANY);
        length = said_bytes(&said, whole[n], sizeof(whole[n]));
    }
    head = length - MANY * 16;
    world_request(&s, 0, WORLD_UP, 0);
    for (unsigned n = 0; n < 2; n++) {
        memcpy(out, whole[n], head);
        one_piece(WORLD_UP, FFA_MEM_LEND_64, length, head, 0);
        handle[n] = handle_of_part();
        memcpy(out, whole[n] + head, 50 * 16);
        partition_call(WORLD_UP, FFA_MEM_FRAG_TX, (uint32_t)handle[n], handle[n] >> 32, 50 * 16);
        assert_int_equal(handle_of_part(), handle[n]);
        assert_int_equal(regs->x[3], head + 50 * 16);
    }
    assert_true(handle[0] != handle[1]);
    for (unsigned n = 0; n < 2; n++) {
        memcpy(out, whole[n] + head + 50 * 16, 50 * 16);
        partition_call(WORLD_UP, FFA_MEM_FRAG_TX, (uint32_t)handle[n], handle[n] >> 32, 50 * 16);
        assert_int_equal(handle_of(regs), handle[n]);
    }
    leave();
    assert_int_equal(lent_pages(), 2 * MANY);
    for (unsigned n = 0; n < 2; n++)
        reclaim_by(WORLD_UP, handle[n], 0);
    assert_all_is_back();
}

/* What it says when it goes on is a claim as well: TX ends where it ends. */
static void a_send_does_not_go_on_behind_tx(void **state)
{
    static uint8_t whole[8192];
    uint32_t length, head;

    (void)state;
    say_ranges(EXTRA(0), 300);
    length = said_bytes(&said, whole, sizeof(whole));
    head = length - 300 * 16;
    head += (PAGE_BYTES - head) / 16 * 16;
    memcpy(port_model_memory(WORLD_TX(WORLD_UP), head), whole, head);
    world_request(&s, 0, WORLD_UP, 0);
    assert_true(one_piece(WORLD_UP, FFA_MEM_LEND_64, length, head, 0));
    assert_false(one_piece(WORLD_UP, FFA_MEM_LEND_64, length, length, 0));
    assert_refused(regs, FFA_INVALID_PARAMETERS);
    assert_reason(&s, 0, "a length that does not fit");
    partition_call(WORLD_UP, FFA_MEM_LEND_64, length, head, 0);
    assert_int_equal(regs->x[0], FFA_MEM_FRAG_RX);
    leave();
}

/* Read-only pages are not zeroed: but these were never lent, and come back as they were. */
static void what_was_half_lent_comes_back_whatever_is_asked(void **state)
{
    uint64_t handle;
    uint32_t length;

    (void)state;
    said.access[0].permissions = FFA_ACCESS_RO;
    said.ranges = 2;
    said.range[0] = (struct ffa_memory_range){WORLD_NORMAL_REGION(WORLD_UP), 1, 0};
    said.range[1] = (struct ffa_memory_range){EXTRA(0), 1, 0}; /* which is not read-only */
    length = write_said(WORLD_TX(WORLD_UP));
    in_partition(WORLD_UP, FFA_MEM_LEND_64, length, length - 16, 0);
    handle = handle_of_part();
    memcpy(port_model_memory(WORLD_TX(WORLD_UP), 16), &said.range[1], 16);
    assert_true(one_piece(WORLD_UP, FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, 16));
    partition_call(WORLD_UP, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, FFA_MEMORY_ZERO);
    assert_success(regs, 0, 0);
    assert_reaches(WORLD_UP, SPACE_NON_SECURE, WORLD_NORMAL_REGION(WORLD_UP), RO_NX);
    assert_int_equal(in_flight(), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin_with_more)
    const struct CMUnitTest tests[] = {
        TEST(a_send_is_forgotten_wherever_it_stands),
        TEST(forgetting_gives_way_too),
        TEST(a_fragment_of_another_send_forgets_it),
        TEST(fragments_that_gave_way_do_not_mix),
        TEST(a_send_does_not_go_on_behind_tx),
        TEST(what_was_half_lent_comes_back_whatever_is_asked),
    };

    return cmocka_run_group_tests_name("memory_forgotten", tests, NULL, NULL);
}
