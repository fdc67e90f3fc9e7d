// SPDX-License-Identifier: GPL-2.0-only
/*
 * A partition that dies takes nobody along: its callers and all later ones are
 * told, on every CPU, and the other partitions answer. It comes last.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/jiffies.h>

#include "cpus.h"
#include "notices.h"
#include "partitions.h"
#include "sharing.h"
#include "suites.h"

static void require_aborted(struct tap *t, enum demo which, struct words words, const char *who)
{
	int error = demo_send(which, &words);

	require(t, error == -ECANCELED, "%s, CPU %u: %s got %pe", demo[which].name,
		raw_smp_processor_id(), who, ERR_PTR(error));
}

static void require_others_alive(struct tap *t)
{
	require(t, demo_ask(t, ECHO, 7).x3 == 7, "echo's answer is wrong");
	require(t, demo_ask(t, VAULT, VAULT_GET, 1).x3 == DEMO_NOT_FOUND,
		"vault's answer is wrong");
	require(t, demo_ask(t, TICKER, TICKER_READ).x3 == DEMO_OK, "ticker's answer is wrong");
}

static void look_around(struct tap *t, void *dead)
{
	require_aborted(t, *(enum demo *)dead, (struct words){ CRASH_ECHO, 1 }, "a later caller");
	require_others_alive(t);
}

static void require_only_this_is_dead(struct tap *t, enum demo which)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		on_cpu(t, cpu, look_around, &which);
}

/* Linux's, until its end. */
static struct sharing of_the_dead = { CRASHER, 300, 1, .lend = true };

static void lend_to_the_doomed(struct tap *t)
{
	if (!sharing_begin(t, &of_the_dead))
		return;
	sharing_fill(&of_the_dead, 1);
	crasher_mailbox(t, CRASHER, true);
	require(t, !crasher_retrieve(t, &of_the_dead).status, "it cannot retrieve");
	crasher_swap(t, &of_the_dead, 1, 2);
	require(t, sharing_reclaim(&of_the_dead, 0) == -EACCES, "it is reclaimed from the living");
}

static void partition_with_a_fatal_fault_is_dead_for_all_callers_and_others_live_on(struct tap *t)
{
	if (expect_pkvm) /* else the driver has no buffers any more */
		lend_to_the_doomed(t);
	require(t, !notice_bind(CRASHER, 1, false), "nothing can be bound to it before");
	notice_send(t, CRASHER, 0, BIT(1));
	notice_wait(t, 1, 1);
	require_aborted(t, CRASHER, (struct words){ CRASH_READ_FATAL }, "its caller");
	require_only_this_is_dead(t, CRASHER);
}

/* Bound before its death; what Linux bound to it is free again. */
static void notifications_of_a_dead_partition_are_forgotten(struct tap *t)
{
	struct ffa_device *crasher = demo[CRASHER].device;

	require(t, crasher->ops->notifier_ops->notify_send(crasher, 1, false, 0) == -ECANCELED,
		"to the dead: no error");
	require(t, atomic_read(&notices[1].times) == 1, "what it sent before came %d times",
		atomic_read(&notices[1].times));
	require(t, notice_unbind(CRASHER, 1) == -EACCES, "it is still bound");
	require(t, !notice_bind(CRASHER_MP, 1, false), "another partition cannot have its bit");
	notice_send(t, CRASHER_MP, 0, BIT(1));
	notice_wait(t, 1, 1);
	require(t, !notice_unbind(CRASHER_MP, 1), "the other's cannot be unbound");
}

static void memory_that_the_dead_had_borrowed_is_reclaimed(struct tap *t)
{
	struct sharing next = { CRASHER_MP, 1, 1, .memory = of_the_dead.memory };

	if (!expect_pkvm)
		return;
	require(t, transactions_in_flight(t) == 1, "%u transactions are in flight",
		transactions_in_flight(t));
	require(t, !sharing_wrong(&of_the_dead, 2), "it does not hold what the dead left");
	require(t, !sharing_reclaim(&of_the_dead, 0), "it cannot be reclaimed");
	require(t, transactions_in_flight(t) == 0, "it is still in flight");
	require(t, !sg_alloc_table(&next.sg, 1, GFP_KERNEL), "no memory");
	sg_set_page(next.sg.sgl, virt_to_page(next.memory), PAGE_SIZE, 0);
	require(t, !sharing_send(&next), "its pages cannot be shared again");
	require(t, !sharing_reclaim(&next, 0), "nor reclaimed");
	sg_free_table(&next.sg);
	sharing_free(&of_the_dead);
}

static void memory_for_the_dead_comes_back(struct tap *t)
{
	struct sharing s = { CRASHER, 1, 1 };

	if (!expect_pkvm)
		return;
	if (sharing_begin(t, &s)) /* FF-A lets a sender name whoever exists */
		sharing_end(t, &s);
}

static void overrun_the_budget(struct tap *t, void *data)
{
	require_aborted(t, CRASHER_QUEUED, (struct words){ CRASH_LOOP }, "its caller");
}

/*
 * Linux's interrupts wait meanwhile: it is Bulkhead's own timer that ends the loop,
 * after 100 ms. On the boot CPU it has done so before, to a partition that did not start.
 */
static void partition_that_keeps_interrupts_waiting_too_long_is_dead(struct tap *t)
{
	unsigned long start = jiffies;

	on_cpu(t, 0, overrun_the_budget, NULL);
	msleep(20);
	require(t, jiffies_to_msecs(jiffies - start) < 1000, "that took %u ms",
		jiffies_to_msecs(jiffies - start));
	require_only_this_is_dead(t, CRASHER_QUEUED);
}

/* The first CPU ends what all others are in the middle of. */
static void spin_until_it_dies(struct tap *t, void *data)
{
	if (raw_smp_processor_id() != cpumask_first(cpu_online_mask)) {
		require_aborted(t, CRASHER_MP, (struct words){ CRASH_SPIN, 20000 }, "a caller");
		return;
	}
	msleep(100);
	require_aborted(t, CRASHER_MP, (struct words){ CRASH_ABORT }, "its caller");
}

static void partition_that_dies_on_one_cpu_ends_on_all(struct tap *t)
{
	unsigned long start = jiffies;

	on_every_cpu_at_once(t, spin_until_it_dies, NULL);
	require(t, jiffies_to_msecs(jiffies - start) < 10000, "that took %u ms",
		jiffies_to_msecs(jiffies - start));
	require_only_this_is_dead(t, CRASHER_MP);
}

tap_suite death_suite = {
	TAP_TEST(partition_with_a_fatal_fault_is_dead_for_all_callers_and_others_live_on),
	TAP_TEST(notifications_of_a_dead_partition_are_forgotten),
	TAP_TEST(memory_that_the_dead_had_borrowed_is_reclaimed),
	TAP_TEST(memory_for_the_dead_comes_back),
	TAP_TEST(partition_that_keeps_interrupts_waiting_too_long_is_dead),
	TAP_TEST(partition_that_dies_on_one_cpu_ends_on_all),
	{},
};
