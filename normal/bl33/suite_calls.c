/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Function ids: which are answered at all, to whom they belong, and how a call is decoded.
 */
#define SUITE "calls"

#include "absent_calls.h"
#include "ffa.h"
#include "partitions.h"
#include "tap.h"

#define NOT_FFA_FAST_CALL 0xC20000FF
#define BEYOND_FFA 0x840000F0

static void expect_not_supported(const uint32_t ids[], unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        tap_for(ids[i]);
        EXPECT_ERROR(ffa(ids[i]), FFA_NOT_SUPPORTED);
    }
}

TEST(calls_that_are_not_for_the_normal_world_are_not_supported)
{
    expect_not_supported(not_for_the_normal_world, COUNT(not_for_the_normal_world));
}

TEST(a_reply_sent_as_a_call_is_not_supported)
{
    EXPECT_ERROR(ffa(FFA_SUCCESS_32), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(ffa(FFA_SUCCESS_64), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(ffa(FFA_ERROR, 0, 5), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(ffa(FFA_INTERRUPT), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(ffa(FFA_MSG_WAIT), FFA_NOT_SUPPORTED);
    EXPECT_ERROR(ffa(FFA_MEM_RETRIEVE_RESP), FFA_NOT_SUPPORTED);
}

TEST(resuming_the_normal_world_from_the_normal_world_is_refused)
{
    EXPECT(ffa(FFA_NORMAL_WORLD_RESUME).x[0], FFA_ERROR);
    EXPECT_TRUE(echo_answers());
}

TEST(an_id_beyond_those_of_ffa_is_unknown)
{
    EXPECT((int32_t)ffa(BEYOND_FFA).x[0], SMCCC_NOT_SUPPORTED);
    EXPECT((int32_t)ffa(NOT_FFA_FAST_CALL).x[0], SMCCC_NOT_SUPPORTED);
}

TEST(the_sve_hint_in_the_function_id_is_ignored)
{
    uint64_t ids = ffa_sender_receiver(FFA_ID_NORMAL_WORLD, echo.info.id);
    struct ffa_regs reply;

    NEEDS_PARTITION(&echo);
    EXPECT_SUCCESS(ffa(FFA_FEATURES | FFA_SVE_HINT, FFA_RUN));
    reply = ffa(FFA_MSG_SEND_DIRECT_REQ_64 | FFA_SVE_HINT, ids, 0, 1, 2, 3, 4, 5);
    EXPECT_RESPONSE(reply, &echo);
    EXPECT(reply.x[7], 5);
}

TEST(the_upper_half_of_the_function_id_register_is_ignored)
{
    EXPECT_SUCCESS(ffa(0xdeadbeef00000000 | FFA_FEATURES, FFA_RUN));
}
