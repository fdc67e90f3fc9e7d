"""Lines and branches of a folder that the unit tests ran, a table from gcov's JSON:

    coverage.py OBJECTS FOLDER LEAST TAP    fewer than LEAST percent of the branches are a failure in the file TAP

A branch counts when it was taken at least once. Several programs share one build, so their counts are already summed;
a header is part of several objects, and what was taken in one of them counts.
"""

import json
import os
import subprocess
import sys

from tally import write


def gcov(objects, folder):
    """What gcov says of each source file of the folder, once for each object that it is part of."""
    for where, _, names in os.walk(os.path.join(objects, folder)):
        for name in names:
            if not name.endswith(".gcno"):
                continue
            done = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout", os.path.join(where, name)],
                                  capture_output=True, check=False)
            if done.returncode or not done.stdout.strip():
                continue
            for file in json.loads(done.stdout.splitlines()[0])["files"]:
                if file["file"].startswith(folder + "/"):
                    yield file


def measure(objects, folder):
    """{file: (lines, lines run, branches, branches taken)}"""
    lines = {}
    branches = {}
    for file in gcov(objects, folder):
        run = lines.setdefault(file["file"], {})
        taken = branches.setdefault(file["file"], {})
        for line in file["lines"]:
            number = line["line_number"]
            run[number] = run.get(number, False) or line["count"] > 0
            for place, branch in enumerate(line["branches"]):
                taken[number, place] = taken.get((number, place), False) or branch["count"] > 0
    return {name: (len(lines[name]), sum(lines[name].values()), len(branches[name]), sum(branches[name].values())) for name in lines}


def percent(part, whole):
    return f"{100 * part / whole:6.1f} %" if whole else "       -"


def print_table(objects, folder):
    """Prints what `measure` found, and returns of all files what it found of each."""
    found = measure(objects, folder)
    found["total"] = tuple(sum(column) for column in zip(*found.values())) or (0, 0, 0, 0)
    print(f"\n  {'file':<28} {'lines':>14} {'branches':>16}")
    for name, (lines, run, branches, taken) in sorted(found.items(), key=lambda item: (item[0] == "total", item[0])):
        print(f"  {name:<28} {lines:5} {percent(run, lines)} {branches:7} {percent(taken, branches)}")
    return found["total"]


def main(objects, folder, least, tap):
    _, _, branches, taken = print_table(objects, folder)
    enough = branches > 0 and 100 * taken >= int(least) * branches
    result = f"{'ok' if enough else 'not ok'} 1 - {least} % of the branches of {folder}/ are taken"
    write(tap, ["1..1", result, f"# {100 * taken / max(branches, 1):.1f} % of the branches of {folder}/ are taken"])
    if not enough:
        print(result)


if __name__ == "__main__":
    main(*sys.argv[1:])
