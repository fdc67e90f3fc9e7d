"""Pack a flash image: TF-A, Bulkhead, the SPMC manifest, and a package for each partition; a Normal-world program if given.

The SPMC manifest is generated from the board, the memory size, the CPU count and the partitions' own manifests, so
what boots and what Bulkhead is told about it cannot differ; or it is given, and says where everything lies.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import uuid

import flash
import spmc
from manifest import PAGE, Refused, read_file
from package import Partition
from place import Map, listed, overlap, span

DEVICE_TREE_ROOM = 0x100000  # at the start of Normal memory: QEMU's device tree


def memory_span(text, board):
    """The Normal world's memory; all that the board can have if nobody says how much."""
    base, limit = span(board["normal_memory"])
    if text is None:
        return base, limit
    match = re.fullmatch(r"(\d+)([MG])", text)
    size = int(match[1]) << {"M": 20, "G": 30}[match[2]] if match else 0
    if not (16 << 20) <= size <= limit - base:
        raise Refused(f"MEMORY is '{text}', expected a number and M or G, from 16M to {(limit - base) >> 30}G, as in 512M or 1G")
    return base, base + size


def cpu_count(text, board):
    if not (text.isdecimal() and 1 <= int(text) <= board["max_cpus"]):
        raise Refused(f"CPUS is '{text}', expected 1 to {board['max_cpus']}")
    return int(text)


def bl33_span(options, board, normal):
    """Where BL2 puts the Normal world's program: inside its memory, behind the device tree."""
    if not os.path.isfile(options.bl33):
        raise Refused(f"BL33 is '{options.bl33}', expected a file: the Normal world's program")
    try:
        base = int(options.bl33_base, 0)
    except ValueError:
        base = -1
    room = span(board["normal_memory"])[0] + DEVICE_TREE_ROOM, min(max(high for _, high in normal), 1 << 32)
    size = os.path.getsize(options.bl33)
    if size == 0:
        raise Refused(f"{options.bl33}: 0 bytes, expected a program")
    if base % PAGE or not room[0] <= base <= room[1] - size:
        raise Refused(f"BL33_BASE is '{options.bl33_base}', expected a multiple of 4 KiB, and {size} bytes in {listed([room])}")
    return base, base + size


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise Refused(f"{os.path.basename(command[0])}: {reason[-1]}")


def package_id(index, partition):
    """BL2's file name of a package: its own, since two partitions may offer the same service UUID."""
    return uuid.uuid5(uuid.UUID(int=index), partition.name)


def loader_config(partitions):
    nodes = "".join(f"""
        sp{index} {{ uuid = "{package_id(index, p)}"; load-address = <{p.address:#x}>; }};""" for index, p in enumerate(partitions, 1))
    return f"""/dts-v1/;

/ {{
    compatible = "arm,tb_fw";
    secure-partitions {{
        compatible = "arm,sp";{nodes}
    }};
}};
"""


def compile_tree(out, name, source):
    path = os.path.join(out, name)
    with open(path + ".dts", "w", encoding="ascii") as file:
        file.write(source)
    run("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", path + ".dtb", path + ".dts")
    return path + ".dtb"


def write_blob(out, name, data):
    path = os.path.join(out, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def read_partitions(sources, cpus, board):
    limits = board["packages"]
    sources = list(dict.fromkeys(os.path.normpath(source) for source in sources))
    if len(sources) > limits["max_count"]:
        raise Refused(f"{len(sources)} partitions, expected at most {limits['max_count']}: BL2 loads no more packages")
    partitions = [Partition(source, cpus) for source in sources]
    names = set()
    for partition in partitions:
        size, limit = len(partition.package), int(limits["max_size"], 0)
        if size > limit:
            raise Refused(f"{partition.source}: a package of {size} bytes, expected at most {limit}: BL2 loads no more")
        partition.name = re.sub(r"[^A-Za-z0-9_.+-]", "_", partition.name)
        while partition.name in names:
            partition.name += "+"
        names.add(partition.name)
    return partitions


class Contents:
    """Everything that an image is made of, checked."""

    def __init__(self, options, board):
        self.board, self.given, self.trace = board, None, options.trace
        if options.spmc_manifest:
            if options.memory or options.cpus:
                raise Refused("MEMORY and CPUS do not go with SPMC_MANIFEST, expected that to say both")
            self.given = spmc.Manifest(options.spmc_manifest)
            self.given.check(board)
        self.cpus = self.given.cpus if self.given else cpu_count(options.cpus or str(board["default_cpus"]), board)
        self.normal = self.given.spans("ns-memory") if self.given else [memory_span(options.memory, board)]
        self.partitions = read_partitions(options.sources, self.cpus, board)
        self.map = Map(board, self.normal, self.given)
        if options.bl33_base and not options.bl33:
            raise Refused(f"BL33_BASE is '{options.bl33_base}', expected BL33 beside it: Linux is loaded by QEMU")
        self.bl33 = bl33_span(options, board, self.normal) if options.bl33 else None

    def place(self):
        (self.given or self.map).place(self.partitions)
        self.map.check(self.partitions)
        base = span(self.board["normal_memory"])[0]
        for name, taken in (("the device tree", (base, base + DEVICE_TREE_ROOM)), ("BL33", self.bl33)):
            for partition in self.partitions:
                for region in partition.manifest.regions:
                    if taken and region.nonsecure and not region.device and region.base is not None and overlap(region.span(0), taken):
                        partition.manifest.refuse("base-address", hex(region.base), f"what {name} does not use ({listed([taken])})", region.path)

    def manifest(self, out):
        if self.given:
            return write_blob(out, "spmc-manifest.dtb", self.given.blob)
        path = compile_tree(out, "spmc-manifest", spmc.generate(self.board, self.cpus, self.normal, self.partitions, self.trace))
        if os.path.getsize(path) > PAGE:
            raise Refused(f"{path}: {os.path.getsize(path)} bytes, expected at most {PAGE}, fewer partitions or CPUs: BL31 maps one page")
        return path


def pack(options):
    board = json.loads(read_file(options.board))
    target = os.path.join(options.out, "flash.bin")
    if options.flash is not None:
        target = options.flash
        if not target:
            raise Refused("OUT is missing, expected a file: make flash OUT=FILE")
        if os.path.isdir(target) or not os.path.isdir(os.path.dirname(target) or "."):
            raise Refused(f"OUT is '{target}', expected a file in a folder that exists")
    contents = Contents(options, board)
    if options.check:
        return
    contents.place()
    if os.path.getsize(options.spmc) > int(board["spmc"]["size"], 0):
        raise Refused(f"{options.spmc}: {os.path.getsize(options.spmc)} bytes, expected at most {board['spmc']['size']}")
    out = options.out
    os.makedirs(out, exist_ok=True)
    fip = os.path.join(out, "fip.bin")
    command = [os.path.join(options.tfa_tools, "fiptool"), "create",
               "--tb-fw", options.bl2 or os.path.join(options.tfa, "bl2.bin"), "--soc-fw", os.path.join(options.tfa, "bl31.bin"),
               "--tos-fw", options.spmc, "--tos-fw-config", contents.manifest(out),
               "--tb-fw-config", compile_tree(out, "tb-fw-config", loader_config(contents.partitions))]
    if options.bl33:
        command += ["--nt-fw", options.bl33]
    for index, partition in enumerate(contents.partitions, 1):
        command += ["--blob", f"uuid={package_id(index, partition)},file={write_blob(out, f'{index}-{partition.name}.pkg', partition.package)}"]
    run(*command, fip)
    flash.write(target, os.path.join(options.tfa, "bl1.bin"), fip, board)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--board", required=True)
    parser.add_argument("--cpus", default="", help="of the machine; default: the board's")
    parser.add_argument("--memory", help="of the Normal world, as for QEMU: 512M, 1G; default: all that the board can have")
    parser.add_argument("--spmc", required=True, help="the image that TF-A loads as BL32")
    parser.add_argument("--spmc-manifest", help="use this SPMC manifest (.dts or .dtb), do not generate one")
    parser.add_argument("--trace", action="store_true", help="the Normal world may read Bulkhead's trace: for development")
    parser.add_argument("--bl33", help="the Normal world's program, loaded by BL2")
    parser.add_argument("--bl33-base", help="where to: BL2 was built for this")
    parser.add_argument("--bl2", help="default: bl2.bin of --tfa")
    parser.add_argument("--tfa", required=True, help="folder of bl1.bin, bl2.bin, bl31.bin")
    parser.add_argument("--tfa-tools", required=True, help="folder of TF-A's fiptool")
    parser.add_argument("--out", required=True, help="folder of the intermediate files")
    parser.add_argument("--flash", help="the flash image; default: flash.bin in --out")
    parser.add_argument("--check", action="store_true", help="only say what is wrong with the input")
    parser.add_argument("sources", nargs="*", metavar="PARTITION", help="a folder with an image (.bin) and a manifest (.dtb or .dts), or a package (.pkg)")
    try:
        pack(parser.parse_args())
    except (Refused, OSError) as error:
        sys.exit(f"pack: {error}")


if __name__ == "__main__":
    main()
