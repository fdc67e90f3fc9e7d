/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: mailbox_read_forwarded, which reads the buffers of a VM from a hypervisor's TX, stays
 *   within that, whatever is there.
 * Bounds: any content; TX of 1 to 63 pages anywhere below 2^36.
 * Options: --unwind 2 --unsigned-overflow-check
 */
#include "prove.h"

#include "core/mailbox_wire.c"

static struct endpoint who;

bool trace_copy_in(const struct call *c, void *to, uint64_t pa, size_t size)
{
    const struct mailbox tx = c->who->mailbox;
    uint64_t bytes = tx.pages * PAGE_BYTES;

    SHOW(size <= bytes && pa >= tx.tx && pa - tx.tx <= bytes - size, "reads TX alone");
    SHOW(__CPROVER_w_ok(to, size), "writes where there is room");
    __CPROVER_havoc_slice(to, size);
    return nondet_bool();
}

int main(void)
{
    struct call c = {.who = &who};
    struct mailbox m = {0};
    uint16_t vm = 0;

    who.mailbox.pages = nondet_u32();
    who.mailbox.tx = nondet_u64();
    ASSUME(who.mailbox.pages >= 1 && who.mailbox.pages <= MAILBOX_PAGES_MAX);
    ASSUME(who.mailbox.tx % PAGE_BYTES == 0 &&
           who.mailbox.tx <= (1ULL << 36) - who.mailbox.pages * PAGE_BYTES);
    mailbox_read_forwarded(&c, &vm, &m);
    return 0;
}
