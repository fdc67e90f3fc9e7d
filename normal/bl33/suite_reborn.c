/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A Normal world that begins anew in the midst of everything: buffers mapped and full, a
 * transaction half sent and one that a partition has, notifications bound, partitions stopped by
 * interrupts, CPUs off over that. It begins by a jump to its own entry, of which Bulkhead knows
 * nothing (reborn=jump), or by a reset of the machine (reborn=reset). The plan, and all but the
 * first result, are printed by the one that comes after: who does not come up has not passed.
 */
#define SUITE "reborn"

#include "abi/stat.h"
#include "console.h"
#include "cpu.h"
#include "fdt.h"
#include "memory.h"
#include "panic.h"
#include "partitions.h"
#include "psci.h"
#include "scenarios.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define PSCI_SYSTEM_RESET 0x84000009
#define DEVICE_TREE 0x40000000

/* Behind everything that is loaded or cleared at the start. Memory outlives a reset of this board.
 */
struct note {
    uint64_t magic, half, whole;
};

#define NOTE ((volatile struct note *)(POOL + 8 * BLOCK))
#define NOTE_MAGIC 0x6e726f626572

static struct partition bulkhead = {"bulkhead", {{STAT_UUID}}, {.id = STAT_ID}};
static const struct ffa_memory_range pages = {.address = POOL, .pages = 3};

extern char _start[];

static bool by_reset(void)
{
    return bootarg_has(bootarg(&board, "reborn"), "reset");
}

bool reborn_already(void)
{
    return NOTE->magic == NOTE_MAGIC;
}

/* ---- The first life ---- */

static uint64_t send_half(void)
{
    struct ffa_memory_range ranges[2] = {{POOL + 4 * PAGE_SIZE, 1, 0},
                                         {POOL + 6 * PAGE_SIZE, 1, 0}};
    struct sending sending = memory_sending(FFA_MEM_LEND_64, &crasher, ranges, 2);
    struct ffa_memory_composite composite = {.pages = 2, .count = 2};
    uint32_t length = FFA_MEMORY_HEADER_1_1 + FFA_MEMORY_ACCESS_1_2 + sizeof(composite);
    struct ffa_regs reply;

    /* The description of one range, made one of two. */
    sending.ranges = 1;
    EXPECT_SUCCESS(memory_reclaim(memory_sent(&sending), 0));
    __builtin_memcpy(mailbox_tx + length - sizeof(composite), &composite, sizeof(composite));
    reply = ffa(FFA_MEM_LEND_64, length + 2 * sizeof(ranges[0]), length + sizeof(ranges[0]));
    EXPECT(reply.x[0], FFA_MEM_FRAG_RX);
    return reply.x[1] | reply.x[2] << 32;
}

static void stop_a_context(void *argument)
{
    (void)argument;
    EXPECT(work_until_interrupted(&crasher_mp).x[0], FFA_INTERRUPT);
    timer_stop();
}

static void begin_anew(void)
{
    if (by_reset())
        ffa(PSCI_SYSTEM_RESET);
    else
        ((void (*)(uint64_t))(uintptr_t)_start)(DEVICE_TREE);
    bail_out("it goes on", 0);
}

/* Everything that can be under way at once; then nothing is ended. */
void reborn_leave_all_behind(void)
{
    static const struct ffa_uuid every_partition;
    struct sending sending = memory_sending(FFA_MEM_SHARE_64, &crasher, &pages, 1);

    mailbox_map();
    memory_begin(&crasher);
    NOTE->whole = memory_sent(&sending);
    memory_fill(&pages, 1, 100);
    memory_retrieve(&crasher, NOTE->whole, 0, 0, 0);
    NOTE->half = send_half();
    ffa(FFA_NOTIFICATION_BITMAP_CREATE, FFA_ID_NORMAL_WORLD, cpu_count());
    ffa(FFA_NOTIFICATION_BIND, ffa_sender_receiver(echo.info.id, FFA_ID_NORMAL_WORLD), 0, 1, 0);
    partition_info_get(&every_partition, 0);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
        cpu_run(cpu, stop_a_context, 0);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
        cpu_switch_off(cpu);
    stop_a_context(0);
    work_until_interrupted(&crasher);
    timer_stop();
    interrupts_off();
    NOTE->magic = NOTE_MAGIC;
    begin_anew();
}

/* ---- The second ---- */

TEST(buffers_are_as_the_first_left_them)
{
    NOTE->magic = 0;
    if (by_reset()) {
        EXPECT_ERROR(mailbox_unmap(), FFA_INVALID_PARAMETERS);
    } else {
        EXPECT_ERROR(mailbox_map(), FFA_DENIED);
        EXPECT_ERROR(partition_info_get(&echo.uuid, 0), FFA_BUSY);
        EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
        EXPECT_SUCCESS(mailbox_unmap());
    }
    partitions_find();
}

TEST(who_begins_anew_finds_everybody)
{
    NEEDS_PARTITION(&echo);
    NEEDS_PARTITION(&vault);
    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&crasher_mp);
    EXPECT_TRUE(echo_answers());
    EXPECT_TRUE(vault_answers());
}

/* Bulkhead's start is behind them, or nothing at all was lost. */
static void expect_contexts(void *argument)
{
    (void)argument;
    if (by_reset()) {
        EXPECT_TRUE(crasher_answers(&crasher_mp));
        return;
    }
    EXPECT_ERROR(ask(&crasher_mp, CRASH_ECHO), FFA_BUSY);
    EXPECT_ANSWER(
        run_until_answered(ffa(FFA_RUN, ffa_target(crasher_mp.info.id, (uint16_t)cpu_index()))),
        &crasher_mp);
    EXPECT_TRUE(crasher_answers(&crasher_mp));
}

TEST(what_was_stopped_goes_on_or_is_gone_with_the_machine)
{
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        cpu_run(cpu, expect_contexts, 0);
    if (!by_reset()) {
        EXPECT_ERROR(ask(&crasher, CRASH_ECHO), FFA_BUSY);
        EXPECT_ANSWER(run_until_answered(ffa(FFA_RUN, ffa_target(crasher.info.id, 0))), &crasher);
    }
    EXPECT_TRUE(crasher_answers(&crasher));
}

static unsigned in_flight(void)
{
    unsigned count = 0;
    struct ffa_regs told;

    for (uint64_t i = 0; (told = ask(&bulkhead, STAT_TRANSACTION, i)).x[3] == STAT_OK; i++)
        count += (told.x[6] & 0xff) != STAT_TRANSACTION_FREE;
    return count;
}

TEST(what_was_half_sent_can_be_ended)
{
    EXPECT(in_flight(), by_reset() ? 0 : 2);
    if (by_reset())
        EXPECT_ERROR(memory_reclaim(NOTE->half, 0), FFA_INVALID_PARAMETERS);
    else
        EXPECT_SUCCESS(memory_reclaim(NOTE->half, 0));
}

TEST(what_a_partition_has_is_its_until_it_gives_it_back)
{
    if (!by_reset()) {
        EXPECT_ERROR(memory_reclaim(NOTE->whole, 0), FFA_DENIED);
        memory_expect_swap(&crasher, 100, 200, pages.pages);
        EXPECT(memory_wrong(&pages, 1, 200), 0);
        EXPECT(memory_relinquish(&crasher, NOTE->whole, 0), 0);
        EXPECT_SUCCESS(memory_reclaim(NOTE->whole, 0));
        memory_end(&crasher);
    }
    EXPECT(in_flight(), 0);
}

TEST(notifications_begin_anew)
{
    if (!by_reset())
        EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_UNBIND,
                           ffa_sender_receiver(echo.info.id, FFA_ID_NORMAL_WORLD), 0, 1, 0));
    if (!by_reset())
        EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BITMAP_DESTROY, FFA_ID_NORMAL_WORLD));
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BITMAP_CREATE, FFA_ID_NORMAL_WORLD, cpu_count()));
}

TEST(all_of_it_can_be_done_again)
{
    struct sending sending = memory_sending(FFA_MEM_SHARE_64, &crasher, &pages, 1);
    uint64_t handle;

    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(partition_info_get(&echo.uuid, 0));
    EXPECT_SUCCESS(ffa(FFA_RX_RELEASE));
    REQUIRE(memory_begin(&crasher), true);
    handle = memory_sent(&sending);
    EXPECT(memory_retrieve(&crasher, handle, 0, 0, 0).status, 0);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    memory_end(&crasher);
}
