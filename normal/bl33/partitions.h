/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The test partitions, found by their UUIDs, and how to talk to them.
 */
#ifndef BL33_PARTITIONS_H
#define BL33_PARTITIONS_H

#include "abi/demo.h"
#include "ffa.h"
#include "tap.h"

struct partition {
    const char *name;
    struct ffa_uuid uuid;
    struct ffa_partition_info info; /* as FFA_PARTITION_INFO_GET gave it; id 0: not there */
};

extern struct partition echo, vault, ticker;
extern struct partition crasher;        /* UP, interrupts of the Normal world are signalled */
extern struct partition crasher_queued; /* UP, they are queued */
extern struct partition crasher_mp;     /* MP */

/* In images of their own: UP, asked to leave by a managed exit, and owner of the clock; the other
 * owner. MP, asked too, with interrupts of both kinds; UP, everybody's interrupts are queued. */
extern struct partition crasher_exit, alarm;
extern struct partition crasher_mp_exit, crasher_deaf;

/* At S-EL0, in an image of their own. */
extern struct partition clerk, crasher_s_el0;

/* The same, of crashers that come back after their death. */
extern struct partition phoenix, phoenix_mp, phoenix_queued;

/* In the image of the rogue Normal world. */
extern struct partition rogue, rogue_queued;

#define NO_PARTITION 0x80ff /* an id that no partition has */

/* Asks the SPMC for all of them, at version 1.2; leaves the mailbox unmapped. */
void partitions_find(void);

/* A test that needs a partition fails when the image lacks it. */
#define NEEDS_PARTITION(partition)                                                         \
    do {                                                                                   \
        if (!tap_expect(__FILE__, __LINE__, (partition)->name, !!(partition)->info.id, 1)) \
            return;                                                                        \
    } while (0)

/* A 64-bit direct request: x3 and on as listed. */
#define ask(partition, ...)         \
    ffa(FFA_MSG_SEND_DIRECT_REQ_64, \
        ffa_sender_receiver(FFA_ID_NORMAL_WORLD, (partition)->info.id), 0, __VA_ARGS__)

/* A direct request of the second kind, by any of the receiver's UUIDs: x4 and on as listed. */
#define ask2(partition, ...)                                                                      \
    ffa(FFA_MSG_SEND_DIRECT_REQ2, ffa_sender_receiver(FFA_ID_NORMAL_WORLD, (partition)->info.id), \
        0, 0, __VA_ARGS__)

/*
 * Has crasher make a call, x0 and on as listed, at most to x12; gives the call's x0 to x12. The
 * command says by which instruction: CRASH_CALL or CRASH_CALL_HVC.
 */
#define call_from_crasher(command, ...) \
    partition_call(command, &(const struct ffa_regs){{__VA_ARGS__}})

struct ffa_regs partition_call(uint64_t command, const struct ffa_regs *request);

/* The same from crasher_queued, which speaks FF-A 1.1: at most x0 to x3, both ways. */
#define call_from_1_1(...) partition_call_1_1(&(const struct ffa_regs){{__VA_ARGS__}})

struct ffa_regs partition_call_1_1(const struct ffa_regs *request);

/* Resumes what an interrupt stopped, again and again, until the partition answers; gives the
 * answer. */
struct ffa_regs run_until_answered(struct ffa_regs reply);

/*
 * Has a crasher (the context of this CPU) work until this CPU's timer stops it, and gives what the
 * Normal world is told: FFA_INTERRUPT, unless interrupts do not stop the partition.
 */
struct ffa_regs work_until_interrupted(const struct partition *partition);

/* A 64-bit direct response of that partition. */
#define EXPECT_RESPONSE(reply, partition) \
    partition_expect_response(__FILE__, __LINE__, reply, partition)

/* The same of the second kind. */
#define EXPECT_RESPONSE2(reply, partition) \
    partition_expect_response2(__FILE__, __LINE__, reply, partition)

/* The first, with DEMO_OK in x3. */
#define EXPECT_ANSWER(reply, partition) \
    partition_expect_answer(__FILE__, __LINE__, reply, partition)

bool partition_expect_response(const char *file, unsigned line, struct ffa_regs reply,
                               const struct partition *partition);
bool partition_expect_response2(const char *file, unsigned line, struct ffa_regs reply,
                                const struct partition *partition);
bool partition_expect_answer(const char *file, unsigned line, struct ffa_regs reply,
                             const struct partition *partition);

/* The partition answers as it should; each checks one round trip and gives whether it was right. */
bool echo_answers(void);
bool vault_answers(void); /* the context of this CPU */
bool crasher_answers(const struct partition *partition);

/* A crasher that died is asked again until it lives, for two seconds. */
bool crasher_comes_back(const struct partition *partition);

/* A minute goes by, and four times the crashers' budget of 2 s for each of eight deaths: so all are
 * forgotten. Idle, so on one CPU at once. */
void deaths_are_forgotten(void);

#endif
