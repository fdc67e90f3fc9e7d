"""Where an operation spends its instructions at S-EL2: by function (inlined ones too), and by source line.

A first boot tells which marked run belongs to the operation, a second one counts each instruction in that run. For the
operation `interrupt`, the run holds the request that comes before, too.
"""

import argparse
import collections
import subprocess
import sys

import measure

LINES_SHOWN = 40


def locate(options, addresses):
    """The innermost function and the source line of each address: addr2line says two lines for each level of inlining."""
    done = subprocess.run([options.addr2line, "-a", "-i", "-f", "-s", "-e", options.elf], input="".join(f"{a:#x}\n" for a in addresses),
                          capture_output=True, text=True, check=True)
    answer = done.stdout.splitlines()
    starts = [i for i, line in enumerate(answer) if line.startswith("0x")]
    return [(answer[i + 1], answer[i + 2].split(" ")[0]) for i in starts]


def print_table(title, counts, repeats, limit=None):
    print(f"\n{title}")
    for name, count in counts.most_common(limit):
        print(f"{count / repeats:10.1f}  {name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--operation", required=True)
    parser.add_argument("--addr2line", required=True)
    measure.add_options(parser)
    options = parser.parse_args()
    try:
        arguments, _, *more = measure.OPTEE_BENCH if options.operation.startswith(measure.OPTEE) else measure.BL33_BENCH
        operation = measure.Bench(options, options.image, "bench", arguments, "", *more).operation(options.operation)
        run = operation.runs[-1]
        bench = measure.Bench(options, options.image, "bench-hotspots", arguments, f",profile={run.index}", *more)
    except (measure.Failed, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"hotspots: {error}")

    executed = [(int(line[1], 16), int(line[2])) for line in bench.log if line[0] == "at"]
    repeats = run.whole()[1] / operation.s_el2
    functions, lines = collections.Counter(), collections.Counter()
    for (_, count), (function, line) in zip(executed, locate(options, [address for address, _ in executed])):
        functions[function] += count
        lines[f"{line}  {function}"] += count
    print_table(f"{options.operation}: {operation.s_el2} instructions at S-EL2, by function", functions, repeats)
    print_table("by line", lines, repeats, LINES_SHOWN)


if __name__ == "__main__":
    main()
