/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A reader for the few things in the board's device tree that tests depend on: one pass over the
 * structure block, with the depth and the names of the open nodes as the only state.
 */
#include "fdt.h"

#include "text.h"

#define FDT_MAGIC 0xd00dfeed
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE 2
#define FDT_PROPERTY 3
#define FDT_NOP 4
#define DEPTH_MAX 8

struct walk {
    const uint32_t *at;
    const char *strings;
    unsigned depth; /* of the open node; the root has 1 */
    const char *names[DEPTH_MAX];
};

static uint32_t big_endian(uint32_t word)
{
    return __builtin_bswap32(word);
}

static bool in_node(const struct walk *walk, unsigned depth, const char *prefix)
{
    return walk->depth == depth && text_after(walk->names[depth], prefix);
}

static void begin_node(struct walk *walk, struct board *board)
{
    const char *name = (const char *)walk->at;
    size_t length = 0;

    while (name[length++])
        ;
    walk->at += (length + 3) / 4;
    walk->depth++;
    if (walk->depth < DEPTH_MAX)
        walk->names[walk->depth] = name;
    if (in_node(walk, 3, "cpu@") && same_text(walk->names[2], "cpus"))
        board->cpus++;
}

static void read_property(struct walk *walk, struct board *board)
{
    uint32_t length = big_endian(walk->at[0]);
    const char *name = walk->strings + big_endian(walk->at[1]);
    const uint32_t *value = walk->at + 2;

    if (in_node(walk, 2, "chosen") && same_text(name, "bootargs"))
        board->bootargs = (const char *)value;
    if (in_node(walk, 2, "memory@") && same_text(name, "reg") && length == 16) {
        board->memory_base = (uint64_t)big_endian(value[0]) << 32 | big_endian(value[1]);
        board->memory_size = (uint64_t)big_endian(value[2]) << 32 | big_endian(value[3]);
    }
    walk->at = value + (length + 3) / 4;
}

static void read_nodes(struct walk *walk, struct board *board)
{
    for (;;) {
        switch (big_endian(*walk->at++)) {
        case FDT_BEGIN_NODE:
            begin_node(walk, board);
            break;
        case FDT_END_NODE:
            walk->depth--;
            break;
        case FDT_PROPERTY:
            read_property(walk, board);
            break;
        case FDT_NOP:
            break;
        default:
            return;
        }
    }
}

void fdt_read(const void *tree, struct board *board)
{
    const uint32_t *header = tree;
    struct walk walk = {0};

    *board = (struct board){.bootargs = ""};
    if (big_endian(header[0]) == FDT_MAGIC) {
        walk.at = (const uint32_t *)((const char *)tree + big_endian(header[2]));
        walk.strings = (const char *)tree + big_endian(header[3]);
        read_nodes(&walk, board);
    }
    if (!board->cpus)
        board->cpus = 1;
}

const char *bootarg(const struct board *board, const char *name)
{
    const char *text = board->bootargs;

    while (*text) {
        const char *value = text_after(text, name);

        if (value && *value == '=')
            return value + 1;
        while (*text && *text != ' ')
            text++;
        while (*text == ' ')
            text++;
    }
    return NULL;
}

static bool ends_word(char character)
{
    return !character || character == ' ' || character == ',';
}

bool bootarg_has(const char *value, const char *word)
{
    for (;;) {
        const char *rest = text_after(value, word);

        if (rest && ends_word(*rest))
            return true;
        while (!ends_word(*value))
            value++;
        if (*value++ != ',')
            return false;
    }
}

unsigned bootarg_words(const char *value)
{
    unsigned words = value != NULL;

    for (; value && *value && *value != ' '; value++)
        words += *value == ',';
    return words;
}

static unsigned digit(char character)
{
    if (character >= '0' && character <= '9')
        return (unsigned)(character - '0');
    if (character >= 'a' && character <= 'f')
        return (unsigned)(character - 'a') + 10;
    return 16;
}

uint64_t bootarg_number(const char *value)
{
    const char *hexadecimal = text_after(value, "0x");
    unsigned base = hexadecimal ? 16 : 10;
    uint64_t number = 0;

    for (value = hexadecimal ? hexadecimal : value; digit(*value) < base; value++)
        number = number * base + digit(*value);
    return number;
}
