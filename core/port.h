/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All that the core asks of the machine. aarch64/ implements these functions for
 * S-EL2, the host tests with a model whose faults can be injected.
 * `pa` is a physical address that the caller has checked to be memory of the manifest.
 */
#ifndef CORE_PORT_H
#define CORE_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies `size` bytes from foreign memory. False after an external abort: `to` is then undefined.
 */
bool port_copy_in(void *to, uint64_t pa, size_t size);

/* Copies `size` bytes to foreign memory. False after an external abort: part may have been written.
 */
bool port_copy_out(uint64_t pa, const void *from, size_t size);

/* Secure memory that is nobody's, for the SPMC to use: whole pages. */
void *port_memory(uint64_t pa, size_t size);

/* Writes zeros to foreign memory. False after an external abort: part may have been written. */
bool port_zero(uint64_t pa, size_t size);

/* A partition's tables gave less than before: no CPU uses an old translation of `vmid`, which is of
 * stage 2, or at S-EL0 of stage 1. */
void port_stage2_changed(uint16_t vmid, bool s_el0);

/* Long work gives way: an interrupt is pending here, or another CPU waits for this one. */
bool port_is_wanted(void);

/* Makes what S-EL2 wrote visible to a partition whose MMU and caches are off. */
void port_cache_clean(uint64_t pa, size_t size);

/* Sends the Secure kick SGI to a CPU: an event EVENT_KICK follows there. */
void port_sgi_secure(unsigned cpu);

/* Raises the schedule-receiver interrupt, an SGI donated to the Normal world, on this CPU. */
#define INTID_SCHEDULE_RECEIVER 8
void port_sgi_normal(void);

/* This CPU's alarm: EVENT_TIMER follows at `deadline`, in ticks of the system counter; NEVER. */
void port_alarm(uint64_t deadline);

/*
 * A device's Secure interrupt: disabled, with priority (0 highest, 255), trigger and, for an SPI,
 * target `cpu`. A PPI is that CPU's own.
 */
void port_interrupt_configure(unsigned intid, unsigned priority, bool level, unsigned cpu);
void port_interrupt_enable(unsigned intid, unsigned cpu, bool on);
void port_interrupt_route(unsigned intid, unsigned cpu);

/* The system counter, in ticks; about: it may be read before what comes earlier has happened. */
uint64_t port_now(void);

/* Ticks of the system counter in a millisecond. */
uint64_t port_ticks_per_ms(void);

/* One character to the Secure console. */
void port_console_put(char c);

#endif
