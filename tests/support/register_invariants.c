/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The invariants of registers in a step: whose may change, and to what, with secrets planted in all
 * others.
 */
#include "support/invariants.h"

#include <string.h>

#include "abi/stat.h"

#define VCPUS (PARTITION_MAX * CPU_MAX)
#define REQUIRE(condition, text) \
    do {                         \
        if (!(condition))        \
            return text;         \
    } while (0)

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

/* From being restored to its start, and from there to the call that was held for it. */
bool starts_again(const struct observation *o, const struct vcpu *v)
{
    const struct partition *p = &o->before->partitions[v->partition];

    return p->state == PARTITION_RESTARTING || (p->restarts > 0 && v->model == MODEL_INIT);
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

const char *broken_vcpu_frame(const struct observation *o, unsigned i)
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

/* Or its RESUME, while one that came back by the alarm handles what came meanwhile. */
static bool is_resumed(const struct observation *o)
{
    const struct cpu *before = &o->before->cpus[o->cpu], *after = &o->after->cpus[o->cpu];

    return before->entry == ENTRY_SECURE_INTERRUPT && after->interrupted == NORMAL_WORLD &&
           before->normal.x[0] != after->normal.x[0];
}

/* Whether the Normal world gets an answer, or a RESUME, in this step; not while its handler ends
 * after the answer. */
static bool normal_receives(const struct observation *o)
{
    if (o->next.kind == NEXT_RUN || o->next.kind == NEXT_AGAIN)
        return is_answered(o) || is_resumed(o);
    return o->next.kind != NEXT_REPLY_NORMAL || o->before->cpus[o->cpu].interrupted != NORMAL_WORLD;
}

const char *broken_normal_frame(const struct observation *o, unsigned cpu)
{
    return broken_frame(o, NULL, &o->before->cpus[cpu].normal, &o->after->cpus[cpu].normal,
                        cpu == o->cpu && normal_receives(o));
}

const char *broken_registers(const struct observation *o)
{
    const char *broken = NULL;

    for (unsigned i = 0; broken == NULL && i < VCPUS; i++)
        broken = broken_vcpu_frame(o, i);
    for (unsigned cpu = 0; broken == NULL && cpu < CPU_MAX; cpu++)
        broken = broken_normal_frame(o, cpu);
    return broken;
}
