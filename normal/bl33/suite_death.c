/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A partition dies, in the way that the boot argument `death` names. Its caller is told, so is
 * every later one, and everybody else lives on. The tests run in order: the first one is the death.
 */
#define SUITE "death"

#include "cpu.h"
#include "el1.h"
#include "interrupts.h"
#include "mailbox.h"
#include "panic.h"
#include "partitions.h"
#include "scenarios.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define TIMER_US 3000
#define SIBLING_SPIN_MS 20000 /* far beyond the time that a death may take */
#define SETTLE_US 100000
#define SLOW_START_MS 1000 /* within the budget of a start */
#define FOR_EVER_MS 100000000
#define PATIENCE_US 10000000
#define MANAGED_EXIT_US 500000

struct scenario {
    const char *name;
    struct partition *victim;
    uint64_t command;
    void (*die)(void);
};

static void die_by_command(void);
static void die_while_siblings_run(void);
static void die_below_another_partition(void);
static void die_after_preemption(void);
static void die_below_a_queued_partition(void);
static void die_while_cpus_go_off(void);
static void die_while_contexts_start(void);
static void die_by_a_start_without_end(void);
static void die_by_a_power_message_without_end(void);
static void die_by_a_handler_without_end(void);
static void die_by_a_managed_exit_that_is_ignored(void);

static const struct scenario scenarios[] = {
    {"read_fatal", &crasher, CRASH_READ_FATAL, die_by_command},
    {"loop_queued", &crasher_queued, CRASH_LOOP, die_by_command},
    {"stack", &crasher, CRASH_STACK, die_by_command},
    {"abort", &crasher, CRASH_ABORT, die_by_command},
    {"no_vectors", &crasher, CRASH_NO_VECTORS, die_by_command},
    {"mp_abort", &crasher_mp, CRASH_ABORT, die_while_siblings_run},
    {"chain_abort", &crasher_mp, CRASH_ABORT, die_below_another_partition},
    {"mp_preempted_abort", &crasher_mp, CRASH_ABORT, die_after_preemption},
    {"chain_loop", &crasher, CRASH_LOOP, die_below_a_queued_partition},
    {"mp_off_abort", &crasher_mp, CRASH_ABORT, die_while_cpus_go_off},
    {"mp_start_abort", &crasher_mp, CRASH_ABORT, die_while_contexts_start},
    {"mp_start_loop", &crasher_mp, CRASH_ABORT, die_by_a_start_without_end},
    {"mp_off_loop", &crasher_mp, CRASH_ABORT, die_by_a_power_message_without_end},
    {"handler_loop", &crasher_queued, CRASH_ABORT, die_by_a_handler_without_end},
    {"exit_loop", &crasher_exit, CRASH_LOOP, die_by_a_managed_exit_that_is_ignored},
};

static const struct scenario *scenario;
static struct ffa_regs sibling_reply[CPU_MAX];

void death_choose(const char *name)
{
    for (unsigned i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
        if (bootarg_has(name, scenarios[i].name))
            scenario = &scenarios[i];
    if (!scenario)
        bail_out("no such death", 0);
}

static struct ffa_regs fatal_request(void)
{
    return ask(scenario->victim, scenario->command);
}

static void die_by_command(void)
{
    EXPECT_ERROR(fatal_request(), FFA_ABORTED);
}

static void spin_in_victim(void *argument)
{
    (void)argument;
    sibling_reply[cpu_index()] = ask(scenario->victim, CRASH_SPIN, SIBLING_SPIN_MS);
}

/* The contexts of an MP partition on the other CPUs are running when it dies: they end with it,
 * soon. */
static void die_while_siblings_run(void)
{
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
        cpu_start(cpu, spin_in_victim, 0);
    delay_us(SETTLE_US);
    EXPECT_ERROR(fatal_request(), FFA_ABORTED);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++) {
        cpu_wait(cpu);
        tap_for(cpu);
        EXPECT_ERROR(sibling_reply[cpu], FFA_ABORTED);
    }
}

/* The caller is a partition: it is told, and lives to tell. */
static void die_below(const struct partition *caller)
{
    struct ffa_regs reply =
        ask(caller, CRASH_FORWARD, scenario->victim->info.id, scenario->command);

    EXPECT_ANSWER(reply, caller);
    EXPECT(reply.x[4], FFA_ERROR);
    EXPECT((int32_t)reply.x[5], FFA_ABORTED);
}

static void die_below_another_partition(void)
{
    die_below(&crasher);
}

/* Below a queued partition everybody is queued, and has a deadline. */
static void die_below_a_queued_partition(void)
{
    die_below(&crasher_queued);
}

static void preempt_in_victim(void *argument)
{
    (void)argument;
    timer_start(TIMER_US, 0);
    sibling_reply[cpu_index()] = ask(scenario->victim, CRASH_SPIN, SIBLING_SPIN_MS);
}

static void resume_in_victim(void *argument)
{
    (void)argument;
    sibling_reply[cpu_index()] =
        ffa(FFA_RUN, ffa_target(scenario->victim->info.id, (uint16_t)cpu_index()));
}

/* Contexts on the other CPUs are preempted when the partition dies: there is nothing to resume. */
static void die_after_preemption(void)
{
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++) {
        cpu_run(cpu, preempt_in_victim, 0);
        EXPECT(sibling_reply[cpu].x[0], FFA_INTERRUPT);
    }
    EXPECT_ERROR(fatal_request(), FFA_ABORTED);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++) {
        cpu_run(cpu, resume_in_victim, 0);
        EXPECT_ERROR(sibling_reply[cpu], FFA_ABORTED);
    }
}

/* CPU 1 is off with its context preempted, CPU 2 is on its way off; both come back afterwards. */
static void die_while_cpus_go_off(void)
{
    cpu_run(1, preempt_in_victim, 0);
    EXPECT(sibling_reply[1].x[0], FFA_INTERRUPT);
    cpu_switch_off(1);
    cpu_switch_off_soon(2);
    EXPECT_ERROR(fatal_request(), FFA_ABORTED);
    cpu_wait_off(2);
    cpu_switch_on(1);
    cpu_switch_on(2);
    cpu_run(1, resume_in_victim, 0);
    EXPECT_ERROR(sibling_reply[1], FFA_ABORTED);
}

/* The other contexts are in their start when the partition dies; their CPUs come on without it. */
static void die_while_contexts_start(void)
{
    uint64_t start;

    EXPECT_ANSWER(ask(scenario->victim, CRASH_SLOW_START, SLOW_START_MS), scenario->victim);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
        cpu_switch_off(cpu);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
        cpu_switch_on_soon(cpu);
    start = now_us();
    delay_us(SETTLE_US);
    EXPECT_ERROR(fatal_request(), FFA_ABORTED);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
        cpu_wait_on(cpu);
    EXPECT_TRUE(now_us() - start < SLOW_START_MS * 1000);
}

/* A start that never ends is ended by its deadline, and the partition with it. */
static void die_by_a_start_without_end(void)
{
    EXPECT_ANSWER(ask(scenario->victim, CRASH_SLOW_START, FOR_EVER_MS), scenario->victim);
    cpu_switch_off(1);
    cpu_switch_on(1);
    EXPECT_ERROR(fatal_request(), FFA_ABORTED);
}

/* The CPU goes off all the same. */
static void die_by_a_power_message_without_end(void)
{
    EXPECT_ANSWER(ask(scenario->victim, CRASH_FRAMEWORK, FOR_EVER_MS), scenario->victim);
    cpu_switch_off(1);
    EXPECT_ERROR(fatal_request(), FFA_ABORTED);
    cpu_switch_on(1);
}

/* Its timer comes while the Normal world runs, which goes on after the death. */
static void die_by_a_handler_without_end(void)
{
    struct ffa_regs reply = ask(scenario->victim, CRASH_TIMER_SET, ticks_of(TIMER_US), PHYSICAL,
                                HF_LINE_IRQ, CRASH_TIMER_HANG);

    EXPECT_ANSWER(reply, scenario->victim);
    delay_us(SETTLE_US);
    EXPECT_ERROR(fatal_request(), FFA_ABORTED);
}

/* And the device that it owned interrupts nobody any more. */
static void die_by_a_managed_exit_that_is_ignored(void)
{
    volatile uint32_t *clock = (volatile uint32_t *)(uintptr_t)CRASHER_CLOCK;
    uint64_t start = now_us();

    EXPECT_ANSWER(ask(scenario->victim, CRASH_CLOCK, 0), scenario->victim);
    timer_start(TIMER_US, 0);
    EXPECT_ERROR(fatal_request(), FFA_ABORTED);
    EXPECT_TRUE(now_us() - start >= MANAGED_EXIT_US);
    EXPECT_TRUE(now_us() - start < 2 * MANAGED_EXIT_US);
    EXPECT(timer_wait(), 1);
    clock[4] = 1;        /* unmasked, */
    clock[1] = clock[0]; /* it matches */
    delay_us(SETTLE_US);
}

TEST(the_caller_of_a_partition_that_dies_is_told_and_keeps_its_registers)
{
    uint64_t start = now_us();

    NEEDS_PARTITION(scenario->victim);
    NEEDS_PARTITION(&crasher);
    EXPECT_TRUE(crasher_answers(scenario->victim));
    el1_plant(7);
    scenario->die();
    el1_expect_planted();
    EXPECT_TRUE(now_us() - start < PATIENCE_US);
}

static void expect_aborted(void *argument)
{
    (void)argument;
    EXPECT_ERROR(ask(scenario->victim, CRASH_ECHO, 1), FFA_ABORTED);
    EXPECT_ERROR(ffa(FFA_MSG_SEND_DIRECT_REQ_32, scenario->victim->info.id), FFA_ABORTED);
    EXPECT_ERROR(ask2(scenario->victim, CRASH_ECHO),
                 scenario->victim == &crasher_queued ? FFA_DENIED : FFA_ABORTED);
}

TEST(every_later_caller_on_every_cpu_is_told)
{
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        cpu_run(cpu, expect_aborted, 0);
}

TEST(run_of_a_dead_partition_is_aborted)
{
    EXPECT_ERROR(ffa(FFA_RUN, ffa_target(scenario->victim->info.id, 0)), FFA_ABORTED);
}

static void expect_others_alive(void *argument)
{
    (void)argument;
    EXPECT_TRUE(echo_answers());
    EXPECT_TRUE(vault_answers());
}

TEST(echo_and_vault_answer_on_every_cpu)
{
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        cpu_run(cpu, expect_others_alive, 0);
}

TEST(partitions_of_the_same_image_live_on)
{
    struct partition *const family[] = {&crasher, &crasher_queued, &crasher_mp};

    for (unsigned i = 0; i < 3; i++)
        if (family[i] != scenario->victim)
            EXPECT_TRUE(crasher_answers(family[i]));
}

TEST(another_partition_that_calls_the_dead_one_is_told)
{
    struct partition *caller = scenario->victim == &crasher ? &crasher_queued : &crasher;
    struct ffa_regs reply = ask(caller, CRASH_FORWARD, scenario->victim->info.id, CRASH_ECHO);

    EXPECT_ANSWER(reply, caller);
    EXPECT(reply.x[4], FFA_ERROR);
    EXPECT((int32_t)reply.x[5], FFA_ABORTED);
}

TEST(the_interrupts_of_the_normal_world_go_on)
{
    timer_start(TIMER_US, 0);
    EXPECT(timer_wait(), 1);
}

TEST(cpus_go_off_and_on_beside_a_dead_partition)
{
    NEEDS_CPUS(2);
    for (unsigned cpu = 1; cpu < cpu_count(); cpu++) {
        cpu_switch_off(cpu);
        cpu_switch_on(cpu);
        cpu_run(cpu, expect_others_alive, 0);
        cpu_run(cpu, expect_aborted, 0);
    }
}

TEST(discovery_works_beside_a_dead_partition)
{
    EXPECT_SUCCESS(mailbox_map());
    EXPECT_SUCCESS(partition_info_get(&echo.uuid, 0));
}
