/* SPDX-License-Identifier: BSD-3-Clause */
/* What the core did, compared with what the rules say. */
#include "rules/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/memory_check.h"
#include "rules/read.h"
#include "support/port_model.h"

#define FRAMES (BOOK_CONTEXTS + CPU_MAX)

static struct {
    struct rules rules;
    struct book before, after;
    uint64_t x[FRAMES][18];
    unsigned sgis;
    uint32_t records;
} step;

struct oracle_counts oracle_counts;
static char said[160];

#define DISAGREE(...) (snprintf(said, sizeof(said), __VA_ARGS__), said)

static const uint64_t *frame(const struct spmc *s, unsigned i)
{
    return i < BOOK_CONTEXTS ? s->vcpus[i].regs.x : s->cpus[i - BOOK_CONTEXTS].normal.x;
}

void oracle_before(const struct spmc *s, unsigned cpu, const struct event *event, bool racing)
{
    struct rules *r = &step.rules;

    memset(&r->open, 0, sizeof(*r) - offsetof(struct rules, open));
    read_book(&step.before, s);
    memcpy(&r->b, &step.before, sizeof(r->b)); /* bytes between fields, too */
    read_act(&r->a, &r->b, s, cpu, event);
    r->a.racing = racing;
    for (unsigned i = 0; i < FRAMES; i++)
        memcpy(step.x[i], frame(s, i), sizeof(step.x[i]));
    step.sgis = port_model.normal_sgis;
    step.records = records_of(cpu);
    rules_step(r);
    memory_before(s, r, &step.before);
}

/* ---- Who goes on ---- */

static const enum follows exits[NEXTS] = {
    [NEXT_RUN] = THEN_RUNS,           [NEXT_REPLY_NORMAL] = THEN_ANSWERS,
    [NEXT_AGAIN] = THEN_AGAIN,        [NEXT_RESUME_NORMAL] = THEN_RESUMES,
    [NEXT_REPLY_SPMD] = THEN_REPLIES, [NEXT_INIT_DONE] = THEN_READY};
static const char *const follow_names[] = {"runs",       "answers the Normal world",
                                           "resumes it", "replies to the SPMD",
                                           "is ready",   "restores"};

static const char *other_follows(const struct spmc *s, const struct next *next)
{
    const struct rules *r = &step.rules;
    int runs = next->vcpu != NULL ? (int)(next->vcpu - s->vcpus) : NO_ONE;

    if (next->kind == NEXT_STOP)
        return "it stops";
    if (exits[next->kind] != r->follows)
        return DISAGREE("what follows: %s, which should be: %s", follow_names[exits[next->kind]],
                        follow_names[r->follows]);
    if (runs != r->runs)
        return DISAGREE("context %d runs, which should be %d", runs, r->runs);
    return NULL;
}

/* ---- Registers ---- */

static const struct written *written_to(unsigned i)
{
    for (unsigned j = 0; j < step.rules.writes; j++)
        if (step.rules.written[j].frame == (int)i)
            return &step.rules.written[j];
    return NULL;
}

static bool is_allowed_status(uint64_t w2)
{
    uint32_t code = -(uint32_t)w2;

    return w2 >> 32 == 0 && code < 32 && step.rules.refusals >> code & 1;
}

/* Is a call served, or refused, as it should be? Said first, as all else follows from it. */
static const char *other_fate(const struct spmc *s)
{
    const struct rules *r = &step.rules;
    int runs = step.before.place[r->a.cpu].runs;
    unsigned caller = runs >= 0 ? (unsigned)runs : (unsigned)FRAME_OF(r->a.cpu);
    const struct written *to = written_to(caller);
    const uint64_t *x = frame(s, caller);
    bool call = r->a.what == COMES_CALL || (r->a.what == COMES_ENTRY && !r->a.by_spmd);

    if (!call || r->memory)
        return NULL;
    if (r->refusals == 0 && x[0] == FFA_ERROR && to != NULL && to->checked != 0 &&
        to->x[0] != FFA_ERROR)
        return DISAGREE("a call is refused by %d, which should be served", (int)(uint32_t)x[2]);
    if (r->refusals != 0 && x[0] != FFA_ERROR)
        return DISAGREE("a call is served, which should get a status of %#x", r->refusals);
    if (r->refusals != 0 && !is_allowed_status(x[2]))
        return DISAGREE("another status: %d, which should be of %#x", (int)(uint32_t)x[2],
                        r->refusals);
    return NULL;
}

static const char *other_registers(unsigned i, const uint64_t *x, const struct written *to)
{
    bool refusal = step.rules.refusals != 0 && to != NULL;

    for (unsigned j = 0; j < 18; j++) {
        bool checked = to != NULL && to->checked >> j & 1;
        uint64_t unsaid = checked && j == to->loose ? to->unsaid : 0;
        if (refusal && j == 2)
            continue;
        if ((x[j] ^ (checked ? to->x[j] : step.x[i][j])) & ~unsaid)
            return DISAGREE("x%u of frame %u is %#lx, which should be %#lx", j, i,
                            (unsigned long)x[j],
                            (unsigned long)(checked ? to->x[j] : step.x[i][j]));
    }
    return NULL;
}

static const char *other_frames(const struct spmc *s)
{
    const char *no = NULL;

    for (unsigned i = 0; no == NULL && i < FRAMES; i++) {
        const struct written *to = written_to(i);
        if (to == NULL && memcmp(frame(s, i), step.x[i], sizeof(step.x[i])) == 0)
            continue;
        if (to != NULL && to->checked == 0)
            continue;
        no = other_registers(i, frame(s, i), to);
    }
    return no;
}

/* ---- The state ---- */

static const char *other_context(unsigned i)
{
    const struct context *is = &step.after.context[i], *must = &step.rules.b.context[i];

    if (memcmp(is, must, sizeof(*is)) == 0)
        return NULL;
#define FIELD(field)              \
    if (is->field != must->field) \
    return DISAGREE("context %u: " #field " is %d, which should be %d", i, is->field, must->field)
    FIELD(run);
    FIELD(model);
    FIELD(cpu);
    FIELD(keeps);
    FIELD(giver);
    FIELD(waits_for);
    FIELD(second);
    FIELD(owed);
    FIELD(requester);
    FIELD(pending);
    FIELD(enabled);
    FIELD(by_fiq);
    FIELD(serving);
    return DISAGREE("context %u: response is %x, which should be %x", i, is->response,
                    must->response);
}

static const char *other_box(const char *whose, const struct box *is, const struct box *must)
{
    if (is->rx != must->rx)
        return DISAGREE("RX of %s is %d, which should be %d", whose, is->rx, must->rx);
    return memcmp(is, must, sizeof(*is)) == 0 ? NULL : DISAGREE("other buffers of %s", whose);
}

static const char *other_endpoint(const char *whose, const struct endpoint_facts *is,
                                  const struct endpoint_facts *must)
{
    if (is->version != must->version || is->fixed != must->fixed)
        return DISAGREE("version of %s is %x, fixed %d, which should be %x, %d", whose, is->version,
                        is->fixed, must->version, must->fixed);
    if (is->tells_ns != must->tells_ns)
        return DISAGREE("the NS bit of %s", whose);
    return other_box(whose, &is->box, &must->box);
}

static const char *other_member(unsigned i)
{
    const struct member *is = &step.after.member[i], *must = &step.rules.b.member[i];
    char whose[16];

    snprintf(whose, sizeof(whose), "partition %u", i);
    if (is->life != must->life)
        return DISAGREE("life of %s is %d, which should be %d", whose, is->life, must->life);
    if (is->shared_enabled != must->shared_enabled || is->shared_fiq != must->shared_fiq)
        return DISAGREE("%s: other interrupts are enabled", whose);
    if (memcmp(is->line, must->line, sizeof(is->line)) != 0)
        return DISAGREE("%s: an interrupt has other settings", whose);
    if (memcmp(&is->is, &must->is, sizeof(is->is)) != 0)
        return other_endpoint(whose, &is->is, &must->is);
    if (is->restarts != must->restarts || is->deaths != must->deaths)
        return DISAGREE("%s: another count of restarts or deaths", whose);
    if (is->requests != must->requests || is->interrupts != must->interrupts ||
        is->held_back != must->held_back)
        return DISAGREE("%s: another count of requests or interrupts", whose);
    return is->second_entry == must->second_entry ? NULL : DISAGREE("%s: another entry", whose);
}

static const char *other_place(unsigned i)
{
    const struct seat *is = &step.after.place[i], *must = &step.rules.b.place[i];

    FIELD(door);
    FIELD(next);
    FIELD(online);
    FIELD(denied);
    FIELD(tell_late);
    FIELD(runs);
    FIELD(behind);
#undef FIELD
    return NULL;
}

static const char *other_reader(unsigned i)
{
    const struct reader *is = &step.after.reader[i], *must = &step.rules.b.reader[i];

    if (memcmp(is, must, sizeof(*is)) == 0)
        return NULL;
    for (unsigned j = 0; j < 2; j++)
        if (is->from[j].bound != must->from[j].bound ||
            is->from[j].per_vcpu != must->from[j].per_vcpu ||
            memcmp(is->from[j].sender, must->from[j].sender, sizeof(is->from[j].sender)) != 0)
            return DISAGREE("notifications of receiver %u are bound otherwise", i);
    if (is->id != must->id || is->vcpus != must->vcpus)
        return DISAGREE("bitmap %u is another", i);
    if (is->framework.set != must->framework.set)
        return DISAGREE("another notification of the framework is pending for %u", i);
    for (unsigned j = 0; j < 2; j++)
        if (is->from[j].global.set != must->from[j].global.set)
            return DISAGREE("another notification is pending for %u", i);
    return DISAGREE("receiver %u: something else of a vCPU, or is told", i);
}

static const char *other_state(void)
{
    const char *no = NULL;

    if (memcmp(&step.after, &step.rules.b, sizeof(step.after)) == 0)
        return NULL;
    for (unsigned i = 0; no == NULL && i < step.after.members; i++)
        no = other_member(i);
    for (unsigned i = 0; no == NULL && i < BOOK_CONTEXTS; i++)
        no = other_context(i);
    for (unsigned i = 0; no == NULL && i < CPU_MAX; i++)
        no = other_place(i);
    if (no == NULL)
        no = other_endpoint("the Normal world", &step.after.world, &step.rules.b.world);
    for (unsigned i = 0; no == NULL && i < VM_MAX; i++)
        no = step.after.vm[i].id != step.rules.b.vm[i].id
                 ? "buffers of another VM"
                 : other_box("a VM", &step.after.vm[i].box, &step.rules.b.vm[i].box);
    for (unsigned i = 0; no == NULL && i < BOOK_RECEIVERS; i++)
        no = other_reader(i);
    for (unsigned i = 0; no == NULL && i < BOOK_CONTEXTS; i++)
        if (memcmp(step.after.clock[i], step.rules.b.clock[i], sizeof(step.after.clock[i])) != 0)
            no = DISAGREE("context %u has other timers", i);
    if (no == NULL && memcmp(step.after.held, step.rules.b.held, sizeof(step.after.held)) != 0)
        no = "another call waits for a restart";
    return no; /* NULL: only what lies between fields, or no rule looks at */
}

/* ---- What is outside of it ---- */

static const char *other_bytes(void)
{
    const struct rules *r = &step.rules;
    const uint8_t *to;

    if (r->copied != 0 && memcmp(port_model_memory(r->copied_to, r->copied),
                                 port_model_memory(r->copied_from, r->copied), r->copied) != 0)
        return "another message is in RX";
    for (unsigned i = 0; i < r->listed; i++) {
        to = port_model_memory(r->listed_at + i * r->listed_size, r->listed_size);
        if (memcmp(to, &r->list[i], r->listed_size) != 0)
            return "another partition is described in RX";
    }
    return NULL;
}

static const char *other_signals(void)
{
    const struct rules *r = &step.rules;

    if ((port_model.normal_sgis != step.sgis) != r->interrupts_world)
        return r->interrupts_world ? "the scheduler is not interrupted"
                                   : "the scheduler is interrupted for nothing";
    if (has_records() && (records_of(r->a.cpu) == step.records) != r->unrecorded)
        return r->unrecorded ? "the trace has a question about it" : "the trace has no record";
    return r->kicks & ~port_model.kicked ? "a CPU is not kicked" : NULL;
}

/* ---- Exceptions ---- */

/* A fault at a buffer: the call has changed nothing. */
static void is_aborted(const struct spmc *s)
{
    struct rules *r = &step.rules;
    int runs = step.before.place[r->a.cpu].runs;
    const uint64_t *x = frame(s, runs >= 0 ? (unsigned)runs : BOOK_CONTEXTS + r->a.cpu);

    if (!r->may_abort || x[0] != FFA_ERROR || x[2] != (uint32_t)FFA_ABORTED)
        return;
    memcpy(&r->b, &step.before, sizeof(r->b));
    if (runs >= 0)
        r->b.member[runs / CPU_MAX].is.fixed = true;
    r->refusals = 1U << -FFA_ABORTED;
    r->copied = r->listed = r->writes = 0;
    r->interrupts_world = r->unrecorded = false;
    r->kicks = 0;
    answers_with(r, FFA_ERROR, 0, 0);
    if (runs < 0 && r->b.place[r->a.cpu].tell_late) {
        r->b.place[r->a.cpu].tell_late = false;
        r->interrupts_world = true;
    }
}

/* A call on memory fills its caller's RX, or leaves it; no other state here is its own. */
static void fills_rx(const struct spmc *s)
{
    struct rules *r = &step.rules;
    int runs = step.before.place[r->a.cpu].runs;
    const uint64_t *x = frame(s, runs >= 0 ? (unsigned)runs : BOOK_CONTEXTS + r->a.cpu);
    struct endpoint_facts *is = runs >= 0 ? &r->b.member[runs / CPU_MAX].is : &r->b.world;

    if ((x[0] == FFA_MEM_RETRIEVE_RESP || x[0] == FFA_MEM_FRAG_TX) && is->box.rx == RX_EMPTY &&
        (uint32_t)step.x[runs >= 0 ? runs : BOOK_CONTEXTS + (int)r->a.cpu][0] != FFA_MEM_FRAG_TX)
        is->box.rx = RX_FULL;
}

const char *oracle_open(void)
{
    return step.rules.open;
}

const char *oracle_after(const struct spmc *s, const struct next *next)
{
    const char *no;

    oracle_counts.steps++;
    oracle_counts.open += step.rules.open != NULL;
    oracle_counts.refused += step.rules.refusals != 0;
    if (step.rules.open != NULL)
        return NULL;
    if (step.rules.may_abort)
        is_aborted(s);
    if (step.rules.memory)
        fills_rx(s);
    read_book(&step.after, s);
    settle_book(&step.after);
    settle_book(&step.rules.b);
    if ((no = other_fate(s)) != NULL || (no = other_follows(s, next)) != NULL ||
        (no = other_frames(s)) != NULL || (no = other_state()) != NULL ||
        (no = other_signals()) != NULL)
        return no;
    no = other_bytes();
    return no != NULL ? no : memory_after(s, &step.rules);
}
