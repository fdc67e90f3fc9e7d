/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes the steps of a sequence to core/, each compared with the rules; shortens what disagrees. */
#include "oracle/steps.h"

#include "oracle/steps_internal.h"

#include <stdio.h>
#include <string.h>

#include "oracle/invent.h"
#include "rules/check.h"
#include "support/port_model.h"
#include "support/world.h"

static struct spmc s;
static uint32_t kicks;

static bool is_running(const struct spmc *of, unsigned cpu)
{
    return of->cpus[cpu].current >= 0;
}

/* In a shortened sequence: a call needs a caller, an entry a CPU that is on. */
static bool is_possible(const struct step_made *step)
{
    bool runs = is_running(&s, step->cpu), online = s.cpus[step->cpu].online;

    switch (step->event.kind) {
    case EVENT_COLD_BOOT:
        return s.partitions[0].state == PARTITION_LOADED;
    case EVENT_CPU_ON:
        return !online;
    case EVENT_SPMD:
        return online && !runs;
    case EVENT_INTERRUPT:
        return runs && s.vcpus[s.cpus[step->cpu].current].masked != MASK_ALL;
    case EVENT_AGAIN:
    case EVENT_CALL: {
        bool restored = runs && s.partitions[s.vcpus[s.cpus[step->cpu].current].partition].state ==
                                    PARTITION_RESTARTING;
        return runs && restored == (step->event.kind == EVENT_AGAIN);
    }
    default:
        return runs;
    }
}

const char *steps_make(const struct step_made *step)
{
    unsigned cpu = step->cpu;
    bool call = step->event.kind == EVENT_CALL || step->event.kind == EVENT_SPMD;
    struct vcpu *caller = is_running(&s, cpu) ? &s.vcpus[s.cpus[cpu].current] : NULL;
    struct regs *regs = caller != NULL ? &caller->regs : &s.cpus[cpu].normal;
    struct next next;

    port_model.now += step->ticks;
    port_model.kicked = 0;
    port_model.console_length = 0;
    if (step->size != 0)
        memcpy(port_model_memory(step->at, step->size), step->bytes, step->size);
    if (call)
        memcpy(regs->x, step->x, sizeof(step->x));
    if (call)
        regs->pc = STEP_PC;
    if (step->fault == 1)
        port_model.copies_in_until_fault = step->after;
    if (step->fault == 2)
        port_model.copies_out_until_fault = step->after;
    oracle_before(&s, cpu, &step->event, false);
    next = spmc_step(&s, cpu, &step->event);
    port_model.copies_in_until_fault = port_model.copies_out_until_fault = MODEL_NEVER;
    if (call)
        steps_memory_done(&s, cpu, caller);
    kicks |= port_model.kicked;
    if (step->event.kind == EVENT_KICK || step->event.cause == EVENT_KICK || !s.cpus[cpu].online)
        kicks &= ~(1U << cpu);
    if (next.kind == NEXT_RUN) {
        next.vcpu->special &= (uint8_t)~SPECIAL_FRESH;
        next.vcpu->exception.pending = false;
    }
    return oracle_after(&s, &next);
}

void steps_begin(uint64_t *random)
{
    port_model_reset_counters();
    memset(port_model.interrupts, 0, sizeof(port_model.interrupts));
    kicks = 0;
    steps_world(&s, random);
    steps_trace(&s, random);
}

uint64_t steps_mixed(uint64_t seed)
{
    seed = (seed + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
    return (seed ^ seed >> 29) | 1;
}

void steps_next(uint64_t *random, bool first, struct step_made *step)
{
    memset(step, 0, sizeof(*step));
    if (first)
        step->event.kind = EVENT_COLD_BOOT;
    else
        steps_invent(random, &s, kicks, step);
}

static const char *run(uint64_t seed, struct step_made *made, unsigned *count)
{
    uint64_t random = steps_mixed(seed);
    const char *no = NULL;

    steps_begin(&random);
    for (*count = 0; no == NULL && *count < STEPS; (*count)++) {
        steps_next(&random, *count == 0, &made[*count]);
        no = steps_make(&made[*count]);
    }
    return no;
}

static const char *run_again(uint64_t seed, const struct step_made *made, unsigned count)
{
    uint64_t random = steps_mixed(seed);
    const char *no = NULL;

    steps_begin(&random);
    for (unsigned i = 0; no == NULL && i < count; i++)
        if (is_possible(&made[i]))
            no = steps_make(&made[i]);
    return no;
}

static unsigned shorten(uint64_t seed, struct step_made *made, unsigned count, const char *why)
{
    static struct step_made less[STEPS];
    const char *no;

    for (unsigned out = count - 1; out-- > 1;) {
        memcpy(less, made, sizeof(less));
        memmove(&less[out], &less[out + 1], (count - out - 1) * sizeof(less[0]));
        no = run_again(seed, less, count - 1);
        if (no != NULL && strcmp(no, why) == 0)
            memcpy(made, less, --count * sizeof(less[0]));
    }
    return count;
}

void steps_print(const struct step_made *step, unsigned number)
{
    static const char *const kinds[EVENTS] = {[EVENT_COLD_BOOT] = "boot",
                                              [EVENT_CPU_ON] = "CPU on",
                                              [EVENT_SPMD] = "entry",
                                              [EVENT_CALL] = "call",
                                              [EVENT_NORMAL_INTERRUPT] = "Normal-world interrupt",
                                              [EVENT_DEADLINE] = "deadline",
                                              [EVENT_KICK] = "kick",
                                              [EVENT_TIMER] = "timer",
                                              [EVENT_INTERRUPT] = "device",
                                              [EVENT_TIMER_ACCESS] = "timer register",
                                              [EVENT_ABORT] = "abort",
                                              [EVENT_TRAP] = "trap",
                                              [EVENT_SERROR] = "SError",
                                              [EVENT_AGAIN] = "again"};

    printf("#  %2u cpu %u %s", number, step->cpu, kinds[step->event.kind]);
    if (step->event.intid != 0 || step->event.cause != 0)
        printf(" %u cause %d", step->event.intid, step->event.cause);
    if (step->event.kind == EVENT_CALL || step->event.kind == EVENT_SPMD)
        for (unsigned i = 0; i < 9; i++)
            printf(" %lx", (unsigned long)step->x[i]);
    if (step->fault != 0)
        printf(", memory fails after %u copies", step->after);
    if (step->size != 0)
        printf(", %u bytes at %lx", step->size, (unsigned long)step->at);
    printf("\n");
}

static void print_failure(uint64_t seed, struct step_made *made, unsigned count, const char *why)
{
    char first[160];
    const char *no;

    snprintf(first, sizeof(first), "%s", why);
    count = shorten(seed, made, count, first);
    no = run_again(seed, made, count);
    printf("# disagree: %s (steps, seed %lu)\n", no != NULL ? no : "not when it is run again",
           (unsigned long)seed);
    for (unsigned i = 0; i < count; i++)
        steps_print(&made[i], i);
    fflush(stdout);
}

bool steps_work(unsigned long first, unsigned long end, unsigned stride, unsigned long *sequences)
{
    static struct step_made made[STEPS];
    unsigned count;
    const char *no = NULL;

    port_model_reset();
    for (unsigned long seed = first; no == NULL && seed < end; seed += stride) {
        no = run(seed, made, &count);
        if (no != NULL)
            print_failure(seed, made, count, no);
        else
            (*sequences)++;
    }
    return no == NULL;
}
