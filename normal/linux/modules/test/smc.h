/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FF-A calls as bare SMCs, past the driver: where the call itself, or the
 * registers around it, are what a test looks at.
 */
#ifndef SMC_H
#define SMC_H

#include "partitions.h"

typedef struct arm_smccc_1_2_regs smc_regs;

/* smc(.a0 = FFA_FEATURES, .a1 = ...): x0 to x17 in, x0 to x17 out. */
smc_regs smc_call(const smc_regs *call);
#define smc(...) smc_call(&(const smc_regs){ __VA_ARGS__ })

/* One direct request, 64 bit, without what the driver does after it. */
smc_regs smc_request(enum demo to, const struct words *words);

/* FFA_RUN of the context that FFA_INTERRUPT or FFA_YIELD named. */
smc_regs smc_run(const smc_regs *stopped);

/* The whole exchange: runs the partition again until it answers. Counts the interrupts, where
 * asked. */
smc_regs smc_exchange(enum demo to, struct words words, unsigned int *interrupts);

/* The FF-A status that the result carries: 0 unless it is FFA_ERROR. */
int smc_status(const smc_regs *result);

/* Fails the test unless the result is FFA_ERROR with this status. */
void refused_with(struct tap *t, const char *call, smc_regs result, int status);

#endif
