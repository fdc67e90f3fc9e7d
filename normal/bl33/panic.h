/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of a run that cannot go on: "Bail out!" is TAP for it.
 */
#ifndef BL33_PANIC_H
#define BL33_PANIC_H

#include <stdint.h>

struct exception_frame {
    uint64_t x[31];
    uint64_t slot;
    uint64_t elr;
    uint64_t spsr;
    uint64_t esr;
    uint64_t far;
};

_Noreturn void panic_exception(const struct exception_frame *frame);

/* Prints `Bail out!` with the reason and a number that goes with it, then powers off. */
_Noreturn void bail_out(const char *reason, uint64_t number);

#endif
