/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device's Secure interrupt finds its partition, whatever that is at. The device is the board's
 * clock, which crasher_exit owns; as this board cannot keep the Normal world from it, the tests
 * make it interrupt when they want.
 */
#define SUITE "device"

#include "interrupts.h"
#include "smp.h"
#include "tap.h"
#include "tick.h"
#include "timer.h"

#define INTID CRASHER_CLOCK_INTID
#define SOON_US 2000
#define LATER_US 5000
#define LATER_MS 5
#define STORM_US 50000
#define QUIETEN CRASH_CLOCK_QUIETEN
#define DEACTIVATE CRASH_CLOCK_DEACTIVATE

/* ---- The clock: its line is high when it matches and is unmasked, until it is cleared ---- */

static volatile uint32_t *clock(unsigned offset)
{
    return (volatile uint32_t *)(uintptr_t)(CRASHER_CLOCK + offset);
}

static void quieten(void)
{
    *clock(0x10) = 0;
    *clock(0x1c) = 1;
}

static void ring(void)
{
    quieten();
    *clock(0x10) = 1;
    *clock(0x04) = *clock(0x00);
}

static bool is_about_to_ring;

static void ring_soon(void *argument)
{
    (void)argument;
    timer_start(SOON_US, 0);
    __atomic_store_n(&is_about_to_ring, true, __ATOMIC_RELEASE);
    timer_wait();
    ring();
}

static void have_it_ring_soon(void)
{
    __atomic_store_n(&is_about_to_ring, false, __ATOMIC_RELAXED);
    cpu_start(1, ring_soon, 0);
    while (!__atomic_load_n(&is_about_to_ring, __ATOMIC_ACQUIRE))
        __asm__ volatile("yield");
}

/* ---- Its owner ---- */

static uint64_t hypercall(uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
    struct ffa_regs reply =
        run_until_answered(ask(&crasher_exit, CRASH_CALL, function, x1, x2, x3));

    EXPECT_ANSWER(reply, &crasher_exit);
    return reply.x[4];
}

/* The handler does so; nothing was taken before. */
static bool begin(uint64_t action)
{
    struct ffa_regs reply;

    if (!EXPECT_TRUE(crasher_exit.info.id != 0))
        return false;
    reply = ask(&crasher_exit, CRASH_CLOCK, action);
    EXPECT_ANSWER(reply, &crasher_exit);
    taken(&crasher_exit, INTID);
    return EXPECT(reply.x[4], 1);
}

#define BEGIN(action)       \
    do {                    \
        if (!begin(action)) \
            return;         \
    } while (0)

static uint64_t count(void)
{
    return taken(&crasher_exit, INTID).x[4];
}

TEST(a_device_interrupts_its_partition_while_the_normal_world_runs)
{
    uint64_t start;

    BEGIN(QUIETEN | DEACTIVATE);
    start = counter();
    ring();
    EXPECT_TAKEN_SINCE(&crasher_exit, INTID, start);
    ring();
    ring();
    EXPECT(count(), 2);
}

TEST(a_device_interrupts_its_partition_while_another_one_runs)
{
    const struct partition *const others[] = {&crasher, &crasher_mp, &crasher_queued};

    NEEDS_CPUS(2);
    BEGIN(QUIETEN | DEACTIVATE);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t start = counter();

        tap_for(i);
        have_it_ring_soon();
        EXPECT_ANSWER(ask(others[i], CRASH_SPIN, LATER_MS), others[i]);
        EXPECT_TAKEN_SINCE(&crasher_exit, INTID, start);
        cpu_wait(1);
    }
}

TEST(a_device_interrupts_its_partition_while_that_runs)
{
    uint64_t start;

    NEEDS_CPUS(2);
    BEGIN(QUIETEN | DEACTIVATE);
    start = counter();
    have_it_ring_soon();
    EXPECT_ANSWER(ask(&crasher_exit, CRASH_SPIN, LATER_MS), &crasher_exit);
    EXPECT_TAKEN_SINCE(&crasher_exit, INTID, start);
    cpu_wait(1);
}

static void spin_in_owner(void *argument)
{
    (void)argument;
    EXPECT_ANSWER(ask(&crasher_exit, CRASH_SPIN, 2 * LATER_MS), &crasher_exit);
}

TEST(a_device_interrupts_its_partition_while_that_runs_on_another_cpu)
{
    uint64_t start;

    NEEDS_CPUS(2);
    BEGIN(QUIETEN | DEACTIVATE);
    start = counter();
    cpu_start(1, spin_in_owner, 0);
    ring_soon(0);
    cpu_wait(1);
    EXPECT_TAKEN_SINCE(&crasher_exit, INTID, start + ticks_of(SOON_US));
}

static struct ffa_regs forwarded;

/* While crasher spins, its owner waits for it. */
static void forward(void *argument)
{
    (void)argument;
    forwarded = ask(&crasher_exit, CRASH_FORWARD, crasher.info.id, CRASH_SPIN, 2 * LATER_MS, 1);
}

static void expect_forwarded(void)
{
    EXPECT_ANSWER(forwarded, &crasher_exit);
    EXPECT(forwarded.x[4], FFA_MSG_SEND_DIRECT_RESP_64);
    EXPECT(forwarded.x[5], DEMO_OK);
}

TEST(a_device_interrupts_its_partition_while_that_waits_for_another_here)
{
    uint64_t start;
    struct ffa_regs last;

    NEEDS_CPUS(2);
    BEGIN(QUIETEN | DEACTIVATE);
    start = counter();
    have_it_ring_soon();
    forward(0);
    cpu_wait(1);
    expect_forwarded();
    last = taken(&crasher_exit, INTID);
    EXPECT(last.x[4], 1);
    EXPECT_TRUE(last.x[5] < start + ticks_of(2 * LATER_US)); /* before crasher was ready */
}

TEST(a_device_of_a_partition_that_waits_for_another_on_another_cpu_waits_too)
{
    uint64_t start;

    NEEDS_CPUS(2);
    BEGIN(QUIETEN | DEACTIVATE);
    start = counter();
    cpu_start(1, forward, 0);
    ring_soon(0);
    cpu_wait(1);
    expect_forwarded();
    EXPECT_TAKEN_SINCE(&crasher_exit, INTID, start + ticks_of(2 * LATER_US));
}

TEST(a_device_of_a_partition_that_yielded_waits_until_it_runs)
{
    struct ffa_regs reply;
    uint64_t resumed;

    BEGIN(QUIETEN | DEACTIVATE);
    reply = ask(&crasher_exit, CRASH_YIELD);
    EXPECT(reply.x[0], FFA_YIELD);
    ring();
    delay_us(LATER_US);
    resumed = counter();
    EXPECT_ANSWER(ffa(FFA_RUN, ffa_target(crasher_exit.info.id, 0)), &crasher_exit);
    EXPECT_TAKEN_SINCE(&crasher_exit, INTID, resumed);
}

/* It can be preempted once it does not want to be asked. */
TEST(a_device_of_a_preempted_partition_waits_until_that_is_resumed)
{
    struct ffa_regs reply;
    uint64_t resumed;

    BEGIN(QUIETEN | DEACTIVATE);
    EXPECT(hypercall(HF_INTERRUPT_ENABLE, HF_INTID_MANAGED_EXIT, 0, HF_LINE_FIQ), 0);
    reply = work_until_interrupted(&crasher_exit);
    EXPECT(reply.x[0], FFA_INTERRUPT);
    ring();
    delay_us(LATER_US);
    EXPECT_TRUE(vault_answers());
    resumed = counter();
    EXPECT_ANSWER(run_until_answered(reply), &crasher_exit);
    EXPECT_TAKEN_SINCE(&crasher_exit, INTID, resumed);
    EXPECT(hypercall(HF_INTERRUPT_ENABLE, HF_INTID_MANAGED_EXIT, 1, HF_LINE_FIQ), 0);
}

/* ---- other-s-interrupts-action of the one that runs ---- */

/* Rings while it works; gives when the handler ran, in ticks since before. */
static uint64_t ticks_until_taken_beside(const struct partition *running)
{
    struct ffa_regs last;
    uint64_t start = counter();

    have_it_ring_soon();
    EXPECT_ANSWER(ask(running, CRASH_SPIN, 2 * LATER_MS), running);
    cpu_wait(1);
    last = taken(&crasher_exit, INTID);
    EXPECT(last.x[4], 1);
    return last.x[5] - start;
}

TEST(a_device_does_not_wait_for_one_whose_manifest_has_it_signalled)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_queued);
    BEGIN(QUIETEN | DEACTIVATE);
    EXPECT_TRUE(ticks_until_taken_beside(&crasher_queued) < ticks_of(2 * LATER_US));
}

TEST(a_device_waits_for_one_whose_manifest_has_it_queued)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_deaf);
    BEGIN(QUIETEN | DEACTIVATE);
    EXPECT_TRUE(ticks_until_taken_beside(&crasher_deaf) >= ticks_of(2 * LATER_US));
}

TEST(a_device_waits_for_whom_one_calls_that_has_it_queued)
{
    uint64_t start;

    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_deaf);
    BEGIN(QUIETEN | DEACTIVATE);
    start = counter();
    have_it_ring_soon();
    EXPECT_ANSWER(ask(&crasher_deaf, CRASH_FORWARD, crasher.info.id, CRASH_SPIN, 2 * LATER_MS, 1),
                  &crasher_deaf);
    EXPECT_TAKEN_SINCE(&crasher_exit, INTID, start + ticks_of(2 * LATER_US));
    cpu_wait(1);
}

TEST(a_device_that_a_request_keeps_masked_interrupts_after_the_answer)
{
    uint64_t start;

    NEEDS_CPUS(2);
    BEGIN(QUIETEN | DEACTIVATE);
    start = counter();
    have_it_ring_soon();
    EXPECT_ANSWER(ask(&crasher_exit, CRASH_SPIN, LATER_MS, 1), &crasher_exit);
    EXPECT_TAKEN_SINCE(&crasher_exit, INTID, start + ticks_of(LATER_US));
    cpu_wait(1);
}

/* ---- Level-triggered ---- */

TEST(an_interrupt_does_not_come_again_before_it_is_deactivated)
{
    BEGIN(0);
    ring();
    delay_us(LATER_US);
    EXPECT(count(), 1);
    quieten();
    ring();
    delay_us(LATER_US);
    EXPECT(count(), 0);
    quieten();
    EXPECT(hypercall(HF_INTERRUPT_DEACTIVATE, INTID, INTID, 0), 0);
    EXPECT(hypercall(HF_INTERRUPT_DEACTIVATE, INTID, INTID, 0), HF_INVALID_INTID);
    BEGIN(QUIETEN | DEACTIVATE);
    ring();
    EXPECT(count(), 1);
}

TEST(a_device_that_stays_active_comes_again_after_deactivation)
{
    BEGIN(0);
    ring();
    EXPECT(count(), 1);
    ask(&crasher_exit, CRASH_CLOCK, QUIETEN | DEACTIVATE);
    EXPECT(hypercall(HF_INTERRUPT_DEACTIVATE, INTID, INTID, 0), 0);
    EXPECT(count(), 1);
}

/* How far a loop comes in that time. */
static uint64_t work(uint64_t us)
{
    uint64_t end = counter() + ticks_of(us), rounds = 0;

    while (counter() < end)
        rounds++;
    return rounds;
}

TEST(a_device_that_nobody_quietens_leaves_others_half_of_the_time)
{
    uint64_t alone, beside;

    alone = work(STORM_US);
    BEGIN(DEACTIVATE);
    ring();
    tick_start(1000);
    work(STORM_US);
    beside = work(STORM_US);
    EXPECT_TRUE(beside >= alone / 4);
    for (unsigned i = 0; i < 20; i++)
        EXPECT_TRUE(vault_answers());
    EXPECT_TRUE(tick_count() + 2 >= tick_expected());
    tick_stop();
    quieten();
    EXPECT_TRUE(count() > 100);
    delay_us(LATER_US);
    EXPECT(count(), 0);
}

/* ---- Off, on, and where to ---- */

TEST(an_interrupt_that_is_off_waits_until_it_is_on)
{
    BEGIN(QUIETEN | DEACTIVATE);
    EXPECT(hypercall(HF_INTERRUPT_RECONFIGURE, INTID, HF_RECONFIGURE_ENABLE, 0), 0);
    ring();
    delay_us(LATER_US);
    EXPECT(count(), 0);
    EXPECT(hypercall(HF_INTERRUPT_RECONFIGURE, INTID, HF_RECONFIGURE_ENABLE, 1), 0);
    EXPECT(count(), 1);
    EXPECT(hypercall(HF_INTERRUPT_ENABLE, INTID, 0, HF_LINE_IRQ), 0);
    ring();
    EXPECT(count(), 0);
    EXPECT(hypercall(HF_INTERRUPT_ENABLE, INTID, 1, HF_LINE_FIQ), 0);
    EXPECT(taken(&crasher_exit, INTID).x[6], HF_LINE_FIQ);
    EXPECT(hypercall(HF_INTERRUPT_ENABLE, INTID, 1, HF_LINE_IRQ), 0);
}

TEST(an_interrupt_is_not_made_non_secure_nor_sent_to_cpus_of_others)
{
    const uint64_t no = HF_INVALID_INTID;

    BEGIN(QUIETEN | DEACTIVATE);
    EXPECT(hypercall(HF_INTERRUPT_RECONFIGURE, INTID, HF_RECONFIGURE_SECURITY, HF_SECURE), 0);
    EXPECT(hypercall(HF_INTERRUPT_RECONFIGURE, INTID, HF_RECONFIGURE_SECURITY, 0), no);
    EXPECT(hypercall(HF_INTERRUPT_RECONFIGURE, INTID, HF_RECONFIGURE_TARGET_PE, CPU_MAX), no);
    EXPECT(hypercall(HF_INTERRUPT_RECONFIGURE, INTID, HF_RECONFIGURE_TARGET_PE, 1), no);
    EXPECT(hypercall(HF_INTERRUPT_RECONFIGURE, INTID, HF_RECONFIGURE_ENABLE, 2), no);
    EXPECT(hypercall(HF_INTERRUPT_RECONFIGURE, INTID, 3, 0), no);
    EXPECT(hypercall(HF_INTERRUPT_DEACTIVATE, INTID, INTID + 1, 0), no);
}

static void route_here(void *argument)
{
    (void)argument;
    EXPECT(hypercall(HF_INTERRUPT_RECONFIGURE, INTID, HF_RECONFIGURE_TARGET_PE, cpu_index()), 0);
}

static void ring_here(void *argument)
{
    (void)argument;
    ring();
    EXPECT(count(), 1);
}

TEST(an_interrupt_goes_to_a_cpu_that_is_on_when_its_own_goes_off)
{
    NEEDS_CPUS(2);
    BEGIN(QUIETEN | DEACTIVATE);
    cpu_run(1, route_here, 0);
    cpu_run(1, ring_here, 0);
    cpu_switch_off(1);
    ring_here(0);
    cpu_switch_on(1);
    cpu_run(1, ring_here, 0);
    route_here(0);
    ring_here(0);
}

TEST(an_interrupt_that_comes_while_its_cpu_goes_off_is_not_lost)
{
    NEEDS_CPUS(2);
    for (unsigned round = 0; round < 20; round++) {
        tap_for(round);
        BEGIN(QUIETEN | DEACTIVATE);
        cpu_run(1, route_here, 0);
        cpu_switch_off_soon(1);
        delay_us(round * 5);
        ring();
        cpu_wait_off(1);
        delay_us(SOON_US);
        EXPECT(count(), 1);
        cpu_switch_on(1);
    }
    route_here(0);
}

/* The boot CPU, where the interrupt goes to, is off. */
static void ring_elsewhere(void *argument)
{
    ring_here(argument);
}

TEST(an_interrupt_goes_elsewhere_while_the_boot_cpu_is_off)
{
    NEEDS_CPUS(2);
    BEGIN(QUIETEN | DEACTIVATE);
    cpu_sleep_while(1, ring_elsewhere);
    ring_here(0);
}
