"""The tables of Bulkhead's stage 1 as they are once boot is over, walked from outside: QEMU reads them from the memory of a CPU
that stopped at S-EL2 (the first image of stop.py). TAP.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../tools"))
import boot
from image import symbols

WINDOW, BASE, NORMAL = 0xFFFFFFF000000000, 0x0E100000, 0x40000000
PAGE, TABLE_BYTES = 4096, 16 * 4096
SLOT, EMERGENCY, CPUS = 0x4000, 0x1000, 8
VALID, TABLE, EL0, NON_SECURE, READ_ONLY = 1, 2, 1 << 6, 1 << 5, 1 << 7
GUARDED, PXN, UXN = 1 << 50, 1 << 53, 1 << 54
ADDRESS = 0x0000FFFFFFFFF000
IMAGE = "stop1-smp2-1G"
SECONDS = 60


class Mapping:
    def __init__(self, va, pa, size, entry):
        self.va, self.pa, self.size, self.entry = va, pa, size, entry
        self.writable, self.executable = not entry & READ_ONLY, not entry & PXN

    def meets(self, low, high):
        """Whether it maps a byte of this physical memory."""
        return self.pa < high and low < self.pa + self.size


def walk(tables, table, va=0, level=1):
    """Mappings below a table; `tables` are bytes by physical address of a page."""
    shift = 39 - 9 * level
    data = tables[table]
    for i in range(64 if level == 1 else 512):
        entry = int.from_bytes(data[8 * i:8 * i + 8], "little")
        if entry & VALID and level < 3 and entry & TABLE:
            yield from walk(tables, entry & ADDRESS, va + (i << shift), level + 1)
        elif entry & VALID:
            yield Mapping(va + (i << shift), entry & ADDRESS, 1 << shift, entry)


def ask(file, command, **arguments):
    file.write((json.dumps({"execute": command, "arguments": arguments}) + "\n").encode())
    file.flush()
    while True:
        answer = json.loads(file.readline())
        if "return" in answer:
            return answer["return"]
        if "error" in answer:
            raise SystemExit(f"tables: QEMU: {answer['error']['desc']}")


def read_tables(options, where):
    """Boots; when CPU 1 has stopped, its view of the tables' pages, by physical address."""
    one = boot.Boot(boot.Tools(options), IMAGE, payload="bl33", append="suite=smp", name="stop-tables")
    address, out = os.path.join(options.build, "logs", "stop-tables.qmp"), os.path.abspath(os.path.join(options.build, "logs", "stop-tables.bin"))
    one.more = ["-qmp", f"unix:{address},server=on,wait=off"]
    tables = {}
    if os.path.exists(one.secure_log):
        os.remove(one.secure_log)
    with subprocess.Popen(one.command(), env=one.tools.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as qemu:
        try:
            deadline = time.monotonic() + SECONDS
            while "cpu 1 stops" not in said(one.secure_log):
                if time.monotonic() > deadline:
                    raise SystemExit("tables: CPU 1 did not stop")
                time.sleep(0.2)
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(address)
                file = connection.makefile("rwb")
                file.readline()
                ask(file, "qmp_capabilities")
                for name, size in (("mmu_root", TABLE_BYTES), ("boot_tables", 4 * PAGE)):
                    ask(file, "memsave", val=where[name], size=size, filename=out, **{"cpu-index": 1})
                    with open(out, "rb") as memory:
                        data = memory.read()
                    for at in range(0, size, PAGE):
                        tables[where[name] - WINDOW + at] = data[at:at + PAGE]
        finally:
            qemu.kill()
    return tables


def said(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def checks(where, window, identity):
    pa = {name: address - WINDOW for name, address in where.items() if address >> 36 == WINDOW >> 36}
    guards = [(pa["stacks"] + i * SLOT + EMERGENCY, pa["stacks"] + i * SLOT + 2 * EMERGENCY) for i in range(CPUS)]
    own = [m for m in window if m.meets(pa["image_begin"], pa["stacks_end"])]
    code = sorted(m.pa for m in window if m.executable)
    yield "nothing is both writable and executable", not any(m.writable and m.executable for m in window + identity)
    yield "the code that stays is executable, and nothing else", code == list(range(pa["image_begin"], pa["text_end"], PAGE))
    yield "all of it asks for landing pads", all(m.entry & GUARDED for m in window if m.executable)
    yield "code and constants are read-only", not any(m.writable for m in window if m.meets(pa["image_begin"], pa["rodata_end"]))
    yield "nothing of boot is mapped", not any(m.meets(pa["rodata_end"], pa["boot_end"]) for m in window)
    yield "the tables, and what else was sealed, are mapped, and read-only", (
        sum(m.size for m in window if m.meets(pa["sealed"], pa["sealed_end"]) and not m.writable) == pa["sealed_end"] - pa["sealed"]
        and not any(m.writable for m in window if m.meets(pa["sealed"], pa["sealed_end"])))
    yield "the page of struct spmc that boot filled is sealed, and no other of it", (
        pa["spmc"] + PAGE == pa["sealed_end"] and any(m.writable for m in window if m.meets(pa["sealed_end"], pa["sealed_end"] + PAGE)))
    yield "the page under each stack is not mapped", not any(m.meets(*guard) for m in window for guard in guards)
    yield "the stacks are", all(any(m.meets(high, high + 1) for m in window) for _, high in guards)
    yield "no page of Bulkhead is mapped twice", len({m.pa for m in own}) == len(own) and all(m.size == PAGE for m in own)
    yield "virtual is physical and the window", all(m.va == m.pa for m in window + identity)
    yield "S-EL0 has no access to any of it", all(m.entry & UXN and not m.entry & EL0 for m in window + identity)
    yield "the Normal world's memory is mapped as Non-secure, all else as Secure", all(bool(m.entry & NON_SECURE) == (m.pa >= NORMAL) for m in window)
    yield "one to one is the first page of code alone, read-only", [(m.pa, m.size, m.writable) for m in identity] == [(BASE, PAGE, False)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("board", "qemu", "cache", "build", "lister"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    where = symbols(options.lister, os.path.join(options.build, "spmc", "bulkhead.elf"))
    tables = read_tables(options, where)
    results = list(checks(where, list(walk(tables, where["mmu_root"] - WINDOW)), list(walk(tables, where["boot_tables"] - WINDOW))))
    print(f"1..{len(results)}")
    for number, (what, good) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {what}")


if __name__ == "__main__":
    main()
