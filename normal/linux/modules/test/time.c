// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time that a partition takes: Linux gets its interrupts in the middle of long
 * work, its clock goes on, and the work is resumed, also on another CPU.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/math64.h>

#include "cpus.h"
#include "notices.h"
#include "smc.h"
#include "suites.h"

#include <asm/barrier.h>
#include <asm/sysreg.h>

#define SPIN_MS 200
#define BEAT_MS 5

/* A timer that beats on the CPU that started it. */
struct heart {
	struct hrtimer timer;
	unsigned int beats;
};

static enum hrtimer_restart beat(struct hrtimer *timer)
{
	struct heart *heart = container_of(timer, struct heart, timer);

	heart->beats++;
	hrtimer_forward_now(timer, ms_to_ktime(BEAT_MS));
	return HRTIMER_RESTART;
}

static void start_heart(struct heart *heart)
{
	hrtimer_init_on_stack(&heart->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED);
	heart->timer.function = beat;
	heart->beats = 0;
	hrtimer_start(&heart->timer, ms_to_ktime(BEAT_MS), HRTIMER_MODE_REL_PINNED);
}

static void stop_heart(struct heart *heart)
{
	hrtimer_cancel(&heart->timer);
	destroy_hrtimer_on_stack(&heart->timer);
}

static void spin_under_the_driver(struct tap *t, void *data)
{
	struct heart heart;
	unsigned long ticks = jiffies;
	u64 start = ktime_get_ns(), elapsed;
	struct words answer;

	start_heart(&heart);
	answer = demo_ask(t, CRASHER, CRASH_SPIN, SPIN_MS);
	elapsed = ktime_get_ns() - start;
	ticks = jiffies - ticks;
	stop_heart(&heart);

	require(t, answer.x3 == DEMO_OK, "status %lld", answer.x3);
	require(t, elapsed >= SPIN_MS * NSEC_PER_MSEC, "it took %llu ns", elapsed);
	require(t, heart.beats >= SPIN_MS / BEAT_MS / 4, "only %u timer interrupts meanwhile",
		heart.beats);
	require(t, jiffies_to_msecs(ticks) >= SPIN_MS / 2, "only %lu ticks meanwhile", ticks);
}

static void long_work_lets_interrupts_in_and_the_driver_resumes_it(struct tap *t)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		on_cpu(t, cpu, spin_under_the_driver, NULL);
}

static void begin_to_spin(struct tap *t, void *result)
{
	const struct words spin = { CRASH_SPIN, SPIN_MS };
	struct heart heart;

	start_heart(&heart);
	*(smc_regs *)result = smc_request(CRASHER, &spin);
	stop_heart(&heart);
}

static void run_to_the_end(struct tap *t, void *result)
{
	smc_regs *r = result;

	while (r->a0 == FFA_INTERRUPT)
		*r = smc_run(r);
}

static void interrupted_partition_is_busy_and_ends_on_another_cpu(struct tap *t)
{
	unsigned int first = cpumask_first(cpu_online_mask), last = cpumask_last(cpu_online_mask);
	struct words other = { CRASH_ECHO, 1 };
	u32 context;
	smc_regs result = {};

	require(t, demo[CRASHER].device, "no crasher");
	context = (u32)demo[CRASHER].device->vm_id << 16;
	on_cpu(t, first, begin_to_spin, &result);
	require(t, result.a0 == FFA_INTERRUPT, "not interrupted: x0 %#lx, x2 %#lx", result.a0,
		result.a2);
	if (result.a1 != context)
		tap_fail(t, "INTERRUPT names %#lx", result.a1);
	if (demo_send(CRASHER, &other) != -EBUSY)
		tap_fail(t, "another message was not refused as busy");

	result.a1 = context;
	on_cpu(t, last, run_to_the_end, &result);
	require(t, result.a0 == FFA_FN64_MSG_SEND_DIRECT_RESP && result.a3 == DEMO_OK,
		"it ended with x0 %#lx, x2 %#lx, x3 %#lx", result.a0, result.a2, result.a3);
}

static void partition_that_yields_is_resumed(struct tap *t)
{
	const struct words yield = { CRASH_YIELD };
	smc_regs result;

	require(t, demo_ask(t, CRASHER, CRASH_YIELD).x3 == DEMO_OK, "through the driver: not OK");

	result = smc_request(CRASHER, &yield);
	run_to_the_end(t, &result);
	require(t, result.a0 == FFA_YIELD && result.a1 == (u32)demo[CRASHER].device->vm_id << 16,
		"x0 %#lx, x1 %#lx", result.a0, result.a1);
	result = smc_run(&result);
	run_to_the_end(t, &result);
	require(t, result.a0 == FFA_FN64_MSG_SEND_DIRECT_RESP && result.a3 == DEMO_OK,
		"resumed, it ended with x0 %#lx, x2 %#lx, x3 %#lx", result.a0, result.a2,
		result.a3);
}

static void partition_that_waits_for_an_interrupt_gives_the_cpu_back(struct tap *t)
{
	require(t, demo_ask(t, CRASHER, CRASH_WFI).x3 == DEMO_OK, "its answer is not OK");
}

static void spin_uninterrupted(struct tap *t, void *data)
{
	unsigned int interrupts = 0;
	smc_regs result =
		smc_exchange(CRASHER_QUEUED, (struct words){ CRASH_SPIN, 30 }, &interrupts);

	require(t, result.a0 == FFA_FN64_MSG_SEND_DIRECT_RESP && result.a3 == DEMO_OK,
		"x0 %#lx, x2 %#lx, x3 %#lx", result.a0, result.a2, result.a3);
	require(t, interrupts == 0, "%u interrupts came in between", interrupts);
}

static void interrupts_wait_for_a_partition_whose_manifest_says_so(struct tap *t)
{
	unsigned int cpu;

	require(t, demo[CRASHER_QUEUED].device, "no crasher_queued");
	for_each_online_cpu(cpu)
		on_cpu(t, cpu, spin_uninterrupted, NULL);
}

static void spin_beside_the_others(struct tap *t, void *data)
{
	require(t, demo_ask(t, CRASHER_MP, CRASH_SPIN, SPIN_MS).x3 == DEMO_OK, "CPU %u: not OK",
		raw_smp_processor_id());
}

/* One after the other would take as long as all CPUs together. */
static void contexts_of_one_partition_run_on_all_cpus_at_once(struct tap *t)
{
	u64 start = ktime_get_ns(), most = (u64)num_online_cpus() * SPIN_MS * NSEC_PER_MSEC;

	on_every_cpu_at_once(t, spin_beside_the_others, NULL);
	start = ktime_get_ns() - start;
	require(t, num_online_cpus() == 1 || start < most, "they took %llu ns", start);
}

struct instant {
	u64 clock; /* of Linux, in ns */
	u64 physical; /* the two counters */
	u64 virtual;
	u64 width; /* how long it took to read them all, in counts */
};

/* The tightest of some tries: the machine under an emulator may stop between any two reads. */
static struct instant now(void)
{
	struct instant best = { .width = U64_MAX }, this;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		isb();
		this.physical = read_sysreg(cntpct_el0);
		this.virtual = read_sysreg(cntvct_el0);
		this.clock = ktime_get_ns();
		isb();
		this.width = read_sysreg(cntpct_el0) - this.physical;
		if (this.width < best.width)
			best = this;
	}
	return best;
}

static void require_agreement(struct tap *t, struct instant start, struct instant end)
{
	u64 slack = start.width + end.width;
	u64 by_counter =
		mul_u64_u32_div(end.virtual - start.virtual, NSEC_PER_SEC, read_sysreg(cntfrq_el0));

	require(t,
		abs((s64)((end.virtual - start.virtual) - (end.physical - start.physical))) <=
			slack,
		"physical counter %llu, virtual counter %llu", end.physical - start.physical,
		end.virtual - start.virtual);
	require(t, abs((s64)(by_counter - (end.clock - start.clock))) < by_counter / 50,
		"clock %llu ns, counter %llu ns", end.clock - start.clock, by_counter);
}

static void clock_and_counters_agree_across_messages(struct tap *t)
{
	u32 frequency = read_sysreg(cntfrq_el0);
	struct instant start = now();
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		demo_ask(t, TICKER, TICKER_READ);
		if (i % 10 == 0)
			demo_ask(t, CRASHER, CRASH_TIMER);
	}
	msleep(20);
	require(t, read_sysreg(cntfrq_el0) == frequency, "the frequency has changed");
	require_agreement(t, start, now());
}

#define TICK_BIT 12
#define TICK_MS 2
#define TICKS 100

/* The partition's timer interrupts whatever runs, Linux too; each time it notifies Linux. */
static void clock_and_ticks_of_linux_go_on_under_a_partitions_timer(struct tap *t)
{
	struct instant start;
	struct heart heart;
	struct words told;
	unsigned long ticks;

	require(t, !notice_bind(TICKER, TICK_BIT, false), "the driver does not bind");
	start = now();
	ticks = jiffies;
	start_heart(&heart);
	demo_ask(t, TICKER, TICKER_SUBSCRIBE, 0, TICK_BIT, TICK_MS);
	msleep(TICK_MS * TICKS);
	demo_ask(t, TICKER, TICKER_STOP);
	stop_heart(&heart);
	ticks = jiffies_to_msecs(jiffies - ticks);
	require_agreement(t, start, now());
	require(t, heart.beats >= TICK_MS * TICKS / BEAT_MS / 2, "only %u timer interrupts",
		heart.beats);
	require(t, ticks >= TICK_MS * TICKS / 2, "only %lu ms by Linux's ticks", ticks);

	told = demo_ask(t, TICKER, TICKER_TICKS);
	require(t, told.x4 >= TICKS / 2, "only %llu ticks of ticker", told.x4);
	require(t, told.x5 == 0, "%llu notifications were refused", told.x5);
	msleep(20);
	require(t,
		atomic_read(&notices[TICK_BIT].times) >= TICKS / 4 &&
			atomic_read(&notices[TICK_BIT].times) <= told.x4,
		"%d notifications for %llu ticks", atomic_read(&notices[TICK_BIT].times), told.x4);
	require(t, !notice_unbind(TICKER, TICK_BIT), "the driver does not unbind");
}

static void a_tick_that_linux_has_not_bound_is_refused(struct tap *t)
{
	struct words told;

	demo_ask(t, TICKER, TICKER_SUBSCRIBE, 0, TICK_BIT, TICK_MS);
	msleep(TICK_MS * 10);
	demo_ask(t, TICKER, TICKER_STOP);
	told = demo_ask(t, TICKER, TICKER_TICKS);
	require(t, told.x4 >= 3 && told.x5 == told.x4, "%llu of %llu were refused", told.x5,
		told.x4);
}

tap_suite time_suite = {
	TAP_TEST(long_work_lets_interrupts_in_and_the_driver_resumes_it),
	TAP_TEST(interrupted_partition_is_busy_and_ends_on_another_cpu),
	TAP_TEST(contexts_of_one_partition_run_on_all_cpus_at_once),
	TAP_TEST(interrupts_wait_for_a_partition_whose_manifest_says_so),
	TAP_TEST(partition_that_yields_is_resumed),
	TAP_TEST(partition_that_waits_for_an_interrupt_gives_the_cpu_back),
	TAP_TEST(clock_and_counters_agree_across_messages),
	TAP_TEST(clock_and_ticks_of_linux_go_on_under_a_partitions_timer),
	TAP_TEST(a_tick_that_linux_has_not_bound_is_refused),
	{},
};
