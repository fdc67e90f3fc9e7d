/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Work on other CPUs: CPU 0 hands out functions, the others wait for them.
 */
#ifndef BL33_SMP_H
#define BL33_SMP_H

#include <stdbool.h>

typedef void cpu_function(void *argument);

unsigned cpu_count(void);

void smp_init(unsigned count); /* switches every secondary CPU on */
void secondary_main(void);     /* from start.S */

/* Starts a function on another CPU that is on and idle; cpu_wait() waits for its end. */
void cpu_start(unsigned cpu, cpu_function *function, void *argument);
void cpu_wait(unsigned cpu);
bool cpu_is_idle(unsigned cpu);

/* Runs a function on that CPU (which may be this one) and waits for it. */
void cpu_run(unsigned cpu, cpu_function *function, void *argument);

/* Runs a function on all CPUs at the same time. */
void cpu_run_everywhere(cpu_function *function, void *argument);

/* Both wait until it happened, and bail out when it does not. Not for the CPU that calls. */
void cpu_switch_off(unsigned cpu);
void cpu_switch_on(unsigned cpu);

/* The same in two steps. */
void cpu_switch_off_soon(unsigned cpu);
void cpu_wait_off(unsigned cpu);
void cpu_switch_on_soon(unsigned cpu);
void cpu_wait_on(unsigned cpu);

/* This CPU goes off, its helper runs a function and turns it on again: then this comes back. */
void cpu_sleep_while(unsigned helper, cpu_function *function);

#endif
