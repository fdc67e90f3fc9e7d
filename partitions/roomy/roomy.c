/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * roomy: more than its image. Its manifest gives it several MiB, a region at a fixed address,
 * and the RX and TX buffers that it would else have to map. It uses them all.
 */
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);

/* As in manifest.dts. */
#define MEMORY_BYTES 0x400000
#define RX_OFFSET 0x300000
#define FIXED_REGION 0x0e280000
#define FIXED_BYTES 0x10000

static uint64_t load_address;

/* Writes and reads a word where the SPMC must have mapped memory. */
static uint64_t kept(uint64_t address, uint64_t value)
{
    volatile uint64_t *word = (volatile uint64_t *)address;

    *word = value;
    return *word;
}

/* How many partitions there are, by way of the RX buffer; 0 if that did not work. */
static uint64_t partitions(void)
{
    static const struct ffa_uuid nil;
    const uint16_t *first = (const uint16_t *)(load_address + RX_OFFSET);
    int32_t count = ffa_partition_info_get(&nil, 0);

    if (count <= 0 || !(*first & 0x8000) || ffa_rx_release() != FFA_OK)
        return 0;
    return (uint64_t)count;
}

/* x3: a number to keep. Answers the count of partitions, and the number from both places. */
static void answer(struct ffa_regs *message)
{
    uint64_t value = message->x[3];

    sdk_answer(message, 0, partitions(), kept(FIXED_REGION + FIXED_BYTES - 8, value),
               kept(load_address + MEMORY_BYTES - 8, value));
}

void partition_main(const struct ffa_boot_info_header *boot)
{
    load_address = (uint64_t)boot & ~0xfffULL; /* boot information is in the first page */
    if (!sdk_map(load_address + RX_OFFSET, MEMORY_BYTES - RX_OFFSET, SDK_WRITE) ||
        !sdk_map(FIXED_REGION, FIXED_BYTES, SDK_WRITE))
        sdk_printf("roomy: no tables are left\n");
    sdk_serve(answer);
}
