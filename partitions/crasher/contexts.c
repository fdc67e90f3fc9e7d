/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The other crashers and phoenixes are made of the rest of this folder: how many contexts there are
 * is for each of them to say.
 */
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);
