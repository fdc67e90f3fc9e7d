/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crasher.c also makes crasher_queued and crasher_mp: how many contexts there
 * are is for each of the three to say.
 */
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);
