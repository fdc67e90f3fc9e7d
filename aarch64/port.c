/* SPDX-License-Identifier: BSD-3-Clause */
/* What the core asks of the machine, at S-EL2. */
#include "core/port.h"

#include "aarch64/machine.h"
#include "aarch64/registers.h"
#include "platform/qemu-virt/platform.h"

#define CACHE_LINE 64

bool port_copy_in(void *to, uint64_t pa, size_t size)
{
    return foreign_copy(to, window(pa), size);
}

bool port_copy_out(uint64_t pa, const void *from, size_t size)
{
    return foreign_copy(window(pa), from, size);
}

void *port_memory(uint64_t pa, size_t size)
{
    (void)size;
    return window(pa);
}

bool port_zero(uint64_t pa, size_t size)
{
    return foreign_zero(window(pa), size);
}

/* Of the VMID in VTTBR_EL2: this CPU's own is back after it. Of one ASID at EL2 nothing can be
 * forgotten alone. */
void port_stage2_changed(uint16_t vmid, bool s_el0)
{
    uint64_t vttbr = read_register(vttbr_el2);

    dsb();
    if (s_el0) {
        __asm__ volatile("tlbi alle2is\n dsb ish" : : : "memory");
        return;
    }
    write_register(vttbr_el2, (uint64_t)vmid << 48);
    isb();
    __asm__ volatile("tlbi vmalls12e1is\n dsb ish" : : : "memory");
    write_register(vttbr_el2, vttbr);
    isb();
}

bool port_is_wanted(void)
{
    return read_register(isr_el1) != 0 || loop_is_waited_for();
}

BEHIND_VECTOR("02") void port_cache_clean(uint64_t pa, size_t size)
{
    uint64_t end = pa + size;

    for (pa &= ~(uint64_t)(CACHE_LINE - 1); pa < end; pa += CACHE_LINE)
        __asm__ volatile("dc civac, %0" : : "r"(window(pa)) : "memory");
    dsb();
}

void port_sgi_secure(unsigned cpu)
{
    gic_kick(cpu);
}

void port_sgi_normal(void)
{
    gic_schedule_receiver(cpu_number());
}

void port_alarm(uint64_t deadline)
{
    alarm_set(cpu_number(), deadline);
}

void port_interrupt_configure(unsigned intid, unsigned priority, bool level, unsigned cpu)
{
    gic_configure(intid, priority, level, cpu);
}

void port_interrupt_enable(unsigned intid, unsigned cpu, bool on)
{
    gic_enable(intid, cpu, on);
}

void port_interrupt_route(unsigned intid, unsigned cpu)
{
    gic_route(intid, cpu);
}

/* Without a barrier: nobody minds a moment that is a few instructions early, and an interrupt came
 * before it anyway. */
uint64_t port_now(void)
{
    return read_register(cntpct_el0);
}

uint64_t port_ticks_per_ms(void)
{
    return read_register(cntfrq_el0) / 1000;
}

void port_console_put(char c)
{
    if (c == '\n')
        uart_put('\r');
    uart_put(c);
}
