/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The invariants of a step: legal exits, legal transitions, what a refused call may
 * touch, and whose registers may change, with secrets planted in all others.
 */
#include "support/invariants.h"

#include <string.h>

#include "abi/stat.h"
#include "core/interrupt.h"

#define VCPUS (PARTITION_MAX * CPU_MAX)
#define STATE_BYTES offsetof(struct spmc, trace)
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

/* From being restored to its start, and from there to the call that was held for it. */
static bool starts_again(const struct observation *o, const struct vcpu *v)
{
    const struct partition *p = &o->before->partitions[v->partition];

    return p->state == PARTITION_RESTARTING || (p->restarts > 0 && v->model == MODEL_INIT);
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
        return o->next.kind == NEXT_REPLY_NORMAL && o->after->cpus[o->cpu].normal.x[0] == FFA_ERROR;
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
 * forgotten, and tables that were taken for it are back in the pool. */
static const char *broken_refusal(const struct observation *o)
{
    const struct spmc *s = o->before;
    const uint64_t *x = s->cpus[o->cpu].normal.x;
    const void *rest = x + 8;
    bool same = true;

    if (!is_refused(o))
        return NULL;
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
    same &= same_between(o, s, &s->tables_used) && same_between(o, &s->memory, x);
    REQUIRE(same && same_between(o, rest, s->trace), "a refused call changed the state");
    return NULL;
}

/* ---- Registers ---- */

#define SECRET 0xA5C0000000000000ULL
#define SECRET_MASK 0xFFF0000000000000ULL
#define SECRET_LOW 0x5EC00000U /* the lower half by itself: 0x5EC, owner, register */
#define SECRET_LOW_MASK 0xFFF00000U

uint64_t secret_of_vcpu(unsigned vcpu, unsigned i)
{
    return SECRET | (uint64_t)(vcpu + 1) << 40 | (uint64_t)i << 32 | SECRET_LOW | vcpu << 8 | i;
}

uint64_t secret_of_normal(unsigned cpu, unsigned i)
{
    return secret_of_vcpu(VCPUS + cpu, i);
}

void plant_secrets(struct spmc *s)
{
    for (unsigned v = 0; v < VCPUS; v++) {
        for (unsigned i = 0; i < 31; i++)
            s->vcpus[v].regs.x[i] = secret_of_vcpu(v, i);
        s->vcpus[v].regs.pc = secret_of_vcpu(v, 31);
        s->vcpus[v].regs.pstate = secret_of_vcpu(v, 32);
    }
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++)
        for (unsigned i = 0; i < 31; i++)
            s->cpus[cpu].normal.x[i] = secret_of_normal(cpu, i);
}

/* The frame that acts in this step: the secrets' owner number, -1 if nobody calls. */
static int acting_frame(const struct observation *o)
{
    if (o->event->kind == EVENT_SPMD)
        return (int)(VCPUS + o->cpu);
    return o->event->kind == EVENT_CALL ? o->before->cpus[o->cpu].current : -1;
}

static bool is_request(uint64_t x0)
{
    return x0 == FFA_MSG_SEND_DIRECT_REQ_32 || x0 == FFA_MSG_SEND_DIRECT_REQ_64 ||
           x0 == FFA_MSG_SEND_DIRECT_REQ2;
}

static bool is_response(uint64_t x0)
{
    return x0 == FFA_MSG_SEND_DIRECT_RESP_32 || x0 == FFA_MSG_SEND_DIRECT_RESP_64 ||
           x0 == FFA_MSG_SEND_DIRECT_RESP2;
}

static bool is_extended(uint64_t x0)
{
    return x0 == FFA_MSG_SEND_DIRECT_REQ2 || x0 == FFA_MSG_SEND_DIRECT_RESP2;
}

/* x0 to x7, or x0 to x17 where the call or its answer is made of them. */
static unsigned registers_of(uint64_t x0)
{
    return is_extended(x0) || x0 == FFA_SUCCESS_64 ? 18 : 8;
}

/* The first register whose 64 bits a message or an answer carries; none in a 32-bit one. */
static unsigned first_wide(uint64_t x0)
{
    if (is_extended(x0) || x0 == FFA_SUCCESS_64)
        return 2;
    return x0 == FFA_MSG_SEND_DIRECT_REQ_64 || x0 == FFA_MSG_SEND_DIRECT_RESP_64 ? 3 : 8;
}

/* Half of a planted secret in a delivered register: only a message of the one who acts brings it.
 */
static const char *broken_payload(const struct observation *o, const struct regs *after, unsigned i)
{
    uint32_t low = (uint32_t)after->x[i];
    uint32_t x0 = (uint32_t)after->x[0];
    bool carries = is_request(x0) || is_response(x0) || x0 == FFA_YIELD;

    if (!o->secrets || (low & SECRET_LOW_MASK) != SECRET_LOW)
        return NULL;
    REQUIRE(carries && (int)(low >> 8 & 0xfff) == acting_frame(o) && (low & 0xff) == i,
            "a register brought somebody's secret");
    return NULL;
}

/* Whose id is a frame's: `receiver` as in w1 of a direct message; `to` is NULL for the Normal
 * world. */
static bool receiver_is(const struct observation *o, const struct vcpu *to, uint16_t receiver)
{
    if (to == NULL)
        return (receiver & FFA_ID_SECURE) == 0;
    return o->after->partitions[to->partition].endpoint.id == receiver;
}

static bool sender_is(const struct observation *o, uint16_t sender)
{
    vcpu_ref current = o->before->cpus[o->cpu].current;

    if (sender == STAT_ID)
        return o->before->logical;
    if (sender == o->before->id)
        return expected_entry(o->before, o->cpu, o->event) == ENTRY_FRAMEWORK;
    if (o->event->kind != EVENT_CALL)
        return (sender & FFA_ID_SECURE) == 0;
    return o->before->partitions[o->before->vcpus[current].partition].endpoint.id == sender;
}

/* A direct message reaches the one that it names, from the one that it names. */
static const char *broken_names(const struct observation *o, const struct vcpu *to,
                                const struct regs *after)
{
    if (o->next.kind == NEXT_REPLY_SPMD || !(is_request(after->x[0]) || is_response(after->x[0])))
        return NULL;
    REQUIRE(receiver_is(o, to, (uint16_t)after->x[1]), "a direct message reached somebody else");
    REQUIRE(sender_is(o, (uint16_t)(after->x[1] >> 16)), "a direct message has a false sender");
    return NULL;
}

/* An answer of the SPMC itself, made of nobody's registers. */
static bool is_statistic(const struct regs *after)
{
    return is_response(after->x[0]) && after->x[1] >> 16 == STAT_ID && after->x[2] == 0;
}

/* w2 of a framework message comes from the hypervisor to who wants it, and its answer back: each of
 * its own type. */
static const char *broken_type(const struct observation *o, const struct regs *after)
{
    vcpu_ref current = o->before->cpus[o->cpu].current;
    uint32_t w2 = (uint32_t)after->x[2];

    if (o->next.kind == NEXT_REPLY_SPMD || is_extended(after->x[0]) || is_statistic(after))
        return NULL;
    if (is_request(after->x[0]) && w2 == FFA_FRAMEWORK_PSCI_REQUEST) {
        REQUIRE(expected_entry(o->before, o->cpu, o->event) == ENTRY_FRAMEWORK &&
                    after->x[1] >> 16 == o->before->id,
                "a power message that EL3 did not ask for");
    } else if (is_request(after->x[0]) && w2 != 0) {
        uint32_t wanted = w2 == FFA_FRAMEWORK_VM_CREATED     ? FFA_PROPERTY_VM_CREATED
                          : w2 == FFA_FRAMEWORK_VM_DESTROYED ? FFA_PROPERTY_VM_DESTROYED
                                                             : 0;
        REQUIRE(after->x[0] == FFA_MSG_SEND_DIRECT_REQ_32 && o->event->kind == EVENT_SPMD &&
                    after->x[1] >> 16 == FFA_ID_NORMAL_WORLD,
                "a framework message is not the hypervisor's");
        REQUIRE(o->after->partitions[o->next.vcpu->partition].properties & wanted,
                "a framework message reached who does not want it");
    }
    if (is_response(after->x[0]) && o->event->kind == EVENT_CALL)
        REQUIRE(w2 == o->before->vcpus[current].response_w2 &&
                    (w2 == 0 || after->x[0] == FFA_MSG_SEND_DIRECT_RESP_32),
                "a message has the response of another type");
    return NULL;
}

/* x8 to x17 are a message's from version 1.2 on: before, they are the receiver's own. */
static const char *broken_kind(const struct observation *o, const struct vcpu *to,
                               const struct regs *after)
{
    const struct endpoint *receiver =
        to != NULL ? &o->after->partitions[to->partition].endpoint : &o->after->normal;

    REQUIRE(!is_extended(after->x[0]) || receiver->version >= FFA_VERSION_1_2,
            "a message of the second kind reached somebody below version 1.2");
    return NULL;
}

/* A direct message brings all that was sent: 64 bits of each register, or 32. */
static const char *broken_whole(const struct observation *o, const struct regs *after)
{
    int from = acting_frame(o);
    const struct regs *sent;

    if (!(is_request(after->x[0]) || is_response(after->x[0])) || from < 0 ||
        (uint16_t)(after->x[1] >> 16) == o->before->id || is_statistic(after))
        return NULL;
    sent = from < VCPUS ? &o->before->vcpus[from].regs : &o->before->cpus[from - VCPUS].normal;
    for (unsigned i = first_wide(after->x[0]) == 2 ? 4 : 3; i < registers_of(after->x[0]); i++)
        REQUIRE(after->x[i] == (first_wide(after->x[0]) < 8 ? sent->x[i] : (uint32_t)sent->x[i]),
                "a direct message lost something on its way");
    return NULL;
}

/* A partition's memory call that gave way: it is made once more. */
static bool is_made_again(const struct regs *before, const struct regs *after)
{
    uint32_t number = (uint32_t)before->x[0] & 0xff;
    struct regs again = *before;

    again.pc -= 4;
    return number >= (FFA_MEM_DONATE_32 & 0xff) && number <= (FFA_MEM_FRAG_TX & 0xff) &&
           memcmp(&again, after, sizeof(again)) == 0;
}

/* A message or an answer may bring x0-x7 or x0-x17: 64 bits where it has them, else 32. */
static const char *broken_delivery(const struct observation *o, const struct vcpu *to,
                                   const struct regs *before, const struct regs *after)
{
    unsigned count = registers_of(after->x[0]);
    const char *broken = broken_names(o, to, after);

    if (is_made_again(before, after))
        return NULL;
    if (broken == NULL)
        broken = broken_type(o, after);
    REQUIRE(memcmp(before->x + count, after->x + count, sizeof(*before) - count * 8) == 0,
            "a register changed that the message does not have");
    for (unsigned i = 0; broken == NULL && i < count; i++) {
        if (before->x[i] == after->x[i])
            continue;
        REQUIRE(after->x[i] >> 32 == 0 || i >= first_wide(after->x[0]) ||
                    (i == 0 && after->x[0] == (uint64_t)SMCCC_NOT_SUPPORTED),
                "the upper half of a register came with a 32-bit message");
        broken = broken_payload(o, after, i);
    }
    if (broken == NULL)
        broken = broken_kind(o, to, after);
    return broken != NULL || o->next.kind == NEXT_REPLY_SPMD ? broken : broken_whole(o, after);
}

/* The first start of a context: all of its registers are new, none is anybody's. */
static const char *broken_start(const struct observation *o, const struct regs *after)
{
    if (!o->secrets)
        return NULL;
    for (unsigned i = 0; i < 31; i++)
        REQUIRE((after->x[i] & SECRET_MASK) != (SECRET & SECRET_MASK),
                "a context starts with somebody's registers");
    return NULL;
}

/* After its start a context gets the call that brought it back: in its width, to who it is. */
static const char *broken_held(const struct observation *o, unsigned vcpu, const struct regs *after)
{
    const uint64_t *held = o->after->held[vcpu].x;
    unsigned p = o->after->vcpus[vcpu].partition;

    REQUIRE(after->x[0] == held[0] && (is_request(after->x[0]) || after->x[0] == FFA_RUN),
            "another call than the one that was held");
    if (after->x[0] == FFA_RUN)
        return NULL;
    REQUIRE((uint16_t)after->x[1] == o->after->partitions[p].endpoint.id &&
                after->x[1] == (uint32_t)held[1],
            "a held message reached somebody else");
    for (unsigned i = first_wide(after->x[0]) == 2 ? 4 : 3; i < registers_of(after->x[0]); i++)
        REQUIRE(after->x[i] == (first_wide(after->x[0]) < 8 ? held[i] : (uint32_t)held[i]),
                "a held message lost something");
    return NULL;
}

static const char *broken_frame(const struct observation *o, const struct vcpu *to,
                                const struct regs *before, const struct regs *after, bool receives)
{
    if (receives)
        return broken_delivery(o, to, before, after);
    REQUIRE(memcmp(before, after, sizeof(*before)) == 0,
            "registers of somebody who receives nothing changed");
    return NULL;
}

/* A timer register is read into one of the vCPU's, and the instruction stepped over; one that does
 * not exist changes nothing. */
static const char *broken_access(const struct observation *o, const struct vcpu *before,
                                 const struct vcpu *after)
{
    struct regs expected = before->regs;
    unsigned rt = o->event->esr >> 5 & 0x1f;

    if (!after->exception.pending) {
        expected.pc += 4;
        if (o->event->esr & 1 && rt < 31)
            expected.x[rt] = after->regs.x[rt];
    }
    REQUIRE(memcmp(&expected, &after->regs, sizeof(expected)) == 0,
            "an access to a timer changed something else");
    return NULL;
}

static const char *broken_vcpu_frame(const struct observation *o, unsigned i)
{
    const struct vcpu *before = &o->before->vcpus[i];
    const struct vcpu *after = &o->after->vcpus[i];
    bool runs = o->next.kind == NEXT_RUN && o->next.vcpu == after;

    if (runs && o->event->kind == EVENT_TIMER_ACCESS && before->state == VCPU_RUNNING)
        return broken_access(o, before, after);
    if (before->state == VCPU_BLOCKED &&
        (after->state == VCPU_INTERRUPTED || after->state == VCPU_PREEMPTED))
        runs = true; /* answered, before the one who answered handles its interrupts */
    if (runs && (before->state == VCPU_OFF || before->model == MODEL_NONE) &&
        after->model == MODEL_INIT)
        return broken_start(o, &after->regs);
    if (runs && starts_again(o, before) && before->model == MODEL_INIT &&
        (after->model == MODEL_DIRECT || after->model == MODEL_RUN))
        return broken_held(o, i, &after->regs);
    if (runs && (before->state == VCPU_PREEMPTED || before->state == VCPU_INTERRUPTED))
        runs = false; /* an interrupted context finds all registers as they were */
    if (runs && before->state == VCPU_RUNNING && o->event->kind != EVENT_CALL)
        runs = false;
    return broken_frame(o, after, &before->regs, &after->regs, runs);
}

/* The Normal world has its answer already, while the one who answered handles its interrupts. */
static bool is_answered(const struct observation *o)
{
    return o->before->cpus[o->cpu].interrupted == NO_VCPU &&
           o->after->cpus[o->cpu].interrupted == NORMAL_WORLD;
}

/* Whether the Normal world gets an answer, or a RESUME, in this step; not while its handler ends
 * after the answer. */
static bool normal_receives(const struct observation *o)
{
    if (o->next.kind == NEXT_RUN || o->next.kind == NEXT_AGAIN)
        return is_answered(o);
    return o->next.kind != NEXT_REPLY_NORMAL || o->before->cpus[o->cpu].interrupted != NORMAL_WORLD;
}

static const char *broken_normal_frame(const struct observation *o, unsigned cpu)
{
    return broken_frame(o, NULL, &o->before->cpus[cpu].normal, &o->after->cpus[cpu].normal,
                        cpu == o->cpu && normal_receives(o));
}

static const char *broken_registers(const struct observation *o)
{
    const char *broken = NULL;

    for (unsigned i = 0; broken == NULL && i < VCPUS; i++)
        broken = broken_vcpu_frame(o, i);
    for (unsigned cpu = 0; broken == NULL && cpu < CPU_MAX; cpu++)
        broken = broken_normal_frame(o, cpu);
    return broken;
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
