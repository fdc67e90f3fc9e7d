/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A QEMU plugin for one CPU and one partition: between two marks of the payload
 * (tests/bench/mark.h) it follows what the partition executes and which addresses it reads and
 * writes, in their order, and at the second mark writes one line:
 *
 *     between INSTRUCTIONS ACCESSES HASH
 *
 * Two runs with the same line went the same way, but for a collision of 64 bits.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <qemu-plugin.h>

#include "tests/bench/mark.h"

#define PARTITIONS_BASE 0x0e200000
#define PARTITIONS_END 0x0f000000

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static uint64_t instructions, accesses, hash;

/* As FNV-1a, by words: the order counts. */
static void add(uint64_t value)
{
    hash = (hash ^ value) * 0x100000001b3;
    hash ^= hash >> 29;
}

static void executed(unsigned cpu, void *pc)
{
    (void)cpu;
    instructions++;
    add((uintptr_t)pc);
}

static void accessed(unsigned cpu, qemu_plugin_meminfo_t what, uint64_t address, void *unused)
{
    (void)cpu;
    (void)unused;
    accesses++;
    add(address << 8 | qemu_plugin_mem_is_store(what) << 4 | qemu_plugin_mem_size_shift(what));
}

static void begin(unsigned cpu, void *unused)
{
    (void)cpu;
    (void)unused;
    instructions = 0;
    accesses = 0;
    hash = 0xcbf29ce484222325;
}

static void end(unsigned cpu, void *unused)
{
    char line[80];

    (void)cpu;
    (void)unused;
    snprintf(line, sizeof(line), "between %" PRIu64 " %" PRIu64 " %016" PRIx64 "\n", instructions,
             accesses, hash);
    qemu_plugin_outs(line);
}

static void plant(struct qemu_plugin_insn *insn)
{
    uint64_t pc = qemu_plugin_insn_vaddr(insn);
    uint32_t code = 0;

    if (pc >= PARTITIONS_BASE && pc < PARTITIONS_END) {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, QEMU_PLUGIN_CB_NO_REGS,
                                               (void *)(uintptr_t)pc);
        qemu_plugin_register_vcpu_mem_cb(insn, accessed, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
                                         NULL);
        return;
    }
    qemu_plugin_insn_data(insn, &code, sizeof(code));
    if (code == MARK_ENCODING(MARK_BEGIN))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, QEMU_PLUGIN_CB_NO_REGS, NULL);
    if (code == MARK_ENCODING(MARK_END))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, end, QEMU_PLUGIN_CB_NO_REGS, NULL);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++)
        plant(qemu_plugin_tb_get_insn(tb, i));
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                           char **argv)
{
    (void)info;
    (void)argc;
    (void)argv;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
