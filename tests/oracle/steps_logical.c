/* SPDX-License-Identifier: BSD-3-Clause */
/* Questions to Bulkhead as a logical partition, and a trace to ask about. */
#include <string.h>

#include "abi/stat.h"
#include "core/trace.h"
#include "oracle/steps_internal.h"

/* A call, mostly of those that have payload, or another event, or what belongs to one. */
static void fill_record(uint64_t *seed, struct trace_record *r)
{
    static const char *const reasons[] = {"\2a reason of some length", "\6short", "dies of it",
                                          NULL};

    *r = (struct trace_record){.time = random_below(seed, 1000), .sequence = 7};
    r->kind = (uint8_t)PICK(seed, EVENT_SPMD, EVENT_CALL, EVENT_CALL, EVENT_ABORT, TRACE_REGISTERS,
                            TRACE_REGISTERS, TRACE_BYTES, TRACE_POLLS);
    r->who = (int8_t)random_below(seed, 4);
    r->then = (int8_t)random_below(seed, 4);
    for (unsigned i = 0; i < TRACE_WORDS; i++)
        r->x[i] = random_below(seed, 3) << 33;
    if (r->kind >= EVENTS)
        return;
    r->x[0] = PICK(seed, FFA_MSG_SEND_DIRECT_REQ_32, FFA_MSG_SEND_DIRECT_RESP_64,
                   FFA_MSG_SEND_DIRECT_REQ2, FFA_CONSOLE_LOG_32, FFA_CONSOLE_LOG_64,
                   FFA_MSG_SEND_DIRECT_RESP2 | FFA_SVE_HINT, FFA_FEATURES);
    r->next = (uint8_t)random_below(seed, NEXTS);
    r->x[TRACE_REASON] = (uintptr_t)reasons[random_below(seed, COUNT(reasons))];
}

void steps_trace(const struct spmc *s, uint64_t *seed)
{
    trace_init();
    if (!s->logical || !s->trace_is_told || !one_in(seed, 4))
        return;
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        for (unsigned i = 0; i < TRACE_RECORDS; i++)
            fill_record(seed, &recorder.record[cpu][i]);
        recorder.count[cpu] = (uint32_t)(TRACE_RECORDS + random_below(seed, TRACE_RECORDS));
    }
}

/* A record of the last ones, of the oldest, or one that is not there. */
static uint64_t some_record(uint64_t *seed, unsigned cpu)
{
    uint64_t count = recorder.count[cpu];

    return PICK(seed, count - 1 - random_below(seed, 8), count - 1 - random_below(seed, 80),
                count - TRACE_HELD + random_below(seed, 4), count - TRACE_HELD - 1, count) &
           UINT32_MAX;
}

void fill_asked(uint64_t *seed, const struct caller *c, uint64_t *x)
{
    unsigned cpu = (unsigned)random_below(seed, CPU_MAX);
    bool of_trace;

    x[0] = PICK(seed, FFA_MSG_SEND_DIRECT_REQ_32, FFA_MSG_SEND_DIRECT_REQ_64,
                FFA_MSG_SEND_DIRECT_REQ_64, FFA_MSG_SEND_DIRECT_REQ_64);
    if (one_in(seed, 16))
        x[0] = FFA_MSG_SEND_DIRECT_REQ2;
    x[1] = (uint64_t)c->id << 16 | STAT_ID;
    some_payload(seed, x, 7, one_in(seed, 2) ? 18 : 8);
    x[3] = random_below(seed, STAT_STATE + 2);
    if (one_in(seed, 3))
        x[3] = PICK(seed, STAT_RECORD, STAT_RECORD, STAT_REASON);
    of_trace = x[3] == STAT_TRACE || x[3] == STAT_RECORD || x[3] == STAT_REASON;
    x[4] = of_trace ? cpu : random_below(seed, x[3] < STAT_TRACE ? WORLD_PARTITIONS : 11);
    if (one_in(seed, 12))
        x[4] = PICK(seed, CPU_MAX, PARTITION_MAX, TRANSACTION_MAX, UINT32_MAX, 1ULL << 32);
    x[5] = of_trace ? some_record(seed, cpu) : random_below(seed, 6);
    x[6] = PICK(seed, 0, 0, 4, 4, 1, 7, 16, 17, 40, UINT32_MAX);
}
