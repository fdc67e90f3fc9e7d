/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stillborn: never ends its start. Its budget must end it, and the partitions
 * after it must start all the same.
 */
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);

void partition_main(const struct ffa_boot_info_header *boot)
{
    (void)boot;
    sdk_printf("stillborn: loops for ever\n");
    for (;;)
        __asm__ volatile("");
}
