/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine of a replay: Secure memory, where packages lie, and the time of the step. What else
 * is written or asked of the machine decides nothing.
 */
#include "core/port.h"

#include <string.h>

#include "replay/replay.h"

#define SECURE_BASE 0x0e000000ULL
#define SECURE_SIZE 0x01000000ULL

static uint8_t secure[SECURE_SIZE];
uint64_t replay_frequency;

static uint8_t *memory_at(uint64_t pa, size_t size)
{
    bool inside =
        pa >= SECURE_BASE && size <= SECURE_SIZE && pa - SECURE_BASE <= SECURE_SIZE - size;

    return inside ? secure + (pa - SECURE_BASE) : NULL;
}

void replay_place(uint64_t pa, const void *from, size_t size)
{
    if (!port_copy_out(pa, from, size) || memory_at(pa, size) == NULL)
        replay_refuses("a package lies outside the Secure memory");
}

/* Of the Normal world's memory no content is known, and none is asked for. */
bool port_copy_in(void *to, uint64_t pa, size_t size)
{
    const uint8_t *from = memory_at(pa, size);

    if (from != NULL)
        memcpy(to, from, size);
    else
        memset(to, 0, size);
    return true;
}

bool port_copy_out(uint64_t pa, const void *from, size_t size)
{
    uint8_t *to = memory_at(pa, size);

    if (to != NULL)
        memcpy(to, from, size);
    return true;
}

bool port_zero(uint64_t pa, size_t size)
{
    uint8_t *to = memory_at(pa, size);

    if (to != NULL)
        memset(to, 0, size);
    return true;
}

void *port_memory(uint64_t pa, size_t size)
{
    return memory_at(pa, size);
}

uint64_t port_now(void)
{
    return replay_time;
}

uint64_t port_ticks_per_ms(void)
{
    return replay_frequency / 1000;
}

bool port_is_wanted(void)
{
    return true;
}

void port_stage2_changed(uint16_t vmid, bool s_el0)
{
    (void)vmid;
    (void)s_el0;
}

void port_cache_clean(uint64_t pa, size_t size)
{
    (void)pa;
    (void)size;
}

void port_sgi_secure(unsigned cpu)
{
    (void)cpu;
}

void port_sgi_normal(void)
{
}

void port_alarm(uint64_t deadline)
{
    (void)deadline;
}

void port_interrupt_configure(unsigned intid, unsigned priority, bool level, unsigned cpu)
{
    (void)intid;
    (void)priority;
    (void)level;
    (void)cpu;
}

void port_interrupt_enable(unsigned intid, unsigned cpu, bool on)
{
    (void)intid;
    (void)cpu;
    (void)on;
}

void port_interrupt_route(unsigned intid, unsigned cpu)
{
    (void)intid;
    (void)cpu;
}

void port_console_put(char c)
{
    (void)c;
}
