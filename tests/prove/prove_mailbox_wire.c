/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: mailbox_read_forwarded, which reads the buffers of a VM from a hypervisor's TX, stays
 *   within that, whatever is there.
 * Bounds: any content; TX of 1 to 63 pages anywhere below 2^36.
 * Options: --unwind 2 --unsigned-overflow-check
 */
#include "prove.h"

#include "core/mailbox_wire.c"

static struct mailbox tx;

bool port_copy_in(void *to, uint64_t pa, size_t size)
{
    uint64_t bytes = tx.pages * PAGE_BYTES;

    SHOW(size <= bytes && pa >= tx.tx && pa - tx.tx <= bytes - size, "reads TX alone");
    SHOW(__CPROVER_w_ok(to, size), "writes where there is room");
    __CPROVER_havoc_slice(to, size);
    return nondet_bool();
}

int main(void)
{
    struct mailbox m = {0};
    uint16_t vm = 0;

    tx.pages = nondet_u32();
    tx.tx = nondet_u64();
    ASSUME(tx.pages >= 1 && tx.pages <= MAILBOX_PAGES_MAX);
    ASSUME(tx.tx % PAGE_BYTES == 0 && tx.tx <= (1ULL << 36) - tx.pages * PAGE_BYTES);
    mailbox_read_forwarded(&tx, &vm, &m);
    return 0;
}
