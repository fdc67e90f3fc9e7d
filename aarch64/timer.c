/* SPDX-License-Identifier: BSD-3-Clause */
/* CNTHPS, the Secure EL2 physical timer: it takes the CPU back from a partition whose time is over.
 */
#include "aarch64/machine.h"
#include "aarch64/registers.h"

#define CNTHPS_CTL_EL2 S3_4_C14_C5_1
#define CNTHPS_CVAL_EL2 S3_4_C14_C5_2
#define CTL_ENABLE 1

void timer_set(uint64_t deadline)
{
    write_register(CNTHPS_CVAL_EL2, deadline);
    write_register(CNTHPS_CTL_EL2, CTL_ENABLE);
}

void timer_stop(void)
{
    write_register(CNTHPS_CTL_EL2, 0);
    isb();
}
