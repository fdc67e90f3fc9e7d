/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An exception that nobody expected is printed whole, as a TAP bail-out, and the board is switched
 * off: a run never hangs in silence because of the payload itself.
 */
#include "panic.h"

#include "console.h"
#include "cpu.h"
#include "psci.h"

_Noreturn void panic_exception(const struct exception_frame *frame)
{
    static const char *const kinds[] = {"synchronous exception", "IRQ", "FIQ", "SError"};

    print("Bail out! unexpected %s (vector %u) on CPU %u\n", kinds[frame->slot % 4],
          (unsigned)frame->slot, cpu_index());
    print("#  elr 0x%016lx  spsr 0x%08lx  esr 0x%08lx  far 0x%016lx\n", frame->elr, frame->spsr,
          frame->esr, frame->far);
    for (unsigned i = 0; i < 31; i++)
        print("%s x%02u 0x%016lx%s", i % 4 ? "" : "# ", i, frame->x[i],
              i % 4 == 3 || i == 30 ? "\n" : "");
    psci_system_off();
}

_Noreturn void bail_out(const char *reason, uint64_t number)
{
    print("Bail out! %s (0x%lx)\n", reason, number);
    psci_system_off();
}
