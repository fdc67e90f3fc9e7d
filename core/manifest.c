/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading device-tree properties with complaints that name what is wrong and where. */
#include "core/manifest.h"

#include <libfdt.h>

#include "core/console.h"

#define CELLS_SHOWN 4
#define VERSION 17 /* of the format, since 2006: libfdt is built without what reads older ones */

bool manifest_is_sound(const void *blob, size_t size)
{
    return fdt_check_header(blob) == 0 && fdt_version(blob) >= VERSION &&
           fdt_last_comp_version(blob) <= VERSION && fdt_totalsize(blob) <= size &&
           fdt_off_dt_struct(blob) % sizeof(fdt32_t) == 0;
}

const fdt32_t *property(const struct place *m, const char *name, int *size)
{
    const fdt32_t *cells = fdt_getprop(m->blob, m->node, name, size);

    if (cells == NULL)
        *size = 0;
    return cells;
}

bool property_exists(const struct place *m, const char *name)
{
    int size;

    return property(m, name, &size) != NULL;
}

bool property_is(const struct place *m, const char *name, const char *text)
{
    int size;
    const fdt32_t *value = property(m, name, &size);

    return value != NULL && (size_t)size == __builtin_strlen(text) + 1 &&
           __builtin_memcmp(value, text, (size_t)size) == 0;
}

static void print_value(const struct place *m, const char *name)
{
    int size;
    const fdt32_t *cells = property(m, name, &size);

    if (size == 0) {
        print(cells == NULL ? " is missing" : " is there");
        return;
    }
    print(" is <");
    for (int i = 0; i < size / 4 && i < CELLS_SHOWN; i++)
        print(i == 0 ? "%x" : " %x", fdt32_ld(&cells[i]));
    print(size > 4 * CELLS_SHOWN ? " ...>" : ">");
}

/* The line up to what was expected; none after the first that made the manifest wrong. */
static bool begin_line(const struct place *m, const char *name)
{
    if (m->wrong)
        return false;
    print("bulkhead: manifest of %s: %s: %s", m->manifest,
          m->node > 0 ? fdt_get_name(m->blob, m->node, NULL) : "/", name);
    print_value(m, name);
    print(", expected ");
    return true;
}

void complain(struct place *m, const char *name, const char *expected)
{
    if (begin_line(m, name))
        print("%s\n", expected);
    m->wrong = true;
}

void warn(const struct place *m, const char *name, const char *expected)
{
    if (property_exists(m, name) && begin_line(m, name))
        print("%s\n", expected);
}

uint64_t number(struct place *m, const char *name, uint64_t low, uint64_t high, uint64_t missing)
{
    int size;
    const fdt32_t *cells = property(m, name, &size);
    uint64_t value;

    if (cells == NULL && missing != MUST_BE_THERE)
        return missing;
    if (size != 4 && size != 8) {
        complain(m, name, "a number of one or two cells");
        return low;
    }
    value = fdt32_ld(&cells[0]);
    if (size == 8)
        value = value << 32 | fdt32_ld(&cells[1]);
    if (value < low || value > high) {
        if (begin_line(m, name))
            print("%lx to %lx\n", low, high);
        m->wrong = true;
        return low;
    }
    return value;
}

uint64_t any_number(struct place *m, const char *name, uint64_t missing)
{
    return number(m, name, 0, UINT64_MAX, missing);
}

bool next_compatible(struct place *m, const char *text)
{
    do
        m->node = m->node < 0 ? fdt_first_subnode(m->blob, 0) : fdt_next_subnode(m->blob, m->node);
    while (m->node >= 0 && fdt_node_check_compatible(m->blob, m->node, text) != 0);
    return m->node >= 0;
}

void copy_name(char *name, const char *from, int size)
{
    for (int i = 0; i < size && i < NAME_MAX_BYTES - 1 && from[i] != '\0'; i++)
        name[i] = from[i];
}

uint64_t manifest_overlap(const struct spmc *s, uint64_t base, uint64_t size)
{
    uint64_t lowest = UINT64_MAX;

    if (ranges_overlap(s->ledger.base, s->ledger.size, base, size))
        lowest = s->ledger.base;
    if (ranges_overlap(s->own.base, s->own.size, base, size) && s->own.base < lowest)
        lowest = s->own.base;
    for (unsigned i = 0; i < s->partition_count; i++) {
        const struct partition *p = &s->partitions[i];
        if (ranges_overlap(p->load, p->size, base, size) && p->load < lowest)
            lowest = p->load;
        if (ranges_overlap(p->copy, p->copy_size, base, size) && p->copy < lowest)
            lowest = p->copy;
        for (unsigned j = 0; j < p->region_count; j++) {
            const struct region *r = &p->regions[j];
            if (r->base != REGION_ALLOCATE && ranges_overlap(r->base, r->size, base, size) &&
                r->base < lowest)
                lowest = r->base;
        }
    }
    return lowest;
}
