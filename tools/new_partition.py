"""Make the folder of a new partition from tools/template: source, manifest, test. The UUID follows from the name, so the
same name gives the same partition everywhere."""

import os
import re
import sys
import uuid

RESERVED = ("sdk", "demo", "test", "none")  # a folder of partitions/, and names of sets in the Makefile
FILES = (("partition.c.in", "{}.c"), ("manifest.dts.in", "manifest.dts"), ("test.in", "test"))


def uuid_cells(name):
    """FF-A's words are little-endian."""
    data = uuid.uuid5(uuid.NAMESPACE_URL, "bulkhead:partition:" + name).bytes
    return " ".join(f"{int.from_bytes(data[i:i + 4], 'little'):#010x}" for i in range(0, 16, 4))


def main(name):
    if not name:
        sys.exit("new-partition: NAME is missing, expected a name: make new-partition NAME=x")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,14}", name) or name in RESERVED:
        sys.exit(f"new-partition: NAME is '{name}', expected at most 15 small letters, digits and _, a letter first, "
                 f"and not {', '.join(RESERVED)}")
    folder = os.path.join("partitions", name)
    if os.path.exists(folder):
        sys.exit(f"new-partition: NAME is '{name}', expected a new name: {folder} exists")
    os.mkdir(folder)
    template = os.path.join(os.path.dirname(__file__), "template")
    for source, target in FILES:
        with open(os.path.join(template, source), encoding="utf-8") as file:
            text = file.read()
        with open(os.path.join(folder, target.format(name)), "w", encoding="utf-8") as file:
            file.write(text.replace("@NAME@", name).replace("@UUID@", uuid_cells(name)))
    print(f"  {'NEW':<7} {folder}: try it with make run EXTRA={name}; make test runs {folder}/test")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
