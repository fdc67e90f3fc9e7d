/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A part of a test on a CPU of its choice, or on all of them at the same time.
 */
#ifndef CPUS_H
#define CPUS_H

#include "tap.h"

/* Runs the part on a CPU and waits for its end. */
void on_cpu(struct tap *t, unsigned int cpu, void (*part)(struct tap *t, void *data), void *data);

/*
 * A thread on each CPU runs the part, all let go together; returns after the last
 * one. The part finds its CPU by raw_smp_processor_id().
 */
void on_every_cpu_at_once(struct tap *t, void (*part)(struct tap *t, void *data), void *data);

#endif
