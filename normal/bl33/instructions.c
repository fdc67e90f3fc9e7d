/* SPDX-License-Identifier: BSD-3-Clause */
/* How crasher is made to execute an instruction, and what comes of it is judged. */
#include "instructions.h"

#include "cpu.h"
#include "el1.h"
#include "partitions.h"

static bool has_fine_grained_traps(void)
{
    return read_register(id_aa64mmfr0_el1) >> 56 & 0xf;
}

struct ffa_regs execute(uint32_t instruction, uint64_t x0, uint64_t exception_level)
{
    struct ffa_regs reply = run_until_answered(
        ask(&crasher, CRASH_INSTRUCTION, instruction, x0, 0x5a5a5a5a5a5a5a5a, !exception_level));

    EXPECT_ANSWER(reply, &crasher);
    return reply;
}

uint16_t outcome_of(struct ffa_regs reply)
{
    return reply.x[4] == 0 ? DONE : reply.x[4] >> 26 & 0x3f;
}

void expect_row(const struct row *row, uint64_t x0, uint64_t exception_level)
{
    struct ffa_regs reply = execute(row->instruction, x0, exception_level);
    uint16_t wanted = has_fine_grained_traps() ? row->on_max : row->on_n2;

    tap_for(row->instruction);
    tap_expect(__FILE__, __LINE__, row->text, outcome_of(reply), wanted);
}

void expect_rows(const struct row rows[], unsigned count)
{
    NEEDS_PARTITION(&crasher);
    el1_plant(0x700);
    for (unsigned i = 0; i < count; i++)
        expect_row(&rows[i], 0, 1);
    el1_expect_planted();
    EXPECT_TRUE(crasher_answers(&crasher));
}
