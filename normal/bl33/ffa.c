/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The call itself, and the form that every reply must have: a 32-bit status, zero-extended, nothing
 * behind it.
 */
#include "ffa.h"

#include "tap.h"
#include "trace.h"

struct ffa_regs ffa_call(const struct ffa_regs *request)
{
    struct ffa_regs regs = *request;

    smc(&regs);
    trace_after_call();
    return regs;
}

bool ffa_expect_error(const char *file, unsigned line, struct ffa_regs reply, int code)
{
    uint64_t rest = reply.x[1];

    for (unsigned i = 3; i < 8; i++)
        rest |= reply.x[i];
    return tap_expect(file, line, "x0 of an error", reply.x[0], FFA_ERROR) &&
           tap_expect(file, line, "x2 of an error", reply.x[2], (uint32_t)code) &&
           tap_expect(file, line, "x1 and x3 to x7 of an error", rest, 0);
}

bool ffa_expect_success(const char *file, unsigned line, struct ffa_regs reply)
{
    return tap_expect(file, line, "x0 of a success", reply.x[0], FFA_SUCCESS_32) &&
           tap_expect(file, line, "x1 of a success", reply.x[1], 0);
}

uint32_t ffa_version(uint32_t asked)
{
    return (uint32_t)ffa(FFA_VERSION, asked).x[0];
}
