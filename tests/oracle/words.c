/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls as they are meant, as registers and bytes in TX. */
#include "oracle/words.h"

#include <string.h>

#include "core/spmc.h"
#include "support/transactions.h"

#define WORDS(x, ...) memcpy((x), (const uint64_t[8]){__VA_ARGS__}, 8 * sizeof(uint64_t))

static void put_entries(struct said *said, const struct call_made *c, uint32_t version)
{
    said->borrowers = c->count;
    said->access_size = c->entry_bytes <= 16 ? 16 : 32;
    if (version != FFA_VERSION_1_0)
        said->header.access_size = c->entry_bytes;
    for (unsigned i = 0; i < c->count; i++) {
        const struct party *e = &c->entry[i];
        said->access[i] = (struct ffa_memory_access){
            e->id, e->permissions, e->flags, c->composite_off ? 8 : 0, {e->own[0], e->own[1]}, 0};
        if (c->entry_bytes <= 16)
            said->access[i].own[0] = said->access[i].own[1] = 0;
    }
}

static void describe(struct said *said, const struct call_made *c, uint64_t handle,
                     uint32_t version)
{
    said->version = version;
    said->header = (struct ffa_memory_header){.sender = c->sender,
                                              .attributes = c->attributes,
                                              .flags = c->flags,
                                              .handle = handle,
                                              .tag = c->tag};
    put_entries(said, c, version);
    said->composite =
        (struct ffa_memory_composite){c->pages_said, c->ranges_said, c->composite_reserved};
    said->ranges = c->ranges;
    memcpy(said->range, c->range, c->ranges * sizeof(said->range[0]));
}

static uint32_t send_words(const struct call_made *c, uint32_t version, uint64_t x[8], void *tx)
{
    static const uint32_t functions[] = {FFA_MEM_SHARE_64, FFA_MEM_LEND_32, FFA_MEM_DONATE_64};
    static struct said said;
    uint32_t length;

    describe(&said, c, c->twist, version);
    length = said_bytes(&said, tx, PAGE_BYTES);
    WORDS(x, functions[c->kind], length,
          length - 16 * (c->ranges - c->now) + (uint32_t)c->bytes_more, c->x3, c->w4);
    return length;
}

static uint32_t send_more_words(const struct call_made *c, uint64_t handle, uint64_t x[8], void *tx)
{
    memcpy(tx, &c->range[c->from], c->now * 16);
    WORDS(x, FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, c->now * 16 + (uint32_t)c->bytes_more,
          c->w4);
    return c->now * 16;
}

static uint32_t retrieve_words(const struct call_made *c, uint64_t handle, uint32_t version,
                               uint64_t x[8], void *tx)
{
    static struct said said;
    uint32_t length;

    describe(&said, c, handle, version);
    length = said_request(&said, tx, PAGE_BYTES);
    WORDS(x, FFA_MEM_RETRIEVE_REQ_32, length, length + (uint32_t)c->bytes_more, c->x3, c->w4);
    return length;
}

/* 48 bytes in any version, as pKVM does. */
static uint32_t ask_words(const struct call_made *c, uint64_t handle, uint64_t x[8], void *tx)
{
    const struct ffa_memory_header h = {
        .sender = c->sender,
        .attributes = c->attributes,
        .flags = c->flags,
        .handle = handle,
        .tag = c->tag,
    };

    memcpy(tx, &h, sizeof(h));
    WORDS(x, FFA_MEM_RETRIEVE_REQ_64, sizeof(h), sizeof(h));
    return sizeof(h);
}

static uint32_t relinquish_words(const struct call_made *c, uint64_t handle, uint64_t x[8],
                                 void *tx)
{
    const struct ffa_memory_relinquish r = {handle, c->flags, c->named_count, {c->named}};

    memcpy(tx, &r, sizeof(r));
    WORDS(x, FFA_MEM_RELINQUISH);
    return sizeof(r);
}

uint32_t call_words(const struct call_made *c, uint64_t handle, uint32_t told, uint32_t version,
                    uint64_t x[8], void *tx)
{
    switch (c->kind) {
    case SEND_MORE:
        return send_more_words(c, handle, x, tx);
    case RETRIEVE:
        return retrieve_words(c, handle, version, x, tx);
    case ASK:
        return ask_words(c, handle, x, tx);
    case TELL_MORE:
        WORDS(x, FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, told - c->offset, c->w4);
        return 0;
    case RELINQUISH:
        return relinquish_words(c, handle, x, tx);
    case RECLAIM:
        WORDS(x, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, c->flags);
        return 0;
    case RELEASE:
        WORDS(x, FFA_RX_RELEASE);
        return 0;
    default:
        return send_words(c, version, x, tx);
    }
}
