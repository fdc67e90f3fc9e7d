/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PARTITION_INFO_GET_REGS: the list of PARTITION_INFO_GET in registers, five entries a call.
 */
#define SUITE "discovery2"

#include "mailbox.h"
#include "partitions.h"
#include "tap.h"

#define ENTRIES_MAX 16
#define FIRST_ENTRY 3
#define REGISTERS_OF_ENTRY 3
#define TAG(tag) ((uint64_t)(tag) << 16)
#define CARRIED_ENTRIES 3 /* whole ones in x3 to x12, which is what crasher can hand on */

static const struct ffa_uuid every_partition;
static const struct ffa_uuid unknown_uuid = {{1, 2, 3, 4}};

static struct ffa_regs get(const struct ffa_uuid *uuid, uint64_t start)
{
    const uint32_t *word = uuid->word;

    return ffa(FFA_PARTITION_INFO_GET_REGS, (uint64_t)word[1] << 32 | word[0],
               (uint64_t)word[3] << 32 | word[2], start);
}

static unsigned last_index(struct ffa_regs reply)
{
    return reply.x[2] & 0xffff;
}

static unsigned current_index(struct ffa_regs reply)
{
    return reply.x[2] >> 16 & 0xffff;
}

static struct ffa_partition_info entry_of(struct ffa_regs reply, unsigned number)
{
    struct ffa_partition_info entry;

    __builtin_memcpy(&entry, &reply.x[FIRST_ENTRY + REGISTERS_OF_ENTRY * number], sizeof(entry));
    return entry;
}

/* The fixed part of a good reply, and how many entries it has, behind which all is zero. */
static unsigned expect_entries(struct ffa_regs reply, unsigned start)
{
    unsigned count = current_index(reply) - start + 1;

    if (!EXPECT(reply.x[0], FFA_SUCCESS_64) ||
        !EXPECT_TRUE(count <= FFA_PARTITION_INFO_REGS_ENTRIES))
        return 0;
    EXPECT(reply.x[1], 0);
    EXPECT(reply.x[2] >> 32 & 0xffff, 0);
    EXPECT(reply.x[2] >> 48, FFA_PARTITION_INFO_SIZE_1_1);
    EXPECT_TRUE(current_index(reply) <= last_index(reply));
    for (unsigned i = FIRST_ENTRY + REGISTERS_OF_ENTRY * count; i < 18; i++)
        EXPECT(reply.x[i], 0);
    return count;
}

static bool same_entry(const struct ffa_partition_info *a, const struct ffa_partition_info *b)
{
    return !__builtin_memcmp(a, b, sizeof(*a));
}

TEST(the_list_in_registers_is_the_list_in_the_buffer)
{
    struct ffa_regs buffered, reply;
    unsigned seen = 0;

    EXPECT_SUCCESS(mailbox_map());
    buffered = partition_info_get(&every_partition, 0);
    REQUIRE(buffered.x[0], FFA_SUCCESS_32);
    do {
        unsigned count;

        reply = get(&every_partition, seen);
        count = expect_entries(reply, seen);
        EXPECT(last_index(reply) + 1, buffered.x[2]);
        for (unsigned i = 0; i < count; i++) {
            struct ffa_partition_info a = entry_of(reply, i);
            struct ffa_partition_info b =
                partition_info_entry(seen + i, FFA_PARTITION_INFO_SIZE_1_1);

            tap_for(a.id);
            EXPECT_TRUE(same_entry(&a, &b));
        }
        REQUIRE(count != 0, true);
        seen += count;
    } while (seen <= last_index(reply));
    EXPECT(seen, buffered.x[2]);
}

TEST(as_many_entries_come_as_there_is_room_for)
{
    struct ffa_regs reply = get(&every_partition, 0);
    unsigned wanted = last_index(reply) + 1;

    if (wanted > FFA_PARTITION_INFO_REGS_ENTRIES)
        wanted = FFA_PARTITION_INFO_REGS_ENTRIES;
    EXPECT(expect_entries(reply, 0), wanted);
}

TEST(every_start_index_up_to_the_last_gives_the_entry_there)
{
    unsigned last = last_index(get(&every_partition, 0));

    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(partition_info_get(&every_partition, 0));
    for (unsigned start = 0; start <= last; start++) {
        struct ffa_regs reply = get(&every_partition, start);
        struct ffa_partition_info here = entry_of(reply, 0);
        struct ffa_partition_info there = partition_info_entry(start, FFA_PARTITION_INFO_SIZE_1_1);

        tap_for(start);
        EXPECT_TRUE(expect_entries(reply, start) > 0);
        EXPECT_TRUE(same_entry(&here, &there));
    }
}

TEST(a_uuid_finds_its_partition_in_registers)
{
    struct ffa_regs reply = get(&echo.uuid, 0);
    struct ffa_partition_info entry = entry_of(reply, 0);

    EXPECT(expect_entries(reply, 0), 1);
    EXPECT(last_index(reply), 0);
    EXPECT(entry.id, echo.info.id);
    EXPECT(entry.context_count, 1);
    EXPECT(entry.properties, FFA_PROPERTY_AARCH64 | FFA_PROPERTY_RECEIVES_REQ |
                                 FFA_PROPERTY_RECEIVES_REQ2 | FFA_PROPERTY_INDIRECT |
                                 FFA_PROPERTY_NOTIFICATIONS);
    EXPECT_TRUE(!__builtin_memcmp(&entry.uuid, &every_partition, sizeof(entry.uuid)));
}

TEST(an_unknown_uuid_in_registers_is_invalid)
{
    EXPECT_ERROR(get(&unknown_uuid, 0), FFA_INVALID_PARAMETERS);
}

TEST(a_start_index_past_the_end_is_invalid)
{
    unsigned count = last_index(get(&every_partition, 0)) + 1;

    EXPECT_ERROR(get(&every_partition, count), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(get(&every_partition, 0xffff), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(get(&echo.uuid, 1), FFA_INVALID_PARAMETERS);
}

TEST(a_tag_asks_to_begin_anew)
{
    EXPECT_ERROR(get(&every_partition, TAG(1)), FFA_RETRY);
    EXPECT_ERROR(get(&every_partition, TAG(0xffff) | 1), FFA_RETRY);
}

TEST(discovery_in_registers_needs_no_buffer_and_leaves_one_alone)
{
    EXPECT(get(&every_partition, 0).x[0], FFA_SUCCESS_64);
    EXPECT_SUCCESS(mailbox_map());
    EXPECT(get(&every_partition, 0).x[0], FFA_SUCCESS_64);
    EXPECT_ERROR(ffa(FFA_RX_RELEASE), FFA_DENIED);
    EXPECT_SUCCESS(partition_info_get(&every_partition, 0));
    EXPECT(get(&every_partition, 0).x[0], FFA_SUCCESS_64);
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
}

TEST(discovery_in_registers_is_not_supported_below_version_1_2)
{
    EXPECT(ffa_version(FFA_VERSION_1_1), FFA_VERSION_1_2);
    EXPECT_ERROR(get(&every_partition, 0), FFA_NOT_SUPPORTED);
    EXPECT(ffa_version(FFA_VERSION_1_0), FFA_VERSION_1_2);
    EXPECT_ERROR(get(&every_partition, 0), FFA_NOT_SUPPORTED);
}

TEST(discovery_in_registers_has_no_32_bit_form)
{
    EXPECT_ERROR(ffa(FFA_PARTITION_INFO_GET_REGS & ~(uint32_t)FFA_SMC64), FFA_NOT_SUPPORTED);
}

/* ---- From partitions ---- */

TEST(a_partition_discovers_the_others_by_smc_and_by_hvc)
{
    NEEDS_PARTITION(&crasher);
    for (uint64_t by = CRASH_CALL; by <= CRASH_CALL_HVC; by++) {
        struct ffa_regs reply = call_from_crasher(by, FFA_PARTITION_INFO_GET_REGS);

        EXPECT(reply.x[0], FFA_SUCCESS_64);
        EXPECT(last_index(reply), last_index(get(&every_partition, 0)));
        for (unsigned i = 0; i < CARRIED_ENTRIES && i <= last_index(reply); i++)
            EXPECT(entry_of(reply, i).id, entry_of(get(&every_partition, 0), i).id);
    }
}

TEST(a_partition_sees_who_sends_requests)
{
    struct ffa_regs reply =
        call_from_crasher(CRASH_CALL, FFA_PARTITION_INFO_GET_REGS,
                          (uint64_t)echo.uuid.word[1] << 32 | echo.uuid.word[0],
                          (uint64_t)echo.uuid.word[3] << 32 | echo.uuid.word[2]);

    EXPECT(reply.x[0], FFA_SUCCESS_64);
    EXPECT(entry_of(reply, 0).properties, FFA_PROPERTY_AARCH64 | FFA_PROPERTY_RECEIVES_REQ |
                                              FFA_PROPERTY_SENDS_REQ | FFA_PROPERTY_RECEIVES_REQ2 |
                                              FFA_PROPERTY_SENDS_REQ2 | FFA_PROPERTY_INDIRECT |
                                              FFA_PROPERTY_NOTIFICATIONS);
}

TEST(a_partitions_discovery_in_registers_is_refused_like_the_normal_worlds)
{
    NEEDS_PARTITION(&crasher);
    EXPECT_ERROR(call_from_crasher(CRASH_CALL, FFA_PARTITION_INFO_GET_REGS, 1, 2),
                 FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(call_from_crasher(CRASH_CALL, FFA_PARTITION_INFO_GET_REGS, 0, 0, TAG(1)),
                 FFA_RETRY);
    EXPECT_ERROR(call_from_crasher(CRASH_CALL_HVC, FFA_PARTITION_INFO_GET_REGS, 0, 0, ENTRIES_MAX),
                 FFA_INVALID_PARAMETERS);
}

TEST(a_partition_below_version_1_2_has_no_discovery_in_registers)
{
    struct ffa_regs reply = call_from_1_1(FFA_PARTITION_INFO_GET_REGS);

    EXPECT(reply.x[0], FFA_ERROR);
    EXPECT((int32_t)reply.x[2], FFA_NOT_SUPPORTED);
}
