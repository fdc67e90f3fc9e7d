/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The second kind of direct request, of FF-A 1.2: a UUID chooses a service of the receiver, and
 * fourteen registers go each way.
 */
#define SUITE "direct2"

#include "cpu.h"
#include "partitions.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define FIRST_PAYLOAD 4
#define REGISTERS 18
#define OTHER_VM 0x0005
#define ROUNDS 200
#define PERIOD_US 300

static uint64_t pattern(uint64_t seed, unsigned i)
{
    return seed * 0x9e3779b97f4a7c15 + ((uint64_t)i << 56 | i);
}

/* x2 or x3 of a request: eight bytes of a UUID. */
static uint64_t uuid_half(const struct ffa_uuid *uuid, unsigned half)
{
    return (uint64_t)uuid->word[2 * half + 1] << 32 | uuid->word[2 * half];
}

static struct ffa_regs request_to(const struct partition *partition, const struct ffa_uuid *uuid,
                                  uint64_t seed)
{
    struct ffa_regs request = {{FFA_MSG_SEND_DIRECT_REQ2,
                                ffa_sender_receiver(FFA_ID_NORMAL_WORLD, partition->info.id),
                                uuid_half(uuid, 0), uuid_half(uuid, 1)}};

    for (unsigned i = FIRST_PAYLOAD; i < REGISTERS; i++)
        request.x[i] = pattern(seed, i);
    return request;
}

static void expect_payload(struct ffa_regs reply, const struct partition *partition, uint64_t seed)
{
    EXPECT_RESPONSE2(reply, partition);
    for (unsigned i = FIRST_PAYLOAD; i < REGISTERS; i++) {
        tap_for(i);
        EXPECT(reply.x[i], pattern(seed, i));
    }
}

static void expect_round_trip(const struct partition *partition, const struct ffa_uuid *uuid)
{
    struct ffa_regs request = request_to(partition, uuid, 1);

    expect_payload(ffa_call(&request), partition, 1);
}

static struct ffa_regs named(uint16_t sender, uint16_t receiver)
{
    return ffa(FFA_MSG_SEND_DIRECT_REQ2, ffa_sender_receiver(sender, receiver));
}

static const struct ffa_uuid nil;

TEST(fourteen_registers_go_to_a_partition_and_come_back)
{
    NEEDS_PARTITION(&echo);
    expect_round_trip(&echo, &nil);
}

TEST(the_receivers_uuid_is_accepted)
{
    NEEDS_PARTITION(&echo);
    expect_round_trip(&echo, &echo.uuid);
    expect_round_trip(&crasher, &crasher.uuid);
}

TEST(a_uuid_that_is_not_the_receivers_is_invalid)
{
    NEEDS_PARTITION(&echo);
    for (unsigned word = 0; word < 4; word++) {
        struct ffa_uuid uuid = echo.uuid;
        struct ffa_regs request;

        uuid.word[word] ^= 0x80;
        request = request_to(&echo, &uuid, 1);
        tap_for(word);
        EXPECT_ERROR(ffa_call(&request), FFA_INVALID_PARAMETERS);
    }
    EXPECT_ERROR(ffa(FFA_MSG_SEND_DIRECT_REQ2, echo.info.id, uuid_half(&vault.uuid, 0),
                     uuid_half(&vault.uuid, 1)),
                 FFA_INVALID_PARAMETERS);
}

TEST(a_refused_request_keeps_x8_to_x17_of_its_caller)
{
    struct ffa_regs request = request_to(&echo, &vault.uuid, 5), reply = ffa_call(&request);

    EXPECT_ERROR(reply, FFA_INVALID_PARAMETERS);
    for (unsigned i = 8; i < REGISTERS; i++)
        EXPECT(reply.x[i], request.x[i]);
}

TEST(a_receiver_below_version_1_2_is_denied)
{
    NEEDS_PARTITION(&ticker);
    EXPECT_ERROR(ask2(&ticker, 1), FFA_DENIED);
    EXPECT_ERROR(ask2(&crasher_queued, 1), FFA_DENIED);
}

TEST(a_receiver_whose_manifest_takes_no_such_requests_is_denied)
{
    NEEDS_PARTITION(&vault);
    EXPECT_ERROR(ask2(&vault, 1), FFA_DENIED);
}

TEST(a_caller_below_version_1_2_is_denied)
{
    for (uint32_t version = FFA_VERSION_1_0; version < FFA_VERSION_1_2; version++) {
        tap_for(version);
        EXPECT(ffa_version(version), FFA_VERSION_1_2);
        EXPECT_ERROR(ask2(&echo, 1), FFA_DENIED);
        EXPECT_ERROR(named(FFA_ID_NORMAL_WORLD, NO_PARTITION), FFA_DENIED);
    }
}

TEST(a_request_of_the_second_kind_to_nobody_is_invalid)
{
    EXPECT_ERROR(named(FFA_ID_NORMAL_WORLD, NO_PARTITION), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(named(FFA_ID_NORMAL_WORLD, FFA_ID_SPMC), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(named(OTHER_VM, FFA_ID_NORMAL_WORLD), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(named(OTHER_VM, OTHER_VM), FFA_INVALID_PARAMETERS);
    EXPECT(named(FFA_ID_NORMAL_WORLD, FFA_ID_SPMD).x[0], FFA_ERROR);
}

TEST(a_request_of_the_second_kind_in_the_name_of_a_partition_is_refused)
{
    EXPECT_ERROR(named(vault.info.id, echo.info.id), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(named(FFA_ID_SPMC, echo.info.id), FFA_INVALID_PARAMETERS);
}

TEST(a_virtual_machine_is_answered_by_its_own_id_in_the_second_kind)
{
    struct ffa_regs reply = named(OTHER_VM, echo.info.id);

    EXPECT(reply.x[0], FFA_MSG_SEND_DIRECT_RESP2);
    EXPECT(reply.x[1], ffa_sender_receiver(echo.info.id, OTHER_VM));
}

TEST(the_32_bit_form_of_the_second_kind_is_not_supported)
{
    EXPECT_ERROR(ffa(FFA_MSG_SEND_DIRECT_REQ2 & ~(uint32_t)FFA_SMC64, echo.info.id),
                 FFA_NOT_SUPPORTED);
}

TEST(a_response_of_the_second_kind_from_the_normal_world_is_invalid)
{
    EXPECT_ERROR(ffa(FFA_MSG_SEND_DIRECT_RESP2, echo.info.id), FFA_INVALID_PARAMETERS);
}

TEST(the_other_kind_of_response_is_denied_to_the_receiver)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    reply = ask(&crasher, CRASH_WRONG_RESPONSE);
    EXPECT_ANSWER(reply, &crasher);
    EXPECT((int32_t)reply.x[4], FFA_DENIED);
    reply = ask2(&crasher, CRASH_WRONG_RESPONSE);
    EXPECT_RESPONSE2(reply, &crasher);
    EXPECT((int32_t)reply.x[5], FFA_DENIED);
}

TEST(a_response_of_the_second_kind_with_x2_or_x3_is_invalid)
{
    uint64_t ids = ffa_sender_receiver(crasher.info.id, FFA_ID_NORMAL_WORLD);

    NEEDS_PARTITION(&crasher);
    EXPECT_ERROR(call_from_crasher(CRASH_CALL, FFA_MSG_SEND_DIRECT_RESP2, ids, 1),
                 FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(call_from_crasher(CRASH_CALL, FFA_MSG_SEND_DIRECT_RESP2, ids, 0, 1),
                 FFA_INVALID_PARAMETERS);
}

TEST(a_partition_that_works_is_busy_for_both_kinds)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    reply = work_until_interrupted(&crasher);
    EXPECT(reply.x[0], FFA_INTERRUPT);
    EXPECT_ERROR(ask2(&crasher, CRASH_ECHO), FFA_BUSY);
    EXPECT_ERROR(ask(&crasher, CRASH_ECHO), FFA_BUSY);
    EXPECT_ANSWER(run_until_answered(reply), &crasher);
    EXPECT_RESPONSE2(ask2(&crasher, CRASH_ECHO), &crasher);
}

/* ---- Partitions as callers, by SMC and by HVC ---- */

static void expect_echo_to_crasher(uint64_t command)
{
    uint64_t ids = ffa_sender_receiver(crasher.info.id, echo.info.id);
    struct ffa_regs reply = call_from_crasher(command, FFA_MSG_SEND_DIRECT_REQ2, ids, 0, 0, 0xa4,
                                              0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac);

    EXPECT(reply.x[0], FFA_MSG_SEND_DIRECT_RESP2);
    EXPECT(reply.x[1], ffa_sender_receiver(echo.info.id, crasher.info.id));
    EXPECT(reply.x[2] | reply.x[3], 0);
    for (unsigned i = 4; i <= 12; i++)
        EXPECT(reply.x[i], 0xa0 + i);
}

TEST(a_partition_sends_a_request_of_the_second_kind_by_smc_and_by_hvc)
{
    NEEDS_PARTITION(&crasher);
    expect_echo_to_crasher(CRASH_CALL);
    expect_echo_to_crasher(CRASH_CALL_HVC);
}

TEST(a_partition_is_told_why_its_request_of_the_second_kind_is_refused)
{
    uint16_t own = crasher.info.id;

    NEEDS_PARTITION(&crasher);
    for (uint64_t by = CRASH_CALL; by <= CRASH_CALL_HVC; by++) {
        EXPECT_ERROR(call_from_crasher(by, FFA_MSG_SEND_DIRECT_REQ2,
                                       ffa_sender_receiver(own, echo.info.id), 1),
                     FFA_INVALID_PARAMETERS);
        EXPECT_ERROR(call_from_crasher(by, FFA_MSG_SEND_DIRECT_REQ2,
                                       ffa_sender_receiver(echo.info.id, echo.info.id)),
                     FFA_INVALID_PARAMETERS);
        EXPECT_ERROR(call_from_crasher(by, FFA_MSG_SEND_DIRECT_REQ2, ffa_sender_receiver(own, own)),
                     FFA_INVALID_PARAMETERS);
        EXPECT_ERROR(call_from_crasher(by, FFA_MSG_SEND_DIRECT_REQ2, ffa_sender_receiver(own, 0)),
                     FFA_INVALID_PARAMETERS);
        EXPECT_ERROR(call_from_crasher(by, FFA_MSG_SEND_DIRECT_REQ2,
                                       ffa_sender_receiver(own, vault.info.id)),
                     FFA_DENIED);
        EXPECT_ERROR(call_from_crasher(by, FFA_MSG_SEND_DIRECT_REQ2,
                                       ffa_sender_receiver(own, ticker.info.id)),
                     FFA_DENIED);
    }
}

TEST(a_partition_below_version_1_2_cannot_send_the_second_kind)
{
    struct ffa_regs reply = call_from_1_1(
        FFA_MSG_SEND_DIRECT_REQ2, ffa_sender_receiver(crasher_queued.info.id, echo.info.id));

    EXPECT(reply.x[0], FFA_ERROR);
    EXPECT((int32_t)reply.x[2], FFA_DENIED);
}

TEST(a_partition_whose_manifest_sends_only_the_first_kind_is_denied_the_second)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher_mp);
    reply = ask(&crasher_mp, CRASH_CALL, FFA_MSG_SEND_DIRECT_REQ2,
                ffa_sender_receiver(crasher_mp.info.id, echo.info.id));
    EXPECT_ANSWER(reply, &crasher_mp);
    EXPECT(reply.x[4], FFA_ERROR);
    EXPECT((int32_t)reply.x[6], FFA_DENIED);
}

/* ---- Reserved registers of callers at version 1.2: x8 to x17 ---- */

static void expect_reserved(uint64_t function, uint64_t x1)
{
    for (unsigned reserved = 8; reserved <= 12; reserved++) {
        struct ffa_regs request = {{function, x1}};

        request.x[reserved] = 1;
        tap_for(function | reserved);
        EXPECT_ERROR(partition_call(CRASH_CALL, &request), FFA_INVALID_PARAMETERS);
        EXPECT_ERROR(partition_call(CRASH_CALL_HVC, &request), FFA_INVALID_PARAMETERS);
    }
}

/* A response with one bit in a register that it has not; `status` 0: it is taken. */
static void expect_dirty_response(const struct partition *partition, unsigned reserved,
                                  uint64_t function, int status)
{
    struct ffa_regs reply = ask(partition, CRASH_DIRTY_RESPONSE, 0x100000000, reserved, function);

    EXPECT_ANSWER(reply, partition);
    EXPECT((int32_t)reply.x[4], status);
    for (unsigned i = 8; i < REGISTERS; i++)
        EXPECT(reply.x[i], 0);
}

TEST(x8_and_up_are_reserved_in_a_partitions_run_yield_and_wait)
{
    NEEDS_PARTITION(&crasher);
    expect_reserved(FFA_RUN, ffa_target(echo.info.id, 0));
    expect_reserved(FFA_YIELD, 0);
    expect_reserved(FFA_MSG_WAIT, 0);
}

TEST(x8_to_x17_are_reserved_in_a_partitions_response)
{
    NEEDS_PARTITION(&crasher);
    for (unsigned reserved = 8; reserved < REGISTERS; reserved++) {
        tap_for(reserved);
        expect_dirty_response(&crasher, reserved, FFA_MSG_SEND_DIRECT_RESP_32,
                              FFA_INVALID_PARAMETERS);
        expect_dirty_response(&crasher, reserved, FFA_MSG_SEND_DIRECT_RESP_64,
                              FFA_INVALID_PARAMETERS);
    }
    EXPECT_TRUE(crasher_answers(&crasher));
}

TEST(x8_to_x17_are_free_in_the_response_of_a_partition_below_version_1_2)
{
    NEEDS_PARTITION(&crasher_queued);
    for (unsigned reserved = 8; reserved < REGISTERS; reserved++) {
        tap_for(reserved);
        expect_dirty_response(&crasher_queued, reserved, FFA_MSG_SEND_DIRECT_RESP_64, 0);
    }
    EXPECT_TRUE(crasher_answers(&crasher_queued));
}

TEST(x8_to_x17_are_free_in_the_normal_worlds_request_of_the_first_kind)
{
    struct ffa_regs request = request_to(&echo, &nil, 3), reply;

    NEEDS_PARTITION(&echo);
    request.x[0] = FFA_MSG_SEND_DIRECT_REQ_64;
    request.x[2] = 0;
    reply = ffa_call(&request);
    EXPECT_RESPONSE(reply, &echo);
    for (unsigned i = 8; i < REGISTERS; i++)
        EXPECT(reply.x[i], request.x[i]);
}

TEST(x8_to_x17_are_reserved_in_run_of_the_normal_world_at_version_1_2)
{
    NEEDS_PARTITION(&echo);
    for (unsigned reserved = 8; reserved < REGISTERS; reserved++) {
        struct ffa_regs request = {{FFA_RUN, ffa_target(echo.info.id, 0)}};

        request.x[reserved] = 0x100000000;
        tap_for(reserved);
        EXPECT_ERROR(ffa_call(&request), FFA_INVALID_PARAMETERS);
    }
}

TEST(x8_to_x17_are_free_in_run_of_the_normal_world_below_version_1_2)
{
    struct ffa_regs request = {{FFA_RUN, ffa_target(echo.info.id, 0), [8] = 1, [17] = 1}};

    NEEDS_PARTITION(&echo);
    EXPECT(ffa_version(FFA_VERSION_1_1), FFA_VERSION_1_2);
    EXPECT(ffa_call(&request).x[0], FFA_MSG_WAIT);
}

/* ---- The version, while a response is to come ---- */

TEST(a_change_of_version_while_a_response_of_the_second_kind_is_to_come_is_refused)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    reply = ask2(&crasher, CRASH_CALL, FFA_YIELD);
    EXPECT(reply.x[0], FFA_YIELD);
    EXPECT(ffa_version(FFA_VERSION_1_1), VERSION_REFUSED);
    EXPECT(ffa_version(FFA_VERSION_1_2), FFA_VERSION_1_2);
    EXPECT_RESPONSE2(ffa(FFA_RUN, reply.x[1]), &crasher);
    EXPECT(ffa_version(FFA_VERSION_1_1), FFA_VERSION_1_2);
}

TEST(a_response_of_the_first_kind_that_is_to_come_leaves_the_version_free)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    reply = ask(&crasher, CRASH_YIELD);
    EXPECT(reply.x[0], FFA_YIELD);
    EXPECT(ffa_version(FFA_VERSION_1_1), FFA_VERSION_1_2);
    EXPECT_ANSWER(ffa(FFA_RUN, reply.x[1]), &crasher);
}

/* ---- Many at once ---- */

static void keep_asking(void *argument)
{
    const struct partition *partition = argument;

    timer_start(PERIOD_US, PERIOD_US);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t seed = (uint64_t)cpu_index() << 32 | i;
        struct ffa_regs request = request_to(partition, &nil, seed), reply;

        do {
            reply = run_until_answered(ffa_call(&request));
        } while (reply.x[0] == FFA_ERROR && reply.x[2] == (uint32_t)FFA_BUSY);
        expect_payload(reply, partition, seed);
    }
    timer_stop();
}

TEST(every_cpu_gets_its_own_fourteen_registers_from_an_mp_partition)
{
    NEEDS_PARTITION(&crasher_mp);
    cpu_run_everywhere(keep_asking, &crasher_mp);
}

TEST(every_cpu_gets_its_own_fourteen_registers_from_an_up_partition)
{
    NEEDS_PARTITION(&echo);
    cpu_run_everywhere(keep_asking, &echo);
}
