/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One slot a CPU: the boot CPU stores a function there, the owner runs it and clears the slot.
 * Plain loads and stores with acquire and release suffice, since each slot has one writer at a
 * time.
 */
#include "smp.h"

#include <stddef.h>

#include "cpu.h"
#include "gic.h"
#include "panic.h"
#include "psci.h"
#include "timer.h"

#define PATIENCE_US 60000000 /* an emulated CPU may wait long for its host */

static struct slot {
    cpu_function *function;
    void *argument;
    bool on;
} slots[CPU_MAX];

static unsigned count_of_cpus = 1;

extern char secondary_start[];

unsigned cpu_count(void)
{
    return count_of_cpus;
}

static cpu_function *waiting_function(unsigned cpu)
{
    return __atomic_load_n(&slots[cpu].function, __ATOMIC_ACQUIRE);
}

static void wait_until(bool (*condition)(unsigned), unsigned cpu, const char *what)
{
    uint64_t start = now_us();

    while (!condition(cpu)) {
        if (now_us() - start > PATIENCE_US)
            bail_out(what, cpu);
        __asm__ volatile("yield");
    }
}

bool cpu_is_idle(unsigned cpu)
{
    return !waiting_function(cpu);
}

static bool is_on(unsigned cpu)
{
    return __atomic_load_n(&slots[cpu].on, __ATOMIC_ACQUIRE);
}

static bool is_off(unsigned cpu)
{
    return psci_affinity_info(cpu) == PSCI_AFFINITY_OFF;
}

void secondary_main(void)
{
    unsigned cpu = cpu_index();

    gic_init_cpu();
    timer_init_cpu();
    interrupts_on();
    __atomic_store_n(&slots[cpu].on, true, __ATOMIC_RELEASE);
    for (;;) {
        cpu_function *function = waiting_function(cpu);

        if (!function) {
            wait_for_event();
            continue;
        }
        function(slots[cpu].argument);
        __atomic_store_n(&slots[cpu].function, NULL, __ATOMIC_RELEASE);
    }
}

void cpu_start(unsigned cpu, cpu_function *function, void *argument)
{
    slots[cpu].argument = argument;
    __atomic_store_n(&slots[cpu].function, function, __ATOMIC_RELEASE);
    wake_other_cpus();
}

void cpu_wait(unsigned cpu)
{
    wait_until(cpu_is_idle, cpu, "a CPU did not finish its work");
}

void cpu_run(unsigned cpu, cpu_function *function, void *argument)
{
    if (cpu == cpu_index()) {
        function(argument);
        return;
    }
    cpu_start(cpu, function, argument);
    cpu_wait(cpu);
}

void cpu_run_everywhere(cpu_function *function, void *argument)
{
    for (unsigned cpu = 1; cpu < count_of_cpus; cpu++)
        cpu_start(cpu, function, argument);
    function(argument);
    for (unsigned cpu = 1; cpu < count_of_cpus; cpu++)
        cpu_wait(cpu);
}

static void leave(void *argument)
{
    (void)argument;
    interrupts_off();
    timer_stop();
    slots[cpu_index()].function = NULL;
    psci_cpu_off();
    bail_out("CPU_OFF came back", cpu_index());
}

void cpu_switch_off_soon(unsigned cpu)
{
    __atomic_store_n(&slots[cpu].on, false, __ATOMIC_RELEASE);
    cpu_start(cpu, leave, NULL);
}

void cpu_wait_off(unsigned cpu)
{
    wait_until(is_off, cpu, "a CPU did not go off");
}

void cpu_switch_off(unsigned cpu)
{
    cpu_switch_off_soon(cpu);
    cpu_wait_off(cpu);
}

void cpu_switch_on_soon(unsigned cpu)
{
    if (psci_cpu_on(cpu, (uint64_t)secondary_start, 0) != 0)
        bail_out("CPU_ON failed", cpu);
}

void cpu_wait_on(unsigned cpu)
{
    wait_until(is_on, cpu, "a CPU did not come on");
}

void cpu_switch_on(unsigned cpu)
{
    cpu_switch_on_soon(cpu);
    cpu_wait_on(cpu);
}

void cpu_off_until_woken(void);
extern char cpu_wake_up[];

static struct {
    unsigned cpu;
    cpu_function *function;
} sleep;

static void watch_sleeper(void *argument)
{
    (void)argument;
    wait_until(is_off, sleep.cpu, "a CPU did not go to sleep");
    sleep.function(0);
    if (psci_cpu_on(sleep.cpu, (uint64_t)cpu_wake_up, 0) != 0)
        bail_out("CPU_ON failed", sleep.cpu);
}

void cpu_sleep_while(unsigned helper, cpu_function *function)
{
    sleep.cpu = cpu_index();
    sleep.function = function;
    interrupts_off();
    timer_stop();
    cpu_start(helper, watch_sleeper, NULL);
    cpu_off_until_woken();
    gic_init_cpu();
    timer_init_cpu();
    interrupts_on();
    cpu_wait(helper);
}

void smp_init(unsigned count)
{
    count_of_cpus = count < CPU_MAX ? count : CPU_MAX;
    for (unsigned cpu = 1; cpu < count_of_cpus; cpu++)
        cpu_switch_on(cpu);
}
