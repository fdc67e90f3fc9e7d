/* SPDX-License-Identifier: BSD-3-Clause */
/* A CPU goes off: who wants to know is told first. */
#ifndef CORE_POWER_H
#define CORE_POWER_H

#include "core/vcpu.h"

/* The SPMD's PSCI request. It cannot be refused: EL3 ignores the status that it is answered. */
struct next power_request(struct spmc *s, unsigned cpu, uint32_t function);

/* A partition answered its power message, or died of it: the next one is told. */
struct next power_answered(struct spmc *s, unsigned cpu, struct message message);

/* Ends the open entry with the SPMC's answer to a framework message of the SPMD. */
struct next power_reply(struct spmc *s, unsigned cpu, uint32_t response, int32_t result);

#endif
