/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The invariants of a step: legal exits, legal transitions, what a refused call may
 * touch. Registers are in register_invariants.c.
 */
#include "support/invariants.h"

#include <string.h>

#include "core/interrupt.h"

#define VCPUS (PARTITION_MAX * CPU_MAX)
#define STATE_BYTES offsetof(struct spmc, held)
#define REQUIRE(condition, text) \
    do {                         \
        if (!(condition))        \
            return text;         \
    } while (0)

/* ---- Entries and exits ---- */

#define EXIT(kind) (1U << (kind))
#define STAY (EXIT(NEXT_RUN) | EXIT(NEXT_AGAIN))

static const uint8_t legal_exits[ENTRIES] = {
    [ENTRY_COLD_INIT] = STAY | EXIT(NEXT_INIT_DONE),
    [ENTRY_WARM_INIT] = STAY | EXIT(NEXT_INIT_DONE),
    [ENTRY_NORMAL_CALL] = STAY | EXIT(NEXT_REPLY_NORMAL),
    [ENTRY_SECURE_INTERRUPT] = STAY | EXIT(NEXT_RESUME_NORMAL),
    [ENTRY_FRAMEWORK] = STAY | EXIT(NEXT_REPLY_SPMD),
};

static enum entry spmd_entry(const struct spmc *before, const struct regs *r)
{
    uint32_t function = (uint32_t)r->x[0] & ~(uint32_t)FFA_SVE_HINT;

    if (function == FFA_INTERRUPT)
        return ENTRY_SECURE_INTERRUPT;
    if (function == FFA_MSG_SEND_DIRECT_REQ_32 &&
        (uint32_t)r->x[1] == ((uint32_t)FFA_ID_SPMD << 16 | before->id))
        return ENTRY_FRAMEWORK;
    return ENTRY_NORMAL_CALL;
}

enum entry expected_entry(const struct spmc *before, unsigned cpu, const struct event *event)
{
    if (event->kind == EVENT_COLD_BOOT)
        return ENTRY_COLD_INIT;
    if (event->kind == EVENT_CPU_ON)
        return ENTRY_WARM_INIT;
    if (event->kind == EVENT_SPMD)
        return spmd_entry(before, &before->cpus[cpu].normal);
    return before->cpus[cpu].entry;
}

static const char *broken_exit(const struct observation *o)
{
    enum entry entry = expected_entry(o->before, o->cpu, o->event);
    const struct cpu *cpu = &o->after->cpus[o->cpu];

    REQUIRE(o->next.kind < NEXTS, "what follows is nothing known");
    REQUIRE(legal_exits[entry] & EXIT(o->next.kind), "an SPMD entry is left by an illegal exit");
    REQUIRE(spmc_legal_exits[entry] & EXIT(o->next.kind),
            "an exit that the core's own table forbids");
    if (o->next.kind == NEXT_AGAIN)
        REQUIRE(o->next.vcpu != NULL &&
                    o->after->partitions[o->next.vcpu->partition].state == PARTITION_RESTARTING,
                "long work for a partition that is not restored");
    if (o->next.kind != NEXT_RUN && o->next.kind != NEXT_AGAIN) {
        REQUIRE(cpu->current == NO_VCPU && cpu->entry == ENTRY_NONE,
                "the CPU left, its entry or vCPU stayed");
        return NULL;
    }
    REQUIRE(o->next.vcpu != NULL && cpu->current == (vcpu_ref)(o->next.vcpu - o->after->vcpus),
            "what runs next is not the CPU's current vCPU");
    REQUIRE(cpu->entry == entry, "an entry changed while it was open");
    return NULL;
}

/* ---- Transitions ---- */

#define TO(state) (1U << (state))

static const uint8_t legal_transitions[VCPU_STATES] = {
    [VCPU_OFF] = TO(VCPU_OFF) | TO(VCPU_RUNNING) | TO(VCPU_ABORTED),
    [VCPU_WAITING] = TO(VCPU_WAITING) | TO(VCPU_RUNNING) | TO(VCPU_OFF) | TO(VCPU_ABORTED),
    [VCPU_RUNNING] = TO(VCPU_RUNNING) | TO(VCPU_WAITING) | TO(VCPU_BLOCKED) | TO(VCPU_PREEMPTED) |
                     TO(VCPU_INTERRUPTED) | TO(VCPU_OFF) | TO(VCPU_ABORTED),
    [VCPU_BLOCKED] = TO(VCPU_BLOCKED) | TO(VCPU_RUNNING) | TO(VCPU_INTERRUPTED) |
                     TO(VCPU_PREEMPTED) | TO(VCPU_ABORTED),
    [VCPU_INTERRUPTED] = TO(VCPU_INTERRUPTED) | TO(VCPU_RUNNING) | TO(VCPU_ABORTED),
    [VCPU_PREEMPTED] = TO(VCPU_PREEMPTED) | TO(VCPU_RUNNING) | TO(VCPU_ABORTED),
    [VCPU_ABORTED] = TO(VCPU_ABORTED),
};

static const uint8_t legal_lives[] = {
    [PARTITION_ABSENT] = TO(PARTITION_ABSENT),
    [PARTITION_LOADED] = TO(PARTITION_LOADED) | TO(PARTITION_STARTING),
    [PARTITION_STARTING] = TO(PARTITION_STARTING) | TO(PARTITION_LIVE) | TO(PARTITION_ABSENT) |
                           TO(PARTITION_ABORTED), /* that one only if it started before */
    [PARTITION_LIVE] = TO(PARTITION_LIVE) | TO(PARTITION_ABORTED),
    [PARTITION_ABORTED] = TO(PARTITION_ABORTED) | TO(PARTITION_RESTARTING),
    [PARTITION_RESTARTING] =
        TO(PARTITION_RESTARTING) | TO(PARTITION_STARTING) | TO(PARTITION_ABORTED),
};

/* A dead context is OFF again when its partition is restored, or restores it. */
static const char *broken_revival(const struct observation *o, const struct vcpu *from,
                                  const struct vcpu *to)
{
    const struct partition *before = &o->before->partitions[from->partition];
    const struct partition *after = &o->after->partitions[from->partition];

    REQUIRE(before->state == PARTITION_ABORTED && after->state == PARTITION_RESTARTING &&
                before->restart != RESTART_NEVER &&
                (to->state == VCPU_OFF || to->state == VCPU_RUNNING),
            "a dead context came back to life");
    return NULL;
}

static const char *broken_transition(const struct observation *o, const struct vcpu *from,
                                     const struct vcpu *to)
{
    if (from->state == VCPU_ABORTED && to->state != VCPU_ABORTED)
        return broken_revival(o, from, to);
    bool idle = from->state == VCPU_OFF || from->state == VCPU_WAITING;
    bool ends = to->state == VCPU_WAITING || to->state == VCPU_OFF || to->state == VCPU_ABORTED;
    bool attends = to->model == MODEL_INTERRUPT && to->state == VCPU_RUNNING;

    REQUIRE(to->state < VCPU_STATES && legal_transitions[from->state] & TO(to->state),
            "a vCPU took a transition that does not exist");
    REQUIRE(idle || ends || attends || from->model == to->model || starts_again(o, from),
            "a runtime model changed during a stay");
    REQUIRE(to->state != VCPU_PREEMPTED || from->state == VCPU_PREEMPTED || !from->masked ||
                o->event->kind == EVENT_INTERRUPT || o->event->kind == EVENT_TIMER,
            "a masked vCPU was preempted");
    REQUIRE(from->state != VCPU_BLOCKED || to->state != VCPU_PREEMPTED ||
                o->event->kind == EVENT_INTERRUPT, /* in the moment in which its callee ends */
            "a vCPU was preempted that did not run");
    return NULL;
}

/* Only the SPMD's message that it goes off takes a CPU away. */
static const char *broken_cpus(const struct observation *o)
{
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++)
        REQUIRE(o->after->cpus[cpu].online || !o->before->cpus[cpu].online ||
                    (cpu == o->cpu && o->next.kind == NEXT_REPLY_SPMD),
                "a CPU went off that the SPMD did not announce");
    return NULL;
}

static const char *broken_transitions(const struct observation *o)
{
    const char *broken = broken_cpus(o);

    for (unsigned i = 0; broken == NULL && i < VCPUS; i++)
        broken = broken_transition(o, &o->before->vcpus[i], &o->after->vcpus[i]);
    for (unsigned i = 0; broken == NULL && i < o->after->partition_count; i++)
        if (!(legal_lives[o->before->partitions[i].state] & TO(o->after->partitions[i].state)))
            broken = "a partition took a transition that does not exist";
    return broken;
}

/*
 * A vCPU that waits has handled its devices' interrupts and its timers, or ignored them in a
 * handler of its own; what it could not handle under a mask waits for its next stay, what another
 * context enabled for its CPU's next look.
 */
static bool may_wait_with_interrupts(const struct observation *o, unsigned i)
{
    const struct vcpu *before = &o->before->vcpus[i];
    vcpu_ref current = o->before->cpus[o->cpu].current;
    bool ignored = before->model == MODEL_INTERRUPT && !before->attended;
    bool masked = current >= 0 && o->before->vcpus[current].masked == MASK_ALL;

    return ignored || before->model == MODEL_INIT || masked ||
           (o->next.kind == NEXT_RUN && o->next.vcpu->masked);
}

static const char *broken_waiting(const struct observation *o)
{
    for (unsigned i = 0; i < VCPUS; i++) {
        const struct vcpu *before = &o->before->vcpus[i];
        const struct vcpu *after = &o->after->vcpus[i];
        unsigned active = after->pending & after->enabled & ~(1U << SLOT_NOTIFICATION);
        unsigned waited = before->state == VCPU_WAITING ? before->pending & before->enabled : 0;
        bool looked_after = after->alarm <= o->after->partitions[after->partition].paid;
        REQUIRE(after->state != VCPU_WAITING || (active & ~waited) == 0 || after->attended ||
                    looked_after || may_wait_with_interrupts(o, i),
                "an interrupt of a vCPU that waits has no handler");
    }
    return NULL;
}

/* Interrupts may be pended for a vCPU from everywhere, and its timers watched by another CPU. */
static bool same_but_interrupts(const struct vcpu *before, const struct vcpu *after)
{
    struct vcpu expected = *before;

    expected.lines = after->lines;
    expected.pending = after->pending;
    expected.enabled = after->enabled;
    expected.by_fiq = after->by_fiq;
    expected.in_service = after->in_service;
    expected.home = after->home;
    if (after->lines != 0)
        expected.alarm = after->alarm; /* it is to be looked after */
    return memcmp(&expected, after, sizeof(expected)) == 0;
}

/* Another CPU's business: its frame, its entry, and the vCPU that runs there. */
static const char *broken_isolation(const struct observation *o)
{
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        vcpu_ref other = o->before->cpus[cpu].current;

        if (cpu == o->cpu)
            continue;
        REQUIRE(memcmp(&o->before->cpus[cpu], &o->after->cpus[cpu], sizeof(struct cpu)) == 0,
                "a step changed another CPU");
        if (other >= 0)
            REQUIRE(same_but_interrupts(&o->before->vcpus[other], &o->after->vcpus[other]),
                    "a step changed a vCPU that runs on another CPU");
    }
    return NULL;
}

static const char *broken_life(const struct observation *o)
{
    const struct partition *p;

    if (o->next.kind != NEXT_RUN)
        return NULL;
    p = &o->after->partitions[o->next.vcpu->partition];
    REQUIRE(p->state == PARTITION_LIVE || p->state == PARTITION_STARTING, "a dead partition runs");
    return NULL;
}

/* ---- Refused calls ---- */

static bool is_refused(const struct observation *o)
{
    vcpu_ref caller = o->before->cpus[o->cpu].current;

    if (o->event->kind == EVENT_SPMD)
        return o->next.kind == NEXT_REPLY_NORMAL &&
               o->after->cpus[o->cpu].normal.x[0] == FFA_ERROR && !tells_of_a_death(o);
    return o->event->kind == EVENT_CALL && o->next.kind == NEXT_RUN &&
           caller == (vcpu_ref)(o->next.vcpu - o->after->vcpus) &&
           o->next.vcpu->regs.x[0] == FFA_ERROR;
}

/* Bytes of the state from one place to another, which is not before it. */
static bool same_between(const struct observation *o, const void *from, const void *to)
{
    size_t begin = (size_t)((const char *)from - (const char *)o->before);

    return memcmp(from, (const char *)o->after + begin,
                  (size_t)((const char *)to - (const char *)from)) == 0;
}

/* The answer may change, and a partition's call locks its version. What it had begun to send may be
 * forgotten, and tables that were taken for it are back in the pool. Who leaves does its chores. */
static const char *broken_refusal(const struct observation *o)
{
    const struct spmc *s = o->before;
    const uint64_t *x = s->cpus[o->cpu].normal.x;
    const void *rest = x + 8;
    bool same = true;

    if (!is_refused(o))
        return NULL;
    if (o->event->kind == EVENT_SPMD) {
        const uint8_t *chores = &s->cpus[o->cpu].chores;
        same = same_between(o, rest, chores);
        rest = chores + 1;
    }
    if (o->event->kind == EVENT_CALL) {
        const struct vcpu *caller = &s->vcpus[s->cpus[o->cpu].current];
        const bool *lock = &s->partitions[caller->partition].endpoint.version_locked;
        const uint64_t *sending = &caller->sending;
        x = caller->regs.x;
        same =
            same_between(o, x + 8, sending) && same_between(o, sending + 1, lock) &&
            (o->after->vcpus[caller->self].sending == 0 || same_between(o, sending, sending + 1));
        rest = lock + 1;
    }
    same &= same_between(o, s, &s->tables_used) && same_between(o, s->news, x);
    REQUIRE(same && same_between(o, rest, s->held), "a refused call changed the state");
    return NULL;
}

/* Nothing changed but the registers of who ran: what is left to say is how, and who runs now. */
static const char *broken_answer(const struct observation *o)
{
    vcpu_ref current = o->before->cpus[o->cpu].current;
    const char *broken = broken_exit(o);

    if (broken == NULL)
        broken = broken_life(o);
    if (broken == NULL)
        broken =
            current >= 0 ? broken_vcpu_frame(o, (unsigned)current) : broken_normal_frame(o, o->cpu);
    return broken;
}

const char *broken_step(const struct observation *o)
{
    const char *broken;

    if (o->same)
        return broken_answer(o);
    if ((broken = broken_exit(o)) != NULL || (broken = broken_transitions(o)) != NULL ||
        (broken = broken_waiting(o)) != NULL || (broken = broken_isolation(o)) != NULL ||
        (broken = broken_life(o)) != NULL || (broken = broken_refusal(o)) != NULL ||
        (broken = broken_return(o)) != NULL)
        return broken;
    return broken_registers(o);
}
