/* SPDX-License-Identifier: BSD-3-Clause */
/* Descriptions of memory transactions, as bytes in TX and RX. */
#include "core/memory.h"

#include "core/port.h"

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

refusal description_read(const struct endpoint *who, uint32_t length, struct description *d)
{
    struct ffa_memory_header *h = &d->header;

    __builtin_memset(d, 0, sizeof(*d));
    if (length < header_bytes(who) || length > who->mailbox.pages * PAGE_BYTES)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a length that does not fit");
    if (!port_copy_in(h, who->mailbox.tx, header_bytes(who)))
        return REFUSAL(FFA_ABORTED, "TX is gone");
    if (!header_is_sound(who, h))
        return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved field is not zero");
    if (has_no_entries(h))
        return NULL;
    if (!entries_fit(who, h, length))
        return REFUSAL(FFA_INVALID_PARAMETERS, "entries that do not fit");
    d->end = h->offset + h->count * h->access_size;
    for (unsigned i = 0; i < h->count; i++) {
        if (!port_copy_in(&d->access[i], who->mailbox.tx + h->offset + i * h->access_size,
                          h->access_size))
            return REFUSAL(FFA_ABORTED, "TX is gone");
        if (!access_is_sound(h, &d->access[i]))
            return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved field is not zero");
    }
    return NULL;
}

uint32_t description_head(const struct endpoint *who, unsigned borrowers)
{
    return header_bytes(who) + borrowers * access_bytes(who) +
           (uint32_t)sizeof(struct ffa_memory_composite);
}

static uint16_t attributes_told(const struct endpoint *who, const struct transaction *t)
{
    bool told = t->non_secure && (!is_old(who) || who->wants_ns_bit);

    return (uint16_t)(t->attributes | (told ? FFA_MEMORY_NON_SECURE : 0));
}

/* To a borrower what it has, to the hypervisor what the sender said. */
static void write_access(uint8_t *to, const struct endpoint *who, const struct borrower *b,
                         uint8_t permissions, uint32_t composite)
{
    struct ffa_memory_access a = {b->id, permissions, 0, composite, {0, 0}, 0};

    if (who->version >= FFA_VERSION_1_2) {
        a.own[0] = b->own[0];
        a.own[1] = b->own[1];
    }
    __builtin_memcpy(to, &a, access_bytes(who));
}

static uint32_t write_head(uint8_t *to, const struct endpoint *who, const struct transaction *t,
                           const struct borrower *borrower)
{
    unsigned count = borrower != NULL ? 1 : t->borrower_count;
    uint32_t head = description_head(who, count);
    uint32_t composite = head - (uint32_t)sizeof(struct ffa_memory_composite);
    struct ffa_memory_header h = {
        .sender = t->sender,
        .attributes = attributes_told(who, t),
        .flags = (uint32_t)t->kind << FFA_MEMORY_KIND_SHIFT | t->zero,
        .handle = t->handle,
        .tag = t->tag,
        .access_size = is_old(who) ? 0 : access_bytes(who),
        .count = count,
        .offset = FFA_MEMORY_HEADER_1_1,
    };
    struct ffa_memory_composite c = {t->pages, t->ranges, 0};

    __builtin_memcpy(to, &h, header_bytes(who));
    for (unsigned i = 0; i < count; i++) {
        const struct borrower *b = borrower != NULL ? borrower : &t->borrower[i];
        write_access(to + header_bytes(who) + i * access_bytes(who), who, b,
                     borrower != NULL ? b->taken : b->permissions, composite);
    }
    __builtin_memcpy(to + composite, &c, sizeof(c));
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
    uint32_t head = description_head(who, borrower != NULL ? 1 : t->borrower_count);
    uint32_t room = borrower != NULL ? TOLD_MAX : PAGE_BYTES;
    uint32_t done = from == 0 ? write_head(out, who, t, borrower) : 0;
    uint32_t number = from == 0 ? 0 : (from - head) / (uint32_t)sizeof(struct ffa_memory_range);

    done += write_ranges(out + done, s, t, number, room - done);
    if (!port_copy_out(who->mailbox.rx, out, done))
        return 0;
    who->mailbox.state = MAILBOX_FULL;
    return done;
}
