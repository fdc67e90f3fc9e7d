/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A QEMU plugin that counts executed instructions by exception level, on each CPU. The level
 * follows from the address, since TF-A, Bulkhead and the partitions each have their own. At a mark
 * of the payload (mark.h) it writes the counts; between marks it also keeps the longest stay at
 * S-EL2.
 *
 *     mark begin|end CPU  EL3 S-EL2 S-EL1 NORMAL  EL3 S-EL2 S-EL1 NORMAL  LONGEST
 *     exit                LONGEST
 *     at ADDRESS COUNT    (argument profile=N: the instructions of S-EL2 in the N-th measured run)
 *
 * The first four are the counts so far, the second four those at the last entry to S-EL2.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qemu-plugin.h>

#include "mark.h"

#define BULKHEAD_WINDOW \
    0xfffffff000000000 /* the upper half is S-EL2's: bl33 stays in the lower one */
#define BULKHEAD_BASE 0x0e100000
#define PARTITIONS_BASE 0x0e200000
#define PARTITIONS_END 0x0f000000
#define CODE_WORDS 0x10000

enum level { EL3, S_EL2, S_EL1, NORMAL, LEVELS };

struct counts {
    uint64_t of[LEVELS];
};

struct cpu {
    struct counts now;
    struct counts at_entry; /* to S-EL2, the last time */
    uint64_t inside;        /* S-EL2 */
    uint64_t longest;       /* stay at S-EL2 since the last mark */
    uint64_t code[CODE_WORDS];
};

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static struct qemu_plugin_scoreboard *cpus;
static long profiled = -1;
static long runs;

static qemu_plugin_u64 field(size_t offset)
{
    return (qemu_plugin_u64){cpus, offset};
}

static enum level level_of(uint64_t pc)
{
    if (pc >= BULKHEAD_WINDOW)
        return S_EL2;
    if (pc < BULKHEAD_BASE)
        return EL3;
    if (pc < PARTITIONS_BASE)
        return S_EL2;
    return pc < PARTITIONS_END ? S_EL1 : NORMAL;
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

/* ---- In and out of S-EL2 ---- */

static void enter(unsigned index, void *unused)
{
    struct cpu *cpu = qemu_plugin_scoreboard_find(cpus, index);

    (void)unused;
    cpu->inside = 1;
    cpu->at_entry = cpu->now;
}

static void leave(unsigned index, void *unused)
{
    struct cpu *cpu = qemu_plugin_scoreboard_find(cpus, index);
    uint64_t stretch = cpu->now.of[S_EL2] - cpu->at_entry.of[S_EL2];

    (void)unused;
    cpu->inside = 0;
    if (stretch > cpu->longest)
        cpu->longest = stretch;
}

/* ---- Marks: executed on the CPU that measures, in the Normal world ---- */

static uint64_t take_longest(void)
{
    uint64_t longest = 0;

    for (int i = 0; i < qemu_plugin_num_vcpus(); i++) {
        struct cpu *cpu = qemu_plugin_scoreboard_find(cpus, i);
        longest = cpu->longest > longest ? cpu->longest : longest;
        cpu->longest = 0;
    }
    return longest;
}

static void write_mark(const char *kind, unsigned index)
{
    const struct cpu *cpu = qemu_plugin_scoreboard_find(cpus, index);
    const uint64_t *now = cpu->now.of, *then = cpu->at_entry.of;

    write_line("mark %s %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
               " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
               kind, index, now[EL3], now[S_EL2], now[S_EL1], now[NORMAL], then[EL3], then[S_EL2],
               then[S_EL1], then[NORMAL], take_longest());
}

static void begin(unsigned index, void *unused)
{
    struct cpu *cpu = qemu_plugin_scoreboard_find(cpus, index);

    (void)unused;
    write_mark("begin", index);
    if (runs == profiled)
        memset(cpu->code, 0, sizeof(cpu->code));
}

static void end(unsigned index, void *unused)
{
    const struct cpu *cpu = qemu_plugin_scoreboard_find(cpus, index);

    (void)unused;
    write_mark("end", index);
    for (unsigned i = 0; runs == profiled && i < CODE_WORDS; i++)
        if (cpu->code[i] != 0)
            write_line("at 0x%" PRIx64 " %" PRIu64 "\n", BULKHEAD_WINDOW + BULKHEAD_BASE + 4 * i,
                       cpu->code[i]);
    runs++;
}

static void at_exit(qemu_plugin_id_t id, void *unused)
{
    (void)id;
    (void)unused;
    write_line("exit %" PRIu64 "\n", take_longest());
    qemu_plugin_scoreboard_free(cpus);
}

/* ---- What is planted in translated code ---- */

static void add_one(struct qemu_plugin_insn *insn, size_t offset)
{
    qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, QEMU_PLUGIN_INLINE_ADD_U64,
                                                        field(offset), 1);
}

static void plant_profile(struct qemu_plugin_insn *insn)
{
    uint64_t word = ((uint32_t)qemu_plugin_insn_vaddr(insn) - BULKHEAD_BASE) / 4;

    if (word < CODE_WORDS)
        add_one(insn, offsetof(struct cpu, code) + word * sizeof(uint64_t));
}

static void plant_mark(struct qemu_plugin_insn *insn)
{
    uint32_t code = 0;

    qemu_plugin_insn_data(insn, &code, sizeof(code));
    if (code == MARK_ENCODING(MARK_BEGIN))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, QEMU_PLUGIN_CB_NO_REGS, NULL);
    if (code == MARK_ENCODING(MARK_END))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, end, QEMU_PLUGIN_CB_NO_REGS, NULL);
}

/* A block lies in one level, for only an exception or its return changes it. Each instruction
 * counts by itself: the block may be left early. */
static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    enum level level = level_of(qemu_plugin_tb_vaddr(tb));

    (void)id;
    if (level == S_EL2)
        qemu_plugin_register_vcpu_tb_exec_cond_cb(tb, enter, QEMU_PLUGIN_CB_NO_REGS,
                                                  QEMU_PLUGIN_COND_EQ,
                                                  field(offsetof(struct cpu, inside)), 0, NULL);
    else
        qemu_plugin_register_vcpu_tb_exec_cond_cb(tb, leave, QEMU_PLUGIN_CB_NO_REGS,
                                                  QEMU_PLUGIN_COND_NE,
                                                  field(offsetof(struct cpu, inside)), 0, NULL);
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        add_one(insn, offsetof(struct cpu, now) + level * sizeof(uint64_t));
        if (level == S_EL2 && profiled >= 0)
            plant_profile(insn);
        if (level == NORMAL)
            plant_mark(insn);
    }
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                           char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++)
        if (strncmp(argv[i], "profile=", 8) == 0)
            profiled = strtol(argv[i] + 8, NULL, 10);
    cpus = qemu_plugin_scoreboard_new(sizeof(struct cpu));
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, at_exit, NULL);
    return 0;
}
