/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: from any sound state of the pool, transaction_new and transaction_free lead to a sound
 *   one, so they never hand out twice: a place that is in flight, or a handle (each is larger
 *   than all before at its place). They refuse only when the pool is empty; others stay as they
 *   are, and who is not in flight is not found.
 * Bounds: one call, from any sound state, so any number of calls; a pool of 3 transactions; 2^55
 *   uses of a place, after which its handles begin again.
 * Options: --unwind 5 -DTRANSACTION_MAX=3 -DCHUNK_MAX=2 -DCHUNK_RANGES=1 -DCPU_MAX=1
 *   -DPARTITION_MAX=1 -DVM_MAX=1 -DNOTIFY_VCPU_MAX=1
 */
#include "prove.h"

#include "core/memory.c"

static struct spmc s;
static struct memory memory;

static struct before {
    uint64_t handle;
    bool free;
} before[TRANSACTION_MAX];

/* Every transaction that is not in flight is on the free list, and no other. */
static bool is_sound(const struct memory *m)
{
    unsigned at = m->free_transaction, left = 0;

    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        if (m->transactions[i].handle % (1 << INDEX_BITS) != i ||
            m->transactions[i].handle & FFA_HANDLE_OF_HYPERVISOR)
            return false;
        left |= (m->transactions[i].state == TRANSACTION_FREE) << i;
    }
    for (unsigned i = 0; i < TRANSACTION_MAX && at != 0; i++) {
        if (at > TRANSACTION_MAX || !(left >> (at - 1) & 1))
            return false;
        left &= ~(1U << (at - 1));
        at = m->transactions[at - 1].next_free;
    }
    return at == 0 && left == 0;
}

static void check_new(void)
{
    uint16_t head = memory.free_transaction;
    struct transaction *t = transaction_new(&s);

    SHOW((t == NULL) == (head == 0), "there is one unless none is free");
    if (t == NULL)
        return;
    unsigned place = (unsigned)(t - memory.transactions);
    SHOW(place < TRANSACTION_MAX && before[place].free, "it was in nobody's hands");
    SHOW(t->state == TRANSACTION_SENDING && t->ranges == 0 && t->borrower_count == 0, "it is new");
    SHOW(t->handle > before[place].handle, "its handle is larger than all before");
    before[place] = (struct before){t->handle, false};
}

static void check_free(unsigned place)
{
    struct transaction *t = &memory.transactions[place];

    transaction_free(&s, t);
    SHOW(transaction_find(&s, before[place].handle) == NULL, "what ended is not found");
    before[place].free = true;
}

int main(void)
{
    uint64_t handle = nondet_u64();
    struct transaction *found;

    s.memory = &memory;
    memory.free_transaction = nondet_u16();
    for (unsigned i = 0; i < TRANSACTION_MAX; i++) {
        struct transaction *t = &memory.transactions[i];
        t->handle = nondet_u64();
        t->state = nondet_u8();
        t->ranges = nondet_u32();
        t->borrower_count = nondet_u8();
        t->next_free = nondet_u16();
        before[i] = (struct before){t->handle, t->state == TRANSACTION_FREE};
        ASSUME(t->handle < (1ULL << 63) - (1 << INDEX_BITS));
    }
    ASSUME(is_sound(&memory));
    if (nondet_bool())
        check_new();
    else
        for (unsigned i = 0; i < TRANSACTION_MAX; i++)
            if (!before[i].free && nondet_bool()) {
                check_free(i);
                break;
            }

    SHOW(is_sound(&memory), "the pool is sound again");
    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        SHOW(memory.transactions[i].handle == before[i].handle &&
                 (memory.transactions[i].state == TRANSACTION_FREE) == before[i].free,
             "others stay as they are, and each place remembers its handle");
    found = transaction_find(&s, handle);
    for (unsigned i = 0; i < TRANSACTION_MAX; i++)
        SHOW((found == &memory.transactions[i]) == (!before[i].free && before[i].handle == handle),
             "who is in flight is found by its handle, and nobody else");
    return 0;
}
