/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rogue Normal world: all CPUs but the last attack, that one works honestly with echo and vault
 * and checks each answer. Attackers may do all but what would be the honest one's end by right:
 * leave a partition that it uses preempted, overwrite its keys, or give away memory that the
 * payload lies in.
 */
#ifndef BL33_ROGUE_H
#define BL33_ROGUE_H

#include "cpu.h"
#include "ffa.h"
#include "tests/rogue/invent_call.h"

/* What the boot arguments say; either of the limits may be NULL. */
void rogue_begin(uint64_t seed, const char *seconds, const char *steps);

#define ROGUE_STATUSES 12 /* 0 is none of these, 1 to 10 are FF-A's, 11 SMCCC's */

/* One CPU that attacks. */
struct attacker {
    struct inventor by;
    uint64_t steps;
    uint64_t made[INVENT_CALLS];  /* random calls, by row of abi/ffa_calls.def */
    uint64_t taken[INVENT_CALLS]; /* those that were not refused */
    uint64_t status[ROGUE_STATUSES];
    uint64_t requests, honest_requests; /* to the rogue partitions, to echo and vault */
    uint64_t stopped, left; /* chains that an interrupt stopped; not run again at once */
    uint64_t partition_calls, partition_refused, partition_faults;
    uint64_t sent, retrieved, relinquished; /* by partitions */
    uint64_t breaches, odd_answers;         /* what must not be */
    uint64_t offs;                          /* how often this CPU was off */
    uint64_t digest;                        /* of all registers, both ways */
    bool wants_off;
    struct ffa_regs last; /* call, if it is under way: */
    volatile uint64_t under_way;
    struct ffa_regs odd_call, odd_answer; /* the first */
};

extern struct attacker attackers[CPU_MAX];
extern uint64_t attack_may; /* what a rogue partition may that has its turn to die */

/* rogue_attack.c */
void attack_prepare(struct attacker *a, uint64_t seed, unsigned cpu);
void attack_step(struct attacker *a);
struct ffa_regs attack_call(struct attacker *a, const struct ffa_regs *request);

/* The rogue partitions may die: 1 each so many microseconds, as eight deaths in a minute, and in
 * four times their budget of 2 s for each, are the end. */
#define DEATH_PERIOD_US 17000000

/* There is always an interrupt to come on a CPU that attacks: a partition that waits has it until
 * then. */
#define ROGUE_TICK_US 5000

/* rogue_honest.c */
struct honest {
    uint64_t echoed, kept; /* round trips */
    uint64_t busy;         /* an attacker had echo */
    uint64_t wrong;        /* answers */
    struct ffa_regs bad_call, bad_answer;
};

extern struct honest honest;
extern bool rogue_stop;
void work_honestly(void *seed);

#endif
