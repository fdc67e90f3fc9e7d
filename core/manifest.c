/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading device-tree properties with complaints that name what is wrong and where. */
#include "core/manifest.h"

#include <libfdt.h>

#include "core/console.h"

#define PATH_BYTES 64
#define CELLS_SHOWN 4

bool manifest_is_sound(const void *blob, size_t size)
{
    return fdt_check_header(blob) == 0 && fdt_totalsize(blob) <= size &&
           fdt_off_dt_struct(blob) % sizeof(fdt32_t) == 0;
}

static void print_value(const struct property *p)
{
    int size = 0;
    const fdt32_t *cells = fdt_getprop(p->blob, p->node, p->name, &size);

    if (cells == NULL) {
        print(" is missing");
        return;
    }
    if (size == 0) {
        print(" is there");
        return;
    }
    print(" is <");
    for (int i = 0; i < size / 4 && i < CELLS_SHOWN; i++)
        print(i == 0 ? "%x" : " %x", fdt32_ld(&cells[i]));
    print(size > 4 * CELLS_SHOWN ? " ...>" : ">");
}

bool complain(const struct property *p, const char *expected)
{
    char path[PATH_BYTES] = "?";

    if (p->node >= 0)
        fdt_get_path(p->blob, p->node, path, sizeof(path));
    print("bulkhead: manifest of %s: %s: %s", p->manifest, path, p->name);
    print_value(p);
    print(", expected %s\n", expected);
    return false;
}

bool property_exists(const struct property *p)
{
    return fdt_getprop(p->blob, p->node, p->name, NULL) != NULL;
}

bool property_number(const struct property *p, uint64_t *value)
{
    int size = 0;
    const fdt32_t *cells = fdt_getprop(p->blob, p->node, p->name, &size);

    if (cells == NULL || (size != 4 && size != 8))
        return complain(p, "a number of one or two cells");
    *value = fdt32_ld(&cells[0]);
    if (size == 8)
        *value = *value << 32 | fdt32_ld(&cells[1]);
    return true;
}

bool property_optional(const struct property *p, uint64_t *value)
{
    return !property_exists(p) || property_number(p, value);
}

bool property_bounded(const struct property *p, uint64_t low, uint64_t high, uint64_t *value,
                      const char *expected)
{
    if (!property_optional(p, value))
        return false;
    return (*value >= low && *value <= high) || complain(p, expected);
}

bool ranges_hold(const struct ranges *ranges, uint64_t base, uint64_t size)
{
    for (unsigned i = 0; size != 0 && i < ranges->count; i++) {
        const struct range *r = &ranges->range[i];
        if (base >= r->base && base - r->base < r->size && size <= r->size - (base - r->base))
            return true;
    }
    return false;
}

bool ranges_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a < b ? b - a < a_size : a - b < b_size;
}

void copy_name(char *name, const char *from, int size)
{
    for (int i = 0; i < size && i < NAME_MAX_BYTES - 1 && from[i] != '\0'; i++)
        name[i] = from[i];
}

uint64_t manifest_overlap(const struct spmc *s, uint64_t base, uint64_t size)
{
    uint64_t lowest = UINT64_MAX;

    if (ranges_overlap(s->own.base, s->own.size, base, size))
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
