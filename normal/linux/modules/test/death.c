// SPDX-License-Identifier: GPL-2.0-only
/*
 * A partition that dies takes nobody along: its caller and all later callers
 * are told, on every CPU, and the other partitions answer. It comes last.
 */
#include <linux/cpumask.h>

#include "partitions.h"
#include "suites.h"

static void require_dead(struct tap *t, void *data)
{
	struct words words = { CRASH_ECHO, 1 };
	int error = demo_send(CRASHER, &words);

	require(t, error == -ECANCELED, "CPU %u: a later caller got %pe", raw_smp_processor_id(),
		ERR_PTR(error));
}

static void require_others_alive(struct tap *t, void *data)
{
	require(t, demo_ask(t, ECHO, 7).x3 == 7, "echo's answer is wrong");
	require(t, demo_ask(t, VAULT, VAULT_GET, 1).x3 == DEMO_NOT_FOUND,
		"vault's answer is wrong");
	require(t, demo_ask(t, TICKER, TICKER_READ).x3 == DEMO_OK, "ticker's answer is wrong");
}

static void death_of_a_partition_is_told_to_its_callers_and_touches_no_other(struct tap *t)
{
	struct words words = { CRASH_READ_FATAL };
	int error = demo_send(CRASHER, &words);
	unsigned int cpu;

	require(t, error == -ECANCELED, "its caller got %pe", ERR_PTR(error));
	for_each_online_cpu(cpu) {
		on_cpu(t, cpu, require_dead, NULL);
		on_cpu(t, cpu, require_others_alive, NULL);
	}
}

tap_suite death_suite = {
	TAP_TEST(death_of_a_partition_is_told_to_its_callers_and_touches_no_other),
	{},
};
