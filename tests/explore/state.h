/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The abstraction of struct spmc that the explorer counts states by.
 *
 * Kept, byte for byte: of each vCPU its state, runtime model, CPU, mask, links, requester,
 * the kind of its request and the response that it asks for, and its virtual interrupts;
 * of each partition its life, version, version lock and mailbox state, and its device's target and
 * whether that is enabled; of the Normal world its version and mailbox state, and a VM's mailbox
 * state; of a partition that comes back its policy, deaths and restarts, pages restored, and whose
 * alarm looks after it; of each receiver one notification for each world and those of the
 * framework; of each CPU its entry, vCPU, whom a handler interrupted, place in the boot order and
 * whether it is online; and which CPUs have a kick on its way.
 *
 * Left out, because no decision depends on it:
 *  - registers: before each step every register of every frame holds a secret of its own, and
 *    the step invariants say which may change and to what;
 *  - clock values: a masked vCPU has time left, until EVENT_DEADLINE says that it has not; a
 * handler takes no time;
 *  - requester, kind of request, model, mask, CPU of a vCPU that is idle, or dead and in no chain:
 * the core writes them when the next stay begins;
 *  - when a partition is to come back: its alarm may come at any time;
 *  - of a call that waits for a start all but its kind and its sender;
 *  - a pending exception and the fresh flag, which aarch64/ takes at once;
 *  - the trace, console lines, and the content of memory.
 * The explorer proves for each new state that nothing else differs: unpacked, it is the same
 * struct spmc as the one that was packed, compared as a whole.
 */
#ifndef TESTS_EXPLORE_STATE_H
#define TESTS_EXPLORE_STATE_H

#include "core/spmc.h"

#define CONTEXTS (PARTITION_MAX * CPU_MAX)
#define STATE_VM 1 /* the id of the one VM that can have buffers */
#define STATE_COPY(partition) (0x0ec00000ULL + 0x10000ULL * (partition))
#define STATE_COPY_BYTES 0x1100
#define STATE_UP_DEVICE 40
#define STATE_MP_DEVICE 41 /* its target is CPU 1 */

/* What a world has besides the three partitions. */
enum {
    WITH_UP_DEVICE = 1, /* enabled from the start */
    WITH_MP_DEVICE = 2,
    WITH_MANAGED_EXIT = 4, /* of the UP partition */
    WITH_POWER = 8,        /* the MP partition is told of CPU_OFF */
    WITH_RESTART = 16,     /* the UP partition comes back on the next call, the MP one at once */
};

struct packed_vcpu {
    uint8_t state;
    uint8_t model;
    uint8_t cpu;
    uint8_t masked : 2;
    uint8_t extended : 1;
    uint8_t attended : 1;
    uint8_t held : 3; /* a call that waits for its start */
    int8_t caller;
    int8_t callee;
    uint16_t requester;
    uint8_t lines;
    uint8_t pending; /* interrupts, by slot */
    uint8_t enabled;
    uint8_t by_fiq;
    uint8_t response; /* to a framework message: its type */
    uint8_t in_service;
};

struct packed_partition {
    uint8_t state;
    uint8_t version;
    uint8_t locked;
    uint8_t mailbox;
    uint8_t target;  /* of its device */
    uint8_t enabled; /* interrupts, in all contexts */
    uint8_t restart : 2;
    uint8_t due : 1; /* it is to come back by itself */
    uint8_t due_cpu : 1;
    uint8_t restored : 4; /* pages */
    uint8_t deaths : 4;
    uint8_t restarts : 4;
};

/* A bit for each fact about notification 0; the sender is one of few. */
struct packed_receiver {
    uint8_t framework; /* set, and from bit 4 on told */
    uint8_t vcpus;     /* of the Normal world */
    uint8_t bits[SENDER_WORLDS];
    uint16_t sender[SENDER_WORLDS];
};

struct packed_cpu {
    uint8_t entry;
    int8_t current;
    int8_t interrupted;
    uint8_t starting;
    uint8_t online;
    uint8_t denied;
    uint8_t chores;
    uint8_t alarm;
};

struct packed {
    struct packed_vcpu vcpu[CONTEXTS];
    struct packed_partition partition[PARTITION_MAX + 1]; /* the last: the Normal world */
    struct packed_receiver receiver[PARTITION_MAX + 1];
    struct packed_cpu cpu[CPU_MAX];
    uint16_t kicks;
    uint16_t vm; /* the mailbox of STATE_VM */
} __attribute__((aligned(8)));

/* Makes the world before its first event: what all states share. `with`: WITH_*. */
void state_setup(unsigned with);

/* The minor version that a partition's manifest has. */
void state_version(unsigned partition, uint8_t minor);

/* What does not count gets the value that it has in every unpacked state. */
void state_canonicalize(struct spmc *s);

/* Before a step: the pages in use, which ledger and tables remember, are those of its mailboxes. */
void state_set_pages(struct spmc *s);

/* Of a canonical state. */
void state_pack(struct packed *to, const struct spmc *s, uint32_t kicks);

void state_unpack(struct spmc *s, const struct packed *from);

/* One line for each CPU and each context that is not idle. */
void state_print(const struct packed *p);

#endif
