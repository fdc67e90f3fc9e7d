/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who is there: ID_GET, SPM_ID_GET and PARTITION_INFO_GET in both of its formats.
 */
#define SUITE "discovery"

#include "mailbox.h"
#include "partitions.h"
#include "smp.h"
#include "tap.h"

#define ENTRIES_MAX 16
#define RESERVED_FLAG 0x2

/* What a partition may do to others is none of the Normal world's business: it cannot be their
 * target. */
#define HIDDEN_PROPERTIES (FFA_PROPERTY_SENDS_REQ | FFA_PROPERTY_SENDS_REQ2)
#define PROPERTIES_OF_1_0 \
    (FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_SENDS_REQ | FFA_PROPERTY_INDIRECT)

static const struct ffa_uuid every_partition;
static const struct ffa_uuid unknown_uuid = {{1, 2, 3, 4}};

static bool same_uuid(const struct ffa_uuid *a, const struct ffa_uuid *b)
{
    return !__builtin_memcmp(a, b, sizeof(*a));
}

/* Lists all partitions at version 1.1 or later; gives how many, at most ENTRIES_MAX. */
static unsigned list(struct ffa_partition_info entries[ENTRIES_MAX])
{
    struct ffa_regs reply;

    EXPECT_SUCCESS(mailbox_map());
    reply = partition_info_get(&every_partition, 0);
    if (!EXPECT_SUCCESS(reply) || !EXPECT_TRUE(reply.x[2] <= ENTRIES_MAX))
        return 0;
    for (unsigned i = 0; i < reply.x[2]; i++)
        entries[i] = partition_info_entry(i, FFA_PARTITION_INFO_SIZE_1_1);
    return (unsigned)reply.x[2];
}

TEST(the_normal_world_has_id_0)
{
    struct ffa_regs reply = ffa(FFA_ID_GET);

    EXPECT_SUCCESS(reply);
    EXPECT(reply.x[2], FFA_ID_NORMAL_WORLD);
}

TEST(the_spmc_has_id_0x8000)
{
    struct ffa_regs reply = ffa(FFA_SPM_ID_GET);

    EXPECT_SUCCESS(reply);
    EXPECT(reply.x[2], FFA_ID_SPMC);
}

TEST(partitions_are_counted_without_a_buffer)
{
    struct ffa_regs reply = partition_info_get(&every_partition, FFA_PARTITION_INFO_COUNT_ONLY);

    EXPECT_SUCCESS(reply);
    EXPECT_TRUE(reply.x[2] >= 3);
    EXPECT(reply.x[3], 0);
}

TEST(the_count_of_one_uuid_is_right)
{
    struct ffa_regs reply = partition_info_get(&echo.uuid, FFA_PARTITION_INFO_COUNT_ONLY);

    EXPECT_SUCCESS(reply);
    EXPECT(reply.x[2], 1);
}

TEST(counting_leaves_a_full_buffer_alone)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(partition_info_get(&every_partition, 0));
    EXPECT_SUCCESS(partition_info_get(&every_partition, FFA_PARTITION_INFO_COUNT_ONLY));
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
}

TEST(rx_behind_the_list_is_as_it_was)
{
    struct ffa_regs reply;

    for (unsigned i = 0; i < PAGE_SIZE; i++)
        mailbox_rx[i] = (uint8_t)(i * 7 + 1);
    EXPECT_SUCCESS(mailbox_map());
    reply = partition_info_get(&every_partition, 0);
    EXPECT_SUCCESS(reply);
    for (unsigned i = (unsigned)(reply.x[2] * reply.x[3]); i < PAGE_SIZE; i++) {
        tap_for(i);
        EXPECT(mailbox_rx[i], (uint8_t)(i * 7 + 1));
    }
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
}

TEST(the_list_is_as_long_as_the_count)
{
    struct ffa_partition_info entries[ENTRIES_MAX];
    unsigned listed = list(entries);

    EXPECT(listed, partition_info_get(&every_partition, FFA_PARTITION_INFO_COUNT_ONLY).x[2]);
}

TEST(the_list_has_secure_ids_each_once)
{
    struct ffa_partition_info entries[ENTRIES_MAX];
    unsigned listed = list(entries);

    for (unsigned i = 0; i < listed; i++) {
        tap_for(entries[i].id);
        EXPECT_TRUE(entries[i].id > FFA_ID_SPMC && entries[i].id < FFA_ID_EL3_FIRST);
        for (unsigned k = 0; k < i; k++)
            EXPECT_TRUE(entries[i].id != entries[k].id);
    }
}

TEST(the_list_carries_uuids)
{
    struct ffa_partition_info entries[ENTRIES_MAX];
    unsigned listed = list(entries);
    unsigned found = 0;

    for (unsigned i = 0; i < listed; i++)
        found += same_uuid(&entries[i].uuid, &echo.uuid) ||
                 same_uuid(&entries[i].uuid, &vault.uuid) ||
                 same_uuid(&entries[i].uuid, &ticker.uuid);
    EXPECT(found, 3);
}

TEST(the_list_hides_properties_that_concern_partitions_alone)
{
    struct ffa_partition_info entries[ENTRIES_MAX];
    unsigned listed = list(entries);

    for (unsigned i = 0; i < listed; i++) {
        tap_for(entries[i].id);
        EXPECT(entries[i].properties & HIDDEN_PROPERTIES, 0);
        EXPECT(entries[i].properties & FFA_PROPERTY_AARCH64, FFA_PROPERTY_AARCH64);
    }
}

TEST(a_partition_is_found_by_its_uuid)
{
    struct ffa_partition_info entry;
    struct ffa_regs reply;

    EXPECT_SUCCESS(mailbox_map());
    reply = partition_info_get(&echo.uuid, 0);
    EXPECT_SUCCESS(reply);
    EXPECT(reply.x[2], 1);
    EXPECT(reply.x[3], FFA_PARTITION_INFO_SIZE_1_1);
    entry = partition_info_entry(0, FFA_PARTITION_INFO_SIZE_1_1);
    EXPECT(entry.id, echo.info.id);
    EXPECT(entry.context_count, 1);
    EXPECT(entry.properties & FFA_PROPERTY_RECEIVES_REQ, FFA_PROPERTY_RECEIVES_REQ);
    EXPECT_TRUE(same_uuid(&entry.uuid, &every_partition));
}

TEST(an_mp_partition_has_a_context_for_each_cpu)
{
    EXPECT_TRUE(vault.info.context_count >= cpu_count());
}

TEST(at_version_1_0_an_entry_has_8_bytes)
{
    struct ffa_regs reply;

    EXPECT(ffa_version(FFA_VERSION_1_0), FFA_VERSION_1_2);
    EXPECT_SUCCESS(mailbox_map());
    mailbox_rx[FFA_PARTITION_INFO_SIZE_1_0] = 0x5a;
    reply = partition_info_get(&echo.uuid, 0);
    EXPECT_SUCCESS(reply);
    EXPECT(reply.x[2], 1);
    EXPECT(reply.x[3], 0);
    EXPECT(partition_info_entry(0, FFA_PARTITION_INFO_SIZE_1_0).id, echo.info.id);
    EXPECT(mailbox_rx[FFA_PARTITION_INFO_SIZE_1_0], 0x5a);
}

TEST(at_version_1_0_the_list_has_the_properties_of_1_0)
{
    struct ffa_regs reply;

    EXPECT(ffa_version(FFA_VERSION_1_0), FFA_VERSION_1_2);
    EXPECT_SUCCESS(mailbox_map());
    reply = partition_info_get(&every_partition, 0);
    REQUIRE(reply.x[0], FFA_SUCCESS_32);
    for (unsigned i = 0; i < reply.x[2]; i++)
        EXPECT(partition_info_entry(i, FFA_PARTITION_INFO_SIZE_1_0).properties &
                   ~(uint32_t)PROPERTIES_OF_1_0,
               0);
}

TEST(at_version_1_1_an_entry_has_24_bytes)
{
    EXPECT(ffa_version(FFA_VERSION_1_1), FFA_VERSION_1_2);
    EXPECT_SUCCESS(mailbox_map());
    EXPECT(partition_info_get(&every_partition, 0).x[3], FFA_PARTITION_INFO_SIZE_1_1);
}

TEST(an_unknown_uuid_is_invalid)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_ERROR(partition_info_get(&unknown_uuid, 0), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(partition_info_get(&unknown_uuid, FFA_PARTITION_INFO_COUNT_ONLY),
                 FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(ffa(FFA_RX_RELEASE), FFA_DENIED);
}

TEST(reserved_flags_of_partition_info_are_invalid)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_ERROR(partition_info_get(&every_partition, RESERVED_FLAG), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(partition_info_get(&every_partition, 0x80000001), FFA_INVALID_PARAMETERS);
}

TEST(partition_info_without_a_buffer_is_busy)
{
    EXPECT_ERROR(partition_info_get(&every_partition, 0), FFA_BUSY);
}

TEST(partition_info_into_a_full_buffer_is_busy)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(partition_info_get(&every_partition, 0));
    EXPECT_ERROR(partition_info_get(&every_partition, 0), FFA_BUSY);
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
    EXPECT_SUCCESS(partition_info_get(&every_partition, 0));
}

TEST(partitions_that_failed_to_start_are_not_listed_and_not_reached)
{
    struct ffa_partition_info entries[ENTRIES_MAX];
    unsigned listed = list(entries);

    for (uint16_t id = FFA_ID_SPMC + 1; id < FFA_ID_SPMC + ENTRIES_MAX; id++) {
        bool is_listed = false;

        for (unsigned i = 0; i < listed; i++)
            is_listed |= entries[i].id == id;
        tap_for(id);
        if (!is_listed)
            EXPECT(ffa(FFA_MSG_SEND_DIRECT_REQ_64, id).x[0], FFA_ERROR);
    }
}
