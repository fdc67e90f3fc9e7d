"""Would the rogues notice? Faults of planted.txt in core/ and aarch64/, one at a time, built in a folder of their own: a short run
on one thread must report each, and nothing of a sound Bulkhead built there. TAP. Bulkhead is built by the command --make, and
packed by --pack with SPMC and OUT for the two files.
"""

import argparse
import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import time

import rogue
from rogue import measure

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import planted  # noqa: E402

PARTS = ("abi", "core", "aarch64", "platform", "tools")  # and the Makefile: what Bulkhead is built from
SPMC = "build/spmc/bulkhead.bin"
IMAGE = "rogue-planted"
STEPS, SECONDS = 50, 60  # of the sound one
HANGS = 4  # times as long as that took, or a few seconds


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    """Only if it changes: what was built from it stays."""
    if not os.path.exists(path) or read(path) != data:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)


def files(top, parts):
    """All below these folders of `top`, by their names from there."""
    return {os.path.relpath(os.path.join(folder, name), top) for part in parts for folder, _, names in os.walk(os.path.join(top, part))
            for name in names if not name.endswith(".pyc")}


def copy(tree):
    """The sources as they are now; what is gone from here is gone there."""
    wanted = files(".", PARTS) | {"Makefile"}
    for name in files(tree, PARTS) - wanted:
        os.remove(os.path.join(tree, name))
    for name in wanted:
        write(os.path.join(tree, name), read(name))


def run(command):
    """What it said, if it failed. A make in it is none of the make that runs this."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    done = subprocess.run(shlex.split(command), env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    return done.stdout if done.returncode else None


class Bulkhead:
    """The copy of the sources, where faults are planted."""

    def __init__(self, options):
        self.options, self.tree = options, os.path.abspath(os.path.join(options.build, "rogue", "tree"))
        options.image = IMAGE
        copy(self.tree)

    def build(self):
        out = os.path.join(self.options.build, "images", IMAGE)
        return (run(f"{self.options.make} -C {self.tree} BUILD=build {SPMC}") or
                run(self.options.pack.replace("SPMC", os.path.join(self.tree, SPMC)).replace("OUT", out)))

    def attack(self, steps, seconds, seed=1):
        """What the account says against it."""
        checks = rogue.Checks()
        self.options.seed = seed
        rogue.START_SECONDS = int(seconds)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                rogue.check_turns(self.options, checks, steps, 1)
        except (measure.Failed, OSError, LookupError) as error:
            checks.add(False, f"the boot ends well ({error})")
        return [line for line in checks.lines if line.startswith("not ok")]

    def sound(self):
        """What is wrong without a fault, and how long that took."""
        wrong = self.build()
        began = time.monotonic()
        said = [wrong] if wrong else self.attack(STEPS, SECONDS)
        return "; ".join(said), time.monotonic() - began

    def misses(self, fault, seconds):
        """Why it was not found, if it was not."""
        text = planted.text_with(fault)
        if text is None:
            return planted.AMBIGUOUS
        changed = os.path.join(self.tree, fault["file"])
        write(changed, text.encode())
        try:
            wrong = self.build()
        finally:
            write(changed, read(fault["file"]))
        said = [] if wrong else self.attack(int(fault["steps"]), seconds, int(fault.get("seed", 1)))
        if any(re.search(fault["caught"], line) for line in said):
            return None
        return wrong or (f"found in another way: {said[0]}" if said else "nothing is found")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    measure.add_options(parser)
    for name in ("make", "pack"):
        parser.add_argument("--" + name, required=True)
    bulkhead = Bulkhead(parser.parse_args())
    faults = planted.faults(os.path.join(HERE, "planted.txt"))
    print(f"1..{1 + len(faults)}")
    wrong, seconds = bulkhead.sound()
    results = [("nothing is found where nothing was planted", wrong)]
    if not wrong:
        results += [(f"found: {fault['bug']}", bulkhead.misses(fault, 3 + HANGS * seconds)) for fault in faults]
    for number, (name, problem) in enumerate(results, 1):
        print(f"{'not ok' if problem else 'ok'} {number} - {name}" + "".join(f"\n# {line}" for line in (problem or "").splitlines()))


if __name__ == "__main__":
    main()
