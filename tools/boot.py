"""Boot an image in QEMU: the one place that knows QEMU's command line.

A boot is a flash image, a payload for the Normal world (Linux, bl33.bin, or what is in the image) and a CPU model; the
device tree is QEMU's own, edited. `run` is for people, `test` boots what tools/boots.txt lists for a layer and keeps its TAP, `once` is for tools.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import time
from concurrent import futures

import fdt
import tally
from flash import Flash
from manifest import Refused

RUN_SECONDS = 120
OLDEST_QEMU = (10, 0)
BENCH_CLOCK = "shift=0"  # an instruction is a nanosecond
TEST_CLOCK = "shift=3,sleep=off"  # eight nanoseconds, and idle time passes at once
DISK_SIZE = 64 << 20
BULKHEAD = "bulkhead 62756c6b-69b4-d741-8075-6c6b65616400"  # the SPMC's own name and UUID (abi/stat.h)
SEED = bytes(range(64))  # the same random seed each time: a boot under -icount is repeatable


class Boot:
    """One boot, from options that a command line or a line of boots.txt gave."""

    def __init__(self, tools, image, cpu="max", payload="linux", mode="shell", append="", icount=None, plugin=None,
                 threads="single", name=None):
        self.tools, self.image, self.cpu, self.payload = tools, image, cpu, payload
        self.mode, self.append, self.icount, self.plugin, self.threads = mode, append, icount, plugin, threads
        self.name = name or image
        image, _, memory = image.partition("/")
        self.more = []  # arguments that QEMU gets besides
        self._open(os.path.join(tools.build, "images", image, "flash.bin"), memory)
        if mode == "reboot":
            self.more = self._disk()

    def _open(self, path, memory=None, cpus=None):
        with open(self.tools.board, encoding="utf-8") as file:
            self.board = json.load(file)
        self.flash = Flash(path, self.board)
        self.memory, self.cpus = memory or self.flash.memory, cpus or self.flash.cpus
        logs = os.path.join(self.tools.build, "logs")
        os.makedirs(logs, exist_ok=True)
        self.secure_log = os.path.join(logs, self.name + "-secure.log")
        self.normal_log = os.path.join(logs, self.name + "-normal.log")
        self.qemu_log = os.path.join(logs, self.name + "-qemu.log")

    @classmethod
    def of_flash(cls, tools, options):
        """A flash image from anywhere: it says whether its Normal world is in it or Linux."""
        boot = cls.__new__(cls)
        boot.tools, boot.cpu, boot.append, boot.threads = tools, options.cpu, options.append, "single"
        boot.icount = boot.plugin = None
        boot.name = "flash-" + os.path.splitext(os.path.basename(options.flash))[0]
        boot._open(options.flash, options.memory, options.cpus)
        boot.payload = "linux" if boot.flash.payload == "linux" else None
        return boot

    def _disk(self):
        """Empty; only what is gone with the host may be lost, so nothing is waited for."""
        path = os.path.join(self.tools.build, "logs", self.name + ".img")
        with open(path, "wb") as file:
            file.truncate(DISK_SIZE)
        return ["-drive", f"file={path},format=raw,cache=unsafe,if=none,id=disk", "-device", "virtio-blk-pci,drive=disk"]

    def _machine(self):
        """Arguments that shape the device tree; those that a person added come last, so that they win."""
        cpu = next((value for option, value in reversed(list(zip(self.more, self.more[1:]))) if option in ("-cpu", "--cpu")), self.cpu)
        machine = self.board["qemu"]["machine"] + (",mte=on" if cpu.split(",")[0] == "max" else "")
        return ["-machine", machine + ",dtb-randomness=off", "-cpu", self.cpu, "-smp", str(self.cpus),
                "-m", self.memory, "-bios", self.flash.path]

    def _device_tree(self):
        """QEMU's own tree for this machine, with what this boot passes to the Normal world."""
        path = os.path.join(self.tools.build, "logs", self.name + ".dtb")
        machine = self._machine()
        if os.path.exists(path):
            os.remove(path)
        done = subprocess.run([self.tools.qemu, *machine, "-display", "none", "-nic", "none", "-global", "pci-device.romfile=",
                               *self.more, "-machine", "dumpdtb=" + path],
                              env=self.tools.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode or not os.path.exists(path):
            raise Refused("QEMU: " + (done.stderr.strip().splitlines() or ["no device tree"])[-1])
        with open(path, "rb") as file:
            root = fdt.read(file.read())
        self._keep_apart(root)
        chosen = root.child("chosen").properties
        names = [f"{partition.name} {uuid}" for partition in self.flash.partitions for uuid in partition.uuids]
        if self.flash.logical:
            names.append(BULKHEAD)
        chosen["bulkhead,partitions"] = b"".join(name.encode() + b"\0" for name in names)
        chosen["rng-seed"] = SEED
        chosen["bootargs"] = self._arguments().encode() + b"\0"
        if self.payload == "linux":
            start = int(self.board["qemu"]["initrd_address"], 0)
            chosen["linux,initrd-start"] = start.to_bytes(8, "big")
            chosen["linux,initrd-end"] = (start + os.path.getsize(self.tools.initrd)).to_bytes(8, "big")
        with open(path, "wb") as file:
            file.write(fdt.write(root))
        return path

    def _keep_apart(self, root):
        """Devices and memory of partitions are not the Normal world's: it must not find or use them."""
        devices = [span for partition in self.flash.partitions for span in partition.devices]

        def is_theirs(node):
            unit = re.search(r"@([0-9a-f]+)$", node.name)
            return unit and any(low <= int(unit[1], 16) < high for low, high in devices)

        root.children = [node for node in root.children if node.name not in self.board["hidden_from_linux"] and not is_theirs(node)]
        spans = [span for partition in self.flash.partitions for span in partition.normal_memory]
        if spans:
            reserved = root.child("reserved-memory") or fdt.Node("reserved-memory")
            if reserved not in root.children:
                two = (2).to_bytes(4, "big")
                reserved.properties = {"#address-cells": two, "#size-cells": two, "ranges": b""}
                root.children.append(reserved)
            for low, high in spans:
                node = fdt.Node(f"partition@{low:x}")
                node.properties = {"reg": low.to_bytes(8, "big") + (high - low).to_bytes(8, "big"), "no-map": b""}
                reserved.children.append(node)

    def _arguments(self):
        if self.payload != "linux":
            return self.append
        arguments = "console=ttyAMA0 panic=-1 bulkhead.mode=" + self.mode
        arguments += " printk.devkmsg=on" if self.mode in ("test", "soak") else " quiet loglevel=3"
        if "kvm-arm.mode=" not in self.append:
            arguments += " kvm-arm.mode=protected"
        return (arguments + " " + self.append).strip()

    def command(self, interactive=False):
        qemu = self.board["qemu"]
        command = [self.tools.qemu, *self._machine(), *([] if self.mode == "reboot" else ["-no-reboot"]), "-nic", "none",
                   "-display", "none", "-global", "pci-device.romfile=", "-dtb", self._device_tree(), "-accel", "tcg,thread=" + self.threads]
        if self.payload:
            command += ["-device", f"loader,file={self.tools.payload(self.payload)},addr={qemu['payload_address']},force-raw=on"]
        if self.payload == "linux":
            command += ["-device", f"loader,file={self.tools.initrd},addr={qemu['initrd_address']},force-raw=on"]
        if self.icount:
            command += ["-icount", self.icount, "-rtc", "clock=vm"]  # the clock of the board counts instructions too
        if self.plugin:
            command += ["-plugin", self.plugin, "-d", "plugin", "-D", os.path.join(self.tools.build, "logs", self.name + "-plugin.log")]
        command += ["-serial", "mon:stdio"] if interactive else ["-serial", "stdio", "-monitor", "none"]
        return command + ["-serial", "file:" + self.secure_log, *self.more]

    def capture(self, seconds, show=None):
        """Boot without a terminal; the Normal console's lines, and what ended the boot (None: it powered itself off)."""
        lines, ended = [], None
        with open(self.qemu_log, "wb") as complaints, open(self.normal_log, "w", encoding="utf-8") as log, subprocess.Popen(
                self.command(), env=self.tools.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints) as qemu:
            timer = threading.Timer(seconds, qemu.kill)
            timer.start()
            try:
                for raw in qemu.stdout:
                    line = raw.decode("utf-8", "replace").rstrip()
                    lines.append(line)
                    print(line, file=log, flush=True)
                    if show:
                        show(line)
                status = qemu.wait()
                if not timer.is_alive():
                    ended = f"still running after {seconds} s"
                elif status:
                    ended = f"QEMU ended with status {status}: see {self.qemu_log}"
            finally:
                timer.cancel()
                qemu.kill()
        return lines, ended


class Tools:
    """Where QEMU and the payloads are; Linux's files come from the build unless it is said otherwise."""

    def __init__(self, options, initrd=None):
        self.board, self.qemu, self.cache, self.build = options.board, options.qemu, options.cache, options.build
        self.initrd = initrd or os.path.join(self.build, "linux", "initrd.cpio")
        self.environment = dict(os.environ)
        unpacked = os.path.join(self.cache, "qemu")
        if self.qemu.startswith(unpacked):
            library = next(f.path for f in os.scandir(os.path.join(unpacked, "usr/lib")) if f.name.endswith("-linux-gnu"))
            self.environment["QEMU_MODULE_DIR"] = os.path.abspath(os.path.join(library, "qemu"))
        self.qemu_version = self._check_qemu()

    def _check_qemu(self):
        try:
            done = subprocess.run([self.qemu, "--version"], env=self.environment, capture_output=True, text=True, check=False)
        except OSError as error:
            raise Refused(f"{self.qemu}: {error.strerror}") from None
        version = re.search(r"version (\d+)\.(\d+)\.?(\d*)", done.stdout)
        if not version:
            raise Refused(f"{self.qemu} does not run: {(done.stderr.strip().splitlines() or ['no output'])[-1]}")
        if tuple(map(int, version.groups()[:2])) < OLDEST_QEMU:
            raise Refused(f"{self.qemu} is version {version[0][8:]}; 10.0 or newer is needed (S-EL2 timers)")
        return version[0][8:]

    def payload(self, kind):
        path = {"linux": os.path.join(self.cache, "linux/Image"), "bl33": os.path.join(self.build, "bl33/bl33.bin")}.get(kind, kind)
        if not os.path.exists(path):
            raise Refused(f"{path}: no such payload")
        return path

    def version(self, name):
        try:
            with open(os.path.join(self.cache, "versions", name), encoding="utf-8") as file:
                return file.read().strip()
        except OSError:
            return "?"


def banner(boot, interactive):
    tools = boot.tools
    names = ", ".join(p.name for p in boot.flash.partitions) or "none"
    world, alone = f"the Normal world in {boot.flash.path}", f"{RUN_SECONDS} s, or until the machine powers off"
    if boot.payload:
        world = f"Linux {tools.version('linux')} under pKVM, BusyBox {tools.version('busybox')}"
        alone = "the demonstration runs, then the machine powers off"
    print(f"""
  Bulkhead at S-EL2, partitions: {names}
  TF-A {tools.version('tfa')}, {world}
  QEMU {tools.qemu_version}, -cpu {boot.cpu}, {boot.cpus} CPUs, {boot.memory}{', ' if boot.more else ''}{shlex.join(boot.more)}
  Secure console: {boot.secure_log}
  {'Leave QEMU: Ctrl-A, then X' if interactive else 'No terminal: ' + alone}
""", flush=True)


def run(tools, options):
    interactive = sys.stdin.isatty()
    boot = Boot.of_flash(tools, options) if options.flash else Boot(tools, options.image, options.cpu, append=options.append)
    boot.mode = "shell" if interactive else "demo"
    try:
        boot.more = shlex.split(options.qemu_args)
    except ValueError as error:
        raise Refused(f"QEMU_ARGS is '{options.qemu_args}', expected arguments of QEMU ({error})") from None
    banner(boot, interactive)
    if interactive:
        with open(boot.qemu_log, "wb") as complaints:
            return subprocess.run(boot.command(interactive=True), env=tools.environment, stderr=complaints, check=False).returncode
    lines, ended = boot.capture(RUN_SECONDS, lambda line: print(line, flush=True))
    problem = ended or (boot.payload and "bulkhead.mode=" not in options.append and demonstration_problem(lines))
    if problem:
        raise Refused(problem)
    return 0


def demonstration_problem(lines):
    verdicts = [line for line in lines if line.startswith("demonstration ")]
    if not verdicts:
        return "the demonstration did not end"
    return None if verdicts[-1] == "demonstration passed" else verdicts[-1]


def read_boots(layer, partitions):
    """Lines of boots.txt; and for each partition that brings a test, the boot in which that runs."""
    for name in partitions:
        yield name, name + "-smp2-1G", "max", "linux", "partition", "360", ""
    with open(os.path.join(os.path.dirname(__file__), "boots.txt"), encoding="utf-8") as file:
        for line in file:
            fields = line.split(None, 7)
            if fields and fields[0] == layer:
                yield fields[1:7] + [fields[7].strip() if len(fields) > 7 else ""]


def test(tools, options):
    """Each boot of the layer leaves a TAP file; whether anything failed is for the tally to say.

    The guest's time is a count of instructions, so that a busy machine changes no result.
    """
    def one(name, image, cpu, payload, mode, seconds, append):
        boot = Boot(tools, image, cpu, payload, mode, append, icount=TEST_CLOCK, name=f"{options.layer}-{name}")
        began = time.monotonic()
        lines, ended = boot.capture(int(seconds))
        tap = tap_lines(lines)
        if mode == "demo":
            problem = demonstration_problem(lines)
            tap = ["1..1", ("not ok" if problem else "ok") + f" 1 - boots and demonstrates on {cpu}, {boot.cpus} CPUs"
                   + (f" ({problem})" if problem else "")]
        tally.write(os.path.join(tools.build, "results", options.layer, name + ".tap"), tap, ended)
        print(f"  {'BOOT':<7} {options.layer}-{name}: {time.monotonic() - began:.1f} s", flush=True)

    with futures.ThreadPoolExecutor(options.at_once) as pool:
        for boot in [pool.submit(one, *line) for line in read_boots(options.layer, options.partitions)]:
            boot.result()
    return 0


def tap_lines(lines):
    """TAP as the payload prints it, or behind the kernel log's time and the prefix `TAP: `."""
    for line in lines:
        match = re.fullmatch(r"(?:(?:\[ *[\d.]+\] )?TAP: )?((?:ok|not ok|1\.\.\d|#|Bail out!).*)", line)
        if match:
            yield match[1]


def once(tools, options):
    boot = Boot(tools, options.image, options.cpu, options.payload, options.mode, options.append, options.icount, options.plugin,
                options.threads, options.name)
    _, ended = boot.capture(options.seconds, lambda line: print(line, flush=True))
    if ended:
        raise Refused(ended)
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("board", "qemu", "cache", "build"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--initrd", help="in place of the build's own")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("run", "once"):
        command = commands.add_parser(name)
        command.add_argument("--image", required=name == "once", help="a folder in build/images")
        command.add_argument("--cpu", default="max")
        command.add_argument("--append", default="", help="arguments for the payload")
        if name == "run":
            command.add_argument("--flash", help="a flash image, in place of --image")
            command.add_argument("--memory", help="of the machine that a flash image boots on; default: what it says")
            command.add_argument("--cpus", help="the same, of CPUs")
            command.add_argument("--qemu-args", default="", help="added to QEMU's arguments")
    command.add_argument("--payload", default="bl33", help="linux, bl33 or a file")
    command.add_argument("--mode", default="shell", choices=["shell", "demo", "test", "bench", "reboot", "trace"], help="what Linux does after the boot")
    command.add_argument("--icount", nargs="?", const=BENCH_CLOCK, help="time is a count of instructions (one a nanosecond, or this clock): counts repeat")
    command.add_argument("--plugin", help="a QEMU plugin, with its arguments")
    command.add_argument("--threads", default="single", choices=["single", "multi"])
    command.add_argument("--seconds", type=int, default=60)
    command.add_argument("--name", help="of the logs")
    command = commands.add_parser("test")
    command.add_argument("--at-once", type=int, default=1, help="so many boots")
    command.add_argument("layer")
    command.add_argument("partitions", nargs="*", help="that bring a test of their own")
    options = parser.parse_args()
    try:
        sys.exit({"run": run, "test": test, "once": once}[options.command](Tools(options, options.initrd), options))
    except (Refused, OSError) as error:
        sys.exit(f"boot: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
