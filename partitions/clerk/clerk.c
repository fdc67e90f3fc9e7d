/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * clerk: a small calculator, at S-EL0. All that differs from a partition at S-EL1 is the line with
 * SDK_S_EL0, and its manifest's exception level. It keeps a running total for its clients.
 */
#include "abi/demo.h"
#include "partitions/sdk/sdk.h"

SDK_S_EL0;

static int64_t total;

/* DEMO_OK, or why there is no result. */
static uint64_t calculate(uint64_t command, int64_t a, int64_t b, int64_t *result)
{
    bool overflows = false;

    switch (command) {
    case CLERK_ADD:
        overflows = __builtin_add_overflow(a, b, result);
        break;
    case CLERK_SUBTRACT:
        overflows = __builtin_sub_overflow(a, b, result);
        break;
    case CLERK_MULTIPLY:
        overflows = __builtin_mul_overflow(a, b, result);
        break;
    case CLERK_DIVIDE:
        if (b == 0)
            return DEMO_BAD_ARGUMENT;
        overflows = a == INT64_MIN && b == -1;
        *result = overflows ? 0 : a / b;
        break;
    case CLERK_TOTAL:
        overflows = __builtin_add_overflow(total, a, result);
        break;
    default:
        return DEMO_UNKNOWN_COMMAND;
    }
    return overflows ? DEMO_FULL : DEMO_OK;
}

static void answer(struct ffa_regs *message)
{
    int64_t result = 0;
    uint64_t status =
        calculate(message->x[3], (int64_t)message->x[4], (int64_t)message->x[5], &result);

    if (status != DEMO_OK)
        result = 0;
    else if (message->x[3] == CLERK_TOTAL)
        total = result;
    sdk_answer(message, status, (uint64_t)result, 0, 0);
}

void partition_main(const struct ffa_boot_info_header *boot)
{
    (void)boot;
    sdk_printf("clerk: ready at S-EL0\n");
    sdk_serve(answer);
}
