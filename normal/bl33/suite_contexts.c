/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interrupts of a partition with a context on each CPU: a CPU's own (PPI) finds the context of that
 * CPU, a device's (SPI) that of the CPU it is sent to. The tests cause them by the Normal world's
 * own hands: crasher_mp_exit has the interrupts of its performance monitors and of its console.
 */
#define SUITE "contexts"

#include "interrupts.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define PPI CRASHER_MONITORS_INTID
#define SPI CRASHER_CONSOLE_INTID
#define NO HF_INVALID_INTID
#define SOON_US 2000
#define LATER_US 10000
#define LATER_MS 10
#define ROUNDS 20

static struct partition *const owner = &crasher_mp_exit;

/* ---- The two: lines that are high until the tests let them down ---- */

#define OVERFLOW (1ULL << 31) /* of the cycle counter, which need not count for that */
#define CONSOLE_MASK 0x09000038
#define CONSOLE_SENT (1U << 5) /* raised since the first character */

static void raise_ppi(void)
{
    write_register(pmcr_el0, 1);
    write_register(pmintenset_el1, OVERFLOW);
    write_register(pmovsset_el0, OVERFLOW);
    isb();
}

static void lower_ppi(void)
{
    write_register(pmovsclr_el0, OVERFLOW);
    isb();
}

static void set_spi(bool high)
{
    *(volatile uint32_t *)CONSOLE_MASK = high ? CONSOLE_SENT : 0;
}

/* ---- Their owner, by its context of this CPU ---- */

static uint64_t hypercall(uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
    struct ffa_regs reply = run_until_answered(ask(owner, CRASH_CALL, function, x1, x2, x3));

    EXPECT_ANSWER(reply, owner);
    return reply.x[4];
}

static void enable(uint32_t intid, bool on)
{
    EXPECT(hypercall(HF_INTERRUPT_ENABLE, intid, on, HF_LINE_IRQ), 0);
}

static uint64_t deactivate(uint32_t intid)
{
    return hypercall(HF_INTERRUPT_DEACTIVATE, intid, intid, 0);
}

static uint64_t count(uint32_t intid)
{
    return taken(owner, intid).x[4];
}

/* Its handlers only count: what came stays in service until the tests deactivate it. */
static void begin(void)
{
    EXPECT_ANSWER(ask(owner, CRASH_CLOCK, 0), owner);
}

/* ---- PPIs ---- */

static void ring_ppi(void *argument)
{
    uint64_t start;

    (void)argument;
    enable(PPI, true);
    count(PPI);
    start = counter();
    raise_ppi();
    EXPECT_TAKEN_SINCE(owner, PPI, start);
    EXPECT(count(PPI), 0); /* high, and in service */
    lower_ppi();
    EXPECT(deactivate(PPI), 0);
    EXPECT(deactivate(PPI), NO);
    EXPECT(count(PPI), 0);
    enable(PPI, false);
}

TEST(a_cpus_own_interrupt_comes_to_its_context)
{
    NEEDS_PARTITION(owner);
    begin();
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
        tap_for(cpu);
        cpu_run(cpu, ring_ppi, 0);
    }
}

static void ring_ppi_often(void *argument)
{
    for (unsigned i = 0; i < ROUNDS; i++)
        ring_ppi(argument);
}

TEST(all_cpus_own_interrupts_come_at_once)
{
    NEEDS_PARTITION(owner);
    begin();
    cpu_run_everywhere(ring_ppi_often, 0);
}

static void leave_ppi_in_service(void *argument)
{
    (void)argument;
    enable(PPI, true);
    raise_ppi();
    EXPECT(count(PPI), 1);
}

static void finish_ppi(void *argument)
{
    (void)argument;
    EXPECT(count(PPI), 0);
    lower_ppi();
    EXPECT(deactivate(PPI), 0);
    enable(PPI, false);
}

TEST(one_that_is_in_service_holds_back_no_other_cpus)
{
    NEEDS_PARTITION(owner);
    NEEDS_CPUS(2);
    begin();
    cpu_run(1, leave_ppi_in_service, 0);
    EXPECT(deactivate(PPI), NO);
    ring_ppi(0);
    cpu_run(1, finish_ppi, 0);
}

static void expect_none_before_enabled(void *argument)
{
    (void)argument;
    raise_ppi();
    EXPECT(count(PPI), 0);
    enable(PPI, true);
    EXPECT(count(PPI), 1);
    lower_ppi();
    EXPECT(deactivate(PPI), 0);
    enable(PPI, false);
}

TEST(a_context_that_starts_again_enables_its_own_again)
{
    NEEDS_PARTITION(owner);
    NEEDS_CPUS(2);
    begin();
    cpu_run(1, leave_ppi_in_service, 0);
    cpu_switch_off(1);
    cpu_switch_on(1);
    cpu_run(1, expect_none_before_enabled, 0);
}

/* ---- SPIs ---- */

static void send_to(unsigned cpu)
{
    EXPECT(hypercall(HF_INTERRUPT_RECONFIGURE, SPI, HF_RECONFIGURE_TARGET_PE, cpu), 0);
}

static uint64_t count_of[CPU_MAX];

static void count_here(void *argument)
{
    (void)argument;
    count_of[cpu_index()] = count(SPI);
}

TEST(a_devices_interrupt_comes_to_the_context_of_the_cpu_that_it_is_sent_to)
{
    NEEDS_PARTITION(owner);
    begin();
    enable(SPI, true);
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        cpu_run(cpu, count_here, 0);
    for (unsigned target = 0; target < cpu_count(); target++) {
        send_to(target);
        set_spi(true);
        delay_us(SOON_US);
        set_spi(false);
        EXPECT(deactivate(SPI), 0); /* by any context */
        for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
            tap_for(cpu);
            cpu_run(cpu, count_here, 0);
            EXPECT(count_of[cpu], cpu == target);
        }
    }
    send_to(0);
    enable(SPI, false);
}

static void work_masked(void *argument)
{
    (void)argument;
    EXPECT_ANSWER(ask(owner, CRASH_SPIN, LATER_MS, 1), owner);
}

/* It comes to a context that has no time for it, and is then turned off by another. */
static void have_one_wait_on_cpu_1(void)
{
    begin();
    enable(SPI, true);
    cpu_run(1, count_here, 0);
    send_to(1);
    cpu_start(1, work_masked, 0);
    delay_us(SOON_US);
    set_spi(true);
    delay_us(SOON_US);
    enable(SPI, false);
    cpu_wait(1);
    delay_us(SOON_US);
}

static uint64_t enabled_at;

static void expect_taken_since_enabled(void *argument)
{
    (void)argument;
    EXPECT_TAKEN_SINCE(owner, SPI, enabled_at);
}

TEST(one_that_waits_in_a_context_is_handled_there_when_another_context_enables_it)
{
    NEEDS_PARTITION(owner);
    NEEDS_CPUS(2);
    have_one_wait_on_cpu_1();
    enabled_at = counter();
    enable(SPI, true);
    delay_us(SOON_US);
    cpu_run(1, expect_taken_since_enabled, 0);
    set_spi(false);
    EXPECT(deactivate(SPI), 0);
    send_to(0);
    enable(SPI, false);
}
