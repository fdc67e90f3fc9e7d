/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libfdt as a manifest's reader sees it, with any answers that its contract allows: a property is
 * missing, or has any size up to PROPERTY_BYTES and any content, which ends where its object ends,
 * so that reading on is an error that CBMC finds; below a node there are up to NODES more.
 */
#ifndef FDT_MODEL_H
#define FDT_MODEL_H

#include <libfdt.h>

#include "prove.h"

#ifndef PROPERTY_BYTES
#define PROPERTY_BYTES 96
#endif
#ifndef NODES
#define NODES 2
#endif

int nondet_int(void);

const void *fdt_getprop(const void *fdt, int node, const char *name, int *length)
{
    static uint64_t value[PROPERTY_BYTES / 8];
    int size = nondet_int();

    *length = -FDT_ERR_NOTFOUND;
    if (nondet_bool())
        return NULL;
    ASSUME(size >= 0 && size <= PROPERTY_BYTES);
    for (unsigned i = 0; i < PROPERTY_BYTES / 8; i++)
        value[i] = nondet_u64();
    *length = size;
    return (uint8_t *)value + PROPERTY_BYTES - size;
}

/* A name is a string: it ends with a zero, which its length does not count. */
const char *fdt_get_name(const void *fdt, int node, int *length)
{
    static char name[8];
    int size = nondet_int();

    ASSUME(size >= 0 && size < (int)sizeof(name));
    for (unsigned i = 0; i < sizeof(name); i++)
        name[i] = i < (unsigned)size ? (char)(nondet_u8() | 1) : '\0';
    if (length != NULL)
        *length = size;
    return name;
}

static unsigned nodes_left;

static int any_node(void)
{
    int node = nondet_int();

    if (nodes_left == 0 || nondet_bool())
        return -FDT_ERR_NOTFOUND;
    nodes_left--;
    ASSUME(node > 0);
    return node;
}

int fdt_first_subnode(const void *fdt, int node)
{
    nodes_left = NODES;
    return any_node();
}

int fdt_next_subnode(const void *fdt, int node)
{
    return any_node();
}

int fdt_subnode_offset(const void *fdt, int parent, const char *name)
{
    int node = nondet_int();

    ASSUME(node > 0 || node == -FDT_ERR_NOTFOUND);
    return node;
}

int fdt_node_check_compatible(const void *fdt, int node, const char *compatible)
{
    return nondet_int();
}

uint32_t fdt_get_phandle(const void *fdt, int node)
{
    return nondet_u32();
}

int fdt_check_header(const void *fdt)
{
    return nondet_int();
}

void print(const char *format, ...)
{
}

#endif
