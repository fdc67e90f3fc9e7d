/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Functions that the Normal world can neither call nor find by FFA_FEATURES.
 */
#ifndef BL33_ABSENT_CALLS_H
#define BL33_ABSENT_CALLS_H

#include "ffa.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define FFA_MEM_OP_PAUSE 0x84000078
#define FFA_MEM_OP_RESUME 0x84000079

/* Partitions make these calls, or the SPMC, or nobody. */
static const uint32_t not_for_the_normal_world[] = {
    FFA_MSG_POLL,        FFA_YIELD,           FFA_MSG_SEND,        FFA_SECONDARY_EP_REGISTER_64,
    FFA_MEM_PERM_GET_32, FFA_MEM_PERM_GET_64, FFA_MEM_PERM_SET_32, FFA_MEM_PERM_SET_64,
    FFA_CONSOLE_LOG_32,  FFA_CONSOLE_LOG_64,  FFA_EL3_INTR_HANDLE, FFA_MEM_OP_PAUSE,
    FFA_MEM_OP_RESUME,
};

#endif
