"""Lists of planted faults (tests/*/planted.txt) for runners in Python; tests/planted.sh is the one for the engines on the host.

A fault is a block of lines `NAME: VALUE`: what it is (`bug`), the `file`, the whole line to `find` in it (white space around it does
not count, and it must be there exactly once), and what stands there instead (`with`); the other names are the runner's.
"""

import re

AMBIGUOUS = "the line is not there exactly once"


def faults(path):
    """Those of a list, as dictionaries."""
    with open(path, encoding="utf-8") as file:
        blocks = re.split(r"^(?=bug: )", file.read(), flags=re.M)[1:]
    return [dict(re.findall(r"^(\w+):(?: (.*))?$", block, re.M)) for block in blocks]


def text_with(fault):
    """The file's text with the fault in it; None unless the line is there exactly once."""
    with open(fault["file"], encoding="utf-8") as file:
        lines = file.read().split("\n")
    places = [i for i, line in enumerate(lines) if line.strip() == fault["find"].strip()]
    if len(places) != 1:
        return None
    lines[places[0]] = fault["with"]
    return "\n".join(lines)
