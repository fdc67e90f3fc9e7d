/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PSCI, as far as the payload needs it: CPUs on and off, the board off.
 */
#ifndef BL33_PSCI_H
#define BL33_PSCI_H

#include <stdint.h>

enum psci_affinity { PSCI_AFFINITY_ON = 0, PSCI_AFFINITY_OFF = 1, PSCI_AFFINITY_ON_PENDING = 2 };

/* Gives a PSCI status; the CPU then enters `entry` with `context` in x0. */
int32_t psci_cpu_on(unsigned cpu, uint64_t entry, uint64_t context);
int32_t psci_cpu_off(void);
int32_t psci_affinity_info(unsigned cpu);
_Noreturn void psci_system_off(void);

#endif
