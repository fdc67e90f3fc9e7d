/* SPDX-License-Identifier: BSD-3-Clause */
/* A memory call, as its registers and TX have it. */
#include <string.h>

#include "core/memory.h"
#include "rules/memory_answer.h"
#include "rules/memory_read.h"
#include "support/port_model.h"

/* What a caller's TX is; nothing without buffers. */
struct buffer {
    const uint8_t *bytes;
    uint32_t size;
};

static bool reads(const struct buffer *tx, void *to, uint64_t at, size_t size)
{
    if (at + size > tx->size)
        return false;
    memcpy(to, tx->bytes + at, size);
    return true;
}

static uint32_t header_bytes(uint32_t version)
{
    return version == FFA_VERSION_1_0 ? 32 : 48;
}

/* ---- Header and entries ---- */

struct head {
    struct ffa_memory_header header;
    uint32_t composite; /* of the first entry */
    uint32_t end;       /* of the entries */
};

static void read_entry(struct call_made *c, unsigned i, const struct ffa_memory_access *a,
                       struct head *h)
{
    bool is_short = c->entry_bytes == 16;

    c->entry[i] = (struct party){a->id, a->permissions, a->flags, {a->own[0], a->own[1]}, false};
    if (i == 0)
        h->composite = a->composite;
    c->entry[i].unlike = a->composite != h->composite;
    c->composite_off |= a->composite != 0; /* of a request; a send says it anew */
    c->malformed |= is_short ? a->own[0] != 0 : a->reserved != 0;
}

/* Within `length` bytes. A hypervisor's question has no entries. */
static void read_head(struct call_made *c, struct head *h, const struct buffer *tx,
                      uint32_t version, uint32_t length)
{
    uint32_t least = header_bytes(version);
    struct ffa_memory_access a;

    memset(h, 0, sizeof(*h));
    c->malformed |= length < least || length > tx->size;
    if (c->malformed || !reads(tx, &h->header, 0, least))
        return;
    c->sender = h->header.sender;
    c->attributes = h->header.attributes;
    c->flags = h->header.flags;
    c->tag = h->header.tag;
    if (version == FFA_VERSION_1_0) {
        c->malformed |= h->header.access_size != 0;
        h->header.access_size = 16;
        h->header.offset = least;
    }
    c->malformed |= (h->header.reserved[0] | h->header.reserved[1] | h->header.reserved[2]) != 0 &&
                    version != FFA_VERSION_1_0;
    c->entry_bytes = 16;
    if (c->malformed ||
        (h->header.count == 0 && (h->header.access_size == 0 || h->header.access_size == 16)))
        return;
    c->malformed |= (h->header.access_size != 16 && h->header.access_size != 32) ||
                    h->header.count == 0 || h->header.count > PARTIES ||
                    h->header.offset % 16 != 0 || h->header.offset < least;
    if (c->malformed)
        return;
    c->entry_bytes = (uint8_t)h->header.access_size;
    c->count = h->header.count;
    h->end = h->header.offset + c->count * c->entry_bytes;
    c->malformed |= h->header.offset > length || h->end > length;
    for (unsigned i = 0; i < c->count && !c->malformed; i++) {
        memset(&a, 0, sizeof(a));
        reads(tx, &a, h->header.offset + i * c->entry_bytes, c->entry_bytes);
        read_entry(c, i, &a, h);
    }
}

/* ---- Sending ---- */

/* As many as lie between two places of TX. */
static void read_pieces(struct call_made *c, struct memory_book *o, const struct buffer *tx,
                        uint32_t from, uint32_t end)
{
    c->now = end < from ? 0 : (end - from) / 16;
    c->bytes_more = end < from ? 1 : (int)((end - from) % 16);
    if (c->now > RANGES) {
        o->open = "more ranges than the book has room for";
        c->now = 0;
    }
    for (unsigned i = 0; i < c->now; i++)
        c->malformed |= !reads(tx, &c->range[i], from + i * 16, 16);
}

static void read_composite(struct call_made *c, struct memory_book *o, const struct buffer *tx,
                           const struct head *h, uint32_t length, uint32_t fragment)
{
    struct ffa_memory_composite composite = {0};
    uint32_t at = h->composite, begin = at + 16;

    c->composite_off = at % 16 != 0 || at < h->end || at > fragment || fragment - at < 16;
    if (c->composite_off || !reads(tx, &composite, at, 16))
        return;
    c->pages_said = composite.pages;
    c->ranges_said = composite.count;
    c->composite_reserved = composite.reserved != 0;
    c->ranges = (length - begin) % 16 == 0 ? (length - begin) / 16 : composite.count + 1;
    read_pieces(c, o, tx, begin, fragment);
}

/* The part of it that is in TX was read so far. */
static void goes_on(struct call_made *c, struct memory_book *o, const struct buffer *tx,
                    const struct transaction *t, uint32_t end)
{
    c->kind = SEND_MORE;
    c->goes_on = true;
    if (t->received < t->length)
        read_pieces(c, o, tx, t->part, end);
}

static void read_send(struct call_made *c, uint64_t *handle, struct memory_book *o,
                      const struct spmc *s, const struct vcpu *v, const struct buffer *tx,
                      const uint64_t *x)
{
    uint32_t length = (uint32_t)x[1], fragment = (uint32_t)x[2];
    int deal = hidden_deal(o, v);
    struct head h;

    c->x3 = x[3];
    c->malformed = fragment > length || fragment > tx->size || tx->size == 0;
    if (c->malformed || c->x3 != 0 || c->w4 != 0)
        return;
    if (deal >= 0 && o->deal[deal].kind == c->kind &&
        s->memory->transactions[deal].length == length) {
        *handle = o->deal[deal].handle;
        goes_on(c, o, tx, &s->memory->transactions[deal], fragment);
        return;
    }
    c->forgets = true;
    read_head(c, &h, tx, o->version[c->who], fragment);
    c->twist = h.header.handle;
    if (!c->malformed && c->count != 0)
        read_composite(c, o, tx, &h, length, fragment);
}

static void read_send_more(struct call_made *c, uint64_t handle, struct memory_book *o,
                           const struct spmc *s, const struct vcpu *v, const struct buffer *tx,
                           uint32_t bytes)
{
    int deal = oracle_deal(o, handle);
    const struct transaction *t = deal < 0 ? NULL : &s->memory->transactions[deal];
    bool good = t != NULL && o->deal[deal].phase == SENDING && o->deal[deal].who == c->who &&
                deal != hidden_deal(o, v) &&
                c->w4 == (c->who == NORMAL ? (uint32_t)o->deal[deal].sender << 16 : 0);

    c->malformed = bytes == 0 || bytes > tx->size;
    if (c->malformed)
        return;
    if (good && (t->part != 0 || t->received == t->length))
        goes_on(c, o, tx, t, bytes);
    else
        read_pieces(c, o, tx, 0, bytes);
}

/* ---- The others ---- */

static void read_request(struct call_made *c, uint64_t *handle, const struct memory_book *o,
                         const struct buffer *tx, const uint64_t *x)
{
    struct head h;

    c->x3 = x[3];
    c->bytes_more = (uint32_t)x[1] != (uint32_t)x[2] || tx->size == 0;
    read_head(c, &h, tx, o->version[c->who], (uint32_t)x[1]);
    *handle = h.header.handle;
    if (c->kind == RETRIEVE)
        c->longer = c->count == 0 || h.end != (uint32_t)x[1];
}

static void read_relinquish(struct call_made *c, uint64_t *handle, const struct buffer *tx)
{
    struct ffa_memory_relinquish r = {0};

    c->malformed = !reads(tx, &r, 0, sizeof(r));
    *handle = c->malformed ? 0 : r.handle;
    c->flags = r.flags;
    c->named_count = r.count;
    c->named = r.id[0];
}

static void read_permissions(struct call_made *c, const struct spmc *s, const struct vcpu *v,
                             const uint64_t *x)
{
    c->may = s->partitions[v->partition].s_el0 && v->model == MODEL_INIT;
    c->malformed = x[1] % PAGE_BYTES != 0 || x[1] >> 36 != 0;
    c->range[0] = (struct piece){x[1], c->kind == PERMIT ? (uint32_t)x[2] : 1, 0};
    c->flags = (uint32_t)x[3];
    c->malformed |= c->range[0].pages > PERM_PAGES_MAX;
    c->now = !c->malformed;
}

static enum kind kind_of(uint32_t function, bool world)
{
    switch (function & ~(uint32_t)(FFA_SMC64 | FFA_SVE_HINT)) {
    case FFA_MEM_DONATE_32:
        return DONATE;
    case FFA_MEM_LEND_32:
        return LEND;
    case FFA_MEM_SHARE_32:
        return SHARE;
    case FFA_MEM_RETRIEVE_REQ_32:
        return world ? ASK : RETRIEVE;
    case FFA_MEM_RELINQUISH:
        return RELINQUISH;
    case FFA_MEM_RECLAIM:
        return RECLAIM;
    case FFA_MEM_FRAG_RX:
        return TELL_MORE;
    case FFA_MEM_FRAG_TX:
        return SEND_MORE;
    case FFA_MEM_PERM_GET_32:
        return RIGHTS;
    default:
        return PERMIT;
    }
}

void read_memory_call(struct call_made *c, uint64_t *handle, struct memory_book *o,
                      const struct spmc *s, const struct vcpu *v, const uint64_t *x)
{
    const struct endpoint *e = v != NULL ? &s->partitions[v->partition].endpoint : &s->normal;
    struct buffer tx = {NULL, 0};
    uint64_t wide[5];

    for (unsigned i = 1; i < 5; i++) /* the upper half of a 32-bit call's registers is nobody's */
        wide[i] = x[0] & FFA_SMC64 ? x[i] : (uint32_t)x[i];
    memset(c, 0, sizeof(*c));
    c->who = (uint8_t)(v != NULL ? v->partition + 1 : NORMAL);
    c->kind = (uint8_t)kind_of((uint32_t)x[0], v == NULL);
    c->w4 = (uint32_t)x[4];
    *handle = (uint32_t)x[1] | x[2] << 32;
    if (e->mailbox.state != MAILBOX_UNMAPPED)
        tx = (struct buffer){port_model_memory(e->mailbox.tx, e->mailbox.pages * PAGE_BYTES),
                             (uint32_t)(e->mailbox.pages * PAGE_BYTES)};
    switch (c->kind) {
    case SHARE:
    case LEND:
    case DONATE:
        read_send(c, handle, o, s, v, &tx, wide);
        break;
    case SEND_MORE:
        read_send_more(c, *handle, o, s, v, &tx, (uint32_t)x[3]);
        break;
    case RETRIEVE:
    case ASK:
        read_request(c, handle, o, &tx, wide);
        break;
    case RELINQUISH:
        read_relinquish(c, handle, &tx);
        break;
    case TELL_MORE:
        c->offset = (uint32_t)x[3] != oracle_told_before(o, c, *handle);
        break;
    case RECLAIM:
        c->flags = (uint32_t)x[3];
        break;
    default:
        read_permissions(c, s, v, wide);
        break;
    }
}
