/* SPDX-License-Identifier: BSD-3-Clause */
/* The flight recorder, but for what every step does (core/trace.h), and its lines on the console.
 */
#include "core/trace.h"

#include "core/console.h"

_Static_assert(sizeof(struct trace_record) == 64, "a cache line");
_Static_assert(!TRACE || TRACE_RECORDS > TRANSACTION_RANGES_MAX / 3 + 32,
               "what one step reads is less than a ring");
_Static_assert(PARTITION_MAX *CPU_MAX <= INT8_MAX, "a vCPU's number is a byte");

struct recorder recorder __attribute__((section(".pool")));

void trace_init(void)
{
    __builtin_memset(&recorder, 0, offsetof(struct recorder, record));
}

/* ---- Writing ---- */

#define ISS_RT(esr) ((esr) >> 5 & 0x1f)
#define NO_REGISTER 31

void trace_happening(struct spmc *s, struct trace_record *r, const struct event *e)
{
    unsigned rt = ISS_RT((unsigned)e->esr);

    r->x[0] = e->esr;
    r->x[1] = e->far;
    r->x[2] = e->intid;
    r->x[3] = e->deliverable;
    r->x[4] = e->kind == EVENT_TIMER_ACCESS && r->who >= 0 && rt != NO_REGISTER
                  ? s->vcpus[r->who].regs.x[rt]
                  : 0;
    r->x[TRACE_REASON] = 0;
}

/* The record of the step that this CPU is in. */
static struct trace_record *of_step(unsigned cpu)
{
    uint32_t number = recorder.count[cpu];
    struct trace_record *r;

    do
        r = trace_slot(cpu, --number);
    while (r->kind >= EVENTS);
    return r;
}

COLD void trace_interrupt(unsigned cpu, const struct event *e)
{
    struct trace_record *r = of_step(cpu);

    r->x[3] = e->cause;
    r->x[4] = e->intid;
}

COLD void trace_reason(unsigned cpu, const char *reason)
{
    if (TRACE)
        of_step(cpu)->x[TRACE_REASON] = (uintptr_t)reason;
}

COLD static void add(unsigned cpu, unsigned kind, unsigned size, const void *from, size_t bytes)
{
    struct trace_record *r = trace_slot(cpu, recorder.count[cpu]++);

    *r = (struct trace_record){.sequence = recorder.sequence++, .kind = (uint8_t)kind};
    r->then = (int8_t)size;
    __builtin_memcpy(r->x, from, bytes);
}

#define FIRST_EXTENDED 8 /* x8 to x17 are part of a call from version 1.2 on */
#define END 18

/* A request's are its payload, which decides nothing. */
static bool is_request(uint64_t x0)
{
    uint32_t function = (uint32_t)x0 & ~(uint32_t)(FFA_SVE_HINT | FFA_SMC64);

    return function == FFA_MSG_SEND_DIRECT_REQ_32 ||
           function == (FFA_MSG_SEND_DIRECT_REQ2 & ~(uint32_t)FFA_SMC64);
}

void trace_registers(const struct call *c)
{
    const uint64_t *x = c->regs->x;
    unsigned end = c->who->version >= FFA_VERSION_1_2 ? END : FIRST_EXTENDED;
    unsigned i = TRACE_REASON;

    if (is_request(x[0]))
        return;
    while (i < end) {
        unsigned n = end - i < TRACE_WORDS ? end - i : TRACE_WORDS;
        uint64_t any = 0;
        for (unsigned j = 0; j < n; j++)
            any |= x[i + j];
        if (any != 0)
            add(c->cpu, TRACE_REGISTERS, i, &x[i], n * sizeof(x[i]));
        i += n;
    }
}

static void add_bytes(unsigned cpu, const char *from, size_t size)
{
    size_t n;

    do {
        n = size < sizeof(uint64_t[TRACE_WORDS]) ? size : sizeof(uint64_t[TRACE_WORDS]);
        add(cpu, TRACE_BYTES, (unsigned)n, from, n);
        from += n;
        size -= n;
    } while (size != 0);
}

bool trace_copy_in(const struct call *c, void *to, uint64_t pa, size_t size)
{
    bool whole = port_copy_in(to, pa, size);

    if (TRACE && size != 0)
        add_bytes(c->cpu, to, whole ? size : 0);
    return whole;
}

bool trace_is_wanted(const struct call *c)
{
    uint64_t polls = recorder.polls++;

    if (!port_is_wanted())
        return false;
    recorder.polls = 0;
    if (TRACE)
        add(c->cpu, TRACE_POLLS, 0, &polls, sizeof(polls));
    return true;
}

void trace_forget(unsigned cpu)
{
    recorder.count[cpu]--;
    recorder.sequence--;
}

/* ---- Reading ---- */

#define STATUS_LEAST ' ' /* a refusal begins with its status, what is no refusal with a letter */

int trace_status(const struct trace_record *r)
{
    const char *reason = (const char *)(uintptr_t)r->x[TRACE_REASON];

    return reason != NULL && *reason < STATUS_LEAST ? refusal_status(reason) : 0;
}

const char *trace_text(const struct trace_record *r)
{
    const char *reason = (const char *)(uintptr_t)r->x[TRACE_REASON];

    return trace_status(r) != 0 ? reason + 1 : reason;
}

/* tools/trace.py reads this. */
static void print_record(unsigned cpu, const struct trace_record *r)
{
    uint64_t words[sizeof(*r) / sizeof(uint64_t)];

    __builtin_memcpy(words, r, sizeof(words));
    print("trace %u", cpu);
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]) - 1; i++)
        print(" %lx", words[i]);
    if (r->kind >= EVENTS)
        print(" %lx\n", r->x[TRACE_REASON]);
    else
        print(" %d %s\n", trace_status(r), trace_text(r));
}

static uint32_t first_of(unsigned cpu, uint32_t end, uint32_t most)
{
    uint32_t first = end < most ? 0 : end - most;
    uint32_t count = recorder.count[cpu];

    return count - first > TRACE_HELD ? count - TRACE_HELD : first;
}

void trace_print(unsigned cpu, uint32_t most)
{
    uint32_t end = recorder.count[cpu];

    for (uint32_t i = first_of(cpu, end, most); i != end; i++)
        print_record(cpu, trace_slot(cpu, i));
}

/* Counts wrap. */
static bool is_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

void trace_report(void)
{
    for (unsigned i = 0; i < CPU_MAX; i++)
        recorder.reported[i] = recorder.count[i];
}

bool trace_report_line(void)
{
    for (unsigned i = 0; i < CPU_MAX; i++) {
        uint32_t end = recorder.reported[i];
        uint32_t oldest = first_of(i, end, TRACE_REPORTED);

        if (is_before(recorder.printed[i], oldest))
            recorder.printed[i] = oldest;
        if (!is_before(recorder.printed[i], end))
            continue;
        print_record(i, trace_slot(i, recorder.printed[i]++));
        return true;
    }
    return false;
}
