/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The step: which room an event belongs to, and whether what follows is a legal way out
 * of the entry that the SPMD opened.
 */
#include "core/spmc.h"

#include "core/calls.h"
#include "core/console.h"
#include "core/device.h"
#include "core/direct.h"
#include "core/memory.h"
#include "core/port.h"
#include "core/power.h"
#include "core/restart.h"
#include "core/timer.h"
#include "core/trace.h"
#include "core/vcpu.h"

#define EXIT(kind) (1U << (kind))
#define STAY (EXIT(NEXT_RUN) | EXIT(NEXT_AGAIN))

/* A Secure-interrupt entry that ended in another way would leave EL3 with a stranded stack. */
const uint8_t spmc_legal_exits[ENTRIES] = {
    [ENTRY_NONE] = 0,
    [ENTRY_COLD_INIT] = STAY | EXIT(NEXT_INIT_DONE),
    [ENTRY_WARM_INIT] = STAY | EXIT(NEXT_INIT_DONE),
    [ENTRY_NORMAL_CALL] = STAY | EXIT(NEXT_REPLY_NORMAL),
    [ENTRY_SECURE_INTERRUPT] = STAY | EXIT(NEXT_RESUME_NORMAL),
    [ENTRY_FRAMEWORK] = STAY | EXIT(NEXT_REPLY_SPMD),
};

void spmc_init(struct spmc *s, uint64_t (*tables)[1 << TABLE_BITS], uint64_t tables_pa,
               struct memory *memory)
{
    __builtin_memset(s, 0, sizeof(*s));
    s->id = FFA_ID_SPMC;
    s->normal.id = FFA_ID_NORMAL_WORLD;
    s->normal.version = FFA_VERSION_1_2;
    s->tables = tables;
    __builtin_memset(s->by_id, PLACE(partitions), sizeof(s->by_id));
    s->tables_pa = tables_pa;
    s->memory = memory;
    memory_init(memory);
    trace_init();
    for (unsigned i = 0; i < CPU_MAX; i++)
        s->cpus[i] = (struct cpu){.current = NO_VCPU, .interrupted = NO_VCPU, .alarm = NEVER};
}

/* ---- What the SPMD sends ---- */

/*
 * A framework message is answered in its own form whatever it asks: FFA_ERROR would be
 * forwarded to the Normal world, and EL3 would wait for an answer for ever.
 */
COLD static struct next framework_message(struct spmc *s, unsigned cpu)
{
    struct regs *regs = &s->cpus[cpu].normal;
    uint32_t message = (uint32_t)regs->x[2];
    uint32_t asked = (uint32_t)regs->x[3];

    switch (message) {
    case FFA_FRAMEWORK_VERSION_REQUEST:
        return power_reply(s, cpu, FFA_FRAMEWORK_VERSION_RESPONSE,
                           version_negotiate(s, &s->normal, asked));
    case FFA_FRAMEWORK_PSCI_REQUEST:
        return power_request(s, cpu, asked);
    case FFA_FRAMEWORK_WARM_BOOT:
        return power_reply(s, cpu, FFA_FRAMEWORK_PM_RESPONSE, PSCI_SUCCESS);
    default:
        return power_reply(s, cpu, FFA_FRAMEWORK_PM_RESPONSE, PSCI_NOT_SUPPORTED);
    }
}

/* A Secure interrupt took the CPU from the Normal world, which goes on after it, exactly once.
 * Events come to cold functions by value: so the one at hand stays in registers. */
COLD static struct next secure_interrupt(struct spmc *s, unsigned cpu, struct event e)
{
    if (TRACE)
        trace_interrupt(cpu, &e);
    switch (e.cause) {
    case EVENT_INTERRUPT:
        return device_interrupt(s, cpu, NULL, e.intid);
    case EVENT_KICK:
    case EVENT_TIMER:
        return timer_expired(s, cpu, NULL);
    default:
        return vcpu_none(s, cpu);
    }
}

/* The second kind has one form, from version 1.2 on; what else looks so is for the table to refuse.
 */
HOT bool may_be_second_kind(const struct endpoint *who, uint32_t function)
{
    return (function & FFA_SMC64) && who->version >= FFA_VERSION_1_2;
}

/* Its sender alone tells most messages from one of the SPMD. */
static bool is_from_spmd(const struct spmc *s, const struct regs *regs)
{
    return (uint16_t)(regs->x[1] >> 16) == FFA_ID_SPMD && (uint16_t)regs->x[1] == s->id;
}

static struct next spmd_entry(struct spmc *s, unsigned cpu, const struct event *e)
{
    struct cpu *here = cpu_by_index(s, cpu);
    struct regs *regs = &here->normal;
    uint32_t function = (uint32_t)regs->x[0] & ~(uint32_t)FFA_SVE_HINT;
    uint32_t distance = DISTANCE_ONCE(function);

    here->entry = ENTRY_NORMAL_CALL;
    bool first_kind = distance == DISTANCE(FFA_MSG_SEND_DIRECT_REQ_32);
    if (first_kind || (distance == DISTANCE(FFA_MSG_SEND_DIRECT_REQ2) &&
                       may_be_second_kind(&s->normal, function))) {
        if (function != FFA_MSG_SEND_DIRECT_REQ_32 || !is_from_spmd(s, regs))
            return direct_request(s, (struct call){.cpu = cpu, .who = &s->normal, .regs = regs},
                                  !first_kind);
        here->entry = ENTRY_FRAMEWORK;
        return framework_message(s, cpu);
    }
    if (distance == DISTANCE(FFA_INTERRUPT) && !(function & FFA_SMC64)) {
        here->entry = ENTRY_SECURE_INTERRUPT;
        return secure_interrupt(s, cpu, *e);
    }
    return call_dispatch(s, cpu, NULL, &s->normal, regs);
}

COLD static struct next cpu_up(struct spmc *s, unsigned cpu, enum entry entry)
{
    s->cpus[cpu].entry = entry;
    s->cpus[cpu].online = true;
    s->cpus[cpu].starting = 0;
    device_join_cpu(s, cpu, entry == ENTRY_COLD_INIT);
    timer_join_cpu(s, cpu);
    return vcpu_start_next(s, cpu);
}

/* ---- What a running vCPU does, or meets ---- */

#define ESR_EC_SHIFT 26
#define ESR_EC_MASK (0x3fULL << ESR_EC_SHIFT)
#define ESR_EC_LOWER_TO_SAME (1ULL << ESR_EC_SHIFT) /* 0x20 -> 0x21, 0x24 -> 0x25 */
#define ESR_IL (1ULL << 25)
#define ESR_WNR (1ULL << 6)
#define ESR_EXTERNAL_ABORT 0x10
#define INSTRUCTION_BYTES 4
#define PSTATE_EL_MASK 0xc /* zero at EL0, where the abort does come from a lower level */

/*
 * The exception as the vCPU is told of it: a refused access is an external abort of its own
 * exception level, whose address is right; a refused instruction is an undefined one, and `far`
 * that of an earlier abort, perhaps somebody else's.
 */
static struct next throw(struct vcpu * v, struct event e)
{
    v->exception.pending = true;
    v->exception.esr = ESR_IL;
    v->exception.far = 0;
    if (e.kind == EVENT_ABORT) {
        v->exception.far = e.far;
        v->exception.esr |= (e.esr & (ESR_EC_MASK | ESR_WNR)) | ESR_EXTERNAL_ABORT |
                            (v->regs.pstate & PSTATE_EL_MASK ? ESR_EC_LOWER_TO_SAME : 0);
    }
    return (struct next){NEXT_RUN, v};
}

static struct next fault(struct spmc *s, unsigned cpu, struct vcpu *v, struct event e)
{
    if (e.deliverable)
        return throw(v, e);
    print("bulkhead: fault esr %lx far %lx\n", e.esr, e.far);
    return vcpu_die(s, cpu, v, "a fault that it cannot take");
}

/* A partition that uses a call has chosen its version. */
HOT struct call with_version_locked(struct call c)
{
    c.who->version_locked = true;
    return c;
}

/* Apart, as it is seldom: so it costs the first kind nothing. */
static __attribute__((noinline)) struct next
response2(struct spmc *s, unsigned cpu, struct vcpu *from, struct endpoint *who, struct regs *regs)
{
    struct call c = {.cpu = cpu, .from = from, .who = who, .regs = regs};

    return direct_response(s, with_version_locked(c), true);
}

HOT struct next vcpu_call(struct spmc *s, struct call c)
{
    uint32_t function = (uint32_t)c.regs->x[0] & ~(uint32_t)FFA_SVE_HINT;
    uint32_t distance = DISTANCE_ONCE(function);

    if (distance == DISTANCE(FFA_MSG_SEND_DIRECT_RESP_32))
        return direct_response(s, with_version_locked(c), false);
    if (distance == DISTANCE(FFA_MSG_SEND_DIRECT_REQ_32))
        return direct_request(s, with_version_locked(c), false);
    if (distance == DISTANCE(FFA_MSG_SEND_DIRECT_RESP2) && may_be_second_kind(c.who, function))
        return response2(s, c.cpu, c.from, c.who, c.regs);
    return call_dispatch(s, c.cpu, c.from, c.who, c.regs);
}

static struct next timer_register(struct spmc *s, unsigned cpu, struct vcpu *v, struct event e)
{
    if (!timer_access(s, cpu, v, e.esr))
        return fault(s, cpu, v, e);
    v->regs.pc += INSTRUCTION_BYTES;
    return (struct next){NEXT_RUN, v};
}

/* A device's interrupt that came in the same moment is not lost, nor what another CPU left to this
 * one. */
COLD static struct next bury(struct spmc *s, unsigned cpu, struct vcpu *v, struct event e)
{
    struct next next = vcpu_bury(s, cpu, v);

    timer_rearm(s, cpu);
    if (e.kind != EVENT_INTERRUPT)
        return next;
    return device_interrupt(s, cpu, next.vcpu, e.intid);
}

/* A partition that is neither live nor starting: it is restored, or died on another CPU. */
COLD static struct next not_live(struct spmc *s, unsigned cpu, struct vcpu *v, struct event e)
{
    if (vcpu_partition(s, v)->state == PARTITION_RESTARTING)
        return restart_event(s, cpu, v, &e);
    return bury(s, cpu, v, e);
}

COLD static bool is_starting(const struct partition *p)
{
    return p->state == PARTITION_STARTING;
}

/* What is no call: interrupts, time, faults. */
COLD static struct next happening(struct spmc *s, unsigned cpu, struct vcpu *v, struct event e)
{
    switch (e.kind) {
    case EVENT_NORMAL_INTERRUPT:
        return v->masked ? (struct next){NEXT_RUN, v} : vcpu_preempt(s, cpu, v);
    case EVENT_DEADLINE:
        return v->masked ? vcpu_die(s, cpu, v, "it missed its deadline")
                         : (struct next){NEXT_RUN, v};
    case EVENT_KICK:
    case EVENT_TIMER:
        return timer_expired(s, cpu, v);
    case EVENT_INTERRUPT:
        return device_interrupt(s, cpu, v, e.intid);
    case EVENT_TIMER_ACCESS:
        return timer_register(s, cpu, v, e);
    case EVENT_ABORT:
    case EVENT_TRAP:
        return fault(s, cpu, v, e);
    case EVENT_SERROR:
        return vcpu_die(s, cpu, v, "an asynchronous abort");
    default:
        return (struct next){NEXT_RUN, v};
    }
}

static struct next vcpu_event(struct spmc *s, unsigned cpu, const struct event *e)
{
    struct vcpu *v = vcpu_by_ref(s, s->cpus[cpu].current);
    struct partition *p = vcpu_partition(s, v);

    if (p->state != PARTITION_LIVE && !is_starting(p))
        return not_live(s, cpu, v, *e);
    if (e->kind == EVENT_CALL)
        return vcpu_call(
            s, (struct call){.cpu = cpu, .from = v, .who = &p->endpoint, .regs = &v->regs});
    return happening(s, cpu, v, *e);
}

static struct next cpu_event(struct spmc *s, unsigned cpu, const struct event *e)
{
    if (e->kind == EVENT_SPMD)
        return spmd_entry(s, cpu, e);
    return cpu_up(s, cpu, e->kind == EVENT_COLD_BOOT ? ENTRY_COLD_INIT : ENTRY_WARM_INIT);
}

/*
 * A sender asked for the interrupt to be delayed until now. Of a post-mortem's trace a line is
 * printed, and more until somebody is wanted; the rest when this CPU leaves again.
 */
static __attribute__((noinline, cold)) struct next
do_chores(struct cpu *here, struct trace_record *record, struct next next)
{
    uint8_t chores = here->chores;

    here->chores = 0;
    if (chores & CHORE_SCHEDULE_RECEIVER)
        port_sgi_normal();
    if (TRACE)
        trace_end(here, record, next.kind); /* it may be among what is printed */
    while (chores & CHORE_REPORT && trace_report_line())
        if (port_is_wanted()) {
            here->chores = CHORE_REPORT;
            break;
        }
    return next;
}

/* Running a vCPU keeps the entry open; any other exit closes it, and must be one of its own. */
HOT struct next step(struct spmc *s, unsigned cpu, struct cpu *here, const struct event *e,
                     struct trace_record *record)
{
    struct next next;

    if (e->kind < EVENT_CALL)
        next = cpu_event(s, cpu, e);
    else if (here->current >= 0)
        next = vcpu_event(s, cpu, e);
    else
        return (struct next){NEXT_STOP, NULL};
    if (next.kind == NEXT_RUN || next.kind == NEXT_AGAIN)
        return next;
    if (!(spmc_legal_exits[here->entry] & EXIT(next.kind)))
        return (struct next){NEXT_STOP, NULL};
    here->entry = ENTRY_NONE;
    if (here->chores)
        return do_chores(here, record, next);
    return next;
}

struct next spmc_step(struct spmc *s, unsigned cpu, const struct event *e)
{
    struct cpu *here = &s->cpus[cpu];

    struct trace_record *record = TRACE ? trace_begin(s, cpu, here, e) : NULL;
    struct next next = step(s, cpu, here, e, record);

    if (TRACE)
        trace_end(here, record, next.kind);
    return next;
}
