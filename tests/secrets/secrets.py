"""Whether vault's way depends on what it keeps: bl33 has it put, get, delete, store and fetch several values, and a QEMU plugin
follows each instruction and each address that vault executes, reads and writes (plugin.c). Whatever the value, the way must be the same.
That a different way would be seen, the names show, which vault may compare. TAP.
"""

import argparse
import collections
import os
import re
import subprocess
import sys

NAME = "secrets"
SECONDS = 120


def boot(options):
    command = [*options.boot, "once", "--image", options.image, "--icount", "shift=3,sleep=off", "--plugin", options.plugin,
               "--append", "suite=secrets", "--name", NAME, "--seconds", str(SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("secret ")]
    with open(os.path.join(options.build, "logs", NAME + "-plugin.log"), encoding="utf-8") as file:
        ways = [tuple(match.groups()) for match in re.finditer(r"^between (\d+) (\d+) (\w+)$", file.read(), re.M)]
    if len(said) != len(ways) or not said:
        sys.exit(f"secrets: {len(said)} operations and {len(ways)} followed; {' '.join(done.stderr.split())}")
    return said, ways


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--plugin", required=True)
    parser.add_argument("boot", nargs="+", help="the command that boots: tools/boot.py with its options")
    options = parser.parse_args()
    found = collections.defaultdict(set)
    wrong = collections.Counter()
    values = collections.Counter()
    for (operation, _, verdict), way in zip(*boot(options)):
        found[operation].add(way)
        values[operation] += 1
        wrong[operation] += verdict != "right"
    print(f"1..{len(found)}")
    for number, (operation, ways) in enumerate(found.items(), 1):
        instructions, accesses, _ = sorted(ways)[0]
        if operation == "name":
            good, what = len(ways) == values[operation], f"{values[operation]} names, which are no secrets, take {len(ways)} ways"
        else:
            good = len(ways) == 1 and int(instructions) > 0
            what = f"{operation} takes one way for {values[operation]} values: {instructions} instructions, {accesses} accesses"
        print(f"{'ok' if good and not wrong[operation] else 'not ok'} {number} - vault: {what}")


if __name__ == "__main__":
    main()
