/* SPDX-License-Identifier: BSD-3-Clause */
/* Partitions that die with memory that they sent, borrowed or were given: how they come back, and
 * what is left in flight. */
#ifndef TESTS_SUPPORT_MEMORY_DEATHS_H
#define TESTS_SUPPORT_MEMORY_DEATHS_H

#include "support/restarts.h"
#include "support/sharing.h"

#define EXTRA(n) (0x0e600000ULL + (n)*PAGE_BYTES) /* UP's as well, while it lives: 256 pages */
#define MANY 90                                   /* pages: calls for them give way */

static inline int begin_with_restarts(void **state)
{
    begin(state);
    stage2_map(&s, &s.partitions[WORLD_UP], EXTRA(0), 256, MAP_READ | MAP_WRITE);
    for (unsigned i = 0; i < 2; i++)
        allow_restart(&s, i, RESTART_ON_NEXT_CALL);
    remember();
    return 0;
}

/* It comes back with a request, and maps its buffers again. */
static inline void comes_back(unsigned partition)
{
    struct next next = world_request(&s, 0, partition, 5);

    work(&s, 0, &next);
    assert_int_equal(next.kind, NEXT_RUN);
    world_call(&s, 0, FFA_MSG_WAIT);
    world_respond(&s, 0, 0, 6);
    assert_int_equal(normal->x[0], FFA_MSG_SEND_DIRECT_RESP_32);
    s.partitions[partition].endpoint.version = FFA_VERSION_1_2;
    map_buffers(partition);
}

static inline void assert_stays_dead(unsigned partition)
{
    world_request(&s, 0, partition, 5);
    assert_refused(normal, FFA_ABORTED);
}

static inline const struct transaction *only(void)
{
    const struct transaction *t = NULL;

    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        if (s.memory->transactions[i].state != TRANSACTION_FREE) {
            assert_null(t);
            t = &s.memory->transactions[i];
        }
    return t;
}

/* A borrower's call that gives way, in the midst of which its partition dies. */
static inline void dies_in_the_midst(unsigned partition, unsigned pieces, uint64_t x0,
                                     uint64_t length)
{
    world_request(&s, 0, partition, 0);
    for (unsigned i = 0; i < pieces; i++)
        assert_true(one_piece(partition, x0, length, length, 0));
    world_call(&s, 0, FFA_ABORT_32);
    assert_refused(normal, FFA_ABORTED);
}

#endif
