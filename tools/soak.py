"""Everything at once under Linux, for a while, on a thread for each CPU: what the test module finds wrong, what the
kernel complains of, and what Bulkhead or a partition says that it should not, fail it. A line for each kind of message
says what became of those that were sent; the last line shows the totals.

Messages in buffers go from partition to partition. The proxy of pKVM 6.12 does not pass Linux's own (FFA_MSG_SEND2) on:
those are among them in a boot without pKVM's protection (--nvhe, make soak NVHE=1).
"""

import argparse
import re
import sys

import boot
from manifest import Refused

START_SECONDS = 240  # a boot on threads, and the account at the end, on a busy machine
UNEXPECTED = re.compile(r"bulkhead: .*\b(stops|stopped|unexpected|panic|died too often|cannot be restarted)|unexpected", re.I)
DEATH = re.compile(r"bulkhead: partition (\w+),? .*\bdies\b")
MAY_DIE = {"crasher", "crasher_queued", "phoenix_mp", "phoenix_queued"}
NVHE = " kvm-arm.mode=nvhe bulkhead_test.pkvm=0"


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
    parser.add_argument("--nvhe", action="store_true", help="without pKVM's protection, with messages in Linux's buffers")
    options = parser.parse_args()
    arguments = f"bulkhead_test.soak={options.seconds} log_buf_len=16M rcupdate.rcu_expedited=1" + (NVHE if options.nvhe else "")
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
    account = [line[len("# soak: "):] for line in boot.tap_lines(lines) if line.startswith("# soak: ")]
    for line in account[:-1]:
        print(f"  {line}")
    print(f"{account[-1] if account else 'no totals'}; {len(wrong)} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
