/* SPDX-License-Identifier: BSD-3-Clause */
/* The ring of refusals, one for each CPU, so that recording needs no lock and no print. */
#include "core/trace.h"

#include "core/console.h"

void trace_refusal(struct spmc *s, unsigned cpu, uint32_t call, uint16_t from, refusal no)
{
    struct trace *trace = &s->trace[cpu];
    struct trace_record *record = &trace->record[trace->count++ % TRACE_RECORDS];

    record->call = call;
    record->from = from;
    record->status = (int16_t)refusal_status(no);
    record->reason = no + 1;
}

void trace_print(const struct spmc *s, unsigned cpu, uint32_t most)
{
    const struct trace *trace = &s->trace[cpu];
    uint32_t held = trace->count < most ? trace->count : most;

    for (uint32_t i = trace->count - held; i != trace->count; i++) {
        const struct trace_record *r = &trace->record[i % TRACE_RECORDS];
        print("  cpu %u: call %x from %x refused with %d: %s\n", cpu, r->call, r->from, r->status,
              r->reason);
    }
}
