/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading a trace: lines that begin with `trace`, `state` or `frequency`. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/replay.h"

const struct told_record *replay_at;

void replay_differs(const char *how)
{
    if (replay_at != NULL)
        printf("record %" PRIu32 " on cpu %u (event %u, x0 0x%" PRIx64 ", then %s): ",
               replay_at->sequence, replay_at->cpu, replay_at->kind, replay_at->x[0],
               replay_at->reason);
    printf("now: %s\n", how);
    exit(1);
}

void replay_refuses(const char *why)
{
    printf("replay: %s\n", why);
    exit(2);
}

static bool read_record(const char *line, struct told_record *r)
{
    uint64_t word[7];
    char last[32];
    int length = 0;

    if (sscanf(line,
               "trace %u %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
               " %" SCNx64 " %31s%n",
               &r->cpu, &word[0], &word[1], &word[2], &word[3], &word[4], &word[5], &word[6], last,
               &length) != 9)
        return false;
    r->time = word[0];
    r->sequence = (uint32_t)word[1];
    r->kind = (uint8_t)(word[1] >> 32);
    r->who = (int8_t)(word[1] >> 40);
    r->next = (uint8_t)(word[1] >> 48);
    r->then = (int8_t)(word[1] >> 56);
    memcpy(r->x, &word[2], sizeof(uint64_t[TRACE_REASON]));
    if (r->kind >= EVENTS) {
        r->x[TRACE_REASON] = strtoull(last, NULL, 16);
        return true;
    }
    r->status = atoi(last);
    snprintf(r->reason, sizeof(r->reason), "%s", line[length] == ' ' ? line + length + 1 : "-");
    return r->cpu < CPU_MAX && r->who < PARTITION_MAX * CPU_MAX;
}

static int by_sequence(const void *a, const void *b)
{
    const struct told_record *x = a, *y = b;

    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static void *room(void *array, uint32_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return array;
    array = realloc(array, (count == 0 ? 1 : 2 * (size_t)count) * size);
    if (array == NULL)
        replay_refuses("no memory");
    return array;
}

static void read_line(struct told *told, const char *line)
{
    struct told_record record = {0};
    struct told_state state;

    if (strncmp(line, "trace lost", strlen("trace lost")) == 0)
        replay_refuses("records were lost before they were read");
    if (strncmp(line, "trace ", strlen("trace ")) == 0) {
        if (!read_record(line, &record))
            replay_refuses("a record is malformed");
        told->record = room(told->record, told->count, sizeof(record));
        told->record[told->count++] = record;
    } else if (sscanf(line, "state %u %u %" SCNx64, &state.part, &state.number, &state.digest) ==
               3) {
        told->state = room(told->state, told->states, sizeof(state));
        told->state[told->states++] = state;
    } else {
        sscanf(line, "frequency %" SCNu64, &told->frequency);
    }
}

void told_read(struct told *told, char *text)
{
    for (char *line = strtok(text, "\r\n"); line != NULL; line = strtok(NULL, "\r\n"))
        read_line(told, line);
    if (told->count == 0 || told->states == 0 || told->frequency == 0)
        replay_refuses("no trace with a state at its end");
    qsort(told->record, told->count, sizeof(*told->record), by_sequence);
    for (uint32_t i = 0; i < told->count; i++)
        if (told->record[i].sequence != i) {
            printf("record %" PRIu32 " is missing\n", i);
            replay_refuses("a trace with gaps cannot be made again");
        }
    replay_frequency = told->frequency;
}
