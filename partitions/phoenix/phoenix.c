/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * phoenix: crasher behind a manifest that lets it come back after its death.
 */
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);
