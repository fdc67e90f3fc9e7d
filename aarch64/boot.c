/* SPDX-License-Identifier: BSD-3-Clause */
/* The start of the boot CPU, and so of Bulkhead. None of this is left when the first partition
 * starts. */
#include "aarch64/harden.h"
#include "aarch64/machine.h"
#include "core/console.h"
#include "core/manifest.h"
#include "core/memory.h"
#include "platform/qemu-virt/platform.h"

static uint64_t tables[TABLE_MAX][512] __attribute__((aligned(4096)));
static struct memory memory __attribute__((section(".pool")));

extern char entry_secondary[];

/* The Normal world boots without partitions: EL3 knows from FFA_ERROR. */
static _Noreturn void give_up(unsigned cpu)
{
    struct regs regs = {.x = {FFA_ERROR, 0, (uint32_t)FFA_INVALID_PARAMETERS}};

    print("bulkhead: no start without a sound manifest\n");
    spmd_call(&regs);
    stop(cpu, "EL3 came back");
}

static void register_secondary_entry(unsigned cpu)
{
    struct regs regs = {.x = {FFA_SECONDARY_EP_REGISTER_64, window_pa(entry_secondary)}};

    spmd_call(&regs);
    if ((uint32_t)regs.x[0] == FFA_ERROR || regs.x[0] == (FFA_ERROR | FFA_SMC64))
        stop(cpu, "EL3 refuses the entry point");
}

_Noreturn void boot_primary(unsigned cpu, uint64_t manifest)
{
    static uint64_t blob[MANIFEST_BYTES / 8];

    harden_boot();
    __builtin_memcpy(blob, window(manifest), MANIFEST_BYTES); /* what comes next may write there */
    spmc_init(&spmc, tables, window_pa(tables), &memory);
    __builtin_memcpy(spmc.manifest, blob, MANIFEST_BYTES);
    spmc.own =
        (struct range){PLATFORM_POOL_BASE, PLATFORM_BASE + PLATFORM_SIZE - PLATFORM_POOL_BASE};
    mmu_init();
    harden_cpu();
    cpu_init(cpu);
    uart_init();
    print("bulkhead: FF-A 1.2 SPMC at S-EL2\n");
    if (!manifest_read_spmc(&spmc, spmc.manifest, MANIFEST_BYTES))
        give_up(cpu);
    mmu_map_normal_memory(&spmc.normal_memory);
    manifest_load_partitions(&spmc);
    register_secondary_entry(cpu);
    boot_done(cpu);
}
