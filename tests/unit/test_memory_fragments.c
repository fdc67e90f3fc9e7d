/* SPDX-License-Identifier: BSD-3-Clause */
/* Descriptions that are sent in fragments. */
#include "support/sharing.h"

#define INVALID FFA_INVALID_PARAMETERS
#define NOT_WHOLE "a length that does not fit"
#define RANGES 6

static uint8_t whole[8192];

/* Six ranges, and the length of the description. */
static uint32_t describe(uint16_t sender)
{
    if (sender & FFA_ID_SECURE)
        say_own();
    else
        say_usual();
    said.header.sender = sender;
    said.ranges = RANGES;
    for (unsigned i = 0; i < RANGES; i++)
        said.range[i] =
            (struct ffa_memory_range){sender & FFA_ID_SECURE ? OWN(i) : PAGE(2 * i), 1, 0};
    return said_bytes(&said, whole, sizeof(whole));
}

static uint64_t begun(uint32_t length, uint32_t first)
{
    memcpy(tx(), whole, first);
    world_normal_call(&s, 0, FFA_MEM_SHARE_64, length, first);
    assert_int_equal(normal->x[0], FFA_MEM_FRAG_RX);
    assert_int_equal(normal->x[3], first);
    assert_int_equal(normal->x[4], (uint64_t)said.header.sender << 16);
    assert_int_equal(normal->x[5] | normal->x[6] | normal->x[7], 0);
    return normal->x[1] | normal->x[2] << 32;
}

static void go_on(uint64_t handle, uint32_t at, uint32_t bytes, uint32_t w4)
{
    memcpy(tx(), whole + at, bytes);
    world_normal_call(&s, 0, FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, bytes, w4);
}

/* Whether the transaction has just these ranges. */
static void assert_ranges(uint64_t handle)
{
    const struct transaction *t = transaction_find(&s, handle);

    assert_non_null(t);
    assert_int_equal(t->state, TRANSACTION_SENT);
    assert_int_equal(t->ranges, said.ranges);
    for (unsigned i = 0; i < said.ranges; i++) {
        assert_int_equal(transaction_range(&s, t, i)->first, said.range[i].address / PAGE_BYTES);
        assert_int_equal(transaction_range(&s, t, i)->count, said.range[i].pages);
    }
}

static void a_description_is_cut_between_any_ranges(void **state)
{
    static const uint16_t senders[] = {0, 7};

    (void)state;
    for (unsigned who = 0; who < COUNT(senders); who++)
        for (unsigned cuts = 0; cuts < 1U << RANGES; cuts++) {
            uint32_t length = describe(senders[who]);
            uint32_t at = length - RANGES * 16;
            uint32_t next = at;
            uint64_t handle;

            if (!(cuts & 1)) /* else the first fragment has no range */
                for (next += 16; next < length && !(cuts & 1U << (next - at) / 16);)
                    next += 16;
            if (next == length)
                continue;
            handle = begun(length, next);
            for (uint32_t from = next; from < length; from = next) {
                for (next += 16; next < length && !(cuts & 1U << (next - at) / 16);)
                    next += 16;
                go_on(handle, from, next - from, senders[who] << 16);
                if (next < length) {
                    assert_int_equal(normal->x[0], FFA_MEM_FRAG_RX);
                    assert_int_equal(normal->x[3], next);
                }
            }
            assert_int_equal(handle_of(normal), handle);
            assert_ranges(handle);
            reclaimed(handle);
        }
    assert_all_is_back();
}

static void a_partition_sends_in_fragments(void **state)
{
    struct regs *regs = REGS_OF(WORLD_UP);
    uint8_t *out = port_model_memory(WORLD_TX(WORLD_UP), PAGE_BYTES);
    uint32_t length = describe(UP_ID), at = length - RANGES * 16;
    uint64_t handle;

    (void)state;
    memcpy(out, whole, at);
    in_partition(WORLD_UP, FFA_MEM_SHARE_32, length, at, 0);
    assert_answer(regs, FFA_MEM_FRAG_RX, regs->x[1], regs->x[2], at);
    handle = regs->x[1] | regs->x[2] << 32;
    remember();
    world_call(&s, 0, FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, 16, (uint64_t)UP_ID << 16);
    assert_no(regs, INVALID, "another sender");
    leave();
    in_partition(WORLD_MP, FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, 16);
    assert_no(REGS_OF(WORLD_MP), INVALID, "no such transaction");
    leave();
    go_on(handle, at, 16, (uint64_t)UP_ID << 16);
    assert_no(normal, INVALID, "no such transaction");
    for (; at < length; at += 16) {
        memcpy(out, whole + at, 16);
        in_partition(WORLD_UP, FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, 16);
        assert_int_equal(regs->x[0], at + 16 < length ? FFA_MEM_FRAG_RX : FFA_SUCCESS_32);
        leave();
    }
    assert_ranges(handle);
}

static void what_is_sent_in_part_is_nobodys_to_use(void **state)
{
    uint32_t length = describe(0);
    uint64_t handle = begun(length, length - 16);
    struct said r = request(handle, UP_ID, 0);

    (void)state;
    remember();
    retrieve(WORLD_UP, &r);
    assert_no(REGS_OF(WORLD_UP), INVALID, "no such transaction");
    leave();
    relinquish(WORLD_UP, handle, 0);
    assert_no(REGS_OF(WORLD_UP), INVALID, "no such transaction");
    leave();
    in_partition(WORLD_UP, FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, 96);
    assert_no(REGS_OF(WORLD_UP), INVALID, "the caller is no borrower");
    leave();
    world_normal_call(&s, 0, FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, 96);
    assert_no(normal, INVALID, "not where the last part ended");
    /* Nor has it its pages yet: another may have them first. */
    said.ranges = 1;
    reclaimed(sent(FFA_MEM_SHARE_64));
    sent(FFA_MEM_SHARE_64);
    go_on(handle, length - 16, 16, 0);
    assert_refused(normal, FFA_DENIED);
    assert_reason(&s, 0, "memory that is not the sender's alone");
    assert_null(transaction_find(&s, handle));
}

static void two_that_are_sent_at_once_stay_apart(void **state)
{
    static uint8_t other[8192];
    uint32_t length = describe(0), n;
    uint64_t first, second;
    struct said one = said;

    (void)state;
    first = begun(length, length - 64);
    memcpy(other, whole, sizeof(whole));
    describe(7);
    for (unsigned i = 0; i < RANGES; i++)
        said.range[i].address += PAGE_BYTES;
    said_bytes(&said, whole, sizeof(whole));
    second = begun(length, length - 48);
    assert_true(first != second);
    remember();
    go_on(second, length - 48, 16, 0);
    assert_no(normal, INVALID, "another sender");
    for (n = 0; n < 4; n++) {
        memcpy(tx(), other + length - 64 + 16 * n, 16);
        world_normal_call(&s, 0, FFA_MEM_FRAG_TX, (uint32_t)first, first >> 32, 16);
        if (n < 3)
            go_on(second, length - 48 + 16 * n, 16, 7 << 16);
    }
    assert_ranges(second);
    said = one;
    assert_ranges(first);
    reclaimed(first);
    reclaimed(second);
    assert_null(transaction_find(&s, first));
}

static void a_fragment_that_cannot_be_changes_nothing(void **state)
{
    uint32_t length = describe(3);
    uint64_t handle = begun(length, length - 64);

    (void)state;
    remember();
    go_on(handle, length - 64, 16, 0);
    assert_no(normal, INVALID, "another sender");
    go_on(handle, length - 64, 16, 4 << 16);
    assert_no(normal, INVALID, "another sender");
    go_on(handle, length - 64, 16, 3 << 16 | 1);
    assert_no(normal, INVALID, "another sender");
    go_on(handle, length - 64, 0, 3 << 16);
    assert_no(normal, INVALID, "a length that does not fit");
    world_normal_call(&s, 0, FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, PAGE_BYTES + 16,
                      3 << 16);
    assert_no(normal, INVALID, "a length that does not fit");
    go_on(handle + 0x100, length - 64, 16, 3 << 16);
    assert_no(normal, INVALID, "no such transaction");
    go_on(handle, length - 64, 64, 3 << 16);
    assert_int_equal(handle_of(normal), handle);
    remember();
    go_on(handle, length - 64, 16, 3 << 16);
    assert_no(normal, INVALID, "no such transaction");
    reclaimed(handle);
}

/* One that cannot belong to the rest ends the transaction. */
static void a_wrong_fragment_ends_it(void **state)
{
    static const struct {
        uint32_t bytes;
        const char *reason;
    } wrong[] = {{8, NOT_WHOLE}, {20, NOT_WHOLE}, {80, NOT_WHOLE}, {64, "a range that cannot be"}};

    (void)state;
    for (unsigned i = 0; i < COUNT(wrong); i++) {
        uint32_t length = describe(0);
        uint64_t handle = begun(length, length - 64);
        uint64_t address = 1;

        if (wrong[i].bytes == 64)
            memcpy(whole + length - 16, &address, 8);
        go_on(handle, length - 64, wrong[i].bytes, 0);
        assert_refused(normal, INVALID);
        assert_reason(&s, 0, wrong[i].reason);
        assert_null(transaction_find(&s, handle));
        assert_all_is_back();
        reclaim(handle, 0);
        assert_refused(normal, INVALID);
    }
}

static void tx_that_is_gone_ends_it(void **state)
{
    uint32_t length = describe(0);
    uint64_t handle;

    (void)state;
    for (int i = 0; i < 4; i++) {
        write_said(WORLD_NORMAL_TX);
        remember();
        port_model.copies_in_until_fault = i;
        world_normal_call(&s, 0, FFA_MEM_SHARE_64, length, length);
        port_model.copies_in_until_fault = MODEL_NEVER;
        assert_no(normal, FFA_ABORTED, "TX is gone");
    }
    handle = begun(length, length - 64);
    port_model.copies_in_until_fault = 0;
    go_on(handle, length - 64, 64, 0);
    port_model.copies_in_until_fault = MODEL_NEVER;
    assert_refused(normal, FFA_ABORTED);
    assert_reason(&s, 0, "TX is gone");
    assert_all_is_back();
    handle = begun(length, length - 64);
    world_normal_call(&s, 0, FFA_RXTX_UNMAP);
    go_on(handle, length - 64, 64, 0);
    assert_refused(normal, INVALID);
    assert_reason(&s, 0, "a length that does not fit");
}

static void registers_of_a_send(void **state)
{
    uint32_t length = describe(0), head = length - RANGES * 16;
    const struct {
        uint64_t x1, x2, x3, x4;
        const char *reason;
    } wrong[] = {
        {length, length + 16, 0, 0, "a length that does not fit"},
        {length, length, PAGE(0), 0, "in parts, or not in TX"},
        {length, length, 0, 1, "in parts, or not in TX"},
        {length, 0, 0, 0, "a length that does not fit"},
        {length, 47, 0, 0, "a length that does not fit"},
        {length, 48, 0, 0, "entries that do not fit"},
        {length, 64, 0, 0, "a composite that does not fit"},
        {length, head - 1, 0, 0, "a composite that does not fit"},
        {2 * PAGE_BYTES, PAGE_BYTES + 16, 0, 0, "a length that does not fit"},
        {length, head + 8, 0, 0, NOT_WHOLE},
        {length + 16, length, 0, 0, "a length that does not fit"},
        {length - 16, length - 16, 0, 0, "a length that does not fit"},
        {UINT32_MAX, length, 0, 0, "a length that does not fit"},
    };

    (void)state;
    write_said(WORLD_NORMAL_TX);
    remember();
    for (unsigned i = 0; i < COUNT(wrong); i++) {
        world_normal_call(&s, 0, FFA_MEM_SHARE_64, wrong[i].x1, wrong[i].x2, wrong[i].x3,
                          wrong[i].x4);
        assert_no(normal, INVALID, wrong[i].reason);
    }
    world_normal_call(&s, 0, FFA_MEM_SHARE_64 | FFA_SVE_HINT, 0xabULL << 32 | length,
                      0xcdULL << 32 | length);
    reclaimed(handle_of(normal));
    assert_all_is_back();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(a_description_is_cut_between_any_ranges),
        TEST(a_partition_sends_in_fragments),
        TEST(what_is_sent_in_part_is_nobodys_to_use),
        TEST(two_that_are_sent_at_once_stay_apart),
        TEST(a_fragment_that_cannot_be_changes_nothing),
        TEST(a_wrong_fragment_ends_it),
        TEST(tx_that_is_gone_ends_it),
        TEST(registers_of_a_send),
    };

    return cmocka_run_group_tests_name("memory_fragments", tests, NULL, NULL);
}
