"""The rogue Normal world and its partitions (normal/bl33/suite_rogue.c, partitions/rogue), booted from a seed.

On threads, with the plugin of the bench: the account that the payload gives, what each call of the honest CPU cost in
instructions, and that nobody but the rogues died. With --turns on one thread whose clock counts instructions: then the same
seed makes the same calls, and the digest of all their registers is the same. --replay does that twice.
"""

import argparse
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../bench"))
import measure  # noqa: E402

TURNS = ("--icount", "shift=3,sleep=off")
STEPS_A_SECOND = 20  # of each CPU, at least, on one thread
START_SECONDS = 180  # the boot, and the account at the end, on a busy machine

# What a call of the honest CPU may take at EL3 and S-EL2, without waiting for the lock; and what a stretch at S-EL2 may: each
# time that it enters S-EL2 it waits for one stretch of each other CPU at most. docs/VERIFICATION.md. The longest stretch is that
# of the bench, send_512_overlap of tests/bench/budgets.json.
VAULT_MOST, ECHO_MOST, STRETCH_MOST = 5000, 50000, 125000

UNEXPECTED = re.compile(r"bulkhead: .*\b(stops|stopped|unexpected|panic)|unexpected", re.I)
DEATH = re.compile(r"bulkhead: partition (\w+),? .*\bdies\b")
MAY_DIE = {"rogue", "rogue_queued"}
STATUSES = ("no error", "NOT_SUPPORTED", "INVALID_PARAMETERS", "NO_MEMORY", "BUSY", "INTERRUPTED", "DENIED", "RETRY", "ABORTED", "NO_DATA",
            "NOT_READY", "unknown call")


class Checks:
    """TAP lines, with what was wrong under each that failed."""

    def __init__(self):
        self.lines, self.count, self.failed = [], 0, 0

    def add(self, good, name, *details):
        self.count += 1
        self.failed += not good
        self.lines.append(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        self.lines += [f"# {detail}" for detail in details if not good]

    def take(self, tap):
        """What the payload said: its own numbers do not matter."""
        for line in tap:
            result = re.match(r"(not )?ok \d+ - (.*)", line)
            if result:
                self.add(not result[1], result[2])
            elif not line.startswith(("# rogue", "# bl33", "# no partition")):
                self.lines.append(line)


class Attack:
    """One boot."""

    def __init__(self, options, name, arguments, more, seconds, plugin=True):
        argument = measure.lock_argument(options) + ",calls=on" if plugin else None
        self.lines = measure.boot(options, options.image, name, arguments, argument, (*more, "--payload", "bl33"),
                                  seconds + START_SECONDS)
        self.words = {}
        for line in self.lines:
            if line.startswith("# rogue "):
                words = line.split()[2:]
                self.words.setdefault(words[0], []).append(words)
        self.tap = [line for line in self.lines if re.match(r"(not )?ok |# ", line)]
        self.logs = os.path.join(options.build, "logs", name)
        with open(self.logs + "-secure.log", encoding="utf-8", errors="replace") as file:
            self.secure = file.read().splitlines()

    def figures(self):
        with open(self.logs + "-plugin.log", encoding="utf-8") as file:
            log = [line.split() for line in file]
        calls = [[int(word) for word in line[1:]] for line in log if line[0] == "calls"]
        return next(int(line[2]) for line in log if line[0] == "exit"), *calls

    def digest(self):
        return self.words["seed"][0]

    def totals(self):
        """For docs/VERIFICATION.md."""
        made = sum(int(count) for _, _, count in self.words["status"]) + int(self.words["partitions"][0][2])
        honest = self.words["honest"][0]
        return f"# {made} calls by attackers, {int(honest[2]) + int(honest[4])} answers checked"

    def others_trouble(self):
        for line in self.secure:
            dead = DEATH.search(line)
            if UNEXPECTED.search(line) or (dead and dead[1] not in MAY_DIE):
                yield line


def pairs(words):
    """NAME NUMBER NAME NUMBER: of what is not zero."""
    return ", ".join(f"{name} {number}" for name, number in words if number != "0")


def print_account(attack):
    print(f"  seed {attack.words['seed'][0][1]}, {attack.words['seed'][0][3]} steps of the Normal world, digest {attack.words['seed'][0][5]}")
    print("  random calls, and how many were not refused: "
          + ", ".join(f"{name} {made} ({taken})" for _, name, made, taken in attack.words["call"] if made != "0"))
    print("  answers: " + pairs((STATUSES[int(status)], count) for _, status, count in attack.words["status"]))
    for key in ("requests", "partitions", "memory", "honest"):
        print("  " + " ".join(attack.words[key][0]))


def check_attack(options, checks):
    attack = Attack(options, "rogue-threads", f"rogue={options.seed} rogue-seconds={options.seconds}", measure.THREADS, options.seconds)
    checks.take(attack.tap)
    trouble = list(attack.others_trouble())
    checks.add(not trouble, "nobody but the rogues died, and Bulkhead complained of nothing", *trouble)
    longest, vault, echo = attack.figures()
    checks.add(vault[0] > 100 and vault[1] <= VAULT_MOST, f"a call to vault takes at most {VAULT_MOST} instructions at EL3 and S-EL2",
               f"one took {vault[1]}, of {vault[0]}")
    checks.add(echo[0] > 100 and echo[1] <= ECHO_MOST, f"a call to echo takes at most {ECHO_MOST} instructions at EL3 and S-EL2",
               f"one took {echo[1]}, of {echo[0]}")
    checks.add(longest <= STRETCH_MOST, f"no stretch at S-EL2 is above {STRETCH_MOST} instructions", f"one is {longest}")
    checks.lines.append(attack.totals())
    print_account(attack)
    print(f"  most instructions of a call at EL3 and S-EL2: vault {vault[1]} of {vault[0]} calls, echo {echo[1]} of {echo[0]};"
          f" longest stretch at S-EL2 {longest}")


def check_turns(options, checks, steps, boots):
    """The same seed, so many times."""
    attacks = [Attack(options, f"rogue-turns-{i}", f"rogue={options.seed} rogue-steps={steps}", TURNS, steps // STEPS_A_SECOND, plugin=False) for i in range(boots)]
    for attack in attacks[:1]:
        checks.take(attack.tap)
        trouble = list(attack.others_trouble())
        checks.add(not trouble, "nobody but the rogues died, and Bulkhead complained of nothing", *trouble)
        print_account(attack)
    if boots > 1:
        digests = [" ".join(attack.digest()) for attack in attacks]
        checks.add(len(set(digests)) == 1, "the same seed makes the same calls and gets the same answers", *digests)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    measure.add_options(parser)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--turns", type=int, help="on one thread, until each CPU has made so many steps")
    parser.add_argument("--replay", type=int, help="twice on one thread, as well, with so many steps of each CPU")
    parser.add_argument("--tap", help="folder for the checks, as TAP")
    options = parser.parse_args()
    checks = Checks()
    try:
        if options.turns:
            check_turns(options, checks, options.turns, 1)
        else:
            check_attack(options, checks)
        if options.replay:
            check_turns(options, checks, options.replay, 2)
    except (measure.Failed, OSError) as error:
        checks.add(False, f"the boot ends well ({error})")
    if options.tap:
        os.makedirs(options.tap, exist_ok=True)
        with open(os.path.join(options.tap, "rogue.tap"), "w", encoding="utf-8") as file:
            file.write("\n".join([f"1..{checks.count}", *checks.lines, "# ended: well", ""]))
    else:
        print("\n".join(line for line in checks.lines))
    print(f"rogue: {checks.count - checks.failed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
