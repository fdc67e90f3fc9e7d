/* SPDX-License-Identifier: BSD-3-Clause */
/* The sender's side: FFA_MEM_SHARE, LEND, DONATE, FRAG_TX, and RECLAIM. */
#include "core/memory.h"

#include "core/port.h"
#include "core/stage2.h"
#include "core/trace.h"
#include "core/vcpu.h"

#define RANGES_AT_ONCE 32
#define RANGE_BYTES ((uint32_t)sizeof(struct ffa_memory_range))

refusal memory_again(struct call *c)
{
    c->regs->pc -= 4;
    return ANSWERED;
}

/* ---- What a sender may ask ---- */

static uint8_t kind_of(uint64_t function)
{
    switch ((uint32_t)function & ~(uint32_t)(FFA_SMC64 | FFA_SVE_HINT)) {
    case FFA_MEM_DONATE_32:
        return FFA_MEMORY_DONATED;
    case FFA_MEM_LEND_32:
        return FFA_MEMORY_LENT;
    default:
        return FFA_MEMORY_SHARED;
    }
}

static refusal check_attributes(uint8_t kind, const struct ffa_memory_header *h)
{
    unsigned type = h->attributes & FFA_MEMORY_TYPE;
    bool several = h->count > 1;

    if (h->attributes & ~(FFA_MEMORY_NON_SECURE - 1) || type == FFA_MEMORY_TYPE)
        return REFUSAL(FFA_INVALID_PARAMETERS, "attributes that are reserved");
    if (kind == FFA_MEMORY_SHARED ? type == 0 : type != 0 && !several)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a type or permissions given, or not given");
    if (type != 0 && h->attributes != FFA_MEMORY_USUAL)
        return REFUSAL(FFA_DENIED, "memory of another type");
    return NULL;
}

static refusal check_header(const struct call *c, uint8_t kind, const struct ffa_memory_header *h)
{
    uint32_t flags = FFA_MEMORY_TIME_SLICE | (kind == FFA_MEMORY_SHARED ? 0 : FFA_MEMORY_ZERO);

    if (c->from != NULL ? h->sender != c->who->id : (h->sender & FFA_ID_SECURE) != 0)
        return REFUSAL(FFA_DENIED, "the sender is not the caller");
    if (h->handle != 0)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a handle before there is one");
    if (h->flags & ~flags)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved flag is set");
    if (h->count == 0 || (kind == FFA_MEMORY_DONATED && h->count != 1))
        return REFUSAL(FFA_INVALID_PARAMETERS, "a wrong number of borrowers");
    return check_attributes(kind, h);
}

/* Beside partitions, memory that is shared may have one of the Normal world's VMs, which its
 * hypervisor looks after. */
static bool allows_vms(const struct transaction *t, const struct description *d)
{
    return t->kind == FFA_MEMORY_SHARED && !(t->sender & FFA_ID_SECURE) && d->header.count > 1;
}

static refusal check_access(struct spmc *s, struct transaction *t, const struct description *d,
                            const struct ffa_memory_access *a)
{
    unsigned data = a->permissions & FFA_ACCESS_DATA;

    if (a->flags != 0 || a->composite != d->access[0].composite)
        return REFUSAL(FFA_INVALID_PARAMETERS, "an entry unlike the first");
    if (transaction_borrower(t, a->id) != NULL)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a borrower is named twice");
    if (a->id == t->sender || ((a->id & FFA_ID_SECURE) && partition_by_id(s, a->id) == NULL))
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such borrower");
    if (!(a->id & FFA_ID_SECURE) && !allows_vms(t, d))
        return REFUSAL(FFA_DENIED, "memory goes to partitions");
    if ((t->kind == FFA_MEMORY_DONATED) != (data == 0) || (a->permissions & FFA_ACCESS_CODE) != 0)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a type or permissions given, or not given");
    return NULL;
}

static refusal read_entries(struct spmc *s, struct transaction *t, const struct description *d)
{
    bool any = false;

    for (unsigned i = 0; i < d->header.count; i++) {
        const struct ffa_memory_access *a = &d->access[i];
        refusal no;

        no = check_access(s, t, d, a);
        if (no != NULL)
            return no;
        t->borrower[i] = (struct borrower){
            .id = a->id, .permissions = a->permissions, .own = {a->own[0], a->own[1]}};
        t->borrower_count++;
        any |= a->id & FFA_ID_SECURE;
    }
    return any ? NULL : REFUSAL(FFA_DENIED, "memory goes to partitions");
}

static refusal read_composite(const struct call *c, struct transaction *t,
                              const struct description *d, uint32_t fragment)
{
    struct ffa_memory_composite composite;
    uint32_t at = d->access[0].composite;
    uint32_t begin = at + (uint32_t)sizeof(composite);

    if (at % 16 != 0 || at < d->end || at > fragment || fragment - at < sizeof(composite))
        return REFUSAL(FFA_INVALID_PARAMETERS, "a composite that does not fit");
    if (!trace_copy_in(c, &composite, c->who->mailbox.tx + at, sizeof(composite)))
        return REFUSAL(FFA_ABORTED, "TX is gone");
    if (composite.reserved != 0 || composite.count == 0 || composite.pages == 0)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a composite that does not fit");
    if (composite.count > TRANSACTION_RANGES_MAX || composite.pages > TRANSACTION_PAGES_MAX)
        return REFUSAL(FFA_NO_MEMORY, "more ranges or pages than the limit");
    if (t->length != begin + composite.count * RANGE_BYTES)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a length that does not fit");
    t->pages_said = composite.pages;
    t->received = begin;
    t->part = begin;
    return NULL;
}

/* ---- Ranges ---- */

static bool range_is_sound(const struct ffa_memory_range *r)
{
    uint64_t pages = 1ULL << (STAGE2_ADDRESS_BITS - 12);

    return r->reserved == 0 && r->pages != 0 && r->pages <= pages && r->address % PAGE_BYTES == 0 &&
           r->address / PAGE_BYTES <= pages - r->pages;
}

/* Takes in the ranges that are in TX up to `end` bytes: a partition's, until somebody waits. */
static refusal read_ranges(struct spmc *s, const struct call *c, struct transaction *t,
                           uint32_t end)
{
    struct ffa_memory_range range[RANGES_AT_ONCE];
    uint32_t n = 0;

    do {
        t->received += n;
        t->part += n;
        n = end - t->part < sizeof(range) ? end - t->part : (uint32_t)sizeof(range);
        if (!trace_copy_in(c, range, c->who->mailbox.tx + t->part, n))
            return REFUSAL(FFA_ABORTED, "TX is gone");
        for (unsigned i = 0; i < n / RANGE_BYTES; i++) {
            if (!range_is_sound(&range[i]) || range[i].pages > t->pages_said - t->pages)
                return REFUSAL(FFA_INVALID_PARAMETERS, "a range that cannot be");
            if (!transaction_append(s, t, range[i].address, range[i].pages))
                return REFUSAL(FFA_NO_MEMORY, "no more transactions, or ranges");
        }
    } while (n != 0 && (c->from == NULL || !trace_is_wanted(c)));
    t->received += n;
    t->part += n;
    return NULL;
}

/* Whether the range at a cursor shares a page with one before it. */
COLD static bool overlaps_earlier(const struct spmc *s, const struct transaction *t,
                                  const struct cursor *at)
{
    const struct chunk *chunk = &s->memory->chunks[t->first_chunk];
    const struct page_range *failed = &s->memory->chunks[at->chunk].range[at->slot];
    const struct page_range *r = chunk->range;

    while (r != failed) {
        if (r->first < failed->first + failed->count && failed->first < r->first + r->count)
            return true;
        if (++r == &chunk->range[CHUNK_RANGES]) {
            chunk = &s->memory->chunks[chunk->next];
            r = chunk->range;
        }
    }
    return false;
}

/* The memory is a partition's: in which space, of which kind, with what rights, the first page
 * tells; all others must be like it. */
static refusal check_owner(struct spmc *s, struct transaction *t)
{
    const struct partition *p = memory_sender(s, t);
    uint64_t address = (uint64_t)transaction_range(s, t, 0)->first * PAGE_BYTES;
    uint64_t entry;
    unsigned space;

    if (p == NULL) {
        t->non_secure = true;
        t->writable = true;
        return NULL;
    }
    space = stage2_space_with(s, p, address);
    t->non_secure = space == SPACE_NON_SECURE;
    entry = stage2_entry(s, p, space, address);
    t->entry = entry & ENTRY_KIND;
    t->device = !(entry & ENTRY_MEMORY);
    t->executable = !(entry & ENTRY_NO_EXECUTE) && !t->non_secure && !t->device;
    t->writable = entry & ENTRY_WRITE;
    if ((entry & (ENTRY_VALID | ENTRY_USE)) != ENTRY_VALID)
        return REFUSAL(FFA_DENIED, "memory that is not the sender's alone");
    if (t->device && (t->kind == FFA_MEMORY_SHARED || t->borrower_count > 1 || t->zero))
        return REFUSAL(FFA_DENIED, "a device is lent to one, and not zeroed");
    if (t->zero && !t->writable)
        return REFUSAL(FFA_DENIED, "the sender cannot write to it");
    for (unsigned i = 0; i < t->borrower_count; i++)
        if ((t->borrower[i].permissions & FFA_ACCESS_RW) && !t->writable)
            return REFUSAL(FFA_DENIED, "the sender cannot write to it");
    return NULL;
}

/* The call of this vCPU goes on with its send when it is made again. */
static refusal later(struct call *c, const struct transaction *t)
{
    c->from->sending = t->handle;
    return memory_again(c);
}

static refusal fail(struct spmc *s, struct transaction *t, refusal no)
{
    transaction_free(s, t);
    return no;
}

/* What was claimed before the claim failed is given back. */
static refusal undo(struct spmc *s, struct call *c, struct transaction *t)
{
    if (t->returned.done < t->claimed.done) {
        memory_work(s, c, t, PAGES_RETURN, &t->returned, t->claimed.done);
        if (c->from != NULL)
            return later(c, t);
    }
    return fail(s, t,
                overlaps_earlier(s, t, &t->claimed)
                    ? REFUSAL(FFA_INVALID_PARAMETERS, "ranges that overlap")
                    : REFUSAL(FFA_DENIED, "memory that is not the sender's alone"));
}

/* All has come: the pages become part of the transaction, or nothing has happened. */
static refusal complete(struct spmc *s, struct call *c, struct transaction *t)
{
    refusal no = NULL;
    enum progress progress;

    if (t->state == TRANSACTION_UNDOING)
        return undo(s, c, t);
    if (t->pages != t->pages_said)
        no = REFUSAL(FFA_INVALID_PARAMETERS, "not the number of pages");
    if (no == NULL && t->claimed.done == 0)
        no = check_owner(s, t);
    if (no != NULL)
        return fail(s, t, no);
    progress = memory_work(s, c, t, PAGES_CLAIM, &t->claimed, t->pages);
    if (progress == PROGRESS_FAILED) {
        t->state = TRANSACTION_UNDOING;
        return c->from != NULL ? later(c, t) : undo(s, c, t);
    }
    if (progress == PROGRESS_MORE)
        return later(c, t);
    t->state = TRANSACTION_SENT;
    t->claimed = (struct cursor){0};
    return succeed(c, (uint32_t)t->handle, t->handle >> 32);
}

static bool is_being_sent(const struct transaction *t)
{
    return t->state == TRANSACTION_SENDING || t->state == TRANSACTION_UNDOING;
}

/* The send of this vCPU that gave way, NULL for none: its call goes on with it, or it is forgotten.
 */
static struct transaction *unfinished(struct spmc *s, struct call *c)
{
    struct transaction *t = NULL;

    if (c->from != NULL) {
        t = transaction_find(s, c->from->sending);
        c->from->sending = 0;
    }
    return t != NULL && is_being_sent(t) ? t : NULL;
}

/* Whether all that it claimed is back; else the call at hand is to be made again. */
static bool forget(struct spmc *s, struct call *c, struct transaction *t)
{
    if (t == NULL)
        return true;
    t->state = TRANSACTION_UNDOING;
    if (memory_work(s, c, t, PAGES_RETURN, &t->returned, t->claimed.done) == PROGRESS_MORE) {
        c->from->sending = t->handle;
        return false;
    }
    transaction_free(s, t);
    return true;
}

static refusal ask_for_more(struct call *c, struct transaction *t)
{
    regs_set(c->regs, FFA_MEM_FRAG_RX, (uint32_t)t->handle, t->handle >> 32, t->received);
    c->regs->x[4] = transaction_w4(c, t);
    return ANSWERED;
}

/* The present part of the description ends at `end` bytes of TX. */
static refusal take_ranges(struct spmc *s, struct call *c, struct transaction *t, uint32_t end)
{
    refusal no = NULL;

    if (t->received == t->length)
        return complete(s, c, t);
    if (end < t->part || (end - t->part) % RANGE_BYTES != 0 ||
        end - t->part > t->length - t->received)
        no = REFUSAL(FFA_INVALID_PARAMETERS, "a length that does not fit");
    else
        no = read_ranges(s, c, t, end);
    if (no != NULL)
        return fail(s, t, no);
    if (t->part < end)
        return later(c, t);
    t->part = 0;
    return t->received < t->length ? ask_for_more(c, t) : complete(s, c, t);
}

/* How many transactions in flight a partition has sent. */
static unsigned sent_by(const struct spmc *s, uint16_t id)
{
    unsigned count = 0;

    for (const struct transaction *t = s->memory->transactions;
         t < s->memory->transactions + TRANSACTION_MAX; t++)
        count += t->state != TRANSACTION_FREE && t->sender == id;
    return count;
}

/* ---- Calls ---- */

refusal call_mem_send(struct spmc *s, struct call *c)
{
    uint32_t length = (uint32_t)c->regs->x[1];
    uint32_t fragment = (uint32_t)c->regs->x[2];
    uint8_t kind = kind_of(c->regs->x[0]);
    struct description d;
    struct transaction *t;
    refusal no;

    if (description_is_elsewhere(c))
        return REFUSAL(FFA_INVALID_PARAMETERS, "in parts, or not in TX");
    if (c->who->mailbox.state == MAILBOX_UNMAPPED)
        return REFUSAL(FFA_INVALID_PARAMETERS, "the caller has no buffers");
    if (fragment > length || fragment > c->who->mailbox.pages * PAGE_BYTES)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a length that does not fit");
    t = unfinished(s, c);
    if (t != NULL && t->kind == kind && t->length == length)
        return take_ranges(s, c, t, fragment);
    if (!forget(s, c, t))
        return memory_again(c);
    no = description_read(c, fragment, &d);
    if (no == NULL)
        no = check_header(c, kind, &d.header);
    if (no != NULL)
        return no;
    t = c->from == NULL || sent_by(s, c->who->id) < TRANSACTION_SENT_MAX ? transaction_new(s)
                                                                         : NULL;
    if (t == NULL)
        return REFUSAL(FFA_NO_MEMORY, "no more transactions, or ranges");
    t->kind = kind;
    t->sender = d.header.sender;
    t->attributes = d.header.attributes;
    t->access_size = (uint8_t)d.header.access_size;
    t->tag = d.header.tag;
    t->zero = d.header.flags & FFA_MEMORY_ZERO;
    t->length = length;
    no = read_entries(s, t, &d);
    if (no == NULL)
        no = read_composite(c, t, &d, fragment);
    if (no != NULL)
        return fail(s, t, no);
    return take_ranges(s, c, t, fragment);
}

/* A transaction that the caller sent, and may name; NULL. */
static struct transaction *own_transaction(struct spmc *s, const struct call *c)
{
    struct transaction *t = transaction_called(s, c);
    bool own = t != NULL && t->state != TRANSACTION_OVER &&
               (c->from != NULL ? t->sender == c->who->id : !(t->sender & FFA_ID_SECURE));

    return own ? t : NULL;
}

/* It names what it goes on with, so the vCPU need not remember that. */
refusal call_mem_frag_tx(struct spmc *s, struct call *c)
{
    struct transaction *t;
    refusal no;
    uint32_t bytes = (uint32_t)c->regs->x[3];
    uint32_t w4 = (uint32_t)c->regs->x[4];

    if (!forget(s, c, unfinished(s, c)))
        return memory_again(c);
    t = own_transaction(s, c);
    if (t == NULL || !is_being_sent(t))
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such transaction");
    if (w4 != transaction_w4(c, t))
        return REFUSAL(FFA_INVALID_PARAMETERS, "another sender");
    if (bytes == 0 || bytes > c->who->mailbox.pages * PAGE_BYTES)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a length that does not fit");
    no = take_ranges(s, c, t, bytes);
    if (c->from != NULL)
        c->from->sending = 0;
    return no;
}

/* Whether a borrower that died has a context that still runs on another CPU, until its kick. */
static bool is_being_left(struct spmc *s, const struct transaction *t)
{
    for (unsigned i = 0; i < t->borrower_count; i++) {
        const struct partition *p = partition_by_id(s, t->borrower[i].id);
        for (unsigned n = 0; p != NULL && p->state == PARTITION_ABORTED && n < p->context_count;
             n++)
            if (partition_context(s, p, n)->state == VCPU_RUNNING)
                return true;
    }
    return false;
}

/* Not sent whole: what was claimed comes back, as it was. */
static bool is_half_sent(const struct transaction *t)
{
    return is_being_sent(t) || t->claimed.done != 0;
}

static refusal check_reclaim(struct spmc *s, const struct transaction *t, bool normal,
                             uint32_t flags)
{
    if (flags & ~(uint32_t)(FFA_MEMORY_ZERO | FFA_MEMORY_TIME_SLICE))
        return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved flag is set");
    if (transaction_is_held(t) || is_being_left(s, t))
        return REFUSAL(FFA_DENIED, "a borrower has it");
    if ((flags & FFA_MEMORY_ZERO) && !is_half_sent(t) && (!t->writable || t->device))
        return REFUSAL(FFA_DENIED, "the sender cannot write to it");
    if ((flags & FFA_MEMORY_ZERO) && normal && t->pages > ZERO_PAGES_MAX)
        return REFUSAL(FFA_DENIED, "a device, or too many pages to zero");
    return NULL;
}

/* What a borrower died over may be more than the Normal world could ask for: it asks again. */
static uint32_t clean_until(const struct call *c, const struct transaction *t)
{
    uint32_t done = t->back.done;

    return c->from == NULL && t->pages - done > ZERO_PAGES_MAX ? done + ZERO_PAGES_MAX : t->pages;
}

refusal call_mem_reclaim(struct spmc *s, struct call *c)
{
    struct transaction *t = own_transaction(s, c);
    uint32_t flags = (uint32_t)c->regs->x[3];
    enum progress progress = PROGRESS_DONE;
    uint32_t until;
    refusal no;

    if (t == NULL)
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such transaction");
    no = check_reclaim(s, t, c->from == NULL, flags);
    if (no != NULL)
        return no;
    until = is_half_sent(t) ? t->claimed.done : t->pages;
    t->state = TRANSACTION_RETURNING;
    if (((flags & FFA_MEMORY_ZERO) || t->zero_back) && t->returned.done == 0 && until == t->pages) {
        progress = memory_work(s, c, t, PAGES_CLEAN, &t->back, clean_until(c, t));
        if (progress == PROGRESS_DONE && t->back.done < until)
            return REFUSAL(FFA_BUSY, "it is being zeroed");
    }
    if (progress == PROGRESS_FAILED) {
        t->back = (struct cursor){0};
        t->state = TRANSACTION_SENT;
        return REFUSAL(FFA_ABORTED, "the memory is gone");
    }
    if (progress == PROGRESS_DONE)
        progress = memory_work(s, c, t, PAGES_RETURN, &t->returned, until);
    if (progress == PROGRESS_MORE)
        return memory_again(c);
    transaction_free(s, t);
    return NULL;
}
