/* SPDX-License-Identifier: BSD-3-Clause */
/* In an image whose SPMC manifest lacks bulkhead,trace-for-normal-world. */
#define SUITE "untold"

#include "abi/stat.h"
#include "partitions.h"
#include "tap.h"

static struct partition bulkhead = {"bulkhead", {{STAT_UUID}}, {.id = STAT_ID}};

TEST(who_may_not_read_the_trace_is_told_nothing_of_it)
{
    for (unsigned what = STAT_TRACE; what <= STAT_REASON; what++) {
        struct ffa_regs reply = ask(&bulkhead, what);
        EXPECT(reply.x[3], STAT_DENIED);
        EXPECT(reply.x[4] | reply.x[5] | reply.x[6] | reply.x[7], 0);
    }
    EXPECT(ask(&bulkhead, STAT_STATE).x[3], STAT_DENIED);
}

TEST(counts_are_still_told)
{
    EXPECT(ask(&bulkhead, STAT_SPMC).x[3], STAT_OK);
}
