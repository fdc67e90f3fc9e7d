"""Pack a flash image: TF-A, Bulkhead, the SPMC manifest, and a package for each partition.

The SPMC manifest is generated from the board, the memory size, the CPU count and the partitions' own manifests, so
what boots and what Bulkhead is told about it cannot differ. `image.json` beside the image says what is in it.
"""

import argparse
import glob
import json
import os
import re
import subprocess
import sys
import uuid

from manifest import PAGE, Manifest, Refused

MANIFEST_OFFSET = 0x1000
IMAGE_OFFSET = 0x4000


def memory_size(text):
    match = re.fullmatch(r"(\d+)([MG])", text)
    if not match:
        raise Refused(f"memory size '{text}': expected a number and M or G, as in 512M or 1G")
    return int(match[1]) << {"M": 20, "G": 30}[match[2]]


def round_up(size):
    return (size + PAGE - 1) & ~(PAGE - 1)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise Refused(f"{os.path.basename(command[0])}: {reason[-1]}")


class Partition:
    """A folder with one image and its manifest, and where they go."""

    def __init__(self, folder, cpus):
        self.name = os.path.basename(os.path.normpath(folder))
        self.image = self._only(folder, "*.bin")
        self.manifest = Manifest(self._only(folder, "*.dtb", "*.dts"))
        self.package_size = IMAGE_OFFSET + os.path.getsize(self.image)
        self.mem_size = self.manifest.mem_size or round_up(self.package_size)
        self.address = self.manifest.load_address
        manifest = self.manifest
        if len(manifest.blob) > PAGE:
            manifest.refuse("size", f"{len(manifest.blob)} bytes", f"at most {PAGE}")
        if self.mem_size < self.package_size:
            manifest.refuse("mem-size", hex(self.mem_size), f"at least {self.package_size:#x}, the package's size")
        if not IMAGE_OFFSET <= manifest.entrypoint_offset < self.package_size:
            manifest.refuse("entrypoint-offset", hex(manifest.entrypoint_offset), f"{IMAGE_OFFSET:#x} (start of the image) up to {self.package_size:#x}")
        if 1 < manifest.contexts < cpus:
            manifest.refuse("execution-ctx-count", manifest.contexts, f"1, or at least {cpus} (the number of CPUs)")

    @staticmethod
    def _only(folder, *patterns):
        for pattern in patterns:
            found = sorted(glob.glob(os.path.join(folder, pattern)))
            if len(found) == 1:
                return found[0]
            if found:
                raise Refused(f"{folder}: {len(found)} files match {pattern}, expected one")
        raise Refused(f"{folder}: no {' or '.join(patterns)}")

    def span(self):
        return self.address, self.address + self.mem_size


def place(partitions, board):
    """Give every partition its memory: where its manifest asks, else the lowest free place."""
    base, end = (int(board["partitions"][key], 0) for key in ("base", "end"))
    inside = [(int(a, 0), int(a, 0) + int(s, 0)) for a, s in board["secure_memory"]]
    placed = []
    for partition in sorted(partitions, key=lambda p: p.address is None):
        if partition.address is None:
            partition.address = base
            for low, high in sorted(other.span() for other in placed):
                if low < partition.address + partition.mem_size and partition.address < high:
                    partition.address = high
            if partition.span()[1] > end:
                raise Refused(f"{partition.name}: no room for {partition.mem_size:#x} bytes below {end:#x}")
        low, high = partition.span()
        for other in placed:
            if low < other.span()[1] and other.span()[0] < high:
                partition.manifest.refuse("load-address", hex(low), f"memory that {other.name} does not use")
        if not any(a <= low and high <= b for a, b in inside):
            partition.manifest.refuse("load-address", hex(low), "partition memory, " + ", ".join(f"{a:#x} to {b:#x}" for a, b in inside))
        placed.append(partition)


def pairs(regions):
    """Regions as cells of a `reg` property, two for each number."""
    return ", ".join(f"<0x{a >> 32:x} 0x{a & 0xffffffff:x} 0x{s >> 32:x} 0x{s & 0xffffffff:x}>" for a, s in regions)


def spmc_manifest(board, cpus, memory, partitions):
    spmc = board["spmc"]
    vms = "".join(f"""
        vm{index} {{
            is_ffa_partition;
            debug_name = "{p.name}";
            load_address = <{p.address:#x}>;
            vcpu_count = <{p.manifest.contexts}>;
            mem_size = <{p.mem_size:#x}>;
        }};""" for index, p in enumerate(partitions, 1))
    # Hafnium's order: the boot CPU first, the others from the highest down.
    cpu_nodes = "".join(f"""
        cpu@{index:x} {{ device_type = "cpu"; reg = <{index:#x}>; }};""" for index in [0, *range(cpus - 1, 0, -1)])
    regions = [("memory", [(int(a, 0), int(s, 0)) for a, s in board["secure_memory"]]),
               ("ns-memory", [(int(board["normal_memory_base"], 0), memory)]),
               ("device-memory", [(int(a, 0), int(s, 0)) for a, s in board["partition_devices"]])]
    memory_nodes = "".join(f"""
    memory@{index} {{ device_type = "{kind}"; reg = {pairs(list_)}; }};""" for index, (kind, list_) in enumerate(regions))
    return f"""/dts-v1/;

/ {{
    compatible = "arm,ffa-core-manifest-1.0";
    #address-cells = <2>;
    #size-cells = <2>;

    attribute {{
        maj_ver = <1>;
        min_ver = <2>;
        spmc_id = <{spmc["id"]}>;
        exec_state = <0>;
        load_address = <0x0 {spmc["load_address"]}>;
        entrypoint = <0x0 {spmc["load_address"]}>;
        binary_size = <{spmc["size"]}>;
    }};

    hypervisor {{
        compatible = "hafnium,hafnium";{vms}
    }};

    cpus {{
        #address-cells = <1>;
        #size-cells = <0>;{cpu_nodes}
    }};
{memory_nodes}
}};
"""


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


def check(board, spmc, partitions):
    limits = board["partitions"]
    if os.path.getsize(spmc) > int(board["spmc"]["size"], 0):
        raise Refused(f"{spmc}: {os.path.getsize(spmc)} bytes, room is for {board['spmc']['size']}")
    if len(partitions) > limits["max_packages"]:
        raise Refused(f"{len(partitions)} partitions: BL2 loads at most {limits['max_packages']}")
    for partition in partitions:
        if partition.package_size > int(limits["max_package_size"], 0):
            raise Refused(f"{partition.image}: a package of {partition.package_size} bytes, BL2 loads at most {limits['max_package_size']}")


def pack(options):
    with open(options.board, encoding="utf-8") as file:
        board = json.load(file)
    if not 1 <= options.cpus <= board["max_cpus"]:
        raise Refused(f"{options.cpus} CPUs: expected 1 to {board['max_cpus']}")
    out = options.out
    os.makedirs(out, exist_ok=True)
    partitions = [Partition(folder, options.cpus) for folder in dict.fromkeys(options.folders)]
    check(board, options.spmc, partitions)
    place(partitions, board)

    manifest = compile_tree(out, "spmc-manifest", spmc_manifest(board, options.cpus, memory_size(options.memory), partitions))
    if os.path.getsize(manifest) > PAGE:
        raise Refused(f"{manifest}: {os.path.getsize(manifest)} bytes, BL31 maps one page of {PAGE}: fewer partitions or CPUs")
    fip = os.path.join(out, "fip.bin")
    command = [os.path.join(options.tfa_tools, "fiptool"), "create",
               "--tb-fw", os.path.join(options.tfa, "bl2.bin"), "--soc-fw", os.path.join(options.tfa, "bl31.bin"),
               "--tos-fw", options.spmc, "--tos-fw-config", manifest,
               "--tb-fw-config", compile_tree(out, "tb-fw-config", loader_config(partitions))]
    for index, partition in enumerate(partitions, 1):
        package = os.path.join(out, partition.name + ".pkg")
        blob = os.path.join(out, partition.name + ".dtb")
        with open(blob, "wb") as file:
            file.write(partition.manifest.blob)
        run(sys.executable, os.path.join(options.tfa_tools, "sptool.py"), "-i", f"{partition.image}:{blob}",
            "--pm-offset", hex(MANIFEST_OFFSET), "--img-offset", hex(IMAGE_OFFSET), "-o", package)
        command += ["--blob", f"uuid={package_id(index, partition)},file={package}"]
    run(*command, fip)

    with open(os.path.join(out, "image.json"), "w", encoding="utf-8") as file:
        json.dump({"cpus": options.cpus, "memory": options.memory,
                   "partitions": [{"name": p.name, "address": p.address, "size": p.mem_size} for p in partitions]}, file, indent=1)
    write_flash(os.path.join(out, "flash.bin"), os.path.join(options.tfa, "bl1.bin"), fip, int(board["flash"]["fip_offset"], 0))


def write_flash(path, bl1, fip, fip_offset):
    if os.path.getsize(bl1) > fip_offset:
        raise Refused(f"{bl1}: does not fit below the FIP at {fip_offset:#x}")
    with open(path + ".new", "wb") as flash:
        for offset, part in ((0, bl1), (fip_offset, fip)):
            flash.seek(offset)
            with open(part, "rb") as file:
                flash.write(file.read())
    os.replace(path + ".new", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--board", required=True)
    parser.add_argument("--cpus", type=int, required=True)
    parser.add_argument("--memory", required=True, help="of the Normal world, as for QEMU: 512M, 1G")
    parser.add_argument("--spmc", required=True, help="the image that TF-A loads as BL32")
    parser.add_argument("--tfa", required=True, help="folder of bl1.bin, bl2.bin, bl31.bin")
    parser.add_argument("--tfa-tools", required=True, help="folder of TF-A's fiptool and sptool.py")
    parser.add_argument("--out", required=True)
    parser.add_argument("folders", nargs="*", metavar="PARTITION", help="a folder with an image (.bin) and a manifest (.dtb or .dts)")
    try:
        pack(parser.parse_args())
    except (Refused, OSError) as error:
        sys.exit(f"pack: {error}")


if __name__ == "__main__":
    main()
