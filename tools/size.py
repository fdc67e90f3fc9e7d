"""How big S-EL2 is: `size.py NM ELF IMAGE JSON` counts bytes of the image, of what of it stays in memory once it is
unpacked and boot is over, and of what does not; and lines that are neither blank nor comment.

Ends with status 1 when that is more than there should be.
"""

import json
import os
import re

from image import symbols
import sys

FOLDERS = ("core", "aarch64", "platform", "abi")
SOURCES = (".c", ".h", ".S", ".def", ".ld", ".inc")
MOST_LINES = 12_000
MOST_BYTES = 64 * 1024


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    # A string may hold what looks like a comment: match both, keep the string.
    text = re.sub(r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*', lambda m: m[0] if m[0][0] == '"' else "\n" * m[0].count("\n"), text, flags=re.S)
    return sum(1 for line in text.splitlines() if line.strip())


def main(lister, elf, image, out):
    lines = {folder: sum(lines_of(os.path.join(where, name)) for where, _, names in os.walk(folder) for name in names if name.endswith(SOURCES))
             for folder in FOLDERS}
    lines["total"] = sum(lines.values())
    where = symbols(lister, elf)
    sizes = {"image": os.path.getsize(image), "resident": where["resident_end"] - where["image_begin"],
             "boot": where["packed_end"] - where["rodata_end"]}
    with open(out, "w", encoding="utf-8") as file:
        json.dump({f"{name}_bytes": size for name, size in sizes.items()} | {"lines": lines}, file, indent=1)
    for folder, count in lines.items():
        print(f"  {folder:<12} {count:7} lines")
    for (name, size), what in zip(sizes.items(), ("that TF-A loads, packed", "code and constants that stay in memory",
                                                  "code and constants that are gone after boot")):
        print(f"  {name:<12} {size:7} bytes {what}")
    if lines["total"] > MOST_LINES:
        sys.exit(f"size: more than {MOST_LINES} lines")
    for name in ("image", "resident"):
        if sizes[name] > MOST_BYTES:
            sys.exit(f"size: {name}: more than {MOST_BYTES} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
