/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two arenas stand for Secure and Normal DRAM. An address outside them, or an injected
 * fault, is what an external abort is to the core: a copy that returns false.
 */
#include "support/port_model.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/port.h"
#include "core/spmc.h"

struct port_model port_model;

static uint8_t secure_arena[MODEL_SECURE_SIZE];
static uint8_t normal_arena[MODEL_NORMAL_SIZE];

#define SECURE_PAGES (MODEL_SECURE_SIZE / PAGE_BYTES)
#define PAGES (SECURE_PAGES + MODEL_NORMAL_SIZE / PAGE_BYTES)

/* Pages whose address was given out: these may hold something. A byte each. */
static uint8_t given_out[PAGES];

static bool within(uint64_t pa, size_t size, uint64_t base, uint64_t bytes)
{
    return pa >= base && size <= bytes && pa - base <= bytes - size;
}

static void *give_out(uint8_t *arena, uint64_t offset, size_t size, uint8_t *pages)
{
    if (size > 0)
        memset(&pages[offset / PAGE_BYTES], 1,
               (offset + size - 1) / PAGE_BYTES - offset / PAGE_BYTES + 1);
    return arena + offset;
}

void *port_model_memory(uint64_t pa, size_t size)
{
    if (within(pa, size, MODEL_SECURE_BASE, MODEL_SECURE_SIZE))
        return give_out(secure_arena, pa - MODEL_SECURE_BASE, size, given_out);
    if (within(pa, size, MODEL_NORMAL_BASE, MODEL_NORMAL_SIZE))
        return give_out(normal_arena, pa - MODEL_NORMAL_BASE, size, given_out + SECURE_PAGES);
    return NULL;
}

void port_model_reset_counters(void)
{
    port_model.calm = false;
    port_model.copied_in = NULL;
    port_model.now = 1000 * MODEL_TICKS_PER_MS;
    port_model.copies_in_until_fault = MODEL_NEVER;
    port_model.copies_out_until_fault = MODEL_NEVER;
    port_model.kicked = 0;
    port_model.sgis = 0;
    port_model.normal_sgis = 0;
    port_model.alarm = UINT64_MAX;
    port_model.copies_in = 0;
    port_model.copies_out = 0;
    port_model.cleans = 0;
    port_model.stage2_changed = 0;
    port_model.console_length = 0;
    port_model.console[0] = 0;
}

void port_model_reset(void)
{
    memset(secure_arena, 0, sizeof(secure_arena));
    memset(normal_arena, 0, sizeof(normal_arena));
    memset(port_model.interrupts, 0, sizeof(port_model.interrupts));
    port_model_reset_counters();
}

static uint8_t *page_of(uint64_t page)
{
    return page < SECURE_PAGES ? secure_arena + page * PAGE_BYTES
                               : normal_arena + (page - SECURE_PAGES) * PAGE_BYTES;
}

void port_model_reset_written(void)
{
    const uint8_t *written = given_out;

    while ((written = memchr(written, 1, (size_t)(given_out + PAGES - written))) != NULL) {
        uint64_t page = (uint64_t)(written - given_out);
        memset(page_of(page), 0, PAGE_BYTES);
        given_out[page] = 0;
    }
    memset(port_model.interrupts, 0, sizeof(port_model.interrupts));
    port_model_reset_counters();
}

bool port_model_printed(const char *text)
{
    return strstr(port_model.console, text) != NULL;
}

/* Counts down to the injected fault; once it struck, all later copies fail too. */
static bool faults(int *until_fault)
{
    if (*until_fault == MODEL_NEVER)
        return false;
    if (*until_fault == 0) {
        return true;
    }
    (*until_fault)--;
    return false;
}

bool port_copy_in(void *to, uint64_t pa, size_t size)
{
    const void *from = port_model_memory(pa, size);

    port_model.copies_in++;
    if (from == NULL || faults(&port_model.copies_in_until_fault)) {
        memset(to, 0xA5, size); /* undefined for the core: it must not be used */
        return false;
    }
    memcpy(to, from, size);
    if (port_model.copied_in != NULL)
        port_model.copied_in(pa, size);
    return true;
}

bool port_copy_out(uint64_t pa, const void *from, size_t size)
{
    void *to = port_model_memory(pa, size);

    port_model.copies_out++;
    if (to == NULL || faults(&port_model.copies_out_until_fault))
        return false;
    memcpy(to, from, size);
    return true;
}

void *port_memory(uint64_t pa, size_t size)
{
    return port_model_memory(pa, size);
}

bool port_zero(uint64_t pa, size_t size)
{
    void *to = port_model_memory(pa, size);

    port_model.copies_out++;
    if (to == NULL || faults(&port_model.copies_out_until_fault))
        return false;
    memset(to, 0, size);
    return true;
}

void port_stage2_changed(uint16_t vmid, bool s_el0)
{
    port_model.stage2_changed |= 1U << vmid % 32;
    port_model.stage1_changed |= s_el0;
}

/* Always, if a test says nothing else: each piece of work is seen. */
bool port_is_wanted(void)
{
    return !port_model.calm;
}

void port_cache_clean(uint64_t pa, size_t size)
{
    (void)pa;
    (void)size;
    port_model.cleans++;
}

void port_sgi_secure(unsigned cpu)
{
    port_model.sgis++;
    port_model.kicked |= 1U << cpu;
}

void port_sgi_normal(void)
{
    port_model.normal_sgis++;
}

void port_alarm(uint64_t deadline)
{
    port_model.alarm = deadline;
}

void port_interrupt_configure(unsigned intid, unsigned priority, bool level, unsigned cpu)
{
    port_model.interrupts[intid] =
        (struct model_interrupt){true, false, level, (uint8_t)priority, (uint8_t)cpu};
}

void port_interrupt_enable(unsigned intid, unsigned cpu, bool on)
{
    if (cpu >= CPU_MAX)
        abort(); /* no redistributor is there */
    port_model.interrupts[intid].enabled = on;
}

void port_interrupt_route(unsigned intid, unsigned cpu)
{
    port_model.interrupts[intid].cpu = (uint8_t)cpu;
}

uint64_t port_now(void)
{
    return port_model.now;
}

uint64_t port_ticks_per_ms(void)
{
    return MODEL_TICKS_PER_MS;
}

void port_console_put(char c)
{
    if (port_model.console_length + 1 < MODEL_CONSOLE_BYTES) {
        port_model.console[port_model.console_length++] = c;
        port_model.console[port_model.console_length] = 0;
    }
}
