/* SPDX-License-Identifier: BSD-3-Clause */
/* The endpoint RX/TX descriptor, by which a hypervisor forwards the buffers of a VM: bytes in,
 * struct out. */
#include "core/mailbox.h"
#include "core/trace.h"

struct wire_header {
    uint16_t vm;
    uint16_t reserved;
    uint32_t rx_offset;
    uint32_t tx_offset;
    uint32_t padding;
};

/* A composite memory descriptor of one constituent. */
struct wire_buffer {
    uint32_t total_pages;
    uint32_t constituent_count;
    uint64_t reserved;
    uint64_t address;
    uint32_t pages;
    uint32_t reserved_too;
};

#define WIRE_ALIGNMENT 8

#define MALFORMED REFUSAL(FFA_INVALID_PARAMETERS, "a malformed descriptor")

static refusal read_at(const struct call *c, uint64_t offset, void *to, size_t size)
{
    const struct mailbox *hypervisor = &c->who->mailbox;

    if (offset % WIRE_ALIGNMENT != 0 || offset > hypervisor->pages * PAGE_BYTES - size)
        return MALFORMED;
    return trace_copy_in(c, to, hypervisor->tx + offset, size) ? NULL
                                                               : REFUSAL(FFA_ABORTED, "TX is gone");
}

static refusal read_buffer(const struct call *c, uint32_t offset, uint64_t *address,
                           uint32_t *pages)
{
    struct wire_buffer buffer;
    refusal no = offset < sizeof(struct wire_header) ? MALFORMED
                                                     : read_at(c, offset, &buffer, sizeof(buffer));

    if (no != NULL)
        return no;
    if (buffer.constituent_count != 1 || buffer.total_pages != buffer.pages ||
        buffer.reserved != 0 || buffer.reserved_too != 0)
        return MALFORMED;
    *address = buffer.address;
    *pages = buffer.pages;
    return NULL;
}

refusal mailbox_read_forwarded(const struct call *c, uint16_t *vm, struct mailbox *m)
{
    struct wire_header header;
    uint32_t tx_pages = 0;
    refusal no = read_at(c, 0, &header, sizeof(header));

    if (no == NULL)
        no = read_buffer(c, header.rx_offset, &m->rx, &m->pages);
    if (no == NULL)
        no = read_buffer(c, header.tx_offset, &m->tx, &tx_pages);
    if (no != NULL)
        return no;
    *vm = header.vm;
    return header.reserved == 0 && tx_pages == m->pages ? NULL : MALFORMED;
}
