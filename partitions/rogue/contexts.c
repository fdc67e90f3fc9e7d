/* SPDX-License-Identifier: BSD-3-Clause */
/* rogue itself runs on all CPUs at once. */
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(8);
