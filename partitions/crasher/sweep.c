/* SPDX-License-Identifier: BSD-3-Clause */
/* A row of system instructions, one behind the other. */
#include "partitions/crasher/crasher.h"

#define INSTRUCTION_RET 0xd65f03c0
#define INSTRUCTION_NOP 0xd503201f
#define STEP 5   /* CRm and op2 are from this bit on */
#define WORDS 4U /* of each: what gives its x0, RET, itself, RET */

static uint32_t code[SDK_PAGE / sizeof(uint32_t)] __attribute__((aligned(SDK_PAGE)));

static void make_code(uint32_t first, uint32_t before)
{
    volatile uint32_t *at = code;

    sdk_map((uintptr_t)code, SDK_PAGE, SDK_WRITE);
    for (uint32_t i = 0; i < CRASH_SWEPT; i++) {
        *at++ = before != 0 ? before | i << STEP : INSTRUCTION_NOP;
        *at++ = INSTRUCTION_RET;
        *at++ = first | i << STEP;
        *at++ = INSTRUCTION_RET;
    }
    sdk_map((uintptr_t)code, SDK_PAGE, SDK_EXECUTE);
    for (uintptr_t line = (uintptr_t)code; line < (uintptr_t)code + SDK_PAGE; line += 16)
        __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0" ::"r"(line) : "memory");
    __asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

static void execute(const uint32_t *at, uint64_t *value)
{
    register uint64_t x0 __asm__("x0") = *value;

    __asm__ volatile("blr %1"
                     : "+r"(x0)
                     : "r"(at)
                     : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
                       "x13", "x14", "x15", "x16", "x17", "x30", "cc", "memory");
    *value = x0;
}

/* ESR of its exception, or 0. */
static uint64_t fault_of(const uint32_t *at, uint64_t *value)
{
    sdk_expect_faults();
    execute(at, value);
    return sdk_expected_fault();
}

void crash_sweep(struct ffa_regs *message)
{
    uint32_t first = (uint32_t)message->x[4], before = (uint32_t)message->x[5];
    uint64_t x0 = message->x[6], done[2] = {0}, other = 0;

    make_code(first, before);
    for (unsigned int i = 0; i < CRASH_SWEPT && i < message->x[7]; i++) {
        uint64_t value = x0, esr;

        if (fault_of(code + WORDS * i, &value) != 0)
            value = x0;
        esr = fault_of(code + WORDS * i + 2, &value);
        store(CRASHER_NORMAL_PAGE + sizeof(value) * i, value);
        if (esr == 0)
            done[i / 64] |= 1ULL << i % 64;
        else if (esr >> 26 != 0)
            other = esr | (uint64_t)i << 32;
    }
    sdk_answer(message, DEMO_OK, done[0], done[1], other);
}
