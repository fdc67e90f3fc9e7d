/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/notify.h"

void notify_framework(struct spmc *s, unsigned cpu, uint16_t receiver, uint64_t bits, bool delayed)
{
    (void)s;
    (void)cpu;
    (void)receiver;
    (void)bits;
    (void)delayed;
}

bool notify_framework_waits(const struct spmc *s, uint16_t receiver, uint64_t bits)
{
    (void)s;
    (void)receiver;
    (void)bits;
    return false;
}
