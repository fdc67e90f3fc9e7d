"""Numbers of docs/VERIFICATION.md and names of docs/THREATS.md, kept true.

    verification.py write RESULTS   after `make test`: the table of engines, from what the tests said
    verification.py check           every layer of the Makefile has a row, and every test that THREATS.md names exists
"""

import glob
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tally  # noqa: E402

DOCUMENT = "docs/VERIFICATION.md"
THREATS = "docs/THREATS.md"
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
    ("prove", "proofs with CBMC, for any input within bounds", "make prove", ()),
    ("fuzz", "libFuzzer on the step function, parsers, manifests and packages", "make fuzz DURATION=60", ()),
    ("bl33", "bare metal, on QEMU: every call, fault and death", "make test-bl33", ()),
    ("stop", "a Bulkhead that is broken on purpose", "make layer-stop", ()),
    ("trace", "a real run's trace, made again by core/ on the host; pictures of it", "make layer-trace", (
        (r"# (\d+) records made again", "records made again"),)),
    ("secrets", "vault's way does not depend on values", "make layer-secrets", ()),
    ("rogue", "a Normal world and a partition that attack at random", "make rogue DURATION=600", (
        (r"# (\d+) calls by attackers", "calls by attackers"), (r"(\d+) answers checked", "answers checked meanwhile"))),
    ("linux", "Linux's driver, under pKVM and without", "make test-linux", ()),
    ("partitions", "each partition that brings a test", "make test-flash", ()),
    ("flash", "images and wrong input", "make test-flash", ()),
    ("optee", "unmodified OP-TEE: part of its test suite", "make test-optee", ()),
    ("bench", "instructions, against budgets", "make bench", ()),
    ("bench-optee", "instructions of OP-TEE's round trips", "make bench-optee", ()),
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


def write(results):
    table = "\n".join([BEGIN, "| layer | what it is | results | figures | alone, or for longer |", "|---|---|---:|---|---|",
                       *(row(results, *engine) for engine in ENGINES if engine[0] in layers()), END])
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


def check():
    without = [layer for layer in layers() if layer not in [engine[0] for engine in ENGINES] or f"| {layer} |" not in read(DOCUMENT)]
    wrong = [f"{DOCUMENT}: no row for layer {layer}" for layer in without]
    wrong += [f"{THREATS}: {name} is not in the tree" for name in missing_tests()]
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"] and len(sys.argv) == 3:
        write(sys.argv[2])
    elif sys.argv[1:] == ["check"]:
        check()
    else:
        sys.exit(__doc__)
