/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crasher_queued: crasher behind another manifest, where the Normal world's
 * interrupts wait while it runs, and a budget of 100 ms ends its loops.
 */
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);
