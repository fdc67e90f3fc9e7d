/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FF-A calls of the Normal world, and what a test expects of a reply.
 */
#ifndef BL33_FFA_H
#define BL33_FFA_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/ffa.h"

struct ffa_regs {
    uint64_t x[18];
};

void smc(struct ffa_regs *regs);
void smc_with_all_registers(uint64_t x[31]);

struct ffa_regs ffa_call(const struct ffa_regs *request);

/* A call with x0, x1, ... as listed, the rest 0. */
#define ffa(...) ffa_call(&(const struct ffa_regs){{__VA_ARGS__}})

/* w1 of most calls, and of FFA_RUN. */
static inline uint64_t ffa_sender_receiver(uint16_t sender, uint16_t receiver)
{
    return (uint64_t)sender << 16 | receiver;
}

static inline uint64_t ffa_target(uint16_t partition, uint16_t vcpu)
{
    return (uint64_t)partition << 16 | vcpu;
}

/* FFA_ERROR with this code, all else 0. */
#define EXPECT_ERROR(reply, code) ffa_expect_error(__FILE__, __LINE__, reply, code)

/* FFA_SUCCESS_32 with w1 = 0. */
#define EXPECT_SUCCESS(reply) ffa_expect_success(__FILE__, __LINE__, reply)

bool ffa_expect_error(const char *file, unsigned line, struct ffa_regs reply, int code);
bool ffa_expect_success(const char *file, unsigned line, struct ffa_regs reply);

#define VERSION_REFUSED 0xffffffff

/* The version that the Normal world has in force; gives w0. */
uint32_t ffa_version(uint32_t asked);

#endif
