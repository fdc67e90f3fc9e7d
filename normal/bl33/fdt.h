/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the payload wants to know from the device tree.
 */
#ifndef BL33_FDT_H
#define BL33_FDT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct board {
    unsigned cpus;
    uint64_t memory_base;
    uint64_t memory_size;
    const char *bootargs; /* never NULL */
};

/* Reads a flattened device tree; without one, a board with one CPU and no arguments. */
void fdt_read(const void *tree, struct board *board);

/* Finds `name=value` among the boot arguments: the value ends at a space or the end. NULL: not
 * there. */
const char *bootarg(const struct board *board, const char *name);

/* Whether a comma-separated value, as bootarg() gives it, holds this word. */
bool bootarg_has(const char *value, const char *word);

/* How many words such a value has; NULL has none. */
unsigned bootarg_words(const char *value);

/* A value that is a hexadecimal (0x...) or decimal number. */
uint64_t bootarg_number(const char *value);

#endif
