/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RXTX_MAP, RXTX_UNMAP, RX_RELEASE: which buffers are taken, and who holds RX when.
 */
#define SUITE "mailbox"

#include "abi/demo.h"
#include "mailbox.h"
#include "scenarios.h"
#include "tap.h"

#define TX ((uint64_t)mailbox_tx)
#define RX ((uint64_t)mailbox_rx)

#define SECURE_MEMORY 0x0e300000
#define DEVICE_MEMORY 0x09000000
#define ABOVE_ALL_MEMORY 0x8000000000
#define LAST_PAGE 0xfffffffffffff000

static const struct ffa_uuid every_partition;

TEST(a_pair_of_buffers_is_mapped_and_unmapped_and_mapped_again)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(mailbox_unmap());
    EXPECT_SUCCESS(mailbox_map());
}

TEST(buffers_of_several_pages_are_mapped)
{
    EXPECT_SUCCESS(mailbox_map_at(TX, RX, MAILBOX_PAGES));
    EXPECT_SUCCESS(partition_info_get(&every_partition, 0));
}

TEST(a_second_map_is_denied)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_ERROR(mailbox_map(), FFA_DENIED);
    EXPECT_ERROR(mailbox_map_at(TX + PAGE_SIZE, RX + PAGE_SIZE, 1), FFA_DENIED);
}

TEST(a_refused_map_leaves_nothing_mapped)
{
    EXPECT_ERROR(mailbox_map_at(TX, SECURE_MEMORY, 1), FFA_DENIED);
    EXPECT_ERROR(mailbox_unmap(), FFA_INVALID_PARAMETERS);
}

TEST(an_unaligned_buffer_is_invalid)
{
    EXPECT_ERROR(mailbox_map_at(TX + 8, RX, 1), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(mailbox_map_at(TX, RX + 0x800, 1), FFA_INVALID_PARAMETERS);
}

TEST(a_buffer_of_no_pages_is_invalid)
{
    EXPECT_ERROR(mailbox_map_at(TX, RX, 0), FFA_INVALID_PARAMETERS);
}

TEST(reserved_bits_in_the_page_count_are_invalid)
{
    EXPECT_ERROR(mailbox_map_at(TX, RX, 0x41), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(mailbox_map_at(TX, RX, 0x80000001), FFA_INVALID_PARAMETERS);
}

TEST(one_buffer_for_both_directions_is_invalid)
{
    EXPECT_ERROR(mailbox_map_at(TX, TX, 1), FFA_INVALID_PARAMETERS);
}

TEST(overlapping_buffers_are_invalid)
{
    EXPECT_ERROR(mailbox_map_at(TX, TX + PAGE_SIZE, 2), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(mailbox_map_at(TX + PAGE_SIZE, TX, 2), FFA_INVALID_PARAMETERS);
}

TEST(a_buffer_in_secure_memory_is_denied)
{
    EXPECT_ERROR(mailbox_map_at(SECURE_MEMORY, RX, 1), FFA_DENIED);
    EXPECT_ERROR(mailbox_map_at(TX, SECURE_MEMORY, 1), FFA_DENIED);
}

TEST(a_buffer_outside_memory_is_denied)
{
    EXPECT_ERROR(mailbox_map_at(TX, DEVICE_MEMORY, 1), FFA_DENIED);
    EXPECT_ERROR(mailbox_map_at(ABOVE_ALL_MEMORY, RX, 1), FFA_DENIED);
}

TEST(a_buffer_in_a_page_that_a_manifest_gives_to_a_partition_is_denied)
{
    EXPECT_ERROR(mailbox_map_at(TX, CRASHER_NORMAL_PAGE, 1), FFA_DENIED);
    EXPECT_ERROR(mailbox_map_at(CRASHER_NORMAL_PAGE - PAGE_SIZE, RX, 2), FFA_DENIED);
}

TEST(a_buffer_that_reaches_beyond_the_end_of_memory_is_denied)
{
    uint64_t end = board.memory_base + board.memory_size;

    EXPECT_ERROR(mailbox_map_at(TX, end, 1), FFA_DENIED);
    EXPECT_ERROR(mailbox_map_at(TX, end - PAGE_SIZE, 2), FFA_DENIED);
    EXPECT_SUCCESS(mailbox_map_at(TX, end - PAGE_SIZE, 1));
}

TEST(a_buffer_that_wraps_around_the_address_space_is_refused)
{
    EXPECT(mailbox_map_at(TX, LAST_PAGE, 2).x[0], FFA_ERROR);
    EXPECT(mailbox_map_at(LAST_PAGE, RX, 2).x[0], FFA_ERROR);
}

TEST(the_32_bit_form_of_map_is_not_supported)
{
    EXPECT_ERROR(ffa(FFA_RXTX_MAP_32, TX, RX, 1), FFA_NOT_SUPPORTED);
}

TEST(unmap_of_nothing_is_invalid)
{
    EXPECT_ERROR(mailbox_unmap(), FFA_INVALID_PARAMETERS);
}

TEST(unmap_for_an_unknown_endpoint_is_invalid)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_ERROR(ffa(FFA_RXTX_UNMAP, 0x0001 << 16), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(ffa(FFA_RXTX_UNMAP, (uint64_t)0x8001 << 16), FFA_INVALID_PARAMETERS);
    EXPECT_SUCCESS(mailbox_unmap());
}

TEST(release_of_an_empty_buffer_is_denied)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_ERROR(ffa(FFA_RX_RELEASE), FFA_DENIED);
}

TEST(release_gives_a_full_buffer_back_once)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(partition_info_get(&every_partition, 0));
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
    EXPECT_ERROR(ffa(FFA_RX_RELEASE), FFA_DENIED);
}

TEST(release_for_an_unknown_endpoint_is_invalid)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(partition_info_get(&every_partition, 0));
    EXPECT_ERROR(ffa(FFA_RX_RELEASE, 5), FFA_INVALID_PARAMETERS);
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
}

TEST(unmap_drops_what_lies_in_a_full_buffer)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(partition_info_get(&every_partition, 0));
    EXPECT_SUCCESS(mailbox_unmap());
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(partition_info_get(&every_partition, 0));
}
