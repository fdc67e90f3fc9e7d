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

static void register_secondary_entry(unsigned cpu)
{
    struct regs regs = {.x = {FFA_SECONDARY_EP_REGISTER_64, window_pa(entry_secondary)}};

    spmd_call(&regs);
    if ((uint32_t)regs.x[0] == FFA_ERROR || regs.x[0] == (FFA_ERROR | FFA_SMC64))
        stop(cpu, "EL3 refuses the entry point");
}

/*
 * With a wrong manifest the Normal world finds an SPMC without partitions. TF-A is not told of it:
 * it would pass calls on all the same, wait for answers in a form that says "initialized", and
 * start other CPUs at the boot CPU's entry.
 */
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
    if (manifest_read_spmc(&spmc, spmc.manifest, MANIFEST_BYTES)) {
        mmu_map_normal_memory(&spmc.normal_memory);
        manifest_load_partitions(&spmc);
    } else {
        print("bulkhead: no partitions without a sound manifest\n");
    }
    register_secondary_entry(cpu);
    boot_done(cpu);
}
