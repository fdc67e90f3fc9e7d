/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_RXTX_MAP and the life of a mailbox. Buffers are touched by physical address only. */
#include "core/mailbox.h"

#include "core/calls.h"
#include "core/manifest.h"
#include "core/memory.h"
#include "core/notify.h"
#include "core/port.h"
#include "core/stage2.h"
#include "core/vcpu.h"

bool mailbox_release(struct mailbox *m)
{
    if (m->state != MAILBOX_FULL && m->state != MAILBOX_HELD)
        return false;
    m->state = MAILBOX_EMPTY;
    return true;
}

static bool copy_across(uint64_t to, uint64_t from, size_t size)
{
    uint8_t piece[COPY_BYTES];

    for (size_t n; size > 0; to += n, from += n, size -= n) {
        n = size < sizeof(piece) ? size : sizeof(piece);
        if (!port_copy_in(piece, from, n) || !port_copy_out(to, piece, n))
            return false;
    }
    return true;
}

refusal mailbox_transfer(struct mailbox *m, const struct mailbox *sender, const void *head,
                         size_t head_size, size_t size)
{
    if (size > m->pages * PAGE_BYTES)
        return REFUSAL(FFA_NO_MEMORY, "the RX buffer is too small");
    if (!port_copy_out(m->rx, head, head_size) ||
        !copy_across(m->rx + head_size, sender->tx + head_size, size - head_size))
        return REFUSAL(FFA_ABORTED, "RX is gone");
    m->state = MAILBOX_FULL;
    return NULL;
}

refusal mailbox_deliver(struct mailbox *m, const void *message, size_t size)
{
    return mailbox_transfer(m, m, message, size, size);
}

/* Maps `m`, whose addresses and pages are a caller's claim, as `own`. */
static refusal map(struct spmc *s, struct call *c, struct mailbox *own, struct mailbox m)
{
    const struct partition *p = call_partition(c);
    uint64_t size = m.pages * PAGE_BYTES;
    refusal no;

    if (m.pages == 0 || m.pages > MAILBOX_PAGES_MAX)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a number out of range");
    if ((m.tx | m.rx) % PAGE_BYTES != 0 || ranges_overlap(m.tx, size, m.rx, size))
        return REFUSAL(FFA_INVALID_PARAMETERS, "buffers unaligned or overlapping");
    no = memory_take_buffer(s, p, m.tx, m.pages, ENTRY_READ);
    if (no != NULL)
        return no;
    no = memory_take_buffer(s, p, m.rx, m.pages, ENTRY_READ | ENTRY_WRITE);
    if (no != NULL) {
        memory_give_buffer(s, p, m.tx, m.pages);
        return no;
    }
    m.state = MAILBOX_EMPTY;
    *own = m;
    return NULL;
}

/* ---- VMs, whose hypervisor speaks for them ---- */

static struct vm *vm_by_id(struct spmc *s, uint16_t id)
{
    for (unsigned i = 0; i < VM_MAX; i++)
        if (s->vms[i].mailbox.state != MAILBOX_UNMAPPED && s->vms[i].id == id)
            return &s->vms[i];
    return NULL;
}

struct mailbox *mailbox_of_vm(struct spmc *s, uint16_t id)
{
    struct vm *vm = vm_by_id(s, id);

    return vm != NULL ? &vm->mailbox : NULL;
}

static struct vm *free_vm(struct spmc *s)
{
    for (unsigned i = 0; i < VM_MAX; i++)
        if (s->vms[i].mailbox.state == MAILBOX_UNMAPPED)
            return &s->vms[i];
    return NULL;
}

static refusal map_forwarded(struct spmc *s, struct call *c)
{
    struct vm *vm = free_vm(s);
    struct mailbox m = {0};
    uint16_t id = 0;
    refusal no;

    if (c->who->mailbox.state == MAILBOX_UNMAPPED)
        return REFUSAL(FFA_INVALID_PARAMETERS, "the caller has no buffers");
    no = mailbox_read_forwarded(c, &id, &m);
    if (no != NULL)
        return no;
    if (id == FFA_ID_NORMAL_WORLD || id & FFA_ID_SECURE)
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such VM");
    if (vm_by_id(s, id) != NULL)
        return REFUSAL(FFA_DENIED, "buffers are mapped");
    if (vm == NULL)
        return REFUSAL(FFA_NO_MEMORY, "no more VMs than the limit");
    no = map(s, c, &vm->mailbox, m);
    if (no == NULL)
        vm->id = id;
    return no;
}

/* The mailbox that a call names by VM id in w1: 0 is the caller's own. NULL when there is no such.
 */
static struct mailbox *named_mailbox(struct spmc *s, const struct call *c, uint16_t vm)
{
    if (vm == 0)
        return &c->who->mailbox;
    return c->from == NULL ? mailbox_of_vm(s, vm) : NULL;
}

/* ---- Calls ---- */

refusal call_rxtx_map(struct spmc *s, struct call *c)
{
    const uint64_t *x = c->regs->x;
    struct mailbox claim = {MAILBOX_UNMAPPED, (uint32_t)x[3], x[1], x[2]};

    if (c->from == NULL && claim.pages == 0 && (x[1] | x[2]) == 0)
        return map_forwarded(s, c);
    if (c->who->mailbox.state != MAILBOX_UNMAPPED)
        return REFUSAL(FFA_DENIED, "buffers are mapped");
    return map(s, c, &c->who->mailbox, claim);
}

refusal call_rxtx_unmap(struct spmc *s, struct call *c)
{
    struct mailbox *m = named_mailbox(s, c, (uint16_t)(c->regs->x[1] >> 16));
    const struct partition *p = call_partition(c);

    if ((uint16_t)c->regs->x[1] != 0 || m == NULL)
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such VM");
    if (m->state == MAILBOX_UNMAPPED)
        return REFUSAL(FFA_INVALID_PARAMETERS, "the caller has no buffers");
    memory_give_buffer(s, p, m->tx, m->pages);
    memory_give_buffer(s, p, m->rx, m->pages);
    *m = (struct mailbox){MAILBOX_UNMAPPED, 0, 0, 0};
    return NULL;
}

/* Who has not fetched the notification of a message cannot have read it. */
refusal call_rx_release(struct spmc *s, struct call *c)
{
    uint16_t vm = (uint16_t)c->regs->x[1];
    struct mailbox *m = named_mailbox(s, c, vm);

    if (m == NULL)
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such VM");
    if (notify_framework_waits(s, vm != 0 ? vm : c->who->id, NOTIFY_RX_FULL))
        return REFUSAL(FFA_DENIED, "the notification was not fetched");
    if (!mailbox_release(m))
        return REFUSAL(FFA_DENIED, "RX is not the caller's");
    return NULL;
}

/* The hypervisor takes a VM's RX buffer, to write to it itself. */
refusal call_rx_acquire(struct spmc *s, struct call *c)
{
    uint16_t id = (uint16_t)c->regs->x[1];
    struct mailbox *m = mailbox_of_vm(s, id);

    if (id & FFA_ID_SECURE)
        return REFUSAL(FFA_NOT_SUPPORTED, "only a VM's buffer can be acquired");
    if (m == NULL)
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such VM");
    if (m->state != MAILBOX_EMPTY)
        return REFUSAL(FFA_DENIED, "the RX buffer is not free");
    m->state = MAILBOX_HELD;
    return NULL;
}
