/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop around the core: do what the last step said, tell the next one what happened. Partitions
 * run outside the lock.
 */
#include "aarch64/fpu.h"
#include "aarch64/machine.h"
#include "aarch64/registers.h"
#include "core/console.h"
#include "core/port.h"
#include "core/vcpu.h"

#define INSTRUCTION_BYTES 4
#define ISR_FIQ BIT(6)
#define ISR_IRQ BIT(7)
#define ESR_IL_SHIFT 25
#define ESR_ISS_WFE BIT(0)
#define ESR_ISS_TIMEOUT BIT(1)
#define ISS_GROUP 0x31fc1cULL /* op0, op1, CRn, CRm without its last bit */
#define ISS_TIMERS (3ULL << 20 | 3ULL << 14 | 14ULL << 10 | 2ULL << 1)

/*
 * A ticket lock in one word: the upper half is the next ticket, the lower half the one that is
 * served. Who takes a ticket sees at once whether it is its turn.
 */
static uint32_t lock;

#define TICKET_SHIFT 16

WAITING void lock_wait(uint16_t ticket)
{
    do
        __asm__ volatile("yield");
    while ((uint16_t)__atomic_load_n(&lock, __ATOMIC_ACQUIRE) != ticket);
}

static void lock_take(void)
{
    uint32_t seen = __atomic_fetch_add(&lock, 1U << TICKET_SHIFT, __ATOMIC_ACQUIRE);
    uint32_t difference = seen ^ (seen >> TICKET_SHIFT | seen << TICKET_SHIFT);

    __asm__("" : "+r"(difference)); /* one rotation, and no comparison of it */
    if (difference != 0)
        lock_wait((uint16_t)(seen >> TICKET_SHIFT));
}

static void lock_give(void)
{
    uint16_t *serving = (uint16_t *)&lock; /* the lower half: Arm is little-endian here */

    __atomic_store_n(serving, (uint16_t)(*serving + 1), __ATOMIC_RELEASE);
}

/* By the one who has the lock: whether another ticket was drawn. */
bool loop_is_waited_for(void)
{
    uint32_t seen = __atomic_load_n(&lock, __ATOMIC_RELAXED);

    return (uint16_t)((seen >> TICKET_SHIFT) - seen) > 1;
}

/* ---- Exits of a partition. False: nothing for the core to know, the vCPU runs on ---- */

/*
 * Waiting goes on in S-EL2 until an interrupt is pending. It then takes the vCPU out; one of the
 * Normal world that is masked does not, but ends the wait all the same. WFIT and WFET may end at
 * any time: a timeout that nobody armed here would not.
 */
static bool take_wait(struct vcpu *v, uint64_t esr)
{
    if (!(esr & (ESR_ISS_WFE | ESR_ISS_TIMEOUT)) && v->lines == 0)
        gic_wait();
    v->regs.pc += 2 + (esr >> ESR_IL_SHIFT & 1) * 2; /* of T32 it is short */
    return false;
}

static bool take_fault(const struct vcpu *v, struct event *e, enum event_kind kind)
{
    e->kind = kind;
    e->deliverable = context_can_throw(v);
    return true;
}

/* The registers of CNTP and CNTV: op0 3, op1 3, CRn 14, CRm 2 or 3. */
static bool is_timer(uint64_t esr)
{
    return (esr & ISS_GROUP) == ISS_TIMERS;
}

static bool take_other_sync(unsigned cpu, struct vcpu *v, struct event *e, unsigned exception_class)
{
    e->far = read_register(far_el2);
    switch (exception_class) {
    case EC_FP_ACCESS:
        fpu_give(cpu, v);
        return false;
    case EC_SYSTEM_REGISTER:
        if (is_timer(e->esr))
            return take_fault(v, e, EVENT_TIMER_ACCESS);
        return !context_give_rare(cpu) && take_fault(v, e, EVENT_TRAP);
    case EC_WFX:
        return take_wait(v, e->esr);
    case EC_INSTRUCTION_ABORT_LOWER:
    case EC_DATA_ABORT_LOWER:
        return take_fault(v, e, EVENT_ABORT);
    default:
        return take_fault(v, e, EVENT_TRAP);
    }
}

/* Calls first: a trapped SMC has not advanced the PC, as HVC and SVC have. S-EL1's SVC is its own.
 */
static bool take_sync(unsigned cpu, struct vcpu *v, struct event *e)
{
    unsigned exception_class;

    e->esr = read_register(esr_el2);
    exception_class = (uint32_t)e->esr >> ESR_EC_SHIFT;
    if (exception_class == EC_SMC64)
        v->regs.pc += INSTRUCTION_BYTES;
    else if (exception_class != EC_HVC64 && exception_class != EC_SVC64)
        return take_other_sync(cpu, v, e, exception_class);
    e->kind = EVENT_CALL;
    return true;
}

/* A Secure interrupt by its kind; EVENT_COLD_BOOT, which is zero, for none. */
static enum event_kind take_secure(struct event *e)
{
    e->intid = gic_take();
    if (e->intid >= INTID_NONE)
        return EVENT_COLD_BOOT;
    if (e->intid == INTID_KICK)
        return EVENT_KICK;
    return e->intid == INTID_ALARM ? EVENT_TIMER : EVENT_INTERRUPT;
}

/* The alarm is also the deadline of a vCPU that runs under one. */
HOT bool take_irq(const struct vcpu *v, struct event *e)
{
    e->kind = take_secure(e);
    if (e->kind == EVENT_TIMER && v->masked && port_now() >= v->deadline)
        e->kind = EVENT_DEADLINE;
    return e->kind != EVENT_COLD_BOOT;
}

static __attribute__((noinline)) void let_el3_handle(void)
{
    struct regs regs = {.x = {FFA_EL3_INTR_HANDLE}};

    spmd_call(&regs);
}

/* Group 0 is EL3's, which must be asked only when one is really pending; all else is the Normal
 * world's. */
HOT bool take_fiq(struct event *e)
{
    if (gic_group0_pending()) {
        let_el3_handle();
        return false;
    }
    e->kind = EVENT_NORMAL_INTERRUPT;
    return true;
}

static bool take_exit(unsigned cpu, struct vcpu *v, unsigned exit, struct event *e)
{
    if (exit == EXIT_SYNC)
        return take_sync(cpu, v, e);
    if (exit == EXIT_IRQ)
        return take_irq(v, e);
    if (exit == EXIT_FIQ)
        return take_fiq(e);
    e->esr = read_register(esr_el2);
    e->kind = EVENT_SERROR;
    return true;
}

/* ---- What a step said ---- */

_Static_assert(offsetof(struct vcpu, special) == offsetof(struct vcpu, lines) + 1,
               "special is the upper half of what lines begins");

/* The virtual interrupt lines that a CPU shows to the vCPU that it runs; at S-EL0 none is seen. */
static void raise_lines(unsigned cpu, const struct vcpu *v)
{
    const void *lines = &v->lines;
    unsigned wanted =
        __atomic_load_n((const uint16_t *)lines, __ATOMIC_RELAXED); /* others raise them */

    if (wanted == spmc.cpus[cpu].lines)
        return;
    spmc.cpus[cpu].lines = (uint16_t)wanted;
    write_register(hcr_el2, HCR_BULKHEAD | (wanted & LINE_IRQ ? HCR_VI : 0) |
                                (wanted & LINE_FIQ ? HCR_VF : 0) |
                                (wanted & SPECIAL_S_EL0 << 8 ? HCR_TGE : 0));
}

/* What the alarm is set to while no deadline is nearer. */
static uint64_t alarms[CPU_MAX];

void alarm_set(unsigned cpu, uint64_t deadline)
{
    alarms[cpu] = deadline;
    timer_set(deadline);
}

/* With everything masked only the vCPU's own timers count: others are served when it has left. */
static uint64_t masked_alarm(unsigned cpu, const struct vcpu *v)
{
    uint64_t alarm = v->masked == MASK_ALL ? v->alarm : alarms[cpu];

    return alarm < v->deadline ? alarm : v->deadline;
}

#ifdef HARDEN_PAC
/*
 * S-EL0 has its translations and its control bits in common with S-EL2: it must not be able to sign
 * with Bulkhead's key.
 */
static __attribute__((noinline)) unsigned enter_s_el0(struct vcpu *v)
{
    uint64_t sctlr = read_register(sctlr_el2);
    unsigned exit;

    write_register(sctlr_el2, sctlr & ~SCTLR_ENIA);
    isb(); /* or vcpu_run might still sign where it returns to, and not find that signed later */
    exit = vcpu_run(&v->regs);
    write_register(sctlr_el2, sctlr);
    isb();
    return exit;
}
#endif

static unsigned enter(struct vcpu *v)
{
#ifdef HARDEN_PAC
    if (v->special & SPECIAL_S_EL0)
        return enter_s_el0(v);
#endif
    return vcpu_run(&v->regs);
}

/* With a mask, interrupts wait, but not for longer than the deadline. */
static void run(unsigned cpu, struct vcpu *v, struct event *e)
{
    static uint64_t masks[CPU_MAX]; /* as they were; kept where a vCPU without one does not pass */

    context_load_vcpu(cpu, v);
    raise_lines(cpu, v);
    if (v->exception.pending)
        context_throw(v);
    if (v->masked) {
        masks[cpu] = gic_mask(v->masked);
        timer_set(masked_alarm(cpu, v));
    }
    while (!take_exit(cpu, v, enter(v), e))
        ;
    if (v->masked) {
        timer_set(alarms[cpu]);
        gic_unmask(masks[cpu]);
        if (e->kind == EVENT_CALL && port_now() >= v->deadline)
            e->kind = EVENT_DEADLINE; /* it was faster than the timer's interrupt */
    }
}

/* Long work gave way: an interrupt that the one who waits for it would take comes first. */
static __attribute__((noinline)) struct event look_up(unsigned cpu, const struct vcpu *v)
{
    uint64_t pending = read_register(isr_el1);
    struct event e = {.kind = EVENT_AGAIN};

    context_load_normal(cpu); /* who ran here last may be wanted elsewhere meanwhile */
    if (v->masked && port_now() >= v->deadline)
        e.kind = EVENT_DEADLINE;
    else if (v->masked != MASK_ALL && pending & ISR_IRQ && !take_irq(v, &e))
        e.kind = EVENT_AGAIN;
    else if (e.kind == EVENT_AGAIN && !v->masked && pending & ISR_FIQ && !take_fiq(&e))
        e.kind = EVENT_AGAIN;
    return e;
}

/* One Secure interrupt is taken for each time that EL3 enters with one: more enter again. */
static void leave(unsigned cpu, struct event *e)
{
    struct regs *regs = &spmc.cpus[cpu].normal;

    context_load_normal(cpu);
    spmd_call(regs);
    e->kind = EVENT_SPMD;
    if ((uint32_t)regs->x[0] == FFA_INTERRUPT)
        e->cause = take_secure(e);
}

_Noreturn void loop(unsigned cpu, enum event_kind first)
{
    struct event event = {.kind = first};

    spmc.cpus[cpu].lines = 0; /* entry.S set HCR_EL2 */
    alarm_set(cpu, NEVER);

    for (;;) {
        lock_take();
        struct next next = spmc_step(&spmc, cpu, &event);
        lock_give();
        if (next.kind == NEXT_RUN)
            run(cpu, next.vcpu, &event);
        else if (__builtin_expect(next.kind == NEXT_AGAIN, 0)) /* not before all others */
            event = look_up(cpu, next.vcpu);
        else if (next.kind == NEXT_STOP)
            stop(cpu, "no legal way on");
        else
            leave(cpu, &event);
    }
}
