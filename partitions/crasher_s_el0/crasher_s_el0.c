/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crasher_s_el0: crasher at S-EL0, where each fault is the end of it. It comes back on the next
 * call.
 */
#include "partitions/sdk/sdk.h"

SDK_S_EL0;
