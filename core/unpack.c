/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LZMA: a range coder that hands out bits, each with odds that adapt; they make literals, and
 * matches of a length at a distance. Runs before the rest of Bulkhead is there, so it calls nothing
 * of it and has no constants in memory.
 */
#include "core/unpack.h"

#define ODDS_BITS 11
#define ODDS_EVEN (1U << (ODDS_BITS - 1))
#define ODDS_RATE 5
#define RANGE_LEAST (1U << 24)
#define CODE_BYTES 5 /* that a stream begins with, the first of them zero */

/* The bits of the position that a literal, and all else, depend on: as tools/image.py has them. */
#define LITERAL_POSITIONS (1U << 2)
#define POSITIONS (1U << 2)
#define LITERAL_ODDS 0x300

/* What came last decides what comes next: states below the seventh follow a literal. */
#define STATES 12
#define STATES_LITERAL 7

/* Lengths: 2 to 9, 10 to 17, 18 to 273. */
#define LENGTH_LEAST 2
#define SHORT_BITS 3
#define LONG_BITS 8

/* Distances: a slot has the two upper bits, and tells how many follow. */
#define SLOT_CLASSES 4 /* by length */
#define SLOT_BITS 6
#define SLOT_NEAR 4 /* below, the slot is the distance */
#define SLOT_FAR 14 /* from here on, only the last bits adapt */
#define LAST_BITS 4
#define NO_DISTANCE UINT32_MAX

struct length_odds {
    uint16_t longer;
    uint16_t longest;
    uint16_t low[POSITIONS][1 << SHORT_BITS];
    uint16_t middle[POSITIONS][1 << SHORT_BITS];
    uint16_t high[1 << LONG_BITS];
};

struct odds {
    uint16_t match[STATES][POSITIONS];
    uint16_t repeat[STATES]; /* one of the last four distances again: which of them */
    uint16_t older[STATES];
    uint16_t older_2[STATES];
    uint16_t older_3[STATES];
    uint16_t longer[STATES][POSITIONS]; /* than a byte */
    uint16_t slot[SLOT_CLASSES][1 << SLOT_BITS];
    uint16_t near[1 + (1 << (SLOT_FAR / 2)) - SLOT_FAR];
    uint16_t last[1 << LAST_BITS];
    struct length_odds length;
    struct length_odds repeat_length;
    uint16_t literal[LITERAL_POSITIONS][LITERAL_ODDS];
};

_Static_assert(sizeof(struct odds) <= UNPACK_WORDS * sizeof(uint16_t), "the work memory");

struct coder {
    const uint8_t *next;
    const uint8_t *end;
    uint32_t range;
    uint32_t code;
    bool ran_out;
};

static void refill(struct coder *c)
{
    if (c->range >= RANGE_LEAST)
        return;
    c->range <<= 8;
    c->code <<= 8;
    if (c->next < c->end)
        c->code |= *c->next++;
    else
        c->ran_out = true;
}

static unsigned bit(struct coder *c, uint16_t *odds)
{
    uint32_t bound;

    refill(c);
    bound = (c->range >> ODDS_BITS) * *odds;
    if (c->code < bound) {
        c->range = bound;
        *odds = (uint16_t)(*odds + (((1U << ODDS_BITS) - *odds) >> ODDS_RATE));
        return 0;
    }
    c->range -= bound;
    c->code -= bound;
    *odds = (uint16_t)(*odds - (*odds >> ODDS_RATE));
    return 1;
}

/* Bits without odds: they are as likely as not. */
static uint32_t even_bits(struct coder *c, unsigned count)
{
    uint32_t value = 0;

    while (count-- > 0) {
        refill(c);
        c->range >>= 1;
        value <<= 1;
        if (c->code >= c->range) {
            c->code -= c->range;
            value |= 1;
        }
    }
    return value;
}

/* `count` bits, the highest first; each has odds for all that may have come before. */
static unsigned tree(struct coder *c, uint16_t *odds, unsigned count)
{
    unsigned node = 1;

    for (unsigned i = 0; i < count; i++)
        node = node << 1 | bit(c, &odds[node]);
    return node - (1U << count);
}

/* The same, the lowest first. */
static unsigned tree_upwards(struct coder *c, uint16_t *odds, unsigned count)
{
    unsigned node = 1, value = 0;

    for (unsigned i = 0; i < count; i++) {
        unsigned b = bit(c, &odds[node]);
        node = node << 1 | b;
        value |= b << i;
    }
    return value;
}

/* After a match, the byte at its distance is a hint for as long as the literal is like it. */
static uint8_t literal(struct coder *c, uint16_t *odds, unsigned hint, bool is_hint)
{
    unsigned node = 1;

    while (node < 0x100) {
        unsigned hinted = hint >> 7 & 1, b;
        hint <<= 1;
        b = bit(c, &odds[is_hint ? (1 + hinted) * 0x100 + node : node]);
        node = node << 1 | b;
        is_hint = is_hint && b == hinted;
    }
    return (uint8_t)node;
}

static uint32_t length(struct coder *c, struct length_odds *odds, size_t position)
{
    if (!bit(c, &odds->longer))
        return LENGTH_LEAST + tree(c, odds->low[position], SHORT_BITS);
    if (!bit(c, &odds->longest))
        return LENGTH_LEAST + (1 << SHORT_BITS) + tree(c, odds->middle[position], SHORT_BITS);
    return LENGTH_LEAST + (2 << SHORT_BITS) + tree(c, odds->high, LONG_BITS);
}

/* Less one, as all distances here. */
static uint32_t distance(struct coder *c, struct odds *odds, uint32_t length)
{
    unsigned class = length - LENGTH_LEAST;
    unsigned slot = tree(c, odds->slot[class < SLOT_CLASSES ? class : SLOT_CLASSES - 1], SLOT_BITS);
    unsigned count = (slot >> 1) - 1;
    uint32_t upper = 2 | (slot & 1);

    if (slot < SLOT_NEAR)
        return slot;
    if (slot < SLOT_FAR)
        return (upper << count) + tree_upwards(c, &odds->near[(upper << count) - slot], count);
    upper = upper << (count - LAST_BITS) | even_bits(c, count - LAST_BITS);
    return (upper << LAST_BITS) + tree_upwards(c, odds->last, LAST_BITS);
}

/* One of the last four distances becomes the first of them; whether it is for more than a byte. */
static bool repeated(struct coder *c, struct odds *odds, uint32_t *last, unsigned state,
                     size_t position)
{
    unsigned which = 0;
    uint32_t chosen;

    if (!bit(c, &odds->older[state]))
        return bit(c, &odds->longer[state][position]);
    if (bit(c, &odds->older_2[state]))
        which = 1 + bit(c, &odds->older_3[state]);
    chosen = last[++which];
    for (; which > 0; which--)
        last[which] = last[which - 1];
    last[0] = chosen;
    return true;
}

static unsigned after_literal(unsigned state)
{
    if (state < 4)
        return 0;
    return state - (state < 10 ? 3 : 6);
}

/* The length of a match; its distance becomes the first of the last four. */
static uint32_t match(struct coder *c, struct odds *odds, uint32_t *last, unsigned *state,
                      size_t position)
{
    bool follows_literal = *state < STATES_LITERAL;
    uint32_t count;

    if (bit(c, &odds->repeat[*state])) {
        if (!repeated(c, odds, last, *state, position)) {
            *state = follows_literal ? 9 : 11;
            return 1;
        }
        *state = follows_literal ? 8 : 11;
        return length(c, &odds->repeat_length, position);
    }
    for (unsigned i = 3; i > 0; i--)
        last[i] = last[i - 1];
    *state = follows_literal ? 7 : 10;
    count = length(c, &odds->length, position);
    last[0] = distance(c, odds, count);
    return count;
}

/* A match without a distance marks the end: a stream that was cut or changed seldom comes to it. */
static bool is_whole(struct coder *c, struct odds *odds, uint32_t *last, unsigned state,
                     size_t position)
{
    if (!bit(c, &odds->match[state][position]))
        return false;
    (void)match(c, odds, last, &state, position);
    return last[0] == NO_DISTANCE && !c->ran_out;
}

bool unpack(uint8_t *to, size_t to_size, const uint8_t *from, size_t from_size, uint16_t *work)
{
    struct odds *odds = (struct odds *)work;
    struct coder c = {from, from + from_size, 0, 0, false};
    uint32_t last[4] = {0, 0, 0, 0};
    unsigned state = 0;
    size_t done = 0;

    for (unsigned i = 0; i < sizeof(*odds) / sizeof(uint16_t); i++)
        work[i] = ODDS_EVEN;
    for (unsigned i = 0; i < CODE_BYTES; i++)
        refill(&c);
    c.range = UINT32_MAX;
    while (done < to_size && !c.ran_out) {
        uint32_t count;
        if (!bit(&c, &odds->match[state][done % POSITIONS])) {
            to[done] = literal(&c, odds->literal[done % LITERAL_POSITIONS],
                               state < STATES_LITERAL ? 0 : to[done - last[0] - 1],
                               state >= STATES_LITERAL);
            state = after_literal(state);
            done++;
            continue;
        }
        count = match(&c, odds, last, &state, done % POSITIONS);
        if (last[0] >= done || count > to_size - done)
            return false;
        for (; count > 0; count--, done++)
            to[done] = to[done - last[0] - 1];
    }
    return is_whole(&c, odds, last, state, done % POSITIONS);
}
