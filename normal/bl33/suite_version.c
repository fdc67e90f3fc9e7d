/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FFA_VERSION: Bulkhead speaks 1.2 and says so to all of major version 1. The Normal world may
 * change its mind (a boot loader and the OS after it may differ) as long as it has nothing mapped,
 * and no response of the second kind is to come.
 */
#define SUITE "version"

#include "ffa.h"
#include "mailbox.h"
#include "tap.h"

#define VERSION_1_3 0x10003

static const struct ffa_uuid every_partition;

TEST(version_1_0_is_answered_with_1_2)
{
    EXPECT(ffa_version(FFA_VERSION_1_0), FFA_VERSION_1_2);
}

TEST(version_1_1_is_answered_with_1_2)
{
    EXPECT(ffa_version(FFA_VERSION_1_1), FFA_VERSION_1_2);
}

TEST(version_1_2_is_answered_with_1_2)
{
    EXPECT(ffa_version(FFA_VERSION_1_2), FFA_VERSION_1_2);
}

TEST(a_newer_minor_version_is_answered_with_1_2)
{
    EXPECT(ffa_version(VERSION_1_3), FFA_VERSION_1_2);
    EXPECT(ffa_version(0x1ffff), FFA_VERSION_1_2);
}

TEST(another_major_version_is_refused)
{
    EXPECT(ffa_version(0x20000), VERSION_REFUSED);
    EXPECT(ffa_version(0x00009), VERSION_REFUSED);
    EXPECT(ffa_version(0), VERSION_REFUSED);
    EXPECT(ffa_version(0x7fff0000), VERSION_REFUSED);
}

TEST(a_version_with_bit_31_is_refused)
{
    EXPECT(ffa_version(0x80010002), VERSION_REFUSED);
}

TEST(a_refused_version_leaves_the_one_in_force)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT(ffa_version(0x20000), VERSION_REFUSED);
    EXPECT(partition_info_get(&every_partition, 0).x[3], FFA_PARTITION_INFO_SIZE_1_1);
}

TEST(the_version_may_change_while_nothing_is_mapped)
{
    EXPECT(ffa_version(FFA_VERSION_1_0), FFA_VERSION_1_2);
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(mailbox_unmap());
    EXPECT(ffa_version(FFA_VERSION_1_1), FFA_VERSION_1_2);
    EXPECT_SUCCESS(mailbox_map());
    EXPECT(partition_info_get(&every_partition, 0).x[3], FFA_PARTITION_INFO_SIZE_1_1);
}

TEST(a_change_of_version_while_buffers_are_mapped_is_refused)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT(ffa_version(FFA_VERSION_1_1), VERSION_REFUSED);
    EXPECT(ffa_version(FFA_VERSION_1_0), VERSION_REFUSED);
}

TEST(the_same_version_may_be_asked_for_at_any_time)
{
    EXPECT(ffa_version(FFA_VERSION_1_1), FFA_VERSION_1_2);
    EXPECT_SUCCESS(mailbox_map());
    EXPECT(ffa_version(FFA_VERSION_1_1), FFA_VERSION_1_2);
    EXPECT(ffa_version(FFA_VERSION_1_1), FFA_VERSION_1_2);
}
