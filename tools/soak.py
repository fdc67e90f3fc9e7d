"""Everything at once under Linux, for a while, on a thread for each CPU: what the test module finds wrong, what the
kernel complains of, and what Bulkhead or a partition says that it should not, fail it. The last line shows the totals.
"""

import argparse
import re
import sys

import boot
from manifest import Refused

START_SECONDS = 240  # a boot on threads, and the account at the end, on a busy machine
UNEXPECTED = re.compile(r"bulkhead: .*\b(stops|stopped|unexpected|panic)|unexpected", re.I)
DEATH = re.compile(r"bulkhead: partition (\w+),? .*\bdies\b")
MAY_DIE = {"crasher", "crasher_mp", "crasher_queued"}


def problems(lines, ended, secure):
    """What is wrong, a line each."""
    if ended:
        yield ended
    tap = list(boot.tap_lines(lines))
    if not any(line.startswith("ok 1 ") for line in tap):
        yield "the account is wrong, or there is none"
    for before, line in zip(tap, tap[1:]):
        if before.startswith("not ok "):
            yield line
    yield from (line for line in lines if line.startswith("complaint: "))
    for line in secure:
        dead = DEATH.search(line)
        if UNEXPECTED.search(line) or (dead and dead[1] not in MAY_DIE):
            yield line


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("board", "qemu", "cache", "build", "image"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    options = parser.parse_args()
    arguments = f"bulkhead_test.soak={options.seconds} log_buf_len=16M rcupdate.rcu_expedited=1"
    try:
        machine = boot.Boot(boot.Tools(options), options.image, mode="soak", append=arguments, threads="multi", name="soak")
        print(f"  {'SOAK':<7} {options.seconds} s on {machine.cpus} CPUs: {machine.normal_log}", flush=True)
        lines, ended = machine.capture(options.seconds + START_SECONDS)
        with open(machine.secure_log, encoding="utf-8", errors="replace") as file:
            wrong = list(problems(lines, ended, file.read().splitlines()))
    except (Refused, OSError) as error:
        sys.exit(f"soak: {error}")
    for line in wrong:
        print(f"  {line}")
    totals = [line[len("# soak: "):] for line in boot.tap_lines(lines) if line.startswith("# soak: ")]
    print(f"{'; '.join(totals) or 'no totals'}; {len(wrong)} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
