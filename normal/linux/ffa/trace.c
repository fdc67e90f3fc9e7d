/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ffa trace: Bulkhead's flight recorder (abi/stat.h), in words or as numbers. Each CPU has a ring;
 * what was overwritten before it was read is lost, and said to be.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/ffa.h"
#include "abi/stat.h"
#include "ffa.h"

#define CPUS 8 /* and contexts of a partition, as records count them */
#define PARTITIONS 8
#define WORDS 8
#define REASON_BYTES 64
#define RING 256
#define EL3 0xffff
#define PAUSE_US 100000

struct record {
    uint64_t word[WORDS];
    unsigned cpu;
    char reason[REASON_BYTES];
};

static struct record records[CPUS * RING];
static size_t count;
static uint64_t next[CPUS];
static unsigned cpus;
static char names[PARTITIONS][TEXT_BYTES + 1];

/* ---- Taking records ---- */

static void take_reason(struct record *r, uint64_t number)
{
    struct bulkhead_message m;

    r->reason[0] = '\0';
    for (unsigned at = 0; at + TEXT_BYTES < REASON_BYTES; at += TEXT_BYTES) {
        if (!ask(&m, STAT_REASON, r->cpu, number, at))
            return;
        take_text(&m, r->reason + at);
    }
}

/* False when it was overwritten meanwhile. */
static bool take(struct record *r, unsigned cpu, uint64_t number)
{
    struct bulkhead_message m;

    r->cpu = cpu;
    for (unsigned i = 0; i < WORDS; i += 4) {
        if (!ask(&m, STAT_RECORD, cpu, number, i))
            return false;
        memcpy(&r->word[i], &m.word[STAT_FIRST], 4 * sizeof(m.word[0]));
    }
    take_reason(r, number);
    return true;
}

/* What is new on a CPU. Gives how many records of it were lost. */
static uint64_t take_new(unsigned cpu)
{
    struct bulkhead_message m;
    uint64_t lost = 0;

    if (!ask(&m, STAT_TRACE, cpu, 0, 0))
        return 0;
    if (m.word[STAT_FIRST + 1] > next[cpu]) {
        lost = m.word[STAT_FIRST + 1] - next[cpu];
        next[cpu] = m.word[STAT_FIRST + 1];
    }
    for (; next[cpu] < m.word[STAT_FIRST]; next[cpu]++) {
        if (count < sizeof(records) / sizeof(records[0]) && take(&records[count], cpu, next[cpu]))
            count++;
        else
            lost++;
    }
    return lost;
}

static uint32_t sequence_of(const struct record *r)
{
    return (uint32_t)r->word[1];
}

static int by_sequence(const void *a, const void *b)
{
    uint32_t x = sequence_of(a), y = sequence_of(b);

    return x < y ? -1 : x > y;
}

/* ---- In words ---- */

static uint64_t ticks_per_second(void)
{
    uint64_t frequency;

    __asm__("mrs %0, cntfrq_el0" : "=r"(frequency));
    return frequency;
}

static unsigned event_of(const struct record *r)
{
    return r->word[1] >> 32 & 0xff;
}

static const char *call_name(uint32_t function)
{
    static const char *const names_of[256] = {
#define FFA_CALL(name, number, widths, since, features, callers, reserved, handler) \
    [number] = "FFA_" #name,
#include "abi/ffa_calls.def"
#undef FFA_CALL
    };
    bool is_ffa = (function & 0xbfffff00) == 0x84000000;

    return is_ffa ? names_of[function & 0xff] : NULL;
}

static const char *event_name(unsigned event)
{
    static const char *const text[] = {
        [STAT_EVENT_COLD_BOOT] = "starts",
        [STAT_EVENT_CPU_ON] = "comes on",
        [STAT_EVENT_NORMAL_INTERRUPT] = "Normal-world interrupt",
        [STAT_EVENT_DEADLINE] = "deadline",
        [STAT_EVENT_KICK] = "kick from another CPU",
        [STAT_EVENT_TIMER] = "timer",
        [STAT_EVENT_INTERRUPT] = "interrupt",
        [STAT_EVENT_TIMER_ACCESS] = "timer register",
        [STAT_EVENT_ABORT] = "abort",
        [STAT_EVENT_TRAP] = "trapped instruction",
        [STAT_EVENT_SERROR] = "asynchronous abort",
        [STAT_EVENT_AGAIN] = "goes on",
    };

    return event < sizeof(text) / sizeof(text[0]) && text[event] ? text[event] : "unknown event";
}

static bool is_call(const struct record *r)
{
    return event_of(r) == STAT_EVENT_SPMD || event_of(r) == STAT_EVENT_CALL;
}

static bool is_from_el3(const struct record *r)
{
    uint32_t function = (uint32_t)r->word[2];

    return event_of(r) == STAT_EVENT_COLD_BOOT || event_of(r) == STAT_EVENT_CPU_ON ||
           (event_of(r) == STAT_EVENT_SPMD &&
            (function == FFA_INTERRUPT ||
             (function == FFA_MSG_SEND_DIRECT_REQ_32 && (uint32_t)r->word[3] >> 16 == EL3)));
}

static void name_vcpu(int8_t vcpu, char *text, size_t room)
{
    if (vcpu < 0)
        snprintf(text, room, "Normal world");
    else
        snprintf(text, room, "%s %d", names[vcpu / CPUS % PARTITIONS], vcpu % CPUS);
}

static void name_call(const struct record *r, char *text, size_t room)
{
    uint32_t function = (uint32_t)r->word[2];
    const char *name = call_name(function);

    if (!is_call(r) || function == FFA_INTERRUPT) {
        unsigned event = event_of(r) == STAT_EVENT_SPMD ? (unsigned)r->word[5] : event_of(r);
        uint64_t number = event_of(r) == STAT_EVENT_SPMD ? r->word[6] : r->word[4];
        int length = snprintf(text, room, "%s", event_name(event));
        if (event == STAT_EVENT_INTERRUPT)
            snprintf(text + length, room - (size_t)length, " %" PRIu64, number);
        if (event == STAT_EVENT_ABORT)
            snprintf(text + length, room - (size_t)length, " at 0x%" PRIx64, r->word[3]);
    } else if (name != NULL) {
        snprintf(text, room, "%s%s", name, function & FFA_SMC64 ? " (64)" : "");
    } else {
        snprintf(text, room, "call 0x%08x", function);
    }
}

/* Who is answered in place had to do with Bulkhead alone. */
static void print_words(const struct record *r, uint64_t frequency)
{
    int8_t from = (int8_t)(r->word[1] >> 40), then = (int8_t)(r->word[1] >> 56);
    char who[24], whom[24], call[48];

    if (event_of(r) >= STAT_EVENT_REGISTERS)
        return;
    name_vcpu(from, who, sizeof(who));
    name_vcpu(then, whom, sizeof(whom));
    if (is_from_el3(r))
        snprintf(who, sizeof(who), "EL3");
    if (then == from)
        snprintf(whom, sizeof(whom), is_from_el3(r) ? "EL3" : "Bulkhead");
    name_call(r, call, sizeof(call));
    printf("%12.6f  %u  %-16s -> %-16s  %s", (double)r->word[0] / (double)frequency, r->cpu, who,
           whom, call);
    if (r->word[7] != 0)
        printf("  %s: %s", status_text((int)r->word[7]), r->reason);
    else if (r->reason[0] != '\0')
        printf("  %s", r->reason);
    printf("\n");
}

/* As the post-mortem on the Secure console does. */
static void print_numbers(const struct record *r)
{
    printf("trace %u", r->cpu);
    for (unsigned i = 0; i < WORDS - 1; i++)
        printf(" 0x%" PRIx64, r->word[i]);
    if (event_of(r) >= STAT_EVENT_REGISTERS)
        printf(" 0x%" PRIx64 "\n", r->word[WORDS - 1]);
    else
        printf(" %d %s\n", (int)r->word[WORDS - 1], r->reason[0] != '\0' ? r->reason : "-");
}

/* ---- The command ---- */

static void show(bool raw, bool first)
{
    uint64_t lost = 0;

    count = 0;
    for (unsigned cpu = 0; cpu < cpus; cpu++)
        lost += take_new(cpu);
    qsort(records, count, sizeof(records[0]), by_sequence);
    if (lost > 0 && !first)
        printf(raw ? "trace lost %" PRIu64 "\n" : "%" PRIu64 " records were lost\n", lost);
    for (size_t i = 0; i < count; i++)
        if (raw)
            print_numbers(&records[i]);
        else
            print_words(&records[i], ticks_per_second());
    fflush(stdout);
}

static void learn_names(bool raw)
{
    struct bulkhead_message m;

    ask(&m, STAT_SPMC, 0, 0, 0);
    cpus = m.word[STAT_FIRST + 1] < CPUS ? (unsigned)m.word[STAT_FIRST + 1] : CPUS;
    for (uint64_t i = 0, end = m.word[STAT_FIRST]; i < end && i < PARTITIONS; i++)
        if (ask(&m, STAT_NAME, i, 0, 0)) {
            take_text(&m, names[i]);
            if (raw)
                printf("partition %" PRIu64 " %s\n", i, names[i]);
        }
    if (raw)
        printf("frequency %" PRIu64 "\n", ticks_per_second());
    else
        printf("%12s  %s  %-16s -> %-16s  %s\n", "SECONDS", "CPU", "WHO", "WHOM",
               "WHAT, STATUS AND REASON");
}

void trace_command(int argument_count, char **arguments)
{
    bool follow = false, raw = false;

    for (int i = 0; i < argument_count; i++)
        if (strcmp(arguments[i], "-f") == 0)
            follow = true;
        else if (strcmp(arguments[i], "--raw") == 0)
            raw = true;
        else
            misuse("trace takes -f and --raw, not '%s'", arguments[i]);
    learn_names(raw);
    show(raw, true);
    while (follow) {
        usleep(PAUSE_US);
        show(raw, false);
    }
}
