/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ffa stat: what Bulkhead tells of itself, as the logical partition of abi/stat.h.
 */
#include <stdio.h>
#include <string.h>

#include "abi/ffa.h"
#include "abi/stat.h"
#include "ffa.h"

bool ask(struct bulkhead_message *m, uint64_t what, uint64_t about, uint64_t number,
         uint64_t offset)
{
    *m = (struct bulkhead_message){.partition = STAT_ID, .word = {what, about, number, offset}};
    must_send(m);
    if (m->word[STAT_STATUS] == STAT_UNKNOWN_QUESTION)
        fail("this Bulkhead does not know the question");
    if (m->word[STAT_STATUS] == STAT_DENIED)
        fail("the SPMC manifest does not let the Normal world read the trace");
    return m->word[STAT_STATUS] == STAT_OK;
}

void take_text(const struct bulkhead_message *m, char text[TEXT_BYTES + 1])
{
    for (unsigned i = 0; i < TEXT_BYTES / 4; i++) {
        uint32_t word = (uint32_t)m->word[STAT_FIRST + i];

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
           (unsigned long long)life.word[STAT_FIRST], state_text(life.word[STAT_FIRST + 1]),
           (unsigned long long)calls.word[STAT_FIRST],
           (unsigned long long)life.word[STAT_FIRST + 2],
           (unsigned long long)life.word[STAT_FIRST + 3],
           (unsigned long long)calls.word[STAT_FIRST + 1]);
}

/* ---- Memory transactions ---- */

static uint64_t handle_of(const struct bulkhead_message *m)
{
    return m->word[STAT_FIRST] | m->word[STAT_FIRST + 1] << 32;
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
            return transaction_text(m.word[STAT_FIRST + 2] & 0xff);
    return "ended";
}

static void print_transactions(void)
{
    struct bulkhead_message m;
    unsigned long long transactions = 0, ranges = 0;

    for (uint64_t i = 0; ask(&m, STAT_TRANSACTION, i, 0, 0); i++) {
        if ((m.word[STAT_FIRST + 2] & 0xff) == STAT_TRANSACTION_FREE)
            continue;
        transactions++;
        ranges += m.word[STAT_FIRST + 3];
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
    for (uint64_t i = 0, partitions = m.word[STAT_FIRST]; i < partitions; i++)
        print_partition(i);
    print_transactions();
}
