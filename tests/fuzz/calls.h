/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registers of calls, and what lies in the caller's TX, by a script: calls that are good, nearly
 * good, and not at all. `v` is the calling vCPU, NULL for the Normal world on this CPU.
 */
#ifndef TESTS_FUZZ_CALLS_H
#define TESTS_FUZZ_CALLS_H

#include "core/spmc.h"
#include "fuzz/script.h"
#include "fuzz/stage.h"

/* Each register for itself. */
void fill_arguments(struct script *script, struct regs *regs);

/* What well-behaved callers do most: a request, a response, or what SPMD sends. */
void fill_usual(struct script *script, unsigned cpu, struct vcpu *v);

/* Buffers, notifications, permissions: a call's arguments as they may be. */
void fill_setup(struct script *script, unsigned cpu, struct vcpu *v);

/* A memory transaction: a step on its way, as it goes or nearly. */
void fill_sharing(struct script *script, unsigned cpu, struct vcpu *v);

/* Of the partitions' devices, of the SPMC, and of nobody. */
uint32_t some_interrupt(uint8_t choice);

uint16_t some_id(uint8_t choice);
uint64_t some_address(uint8_t choice);

/* ---- Between the files of calls ---- */

static inline struct regs *regs_of(unsigned cpu, struct vcpu *v)
{
    return v != NULL ? &v->regs : &fuzz_world.cpus[cpu].normal;
}

static inline struct endpoint *caller(struct vcpu *v)
{
    return v != NULL ? &fuzz_world.partitions[v->partition].endpoint : &fuzz_world.normal;
}

/* Its TX as the host has it: where its mailbox is, or would be by habit. */
uint8_t *tx_of(struct vcpu *v, size_t size);

/* x0 to x7, the others zero. */
#define CALL(regs, ...) set_call((regs), (const uint64_t[8]){__VA_ARGS__})
void set_call(struct regs *regs, const uint64_t x[8]);

#endif
