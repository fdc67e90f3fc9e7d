/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The payload: reads what the boot arguments ask for, runs it, prints TAP, switches the board off.
 *
 *     suite=NAME,NAME...      these suites
 *     suite=bench             the measurements instead of tests
 *     suite=secrets           what vault does with secrets, to be followed
 *     death=NAME              one scenario in which a partition dies, for good until the next boot
 *     absent-memory=ADDRESS   the firmware believes in memory there that the board does not have
 *     reborn=jump or reset    begins anew in the midst of everything, by itself or with the machine
 *     rogue=SEED              the Normal world attacks for rogue-seconds=N, or until each CPU has
 *                             made rogue-steps=N steps
 *
 * The default are the suites below that need no partition of another image.
 */
#include <stddef.h>

#include "console.h"
#include "cpu.h"
#include "fdt.h"
#include "ffa.h"
#include "gic.h"
#include "mailbox.h"
#include "panic.h"
#include "partitions.h"
#include "psci.h"
#include "rogue.h"
#include "scenarios.h"
#include "smp.h"
#include "sri.h"
#include "tap.h"
#include "tick.h"
#include "timer.h"
#include "trace.h"

struct board board;

/* All but the last leave every partition alive. The last ones need partitions that the test image
 * has no room for. */
static const char *const all_suites[] = {
    "machine",  "version",    "features", "mailbox",      "vm",         "discovery", "discovery2",
    "calls",    "direct",     "direct2",  "indirect",     "framework",  "registers", "fp",
    "simd",     "partitions", "faults",   "instructions", "sysregs",    "sweep",     "run",
    "preempt",  "chain",      "power",    "smp",          "notify",     "notified",  "timers",
    "ticker",   "storm",      "memory",   "isolation",    "refused",    "retrieval", "owners",
    "stat",     "powered",    "hostile",  "managed",      "device",     "contexts",  "alarm",
    "restart",  "heirs",      "s_el0",    "s_el0_faults", "s_el0_code", "untold",    "alone",
    "resident",
};

#define SUITES (sizeof(all_suites) / sizeof(all_suites[0]))
#define DEFAULT_SUITES (SUITES - 12)

void payload_main(const void *device_tree);

/* These are modules of their own, which an image may lack. */
void bench_main(void) __attribute__((weak));
void secrets_main(void) __attribute__((weak));

/* A test may stop halfway: the next one finds nothing mapped, and version 1.2. */
static void clean_up(void)
{
    timer_stop();
    tick_stop();
    sri_stop();
    notifications_end(FFA_ID_NORMAL_WORLD);
    mailbox_unmap();
    ffa_version(FFA_VERSION_1_2);
}

static bool is_selected(unsigned suite)
{
    const char *selection = bootarg(&board, "suite");

    return selection ? bootarg_has(selection, all_suites[suite]) : suite < DEFAULT_SUITES;
}

static void run_suites(void)
{
    unsigned tests = 0, selected = 0;

    for (unsigned i = 0; i < SUITES; i++) {
        selected += is_selected(i);
        tests += is_selected(i) ? tap_count(all_suites[i]) : 0;
    }
    if (selected < bootarg_words(bootarg(&board, "suite")))
        bail_out("a suite of that name does not exist", 0);
    tap_plan(tests);
    for (unsigned i = 0; i < SUITES; i++)
        if (is_selected(i))
            tap_run(all_suites[i], clean_up);
}

static void run_one_suite(const char *suite)
{
    tap_plan(tap_count(suite));
    tap_run(suite, clean_up);
}

static void run(void)
{
    const char *selection = bootarg(&board, "suite");
    const char *death = bootarg(&board, "death");
    const char *absent = bootarg(&board, "absent-memory");
    const char *seed = bootarg(&board, "rogue");

    if (selection && bootarg_has(selection, "bench") && bench_main) {
        bench_main();
    } else if (selection && bootarg_has(selection, "secrets") && secrets_main) {
        secrets_main();
    } else if (death) {
        death_choose(death);
        run_one_suite("death");
    } else if (absent) {
        absent_memory = bootarg_number(absent);
        run_one_suite("absent");
    } else if (seed) {
        rogue_begin(bootarg_number(seed), bootarg(&board, "rogue-seconds"),
                    bootarg(&board, "rogue-steps"));
        run_one_suite("rogue");
    } else if (bootarg(&board, "reborn")) {
        if (!reborn_already())
            reborn_leave_all_behind();
        tap_plan(tap_count("reborn")); /* what was left is for its tests to end */
        tap_run("reborn", timer_stop);
    } else {
        run_suites();
    }
}

void payload_main(const void *device_tree)
{
    uart_init();
    fdt_read(device_tree, &board);
    print("# bl33: %u CPUs, %lu MiB at 0x%lx, arguments: %s\n", board.cpus, board.memory_size >> 20,
          board.memory_base, board.bootargs);
    gic_init();
    gic_init_cpu();
    timer_init_cpu();
    interrupts_on();
    smp_init(board.cpus);
    ffa_version(FFA_VERSION_1_2);
    if (!reborn_already())
        partitions_find();
    if (bootarg(&board, "trace"))
        trace_follow();
    run();
    trace_dump();
    psci_system_off();
}
