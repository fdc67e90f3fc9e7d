/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: from any sound state of the pool, transaction_append and transaction_free lead to a
 *   sound one, so no list of ranges gets a chunk that another one has, and none is lost. An
 *   append is refused only when no chunk is free; what was appended is there, and all other
 *   ranges stay.
 * Bounds: one call, from any sound state, so any number of calls; 2 transactions, 3 chunks of 2
 *   ranges.
 * Options: --sat-solver minisat2 --unwind 5 -DTRANSACTION_MAX=2 -DCHUNK_MAX=4 -DCHUNK_RANGES=2
 *   -DCPU_MAX=1 -DPARTITION_MAX=1 -DVM_MAX=1 -DNOTIFY_VCPU_MAX=1 --unsigned-overflow-check
 */
#include "prove.h"

#include "core/memory.c"

static struct spmc s;
static struct memory memory;

/* Takes the chunks of a list out of those that are left; false when one is not
 * there, or the list is not as long as it says. */
static bool take_list(const struct memory *m, const struct transaction *t, unsigned *left)
{
    unsigned at = t->first_chunk, end = 0;
    unsigned length = t->ranges / CHUNK_RANGES + (t->ranges % CHUNK_RANGES != 0);

    if (t->ranges > CHUNK_RANGES * CHUNK_MAX || length >= CHUNK_MAX || (length == 0 && at != 0))
        return false;
    for (unsigned i = 0; i < CHUNK_MAX - 1 && i < length; i++) {
        if (at == 0 || at >= CHUNK_MAX || !(*left >> at & 1))
            return false;
        *left &= ~(1U << at);
        end = at;
        at = m->chunks[at].next;
    }
    return at == 0 && (length == 0 || end == t->last_chunk);
}

/* Every chunk is on one list: the free one, or that of one transaction. */
static bool is_sound(const struct memory *m)
{
    unsigned left = (1U << CHUNK_MAX) - 2;
    unsigned at = m->free_chunk;

    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        if (m->transactions[i].state != TRANSACTION_FREE &&
            !take_list(m, &m->transactions[i], &left))
            return false;
    for (unsigned i = 0; i < CHUNK_MAX - 1 && at != 0; i++) {
        if (at >= CHUNK_MAX || !(left >> at & 1))
            return false;
        left &= ~(1U << at);
        at = m->chunks[at].next;
    }
    return at == 0 && left == 0;
}

int main(void)
{
    unsigned own = nondet_bool(), watched = nondet_bool();
    uint32_t number = nondet_u32(), first = nondet_u32(), pages = nondet_u32(), ranges;
    struct transaction *t = &memory.transactions[own];
    struct transaction *w = &memory.transactions[watched];
    struct page_range old;
    bool was_empty;

    s.memory = &memory;
    memory.free_chunk = nondet_u16();
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        memory.transactions[i].handle = i;
        memory.transactions[i].state = nondet_u8();
        memory.transactions[i].ranges = nondet_u32();
        memory.transactions[i].first_chunk = nondet_u16();
        memory.transactions[i].last_chunk = nondet_u16();
    }
    for (unsigned i = 0; i < CHUNK_MAX; i++) {
        memory.chunks[i].next = nondet_u16();
        for (unsigned j = 0; j < CHUNK_RANGES; j++)
            memory.chunks[i].range[j] = (struct page_range){nondet_u32(), nondet_u32()};
    }
    ASSUME(is_sound(&memory));
    ASSUME(t->state != TRANSACTION_FREE && w->state != TRANSACTION_FREE && number < w->ranges);
    ASSUME(first < 1U << 24);
    old = *transaction_range(&s, w, number);
    was_empty = memory.free_chunk == 0;
    ranges = t->ranges;

    if (nondet_bool()) {
        transaction_free(&s, t);
        ASSUME(own != watched);
    } else if (transaction_append(&s, t, (uint64_t)first * PAGE_BYTES, pages)) {
        const struct page_range *r = transaction_range(&s, t, ranges);
        SHOW(t->ranges == ranges + 1, "one range more");
        SHOW(r->first == first && r->count == pages, "and as it was given");
    } else {
        SHOW(was_empty && t->ranges == ranges, "a refusal: no chunk is free, nothing changes");
    }

    SHOW(is_sound(&memory), "the pool is sound again");
    const struct page_range *r = transaction_range(&s, w, number);
    SHOW(r->first == old.first && r->count == old.count, "all other ranges stay");
    return 0;
}
