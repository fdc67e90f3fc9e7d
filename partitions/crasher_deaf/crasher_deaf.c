/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crasher_deaf: crasher behind another manifest, where interrupts of other partitions wait while it
 * runs, as those of the Normal world do.
 */
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);
