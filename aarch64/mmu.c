/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bulkhead's stage 1: a window over physical memory in the upper half, with fixed rights. Code is
 * read-only, data never executable, stacks have a guard page; the Normal world's memory is mapped
 * as Non-secure, since the other physical address space would take a store without a fault.
 */
#include "aarch64/machine.h"
#include "aarch64/registers.h"
#include "core/console.h"
#include "platform/qemu-virt/platform.h"

#define TABLE_PAGES 16
#define LEVELS_END 3

#define ID_PFR1_BT 0xf

#define CODE (PTE_NORMAL | PTE_INNER_SHAREABLE | PTE_READ_ONLY | PTE_UXN)
#define CONSTANTS (PTE_NORMAL | PTE_INNER_SHAREABLE | PTE_READ_ONLY | PTE_UXN | PTE_PXN)
#define DATA (PTE_NORMAL | PTE_INNER_SHAREABLE | PTE_UXN | PTE_PXN)
#define DEVICE (PTE_DEVICE | PTE_UXN | PTE_PXN)

/* The tables' pages; the first is the root, which aarch64/entry.S loads on the other CPUs. */
extern uint64_t mmu_root[TABLE_PAGES][512];
uint64_t mmu_root[TABLE_PAGES][512] __attribute__((aligned(4096), section(".sealed")));
static unsigned tables_used; /* beyond the root */

extern char image_begin[], text_end[], rodata_end[], boot_end[], data_end[], stacks[], stacks_end[];

static unsigned shift_of(unsigned level)
{
    return 39 - 9 * level;
}

static uint64_t *next_table(uint64_t *entry)
{
    if (*entry == 0)
        *entry = window_pa(mmu_root[++tables_used]) | PTE_TABLE;
    return window(*entry & 0x0000fffffffff000ULL);
}

/* The largest entry that fits is used: 1 GiB, 2 MiB or a page. */
static unsigned level_for(uint64_t pa, uint64_t size)
{
    unsigned level = 1;

    while (level < LEVELS_END &&
           ((pa & ((1ULL << shift_of(level)) - 1)) != 0 || size >> shift_of(level) == 0))
        level++;
    return level;
}

static void map(uint64_t pa, uint64_t size, uint64_t attributes)
{
    while (size > 0) {
        unsigned level = level_for(pa, size);
        uint64_t *table = mmu_root[0];

        for (unsigned l = 1; l < level; l++)
            table = next_table(&table[pa >> shift_of(l) & (l == 1 ? 63 : 511)]);
        table[pa >> shift_of(level) & (level == 1 ? 63 : 511)] =
            pa | attributes | PTE_ACCESSED | (level == LEVELS_END ? PTE_PAGE : PTE_BLOCK);
        pa += 1ULL << shift_of(level);
        size -= 1ULL << shift_of(level);
    }
}

static void map_between(const char *begin, const char *end, uint64_t attributes)
{
    map(window_pa(begin), (uint64_t)(end - begin), attributes);
}

static void map_stacks(void)
{
    for (char *slot = stacks; slot < stacks_end; slot += STACK_SLOT) {
        map_between(slot, slot + STACK_EMERGENCY_TOP, DATA);
        map_between(slot + 2 * STACK_EMERGENCY_TOP, slot + STACK_SLOT, DATA);
    }
}

void mmu_init(void)
{
    uint64_t code = CODE;

#ifdef HARDEN_BTI
    if (read_register(id_aa64pfr1_el1) & ID_PFR1_BT)
        code |= PTE_GUARDED;
#endif
    map_between(image_begin, text_end, code);
    map_between(text_end, rodata_end, CONSTANTS);
    map_between(rodata_end, boot_end, code);
    map_between(boot_end, data_end, DATA);
    map_stacks();
    map(PLATFORM_POOL_BASE, PLATFORM_POOL_SIZE, DATA);
    map(PLATFORM_PARTITIONS_BASE, PLATFORM_PARTITIONS_SIZE, DATA);
    map(PLATFORM_UART_BASE, PAGE_BYTES, DEVICE);
    map(PLATFORM_GICD_BASE, 0x10000, DEVICE);
    map(PLATFORM_GICR_BASE, CPU_MAX * PLATFORM_GICR_STRIDE, DEVICE);
    mmu_image_pages = next_table(next_table(&mmu_root[0][PLATFORM_BASE >> shift_of(1)]) +
                                 (PLATFORM_BASE >> shift_of(2) & 511));
    dsb();
    write_register(ttbr1_el2, window_pa(mmu_root));
    isb();
    __asm__ volatile("tlbi alle2\n dsb ish\n isb" : : : "memory");
}

/* New entries only, so no CPU has an old translation. */
void mmu_map_normal_memory(const struct ranges *ranges)
{
    for (unsigned i = 0; i < ranges->count; i++)
        map(ranges->range[i].base, ranges->range[i].size, DATA | PTE_NON_SECURE);
    dsb();
    isb();
}
