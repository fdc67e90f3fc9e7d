/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Normal world's EL1 state. The payload itself lives at EL2, so it may fill EL1's registers
 * with patterns, make a call, and look whether they came back.
 */
#ifndef BL33_EL1_H
#define BL33_EL1_H

#include <stdbool.h>
#include <stdint.h>

/* Fills the registers of this CPU with a pattern of its own for each seed. */
void el1_plant(uint64_t seed);

/* Fails the test, with the name, for each register that is not what el1_plant left on this CPU. */
void el1_expect_planted(void);

/* Whether a value is what el1_plant left in one of them, and no number that others have as well. */
bool el1_is_planted(uint64_t value);

#endif
