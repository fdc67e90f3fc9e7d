"""What inputs reached of a folder, from gcov's JSON, and a list of what they do not:

    reached.py OBJECTS FOLDER LIST TAP

A line of LIST is `FILE FUNCTION: reason`. A function of which a line was not reached must be there, with a reason; one of
which all lines were must not be. Prints lines and branches of each file.
"""

import re
import sys

from coverage import gcov, percent, print_table
from tally import write


def unreached(objects, folder):
    """{(file, function): lines that were not reached}; an inline function's may be reached from any object."""
    lines = {}
    for file in gcov(objects, folder):
        for line in file["lines"]:
            if "function_name" in line:
                key = (file["file"], line["function_name"], line["line_number"])
                lines[key] = lines.get(key, False) or line["count"] > 0
    found = {}
    for (file, function, number), reached in lines.items():
        if not reached:
            found.setdefault((file, function), []).append(number)
    return found


def read(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                entry = re.match(r"(\S+) (\S+): (\S.*)", line)
                if not entry:
                    sys.exit(f"{path}: a line is not FILE FUNCTION: reason: {line.strip()}")
                yield (entry[1], entry[2])


def main(objects, folder, path, tap):
    lines, run, branches, taken = print_table(objects, folder)
    found, listed = unreached(objects, folder), list(read(path))
    missing = [f"{key[0]} {key[1]}: line {', '.join(map(str, sorted(found[key])))}" for key in sorted(found) if key not in listed]
    stale = [f"{file} {function}" for file, function in listed if (file, function) not in found]
    results = [("what the corpus does not reach has a reason", missing), ("what has a reason is not reached", stale)]
    tap_lines = ["1..2"]
    for number, (name, wrong) in enumerate(results, 1):
        tap_lines.append(f"{'not ok' if wrong or not branches else 'ok'} {number} - {name}")
        for line in wrong:
            print(f"  {name}: not so of {line}")
    tap_lines.append(f"# {percent(run, lines).strip()} of the lines of {folder}/ and {percent(taken, branches).strip()} of its branches are reached")
    write(tap, tap_lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
