/* SPDX-License-Identifier: BSD-3-Clause */
/* What a memory call is answered, in registers and in RX, and whether that is what the rules say.
 */
#include "rules/memory_answer.h"

#include <stdio.h>
#include <string.h>

static const char *head_disagrees(const struct deal *d, const struct call_made *c,
                                  const struct verdict *v, const struct memory_book *o,
                                  const struct answer *a)
{
    const struct said *r = &a->told;
    uint32_t version = o->version[c->who];
    bool all = c->kind == ASK;
    bool secure = o->page[oracle_page(o, d->range[0].address)].secure;
    uint32_t header = version == 0x10000 ? 32 : 48, entry = version >= 0x10002 ? 32 : 16;

    if (r->header.sender != d->sender || r->header.tag != d->tag || r->header.handle != d->handle)
        return "another sender, tag or handle is told";
    if (r->header.flags != ((d->kind + 1U) << 3 | d->zero))
        return "other flags are told";
    if (r->header.attributes !=
        (d->attributes | (!secure && (version > 0x10000 || o->wants_ns[c->who]) ? 0x40 : 0)))
        return "other attributes are told";
    if (r->header.count != (all ? d->count : 1) || r->composite.count != d->ranges ||
        r->composite.pages != d->pages)
        return "other numbers are told";
    if (a->length != header + r->header.count * entry + 16 + d->ranges * 16)
        return "another length is told";
    for (unsigned i = 0; i < r->header.count; i++) {
        unsigned b = all ? i : v->borrower;
        if (r->access[i].id != d->entry[b].id || r->access[i].flags != 0 ||
            r->access[i].permissions != (all ? d->entry[b].permissions : d->taken[b]))
            return "another borrower, or other permissions are told";
        if (entry == 32 && (r->access[i].own[0] != d->entry[b].own[0] ||
                            r->access[i].own[1] != d->entry[b].own[1]))
            return "other values than the sender's are told";
    }
    return NULL;
}

static const char *told_disagrees(struct memory_book *o, const struct call_made *c,
                                  const struct verdict *v, const struct answer *a)
{
    const struct deal *d = &o->deal[v->deal];
    bool more = v->outcome == TOLD_MORE;
    uint32_t version = o->version[c->who];
    bool world = c->who == NORMAL;
    uint32_t entries = world ? d->count : 1;
    uint32_t head = (version == 0x10000 ? 32 : 48) + entries * (version >= 0x10002 ? 32 : 16) + 16;
    uint32_t whole = head + d->ranges * 16;
    uint32_t before = !more ? 0 : world ? d->told_world : d->told[v->borrower];
    uint32_t first = more ? (before - head) / 16 : 0;
    const char *no = more ? NULL : head_disagrees(d, c, v, o, a);

    if (no != NULL)
        return no;
    if (a->part > whole - before || a->part % 16 != 0 || (more ? a->part == 0 : a->part < head))
        return "a part of another length is told";
    for (unsigned i = 0; i < (a->part - (more ? 0 : head)) / 16; i++)
        if (a->told.range[i].address != d->range[first + i].address ||
            a->told.range[i].pages != d->range[first + i].pages || a->told.range[i].reserved != 0)
            return "other ranges are told";
    oracle_told(o, v->deal, world ? TO_WORLD : v->borrower, before + a->part, whole);
    if (more && a->x[4] != (world ? (uint64_t)d->sender << 16 : 0))
        return "another sender is told";
    if (world && a->part != whole - before && whole - before <= TOLD_WORLD_MAX)
        return "the hypervisor is told a part";
    return NULL;
}

/* A handle that is new, or the deal's own. */
static const char *handle_disagrees(struct memory_book *o, const struct verdict *v, uint64_t handle)
{
    if (v->was_known)
        return o->deal[v->deal].handle == handle ? NULL : "another handle";
    if (oracle_deal(o, handle) >= 0 && oracle_deal(o, handle) != v->deal)
        return "a handle is given again";
    if (handle >> 63)
        return "a handle of the hypervisor's";
    o->deal[v->deal].handle = handle;
    return NULL;
}

/* Registers that every answer of this kind has as zero. */
static bool has_more_words(enum outcome outcome, const uint64_t *x)
{
    uint64_t more = x[5] | x[6] | x[7];

    if (outcome == REFUSED || outcome == PLAIN || outcome == GIVEN_HANDLE ||
        outcome == GIVEN_RIGHTS)
        more |= x[1] | x[4] | (outcome == REFUSED || outcome == GIVEN_RIGHTS ? x[3] : 0);
    if (outcome == TOLD)
        more |= x[3] | x[4];
    return more != 0;
}

const char *answer_disagrees(struct memory_book *o, const struct call_made *c,
                             const struct verdict *v, const struct answer *a)
{
    const struct deal *d = &o->deal[v->deal < 0 ? 0 : v->deal];
    const uint64_t *x = a->x;
    static char status[64];

    if (a->status != (v->outcome == REFUSED ? v->status : 0)) {
        snprintf(status, sizeof(status), "another status: %d, which should be %d", a->status,
                 v->outcome == REFUSED ? v->status : 0);
        return status;
    }
    if (c->kind >= WRITE)
        return NULL;
    if (has_more_words(v->outcome, x))
        return "another answer";
    switch (v->outcome) {
    case REFUSED:
        return NULL;
    case PLAIN:
        return x[0] == FFA_SUCCESS_32 && (x[2] | x[3]) == 0 ? NULL : "another answer";
    case GIVEN_RIGHTS:
        return x[0] == FFA_SUCCESS_32 && x[2] == v->rights ? NULL : "other permissions are told";
    case GIVEN_HANDLE:
        if (x[0] != FFA_SUCCESS_32)
            return "another answer";
        return handle_disagrees(o, v, a->handle);
    case WANTS_MORE:
        if (x[0] != FFA_MEM_FRAG_RX || (a->sent != 0 && x[3] != a->sent) ||
            x[4] != (c->who == NORMAL ? (uint64_t)d->sender << 16 : 0))
            return "another answer";
        return handle_disagrees(o, v, a->handle);
    default:
        if (x[0] != (v->outcome == TOLD ? FFA_MEM_RETRIEVE_RESP : FFA_MEM_FRAG_TX) ||
            (v->outcome == TOLD_MORE && a->handle != d->handle))
            return "another answer";
        return told_disagrees(o, c, v, a);
    }
}

/* What the caller was told of a description so far. */
uint32_t oracle_told_before(const struct memory_book *o, const struct call_made *c, uint64_t handle)
{
    int deal = oracle_deal(o, handle);

    if (deal >= 0 && c->who == NORMAL)
        return o->deal[deal].told_world;
    for (unsigned i = 0; deal >= 0 && i < o->deal[deal].count; i++)
        if (o->deal[deal].entry[i].id == id_of(c->who))
            return o->deal[deal].told[i];
    return 0;
}

/* ---- From registers and RX ---- */

static void read_told(struct answer *a, enum kind kind, uint32_t version, const uint8_t *rx)
{
    if (kind == TELL_MORE) {
        a->part = (uint32_t)a->x[3];
        memcpy(a->told.range, rx, a->part < 4096 ? a->part : 4096);
        return;
    }
    a->length = (uint32_t)a->x[1];
    a->part = (uint32_t)a->x[2];
    said_read(&a->told, version, rx);
}

void read_answer(struct answer *a, enum kind kind, uint32_t version, const uint64_t x[8],
                 const uint8_t *rx)
{
    memcpy(a->x, x, sizeof(a->x));
    a->status = a->x[0] == FFA_ERROR ? (int32_t)(uint32_t)a->x[2] : 0;
    a->sent = 0;
    if (a->x[0] == FFA_MEM_RETRIEVE_RESP || a->x[0] == FFA_MEM_FRAG_TX)
        read_told(a, kind, version, rx);
    a->handle = a->x[0] == FFA_SUCCESS_32 ? a->x[2] | a->x[3] << 32 : a->x[1] | a->x[2] << 32;
}
