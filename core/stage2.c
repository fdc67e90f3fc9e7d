/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Builds, changes and reads a partition's tables. Pages come from one pool. The entry above a table
 * of level 3 counts its entries in bits that the MMU ignores: the last one gives the table back.
 */
#include "core/stage2.h"

#define LEVEL_FIRST 1
#define LEVEL_BLOCK 2
#define LEVEL_PAGE 3
#define ENTRIES_OF_TABLE (1 << TABLE_BITS)
#define BLOCK_BYTES (ENTRIES_OF_TABLE * PAGE_BYTES)

#define ENTRY_COUNT_SHIFT 2
#define ENTRY_COUNT (0x3ffULL << ENTRY_COUNT_SHIFT)
#define ENTRY_INNER_SHAREABLE (3ULL << 8)

/*
 * ---- Stage 1, of a partition at S-EL0: an entry is that of stage 2 with some bits turned over.
 * Bit 7 takes rights away; it is not global (its VMID is its ASID), never code for S-EL2, and says
 * itself which space it is in, where stage 2 has the last bit of the memory's type. ----
 */
#define ENTRY_NOT_GLOBAL (1ULL << 11)
#define ENTRY_PRIVILEGED_NO_EXECUTE (1ULL << 53)
#define ENTRY_NON_SECURE_SHIFT 5
#define TURNED_OVER (ENTRY_WRITE | ENTRY_NOT_GLOBAL | ENTRY_PRIVILEGED_NO_EXECUTE)

/* What makes an entry of stage 2 one of stage 1, and back: `other` is the bit that it has there. */
static uint64_t difference(uint64_t entry, unsigned other)
{
    return TURNED_OVER | ((entry >> ENTRY_NON_SECURE_SHIFT ^ other) & 1) << ENTRY_NON_SECURE_SHIFT;
}

static struct change at_s_el0(const struct change *c, unsigned space)
{
    struct change own = *c;

    if (c->want != 0)
        own.want ^= difference(c->want, space) & c->mask;
    if ((c->keep | c->set) != 0)
        own.set ^= difference(c->set, space) & ~c->keep;
    return own;
}

static uint64_t as_stage2(uint64_t entry, unsigned space)
{
    if (entry == 0 || (entry >> ENTRY_NON_SECURE_SHIFT & 1) != space)
        return 0;
    return entry ^ difference(entry, entry >> 2 & 1);
}

static unsigned index_of(uint64_t address, unsigned level)
{
    return address >> (12 + TABLE_BITS * (LEVEL_PAGE - level)) & (ENTRIES_OF_TABLE - 1);
}

__attribute__((noinline)) static uint64_t *table_below(const struct spmc *s, uint64_t entry)
{
    return s->tables[((entry & ENTRY_ADDRESS) - s->tables_pa) / PAGE_BYTES];
}

static uint64_t table_pa(const struct spmc *s, unsigned table)
{
    return s->tables_pa + table * PAGE_BYTES;
}

/* An empty page of the pool by number; number 0 is never given out and means none. Those that came
 * back are empty but for the number of the next. */
static unsigned table_take(struct spmc *s)
{
    unsigned table = s->tables_free;

    if (table != 0) {
        s->tables_free = (uint16_t)s->tables[table][0];
        s->tables[table][0] = 0;
        return table;
    }
    if (s->tables_used + 1U >= TABLE_MAX)
        return 0;
    s->tables_used++;
    __builtin_memset(s->tables[s->tables_used], 0, sizeof(s->tables[0]));
    return s->tables_used;
}

static void table_give(struct spmc *s, uint64_t *entry)
{
    uint64_t *table = table_below(s, *entry);

    table[0] = s->tables_free;
    s->tables_free = (uint16_t)(((*entry & ENTRY_ADDRESS) - s->tables_pa) / PAGE_BYTES);
    *entry = 0;
}

bool stage2_create(struct spmc *s, struct partition *p)
{
    p->tables[SPACE_SECURE] = (uint16_t)table_take(s);
    p->tables[SPACE_NON_SECURE] = p->s_el0 ? p->tables[SPACE_SECURE] : (uint16_t)table_take(s);
    for (unsigned space = 0; space < 2; space++)
        p->roots[space] = table_pa(s, p->tables[space]);
    return p->tables[SPACE_NON_SECURE] != 0;
}

static void clear_below(struct spmc *s, uint64_t *table, unsigned level)
{
    for (unsigned i = 0; level < LEVEL_PAGE && i < ENTRIES_OF_TABLE; i++)
        if (table[i] & ENTRY_TABLE_OR_PAGE) {
            clear_below(s, table_below(s, table[i]), level + 1);
            table_give(s, &table[i]);
        }
    __builtin_memset(table, 0, PAGE_BYTES);
}

void stage2_clear(struct spmc *s, struct partition *p)
{
    for (unsigned space = 0; space < 2; space++)
        clear_below(s, s->tables[p->tables[space]], LEVEL_FIRST);
}

/* The entry of level 2 for an address; NULL where there is none. It can be made: then NULL means
 * that the pool is empty. */
static uint64_t *block_entry(struct spmc *s, unsigned root, uint64_t address, bool make)
{
    uint64_t *entry = &s->tables[root][index_of(address, LEVEL_FIRST)];
    unsigned table;

    if (*entry == 0) {
        table = make ? table_take(s) : 0;
        if (table == 0)
            return NULL;
        *entry = table_pa(s, table) | ENTRY_VALID | ENTRY_TABLE_OR_PAGE;
    }
    return &table_below(s, *entry)[index_of(address, LEVEL_BLOCK)];
}

/* Up to `count` entries; what they get grows by `step` from one to the next. How many it was. */
static uint64_t change_entries(uint64_t *entry, uint64_t count, const struct change *c,
                               uint64_t set, uint64_t step)
{
    uint64_t *first = entry, *end = entry + count;

    for (; entry < end && (*entry & c->mask) == c->want; entry++, set += step)
        *entry = (*entry & c->keep) | set;
    return (uint64_t)(entry - first);
}

/* A change that wants nothing to be there makes what is missing, with the address in it. */
static bool makes(const struct change *c)
{
    return c->want == 0;
}

static uint64_t with_address(const struct change *c, uint64_t address)
{
    return makes(c) ? c->set | address : c->set;
}

/* Pages of one table of level 3, which may be made for it, or be given back after it. */
static uint64_t change_pages(struct spmc *s, uint64_t *above, uint64_t address, uint64_t count,
                             const struct change *c)
{
    uint64_t entry = *above;
    uint64_t done;

    if (entry == 0) {
        unsigned table = makes(c) ? table_take(s) : 0;
        if (table == 0)
            return 0;
        entry = table_pa(s, table) | ENTRY_VALID | ENTRY_TABLE_OR_PAGE;
    }
    done =
        change_entries(&table_below(s, entry)[index_of(address, LEVEL_PAGE)], count, c,
                       with_address(c, address | ENTRY_TABLE_OR_PAGE), makes(c) ? PAGE_BYTES : 0);
    if (makes(c))
        entry += done << ENTRY_COUNT_SHIFT;
    else if ((c->keep | c->set) == 0)
        entry -= done << ENTRY_COUNT_SHIFT;
    *above = entry;
    if ((entry & ENTRY_COUNT) == 0)
        table_give(s, above);
    return done;
}

uint64_t stage2_change(struct spmc *s, const struct partition *p, unsigned space, uint64_t base,
                       uint64_t pages, const struct change *c)
{
    const struct change own = p->s_el0 ? at_s_el0(c, space) : *c;
    bool blocks = makes(c) && (c->set & ENTRY_USE) == ENTRY_BORROWED;
    uint64_t done = 0;

    c = &own;
    while (done < pages) {
        uint64_t at = base + done * PAGE_BYTES;
        uint64_t here = ENTRIES_OF_TABLE - index_of(at, LEVEL_PAGE);
        uint64_t *entry = block_entry(s, p->tables[space], at, makes(c));
        uint64_t changed;

        here = here < pages - done ? here : pages - done;
        if (entry == NULL)
            return done;
        bool is_block = *entry != 0 && !(*entry & ENTRY_TABLE_OR_PAGE);
        if (is_block || (blocks && *entry == 0 && here == ENTRIES_OF_TABLE))
            changed = here < ENTRIES_OF_TABLE
                          ? 0
                          : ENTRIES_OF_TABLE * change_entries(entry, 1, c, with_address(c, at), 0);
        else
            changed = change_pages(s, entry, at, here, c);
        done += changed;
        if (changed < here)
            return done;
    }
    return done;
}

struct change stage2_leaf(unsigned attributes)
{
    uint64_t entry = ENTRY_VALID | ENTRY_ACCESSED | ENTRY_INNER_SHAREABLE;

    entry |= attributes & MAP_DEVICE ? 0 : ENTRY_MEMORY;
    entry |= attributes & MAP_READ ? ENTRY_READ : 0;
    entry |= attributes & MAP_WRITE ? ENTRY_WRITE : 0;
    entry |= attributes & MAP_EXECUTE ? 0 : ENTRY_NO_EXECUTE;
    entry |= attributes & MAP_BORROWED ? ENTRY_BORROWED : 0;
    entry |= attributes & MAP_DONATED ? ENTRY_DONATED : 0;
    return (struct change){.mask = UINT64_MAX, .set = entry};
}

unsigned stage2_space(unsigned attributes)
{
    return attributes & MAP_NON_SECURE ? SPACE_NON_SECURE : SPACE_SECURE;
}

uint64_t stage2_map(struct spmc *s, const struct partition *p, uint64_t base, uint64_t pages,
                    unsigned attributes)
{
    struct change c = stage2_leaf(attributes);

    return stage2_change(s, p, stage2_space(attributes), base, pages, &c);
}

uint64_t stage2_entry(const struct spmc *s, const struct partition *p, unsigned space,
                      uint64_t address)
{
    uint64_t entry = s->tables[p->tables[space]][index_of(address, LEVEL_FIRST)];

    for (unsigned l = LEVEL_FIRST; l < LEVEL_PAGE && (entry & ENTRY_TABLE_OR_PAGE); l++)
        entry = table_below(s, entry)[index_of(address, l + 1)];
    return p->s_el0 ? as_stage2(entry, space) : entry;
}

unsigned stage2_space_with(const struct spmc *s, const struct partition *p, uint64_t address)
{
    return stage2_entry(s, p, SPACE_SECURE, address) != 0 ? SPACE_SECURE : SPACE_NON_SECURE;
}
