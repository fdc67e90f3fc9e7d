/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attacks by all CPUs but the last, and by their partitions, from a seed; then the account: what
 * the honest one got, who died, and whether anything is lost. Lines that begin with "# rogue" are
 * for tests/rogue/rogue.py.
 */
#define SUITE "rogue"

#include "abi/stat.h"
#include "console.h"
#include "fdt.h"
#include "memory.h"
#include "panic.h"
#include "partitions.h"
#include "rogue.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define PATIENCE_US 120000000 /* for a step: emulated CPUs wait for their host */
#define TRANSACTIONS 128      /* in flight, at most: docs/LIMITS.md */
#define KILLS_MAX 200
#define OTHER_PAGES 0x50000000

static struct partition bulkhead = {"bulkhead", {{STAT_UUID}}, {.id = STAT_ID}};
static uint64_t seed, end_us, steps_of_each;

void rogue_begin(uint64_t of_seed, const char *seconds, const char *steps)
{
    seed = of_seed;
    end_us = seconds ? now_us() + bootarg_number(seconds) * 1000000 : UINT64_MAX;
    attack_may = ROGUE_MAY_DIE | (steps ? 0 : ROGUE_MAY_STICK);
    steps_of_each = steps ? bootarg_number(steps) : UINT64_MAX;
}

/* ---- The attack ---- */

static bool is_over(const struct attacker *a)
{
    return __atomic_load_n(&rogue_stop, __ATOMIC_RELAXED) || a->steps >= steps_of_each ||
           now_us() >= end_us;
}

static void attack(void *attacker)
{
    struct attacker *a = attacker;

    timer_start(1, ROGUE_TICK_US);
    while (!a->wants_off && !is_over(a))
        attack_step(a);
    timer_stop();
}

static struct {
    uint64_t steps, since;
} seen[CPU_MAX];

static void report_hang(unsigned cpu, const uint64_t *x)
{
    print("# CPU %u hangs in 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx\n", cpu, x[0], x[1],
          x[2], x[3], x[4], x[5], x[6], x[7]);
    bail_out("a CPU does not go on", cpu);
}

/* Somebody who does nothing for long is stuck. */
static void watch(unsigned cpu, uint64_t steps, const uint64_t *x)
{
    if (seen[cpu].steps != steps || !seen[cpu].since) {
        seen[cpu].steps = steps;
        seen[cpu].since = now_us();
    } else if (now_us() - seen[cpu].since > PATIENCE_US) {
        report_hang(cpu, x);
    }
}

static unsigned honest_cpu(void)
{
    return cpu_count() - 1;
}

/* CPUs go off with whatever was left on them, and come on. */
static void tend(unsigned cpu)
{
    struct attacker *a = &attackers[cpu];

    if (!cpu_is_idle(cpu) || is_over(a)) {
        watch(cpu, a->steps, a->last.x);
        return;
    }
    cpu_switch_off(cpu);
    cpu_switch_on(cpu);
    a->offs++;
    a->wants_off = false;
    cpu_start(cpu, attack, a);
}

static void attack_and_tend(void)
{
    struct attacker *own = &attackers[0];

    timer_start(1, ROGUE_TICK_US);
    while (!is_over(own)) {
        own->wants_off = false;
        attack_step(own);
        for (unsigned cpu = 1; own->steps % 64 == 0 && cpu < honest_cpu(); cpu++)
            tend(cpu);
        if (own->steps % 64 == 0)
            watch(honest_cpu(), honest.kept + honest.echoed, (const uint64_t[8]){0});
    }
    timer_stop();
}

/* With a limit of steps, those who have fewer go on. */
static void let_all_end(void)
{
    for (unsigned cpu = 1; cpu < honest_cpu(); cpu++)
        while (!cpu_is_idle(cpu) || !is_over(&attackers[cpu])) {
            tend(cpu);
            __asm__ volatile("yield");
        }
    __atomic_store_n(&rogue_stop, true, __ATOMIC_RELEASE);
    cpu_wait(honest_cpu());
}

TEST(all_cpus_attack_and_go_on_until_the_end)
{
    NEEDS_CPUS(3);
    NEEDS_PARTITION(&rogue);
    NEEDS_PARTITION(&rogue_queued);
    EXPECT_SUCCESS(mailbox_map_at(POOL, POOL + PAGE_SIZE, 1));
    cpu_start(honest_cpu(), work_honestly, (void *)seed);
    while (!__atomic_load_n(&honest.echoed, __ATOMIC_RELAXED))
        __asm__ volatile("yield");
    for (unsigned cpu = 0; cpu < honest_cpu(); cpu++)
        attack_prepare(&attackers[cpu], seed, cpu);
    for (unsigned cpu = 1; cpu < honest_cpu(); cpu++)
        cpu_start(cpu, attack, &attackers[cpu]);
    attack_and_tend();
    let_all_end();
    for (unsigned cpu = 0; cpu < honest_cpu(); cpu++)
        EXPECT_TRUE(attackers[cpu].steps > 0 && attackers[cpu].requests > 0);
}

/* ---- The account ---- */

static void print_registers(const char *what, const struct ffa_regs *regs)
{
    const uint64_t *x = regs->x;

    print("# %s: 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx\n", what, x[0], x[1], x[2], x[3],
          x[4], x[5], x[6], x[7]);
}

TEST(the_honest_one_got_no_wrong_answer)
{
    EXPECT_TRUE(honest.echoed > 100);
    EXPECT_TRUE(honest.kept > 100);
    EXPECT(honest.wrong, 0);
    if (honest.wrong) {
        print_registers("wrongly answered", &honest.bad_call);
        print_registers("by", &honest.bad_answer);
    }
    EXPECT_TRUE(echo_answers());
    EXPECT_TRUE(vault_answers());
}

static struct ffa_regs life_of(const struct partition *partition)
{
    for (uint64_t i = 0;; i++) {
        struct ffa_regs reply = ask(&bulkhead, STAT_LIFE, i);

        if (!EXPECT(reply.x[3], STAT_OK) || reply.x[4] == partition->info.id)
            return reply;
    }
}

TEST(echo_and_vault_have_not_died)
{
    EXPECT(life_of(&echo).x[5], STAT_STATE_LIVE);
    EXPECT(life_of(&echo).x[7], 0);
    EXPECT(life_of(&vault).x[5], STAT_STATE_LIVE);
    EXPECT(life_of(&vault).x[7], 0);
}

TEST(nobody_got_an_answer_that_no_call_has)
{
    for (unsigned cpu = 0; cpu < honest_cpu(); cpu++) {
        tap_for(cpu);
        EXPECT(attackers[cpu].odd_answers, 0);
        if (attackers[cpu].odd_answers) {
            print_registers("odd", &attackers[cpu].odd_call);
            print_registers("answer", &attackers[cpu].odd_answer);
        }
    }
}

TEST(no_partition_reached_memory_of_others)
{
    for (unsigned cpu = 0; cpu < honest_cpu(); cpu++) {
        tap_for(cpu);
        EXPECT(attackers[cpu].breaches, 0);
    }
}

/* Asks the partition to die, and runs on what was left on this CPU. */
static void kill_here(void *argument)
{
    const struct partition *partition = argument;
    uint64_t before = life_of(partition).x[7];

    timer_start(ROGUE_TICK_US, ROGUE_TICK_US);
    for (unsigned i = 0; i < KILLS_MAX && life_of(partition).x[7] == before; i++) {
        uint16_t context = partition->info.context_count > 1 ? (uint16_t)cpu_index() : 0;

        if (run_until_answered(ask(partition, ROGUE_DIE)).x[2] == (uint32_t)FFA_BUSY)
            run_until_answered(ffa(FFA_RUN, ffa_target(partition->info.id, context)));
    }
    timer_stop();
}

/* It gives up all that it has only by dying. One that died too often has done so already; one that
 * yielded to the other rogue is nobody else's to run until that has died. */
static void end_rogue(struct partition *partition)
{
    uint64_t before = life_of(partition).x[7];

    for (unsigned cpu = 0; cpu < cpu_count() && life_of(partition).x[7] == before; cpu++)
        if (life_of(partition).x[5] != STAT_STATE_ABORTED)
            cpu_run(cpu, kill_here, partition);
}

static void print_counts(void);

TEST(all_transactions_can_be_ended)
{
    struct ffa_regs told, reply;

    print_counts();
    for (unsigned round = 0; round < 3; round++) { /* one may have the other live again */
        end_rogue(&rogue_queued);
        end_rogue(&rogue);
    }
    ffa(FFA_RXTX_UNMAP);
    for (uint64_t i = 0; (told = ask(&bulkhead, STAT_TRANSACTION, i)).x[3] == STAT_OK; i++) {
        uint64_t handle = told.x[4] | told.x[5] << 32;

        tap_for(handle);
        for (unsigned tries = 0; tries < 1000 && (told.x[6] & 0xff) != STAT_TRANSACTION_FREE;
             tries++) {
            memory_reclaim(handle, 0);
            told = ask(&bulkhead, STAT_TRANSACTION, i);
        }
        if (!EXPECT(told.x[6] & 0xff, STAT_TRANSACTION_FREE)) {
            print_registers("left", &told);
            reply = memory_reclaim(handle, 0);
            print_registers("reclaim", &reply);
        }
    }
}

TEST(as_many_as_ever_can_be_sent_again)
{
    struct ffa_memory_range page = {.address = OTHER_PAGES, .pages = 1};
    struct sending one = memory_sending(FFA_MEM_LEND_64, &echo, &page, 1);
    static uint64_t handles[TRANSACTIONS];

    EXPECT_SUCCESS(mailbox_map());
    for (unsigned i = 0; i < TRANSACTIONS; i++, page.address += PAGE_SIZE) {
        tap_for(i);
        handles[i] = memory_sent(&one);
    }
    for (unsigned i = 0; i < TRANSACTIONS; i++)
        EXPECT_SUCCESS(memory_reclaim(handles[i], 0));
}

static void expect_answers(void *argument)
{
    (void)argument;
    EXPECT_TRUE(echo_answers());
    EXPECT_TRUE(vault_answers());
}

TEST(everybody_answers_on_every_cpu)
{
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        cpu_run(cpu, expect_answers, 0);
}

static void print_counts(void)
{
    struct attacker sum = {.digest = 0};

    for (unsigned cpu = 0; cpu < honest_cpu(); cpu++) {
        const struct attacker *a = &attackers[cpu];

        for (unsigned i = 0; i < INVENT_CALLS; i++)
            sum.made[i] += a->made[i], sum.taken[i] += a->taken[i];
        for (unsigned i = 0; i < ROGUE_STATUSES; i++)
            sum.status[i] += a->status[i];
        sum.steps += a->steps;
        sum.requests += a->requests;
        sum.honest_requests += a->honest_requests;
        sum.stopped += a->stopped;
        sum.left += a->left;
        sum.partition_calls += a->partition_calls;
        sum.partition_refused += a->partition_refused;
        sum.partition_faults += a->partition_faults;
        sum.offs += a->offs;
        sum.sent += a->sent;
        sum.retrieved += a->retrieved;
        sum.relinquished += a->relinquished;
        sum.digest = sum.digest * 31 + a->digest;
    }
    print("# rogue seed %lu steps %lu digest 0x%lx\n", seed, sum.steps, sum.digest);
    for (unsigned i = 0; i < INVENT_CALLS; i++)
        print("# rogue call %s %lu %lu\n", invent_calls[i].name, sum.made[i], sum.taken[i]);
    for (unsigned i = 0; i < ROGUE_STATUSES; i++)
        print("# rogue status %u %lu\n", i, sum.status[i]);
    print("# rogue requests %lu others %lu stopped %lu left %lu offs %lu\n", sum.requests,
          sum.honest_requests, sum.stopped, sum.left, sum.offs);
    print("# rogue partitions calls %lu refused %lu faults %lu deaths %lu %lu\n",
          sum.partition_calls, sum.partition_refused, sum.partition_faults, life_of(&rogue).x[7],
          life_of(&rogue_queued).x[7]);
    print("# rogue memory sent %lu retrieved %lu relinquished %lu\n", sum.sent, sum.retrieved,
          sum.relinquished);
    print("# rogue honest echo %lu vault %lu busy %lu wrong %lu\n", honest.echoed, honest.kept,
          honest.busy, honest.wrong);
}
