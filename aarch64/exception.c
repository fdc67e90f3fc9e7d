/* SPDX-License-Identifier: BSD-3-Clause */
/* When S-EL2 itself cannot go on: a report on the Secure console, then this CPU stands still. */
#include "aarch64/machine.h"
#include "aarch64/registers.h"
#include "core/console.h"
#include "core/report.h"

/* As aarch64/vectors.S leaves it on the emergency stack. */
struct self_frame {
    uint64_t x[31];
    uint64_t vector; /* an address in it */
    uint64_t sp;
};

_Static_assert(sizeof(struct self_frame) <= SELF_FRAME_BYTES, "the room that vectors.S leaves");

_Noreturn void unexpected_exception(const struct self_frame *frame);

/* What fails while it is reported is named, and no more: that could go on for ever. */
enum { SOUND, REPORTS, REPORTS_AGAIN };

static uint8_t state[CPU_MAX];

static _Noreturn void stand_still(void)
{
    for (;;)
        __asm__ volatile("wfi");
}

_Noreturn void stop(unsigned cpu, const char *reason)
{
    print("bulkhead: cpu %u stops: %s\n", cpu, reason);
    if (state[cpu] < REPORTS_AGAIN)
        report_all(&spmc);
    stand_still();
}

_Noreturn void unexpected_exception(const struct self_frame *f)
{
    static const char kinds[][12] = {"synchronous", "IRQ", "FIQ", "SError"};
    unsigned cpu = cpu_number();

    if (state[cpu] == REPORTS_AGAIN)
        stand_still();
    state[cpu]++;
    print("\nbulkhead: unexpected %s exception at S-EL2 on cpu %u\n", kinds[f->vector / 0x80 % 4],
          cpu);
    print("  esr %lx elr %lx far %lx spsr %lx sp %lx\n", read_register(esr_el2),
          read_register(elr_el2), read_register(far_el2), read_register(spsr_el2), f->sp);
    print_registers(f->x);
    stop(cpu, "unexpected exception");
}
