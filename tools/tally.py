"""Count what the tests said. Every layer leaves TAP files in build/results/LAYER; the last line of a run is
"N passed, N failed". A plan that was not kept, a missing plan and a test program that died are failures of their own.

    tally.py run [--one NAME] FILE COMMAND…   run a test program, show its output, keep its TAP in FILE
    tally.py total RESULTS LAYER…             a line for each layer, each failure by name, then the tally
"""

import glob
import os
import re
import subprocess
import sys

END = "# ended: "


def write(path, lines, ended=None):
    """Keep TAP lines; `ended` says what cut the program short, if anything did."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)
        file.write(END + (ended or "well") + "\n")


class Count:
    """What one TAP file says."""

    def __init__(self, path):
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.passed, self.failures, self.planned, seen, ended = 0, [], None, 0, "without a word"
        with open(path, encoding="utf-8") as file:
            for line in file:
                result = re.match(r"(not )?ok\b(?: \d+)?(?: -)? ?(.*)", line)
                if result:
                    seen += 1
                    if result[1] and not re.search(r"# TODO\b", line):
                        self.failures.append(result[2] or f"test {seen}")
                    else:
                        self.passed += 1
                elif plan := re.match(r"1\.\.(\d+)", line):
                    self.planned = (self.planned or 0) + int(plan[1])
                elif line.startswith("Bail out!"):
                    ended = line.strip()
                elif line.startswith(END):
                    ended = None if line[len(END):].strip() == "well" else line[len(END):].strip()
        if ended and not (self.failures and ended.startswith("status ")):
            self.failures.append(ended)
        if self.planned is None:
            self.failures.append("no plan: nothing ran")
        elif self.planned != seen and not ended:
            self.failures.append(f"{self.planned} tests were planned, {seen} reported")


def run(arguments):
    one = None
    if arguments[0] == "--one":
        one, arguments = arguments[1], arguments[2:]
    path, command = arguments[0], arguments[1:]
    print(f"  {'TEST':<7} {os.path.splitext(os.path.basename(path))[0]}", flush=True)
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        output, status = done.stdout.decode("utf-8", "replace").splitlines(), done.returncode
    except OSError as error:
        output, status = [str(error)], 127
    ended = None if status == 0 else f"status {status}" if status > 0 else f"killed by signal {-status}"
    reasons = [line.strip() for line in output if re.search(r"runtime error|ERROR: |broken|: error:", line)]
    if ended and reasons:
        ended += f" ({reasons[0]})"
    tap = ["1..1", ("not ok" if status else "ok") + " 1 - " + one] if one else output
    write(path, tap, None if one else ended)
    if status or re.search(r"^not ok", "\n".join(tap), re.M):
        print("\n".join(output[-25:] if one else output))
    elif not one:
        for line in output:
            if line.startswith("# "):
                print("  " + line)
    return 0


def promised(layer):
    """How many tests README.md says that a layer has, at least; 0 where it says nothing."""
    words = {"bl33": "bare metal", "linux": "Linux"}.get(layer)
    with open(os.path.join(os.path.dirname(__file__), "..", "README.md"), encoding="utf-8") as file:
        row = re.search(r"^\| tests on the target, at least \|(.*)", file.read(), re.M)
    number = words and row and re.search(rf"{words} ([\d,]+)", row[1])
    return int(number[1].replace(",", "")) if number else 0


def total(arguments):
    results, layers = arguments[0], arguments[1:]
    passed = failed = 0
    print()
    for layer in layers:
        counts = [Count(path) for path in sorted(glob.glob(os.path.join(results, layer, "*.tap")))]
        failures = [f"{count.name}: {failure}" for count in counts for failure in count.failures]
        if not counts:
            failures = ["nothing ran"]
        good = sum(count.passed for count in counts)
        if good < promised(layer):
            failures.append(f"README.md says that there are at least {promised(layer)} tests")
        print(f"  {layer:<8} {good:5} passed {len(failures):5} failed")
        for failure in failures:
            print(f"           {failure}")
        passed, failed = passed + good, failed + len(failures)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit({"run": run, "total": total}[sys.argv[1]](sys.argv[2:]))
