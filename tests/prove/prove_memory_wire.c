/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: description_read stays within TX and within its struct, reads each byte of TX once at
 *   most, whatever is there, and accepts only what ends inside the length that was given, with 1
 *   to 8 borrowers or a question of the hypervisor.
 * Bounds: any content of TX, length, version; buffers of 1 to 63 pages anywhere below 2^36.
 * Options: --unwind 9 --unsigned-overflow-check
 */
#include "prove.h"

#include "core/memory_wire.c"

static struct endpoint who;
static uint64_t watched; /* an address in TX */
static unsigned reads;

bool trace_copy_in(const struct call *c, void *to, uint64_t pa, size_t size)
{
    SHOW(pa >= who.mailbox.tx && size <= who.mailbox.pages * PAGE_BYTES &&
             pa - who.mailbox.tx <= who.mailbox.pages * PAGE_BYTES - size,
         "reads TX alone");
    SHOW(__CPROVER_w_ok(to, size), "writes where there is room");
    reads += watched >= pa && watched - pa < size;
    SHOW(size % 8 == 0, "whole words");
    for (unsigned i = 0; i < size / 8; i++)
        ((uint64_t *)to)[i] = nondet_u64();
    return nondet_bool();
}

bool port_copy_out(uint64_t pa, const void *from, size_t size)
{
    return nondet_bool();
}

const struct page_range *transaction_range(const struct spmc *s, const struct transaction *t,
                                           uint32_t number)
{
    return NULL;
}

int main(void)
{
    struct call c = {.who = &who};
    struct description d;
    uint32_t length = nondet_u32();
    refusal no;

    who.version = nondet_u32();
    who.mailbox.pages = nondet_u32();
    who.mailbox.tx = nondet_u64();
    watched = nondet_u64();
    ASSUME(who.version >= FFA_VERSION_1_0 && who.version <= FFA_VERSION_1_2);
    ASSUME(who.mailbox.pages >= 1 && who.mailbox.pages <= MAILBOX_PAGES_MAX);
    ASSUME(who.mailbox.tx % PAGE_BYTES == 0 &&
           who.mailbox.tx <= (1ULL << 36) - who.mailbox.pages * PAGE_BYTES);

    no = description_read(&c, length, &d);

    SHOW(reads <= 1, "each byte is read once");
    if (no != NULL)
        return 0;
    SHOW(d.header.count <= BORROWER_MAX, "as many entries as there is room for");
    SHOW(d.end <= length, "it ends inside its length");
    SHOW(d.header.count != 0 || d.end == 0, "only a question has no entries");
    SHOW(d.header.count == 0 ||
             d.end >= header_bytes(&who) + d.header.count * FFA_MEMORY_ACCESS_1_0,
         "the entries follow the header");
    for (unsigned i = 0; i < d.header.count; i++)
        SHOW(access_is_sound(&d.header, &d.access[i]), "each entry was checked");
    return 0;
}
