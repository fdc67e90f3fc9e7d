/* SPDX-License-Identifier: BSD-3-Clause */
/* What every unit test starts with: cmocka, the small world, and checks of an answer. */
#ifndef TESTS_SUPPORT_UNIT_H
#define TESTS_SUPPORT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/trace.h"
#include "support/port_model.h"
#include "support/world.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PAIR(high, low) ((uint64_t)(high) << 16 | (uint16_t)(low))

#define UP_ID WORLD_ID(WORLD_UP)
#define MP_ID WORLD_ID(WORLD_MP)
#define QUEUED_ID WORLD_ID(WORLD_QUEUED)

/* An answer: x0 to x3 as given, x4 to x7 zero. */
static inline void assert_answer(const struct regs *regs, uint64_t x0, uint64_t x1, uint64_t x2,
                                 uint64_t x3)
{
    assert_int_equal(regs->x[0], x0);
    assert_int_equal(regs->x[1], x1);
    assert_int_equal(regs->x[2], x2);
    assert_int_equal(regs->x[3], x3);
    for (unsigned i = 4; i < 8; i++)
        assert_int_equal(regs->x[i], 0);
}

static inline void assert_refused(const struct regs *regs, int status)
{
    assert_answer(regs, FFA_ERROR, 0, (uint32_t)status, 0);
}

static inline void assert_success(const struct regs *regs, uint64_t w2, uint64_t w3)
{
    assert_answer(regs, FFA_SUCCESS_32, 0, w2, w3);
}

/* The record of a CPU's last step. */
static inline const struct trace_record *last_record(unsigned cpu)
{
    uint32_t number = recorder.count[cpu];
    const struct trace_record *r;

    do
        r = trace_slot(cpu, --number);
    while (r->kind >= EVENTS);
    return r;
}

/* The reason that the trace of a CPU holds for its last refusal. */
static inline void assert_reason(const struct spmc *s, unsigned cpu, const char *reason)
{
    uint32_t number = recorder.count[cpu];
    const struct trace_record *r;

    (void)s;
    do {
        assert_true(number > 0);
        r = trace_slot(cpu, --number);
    } while (r->kind >= EVENTS || trace_text(r) == NULL);
    assert_string_equal(trace_text(r), reason);
}

#endif
