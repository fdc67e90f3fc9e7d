/* SPDX-License-Identifier: BSD-3-Clause */
/* Builds and reads stage-2 tables. Pages come from one pool and are never given back: maps only
 * grow. */
#include "core/stage2.h"

#define LEVEL_FIRST 1
#define LEVEL_BLOCK 2
#define LEVEL_PAGE 3

#define ENTRY_VALID 0x1ULL
#define ENTRY_TABLE_OR_PAGE 0x2ULL
#define ENTRY_ADDRESS 0x0000fffffffff000ULL
#define ENTRY_NORMAL (0xfULL << 2) /* write-back, in and out */
#define ENTRY_DEVICE (0x0ULL << 2) /* nGnRnE */
#define ENTRY_READ (1ULL << 6)
#define ENTRY_WRITE (2ULL << 6)
#define ENTRY_INNER_SHAREABLE (3ULL << 8)
#define ENTRY_ACCESSED (1ULL << 10)
#define ENTRY_NO_EXECUTE (2ULL << 53)

static unsigned shift_of(unsigned level)
{
    return 39 - 9 * level;
}

static unsigned index_of(uint64_t address, unsigned level)
{
    return address >> shift_of(level) & 511;
}

/* A page of the pool by number; number 0 is never given out and means none. */
static unsigned table_take(struct spmc *s)
{
    if (s->tables_used + 1U >= TABLE_MAX)
        return 0;
    s->tables_used++;
    __builtin_memset(s->tables[s->tables_used], 0, PAGE_BYTES);
    return s->tables_used;
}

__attribute__((noinline)) static uint64_t *table_below(const struct spmc *s, uint64_t entry)
{
    return s->tables[((entry & ENTRY_ADDRESS) - s->tables_pa) / PAGE_BYTES];
}

static uint64_t table_pa(const struct spmc *s, unsigned table)
{
    return s->tables_pa + table * PAGE_BYTES;
}

bool stage2_create(struct spmc *s, struct partition *p)
{
    p->tables[SPACE_SECURE] = (uint16_t)table_take(s);
    p->tables[SPACE_NON_SECURE] = (uint16_t)table_take(s);
    for (unsigned space = 0; space < 2; space++)
        p->roots[space] = table_pa(s, p->tables[space]);
    return p->tables[SPACE_NON_SECURE] != 0;
}

static uint64_t leaf(unsigned attributes, unsigned level)
{
    uint64_t entry = ENTRY_VALID | ENTRY_ACCESSED | ENTRY_INNER_SHAREABLE;

    entry |= attributes & MAP_DEVICE ? ENTRY_DEVICE : ENTRY_NORMAL;
    entry |= attributes & MAP_READ ? ENTRY_READ : 0;
    entry |= attributes & MAP_WRITE ? ENTRY_WRITE : 0;
    entry |= attributes & MAP_EXECUTE ? 0 : ENTRY_NO_EXECUTE;
    return entry | (level == LEVEL_PAGE ? ENTRY_TABLE_OR_PAGE : 0);
}

/* The entry that holds `address` at `level`, with the tables above it made. NULL without a page. */
static uint64_t *entry_make(struct spmc *s, unsigned root, uint64_t address, unsigned level)
{
    uint64_t *entry = &s->tables[root][index_of(address, LEVEL_FIRST)];

    for (unsigned l = LEVEL_FIRST; l < level; l++) {
        if (*entry == 0) {
            unsigned table = table_take(s);
            if (table == 0)
                return NULL;
            *entry = table_pa(s, table) | ENTRY_VALID | ENTRY_TABLE_OR_PAGE;
        }
        entry = &table_below(s, *entry)[index_of(address, l + 1)];
    }
    return entry;
}

/* The largest leaf that begins at `base` and fits in `size`, where no smaller one is yet. */
static unsigned level_for(const struct spmc *s, unsigned root, uint64_t base, uint64_t size)
{
    uint64_t block = 1ULL << shift_of(LEVEL_BLOCK);
    uint64_t top = s->tables[root][index_of(base, LEVEL_FIRST)];

    if (base % block != 0 || size < block)
        return LEVEL_PAGE;
    return top == 0 || table_below(s, top)[index_of(base, LEVEL_BLOCK)] == 0 ? LEVEL_BLOCK
                                                                             : LEVEL_PAGE;
}

bool stage2_map(struct spmc *s, const struct partition *p, uint64_t base, uint64_t size,
                unsigned attributes)
{
    unsigned root = p->tables[attributes & MAP_NON_SECURE ? SPACE_NON_SECURE : SPACE_SECURE];

    while (size > 0) {
        unsigned level = level_for(s, root, base, size);
        uint64_t *entry = entry_make(s, root, base, level);
        uint64_t step = 1ULL << shift_of(level);

        if (entry == NULL)
            return false;
        *entry = base | leaf(attributes, level);
        base += step;
        size -= step;
    }
    return true;
}

/* The leaf that maps an address, 0 for none. */
static uint64_t lookup(const struct spmc *s, unsigned root, uint64_t address)
{
    uint64_t entry = s->tables[root][index_of(address, LEVEL_FIRST)];

    for (unsigned l = LEVEL_FIRST; l < LEVEL_PAGE && (entry & ENTRY_TABLE_OR_PAGE); l++)
        entry = table_below(s, entry)[index_of(address, l + 1)];
    return entry;
}

static bool space_allows(const struct spmc *s, unsigned root, uint64_t base, uint64_t size,
                         unsigned access)
{
    uint64_t wanted = ENTRY_VALID | ENTRY_NORMAL;

    wanted |= access & MAP_READ ? ENTRY_READ : 0;
    wanted |= access & MAP_WRITE ? ENTRY_WRITE : 0;
    for (uint64_t page = base; page - base < size; page += PAGE_BYTES)
        if ((lookup(s, root, page) & wanted) != wanted)
            return false;
    return true;
}

bool stage2_allows(const struct spmc *s, const struct partition *p, uint64_t base, uint64_t size,
                   unsigned access)
{
    uint64_t limit = 1ULL << STAGE2_ADDRESS_BITS;

    if (base >= limit || size > limit - base)
        return false;
    return space_allows(s, p->tables[SPACE_SECURE], base, size, access) ||
           space_allows(s, p->tables[SPACE_NON_SECURE], base, size, access);
}
