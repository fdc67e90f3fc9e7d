"""One boot of the payload's measurements, and the figures in it.

The payload (normal/bl33/bench.c, or in Linux normal/linux/optee/bench.c) prints a line for each operation: its name, how its
marked runs become a figure, the number of repetitions, and whether every answer was right. The plugin (plugin.c) logs the counts at each mark.
"""

import os
import re
import subprocess

LEVELS = ("el3", "s_el2", "s_el1", "lock", "normal")  # as the plugin counts
SECONDS = 300

# How emulated CPUs get their time: by counted instructions, one after the other, so that figures of one CPU repeat (for tests,
# idle time passes at once); or all at once, as threads of the host.
TURNS = ("--icount",)
TESTS = ("--icount", "shift=3,sleep=off")
THREADS = ("--threads", "multi")

LINUX_TESTS = ("--payload", "linux", "--mode", "test")
LINUX = "rcupdate.rcu_expedited=1"  # its arguments

# What measures an operation: arguments of the payload and the plugin, clock, payload. Linux is interrupted seldom by a clock
# with a nanosecond an instruction.
BL33_BENCH = ("suite=bench", "", TURNS)
OPTEE = "optee_"  # so begin the names of its operations
OPTEE_BENCH = ("", "", ("--icount", "shift=0,sleep=off"), ("--payload", "linux", "--mode", "bench"))


class Failed(Exception):
    """A boot that gave no figures, said in one line."""


class Mark:
    """What the plugin wrote at a mark."""

    def __init__(self, words):
        numbers = [int(word) for word in words[2:]]
        self.now, self.at_entry, self.longest = numbers[:len(LEVELS)], numbers[len(LEVELS):-1], numbers[-1]


class Run:
    """What was executed between two marks, by level."""

    def __init__(self, index, begin, end):
        self.index, self.begin, self.end, self.longest = index, begin, end, end.longest

    def whole(self):
        return [after - before for before, after in zip(self.begin.now, self.end.now)]

    def last_stay(self):
        """From the last entry to S-EL2 on."""
        return [after - before for before, after in zip(self.end.at_entry, self.end.now)]


class Operation:
    """Mean instructions of one operation, by level."""

    def __init__(self, name, how, count, right, runs):
        if how == "least":  # in the others, Linux did other things as well
            runs, count = [min(runs, key=lambda run: sum(run.whole()))], 1
        self.name, self.right, self.runs = name, right, runs
        self.longest = max(run.longest for run in runs)
        if how == "difference":
            sums = [long - short for short, long in zip(runs[0].whole(), runs[1].whole())]
        elif how == "exit":
            sums = [sum(column) for column in zip(*(run.last_stay() for run in runs))]
        else:
            sums = runs[0].whole()
        means = [total // count if total % count == 0 else round(total / count, 2) for total in sums]
        self.el3, self.s_el2, self.s_el1, self.lock, self.normal = means
        self.total = round(sum(means[:4]), 2)

    def figures(self):
        return {"operation": self.name, "el3": self.el3, "s_el2": self.s_el2, "lock": self.lock, "s_el1": self.s_el1, "total": self.total}


class Bench:
    """One boot: its operations, its TAP, and the longest stretches at S-EL2, in the start-up and after it."""

    def __init__(self, options, image, name, arguments, plugin_argument="", clock=TURNS, payload=()):
        lines = boot(options, image, name, arguments, lock_argument(options) + plugin_argument, (*clock, *payload))
        with open(os.path.join(options.build, "logs", name + "-plugin.log"), encoding="utf-8") as file:
            self.log = [line.split() for line in file]
        marks = [Mark(line[1:]) for line in self.log if line[0] == "mark"]
        if len(marks) % 2:
            raise Failed(f"{name}: a measured run that does not end")
        self.tap = [line for line in lines if re.match(r"(not )?ok |1\.\.|# .*:\d+: ", line)]
        self.longest_start, self.longest = next([int(word) for word in line[1:]] for line in self.log if line[0] == "exit")
        runs = [Run(i, begin, end) for i, (begin, end) in enumerate(zip(marks[::2], marks[1::2]))]
        self.operations = list(operations(lines, runs))

    def operation(self, name):
        for operation in self.operations:
            if operation.name == name:
                return operation
        raise Failed(f"no operation '{name}': there are {', '.join(o.name for o in self.operations)}")


def lock_argument(options):
    """Where the code lies that waits for another CPU."""
    done = subprocess.run([options.nm, options.elf], capture_output=True, text=True, check=False)
    symbols = {name: int(value, 16) for value, name in re.findall(r"^(\w+) . (wait_begin|wait_end)$", done.stdout, re.M)}
    if len(symbols) != 2:
        raise Failed(f"{options.elf}: no symbols wait_begin and wait_end")
    return f",lock={symbols['wait_begin']:#x}-{symbols['wait_end']:#x}"


def boot(options, image, name, arguments, plugin_argument, more, seconds=SECONDS):
    """The lines of the Normal console; without the plugin if that has no arguments."""
    plugin = () if plugin_argument is None else ("--plugin", options.plugin + plugin_argument)
    command = [*options.boot, "once", "--image", image, *more, *plugin, "--append", arguments, "--name", name, "--seconds", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    bail = [line for line in lines if line.startswith("Bail out!")]
    if done.returncode or bail:
        raise Failed(f"{name}: " + (bail or done.stderr.splitlines() or ["the boot failed"])[-1])
    return lines


def operations(lines, runs):
    """Hands the marked runs out, in the order of the payload's lines."""
    used = 0
    for line in lines:
        words = line.split()
        if len(words) == 5 and words[0] == "bench":
            name, how, count = words[1], words[2], int(words[3])
            number = {"mean": 1, "difference": 2, "exit": count, "least": count}[how]
            if used + number > len(runs):
                raise Failed(f"{name}: the plugin's log has no marks for it")
            yield Operation(name, how, count, words[4] == "right", runs[used:used + number])
            used += number


def add_options(parser):
    parser.add_argument("--build", required=True)
    parser.add_argument("--image", required=True, help="a folder in build/images, with the test partitions")
    parser.add_argument("--plugin", required=True)
    parser.add_argument("--elf", required=True, help="Bulkhead, with symbols")
    parser.add_argument("--nm", required=True)
    parser.add_argument("boot", nargs="+", help="the command that boots: tools/boot.py with its options")
