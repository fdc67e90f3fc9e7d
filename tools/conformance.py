"""Write docs/FFA.md: which FF-A call Bulkhead supports, for whom, from which version on, how it can be refused, and
which tests show it; and what a partition may call in each runtime model. Everything comes from abi/ffa_calls.def,
core/models.def, the handlers in core/ and the tests; nothing is kept by hand.
"""

import argparse
import glob
import re
import sys

VERSIONS = ("1_0", "1_1", "1_2")
TESTS_SHOWN = 3

# Words by which tests make a call without its FFA_ name.
ALIASES = {
    "MSG_SEND_DIRECT_REQ": ["REQ32", "REQ64", "DIRECT_REQ"],
    "MSG_SEND_DIRECT_RESP": ["RESP32", "RESP64", "DIRECT_RESP"],
    "MSG_SEND_DIRECT_REQ2": ["REQ2"],
    "MSG_SEND_DIRECT_RESP2": ["RESP2"],
}

# A refusal with its reason, one by the runtime model, or a call of another function.
REFUSAL = r'\bREFUSAL\(FFA_(\w+),\s*"([^"]*)"\)|\bMODEL_REFUSAL_(\w+)|\b(\w+)\('

# What is refused outside the handlers' own files, for every call.
COMMON = """Every call can also be refused before its handler runs: NOT_SUPPORTED where the table says no, INVALID_PARAMETERS when a
reserved register is not zero (the registers are in abi/ffa_calls.def; x8 and above from version 1.2 on)."""


# The columns of core/models.def.
MODELS = ("start", "FFA_RUN", "direct request", "power message", "interrupt")

# What its rows stand for.
MODEL_CALLS = {
    "REQUEST": "FFA_MSG_SEND_DIRECT_REQ, FFA_MSG_SEND_DIRECT_REQ2",
    "RESPOND": "FFA_MSG_SEND_DIRECT_RESP, FFA_MSG_SEND_DIRECT_RESP2",
    "WAIT": "FFA_MSG_WAIT",
    "YIELD": "FFA_YIELD",
    "RUN": "FFA_RUN",
    "ERROR": "FFA_ERROR",
    "PERMIT": "FFA_MEM_PERM_GET, FFA_MEM_PERM_SET, at S-EL0",
    "REGISTER": "FFA_SECONDARY_EP_REGISTER",
}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def rows():
    text = re.sub(r"/\*.*?\*/", "", read("abi/ffa_calls.def"), flags=re.S)
    for line in re.findall(r"FFA_CALL\((.*)\)\s*$", text, re.M):
        name, number, widths, since, features, callers, _, handler = [field.strip() for field in re.split(r",(?![^()]*\))", line)]
        yield name, int(number, 16), widths, since, features, callers, handler


def ids(number, widths):
    return ", ".join(f"{base + number:#010x}" for width, base in (("W32", 0x84000000), ("W64", 0xC4000000)) if width in widths)


def support(who, version, widths, since, features, callers):
    if VERSIONS.index(version) < VERSIONS.index(since):
        return "denied" if "OLD_DENIED" in widths and who in callers else "–"
    if who in callers:
        return "yes"
    return "reply" if who in features else "–"


def functions():
    """Every C function of core/ and its body."""
    found = {}
    for path in sorted(glob.glob("core/*.[ch]")):
        for match in re.finditer(r"^[A-Za-z][^;{}#=]*?\b(\w+)\([^;{}]*\)\n\{\n(.*?)^\}", read(path), re.M | re.S):
            found[match[1]] = match[2]
    return found


def refusals(handler, bodies, seen=None):
    """Statuses and reasons of a handler and of what it calls, in order of the code."""
    seen = seen if seen is not None else {"call_dispatch", "framework_message"}
    if handler in seen or handler not in bodies:
        return []
    seen.add(handler)
    body = bodies[handler]
    found = []
    for match in re.finditer(REFUSAL, body):
        if match[4]:
            found += refusals(match[4], bodies, seen)
        elif match[3]:
            found.append(tuple(model_rows()[match[3]][-2:]))
        else:
            found.append((match[1], match[2]))
    return found


def tests():
    """(name, body) of every test: cmocka functions, TEST() of bl33, test functions of the Linux module."""
    patterns = (("tests/unit/test_*.c", r"^static void (\w+)\(void \*\*state\)\n\{\n(.*?)^\}"),
                ("normal/bl33/suite_*.c", r"^TEST\((\w+)\)\n\{\n(.*?)^\}"),
                ("normal/linux/modules/test/*.c", r"^static (?:void|int|bool) (\w+)\([^)]*\)\n\{\n(.*?)^\}"))
    for pattern, function in patterns:
        for path in sorted(glob.glob(pattern)):
            for match in re.finditer(function, read(path), re.M | re.S):
                yield match[1], match[2]


def model_rows():
    """By name, the cells of a row of core/models.def: allowed or not in each model, status, reason."""
    rows = re.findall(r"^MODEL_CALL\((\w+), (.*), FFA_(\w+), +\"(.*)\"\)$", read("core/models.def"), re.M)
    return {name: cells.replace(" ", "").split(",") + [status, reason] for name, cells, status, reason in rows}


def models():
    """The rows of core/models.def as lines of a table, and the sentences that stand before them there."""
    notes = re.search(r"(UP and MP partitions.*?)\*/", read("core/models.def"), re.S)[1]
    yield "## What a partition may call, by what it runs for"
    yield ""
    yield "From core/models.def. " + " ".join(notes.replace("*", "").split())
    yield ""
    yield "| call | " + " | ".join(MODELS) + " | else |"
    yield "|---" * (len(MODELS) + 2) + "|"
    for name, (*cells, status, reason) in model_rows().items():
        yield "| " + " | ".join([MODEL_CALLS[name]] + ["allowed" if cell == "ALLOWED" else status for cell in cells] + [reason]) + " |"


def shown_by(name, all_tests):
    words = [rf"FFA_{name}(?:_32|_64)?\b"] + [rf"\b{alias}\b" for alias in ALIASES.get(name, [])]
    found = [test for test, body in all_tests if re.search("|".join(words), body)]
    if not found:
        return "–"
    more = f" and {len(found) - TESTS_SHOWN} more" if len(found) > TESTS_SHOWN else ""
    return ", ".join(f"`{test}`" for test in found[:TESTS_SHOWN]) + more


def page():
    bodies, all_tests = functions(), list(tests())
    lines = ["# FF-A, call by call", "",
             "Made by `make docs` from abi/ffa_calls.def, core/models.def, core/ and the tests; `make check` fails when it is not up to date.", "",
             "- **yes**: the call is served. **reply**: not a call here, but FFA_FEATURES says yes, mostly as it may arrive as one's answer.",
             "- **denied**: DENIED. **–**: NOT_SUPPORTED, and FFA_FEATURES says so. Calls that are not listed are not supported.",
             "- The Normal world's calls come through the SPMD, which answers some itself (VERSION arrives as a framework message; ID_GET,",
             "  SPM_ID_GET, MSG_WAIT and YIELD do not arrive); partitions call by SMC or HVC.", "",
             "| call | ids | Normal world 1.0 / 1.1 / 1.2 | partition 1.0 / 1.1 / 1.2 | shown by |", "|---|---|---|---|---|"]
    for name, number, widths, since, features, callers, _ in rows():
        cells = [" / ".join(support(who, version, widths, since, features, callers) for version in VERSIONS) for who in ("NWD", "SP")]
        lines.append(f"| FFA_{name} | {ids(number, widths)} | {cells[0]} | {cells[1]} | {shown_by(name, all_tests)} |")
    lines += [""] + list(models())
    lines += ["", "## How a call is refused", "", COMMON, "", "| call | status | reason in the trace |", "|---|---|---|"]
    for name, *_, handler in rows():
        for status, reason in dict.fromkeys(refusals(handler, bodies)):
            lines.append(f"| FFA_{name} | {status} | {reason} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail when docs/FFA.md differs")
    options = parser.parse_args()
    text = page()
    if not options.check:
        with open("docs/FFA.md", "w", encoding="utf-8") as file:
            file.write(text)
    elif read("docs/FFA.md") != text:
        sys.exit("docs/FFA.md: not what the sources say; run `make docs`")


if __name__ == "__main__":
    main()
