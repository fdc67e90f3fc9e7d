/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bulkhead as a logical partition: direct requests to STAT_ID are answered in place, from the
 * state as it is. They change nothing.
 */
#include "abi/stat.h"

#include "core/direct.h"
#include "core/memory.h"

_Static_assert(STAT_STATE_LOADED == (int)PARTITION_LOADED &&
                   STAT_STATE_STARTING == (int)PARTITION_STARTING &&
                   STAT_STATE_LIVE == (int)PARTITION_LIVE &&
                   STAT_STATE_ABORTED == (int)PARTITION_ABORTED &&
                   STAT_STATE_RESTARTING == (int)PARTITION_RESTARTING,
               "states are told as they are");

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
    uint32_t word[4];
};

static unsigned about_partition(const struct spmc *s, struct question *q)
{
    if (q->about >= s->partition_count)
        return STAT_NOT_FOUND;
    const struct partition *p = &s->partitions[q->about];
    if (q->what == STAT_NAME) {
        __builtin_memcpy(q->word, p->name, sizeof(q->word));
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
    __builtin_memcpy(q->word, text + q->offset, length < TEXT_BYTES ? length : TEXT_BYTES);
    return STAT_OK;
}

static unsigned about_trace(const struct spmc *s, struct question *q)
{
    if (q->about >= s->cpu_count)
        return STAT_NOT_FOUND;
    const struct trace *trace = &s->trace[q->about];
    uint32_t held = trace->count < TRACE_RECORDS ? trace->count : TRACE_RECORDS;
    const struct trace_record *r = &trace->record[q->number % TRACE_RECORDS];

    if (q->what == STAT_TRACE) {
        q->word[0] = trace->count;
        q->word[1] = trace->count - held;
        return STAT_OK;
    }
    if (trace->count - q->number - 1 >= held)
        return STAT_NOT_FOUND;
    if (q->what == STAT_REASON)
        return piece_of(r->reason, q);
    q->word[0] = r->call;
    q->word[1] = r->from;
    q->word[2] = (uint32_t)r->status;
    return STAT_OK;
}

static unsigned about_transaction(const struct spmc *s, struct question *q)
{
    if (q->about >= TRANSACTION_MAX)
        return STAT_NOT_FOUND;
    __builtin_memcpy(q->word, &s->memory->transactions[q->about], sizeof(q->word));
    return STAT_OK;
}

static unsigned look_up(const struct spmc *s, struct question *q)
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
        return about_trace(s, q);
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

    x[0] = ((uint32_t)x[0] & ~(uint32_t)FFA_SVE_HINT) + FFA_MSG_SEND_DIRECT_RESP_32 -
           FFA_MSG_SEND_DIRECT_REQ_32;
    x[1] = (uint64_t)STAT_ID << 16 | asker;
    x[2] = 0;
    x[3] = look_up(s, &q);
    for (unsigned i = 0; i < 4; i++)
        x[4 + i] = q.word[i];
    return ANSWERED;
}
