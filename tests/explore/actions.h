/* SPDX-License-Identifier: BSD-3-Clause */
/* Everything that can happen next on a CPU: what the Normal world, a partition or the machine does.
 */
#ifndef TESTS_EXPLORE_ACTIONS_H
#define TESTS_EXPLORE_ACTIONS_H

#include "core/spmc.h"

enum actor {
    BY_POWER,     /* the CPU is off */
    BY_NORMAL,    /* the Normal world runs */
    BY_PARTITION, /* a vCPU runs */
};

enum argument {
    ARG_NONE,
    ARG_TO,        /* w1 = the caller's id : value */
    ARG_REQUESTER, /* w1 = the caller's id : who waits for its response */
    ARG_TYPE_TO,   /* as ARG_TO, and w2 = value2 */
    ARG_TYPE,      /* as ARG_REQUESTER, and w2 = value2 */
    ARG_VALUE,     /* w1 = value */
    ARG_MAILBOX,   /* x1, x2, w3 = the caller's TX, RX, one page */
    ARG_FRAMEWORK, /* w1 = SPMD : SPMC, w2 = value, w3 = value2 */
    ARG_FORWARDED, /* x1, x2, w3 = 0, and in TX the descriptor that maps a page each for VM value */
    ARG_MESSAGE,   /* w1 = value2 : 0, and in TX of that VM or the caller a message to value */
    ARG_ZERO,      /* x1 to x17 = 0 */
    ARG_PAIR,      /* w1 = value, w2 = value2 */
    ARG_DEVICE,    /* w1 = the interrupt of the caller's device, w2 = the same, or value */
    ARG_POWER,     /* as ARG_TYPE, and w3 = value */
    ARG_GET,       /* w1 = the caller's vCPU : id, w2 = value2 */
    ARG_NOTIFY,    /* w1 = value, w2 = value2, w3 = 1: notification 0 */
};

/* Without an enabled device: one that is enabled for others may give them a timer, which no state
 * has. */
enum only { ANY_CALLER, ONLY_UP, ONLY_MP, ONLY_MP_WITHOUT, ONLY_QUEUED };

/* Searches that an action is part of; none said: the first two. */
enum {
    IN_MESSAGES = 1,
    IN_SETUP = 2,
    IN_INTERRUPTS = 4,
    IN_EXIT = 8,
    IN_NOTIFY = 16,
    IN_POWER = 32,
    IN_RESTART = 64, /* with a device */
    IN_RETURN = 128, /* on two CPUs */
    IN_LEFT = 256,   /* with what a life may leave behind */
    IN_TARGET = 512, /* with devices on two CPUs */
    IN_RESTARTS = IN_RESTART | IN_RETURN | IN_LEFT,
    IN_CHAINS = IN_MESSAGES | IN_SETUP | IN_EXIT,
    IN_OFF = IN_CHAINS | IN_POWER | IN_NOTIFY,
    IN_ALL = IN_CHAINS | IN_INTERRUPTS | IN_NOTIFY,
};

struct action {
    const char *name;
    enum actor actor;
    enum event_kind event;
    uint32_t function; /* x0 of a call */
    enum argument argument;
    uint32_t value;
    uint32_t value2;
    enum only only;
    bool deliverable;
    bool garbage; /* x8 to x17 are not zero, though the call reserves them from version 1.2 on */
    unsigned in;  /* IN_*: what multiplies all states that it meets is in few searches */
};

extern const struct action actions[];
extern const unsigned action_count;

/* The event that an action is. */
struct event action_event(const struct action *a);

/* Can this happen next on this CPU? Kicks and deadlines may also come late, when nobody waits for
 * them. */
bool action_possible(const struct spmc *s, unsigned cpu, const struct action *a);

/* Puts the arguments of a call into the caller's registers. */
void action_arguments(struct spmc *s, unsigned cpu, const struct action *a);

#endif
