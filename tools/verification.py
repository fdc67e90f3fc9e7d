"""Numbers of README.md, docs/VERIFICATION.md, docs/THREATS.md and docs/DESIGN.md, and the names in docs/THREATS.md, kept true.

    verification.py write BUILD   after `make test`: the table of engines, from what the tests said, and FIGURES
    verification.py check BUILD   every layer of the Makefile has a row, every test that THREATS.md names exists, and
                                  FIGURES are what was last measured there, if anything was
"""

import glob
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tally  # noqa: E402

DOCUMENT = "docs/VERIFICATION.md"
README = "README.md"
THREATS = "docs/THREATS.md"
DESIGN = "docs/DESIGN.md"
BEGIN, END = "<!-- engines: begin (make verification-docs) -->", "<!-- engines: end -->"

# Layer, what it is, the command for it alone, and figures of its own: a pattern of its results' comments, whose numbers are added up.
ENGINES = (
    ("unit", "unit tests of core/ under ASan and UBSan, and faults that they must find", "make test-host", (
        (r"# (\d+\.\d) % of the branches", "% of core/'s branches are taken"),)),
    ("oracle", "random sequences, against FF-A's rules written a second time", "make oracle SEQUENCES=1000000", (
        (r"# (\d+) sequences of", "sequences agree"), (r"rule book judged (\d+)", "steps judged by the rule book"))),
    ("explore", "every state of small worlds, invariants after each step", "make explore", (
        (r"# (\d+) states, ", "states"), (r"(\d+) transitions", "transitions"), (r"rule book judged (\d+)", "judged by the rule book"))),
    ("planted", "faults that the explorer must find", "make test-host", ()),
    ("prove", "proofs with CBMC, for any input within bounds", "make prove", (
        (r"; (\d+) s of one core", "s of one core"),)),
    ("planted-proofs", "faults that these proofs must find", "make prove PLANTED=1", ()),
    ("fuzz", "libFuzzer on the step function, parsers, manifests and packages", "make fuzz DURATION=60", (
        (r"# (\d+\.\d) % of the lines", "% of core/'s lines are reached"), (r"(\d+\.\d) % of its branches", "% of its branches"))),
    ("bl33", "bare metal, on QEMU: every call, fault and death", "make test-bl33", ()),
    ("stop", "a Bulkhead, packages and manifests that are broken on purpose", "make layer-stop", ()),
    ("trace", "a real run's trace, made again by core/ on the host; pictures of it", "make layer-trace", (
        (r"# (\d+) records made again", "records made again"),)),
    ("secrets", "vault's way does not depend on values", "make layer-secrets", ()),
    ("rogue", "a Normal world and partitions that attack at random", "make rogue DURATION=600", (
        (r"# (\d+) calls by attackers", "calls by attackers"), (r"(\d+) answers checked", "answers checked meanwhile"))),
    ("linux", "Linux's driver, under pKVM and without", "make test-linux", ()),
    ("partitions", "each partition that brings a test", "make test-flash", ()),
    ("flash", "images and wrong input", "make test-flash", ()),
    ("optee", "unmodified OP-TEE: part of its test suite", "make test-optee", ()),
    ("bench", "instructions, against budgets", "make bench", ()),
    ("bench-optee", "instructions of OP-TEE's round trips", "make bench-optee", ()),
)

# How the rows of THREATS.md for measures of hardening begin, and the builds that have one of them alone.
MEASURES = (("return addresses", "pac"), ("landing pads", "bti"), ("a canary", "canary"), ("no execution ahead", "barriers"))

# Other figures: the document, what stands around the number, the file below BUILD that has it (make size, make bench, make
# bench-hardening, make mutate), and where.
FIGURES = (
    (DOCUMENT, r"it plants (\S+) faults", "mutation.json", ("planted",)),
    (DOCUMENT, r"the oracle\. (\S+) are caught", "mutation.json", ("caught",)),
    (README, r"\| (\S+); \S+ with hardening and the trace", "bench.json", ("direct_32", "s_el2")),
    (README, r"\| \S+; (\S+) with hardening and the trace", "bench.json", ("direct_32", "whole_s_el2")),
    (README, r"\| (\S+) without hardening and trace", "bench.json", ("memory_1_page", "s_el2")),
    (README, r"\| (\S+) \| `make bench`, row `floor_crossing`", "bench.json", ("floor_crossing", "s_el2")),
    (README, r"\| (\S+) bytes, packed", "size.json", ("image_bytes",)),
    (README, r"packed; (\S+) stay in memory", "size.json", ("resident_bytes",)),
    (README, r"memory, (\S+) are boot code", "size.json", ("boot_bytes",)),
    (README, r"assembly included \| (\S+) \|", "size.json", ("lines", "total")),
    (THREATS, r"`direct_32` \((\S+) without", "hardening.json", ("plain", "direct_32")),
    (THREATS, r"any, (\S+) with the trace alone", "hardening.json", ("trace", "direct_32")),
    (THREATS, r"alone, (\S+) with all\)", "hardening.json", ("all", "direct_32")),
    (THREATS, r"\(req2 (\S+), from", "hardening.json", ("pac", "direct_req2", "added")),
    (THREATS, r"from a partition (\S+), to S-EL0", "hardening.json", ("pac", "direct_partition", "added")),
    (THREATS, r", to S-EL0 (\d+)\)", "hardening.json", ("pac", "direct_s_el0", "added")),
    (THREATS, r"\| −(\S+) \|", "size.json", ("boot_bytes",)),
    (THREATS, r"calls fits \((\S+) of", "stack.json", ("stack", "deepest")),
    (THREATS, r"calls fits \(\S+ of (\S+) bytes", "stack.json", ("stack", "room")),
    *((DESIGN, rf"\n\| `{row}`(?:, `\w+`)? \| ([\d,]+)", "bench.json", (row, "whole_longest"))
      for row in ("send_512_overlap", "send_506_overlap", "send_512_ranges", "death_64_vms", "death_64_mib", "restart_64_mib")),
    (DESIGN, r"`send_506_ranges` \| [\d,]+; ([\d,]+) \|", "bench.json", ("send_506_ranges", "whole_longest")),
    *(figure for start, variant in MEASURES for figure in (
        (THREATS, rf"\n\| {start}.*\| ([\d,]+)(?: \([^|]*)? \| [\d,]+ \|", "hardening.json", (variant, "direct_32", "added")),
        (THREATS, rf"\n\| {start}.*\| ([\d,]+) \|[^|]*\|\n", "hardening.json", (variant, "bytes", "added")))),
)


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def layers():
    return re.search(r"^LAYERS := (.*)$", read("Makefile"), re.M)[1].split()


def figures(text, wanted):
    for pattern, what in wanted:
        numbers = [float(number) for number in re.findall(pattern, text)]
        if numbers:
            total = sum(numbers)
            yield f"{total:,.0f} {what}" if total == int(total) else f"{total:.1f} {what}"


def row(results, layer, what, command, wanted):
    counts = [tally.Count(path) for path in sorted(glob.glob(os.path.join(results, layer, "*.tap")))]
    if not counts or any(count.failures for count in counts):
        sys.exit(f"verification: layer {layer} did not run, or failed: run `make test` first")
    said = "".join(read(count) for count in sorted(glob.glob(os.path.join(results, layer, "*.tap"))))
    return f"| {layer} | {what} | {sum(count.passed for count in counts):,} | {'; '.join(figures(said, wanted))} | `{command}` |"


def measured(build, name, place):
    """A number of a JSON file below `build`; None where that was not measured."""
    path = os.path.join(build, name)
    if not os.path.exists(path):
        return None
    value = json.loads(read(path))
    if isinstance(value, list):
        value = {row["operation"]: row for row in value}
    if place[0] not in value:
        return None
    if place[-1] == "added":
        return value[place[0]][place[1]] - value["plain"][place[1]]
    for key in place:
        value = value.get(key) if value else None
    return value


def figures_of_documents(build):
    """Of each of FIGURES: the document, where the number stands in it, and the number as it should be, or None."""
    for document, pattern, name, place in FIGURES:
        found = re.search(pattern, read(document))
        number = measured(build, name, place)
        yield document, found and found.span(1), None if number is None else f"{number:,}", pattern


def write(build):
    results = os.path.join(build, "results")
    for document, span, number, _ in figures_of_documents(build):
        if span and number:
            text = read(document)
            with open(document, "w", encoding="utf-8") as file:
                file.write(text[:span[0]] + number + text[span[1]:])
    table = "\n".join([BEGIN, "| layer | what it is | results | figures | alone, or for longer |", "|---|---|---:|---|---|",
                       *(row(results, *engine) for engine in ENGINES if engine[0] in layers()), END])
    explored = sum(map(int, re.findall(r"# (\d+) states, ", "".join(map(read, glob.glob(os.path.join(results, "explore", "*.tap")))))))
    text = re.sub(r"(each explored \| )[\d,]+", rf"\g<1>{explored:,}", read(README))
    with open(README, "w", encoding="utf-8") as file:
        file.write(text)
    text = read(DOCUMENT)
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: table, text, flags=re.S))


def missing_tests():
    """Files and tests that THREATS.md names, and the tree has not. A star stands for the rest of a name."""
    paths = [path for folder in ("tests", "normal", "partitions", "core", "aarch64", "abi", "tools", "platform")
             for path in glob.glob(folder + "/**/*", recursive=True) if os.path.isfile(path)]
    code = "\n".join(read(path) for path in paths if path.endswith((".c", ".h", ".py", ".S")) or "." not in os.path.basename(path))
    text = read(THREATS)
    for name in sorted(set(re.findall(r"[\w/]+\.(?:c|h|py|S)\b", text))):
        if os.path.basename(name) not in map(os.path.basename, paths):
            yield name
    for name in sorted(set(re.findall(r"\b[a-z0-9]+(?:_[a-z0-9]+){3,}(?:_\*|(?![\w.*]))", text))):
        if not re.search(r"\b" + (name[:-1] + r"\w+" if name.endswith("*") else name + r"\b"), code):
            yield name


def wrong_figures(build):
    for document, span, number, pattern in figures_of_documents(build):
        if not span:
            yield f"{document}: nothing is like {pattern}"
        elif number and read(document)[slice(*span)] != number:
            yield f"{document}: {read(document)[slice(*span)]} is {number} by now, for {pattern}: make verification-docs"


def check(build):
    without = [layer for layer in layers() if layer not in [engine[0] for engine in ENGINES] or f"| {layer} |" not in read(DOCUMENT)]
    wrong = [f"{DOCUMENT}: no row for layer {layer}" for layer in without]
    wrong += [f"{THREATS}: {name} is not in the tree" for name in missing_tests()]
    wrong += wrong_figures(build)
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("write", "check"):
        sys.exit(__doc__)
    {"write": write, "check": check}[sys.argv[1]](sys.argv[2])
