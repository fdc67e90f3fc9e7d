/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The input is a script of events on four CPUs: boots, calls of the Normal world and of partitions
 * at S-EL1 and S-EL0 with registers and TX that are good, nearly good and not at all, interrupts,
 * timers, faults, CPUs that go off, deaths and restarts, memory that fails, and a second writer to
 * the buffers that a call reads. After each step the explorer's invariants must hold, and those of
 * memory; at the end each CPU must get back to the Normal world.
 *
 * Other than in the explorer registers live on from step to step, unless the script's first byte
 * asks for secrets in all of them.
 */
#include <string.h>

#include "core/interrupt.h"
#include "fuzz/calls.h"
#include "fuzz/stage.h"
#include "fuzz/writer.h"
#include "support/invariants.h"
#include "support/port_model.h"
#include "support/world.h"

#define FUZZ_CPUS 4
#define STEPS_MAX 300

/* Bits of the first byte. */
enum {
    BY_SCRIPT = 1, /* the boot CPU's start is part of it */
    SECRETS = 2,
    NEWEST = 4, /* all endpoints have version 1.2 */
    MANAGED_EXIT = 8,
    WANTS_CPU_OFF = 16,
    RESTARTS = 32, /* two more bytes say who comes back and how, and who has which version */
    BUFFERS = 64,  /* all mailboxes are mapped */
    AT_S_EL1 = 128,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct spmc *const now = &fuzz_world;
static bool secrets;

/* ---- What the machine does ---- */

/* Why EL3 enters with a Secure interrupt: a kick mostly. */
static void fill_cause(struct script *script, struct event *event)
{
    static const enum event_kind causes[] = {EVENT_KICK, EVENT_TIMER, EVENT_INTERRUPT,
                                             EVENT_COLD_BOOT};
    uint8_t choice = next_byte(script);

    event->cause = causes[choice % 4];
    event->intid = some_interrupt(choice >> 2);
}

/* CNTP's or CNTV's register, or one that does not exist; to or from any of the vCPU's. */
static uint64_t some_timer_access(struct script *script)
{
    uint8_t what = next_byte(script);

    return 3 << 20 | (what & 3U) << 17 | 3 << 14 | 14 << 10 |
           (uint64_t)(next_byte(script) & 31) << 5 | (2 + (what >> 2 & 1U)) << 1 | (what >> 3 & 1U);
}

/* What happens to the vCPU that runs, or is restored: that makes no access and meets no fault.
 * Devices' interrupts wait while all are masked. */
static struct event some_happening(struct script *script, const struct vcpu *v, uint8_t choice)
{
    static const enum event_kind kinds[] = {
        EVENT_NORMAL_INTERRUPT, EVENT_DEADLINE, EVENT_KICK, EVENT_TIMER,
        EVENT_INTERRUPT,        EVENT_ABORT,    EVENT_TRAP, EVENT_SERROR,
        EVENT_TIMER_ACCESS};
    bool restored = now->partitions[v->partition].state == PARTITION_RESTARTING;
    struct event event = {.kind = kinds[(choice >> 3) % (restored ? 5 : 9)],
                          .deliverable = choice & 0x80};

    if (event.kind == EVENT_INTERRUPT && v->masked == MASK_ALL)
        event.kind = EVENT_NORMAL_INTERRUPT;
    if (event.kind == EVENT_INTERRUPT)
        event.intid = some_interrupt(next_byte(script));
    if (event.kind == EVENT_TIMER_ACCESS)
        event.esr = some_timer_access(script);
    return event;
}

/* ---- Events ---- */

static void fill_call(struct script *script, unsigned cpu, struct vcpu *v, uint8_t choice)
{
    switch (secrets ? 0 : choice % 8) {
    case 1:
        fill_arguments(script, regs_of(cpu, v));
        break;
    case 2:
    case 5:
        fill_sharing(script, cpu, v);
        break;
    case 6:
        fill_setup(script, cpu, v);
        break;
    default:
        fill_usual(script, cpu, v);
        break;
    }
}

static struct event some_event(struct script *script, unsigned cpu)
{
    uint8_t choice = next_byte(script);
    struct vcpu *v = world_running(now, cpu);
    struct event event = {.kind = EVENT_SPMD, .deliverable = choice & 0x80};

    if (v == NULL && !now->cpus[cpu].online) {
        event.kind = EVENT_CPU_ON;
        return event;
    }
    if (v != NULL && choice % 4 == 3)
        return some_happening(script, v, choice);
    if (v != NULL && now->partitions[v->partition].state == PARTITION_RESTARTING) {
        event.kind = EVENT_AGAIN;
        return event;
    }
    if (v != NULL)
        event.kind = EVENT_CALL;
    fill_call(script, cpu, v, choice);
    if (v == NULL && (uint32_t)now->cpus[cpu].normal.x[0] == FFA_INTERRUPT)
        fill_cause(script, &event);
    return event;
}

/* ---- Steps ---- */

/* Mostly a little time goes by, at times enough for alarms, budgets and what restarts count. */
static uint64_t some_time(uint8_t choice)
{
    return choice < 12 ? choice : 1ULL << (4 * choice - 30);
}

/* How the machine is in the step to come: one in four has a second writer, and one faults, or
 * nobody waits for the CPU. */
static void some_weather(struct script *script, uint8_t where)
{
    uint8_t trouble = where & 8 ? next_byte(script) : 0;

    port_model.now += some_time(where >> 4);
    port_model.calm = false;
    port_model.copies_out_until_fault = MODEL_NEVER;
    port_model.copies_in_until_fault = MODEL_NEVER;
    writer_end();
    if ((where & 12) == 8)
        writer_begin(trouble, stage_is_tx);
    else if ((where & 12) == 12 && trouble & 1)
        port_model.calm = true;
    else if ((where & 12) == 12 && trouble & 2)
        port_model.copies_out_until_fault = trouble >> 2;
    else if ((where & 12) == 12)
        port_model.copies_in_until_fault = trouble >> 2;
}

/* What gave way goes on, if nothing happens to it and the script's next byte lets it. */
static void steps(struct script *script)
{
    uint8_t where = next_byte(script);
    unsigned cpu = where % FUZZ_CPUS;
    struct event event;
    unsigned more = 0;

    if (secrets)
        plant_secrets(now);
    some_weather(script, where);
    event = some_event(script, cpu);
    for (bool again = stage_step(cpu, &event, secrets); again && !secrets;
         again = stage_step(cpu, &event, secrets)) {
        if (more == 0 && (more = next_byte(script)) == 0)
            return;
        more--;
        if (event.kind != EVENT_CALL)
            event.kind = EVENT_AGAIN;
        if (now->cpus[cpu].current < 0)
            return;
    }
}

/* ---- The world ---- */

static void set_up(struct script *script, uint8_t mode)
{
    now->partitions[WORLD_UP].properties |= FFA_PROPERTY_VM_CREATED | FFA_PROPERTY_INDIRECT;
    now->partitions[WORLD_MP].properties |= FFA_PROPERTY_VM_DESTROYED | FFA_PROPERTY_INDIRECT;
    if (mode & RESTARTS) {
        stage_restarts(next_byte(script));
        stage_versions(next_byte(script));
    }
    if (mode & NEWEST)
        stage_versions(0xaa);
    if (mode & MANAGED_EXIT) {
        now->partitions[WORLD_UP].ns_action = FFA_NS_ACTION_MANAGED_EXIT;
        world_vcpu(now, WORLD_UP, 0)->enabled |= 1U << SLOT_MANAGED_EXIT;
    }
    now->partitions[WORLD_MP].wants_cpu_off = mode & WANTS_CPU_OFF;
    if (mode & BUFFERS)
        stage_buffers();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script script = {data, size};
    uint8_t mode = next_byte(&script);

    secrets = mode & SECRETS;
    stage_begin(mode & BY_SCRIPT, !(mode & AT_S_EL1));
    set_up(&script, mode);
    for (unsigned i = 0; script.size > 0 && i < STEPS_MAX; i++)
        steps(&script);
    writer_end();
    stage_end();
    return 0;
}
