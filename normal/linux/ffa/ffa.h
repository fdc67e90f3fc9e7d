/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the `ffa` command share: ways to end, the device, what
 * partitions are called, and text on either side of a message.
 */
#ifndef FFA_COMMAND_H
#define FFA_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bulkhead_ioctl.h"

#define PRINTF(text, first) __attribute__((format(printf, text, first)))

/* main.c: commands. Each gets its own arguments, without the name, and ends the program itself
 * where something fails. */
void list_command(int count, char **arguments);
void send_command(int count, char **arguments);
void vault_command(int count, char **arguments);
void ticker_command(int count, char **arguments);
void ping_command(int count, char **arguments);
void share_command(int count, char **arguments);
void stat_command(int count, char **arguments);
void trace_command(int count, char **arguments);
void notify_command(int count, char **arguments);
void watch_command(int count, char **arguments);

/* Wrong use: the reason and the usage, exit 2. A failure: the reason, exit 1. */
_Noreturn void misuse(const char *reason, ...) PRINTF(1, 2);
_Noreturn void fail(const char *reason, ...) PRINTF(1, 2);

/* device.c: the module's device, opened on first use. */
const struct bulkhead_partition *all_partitions(uint32_t *count);
int send_message(struct bulkhead_message *message); /* returns the FF-A status */
void must_send(struct bulkhead_message *message);   /* or fails */
void must_notify(uint32_t partition, uint32_t bit);
int watch_partition(uint32_t partition, uint64_t bits); /* returns the FF-A status */
/* Waits up to `milliseconds` (negative: for ever); false if none came. */
bool next_event(int milliseconds, struct bulkhead_event *event);
/* Memory with a copy of the data, and back: BULKHEAD_SHARE or LEND. The second: the FF-A status. */
void must_send_memory(struct bulkhead_memory *memory);
int reclaim_memory(struct bulkhead_memory *memory);
void must_reclaim_memory(struct bulkhead_memory *memory);

/* partition.c */
#define UUID_TEXT 37
const char *partition_name(const struct bulkhead_partition *partition); /* "-": unknown */
void format_uuid(const uint8_t uuid[16], char text[UUID_TEXT]);
const struct bulkhead_partition *
find_partition(const char *what); /* by name, UUID or id, or fails */

/* stat.c: questions to Bulkhead (abi/stat.h). False when there is no such thing. */
#define TEXT_BYTES 16
enum { STAT_STATUS, STAT_FIRST }; /* of the words of an answer: the first is x3 */
bool ask(struct bulkhead_message *m, uint64_t what, uint64_t about, uint64_t number,
         uint64_t offset);
void take_text(const struct bulkhead_message *m, char text[TEXT_BYTES + 1]);

/* What Bulkhead says of the transaction with this handle, in words. */
const char *transaction_state(uint64_t handle);

/* text.c */
bool parse_number(const char *text, uint64_t *number);
void pack_text(const char *what, const char *text, uint64_t *words, size_t word_count);
void print_packed(const uint64_t *words, size_t word_count);
const char *status_text(int ffa_status);
const char *demo_status_text(uint64_t status);
/* Fails with who it is and what an answer's status, and its next word, say; unless that is DEMO_OK.
 */
void require_demo_ok(const char *who, const struct bulkhead_message *answer);
/* The whole of a file of 1 to `room` bytes, or fails. Its size. */
size_t read_file(const char *name, void *to, size_t room);

#endif
