/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Partitions at S-EL0: clerk, and a crasher that comes back after its death, since each fault is
 * the end of it. It may die eight times in a row: the tests are counted for that, and run in
 * order.
 */
#define SUITE "s_el0"

#include <stddef.h>

#include "cpu.h"
#include "interrupts.h"
#include "memory.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define RW_NX (FFA_ACCESS_RW | FFA_ACCESS_NX)
#define TIMER_TICKS 100000
#define TIMER_US 4000
#define PERM_RW (FFA_PERM_RW | FFA_PERM_NX)
#define ROUNDS 50

static const struct ffa_memory_range range = {POOL, 1, 0};

/* ---- clerk ---- */

static void expect_result(uint64_t command, int64_t a, int64_t b, int64_t result)
{
    struct ffa_regs reply = ask(&clerk, command, (uint64_t)a, (uint64_t)b);

    if (EXPECT_ANSWER(reply, &clerk))
        EXPECT(reply.x[4], (uint64_t)result);
}

static void expect_none(uint64_t command, int64_t a, int64_t b, uint64_t status)
{
    struct ffa_regs reply = ask(&clerk, command, (uint64_t)a, (uint64_t)b);

    if (EXPECT_RESPONSE(reply, &clerk)) {
        EXPECT(reply.x[3], status);
        EXPECT(reply.x[4], 0);
    }
}

TEST(clerk_calculates)
{
    NEEDS_PARTITION(&clerk);
    expect_result(CLERK_ADD, 40, 2, 42);
    expect_result(CLERK_SUBTRACT, 2, 44, -42);
    expect_result(CLERK_MULTIPLY, -6, -7, 42);
    expect_result(CLERK_DIVIDE, -85, 2, -42);
    expect_none(CLERK_DIVIDE, 1, 0, DEMO_BAD_ARGUMENT);
    expect_none(CLERK_ADD, INT64_MAX, 1, DEMO_FULL);
    expect_none(CLERK_MULTIPLY, INT64_MIN, -1, DEMO_FULL);
    expect_none(99, 1, 1, DEMO_UNKNOWN_COMMAND);
}

TEST(clerk_keeps_its_total_between_calls)
{
    uint64_t before;

    NEEDS_PARTITION(&clerk);
    before = ask(&clerk, CLERK_TOTAL, 0).x[4];
    expect_result(CLERK_TOTAL, 30, 0, (int64_t)before + 30);
    EXPECT_TRUE(echo_answers());
    expect_result(CLERK_TOTAL, 12, 0, (int64_t)before + 42);
}

static void clerk_on_this_cpu(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct ffa_regs reply = ask(&clerk, CLERK_ADD, i, cpu_index());

        if (reply.x[0] == FFA_ERROR)
            EXPECT(reply.x[2], (uint32_t)FFA_BUSY);
        else if (EXPECT_ANSWER(reply, &clerk))
            EXPECT(reply.x[4], i + cpu_index());
    }
}

TEST(clerk_answers_on_each_cpu)
{
    NEEDS_PARTITION(&clerk);
    cpu_run_everywhere(clerk_on_this_cpu, NULL);
}

/* ---- Calls ---- */

static struct ffa_regs call(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
    return memory_call_by(&crasher_s_el0, x0, x1, x2, x3);
}

static void expect_refused(struct ffa_regs reply, int32_t status)
{
    EXPECT(reply.x[0], FFA_ERROR);
    EXPECT(reply.x[2], (uint32_t)status);
}

TEST(features_tell_a_partition_what_its_exception_level_has)
{
    NEEDS_PARTITION(&crasher_s_el0);
    EXPECT(call(FFA_FEATURES, FFA_MEM_PERM_GET_32, 0, 0).x[0], FFA_SUCCESS_32);
    EXPECT(call(FFA_FEATURES, FFA_MEM_PERM_SET_64, 0, 0).x[0], FFA_SUCCESS_32);
    expect_refused(call(FFA_FEATURES, FFA_FEATURE_NPI, 0, 0), FFA_NOT_SUPPORTED);
    expect_refused(call(FFA_FEATURES, FFA_FEATURE_ME, 0, 0), FFA_NOT_SUPPORTED);
    expect_refused(call(FFA_FEATURES, FFA_SECONDARY_EP_REGISTER_64, 0, 0), FFA_NOT_SUPPORTED);
    expect_refused(call_from_crasher(CRASH_CALL, FFA_FEATURES, FFA_MEM_PERM_GET_32),
                   FFA_NOT_SUPPORTED);
    expect_refused(ffa(FFA_FEATURES, FFA_MEM_PERM_SET_64), FFA_NOT_SUPPORTED);
}

TEST(permissions_are_a_starts_alone_and_of_s_el0_alone)
{
    uint64_t page;

    NEEDS_PARTITION(&crasher_s_el0);
    page = memory_page_of(&crasher_s_el0, 0);
    expect_refused(call(FFA_MEM_PERM_GET_64, page, 0, 0), FFA_DENIED);
    expect_refused(call(FFA_MEM_PERM_SET_64, page, 1, PERM_RW), FFA_DENIED);
    expect_refused(call_from_crasher(CRASH_CALL, FFA_MEM_PERM_GET_64, memory_page_of(&crasher, 0)),
                   FFA_DENIED);
    expect_refused(
        call_from_crasher(CRASH_CALL, FFA_MEM_PERM_SET_64, memory_page_of(&crasher, 0), 1, PERM_RW),
        FFA_DENIED);
    EXPECT(memory_touch(&crasher_s_el0, page, TOUCH_WRITE, false), 0);
}

TEST(it_asks_others_and_others_ask_it)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher_s_el0);
    reply = ask(&crasher_s_el0, CRASH_FORWARD, echo.info.id, 0x77, 0x88, 3);
    EXPECT(reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(reply.x[5], 0x77);
    reply = ask(&crasher_s_el0, CRASH_FORWARD, clerk.info.id, CLERK_ADD, 5, 1);
    EXPECT(reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    reply = ask(&crasher, CRASH_FORWARD, crasher_s_el0.info.id, CRASH_ECHO, 5, 2);
    EXPECT(reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(reply.x[5], DEMO_OK);
}

/* ---- Registers ---- */

/* Nothing of one owner is in another's registers, whoever comes after whom. */
TEST(floating_point_registers_are_each_ones_own)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher_s_el0);
    EXPECT_ANSWER(ask(&crasher_s_el0, CRASH_FP_LOAD, 7), &crasher_s_el0);
    EXPECT_ANSWER(ask(&crasher, CRASH_FP_LOAD, 9), &crasher);
    reply = ask(&crasher_s_el0, CRASH_FP_CHECK, 7);
    EXPECT_ANSWER(reply, &crasher_s_el0);
    EXPECT(reply.x[4], 0);
    reply = ask(&crasher, CRASH_FP_CHECK, 9);
    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[4], 0);
}

#define THREAD_VALUES(name, value) __asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)))

static uint64_t thread_pointer(void)
{
    uint64_t value;

    __asm__ volatile("mrs %0, tpidr_el0" : "=r"(value));
    return value;
}

static uint64_t thread_pointer_read_only(void)
{
    uint64_t value;

    __asm__ volatile("mrs %0, tpidrro_el0" : "=r"(value));
    return value;
}

/* Its own last from call to call, and nothing of the Normal world's is in them. */
TEST(thread_registers_are_each_ones_own)
{
    struct ffa_regs first, second;

    NEEDS_PARTITION(&crasher_s_el0);
    THREAD_VALUES(tpidr_el0, 0x1234);
    THREAD_VALUES(tpidrro_el0, 0x5678);
    first = ask(&crasher_s_el0, CRASH_COUNT);
    EXPECT_TRUE(crasher_answers(&crasher));
    second = ask(&crasher_s_el0, CRASH_COUNT);
    EXPECT_ANSWER(second, &crasher_s_el0);
    EXPECT(first.x[4], 1);
    EXPECT(second.x[4], 2);
    EXPECT(first.x[5] | second.x[5], 0);
}

TEST(thread_registers_of_the_normal_world_come_back)
{
    uint64_t sp;

    NEEDS_PARTITION(&clerk);
    THREAD_VALUES(tpidr_el0, 0x1234);
    THREAD_VALUES(tpidrro_el0, 0x5678);
    THREAD_VALUES(sp_el0, 0x9abc);
    expect_result(CLERK_ADD, 1, 1, 2);
    EXPECT(ask(&crasher_s_el0, CRASH_FORWARD, echo.info.id, 0x77, 0x88, 1).x[5], 0x77);
    __asm__ volatile("mrs %0, sp_el0" : "=r"(sp));
    EXPECT(thread_pointer(), 0x1234);
    EXPECT(thread_pointer_read_only(), 0x5678);
    EXPECT(sp, 0x9abc);
    THREAD_VALUES(tpidr_el0, 0);
    THREAD_VALUES(tpidrro_el0, 0);
}

/* ---- Interrupts ---- */

TEST(an_interrupt_of_the_normal_world_stops_it_and_it_is_run_on)
{
    NEEDS_PARTITION(&crasher_s_el0);
    EXPECT(work_until_interrupted(&crasher_s_el0).x[0], FFA_INTERRUPT);
    EXPECT_ANSWER(run_until_answered(
                      (struct ffa_regs){{FFA_INTERRUPT, (uint64_t)crasher_s_el0.info.id << 16}}),
                  &crasher_s_el0);
}

static uint64_t timers_taken(void)
{
    return ask(&crasher_s_el0, CRASH_INTERRUPTS, HF_INTID_TIMER).x[4];
}

TEST(a_secure_interrupt_is_told_while_it_waits)
{
    NEEDS_PARTITION(&crasher_s_el0);
    timers_taken();
    EXPECT(ask(&crasher_s_el0, CRASH_TIMER_SET, TIMER_TICKS, 0, HF_LINE_IRQ, 0).x[4], 1);
    delay_us(TIMER_US);
    EXPECT(timers_taken(), 1);
    EXPECT(timers_taken(), 0);
}

TEST(a_secure_interrupt_that_finds_it_running_waits_for_the_end_of_that)
{
    NEEDS_PARTITION(&crasher_s_el0);
    EXPECT(ask(&crasher_s_el0, CRASH_TIMER_SET, TIMER_TICKS, 0, HF_LINE_IRQ, 0).x[4], 1);
    EXPECT_ANSWER(run_until_answered(ask(&crasher_s_el0, CRASH_SPIN, 4)), &crasher_s_el0);
    EXPECT(timers_taken(), 1);
}

/* ---- Memory ---- */

TEST(normal_memory_is_shared_with_it_and_given_back)
{
    struct sending s = memory_sending(FFA_MEM_SHARE_64, &crasher_s_el0, &range, 1);
    uint64_t handle;

    NEEDS_PARTITION(&crasher_s_el0);
    EXPECT_SUCCESS(mailbox_map());
    REQUIRE(memory_begin(&crasher_s_el0), true);
    memory_fill(&range, 1, 0x100);
    handle = memory_sent(&s);
    EXPECT(memory_retrieve(&crasher_s_el0, handle, 0, 0, 0).status, 0);
    memory_expect_swap(&crasher_s_el0, 0x100, 0x200, 1);
    EXPECT(memory_wrong(&range, 1, 0x200), 0);
    EXPECT(memory_relinquish(&crasher_s_el0, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    memory_end(&crasher_s_el0);
}

TEST(its_own_memory_is_lent_and_comes_back)
{
    uint64_t page;
    struct given given;

    NEEDS_PARTITION(&crasher_s_el0);
    REQUIRE(memory_begin(&crasher_s_el0), true);
    REQUIRE(memory_begin(&crasher), true);
    page = memory_page_of(&crasher_s_el0, 1);
    EXPECT(ask(&crasher_s_el0, CRASH_STORE, page, 0x300).x[3], DEMO_OK);
    given =
        memory_give(&crasher_s_el0, FFA_MEM_LEND_64, crasher.info.id, page, FFA_ACCESS_RW, 1, 0);
    EXPECT(given.status, 0);
    EXPECT(memory_retrieve(&crasher, given.handle, crasher_s_el0.info.id, RW_NX, 0).status, 0);
    memory_expect_swap(&crasher, 0x300, 0x400, 1);
    EXPECT(memory_relinquish(&crasher, given.handle, 0), 0);
    EXPECT(memory_reclaim_by(&crasher_s_el0, given.handle, 0), 0);
    EXPECT(ask(&crasher_s_el0, CRASH_LOAD, page).x[4], 0x400);
    memory_end(&crasher);
    memory_end(&crasher_s_el0);
}

TEST(its_regions_have_the_rights_of_its_manifest)
{
    uint64_t first;

    NEEDS_PARTITION(&crasher_s_el0);
    first = ask(&crasher_s_el0, CRASH_MAILBOX).x[7];
    EXPECT(memory_touch(&crasher_s_el0, first, TOUCH_READ, false), 0);
    EXPECT(memory_touch(&crasher_s_el0, first + PAGE_SIZE, TOUCH_WRITE, false), 0);
    EXPECT(ask(&crasher_s_el0, CRASH_NORMAL_PAGE, 0x47e00000, 0x55).x[4], 0x55);
    EXPECT(*(volatile uint64_t *)0x47e00000, 0x55);
}
