/* SPDX-License-Identifier: BSD-3-Clause */
/* Measures against what has gone wrong already: docs/THREATS.md says what each is good for. */
#ifndef AARCH64_HARDEN_H
#define AARCH64_HARDEN_H

#include "aarch64/registers.h"
#include "core/vcpu.h"

/* A number that nobody outside can know. */
uint64_t harden_random(void);

/* Whether this CPU can sign return addresses. */
bool harden_can_sign(void);

/* What each overwritten stack frame is found by: from here on it is this boot's. */
extern uintptr_t __stack_chk_guard; /* NOLINT: the compiler's name */

/*
 * Both are part of functions that never return: what they were called with is neither signed with
 * the new key nor has the new canary.
 */
HOT void harden_boot(void)
{
#ifdef HARDEN_CANARY
    __stack_chk_guard = harden_random() << 8; /* a string that runs over ends before it */
#endif
}

/* Bulkhead's rights, and a key of this CPU's own. EL3 keeps the Normal world's keys apart; no
 * partition has any. */
HOT void harden_cpu(void)
{
    uint64_t sctlr = SCTLR_BULKHEAD;

#ifdef HARDEN_PAC
    if (harden_can_sign()) {
        uint64_t low = harden_random(), high = harden_random();
        write_register(S3_0_C2_C1_0, low); /* APIAKeyLo_EL1, APIAKeyHi_EL1 */
        write_register(S3_0_C2_C1_1, high);
        sctlr |= SCTLR_ENIA;
    }
#endif
    write_register(sctlr_el2, sctlr);
    isb();
}

#endif
