"""How deep Bulkhead's stacks get: `stack.py OBJDUMP NM ELF JSON` computes the deepest chain of calls from the instructions of the image.

A frame is all that a function ever takes from SP; jumps to another function count as calls. The few indirect ones go
where BEYOND says. Ends with status 1 when a chain does not fit its stack, when one calls itself without a bound in
RECURSION, when an indirect call is not known, and when code that stays in memory needs code that is gone after boot.
"""

import bisect
import json
import re
import subprocess
import sys

from image import symbols

VECTORS, VECTOR = 0x800, 0x80  # they set SP itself, on an entry
EMERGENCY = 0x1000  # as in aarch64/registers.h: emergency stack, guard page, stack
SLOT = 0x4000
NORMAL = SLOT - 2 * EMERGENCY - 16  # entry.S begins 16 bytes below the end
# What an exception of a vCPU, and one inside foreign_copy, keeps on the stack (aarch64/vectors.S).
EXTRA = {"vcpu_run": 16, "foreign_copy": 16, "foreign_zero": 16}
# Where indirect branches go: functions by name; nothing for a table of jumps within the function.
BEYOND = {"with_longest": ("store_wide", "load_wide"), "handle_row": (), "enable_mmu": ("start_primary", "start_secondary")}
RECURSION = {"clear_below": 3}  # how often a function may be in a chain: by level of a table
FAILS = "__stack_chk_fail"  # may come on top of any chain
FROM_BOOT = ("start_primary",)  # stays, for it is in the first page, and runs once
END_OF_BOOT = "boot_done"  # has the addresses that it unmaps


class Function:
    """`calls` are addresses, later functions."""

    def __init__(self, name, address):
        self.name, self.address, self.frame, self.calls, self.indirect, self.refers = name, address, 0, set(), False, set()


def plain(name):
    """Without what the compiler adds to a clone's name."""
    return name.split(".")[0]


def read(objdump, elf):
    text = subprocess.run([objdump, "-d", "--no-show-raw-insn", elf], capture_output=True, text=True, check=True).stdout
    functions, function = [], None
    for line in text.splitlines():
        begins = re.match(r"^(\w+) <(.+)>:$", line)
        if begins:
            function = Function(begins[2], int(begins[1], 16))
            functions.append(function)
            continue
        words = line.split("\t")
        if function is None or len(words) < 2 or not words[0].strip():
            continue
        at = int(words[0].strip(" :"), 16)
        if at - functions[0].address < VECTORS and at % VECTOR == 0 and at != function.address:
            function = Function(f"vector {(at - functions[0].address) // VECTOR}", at)
            functions.append(function)
        operation, operands = words[1].strip(), words[2].split("//")[0].strip() if len(words) > 2 else ""
        taken = re.match(r"sp, sp, #(0x[0-9a-f]+|\d+)(, lsl #12)?$", operands) if operation == "sub" else re.search(r"\[sp, #-(\d+)\]!$", operands)
        if taken:
            function.frame += int(taken[1], 0) << (12 if operation == "sub" and taken[2] else 0)
        elif operation == "sub" and operands.startswith("sp, ") and function.address >= functions[0].address + VECTORS and function.name not in FROM_BOOT:
            sys.exit(f"stack: {function.name} takes from SP what cannot be told: {operands}")
        target = re.search(r"([0-9a-f]{16}) <([^+>]+)(\+0x[0-9a-f]+)?>$", operands)
        if operation in ("blr", "br"):
            function.indirect = True
        elif target and (operation in ("bl", "b", "cbz", "cbnz", "tbz", "tbnz") or operation.startswith("b.")):
            if target[2] != function.name or operation == "bl" or not target[3] and int(target[1], 16) != function.address:
                function.calls.add(int(target[1], 16))
        elif operation in ("adr", "adrp") and target:
            function.refers.add(int(target[1], 16))
    starts = [function.address for function in functions]
    for function in functions:
        function.calls = {functions[bisect.bisect(starts, address) - 1] for address in function.calls}
        function.frame += EXTRA.get(plain(function.name), 0)
        if function.indirect:
            if plain(function.name) not in BEYOND:
                sys.exit(f"stack: {function.name} has an indirect call that nobody knows")
            function.calls |= {other for other in functions if plain(other.name) in BEYOND[plain(function.name)]}
    return functions


class Chains:
    """The deepest chain from each function on, as (bytes, names)."""

    def __init__(self):
        self.found, self.open = {}, []

    def deepest(self, function):
        if function in self.open:
            sys.exit("stack: recursion: " + " > ".join(f.name for f in self.open[self.open.index(function):] + [function]))
        if function not in self.found:
            times = RECURSION.get(plain(function.name), 1)
            self.open.append(function)
            others = [other for other in function.calls if other.name != FAILS and not (other is function and times > 1)]
            below = max((self.deepest(other) for other in others), key=lambda chain: chain[0], default=(0, []))
            self.open.pop()
            self.found[function] = (function.frame * times + below[0],
                                    [f"{plain(function.name)} {function.frame}" + (f" x {times}" if times > 1 else "")] + below[1])
        return self.found[function]


def check_boot(functions, where):
    """What stays in memory must not need what does not."""
    low, high = where["rodata_end"], where["packed_end"]
    for function in functions:
        if low <= function.address < high or function.name in FROM_BOOT:
            continue
        for needed in [other.address for other in function.calls] + ([] if function.name == END_OF_BOOT else sorted(function.refers)):
            if low <= needed < high:
                sys.exit(f"stack: {function.name} stays, and needs what is gone after boot, at {needed:#x}")


def main(objdump, lister, elf, out):
    functions = read(objdump, elf)
    check_boot(functions, symbols(lister, elf))
    chains = Chains()
    report = max((chains.deepest(function)[0] for function in functions if function.name == FAILS), default=0)
    failed, found = False, {}
    for what, entries, on_top, room in (("stack", ("start_primary", "start_secondary"), report, NORMAL), ("emergency", ("unexpected_saved",), 0, EMERGENCY)):
        size, names = max((chains.deepest(function) for function in functions if function.name in entries), key=lambda chain: chain[0])
        if what == "emergency":
            size += 272  # SELF_FRAME_BYTES: its first instructions compute SP
        print(f"  {what:<12} {size:7} bytes of {room} in the deepest chain" + (f", and {on_top} for the report of an overwritten frame" if on_top else ""))
        print("  " + " " * 13 + ", ".join(names))
        found[what] = {"deepest": size, "room": room}
        failed |= size + on_top > room
    with open(out, "w", encoding="utf-8") as file:
        json.dump(found, file, indent=1)
    if failed:
        sys.exit("stack: a chain of calls does not fit")


if __name__ == "__main__":
    main(*sys.argv[1:])
