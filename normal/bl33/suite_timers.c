/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Partitions' timers, which Bulkhead keeps as numbers: they interrupt their partition whatever the
 * CPU is at, and the Normal world's own timer, whose registers have the same names, never notices.
 */
#define SUITE "timers"

#include "interrupts.h"
#include "smp.h"
#include "tap.h"
#include "tick.h"
#include "timer.h"

#define TIMER HF_INTID_TIMER
#define SOON_US 2000
#define LATER_US 5000 /* well after that */
#define LATER_MS 5
#define NEVER_US 100000000

/* ---- Registers of a crasher's timers, by instructions that it executes ---- */

#define TVAL 0
#define CONTROL 1
#define COMPARE 2
#define MRS(timer, what) (0xd53be200u | (timer) << 8 | (what) << 5)
#define MSR(timer, what) (0xd51be200u | (timer) << 8 | (what) << 5)
#define ON 1
#define MASKED 3
#define STATUS 4

static uint64_t execute(const struct partition *p, uint32_t instruction, uint64_t x0)
{
    struct ffa_regs reply = run_until_answered(ask(p, CRASH_INSTRUCTION, instruction, x0));

    EXPECT_ANSWER(reply, p);
    EXPECT(reply.x[4], 0);
    return reply.x[5];
}

static uint64_t get(unsigned timer, unsigned what)
{
    return execute(&crasher, MRS(timer, what), 0);
}

static void put(unsigned timer, unsigned what, uint64_t value)
{
    execute(&crasher, MSR(timer, what), value);
}

static uint64_t hypercall(uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
    struct ffa_regs reply = ask(&crasher, CRASH_CALL, function, x1, x2, x3);

    EXPECT_ANSWER(reply, &crasher);
    return reply.x[4];
}

static void enable(bool on)
{
    EXPECT(hypercall(HF_INTERRUPT_ENABLE, TIMER, on, HF_LINE_IRQ), 0);
}

static void forget(const struct partition *p)
{
    taken(p, TIMER);
}

/* ---- It comes whatever the CPU is at ---- */

TEST(a_timer_interrupts_its_partition_while_the_normal_world_runs)
{
    uint64_t begin = counter();

    NEEDS_PARTITION(&crasher);
    forget(&crasher);
    set_timer(&crasher, PHYSICAL, SOON_US, 0);
    delay_us(LATER_US);
    EXPECT_TAKEN_SINCE(&crasher, TIMER, begin + ticks_of(SOON_US));
}

TEST(a_timer_interrupts_its_partition_while_that_runs)
{
    uint64_t begin = counter();

    NEEDS_PARTITION(&crasher);
    set_timer(&crasher, PHYSICAL, SOON_US, 0);
    EXPECT_ANSWER(ask(&crasher, CRASH_SPIN, LATER_MS), &crasher);
    EXPECT_TAKEN_SINCE(&crasher, TIMER, begin + ticks_of(SOON_US));
}

TEST(a_timer_interrupts_its_partition_while_another_one_runs)
{
    const struct partition *const others[] = {&crasher_mp, &crasher_queued};

    NEEDS_PARTITION(&crasher);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t begin = counter();

        tap_for(i);
        NEEDS_PARTITION(others[i]);
        set_timer(&crasher, PHYSICAL, SOON_US, 0);
        EXPECT_ANSWER(ask(others[i], CRASH_SPIN, LATER_MS), others[i]);
        EXPECT_TAKEN_SINCE(&crasher, TIMER, begin + ticks_of(SOON_US));
    }
}

TEST(a_timer_of_a_preempted_partition_interrupts_it_when_it_goes_on)
{
    struct ffa_regs reply;
    uint64_t resumed;

    NEEDS_PARTITION(&crasher);
    set_timer(&crasher, PHYSICAL, 4 * LATER_US, 0);
    reply = work_until_interrupted(&crasher);
    EXPECT(reply.x[0], FFA_INTERRUPT);
    delay_us(8 * LATER_US);
    resumed = counter();
    EXPECT_ANSWER(run_until_answered(reply), &crasher);
    EXPECT_TAKEN_SINCE(&crasher, TIMER, resumed);
}

TEST(a_timer_ends_the_wait_of_its_partition)
{
    uint64_t begin = counter();

    NEEDS_PARTITION(&crasher);
    set_timer(&crasher, PHYSICAL, SOON_US, 0);
    EXPECT_ANSWER(ask(&crasher, CRASH_WFI), &crasher);
    EXPECT_TRUE(counter() >= begin + ticks_of(SOON_US));
    EXPECT_TAKEN_SINCE(&crasher, TIMER, begin + ticks_of(SOON_US));
}

TEST(a_timer_that_a_request_keeps_masked_interrupts_after_the_answer)
{
    struct ffa_regs reply;
    uint64_t begin = counter();

    NEEDS_PARTITION(&crasher);
    set_timer(&crasher, PHYSICAL, SOON_US, 0);
    reply = ask(&crasher, CRASH_SPIN, LATER_MS, 1);
    EXPECT_ANSWER(reply, &crasher);
    EXPECT_TRUE(reply.x[6] != 0); /* it was pending at the end */
    EXPECT_TAKEN_SINCE(&crasher, TIMER, begin + ticks_of(LATER_US));
}

TEST(a_timer_interrupts_a_partition_that_waits_for_another)
{
    uint64_t begin = counter();
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&crasher_mp);
    set_timer(&crasher, PHYSICAL, SOON_US, 0);
    reply = ask(&crasher, CRASH_FORWARD, crasher_mp.info.id, CRASH_SPIN, LATER_MS, 1);
    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT_TAKEN_SINCE(&crasher, TIMER, begin + ticks_of(SOON_US));
}

TEST(timers_of_several_partitions_that_expire_together_all_come)
{
    uint64_t begin = counter();

    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&crasher_mp);
    NEEDS_PARTITION(&crasher_queued);
    forget(&crasher_mp);
    forget(&crasher_queued);
    interrupts_off();
    set_timer(&crasher, PHYSICAL, SOON_US, 0);
    set_timer(&crasher_mp, PHYSICAL, SOON_US, 0);
    set_timer(&crasher_queued, PHYSICAL, SOON_US, 0);
    delay_us(LATER_US);
    interrupts_on();
    EXPECT_TAKEN_SINCE(&crasher, TIMER, begin);
    EXPECT_TAKEN_SINCE(&crasher_mp, TIMER, begin);
    EXPECT_TAKEN_SINCE(&crasher_queued, TIMER, begin);
}

/* ---- Other CPUs ---- */

static void set_on_this_cpu(void *argument)
{
    set_timer(argument, PHYSICAL, SOON_US, 0);
}

static void answer_here(void *argument)
{
    EXPECT_TRUE(crasher_answers(argument));
}

TEST(a_timer_follows_a_partition_to_another_cpu)
{
    uint64_t begin = counter();

    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher);
    set_timer(&crasher, PHYSICAL, SOON_US, 0);
    cpu_run(1, answer_here, &crasher);
    delay_us(LATER_US);
    EXPECT_TAKEN_SINCE(&crasher, TIMER, begin + ticks_of(SOON_US));
}

TEST(a_timer_comes_though_the_cpu_that_it_was_set_on_is_off)
{
    uint64_t begin = counter();

    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher);
    cpu_run(1, set_on_this_cpu, &crasher);
    cpu_switch_off(1);
    delay_us(LATER_US);
    EXPECT_TAKEN_SINCE(&crasher, TIMER, begin + ticks_of(SOON_US));
    cpu_switch_on(1);
}

static struct ffa_regs taken_there;

static void ask_there(void *argument)
{
    taken_there = taken(argument, TIMER);
}

TEST(a_timer_of_an_mp_context_ends_when_its_cpu_goes_off)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    cpu_run(1, ask_there, &crasher_mp);
    cpu_run(1, set_on_this_cpu, &crasher_mp);
    cpu_switch_off(1);
    delay_us(LATER_US);
    cpu_switch_on(1);
    cpu_run(1, ask_there, &crasher_mp);
    EXPECT(taken_there.x[4], 0);
}

static void set_everywhere(void *argument)
{
    uint64_t begin = counter();

    forget(argument);
    set_timer(argument, PHYSICAL, SOON_US, 0);
    delay_us(2 * LATER_US);
    EXPECT_TAKEN_SINCE((const struct partition *)argument, TIMER, begin);
}

TEST(each_context_of_an_mp_partition_has_a_timer_of_its_own)
{
    NEEDS_PARTITION(&crasher_mp);
    cpu_run_everywhere(set_everywhere, &crasher_mp);
}

/* ---- Registers ---- */

TEST(what_a_partition_writes_to_its_timer_reads_back)
{
    NEEDS_PARTITION(&crasher);
    enable(false);
    for (unsigned timer = PHYSICAL; timer <= VIRTUAL; timer++) {
        tap_for(timer);
        put(timer, CONTROL, 0);
        put(timer, COMPARE, 0x123456789abcdef0);
        EXPECT(get(timer, COMPARE), 0x123456789abcdef0);
        put(timer, CONTROL, MASKED);
        EXPECT(get(timer, CONTROL), MASKED);
        put(timer, COMPARE, 0);
        EXPECT(get(timer, CONTROL), MASKED | STATUS);
        put(timer, CONTROL, 0);
        EXPECT(get(timer, CONTROL) & MASKED, 0);
    }
}

TEST(a_timers_value_counts_down_and_below_zero)
{
    uint64_t first, second;

    NEEDS_PARTITION(&crasher);
    enable(false);
    for (unsigned timer = PHYSICAL; timer <= VIRTUAL; timer++) {
        tap_for(timer);
        put(timer, CONTROL, MASKED);
        put(timer, TVAL, ticks_of(NEVER_US) & 0x7fffffff);
        first = get(timer, TVAL);
        second = get(timer, TVAL);
        EXPECT_TRUE(second < first && first - second < ticks_of(LATER_US));
        put(timer, TVAL, (uint32_t)-1000);
        EXPECT_TRUE((int32_t)get(timer, TVAL) < -1000);
        EXPECT_TRUE(get(timer, COMPARE) < counter());
        EXPECT(get(timer, CONTROL), MASKED | STATUS);
        put(timer, CONTROL, 0);
    }
}

static bool
timers_are_emulated(void) /* both: CPUs without ECV have the virtual one for themselves */
{
    return read_register(id_aa64mmfr0_el1) >> 60 != 0;
}

TEST(a_value_below_zero_interrupts_at_once_and_once)
{
    NEEDS_PARTITION(&crasher);
    put(PHYSICAL, CONTROL, 0);
    enable(true);
    forget(&crasher);
    put(PHYSICAL, TVAL, (uint32_t)-1);
    EXPECT(taken(&crasher, TIMER).x[4], 0);
    put(PHYSICAL, CONTROL, ON);
    delay_us(LATER_US);
    EXPECT(taken(&crasher, TIMER).x[4], 1);
    delay_us(LATER_US);
    EXPECT(taken(&crasher, TIMER).x[4], 0);
}

TEST(a_masked_timer_interrupts_when_it_is_unmasked)
{
    NEEDS_PARTITION(&crasher);
    put(PHYSICAL, CONTROL, MASKED);
    enable(true);
    forget(&crasher);
    put(PHYSICAL, TVAL, ticks_of(SOON_US));
    delay_us(LATER_US);
    EXPECT(taken(&crasher, TIMER).x[4], 0);
    put(PHYSICAL, CONTROL, ON);
    delay_us(SOON_US);
    EXPECT(taken(&crasher, TIMER).x[4], 1);
}

TEST(a_timer_that_is_off_interrupts_nobody)
{
    NEEDS_PARTITION(&crasher);
    set_timer(&crasher, PHYSICAL, SOON_US, 0);
    put(PHYSICAL, CONTROL, 0);
    delay_us(LATER_US);
    EXPECT(taken(&crasher, TIMER).x[4], 0);
}

TEST(a_timer_whose_interrupt_is_not_enabled_waits_until_it_is)
{
    NEEDS_PARTITION(&crasher);
    set_timer(&crasher, PHYSICAL, SOON_US, 0);
    enable(false);
    delay_us(LATER_US);
    EXPECT(taken(&crasher, TIMER).x[4], 0);
    enable(true);
    EXPECT(taken(&crasher, TIMER).x[4], 1);
}

TEST(the_virtual_timer_interrupts_as_the_physical_one)
{
    uint64_t begin = counter();

    NEEDS_PARTITION(&crasher);
    if (!timers_are_emulated()) {
        tap_skip("a CPU without ECV");
        return;
    }
    set_timer(&crasher, VIRTUAL, SOON_US, 0);
    delay_us(LATER_US);
    EXPECT_TAKEN_SINCE(&crasher, TIMER, begin + ticks_of(SOON_US));
    put(VIRTUAL, CONTROL, 0);
}

/* ---- Hypercalls ---- */

TEST(hypercalls_on_interrupts_that_a_partition_does_not_have_are_refused)
{
    const uint64_t no = HF_INVALID_INTID;

    NEEDS_PARTITION(&crasher);
    EXPECT(hypercall(HF_INTERRUPT_ENABLE, 34, 1, HF_LINE_IRQ), no);
    EXPECT(hypercall(HF_INTERRUPT_ENABLE, 20, 1, HF_LINE_IRQ), no);
    EXPECT(hypercall(HF_INTERRUPT_ENABLE, TIMER, 1, 2), no);
    EXPECT(hypercall(HF_INTERRUPT_DEACTIVATE, TIMER, TIMER, 0), no);
    EXPECT(hypercall(HF_INTERRUPT_DEACTIVATE, 34, 34, 0), no);
    EXPECT(hypercall(HF_INTERRUPT_RECONFIGURE, TIMER, HF_RECONFIGURE_ENABLE, 1), no);
    EXPECT(hypercall(HF_INTERRUPT_RECONFIGURE, 34, HF_RECONFIGURE_ENABLE, 1), no);
    EXPECT(hypercall(HF_INTERRUPT_GET, 0, 0, 0), no);
}

TEST(hypercalls_of_the_normal_world_are_unknown)
{
    EXPECT(ffa(HF_INTERRUPT_ENABLE, TIMER, 1).x[0], SMCCC_NOT_SUPPORTED);
    EXPECT(ffa(HF_INTERRUPT_GET).x[0], SMCCC_NOT_SUPPORTED);
}

/* ---- The Normal world's own ---- */

#define PERIOD_US 700
#define TICKS 60

static void work_with_timers(unsigned round)
{
    static const uint64_t spans[] = {0, 1, 30, 500, 2500, NEVER_US},
                          again[] = {0, 500, 40, 0, 2500};

    set_timer(&crasher, round % 2, spans[round % 6], again[round % 5]);
    run_until_answered(ask(&crasher, CRASH_SPIN, 1));
    put(round % 2, CONTROL, round % 4);
    put(round / 2 % 2, COMPARE, round % 3 ? counter() : ~0ULL);
    run_until_answered(ask(&crasher_mp, CRASH_TIMER));
}

TEST(the_normal_worlds_tick_is_neither_lost_nor_changed)
{
    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&crasher_mp);
    interrupts_on();
    tick_start(PERIOD_US);
    for (unsigned round = 0; tick_expected() < TICKS; round++) {
        work_with_timers(round);
        EXPECT_TRUE(tick_count() + 1 >= tick_expected());
    }
    delay_us(2 * PERIOD_US);
    EXPECT_TRUE(tick_expected() - tick_count() <= 1);
    EXPECT(read_register(cntp_ctl_el0) & MASKED, ON);
    tick_stop();
    set_timer(&crasher, PHYSICAL, NEVER_US, 0);
    put(PHYSICAL, CONTROL, 0);
    put(VIRTUAL, CONTROL, 0);
    forget(&crasher);
}
