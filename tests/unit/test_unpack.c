/* SPDX-License-Identifier: BSD-3-Clause */
/* Unpacking: what tools/image.py packs comes out as it was, and no stream writes beside its buffer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/unpack.h"
#include "support/unit.h"

#define BYTES 0x20000

static uint8_t plain[BYTES], packed[2 * BYTES], out[BYTES];
static uint16_t work[UNPACK_WORDS];

/* Packs the first `size` bytes of `plain`, as the build does; returns the size of the stream. */
static size_t pack(size_t size)
{
    char name[] = "/tmp/unpack-XXXXXX", command[64];
    int fd = mkstemp(name);
    FILE *file;

    assert_true(fd >= 0);
    file = fdopen(fd, "wb");
    assert_int_equal(fwrite(plain, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(command, sizeof(command), "python3 tools/image.py stream %s", name);
    file = popen(command, "r");
    assert_non_null(file);
    size = fread(packed, 1, sizeof(packed), file);
    assert_int_equal(pclose(file), 0);
    assert_int_equal(remove(name), 0);
    return size;
}

/* Buffers of their own from the heap: the sanitizer knows their ends. */
static bool unpack_exactly(size_t to_size, size_t from_size)
{
    uint8_t *to = malloc(to_size + (to_size == 0)), *from = malloc(from_size + (from_size == 0));
    uint16_t *odds = malloc(sizeof(work));
    bool good;

    memcpy(from, packed, from_size);
    memset(odds, 0xa5, sizeof(work));
    good = unpack(to, to_size, from, from_size, odds);
    memcpy(out, to, to_size);
    free(to);
    free(from);
    free(odds);
    return good;
}

static void comes_out(size_t size)
{
    size_t from_size = pack(size);

    assert_true(unpack_exactly(size, from_size));
    assert_memory_equal(out, plain, size);
}

static size_t read_file(const char *name)
{
    FILE *file = fopen(name, "rb");
    size_t size;

    assert_non_null(file);
    size = fread(plain, 1, sizeof(plain), file);
    assert_int_equal(fclose(file), 0);
    return size;
}

static void code_comes_out(void **state)
{
    (void)state;
    comes_out(read_file("/proc/self/exe"));
}

static void text_comes_out(void **state)
{
    (void)state;
    comes_out(read_file("core/unpack.c"));
}

static void zeros_come_out(void **state)
{
    (void)state;
    memset(plain, 0, BYTES);
    comes_out(BYTES);
}

static void one_byte_comes_out(void **state)
{
    (void)state;
    plain[0] = 0x5a;
    comes_out(1);
}

static uint32_t random_word(uint32_t *seed)
{
    return *seed = *seed * 1664525 + 1013904223;
}

static void noise_comes_out(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (size_t i = 0; i < BYTES; i++)
        plain[i] = (uint8_t)(random_word(&seed) >> 24);
    comes_out(BYTES);
}

/* Matches of all lengths at all distances, the last four again in every order. */
static void repeats_come_out(void **state)
{
    uint32_t seed = 2;
    size_t i = 0;

    (void)state;
    while (i < BYTES) {
        uint32_t kind = random_word(&seed) >> 28;
        size_t back = 1 + (random_word(&seed) >> 8) % (i < 4 || kind < 8 ? 4 : i);
        size_t count =
            kind == 0 || i < 4 ? 1 : 1 + (random_word(&seed) >> 8) % (kind < 12 ? 8 : 600);
        for (; count > 0 && i < BYTES; count--, i++)
            plain[i] =
                kind == 0 || i < back ? (uint8_t)(random_word(&seed) >> 24) : plain[i - back];
    }
    comes_out(BYTES);
}

static void a_stream_that_ends_early_is_refused(void **state)
{
    size_t size = read_file("core/unpack.h"), from_size = pack(size);

    (void)state;
    for (size_t i = 0; i < from_size; i++)
        assert_false(unpack_exactly(size, i));
}

static void a_longer_result_is_refused(void **state)
{
    size_t size = read_file("core/unpack.h"), from_size = pack(size);

    (void)state;
    assert_false(unpack_exactly(size + 1, from_size));
}

/* A match that goes on behind the end of what was asked for is wrong. */
static void a_match_beyond_the_end_is_refused(void **state)
{
    size_t from_size;

    (void)state;
    memset(plain, 'x', 300);
    from_size = pack(300);
    assert_false(unpack_exactly(100, from_size));
}

/* Whatever it holds, the sanitizer has nothing to say; and it does not come to the end mark. */
static void a_wrong_stream_does_no_harm(void **state)
{
    size_t size = read_file("core/console.c"), from_size = pack(size), refused = 0;
    uint32_t seed = 3;

    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        size_t at = 1 + (random_word(&seed) >> 8) % (from_size - 5); /* the first is always zero */
        uint8_t was = packed[at];
        packed[at] ^= (uint8_t)(1U << (random_word(&seed) >> 29));
        refused += !unpack_exactly(size, from_size);
        packed[at] = was;
    }
    assert_int_equal(refused, 2000);
    for (unsigned i = 0; i < 2000; i++) {
        size_t bytes = (random_word(&seed) >> 8) % 400;
        for (size_t j = 0; j < bytes; j++)
            packed[j] = (uint8_t)(random_word(&seed) >> 24);
        (void)unpack_exactly(4096, bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_comes_out),
        cmocka_unit_test(text_comes_out),
        cmocka_unit_test(zeros_come_out),
        cmocka_unit_test(one_byte_comes_out),
        cmocka_unit_test(noise_comes_out),
        cmocka_unit_test(repeats_come_out),
        cmocka_unit_test(a_stream_that_ends_early_is_refused),
        cmocka_unit_test(a_longer_result_is_refused),
        cmocka_unit_test(a_match_beyond_the_end_is_refused),
        cmocka_unit_test(a_wrong_stream_does_no_harm),
    };

    return cmocka_run_group_tests_name("unpack", tests, NULL, NULL);
}
