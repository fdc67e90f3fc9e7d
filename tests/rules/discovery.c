/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_PARTITION_INFO_GET and its form in registers (13.9, 6.2): who is told of whom, and what. */
#include "rules/book.h"
#include "rules/choices.h"

#include <string.h>

#include "abi/stat.h"

/* What a caller may know of a partition's properties: those of both's versions, and its world's. */
static uint32_t seen_by(struct rules *r, const struct member *m)
{
    const uint32_t oldest = FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_SENDS_REQ;
    const uint32_t second = FFA_PROPERTY_RECEIVES_REQ2 | FFA_PROPERTY_SENDS_REQ2;
    const uint32_t vms = FFA_PROPERTY_VM_CREATED | FFA_PROPERTY_VM_DESTROYED;
    const uint32_t queued = FFA_PROPERTY_INDIRECT | FFA_PROPERTY_NOTIFICATIONS;
    uint32_t caller = caller_facts(r)->version, seen = m->properties;
    bool world = caller_of_call(r) == THE_WORLD;

    if (m->is.version < FFA_VERSION_1_1)
        seen &= ~queued;
    if (m->is.version < FFA_VERSION_1_2 || caller < FFA_VERSION_1_2)
        seen &= ~second;
    if (caller < FFA_VERSION_1_1)
        seen &= oldest | FFA_PROPERTY_INDIRECT;
    if (world) /* it is never sent a request */
        seen &= ~(uint32_t)(FFA_PROPERTY_SENDS_REQ | FFA_PROPERTY_SENDS_REQ2);
    if (!world || !(m->properties & FFA_PROPERTY_RECEIVES_REQ))
        seen &= ~vms;
    return seen;
}

/* UUID_ENTRIES; the UUID that was asked for is not repeated. Bulkhead itself is the last. */
static void makes_list(struct rules *r, uint64_t low, uint64_t high)
{
    const struct ffa_uuid own = {{STAT_UUID}};
    const uint64_t asked[2] = {low, high};
    uint32_t told =
        caller_facts(r)->version < FFA_VERSION_1_1 ? FFA_PROPERTY_RECEIVES_REQ : UINT32_MAX;
    bool all = (low | high) == 0;
    unsigned each;

    for (int i = 0; i < r->b.members; i++) {
        const struct member *m = &r->b.member[i];
        if (m->life == IS_ABSENT || (!all && !member_has_uuid(m, low, high)))
            continue;
        each = all && caller_facts(r)->version >= CHOICE_UUID_ENTRIES ? m->uuids : 1;
        for (unsigned j = 0; j < each; j++) {
            struct ffa_partition_info *info = &r->list[r->listed++];
            *info = (struct ffa_partition_info){m->is.id, m->contexts, seen_by(r, m), {{0}}};
            if (all)
                info->uuid = m->uuid[j];
        }
    }
    if (r->b.logical && (all || memcmp(&own, asked, sizeof(own)) == 0))
        r->list[r->listed++] = (struct ffa_partition_info){
            STAT_ID, 1, told & (FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_AARCH64),
            all ? own : (struct ffa_uuid){{0}}};
}

void rules_discovery(struct rules *r)
{
    struct endpoint_facts *is = caller_facts(r);
    bool oldest = is->version < FFA_VERSION_1_1;
    bool count = !oldest && w(r, 5) & 1;
    uint32_t size = oldest ? 8 : 24;

    makes_list(r, (uint64_t)w(r, 2) << 32 | w(r, 1), (uint64_t)w(r, 4) << 32 | w(r, 3));
    must(r, (w(r, 5) & ~(oldest ? 0U : 1U)) == 0, FFA_INVALID_PARAMETERS);
    must(r, r->listed != 0, FFA_INVALID_PARAMETERS);
    if (!count) {
        must(r, is->box.rx == RX_EMPTY, CHOICE_NO_RX);
        must(r, is->box.rx == RX_NONE || r->listed * size <= is->box.pages * 4096, FFA_NO_MEMORY);
    }
    if (refused(r))
        return;
    answers_with(r, FFA_SUCCESS_32, r->listed, count || oldest ? 0 : size);
    if (count) {
        r->listed = 0;
        return;
    }
    r->may_abort = r->a.copies_fail;
    r->listed_size = size;
    r->listed_at = is->box.rx_at;
    is->box.rx = RX_FULL;
}

void rules_discovery_by_registers(struct rules *r)
{
    uint32_t start = (uint16_t)r->a.x[3], tag = (uint16_t)(r->a.x[3] >> 16);
    unsigned last;
    uint64_t *x;

    makes_list(r, r->a.x[1], r->a.x[2]);
    must(r, r->listed != 0 && start < r->listed, FFA_INVALID_PARAMETERS);
    must(r, tag == 0, CHOICE_TAGGED_LIST);
    if (refused(r))
        return;
    last = start + 4 < r->listed - 1 ? start + 4 : r->listed - 1;
    x = answers_with(r, FFA_SUCCESS_64, 24ULL << 48 | (uint64_t)last << 16 | (r->listed - 1), 0);
    r->written[r->writes - 1].checked = EIGHTEEN;
    for (unsigned i = start; i <= last; i++)
        memcpy(&x[3 + 3 * (i - start)], &r->list[i], 24);
    r->listed = 0;
}
