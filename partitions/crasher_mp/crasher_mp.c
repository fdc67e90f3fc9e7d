/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crasher_mp: crasher with a context on every CPU, to see one of them end the
 * partition while its siblings run.
 */
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(8);
