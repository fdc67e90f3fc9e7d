/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * refuser: says by FFA_ERROR that its start failed. It must be left out, and the
 * partitions after it must start all the same.
 */
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);

void partition_main(const struct ffa_boot_info_header *boot)
{
    (void)boot;
    sdk_printf("refuser: will not start\n");
    ffa_error(FFA_ABORTED);
}
