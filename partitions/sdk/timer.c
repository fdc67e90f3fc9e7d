/* SPDX-License-Identifier: BSD-3-Clause */
/* The physical timer of a context: its registers are trapped, and the SPMC keeps it. */
#include "partitions/sdk/sdk.h"

#define CONTROL_ENABLE 1ULL

static void set(uint64_t compare)
{
    __asm__ volatile("msr cntp_cval_el0, %0\n\tmsr cntp_ctl_el0, %1" ::"r"(compare),
                     "r"(CONTROL_ENABLE)
                     : "memory");
}

void sdk_timer_in(uint64_t ticks)
{
    set(sdk_ticks() + ticks);
}

void sdk_timer_again(uint64_t period)
{
    uint64_t last, late;

    __asm__ volatile("mrs %0, cntp_cval_el0" : "=r"(last)::"memory");
    late = sdk_ticks() - last;
    set(last + late - late % period + period);
}

void sdk_timer_off(void)
{
    __asm__ volatile("msr cntp_ctl_el0, xzr" ::: "memory");
}
