/* SPDX-License-Identifier: BSD-3-Clause */
/* What a situation looks at. Each subject has a file with a list of situations. */
#ifndef TESTS_EXPLORE_SITUATIONS_H
#define TESTS_EXPLORE_SITUATIONS_H

#include "support/invariants.h"
#include "support/world.h"

struct step {
    const struct observation *o;
    uint32_t kicks;           /* before the step */
    unsigned other;           /* the other CPU */
    const struct vcpu *actor; /* who ran on this CPU before the step, or NULL */
    const struct vcpu *mine;  /* the MP partition's context of this CPU, before the step */
    const struct vcpu *peer;  /* the one of the other CPU */
    uint32_t call;            /* x0 of a call, else 0 */
};

struct situation {
    const char *name;
    bool (*holds)(const struct step *t);
    uint64_t count;
};

#define SITUATION(name) \
    {                   \
#name, name, 0  \
    }

/* Each list ends with a name of NULL. */
extern struct situation deaths[], messages[], interrupts[], notifications[], restarts[];

/* Of the memory searches, which count them by themselves. */
extern struct situation memories_sent[], memories_borrowed[];

/* Those of steps that may change nothing but a caller's registers; the others are of steps that do
 * more, which are few. */
extern struct situation answers[];

static inline enum partition_state mp_before(const struct step *t)
{
    return t->o->before->partitions[WORLD_MP].state;
}

static inline bool mp_dies(const struct step *t)
{
    return mp_before(t) == PARTITION_LIVE &&
           t->o->after->partitions[WORLD_MP].state == PARTITION_ABORTED;
}

static inline bool goes_off(const struct step *t)
{
    return t->o->before->cpus[t->o->cpu].online && !t->o->after->cpus[t->o->cpu].online;
}

static inline const struct vcpu *after(const struct step *t, const struct vcpu *v)
{
    return &t->o->after->vcpus[v - t->o->before->vcpus];
}

static inline bool succeeds(const struct step *t)
{
    const struct regs *to =
        t->o->next.kind == NEXT_RUN ? &t->o->next.vcpu->regs : &t->o->after->cpus[t->o->cpu].normal;

    return to->x[0] == FFA_SUCCESS_32 || to->x[0] == FFA_SUCCESS_64;
}

/* The call of the Normal world, else 0. */
static inline uint32_t normal_call(const struct step *t)
{
    return t->actor == NULL && t->o->event->kind == EVENT_SPMD
               ? (uint32_t)t->o->before->cpus[t->o->cpu].normal.x[0]
               : 0;
}

#endif
