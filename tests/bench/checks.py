"""What a bench checks, as TAP: answers and budgets (budgets.json); and where its figures go."""

import json
import os

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
ENDED_WELL = "# ended: well"  # what tools/tally.py expects last


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Checks:
    """TAP lines, and what failed."""

    def __init__(self):
        self.lines, self.failures = [], []

    def add(self, good, name, detail=""):
        self.lines.append(f"{'ok' if good else 'not ok'} {len(self.lines) + 1} - {name}")
        if not good:
            self.failures.append(name + (": " + detail if detail else ""))

    def tap(self):
        return [f"1..{len(self.lines)}", *self.lines]


def check_answers(checks, operations):
    for operation in operations:
        checks.add(operation.right, f"{operation.name} answers right each time")


def check_budgets(checks, budgets, operations):
    figures = {operation.name: operation.s_el2 for operation in operations}
    stretch = {operation.name: operation.longest for operation in operations}
    for name, budget in budgets.items():
        count = figures.get(name)
        if "at_most" in budget:
            good = count is not None and count <= budget["at_most"]
            checks.add(good, f"{name} takes at most {budget['at_most']} instructions at S-EL2", f"it takes {count}")
        if "exactly" in budget:
            checks.add(count == budget["exactly"], f"{name} takes {budget['exactly']} instructions at S-EL2", f"it takes {count}")
        if "longest" in budget:
            longest = stretch.get(name)
            good = longest is not None and longest <= budget["longest"]
            checks.add(good, f"{name} has no stretch above {budget['longest']} instructions at S-EL2", f"one of {longest}")
        if "same_as" in budget:
            other = figures.get(budget["same_as"])
            checks.add(other is not None and count == other, f"{name} takes as many instructions at S-EL2 as {budget['same_as']}", f"{count} and {other}")


def budgets(optee):
    """Those of OP-TEE's operations, or of all others."""
    every = json.loads(read(os.path.join(HERE, "budgets.json")))
    return {name: budget for name, budget in every.items() if name != "about" and name.startswith(measure.OPTEE) == optee}


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_tap(path, lines):
    write(path, "\n".join([*lines, ENDED_WELL, ""]))


def write_figures(path, figures, optee):
    """In one file, whichever bench measured them: those of the other stay."""
    old = json.loads(read(path)) if os.path.exists(path) else []
    others = [figure for figure in old if figure["operation"].startswith(measure.OPTEE) != optee]
    write(path, json.dumps(others + figures, indent=1) + "\n")
