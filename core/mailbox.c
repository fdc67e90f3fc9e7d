/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_RXTX_MAP and the life of a mailbox. Buffers are touched by physical address only. */
#include "core/mailbox.h"

#include "core/calls.h"
#include "core/manifest.h"
#include "core/port.h"
#include "core/stage2.h"
#include "core/vcpu.h"

bool mailbox_release(struct mailbox *m)
{
    if (m->state != MAILBOX_FULL)
        return false;
    m->state = MAILBOX_EMPTY;
    return true;
}

int mailbox_deliver(struct mailbox *m, const void *message, size_t size)
{
    if (size > m->pages * PAGE_BYTES)
        return FFA_NO_MEMORY;
    if (!port_copy_out(m->rx, message, size))
        return FFA_ABORTED;
    m->state = MAILBOX_FULL;
    return 0;
}

static bool touches_mailbox(const struct mailbox *m, uint64_t base, uint64_t size)
{
    return m->state != MAILBOX_UNMAPPED &&
           (ranges_overlap(m->rx, m->pages * PAGE_BYTES, base, size) ||
            ranges_overlap(m->tx, m->pages * PAGE_BYTES, base, size));
}

/* Another endpoint's mailbox, or memory that a manifest gave to a partition. */
static bool is_taken(const struct call *c, uint64_t base, uint64_t size)
{
    if (c->who != &c->s->normal && touches_mailbox(&c->s->normal.mailbox, base, size))
        return true;
    for (unsigned i = 0; i < c->s->partition_count; i++) {
        const struct partition *p = &c->s->partitions[i];
        if (c->who == &p->endpoint)
            continue;
        if (touches_mailbox(&p->endpoint.mailbox, base, size))
            return true;
        for (unsigned j = 0; j < p->region_count; j++)
            if (ranges_overlap(p->regions[j].base, p->regions[j].size, base, size))
                return true;
    }
    return false;
}

/* Whether the caller may give this memory as a buffer: a status, 0 if it may. */
static int check_buffer(const struct call *c, uint64_t base, uint64_t size, unsigned access)
{
    if (c->from != NULL) {
        const struct partition *p = vcpu_partition(c->s, c->from);
        if (!stage2_allows(c->s, p, base, size, access))
            return FFA_INVALID_PARAMETERS;
    } else if (!ranges_hold(&c->s->normal_memory, base, size)) {
        return FFA_DENIED;
    }
    return is_taken(c, base, size) ? FFA_DENIED : 0;
}

struct next call_rxtx_map(struct call *c)
{
    uint64_t tx = c->regs->x[1];
    uint64_t rx = c->regs->x[2];
    uint64_t pages = (uint32_t)c->regs->x[3];
    uint64_t size = pages * PAGE_BYTES;
    int status;

    if (c->who->mailbox.state != MAILBOX_UNMAPPED)
        return refuse(c, FFA_DENIED, "the caller has buffers");
    if (pages == 0 || pages > MAILBOX_PAGES_MAX)
        return refuse(c, FFA_INVALID_PARAMETERS, "page count out of range");
    if ((tx | rx) % PAGE_BYTES != 0 || ranges_overlap(tx, size, rx, size))
        return refuse(c, FFA_INVALID_PARAMETERS, "buffers unaligned or overlapping");
    status = check_buffer(c, tx, size, MAP_READ);
    if (status == 0)
        status = check_buffer(c, rx, size, MAP_READ | MAP_WRITE);
    if (status != 0)
        return refuse(c, status, "a buffer is not the caller's memory, or has another use");
    c->who->mailbox = (struct mailbox){MAILBOX_EMPTY, (uint32_t)pages, tx, rx};
    return succeed(c, 0, 0);
}

/* No VM has buffers of its own: only the caller's can be named. */
struct next call_rxtx_unmap(struct call *c)
{
    if ((uint32_t)c->regs->x[1] != 0)
        return refuse(c, FFA_INVALID_PARAMETERS, "no such VM");
    if (c->who->mailbox.state == MAILBOX_UNMAPPED)
        return refuse(c, FFA_INVALID_PARAMETERS, "the caller has no buffers");
    c->who->mailbox = (struct mailbox){MAILBOX_UNMAPPED, 0, 0, 0};
    return succeed(c, 0, 0);
}

struct next call_rx_release(struct call *c)
{
    if ((uint16_t)c->regs->x[1] != 0)
        return refuse(c, FFA_INVALID_PARAMETERS, "no such VM");
    if (!mailbox_release(&c->who->mailbox))
        return refuse(c, FFA_DENIED, "the caller does not own its RX buffer");
    return succeed(c, 0, 0);
}
