/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ffa stat and ffa trace: what Bulkhead tells of itself, as the logical partition of abi/stat.h.
 */
#include <stdio.h>
#include <string.h>

#include "abi/ffa.h"
#include "abi/stat.h"
#include "ffa.h"

#define TEXT_BYTES 16
#define REASON_BYTES 128

/* Where things lie among the words of a message: the first is x3. */
enum { STATUS, FIRST };

/* Asks; false when there is no such thing. */
static bool ask(struct bulkhead_message *m, uint64_t what, uint64_t about, uint64_t number,
                uint64_t offset)
{
    *m = (struct bulkhead_message){.partition = STAT_ID, .word = {what, about, number, offset}};
    must_send(m);
    if (m->word[STATUS] == STAT_UNKNOWN_QUESTION)
        fail("this Bulkhead does not know the question");
    return m->word[STATUS] == STAT_OK;
}

static void take_text(const struct bulkhead_message *m, char text[TEXT_BYTES + 1])
{
    for (unsigned i = 0; i < TEXT_BYTES / 4; i++) {
        uint32_t word = (uint32_t)m->word[FIRST + i];

        memcpy(text + 4 * i, &word, sizeof(word));
    }
    text[TEXT_BYTES] = '\0';
}

static const char *state_text(uint64_t state)
{
    static const char *const text[] = {
        [STAT_STATE_ABSENT] = "absent",     [STAT_STATE_LOADED] = "loaded",
        [STAT_STATE_STARTING] = "starting", [STAT_STATE_LIVE] = "live",
        [STAT_STATE_ABORTED] = "dead",      [STAT_STATE_RESTARTING] = "restarts",
    };

    return state < sizeof(text) / sizeof(text[0]) ? text[state] : "unknown";
}

static void print_partition(uint64_t number)
{
    struct bulkhead_message name, life, calls;
    char text[TEXT_BYTES + 1];

    if (!ask(&name, STAT_NAME, number, 0, 0) || !ask(&life, STAT_LIFE, number, 0, 0) ||
        !ask(&calls, STAT_CALLS, number, 0, 0))
        fail("Bulkhead does not know its partition %llu", (unsigned long long)number);
    take_text(&name, text);
    printf("%-15s  0x%04llx  %-8s  %10llu  %8llu  %6llu  %10llu\n", text,
           (unsigned long long)life.word[FIRST], state_text(life.word[FIRST + 1]),
           (unsigned long long)calls.word[FIRST], (unsigned long long)life.word[FIRST + 2],
           (unsigned long long)life.word[FIRST + 3], (unsigned long long)calls.word[FIRST + 1]);
}

/* ---- Memory transactions ---- */

static uint64_t handle_of(const struct bulkhead_message *m)
{
    return m->word[FIRST] | m->word[FIRST + 1] << 32;
}

static const char *transaction_text(uint64_t state)
{
    static const char *const text[] = {
        [STAT_TRANSACTION_FREE] = "ended",         [STAT_TRANSACTION_SENDING] = "being sent",
        [STAT_TRANSACTION_UNDOING] = "being sent", [STAT_TRANSACTION_SENT] = "in flight",
        [STAT_TRANSACTION_RETURNING] = "returns",  [STAT_TRANSACTION_OVER] = "ended",
    };

    return state < sizeof(text) / sizeof(text[0]) ? text[state] : "unknown";
}

const char *transaction_state(uint64_t handle)
{
    struct bulkhead_message m;

    for (uint64_t i = 0; ask(&m, STAT_TRANSACTION, i, 0, 0); i++)
        if (handle_of(&m) == handle)
            return transaction_text(m.word[FIRST + 2] & 0xff);
    return "ended";
}

static void print_transactions(void)
{
    struct bulkhead_message m;
    unsigned long long transactions = 0, ranges = 0;

    for (uint64_t i = 0; ask(&m, STAT_TRANSACTION, i, 0, 0); i++) {
        if ((m.word[FIRST + 2] & 0xff) == STAT_TRANSACTION_FREE)
            continue;
        transactions++;
        ranges += m.word[FIRST + 3];
    }
    printf("memory: %llu transactions in flight, %llu ranges\n", transactions, ranges);
}

void stat_command(int count, char **arguments)
{
    struct bulkhead_message m;

    (void)arguments;
    if (count != 0)
        misuse("stat takes no arguments");
    ask(&m, STAT_SPMC, 0, 0, 0);
    printf("%-15s  %-6s  %-8s  %10s  %8s  %6s  %10s\n", "NAME", "ID", "STATE", "CALLS", "RESTARTS",
           "ABORTS", "INTERRUPTS");
    for (uint64_t i = 0, partitions = m.word[FIRST]; i < partitions; i++)
        print_partition(i);
    print_transactions();
}

/* ---- Trace ---- */

static void take_reason(uint64_t cpu, uint64_t number, char reason[REASON_BYTES + TEXT_BYTES])
{
    struct bulkhead_message m;

    reason[0] = '\0';
    for (unsigned at = 0; at < REASON_BYTES; at += TEXT_BYTES) {
        if (!ask(&m, STAT_REASON, cpu, number, at))
            return;
        take_text(&m, reason + at);
    }
}

/* A record may be overwritten by a newer one meanwhile: then it is left out. */
static void print_record(uint64_t cpu, uint64_t number)
{
    struct bulkhead_message m;
    char reason[REASON_BYTES + TEXT_BYTES];

    if (!ask(&m, STAT_RECORD, cpu, number, 0))
        return;
    take_reason(cpu, number, reason);
    printf("%3llu  0x%08llx  0x%04llx  %s: %s\n", (unsigned long long)cpu,
           (unsigned long long)m.word[FIRST], (unsigned long long)m.word[FIRST + 1],
           status_text((int32_t)(uint32_t)m.word[FIRST + 2]), reason);
}

void trace_command(int count, char **arguments)
{
    struct bulkhead_message m;

    (void)arguments;
    if (count != 0)
        misuse("trace takes no arguments");
    ask(&m, STAT_SPMC, 0, 0, 0);
    printf("CPU  FUNCTION    FROM    STATUS AND REASON\n");
    for (uint64_t cpu = 0, cpus = m.word[FIRST + 1]; cpu < cpus; cpu++) {
        if (!ask(&m, STAT_TRACE, cpu, 0, 0))
            continue;
        for (uint64_t i = m.word[FIRST + 1], end = m.word[FIRST]; i < end; i++)
            print_record(cpu, i);
    }
}
