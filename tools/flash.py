"""Flash images: BL1, and behind it TF-A's firmware image package (FIP). What boots is read from the image itself, so an
image from elsewhere, with Bulkhead in another SPMC's place, needs nothing beside it.

    flash.py --board FILE FLASH     what the Normal world of this image is: "linux" (loaded by QEMU) or "bl33" (in it)
"""

import argparse
import json
import os
import struct
import sys
import uuid

import spmc
from manifest import Manifest, Refused, read_file, read_tree, text
from package import unpack
from place import span

FIP_MAGIC = 0xAA640001
HEADER = struct.Struct("<IIQ")  # magic, serial number, flags
ENTRY = struct.Struct("<16sQQQ")  # UUID, offset, size, flags
BL33 = uuid.UUID("d6d0eea7-fcea-d54b-9782-9934f234b6e4")
LOADER_CONFIG = uuid.UUID("6c0458ff-af6b-7d4f-82ed-aa27bc69bfd2")
SPMC_CONFIG = uuid.UUID("26257c1a-dbc6-7f47-8d96-c4c4b0248021")
DEFAULT_MEMORY = "1G"


def size_text(size):
    """Bytes as QEMU takes them."""
    return f"{size >> 30}G" if size % (1 << 30) == 0 else f"{size >> 20}M"


class Flash:
    """What is in a flash image: CPUs, memory, partitions, the Normal world's program."""

    def __init__(self, path, board):
        self.path = path
        data = read_file(path)
        self.files = self._read_fip(data, int(board["flash"]["fip_offset"], 0))
        self.payload = "bl33" if BL33 in self.files else "linux"
        if SPMC_CONFIG not in self.files:
            raise Refused(f"{path}: no SPMC manifest in the FIP ({SPMC_CONFIG}), expected an image with an SPMC")
        manifest = spmc.Manifest(f"{path}: SPMC manifest", self.files[SPMC_CONFIG])
        self.cpus = manifest.cpus
        self.memory = self._memory(manifest, *span(board["normal_memory"]))
        self.partitions = self._read_partitions(manifest)
        hypervisor = manifest.tree.child("hypervisor")
        self.logical = bool(hypervisor) and "bulkhead,logical-partition" in hypervisor.properties

    def _read_fip(self, data, at):
        base, files = at, {}
        if len(data) < at + HEADER.size or HEADER.unpack_from(data, at)[0] != FIP_MAGIC:
            raise Refused(f"{self.path}: no FIP at {at:#x}, expected a flash image with BL1 at 0 and TF-A's FIP there")
        at += HEADER.size
        while at + ENTRY.size <= len(data):
            name, offset, size, _ = ENTRY.unpack_from(data, at)
            if not any(name):
                return files
            if base + offset + size > len(data):
                break
            files[uuid.UUID(bytes=name)] = data[base + offset:base + offset + size]
            at += ENTRY.size
        raise Refused(f"{self.path}: the FIP at {base:#x} is cut off")

    @staticmethod
    def _memory(manifest, base, limit):
        """As the manifest says; where it says all that the board can have, an amount that does."""
        ends = [high for low, high in manifest.spans("ns-memory") if low < limit and high > base]
        end = max(ends, default=limit)
        return DEFAULT_MEMORY if end >= limit else size_text(end - base)

    def _read_partitions(self, manifest):
        path = f"{self.path}: loader's configuration"
        if LOADER_CONFIG not in self.files:
            return []
        tree = read_tree(path, self.files[LOADER_CONFIG])[0]
        names = {vm.address: text(vm.properties.get("debug_name", vm.node.name.encode())) for vm in manifest.vms}
        parent = next((n for n in tree.children if text(n.properties.get("compatible", b"")) == "arm,sp"), None)
        partitions = []
        for node in parent.children if parent else ():
            package = self.files.get(uuid.UUID(text(node.properties["uuid"])))
            address = int.from_bytes(node.properties["load-address"], "big")
            if package:
                blob = unpack(f"{self.path}: {node.name}", package)[0]
                partitions.append(Packed(names.get(address, node.name), address, Manifest(f"{self.path}: {node.name}", blob)))
        return partitions


class Packed:
    """A partition in a flash image."""

    def __init__(self, name, address, manifest):
        self.name, self.address, self.uuids = name, address, manifest.uuids()
        self.normal_memory = [r.span(address) for r in manifest.regions if r.nonsecure and not r.device and r.span(address)]
        self.devices = [r.span(address) for r in manifest.regions if r.device]


def write(path, bl1, fip, board):
    """BL1 at 0, the FIP at the board's offset; the file changes at once or not at all."""
    fip_offset, size = (int(board["flash"][key], 0) for key in ("fip_offset", "size"))
    first, second = read_file(bl1), read_file(fip)
    if len(first) > fip_offset:
        raise Refused(f"{bl1}: {len(first)} bytes, expected at most {fip_offset:#x}, where the FIP begins")
    if fip_offset + len(second) > size:
        raise Refused(f"{path}: {fip_offset + len(second)} bytes, expected at most {size}, the size of the board's flash")
    with open(path + ".new", "wb") as flash:
        flash.write(first.ljust(fip_offset, b"\xff") + second)
    os.replace(path + ".new", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--board", required=True)
    parser.add_argument("flash")
    options = parser.parse_args()
    try:
        print(Flash(options.flash, json.loads(read_file(options.board))).payload)
    except Refused as error:
        sys.exit(f"boot: {error}")


if __name__ == "__main__":
    main()
