/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crasher_exit: crasher behind another manifest, which has it asked to leave when an interrupt of
 * the Normal world waits, and gives it the board's clock.
 */
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);
