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

static struct {
    unsigned next;
    unsigned serving;
} lock;

static void lock_take(void)
{
    unsigned ticket = __atomic_fetch_add(&lock.next, 1, __ATOMIC_RELAXED);

    while (__atomic_load_n(&lock.serving, __ATOMIC_ACQUIRE) != ticket)
        __asm__ volatile("yield");
}

static void lock_give(void)
{
    __atomic_store_n(&lock.serving, lock.serving + 1, __ATOMIC_RELEASE);
}

/* ---- Exits of a partition. False: nothing for the core to know, the vCPU runs on ---- */

/* Waiting goes on in S-EL2 until an interrupt is pending, which then takes the vCPU out. */
static bool take_wait(struct regs *regs, uint64_t esr)
{
    if (!(esr & ESR_ISS_WFE))
        __asm__ volatile("wfi");
    regs->pc += INSTRUCTION_BYTES;
    return false;
}

static bool take_fault(const struct vcpu *v, struct event *e, enum event_kind kind)
{
    e->kind = kind;
    e->deliverable = context_can_throw(v);
    return true;
}

static bool take_sync(unsigned cpu, struct vcpu *v, struct event *e)
{
    e->esr = read_register(esr_el2);
    e->far = read_register(far_el2);
    switch (e->esr >> ESR_EC_SHIFT & 0x3f) {
    case EC_FP_ACCESS:
        fpu_give(cpu, v);
        return false;
    case EC_SMC64:
        v->regs.pc += INSTRUCTION_BYTES; /* a trapped SMC did not advance it, as HVC does */
        e->kind = EVENT_CALL;
        return true;
    case EC_HVC64:
        e->kind = EVENT_CALL;
        return true;
    case EC_WFX:
        return take_wait(&v->regs, e->esr);
    case EC_INSTRUCTION_ABORT_LOWER:
    case EC_DATA_ABORT_LOWER:
        return take_fault(v, e, EVENT_ABORT);
    default:
        return take_fault(v, e, EVENT_TRAP);
    }
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
    switch (exit) {
    case EXIT_SYNC:
        return take_sync(cpu, v, e);
    case EXIT_IRQ:
        return take_irq(e);
    case EXIT_FIQ:
        return take_fiq(e);
    default:
        e->esr = read_register(esr_el2);
        e->kind = EVENT_SERROR;
        return true;
    }
}

/* ---- What a step said ---- */

static void run_until_event(unsigned cpu, struct vcpu *v, struct event *e)
{
    while (!take_exit(cpu, v, vcpu_run(&v->regs), e))
        ;
}

/* The Normal world's interrupts wait, but not for longer than the deadline. */
static void run_masked(unsigned cpu, struct vcpu *v, struct event *e)
{
    uint64_t mask = gic_mask_normal();

    timer_set(v->deadline);
    run_until_event(cpu, v, e);
    timer_stop();
    gic_unmask_normal(mask);
}

static void run(unsigned cpu, struct vcpu *v, struct event *e)
{
    context_load_vcpu(cpu, v);
    if (v->exception.pending)
        context_throw(v);
    if (v->masked)
        run_masked(cpu, v, e);
    else
        run_until_event(cpu, v, e);
}

/* A Secure interrupt in the Normal world: whatever is pending is for S-EL2, and was late. */
static void take_pending(void)
{
    while (gic_take() < INTID_NONE)
        ;
}

static void leave(unsigned cpu, struct event *e)
{
    struct regs *regs = &spmc.cpus[cpu].normal;

    context_load_normal(cpu);
    spmd_call(regs);
    if ((uint32_t)regs->x[0] == FFA_INTERRUPT)
        take_pending();
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
        else if (next.kind == NEXT_STOP)
            stop(cpu, "no legal way on");
        else
            leave(cpu, &event);
    }
}
