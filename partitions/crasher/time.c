/* SPDX-License-Identifier: BSD-3-Clause */
/* Work that takes long, timers, and interrupts. */
#include "partitions/crasher/crasher.h"
#include "tests/bench/mark.h"

#define CLOCK_CLEAR 0x1c /* RTCICR of the PL031 */

void crash_loop(struct ffa_regs *message)
{
    (void)message;
    for (;;)
        __asm__ volatile("");
}

volatile bool asked_to_leave[SDK_VCPUS]; /* by a managed exit */

void spin(uint64_t milliseconds)
{
    uint64_t end = sdk_ticks() + milliseconds * sdk_frequency() / 1000, rounds = 0;

    while (sdk_ticks() < end && !asked_to_leave[sdk_context()])
        if (++rounds % 64 == 0)
            __asm__ volatile("yield"); /* emulated CPUs take turns, and change over here */
}

void crash_spin(struct ffa_regs *message)
{
    uint64_t waiting = 0;

    if (message->x[5] == 1)
        sdk_interrupts_off();
    spin(message->x[4]);
    if (!sdk_s_el0)
        __asm__ volatile("mrs %0, isr_el1" : "=r"(waiting));
    sdk_answer(message, DEMO_OK, message->x[4], asked_to_leave[sdk_context()], waiting);
}

static volatile uint64_t start_milliseconds;

void crash_slow_start(struct ffa_regs *message)
{
    start_milliseconds = message->x[4];
    answer_seen(message, 0);
}

void partition_secondary(void)
{
    spin(start_milliseconds);
}

void crash_wfi(struct ffa_regs *message)
{
    __asm__ volatile("wfi" ::: "memory");
    answer_seen(message, 0);
}

/* ---- Interrupts ---- */

#define INTERRUPTS 64

static volatile struct {
    uint64_t count[INTERRUPTS];
    uint64_t last; /* the counter then */
    uint64_t line;
    uint64_t again; /* ticks until the timer's next interrupt; 0: none */
} interrupts[SDK_VCPUS];

static volatile uint64_t clock_action = CRASH_CLOCK_QUIETEN | CRASH_CLOCK_DEACTIVATE;

#define FIRST_DEVICE 16

static void serve_device(uint32_t intid)
{
    if (clock_action & CRASH_CLOCK_QUIETEN && intid == CRASHER_CLOCK_INTID)
        *(volatile uint32_t *)(CRASHER_CLOCK + CLOCK_CLEAR) = 1;
    if (clock_action & CRASH_CLOCK_DEACTIVATE)
        sdk_interrupt_deactivate(intid);
}

static void serve_interrupt(uint32_t intid, uint32_t line)
{
    uint32_t context = sdk_context();

    interrupts[context].count[intid % INTERRUPTS]++;
    interrupts[context].last = sdk_ticks();
    interrupts[context].line = line;
    if (intid == HF_INTID_MANAGED_EXIT)
        asked_to_leave[context] = true;
    else if (intid == HF_INTID_TIMER && interrupts[context].again == CRASH_TIMER_HANG)
        crash_loop(NULL);
    else if (intid == HF_INTID_TIMER && interrupts[context].again > CRASH_TIMER_MARK)
        sdk_timer_in(interrupts[context].again);
    else if (intid >= FIRST_DEVICE && intid != HF_INVALID_INTID)
        serve_device(intid);
}

void sdk_interrupt(struct sdk_exception *exception, uint32_t line)
{
    (void)exception;
    if (interrupts[sdk_context()].again == CRASH_TIMER_MARK)
        MARK(MARK_END);
    serve_interrupt(sdk_interrupt_get(), line);
}

/* At S-EL0, where none is taken. */
void partition_interrupt(uint32_t intid)
{
    serve_interrupt(intid, HF_LINE_IRQ);
}

void crash_interrupts(struct ffa_regs *message)
{
    volatile uint64_t *count = &interrupts[sdk_context()].count[message->x[4] % INTERRUPTS];

    sdk_answer(message, DEMO_OK, *count, interrupts[sdk_context()].last,
               interrupts[sdk_context()].line);
    *count = 0;
}

void crash_timer_set(struct ffa_regs *message)
{
    uint64_t compare = sdk_ticks() + message->x[4];
    bool enabled = sdk_interrupt_enable(HF_INTID_TIMER, true, (uint32_t)message->x[6]);

    interrupts[sdk_context()].again = message->x[7];
    if (message->x[5] == 0)
        __asm__ volatile("msr cntp_cval_el0, %0\n\tmsr cntp_ctl_el0, %1" ::"r"(compare), "r"(1ULL)
                         : "memory");
    else
        __asm__ volatile("msr cntv_cval_el0, %0\n\tmsr cntv_ctl_el0, %1" ::"r"(compare), "r"(1ULL)
                         : "memory");
    answer_seen(message, enabled);
}

void crash_clock(struct ffa_regs *message)
{
    clock_action = message->x[4];
    answer_seen(message, sdk_interrupt_enable(CRASHER_CLOCK_INTID, true, HF_LINE_IRQ));
}
