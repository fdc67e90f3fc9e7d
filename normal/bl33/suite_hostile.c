/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A Normal world that does what it should not with its buffers and its CPUs: mailboxes over pages
 * that a transaction has, buffers that are never released, CPUs that go off in the midst of
 * something.
 */
#define SUITE "hostile"

#include "cpu.h"
#include "memory.h"
#include "partitions.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define PAGES 3
#define BIG_PAGES 2048
#define SHORT_US 100
#define NAME 0x656c6966

static const struct ffa_memory_range pages = {.address = POOL, .pages = PAGES};

/* ---- Mailboxes over pages of a transaction ---- */

/* Neither as TX nor as RX, nor as the last page of several, nor for a VM. */
static void expect_no_mailbox(uint64_t page)
{
    const uint64_t elsewhere = POOL + BLOCK;

    EXPECT_SUCCESS(mailbox_unmap());
    EXPECT_ERROR(mailbox_map_at(page, elsewhere, 1), FFA_DENIED);
    EXPECT_ERROR(mailbox_map_at(elsewhere, page, 1), FFA_DENIED);
    EXPECT_ERROR(mailbox_map_at(elsewhere, page - PAGE_SIZE, 2), FFA_DENIED);
    EXPECT_SUCCESS(mailbox_map());
}

TEST(mailboxes_over_pages_that_were_sent_are_denied)
{
    static const uint64_t functions[] = {FFA_MEM_SHARE_64, FFA_MEM_LEND_64, FFA_MEM_DONATE_64};

    NEEDS_PARTITION(&crasher);
    EXPECT_SUCCESS(mailbox_map());
    for (unsigned i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        struct sending sending = memory_sending(functions[i], &crasher, &pages, 1);
        uint64_t handle = memory_sent(&sending);

        tap_for(functions[i]);
        for (unsigned page = 0; page < PAGES; page++)
            expect_no_mailbox(POOL + page * PAGE_SIZE);
        EXPECT_SUCCESS(memory_reclaim(handle, 0));
        EXPECT_SUCCESS(mailbox_unmap());
        EXPECT_SUCCESS(mailbox_map_at(POOL, POOL + PAGE_SIZE, 1));
        EXPECT_SUCCESS(mailbox_unmap());
        EXPECT_SUCCESS(mailbox_map());
    }
}

TEST(mailboxes_over_pages_that_a_partition_has_are_denied_and_it_keeps_them)
{
    struct sending sending = memory_sending(FFA_MEM_SHARE_64, &crasher, &pages, 1);
    uint64_t handle;

    NEEDS_PARTITION(&crasher);
    EXPECT_SUCCESS(mailbox_map());
    REQUIRE(memory_begin(&crasher), true);
    handle = memory_sent(&sending);
    memory_fill(&pages, 1, 100);
    EXPECT(memory_retrieve(&crasher, handle, 0, 0, 0).status, 0);
    for (unsigned page = 0; page < PAGES; page++)
        expect_no_mailbox(POOL + page * PAGE_SIZE);
    memory_expect_swap(&crasher, 100, 200, PAGES);
    EXPECT(memory_wrong(&pages, 1, 200), 0);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    memory_end(&crasher);
}

/* ---- A transaction in two parts ---- */

static struct description {
    struct ffa_memory_header header;
    struct ffa_memory_access access;
    struct ffa_memory_composite composite;
    struct ffa_memory_range range[2];
} description;

#define LAST_PART sizeof(description.range[1])
#define FIRST_PART (sizeof(description) - LAST_PART)

/* All but its last range; gives the handle. */
static uint64_t send_half(void)
{
    struct ffa_regs reply;

    description = (struct description){
        .header = {.attributes = FFA_MEMORY_USUAL,
                   .access_size = FFA_MEMORY_ACCESS_1_2,
                   .count = 1,
                   .offset = FFA_MEMORY_HEADER_1_1},
        .access = {.id = crasher.info.id,
                   .permissions = FFA_ACCESS_RW,
                   .composite = FFA_MEMORY_HEADER_1_1 + FFA_MEMORY_ACCESS_1_2},
        .composite = {.pages = 2, .count = 2},
        .range = {{POOL, 1, 0}, {POOL + 2 * PAGE_SIZE, 1, 0}},
    };
    __builtin_memcpy(mailbox_tx, &description, FIRST_PART);
    reply = ffa(FFA_MEM_SHARE_64, sizeof(description), FIRST_PART);
    EXPECT(reply.x[0], FFA_MEM_FRAG_RX);
    EXPECT(reply.x[3], FIRST_PART);
    return reply.x[1] | reply.x[2] << 32;
}

static struct ffa_regs send_rest(uint64_t handle)
{
    __builtin_memcpy(mailbox_tx, &description.range[1], LAST_PART);
    return ffa(FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, LAST_PART);
}

/* Pages are taken when all of them are known; who takes one before ends the transaction. */
static void expect_end_by_mailbox(uint64_t page)
{
    uint64_t handle;

    EXPECT_SUCCESS(mailbox_map());
    handle = send_half();
    EXPECT_SUCCESS(mailbox_unmap());
    EXPECT_SUCCESS(mailbox_map_at((uint64_t)mailbox_tx, page, 1));
    EXPECT_ERROR(send_rest(handle), FFA_DENIED);
    EXPECT_ERROR(memory_reclaim(handle, 0), FFA_INVALID_PARAMETERS);
    EXPECT_SUCCESS(mailbox_unmap());
    EXPECT_SUCCESS(mailbox_map_at(POOL, POOL + 2 * PAGE_SIZE, 1));
    EXPECT_SUCCESS(mailbox_unmap());
}

TEST(a_mailbox_over_a_page_of_a_transaction_that_is_half_sent_ends_it)
{
    NEEDS_PARTITION(&crasher);
    expect_end_by_mailbox(POOL);
    expect_end_by_mailbox(POOL + 2 * PAGE_SIZE);
}

/* ---- Buffers that are never released ---- */

static const struct ffa_uuid every_partition;

TEST(who_never_releases_its_buffer_has_all_that_needs_none)
{
    struct sending sending = memory_sending(FFA_MEM_SHARE_64, &crasher, &pages, 1);
    uint64_t handle;

    NEEDS_PARTITION(&crasher);
    EXPECT_SUCCESS(mailbox_map());
    REQUIRE(memory_begin(&crasher), true);
    EXPECT_SUCCESS(partition_info_get(&every_partition, 0));
    for (unsigned i = 0; i < 100; i++)
        EXPECT_ERROR(partition_info_get(&every_partition, 0), FFA_BUSY);
    EXPECT_TRUE(echo_answers());
    EXPECT_TRUE(vault_answers());
    EXPECT(ffa(FFA_PARTITION_INFO_GET_REGS).x[0], FFA_SUCCESS_64);
    handle = memory_sent(&sending);
    EXPECT(memory_retrieve(&crasher, handle, 0, 0, 0).status, 0);
    EXPECT(memory_relinquish(&crasher, handle, 0), 0);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    memory_end(&crasher);
}

/* ---- A partition that is lied to ---- */

TEST(who_lies_to_vault_of_what_it_sent_gets_that_back)
{
    static const uint64_t functions[] = {FFA_MEM_SHARE_64, FFA_MEM_LEND_64};

    NEEDS_PARTITION(&vault);
    EXPECT_SUCCESS(mailbox_map());
    for (unsigned i = 0; i < 2; i++)
        for (uint64_t kind = 0; kind < 8; kind++) {
            struct sending sending = memory_sending(functions[i], &vault, &pages, 1);
            uint64_t handle = memory_sent(&sending);

            tap_for(kind);
            if (kind != (i == 0 ? FFA_MEMORY_SHARED : FFA_MEMORY_LENT))
                EXPECT(ask(&vault, VAULT_STORE, NAME, handle, 1, kind).x[3] == DEMO_OK,
                       i == 1 && kind == 0);
            EXPECT_SUCCESS(memory_reclaim(handle, 0));
        }
    ask(&vault, VAULT_DELETE, NAME);
}

/* ---- CPUs that go off in the midst of something ---- */

static uint64_t half_sent;
static struct ffa_regs reply_of_1;

static void send_half_here(void *argument)
{
    (void)argument;
    half_sent = send_half();
}

TEST(a_cpu_goes_off_with_a_transaction_half_sent_and_another_sends_the_rest)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher);
    EXPECT_SUCCESS(mailbox_map());
    cpu_run(1, send_half_here, 0);
    cpu_switch_off(1);
    EXPECT_SUCCESS(send_rest(half_sent));
    cpu_switch_on(1);
    EXPECT_SUCCESS(memory_reclaim(half_sent, 0));
}

/* The context of this CPU, in the midst of a call that takes its time. */
static void retrieve_until_interrupted(void *handle)
{
    timer_start(SHORT_US, 0);
    reply_of_1 = ask(&crasher_mp, CRASH_RETRIEVE, (uint64_t)handle,
                     (uint64_t)FFA_MEMORY_ZERO << 32 | (FFA_ACCESS_RW | FFA_ACCESS_NX) << 16, 0);
}

static void run_on(void *argument)
{
    (void)argument;
    reply_of_1 = run_until_answered(reply_of_1);
}

static void relinquish_here(void *handle)
{
    EXPECT(memory_relinquish(&crasher_mp, (uint64_t)handle, 0), 0);
}

TEST(a_cpu_goes_off_in_the_midst_of_a_retrieval_and_it_ends_when_that_is_on_again)
{
    const struct ffa_memory_range many = {.address = POOL, .pages = BIG_PAGES};
    struct sending sending = memory_sending(FFA_MEM_LEND_64, &crasher_mp, &many, 1);
    uint64_t handle;

    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    EXPECT_SUCCESS(mailbox_map());
    REQUIRE(memory_begin(&crasher_mp), true);
    sending.flags = FFA_MEMORY_ZERO; /* that takes its time */
    handle = memory_sent(&sending);
    cpu_run(1, retrieve_until_interrupted, (void *)handle);
    EXPECT(reply_of_1.x[0], FFA_INTERRUPT);
    cpu_switch_off(1);
    EXPECT_ERROR(memory_reclaim(handle, 0), FFA_DENIED);
    EXPECT_TRUE(crasher_answers(&crasher_mp));
    cpu_switch_on(1);
    cpu_run(1, run_on, 0);
    EXPECT_ANSWER(reply_of_1, &crasher_mp);
    EXPECT(reply_of_1.x[4], 0);
    EXPECT(reply_of_1.x[5] >> 32, BIG_PAGES);
    cpu_run(1, relinquish_here, (void *)handle);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    memory_end(&crasher_mp);
}

static void preempt_chain(void *argument)
{
    (void)argument;
    timer_start(SHORT_US, 0);
    reply_of_1 = ask(&crasher_mp, CRASH_FORWARD, crasher.info.id, CRASH_SPIN, 50);
}

/* The context in the middle belongs to the CPU that is off: nobody else may go on with the chain.
 */
TEST(a_chain_whose_cpu_is_off_waits_for_it_and_holds_up_nobody_else)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    cpu_run(1, preempt_chain, 0);
    EXPECT(reply_of_1.x[0], FFA_INTERRUPT);
    cpu_switch_off(1);
    EXPECT(ffa(FFA_RUN, reply_of_1.x[1]).x[0], FFA_ERROR);
    EXPECT_TRUE(echo_answers());
    EXPECT_TRUE(vault_answers());
    EXPECT_TRUE(crasher_answers(&crasher_mp));
    cpu_switch_on(1);
    cpu_run(1, run_on, 0);
    EXPECT_ANSWER(reply_of_1, &crasher_mp);
    EXPECT_TRUE(crasher_answers(&crasher));
}

static struct ffa_regs stopped[CPU_MAX];

static void stop_here(void *argument)
{
    (void)argument;
    stopped[cpu_index()] = work_until_interrupted(&crasher_mp);
}

static void go_on_here(void *argument)
{
    (void)argument;
    EXPECT_ANSWER(run_until_answered(stopped[cpu_index()]), &crasher_mp);
}

TEST(every_other_cpu_goes_off_over_a_context_that_it_stopped)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
        cpu_run(cpu, stop_here, 0);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
        cpu_switch_off(cpu);
    EXPECT_TRUE(echo_answers());
    EXPECT_TRUE(vault_answers());
    EXPECT_TRUE(crasher_answers(&crasher_mp));
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
        cpu_switch_on(cpu);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
        cpu_run(cpu, go_on_here, 0);
}
