/* SPDX-License-Identifier: BSD-3-Clause */
/* Every limit of memory transactions, and what is said at it: docs/LIMITS.md. */
#include "core/ledger.h"
#include "support/sharing.h"

#define INVALID FFA_INVALID_PARAMETERS
#define LIMIT "more ranges or pages than the limit"

/* A world with 4 GiB of Normal memory, of which only the first part can be read and written. */
static int begin_large(void **state)
{
    begin(state);
    s.normal_memory = (struct ranges){2, {{0x40000000, 0x08000000}, {0x48000000, 0xf8000000}}};
    remember();
    return 0;
}

static uint8_t whole[48 + 16 + 16 + (TRANSACTION_RANGES_MAX + 1) * 16];

/* In as many fragments as it takes; the answer to the last one is left in the registers. */
static void send_all(uint32_t function)
{
    uint32_t length = said_bytes(&said, whole, sizeof(whole));
    uint32_t at = length < PAGE_BYTES ? length : PAGE_BYTES;
    uint64_t handle;

    memcpy(tx(), whole, at);
    world_normal_call(&s, 0, function, length, at);
    handle = normal->x[1] | normal->x[2] << 32;
    while (normal->x[0] == FFA_MEM_FRAG_RX) {
        uint32_t bytes = length - at < PAGE_BYTES ? length - at : PAGE_BYTES;
        memcpy(tx(), whole + at, bytes);
        at += bytes;
        world_normal_call(&s, 0, FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, bytes);
    }
}

static void as_many_ranges_as_the_limit(void **state)
{
    uint64_t handle;
    struct said r;

    (void)state;
    say_ranges(0x41000000, TRANSACTION_RANGES_MAX);
    send_all(FFA_MEM_SHARE_64);
    handle = handle_of(normal);
    r = request(handle, UP_ID, FFA_ACCESS_RW);
    retrieve(WORLD_UP, &r);
    r = response(WORLD_UP);
    assert_int_equal(r.composite.count, TRANSACTION_RANGES_MAX);
    release(WORLD_UP);
    assert_reaches(WORLD_UP, SPACE_NON_SECURE,
                   0x41000000 + 2 * (TRANSACTION_RANGES_MAX - 1) * PAGE_BYTES, RW_NX);
    given_up(WORLD_UP, handle);
    reclaimed(handle);
    assert_all_is_back();
    say_ranges(0x41000000, TRANSACTION_RANGES_MAX + 1);
    send_all(FFA_MEM_SHARE_64);
    assert_refused(normal, FFA_NO_MEMORY);
    assert_reason(&s, 0, LIMIT);
    assert_all_is_back();
}

static void as_many_pages_as_the_limit(void **state)
{
    uint64_t handle;

    (void)state;
    said.range[0] = (struct ffa_memory_range){0x50001000, TRANSACTION_PAGES_MAX, 0};
    handle = sent(FFA_MEM_SHARE_64);
    taken(WORLD_UP, handle, FFA_ACCESS_RW);
    assert_reaches(WORLD_UP, SPACE_NON_SECURE,
                   0x50001000 + (TRANSACTION_PAGES_MAX - 1) * PAGE_BYTES, RW_NX);
    assert_nothing(WORLD_UP, SPACE_NON_SECURE, 0x50001000 + TRANSACTION_PAGES_MAX * PAGE_BYTES);
    given_up(WORLD_UP, handle);
    reclaimed(handle);
    assert_all_is_back();
    said.range[0].pages++;
    normal_send(FFA_MEM_SHARE_64);
    assert_no(normal, FFA_NO_MEMORY, LIMIT);
}

static void aligned_memory_is_lent_in_blocks(void **state)
{
    uint64_t handle;

    (void)state;
    said.range[0] = (struct ffa_memory_range){0x50000000, TRANSACTION_PAGES_MAX, 0};
    handle = sent(FFA_MEM_SHARE_64);
    taken(WORLD_UP, handle, FFA_ACCESS_RW);
    assert_int_equal(entry(WORLD_UP, SPACE_NON_SECURE, 0x50234000) & ENTRY_TABLE_OR_PAGE, 0);
    assert_reaches(WORLD_UP, SPACE_NON_SECURE, 0x50234000, RW_NX);
    given_up(WORLD_UP, handle);
    assert_nothing(WORLD_UP, SPACE_NON_SECURE, 0x50234000);
    reclaimed(handle);
    assert_all_is_back();
}

static void as_many_transactions_as_the_limit(void **state)
{
    static uint64_t handles[TRANSACTION_MAX];

    (void)state;
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        said.range[0].address = PAGE(i);
        handles[i] = sent(FFA_MEM_SHARE_64);
        for (unsigned j = 0; j < i; j++)
            assert_true(handles[j] != handles[i]);
    }
    said.range[0].address = PAGE(TRANSACTION_MAX);
    remember();
    normal_send(FFA_MEM_SHARE_64);
    assert_no(normal, FFA_NO_MEMORY, "no more transactions, or ranges");
    reclaimed(handles[77]);
    assert_true(sent(FFA_MEM_SHARE_64) != handles[77]);
    reclaim(handles[77], 0);
    assert_refused(normal, INVALID);
    reclaimed(handles[76]);
}

/* However it sends: not one page need be there. */
static void a_partition_leaves_transactions_to_others(void **state)
{
    uint32_t length;

    (void)state;
    say_own();
    length = write_said(WORLD_TX(WORLD_UP));
    world_request(&s, 0, WORLD_UP, 0);
    for (unsigned i = 0; i < TRANSACTION_SENT_MAX; i++) {
        world_call(&s, 0, FFA_MEM_SHARE_64, length, length - 16);
        assert_int_equal(REGS_OF(WORLD_UP)->x[0], FFA_MEM_FRAG_RX);
    }
    world_call(&s, 0, FFA_MEM_SHARE_64, length, length - 16);
    assert_refused(REGS_OF(WORLD_UP), FFA_NO_MEMORY);
    assert_reason(&s, 0, "no more transactions, or ranges");
    leave();
    say_usual();
    (void)sent(FFA_MEM_SHARE_64);
}

static void a_handle_is_another_for_65536_uses_of_its_place(void **state)
{
    uint64_t first = sent(FFA_MEM_SHARE_64), handle = first;

    (void)state;
    reclaimed(first);
    for (unsigned i = 0; i < 70000; i++) {
        struct transaction *t = transaction_new(&s);
        assert_int_equal(t->handle % 256, first % 256);
        assert_true(t->handle > handle);
        handle = t->handle;
        transaction_free(&s, t);
    }
    reclaim(first, 0);
    assert_refused(normal, INVALID);
    /* The highest bit is never set. */
    s.memory->transactions[first % 256].handle = INT64_MAX - 255 + first % 256;
    assert_int_equal(sent(FFA_MEM_SHARE_64), first % 256);
}

static void as_many_chunks_as_the_limit(void **state)
{
    uint64_t handle = 0;
    unsigned count = 0;

    (void)state;
    for (; count < TRANSACTION_MAX; count++) {
        say_ranges(0x41000000 + 0x00800000 * count, TRANSACTION_RANGES_MAX);
        send_all(FFA_MEM_SHARE_64);
        if (normal->x[0] != FFA_SUCCESS_32)
            break;
        handle = handle_of(normal);
        if (count == (CHUNK_MAX - 1) / 17 - 1)
            remember();
    }
    assert_int_equal(count, (CHUNK_MAX - 1) / 17); /* 512 ranges are 17 chunks */
    assert_refused(normal, FFA_NO_MEMORY);
    assert_reason(&s, 0, "no more transactions, or ranges");
    assert_all_is_back();
    reclaimed(handle);
    send_all(FFA_MEM_SHARE_64);
    handle_of(normal);
}

static void as_many_borrowers_as_the_limit(void **state)
{
    uint64_t handle;

    (void)state;
    said.borrowers = BORROWER_MAX;
    for (unsigned i = 1; i < BORROWER_MAX; i++) {
        said.access[i] = said.access[0];
        said.access[i].id = (uint16_t)(i + 1);
    }
    handle = sent(FFA_MEM_SHARE_64);
    reclaimed(handle);
    said.borrowers++;
    said.access[BORROWER_MAX] = said.access[0];
    said.access[BORROWER_MAX].id = 77;
    remember();
    normal_send(FFA_MEM_SHARE_64);
    assert_no(normal, INVALID, "entries that do not fit");
}

/* Each range needs a table of its own. */
static void as_many_tables_as_the_pool_has(void **state)
{
    unsigned first = before.free_tables;
    uint64_t handle;
    struct said r;

    (void)state;
    said.ranges = first + 1;
    for (unsigned i = 0; i < said.ranges; i++)
        said.range[i] = (struct ffa_memory_range){0x42001000 + i * 0x200000ULL, 1, 0};
    said.borrowers = 2;
    said.access[1] = said.access[0];
    said.access[1].id = MP_ID;
    handle = sent(FFA_MEM_SHARE_64);
    r = request(handle, UP_ID, 0);
    r.header.flags = FFA_MEMORY_ONE_BORROWER;
    retrieve(WORLD_UP, &r);
    assert_refused(REGS_OF(WORLD_UP), FFA_NO_MEMORY);
    assert_reason(&s, 0, "no more tables, or the memory is gone");
    leave();
    assert_nothing(WORLD_UP, SPACE_NON_SECURE, 0x42001000);
    reclaimed(handle);
    said.ranges = first / 2;
    handle = sent(FFA_MEM_SHARE_64);
    r.header.handle = handle;
    retrieve(WORLD_UP, &r);
    assert_int_equal(REGS_OF(WORLD_UP)->x[0], FFA_MEM_RETRIEVE_RESP);
    release(WORLD_UP);
    given_up(WORLD_UP, handle);
    reclaimed(handle);
}

static void the_ledger_has_an_end(void **state)
{
    uint64_t last = 0x40000000 + (NORMAL_PAGES_MAX - 1) * PAGE_BYTES;

    (void)state;
    s.normal_memory.range[1].size = 0x100000000;
    said.range[0].address = last;
    reclaimed(sent(FFA_MEM_SHARE_64));
    remember();
    said.range[0].pages = 2;
    normal_send(FFA_MEM_SHARE_64);
    assert_no(normal, FFA_DENIED, "memory that is not the sender's alone");
    said.range[0] = (struct ffa_memory_range){last + PAGE_BYTES, 1, 0};
    normal_send(FFA_MEM_SHARE_64);
    assert_no(normal, FFA_DENIED, "memory that is not the sender's alone");
}

/* ---- The ledger itself ---- */

static void each_bit_of_the_ledger_is_a_page(void **state)
{
    const uint64_t *taken = s.memory->taken;

    (void)state;
    for (unsigned first = 0; first < 130; first += 13)
        for (unsigned pages = 1; pages < 200; pages += 7) {
            uint64_t base = 0x48000000 + first * PAGE_BYTES;
            unsigned number = 0x8000 + first;

            assert_true(ledger_take(&s, base, pages));
            for (unsigned i = 0; i < 400; i++)
                assert_int_equal(taken[(0x8000 + i) / 64] >> i % 64 & 1,
                                 0x8000 + i >= number && 0x8000 + i < number + pages);
            for (unsigned i = 0; i < pages; i++)
                assert_false(ledger_take(&s, base + i * PAGE_BYTES, 1));
            assert_false(ledger_take(&s, base - 3 * PAGE_BYTES, 4));
            assert_false(ledger_take(&s, base + (pages - 1) * PAGE_BYTES, 100));
            assert_true(ledger_take(&s, base + pages * PAGE_BYTES, 1));
            ledger_give(&s, base + pages * PAGE_BYTES, 1);
            assert_true(ledger_take(&s, base - PAGE_BYTES, 1));
            ledger_give(&s, base - PAGE_BYTES, 1);
            ledger_give(&s, base, pages);
            for (unsigned i = 0; i < 400; i++)
                assert_int_equal(taken[(0x8000 + i) / 64] >> i % 64 & 1, 0);
        }
    assert_false(ledger_take(&s, WORLD_LOAD(0), 1));
    assert_false(ledger_take(&s, 0, 1));
    assert_nothing_changed();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin_large)
    const struct CMUnitTest tests[] = {
        TEST(as_many_ranges_as_the_limit),
        TEST(as_many_pages_as_the_limit),
        TEST(aligned_memory_is_lent_in_blocks),
        TEST(as_many_transactions_as_the_limit),
        TEST(a_partition_leaves_transactions_to_others),
        TEST(a_handle_is_another_for_65536_uses_of_its_place),
        TEST(as_many_chunks_as_the_limit),
        TEST(as_many_borrowers_as_the_limit),
        TEST(as_many_tables_as_the_pool_has),
        TEST(the_ledger_has_an_end),
        TEST(each_bit_of_the_ledger_is_a_page),
    };

    return cmocka_run_group_tests_name("memory_limits", tests, NULL, NULL);
}
