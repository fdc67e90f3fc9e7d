/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The FF-A calls that a partition makes, as C functions. Each returns FFA_OK (or
 * a value that is never negative) or a negative FF-A status; a call whose answer
 * is itself a message works on the registers in place.
 */
#ifndef PARTITIONS_SDK_FFA_H
#define PARTITIONS_SDK_FFA_H

#include <stddef.h>
#include <stdint.h>

#include "abi/ffa.h"

#define FFA_OK 0

/* x0 to x17: what an FF-A call takes and gives. A message's payload starts at x3, or x4. */
struct ffa_regs {
    uint64_t x[18];
};

enum ffa_conduit { FFA_SMC, FFA_HVC, FFA_SVC };

/* The instruction that ffa_call uses. All reach the SPMC: SMC unless changed, from S-EL0 SVC. */
extern enum ffa_conduit ffa_conduit;

/* Makes the call in `regs`, then holds what came back. Everything below rests on this. */
void ffa_call(struct ffa_regs *regs);

/* The status in the answer of a call: FFA_OK unless the answer is FFA_ERROR. */
int32_t ffa_status(const struct ffa_regs *answer);

/* Setup and discovery. */
int32_t ffa_version(uint32_t version);                                   /* the SPMC's version */
int32_t ffa_features(uint32_t id, uint32_t input, uint32_t *properties); /* properties: w2 */
int32_t ffa_id_get(void);                                                /* this partition's id */
int32_t ffa_spm_id_get(void);                                            /* the SPMC's id */
int32_t ffa_rxtx_map(const void *tx, void *rx, unsigned int pages);      /* pages of 4 KiB */
int32_t ffa_rx_release(void);
/* Count of partitions with this UUID (nil: all); without the flag, the RX buffer holds them. */
int32_t ffa_partition_info_get(const struct ffa_uuid *uuid, uint32_t flags);
/* Sends the message that lies in TX: a header (struct ffa_message_header) and what it names. */
int32_t ffa_msg_send2(uint32_t flags);
/* Of this partition's memory: `flags` is FFA_MEMORY_ZERO, or 0. FFA_DENIED while a borrower has it.
 */
int32_t ffa_mem_reclaim(uint64_t handle, uint32_t flags);
int32_t ffa_secondary_ep_register(void (*entry)(void));
/* At most FFA_CONSOLE_LOG_64_MAX bytes. */
int32_t ffa_console_log(const char *text, size_t length);

/* Giving the CPU away. `answer` is what ended the wait: a request, FFA_RUN, FFA_INTERRUPT. */
void ffa_msg_wait(struct ffa_regs *answer);
int32_t ffa_yield(void);
void ffa_run(uint16_t partition, uint16_t vcpu, struct ffa_regs *answer);

/*
 * Sends the payload in x3 to x7 as a 64-bit direct request and holds the answer, which is
 * FFA_ERROR or the response: a receiver that yields or is preempted is run on until it answers.
 */
void ffa_direct_request(uint16_t sender, uint16_t receiver, struct ffa_regs *message);

/*
 * The same with FF-A 1.2's second kind of request: the payload is x4 to x17, both ways; x2 and x3
 * hold the bytes of a UUID of the receiver, or 0 for any.
 */
void ffa_direct_request2(uint16_t sender, uint16_t receiver, struct ffa_regs *message);

/*
 * Answers `request` in its own kind, or with the type that answers a framework message, with the
 * payload that it holds now (x3 to x7, or x4 to x17); comes back with the next message.
 */
void ffa_direct_response(struct ffa_regs *request);

/*
 * Notifications, of a partition with `notification-support`: it binds bits to their sender
 * (`flags`: FFA_NOTIFICATION_PER_VCPU, or 0), and fetches those that are pending for one of its
 * contexts.
 */
struct ffa_notifications {
    uint64_t from_partitions;
    uint64_t from_vms;
    uint64_t framework; /* bit 0 or 32: its RX buffer is full */
};

int32_t ffa_notification_bind(uint16_t sender, uint16_t receiver, uint32_t flags, uint64_t bits);
int32_t ffa_notification_unbind(uint16_t sender, uint16_t receiver, uint64_t bits);
/* `from`: FFA_NOTIFICATION_FROM_* */
int32_t ffa_notification_get(uint16_t receiver, uint16_t context, uint32_t from,
                             struct ffa_notifications *pending);
/* Any partition may set what is bound to it; `flags` also has the vCPU and the delay. */
int32_t ffa_notification_set(uint16_t sender, uint16_t receiver, uint32_t flags, uint64_t bits);

/* Says that the start of this partition failed. Comes back only if the SPMC refuses. */
int32_t ffa_error(int32_t status);

/* The end of this partition: its callers get FFA_ABORTED from now on. */
void ffa_abort(void) __attribute__((noreturn));

#endif
