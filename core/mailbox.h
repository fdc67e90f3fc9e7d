/* SPDX-License-Identifier: BSD-3-Clause */
/* RX and TX buffers of endpoints: who owns RX, and where they may lie. Only mailbox.c writes them.
 */
#ifndef CORE_MAILBOX_H
#define CORE_MAILBOX_H

#include "core/calls.h"

/* The mailbox of a VM by id, NULL when it has none. */
struct mailbox *mailbox_of_vm(struct spmc *s, uint16_t vm);

/*
 * Reads the descriptor that a hypervisor put in its TX buffer to map a VM's buffers: the VM's id,
 * and a mailbox with addresses and pages. INVALID_PARAMETERS when it is malformed, ABORTED after an
 * external abort. Reads each byte once (mailbox_wire.c).
 */
refusal mailbox_read_forwarded(const struct call *c, uint16_t *vm, struct mailbox *m);

/* The endpoint has read RX. False when there was nothing to release. */
bool mailbox_release(struct mailbox *m);

/*
 * Copies `size` bytes to the start of an EMPTY RX, which becomes FULL. NO_MEMORY when it does not
 * fit, or ABORTED after an external abort: then RX stays EMPTY.
 */
refusal mailbox_deliver(struct mailbox *m, const void *message, size_t size);

/*
 * The same, of `size` bytes that are in the sender's TX: but the first `head_size` of them, which
 * the caller has checked, from `head`. What follows is copied piece by piece, each read once.
 */
refusal mailbox_transfer(struct mailbox *m, const struct mailbox *sender, const void *head,
                         size_t head_size, size_t size);

#endif
