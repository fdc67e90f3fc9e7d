/* SPDX-License-Identifier: BSD-3-Clause */
/* What rogue's files share. */
#ifndef PARTITIONS_ROGUE_ROGUE_H
#define PARTITIONS_ROGUE_ROGUE_H

#include "abi/demo.h"
#include "partitions/sdk/sdk.h"
#include "tests/rogue/invent_call.h"

/* A context, and what it has done since it was asked last. */
struct rogue {
    struct inventor by;
    uint64_t calls, refused, faults;
    uint64_t sent, retrieved, relinquished; /* of its memory transactions */
    uint64_t breaches;                      /* accesses that must fault, and did not */
    uint64_t odd_answers;                   /* that no call gives */
    bool may_die, may_stick;
};

/* misdeeds.c: maps what it will try to reach; does one thing that is no FF-A call. */
void misdeeds_prepare(void);
void misdeed(struct rogue *rogue);
void last_misdeed(struct rogue *rogue); /* for one that may die */

#endif
