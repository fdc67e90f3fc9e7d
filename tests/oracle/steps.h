/* SPDX-License-Identifier: BSD-3-Clause */
/* Random sequences of everything, on four CPUs, against the rule book (tests/rules): half of them
 * with memory in it. */
#ifndef TESTS_ORACLE_STEPS_H
#define TESTS_ORACLE_STEPS_H

#include "core/spmc.h"

#define STEPS 120
#define STEP_BYTES 512
#define STEP_PC 4 /* of who calls: less, if the call gave way */

/* One step, as it can be made again. */
struct step_made {
    uint8_t cpu;
    uint8_t fault; /* of memory, 1 as it is read, 2 as it is written; */
    uint8_t after; /* so many copies that do not */
    struct event event;
    uint64_t ticks; /* that pass before it */
    uint64_t x[18]; /* of who acts: a call, an entry of the SPMD */
    uint64_t at;    /* bytes that are written to memory before it */
    uint32_t size;
    uint8_t bytes[STEP_BYTES];
};

/* What a world has, by the seed. */
void steps_world(struct spmc *s, uint64_t *random);

/* Something that can happen next; `kicked` CPUs are to get their kick. */
void steps_invent(uint64_t *random, const struct spmc *s, uint32_t kicked, struct step_made *step);

/* What a memory call was answered, for those to come. */
void steps_memory_done(const struct spmc *s, unsigned cpu, const struct vcpu *v);

/* ---- Step by step, for who chooses each by itself ---- */

void steps_begin(uint64_t *random);

/* Something that can happen next; the first is the boot. */
void steps_next(uint64_t *random, bool first, struct step_made *step);

/* Makes it; why the core and the rules disagree, or NULL. */
const char *steps_make(const struct step_made *step);

void steps_print(const struct step_made *step, unsigned number);

/* A beginning for `random`. */
uint64_t steps_mixed(uint64_t seed);

/* ---- Sequences ---- */

/* Sequences of these seeds, every so manieth; whether all agreed. What the books judged is in
 * oracle_counts. */
bool steps_work(unsigned long first, unsigned long end, unsigned stride, unsigned long *sequences);

#endif
