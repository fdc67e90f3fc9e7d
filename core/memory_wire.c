/* SPDX-License-Identifier: BSD-3-Clause */
/* Descriptions of memory transactions, as bytes in TX and RX. */
#include "core/memory.h"

#include "core/port.h"
#include "core/trace.h"

static bool is_old(const struct endpoint *who)
{
    return who->version < FFA_VERSION_1_1;
}

static uint32_t header_bytes(const struct endpoint *who)
{
    return is_old(who) ? FFA_MEMORY_HEADER_1_0 : FFA_MEMORY_HEADER_1_1;
}

static uint32_t access_bytes(const struct endpoint *who)
{
    return who->version >= FFA_VERSION_1_2 ? FFA_MEMORY_ACCESS_1_2 : FFA_MEMORY_ACCESS_1_0;
}

/* A header of version 1.0 becomes one of 1.1. */
static bool header_is_sound(const struct endpoint *who, struct ffa_memory_header *h)
{
    if (is_old(who)) {
        if (h->access_size != 0)
            return false;
        h->access_size = FFA_MEMORY_ACCESS_1_0;
        h->offset = FFA_MEMORY_HEADER_1_0;
        return true;
    }
    return (h->reserved[0] | h->reserved[1] | h->reserved[2]) == 0;
}

/* A hypervisor that asks about a transaction names no borrower, and nothing else. */
static bool has_no_entries(const struct ffa_memory_header *h)
{
    return h->count == 0 && (h->access_size == 0 || h->access_size == FFA_MEMORY_ACCESS_1_0);
}

static bool entries_fit(const struct endpoint *who, const struct ffa_memory_header *h,
                        uint32_t length)
{
    bool size = h->access_size == FFA_MEMORY_ACCESS_1_0 ||
                (h->access_size == FFA_MEMORY_ACCESS_1_2 && who->version >= FFA_VERSION_1_2);

    return size && h->count != 0 && h->count <= BORROWER_MAX && h->offset % 16 == 0 &&
           h->offset >= header_bytes(who) && h->offset <= length &&
           h->count * h->access_size <= length - h->offset;
}

/* What is reserved, in either form of an entry, and in its permissions. */
static bool access_is_sound(const struct ffa_memory_header *h, const struct ffa_memory_access *a)
{
    bool other = h->access_size == FFA_MEMORY_ACCESS_1_0 ? a->own[0] != 0 : a->reserved != 0;

    return !other && !(a->flags & ~FFA_ACCESS_OTHER) && a->permissions >> 4 == 0 &&
           (a->permissions & FFA_ACCESS_DATA) != FFA_ACCESS_DATA &&
           (a->permissions & FFA_ACCESS_CODE) != FFA_ACCESS_CODE;
}

COLD bool description_is_elsewhere(const struct call *c)
{
    const uint64_t *x = c->regs->x;

    return ((x[0] & FFA_SMC64 ? x[3] : (uint32_t)x[3]) | (uint32_t)x[4]) != 0;
}

refusal description_read(const struct call *c, uint32_t length, struct description *d)
{
    const struct endpoint *who = c->who;
    struct ffa_memory_header *h = &d->header;

    __builtin_memset(d, 0, sizeof(*d));
    if (length < header_bytes(who) || length > who->mailbox.pages * PAGE_BYTES)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a length that does not fit");
    if (!trace_copy_in(c, h, who->mailbox.tx, header_bytes(who)))
        return REFUSAL(FFA_ABORTED, "TX is gone");
    if (!header_is_sound(who, h))
        return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved field is not zero");
    if (has_no_entries(h))
        return NULL;
    if (!entries_fit(who, h, length))
        return REFUSAL(FFA_INVALID_PARAMETERS, "entries that do not fit");
    d->end = h->offset + h->count * h->access_size;
    for (unsigned i = 0; i < h->count; i++) {
        if (!trace_copy_in(c, &d->access[i], who->mailbox.tx + h->offset + i * h->access_size,
                           h->access_size))
            return REFUSAL(FFA_ABORTED, "TX is gone");
        if (!access_is_sound(h, &d->access[i]))
            return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved field is not zero");
    }
    return NULL;
}

/* Bytes before the first range. */
static uint32_t head_bytes(const struct endpoint *who, unsigned borrowers)
{
    return header_bytes(who) + borrowers * access_bytes(who) +
           (uint32_t)sizeof(struct ffa_memory_composite);
}

static unsigned borrowers_told(const struct transaction *t, const struct borrower *borrower)
{
    return borrower != NULL ? 1 : t->borrower_count;
}

uint32_t description_bytes(const struct endpoint *who, const struct transaction *t,
                           const struct borrower *borrower)
{
    return head_bytes(who, borrowers_told(t, borrower)) +
           t->ranges * (uint32_t)sizeof(struct ffa_memory_range);
}

static uint16_t attributes_told(const struct endpoint *who, const struct transaction *t)
{
    bool told = t->non_secure && (!is_old(who) || who->wants_ns_bit);

    return (uint16_t)(t->attributes | (told ? FFA_MEMORY_NON_SECURE : 0));
}

/* To a borrower what it has, to the hypervisor what the sender said. */
static uint32_t write_head(uint8_t *to, const struct endpoint *who, const struct transaction *t,
                           const struct borrower *borrower)
{
    struct ffa_memory_header *h = (void *)to;
    struct ffa_memory_composite *c;
    unsigned count = borrowers_told(t, borrower);
    uint32_t head = head_bytes(who, count);

    __builtin_memset(to, 0, head);
    h->sender = t->sender;
    h->attributes = attributes_told(who, t);
    h->flags = (uint32_t)t->kind << FFA_MEMORY_KIND_SHIFT | t->zero;
    h->handle = t->handle;
    h->tag = t->tag;
    h->access_size = is_old(who) ? 0 : access_bytes(who);
    h->count = count;
    h->offset = FFA_MEMORY_HEADER_1_1; /* in version 1.0 the first entry takes its place */
    to += header_bytes(who);
    for (unsigned i = 0; i < count; i++, to += access_bytes(who)) {
        const struct borrower *b = borrower != NULL ? borrower : &t->borrower[i];
        struct ffa_memory_access *a = (void *)to;
        a->id = b->id;
        a->permissions = borrower != NULL ? b->taken : b->permissions;
        a->composite = head - (uint32_t)sizeof(*c);
        if (who->version >= FFA_VERSION_1_2)
            __builtin_memcpy(a->own, b->own, sizeof(a->own));
    }
    c = (void *)to;
    c->pages = t->pages;
    c->count = t->ranges;
    return head;
}

/* Ranges from a number on, as long as there is room. */
static uint32_t write_ranges(uint8_t *to, const struct spmc *s, const struct transaction *t,
                             uint32_t number, uint32_t room)
{
    const struct page_range *r = transaction_range(s, t, number);
    uint32_t count = t->ranges - number;
    struct ffa_memory_range *out = (struct ffa_memory_range *)(void *)to;

    if (count > room / sizeof(*out))
        count = room / sizeof(*out);
    for (uint32_t i = 0; i < count; i++, r++) {
        if (i != 0 && (number + i) % CHUNK_RANGES == 0)
            r = transaction_range(s, t, number + i);
        out[i] = (struct ffa_memory_range){(uint64_t)r->first * PAGE_BYTES, r->count, 0};
    }
    return count * (uint32_t)sizeof(*out);
}

uint32_t description_write(struct spmc *s, struct endpoint *who, const struct transaction *t,
                           const struct borrower *borrower, uint32_t from)
{
    uint8_t *out = (uint8_t *)s->manifest;
    uint32_t head = head_bytes(who, borrowers_told(t, borrower));
    uint32_t room = borrower != NULL ? TOLD_MAX : TOLD_WORLD_MAX;
    uint32_t done = from == 0 ? write_head(out, who, t, borrower) : 0;
    uint32_t number = from == 0 ? 0 : (from - head) / (uint32_t)sizeof(struct ffa_memory_range);

    done += write_ranges(out + done, s, t, number, room - done);
    if (!port_copy_out(who->mailbox.rx, out, done))
        return 0;
    who->mailbox.state = MAILBOX_FULL;
    return done;
}
