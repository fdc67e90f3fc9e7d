// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notifications by the FF-A driver: partitions' to Linux, as global ones and for
 * one CPU, Linux's to partitions, and what is refused. bulkhead.ko, which is there
 * too, runs the partitions for which something waits.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/printk.h>

#include "cpus.h"
#include "notices.h"
#include "smc.h"
#include "suites.h"

#define SRI_FEATURE 2
#define SRI 8 /* the interrupt that is donated to the Normal world */
#define NPI 5
#define FROM_PARTITIONS BIT(0)
#define FROM_VMS BIT(1)
#define NOBODY 0x8ffe
#define SENDER_AND_RECEIVER(from, to) ((u32)(from) << 16 | (to))

#define require_errno(t, call, wanted)                                                    \
	do {                                                                              \
		int result_ = (call);                                                     \
		require(t, result_ == (wanted), #call ": %d, not %d", result_, (wanted)); \
	} while (0)

static u16 id_of(enum demo which)
{
	return demo[which].device->vm_id;
}

static int send_to(enum demo which, int bit, bool per_vcpu, u16 vcpu)
{
	struct ffa_device *device = demo[which].device;

	return device->ops->notifier_ops->notify_send(device, bit, per_vcpu, vcpu);
}

static void driver_has_bitmap_and_interrupt(struct tap *t)
{
	smc_regs feature = smc(.a0 = FFA_FEATURES, .a1 = SRI_FEATURE);

	require(t, feature.a0 == FFA_SUCCESS && feature.a2 == SRI, "x0 %#lx, x2 %#lx", feature.a0,
		feature.a2);
	refused_with(t, "a second bitmap",
		     smc(.a0 = FFA_NOTIFICATION_BITMAP_CREATE, .a2 = num_possible_cpus()),
		     FFA_RET_DENIED);
}

static void a_bit_is_bound_to_one_partition_until_it_is_relinquished(struct tap *t)
{
	require_errno(t, notice_bind(CRASHER, 5, false), 0);
	require_errno(t, notice_bind(CRASHER, 5, false), -EACCES);
	require_errno(t, notice_bind(CRASHER_MP, 5, true), -EACCES);
	require_errno(t, notice_unbind(CRASHER, 5), 0);
	require_errno(t, notice_unbind(CRASHER, 5), -EINVAL);
	require_errno(t, notice_bind(CRASHER_MP, 5, true), 0);
	require_errno(t, notice_unbind(CRASHER_MP, 5), 0);
}

/* A partition cannot send what is not bound to it, any more. */
static void what_is_not_bound_cannot_be_sent(struct tap *t)
{
	struct words answer;

	require_errno(t, notice_bind(CRASHER, 5, false), 0);
	require_errno(t, notice_unbind(CRASHER, 5), 0);
	answer = demo_ask(t, CRASHER, CRASH_SET, 0, 0, BIT(5));
	require(t, (s32)answer.x4 == FFA_RET_DENIED, "it got %d", (s32)answer.x4);
	require(t, atomic_read(&notices[5].times) == 0, "it came");
}

/* The driver's thread that tells of a global one is of the CPU that took the interrupt. */
static void be_notified_here(struct tap *t, void *times)
{
	notice_send(t, CRASHER, 0, BIT_ULL(63));
	notice_wait(t, 63, ++*(unsigned int *)times);
	require(t, notices[63].cpu == raw_smp_processor_id(), "sent on CPU %u, it came to CPU %u",
		raw_smp_processor_id(), notices[63].cpu);
}

static void a_partitions_notification_comes_to_the_cpu_that_it_ran_on(struct tap *t)
{
	unsigned int cpu, times = 0;

	require_errno(t, notice_bind(CRASHER, 63, false), 0);
	for_each_online_cpu(cpu)
		on_cpu(t, cpu, be_notified_here, &times);
	require_errno(t, notice_unbind(CRASHER, 63), 0);
}

static void notify_each_vcpu(struct tap *t, void *times)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		notice_send(t, CRASHER_MP, NOTIFY_VCPU(cpu), BIT(0));
		notice_wait(t, 0, ++*(unsigned int *)times);
		require(t, notices[0].cpu == cpu, "from CPU %u to vCPU %u, it came to CPU %u",
			raw_smp_processor_id(), cpu, notices[0].cpu);
	}
}

static void one_for_a_vcpu_comes_to_its_cpu_from_each_other(struct tap *t)
{
	unsigned int cpu, times = 0;

	require_errno(t, notice_bind(CRASHER_MP, 0, true), 0);
	for_each_online_cpu(cpu)
		on_cpu(t, cpu, notify_each_vcpu, &times);
	require_errno(t, notice_unbind(CRASHER_MP, 0), 0);
}

/*
 * The driver of Linux 6.12 takes two bits for the same one when their hashes meet, and
 * refuses the second: 55 of the 64 can be bound together.
 */
#define MOST_TOGETHER 55

static void as_many_as_the_driver_can_bind_come_at_once(struct tap *t)
{
	u64 bound = 0, left;
	unsigned int bit;
	int error;

	for (bit = 0; bit < NOTICES; bit++) {
		error = notice_bind(CRASHER, bit, bit & 1);
		require(t, !error || error == -EINVAL, "bit %u: %pe", bit, ERR_PTR(error));
		bound |= error ? 0 : BIT_ULL(bit);
	}
	notice_send(t, CRASHER, 0, bound & 0x5555555555555555);
	notice_send(t, CRASHER, NOTIFY_VCPU(0), bound & 0xaaaaaaaaaaaaaaaa);
	for (left = bound; left; left &= left - 1) {
		notice_wait(t, __ffs64(left), 1);
		require_errno(t, notice_unbind(CRASHER, __ffs64(left)), 0);
	}
	require(t, hweight64(bound) >= MOST_TOGETHER, "only %#llx were bound", bound);
}

/* Interrupts wait for crasher_queued, so both requests are over before Linux looks. */
static void send_twice_unseen(struct tap *t, void *data)
{
	const struct words set = { CRASH_SET, 0, 0, BIT(7) };
	unsigned long flags;
	smc_regs first, second;

	local_irq_save(flags);
	first = smc_request(CRASHER_QUEUED, &set);
	second = smc_request(CRASHER_QUEUED, &set);
	local_irq_restore(flags);
	require(t, first.a3 == DEMO_OK && first.a4 == 0, "first: x0 %#lx, x4 %#lx", first.a0,
		first.a4);
	require(t, second.a3 == DEMO_OK && second.a4 == 0, "second: x0 %#lx, x4 %#lx", second.a0,
		second.a4);
	notice_wait(t, 7, 1);
}

static void a_bit_set_twice_before_linux_looks_comes_once(struct tap *t)
{
	require_errno(t, notice_bind(CRASHER_QUEUED, 7, false), 0);
	on_cpu(t, 0, send_twice_unseen, NULL);
	notice_send(t, CRASHER_QUEUED, 0, BIT(7));
	notice_wait(t, 7, 2);
	require_errno(t, notice_unbind(CRASHER_QUEUED, 7), 0);
}

struct delivery {
	unsigned int interrupted, whole;
};

/* With interrupts off, so that none but its own stops the partition, or a rare tick. */
static void send_and_count(struct tap *t, u32 flags, struct delivery *d)
{
	const struct words set = { CRASH_SET, 0, flags, BIT(9) };
	unsigned int i;

	for (i = 1; i <= 20 && !t->failed; i++) {
		smc_regs result;

		local_irq_disable();
		result = smc_request(CRASHER, &set);
		local_irq_enable();
		if (result.a0 == FFA_INTERRUPT)
			d->interrupted++;
		else
			d->whole++;
		while (result.a0 == FFA_INTERRUPT)
			result = smc_run(&result);
		require(t, result.a3 == DEMO_OK && result.a4 == 0, "x0 %#lx, x4 %#lx", result.a0,
			result.a4);
		notice_wait(t, 9, i);
	}
}

static void send_delayed_and_not(struct tap *t, void *data)
{
	struct delivery now = {}, delayed = {};

	require_errno(t, notice_bind(CRASHER, 9, false), 0);
	send_and_count(t, 0, &now);
	atomic_set(&notices[9].times, 0);
	send_and_count(t, NOTIFY_DELAYED, &delayed);
	require_errno(t, notice_unbind(CRASHER, 9), 0);
	require(t, now.whole == 0, "%u of 20 let their sender end", now.whole);
	require(t, delayed.whole > 10, "%u of 20 delayed ones stopped their sender",
		delayed.interrupted);
}

static void the_interrupt_stops_the_sender_unless_it_is_delayed(struct tap *t)
{
	on_cpu(t, cpumask_last(cpu_online_mask), send_delayed_and_not, NULL);
}

static void be_notified_as_vcpu(struct tap *t, void *times)
{
	notice_send(t, CRASHER, NOTIFY_VCPU(raw_smp_processor_id()), BIT(1));
	notice_wait(t, 1, ++*(unsigned int *)times);
}

/* The donated interrupt is the redistributor's, which starts anew with its CPU. */
static void a_cpu_that_was_off_is_notified_again(struct tap *t)
{
	int level = console_loglevel;
	unsigned int cpu, global = 0, own = 0;

	require_errno(t, notice_bind(CRASHER, 63, false), 0);
	require_errno(t, notice_bind(CRASHER, 1, true), 0);
	console_loglevel = min(level, LOGLEVEL_NOTICE + 1);
	for_each_present_cpu(cpu) {
		if (cpu == 0)
			continue;
		if (remove_cpu(cpu) || add_cpu(cpu))
			tap_fail(t, "CPU %u does not go off or come on", cpu);
		on_cpu(t, cpu, be_notified_here, &global);
		on_cpu(t, cpu, be_notified_as_vcpu, &own);
	}
	console_loglevel = level;
	require_errno(t, notice_unbind(CRASHER, 63), 0);
	require_errno(t, notice_unbind(CRASHER, 1), 0);
}

/* The driver finds the CPU off, and fetches when something else comes to it. */
static void one_for_a_cpu_that_is_off_waits_for_it(struct tap *t)
{
	unsigned int cpu = cpumask_last(cpu_online_mask), times = 0;

	require_errno(t, notice_bind(CRASHER, 63, false), 0);
	require_errno(t, notice_bind(CRASHER, 1, true), 0);
	require(t, !remove_cpu(cpu), "CPU %u does not go off", cpu);
	notice_send(t, CRASHER, NOTIFY_VCPU(cpu), BIT(1));
	require(t, !add_cpu(cpu), "CPU %u does not come on", cpu);
	on_cpu(t, cpu, be_notified_here, &times);
	notice_wait(t, 1, 1);
	require_errno(t, notice_unbind(CRASHER, 63), 0);
	require_errno(t, notice_unbind(CRASHER, 1), 0);
}

/* echo returns a notification when it is run: nobody sends it a message. */
static void send_to_echo(struct tap *t, void *times)
{
	require_errno(t, send_to(ECHO, 3, false, 0), 0);
	notice_wait(t, 3, ++*(unsigned int *)times);
}

static void a_partition_that_linux_notifies_is_run_from_each_cpu(struct tap *t)
{
	unsigned int cpu, times = 0;

	require_errno(t, notice_bind(ECHO, 3, false), 0);
	for_each_online_cpu(cpu)
		on_cpu(t, cpu, send_to_echo, &times);
	require_errno(t, notice_unbind(ECHO, 3), 0);
}

static void require_ok(struct tap *t, struct words answer, const char *what)
{
	require(t, answer.x3 == DEMO_OK && answer.x4 == 0, "%s: status %lld, it got %d", what,
		answer.x3, (s32)answer.x4);
}

static void a_partition_fetches_what_linux_sent(struct tap *t)
{
	struct words got;

	require_ok(t, demo_ask(t, CRASHER, CRASH_BIND, 0, 0, BIT_ULL(40) | BIT(2)), "BIND");
	demo_ask(t, CRASHER, CRASH_INTERRUPTS, NPI);
	require_errno(t, send_to(CRASHER, 40, false, 0), 0);
	require_errno(t, send_to(CRASHER, 2, false, 0), 0);
	require(t, demo_ask(t, CRASHER, CRASH_INTERRUPTS, NPI).x4 >= 1, "it was not interrupted");
	got = demo_ask(t, CRASHER, CRASH_GET, 0, FROM_PARTITIONS | FROM_VMS);
	require(t, got.x4 == 0 && got.x5 == (BIT_ULL(40) | BIT(2)), "it fetched %#llx, %#llx",
		got.x4, got.x5);
	got = demo_ask(t, CRASHER, CRASH_GET, 0, FROM_PARTITIONS | FROM_VMS);
	require(t, got.x4 == 0 && got.x5 == 0, "again: %#llx, %#llx", got.x4, got.x5);
	require_ok(t, demo_ask(t, CRASHER, CRASH_UNBIND, 0, 0, BIT_ULL(40) | BIT(2)), "UNBIND");
}

static void fetch_own(struct tap *t, void *data)
{
	unsigned int cpu = raw_smp_processor_id();
	struct words got;

	require(t, demo_ask(t, CRASHER_MP, CRASH_INTERRUPTS, NPI).x4 == 1,
		"context %u was not interrupted once", cpu);
	got = demo_ask(t, CRASHER_MP, CRASH_GET, cpu, FROM_VMS);
	require(t, got.x5 == BIT(cpu), "context %u fetched %#llx", cpu, got.x5);
}

static void forget_interrupts(struct tap *t, void *data)
{
	demo_ask(t, CRASHER_MP, CRASH_INTERRUPTS, NPI);
}

static void each_context_gets_those_that_linux_sent_to_it(struct tap *t)
{
	unsigned int cpu;

	require_ok(t, demo_ask(t, CRASHER_MP, CRASH_BIND, 0, NOTIFY_PER_VCPU, 0xff), "BIND");
	for_each_online_cpu(cpu)
		on_cpu(t, cpu, forget_interrupts, NULL);
	for_each_online_cpu(cpu)
		require_errno(t, send_to(CRASHER_MP, cpu, true, cpu), 0);
	for_each_online_cpu(cpu)
		on_cpu(t, cpu, fetch_own, NULL);
	require_ok(t, demo_ask(t, CRASHER_MP, CRASH_UNBIND, 0, 0, 0xff), "UNBIND");
}

static void refusals_reach_linux_as_errno(struct tap *t)
{
	require_ok(t, demo_ask(t, CRASHER_MP, CRASH_BIND, 0, 0, BIT(0)), "BIND, global");
	require_ok(t, demo_ask(t, CRASHER_MP, CRASH_BIND, 0, NOTIFY_PER_VCPU, BIT(1)), "BIND");
	require_errno(t, send_to(CRASHER_MP, 2, false, 0), -EACCES); /* not bound */
	require_errno(t, send_to(VAULT, 0, false, 0), -EACCES); /* takes none */
	require_errno(t, send_to(CRASHER_MP, 0, true, 0), -EINVAL); /* is global */
	require_errno(t, send_to(CRASHER_MP, 1, false, 0), -EINVAL); /* is not */
	require_errno(t, send_to(CRASHER_MP, 1, true, 8), -EINVAL); /* no such context */
	require_errno(t, notice_bind(VAULT, 64 - 1, false), 0); /* who sends need not take any */
	require_errno(t, notice_unbind(VAULT, 64 - 1), 0);
	require_ok(t, demo_ask(t, CRASHER_MP, CRASH_UNBIND, 0, 0, BIT(0) | BIT(1)), "UNBIND");
}

static void calls_that_the_driver_never_makes_are_refused(struct tap *t)
{
	const u16 echo = id_of(ECHO), crasher = id_of(CRASHER), mp = id_of(CRASHER_MP);
	const struct {
		const char *what;
		u32 function, w1, w2, w3;
		int status;
	} calls[] = {
		{ "SET, delayed", FFA_NOTIFICATION_SET, SENDER_AND_RECEIVER(0, crasher),
		  NOTIFY_DELAYED, 1, FFA_RET_INVALID_PARAMETERS },
		{ "SET of nothing", FFA_NOTIFICATION_SET, SENDER_AND_RECEIVER(0, crasher), 0, 0,
		  FFA_RET_INVALID_PARAMETERS },
		{ "SET in crasher's name", FFA_NOTIFICATION_SET, SENDER_AND_RECEIVER(crasher, mp),
		  0, 1, FFA_RET_INVALID_PARAMETERS },
		{ "BIND to nobody", FFA_NOTIFICATION_BIND, SENDER_AND_RECEIVER(NOBODY, 0), 0, 1,
		  FFA_RET_INVALID_PARAMETERS },
		{ "BIND for crasher", FFA_NOTIFICATION_BIND, SENDER_AND_RECEIVER(echo, crasher), 0,
		  1, FFA_RET_INVALID_PARAMETERS },
		{ "UNBIND of what is not bound", FFA_NOTIFICATION_UNBIND,
		  SENDER_AND_RECEIVER(echo, 0), 0, 1, FFA_RET_DENIED },
		{ "GET of crasher's", FFA_NOTIFICATION_GET, crasher, FROM_PARTITIONS, 0,
		  FFA_RET_INVALID_PARAMETERS },
		{ "GET of VMs'", FFA_NOTIFICATION_GET, 0, FROM_VMS, 0, FFA_RET_INVALID_PARAMETERS },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		refused_with(t, calls[i].what,
			     smc(.a0 = calls[i].function, .a1 = calls[i].w1, .a2 = calls[i].w2,
				 .a3 = calls[i].w3),
			     calls[i].status);
}

#define ROUNDS 200

/* Each CPU has a bit for itself, sent by its context of crasher_mp, and one to echo and back. */
static void notify_and_send(struct tap *t, void *data)
{
	unsigned int cpu = raw_smp_processor_id(), i;
	struct words echoed;
	int error;

	for (i = 1; i <= ROUNDS && !READ_ONCE(t->failed); i++) {
		notice_send(t, CRASHER_MP, 0, BIT_ULL(16 + cpu));
		demo_ask(t, VAULT, VAULT_GET, 1);
		echoed = (struct words){ i, cpu };
		if (send_to(ECHO, cpu, false, 0))
			tap_fail(t, "CPU %u, round %u: echo is not notified", cpu, i);
		while ((error = demo_send(ECHO, &echoed)) == -EBUSY)
			cond_resched();
		if (error || echoed.x3 != i || echoed.x4 != cpu)
			tap_fail(t, "CPU %u, round %u: echo %d", cpu, i, error);
		notice_wait(t, 16 + cpu, i);
		notice_wait(t, cpu, i);
	}
}

static void notifications_pass_while_messages_do_on_all_cpus(struct tap *t)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		require_errno(t, notice_bind(CRASHER_MP, 16 + cpu, false), 0);
		require_errno(t, notice_bind(ECHO, cpu, false), 0);
	}
	on_every_cpu_at_once(t, notify_and_send, NULL);
	for_each_online_cpu(cpu) {
		require_errno(t, notice_unbind(CRASHER_MP, 16 + cpu), 0);
		require_errno(t, notice_unbind(ECHO, cpu), 0);
	}
	refused_with(t, "INFO_GET afterwards", smc(.a0 = FFA_FN64_NOTIFICATION_INFO_GET),
		     FFA_RET_NO_DATA);
}

tap_suite notify_suite = {
	TAP_TEST(driver_has_bitmap_and_interrupt),
	TAP_TEST(a_bit_is_bound_to_one_partition_until_it_is_relinquished),
	TAP_TEST(what_is_not_bound_cannot_be_sent),
	TAP_TEST(a_partitions_notification_comes_to_the_cpu_that_it_ran_on),
	TAP_TEST(one_for_a_vcpu_comes_to_its_cpu_from_each_other),
	TAP_TEST(as_many_as_the_driver_can_bind_come_at_once),
	TAP_TEST(a_bit_set_twice_before_linux_looks_comes_once),
	TAP_TEST(the_interrupt_stops_the_sender_unless_it_is_delayed),
	TAP_TEST(a_cpu_that_was_off_is_notified_again),
	TAP_TEST(one_for_a_cpu_that_is_off_waits_for_it),
	TAP_TEST(a_partition_that_linux_notifies_is_run_from_each_cpu),
	TAP_TEST(a_partition_fetches_what_linux_sent),
	TAP_TEST(each_context_gets_those_that_linux_sent_to_it),
	TAP_TEST(refusals_reach_linux_as_errno),
	TAP_TEST(calls_that_the_driver_never_makes_are_refused),
	TAP_TEST(notifications_pass_while_messages_do_on_all_cpus),
	{},
};
