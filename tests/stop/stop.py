"""What S-EL2 says when it cannot go on: one instruction of Bulkhead is replaced by an undefined one, and the Secure
console must tell where, why and with which registers. TAP. The image around the broken Bulkhead is packed by the command
that --pack gives, with SPMC and OUT for the two files.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys

WINDOW = 0xFFFFFFF000000000
BASE = 0x0E100000
BROKEN = "boot_secondary"  # the first C code of a CPU that comes on
IMAGE = "stop-smp2-1G"
SECONDS = 10  # the Normal world would wait for that CPU for ever

EXPECTED = (
    ("the kind of exception and the CPU", r"bulkhead: unexpected synchronous exception at S-EL2 on cpu 1"),
    ("its syndrome and address", r"  esr 0x\w+ elr 0x{elr:x} far 0x\w+ spsr 0x\w+ sp 0xfffffff0\w+"),
    ("all registers", r"  x0 0x\w+ x1 0x\w+ x2 0x\w+[\s\S]*  x30 0x\w+"),
    ("that the CPU stops", r"bulkhead: cpu 1 stops: unexpected exception"),
    ("the state of every vCPU", r"  vCPUs \(off, waiting, .*\): echo w\n"),
    ("the last steps of the other CPU", r"trace 0 0x\w+ 0x\w*ff05\w{2}03\w{8} 0x8400006b 0x0 .* 0 -\n"),
)


def address_of(lister, elf, symbol):
    for line in subprocess.run([lister, elf], capture_output=True, text=True, check=True).stdout.splitlines():
        address, _, name = line.split(" ", 2)
        if name == symbol:
            return int(address, 16)
    raise SystemExit(f"stop: no symbol {symbol} in {elf}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("build", "lister", "pack", "boot"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    spmc = os.path.join(options.build, "spmc", "bulkhead")
    folder = os.path.join(options.build, "images", IMAGE)
    address = address_of(options.lister, spmc + ".elf", BROKEN)
    os.makedirs(folder, exist_ok=True)
    raw, broken = (os.path.join(folder, "bulkhead." + kind) for kind in ("raw", "bin"))
    with open(spmc + ".raw", "rb") as file:
        code = bytearray(file.read())
    code[address - WINDOW - BASE:address - WINDOW - BASE + 4] = bytes(4)  # UDF #0
    with open(raw, "wb") as file:
        file.write(code)
    subprocess.run([sys.executable, "tools/image.py", "image", options.lister, spmc + ".elf", raw, broken], check=True)
    subprocess.run(shlex.split(options.pack.replace("SPMC", broken).replace("OUT", folder)), check=True)
    subprocess.run(shlex.split(options.boot) + ["once", "--image", IMAGE, "--append", "suite=smp", "--icount", "--seconds", str(SECONDS)],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    with open(os.path.join(options.build, "logs", IMAGE + "-secure.log"), encoding="utf-8", errors="replace") as file:
        said = file.read().replace("\r", "")
    print(f"1..{len(EXPECTED)}")
    for number, (what, pattern) in enumerate(EXPECTED, 1):
        good = re.search(pattern.replace("{elr:x}", f"{address:x}"), said)
        print(f"{'ok' if good else 'not ok'} {number} - a CPU that cannot go on tells {what}")


if __name__ == "__main__":
    main()
