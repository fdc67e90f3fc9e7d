/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vCPUs, their states, and the chains of who waits for whom. Only vcpu.c, handler.c and life.c
 * write a vCPU's state, links and deadline.
 *
 * A chain begins at its head, whose caller is the Normal world (or nobody, while a
 * partition starts), and ends at its tail, the one that runs or was preempted. All between are
 * BLOCKED.
 */
#ifndef CORE_VCPU_H
#define CORE_VCPU_H

#include "core/calls.h"

#define INLINE inline __attribute__((always_inline))
#define HOT static INLINE

/* A pointer into an array, made once: the compiler would make it anew at each use. */
#define ONCE(pointer)                          \
    ({                                         \
        __typeof__(pointer) once_ = (pointer); \
        __asm__("" : "+r"(once_));             \
        if (!once_)                            \
            __builtin_unreachable();           \
        once_;                                 \
    })

/* What one endpoint hands to another: x0 to x7, or x0 to x17. The registers stay the sender's. */
struct message {
    const uint64_t *x;
    uint64_t extended; /* a bool: two whole registers, as struct next */
} __attribute__((aligned(16)));

/* A message that lives until the end of the block. */
#define MESSAGE(...) ((struct message){(const uint64_t[8]){__VA_ARGS__}, false})

/* One that says: the sender waits again. */
extern const uint64_t vcpu_waits[8];
#define WAITS ((struct message){vcpu_waits, false})

static inline vcpu_ref vcpu_ref_of(const struct vcpu *v)
{
    return v->self;
}

/* struct spmc is an array of vCPUs, and of partitions, too: of an element of the real one by its
 * place there, the address takes an addition less. */
#define PLACE(array) (offsetof(struct spmc, array) / sizeof(((struct spmc *)NULL)->array[0]))
_Static_assert(offsetof(struct spmc, partitions) % sizeof(struct partition) == 0 &&
                   offsetof(struct spmc, vcpus) % sizeof(struct vcpu) == 0,
               "whole ones come before");

static inline struct cpu *cpu_by_index(struct spmc *s, unsigned cpu)
{
    return ONCE(&s->cpus[cpu]);
}

static inline struct vcpu *vcpu_by_ref(struct spmc *s, vcpu_ref ref)
{
    return ONCE(&s->vcpus[ref]);
}

HOT struct partition *vcpu_partition(struct spmc *s, const struct vcpu *v)
{
    return ONCE(&((struct partition *)(void *)s)[v->place]);
}

/* The partition that an endpoint is: not for the Normal world's. */
static inline const struct partition *endpoint_partition(const struct endpoint *e)
{
    return (const struct partition *)((const char *)e - offsetof(struct partition, endpoint));
}

/* The partition whose context calls; NULL for the Normal world. */
static inline struct partition *call_partition(const struct call *c)
{
    return c->from != NULL ? (struct partition *)(void *)c->who : NULL;
}

static inline bool partition_is_mp(const struct partition *p)
{
    return p->context_count > 1;
}

/* Until its start, if it comes back: it has neither buffers nor notifications. */
static inline bool partition_is_dead(const struct partition *p)
{
    return p->state >= PARTITION_ABORTED;
}

/* The partition with this id; NULL when there is none, or its start failed. */
static inline struct partition *partition_by_id(struct spmc *s, uint32_t id)
{
    struct partition *p = ONCE(&((struct partition *)(void *)s)[s->by_id[id & 0xff]]);

    return p->endpoint.id == id && p->state != PARTITION_ABSENT ? p : NULL;
}

/* The 16 bytes of a UUID in order, as two registers hold them. */
static inline uint64_t uuid_low(const struct ffa_uuid *uuid)
{
    return (uint64_t)uuid->word[1] << 32 | uuid->word[0];
}

static inline uint64_t uuid_high(const struct ffa_uuid *uuid)
{
    return (uint64_t)uuid->word[3] << 32 | uuid->word[2];
}

/* Whether a UUID, by its halves, is one of the partition's. */
static inline bool partition_has_uuid(const struct partition *p, uint64_t low, uint64_t high)
{
    for (unsigned i = 0; i < p->uuid_count; i++)
        if (low == uuid_low(&p->uuid[i]) && high == uuid_high(&p->uuid[i]))
            return true;
    return false;
}

/* A partition's execution context by number. */
HOT struct vcpu *partition_context(struct spmc *s, const struct partition *p, unsigned index)
{
    return ONCE(&((struct vcpu *)(void *)s)[p->first_place + index]);
}

/* The context that serves this CPU: an MP partition's own, a UP partition's only one. */
HOT struct vcpu *partition_vcpu(struct spmc *s, const struct partition *p, unsigned cpu)
{
    return partition_context(s, p, partition_is_mp(p) ? cpu : 0);
}

/* id:context as FFA_RUN, FFA_INTERRUPT and FFA_YIELD carry it in w1. */
uint32_t vcpu_name(struct spmc *s, const struct vcpu *v);

/* Makes the vCPUs of partition number `partition`, where all is zero: they are OFF. */
void vcpu_create(struct spmc *s, unsigned partition);

/*
 * A WAITING vCPU runs with `message`, for `caller` (a vCPU of this CPU, which becomes
 * BLOCKED on it, or NORMAL_WORLD).
 */
struct next vcpu_enter(struct spmc *s, unsigned cpu, struct vcpu *v, enum runtime_model model,
                       vcpu_ref caller, struct message message);

/* The same, for those who are not in a hurry: a call, where that is inline. */
struct next vcpu_send(struct spmc *s, unsigned cpu, struct vcpu *v, enum runtime_model model,
                      vcpu_ref caller, struct message message);

/* The same without a message: it starts, or has its registers already. */
struct next vcpu_begin(struct spmc *s, unsigned cpu, struct vcpu *v, enum runtime_model model,
                       vcpu_ref caller);

/* Who waits for a dead vCPU, the last of its chain, gets FFA_ABORTED. */
struct next vcpu_unwind_dead(struct spmc *s, unsigned cpu, struct vcpu *v);

/*
 * The running vCPU ends its stay and is WAITING; its caller goes on with `message`. A caller that
 * died meanwhile is passed over: its own caller gets FFA_ABORTED.
 */
struct next vcpu_finish(struct spmc *s, unsigned cpu, struct vcpu *v, struct message message);

/* The same for a direct response. Its one caller has it inline. */
struct next vcpu_respond(struct spmc *s, unsigned cpu, struct vcpu *v, struct message message);

/*
 * The running vCPU yields: the same, but it is BLOCKED, and keeps its caller, who alone may run it
 * again; for a dead one the Normal world may.
 */
struct next vcpu_yield(struct spmc *s, unsigned cpu, struct vcpu *v, struct message message);

/* The running vCPU finished its start: the next one starts. */
struct next vcpu_started(struct spmc *s, unsigned cpu, struct vcpu *v);

/*
 * An interrupt of the Normal world takes the CPU from the running vCPU: it is asked to leave soon
 * (managed exit); or a caller that can be asked is, and told by FFA_INTERRUPT; or the Normal
 * world gets FFA_INTERRUPT and the chain's head.
 */
struct next vcpu_preempt(struct spmc *s, unsigned cpu, struct vcpu *v);

/*
 * WAITING `v` handles an interrupt of its own that is pending and enabled; `running`, or the Normal
 * world (NULL), goes on after it.
 */
struct next vcpu_interrupt(struct spmc *s, unsigned cpu, struct vcpu *running, struct vcpu *v);

/* The same for a `v` that waits upstream in the chain of `running`: it goes on by FFA_RUN. */
struct next vcpu_interrupt_caller(struct spmc *s, unsigned cpu, struct vcpu *running,
                                  struct vcpu *v);

/* Whether `v` waits, over any number of others, for `of`. */
bool vcpu_is_upstream(const struct spmc *s, const struct vcpu *v, const struct vcpu *of);

/* The running handler waits again: what it interrupted goes on. */
struct next vcpu_handled(struct spmc *s, unsigned cpu, struct vcpu *v);

/* `running` goes on where it was: it runs, or its memory is restored; with NULL nobody does. */
struct next vcpu_go_on(struct spmc *s, unsigned cpu, struct vcpu *running);

/* No vCPU runs on: the open entry ends in its own form, with the Normal world's registers as they
 * are. */
struct next vcpu_none(struct spmc *s, unsigned cpu);

/* May `caller` go on with the chain of `head` on this CPU? If not: BUSY, DENIED or ABORTED. Changes
 * nothing. */
refusal vcpu_may_resume(const struct spmc *s, unsigned cpu, const struct vcpu *head,
                        vcpu_ref caller);

/* Goes on where the chain of `head` stopped, after vcpu_may_resume said yes. */
struct next vcpu_resume(struct spmc *s, unsigned cpu, struct vcpu *head, vcpu_ref caller);

/* A CPU goes off, and its own idle contexts with it. */
void vcpu_cpu_off(struct spmc *s, unsigned cpu);

/* Runs the next context that starts on this CPU, in boot order; NEXT_INIT_DONE after the last. */
struct next vcpu_start_next(struct spmc *s, unsigned cpu);

/*
 * A dead partition is restored by one of its contexts, for `caller`: from NEXT_AGAIN to NEXT_AGAIN,
 * until vcpu_start_again. vcpu_forget comes before: its contexts are as if never started.
 */
void vcpu_forget(struct spmc *s, struct partition *p);
struct next vcpu_restore(struct spmc *s, unsigned cpu, struct vcpu *v, vcpu_ref caller);
struct next vcpu_start_again(struct spmc *s, unsigned cpu, struct vcpu *v);

/* What is restored for nobody, or for one who died, goes on later: who waits has the CPU back. */
struct next vcpu_put_off(struct spmc *s, unsigned cpu, struct vcpu *v);

/* Another context of a partition that came back starts, for `caller`. */
struct next vcpu_start_sibling(struct spmc *s, unsigned cpu, struct vcpu *v, vcpu_ref caller);

/* The partition of the running vCPU ends: its caller gets FFA_ABORTED. */
struct next vcpu_end(struct spmc *s, unsigned cpu, struct vcpu *v);

/* The partition of the running vCPU dies: printed with the reason, its caller gets FFA_ABORTED. */
struct next vcpu_die(struct spmc *s, unsigned cpu, struct vcpu *v, const char *reason);

/* The running vCPU belongs to a partition that died on another CPU: it ends here. */
struct next vcpu_bury(struct spmc *s, unsigned cpu, struct vcpu *v);

#endif
