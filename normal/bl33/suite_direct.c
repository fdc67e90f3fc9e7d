/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Direct requests of the Normal world: what arrives, what comes back, and who may be named.
 */
#define SUITE "direct"

#include "mailbox.h"
#include "partitions.h"
#include "tap.h"

#define OTHER_VM 0x0005
#define UPPER_HALF 0xdeadbeef00000000

static uint64_t to(uint16_t receiver)
{
    return ffa_sender_receiver(FFA_ID_NORMAL_WORLD, receiver);
}

/* The payload is no command of any demo partition but CRASH_ECHO: whoever gets it only answers. */
static struct ffa_regs request_from(uint16_t sender, uint16_t receiver)
{
    return ffa(FFA_MSG_SEND_DIRECT_REQ_64, ffa_sender_receiver(sender, receiver), 0, CRASH_ECHO);
}

TEST(a_64_bit_request_is_answered_with_its_payload)
{
    NEEDS_PARTITION(&echo);
    EXPECT_TRUE(echo_answers());
}

TEST(a_32_bit_request_is_answered_with_its_payload)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&echo);
    reply = ffa(FFA_MSG_SEND_DIRECT_REQ_32, to(echo.info.id), 0, 0x11111111, 0x22222222, 0x33333333,
                0x44444444, 0xffffffff);
    EXPECT(reply.x[0], FFA_MSG_SEND_DIRECT_RESP_32);
    EXPECT(reply.x[1], ffa_sender_receiver(echo.info.id, FFA_ID_NORMAL_WORLD));
    EXPECT(reply.x[2], 0);
    EXPECT(reply.x[3], 0x11111111);
    EXPECT(reply.x[4], 0x22222222);
    EXPECT(reply.x[5], 0x33333333);
    EXPECT(reply.x[6], 0x44444444);
    EXPECT(reply.x[7], 0xffffffff);
}

TEST(a_32_bit_request_carries_no_upper_halves)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&echo);
    reply = ffa(FFA_MSG_SEND_DIRECT_REQ_32, UPPER_HALF | to(echo.info.id), UPPER_HALF,
                UPPER_HALF | 1, UPPER_HALF | 2, UPPER_HALF | 3, UPPER_HALF | 4, UPPER_HALF | 5);
    EXPECT(reply.x[0], FFA_MSG_SEND_DIRECT_RESP_32);
    for (unsigned i = 3; i < 8; i++)
        EXPECT(reply.x[i], i - 2);
}

TEST(the_upper_halves_of_the_ids_of_a_64_bit_request_are_ignored)
{
    NEEDS_PARTITION(&echo);
    EXPECT_RESPONSE(ffa(FFA_MSG_SEND_DIRECT_REQ_64, UPPER_HALF | to(echo.info.id), UPPER_HALF),
                    &echo);
}

TEST(a_caller_of_any_version_is_answered)
{
    NEEDS_PARTITION(&echo);
    for (uint32_t version = FFA_VERSION_1_0; version <= FFA_VERSION_1_2; version++) {
        tap_for(version);
        EXPECT(ffa_version(version), FFA_VERSION_1_2);
        EXPECT_TRUE(echo_answers());
    }
}

TEST(a_virtual_machine_is_answered_by_its_own_id)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&echo);
    reply = request_from(OTHER_VM, echo.info.id);
    EXPECT(reply.x[0], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(reply.x[1], ffa_sender_receiver(echo.info.id, OTHER_VM));
}

TEST(every_partition_that_receives_requests_answers)
{
    static const struct ffa_uuid every_partition;
    struct ffa_regs listed;

    EXPECT_SUCCESS(mailbox_map());
    listed = partition_info_get(&every_partition, 0);
    REQUIRE(listed.x[0], FFA_SUCCESS_32);
    for (unsigned i = 0; i < listed.x[2]; i++) {
        struct ffa_partition_info entry = partition_info_entry(i, FFA_PARTITION_INFO_SIZE_1_1);

        tap_for(entry.id);
        if (entry.properties & FFA_PROPERTY_RECEIVES_REQ)
            EXPECT(request_from(FFA_ID_NORMAL_WORLD, entry.id).x[0], FFA_MSG_SEND_DIRECT_RESP_64);
        else
            EXPECT_ERROR(request_from(FFA_ID_NORMAL_WORLD, entry.id), FFA_DENIED);
    }
}

TEST(a_request_to_an_unknown_partition_is_invalid)
{
    EXPECT_ERROR(request_from(FFA_ID_NORMAL_WORLD, NO_PARTITION), FFA_INVALID_PARAMETERS);
}

TEST(a_request_to_the_spmc_is_invalid)
{
    EXPECT_ERROR(request_from(FFA_ID_NORMAL_WORLD, FFA_ID_SPMC), FFA_INVALID_PARAMETERS);
}

TEST(a_request_to_the_spmd_is_refused)
{
    EXPECT(request_from(FFA_ID_NORMAL_WORLD, FFA_ID_SPMD).x[0], FFA_ERROR);
    EXPECT(request_from(FFA_ID_NORMAL_WORLD, FFA_ID_EL3_FIRST).x[0], FFA_ERROR);
}

TEST(a_request_to_the_normal_world_is_invalid)
{
    EXPECT_ERROR(request_from(OTHER_VM, FFA_ID_NORMAL_WORLD), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(request_from(FFA_ID_NORMAL_WORLD, OTHER_VM), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(request_from(OTHER_VM, OTHER_VM), FFA_INVALID_PARAMETERS);
}

TEST(a_request_in_the_name_of_a_partition_is_invalid)
{
    EXPECT_ERROR(request_from(vault.info.id, echo.info.id), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(request_from(NO_PARTITION, echo.info.id), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(request_from(FFA_ID_SPMC, echo.info.id), FFA_INVALID_PARAMETERS);
}

TEST(a_framework_request_is_invalid)
{
    for (unsigned type = 0; type < 16; type++) {
        tap_for(type);
        EXPECT_ERROR(
            ffa(FFA_MSG_SEND_DIRECT_REQ_32, to(echo.info.id), FFA_FRAMEWORK_MESSAGE | type),
            FFA_INVALID_PARAMETERS);
    }
}

TEST(a_framework_request_to_the_spmc_is_invalid)
{
    EXPECT_ERROR(
        ffa(FFA_MSG_SEND_DIRECT_REQ_32, to(FFA_ID_SPMC), FFA_FRAMEWORK_PSCI_REQUEST, PSCI_CPU_OFF),
        FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(ffa(FFA_MSG_SEND_DIRECT_REQ_32, to(FFA_ID_SPMC), FFA_FRAMEWORK_VERSION_REQUEST,
                     FFA_VERSION_1_0),
                 FFA_INVALID_PARAMETERS);
}

/* By its sender alone the SPMC knows a message of EL3: nobody else must get there with that. */
TEST(nobody_speaks_in_the_name_of_the_spmd)
{
    const uint64_t ends = (uint64_t)FFA_ID_SPMD << 16 | FFA_ID_SPMC;

    NEEDS_PARTITION(&vault);
    EXPECT_ERROR(ffa(FFA_MSG_SEND_DIRECT_REQ_32, ends, FFA_FRAMEWORK_PSCI_REQUEST, PSCI_CPU_OFF),
                 FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(
        ffa(FFA_MSG_SEND_DIRECT_REQ_32, ends, FFA_FRAMEWORK_VERSION_REQUEST, FFA_VERSION_1_0),
        FFA_INVALID_PARAMETERS);
    EXPECT_TRUE(vault_answers()); /* its context of this CPU is not off */
}

TEST(flags_of_a_partition_message_must_be_zero)
{
    EXPECT_ERROR(ffa(FFA_MSG_SEND_DIRECT_REQ_64, to(echo.info.id), 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(ffa(FFA_MSG_SEND_DIRECT_REQ_32, to(echo.info.id), 0x40000000),
                 FFA_INVALID_PARAMETERS);
}

TEST(a_response_of_the_normal_world_is_invalid)
{
    EXPECT_ERROR(ffa(FFA_MSG_SEND_DIRECT_RESP_32, to(echo.info.id)), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(ffa(FFA_MSG_SEND_DIRECT_RESP_64, to(echo.info.id)), FFA_INVALID_PARAMETERS);
}

TEST(a_refused_request_leaves_the_partition_ready)
{
    NEEDS_PARTITION(&echo);
    EXPECT_ERROR(ffa(FFA_MSG_SEND_DIRECT_REQ_64, to(echo.info.id), 1), FFA_INVALID_PARAMETERS);
    EXPECT_TRUE(echo_answers());
}
