/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What suites on partitions' interrupts share: setting a crasher's timer, and asking what came.
 */
#ifndef BL33_INTERRUPTS_H
#define BL33_INTERRUPTS_H

#include <stdint.h>

#include "cpu.h"
#include "partitions.h"

#define PHYSICAL 0 /* timers of CRASH_TIMER_SET */
#define VIRTUAL 1

static inline uint64_t counter(void)
{
    isb();
    return read_register(cntpct_el0);
}

static inline uint64_t ticks_of(uint64_t microseconds)
{
    return microseconds * read_register(cntfrq_el0) / 1000000;
}

/* The crasher's timer, by its context of this CPU. `again_us`: its handler sets it so, unless 0. */
static inline void set_timer(const struct partition *p, unsigned which, uint64_t us,
                             uint64_t again_us)
{
    struct ffa_regs reply = run_until_answered(
        ask(p, CRASH_TIMER_SET, ticks_of(us), which, HF_LINE_IRQ, ticks_of(again_us)));

    EXPECT_ANSWER(reply, p);
    EXPECT(reply.x[4], 1);
}

/* x4: how often the crasher's context of this CPU took an interrupt since this was asked; x5: the
 * counter at its last one; x6: by which line. */
static inline struct ffa_regs taken(const struct partition *p, uint32_t intid)
{
    struct ffa_regs reply = run_until_answered(ask(p, CRASH_INTERRUPTS, intid));

    EXPECT_ANSWER(reply, p);
    return reply;
}

/* One interrupt was taken, after `begin` and before now, which is asked before the partition is. */
#define EXPECT_TAKEN_SINCE(p, intid, begin)                                           \
    do {                                                                              \
        uint64_t expect_end = counter();                                              \
        struct ffa_regs expect_taken = taken(p, intid);                               \
        EXPECT(expect_taken.x[4], 1);                                                 \
        EXPECT_TRUE(expect_taken.x[5] >= (begin) && expect_taken.x[5] <= expect_end); \
    } while (0)

#endif
