/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bulkhead as a logical partition: direct requests to STAT_ID are answered in place, from the
 * state as it is. They change nothing.
 */
#include "abi/stat.h"

#include "core/bounded.h"
#include "core/direct.h"
#include "core/memory.h"
#include "core/trace.h"

_Static_assert(STAT_STATE_LOADED == (int)PARTITION_LOADED &&
                   STAT_STATE_STARTING == (int)PARTITION_STARTING &&
                   STAT_STATE_LIVE == (int)PARTITION_LIVE &&
                   STAT_STATE_ABORTED == (int)PARTITION_ABORTED &&
                   STAT_STATE_RESTARTING == (int)PARTITION_RESTARTING,
               "states are told as they are");

_Static_assert(STAT_EVENT_SPMD == EVENT_SPMD && STAT_EVENT_AGAIN == EVENT_AGAIN &&
                   STAT_EVENT_REGISTERS == TRACE_REGISTERS && STAT_EVENT_POLLS == TRACE_POLLS &&
                   STAT_NEXT_REPLY_SPMD == NEXT_REPLY_SPMD && STAT_NEXT_STOP == NEXT_STOP,
               "events are told as they are");

_Static_assert(STAT_TRANSACTION_SENDING == (int)TRANSACTION_SENDING &&
                   STAT_TRANSACTION_UNDOING == (int)TRANSACTION_UNDOING &&
                   STAT_TRANSACTION_SENT == (int)TRANSACTION_SENT &&
                   STAT_TRANSACTION_RETURNING == (int)TRANSACTION_RETURNING &&
                   STAT_TRANSACTION_OVER == (int)TRANSACTION_OVER &&
                   offsetof(struct transaction, state) == 8 &&
                   offsetof(struct transaction, ranges) == 12,
               "a transaction is told as it is");

#define TEXT_BYTES 16

/* What is asked, and the four words of the answer. */
struct question {
    uint32_t what;
    uint32_t about;
    uint32_t number;
    uint32_t offset;
    uint64_t word[4];
};

/* Up to 16 bytes, in words of 32 bits. */
static void put_bytes(struct question *q, const void *from, size_t size)
{
    uint32_t word[4] = {0};

    __builtin_memcpy(word, from, size);
    for (unsigned i = 0; i < 4; i++)
        q->word[i] = word[i];
}

static unsigned about_partition(const struct spmc *s, struct question *q)
{
    if (q->about >= s->partition_count)
        return STAT_NOT_FOUND;
    const struct partition *p = &s->partitions[q->about];
    if (q->what == STAT_NAME) {
        put_bytes(q, p->name, TEXT_BYTES);
    } else if (q->what == STAT_LIFE) {
        q->word[0] = p->endpoint.id;
        q->word[1] = p->state;
        q->word[2] = p->restarts;
        q->word[3] = p->aborts;
    } else {
        q->word[0] = p->calls;
        q->word[1] = p->interrupt_total;
        q->word[2] = p->held_count;
    }
    return STAT_OK;
}

static unsigned piece_of(const char *text, struct question *q)
{
    size_t length = __builtin_strlen(text);

    if (q->offset >= length)
        return STAT_NOT_FOUND;
    length -= q->offset;
    put_bytes(q, text + q->offset, length < TEXT_BYTES ? length : TEXT_BYTES);
    return STAT_OK;
}

/* ---- The trace ---- */

/* Which words of a call are others' payload, a bit each: who may read the trace may not read that.
 */
static unsigned payload_of(uint64_t x0, uint64_t x2)
{
    uint32_t function = (uint32_t)x0 & ~(uint32_t)(FFA_SVE_HINT | FFA_SMC64);

    switch (function | FFA_SMC64) {
    case FFA_MSG_SEND_DIRECT_REQ_32 | FFA_SMC64:
    case FFA_MSG_SEND_DIRECT_RESP_32 | FFA_SMC64:
        return (uint32_t)x2 == 0 ? 3U << 3 : 0;
    case FFA_MSG_SEND_DIRECT_REQ2:
    case FFA_MSG_SEND_DIRECT_RESP2:
        return 1U << 4;
    case FFA_CONSOLE_LOG_64:
        return 7U << 2;
    default:
        return 0;
    }
}

static uint32_t held_records(unsigned cpu)
{
    return recorder.count[cpu] < TRACE_HELD ? recorder.count[cpu] : TRACE_HELD;
}

static bool is_held(unsigned cpu, uint32_t number)
{
    return recorder.count[cpu] - number - 1 < held_records(cpu);
}

/* The record that a continuation belongs to; NULL if that is not held any more. */
static const struct trace_record *first_part(unsigned cpu, uint32_t number)
{
    while (is_held(cpu, number) && trace_slot(cpu, number)->kind >= EVENTS)
        number--;
    return is_held(cpu, number) ? trace_slot(cpu, number) : NULL;
}

static void tell_record(struct question *q)
{
    struct trace_record r = *trace_slot(q->about, q->number);
    const struct trace_record *call = first_part(q->about, q->number);
    unsigned hidden = 0;

    if (call == NULL)
        hidden = UINT32_MAX; /* nobody knows whose these are */
    else if (call->kind == EVENT_SPMD || call->kind == EVENT_CALL)
        hidden = payload_of(call->x[0], call->x[2]);
    if (r.kind == TRACE_REGISTERS && hidden != 0)
        hidden = UINT32_MAX;
    if (r.kind < EVENTS)
        r.x[TRACE_REASON] = (uint64_t)trace_status(&r);
    for (unsigned i = 0; i < TRACE_WORDS; i++)
        if (hidden & 1U << i)
            r.x[i] = r.x[i] != 0;
    __builtin_memcpy(q->word, (const uint64_t *)(const void *)&r + (q->offset & 4),
                     sizeof(q->word));
}

static unsigned about_trace(struct question *q)
{
    if (q->about >= CPU_MAX)
        return STAT_NOT_FOUND;
    q->about = bounded(q->about, CPU_MAX);
    if (q->what == STAT_TRACE) {
        q->word[0] = recorder.count[q->about];
        q->word[1] = q->word[0] - held_records(q->about);
        return STAT_OK;
    }
    if (!is_held(q->about, q->number))
        return STAT_NOT_FOUND;
    const struct trace_record *r = trace_slot(q->about, q->number);
    if (q->what == STAT_REASON)
        return r->kind < EVENTS && trace_text(r) != NULL ? piece_of(trace_text(r), q)
                                                         : STAT_NOT_FOUND;
    tell_record(q);
    return STAT_OK;
}

/* ---- Digests ---- */

/* Of elements of an array, what steps decide by: no times, no general registers. */
struct part {
    uint32_t offset;
    uint16_t stride;
    uint16_t count;
    uint16_t bytes;
};

#define PART(array, type, first, end)                                       \
    {                                                                       \
        offsetof(struct spmc, array) + offsetof(type, first), sizeof(type), \
            sizeof(((struct spmc *)NULL)->array) / sizeof(type),            \
            offsetof(type, end) - offsetof(type, first)                     \
    }
#define WHOLE(array, type)                                                    \
    {                                                                         \
        offsetof(struct spmc, array), sizeof(type),                           \
            sizeof(((struct spmc *)NULL)->array) / sizeof(type), sizeof(type) \
    }

static const struct part parts[] = {
    {offsetof(struct spmc, normal), sizeof(struct endpoint), 1, sizeof(struct endpoint)},
    PART(cpus, struct cpu, current, lines),
    PART(cpus, struct cpu, interrupted, since),
    PART(vcpus, struct vcpu, state, deadline),
    PART(vcpus, struct vcpu, pending, alarm),
    PART(partitions, struct partition, endpoint, name),
    PART(partitions, struct partition, calls, recent_deaths),
    WHOLE(receivers, struct receiver),
    WHOLE(vms, struct vm),
    /* and from the beginning of struct memory: */
    {offsetof(struct memory, transactions), sizeof(struct transaction), TRANSACTION_MAX,
     offsetof(struct transaction, borrower)},
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

#define FNV_BASIS 0xcbf29ce484222325
#define FNV_PRIME 0x100000001b3

static unsigned about_state(const struct spmc *s, struct question *q)
{
    if (q->about >= PARTS || q->number >= parts[q->about].count)
        return STAT_NOT_FOUND;
    const struct part *part = &parts[bounded(q->about, PARTS)];
    const void *base = q->about == PARTS - 1 ? (const void *)s->memory : (const void *)s;
    const uint8_t *byte = (const uint8_t *)base + part->offset +
                          (size_t)bounded(q->number, part->count) * part->stride;
    uint64_t digest = FNV_BASIS;

    for (unsigned i = 0; i < part->bytes; i++)
        digest = (digest ^ byte[i]) * FNV_PRIME;
    q->word[0] = digest;
    return STAT_OK;
}

/* Not the partitions', which could watch each other by it. */
static unsigned look_closely(struct spmc *s, const struct call *c, struct question *q)
{
    if (c->from != NULL || !s->trace_is_told)
        return STAT_DENIED;
    if (TRACE)
        trace_forget(c->cpu);
    return q->what == STAT_STATE ? about_state(s, q) : about_trace(q);
}

static unsigned about_transaction(const struct spmc *s, struct question *q)
{
    if (q->about >= TRANSACTION_MAX)
        return STAT_NOT_FOUND;
    put_bytes(q, &s->memory->transactions[bounded(q->about, TRANSACTION_MAX)], TEXT_BYTES);
    return STAT_OK;
}

static unsigned look_up(struct spmc *s, const struct call *c, struct question *q)
{
    switch (q->what) {
    case STAT_SPMC:
        q->word[0] = s->partition_count;
        q->word[1] = s->cpu_count;
        return STAT_OK;
    case STAT_NAME:
    case STAT_LIFE:
    case STAT_CALLS:
        return about_partition(s, q);
    case STAT_TRACE:
    case STAT_RECORD:
    case STAT_REASON:
    case STAT_STATE:
        return look_closely(s, c, q);
    case STAT_TRANSACTION:
        return about_transaction(s, q);
    default:
        return STAT_UNKNOWN_QUESTION;
    }
}

refusal stat_request(struct spmc *s, struct call *c)
{
    uint64_t *x = c->regs->x;
    struct question q = {(uint32_t)x[3], (uint32_t)x[4], (uint32_t)x[5], (uint32_t)x[6], {0}};
    uint64_t asker = (uint32_t)x[1] >> 16;

    uint64_t width = x[0] & FFA_SMC64 ? UINT64_MAX : UINT32_MAX;

    x[0] = ((uint32_t)x[0] & ~(uint32_t)FFA_SVE_HINT) + FFA_MSG_SEND_DIRECT_RESP_32 -
           FFA_MSG_SEND_DIRECT_REQ_32;
    x[1] = (uint64_t)STAT_ID << 16 | asker;
    x[2] = 0;
    x[3] = look_up(s, c, &q);
    for (unsigned i = 0; i < 4; i++)
        x[4 + i] = q.word[i] & width;
    return ANSWERED;
}
