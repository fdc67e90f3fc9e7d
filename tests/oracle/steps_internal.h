/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files that invent steps share. */
#ifndef TESTS_ORACLE_STEPS_INTERNAL_H
#define TESTS_ORACLE_STEPS_INTERNAL_H

#include "oracle/invent.h"
#include "oracle/invent_internal.h"
#include "oracle/steps.h"
#include "support/world.h"

#define UP_DEVICE 40
#define MP_DEVICE 50
#define MP_PPI 22
#define LOW_DEVICE 60
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PICK(seed, ...)                                                                            \
    ((const uint64_t[]){__VA_ARGS__})[random_below(seed, sizeof((const uint64_t[]){__VA_ARGS__}) / \
                                                             sizeof(uint64_t))]

/* Who calls. */
struct caller {
    uint16_t id; /* as it says */
    const struct partition *partition;
    const struct vcpu *vcpu;
    uint64_t tx, rx;
};

/* Each fills x0 to x17 with a call that is mostly good. */
uint64_t some_number(uint64_t *seed);
void some_payload(uint64_t *seed, uint64_t *x, unsigned first, unsigned end);
uint64_t some_context(uint64_t *seed, const struct spmc *s, unsigned cpu, vcpu_ref caller);
void fill_request(uint64_t *seed, const struct spmc *s, const struct caller *c, uint64_t *x);
void fill_asked(uint64_t *seed, const struct caller *c, uint64_t *x); /* Bulkhead itself */
void fill_message(uint64_t *seed, const struct spmc *s, const struct caller *c,
                  struct step_made *step);
void fill_notification(uint64_t *seed, const struct spmc *s, const struct caller *c, uint64_t *x);
void fill_mailbox(uint64_t *seed, const struct caller *c, uint64_t *x);
void fill_question(uint64_t *seed, const struct spmc *s, uint64_t *x);

/* Memory: whether this sequence has it. A call that is mostly good; one that gave way, again. */
void steps_memory_world(struct spmc *s, uint64_t *seed);
bool steps_mix(void);
bool steps_told(const struct spmc *s);
bool steps_memory(uint64_t *seed, const struct spmc *s, unsigned cpu, const struct vcpu *v,
                  struct step_made *step);
void steps_buffers(uint64_t *seed, const struct vcpu *v, uint64_t *x);
bool steps_again(uint64_t *seed, const struct vcpu *v, struct step_made *step);

/* Empties the trace; or it has records of anything, the oldest of which are overwritten. */
void steps_trace(const struct spmc *s, uint64_t *seed);

void spoil(uint64_t *seed, uint64_t *x);
void dirty(uint64_t *seed, uint64_t *x);

#endif
