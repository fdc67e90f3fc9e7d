"""What each hardening measure costs: instructions at S-EL2 that it adds to messages, and bytes that stay in memory.

Each is measured alone, against a build without any (`plain`); the last line is the build with all of them. The figures
go to BUILD/hardening.json as well, from where tools/verification.py has them. A record of the trace may take RECORD_MOST
instructions: more fails.
"""

import argparse
import json
import os
import sys

import measure

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools"))
from image import symbols

RECORD_MOST, RECORDS = 40, 2  # of a message there and back: a step each
OPERATIONS = ("direct_32", "direct_64", "direct_req2", "direct_partition", "direct_s_el0")


def figures(options, image, elf, name):
    bench = measure.Bench(argparse.Namespace(**vars(options) | {"elf": elf}), image, name, "suite=bench")
    where = symbols(options.nm, elf)
    return [bench.operation(operation).s_el2 for operation in OPERATIONS] + [where["resident_end"] - where["image_begin"]]


def check_records(table):
    most = max((table["trace"][operation] - table["plain"][operation]) / RECORDS for operation in OPERATIONS)
    print(f"a record of the trace takes {most:g} instructions at most, and may take {RECORD_MOST}")
    if most > RECORD_MOST:
        sys.exit("hardening: a record takes more than it may")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    measure.add_options(parser)
    parser.add_argument("--variants", nargs="+", required=True)
    options = parser.parse_args()
    builds = [(variant, f"{variant}-{options.image}", os.path.join(options.build, "variants", variant, "spmc/bulkhead.elf"))
              for variant in options.variants] + [("all", options.image, options.elf)]
    columns = "{:<12}" + "{:>18}" * (len(OPERATIONS) + 1)
    print(columns.format("measure", *OPERATIONS, "bytes"))
    plain, table = None, {}
    try:
        for variant, image, elf in builds:
            found = figures(options, image, elf, "bench-" + variant)
            plain = plain or found
            table[variant] = dict(zip((*OPERATIONS, "bytes"), found))
            print(columns.format(variant, *(f"{count} ({count - least:+})" if plain is not found else count for count, least in zip(found, plain))), flush=True)
    except (measure.Failed, OSError) as error:
        sys.exit(f"hardening: {error}")
    check_records(table)
    with open(os.path.join(options.build, "hardening.json"), "w", encoding="utf-8") as file:
        json.dump(table, file, indent=1)


if __name__ == "__main__":
    main()
