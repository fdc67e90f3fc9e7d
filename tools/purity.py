"""core/ reaches the machine through core/port.h only: `purity.py CROSS PORT_H OBJECT…` fails on any other undefined symbol."""

import re
import subprocess
import sys

COMPILER = {"memcpy", "memmove", "memset", "memcmp", "strlen", "__stack_chk_fail", "__stack_chk_guard"}  # calls that a compiler makes by itself
LIMIT = 16


def port_functions(path):
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", file.read(), flags=re.S)
    text = re.sub(r"^\s*#.*$|\{[^{}]*\}", "", text, flags=re.M)
    return set(re.findall(r"\b(\w+)\s*\([^()]*\)\s*;", text))


def symbols(cross, objects):
    """Undefined symbols with the objects that ask for them, and all that core/ defines."""
    wanted, defined = {}, set()
    for path in objects:
        for line in subprocess.run([cross + "nm", path], capture_output=True, text=True, check=True).stdout.splitlines():
            *_, kind, name = line.split()
            if kind == "U":
                wanted.setdefault(name, path)
            elif kind.isupper():
                defined.add(name)
    return wanted, defined


def main(cross, header, *objects):
    port = port_functions(header)
    problems = [f"{header}: {len(port)} functions, at most {LIMIT} are wanted"] if len(port) > LIMIT else []
    wanted, defined = symbols(cross, objects)
    for name, path in sorted(wanted.items()):
        if name not in defined | port | COMPILER and not name.startswith("fdt_"):
            problems.append(f"{path}: '{name}' is neither in {header} nor libfdt's")
    for problem in problems:
        print(f"purity: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
