/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The processor as the payload sees it: system registers, who am I, time, and waiting.
 */
#ifndef BL33_CPU_H
#define BL33_CPU_H

#define CPU_MAX 8
#define CPU_STACK_SIZE 0x4000

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stdint.h>

#define read_register(name)                                                        \
    ({                                                                             \
        uint64_t value_of_register;                                                \
        __asm__ volatile("mrs %0, " #name : "=r"(value_of_register) : : "memory"); \
        value_of_register;                                                         \
    })

#define write_register(name, value) \
    __asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)) : "memory")

static inline void isb(void)
{
    __asm__ volatile("isb" : : : "memory");
}

static inline void wake_other_cpus(void)
{
    __asm__ volatile("dsb ish\n\tsev" : : : "memory");
}

static inline void wait_for_event(void)
{
    __asm__ volatile("wfe" : : : "memory");
}

static inline void interrupts_on(void)
{
    __asm__ volatile("msr daifclr, #2" : : : "memory");
}

static inline void interrupts_off(void)
{
    __asm__ volatile("msr daifset, #2" : : : "memory");
}

/* The board has one cluster of up to 16 CPUs: affinity level 0 is the index. */
static inline unsigned cpu_index(void)
{
    return read_register(mpidr_el1) & 0xff;
}

static inline uint64_t now_us(void)
{
    isb();
    return read_register(cntpct_el0) * 1000 / (read_register(cntfrq_el0) / 1000);
}

static inline void delay_us(uint64_t microseconds)
{
    uint64_t start = now_us();

    while (now_us() - start < microseconds)
        __asm__ volatile("yield");
}

#endif
#endif
