/* SPDX-License-Identifier: BSD-3-Clause */
/* What a question to Bulkhead as a logical partition is about, of core/'s state. */
#include "rules/read.h"

#include "abi/stat.h"
#include "core/memory.h"
#include "core/trace.h"
#include "rules/choices.h"

static const uint8_t kinds[] = {[EVENT_COLD_BOOT] = STAT_EVENT_COLD_BOOT,
                                [EVENT_CPU_ON] = STAT_EVENT_CPU_ON,
                                [EVENT_SPMD] = STAT_EVENT_SPMD,
                                [EVENT_CALL] = STAT_EVENT_CALL,
                                [EVENT_NORMAL_INTERRUPT] = STAT_EVENT_NORMAL_INTERRUPT,
                                [EVENT_DEADLINE] = STAT_EVENT_DEADLINE,
                                [EVENT_KICK] = STAT_EVENT_KICK,
                                [EVENT_TIMER] = STAT_EVENT_TIMER,
                                [EVENT_INTERRUPT] = STAT_EVENT_INTERRUPT,
                                [EVENT_TIMER_ACCESS] = STAT_EVENT_TIMER_ACCESS,
                                [EVENT_ABORT] = STAT_EVENT_ABORT,
                                [EVENT_TRAP] = STAT_EVENT_TRAP,
                                [EVENT_SERROR] = STAT_EVENT_SERROR,
                                [EVENT_AGAIN] = STAT_EVENT_AGAIN,
                                [TRACE_REGISTERS] = STAT_EVENT_REGISTERS,
                                [TRACE_BYTES] = STAT_EVENT_BYTES,
                                [TRACE_POLLS] = STAT_EVENT_POLLS};
static const uint8_t nexts[NEXTS] = {[NEXT_RUN] = STAT_NEXT_RUN,
                                     [NEXT_REPLY_NORMAL] = STAT_NEXT_REPLY_NORMAL,
                                     [NEXT_AGAIN] = STAT_NEXT_AGAIN,
                                     [NEXT_RESUME_NORMAL] = STAT_NEXT_RESUME_NORMAL,
                                     [NEXT_REPLY_SPMD] = STAT_NEXT_REPLY_SPMD,
                                     [NEXT_INIT_DONE] = STAT_NEXT_INIT_DONE,
                                     [NEXT_STOP] = STAT_NEXT_STOP};
static const uint8_t phases[] = {[TRANSACTION_FREE] = STAT_TRANSACTION_FREE,
                                 [TRANSACTION_SENDING] = STAT_TRANSACTION_SENDING,
                                 [TRANSACTION_UNDOING] = STAT_TRANSACTION_UNDOING,
                                 [TRANSACTION_SENT] = STAT_TRANSACTION_SENT,
                                 [TRANSACTION_RETURNING] = STAT_TRANSACTION_RETURNING,
                                 [TRANSACTION_OVER] = STAT_TRANSACTION_OVER};

uint32_t records_of(unsigned cpu)
{
    return recorder.count[cpu];
}

bool has_records(void)
{
    return TRACE;
}

/* The last ones: choice TRACE_KEPT. */
static bool is_kept(unsigned cpu, uint32_t number)
{
    uint32_t count = recorder.count[cpu];

    return number < count && count - number <= CHOICE_TRACE_KEPT;
}

static const struct trace_record *record_at(unsigned cpu, uint32_t number)
{
    return &recorder.record[cpu][number % TRACE_RECORDS];
}

/* The record that this one continues, if it does. */
static void read_call(struct record *k, unsigned cpu, uint32_t number)
{
    const struct trace_record *r;

    while (is_kept(cpu, number) && kinds[record_at(cpu, number)->kind] >= STAT_EVENT_REGISTERS)
        number--;
    k->call_is_kept = is_kept(cpu, number);
    if (!k->call_is_kept)
        return;
    r = record_at(cpu, number);
    k->is_call = r->kind == EVENT_SPMD || r->kind == EVENT_CALL;
    k->function = r->x[0];
    k->type = r->x[2];
}

static void read_record(struct record *k, unsigned cpu, uint32_t number)
{
    const struct trace_record *r = record_at(cpu, number);
    const char *reason;

    k->is_kept = is_kept(cpu, number);
    if (!k->is_kept)
        return;
    *k = (struct record){.is_kept = true,
                         .kind = kinds[r->kind],
                         .next = nexts[r->next],
                         .who = r->who,
                         .then = r->then,
                         .number = r->sequence,
                         .time = r->time};
    for (unsigned i = 0; i < TRACE_WORDS; i++)
        k->x[i] = r->x[i];
    read_call(k, cpu, number);
    if (k->kind >= STAT_EVENT_REGISTERS)
        return;
    reason = (const char *)(uintptr_t)r->x[TRACE_REASON]; /* its status before it, if any */
    k->x[TRACE_REASON] = 0;
    k->status = reason != NULL && *reason < ' ' ? -*reason : 0;
    k->reason = k->status != 0 ? reason + 1 : reason;
}

void read_question(struct act *a, const struct spmc *s)
{
    uint32_t about = (uint32_t)a->x[4], count;
    struct asked *q = &a->asked;

    if ((uint16_t)a->x[1] != STAT_ID)
        return;
    if (about < CPU_MAX) {
        count = records_of(about);
        q->next = count;
        q->oldest = count < CHOICE_TRACE_KEPT ? 0 : count - CHOICE_TRACE_KEPT;
        read_record(&q->record, about, (uint32_t)a->x[5]);
    }
    if (about < TRANSACTION_MAX) {
        const struct transaction *t = &s->memory->transactions[about];
        q->handle = t->handle;
        q->state = phases[t->state];
        q->kind = t->kind;
        q->borrowers = t->borrower_count;
        q->ranges = t->ranges;
    }
}
