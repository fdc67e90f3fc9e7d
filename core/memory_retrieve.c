/* SPDX-License-Identifier: BSD-3-Clause */
/* The borrower's side: FFA_MEM_RETRIEVE_REQ, FRAG_RX, RELINQUISH; and the hypervisor that asks. */
#include "core/memory.h"

#include "core/port.h"
#include "core/stage2.h"
#include "core/trace.h"
#include "core/vcpu.h"

#define RETRIEVE_FLAGS                                                                   \
    (FFA_MEMORY_ZERO | FFA_MEMORY_TIME_SLICE | FFA_MEMORY_ZERO_AFTER | FFA_MEMORY_KIND | \
     FFA_MEMORY_ONE_BORROWER)

/* ---- What a borrower may ask ---- */

static unsigned data_granted(const struct transaction *t, const struct borrower *b)
{
    if (t->kind == FFA_MEMORY_DONATED)
        return t->writable ? FFA_ACCESS_RW : FFA_ACCESS_RO;
    return b->permissions & FFA_ACCESS_DATA;
}

static refusal check_retrieve_flags(const struct transaction *t, uint32_t flags)
{
    uint32_t kind = (flags & FFA_MEMORY_KIND) >> FFA_MEMORY_KIND_SHIFT;
    bool zeroes = flags & (FFA_MEMORY_ZERO | FFA_MEMORY_ZERO_AFTER);

    if (flags & ~(uint32_t)RETRIEVE_FLAGS || (zeroes && t->kind == FFA_MEMORY_SHARED))
        return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved flag is set");
    if (kind != 0 && kind != t->kind)
        return REFUSAL(FFA_INVALID_PARAMETERS, "another kind of transaction");
    if ((flags & FFA_MEMORY_ZERO) && !t->zero)
        return REFUSAL(FFA_DENIED, "not zeroed by the sender");
    if ((flags & FFA_MEMORY_ZERO_AFTER) && (t->device || t->pages > ZERO_PAGES_MAX))
        return REFUSAL(FFA_DENIED, "a device, or too many pages to zero");
    return NULL;
}

static refusal check_retrieve_attributes(const struct transaction *t, unsigned attributes)
{
    unsigned usual = t->device ? FFA_MEMORY_DEVICE : FFA_MEMORY_USUAL;

    if (attributes & ~(FFA_MEMORY_NON_SECURE - 1) ||
        (attributes & FFA_MEMORY_TYPE) == FFA_MEMORY_TYPE)
        return REFUSAL(FFA_INVALID_PARAMETERS, "attributes that are reserved");
    if ((attributes & FFA_MEMORY_TYPE) != 0 && attributes != usual)
        return REFUSAL(FFA_DENIED, "memory of another type");
    return NULL;
}

/* Every entry is of a borrower of the transaction, one the caller's. */
static refusal check_entries(struct transaction *t, const struct description *d, uint16_t caller,
                             const struct ffa_memory_access **own)
{
    bool one = d->header.flags & FFA_MEMORY_ONE_BORROWER;
    unsigned seen = 0;

    if (one ? d->header.count != 1 || t->borrower_count == 1 : d->header.count != t->borrower_count)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a wrong number of borrowers");
    for (unsigned i = 0; i < d->header.count; i++) {
        const struct borrower *b = transaction_borrower(t, d->access[i].id);
        if (b == NULL)
            return REFUSAL(FFA_DENIED, "somebody is no borrower");
        if (seen & 1U << (b - t->borrower))
            return REFUSAL(FFA_INVALID_PARAMETERS, "a borrower is named twice");
        seen |= 1U << (b - t->borrower);
        if (d->access[i].composite != 0)
            return REFUSAL(FFA_INVALID_PARAMETERS, "a borrower cannot choose addresses");
        if (t->access_size == d->header.access_size &&
            (b->own[0] != d->access[i].own[0] || b->own[1] != d->access[i].own[1]))
            return REFUSAL(FFA_INVALID_PARAMETERS, "not the sender's values");
        if (b->id == caller)
            *own = &d->access[i];
    }
    return *own != NULL ? NULL : REFUSAL(FFA_INVALID_PARAMETERS, "the caller is no borrower");
}

/* The caller's entry: what it gets is in `taken`. */
static refusal check_permissions(const struct transaction *t, const struct borrower *b,
                                 unsigned asked, uint32_t flags, uint8_t *taken)
{
    unsigned granted = data_granted(t, b);
    unsigned data = asked & FFA_ACCESS_DATA;
    unsigned code = asked & FFA_ACCESS_CODE;
    bool chooses = t->kind != FFA_MEMORY_SHARED && t->borrower_count == 1;

    data = data != 0 ? data : granted;
    if (data > granted)
        return REFUSAL(FFA_DENIED, "more access than granted");
    if (chooses != (code != 0))
        return REFUSAL(FFA_INVALID_PARAMETERS, "a type or permissions given, or not given");
    if (code == FFA_ACCESS_X && t->non_secure)
        return REFUSAL(FFA_INVALID_PARAMETERS, "code in Normal memory");
    if (code == FFA_ACCESS_X && !t->executable)
        return REFUSAL(FFA_DENIED, "more access than granted");
    if (data == FFA_ACCESS_RO && (flags & (FFA_MEMORY_ZERO | FFA_MEMORY_ZERO_AFTER)))
        return REFUSAL(FFA_DENIED, "memory to zero that is read-only, or a device");
    *taken = (uint8_t)(data | (code != 0 ? code : FFA_ACCESS_NX));
    return NULL;
}

static unsigned map_attributes(const struct transaction *t, uint8_t taken)
{
    unsigned attributes = MAP_READ;

    attributes |= taken & FFA_ACCESS_RW ? MAP_WRITE : 0;
    attributes |= (taken & FFA_ACCESS_CODE) == FFA_ACCESS_X ? MAP_EXECUTE : 0;
    attributes |= t->non_secure ? MAP_NON_SECURE : 0;
    attributes |= t->device ? MAP_DEVICE : 0;
    return attributes | (t->kind == FFA_MEMORY_DONATED ? MAP_DONATED : MAP_BORROWED);
}

/* ---- Telling ---- */

#define RX_IS_FULL REFUSAL(FFA_BUSY, "the RX buffer is not free")

/* The next part of a description goes to RX. `told`: bytes that went before. */
static refusal tell(struct spmc *s, struct call *c, struct transaction *t, const struct borrower *b,
                    uint16_t *told)
{
    uint32_t length = description_bytes(c->who, t, b);
    uint32_t bytes = description_write(s, c->who, t, b, *told);
    bool first = *told == 0;

    if (bytes == 0) {
        if (first && b != NULL && t->state == TRANSACTION_OVER)
            transaction_free(s, t);
        return REFUSAL(FFA_ABORTED, "RX is gone");
    }
    *told += bytes;
    if (first)
        regs_set(c->regs, FFA_MEM_RETRIEVE_RESP, length, bytes, 0);
    else {
        regs_set(c->regs, FFA_MEM_FRAG_TX, (uint32_t)t->handle, t->handle >> 32, bytes);
        c->regs->x[4] = transaction_w4(c, t);
    }
    if (*told == length && b != NULL && t->state == TRANSACTION_OVER)
        transaction_free(s, t);
    return ANSWERED;
}

/* ---- Retrieving ---- */

/* What it got before it failed goes again. */
static refusal take_back(struct spmc *s, struct call *c, struct transaction *t, struct borrower *b)
{
    if (memory_work(s, c, t, PAGES_UNMAP, &b->at, b->told) == PROGRESS_MORE)
        return memory_again(c);
    b->at = (struct cursor){0};
    b->state = BORROWER_WITHOUT;
    transaction_end_orphan(s, t);
    return c->who->mailbox.state == MAILBOX_EMPTY
               ? REFUSAL(FFA_NO_MEMORY, "no more tables, or the memory is gone")
               : RX_IS_FULL;
}

/* What it got so far goes again. */
static void fail(struct borrower *b)
{
    b->told = b->at.done;
    b->at = (struct cursor){0};
    b->state = BORROWER_FAILING;
}

/* The memory comes to the borrower: first clean, if so asked, then into its tables. */
static refusal take(struct spmc *s, struct call *c, struct transaction *t, struct borrower *b)
{
    enum progress progress = PROGRESS_DONE;

    if (b->state == BORROWER_FAILING)
        return take_back(s, c, t, b);
    b->state = BORROWER_TAKING;
    t->back = (struct cursor){0}; /* what is zero already, it may write to */
    if (t->zero)
        progress = memory_work(s, c, t, PAGES_CLEAN, &t->cleaned, t->pages);
    if (progress == PROGRESS_DONE)
        progress = memory_work(s, c, t, PAGES_MAP | map_attributes(t, b->taken) << MAP_SHIFT,
                               &b->at, t->pages);
    if (progress == PROGRESS_DONE && t->kind == FFA_MEMORY_DONATED)
        progress = memory_work(s, c, t, PAGES_LEAVE, &t->claimed, t->pages);
    if (progress == PROGRESS_FAILED)
        fail(b);
    if (progress != PROGRESS_DONE)
        return memory_again(c);
    b->at = (struct cursor){0};
    b->told = 0;
    b->state = BORROWER_WITH;
    if (t->kind == FFA_MEMORY_DONATED) {
        b->state = BORROWER_WITHOUT;
        t->state = TRANSACTION_OVER;
    }
    return tell(s, c, t, b, &b->told);
}

static refusal retrieve(struct spmc *s, struct call *c, struct transaction *t,
                        const struct description *d)
{
    const struct ffa_memory_header *h = &d->header;
    struct borrower *b;
    refusal no;
    const struct ffa_memory_access *own = NULL;
    uint8_t taken;

    if (h->sender != t->sender)
        return REFUSAL(FFA_DENIED, "another sender");
    if (h->tag != t->tag)
        return REFUSAL(FFA_INVALID_PARAMETERS, "another tag");
    no = check_retrieve_flags(t, h->flags);
    if (no == NULL)
        no = check_retrieve_attributes(t, h->attributes);
    if (no == NULL)
        no = check_entries(t, d, c->who->id, &own);
    if (no != NULL)
        return no;
    b = transaction_borrower(t, c->who->id);
    if (b->state != BORROWER_WITHOUT && b->state != BORROWER_TAKING && b->state != BORROWER_FAILING)
        return REFUSAL(FFA_DENIED, "the caller has it");
    no = check_permissions(t, b, own->permissions, h->flags, &taken);
    if (no == NULL && b->state != BORROWER_WITHOUT && taken != b->taken)
        no = REFUSAL(FFA_DENIED, "the caller has it"); /* in part, with other permissions */
    if (no != NULL)
        return no;
    b->taken = taken;
    b->zero_after = h->flags & FFA_MEMORY_ZERO_AFTER;
    return take(s, c, t, b);
}

/* What was sent can be retrieved. A hypervisor may ask of what the Normal world sent, also while it
 * is zeroed on its way back. */
static bool can_be_named(const struct call *c, const struct transaction *t)
{
    if (c->from == NULL && (t->sender & FFA_ID_SECURE))
        return false;
    return t->state == TRANSACTION_SENT || (c->from == NULL && t->state == TRANSACTION_RETURNING);
}

/* RX is full: if a message came since the retrieval gave way, what that got goes again. */
COLD static refusal give_back(struct spmc *s, struct call *c, uint32_t length)
{
    struct description d;
    struct transaction *t =
        description_read(c, length, &d) == NULL ? transaction_find(s, d.header.handle) : NULL;
    struct borrower *b = t != NULL ? transaction_borrower(t, c->who->id) : NULL;

    if (b != NULL && b->state == BORROWER_TAKING && t->claimed.done == 0)
        fail(b);
    return b != NULL && b->state == BORROWER_FAILING ? take_back(s, c, t, b) : RX_IS_FULL;
}

refusal call_mem_retrieve_req(struct spmc *s, struct call *c)
{
    uint32_t length = (uint32_t)c->regs->x[1];
    struct description d;
    struct transaction *t;
    refusal no;

    if ((uint32_t)c->regs->x[2] != length || description_is_elsewhere(c))
        return REFUSAL(FFA_INVALID_PARAMETERS, "in parts, or not in TX");
    if (c->who->mailbox.state == MAILBOX_UNMAPPED)
        return REFUSAL(FFA_INVALID_PARAMETERS, "the caller has no buffers");
    if (c->who->mailbox.state != MAILBOX_EMPTY)
        return c->from != NULL ? give_back(s, c, length) : RX_IS_FULL;
    no = description_read(c, length, &d);
    if (no != NULL)
        return no;
    t = transaction_find(s, d.header.handle);
    if (t == NULL || !can_be_named(c, t))
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such transaction");
    if (c->from != NULL) {
        if (d.header.count == 0 || length != d.end)
            return REFUSAL(FFA_INVALID_PARAMETERS, "a length that does not fit");
        return retrieve(s, c, t, &d);
    }
    if (d.header.count != 0 || (d.header.flags | d.header.attributes | d.header.sender) != 0 ||
        d.header.tag != 0)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a hypervisor gives a handle alone");
    t->told = 0;
    return tell(s, c, t, NULL, &t->told);
}

refusal call_mem_frag_rx(struct spmc *s, struct call *c)
{
    struct transaction *t = transaction_called(s, c);
    uint32_t w4 = (uint32_t)c->regs->x[4];
    struct borrower *b = NULL;
    uint16_t *told;
    uint32_t length;

    if (t == NULL)
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such transaction");
    if (c->from != NULL) {
        b = transaction_borrower(t, c->who->id);
        if (b == NULL || (b->state != BORROWER_WITH && t->state != TRANSACTION_OVER))
            return REFUSAL(FFA_INVALID_PARAMETERS, "the caller is no borrower");
    }
    told = b != NULL ? &b->told : &t->told;
    length = description_bytes(c->who, t, b);
    if (*told == 0 || *told >= length || (uint32_t)c->regs->x[3] != *told)
        return REFUSAL(FFA_INVALID_PARAMETERS, "not where the last part ended");
    if (w4 != 0 && w4 != transaction_w4(c, t))
        return REFUSAL(FFA_INVALID_PARAMETERS, "another sender");
    if (c->who->mailbox.state != MAILBOX_EMPTY)
        return RX_IS_FULL;
    return tell(s, c, t, b, told);
}

/* ---- Relinquishing ---- */

static refusal check_relinquish(const struct call *c, struct transaction *t,
                                const struct ffa_memory_relinquish *r, struct borrower *b)
{
    if (r->count != 1 || r->id[0] != c->who->id)
        return REFUSAL(FFA_INVALID_PARAMETERS, "only the caller gives up");
    if (b == NULL || (b->state != BORROWER_WITH && b->state != BORROWER_GIVING))
        return REFUSAL(FFA_INVALID_PARAMETERS, "the caller does not have it");
    if (r->flags & ~(uint32_t)(FFA_MEMORY_ZERO | FFA_MEMORY_TIME_SLICE) ||
        ((r->flags & FFA_MEMORY_ZERO) && t->kind == FFA_MEMORY_SHARED))
        return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved flag is set");
    if ((r->flags & FFA_MEMORY_ZERO) &&
        (t->device || (b->taken & FFA_ACCESS_DATA) == FFA_ACCESS_RO))
        return REFUSAL(FFA_DENIED, "memory to zero that is read-only, or a device");
    return NULL;
}

/* Whether another borrower has it too: then the last one zeroes it. */
static bool others_hold(struct transaction *t, const struct borrower *but)
{
    for (unsigned i = 0; i < t->borrower_count; i++)
        if (&t->borrower[i] != but && t->borrower[i].state != BORROWER_WITHOUT)
            return true;
    return false;
}

static refusal give_up(struct spmc *s, struct call *c, struct transaction *t, struct borrower *b,
                       bool zero)
{
    b->zero_after |= zero; /* if it dies, its sender gets it clean all the same */
    if (b->state == BORROWER_WITH) {
        if (memory_work(s, c, t, PAGES_UNMAP, &b->at, t->pages) == PROGRESS_MORE)
            return memory_again(c);
        b->at = (struct cursor){0};
        b->state = BORROWER_GIVING;
    }
    t->zero_back |= b->zero_after;
    if (t->zero_back && !others_hold(t, b)) {
        enum progress progress = memory_work(s, c, t, PAGES_CLEAN, &t->back, t->pages);
        if (progress == PROGRESS_MORE)
            return memory_again(c);
        t->zero_back = progress == PROGRESS_FAILED;
        t->back = (struct cursor){0};
    }
    b->state = BORROWER_WITHOUT;
    transaction_end_orphan(s, t);
    return NULL;
}

refusal call_mem_relinquish(struct spmc *s, struct call *c)
{
    struct ffa_memory_relinquish r;
    struct transaction *t;
    struct borrower *b;
    refusal no;

    if (c->who->mailbox.state == MAILBOX_UNMAPPED)
        return REFUSAL(FFA_INVALID_PARAMETERS, "the caller has no buffers");
    if (!trace_copy_in(c, &r, c->who->mailbox.tx, sizeof(r)))
        return REFUSAL(FFA_ABORTED, "TX is gone");
    t = transaction_find(s, r.handle);
    if (t == NULL || t->state != TRANSACTION_SENT)
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such transaction");
    b = transaction_borrower(t, c->who->id);
    no = check_relinquish(c, t, &r, b);
    if (no != NULL)
        return no;
    return give_up(s, c, t, b, r.flags & FFA_MEMORY_ZERO);
}
