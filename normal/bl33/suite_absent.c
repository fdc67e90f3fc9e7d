/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The firmware's manifest may claim memory that the board does not have. Bulkhead cannot know
 * before it stores there; then the store fails softly: the caller is told, and nothing else
 * changes.
 */
#define SUITE "absent"

#include "memory.h"
#include "partitions.h"
#include "scenarios.h"
#include "tap.h"

#define VM 0x0005

uint64_t absent_memory;

static const struct ffa_uuid every_partition;

static struct ffa_regs map_absent_rx(void)
{
    return mailbox_map_at((uint64_t)mailbox_tx, absent_memory, 1);
}

TEST(a_buffer_in_absent_memory_is_mapped)
{
    EXPECT_SUCCESS(map_absent_rx());
}

TEST(partition_info_into_absent_memory_is_aborted)
{
    EXPECT_SUCCESS(map_absent_rx());
    EXPECT_ERROR(partition_info_get(&every_partition, 0), FFA_ABORTED);
}

TEST(an_aborted_partition_info_leaves_the_buffer_empty)
{
    EXPECT_SUCCESS(map_absent_rx());
    EXPECT_ERROR(partition_info_get(&every_partition, 0), FFA_ABORTED);
    EXPECT_ERROR(ffa(FFA_RX_RELEASE), FFA_DENIED);
    EXPECT_ERROR(partition_info_get(&every_partition, 0), FFA_ABORTED);
}

TEST(counting_works_beside_a_buffer_in_absent_memory)
{
    EXPECT_SUCCESS(map_absent_rx());
    EXPECT_SUCCESS(partition_info_get(&every_partition, FFA_PARTITION_INFO_COUNT_ONLY));
}

TEST(partitions_answer_after_an_aborted_call)
{
    EXPECT_SUCCESS(map_absent_rx());
    EXPECT_ERROR(partition_info_get(&every_partition, 0), FFA_ABORTED);
    EXPECT_TRUE(echo_answers());
    EXPECT_TRUE(vault_answers());
}

TEST(a_good_buffer_replaces_one_in_absent_memory)
{
    EXPECT_SUCCESS(map_absent_rx());
    EXPECT_ERROR(partition_info_get(&every_partition, 0), FFA_ABORTED);
    EXPECT_SUCCESS(mailbox_unmap());
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(partition_info_get(&every_partition, 0));
}

TEST(a_descriptor_in_absent_memory_is_aborted_and_maps_nothing)
{
    EXPECT_SUCCESS(mailbox_map_at(absent_memory, (uint64_t)mailbox_rx, 1));
    EXPECT_ERROR(ffa(FFA_RXTX_MAP_64), FFA_ABORTED);
    EXPECT_ERROR(ffa(FFA_RXTX_UNMAP, (uint64_t)VM << 16), FFA_INVALID_PARAMETERS);
    EXPECT_TRUE(echo_answers());
}

TEST(discovery_in_registers_works_beside_a_buffer_in_absent_memory)
{
    EXPECT_SUCCESS(map_absent_rx());
    EXPECT(ffa(FFA_PARTITION_INFO_GET_REGS).x[0], FFA_SUCCESS_64);
    EXPECT_RESPONSE2(ask2(&echo, 1), &echo);
}

/* ---- Memory transactions ---- */

TEST(a_description_from_absent_memory_is_aborted)
{
    EXPECT_SUCCESS(mailbox_map_at(absent_memory, (uint64_t)mailbox_rx, 1));
    EXPECT_ERROR(ffa(FFA_MEM_SHARE_64, 112, 112), FFA_ABORTED);
    EXPECT_ERROR(ffa(FFA_MEM_RETRIEVE_REQ_64, 48, 48), FFA_ABORTED);
    EXPECT_TRUE(echo_answers());
}

TEST(a_description_into_absent_memory_is_aborted_and_can_be_asked_for_again)
{
    const struct ffa_memory_range range = {POOL, 1, 0};
    struct sending s = memory_sending(FFA_MEM_SHARE_64, &crasher, &range, 1);
    struct ffa_memory_header header = {0};

    EXPECT_SUCCESS(map_absent_rx());
    header.handle = memory_sent(&s);
    __builtin_memcpy(mailbox_tx, &header, sizeof(header));
    EXPECT_ERROR(ffa(FFA_MEM_RETRIEVE_REQ_64, 48, 48), FFA_ABORTED);
    EXPECT_SUCCESS(mailbox_unmap());
    EXPECT_SUCCESS(mailbox_map());
    EXPECT(ffa(FFA_MEM_RETRIEVE_REQ_64, 48, 48).x[0], FFA_MEM_RETRIEVE_RESP);
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
    EXPECT_SUCCESS(memory_reclaim(header.handle, 0));
}

TEST(absent_memory_is_lent_but_not_zeroed)
{
    const struct ffa_memory_range range = {absent_memory, 3, 0};
    struct sending s = memory_sending(FFA_MEM_LEND_64, &crasher, &range, 1);
    uint64_t handle;

    s.flags = FFA_MEMORY_ZERO;
    EXPECT_SUCCESS(mailbox_map());
    REQUIRE(memory_begin(&crasher), true);
    handle = memory_sent(&s);
    EXPECT(memory_retrieve(&crasher, handle, 0, FFA_ACCESS_RW | FFA_ACCESS_NX, 0).status,
           FFA_NO_MEMORY);
    EXPECT_ERROR(memory_reclaim(handle, FFA_MEMORY_ZERO), FFA_ABORTED);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    EXPECT_TRUE(crasher_answers(&crasher));
    memory_end(&crasher);
}

TEST(a_partition_that_touches_absent_memory_survives)
{
    const struct ffa_memory_range range = {absent_memory, 1, 0};
    struct sending s = memory_sending(FFA_MEM_LEND_64, &crasher, &range, 1);
    uint64_t handle;

    EXPECT_SUCCESS(mailbox_map());
    REQUIRE(memory_begin(&crasher), true);
    handle = memory_sent(&s);
    EXPECT(memory_retrieve(&crasher, handle, 0, FFA_ACCESS_RW | FFA_ACCESS_NX, 0).status, 0);
    EXPECT_TRUE(memory_touch(&crasher, absent_memory, TOUCH_READ, true) != 0);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    EXPECT_TRUE(crasher_answers(&crasher));
    memory_end(&crasher);
}
