/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What keeps the lock longest in one stretch: what the Normal world asks for in one call, which
 * cannot be made again like a partition's; deaths; and the first step of a restart. For
 * suite=bench, at its end, as two partitions die.
 */
#include "bench.h"
#include "mailbox.h"
#include "memory.h"
#include "partitions.h"
#include "sri.h"
#include "tests/bench/mark.h"

#define RANGES 512 /* of one transaction: TRANSACTION_RANGES_MAX */
#define IN_TWO_PAGES 506
#define PAGES 16384 /* of one transaction: TRANSACTION_PAGES_MAX */
#define VMS 64
#define VM_VCPUS 16

static struct ffa_memory_range ranges[RANGES];

/* Of one page each. The last one may overlap the one before: all is taken, and given back. */
static struct sending description(unsigned count, uint32_t fragment, bool overlaps)
{
    struct sending s = memory_sending(FFA_MEM_SHARE_64, &crasher, ranges, count);

    for (unsigned i = 0; i < count; i++)
        ranges[i] = (struct ffa_memory_range){POOL + 2ULL * i * PAGE_SIZE, 1, 0};
    if (overlaps)
        ranges[count - 1] = ranges[count - 2];
    s.fragment = fragment;
    return s;
}

/* The last stay at S-EL2 is that of the last fragment. */
static void measure_send(const char *name, unsigned count, uint32_t fragment, bool overlaps)
{
    struct sending s = description(count, fragment, overlaps);
    struct ffa_regs reply;
    bool right;

    MARK(MARK_BEGIN);
    reply = memory_send(&s);
    MARK(MARK_END);
    if (overlaps)
        right = reply.x[0] == FFA_ERROR && (int32_t)reply.x[2] == FFA_INVALID_PARAMETERS;
    else
        right = reply.x[0] == FFA_SUCCESS_32 &&
                memory_reclaim(memory_handle(reply), 0).x[0] == FFA_SUCCESS_32;
    bench_report(name, "exit", 1, right);
}

static void measure_sends(void)
{
    const uint32_t whole = MAILBOX_MOST * PAGE_SIZE;

    mailbox_map();
    measure_send("send_506_ranges", IN_TWO_PAGES, PAGE_SIZE, false);
    measure_send("send_506_overlap", IN_TWO_PAGES, PAGE_SIZE, true);
    mailbox_unmap();
    mailbox_map_at((uint64_t)mailbox_tx, (uint64_t)mailbox_rx, MAILBOX_MOST);
    measure_send("send_512_ranges", RANGES, whole, false);
    measure_send("send_512_overlap", RANGES, whole, true);
    mailbox_unmap();
}

static bool dies(const struct partition *p)
{
    struct ffa_regs reply;

    MARK(MARK_BEGIN);
    reply = ask(p, CRASH_ABORT);
    MARK(MARK_END);
    return reply.x[0] == FFA_ERROR && (int32_t)reply.x[2] == FFA_ABORTED;
}

/* All that the Normal world can donate at once is phoenix_mp's when it dies; then it comes back. */
static void measure_restart(void)
{
    const struct ffa_memory_range much = {POOL, PAGES, 0};
    const struct sending s = memory_sending(FFA_MEM_DONATE_64, &phoenix_mp, &much, 1);
    bool right;

    mailbox_map();
    right = memory_begin(&phoenix_mp) &&
            memory_retrieve(&phoenix_mp, memory_sent(&s), FFA_ID_NORMAL_WORLD,
                            FFA_ACCESS_RW | FFA_ACCESS_NX, 0)
                    .status == 0;
    mailbox_unmap();
    bench_report("death_64_mib", "exit", 1, dies(&phoenix_mp) && right);
    MARK(MARK_BEGIN);
    right = ask(&phoenix_mp, CRASH_ECHO, 4).x[4] == 4;
    MARK(MARK_END);
    bench_report("restart_64_mib", "exit", 1, right);
}

/* Each VM, and the Normal world, has all its notifications bound to crasher, and pending. */
static bool bind_all(void)
{
    bool right = true;

    sri_stop();
    ffa(FFA_NOTIFICATION_UNBIND, ffa_sender_receiver(crasher.info.id, FFA_ID_NORMAL_WORLD), 0, 1);
    for (uint16_t vm = 0; vm <= VMS; vm++) {
        ffa(FFA_NOTIFICATION_BITMAP_CREATE, vm, VM_VCPUS); /* the Normal world has one */
        right = ffa(FFA_NOTIFICATION_BIND, ffa_sender_receiver(crasher.info.id, vm), 0, UINT32_MAX,
                    UINT32_MAX)
                        .x[0] == FFA_SUCCESS_32 &&
                ask(&crasher, CRASH_SET, vm, 0, UINT32_MAX).x[3] == DEMO_OK && right;
    }
    return right;
}

void bench_longest(void)
{
    bool right;

    measure_sends();
    measure_restart();
    right = bind_all();
    bench_report("death_64_vms", "exit", 1, dies(&crasher) && right);
}
