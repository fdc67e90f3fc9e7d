/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FFA_NOTIFICATION_INFO_GET: whom the Normal world's scheduler has to run. The answer is made of
 * lists of ids, a receiver and up to three of its vCPUs; what was told once is not told again until
 * the receiver has fetched it.
 *
 * Linux 6.12 reads one id too many from a list with vCPUs, and never the last id that there is room
 * for: so at most one such list goes into an answer, as its last, and one id less.
 */
#include "core/notify.h"

#define IDS_IN_REGISTER_64 4
#define IDS_IN_REGISTER_32 2
#define ID_REGISTERS 5 /* x3 to x7 */
#define VCPUS_IN_LIST 3
#define MORE_PENDING 1
#define LISTS_SHIFT 7
#define SIZES_SHIFT 12

struct reply {
    uint16_t id[ID_REGISTERS * IDS_IN_REGISTER_64];
    unsigned room; /* ids that fit */
    unsigned count;
    unsigned lists;
    uint64_t sizes; /* vCPUs of each list, two bits each */
};

static bool is_untold(const struct pending *pending)
{
    return (pending->set & ~pending->told) != 0;
}

static bool global_is_untold(const struct receiver *r)
{
    return is_untold(&r->framework) || is_untold(&r->from[FROM_PARTITIONS].global) ||
           is_untold(&r->from[FROM_NORMAL].global);
}

static bool vcpu_is_untold(const struct receiver *r, unsigned vcpu)
{
    return is_untold(&r->from[FROM_PARTITIONS].vcpu[vcpu]) ||
           is_untold(&r->from[FROM_NORMAL].vcpu[vcpu]);
}

void notify_news(struct spmc *s, struct receiver *r, unsigned vcpu)
{
    unsigned index = (unsigned)(r - s->receivers);
    uint64_t *word = &s->news[index / 64];
    uint32_t news = r->news & ~(NEWS_GLOBAL | 1U << vcpu);

    if (global_is_untold(r))
        news |= NEWS_GLOBAL;
    if (vcpu_is_untold(r, vcpu))
        news |= 1U << vcpu;
    r->news = news;
    *word = (*word & ~(1ULL << index % 64)) | (uint64_t)(news != 0) << index % 64;
}

static void tell(struct pending *pending)
{
    pending->told = pending->set;
}

/* A partition that is dead, or has not started, cannot be scheduled. */
static bool can_run(const struct spmc *s, unsigned receiver)
{
    return receiver >= PARTITION_MAX || s->partitions[receiver].state == PARTITION_LIVE;
}

static uint16_t id_of(const struct spmc *s, unsigned receiver)
{
    return receiver < PARTITION_MAX ? s->partitions[receiver].endpoint.id
                                    : s->receivers[receiver].id;
}

static void list_global(struct spmc *s, struct reply *to, struct receiver *r, uint16_t id)
{
    if (to->count == to->room || !(r->news & NEWS_GLOBAL))
        return;
    tell(&r->framework);
    tell(&r->from[FROM_PARTITIONS].global);
    tell(&r->from[FROM_NORMAL].global);
    notify_news(s, r, 0);
    to->id[to->count++] = id;
    to->lists++;
}

static void list_vcpus(struct spmc *s, struct reply *to, struct receiver *r, uint16_t id)
{
    unsigned vcpus = 0;

    to->id[to->count++] = id;
    for (unsigned i = 0; i < NOTIFY_VCPU_MAX && vcpus < VCPUS_IN_LIST; i++) {
        if (to->count == to->room || !(r->news & 1U << i))
            continue;
        tell(&r->from[FROM_PARTITIONS].vcpu[i]);
        tell(&r->from[FROM_NORMAL].vcpu[i]);
        notify_news(s, r, i);
        to->id[to->count++] = (uint16_t)i;
        vcpus++;
    }
    to->sizes |= (uint64_t)vcpus << 2 * to->lists++;
}

/* The first receiver from `i` on that has news and can run; RECEIVER_MAX when there is none. */
static unsigned next_with_news(const struct spmc *s, unsigned i)
{
    while (i < RECEIVER_MAX) {
        uint64_t word = s->news[i / 64] >> i % 64;
        if (word == 0) {
            i = (i / 64 + 1) * 64;
            continue;
        }
        i += (unsigned)__builtin_ctzll(word);
        if (can_run(s, i))
            return i;
        i++;
    }
    return RECEIVER_MAX;
}

/* With room for a list of vCPUs, what is left to tell is of vCPUs alone. */
static void list_all(struct spmc *s, struct reply *to)
{
    unsigned i;

    for (i = 0; (i = next_with_news(s, i)) < RECEIVER_MAX; i++)
        list_global(s, to, &s->receivers[i], id_of(s, i));
    i = next_with_news(s, 0);
    if (i < RECEIVER_MAX && to->count + 2 <= to->room)
        list_vcpus(s, to, &s->receivers[i], id_of(s, i));
}

refusal call_notification_info_get(struct spmc *s, struct call *c)
{
    bool wide = (uint32_t)c->regs->x[0] & FFA_SMC64;
    unsigned in_register = wide ? IDS_IN_REGISTER_64 : IDS_IN_REGISTER_32;
    struct reply reply = {.room = ID_REGISTERS * in_register - 1};
    uint64_t *x = c->regs->x;

    list_all(s, &reply);
    if (reply.lists == 0)
        return REFUSAL(FFA_NO_DATA, "nothing new is pending");
    regs_set(c->regs, wide ? FFA_SUCCESS_64 : FFA_SUCCESS_32, 0,
             (next_with_news(s, 0) < RECEIVER_MAX ? MORE_PENDING : 0) |
                 (uint64_t)reply.lists << LISTS_SHIFT | reply.sizes << SIZES_SHIFT,
             0);
    for (unsigned i = 0; i < reply.count; i++)
        x[3 + i / in_register] |= (uint64_t)reply.id[i] << 16 * (i % in_register);
    return ANSWERED;
}
