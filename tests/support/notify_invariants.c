/* SPDX-License-Identifier: BSD-3-Clause */
/* The invariants of notifications: what is bound, what is pending, who has been interrupted. */
#include "core/interrupt.h"
#include "support/invariants.h"

#include <string.h>

#define REQUIRE(condition, text) \
    do {                         \
        if (!(condition))        \
            return text;         \
    } while (0)

static const char *broken_pending(const struct pending *p, uint64_t allowed)
{
    REQUIRE((p->set & ~allowed) == 0, "a notification is pending that is not bound so");
    REQUIRE((p->told & ~p->set) == 0, "the scheduler was told of what is not pending");
    return NULL;
}

/* Each bound bit of a partition is one partition's; the others have no sender. */
static const char *broken_senders(const struct notifications *n, enum sender_world world)
{
    uint64_t all = 0;

    for (unsigned i = 0; world == FROM_PARTITIONS && i < PARTITION_MAX; i++) {
        REQUIRE((all & n->of[i]) == 0, "a notification is bound to two partitions");
        all |= n->of[i];
    }
    REQUIRE(world != FROM_PARTITIONS || all == n->bound,
            "a notification is bound to no partition, or has a sender and is not bound");
    for (unsigned i = 0; world == FROM_NORMAL && i < 64; i++)
        REQUIRE(n->bound & 1ULL << i || n->sender[i] == 0, "an unbound notification has a sender");
    return NULL;
}

static const char *broken_world(const struct notifications *n, enum sender_world world,
                                unsigned vcpus)
{
    static const struct notifications none;
    const char *broken = broken_pending(&n->global, n->bound & ~n->per_vcpu);

    if (n->bound == 0) {
        REQUIRE(memcmp(n, &none, sizeof(none)) == 0,
                "what is not bound is pending, or has a sender");
        return NULL;
    }
    REQUIRE((n->per_vcpu & ~n->bound) == 0, "an unbound notification has a kind");
    if (broken == NULL)
        broken = broken_senders(n, world);
    for (unsigned i = 0; broken == NULL && i < NOTIFY_VCPU_MAX; i++)
        broken = broken_pending(&n->vcpu[i], i < vcpus ? n->per_vcpu : 0);
    return broken;
}

static const char *broken_receiver(const struct receiver *r, unsigned vcpus)
{
    const char *broken = broken_pending(&r->framework, UINT64_MAX);

    for (unsigned i = 0; broken == NULL && i < SENDER_WORLDS; i++)
        broken = broken_world(&r->from[i], (enum sender_world)i, vcpus);
    REQUIRE(vcpus != 0 || ((r->from[0].bound | r->from[1].bound | r->framework.set) == 0),
            "somebody without a bitmap has notifications");
    return broken;
}

static const char *broken_interrupts(const struct spmc *s, unsigned partition)
{
    const struct partition *p = &s->partitions[partition];
    const struct receiver *r = &s->receivers[partition];

    for (unsigned i = 0; i < p->context_count; i++) {
        const struct vcpu *v = &s->vcpus[p->first_vcpu + i];
        uint64_t waits = r->framework.set;

        for (unsigned j = 0; j < SENDER_WORLDS; j++)
            waits |= r->from[j].global.set | r->from[j].vcpu[i].set;
        REQUIRE(!(v->pending & 1U << SLOT_NOTIFICATION) || waits != 0,
                "a context is told of a notification that is not there");
    }
    return NULL;
}

const char *broken_notifications(const struct spmc *s)
{
    const struct receiver *vms = &s->receivers[PARTITION_MAX];
    const char *broken = NULL;

    for (unsigned i = 0; broken == NULL && i < s->partition_count; i++) {
        const struct partition *p = &s->partitions[i];
        bool takes = p->properties & FFA_PROPERTY_NOTIFICATIONS;
        broken = broken_receiver(&s->receivers[i], takes ? p->context_count : 0);
        if (broken == NULL)
            broken = broken_interrupts(s, i);
    }
    for (unsigned i = 0; broken == NULL && i <= VM_MAX; i++) {
        broken = broken_receiver(&vms[i], vms[i].vcpu_count);
        REQUIRE(vms[i].from[FROM_NORMAL].bound == 0, "a VM's notification is a VM's to send");
        REQUIRE(i != 0 || vms[i].id == FFA_ID_NORMAL_WORLD, "a VM has the Normal world's bitmap");
        for (unsigned j = 1; vms[i].vcpu_count != 0 && j < i; j++)
            REQUIRE(vms[j].vcpu_count == 0 || vms[j].id != vms[i].id, "a VM has two bitmaps");
    }
    return broken;
}
