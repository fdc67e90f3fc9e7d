/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PSCI by SMC. A CPU's PSCI name is its affinity, which on this board is its index.
 */
#include "psci.h"

#include "abi/ffa.h"
#include "ffa.h"

#define PSCI_AFFINITY_INFO_64 0xC4000004

int32_t psci_cpu_on(unsigned cpu, uint64_t entry, uint64_t context)
{
    return (int32_t)ffa(PSCI_CPU_ON_64, cpu, entry, context).x[0];
}

int32_t psci_cpu_off(void)
{
    return (int32_t)ffa(PSCI_CPU_OFF).x[0];
}

int32_t psci_affinity_info(unsigned cpu)
{
    return (int32_t)ffa(PSCI_AFFINITY_INFO_64, cpu, 0).x[0];
}

_Noreturn void psci_system_off(void)
{
    for (;;)
        ffa(PSCI_SYSTEM_OFF);
}
