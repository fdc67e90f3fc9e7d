// SPDX-License-Identifier: GPL-2.0-only
/*
 * End-to-end tests of Bulkhead from Linux: loading the module runs them, the
 * results are TAP lines in the kernel log. `only=PATTERN` picks tests by name.
 */
#include <linux/module.h>

#include "partitions.h"
#include "suites.h"

static char *only = "";
module_param(only, charp, 0444);
MODULE_PARM_DESC(only, "run the tests whose name matches this pattern");

bool expect_pkvm = true;
module_param_named(pkvm, expect_pkvm, bool, 0444);
MODULE_PARM_DESC(pkvm, "Linux was booted with protected KVM");

unsigned int load_messages = 10000;
module_param_named(messages, load_messages, uint, 0444);
MODULE_PARM_DESC(messages, "messages that each CPU sends to each partition under load");

unsigned int hotplug_rounds = 100;
module_param_named(rounds, hotplug_rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "how often each CPU goes off and on");

unsigned int soak_seconds;
module_param_named(soak, soak_seconds, uint, 0444);
MODULE_PARM_DESC(soak, "in place of the tests, everything at once for so many seconds");

static const struct tap_test *const soak[] = { soak_suite, NULL };

/* In this order: what may leave a partition dead comes last. */
static const struct tap_test *suites[] = {
	discovery_suite, /* what Linux finds */
	call_suite, /* what is refused */
	message_suite, /* what the partitions answer */
	register_suite, /* what Linux keeps */
	time_suite, /* interrupts and clocks */
	load_suite, /* all CPUs at once */
	hotplug_suite, /* CPUs that leave and return */
	memory_suite, /* memory there and back */
	memory_refused_suite, /* and what is refused of it */
	memory_values_suite, /* what vault and courier do with it */
	memory_cpus_suite, /* by all CPUs at once */
	notify_suite, /* notifications both ways */
	proxy_suite, /* messages in buffers: under pKVM, that there are none */
	fault_suite, /* what a partition survives */
	death_suite, /* and what it does not */
	NULL, /* without pKVM: messages in buffers to the dead */
	NULL,
};

static int __init bulkhead_test_init(void)
{
	int error = demo_bind();
	unsigned int i;

	if (error) {
		tap_bail_out("cannot register on the FF-A bus: %pe", ERR_PTR(error));
		return error;
	}
	if (!demo[ECHO].device) {
		tap_bail_out("no partition echo on the FF-A bus: is the FF-A driver loaded?");
		demo_unbind();
		return -ENODEV;
	}
	for (i = 0; !expect_pkvm && suites[i]; i++)
		if (suites[i] == proxy_suite)
			suites[i] = indirect_suite;
	if (!expect_pkvm)
		suites[i] = last_message_suite;
	tap_note("%u failed", tap_run(soak_seconds ? soak : suites, only));
	return 0;
}

static void __exit bulkhead_test_exit(void)
{
	demo_unbind();
}

module_init(bulkhead_test_init);
module_exit(bulkhead_test_exit);
MODULE_DESCRIPTION("End-to-end tests of the Bulkhead SPMC");
MODULE_AUTHOR("Bulkhead");
MODULE_LICENSE("GPL");
