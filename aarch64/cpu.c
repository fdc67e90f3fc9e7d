/* SPDX-License-Identifier: BSD-3-Clause */
/* What each CPU does on its way to the loop. */
#include "aarch64/harden.h"
#include "aarch64/machine.h"
#include "aarch64/registers.h"

struct spmc spmc __attribute__((section(".spmc")));

void cpu_init(unsigned cpu)
{
    gic_cpu_init(cpu);
    context_cpu_init(cpu);
}

_Noreturn void boot_done(unsigned cpu)
{
    mmu_end_boot();
    loop(cpu, EVENT_COLD_BOOT);
}

_Noreturn void boot_secondary(unsigned cpu)
{
    harden_cpu();
    cpu_init(cpu);
    loop(cpu, EVENT_CPU_ON);
}
