/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FFA_FEATURES, row by row: what is offered to the Normal world, what is not, and the one property
 * that pKVM takes at its word.
 */
#define SUITE "features"

#include "absent_calls.h"
#include "ffa.h"
#include "tap.h"

#define RXTX_MAP_SIZE_MASK 0x3
#define UNKNOWN_FUNCTION 0x8FFFFFFF

static const uint32_t offered[] = {
    FFA_ERROR,
    FFA_SUCCESS_32,
    FFA_SUCCESS_64,
    FFA_INTERRUPT,
    FFA_VERSION,
    FFA_FEATURES,
    FFA_RX_RELEASE,
    FFA_RXTX_UNMAP,
    FFA_PARTITION_INFO_GET,
    FFA_ID_GET,
    FFA_SPM_ID_GET,
    FFA_MSG_WAIT,
    FFA_RUN,
    FFA_MSG_SEND_DIRECT_REQ_32,
    FFA_MSG_SEND_DIRECT_REQ_64,
    FFA_MSG_SEND_DIRECT_RESP_32,
    FFA_MSG_SEND_DIRECT_RESP_64,
    FFA_MEM_DONATE_32,
    FFA_MEM_DONATE_64,
    FFA_MEM_LEND_32,
    FFA_MEM_LEND_64,
    FFA_MEM_SHARE_32,
    FFA_MEM_SHARE_64,
    FFA_MEM_RETRIEVE_RESP,
    FFA_MEM_RELINQUISH,
    FFA_MEM_RECLAIM,
    FFA_MEM_FRAG_RX,
    FFA_MEM_FRAG_TX,
    FFA_NOTIFICATION_BITMAP_CREATE,
    FFA_NOTIFICATION_BITMAP_DESTROY,
    FFA_NOTIFICATION_BIND,
    FFA_NOTIFICATION_UNBIND,
    FFA_NOTIFICATION_SET,
    FFA_NOTIFICATION_GET,
    FFA_NOTIFICATION_INFO_GET_32,
    FFA_NOTIFICATION_INFO_GET_64,
    FFA_RX_ACQUIRE,
    FFA_PARTITION_INFO_GET_REGS,
    FFA_MSG_SEND_DIRECT_REQ2,
    FFA_MSG_SEND_DIRECT_RESP2,
};

static const uint32_t new_in_1_2[] = {
    FFA_PARTITION_INFO_GET_REGS,
    FFA_MSG_SEND_DIRECT_REQ2,
    FFA_MSG_SEND_DIRECT_RESP2,
};

static const uint32_t new_in_1_1[] = {
    FFA_NOTIFICATION_BITMAP_CREATE,
    FFA_NOTIFICATION_BITMAP_DESTROY,
    FFA_NOTIFICATION_BIND,
    FFA_NOTIFICATION_UNBIND,
    FFA_NOTIFICATION_SET,
    FFA_NOTIFICATION_GET,
    FFA_NOTIFICATION_INFO_GET_32,
    FFA_NOTIFICATION_INFO_GET_64,
    FFA_RX_ACQUIRE,
};

/* The Normal world makes these calls, or gets them as answers, in a form of its own. */
static const uint32_t never_offered[] = {
    FFA_RXTX_MAP_32, FFA_NORMAL_WORLD_RESUME, FFA_ABORT_32, FFA_ABORT_64, UNKNOWN_FUNCTION,
};

static void expect_not_offered(const uint32_t ids[], unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        tap_for(ids[i]);
        EXPECT_ERROR(ffa(FFA_FEATURES, ids[i]), FFA_NOT_SUPPORTED);
    }
}

TEST(features_knows_the_functions_that_exist_and_they_have_no_properties)
{
    for (unsigned i = 0; i < COUNT(offered); i++) {
        struct ffa_regs reply = ffa(FFA_FEATURES, offered[i]);

        tap_for(offered[i]);
        EXPECT_SUCCESS(reply);
        for (unsigned r = 2; r < 8; r++)
            EXPECT(reply.x[r], 0);
    }
}

TEST(features_does_not_know_what_is_not_for_the_normal_world)
{
    expect_not_offered(never_offered, COUNT(never_offered));
    expect_not_offered(not_for_the_normal_world, COUNT(not_for_the_normal_world));
}

TEST(features_does_not_know_what_is_newer_than_the_caller)
{
    EXPECT(ffa_version(FFA_VERSION_1_1), FFA_VERSION_1_2);
    expect_not_offered(new_in_1_2, COUNT(new_in_1_2));
    EXPECT_SUCCESS(ffa(FFA_FEATURES, FFA_RX_ACQUIRE));
    EXPECT(ffa_version(FFA_VERSION_1_0), FFA_VERSION_1_2);
    expect_not_offered(new_in_1_2, COUNT(new_in_1_2));
    expect_not_offered(new_in_1_1, COUNT(new_in_1_1));
}

TEST(features_of_rxtx_map_gives_4_kib_pages)
{
    struct ffa_regs reply = ffa(FFA_FEATURES, FFA_RXTX_MAP_64);

    EXPECT_SUCCESS(reply);
    EXPECT(reply.x[2] & 0xffff, FFA_RXTX_MIN_4K);
    EXPECT(reply.x[3], 0);
}

TEST(features_of_rxtx_map_has_no_maximum_for_a_caller_below_1_2)
{
    EXPECT(ffa_version(FFA_VERSION_1_1), FFA_VERSION_1_2);
    EXPECT(ffa(FFA_FEATURES, FFA_RXTX_MAP_64).x[2], FFA_RXTX_MIN_4K);
    EXPECT(ffa_version(FFA_VERSION_1_0), FFA_VERSION_1_2);
    EXPECT(ffa(FFA_FEATURES, FFA_RXTX_MAP_64).x[2], FFA_RXTX_MIN_4K);
}

/* Bit 1: Non-secure memory is told as such; bit 2: a hypervisor may ask about transactions. */
TEST(features_of_retrieve_want_a_caller_that_knows_of_non_secure_memory)
{
    static const uint32_t ids[] = {FFA_MEM_RETRIEVE_REQ_32, FFA_MEM_RETRIEVE_REQ_64};

    for (unsigned i = 0; i < COUNT(ids); i++) {
        tap_for(ids[i]);
        EXPECT_SUCCESS(ffa(FFA_FEATURES, ids[i], FFA_RETRIEVE_NS_BIT));
        EXPECT(ffa(FFA_FEATURES, ids[i], FFA_RETRIEVE_NS_BIT).x[2], 0x6);
        EXPECT_ERROR(ffa(FFA_FEATURES, ids[i]), FFA_NOT_SUPPORTED);
        ffa_version(FFA_VERSION_1_0);
        EXPECT(ffa(FFA_FEATURES, ids[i]).x[2], 0x4);
        EXPECT(ffa(FFA_FEATURES, ids[i], FFA_RETRIEVE_NS_BIT).x[2], 0x6);
        ffa_version(FFA_VERSION_1_2);
    }
}

TEST(features_does_not_know_feature_ids_without_interrupts_behind_them)
{
    for (uint64_t feature = 0; feature < 6; feature++) {
        tap_for(feature);
        if (feature != FFA_FEATURE_SRI)
            EXPECT_ERROR(ffa(FFA_FEATURES, feature), FFA_NOT_SUPPORTED);
    }
    EXPECT_ERROR(ffa(FFA_FEATURES, 0x40000001), FFA_NOT_SUPPORTED);
}

TEST(features_ignores_the_upper_half_of_x1)
{
    EXPECT_SUCCESS(ffa(FFA_FEATURES, 0xdeadbeef00000000 | FFA_RUN));
}
