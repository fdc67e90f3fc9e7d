/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A QEMU plugin that counts executed instructions by exception level, on each CPU. The level
 * follows from the physical address, since TF-A, Bulkhead and the partitions each have their own
 * memory, whatever addresses their translation gives them; waiting for Bulkhead's lock (argument
 * lock=BEGIN-END: the code that waits) counts apart. At a mark of the payload (mark.h) it writes
 * the counts of that CPU. A stretch at S-EL2, without the waiting, begins with an entry or a poll
 * for interrupts (WFI, or ISR_EL1 read) and ends with the next poll or exit.
 *
 * With the argument turns=on, CPUs take turns, and all of them count together, without stretches:
 * QEMU 10.0 then takes one CPU for another, and its inline counters write to wrong places.
 *
 * With the argument stretches=only, nothing else is counted, so that even Linux boots in good time.
 *
 * With the argument calls=on, nothing is written at a mark: of all runs that end with MARK_END, and
 * of those that end with MARK_END_OTHER, the most is kept, and written at the exit. Whoever waits
 * for another CPU (YIELD, WFE) then gives its host's CPU away, or CPUs on threads that outnumber
 * the host's would spin for most of the time.
 *
 *     mark begin|end CPU  EL3 S-EL2 S-EL1 LOCK NORMAL  EL3 S-EL2 S-EL1 LOCK NORMAL  LONGEST
 *     exit START LONGEST
 *     calls RUNS EL3+S-EL2 LOCK S-EL1     (each the most of a run; two lines, one for each mark)
 *     at ADDRESS COUNT    (argument profile=N: the instructions of S-EL2 in the N-th measured run)
 *
 * The first five are the counts so far, the second five those at the last entry to S-EL2. LONGEST
 * is the longest stretch since the CPU's last mark, at the exit that of all CPUs since they first
 * came to the Normal world; START is the longest before that.
 */
#include <inttypes.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qemu-plugin.h>

#include "mark.h"

#define BULKHEAD_WINDOW 0xfffffff000000000 /* added to its addresses by its translation */
#define BULKHEAD_BASE 0x0e100000
#define PARTITIONS_BASE 0x0e200000
#define CODE_WORDS 0x10000

#define YIELD 0xd503203f
#define WFE 0xd503205f
#define POLL_WFI 0xd503207f
#define POLL_ISR_EL1 0xd538c100 /* its lowest bits are the register read to */

enum level { EL3, S_EL2, S_EL1, LOCK, NORMAL, LEVELS };

struct counts {
    uint64_t of[LEVELS];
};

struct cpu {
    struct counts now;
    struct counts at_entry; /* to S-EL2, the last time */
    uint64_t inside;        /* S-EL2 */
    uint64_t started;       /* has been in the Normal world */
    uint64_t stretch_began; /* instructions at S-EL2 until then */
    uint64_t longest;       /* stretch since the last mark, */
    uint64_t longest_ever;  /* since the start, */
    uint64_t longest_start; /* and before */
    struct counts at_begin; /* of the run, */
    uint64_t running;       /* if there is one */
    struct most {
        uint64_t runs, firmware, lock, partitions;
    } most[2];
};

/* Memory of the board that the Normal world does not run in: flash with BL1, and Secure RAM. */
static struct memory {
    uint64_t base, end;
    const char *host; /* where QEMU keeps it */
} memories[] = {{0, 0x04000000, NULL}, {0x0e000000, 0x0f000000, NULL}};

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static struct qemu_plugin_scoreboard *cpus;
static struct qemu_plugin_scoreboard *profile; /* CODE_WORDS counts */
static long profiled = -1;
static long runs;
static uint64_t lock_begin, lock_end;
static bool turns;
static bool stretches_only;
static bool calls;
static struct cpu together; /* with turns */

static qemu_plugin_u64 field(size_t offset)
{
    return (qemu_plugin_u64){cpus, offset};
}

static struct cpu *find(unsigned index)
{
    return turns ? &together : qemu_plugin_scoreboard_find(cpus, index);
}

/* What runs first in each memory is firmware, with translation off or one to one: it tells where
 * QEMU keeps the memory. */
static bool lies_in(struct memory *memory, uint64_t pc, const char *host)
{
    if (memory->host == NULL && pc >= memory->base && pc < memory->end)
        memory->host = host - (pc - memory->base);
    return memory->host != NULL && host >= memory->host &&
           host < memory->host + (memory->end - memory->base);
}

static enum level level_of(const struct qemu_plugin_insn *insn)
{
    const char *host = qemu_plugin_insn_haddr(insn);
    uint64_t address;

    for (size_t i = 0; i < sizeof(memories) / sizeof(memories[0]); i++) {
        if (!lies_in(&memories[i], qemu_plugin_insn_vaddr(insn), host))
            continue;
        address = memories[i].base + (uint64_t)(host - memories[i].host);
        if (address < BULKHEAD_BASE)
            return EL3;
        return address < PARTITIONS_BASE ? S_EL2 : S_EL1;
    }
    return NORMAL;
}

static void write_line(const char *format, ...)
{
    char line[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    qemu_plugin_outs(line);
}

/* ---- Stretches at S-EL2 ---- */

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void end_stretch(struct cpu *cpu)
{
    uint64_t stretch = cpu->now.of[S_EL2] - cpu->stretch_began;

    cpu->longest = larger(cpu->longest, stretch);
    if (cpu->started)
        cpu->longest_ever = larger(cpu->longest_ever, stretch);
    else
        cpu->longest_start = larger(cpu->longest_start, stretch);
    cpu->stretch_began = cpu->now.of[S_EL2];
}

static void enter(unsigned index, void *unused)
{
    struct cpu *cpu = qemu_plugin_scoreboard_find(cpus, index);

    (void)unused;
    cpu->inside = 1;
    cpu->at_entry = cpu->now;
    cpu->stretch_began = cpu->now.of[S_EL2];
}

static void leave(unsigned index, void *unused)
{
    struct cpu *cpu = qemu_plugin_scoreboard_find(cpus, index);

    (void)unused;
    cpu->inside = 0;
    end_stretch(cpu);
}

static void poll(unsigned index, void *unused)
{
    (void)unused;
    end_stretch(qemu_plugin_scoreboard_find(cpus, index));
}

static void start(unsigned index, void *unused)
{
    struct cpu *cpu = qemu_plugin_scoreboard_find(cpus, index);

    (void)unused;
    cpu->started = 1;
}

/* ---- Marks: executed on the CPU that measures, in the Normal world or by a partition ---- */

static void write_mark(const char *kind, unsigned index)
{
    struct cpu *cpu = find(index);
    const uint64_t *now = cpu->now.of, *then = cpu->at_entry.of;

    write_line("mark %s %u"
               " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
               " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
               kind, index, now[EL3], now[S_EL2], now[S_EL1], now[LOCK], now[NORMAL], then[EL3],
               then[S_EL2], then[S_EL1], then[LOCK], then[NORMAL], cpu->longest);
    cpu->longest = 0;
}

/* ---- The most of all runs ---- */

static void begin_call(unsigned index, void *unused)
{
    struct cpu *cpu = qemu_plugin_scoreboard_find(cpus, index);

    (void)unused;
    cpu->at_begin = cpu->now;
    cpu->running = 1;
}

static void end_call(unsigned index, void *number)
{
    struct cpu *cpu = qemu_plugin_scoreboard_find(cpus, index);
    struct most *most = &cpu->most[(uintptr_t)number];
    const uint64_t *now = cpu->now.of, *then = cpu->at_begin.of;

    if (!cpu->running)
        return;
    cpu->running = 0;
    most->runs++;
    most->firmware = larger(most->firmware, now[EL3] + now[S_EL2] - then[EL3] - then[S_EL2]);
    most->lock = larger(most->lock, now[LOCK] - then[LOCK]);
    most->partitions = larger(most->partitions, now[S_EL1] - then[S_EL1]);
}

static void write_most(unsigned number)
{
    struct most all = {0};

    for (int i = 0; i < qemu_plugin_num_vcpus(); i++) {
        const struct cpu *cpu = qemu_plugin_scoreboard_find(cpus, i);

        all.runs += cpu->most[number].runs;
        all.firmware = larger(all.firmware, cpu->most[number].firmware);
        all.lock = larger(all.lock, cpu->most[number].lock);
        all.partitions = larger(all.partitions, cpu->most[number].partitions);
    }
    write_line("calls %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", all.runs, all.firmware,
               all.lock, all.partitions);
}

static void give_way(unsigned index, void *unused)
{
    (void)index;
    (void)unused;
    sched_yield();
}

static void begin(unsigned index, void *unused)
{
    (void)unused;
    write_mark("begin", index);
    if (runs == profiled)
        memset(qemu_plugin_scoreboard_find(profile, index), 0, CODE_WORDS * sizeof(uint64_t));
}

static void write_profile(unsigned index)
{
    const uint64_t *counts = qemu_plugin_scoreboard_find(profile, index);

    for (unsigned i = 0; i < CODE_WORDS; i++)
        if (counts[i] != 0)
            write_line("at 0x%" PRIx64 " %" PRIu64 "\n", BULKHEAD_WINDOW + BULKHEAD_BASE + 4 * i,
                       counts[i]);
}

static void end(unsigned index, void *unused)
{
    (void)unused;
    write_mark("end", index);
    if (runs++ == profiled)
        write_profile(index);
}

static void at_exit(qemu_plugin_id_t id, void *unused)
{
    uint64_t before = 0, after = 0;

    (void)id;
    (void)unused;
    for (int i = 0; i < qemu_plugin_num_vcpus(); i++) {
        const struct cpu *cpu = qemu_plugin_scoreboard_find(cpus, i);
        before = larger(before, cpu->longest_start);
        after = larger(after, cpu->longest_ever);
    }
    write_line("exit %" PRIu64 " %" PRIu64 "\n", before, after);
    for (unsigned i = 0; calls && i < 2; i++)
        write_most(i);
    qemu_plugin_scoreboard_free(cpus);
}

/* ---- What is planted in translated code ---- */

static void add_one(struct qemu_plugin_insn *insn, qemu_plugin_u64 counter)
{
    qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, QEMU_PLUGIN_INLINE_ADD_U64, counter,
                                                        1);
}

/* By a call, which is slower but right. */
static void count(unsigned index, void *counter)
{
    (void)index;
    ++*(uint64_t *)counter;
}

static void plant_count(struct qemu_plugin_insn *insn, enum level level)
{
    if (turns)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, count, QEMU_PLUGIN_CB_NO_REGS,
                                               &together.now.of[level]);
    else
        add_one(insn, field(offsetof(struct cpu, now) + level * sizeof(uint64_t)));
}

static void plant_profile(struct qemu_plugin_insn *insn)
{
    uint64_t word = ((uint32_t)qemu_plugin_insn_vaddr(insn) - BULKHEAD_BASE) / 4;

    if (word < CODE_WORDS)
        add_one(insn, (qemu_plugin_u64){profile, word * sizeof(uint64_t)});
}

static uint32_t code_of(const struct qemu_plugin_insn *insn)
{
    uint32_t code = 0;

    qemu_plugin_insn_data(insn, &code, sizeof(code));
    return code;
}

static void plant_at_call(struct qemu_plugin_insn *insn, uint32_t code)
{
    if (code == MARK_ENCODING(MARK_BEGIN))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, begin_call, QEMU_PLUGIN_CB_NO_REGS, NULL);
    if (code == MARK_ENCODING(MARK_END))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, end_call, QEMU_PLUGIN_CB_NO_REGS, NULL);
    if (code == MARK_ENCODING(MARK_END_OTHER))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, end_call, QEMU_PLUGIN_CB_NO_REGS, (void *)1);
}

static void plant_mark(struct qemu_plugin_insn *insn)
{
    uint32_t code = code_of(insn);

    if (calls) {
        plant_at_call(insn, code);
        return;
    }
    if (code == MARK_ENCODING(MARK_BEGIN))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, QEMU_PLUGIN_CB_NO_REGS, NULL);
    if (code == MARK_ENCODING(MARK_END))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, end, QEMU_PLUGIN_CB_NO_REGS, NULL);
}

static void plant_poll(struct qemu_plugin_insn *insn)
{
    uint32_t code = code_of(insn);

    if (code == POLL_WFI || (code & ~0x1fU) == POLL_ISR_EL1)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, poll, QEMU_PLUGIN_CB_NO_REGS, NULL);
}

static void plant_in_instruction(struct qemu_plugin_insn *insn, enum level level)
{
    uint64_t pc = qemu_plugin_insn_vaddr(insn);

    if (pc >= lock_begin && pc < lock_end)
        level = LOCK;
    if (calls && (code_of(insn) == YIELD || code_of(insn) == WFE))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, give_way, QEMU_PLUGIN_CB_NO_REGS, NULL);
    if (stretches_only && level != S_EL2)
        return;
    plant_count(insn, level);
    if (level == S_EL2 && !turns)
        plant_poll(insn);
    if (level == S_EL2 && profiled >= 0)
        plant_profile(insn);
    if (level == NORMAL || level == S_EL1)
        plant_mark(insn);
}

static void plant_call(struct qemu_plugin_tb *tb, qemu_plugin_vcpu_udata_cb_t call,
                       enum qemu_plugin_cond condition, size_t offset)
{
    qemu_plugin_register_vcpu_tb_exec_cond_cb(tb, call, QEMU_PLUGIN_CB_NO_REGS, condition,
                                              field(offset), 0, NULL);
}

static void plant_stretch(struct qemu_plugin_tb *tb, enum level level)
{
    if (level == S_EL2)
        plant_call(tb, enter, QEMU_PLUGIN_COND_EQ, offsetof(struct cpu, inside));
    else
        plant_call(tb, leave, QEMU_PLUGIN_COND_NE, offsetof(struct cpu, inside));
    if (level == NORMAL)
        plant_call(tb, start, QEMU_PLUGIN_COND_EQ, offsetof(struct cpu, started));
}

/* A block lies in one level, for only an exception or its return changes it. Each instruction
 * counts by itself: the block may be left early. */
static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    enum level level = level_of(qemu_plugin_tb_get_insn(tb, 0));

    (void)id;
    if (!turns)
        plant_stretch(tb, level);
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++)
        plant_in_instruction(qemu_plugin_tb_get_insn(tb, i), level);
}

static void read_argument(const char *argument)
{
    if (strncmp(argument, "profile=", 8) == 0)
        profiled = strtol(argument + 8, NULL, 10);
    if (strcmp(argument, "turns=on") == 0)
        turns = true;
    if (strcmp(argument, "stretches=only") == 0)
        stretches_only = true;
    if (strcmp(argument, "calls=on") == 0)
        calls = true;
    sscanf(argument, "lock=%" SCNx64 "-%" SCNx64, &lock_begin, &lock_end);
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                           char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++)
        read_argument(argv[i]);
    cpus = qemu_plugin_scoreboard_new(sizeof(struct cpu));
    if (profiled >= 0)
        profile = qemu_plugin_scoreboard_new(CODE_WORDS * sizeof(uint64_t));
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, at_exit, NULL);
    return 0;
}
