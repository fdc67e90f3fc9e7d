"""Instructions of round trips from Linux to OP-TEE's trusted applications, by exception level: S-EL2's share of them.

A client in Linux under pKVM (normal/linux/optee/bench.c) makes each trip several times; the one with the fewest instructions
counts, as Linux had nothing else to do then. A second boot must agree: to the instruction in the Secure world, to a hundredth in
the Normal world. Prints a table, writes the figures as JSON and the checks as TAP; ends with status 1 when a check failed.
"""

import argparse
import os
import sys

import checks as checking
import measure

TOLERANCES = {"el3": 0, "s_el2": 0, "s_el1": 0, "normal": 0.05}


def figures(operation):
    every = operation.total + operation.normal
    return {**operation.figures(), "normal": operation.normal, "s_el2_percent": round(100 * operation.s_el2 / every, 1)}


def check_repetition(checks, first, second):
    for one, other in zip(first, second):
        for level, tolerance in TOLERANCES.items():
            a, b = getattr(one, level), getattr(other, level)
            checks.add(abs(a - b) <= tolerance * a, f"{one.name} takes the same in two boots: {level}", f"{a} and {b}")
    checks.add(first and [one.name for one in first] == [other.name for other in second], "two boots measure the same operations")


def print_table(budgets, operations):
    columns = "{:<24}{:>8}{:>8}{:>8}{:>9}{:>9}{:>9}{:>9}{:>9}"
    print("\n" + columns.format("operation", "EL3", "S-EL2", "S-EL1", "Normal", "all", "S-EL2", "longest", "budget"))
    for operation in operations:
        limit = budgets.get(operation.name, {}).get("at_most", "")
        mark = "  over budget" if limit and operation.s_el2 > limit else ""
        print(columns.format(operation.name, operation.el3, operation.s_el2, operation.s_el1, operation.normal, operation.total + operation.normal,
                             f"{figures(operation)['s_el2_percent']} %", operation.longest, limit) + mark)
    print("""
instructions of one round trip, warmed, the least of several, from a client of Linux under pKVM on one CPU; S-EL1: OP-TEE and
its trusted application; longest: longest stretch at S-EL2; budget: at S-EL2. optee_null: a command that answers with a number.
optee_1_mib_*: 1 MiB of the client is shared, as one range or as 256; a command reads and writes in it; it is reclaimed.
""")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    measure.add_options(parser)
    parser.add_argument("--out", required=True, help="the figures, as JSON")
    parser.add_argument("--tap", required=True, help="folder for the checks, as TAP")
    options = parser.parse_args()
    try:
        first, second = (measure.Bench(options, options.image, name, *measure.OPTEE_BENCH).operations for name in ("bench-optee", "bench-optee-again"))
    except (measure.Failed, OSError) as error:
        sys.exit(f"bench: {error}")

    budgets = checking.budgets(optee=True)
    checks = checking.Checks()
    checking.check_answers(checks, first + second)
    check_repetition(checks, first, second)
    checking.check_budgets(checks, budgets, first)

    print_table(budgets, first)
    checking.write_figures(options.out, [figures(operation) for operation in first], optee=True)
    checking.write_tap(os.path.join(options.tap, "bench-optee.tap"), checks.tap())
    for failure in checks.failures:
        print(f"bench: failed: {failure}", file=sys.stderr)
    sys.exit(1 if checks.failures else 0)


if __name__ == "__main__":
    main()
