/* SPDX-License-Identifier: BSD-3-Clause */
/* The texts of the image: what tools/texts.py packs comes out as it was. */
#include "core/texts.h"
#include "support/unit.h"

static void what_is_no_pair_is_itself(void **state)
{
    static const uint8_t packed[2 * TEXT_PAIRS + 3] = {[2 * TEXT_PAIRS] = 'a', 0, 127};
    char to[4] = {1, 1, 1, 1};

    (void)state;
    texts_unpack(to, to + 3, packed);
    assert_memory_equal(to, "a\0\177\1", 4);
}

static void pairs_of_pairs_come_out_in_order(void **state)
{
    /* 128 is "ab", 129 is "abab", 130 is "abab" and a zero; the last pair is as good as the first.
     */
    static const uint8_t packed[2 * TEXT_PAIRS + 4] = {
        'a', 'b', 128, 128, 129, 0, [2 * TEXT_PAIRS - 2] = 'z', 130, [2 * TEXT_PAIRS] = 255,
        'c', 128, 'd'};
    char to[10];

    (void)state;
    to[9] = 'x';
    texts_unpack(to, to + 9, packed);
    assert_memory_equal(to, "zabab\0cabx", 10);
}

static void a_pair_that_ends_at_the_end_is_the_last(void **state)
{
    static const uint8_t packed[2 * TEXT_PAIRS + 2] = {'a', 'b', [2 * TEXT_PAIRS] = 128, 128};
    char to[3] = {'-', '-', '-'};

    (void)state;
    texts_unpack(to, to + 2, packed);
    assert_memory_equal(to, "ab-", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_pair_is_itself),
        cmocka_unit_test(pairs_of_pairs_come_out_in_order),
        cmocka_unit_test(a_pair_that_ends_at_the_end_is_the_last),
    };

    return cmocka_run_group_tests_name("texts", tests, NULL, NULL);
}
