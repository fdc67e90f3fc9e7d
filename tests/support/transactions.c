/* SPDX-License-Identifier: BSD-3-Clause */
/* Written from the layouts of FF-A, not from core/memory_wire.c. */
#include "support/transactions.h"

#include <string.h>

static uint32_t header_bytes(uint32_t version)
{
    return version == FFA_VERSION_1_0 ? 32 : 48;
}

static uint32_t entry_bytes(const struct said *said)
{
    if (said->access_size != 0)
        return said->access_size;
    return said->version >= FFA_VERSION_1_2 ? 32 : 16;
}

static uint32_t head(const struct said *said, uint8_t *out, bool ranges)
{
    struct ffa_memory_header h = said->header;
    uint32_t each = entry_bytes(said);
    uint32_t at = header_bytes(said->version);
    uint32_t composite;

    if (h.count == 0)
        h.count = said->borrowers;
    if (said->version != FFA_VERSION_1_0) {
        if (h.offset == 0)
            h.offset = at;
        if (h.access_size == 0)
            h.access_size = each;
        at = h.offset < 1024 ? h.offset : at;
    }
    composite = at + said->borrowers * each;
    memcpy(out, &h, header_bytes(said->version));
    for (unsigned i = 0; i < said->borrowers; i++) {
        struct ffa_memory_access a = said->access[i];
        if (a.composite == 0 && ranges)
            a.composite = composite;
        memcpy(out + at + i * each, &a, each);
    }
    return composite;
}

uint32_t said_bytes(const struct said *said, void *to, uint32_t room)
{
    static uint8_t whole[48 + 9 * 32 + 1024 + 16 + DESCRIPTION_RANGES * 16];
    struct ffa_memory_composite c = said->composite;
    uint32_t at;

    memset(whole, 0, sizeof(whole));
    at = head(said, whole, true);
    if (c.count == 0)
        c.count = said->ranges;
    for (unsigned i = 0; said->composite.pages == 0 && i < said->ranges; i++)
        c.pages += said->range[i].pages;
    memcpy(whole + at, &c, sizeof(c));
    memcpy(whole + at + sizeof(c), said->range, said->ranges * sizeof(said->range[0]));
    at += (uint32_t)(sizeof(c) + said->ranges * sizeof(said->range[0]));
    memcpy(to, whole, at < room ? at : room);
    return at;
}

uint32_t said_request(const struct said *said, void *to, uint32_t room)
{
    static uint8_t whole[48 + 9 * 32 + 1024];
    uint32_t length;

    memset(whole, 0, sizeof(whole));
    length = head(said, whole, false);
    memcpy(to, whole, length < room ? length : room);
    return length;
}

void said_read(struct said *said, uint32_t version, const void *from)
{
    const uint8_t *in = from;
    uint32_t each, at;

    memset(said, 0, sizeof(*said));
    said->version = version;
    memcpy(&said->header, in, header_bytes(version));
    each = version == FFA_VERSION_1_0 ? 16 : said->header.access_size;
    at = version == FFA_VERSION_1_0 ? 32 : said->header.offset;
    said->borrowers = said->header.count;
    for (unsigned i = 0; i < said->borrowers && i < 9; i++)
        memcpy(&said->access[i], in + at + i * each, each);
    at = said->access[0].composite;
    memcpy(&said->composite, in + at, sizeof(said->composite));
    said->ranges = said->composite.count;
    for (unsigned i = 0; i < said->ranges && i < DESCRIPTION_RANGES; i++)
        memcpy(&said->range[i], in + at + 16 + i * 16, 16);
}
