/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A flattened device tree (Devicetree Specification 0.4, chapter 5), to read. It is checked once,
 * as a whole; whoever reads it after that needs no checks.
 */
#ifndef CORE_TREE_H
#define CORE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A word of the tree: big-endian, while every CPU that this builds for is little-endian. A node is
 * known by its first one. */
typedef uint32_t cell;

static inline uint32_t tree_cell(const cell *c)
{
    return __builtin_bswap32(*c);
}

/* Whether `blob`, of which there are `size` bytes, aligned to cells, is a tree of version 17. */
bool tree_is_sound(const void *blob, size_t size);

const cell *tree_root(const void *blob);

/* The first node below a node, and the next one beside it; NULL for none. */
const cell *tree_first(const cell *node);
const cell *tree_next(const cell *node);

/* The node below a node that has this name, whatever its unit address is; NULL for none, and below
 * none. */
const cell *tree_named(const cell *node, const char *name);

static inline const char *tree_name(const cell *node)
{
    return (const char *)(node + 1);
}

/* A node's property and its size in bytes; NULL and 0 for none, and of no node. */
const cell *tree_property(const void *blob, const cell *node, const char *name, int *size);

/* Where a text ends that begins at a name or in a value, if it begins like this; NULL if not. */
const char *tree_text(const char *at, const char *text);

#endif
