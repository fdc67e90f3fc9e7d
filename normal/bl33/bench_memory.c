/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory, for suite=bench: shared by the Normal world, retrieved by crasher, relinquished,
 * reclaimed.
 */
#include "bench.h"
#include "mailbox.h"
#include "memory.h"
#include "partitions.h"
#include "tests/bench/mark.h"

#define CYCLES 20
#define IN_FLIGHT 128

static struct ffa_memory_range ranges[SENDING_RANGES];
static unsigned range_count;

static void scatter(unsigned count)
{
    range_count = count;
    for (unsigned i = 0; i < count; i++)
        ranges[i] = (struct ffa_memory_range){POOL + 2ULL * i * PAGE_SIZE, 1, 0};
}

static void one_range(uint64_t address, uint32_t pages)
{
    range_count = 1;
    ranges[0] = (struct ffa_memory_range){address, pages, 0};
}

/* The requests that have crasher do its part, alone. */
static bool memory_requests(void)
{
    return bench_ask_crasher() && bench_ask_crasher();
}

static bool memory_cycle(void)
{
    const struct sending s = memory_sending(FFA_MEM_SHARE_64, &crasher, ranges, range_count);
    struct ffa_regs reply = memory_send(&s);
    uint64_t handle = memory_handle(reply);
    struct retrieved got = memory_retrieve(&crasher, handle, FFA_ID_NORMAL_WORLD, 0, 0);

    return reply.x[0] == FFA_SUCCESS_32 && got.status == 0 && got.ranges == range_count &&
           memory_relinquish(&crasher, handle, 0) == 0 &&
           memory_reclaim(handle, 0).x[0] == FFA_SUCCESS_32;
}

static void measure_cycle(const char *name)
{
    bool right = bench_repeat(2, memory_cycle);

    MARK(MARK_BEGIN);
    right = bench_repeat(CYCLES, memory_requests) && right;
    MARK(MARK_END);
    MARK(MARK_BEGIN);
    right = bench_repeat(CYCLES, memory_cycle) && right;
    MARK(MARK_END);
    bench_report(name, "difference", CYCLES, right);
}

/*
 * A page more, with so many other transactions in flight, of pages behind those that are measured;
 * at last with all but one.
 */
static void measure_in_flight(void)
{
    static const char *const names[] = {"memory_1_page_16",  "memory_1_page_32", "memory_1_page_48",
                                        "memory_1_page_64",  "memory_1_page_80", "memory_1_page_96",
                                        "memory_1_page_112", "memory_1_page_127"};
    const struct ffa_memory_range other = {POOL + 8ULL * BLOCK, 1, 0};
    struct sending s = memory_sending(FFA_MEM_SHARE_64, &crasher, &other, 1);
    struct ffa_memory_range page = other;
    uint64_t handles[IN_FLIGHT];
    unsigned count = 0;

    s.range = &page;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        for (; count < IN_FLIGHT - 1 && count < 16 * (i + 1); count++, page.address += PAGE_SIZE)
            handles[count] = memory_handle(memory_send(&s));
        measure_cycle(names[i]);
    }
    while (count > 0)
        memory_reclaim(handles[--count], 0);
}

/* What the partition calls, for the longest stretch of it. */
static bool borrow(uint64_t function, uint32_t flags, uint8_t access)
{
    struct sending s = memory_sending(function, &crasher, ranges, range_count);
    uint64_t handle;
    bool right;

    s.flags = flags;
    handle = memory_handle(memory_send(&s));
    MARK(MARK_BEGIN);
    right = memory_retrieve(&crasher, handle, FFA_ID_NORMAL_WORLD, access, flags).status == 0 &&
            memory_relinquish(&crasher, handle, flags) == 0;
    MARK(MARK_END);
    return right && memory_reclaim(handle, 0).x[0] == FFA_SUCCESS_32;
}

/* crasher sends pages of its own, and takes them back. */
static bool lend(void)
{
    struct given given;
    uint64_t page = memory_page_of(&crasher, 0);
    bool right;

    MARK(MARK_BEGIN);
    given =
        memory_give(&crasher, FFA_MEM_LEND_64, echo.info.id, page, FFA_ACCESS_RW, CRASHER_PAGES, 0);
    right = given.status == 0 && memory_reclaim_by(&crasher, given.handle, FFA_MEMORY_ZERO) == 0;
    MARK(MARK_END);
    return right;
}

static void measure_stretches(void)
{
    bool right;

    scatter(512);
    bench_report("memory_borrow_512_ranges", "exit", 1, borrow(FFA_MEM_SHARE_64, 0, 0));
    one_range(POOL + PAGE_SIZE, 4 * BLOCK_PAGES);
    bench_report("memory_borrow_2048_pages", "exit", 1, borrow(FFA_MEM_SHARE_64, 0, 0));
    one_range(POOL + PAGE_SIZE, 30);
    right = borrow(FFA_MEM_LEND_64, FFA_MEMORY_ZERO, FFA_ACCESS_RW | FFA_ACCESS_NX);
    bench_report("memory_borrow_zeroed", "exit", 1, right);
    bench_report("memory_lend", "exit", 1, lend());
}

void bench_memory(void)
{
    mailbox_map();
    memory_begin(&crasher);
    one_range(POOL, 1);
    measure_cycle("memory_1_page");
    measure_in_flight();
    one_range(POOL, BLOCK_PAGES);
    measure_cycle("memory_512_pages_aligned");
    one_range(POOL + PAGE_SIZE, BLOCK_PAGES);
    measure_cycle("memory_512_pages");
    scatter(64);
    measure_cycle("memory_64_ranges");
    scatter(200);
    measure_cycle("memory_200_ranges");
    measure_stretches();
    memory_end(&crasher);
    mailbox_unmap();
}
