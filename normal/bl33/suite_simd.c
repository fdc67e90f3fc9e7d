/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Normal world's floating-point, SVE and SME state is intact after any call, also when the
 * partition uses floating point itself.
 */
#define SUITE "simd"

#include "cpu.h"
#include "partitions.h"
#include "simd.h"
#include "smp.h"
#include "tap.h"

#define FPCR_PATTERN 0x03400000 /* flush to zero, default NaN, round towards plus infinity */
#define FPSR_PATTERN 0x0800001f /* saturation and all cumulative flags */
#define SVCR_STREAMING 0x1
#define SVCR_ARRAY 0x2
#define LONGEST 0xf
#define SHORT 0x3 /* 64 bytes */
#define SHORTEST 0x0

#define HAS_FIELD(register, shift) (read_register(register) >> (shift)&0xf)

typedef void traffic(void);

static struct fp_state fp_planted[CPU_MAX], fp_seen[CPU_MAX];
static uint8_t wide_planted[SME_ARRAY_MAX], wide_seen[SME_ARRAY_MAX];

static void plain_message(void)
{
    EXPECT_TRUE(echo_answers());
}

static void partition_that_uses_fp(void)
{
    EXPECT_ANSWER(ask(&crasher, CRASH_FP), &crasher);
    EXPECT_ANSWER(ask(&crasher, CRASH_FP), &crasher);
}

static void preempted_partition_that_used_fp(void)
{
    struct ffa_regs reply;

    EXPECT_ANSWER(ask(&crasher, CRASH_FP), &crasher);
    reply = work_until_interrupted(&crasher);
    EXPECT(reply.x[0], FFA_INTERRUPT);
    EXPECT_ANSWER(run_until_answered(reply), &crasher);
}

/* It is stopped with its own registers loaded, others use theirs, and it goes on. */
static void partition_that_is_stopped_while_it_uses_fp(void)
{
    struct ffa_regs reply;

    EXPECT_ANSWER(ask(&crasher, CRASH_FP_LOAD, 21), &crasher);
    reply = work_until_interrupted(&crasher);
    EXPECT(reply.x[0], FFA_INTERRUPT);
    EXPECT_ANSWER(ask(&crasher_mp, CRASH_FP_LOAD, 22), &crasher_mp);
    EXPECT_ANSWER(run_until_answered(reply), &crasher);
    EXPECT(ask(&crasher, CRASH_FP_CHECK, 21).x[4], 0);
    EXPECT(ask(&crasher_mp, CRASH_FP_CHECK, 22).x[4], 0);
}

static void mp_partition_that_uses_fp(void)
{
    EXPECT_ANSWER(ask(&crasher_mp, CRASH_FP), &crasher_mp);
}

static void expect_fp_kept(traffic *make_traffic)
{
    struct fp_state *planted = &fp_planted[cpu_index()], *seen = &fp_seen[cpu_index()];

    for (unsigned i = 0; i < 32; i++) {
        planted->q[i][0] = 0x1111111111111111 * (cpu_index() + 1) + i;
        planted->q[i][1] = ~planted->q[i][0];
    }
    planted->fpcr = FPCR_PATTERN;
    planted->fpsr = FPSR_PATTERN;
    fp_load(planted);
    make_traffic();
    fp_store(seen);
    for (unsigned i = 0; i < 32; i++) {
        tap_for(i);
        EXPECT(seen->q[i][0], planted->q[i][0]);
        EXPECT(seen->q[i][1], planted->q[i][1]);
    }
    EXPECT(seen->fpcr, FPCR_PATTERN);
    EXPECT(seen->fpsr, FPSR_PATTERN);
}

static void fill(uint8_t *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        bytes[i] = (uint8_t)(i * 7 + (i >> 8) + 1);
}

static void expect_same_bytes(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        tap_for(i);
        if (!EXPECT(wide_seen[i], wide_planted[i]))
            return;
    }
}

static void expect_sve_kept(traffic *make_traffic)
{
    unsigned vector, size;

    if (!HAS_FIELD(id_aa64pfr0_el1, 32)) {
        tap_skip("this CPU has no SVE");
        return;
    }
    sve_enable();
    vector = sve_vector_bytes();
    size = 32 * vector + 17 * vector / 8;
    fill(wide_planted, size);
    for (unsigned i = 0; i < vector / 8; i++)
        wide_planted[size - vector / 8 + i] = 0xff; /* FFR */
    sve_load(wide_planted);
    make_traffic();
    sve_store(wide_seen);
    expect_same_bytes(size);
}

static bool has_sme(void)
{
    bool has = HAS_FIELD(id_aa64pfr1_el1, 24);

    if (!has)
        tap_skip("this CPU has no SME");
    return has;
}

/* The array, with the mode that `enter` makes. */
static void expect_array_kept(void (*enter)(uint64_t), uint64_t length, traffic *make_traffic)
{
    unsigned vector;
    uint64_t before, after;

    if (!has_sme())
        return;
    enter(length);
    before = sme_mode();
    vector = sme_vector_bytes();
    fill(wide_planted, vector * vector);
    sme_load_array(wide_planted);
    make_traffic();
    after = sme_mode();
    if (after == before)
        sme_store_array(wide_seen);
    sme_leave();
    EXPECT(after, before);
    EXPECT_TRUE(before & SVCR_ARRAY);
    expect_same_bytes(vector * vector);
}

static void expect_sme_kept(traffic *make_traffic)
{
    expect_array_kept(sme_enter, LONGEST, make_traffic);
}

/* The vectors and predicates of streaming mode, with or without the array. */
static void expect_streaming_vectors_kept(void (*enter)(uint64_t), uint64_t length,
                                          traffic *make_traffic)
{
    unsigned vector, size;
    uint64_t before, after;

    if (!has_sme())
        return;
    enter(length);
    before = sme_mode();
    vector = sme_vector_bytes();
    size = 32 * vector + 16 * vector / 8;
    fill(wide_planted, size);
    sme_load_vectors(wide_planted);
    make_traffic();
    after = sme_mode();
    if (after == before)
        sme_store_vectors(wide_seen);
    sme_leave();
    EXPECT(after, before);
    EXPECT_TRUE(before & SVCR_STREAMING);
    expect_same_bytes(size);
}

TEST(fp_registers_survive_a_direct_request)
{
    NEEDS_PARTITION(&echo);
    expect_fp_kept(plain_message);
}

TEST(fp_registers_survive_a_partition_that_uses_them)
{
    NEEDS_PARTITION(&crasher);
    expect_fp_kept(partition_that_uses_fp);
}

TEST(fp_registers_survive_a_preempted_partition_that_used_them)
{
    NEEDS_PARTITION(&crasher);
    expect_fp_kept(preempted_partition_that_used_fp);
}

static void expect_fp_kept_here(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < 20; i++)
        expect_fp_kept(mp_partition_that_uses_fp);
}

TEST(fp_registers_of_every_cpu_survive_an_mp_partition_that_uses_them)
{
    NEEDS_PARTITION(&crasher_mp);
    cpu_run_everywhere(expect_fp_kept_here, 0);
}

TEST(sve_registers_survive_a_direct_request)
{
    NEEDS_PARTITION(&echo);
    expect_sve_kept(plain_message);
}

TEST(sve_registers_survive_a_partition_that_uses_fp)
{
    NEEDS_PARTITION(&crasher);
    expect_sve_kept(partition_that_uses_fp);
}

TEST(sve_registers_survive_a_preempted_partition_that_used_fp)
{
    NEEDS_PARTITION(&crasher);
    expect_sve_kept(preempted_partition_that_used_fp);
}

TEST(streaming_mode_and_its_array_survive_a_direct_request)
{
    NEEDS_PARTITION(&echo);
    expect_sme_kept(plain_message);
}

TEST(streaming_mode_and_its_array_survive_a_partition_that_uses_fp)
{
    NEEDS_PARTITION(&crasher);
    expect_sme_kept(partition_that_uses_fp);
}

TEST(fp_registers_survive_partitions_that_are_stopped_while_they_use_theirs)
{
    NEEDS_PARTITION(&crasher);
    expect_fp_kept(partition_that_is_stopped_while_it_uses_fp);
    expect_sve_kept(partition_that_is_stopped_while_it_uses_fp);
}

TEST(streaming_mode_and_its_array_survive_a_partition_that_is_stopped_while_it_uses_fp)
{
    NEEDS_PARTITION(&crasher);
    expect_sme_kept(partition_that_is_stopped_while_it_uses_fp);
}

TEST(the_array_without_streaming_mode_survives_a_partition_that_uses_fp)
{
    NEEDS_PARTITION(&crasher);
    expect_array_kept(sme_enter_array_only, LONGEST, partition_that_is_stopped_while_it_uses_fp);
}

TEST(the_array_of_shorter_vectors_survives_a_partition_that_uses_fp)
{
    NEEDS_PARTITION(&crasher);
    expect_array_kept(sme_enter, SHORT, partition_that_is_stopped_while_it_uses_fp);
    expect_array_kept(sme_enter, SHORTEST, partition_that_is_stopped_while_it_uses_fp);
    expect_array_kept(sme_enter_array_only, SHORT, partition_that_is_stopped_while_it_uses_fp);
}

TEST(the_vectors_of_streaming_mode_survive_a_partition_that_uses_fp)
{
    NEEDS_PARTITION(&crasher);
    expect_streaming_vectors_kept(sme_enter, LONGEST, partition_that_is_stopped_while_it_uses_fp);
    expect_streaming_vectors_kept(sme_enter_mode_only, LONGEST,
                                  partition_that_is_stopped_while_it_uses_fp);
}

TEST(the_shorter_vectors_of_streaming_mode_survive_a_partition_that_uses_fp)
{
    NEEDS_PARTITION(&crasher);
    expect_streaming_vectors_kept(sme_enter, SHORT, partition_that_is_stopped_while_it_uses_fp);
    expect_streaming_vectors_kept(sme_enter_mode_only, SHORTEST,
                                  partition_that_is_stopped_while_it_uses_fp);
}
