/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stage-1 translation tables: every address maps to itself, in the largest of
 * 1 GiB, 2 MiB and 4 KiB that fits. The first calls come with the MMU off, so nothing
 * here may depend on caches, exclusives or unaligned access.
 */
#include "partitions/sdk/private.h"
#include "partitions/sdk/sdk.h"

#define SDK_TABLES 6 /* 4 at most for an image in two 2 MiB regions, the rest for sdk_map */

#define ENTRIES (SDK_PAGE / sizeof(uint64_t))
#define GIGABYTE_SHIFT 30
#define PAGE_SHIFT 12
#define INDEX_BITS 9

#define VALID 1ULL
#define TABLE_OR_PAGE 3ULL
#define INNER_SHAREABLE (3ULL << 8)
#define ACCESSED (1ULL << 10)
#define ADDRESS_MASK 0x0000fffffffff000ULL

#define ROOT_ENTRIES (1 << (SDK_ADDRESS_BITS - GIGABYTE_SHIFT))

extern uint64_t sdk_root_table[ROOT_ENTRIES];
uint64_t sdk_root_table[ROOT_ENTRIES] __attribute__((aligned(ROOT_ENTRIES * sizeof(uint64_t))));
static uint64_t tables[SDK_TABLES][ENTRIES] __attribute__((section(".tables"), aligned(SDK_PAGE)));
static unsigned int tables_used;

/* The table below an entry, made when there is none; NULL if a block is there or the pool is empty.
 */
static uint64_t *table_below(uint64_t *entry)
{
    if ((*entry & TABLE_OR_PAGE) == TABLE_OR_PAGE)
        return (uint64_t *)(*entry & ADDRESS_MASK);
    if (*entry != 0 || tables_used == SDK_TABLES)
        return NULL;
    *entry = (uintptr_t)tables[tables_used++] | TABLE_OR_PAGE;
    return (uint64_t *)(*entry & ADDRESS_MASK);
}

/* Architecture's break-before-make: no CPU may hold the old translation when the new one appears.
 */
static void replace(uint64_t *entry, uint64_t address, uint64_t descriptor)
{
    if (*entry == descriptor)
        return;
    if (*entry != 0) {
        *(volatile uint64_t *)entry = 0;
        __asm__ volatile("dsb ishst\n\ttlbi vaae1is, %0\n\tdsb ish" ::"r"(address >> PAGE_SHIFT)
                         : "memory");
    }
    *(volatile uint64_t *)entry = descriptor;
}

/* Maps the largest piece at the start of a range, and gives its size; 0 if there is no table for
 * it. */
static uint64_t map_piece(uint64_t address, uint64_t size, uint64_t attributes)
{
    uint64_t *table = sdk_root_table;

    for (unsigned int shift = GIGABYTE_SHIFT; table != NULL; shift -= INDEX_BITS) {
        uint64_t *entry = &table[address >> shift & (ENTRIES - 1)];
        uint64_t piece = 1ULL << shift;
        bool fits = address % piece == 0 && size >= piece;
        bool is_page = shift == PAGE_SHIFT;

        if (is_page || (fits && (*entry & TABLE_OR_PAGE) != TABLE_OR_PAGE)) {
            uint64_t type = is_page ? TABLE_OR_PAGE : VALID;
            uint64_t leaf = address | attributes | ACCESSED | INNER_SHAREABLE | type;

            replace(entry, address, attributes == SDK_NOTHING ? 0 : leaf);
            return piece;
        }
        table = table_below(entry);
    }
    return 0;
}

bool sdk_map(uint64_t address, uint64_t size, uint64_t attributes)
{
    const uint64_t limit = 1ULL << SDK_ADDRESS_BITS;

    if (address % SDK_PAGE != 0 || size % SDK_PAGE != 0 || address > limit ||
        size > limit - address)
        return false;
    if (sdk_s_el0)
        return true;
    while (size != 0) {
        uint64_t piece = map_piece(address, size, attributes);

        if (piece == 0)
            return false;
        address += piece;
        size -= piece;
    }
    __asm__ volatile("dsb ish\n\tisb" ::: "memory");
    return true;
}

bool sdk_map_around(uint64_t address, uint64_t size, uint64_t attributes)
{
    const uint64_t gigabyte = 1ULL << GIGABYTE_SHIFT;
    uint64_t first = address / gigabyte, end = (address + size + gigabyte - 1) / gigabyte;

    if (sdk_s_el0)
        return true;
    for (uint64_t i = first; i < end && i < ROOT_ENTRIES; i++)
        if ((sdk_root_table[i] & TABLE_OR_PAGE) == TABLE_OR_PAGE)
            return sdk_map(address, size, attributes);
    return sdk_map(first * gigabyte, (end - first) * gigabyte, attributes);
}

static void map_own(uintptr_t from, uintptr_t to, uint64_t attributes)
{
    if (!sdk_map(from, to - from, attributes))
        ffa_abort();
}

/* W^X by section; of each context's stacks everything but the guard page. */
void sdk_map_image(void)
{
    const uintptr_t image = (uintptr_t)sdk_image, rodata = (uintptr_t)sdk_rodata;
    const uintptr_t data = (uintptr_t)sdk_data, stacks = (uintptr_t)sdk_stacks;

    map_own(image - SDK_HEADER, image, SDK_READ);
    map_own(image, rodata, SDK_EXECUTE);
    map_own(rodata, data, SDK_READ);
    map_own(data, stacks, SDK_WRITE);
    for (const struct sdk_stack *own = sdk_stacks; own != sdk_stacks_end; own++)
        map_own((uintptr_t)own->stack, (uintptr_t)(own + 1), SDK_WRITE);
}
