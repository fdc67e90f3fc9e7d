/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random sequences of memory calls, made to core/ and to the rules: they must agree in each answer
 * and in the state after it. Usage: oracle [SEQUENCES [FIRST_SEED]]. A sequence that shows a
 * disagreement is shortened and printed with its seed; `oracle 1 SEED` runs it again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oracle/act.h"
#include "oracle/invent.h"
#include "oracle/steps.h"
#include "rules/check.h"

#define SEQUENCES 20000
#define PROCESSES 2
#define STATUSES 12

static const char *const names[KINDS] = {
    "SHARE",      "LEND",         "DONATE",
    "FRAG_TX",    "RETRIEVE_REQ", "FRAG_RX",
    "RELINQUISH", "MEM_RECLAIM",  "RETRIEVE_REQ of the hypervisor",
    "RX_RELEASE", "PERM_GET",     "PERM_SET",
    "a write",    "a death",      "a restart"};
static const char *const statuses[STATUSES] = {
    [0] = "done",      [1] = "NOT_SUPPORTED", [2] = "INVALID_PARAMETERS",
    [3] = "NO_MEMORY", [4] = "BUSY",          [6] = "DENIED",
    [8] = "ABORTED",   [11] = "wants more"};

struct counts {
    unsigned long call[KINDS][STATUSES];
    unsigned long sequences;
    unsigned long step_sequences; /* of everything */
    struct oracle_counts of_steps;
    bool agreed, steps_agreed;
};

static struct counts *counts; /* of one process */

/* ---- One call ---- */

static uint64_t handle_of(const struct made *m, const struct call_made *c, unsigned n)
{
    return (c->of >= 0 && (unsigned)c->of < n ? m->handle[c->of] : 0) ^ c->twist;
}

static void count(const struct call_made *c, const struct verdict *v)
{
    unsigned status = v->outcome == REFUSED      ? (unsigned)-v->status
                      : v->outcome == WANTS_MORE ? 11
                                                 : 0;

    counts->call[c->kind][status % STATUSES]++;
}

/* Makes call `n` to both; why they do not agree, or NULL. */
static const char *make(struct memory_book *o, struct made *m, unsigned n)
{
    static struct answer a;
    const struct call_made *c = &m->call[n];
    uint64_t handle = handle_of(m, c, n);
    uint32_t told = oracle_told_before(o, c, handle);
    struct verdict v = oracle_decide(o, c, handle);
    const char *no;

    if (c->kind == WRITE) {
        *(uint8_t *)page_bytes(o->page[c->page].address) = c->value;
        *(uint8_t *)page_bytes(o->page[c->page].address + 4095) = c->value;
    }
    if (c->kind == COME_BACK && v.outcome != REFUSED)
        o->version[c->who] = c->flags;
    act(c, handle, told, &a);
    count(c, &v);
    no = answer_disagrees(o, c, &v, &a);
    m->handle[n] = 0;
    if (no == NULL && (v.outcome == GIVEN_HANDLE || v.outcome == WANTS_MORE) && !v.was_known) {
        for (unsigned i = 0; no == NULL && i < n; i++)
            if (m->handle[i] == a.handle)
                no = "a handle is given again";
        m->handle[n] = a.handle;
    }
    return no != NULL ? no : disagreement(o);
}

/* ---- Sequences ---- */

static void begin(struct memory_book *o, uint64_t seed)
{
    static const uint32_t all[] = {0x10000, 0x10001, 0x10002};
    uint32_t version[ENDPOINTS];

    for (unsigned i = 0; i < ENDPOINTS; i++)
        version[i] = all[random_below(&seed, 3)];
    world_begin(o, version);
}

static uint64_t mixed(uint64_t seed)
{
    seed = (seed + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
    seed = (seed ^ seed >> 27) * 0x94d049bb133111eb;
    return (seed ^ seed >> 31) | 1;
}

/* Invents and makes them: how many calls were made, and why the last one disagreed. */
static const char *run(uint64_t seed, struct made *m, unsigned *calls)
{
    static struct memory_book o;
    uint64_t random = mixed(seed);
    const char *no = NULL;

    begin(&o, mixed(seed));
    for (*calls = 0; no == NULL && *calls < CALLS; (*calls)++) {
        invent(&random, &o, m, *calls, &m->call[*calls]);
        no = make(&o, m, *calls);
    }
    return no != NULL ? no : disagreement_at_end(&o);
}

static const char *run_again(uint64_t seed, struct made *m, unsigned calls)
{
    static struct memory_book o;
    const char *no = NULL;

    begin(&o, mixed(seed));
    for (unsigned n = 0; no == NULL && n < calls; n++) {
        bool lives =
            m->call[n].kind == COME_BACK ? o.dead[m->call[n].who] : !o.dead[m->call[n].who];
        if (!lives)
            return NULL;
        no = make(&o, m, n);
    }
    return no != NULL ? no : disagreement_at_end(&o);
}

/* Leaves out each call without which the same is wrong. */
static unsigned shorten(uint64_t seed, struct made *m, unsigned calls, const char *why)
{
    static struct made less;
    const char *no;

    for (unsigned out = calls; out-- > 0;) {
        memcpy(less.call, m->call, sizeof(less.call));
        memmove(&less.call[out], &less.call[out + 1], (calls - out - 1) * sizeof(less.call[0]));
        for (unsigned n = 0; n + 1 < calls; n++)
            if (less.call[n].of == (int)out)
                less.call[n].of = -1;
            else if (less.call[n].of > (int)out)
                less.call[n].of--;
        no = run_again(seed, &less, calls - 1);
        if (no != NULL && strcmp(no, why) == 0) {
            memcpy(m->call, less.call, sizeof(less.call));
            calls--;
        }
    }
    return calls;
}

static void print_call(const struct call_made *c, unsigned n)
{
    printf("#  %2u %s: %s", n,
           c->who == NORMAL ? "Normal world" : (const char *[]){"", "up", "mp", "queued"}[c->who],
           names[c->kind]);
    if (c->of >= 0)
        printf(" of %d", c->of);
    if (c->twist != 0)
        printf(" ^ %#lx", (unsigned long)c->twist);
    printf(" sender %x attributes %x flags %x tag %lx entries of %u:", c->sender, c->attributes,
           c->flags, (unsigned long)c->tag, c->entry_bytes);
    for (unsigned i = 0; i < c->count; i++)
        printf(" {%x, %x, %x}", c->entry[i].id, c->entry[i].permissions, c->entry[i].flags);
    if (c->ranges != 0)
        printf(" ranges %u of %u, %u pages:", c->now, c->ranges_said, c->pages_said);
    for (unsigned i = 0; i < c->ranges; i++)
        printf(" %lx+%u", (unsigned long)c->range[i].address, c->range[i].pages);
    printf(" more %d x3 %lx w4 %x\n", c->bytes_more, (unsigned long)c->x3, c->w4);
}

static void print_failure(uint64_t seed, struct made *m, unsigned calls, const char *why)
{
    char first[64];
    const char *no;

    snprintf(first, sizeof(first), "%s", why);
    calls = shorten(seed, m, calls, first);
    for (unsigned n = 0; n < calls; n++)
        print_call(&m->call[n], n);
    no = run_again(seed, m, calls);
    printf("# disagree: %s (seed %lu)\n", no != NULL ? no : "not when it is run again",
           (unsigned long)seed);
    fflush(stdout);
}

/* Every so manieth sequence, from a first one on. Whether all agreed. */
static bool work(unsigned long first, unsigned long end, unsigned stride)
{
    static struct made m;
    unsigned calls;
    const char *no;

    world_make();
    for (unsigned long seed = first; seed < end; seed += stride) {
        no = run(seed, &m, &calls);
        if (no != NULL) {
            print_failure(seed, &m, calls, no);
            return false;
        }
        counts->sequences++;
    }
    return true;
}

/* Both kinds, one after the other: they share the machine. */
static void work_on_both(unsigned long first, unsigned long end, unsigned stride)
{
    counts->agreed = work(first, end, stride);
    counts->steps_agreed = steps_work(first, end, stride, &counts->step_sequences);
    counts->of_steps = oracle_counts;
}

static void print_steps(const struct counts *of, unsigned long first)
{
    struct oracle_counts sum = {0};
    unsigned long sequences = 0;

    for (unsigned p = 0; p < PROCESSES; p++) {
        sequences += of[p].step_sequences;
        sum.steps += of[p].of_steps.steps;
        sum.open += of[p].of_steps.open;
        sum.refused += of[p].of_steps.refused;
        sum.memory += of[p].of_steps.memory;
        sum.pieces += of[p].of_steps.pieces;
    }
    printf("# %lu sequences of %u steps, seeds from %lu on\n", sequences, STEPS, first);
    printf("# the rule book judged %lu steps, %lu of them refused calls, and left %lu open\n",
           sum.steps - sum.open, sum.refused, sum.open);
    printf("# the book of memory judged %lu calls, of which %lu gave way\n", sum.memory,
           sum.pieces);
}

static void print_counts(const struct counts *of)
{
    for (unsigned kind = 0; kind < KINDS; kind++) {
        unsigned long total = 0;
        for (unsigned i = 0; i < STATUSES; i++)
            for (unsigned p = 0; p < PROCESSES; p++)
                total += of[p].call[kind][i];
        if (total == 0)
            continue;
        printf("# %10lu %s:", total, names[kind]);
        for (unsigned i = 0; i < STATUSES; i++) {
            unsigned long n = 0;
            for (unsigned p = 0; p < PROCESSES; p++)
                n += of[p].call[kind][i];
            if (n != 0)
                printf(" %s %lu", statuses[i], n);
        }
        printf("\n");
    }
}

int main(int argc, char **argv)
{
    unsigned long sequences = argc > 1 ? strtoul(argv[1], NULL, 0) : SEQUENCES;
    unsigned long first = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
    struct counts *all = mmap(NULL, PROCESSES * sizeof(*all), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unsigned long done = 0;
    bool good = true, steps_good = true;

    printf("TAP version 13\n1..2\n");
    fflush(stdout);
    for (unsigned p = 0; p < PROCESSES; p++) {
        pid_t pid = fork();
        counts = &all[p];
        if (pid == 0) {
            work_on_both(first + p, first + sequences, PROCESSES);
            _exit(0);
        }
    }
    for (unsigned p = 0; p < PROCESSES; p++)
        wait(NULL);
    for (unsigned p = 0; p < PROCESSES; p++) {
        done += all[p].sequences;
        good &= all[p].agreed;
        steps_good &= all[p].steps_agreed;
    }
    printf("# %lu sequences of %u calls, seeds from %lu on\n", done, CALLS, first);
    print_counts(all);
    printf("%s 1 - core and the rules agree in %lu sequences of memory calls\n",
           good ? "ok" : "not ok", sequences);
    print_steps(all, first);
    printf(
        "%s 2 - core and both rule books agree in %lu sequences of messages, cycles, interrupts, "
        "notifications, power and memory\n",
        steps_good ? "ok" : "not ok", sequences);
    return good && steps_good ? 0 : 1;
}
