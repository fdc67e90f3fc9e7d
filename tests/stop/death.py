"""What the Secure console says when a partition dies in the machine (core/report.c): who, why, the chain of callers, the state of
every vCPU, the registers, and then the last steps of every CPU, none of them twice. TAP.
"""

import argparse
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../tools"))
import boot

IMAGE, DEATH = "test-smp4-1G", "chain_abort"  # crasher calls crasher_mp, which calls FFA_ABORT
CPUS, REPORTED = 4, 64  # TRACE_REPORTED of core/limits.h
REASON = "it called FFA_ABORT"
SECONDS = 180
RECORD = re.compile(r"^trace (\d) 0x\w+ 0x(\w+) (?:0x\w+ ){5}-?\d+ (.*)$|^trace (\d) 0x\w+ 0x(\w+)(?: 0x\w+){6}$", re.M)


def console(options):
    one = boot.Boot(boot.Tools(options), IMAGE, payload="bl33", append="death=" + DEATH, icount=boot.TEST_CLOCK, name="stop-death")
    _, ended = one.capture(SECONDS)
    with open(one.secure_log, encoding="utf-8", errors="replace") as file:
        said = file.read().replace("\r", "")
    return "" if ended else said


def records(text):
    """Of each CPU the numbers of its records, as printed; and the reasons in them."""
    numbers, reasons = {}, []
    for cpu, word, reason, other, its in RECORD.findall(text):
        numbers.setdefault(int(cpu or other), []).append(int(word or its, 16) & 0xFFFFFFFF)
        reasons.append(reason)
    return numbers, reasons


def checks(said):
    head, _, rest = said.partition(f"bulkhead: partition crasher_mp, context 0 on cpu 0, dies: {REASON}\n")
    yield "who died, where and why", rest != ""
    yield "who called it, and who that", rest.startswith("  chain: crasher_mp 0, called by crasher 0, called by the Normal world\n")
    yield "the state of every vCPU", re.search(r"^  vCPUs \(.*\): echo \w vault w{4}o{4} .*crasher b crasher_mp rw{3}o{4} ", rest, re.M)
    yield "where it was", re.search(r"^  pc 0x[1-9a-f]\w+ pstate 0x\w+$", rest, re.M)
    yield "all of its registers", re.findall(r" x(\d+) 0x\w+", rest) == [str(number) for number in range(31)]
    yield "the call that it made", "  x0 0xc4000090 x1 " in rest
    numbers, reasons = records(rest)
    before, _ = records(head)
    yield "steps of every CPU", sorted(numbers) == list(range(CPUS))
    yield f"{REPORTED} of each at most", all(len(those) <= REPORTED for those in numbers.values())
    yield "in their order", all(those == sorted(those) for those in numbers.values())
    yield "the step that it died in", reasons.count(REASON) == 1
    every = [number for printed in (before, numbers) for those in printed.values() for number in those]
    yield "none that an earlier report had", len(set(every)) == len(every)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("board", "qemu", "cache", "build"):
        parser.add_argument("--" + name, required=True)
    results = list(checks(console(parser.parse_args())))
    print(f"1..{len(results)}")
    for number, (what, good) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - a partition that dies: Bulkhead tells {what}")


if __name__ == "__main__":
    main()
