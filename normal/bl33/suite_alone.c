/* SPDX-License-Identifier: BSD-3-Clause */
/* A machine whose SPMC manifest was wrong: Bulkhead answers, and has nothing to give. */
#define SUITE "alone"

#include "mailbox.h"
#include "partitions.h"
#include "smp.h"
#include "tap.h"

#define FIRST_PARTITION 0x8001

static const struct ffa_uuid every_partition;

static void expect_nobody(void *argument)
{
    (void)argument;
    EXPECT(ffa_version(FFA_VERSION_1_2), FFA_VERSION_1_2);
    EXPECT_ERROR(
        ffa(FFA_MSG_SEND_DIRECT_REQ_64, ffa_sender_receiver(FFA_ID_NORMAL_WORLD, FIRST_PARTITION)),
        FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(ffa(FFA_RUN, (uint64_t)FIRST_PARTITION << 16), FFA_INVALID_PARAMETERS);
}

TEST(every_cpu_finds_an_spmc_and_nobody_to_send_to)
{
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        cpu_run(cpu, expect_nobody, 0);
}

TEST(there_are_no_partitions)
{
    EXPECT_ERROR(partition_info_get(&every_partition, FFA_PARTITION_INFO_COUNT_ONLY),
                 FFA_INVALID_PARAMETERS);
}

TEST(no_memory_is_the_normal_worlds_to_share)
{
    EXPECT_ERROR(mailbox_map(), FFA_DENIED);
}

TEST(cpus_go_off_and_on)
{
    NEEDS_CPUS(2);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++) {
        cpu_switch_off(cpu);
        cpu_switch_on(cpu);
        cpu_run(cpu, expect_nobody, 0);
    }
}
