/* SPDX-License-Identifier: BSD-3-Clause */
/* A trace as it was told, and how a replay ends early. */
#ifndef TESTS_REPLAY_H
#define TESTS_REPLAY_H

#include "core/trace.h"

#define TOLD_TEXT 64

struct told_record {
    unsigned cpu;
    uint64_t time;
    uint32_t sequence;
    uint8_t kind;
    int8_t who;
    uint8_t next;
    int8_t then;
    uint64_t x[TRACE_WORDS];
    int status;
    char reason[TOLD_TEXT]; /* "-": none */
};

struct told_state {
    unsigned part;
    unsigned number;
    uint64_t digest;
};

struct told {
    uint32_t count;
    uint32_t states;
    uint64_t frequency;
    struct told_record *record; /* by sequence: none is missing */
    struct told_state *state;
};

/* From the lines of bl33's trace=dump, among any others. A trace with gaps is refused. */
void told_read(struct told *told, char *text);

/* The core decided otherwise, at this record: the program ends with 1. */
extern const struct told_record *replay_at;
_Noreturn void replay_differs(const char *how);

/* The input is no good: 2. */
_Noreturn void replay_refuses(const char *why);

/* port.c */
extern uint64_t replay_time;
extern uint64_t replay_frequency;
void replay_place(uint64_t pa, const void *from, size_t size);

#endif
