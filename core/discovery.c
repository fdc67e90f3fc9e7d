/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_PARTITION_INFO_GET: the partitions as a caller of each version and world may see them. */
#include "abi/stat.h"

#include "core/calls.h"
#include "core/mailbox.h"
#include "core/vcpu.h"

#define INFO_MAX (PARTITION_MAX * UUID_MAX + 1)

/* Bulkhead's own entry (stat.c), after those of all partitions. */
static const struct ffa_uuid logical_uuid = {{STAT_UUID}};
static const struct ffa_uuid nil_uuid;

/* Descriptors as they go to RX, in the size of the caller's version. */
struct reply {
    unsigned count;
    unsigned size;
    struct ffa_partition_info info[INFO_MAX];
};

static bool is_nil(const struct ffa_uuid *uuid)
{
    return (uuid_low(uuid) | uuid_high(uuid)) == 0;
}

/* A partition never sends a request to the Normal world, so the Normal world is not told that it
 * can. */
static uint32_t visible_properties(const struct call *c, const struct partition *p)
{
    uint32_t seen = p->properties;

    if (p->endpoint.version < FFA_VERSION_1_1)
        seen &= ~(uint32_t)(FFA_PROPERTY_INDIRECT | FFA_PROPERTY_NOTIFICATIONS);
    if (p->endpoint.version < FFA_VERSION_1_2)
        seen &= ~(uint32_t)(FFA_PROPERTY_RECEIVES_REQ2 | FFA_PROPERTY_SENDS_REQ2);
    if (c->from == NULL)
        seen &= ~(uint32_t)(FFA_PROPERTY_SENDS_REQ | FFA_PROPERTY_SENDS_REQ2);
    if (c->from != NULL || !(p->properties & FFA_PROPERTY_RECEIVES_REQ))
        seen &= ~(uint32_t)(FFA_PROPERTY_VM_CREATED | FFA_PROPERTY_VM_DESTROYED);
    if (c->who->version == FFA_VERSION_1_0)
        seen &= FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_SENDS_REQ | FFA_PROPERTY_INDIRECT;
    if (c->who->version == FFA_VERSION_1_1)
        seen &= ~(uint32_t)(FFA_PROPERTY_RECEIVES_REQ2 | FFA_PROPERTY_SENDS_REQ2);
    return seen;
}

/* The UUID of a descriptor is the partition's, but zero when the caller asked for that very one. */
COLD static void append(struct reply *r, uint16_t id, unsigned context_count, uint32_t properties,
                        const struct ffa_uuid *uuid)
{
    r->info[r->count++] =
        (struct ffa_partition_info){id, (uint16_t)context_count, properties, *uuid};
}

static void append_partition(struct reply *r, const struct call *c, const struct partition *p,
                             const struct ffa_uuid *uuid)
{
    append(r, p->endpoint.id, p->context_count, visible_properties(c, p), uuid);
}

/* Version 1.2 gets an entry for each UUID of a partition, earlier ones only the first. */
static unsigned entries_of(const struct call *c, const struct partition *p)
{
    return c->who->version >= FFA_VERSION_1_2 ? p->uuid_count : 1;
}

static bool has_uuid(const struct partition *p, const struct ffa_uuid *uuid)
{
    return partition_has_uuid(p, uuid_low(uuid), uuid_high(uuid));
}

/* Whether Bulkhead is among those who are asked for. */
static bool wants_logical(const struct spmc *s, const struct ffa_uuid *uuid)
{
    return s->logical && (is_nil(uuid) || (uuid_low(uuid) == uuid_low(&logical_uuid) &&
                                           uuid_high(uuid) == uuid_high(&logical_uuid)));
}

/* How many descriptors a caller gets for a UUID, nil for all. */
static unsigned count_entries(struct spmc *s, const struct call *c, const struct ffa_uuid *uuid)
{
    bool all = is_nil(uuid);
    unsigned count = wants_logical(s, uuid);

    for (unsigned i = 0; i < s->partition_count; i++) {
        const struct partition *p = &s->partitions[i];
        if (p->state != PARTITION_ABSENT)
            count += all ? entries_of(c, p) : has_uuid(p, uuid);
    }
    return count;
}

static void collect(struct spmc *s, struct reply *r, const struct call *c,
                    const struct ffa_uuid *uuid)
{
    bool all = is_nil(uuid);

    r->count = 0;
    for (unsigned i = 0; i < s->partition_count; i++) {
        const struct partition *p = &s->partitions[i];
        if (p->state == PARTITION_ABSENT)
            continue;
        for (unsigned j = 0; all && j < entries_of(c, p); j++)
            append_partition(r, c, p, &p->uuid[j]);
        if (!all && has_uuid(p, uuid))
            append_partition(r, c, p, &nil_uuid);
    }
    uint32_t width = c->who->version > FFA_VERSION_1_0 ? FFA_PROPERTY_AARCH64 : 0;
    if (wants_logical(s, uuid))
        append(r, STAT_ID, 1, FFA_PROPERTY_RECEIVES_REQ | width, all ? &logical_uuid : &nil_uuid);
}

/* Version 1.0 knows the first eight bytes of a descriptor only. */
static void pack(struct reply *r, const struct call *c)
{
    uint8_t *to = (uint8_t *)r->info;

    r->size = c->who->version == FFA_VERSION_1_0 ? FFA_PARTITION_INFO_SIZE_1_0
                                                 : FFA_PARTITION_INFO_SIZE_1_1;
    for (unsigned i = 0; i < r->count; i++)
        __builtin_memmove(to + i * r->size, &r->info[i], r->size);
}

refusal call_partition_info_get(struct spmc *s, struct call *c)
{
    const uint64_t *x = c->regs->x;
    struct ffa_uuid uuid = {{(uint32_t)x[1], (uint32_t)x[2], (uint32_t)x[3], (uint32_t)x[4]}};
    uint32_t flags = (uint32_t)x[5];
    uint32_t known = c->who->version == FFA_VERSION_1_0 ? 0 : FFA_PARTITION_INFO_COUNT_ONLY;
    unsigned count = count_entries(s, c, &uuid);
    struct reply r;

    if (flags & ~known)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved flag is set");
    if (count == 0)
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such UUID");
    if (flags & FFA_PARTITION_INFO_COUNT_ONLY)
        return succeed(c, count, 0);
    if (c->who->mailbox.state != MAILBOX_EMPTY)
        return REFUSAL(FFA_BUSY, "the RX buffer is not free");
    collect(s, &r, c, &uuid);
    pack(&r, c);
    refusal no = mailbox_deliver(&c->who->mailbox, r.info, r.count * r.size);
    if (no != NULL)
        return no;
    return succeed(c, r.count, r.size == FFA_PARTITION_INFO_SIZE_1_0 ? 0 : r.size);
}

/* Three registers each, from x3: id, contexts and properties; the UUID. */
static void put_entry(uint64_t *x, const struct ffa_partition_info *info)
{
    x[0] = (uint64_t)info->properties << 32 | (uint32_t)info->context_count << 16 | info->id;
    x[1] = uuid_low(&info->uuid);
    x[2] = uuid_high(&info->uuid);
}

/*
 * Discovery without a mailbox: up to five entries from a start index. There is no tag, as the list
 * does not change between calls.
 */
refusal call_partition_info_get_regs(struct spmc *s, struct call *c)
{
    uint64_t *x = c->regs->x;
    struct ffa_uuid uuid = {
        {(uint32_t)x[1], (uint32_t)(x[1] >> 32), (uint32_t)x[2], (uint32_t)(x[2] >> 32)}};
    uint32_t start = (uint16_t)x[3];
    uint32_t tag = (uint16_t)(x[3] >> 16);
    struct reply r;

    collect(s, &r, c, &uuid);
    if (r.count == 0)
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such UUID");
    if (tag != 0)
        return REFUSAL(FFA_RETRY, "no list has such a tag");
    if (start >= r.count)
        return REFUSAL(FFA_INVALID_PARAMETERS, "the start index is past the end");
    start = bounded(start, r.count);

    unsigned end = r.count - start > FFA_PARTITION_INFO_REGS_ENTRIES
                       ? start + FFA_PARTITION_INFO_REGS_ENTRIES
                       : r.count;
    for (unsigned i = 0; i < 18; i++)
        x[i] = 0;
    x[0] = FFA_SUCCESS_64;
    x[2] = (uint64_t)FFA_PARTITION_INFO_SIZE_1_1 << 48 | (uint64_t)(end - 1) << 16 | (r.count - 1);
    for (unsigned i = start; i < end; i++)
        put_entry(&x[3 + 3 * (i - start)], &r.info[i]);
    return ANSWERED;
}
