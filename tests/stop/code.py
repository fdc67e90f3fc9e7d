"""What the measures of hardening (docs/THREATS.md) must have made of the image, since QEMU does not speculate and a missing
signature is missed only where it is attacked: every return address that goes to a stack is signed and checked, there is a
barrier behind each way into a partition, and each index that is bounded has its own. TAP.
"""

import argparse
import os
import re
import subprocess

SIGN, CHECK, BARRIER, CSDB = "paciasp", "autiasp", "sb", "csdb"
HINTS = {"hint #0x19": SIGN, "hint #0x1d": CHECK, "hint #0x14": CSDB}
SAVES = re.compile(r"st[rp] .*\bx30\b.*\[sp")
LOADS = re.compile(r"ld[rp] .*\bx30\b.*\[sp")
LEAVES = re.compile(r"(ret|br|b)\b(?!\.)")
UNPACKER = "core/unpack.c"  # runs before there is a key, and is gone after boot
REPORT = "unexpected_saved"  # keeps all registers to print them, and does not return


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def functions(dumper, elf):
    """Of each, by name: its instructions as text, in order, data left out."""
    without = {REPORT, *re.findall(r"^\w[\w *]*?(\w+)\(", read(UNPACKER), re.M)}
    text = subprocess.run([dumper, "-d", "--no-show-raw-insn", elf], capture_output=True, text=True, check=True).stdout
    found, name = {}, None
    for line in text.splitlines():
        begins = re.fullmatch(r"\w+ <(.+)>:", line)
        if begins:
            name = begins[1] if begins[1] not in without else None
            found[begins[1]] = []
        elif line.startswith("fffffff") and name:
            words = " ".join(line.split("//")[0].split("\t")[1:]).strip()
            found[name].append(HINTS.get(words, words))
    return found


def unsigned(code):
    """Functions that save a return address which they have not signed."""
    for name, lines in code.items():
        saves = next((i for i, line in enumerate(lines) if SAVES.match(line)), None)
        if saves is not None and SIGN not in lines[:saves]:
            yield name


def unchecked(code):
    """Functions that return, or go on elsewhere, by an address from the stack which they have not checked."""
    for name, lines in code.items():
        loaded = False
        for line in lines:
            if LOADS.match(line):
                loaded = True
            elif line == CHECK:
                loaded = False
            elif loaded and LEAVES.match(line):
                yield name
                loaded = False


def bounded_indices(folders):
    return sum(len(re.findall(r"\bbounded\(", read(os.path.join(folder, name))))
               for folder in folders for name in os.listdir(folder) if name.endswith(".c"))


def checks(code):
    wrong = sorted(set(unsigned(code)))
    yield "each return address on a stack was signed", not wrong and sum(SIGN in lines for lines in code.values()) > 100, wrong
    wrong = sorted(set(unchecked(code)))
    yield "and is checked before it is used", not wrong and sum(CHECK in lines for lines in code.values()) > 100, wrong
    erets = [(name, lines[i + 1:i + 2]) for name, lines in code.items() for i, line in enumerate(lines) if line == "eret"]
    barred = [name for name, behind in erets if behind == [BARRIER]]
    yield "a barrier is behind the way into a partition, and the only other ERET stays at S-EL2", len(erets) == 2 and len(barred) == 1, erets
    ways = [lines[max(i - 2, 0):i] for lines in code.values() for i, line in enumerate(lines) if line == CSDB]
    kept = [way for way in ways if len(way) == 2 and way[0].startswith("cmp") and way[1].startswith("csel")]
    yield "each bounded index has its barrier", len(kept) == len(ways) >= bounded_indices(("core", "aarch64")), ways


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("build", "dumper"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    results = list(checks(functions(options.dumper, os.path.join(options.build, "spmc", "bulkhead.elf"))))
    print(f"1..{len(results)}")
    for number, (what, good, details) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {what}")
        if not good:
            print(f"# {details}")


if __name__ == "__main__":
    main()
