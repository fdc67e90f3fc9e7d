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
#define SVCR_STREAMING_WITH_ARRAY 0x3

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

static void expect_sme_kept(traffic *make_traffic)
{
    unsigned vector;
    uint64_t mode;

    if (!HAS_FIELD(id_aa64pfr1_el1, 24)) {
        tap_skip("this CPU has no SME");
        return;
    }
    sme_enter();
    vector = sme_vector_bytes();
    fill(wide_planted, vector * vector);
    sme_load_array(wide_planted);
    make_traffic();
    mode = sme_mode();
    if (mode == SVCR_STREAMING_WITH_ARRAY)
        sme_store_array(wide_seen);
    sme_leave();
    EXPECT(mode, SVCR_STREAMING_WITH_ARRAY);
    expect_same_bytes(vector * vector);
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
