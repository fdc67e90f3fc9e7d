/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Instructions on x0 as numbers, and what must come of each: crasher executes them one by one. A
 * test of a class is a list of rows.
 */
#ifndef BL33_INSTRUCTIONS_H
#define BL33_INSTRUCTIONS_H

#include "ffa.h"
#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SYSTEM(base, op0, op1, n, m, op2) \
    ((base) | ((op0)-2) << 19 | (op1) << 16 | (n) << 12 | (m) << 8 | (op2) << 5)
#define READ(op0, op1, n, m, op2) SYSTEM(0xd5300000u, op0, op1, n, m, op2)
#define WRITE(op0, op1, n, m, op2) SYSTEM(0xd5100000u, op0, op1, n, m, op2)
#define SYS(op1, n, m, op2) (0xd5080000u | (op1) << 16 | (n) << 12 | (m) << 8 | (op2) << 5)

#define LDR 0xf9400000u /* x0, [x0] */
#define STR 0xf9000001u /* x1, [x0] */
#define STG 0xd9200800u /* x0, [x0] */
#define SMC(immediate) (0xd4000003u | (immediate) << 5)
#define HVC(immediate) (0xd4000002u | (immediate) << 5)
#define SVC(immediate) (0xd4000001u | (immediate) << 5)
#define BRK 0xd4200000u
#define HLT 0xd4400000u
#define DCPS1 0xd4a00001u
#define DRPS 0xd6bf03e0u
#define WFE 0xd503205fu
#define WFI 0xd503207fu
#define WFET 0xd5031000u
#define WFIT 0xd5031020u
#define PACIASP 0xd503233fu
#define PACIA 0xdac10020u /* x0, x1 */
#define PACGA 0x9ac13000u /* x0, x0, x1 */
#define XPACI 0xdac143e0u /* x0 */
#define READ_SCTLR_EL1 READ(3, 0, 1, 0, 0)
#define WRITE_SCTLR_EL1 WRITE(3, 0, 1, 0, 0)

/* ---- Outcomes: the exception class at S-EL1, or none ---- */

#define DONE 0x100 /* it completes */
#define UNDEFINED 0x00
#define WAIT_TRAP 0x01 /* of the partition's own EL1 */
#define SUPERVISOR_CALL 0x15
#define SYSTEM_TRAP 0x18 /* of the partition's own EL1 */
#define ABORT_OF_EL0 0x24
#define ABORT 0x25
#define BREAKPOINT 0x3c

#define FAULT_STATUS_MASK 0x3f
#define FAULT_EXTERNAL 0x10
#define FAULT_ALIGNMENT 0x21

/* Where the CPU decides: `max` has fine-grained traps, ECV and more; `neoverse-n2` has not. */
struct row {
    const char *text;
    uint32_t instruction;
    uint16_t on_max;
    uint16_t on_n2;
};

#define BOTH(text, instruction, outcome)    \
    {                                       \
        text, instruction, outcome, outcome \
    }
#define EACH(text, instruction, on_max, on_n2) \
    {                                          \
        text, instruction, on_max, on_n2       \
    }

/* Has crasher execute it at this exception level, 1 or 0, with that in x0: ESR_EL1 in x4, zero if
 * it completed, and x0 in x5. */
struct ffa_regs execute(uint32_t instruction, uint64_t x0, uint64_t exception_level);

/* DONE, or the exception class. */
uint16_t outcome_of(struct ffa_regs reply);

void expect_row(const struct row *row, uint64_t x0, uint64_t exception_level);

/* With zero in x0: a register that can be written is not left in a state that hurts crasher. The
 * Normal world's EL1 state is planted before and intact after. */
void expect_rows(const struct row rows[], unsigned count);

#define CLASS(name, ...)                                \
    TEST(name)                                          \
    {                                                   \
        static const struct row rows[] = {__VA_ARGS__}; \
        expect_rows(rows, COUNT(rows));                 \
    }

#endif
