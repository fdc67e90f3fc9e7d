/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crasher_mp_exit: crasher with a context on every CPU, each asked to leave when an interrupt of
 * the Normal world waits, and with interrupts of both kinds, of a device and of each CPU's own.
 */
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(8);
