"""Instructions of each operation, by exception level, against the budgets in budgets.json.

A plain Bulkhead (HARDENING=0 TRACE=0) is measured, and for messages the whole one, against budgets of its own. The plain one
is measured twice, since under -icount the figures must repeat to the instruction, and beside it the floor: a
hand-written crossing (tests/floor), below which no SPMC can go. Then messages from all CPUs at once, and the tests, bl33's and
Linux's, for the longest stretch at S-EL2 of the whole one. Prints a table, writes the figures as JSON and the checks as TAP; ends with status 1 when a check
failed. `total` leaves out the Normal world's own instructions.
"""

import argparse
import os
import re
import sys

import checks as checking
import measure
import plot
from checks import read

HERE = os.path.dirname(os.path.abspath(__file__))
CONTEXT = os.path.join(HERE, "../../aarch64/context.c")
FLOOR = os.path.join(HERE, "../floor/floor.S")
BOOTS = os.path.join(HERE, "../../tools/boots.txt")
EIGHT_CPUS = ("death=mp_start_abort",)  # needs another image than the others


def check_repetition(checks, first, second):
    different = [a.name for a, b in zip(first, second) if a.figures() != b.figures()]
    same = not different and len(first) == len(second)
    checks.add(same, "two boots count the same instructions", ", ".join(different))


def check_whole(checks, budgets, operations, figures):
    stretch = {operation.name: operation.longest for operation in operations}
    checks.add(all(operation.right for operation in operations), "all operations answer right with hardening and trace")
    for name, budget in budgets.items():
        if "whole_at_most" in budget:
            most, count = budget["whole_at_most"], figures.get(name)
            checks.add(count is not None and count <= most, f"{name} takes at most {most} instructions at S-EL2 with hardening and trace",
                       f"it takes {count}")
        if "whole_longest" in budget:
            most, longest = budget["whole_longest"], stretch.get(name)
            checks.add(longest is not None and longest <= most, f"{name} has no stretch above {most} instructions at S-EL2 with hardening and trace",
                       f"one of {longest}")


def check_floor(checks):
    """A floor that switched fewer registers than Bulkhead would be too low."""
    bulkhead = re.findall(r"\w+_el\w+", " ".join(re.findall(r"^\s+(?:PAIR|SINGLE)\((.*)\)", read(CONTEXT), re.M)))
    floor = re.findall(r"\w+", " ".join(re.findall(r"^\s+\\do\s+(\w+_el\w+(?:, \w+)?)$", read(FLOOR), re.M)))
    different = sorted(set(bulkhead) ^ set(floor))
    checks.add(bulkhead and not different, "the floor switches the EL1 registers that Bulkhead switches", ", ".join(different))


def stretches(options):
    """What was booted to look for the longest stretch at S-EL2, and the boot."""
    linux, only = measure.LINUX + " bulkhead_test.messages=500 bulkhead_test.rounds=5", ",stretches=only"
    yield "bl33, all suites, 1 CPU", measure.Bench(options, options.image, "bench-tests", "", clock=measure.TESTS)
    yield "bl33, suite power, 4 CPUs", measure.Bench(options, options.cpus_image, "bench-power", "suite=power", clock=measure.THREADS)
    for death in dict.fromkeys(re.findall(r"^bl33 .* (death=\w+)$", read(BOOTS), re.M)):
        if death not in EIGHT_CPUS:
            yield "bl33, each death, 4 CPUs", measure.Bench(options, options.cpus_image, "bench-death", death, only, measure.THREADS)
    yield "Linux under pKVM, all tests, 4 CPUs", measure.Bench(options, options.cpus_image, "bench-linux", linux, only, measure.THREADS,
                                                               measure.LINUX_TESTS)


def print_longest(budgets, operations):
    print("longest stretch at S-EL2 of one operation, instructions, with hardening and trace        budget")
    for operation in operations:
        if "whole_longest" in budgets.get(operation.name, {}):
            print(f"{operation.name:<40}{operation.longest:>19}{budgets[operation.name]['whole_longest']:>35}")
    print()


def print_stretches(boots):
    print("longest stretch at S-EL2, instructions      in the start-up   after it")
    for what in dict.fromkeys(what for what, _ in boots):
        those = [boot for other, boot in boots if other == what]
        print(f"{what:<40}{max(boot.longest_start for boot in those):>19}{max(boot.longest for boot in those):>11}")
    print()


def print_table(budgets, operations, whole):
    columns = "{:<22}{:>8}{:>8}{:>8}{:>8}{:>8}{:>10}{:>9}{:>9}{:>9}{:>9}"
    print("\n" + columns.format("operation", "EL3", "S-EL2", "lock", "S-EL1", "total", "longest", "budget", "whole", "budget", "Hafnium"))
    for operation in operations:
        budget = budgets.get(operation.name, {})
        limit = budget.get("at_most", "")
        all_of_it, most = whole.get(operation.name, ""), budget.get("whole_at_most", "")
        mark = "  over budget" if limit and operation.s_el2 > limit or most and all_of_it > most else ""
        print(columns.format(operation.name, operation.el3, operation.s_el2, operation.lock, operation.s_el1, operation.total, operation.longest or "",
                             limit, all_of_it, most, budget.get("hafnium", "")) + mark)
    print(f"""
instructions of one operation, warmed, from bl33; lock: waiting for the lock, not in S-EL2; longest: longest stretch at S-EL2,
from an entry or a poll for interrupts to the next poll or exit, without such waiting; budget and Hafnium: at S-EL2 (Hafnium
2.15 on the same TF-A, measured outside this repository); whole: at S-EL2 with hardening and trace, all else without. direct_masked: with interrupts masked, under a deadline.
secure_interrupt: a partition's timer while the Normal world runs, to its handler; notification_cycle: SET by a partition, INFO_GET, GET.
memory_*: the Normal world shares, crasher retrieves and relinquishes, the Normal world reclaims; memory_1_page_16 to _127: with so many
other transactions in flight;
memory_borrow_*, memory_lend: what the partition calls, for its longest stretch. send_*: the Normal world's call, or its last
fragment; _overlap: its last range overlaps, so all is claimed and given back. death_64_mib: of one that has a donation of 64 MiB;
restart_64_mib: it comes back. death_64_vms: 64 VMs have all their notifications bound to it.
direct_4_cpus: direct_mp from 4 CPUs at once, each to its own context. They take turns of at most 2 us, and one that waits
gives its turn up: lock tells how often they met, and not how long they would wait.
""")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    measure.add_options(parser)
    for name, what in (("image", "--image"), ("cpus-image", "--cpus-image"), ("elf", "--elf")):
        parser.add_argument("--plain-" + name, required=True, help=f"the same as {what} without hardening and trace")
    parser.add_argument("--floor", required=True, help="a folder in build/images, with the floor as BL32")
    parser.add_argument("--cpus-image", required=True, help="a folder in build/images, with test partitions and several CPUs")
    parser.add_argument("--out", required=True, help="the figures, as JSON")
    parser.add_argument("--plot", help="docs/memory.svg, to be drawn again")
    parser.add_argument("--tap", required=True, help="folder for the checks, as TAP")
    options = parser.parse_args()
    plain = argparse.Namespace(**vars(options) | {"elf": options.plain_elf})
    try:
        bulkhead, again = (measure.Bench(plain, options.plain_image, name, "suite=bench") for name in ("bench", "bench-again"))
        whole = measure.Bench(options, options.image, "bench-whole", "suite=bench")
        floor = measure.Bench(options, options.floor, "bench-floor", "suite=bench bench=floor")
        together = measure.Bench(plain, options.plain_cpus_image, "bench-together", "suite=bench bench=cpus", ",turns=on")
        tests = list(stretches(options))
    except (measure.Failed, OSError) as error:
        sys.exit(f"bench: {error}")

    budgets = checking.budgets(optee=False)
    operations = [operation for bench in (floor, bulkhead, together) for operation in bench.operations]
    figures = {operation.name: operation.s_el2 for operation in whole.operations}
    checks = checking.Checks()
    checking.check_answers(checks, operations)
    check_repetition(checks, bulkhead.operations, again.operations)
    checking.check_budgets(checks, budgets, operations)
    check_whole(checks, budgets, whole.operations, figures)
    check_floor(checks)

    if options.plot:
        checking.write(options.plot, plot.memory({operation.name: operation.s_el2 for operation in operations}))
    print_table(budgets, operations, figures)
    print_longest(budgets, whole.operations)
    print_stretches(tests)
    longest = {operation.name: operation.longest for operation in whole.operations}
    checking.write_figures(options.out, [operation.figures() | {"whole_s_el2": figures.get(operation.name), "whole_longest": longest.get(operation.name)}
                                         for operation in operations], optee=False)
    checking.write_tap(os.path.join(options.tap, "bench.tap"), checks.tap())
    checking.write_tap(os.path.join(options.tap, "floor.tap"), floor.tap)
    failures = checks.failures + [line for line in floor.tap if line.startswith("not ok")]
    for failure in failures:
        print(f"bench: failed: {failure}", file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
