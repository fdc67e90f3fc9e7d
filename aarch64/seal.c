/* SPDX-License-Identifier: BSD-3-Clause */
/* The end of the boot: what only that needed is gone, what never changes again cannot be written.
 */
#include "aarch64/machine.h"
#include "aarch64/registers.h"
#include "platform/qemu-virt/platform.h"

extern char rodata_end[], boot_end[], sealed[], sealed_end[];

/* The entries of the pages of Bulkhead's own memory, from aarch64/mmu.c. */
uint64_t *mmu_image_pages;

static uint64_t *entry_of(const char *page)
{
    return &mmu_image_pages[window_pa(page) / PAGE_BYTES % (PAGE_BYTES / sizeof(uint64_t))];
}

void mmu_end_boot(void)
{
    for (uint64_t *e = entry_of(rodata_end); e < entry_of(boot_end); e++)
        *e = 0;
    uint64_t *own =
        entry_of((const char *)mmu_image_pages); /* of the page that is written here: last */

    for (uint64_t *e = entry_of(sealed); e < entry_of(sealed_end); e++)
        if (e != own)
            *e |= PTE_READ_ONLY;
    *own |= PTE_READ_ONLY;
    dsb();
    __asm__ volatile("tlbi alle2is\n dsb ish\n isb" : : : "memory");
}
