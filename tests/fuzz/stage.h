/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The small world on which fuzzers of calls act: partitions at S-EL1 and S-EL0 with devices, and
 * Bulkhead's own logical one, on four CPUs.
 */
#ifndef TESTS_FUZZ_STAGE_H
#define TESTS_FUZZ_STAGE_H

#include "core/spmc.h"

extern struct spmc fuzz_world;

/* Booted, or while the boot CPU starts partitions; one of them at S-EL0, or all at S-EL1. */
void stage_begin(bool by_script, bool lowered);

/* By two bits each: versions 1.0 to 1.2 of the Normal world and the partitions, and how these come
 * back. */
void stage_versions(uint8_t choice);
void stage_restarts(uint8_t choice);

/* All have mailboxes. */
void stage_buffers(void);

/* Whether an address is in somebody's TX. */
bool stage_is_tx(uint64_t address);

/*
 * One event, after which the explorer's invariants must hold, those of memory, and of messages:
 * else the program ends. Whether its work gave way, and it is to be made again. `secrets`: as in
 * struct observation. With FUZZ_SHOW in the environment each step is printed.
 */
bool stage_step(unsigned cpu, const struct event *event, bool secrets);

/* What the checks know of the steps so far is forgotten. */
void stage_forget(void);

/* At the end of a run each CPU must get back to the Normal world. */
void stage_end(void);

#endif
