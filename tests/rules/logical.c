/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Bulkhead answers as a logical partition: none of FF-A's matter but the form of a direct
 * response. abi/stat.h has the questions. No answer changes anything.
 */
#include "rules/book.h"
#include "rules/choices.h"

#include <string.h>

#include "abi/stat.h"

#define BITS(first, value) ((uint64_t)(value) << (first))

struct reply {
    uint64_t word[4]; /* x4 to x7 */
    bool unsaid;      /* x4 is not the book's matter */
};

static void puts_text(struct reply *to, const char *text, size_t size)
{
    uint32_t four[4] = {0};

    memcpy(four, text, size < sizeof(four) ? size : sizeof(four));
    for (unsigned i = 0; i < 4; i++)
        to->word[i] = four[i];
}

/* ---- Partitions ---- */

static unsigned life_as_told(uint8_t life)
{
    static const uint8_t told[] = {
        [IS_ABSENT] = STAT_STATE_ABSENT,     [IS_LOADED] = STAT_STATE_LOADED,
        [IS_STARTING] = STAT_STATE_STARTING, [IS_LIVE] = STAT_STATE_LIVE,
        [IS_DEAD] = STAT_STATE_ABORTED,      [IS_RESTORED] = STAT_STATE_RESTARTING};

    return told[life];
}

static unsigned of_member(const struct rules *r, struct reply *to)
{
    const struct member *m = &r->b.member[w(r, 4) % PARTITION_MAX];

    if (w(r, 4) >= r->b.members)
        return STAT_NOT_FOUND;
    if (w(r, 3) == STAT_NAME)
        puts_text(to, m->name, sizeof(m->name));
    else if (w(r, 3) == STAT_LIFE)
        *to = (struct reply){{m->is.id, life_as_told(m->life), m->restarts, m->deaths}, false};
    else
        *to = (struct reply){{m->requests, m->interrupts, m->held_back, 0}, false};
    return STAT_OK;
}

/* ---- The trace ---- */

/* A message's payload, and what a partition writes to the console: of x0 to x4 a bit each. One that
 * is refused as it has not this form has some, too. */
static unsigned payload_of(const struct record *k)
{
    uint32_t function = (uint32_t)k->function & ~(uint32_t)FFA_SVE_HINT;

    if (!k->is_call)
        return 0;
    switch (function | FFA_SMC64) {
    case FFA_MSG_SEND_DIRECT_REQ_64:
    case FFA_MSG_SEND_DIRECT_RESP_64:
        return (uint32_t)k->type == 0 ? 1 << 3 | 1 << 4 : 0; /* else the framework's */
    case FFA_MSG_SEND_DIRECT_REQ2:
    case FFA_MSG_SEND_DIRECT_RESP2:
        return 1 << 4; /* x2 and x3 are a UUID */
    case FFA_CONSOLE_LOG_64:
        return 1 << 2 | 1 << 3 | 1 << 4;
    default:
        return 0;
    }
}

/* Choice LOST_CALL: of what belongs to a record that is not kept any more, everything is hidden. */
static unsigned hidden_in(const struct record *k)
{
    unsigned payload = payload_of(k);

    if (!k->call_is_kept)
        return CHOICE_LOST_CALL;
    return k->kind == STAT_EVENT_REGISTERS && payload != 0 ? UINT32_MAX : payload;
}

static void puts_record(const struct rules *r, struct reply *to)
{
    const struct record *k = &r->a.asked.record;
    unsigned hidden = hidden_in(k), half = w(r, 6) & CHOICE_RECORD_HALF;
    uint64_t word[8] = {k->time, k->number | BITS(32, k->kind) | BITS(40, (uint8_t)k->who) |
                                     BITS(48, k->next) | BITS(56, (uint8_t)k->then)};

    for (unsigned i = 0; i < 6; i++)
        word[2 + i] = hidden >> i & 1 ? k->x[i] != 0 : k->x[i];
    if (k->kind < STAT_EVENT_REGISTERS)
        word[7] = (uint64_t)k->status;
    memcpy(to->word, &word[half], sizeof(to->word));
}

static unsigned puts_reason(const struct rules *r, struct reply *to)
{
    const char *reason = r->a.asked.record.reason;
    size_t length = reason != NULL ? strlen(reason) : 0;

    if (w(r, 6) >= length)
        return STAT_NOT_FOUND;
    puts_text(to, reason + w(r, 6), length - w(r, 6));
    return STAT_OK;
}

static unsigned of_trace(const struct rules *r, struct reply *to)
{
    if (w(r, 4) >= CPU_MAX)
        return STAT_NOT_FOUND;
    if (w(r, 3) == STAT_TRACE) {
        *to = (struct reply){{r->a.asked.next, r->a.asked.oldest, 0, 0}, false};
        return STAT_OK;
    }
    if (!r->a.asked.record.is_kept)
        return STAT_NOT_FOUND;
    if (w(r, 3) == STAT_REASON)
        return puts_reason(r, to);
    puts_record(r, to);
    return STAT_OK;
}

/* Choice DIGESTS: which parts there are, and how many of each; what they are is nobody's matter. */
static unsigned of_state(const struct rules *r, struct reply *to)
{
    static const uint32_t count[CHOICE_DIGESTS] = {
        1,
        CPU_MAX,
        CPU_MAX,
        BOOK_CONTEXTS,
        BOOK_CONTEXTS,
        PARTITION_MAX,
        PARTITION_MAX,
        BOOK_RECEIVERS,
        VM_MAX,
        TRANSACTION_MAX,
    };

    if (w(r, 4) >= CHOICE_DIGESTS || w(r, 5) >= count[w(r, 4)])
        return STAT_NOT_FOUND;
    to->unsaid = true;
    return STAT_OK;
}

static unsigned of_what_is_hidden(struct rules *r, struct reply *to)
{
    if (caller_of_call(r) != THE_WORLD || !r->b.tells_trace)
        return STAT_DENIED; /* choice DENIED_IS_RECORDED */
    r->unrecorded = true;
    return w(r, 3) == STAT_STATE ? of_state(r, to) : of_trace(r, to);
}

/* ---- Memory ---- */

static unsigned of_transaction(const struct rules *r, struct reply *to)
{
    const struct asked *q = &r->a.asked;

    if (w(r, 4) >= TRANSACTION_MAX)
        return STAT_NOT_FOUND;
    *to = (struct reply){{(uint32_t)q->handle, q->handle >> 32,
                          q->state | BITS(8, q->kind) | BITS(16, q->borrowers), q->ranges},
                         false};
    return STAT_OK;
}

static unsigned looks_up(struct rules *r, struct reply *to)
{
    switch (w(r, 3)) {
    case STAT_SPMC:
        *to = (struct reply){{r->b.members, r->b.cpus, 0, 0}, false};
        return STAT_OK;
    case STAT_NAME:
    case STAT_LIFE:
    case STAT_CALLS:
        return of_member(r, to);
    case STAT_TRACE:
    case STAT_RECORD:
    case STAT_REASON:
    case STAT_STATE:
        return of_what_is_hidden(r, to);
    case STAT_TRANSACTION:
        return of_transaction(r, to);
    default:
        return STAT_UNKNOWN_QUESTION;
    }
}

/* A direct response (7.4), in the width of the request. x8 to x17 stay the caller's. */
void rules_question(struct rules *r)
{
    struct reply reply = {{0}, false};
    bool wide = called(r) & FFA_SMC64;
    unsigned status = looks_up(r, &reply);
    uint64_t *x = answers_with(r, wide ? FFA_MSG_SEND_DIRECT_RESP_64 : FFA_MSG_SEND_DIRECT_RESP_32,
                               0, status);
    struct written *to = &r->written[r->writes - 1];

    x[1] = (uint32_t)STAT_ID << 16 | w(r, 1) >> 16;
    for (unsigned i = 0; i < 4; i++) /* NOTHING_TOLD */
        x[4 + i] = status != STAT_OK ? CHOICE_NOTHING_TOLD
                   : wide            ? reply.word[i]
                                     : (uint32_t)reply.word[i];
    to->loose = reply.unsaid ? 4 : 6;
    to->unsaid = reply.unsaid ? UINT64_MAX : w(r, 3) == STAT_TRANSACTION ? BITS(24, 0xff) : 0;
}
