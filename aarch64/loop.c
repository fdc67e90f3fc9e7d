/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop around the core: do what the last step said, tell the next one what happened. Partitions
 * run outside the lock.
 */
#include "aarch64/fpu.h"
#include "aarch64/machine.h"
#include "aarch64/registers.h"
#include "core/console.h"

#define INSTRUCTION_BYTES 4
#define ESR_ISS_WFE BIT(0)
#define ESR_ISS_TIMEOUT BIT(1)

/*
 * A ticket lock in one word: the upper half is the next ticket, the lower half the one that is
 * served. Who takes a ticket sees at once whether it is its turn.
 */
static uint32_t lock;

#define TICKET_SHIFT 16

/* Apart, so that the bench can tell waiting from work. */
static __attribute__((noinline)) void lock_wait(uint16_t ticket)
{
    do
        __asm__ volatile("yield");
    while ((uint16_t)__atomic_load_n(&lock, __ATOMIC_ACQUIRE) != ticket);
}

static void lock_take(void)
{
    uint32_t seen = __atomic_fetch_add(&lock, 1U << TICKET_SHIFT, __ATOMIC_ACQUIRE);
    uint32_t swapped = seen >> TICKET_SHIFT | seen << TICKET_SHIFT; /* a rotation costs nothing */

    if (seen != swapped)
        lock_wait((uint16_t)swapped);
}

static void lock_give(void)
{
    uint16_t *serving = (uint16_t *)&lock; /* the lower half: Arm is little-endian here */

    __atomic_store_n(serving, (uint16_t)(*serving + 1), __ATOMIC_RELEASE);
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
    v->regs.pc += INSTRUCTION_BYTES;
    return false;
}

static bool take_fault(const struct vcpu *v, struct event *e, enum event_kind kind)
{
    e->kind = kind;
    e->deliverable = context_can_throw(v);
    return true;
}

static bool take_other_sync(unsigned cpu, struct vcpu *v, struct event *e, unsigned exception_class)
{
    e->far = read_register(far_el2);
    switch (exception_class) {
    case EC_FP_ACCESS:
        fpu_give(cpu, v);
        return false;
    case EC_WFX:
        return take_wait(v, e->esr);
    case EC_SYSTEM:
        return !context_give_rare(cpu) && take_fault(v, e, EVENT_TRAP);
    case EC_INSTRUCTION_ABORT_LOWER:
    case EC_DATA_ABORT_LOWER:
        return take_fault(v, e, EVENT_ABORT);
    default:
        return take_fault(v, e, EVENT_TRAP);
    }
}

/* Calls first: a trapped SMC has not advanced the PC, as HVC has. */
static bool take_sync(unsigned cpu, struct vcpu *v, struct event *e)
{
    unsigned exception_class;

    e->esr = read_register(esr_el2);
    exception_class = (uint32_t)e->esr >> ESR_EC_SHIFT;
    if (exception_class == EC_SMC64)
        v->regs.pc += INSTRUCTION_BYTES;
    else if (exception_class != EC_HVC64)
        return take_other_sync(cpu, v, e, exception_class);
    e->kind = EVENT_CALL;
    return true;
}

static bool take_irq(struct event *e)
{
    switch (gic_take()) {
    case INTID_DEADLINE:
        e->kind = EVENT_DEADLINE;
        return true;
    case INTID_KICK:
        e->kind = EVENT_KICK;
        return true;
    default:
        return false;
    }
}

/* Group 0 is EL3's, which must be asked only when one is really pending; all else is the Normal
 * world's. */
static bool take_fiq(struct event *e)
{
    if (gic_group0_pending()) {
        struct regs regs = {.x = {FFA_EL3_INTR_HANDLE}};
        spmd_call(&regs);
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
        return take_irq(e);
    if (exit == EXIT_FIQ)
        return take_fiq(e);
    e->esr = read_register(esr_el2);
    e->kind = EVENT_SERROR;
    return true;
}

/* ---- What a step said ---- */

/* The virtual interrupt lines that a CPU shows to the vCPU that it runs. */
static uint8_t lines[CPU_MAX];

static void raise_lines(unsigned cpu, const struct vcpu *v)
{
    uint8_t wanted = *(const volatile uint8_t *)&v->lines; /* others raise them */

    if (wanted == lines[cpu])
        return;
    lines[cpu] = wanted;
    write_register(hcr_el2, HCR_BULKHEAD | (wanted & LINE_IRQ ? HCR_VI : 0) |
                                (wanted & LINE_FIQ ? HCR_VF : 0));
}

#define NOT_MASKED UINT64_MAX

/* With a mask the Normal world's interrupts wait, but not for longer than the deadline. */
static void run(unsigned cpu, struct vcpu *v, struct event *e)
{
    uint64_t mask = NOT_MASKED;

    context_load_vcpu(cpu, v);
    raise_lines(cpu, v);
    if (v->exception.pending)
        context_throw(v);
    if (v->masked) {
        mask = gic_mask_normal();
        timer_set(v->deadline);
    }
    while (!take_exit(cpu, v, vcpu_run(&v->regs), e))
        ;
    if (mask != NOT_MASKED) {
        timer_stop();
        gic_unmask_normal(mask);
    }
}

/* A Secure interrupt took the CPU from the Normal world: what is pending is for S-EL2, and was
 * late. */
static void take_pending(void)
{
    while (gic_take() < INTID_NONE)
        ;
}

/* What an exit other than the answer of a call needs first. */
static __attribute__((noinline)) void prepare_leaving(unsigned cpu, uint64_t kind)
{
    if (kind == NEXT_STOP)
        stop(cpu, "no legal way on");
    if (kind == NEXT_RESUME_NORMAL)
        take_pending();
}

static void leave(unsigned cpu, uint64_t kind, struct event *e)
{
    struct regs *regs = &spmc.cpus[cpu].normal;

    if (kind != NEXT_REPLY_NORMAL)
        prepare_leaving(cpu, kind);
    context_load_normal(cpu);
    spmd_call(regs);
    e->kind = EVENT_SPMD;
}

_Noreturn void loop(unsigned cpu, enum event_kind first)
{
    struct event event = {.kind = first};

    for (;;) {
        lock_take();
        struct next next = spmc_step(&spmc, cpu, &event);
        lock_give();
        if (next.kind == NEXT_RUN)
            run(cpu, next.vcpu, &event);
        else
            leave(cpu, next.kind, &event);
    }
}
