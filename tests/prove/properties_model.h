/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What reads a property of a manifest, with any answer that prove_manifest_properties.c allows it:
 * a number in its range, be the manifest wrong or not.
 */
#ifndef PROPERTIES_MODEL_H
#define PROPERTIES_MODEL_H

#include "fdt_model.h"

#include "core/manifest.h"

uint64_t number(struct place *m, const char *name, uint64_t low, uint64_t high, uint64_t missing)
{
    uint64_t value = nondet_u64();

    m->wrong |= nondet_bool();
    ASSUME((value >= low && value <= high) || (value == missing && missing != MUST_BE_THERE));
    return value;
}

uint64_t any_number(struct place *m, const char *name, uint64_t missing)
{
    return number(m, name, 0, UINT64_MAX, missing);
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
    return nondet_bool();
}

void complain(struct place *m, const char *name, const char *expected)
{
    m->wrong = true;
}

void warn(const struct place *m, const char *name, const char *expected)
{
}

/* A name is of no matter here. */
void copy_name(char *name, const char *from, int size)
{
}

#endif
