/* SPDX-License-Identifier: BSD-3-Clause */
/* rogue_queued: rogue behind another manifest. */
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);
