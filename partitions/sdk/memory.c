/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that others share, lend or donate, and this partition's own for others. Descriptions pass
 * through TX and RX: one context at a time uses them.
 */
#include "partitions/sdk/private.h"
#include "partitions/sdk/sdk.h"

#define RANGE_BYTES sizeof(struct ffa_memory_range)

/* Of versions 1.1 and 1.2 alike. */
#define HEADER_BYTES FFA_MEMORY_HEADER_1_1
#define ACCESS_BYTES FFA_MEMORY_ACCESS_1_0

static struct sdk_lock lock;

static uint16_t own_id(void)
{
    static uint16_t id;

    if (id == 0)
        id = (uint16_t)ffa_id_get();
    return id;
}

/* ---- Retrieving ---- */

static uint32_t write_request(const struct sdk_memory *m)
{
    const struct ffa_memory_header header = {
        .sender = m->sender,
        .flags = m->flags,
        .handle = m->handle,
        .tag = m->tag,
        .access_size = ACCESS_BYTES,
        .count = 1,
        .offset = HEADER_BYTES,
    };
    const struct ffa_memory_access own = {.id = own_id(), .permissions = m->access};

    memcpy(sdk_tx, &header, HEADER_BYTES);
    memcpy(sdk_tx + HEADER_BYTES, &own, ACCESS_BYTES);
    return HEADER_BYTES + ACCESS_BYTES;
}

/* What stands before the ranges; gives its size. The SPMC alone writes to RX, so it is sound. */
static uint32_t read_head(struct sdk_memory *m)
{
    struct ffa_memory_header header;
    struct ffa_memory_access own;
    struct ffa_memory_composite composite;

    memcpy(&header, sdk_rx, HEADER_BYTES);
    memcpy(&own, sdk_rx + header.offset, ACCESS_BYTES);
    memcpy(&composite, sdk_rx + own.composite, sizeof(composite));
    m->access = own.permissions;
    m->non_secure = header.attributes & FFA_MEMORY_NON_SECURE;
    m->flags = header.flags;
    m->pages = composite.pages;
    m->count = composite.count;
    return own.composite + (uint32_t)sizeof(composite);
}

/* Ranges from the first on, as many as there is room for. Gives the status of the last call. */
static int32_t read_ranges(struct sdk_memory *m, uint32_t total, uint32_t fragment)
{
    uint32_t at = read_head(m), done = fragment, ranges = 0;
    struct ffa_regs regs;
    int32_t status = FFA_OK;

    for (;;) {
        for (; at < fragment; at += RANGE_BYTES, ranges++)
            if (ranges < m->room)
                memcpy(&m->range[ranges], sdk_rx + at, RANGE_BYTES);
        ffa_rx_release();
        if (done >= total)
            return status;
        regs =
            (struct ffa_regs){.x = {FFA_MEM_FRAG_RX, (uint32_t)m->handle, m->handle >> 32, done}};
        ffa_call(&regs);
        status = ffa_status(&regs);
        if (status != FFA_OK)
            return status;
        at = 0;
        fragment = (uint32_t)regs.x[3];
        done += fragment;
    }
}

static int32_t relinquish(uint64_t handle, uint32_t flags)
{
    const struct ffa_memory_relinquish own = {handle, flags, 1, {own_id()}};
    struct ffa_regs regs = {.x = {FFA_MEM_RELINQUISH}};

    memcpy(sdk_tx, &own, sizeof(own));
    ffa_call(&regs);
    return ffa_status(&regs);
}

int32_t sdk_memory_retrieve(struct sdk_memory *memory)
{
    struct ffa_regs regs = {.x = {FFA_MEM_RETRIEVE_REQ_64}};
    int32_t status;

    sdk_lock(&lock);
    regs.x[1] = regs.x[2] = write_request(memory);
    ffa_call(&regs);
    status = ffa_status(&regs);
    if (status == FFA_OK) {
        status = read_ranges(memory, (uint32_t)regs.x[1], (uint32_t)regs.x[2]);
        if (memory->count > memory->room)
            status = FFA_NO_MEMORY;
        if (status != FFA_OK)
            relinquish(memory->handle, 0);
    }
    sdk_unlock(&lock);
    return status;
}

int32_t sdk_memory_relinquish(const struct sdk_memory *memory, uint32_t flags)
{
    int32_t status;

    sdk_lock(&lock);
    status = relinquish(memory->handle, flags);
    sdk_unlock(&lock);
    return status;
}

/* ---- Stage 1 ---- */

static uint64_t attributes_of(const struct sdk_memory *m)
{
    if (m->non_secure)
        return SDK_WRITE | SDK_NONSECURE;
    if ((m->access & FFA_ACCESS_CODE) == FFA_ACCESS_X)
        return SDK_EXECUTE;
    return m->access & FFA_ACCESS_RW ? SDK_WRITE : SDK_READ;
}

bool sdk_memory_map(const struct sdk_memory *memory)
{
    bool mapped = true;

    sdk_lock(&lock);
    for (uint32_t i = 0; i < memory->count; i++) {
        const struct ffa_memory_range *r = &memory->range[i];
        uint64_t size = (uint64_t)r->pages * SDK_PAGE;

        mapped =
            mapped && (memory->non_secure ? sdk_map_around(r->address, size, attributes_of(memory))
                                          : sdk_map(r->address, size, attributes_of(memory)));
    }
    sdk_unlock(&lock);
    return mapped;
}

void sdk_memory_unmap(const struct sdk_memory *memory)
{
    sdk_lock(&lock);
    for (uint32_t i = 0; i < memory->count && !memory->non_secure; i++)
        sdk_map(memory->range[i].address, (uint64_t)memory->range[i].pages * SDK_PAGE, SDK_NOTHING);
    sdk_unlock(&lock);
}

/* ---- What is in it ---- */

/* How many bytes of the range, of the `size` that are left. */
static size_t part_of(const struct ffa_memory_range *range, size_t size)
{
    uint64_t bytes = (uint64_t)range->pages * SDK_PAGE;

    return bytes < size ? (size_t)bytes : size;
}

static bool holds(const struct sdk_memory *m, size_t size)
{
    return size <= (uint64_t)m->pages * SDK_PAGE;
}

bool sdk_memory_read(const struct sdk_memory *memory, void *to, size_t size)
{
    uint8_t *next = to;

    if (!holds(memory, size))
        return false;
    for (const struct ffa_memory_range *r = memory->range; size != 0; r++) {
        size_t part = part_of(r, size);

        memcpy(next, (const void *)r->address, part);
        next += part;
        size -= part;
    }
    return true;
}

bool sdk_memory_write(const struct sdk_memory *memory, const void *from, size_t size)
{
    const uint8_t *next = from;

    if (!holds(memory, size))
        return false;
    for (const struct ffa_memory_range *r = memory->range; size != 0; r++) {
        size_t part = part_of(r, size);

        memcpy((void *)r->address, next, part);
        next += part;
        size -= part;
    }
    return true;
}

/* ---- Sending ---- */

/* Ranges that fit in TX behind `at` bytes; gives how many bytes are there then. */
static uint32_t write_ranges(uint32_t at, const struct sdk_memory *m, uint32_t *next)
{
    for (; *next < m->count && at <= SDK_PAGE - RANGE_BYTES; at += RANGE_BYTES, ++*next)
        memcpy(sdk_tx + at, &m->range[*next], RANGE_BYTES);
    return at;
}

static uint32_t write_head(uint64_t function, const struct sdk_memory *m,
                           const struct ffa_memory_access *borrowers, unsigned int borrower_count)
{
    const uint32_t composite_at = HEADER_BYTES + borrower_count * ACCESS_BYTES;
    const struct ffa_memory_header header = {
        .sender = own_id(),
        .attributes = function == FFA_MEM_SHARE_64 ? FFA_MEMORY_USUAL : 0,
        .flags = m->flags,
        .tag = m->tag,
        .access_size = ACCESS_BYTES,
        .count = borrower_count,
        .offset = HEADER_BYTES,
    };
    struct ffa_memory_composite composite = {.count = m->count};

    for (uint32_t i = 0; i < m->count; i++)
        composite.pages += m->range[i].pages;
    memcpy(sdk_tx, &header, HEADER_BYTES);
    for (unsigned int i = 0; i < borrower_count; i++) {
        const struct ffa_memory_access access = {.id = borrowers[i].id,
                                                 .permissions = borrowers[i].permissions,
                                                 .composite = composite_at};

        memcpy(sdk_tx + HEADER_BYTES + i * ACCESS_BYTES, &access, ACCESS_BYTES);
    }
    memcpy(sdk_tx + composite_at, &composite, sizeof(composite));
    return composite_at + (uint32_t)sizeof(composite);
}

int32_t sdk_memory_send(uint64_t function, struct sdk_memory *memory,
                        const struct ffa_memory_access *borrowers, unsigned int borrower_count)
{
    struct ffa_regs regs = {.x = {function}};
    uint32_t head, next = 0;

    if (borrower_count > SDK_BORROWERS)
        return FFA_INVALID_PARAMETERS;
    sdk_lock(&lock);
    head = write_head(function, memory, borrowers, borrower_count);
    regs.x[1] = head + memory->count * RANGE_BYTES;
    regs.x[2] = write_ranges(head, memory, &next);
    ffa_call(&regs);
    while (regs.x[0] == FFA_MEM_FRAG_RX) {
        regs = (struct ffa_regs){.x = {FFA_MEM_FRAG_TX, regs.x[1], regs.x[2]}};
        regs.x[3] = write_ranges(0, memory, &next);
        ffa_call(&regs);
    }
    memory->handle = (uint32_t)regs.x[2] | regs.x[3] << 32;
    sdk_unlock(&lock);
    return ffa_status(&regs);
}
