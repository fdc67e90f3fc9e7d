/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine as the host tests see it: core/port.h over two arenas of memory, a clock
 * that a test sets, recorded SGIs and console output, and faults that a test injects.
 */
#ifndef TESTS_SUPPORT_PORT_MODEL_H
#define TESTS_SUPPORT_PORT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_SECURE_BASE 0x0e000000ULL
#define MODEL_SECURE_SIZE 0x01000000ULL
#define MODEL_NORMAL_BASE 0x40000000ULL
#define MODEL_NORMAL_SIZE 0x00200000ULL
#define MODEL_CONSOLE_BYTES 32768
#define MODEL_TICKS_PER_MS 62500ULL
#define MODEL_NEVER (-1)

#define MODEL_INTERRUPTS 1024

/* A device's interrupt at the GIC. A PPI is the same on all CPUs. */
struct model_interrupt {
    bool configured;
    bool enabled;
    bool level;
    uint8_t priority;
    uint8_t cpu;
};

struct port_model {
    uint64_t now;
    int copies_in_until_fault; /* this many succeed, the next fails; MODEL_NEVER: none fails */
    int copies_out_until_fault;
    uint32_t kicked; /* CPUs that were sent a Secure SGI: a bit each, cleared by the test */
    unsigned sgis;
    unsigned normal_sgis; /* schedule-receiver interrupts */
    uint64_t alarm;       /* as last set, on any CPU */
    struct model_interrupt interrupts[MODEL_INTERRUPTS];
    unsigned copies_in;
    unsigned copies_out;
    unsigned cleans;
    bool calm; /* nobody waits for this CPU: long work does not give way */
    void (*copied_in)(uint64_t pa, size_t size); /* after each copy: another CPU may write now */
    bool stage1_changed;                         /* the same for a partition at S-EL0 */
    uint32_t stage2_changed; /* VMIDs whose translations were forgotten: a bit each */
    size_t console_length;
    char console[MODEL_CONSOLE_BYTES]; /* always a string */
};

extern struct port_model port_model;

/* Everything as after power-on: memory zero, no faults, clock at one second. */
void port_model_reset(void);

/* The same without clearing memory. */
void port_model_reset_counters(void);

/* The same, clearing what may have been written since the last time: cheap enough for each run of a
 * fuzzer. */
void port_model_reset_written(void);

/* The host's view of `size` bytes at a physical address; NULL where there is no memory. */
void *port_model_memory(uint64_t pa, size_t size);

/* Has the console shown this text since the last reset? */
bool port_model_printed(const char *text);

#endif
