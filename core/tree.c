/* SPDX-License-Identifier: BSD-3-Clause */
/* Device trees: a list of tokens, and names of properties beside it. */
#include "core/tree.h"

#define MAGIC 0xd00dfeed
#define FORMAT 17 /* since 2006 */

/* Cells of the header. */
enum {
    HEADER_MAGIC,
    HEADER_SIZE,
    HEADER_TOKENS, /* offsets */
    HEADER_NAMES,
    HEADER_VERSION = 5,
    HEADER_LAST_COMPATIBLE,
    HEADER_NAMES_SIZE = 8,
    HEADER_TOKENS_SIZE,
    HEADER_CELLS,
};

/* Tokens; all others end a tree. */
enum { NODE = 1, NODE_END, PROPERTY, NOTHING };

/* Cells of a property: the token, the size of its value, where its name is; then its value. */
#define PROPERTY_CELLS 3

static uint32_t header(const void *blob, unsigned field)
{
    return tree_cell((const cell *)blob + field);
}

static const char *names(const void *blob)
{
    return (const char *)blob + header(blob, HEADER_NAMES);
}

const cell *tree_root(const void *blob)
{
    return (const cell *)blob + header(blob, HEADER_TOKENS) / sizeof(cell);
}

/* The token that follows one. */
static const cell *after(const cell *at)
{
    size_t bytes = 0;

    if (tree_cell(at) == NODE)
        bytes = __builtin_strlen(tree_name(at)) + 1;
    if (tree_cell(at) == PROPERTY)
        bytes = (PROPERTY_CELLS - 1) * sizeof(cell) + tree_cell(at + 1);
    return at + 1 + (bytes + sizeof(cell) - 1) / sizeof(cell);
}

static bool ends(const char *text, const char *limit)
{
    while (text < limit)
        if (*text++ == '\0')
            return true;
    return false;
}

/* Whether a token lies before `end` with all that belongs to it. */
static bool token_is_sound(const void *blob, const cell *at, const cell *end)
{
    switch (at < end ? tree_cell(at) : 0) {
    case NODE:
        return ends(tree_name(at), (const char *)end);
    case PROPERTY:
        return end - at >= PROPERTY_CELLS &&
               tree_cell(at + 1) <= (size_t)(end - at - PROPERTY_CELLS) * sizeof(cell) &&
               tree_cell(at + 2) < header(blob, HEADER_NAMES_SIZE);
    case NODE_END:
    case NOTHING:
        return true;
    default:
        return false;
    }
}

static bool lies_inside(const void *blob, unsigned offset, unsigned size)
{
    return header(blob, offset) <= header(blob, HEADER_SIZE) &&
           header(blob, size) <= header(blob, HEADER_SIZE) - header(blob, offset);
}

static bool header_is_sound(const void *blob, size_t size)
{
    return size >= HEADER_CELLS * sizeof(cell) && header(blob, HEADER_MAGIC) == MAGIC &&
           header(blob, HEADER_VERSION) >= FORMAT &&
           header(blob, HEADER_LAST_COMPATIBLE) <= FORMAT && header(blob, HEADER_SIZE) <= size &&
           header(blob, HEADER_TOKENS) % sizeof(cell) == 0 &&
           lies_inside(blob, HEADER_TOKENS, HEADER_TOKENS_SIZE) &&
           lies_inside(blob, HEADER_NAMES, HEADER_NAMES_SIZE) &&
           (header(blob, HEADER_NAMES_SIZE) == 0 ||
            names(blob)[header(blob, HEADER_NAMES_SIZE) - 1] == '\0');
}

bool tree_is_sound(const void *blob, size_t size)
{
    const cell *at, *end;
    unsigned depth = 0;

    if (!header_is_sound(blob, size))
        return false;
    at = tree_root(blob);
    end = at + header(blob, HEADER_TOKENS_SIZE) / sizeof(cell);
    do {
        if (!token_is_sound(blob, at, end))
            return false;
        depth += tree_cell(at) == NODE;
        if (depth == 0) /* something before the root */
            return false;
        depth -= tree_cell(at) == NODE_END;
        at = after(at);
    } while (depth > 0);
    return true;
}

/* The first node from a token on that is not below another. */
static const cell *node_from(const cell *at)
{
    while (tree_cell(at) == PROPERTY || tree_cell(at) == NOTHING)
        at = after(at);
    return tree_cell(at) == NODE ? at : NULL;
}

const cell *tree_first(const cell *node)
{
    return node_from(after(node));
}

const cell *tree_next(const cell *node)
{
    unsigned depth = 0;

    do {
        depth += tree_cell(node) == NODE;
        depth -= tree_cell(node) == NODE_END;
        node = after(node);
    } while (depth > 0);
    return node_from(node);
}

/* A value need not end with a zero byte. A token follows it, whose first byte is one. */
const char *tree_text(const char *at, const char *text)
{
    for (; *text != '\0'; at++, text++)
        if (*at != *text)
            return NULL;
    return at;
}

const cell *tree_named(const cell *node, const char *name)
{
    if (node == NULL)
        return NULL;
    for (node = tree_first(node); node != NULL; node = tree_next(node)) {
        const char *end = tree_text(tree_name(node), name);
        if (end != NULL && (*end == '\0' || *end == '@'))
            return node;
    }
    return NULL;
}

const cell *tree_property(const void *blob, const cell *node, const char *name, int *size)
{
    *size = 0;
    if (node == NULL)
        return NULL;
    for (node = after(node); tree_cell(node) == PROPERTY || tree_cell(node) == NOTHING;
         node = after(node)) {
        if (tree_cell(node) == NOTHING)
            continue;
        const char *end = tree_text(names(blob) + tree_cell(node + 2), name);
        if (end != NULL && *end == '\0') {
            *size = (int)tree_cell(node + 1);
            return node + PROPERTY_CELLS;
        }
    }
    return NULL;
}
