/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who owns the floating-point registers of a CPU. A partition gets its own on first use; the Normal
 * world's, SVE vectors and streaming mode included, are back before it runs again.
 */
#ifndef AARCH64_FPU_H
#define AARCH64_FPU_H

#define FP_V_BYTES (32 * 16)
#define FP_Z_BYTES (32 * 256) /* the longest vector that the architecture allows */
#define FP_P_BYTES (17 * 32)  /* predicates, and FFR behind them */

#ifndef __ASSEMBLER__

#include "core/spmc.h"

/* A vCPU touched FP: from now on it has its own registers, until another owner is needed. */
void fpu_give(unsigned cpu, const struct vcpu *v);

/*
 * The EL1 state in this CPU changes hands: a partition's registers go to memory; before the Normal
 * world runs, its own come back if a partition used FP.
 */
void fpu_leave(unsigned cpu, bool to_normal);

/* Whether the Normal world's are there. */
bool fpu_is_normal(unsigned cpu);

/* A vCPU starts anew: its registers are zero. */
void fpu_reset(const struct vcpu *v);

void fpu_cpu_init(unsigned cpu);

#endif
#endif
