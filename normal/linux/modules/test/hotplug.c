// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs that go off and come on again: partitions answer the CPUs that stay,
 * and the one that returns.
 */
#include <linux/cpu.h>
#include <linux/printk.h>

#include "cpus.h"
#include "partitions.h"
#include "suites.h"

#define KEY 0x65697473796172 /* a name in the vault */

/* A message to each kind of partition; vault must still know what was put at the beginning. */
static void check_partitions(struct tap *t, void *data)
{
	struct words answer = demo_ask(t, ECHO, 1, 2, 3, 4, 5);

	require(t, answer.x3 == 1 && answer.x7 == 5, "CPU %u: echo's answer is wrong",
		raw_smp_processor_id());
	answer = demo_ask(t, VAULT, VAULT_GET, KEY);
	require(t, answer.x3 == DEMO_OK && answer.x5 == 6 && answer.x6 == 7,
		"CPU %u: vault's answer is wrong", raw_smp_processor_id());
}

static void off_and_on(struct tap *t, unsigned int cpu)
{
	int error = remove_cpu(cpu);

	require(t, !error, "CPU %u does not go off: %pe", cpu, ERR_PTR(error));
	on_cpu(t, 0, check_partitions, NULL);
	error = add_cpu(cpu);
	require(t, !error, "CPU %u does not come on: %pe", cpu, ERR_PTR(error));
	on_cpu(t, cpu, check_partitions, NULL);
}

static void all_off_and_on(struct tap *t, unsigned int *switched)
{
	unsigned int cpu;

	for_each_present_cpu(cpu) {
		if (cpu == 0 || t->failed)
			continue;
		off_and_on(t, cpu);
		++*switched;
	}
}

/*
 * The kernel has a few lines to say about each CPU that leaves or comes: they
 * are kept from the console meanwhile.
 */
static void cpus_go_off_and_on_with_messages_in_between(struct tap *t)
{
	int level = console_loglevel;
	unsigned int round, switched = 0;

	demo_ask(t, VAULT, VAULT_PUT, KEY, 6, 7);
	console_loglevel = min(level, LOGLEVEL_NOTICE + 1);
	for (round = 0; round < hotplug_rounds && !t->failed; round++)
		all_off_and_on(t, &switched);
	console_loglevel = level;
	demo_ask(t, VAULT, VAULT_DELETE, KEY);
	tap_note("%u times a CPU went off and on", switched);
}

static void off_while_all_others_are_off(struct tap *t)
{
	unsigned int cpu;

	for_each_present_cpu(cpu)
		if (cpu && remove_cpu(cpu))
			tap_fail(t, "CPU %u does not go off", cpu);
	on_cpu(t, 0, check_partitions, NULL);
	for_each_present_cpu(cpu)
		if (cpu && add_cpu(cpu))
			tap_fail(t, "CPU %u does not come on", cpu);
	for_each_online_cpu(cpu)
		on_cpu(t, cpu, check_partitions, NULL);
}

static void partitions_answer_with_a_single_cpu_on_and_when_all_are_back(struct tap *t)
{
	demo_ask(t, VAULT, VAULT_PUT, KEY, 6, 7);
	off_while_all_others_are_off(t);
	demo_ask(t, VAULT, VAULT_DELETE, KEY);
}

tap_suite hotplug_suite = {
	TAP_TEST(cpus_go_off_and_on_with_messages_in_between),
	TAP_TEST(partitions_answer_with_a_single_cpu_on_and_when_all_are_back),
	{},
};
