"""Small faults of a C file: what a tired programmer writes. Each is a line number, what it is, and the line that stands there instead."""

import re

SWAPS = [
    ("comparison", r" < ", " <= "), ("comparison", r" <= ", " < "), ("comparison", r" > ", " >= "), ("comparison", r" >= ", " > "),
    ("comparison", r" == ", " != "), ("comparison", r" != ", " == "),
    ("logic", r" && ", " || "), ("logic", r" \|\| ", " && "), ("logic", r"(?<![\w!])!(?=[\w(])", ""),
    ("arithmetic", r" \+ ", " - "), ("arithmetic", r" - ", " + "), ("arithmetic", r"\+\+", "--"), ("arithmetic", r" % ", " / "),
    ("bits", r" & ", " | "), ("bits", r" \| ", " & "), ("bits", r" << ", " >> "), ("bits", r" >> ", " << "), ("bits", r"~", ""),
    ("bound", r"(?<![\w.])\d+(?![\w.])", lambda match: str(int(match[0]) + 1)),
]
UPDATE = re.compile(r"^\s+[a-z][\w>.\[\]()*-]*(?: [+|&-]?= .*|\+\+|--);$")
CALL = re.compile(r"^\s+[a-z]\w*\(.*\);$")
NOT_CODE = re.compile(r"^\s*(?:#|/\*|\*|//|$)|_Static_assert|^\S.*\)$")


def without_texts(line):
    """The line with the same length, where what stands in quotes or a comment is blank."""
    return re.sub(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|/\*.*?(?:\*/|$)', lambda match: "\0" * len(match[0]), line)


def condition_end(lines, number, begin):
    """Where the condition ends that opens at `begin` of a line: number and place of its closing bracket."""
    depth = 0
    for at in range(number, min(number + 8, len(lines))):
        for place, character in enumerate(without_texts(lines[at])):
            if at == number and place < begin:
                continue
            depth += (character == "(") - (character == ")")
            if depth == 0 and character == ")":
                return at, place
    return None


def missing_check(lines, number):
    """`if (...)` before a return that is never taken."""
    match = re.match(r"\s*(?:\} else )?if \(", lines[number])
    end = match and condition_end(lines, number, match.end() - 1)
    if not end or end[1] != len(lines[end[0]].rstrip("{ ")) - 1 or "return" not in "".join(lines[end[0] + 1:end[0] + 2]):
        return None
    return lines[number][:match.end()] + "0 && " + lines[number][match.end():]


def of_line(lines, number):
    line = lines[number]
    plain = without_texts(line)
    for kind, pattern, instead in SWAPS:
        for match in re.finditer(pattern, plain):
            yield kind, line[:match.start()] + (instead(match) if callable(instead) else instead) + line[match.end():]
    if UPDATE.match(plain):
        yield "missing update", "    ;"
    elif CALL.match(plain) and "return" not in plain:
        yield "missing call", "    ;"
    unchecked = missing_check(lines, number)
    if unchecked:
        yield "missing check", unchecked


def of(text):
    """All faults of a file's text: (line number from 0, kind, new line)."""
    lines = text.split("\n")
    in_comment = in_assertion = False
    for number, line in enumerate(lines):
        in_comment = in_comment or line.lstrip().startswith("/*")
        in_assertion = in_assertion or line.startswith("_Static_assert")
        if not in_comment and not in_assertion and not NOT_CODE.search(line):
            for kind, instead in of_line(lines, number):
                yield number, kind, instead
        if in_comment and "*/" in line:
            in_comment = False
        in_assertion = in_assertion and not line.endswith(";")
