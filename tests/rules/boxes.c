/* SPDX-License-Identifier: BSD-3-Clause */
/* RX and TX: who owns them (7.2, 13.8), and messages that go through them (7.3). */
#include "rules/book.h"
#include "rules/choices.h"

#include <string.h>

#define PAGE 4096ULL

/* Of a VM whose buffers were forwarded; NULL: of nobody. */
static struct box *box_of_vm(struct rules *r, uint16_t id)
{
    for (unsigned i = 0; i < VM_MAX; i++)
        if (r->b.vm[i].box.rx != RX_NONE && r->b.vm[i].id == id)
            return &r->b.vm[i].box;
    return NULL;
}

/* The one that a call names: 0 is the caller's own, others are a hypervisor's to name. */
static struct box *named(struct rules *r, uint16_t vm)
{
    if (vm == 0)
        return &caller_facts(r)->box;
    return caller_of_call(r) == THE_WORLD ? box_of_vm(r, vm) : NULL;
}

/* ---- FFA_RXTX_MAP (13.8) ---- */

static bool overlap(uint64_t a, uint64_t b, uint64_t size)
{
    return a - b < size || b - a < size;
}

static void addresses_fit(struct rules *r, uint64_t tx, uint64_t rx, uint32_t pages)
{
    must(r, pages >= 1 && pages <= MAILBOX_LIMIT, FFA_INVALID_PARAMETERS);
    must(r, tx % PAGE == 0 && rx % PAGE == 0, FFA_INVALID_PARAMETERS);
    must(r, !overlap(tx, rx, pages * PAGE), FFA_INVALID_PARAMETERS);
    r->refusals |= r->a.buffer_refusals;
}

static void becomes(struct box *box, uint64_t tx, uint64_t rx, uint32_t pages)
{
    *box = (struct box){RX_EMPTY, pages, tx, rx};
}

static uint64_t number_at(const uint8_t *from, unsigned offset, unsigned bytes)
{
    uint64_t number = 0;

    memcpy(&number, from + offset, bytes);
    return number;
}

/* A composite of one constituent, in the hypervisor's TX. */
static bool one_range(const struct rules *r, unsigned which, uint64_t *address, uint32_t *pages)
{
    uint64_t room = r->b.world.box.pages * PAGE;
    uint64_t offset = number_at(r->a.descriptor, 4 + 4 * which, 4);
    const uint8_t *is = r->a.composite[which];

    if (offset < 16 || offset % 8 != 0 || offset > room - 32)
        return false;
    *pages = (uint32_t)number_at(is, 0, 4);
    *address = number_at(is, 16, 8);
    return number_at(is, 4, 4) == 1 && number_at(is, 8, 8) == 0 && number_at(is, 24, 4) == *pages &&
           number_at(is, 28, 4) == 0;
}

/* What lies in TX decides: so it must not change meanwhile. */
static bool reads_tx(struct rules *r)
{
    r->may_abort = r->a.copies_fail;
    if (r->a.racing)
        r->open = "TX changes meanwhile";
    return !r->a.racing;
}

/* 13.8.2: a hypervisor's, for a VM. */
static void maps_for_a_vm(struct rules *r)
{
    uint16_t id = (uint16_t)number_at(r->a.descriptor, 0, 2);
    uint32_t pages = 0, tx_pages = 0;
    uint64_t tx = 0, rx = 0;
    unsigned free;

    must(r, r->b.world.box.rx != RX_NONE, FFA_INVALID_PARAMETERS);
    if (refused(r))
        return;
    if (!reads_tx(r))
        return;
    must(r, number_at(r->a.descriptor, 2, 2) == 0, FFA_INVALID_PARAMETERS);
    must(r, one_range(r, 0, &rx, &pages), FFA_INVALID_PARAMETERS);
    must(r, one_range(r, 1, &tx, &tx_pages), FFA_INVALID_PARAMETERS);
    must(r, pages == tx_pages, FFA_INVALID_PARAMETERS);
    must(r, id != FFA_ID_NORMAL_WORLD && !is_secure(id), FFA_INVALID_PARAMETERS);
    must(r, box_of_vm(r, id) == NULL, FFA_DENIED);
    for (free = 0; free < VM_MAX && r->b.vm[free].box.rx != RX_NONE; free++)
        ;
    must(r, free < VM_MAX, CHOICE_VM_LIMIT);
    addresses_fit(r, tx, rx, pages);
    if (refused(r))
        return;
    r->b.vm[free].id = id;
    becomes(&r->b.vm[free].box, tx, rx, pages);
    answers_with(r, FFA_SUCCESS_32, 0, 0);
}

void rules_map(struct rules *r)
{
    struct box *box = &caller_facts(r)->box;

    if (caller_of_call(r) == THE_WORLD && (r->a.x[1] | r->a.x[2] | w(r, 3)) == 0) {
        maps_for_a_vm(r);
        return;
    }
    must(r, box->rx == RX_NONE, FFA_DENIED);
    addresses_fit(r, r->a.x[1], r->a.x[2], w(r, 3));
    if (refused(r))
        return;
    becomes(box, r->a.x[1], r->a.x[2], w(r, 3));
    answers_with(r, FFA_SUCCESS_32, 0, 0);
}

void rules_unmap(struct rules *r)
{
    struct box *box = named(r, (uint16_t)(w(r, 1) >> 16));

    must(r, (w(r, 1) & 0xffff) == 0, FFA_INVALID_PARAMETERS);
    must(r, box != NULL && box->rx != RX_NONE, FFA_INVALID_PARAMETERS);
    if (refused(r))
        return;
    *box = (struct box){0};
    answers_with(r, FFA_SUCCESS_32, 0, 0);
}

/* ---- FFA_RX_RELEASE, FFA_RX_ACQUIRE (13.10, 13.11) ---- */

void rules_release(struct rules *r)
{
    uint16_t vm = (uint16_t)w(r, 1);
    struct box *box = named(r, vm);

    must(r, box != NULL, FFA_INVALID_PARAMETERS);
    if (refused(r))
        return;
    must(r, box->rx == RX_FULL || box->rx == RX_HELD, FFA_DENIED);
    must(r, !rx_is_announced(r, vm != 0 ? vm : caller_facts(r)->id), CHOICE_UNREAD_NEWS);
    if (refused(r))
        return;
    box->rx = RX_EMPTY;
    answers_with(r, FFA_SUCCESS_32, 0, 0);
}

void rules_acquire(struct rules *r)
{
    uint16_t vm = (uint16_t)w(r, 1);
    struct box *box = box_of_vm(r, vm);

    must(r, !is_secure(vm), FFA_NOT_SUPPORTED);
    must(r, box != NULL || is_secure(vm), FFA_INVALID_PARAMETERS);
    must(r, box == NULL || box->rx == RX_EMPTY, FFA_DENIED);
    if (refused(r))
        return;
    box->rx = RX_HELD;
    answers_with(r, FFA_SUCCESS_32, 0, 0);
}

/* ---- FFA_MSG_SEND2 (7.3) ---- */

struct party {
    struct box *box; /* NULL: nobody */
    int member;      /* NO_ONE: of the Normal world */
    uint32_t version;
};

static struct party party_by_id(struct rules *r, uint16_t id)
{
    int member = member_by_id(r, id);

    if (member >= 0)
        return (struct party){&r->b.member[member].is.box, member, r->b.member[member].is.version};
    return (struct party){id == 0 ? &r->b.world.box : box_of_vm(r, id), NO_ONE, r->b.world.version};
}

static bool has_method(const struct rules *r, const struct party *p)
{
    return p->member < 0 || r->b.member[p->member].properties & FFA_PROPERTY_INDIRECT;
}

static void receiver_takes(struct rules *r, const struct party *to)
{
    must(r, to->version >= FFA_VERSION_1_1 && has_method(r, to), FFA_DENIED);
    if (to->member >= 0 && r->b.member[to->member].life >= IS_DEAD)
        must(r, false, CHOICE_DEAD_READER);
    else
        must(r, to->box->rx == RX_EMPTY, FFA_BUSY);
}

/* The payload lies within TX, behind the header of the sender's version. */
static void content_fits(struct rules *r, const struct party *from, const struct party *to)
{
    const struct ffa_message_header *h = &r->a.header;
    bool newest = from->version >= FFA_VERSION_1_2;
    uint64_t end = (uint64_t)h->offset + h->size, uuid[2];

    memcpy(uuid, &h->uuid, sizeof(uuid));
    must(r, h->offset >= (newest ? 40 : 20) && end <= from->box->pages * PAGE,
         FFA_INVALID_PARAMETERS);
    if (newest && to->member >= 0 && (uuid[0] | uuid[1]) != 0)
        must(r, member_has_uuid(&r->b.member[to->member], uuid[0], uuid[1]),
             FFA_INVALID_PARAMETERS);
    must(r, end <= CHOICE_MESSAGE_LIMIT && end <= to->box->pages * PAGE, FFA_NO_MEMORY);
}

void rules_send2(struct rules *r)
{
    bool by_world = caller_of_call(r) == THE_WORLD;
    uint16_t id = by_world ? (uint16_t)(w(r, 1) >> 16) : caller_facts(r)->id;
    struct party from = party_by_id(r, id), to;
    bool late = !by_world && w(r, 2) & FFA_MSG_SEND2_DELAY_SRI;
    const struct ffa_message_header *h = &r->a.header;

    must(r, by_world || w(r, 1) == 0, FFA_INVALID_PARAMETERS);
    must(r, (w(r, 2) & ~(by_world ? 0U : FFA_MSG_SEND2_DELAY_SRI)) == 0, FFA_INVALID_PARAMETERS);
    must(r, from.box != NULL && from.box->rx != RX_NONE && (!by_world || !is_secure(id)),
         CHOICE_SEND_WITHOUT_TX);
    if (refused(r))
        return;
    if (!reads_tx(r))
        return;
    to = party_by_id(r, h->receiver);
    must(r, h->sender == id && h->receiver != id, FFA_INVALID_PARAMETERS);
    must(r, to.box != NULL && (!by_world || to.member >= 0), CHOICE_UNKNOWN_VM);
    must(r, has_method(r, &from), FFA_DENIED);
    if (to.box == NULL)
        return;
    receiver_takes(r, &to);
    if (to.box->rx != RX_NONE)
        content_fits(r, &from, &to);
    if (refused(r))
        return;
    to.box->rx = RX_FULL;
    r->copied_from = from.box->tx_at;
    r->copied_to = to.box->rx_at;
    r->copied = h->offset + h->size;
    answers_with(r, FFA_SUCCESS_32, 0, 0);
    announce_rx(r, h->receiver, from.member >= 0 ? 1 : 1ULL << 32, late);
}
