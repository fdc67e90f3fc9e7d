/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flight recorder: a ring for each CPU, in Secure memory, with a record of each step. What
 * decides (the event, the first registers of a call) is written as it comes in, as the answer takes
 * its place; what came of it when the step ends. All that the core reads elsewhere follows in
 * records of its own, so that a trace without gaps can be made again on the host (tests/replay).
 */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "core/calls.h"
#include "core/port.h"
#include "core/vcpu.h"

#ifndef TRACE
#define TRACE 1 /* 0: no recorder */
#endif

#define TRACE_HELD                                                                 \
    (TRACE_RECORDS - 1) /* the next record's place may hold one that was forgotten \
                         */
#define TRACE_WORDS 6
#define TRACE_REASON 5

/* A cache line. */
struct trace_record {
    uint64_t time; /* the system counter's, about */
    union {
        struct {
            uint32_t sequence; /* one count for all CPUs: steps run one after the other */
            uint8_t kind;      /* enum event_kind, or one of those below */
            int8_t who;        /* the vCPU that ran, NO_VCPU for the Normal world */
            uint8_t next;      /* what followed: enum next_kind, */
            int8_t then;       /* and the vCPU that runs then */
        };
        struct {
            uint16_t halves[3];
            uint16_t outcome; /* next and then, which are written in one, */
        };
        uint64_t step; /* as all before them */
    };
    /*
     * The first five: x0 to x4 of a call (of an interrupt from the SPMD x3 is its cause, x4 its
     * number); of what is no call esr, far, interrupt, whether it can be delivered, and what an
     * access to a timer writes. The last: why it was refused, or how somebody died, as an address.
     */
    uint64_t x[TRACE_WORDS];
};

/* Records that belong to the last one of their CPU that is none of these. */
enum {
    TRACE_REGISTERS = EVENTS, /* more of a call's: from the one on that `then` names */
    TRACE_BYTES,              /* read from a mailbox: as many as `then` says; 0 for an abort */
    TRACE_POLLS,              /* long work gave way: x[0] polls after it had last done so */
};

struct recorder {
    uint32_t sequence;
    uint32_t polls;
    uint32_t count[CPU_MAX];    /* records ever written */
    uint32_t printed[CPU_MAX];  /* of a report */
    uint32_t reported[CPU_MAX]; /* and until where it goes */
    struct trace_record record[CPU_MAX][TRACE_RECORDS] __attribute__((aligned(64)));
};

extern struct recorder recorder;

void trace_init(void);

static inline __attribute__((always_inline)) struct trace_record *trace_slot(unsigned cpu,
                                                                             uint32_t number)
{
    return &recorder.record[cpu][number % TRACE_RECORDS];
}

/* What came with an event that is no call. */
void trace_happening(struct spmc *s, struct trace_record *r, const struct event *e);

/* All loads, then all stores, so that they go in pairs. */
static inline __attribute__((always_inline)) void trace_call(struct trace_record *r,
                                                             const uint64_t *x)
{
    uint64_t a = x[0], b = x[1], c = x[2], d = x[3], e = x[4];

    r->x[0] = a;
    r->x[1] = b;
    r->x[2] = c;
    r->x[3] = d;
    r->x[4] = e;
    r->x[TRACE_REASON] = 0;
}

/* A step begins. */
static inline __attribute__((always_inline)) struct trace_record *
trace_begin(struct spmc *s, unsigned cpu, struct cpu *here, const struct event *e)
{
    uint64_t number = recorder.count[cpu];
    struct trace_record *r = ONCE(trace_slot(cpu, (uint32_t)number));
    uint64_t sequence = recorder.sequence;
    uint64_t kind = e->kind;
    int64_t who = here->current;

    recorder.count[cpu] = (uint32_t)number + 1;
    recorder.sequence = (uint32_t)sequence + 1;
    r->time = port_now();
    r->step = sequence | kind << 32 | (uint64_t)(uint8_t)who << 40;
    if (kind == EVENT_SPMD)
        trace_call(r, here->normal.x);
    else if (kind == EVENT_CALL && who >= 0)
        trace_call(r, s->vcpus[who].regs.x);
    else
        trace_happening(s, r, e);
    return r;
}

static inline __attribute__((always_inline)) void trace_end(const struct cpu *here,
                                                            struct trace_record *r, uint64_t next)
{
    r->outcome = (uint16_t)(next | (uint64_t)here->current << 8);
}

/* The SPMD's interrupt, after the step began. */
void trace_interrupt(unsigned cpu, const struct event *e);

/* The registers of a call beyond those that its record holds, where any is not zero. */
void trace_registers(const struct call *c);

/* Why this step refuses its call, or how somebody dies of it. */
void trace_reason(unsigned cpu, const char *reason);

/* port_copy_in and port_is_wanted, whose answers decide. */
bool trace_copy_in(const struct call *c, void *to, uint64_t pa, size_t size);
bool trace_is_wanted(const struct call *c);

/* This step leaves no record: it only looked at them. */
void trace_forget(unsigned cpu);

/* The reason in a record, or NULL; the FF-A status that came with it, or 0. */
const char *trace_text(const struct trace_record *r);
int trace_status(const struct trace_record *r);

/* Prints the last records of a CPU, `most` of them, oldest first. */
void trace_print(unsigned cpu, uint32_t most);

/*
 * The last records of all CPUs are to be printed; a line of them, false when there is none left.
 * What was overwritten meanwhile is left out.
 */
void trace_report(void);
bool trace_report_line(void);

#endif
