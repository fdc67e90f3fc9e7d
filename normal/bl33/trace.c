/* SPDX-License-Identifier: BSD-3-Clause */
/* Taking the trace by questions to Bulkhead (abi/stat.h), which leave no record themselves. */
#include "trace.h"

#include <stdbool.h>
#include <stddef.h>

#include "abi/stat.h"
#include "console.h"
#include "cpu.h"
#include "ffa.h"
#include "smp.h"

#define KEPT 131072
#define WORDS 8
#define TEXT_BYTES 64

struct kept {
    uint64_t word[WORDS];
    uint32_t cpu;
    char text[TEXT_BYTES];
};

static struct kept kept[KEPT];
static unsigned count;
static uint64_t next[CPU_MAX];
static bool followed, lost;
static unsigned taker; /* the CPU, and one */

/* Past ffa_call, which comes here. */
static struct ffa_regs tell(uint64_t what, uint64_t about, uint64_t number, uint64_t offset)
{
    struct ffa_regs regs = {
        .x = {FFA_MSG_SEND_DIRECT_REQ_64, STAT_ID, 0, what, about, number, offset}};

    smc(&regs);
    return regs;
}

static void take_text(struct kept *k, unsigned cpu, uint64_t number)
{
    unsigned at = 0;

    while (at < TEXT_BYTES - 16) {
        struct ffa_regs reply = tell(STAT_REASON, cpu, number, at);
        if (reply.x[3] != STAT_OK)
            break;
        for (unsigned i = 0; i < 16; i++)
            k->text[at + i] = (char)(reply.x[4 + i / 4] >> 8 * (i % 4));
        at += 16;
    }
    k->text[at] = '\0';
}

static void take(unsigned cpu, uint64_t number)
{
    struct kept *k = &kept[count];

    if (count == KEPT) {
        lost = true;
        return;
    }
    for (unsigned i = 0; i < WORDS; i += 4) {
        struct ffa_regs reply = tell(STAT_RECORD, cpu, number, i);
        lost |= reply.x[3] != STAT_OK;
        for (unsigned j = 0; j < 4; j++)
            k->word[i + j] = reply.x[4 + j];
    }
    k->cpu = cpu;
    take_text(k, cpu, number);
    count++;
}

static void take_all(void)
{
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
        struct ffa_regs reply = tell(STAT_TRACE, cpu, 0, 0);
        lost |= reply.x[3] != STAT_OK || reply.x[5] > next[cpu];
        for (uint64_t i = next[cpu]; reply.x[3] == STAT_OK && i < reply.x[4]; i++)
            take(cpu, i);
        next[cpu] = reply.x[4];
    }
}

void trace_follow(void)
{
    followed = true;
    take_all();
}

/* Between two looks each CPU makes one call at most: others wait, or records would be lost. An
 * interrupt's handler that calls in the midst of it does not. */
void trace_after_call(void)
{
    unsigned self = cpu_index() + 1, nobody = 0;

    if (!followed || __atomic_load_n(&taker, __ATOMIC_RELAXED) == self)
        return;
    while (!__atomic_compare_exchange_n(&taker, &nobody, self, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
        nobody = 0;
        __asm__ volatile("yield");
    }
    take_all();
    __atomic_store_n(&taker, 0, __ATOMIC_RELEASE);
}

static void dump_state(void)
{
    struct ffa_regs reply;

    for (uint64_t part = 0; tell(STAT_STATE, part, 0, 0).x[3] == STAT_OK; part++)
        for (uint64_t i = 0; (reply = tell(STAT_STATE, part, i, 0)).x[3] == STAT_OK; i++)
            print("state %lu %lu 0x%lx\n", part, i, reply.x[4]);
}

void trace_dump(void)
{
    if (!followed)
        return;
    followed = false;
    take_all();
    for (unsigned i = 0; i < count; i++) {
        const struct kept *k = &kept[i];
        print("trace %u", k->cpu);
        for (unsigned j = 0; j < WORDS - 1; j++)
            print(" 0x%lx", k->word[j]);
        if ((k->word[1] >> 32 & 0xff) >= STAT_EVENT_REGISTERS)
            print(" 0x%lx\n", k->word[WORDS - 1]);
        else
            print(" %d %s\n", (int)k->word[WORDS - 1], k->text[0] ? k->text : "-");
    }
    if (lost)
        print("trace lost\n");
    print("frequency %lu\n", read_register(cntfrq_el0));
    dump_state();
}
