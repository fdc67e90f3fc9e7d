/* SPDX-License-Identifier: BSD-3-Clause */
/* From the first C code of a CPU to its loop. */
#include <libfdt.h>

#include "aarch64/machine.h"
#include "aarch64/registers.h"
#include "core/console.h"
#include "core/manifest.h"
#include "core/memory.h"
#include "core/texts.h"
#include "platform/qemu-virt/platform.h"

struct spmc spmc;

static uint64_t tables[TABLE_MAX][512] __attribute__((aligned(4096)));
static struct memory memory __attribute__((section(".pool")));

extern char entry_secondary[], texts[], texts_end[];
extern const uint8_t texts_packed[];

static void cpu_init(unsigned cpu)
{
    write_register(sctlr_el2, SCTLR_BULKHEAD);
    isb();
    gic_cpu_init(cpu);
    context_cpu_init(cpu);
}

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

    __builtin_memcpy(blob, window(manifest), MANIFEST_BYTES); /* what comes next may write there */
    texts_unpack(texts, texts_end, texts_packed);
    spmc_init(&spmc, tables, window_pa(tables), &memory);
    __builtin_memcpy(spmc.manifest, blob, MANIFEST_BYTES);
    spmc.own =
        (struct range){PLATFORM_POOL_BASE, PLATFORM_BASE + PLATFORM_SIZE - PLATFORM_POOL_BASE};
    mmu_init();
    cpu_init(cpu);
    uart_init();
    print("bulkhead: FF-A 1.2 SPMC at S-EL2\n");
    if (!manifest_read_spmc(&spmc, spmc.manifest, MANIFEST_BYTES))
        give_up(cpu);
    mmu_map_normal_memory(&spmc.normal_memory);
    manifest_load_partitions(&spmc);
    register_secondary_entry(cpu);
    loop(cpu, EVENT_COLD_BOOT);
}

_Noreturn void boot_secondary(unsigned cpu)
{
    cpu_init(cpu);
    loop(cpu, EVENT_CPU_ON);
}
