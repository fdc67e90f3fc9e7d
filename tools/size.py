"""How big S-EL2 is: `size.py IMAGE TEXTS JSON` counts bytes of the image and of its texts unpacked, and lines that are
neither blank nor comment.

Ends with status 1 when that is more than there should be.
"""

import json
import os
import re
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


def main(image, texts, out):
    lines = {folder: sum(lines_of(os.path.join(where, name)) for where, _, names in os.walk(folder) for name in names if name.endswith(SOURCES))
             for folder in FOLDERS}
    lines["total"] = sum(lines.values())
    size = os.path.getsize(image)
    with open(out, "w", encoding="utf-8") as file:
        json.dump({"image_bytes": size, "lines": lines}, file, indent=1)
    for folder, count in lines.items():
        print(f"  {folder:<12} {count:7} lines")
    print(f"  {'image':<12} {size:7} bytes, its texts {os.path.getsize(texts)} when unpacked")
    if lines["total"] > MOST_LINES:
        sys.exit(f"size: more than {MOST_LINES} lines")
    if size > MOST_BYTES:
        sys.exit(f"size: the image is larger than {MOST_BYTES} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
