"""What S-EL2 says when it cannot go on: in each case one instruction of Bulkhead is replaced, as a fault of ours or of an
attacker might have it, and the Secure console must tell where, why and with which registers. TAP. The image around the broken
Bulkhead is packed by the command that --pack gives, with SPMC and OUT for the two files.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys

WINDOW = 0xFFFFFFF000000000
BASE = 0x0E100000
SECONDS = 10  # the Normal world would wait for that CPU for ever
UNDEFINED, NOP = 0, 0xD503201F
STORE_ZERO_AT_SP = 0xF90003FF  # STR XZR, [SP]; eighths of the offset from bit 10 on
SIGN, LANDING = ("paciasp", "hint #0x19"), ("bti j", "hint #0x24")

EXCEPTION = r"bulkhead: unexpected synchronous exception at S-EL2 on cpu {cpu}"
STOPPED = (
    ("all registers", r"  x0 0x\w+ x1 0x\w+ x2 0x\w+[\s\S]*  x30 0x\w+"),
    ("that the CPU stops", r"bulkhead: cpu {cpu} stops: unexpected exception"),
    ("the state of every vCPU", r"  vCPUs \(.*\): echo [a-z]"),
    ("the last steps", r"trace 0 0x\w+ 0x\w+ 0x\w+ .* 0 -\n"),
)


class Code:
    """The image before it is packed, its symbols, and its instructions as text."""

    def __init__(self, options):
        self.options = options
        self.elf = os.path.join(options.build, "spmc", "bulkhead.elf")
        with open(os.path.join(options.build, "spmc", "bulkhead.raw"), "rb") as file:
            self.bytes = bytearray(file.read())

    def instructions(self, function):
        """Address, word and text of each; `function` may have been cloned."""
        text = subprocess.run([self.options.dumper, "-d", self.elf], capture_output=True, text=True, check=True).stdout
        found = re.search(rf"^\w+ <{function}(?:\.\w+)*>:\n((?:.+\n)+)", text, re.M)
        if not found:
            raise SystemExit(f"stop: no function {function} in {self.elf}")
        for line in found[1].splitlines():
            address, word, *instruction = line.split("\t")
            yield int(address.strip(" :"), 16), int(word, 16), " ".join(instruction).split("//")[0].strip()

    def replace(self, address, word):
        at = address - WINDOW - BASE
        self.bytes[at:at + 4] = word.to_bytes(4, "little")
        return address


def break_start(code):
    """The first C code of a CPU that comes on is undefined."""
    return code.replace(next(code.instructions("boot_secondary"))[0], UNDEFINED)


def overrun_frame(code):
    """A frame's canary is overwritten: right after it was stored, its register is cleared, by what now stores a zero there."""
    offset = register = None
    for address, word, text in code.instructions("call_partition_info_get"):
        stored = re.fullmatch(r"str (x\d+), \[sp, #(\d+)\]", text)
        if stored and offset is None and loaded == stored[1]:
            register, offset = stored[1], int(stored[2])
        elif offset is not None and text.startswith(f"mov {register}, #0x0"):
            return code.replace(address, STORE_ZERO_AT_SP | offset // 8 << 10)
        guard = re.fullmatch(r"ldr (x\d+), \[x\d+\]", text)
        loaded = guard[1] if guard else None
    raise SystemExit("stop: no canary found")


def return_unsigned(code):
    """A return address that nobody signed, as an overwritten one is."""
    return code.replace(next(address for address, _, text in code.instructions("vcpu_run") if text in SIGN), NOP)


def jump_into_code(code):
    """A jump to what is no landing pad: it was the one of a call in the table of calls."""
    for address, _, text in code.instructions("handle_row"):
        if text in LANDING:
            pad = address
        if "<call_rxtx_map" in text:
            return code.replace(pad, NOP)
    raise SystemExit("stop: no landing pad found")


def break_report(code):
    """The report of that fails as well, where it prints the trace."""
    code.replace(next(code.instructions("print_record"))[0], UNDEFINED)
    return break_start(code)


TWICE = r"(?s)\A(?:(?!unexpected \w+ exception).)*(?:unexpected \w+ exception(?:(?!unexpected \w+ exception).)*){2}\Z"

CASES = (
    ("a CPU that cannot go on", break_start, 1,
     (("the kind of exception and the CPU", EXCEPTION),
      ("its syndrome and address", r"  esr 0x2000000 elr 0x{address:x} far 0x\w+ spsr 0x\w+ sp 0xfffffff0\w+")) + STOPPED),
    ("a stack frame that was overwritten", overrun_frame, 0,
     (("of it", r"bulkhead: a stack frame was overwritten, found before 0xfffffff0\w+"),
      ("that the CPU stops", r"bulkhead: cpu 0 stops: its stack cannot be trusted"))),
    ("a return address that was not signed", return_unsigned, 0,
     (("of it", EXCEPTION), ("its syndrome", r"  esr 0x(72|86)\w+ "), ("the chain of what runs", r"\n  cpu {cpu} runs echo 0\n")) + STOPPED),
    ("a jump to no landing pad", jump_into_code, 0,
     (("of it", EXCEPTION), ("its syndrome and address", r"  esr 0x36\w+ elr 0x{address:x} ")) + STOPPED),
    ("a fault inside the report of a fault", break_report, 1,
     (("both", TWICE), ("that the CPU stops", r"bulkhead: cpu {cpu} stops: unexpected exception"))),
)


def console(options, code, number):
    """Boots the broken Bulkhead; what the Secure console said."""
    image = f"stop{number}-smp2-1G"
    folder = os.path.join(options.build, "images", image)
    os.makedirs(folder, exist_ok=True)
    raw, broken = (os.path.join(folder, "bulkhead." + kind) for kind in ("raw", "bin"))
    with open(raw, "wb") as file:
        file.write(code.bytes)
    subprocess.run([sys.executable, "tools/image.py", "image", options.lister, code.elf, raw, broken], check=True)
    subprocess.run(shlex.split(options.pack.replace("SPMC", broken).replace("OUT", folder)), check=True)
    subprocess.run(shlex.split(options.boot) + ["once", "--image", image, "--append", "suite=smp", "--icount", "--seconds", str(SECONDS)],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    with open(os.path.join(options.build, "logs", image + "-secure.log"), encoding="utf-8", errors="replace") as file:
        return file.read().replace("\r", "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("build", "lister", "dumper", "pack", "boot"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    print(f"1..{sum(len(expected) for *_, expected in CASES)}")
    number = 0
    for case, (what, plant, cpu, expected) in enumerate(CASES, 1):
        code = Code(options)
        address = plant(code)
        said = console(options, code, case)
        for tells, pattern in expected:
            number += 1
            good = re.search(pattern.replace("{address:x}", f"{address:x}").replace("{cpu}", str(cpu)), said)
            print(f"{'ok' if good else 'not ok'} {number} - {what}: Bulkhead tells {tells}", flush=True)


if __name__ == "__main__":
    main()
