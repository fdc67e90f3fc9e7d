/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Bulkhead tells of itself (abi/stat.h): names and counts of partitions, refused calls.
 */
#define SUITE "stat"

#include "abi/stat.h"
#include "cpu.h"
#include "mailbox.h"
#include "partitions.h"
#include "tap.h"

#define TRANSACTIONS 128 /* in flight, at most: docs/LIMITS.md */

static struct partition bulkhead = {"bulkhead", {{STAT_UUID}}, {.id = STAT_ID}};

/* The answer to a question, which must have one. */
static struct ffa_regs tell(uint64_t what, uint64_t about, uint64_t number)
{
    struct ffa_regs reply = ask(&bulkhead, what, about, number);

    EXPECT_RESPONSE(reply, &bulkhead);
    EXPECT(reply.x[3], STAT_OK);
    return reply;
}

/* The number under which Bulkhead has the partition with an id. */
static uint64_t number_of(const struct partition *partition)
{
    uint64_t count = tell(STAT_SPMC, 0, 0).x[4];

    for (uint64_t i = 0; i < count; i++)
        if (tell(STAT_LIFE, i, 0).x[4] == partition->info.id)
            return i;
    EXPECT_TRUE(false);
    return 0;
}

static uint64_t calls_of(const struct partition *partition)
{
    return tell(STAT_CALLS, number_of(partition), 0).x[4];
}

TEST(bulkhead_is_found_as_a_partition)
{
    struct ffa_partition_info info;

    EXPECT_SUCCESS(mailbox_map());
    REQUIRE(partition_info_get(&bulkhead.uuid, 0).x[0], FFA_SUCCESS_32);
    info = partition_info_entry(0, FFA_PARTITION_INFO_SIZE_1_1);
    EXPECT(info.id, STAT_ID);
    EXPECT(info.context_count, 1);
    EXPECT(info.properties, FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_AARCH64);
}

TEST(it_tells_the_name_of_each_partition)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&echo);
    reply = tell(STAT_NAME, number_of(&echo), 0);
    EXPECT(reply.x[4], 0x6f686365); /* "echo" */
    EXPECT(reply.x[5] | reply.x[6] | reply.x[7], 0);
}

TEST(echo_is_live_and_has_never_died)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&echo);
    reply = tell(STAT_LIFE, number_of(&echo), 0);
    EXPECT(reply.x[5], STAT_STATE_LIVE);
    EXPECT(reply.x[6] | reply.x[7], 0);
}

TEST(partitions_that_failed_to_start_are_told_of)
{
    uint64_t count = tell(STAT_SPMC, 0, 0).x[4];
    unsigned absent = 0;

    for (uint64_t i = 0; i < count; i++)
        absent += tell(STAT_LIFE, i, 0).x[5] == STAT_STATE_ABSENT;
    EXPECT(absent, 2); /* refuser and stillborn */
}

TEST(each_request_is_counted_and_a_refused_one_is_not)
{
    uint64_t before;

    NEEDS_PARTITION(&echo);
    before = calls_of(&echo);
    EXPECT_TRUE(echo_answers());
    EXPECT_TRUE(echo_answers());
    EXPECT_ERROR(ffa(FFA_MSG_SEND_DIRECT_REQ_32, echo.info.id, FFA_FRAMEWORK_MESSAGE),
                 FFA_INVALID_PARAMETERS);
    EXPECT(calls_of(&echo), before + 2);
}

TEST(the_newest_refusal_is_in_the_trace_of_this_cpu)
{
    struct ffa_regs trace, record;

    EXPECT_ERROR(ffa(FFA_MSG_SEND_DIRECT_REQ_32, NO_PARTITION), FFA_INVALID_PARAMETERS);
    trace = tell(STAT_TRACE, cpu_index(), 0);
    EXPECT_TRUE(trace.x[4] > trace.x[5]);
    record = tell(STAT_RECORD, cpu_index(), trace.x[4] - 1);
    EXPECT(record.x[5] >> 32 & 0xff, STAT_EVENT_SPMD);
    EXPECT(record.x[5] >> 48 & 0xff, STAT_NEXT_REPLY_NORMAL);
    EXPECT(record.x[6], FFA_MSG_SEND_DIRECT_REQ_32);
    EXPECT(record.x[7], NO_PARTITION);
    record = ask(&bulkhead, STAT_RECORD, cpu_index(), trace.x[4] - 1, 4);
    EXPECT((int32_t)record.x[7], FFA_INVALID_PARAMETERS);
    EXPECT(tell(STAT_REASON, cpu_index(), trace.x[4] - 1).x[4], 0x73206f6e); /* "no s" */
}

TEST(looking_at_the_trace_leaves_no_record)
{
    uint64_t before = tell(STAT_TRACE, cpu_index(), 0).x[4];

    tell(STAT_STATE, 0, 0);
    EXPECT(tell(STAT_TRACE, cpu_index(), 0).x[4], before);
    tell(STAT_SPMC, 0, 0);
    EXPECT(tell(STAT_TRACE, cpu_index(), 0).x[4], before + 1);
}

TEST(a_partition_may_not_read_the_trace)
{
    NEEDS_PARTITION(&crasher);
    EXPECT(ask(&crasher, CRASH_FORWARD, STAT_ID, STAT_TRACE, 0).x[5], STAT_DENIED);
}

/* The suites of memory came before. */
TEST(no_memory_transaction_is_left_in_flight)
{
    uint64_t i;

    for (i = 0; ask(&bulkhead, STAT_TRANSACTION, i).x[3] == STAT_OK; i++)
        EXPECT(tell(STAT_TRANSACTION, i, 0).x[6] & 0xff, STAT_TRANSACTION_FREE);
    EXPECT(i, TRANSACTIONS);
}

TEST(what_there_is_not_has_a_status)
{
    EXPECT(ask(&bulkhead, STAT_NAME, 1000).x[3], STAT_NOT_FOUND);
    EXPECT(ask(&bulkhead, STAT_TRACE, 1000).x[3], STAT_NOT_FOUND);
    EXPECT(ask(&bulkhead, STAT_STATE, 1000).x[3], STAT_NOT_FOUND);
    EXPECT(ask(&bulkhead, 1000).x[3], STAT_UNKNOWN_QUESTION);
}

TEST(it_takes_no_requests_of_the_second_kind)
{
    EXPECT_ERROR(ask2(&bulkhead, STAT_SPMC), FFA_DENIED);
}

TEST(a_partition_may_ask_too)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    reply = ask(&crasher, CRASH_FORWARD, STAT_ID, STAT_SPMC, 0);
    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(reply.x[5], STAT_OK);
}
