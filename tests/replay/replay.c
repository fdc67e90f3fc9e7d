/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A trace made again: the core on this machine is loaded with the same SPMC manifest and packages,
 * gets each recorded step's event, and must decide as it did on the target, and end in the same
 * state. What the trace does not hold (payload, general registers, the content of memory) decides
 * nothing.
 *
 *     replay TRACE SPMC-MANIFEST PACKAGE...   packages in the manifest's order
 */
#include "replay/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/stat.h"
#include "core/manifest.h"
#include "core/memory.h"
#include "platform/qemu-virt/platform.h"

#define ISS_RT(esr) ((esr) >> 5 & 0x1f)
#define ISS_READ 1
#define NO_REGISTER 31
#define LAST_REGISTER 17

static struct spmc s;
static struct memory memory;
static uint64_t tables[TABLE_MAX][512] __attribute__((aligned(4096)));
static struct told told;
static uint32_t at; /* the record that comes next */

/* ---- What is read while a step runs comes from the trace ---- */

uint64_t replay_time;

/* The next continuation of this kind of the step at hand; NULL when there is none. */
static const struct told_record *further(unsigned kind)
{
    return at < told.count && told.record[at].kind == kind ? &told.record[at++] : NULL;
}

bool __wrap_trace_copy_in(const struct call *c, void *to, uint64_t pa, size_t size);
bool __wrap_trace_copy_in(const struct call *c, void *to, uint64_t pa, size_t size)
{
    char *byte = to;

    (void)c;
    (void)pa;
    for (size_t done = 0, n; done < size; done += n) {
        const struct told_record *r = further(TRACE_BYTES);
        if (r == NULL)
            replay_differs("it reads a mailbox, and did not then");
        n = (size_t)r->then;
        if (n == 0)
            return false;
        if (n > size - done)
            replay_differs("it reads less of a mailbox");
        memcpy(byte + done, r->x, n);
    }
    return true;
}

bool __wrap_trace_is_wanted(const struct call *c);
bool __wrap_trace_is_wanted(const struct call *c)
{
    static uint64_t polls;

    (void)c;
    for (uint32_t i = at; i < told.count; i++)
        if (told.record[i].kind == TRACE_POLLS) {
            if (told.record[i].x[0] != polls++)
                return false;
            if (i != at)
                replay_differs("long work gives way at another step");
            at++;
            polls = 0;
            return true;
        }
    return false;
}

/* ---- The machine ---- */

static void *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    void *data;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(2);
    }
    *size = (size_t)ftell(file);
    rewind(file);
    data = calloc(1, *size + 1);
    if (data == NULL || fread(data, 1, *size, file) != *size) {
        perror(path);
        exit(2);
    }
    fclose(file);
    return data;
}

/* As aarch64/boot.c does. */
static void load(const char *manifest, unsigned packages, char **package)
{
    size_t size;
    void *blob = read_file(manifest, &size);

    spmc_init(&s, tables, PLATFORM_BASE, &memory);
    memcpy(s.manifest, blob, size < MANIFEST_BYTES ? size : MANIFEST_BYTES);
    free(blob);
    s.own = (struct range){PLATFORM_POOL_BASE, PLATFORM_BASE + PLATFORM_SIZE - PLATFORM_POOL_BASE};
    if (!manifest_read_spmc(&s, s.manifest, MANIFEST_BYTES) || s.partition_count != packages)
        replay_refuses("the SPMC manifest is not that of these packages");
    for (unsigned i = 0; i < packages; i++) {
        blob = read_file(package[i], &size);
        replay_place(s.partitions[i].load, blob, size);
        free(blob);
    }
    manifest_load_partitions(&s);
    trace_init();
}

/* ---- Steps ---- */

static struct regs *registers_of(const struct told_record *r)
{
    if (r->kind == EVENT_SPMD)
        return &s.cpus[r->cpu].normal;
    return r->who >= 0 ? &s.vcpus[r->who].regs : NULL;
}

static void set_registers(const struct told_record *r)
{
    struct regs *regs = registers_of(r);

    for (unsigned i = 0; i <= LAST_REGISTER; i++)
        regs->x[i] = i < TRACE_REASON ? r->x[i] : 0;
    for (const struct told_record *more; (more = further(TRACE_REGISTERS)) != NULL;)
        for (unsigned i = 0; i < TRACE_WORDS && (unsigned)more->then + i <= LAST_REGISTER; i++)
            regs->x[(unsigned)more->then + i] = more->x[i];
}

static struct event event_of(const struct told_record *r)
{
    struct event e = {.kind = (enum event_kind)r->kind};
    unsigned rt = ISS_RT((unsigned)r->x[0]);

    if (r->kind == EVENT_SPMD || r->kind == EVENT_CALL) {
        set_registers(r);
        if (r->kind == EVENT_SPMD && r->x[0] == FFA_INTERRUPT) {
            e.cause = (enum event_kind)r->x[3];
            e.intid = (uint32_t)r->x[4];
        }
        return e;
    }
    e.esr = r->x[0];
    e.far = r->x[1];
    e.intid = (uint32_t)r->x[2];
    e.deliverable = r->x[3] != 0;
    if (r->kind == EVENT_TIMER_ACCESS && !(e.esr & ISS_READ) && rt != NO_REGISTER)
        s.vcpus[r->who].regs.x[rt] = r->x[4];
    return e;
}

static const char *text_or_none(const char *text)
{
    return text != NULL ? text : "-";
}

static void step(void)
{
    const struct told_record *r = &told.record[at++];
    struct cpu *here = &s.cpus[r->cpu];

    replay_at = r;
    if (here->current != r->who)
        replay_differs("another vCPU ran on this CPU");
    replay_time = r->time;
    struct event e = event_of(r);
    uint32_t number = recorder.count[r->cpu];
    struct next next = spmc_step(&s, r->cpu, &e);
    const struct trace_record *made = trace_slot(r->cpu, number);

    if (next.kind != r->next || here->current != r->then)
        replay_differs("something else followed");
    if (trace_status(made) != r->status || strcmp(text_or_none(trace_text(made)), r->reason) != 0)
        replay_differs(text_or_none(trace_text(made)));
    if (at < told.count && told.record[at].kind >= EVENTS)
        replay_differs("it read less than it did then");
}

/* By the question that the target was asked. */
static uint64_t digest(const struct told_state *state)
{
    struct regs *normal = &s.cpus[0].normal;
    const struct event e = {.kind = EVENT_SPMD};

    *normal = (struct regs){
        .x = {FFA_MSG_SEND_DIRECT_REQ_64, STAT_ID, 0, STAT_STATE, state->part, state->number}};
    spmc_step(&s, 0, &e);
    if (normal->x[3] != STAT_OK)
        replay_refuses("the trace tells of a part of the state that this core does not have");
    return normal->x[4];
}

int main(int count, char **arguments)
{
    size_t size;
    unsigned steps = 0, different = 0;

    if (count < 3) {
        fprintf(stderr, "usage: replay TRACE SPMC-MANIFEST PACKAGE...\n");
        return 2;
    }
    char *text = read_file(arguments[1], &size);
    told_read(&told, text);
    free(text);
    load(arguments[2], (unsigned)count - 3, arguments + 3);
    for (; at < told.count; steps++)
        step();
    for (uint32_t i = 0; i < told.states; i++)
        if (digest(&told.state[i]) != told.state[i].digest) {
            printf("part %u of the state, number %u, is not as it was\n", told.state[i].part,
                   told.state[i].number);
            different++;
        }
    if (different > 0)
        return 1;
    printf("%u steps, %u records: all decided alike, %u digests of the state alike\n", steps,
           told.count, told.states);
    return 0;
}
