"""Plants small faults in core/, one at a time, and runs the fast host tests: `make mutate`.

The faults are chosen by a hash of what they change, so they stay the same while the code around them does. One that no test finds
is a failure, unless survivors.txt gives the reason why it makes no difference that a test could see; a reason that is no longer
needed is one as well. CAUGHT_LEAST per cent of all must be caught: reasons do not count.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
import faults  # noqa: E402

CAUGHT_LEAST = 95
SECONDS = 60  # a test that takes longer has caught it: it hangs
HERE = pathlib.Path("tests/mutation")

Fault = collections.namedtuple("Fault", "file line kind old new")


def chosen(seed, count):
    """More than are wanted, as some do not compile. Each file gets faults by its size."""
    found = {}
    for path in sorted(pathlib.Path("core").glob("*.c")) + sorted(pathlib.Path("core").glob("*.h")):
        text = path.read_text()
        lines = text.split("\n")
        for number, kind, new in faults.of(text):
            fault = Fault(str(path), number, kind, lines[number].strip(), new.strip())
            key = hashlib.sha256(f"{seed} {fault.file} {fault.old} {fault.new}".encode()).hexdigest()
            found.setdefault(key, fault)
    # Kinds take turns, or bounds and comparisons would be most.
    queues = collections.defaultdict(list)
    for key in sorted(found):
        queues[found[key].kind].append(found[key])
    order = []
    while any(queues.values()) and len(order) < 2 * count:
        order += [queue.pop(0) for queue in queues.values() if queue]
    return order


def reasons():
    """survivors.txt: file, line, what stands there instead, reason; blocks apart by an empty line."""
    blocks = [block.split("\n") for block in (HERE / "survivors.txt").read_text().split("\n\n") if not block.startswith("#")]
    given = {}
    for block in blocks:
        fields = dict(line.split(": ", 1) for line in block if ": " in line)
        if fields:
            given[fields["file"], fields["line"], fields["with"]] = fields["reason"]
    return given


def run(command, **keywords):
    return subprocess.run(command, capture_output=True, text=True, check=False, errors="replace", **keywords)


class Flavour:
    """core/ as a library, built with some flags, and programs that load it: objects to link, then arguments."""

    def __init__(self, name, build, flags, rest, objects, arguments):
        self.folder = build / name
        self.flags = flags
        self.rest = rest
        self.objects = objects
        self.arguments = arguments
        self.programs = []

    def link(self):
        for objects in self.objects:
            name = self.folder / pathlib.Path(objects[0]).name.split(".")[0]
            done = run([*self.flags, "-rdynamic", "-o", str(name), *objects, "-Wl,--whole-archive", *self.rest, "-Wl,--no-whole-archive",
                        f"-L{self.folder}", "-lcore", "-lcmocka"])
            if done.returncode:
                sys.exit(done.stderr)
            self.programs.append([str(name), *self.arguments])

    def library(self, folder, headers=None):
        sources = sorted(pathlib.Path("core").glob("*.c"))
        objects = []
        for source in sources:
            mutated = folder / source
            obj = folder / (source.name + ".o")
            if headers or mutated.exists() or folder == self.folder:
                done = run([self.flags[0], f"-I{folder}", *self.flags[1:], "-fPIC", "-c", str(mutated if mutated.exists() else source), "-o", str(obj)])
                if done.returncode:
                    return False
            else:
                obj = self.folder / obj.name
            objects.append(str(obj))
        return run([*self.flags, "-shared", "-o", str(folder / "libcore.so"), *objects]).returncode == 0

    def plant(self, fault, text, folder):
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "core").mkdir(parents=True)
        (folder / fault.file).write_text(text)
        return self.library(folder, headers=fault.file.endswith(".h"))

    def catcher(self, folder, subject=""):
        """The first program that fails with the library of the folder; None. What has the subject's name is first, as it most often fails."""
        environment = dict(os.environ, LD_LIBRARY_PATH=str(folder), CMOCKA_MESSAGE_OUTPUT="TAP", ASAN_OPTIONS="detect_leaks=0")
        for program in sorted(self.programs, key=lambda program: subject not in program[0]):
            try:
                if run(program, env=environment, timeout=SECONDS).returncode:
                    return os.path.basename(program[0])
            except subprocess.TimeoutExpired:
                return f"{os.path.basename(program[0])} hangs"
        return None


def text_with(fault):
    lines = pathlib.Path(fault.file).read_text().split("\n")
    lines[fault.line] = fault.new
    return "\n".join(lines)


def verdict(flavours, fault, folder):
    """Who catches it; "" for nobody, None where it does not compile."""
    text = text_with(fault)
    for flavour in flavours:
        here = pathlib.Path(folder) / flavour.folder.name
        if not flavour.plant(fault, text, here):
            return None
        who = flavour.catcher(here, pathlib.Path(fault.file).stem.split("_")[0])
        if who:
            return who
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--result", type=pathlib.Path, help="a JSON file for the figures")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--flavour", nargs=5, action="append", metavar=("NAME", "COMPILER", "REST", "OBJECTS", "ARGUMENTS"), required=True,
                        help="compiler with flags; what all programs are linked with; a program's own objects, programs apart by semicolons")
    options = parser.parse_args()

    flavours = [Flavour(name, options.build, shlex.split(compiler), shlex.split(rest), [program.split() for program in objects.split(";")],
                        arguments.split()) for name, compiler, rest, objects, arguments in options.flavour]
    for flavour in flavours:
        flavour.folder.mkdir(parents=True, exist_ok=True)
        if not flavour.library(flavour.folder):
            sys.exit(f"mutate: core/ does not compile as {flavour.folder.name}")
        flavour.link()
        who = flavour.catcher(flavour.folder)
        if who:
            sys.exit(f"mutate: {who} fails without a fault")

    given, caught, survived, used = reasons(), 0, 0, set()
    unexplained = []
    order = iter(chosen(options.seed, options.count))
    print("TAP version 13")
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        pending = {}

        def start():
            fault = next(order, None)
            if fault is not None:
                pending[pool.submit(verdict, flavours, fault, options.build / f"fault{len(pending)}-{id(fault)}")] = fault

        while caught + survived + len(pending) < options.count or pending:
            while len(pending) < options.jobs and caught + survived + len(pending) < options.count:
                before = len(pending)
                start()
                if len(pending) == before:
                    break
            if not pending:
                break
            done, _ = concurrent.futures.wait(pending, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                fault = pending.pop(future)
                who = future.result()
                if who is None:
                    continue
                what = f"{fault.file}:{fault.line + 1}: {fault.kind}: {fault.old} -> {fault.new}"
                if who:
                    caught += 1
                    print(f"ok {caught + survived} - {what}: {who}", flush=True)
                    continue
                survived += 1
                reason = given.get((fault.file, fault.old, fault.new))
                used.add((fault.file, fault.old, fault.new))
                if reason is None:
                    unexplained.append(fault)
                print(f"{'not ok' if reason is None else 'ok'} {caught + survived} - survives: {what}: {reason or 'no reason is known'}", flush=True)
    total = caught + survived
    if options.result:
        options.result.write_text(json.dumps({"planted": total, "caught": caught}) + "\n", encoding="utf-8")
    enough = 100 * caught >= CAUGHT_LEAST * total and total >= options.count
    print(f"{'ok' if enough else 'not ok'} {total + 1} - {caught} of {total} faults are caught, {CAUGHT_LEAST} per cent must be")
    stale = set(given) - used if options.seed == "1" else set()
    print(f"{'not ok' if stale else 'ok'} {total + 2} - every reason of survivors.txt is needed: {sorted(stale) or 'yes'}")
    print(f"1..{total + 2}")
    sys.exit(bool(unexplained or stale or not enough))


if __name__ == "__main__":
    main()
