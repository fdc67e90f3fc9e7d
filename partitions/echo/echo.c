/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * echo: the smallest useful partition. It answers each direct request, of
 * either kind, with the payload it came with, and shows how a partition finds its own manifest.
 */
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);

static void echo(struct ffa_regs *message)
{
    (void)message; /* the payload is in place already */
}

void partition_main(const struct ffa_boot_info_header *boot)
{
    const uint8_t *blob = (const uint8_t *)boot;
    const struct ffa_boot_info_descriptor *manifest =
        (const void *)(blob + boot->descriptor_offset);

    sdk_printf("echo: %u bytes of manifest at 0x%lx\n", manifest->size, manifest->content);
    sdk_serve(echo);
}
