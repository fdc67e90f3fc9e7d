/* SPDX-License-Identifier: BSD-3-Clause */
/* The endpoint RX/TX descriptor, by which a hypervisor forwards the buffers of a VM: bytes in,
 * struct out. */
#include "core/mailbox.h"
#include "core/port.h"

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

static int read_at(const struct mailbox *hypervisor, uint64_t offset, void *to, size_t size)
{
    if (offset % WIRE_ALIGNMENT != 0 || offset > hypervisor->pages * PAGE_BYTES - size)
        return FFA_INVALID_PARAMETERS;
    return port_copy_in(to, hypervisor->tx + offset, size) ? 0 : FFA_ABORTED;
}

static int read_buffer(const struct mailbox *hypervisor, uint32_t offset, uint64_t *address,
                       uint32_t *pages)
{
    struct wire_buffer buffer;
    int status = offset < sizeof(struct wire_header)
                     ? FFA_INVALID_PARAMETERS
                     : read_at(hypervisor, offset, &buffer, sizeof(buffer));

    if (status != 0)
        return status;
    if (buffer.constituent_count != 1 || buffer.total_pages != buffer.pages ||
        buffer.reserved != 0 || buffer.reserved_too != 0)
        return FFA_INVALID_PARAMETERS;
    *address = buffer.address;
    *pages = buffer.pages;
    return 0;
}

int mailbox_read_forwarded(const struct mailbox *hypervisor, uint16_t *vm, struct mailbox *m)
{
    struct wire_header header;
    uint32_t tx_pages = 0;
    int status = read_at(hypervisor, 0, &header, sizeof(header));

    if (status == 0)
        status = read_buffer(hypervisor, header.rx_offset, &m->rx, &m->pages);
    if (status == 0)
        status = read_buffer(hypervisor, header.tx_offset, &m->tx, &tx_pages);
    if (status != 0)
        return status;
    *vm = header.vm;
    return header.reserved == 0 && tx_pages == m->pages ? 0 : FFA_INVALID_PARAMETERS;
}
