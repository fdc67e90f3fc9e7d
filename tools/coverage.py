"""Lines and branches of a folder that the unit tests ran: `coverage.py OBJECTS FOLDER`, a table from gcov's JSON.

A branch counts when it was taken at least once. Several programs share one build, so their counts are already summed.
"""

import json
import os
import subprocess
import sys


def measure(objects, folder):
    """{file: (lines, lines run, branches, branches taken)}"""
    found = {}
    for where, _, names in os.walk(os.path.join(objects, folder)):
        for name in names:
            if not name.endswith(".gcno"):
                continue
            done = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout", os.path.join(where, name)],
                                  capture_output=True, check=False)
            if done.returncode or not done.stdout.strip():
                continue
            for file in json.loads(done.stdout.splitlines()[0])["files"]:
                if file["file"].startswith(folder + "/") and file["file"].endswith(".c"):
                    branches = [branch["count"] > 0 for line in file["lines"] for branch in line["branches"]]
                    lines = [line["count"] > 0 for line in file["lines"]]
                    found[file["file"]] = (len(lines), sum(lines), len(branches), sum(branches))
    return found


def percent(part, whole):
    return f"{100 * part / whole:6.1f} %" if whole else "       -"


def main(objects, folder):
    found = measure(objects, folder)
    if not found:
        return
    found["total"] = tuple(sum(column) for column in zip(*found.values()))
    print(f"\n  {'file':<28} {'lines':>14} {'branches':>16}")
    for name, (lines, run, branches, taken) in sorted(found.items(), key=lambda item: (item[0] == "total", item[0])):
        print(f"  {name:<28} {lines:5} {percent(run, lines)} {branches:7} {percent(taken, branches)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
