/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CNTHPS, the Secure EL2 physical timer of a CPU: it takes the CPU back from a partition whose time
 * is over, and watches the timers that partitions have.
 */
#include "aarch64/machine.h"
#include "aarch64/registers.h"

#define CNTHPS_CTL_EL2 S3_4_C14_C5_1
#define CNTHPS_CVAL_EL2 S3_4_C14_C5_2
#define CTL_ENABLE 1

void timer_set(uint64_t deadline)
{
    write_register(CNTHPS_CVAL_EL2, deadline);
    write_register(CNTHPS_CTL_EL2, deadline != NEVER ? CTL_ENABLE : 0);
    isb();
}
