/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What becomes of an exception: a fault that the partition expects is noted and
 * stepped over; any other is reported and ends the partition.
 */
#include "partitions/sdk/private.h"
#include "partitions/sdk/sdk.h"

enum kind { SYNCHRONOUS, IRQ, FIQ, SERROR };

#define EXCEPTION_CLASS(esr) ((esr) >> 26 & 0x3f)
#define INSTRUCTION_ABORT 0x21

static struct {
    bool expected;
    uint64_t esr;
} faults[SDK_VCPUS];

void sdk_expect_faults(void)
{
    faults[sdk_context()].esr = 0;
    faults[sdk_context()].expected = true;
}

uint64_t sdk_expected_fault(void)
{
    faults[sdk_context()].expected = false;
    return faults[sdk_context()].esr;
}

/* Goes on behind the faulting instruction; nothing is behind a bad jump but its return address. */
static void step_over(struct sdk_exception *exception, uint64_t esr)
{
    uint64_t *first = &faults[sdk_context()].esr;

    if (*first == 0)
        *first = esr;
    if (EXCEPTION_CLASS(esr) == INSTRUCTION_ABORT)
        exception->elr = exception->lr;
    else
        exception->elr += 4;
}

static __attribute__((noreturn)) void report_and_abort(enum kind kind, uint64_t elr)
{
    static const char *const name[] = {"synchronous exception", "IRQ", "FIQ", "SError"};
    const struct sdk_stack *own = &sdk_stacks[sdk_context()];
    uint64_t esr, far, sp;

    __asm__ volatile("mrs %0, esr_el1" : "=r"(esr));
    __asm__ volatile("mrs %0, far_el1" : "=r"(far));
    __asm__ volatile("mrs %0, sp_el0" : "=r"(sp));
    sdk_printf("%s on context %u\n", name[kind], sdk_context());
    sdk_printf("ESR %lx ELR %lx\n", esr, elr);
    sdk_printf("FAR %lx SP %lx\n", far, sp);
    sdk_printf("image at %p\n", (const void *)sdk_image);
    if (far - (uintptr_t)own->guard < sizeof(own->guard))
        sdk_printf("stack overflow\n");
    ffa_abort();
}

__attribute__((weak)) void partition_interrupt(uint32_t intid)
{
    (void)intid;
}

/* One at a time: when more are pending, the exception comes again. */
__attribute__((weak)) void sdk_interrupt(struct sdk_exception *exception, uint32_t line)
{
    uint32_t intid = sdk_interrupt_get();

    (void)exception;
    (void)line;
    if (intid != HF_INVALID_INTID)
        partition_interrupt(intid);
}

void sdk_exception(unsigned int kind, struct sdk_exception *exception)
{
    uint64_t esr;

    if (kind == IRQ || kind == FIQ) {
        sdk_interrupt(exception, kind == FIQ ? HF_LINE_FIQ : HF_LINE_IRQ);
    } else if (kind == SYNCHRONOUS && faults[sdk_context()].expected) {
        __asm__ volatile("mrs %0, esr_el1" : "=r"(esr));
        step_over(exception, esr);
    } else {
        report_and_abort(kind, exception->elr);
    }
}
