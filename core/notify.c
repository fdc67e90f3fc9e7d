/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Notifications: bits that a sender sets and a receiver fetches. A receiver has 64 for partitions
 * to send and 64 for the Normal world, each bound to its sender, and two of the framework. Three
 * parties learn of a bit that is set: the receiver by a virtual interrupt, the Normal world's
 * scheduler by the schedule-receiver interrupt, and by FFA_NOTIFICATION_INFO_GET whom to run.
 */
#include "core/notify.h"

#include "core/interrupt.h"
#include "core/port.h"
#include "core/vcpu.h"

#define SECURE(id) (((id)&FFA_ID_SECURE) != 0)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

_Static_assert(NOTIFY_VCPU_MAX >= CPU_MAX, "a partition's contexts have per-vCPU notifications");

/* ---- Receivers: partitions by their index, the Normal world, VMs ---- */

static bool is_partition(const struct spmc *s, const struct receiver *r)
{
    return r < &s->receivers[PARTITION_MAX];
}

static struct partition *partition_of(struct spmc *s, const struct receiver *r)
{
    return &s->partitions[r - s->receivers];
}

static bool takes_notifications(const struct partition *p)
{
    return p->properties & FFA_PROPERTY_NOTIFICATIONS && p->endpoint.version >= FFA_VERSION_1_1;
}

/*
 * The place of a VM with a bitmap, or a free one for it; NULL when there is none. The search starts
 * where the id alone would put it, so it mostly ends there; the first place is the Normal world's.
 */
static struct receiver *find_vm(struct spmc *s, uint16_t id, bool free)
{
    struct receiver *vms = &s->receivers[PARTITION_MAX + 1];

    if (id == FFA_ID_NORMAL_WORLD)
        return (vms[-1].vcpu_count == 0) == free ? &vms[-1] : NULL;
    for (unsigned i = 0; i < VM_MAX; i++) {
        struct receiver *r = &vms[(id + i) % VM_MAX];
        if (free ? r->vcpu_count == 0 : r->vcpu_count != 0 && r->id == id)
            return r;
    }
    return NULL;
}

/* Who takes notifications now; NULL for all others. */
static struct receiver *receiver_by_id(struct spmc *s, uint16_t id)
{
    const struct partition *p;

    if (!SECURE(id))
        return find_vm(s, id, false);
    p = partition_by_id(s, id);
    return p != NULL && takes_notifications(p) ? &s->receivers[p - s->partitions] : NULL;
}

COLD static unsigned vcpus_of(struct spmc *s, const struct receiver *r)
{
    return is_partition(s, r) ? partition_of(s, r)->context_count : r->vcpu_count;
}

COLD static struct notifications *from_world_of(struct receiver *r, uint16_t sender)
{
    return &r->from[SECURE(sender) ? FROM_PARTITIONS : FROM_NORMAL];
}

/* ---- Bits ---- */

/* The bits that are bound to a partition; its start may have failed. */
static uint64_t *bits_of_partition(struct spmc *s, struct notifications *n, uint16_t sender)
{
    return &n->of[s->by_id[sender & 0xff] - PLACE(partitions)];
}

/* Those of `bits` that are bound to a sender. */
static uint64_t bound_to(struct spmc *s, struct notifications *n, uint16_t sender, uint64_t bits)
{
    uint64_t found = 0;

    if (SECURE(sender))
        return bits & *bits_of_partition(s, n, sender);
    for (uint64_t rest = bits & n->bound; rest != 0; rest &= rest - 1)
        if (n->sender[__builtin_ctzll(rest)] == sender)
            found |= rest & -rest;
    return found;
}

COLD static uint64_t pending_in(const struct notifications *n)
{
    uint64_t bits = n->global.set;

    for (unsigned i = 0; i < NOTIFY_VCPU_MAX; i++)
        bits |= n->vcpu[i].set;
    return bits;
}

static void clear(struct pending *pending, uint64_t bits)
{
    pending->set &= ~bits;
    pending->told &= ~bits;
}

static uint64_t take(struct pending *pending, uint64_t bits)
{
    uint64_t taken = pending->set & bits;

    clear(pending, bits);
    return taken;
}

static void bind(struct spmc *s, struct notifications *n, uint16_t sender, uint64_t bits,
                 bool per_vcpu)
{
    n->bound |= bits;
    if (per_vcpu)
        n->per_vcpu |= bits;
    if (SECURE(sender)) {
        *bits_of_partition(s, n, sender) |= bits;
        return;
    }
    for (uint64_t rest = bits; rest != 0; rest &= rest - 1)
        n->sender[__builtin_ctzll(rest)] = sender;
}

static void unbind(struct spmc *s, struct notifications *n, uint16_t sender, uint64_t bits)
{
    n->bound &= ~bits;
    n->per_vcpu &= ~bits;
    if (SECURE(sender)) {
        *bits_of_partition(s, n, sender) &= ~bits;
        return;
    }
    for (uint64_t rest = bits; rest != 0; rest &= rest - 1)
        n->sender[__builtin_ctzll(rest)] = 0;
}

/* Whether anything waits for one of the receiver's vCPUs. */
COLD static bool waits_for(const struct receiver *r, unsigned vcpu)
{
    uint64_t bits = r->framework.set;

    for (unsigned i = 0; i < COUNT(r->from); i++)
        bits |= r->from[i].global.set | r->from[i].vcpu[vcpu].set;
    return bits != 0;
}

/* ---- Telling the receiver, and who schedules it ---- */

/* What is OFF learns when it starts. */
static void interrupt_context(unsigned cpu, struct vcpu *v)
{
    if (v->state != VCPU_OFF)
        interrupt_pend(cpu, v, SLOT_NOTIFICATION);
}

static void signal(struct spmc *s, unsigned cpu, const struct receiver *r, unsigned first,
                   unsigned end, bool delayed)
{
    if (is_partition(s, r))
        for (unsigned i = first; i < end; i++)
            interrupt_context(cpu, partition_context(s, partition_of(s, r), i));
    if (delayed)
        s->cpus[cpu].chores |= CHORE_SCHEDULE_RECEIVER;
    else
        port_sgi_normal();
}

/* Contexts for which nothing waits any more have no reason for the interrupt. */
static void calm(struct spmc *s, const struct receiver *r)
{
    const struct partition *p;

    if (!is_partition(s, r))
        return;
    p = partition_of(s, r);
    for (unsigned i = 0; i < p->context_count; i++)
        if (!waits_for(r, i))
            interrupt_withdraw(partition_context(s, p, i), SLOT_NOTIFICATION);
}

void notify_start(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    if (waits_for(&s->receivers[v->partition], v->index))
        interrupt_pend(cpu, v, SLOT_NOTIFICATION);
}

void notify_framework(struct spmc *s, unsigned cpu, uint16_t receiver, uint64_t bits, bool delayed)
{
    struct receiver *r = receiver_by_id(s, receiver);

    if (r == NULL || (is_partition(s, r) && partition_is_dead(partition_of(s, r))))
        return;
    r->framework.set |= bits;
    notify_news(s, r, 0);
    signal(s, cpu, r, 0, vcpus_of(s, r), delayed);
}

bool notify_framework_waits(struct spmc *s, uint16_t receiver, uint64_t bits)
{
    const struct receiver *r = receiver_by_id(s, receiver);

    return r != NULL && (r->framework.set & bits) != 0;
}

/* ---- Bitmaps of the Normal world ---- */

bool notify_bitmap_exists(const struct spmc *s)
{
    for (unsigned i = PARTITION_MAX; i < RECEIVER_MAX; i++)
        if (s->receivers[i].vcpu_count != 0)
            return true;
    return false;
}

refusal call_notification_bitmap_create(struct spmc *s, struct call *c)
{
    uint16_t id = (uint16_t)c->regs->x[1];
    uint32_t vcpus = (uint32_t)c->regs->x[2];
    struct receiver *r = find_vm(s, id, true);

    if (SECURE(id))
        return REFUSAL(FFA_INVALID_PARAMETERS, "a partition's bitmap stays");
    if (vcpus == 0 || vcpus > NOTIFY_VCPU_MAX)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a number out of range");
    if (find_vm(s, id, false) != NULL)
        return REFUSAL(FFA_DENIED, "the bitmap exists");
    if (r == NULL)
        return REFUSAL(FFA_NO_MEMORY, "no more VMs than the limit");
    r->id = id;
    r->vcpu_count = (uint16_t)vcpus;
    return NULL;
}

refusal call_notification_bitmap_destroy(struct spmc *s, struct call *c)
{
    uint16_t id = (uint16_t)c->regs->x[1];
    struct receiver *r = find_vm(s, id, false);

    if (SECURE(id))
        return REFUSAL(FFA_INVALID_PARAMETERS, "a partition's bitmap stays");
    if (r == NULL)
        return REFUSAL(FFA_DENIED, "there is no such bitmap");
    if ((r->framework.set | pending_in(&r->from[FROM_PARTITIONS])) != 0)
        return REFUSAL(FFA_DENIED, "a notification is pending");
    *r = (struct receiver){0};
    return NULL;
}

/* ---- Binding ---- */

static uint64_t bits_of(const struct call *c)
{
    return (uint64_t)(uint32_t)c->regs->x[4] << 32 | (uint32_t)c->regs->x[3];
}

static bool is_vm(uint16_t id)
{
    return !SECURE(id) && id != FFA_ID_NORMAL_WORLD;
}

/* For somebody who has no bitmap: it may get one later, or is nobody. */
static refusal no_receiver(uint16_t id)
{
    if (is_vm(id))
        return REFUSAL(FFA_INVALID_PARAMETERS, "the VM has no bitmap");
    return REFUSAL(FFA_NOT_SUPPORTED, "the receiver takes no notifications");
}

/* A partition speaks for itself; the Normal world for any of its ids. */
static bool is_caller(const struct call *c, uint16_t id)
{
    return c->from != NULL ? id == c->who->id : !SECURE(id);
}

/* What BIND and UNBIND ask of sender and receiver. */
static refusal binding_refusal(struct spmc *s, const struct call *c, uint16_t sender,
                               uint16_t receiver)
{
    if (bits_of(c) == 0)
        return REFUSAL(FFA_INVALID_PARAMETERS, "no notification is named");
    if (!is_caller(c, receiver))
        return REFUSAL(FFA_INVALID_PARAMETERS, "the receiver is not the caller");
    if (sender == receiver || (c->from == NULL && !SECURE(sender)) ||
        (SECURE(sender) && partition_by_id(s, sender) == NULL))
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such sender");
    if (receiver_by_id(s, receiver) == NULL)
        return no_receiver(receiver);
    return NULL;
}

/* Either, as the call asks. */
static refusal bind_or_unbind(struct spmc *s, const struct call *c, bool binds)
{
    uint16_t sender = (uint16_t)(c->regs->x[1] >> 16);
    uint16_t receiver = (uint16_t)c->regs->x[1];
    uint32_t flags = (uint32_t)c->regs->x[2];
    uint64_t bits = bits_of(c);
    refusal no = binding_refusal(s, c, sender, receiver);
    struct notifications *n;

    if (binds && (flags & ~(uint32_t)FFA_NOTIFICATION_PER_VCPU))
        return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved flag is set");
    if (no != NULL)
        return no;
    n = from_world_of(receiver_by_id(s, receiver), sender);
    if (binds) {
        if (n->bound & bits)
            return REFUSAL(FFA_DENIED, "a notification is bound");
        bind(s, n, sender, bits, flags & FFA_NOTIFICATION_PER_VCPU);
        return NULL;
    }
    if (bits & ~bound_to(s, n, sender, bits))
        return REFUSAL(FFA_DENIED, "not bound to the sender");
    if (bits & pending_in(n))
        return REFUSAL(FFA_DENIED, "a notification is pending");
    unbind(s, n, sender, bits);
    return NULL;
}

refusal call_notification_bind(struct spmc *s, struct call *c)
{
    return bind_or_unbind(s, c, true);
}

refusal call_notification_unbind(struct spmc *s, struct call *c)
{
    return bind_or_unbind(s, c, false);
}

/* ---- Setting and fetching ---- */

static refusal flags_refusal(const struct call *c, uint32_t flags)
{
    uint32_t known = FFA_NOTIFICATION_PER_VCPU | FFA_NOTIFICATION_VCPU_MASK;

    if (c->from != NULL)
        known |= FFA_NOTIFICATION_DELAY_SRI;
    if (flags & ~known)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved flag is set");
    if (!(flags & FFA_NOTIFICATION_PER_VCPU) && flags & FFA_NOTIFICATION_VCPU_MASK)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a global notification names a vCPU");
    return NULL;
}

static refusal parties_refusal(struct spmc *s, const struct call *c, uint16_t sender,
                               uint16_t receiver)
{
    const struct partition *p = SECURE(receiver) ? partition_by_id(s, receiver) : NULL;

    if (bits_of(c) == 0)
        return REFUSAL(FFA_INVALID_PARAMETERS, "no notification is named");
    if (!is_caller(c, sender))
        return REFUSAL(FFA_INVALID_PARAMETERS, "the sender is not the caller");
    if (sender == receiver || (SECURE(receiver) ? p == NULL : c->from == NULL))
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such receiver");
    if (p != NULL && partition_is_dead(p))
        return REFUSAL(FFA_ABORTED, "the receiver is dead");
    return NULL;
}

static refusal bits_refusal(struct spmc *s, struct notifications *n, uint16_t sender, uint64_t bits,
                            bool per_vcpu)
{
    if (bits & ~bound_to(s, n, sender, bits))
        return REFUSAL(FFA_DENIED, "not bound to the sender");
    if (bits & (per_vcpu ? ~n->per_vcpu : n->per_vcpu))
        return REFUSAL(FFA_INVALID_PARAMETERS, "bound in the other way");
    return NULL;
}

refusal call_notification_set(struct spmc *s, struct call *c)
{
    uint16_t sender = (uint16_t)(c->regs->x[1] >> 16);
    uint16_t receiver = (uint16_t)c->regs->x[1];
    uint32_t flags = (uint32_t)c->regs->x[2];
    bool per_vcpu = flags & FFA_NOTIFICATION_PER_VCPU;
    unsigned vcpu = flags >> FFA_NOTIFICATION_VCPU_SHIFT;
    refusal no = flags_refusal(c, flags);

    if (no == NULL)
        no = parties_refusal(s, c, sender, receiver);
    if (no != NULL)
        return no;
    struct receiver *r = receiver_by_id(s, receiver);
    if (r == NULL && is_vm(receiver))
        return REFUSAL(FFA_INVALID_PARAMETERS, "the VM has no bitmap");
    if (r == NULL)
        return REFUSAL(FFA_DENIED, "the receiver takes no notifications");
    struct notifications *n = from_world_of(r, sender);
    unsigned vcpus = vcpus_of(s, r);
    if (vcpu >= vcpus)
        return REFUSAL(FFA_INVALID_PARAMETERS, "the receiver has no such vCPU");
    vcpu = bounded(vcpu, vcpus);
    no = bits_refusal(s, n, sender, bits_of(c), per_vcpu);
    if (no != NULL)
        return no;

    (per_vcpu ? &n->vcpu[vcpu] : &n->global)->set |= bits_of(c);
    notify_news(s, r, vcpu);
    signal(s, c->cpu, r, vcpu, per_vcpu ? vcpu + 1 : vcpus, flags & FFA_NOTIFICATION_DELAY_SRI);
    return NULL;
}

/* The pending bits of a world, global ones and the vCPU's, to a pair of registers. */
COLD static void fetch(struct notifications *n, unsigned vcpu, uint64_t *x)
{
    uint64_t bits = take(&n->global, UINT64_MAX) | take(&n->vcpu[vcpu], UINT64_MAX);

    x[0] = (uint32_t)bits;
    x[1] = bits >> 32;
}

refusal call_notification_get(struct spmc *s, struct call *c)
{
    uint16_t vcpu = (uint16_t)(c->regs->x[1] >> 16);
    uint16_t receiver = (uint16_t)c->regs->x[1];
    uint32_t flags = (uint32_t)c->regs->x[2];
    uint32_t known = FFA_NOTIFICATION_FROM_PARTITIONS | FFA_NOTIFICATION_FROM_SPM;
    struct receiver *r = receiver_by_id(s, receiver);

    if (c->from != NULL)
        known |= FFA_NOTIFICATION_FROM_VMS | FFA_NOTIFICATION_FROM_HYPERVISOR;
    if (flags & ~known)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved flag is set");
    if (!is_caller(c, receiver))
        return REFUSAL(FFA_INVALID_PARAMETERS, "the receiver is not the caller");
    if (r == NULL)
        return no_receiver(receiver);
    if (vcpu >= vcpus_of(s, r))
        return REFUSAL(FFA_INVALID_PARAMETERS, "the receiver has no such vCPU");
    vcpu = (uint16_t)bounded(vcpu, vcpus_of(s, r));

    refusal answered = succeed(c, 0, 0);
    if (flags & FFA_NOTIFICATION_FROM_PARTITIONS)
        fetch(&r->from[FROM_PARTITIONS], vcpu, &c->regs->x[2]);
    if (flags & FFA_NOTIFICATION_FROM_VMS)
        fetch(&r->from[FROM_NORMAL], vcpu, &c->regs->x[4]);
    if (flags & FFA_NOTIFICATION_FROM_SPM)
        c->regs->x[6] = take(&r->framework, UINT32_MAX);
    if (flags & FFA_NOTIFICATION_FROM_HYPERVISOR)
        c->regs->x[7] = take(&r->framework, ~(uint64_t)UINT32_MAX) >> 32;
    notify_news(s, r, vcpu);
    calm(s, r);
    return answered;
}

/* ---- The end of a partition ---- */

/* The partition's own bits with one receiver are unbound, whether they are pending or not. */
static void forget_sender(struct spmc *s, struct receiver *with, uint16_t sender)
{
    struct notifications *n = &with->from[FROM_PARTITIONS];
    uint64_t bits = bound_to(s, n, sender, UINT64_MAX);

    if (bits == 0)
        return;
    clear(&n->global, bits);
    for (unsigned i = 0; i < NOTIFY_VCPU_MAX; i++)
        clear(&n->vcpu[i], bits);
    unbind(s, n, sender, bits);
    for (unsigned i = 0; with->news != 0 && i < NOTIFY_VCPU_MAX; i++)
        notify_news(s, with, i);
    calm(s, with);
}

void notify_forget(struct spmc *s, const struct partition *p)
{
    struct receiver *own = &s->receivers[p - s->partitions];

    *own = (struct receiver){0};
    notify_news(s, own, 0);
    calm(s, own);
    for (unsigned i = 0; i < RECEIVER_MAX; i++)
        forget_sender(s, &s->receivers[i], p->endpoint.id);
}
