/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the boot arguments hand to the suites that need to know.
 */
#ifndef BL33_SCENARIOS_H
#define BL33_SCENARIOS_H

#include <stdint.h>

#include "fdt.h"

extern struct board board;

/* suite_absent.c: where the firmware believes memory to be. */
extern uint64_t absent_memory;

/* suite_death.c: selects the scenario with this name (it may end at a space); bails out without
 * one. */
void death_choose(const char *name);

/* suite_reborn.c: the first life, which does not come back, and whether this is the second. */
void reborn_leave_all_behind(void);
bool reborn_already(void);

#endif
