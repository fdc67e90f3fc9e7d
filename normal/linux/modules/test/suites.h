/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The suites, a file each, and what the module's parameters say about this boot.
 */
#ifndef SUITES_H
#define SUITES_H

#include "tap.h"

extern tap_suite discovery_suite, message_suite, call_suite, load_suite, time_suite;
extern tap_suite register_suite, hotplug_suite, fault_suite, death_suite;
extern tap_suite notify_suite, indirect_suite, proxy_suite, last_message_suite, soak_suite;

extern tap_suite memory_suite, memory_refused_suite, memory_cpus_suite, memory_values_suite;

extern bool expect_pkvm;
extern unsigned int load_messages, hotplug_rounds, soak_seconds;

#endif
