"""Packages and manifests that are wrong in the machine, where no packer has looked at them: an image is packed and then damaged,
one way at a time. The Secure console must say in a line what is wrong; a package is left out and the other partitions work; with a
wrong SPMC manifest Bulkhead has no partitions, and the Normal world works. TAP.
"""

import argparse
import os
import re
import shutil
import struct
import subprocess
import sys
import types

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../tools"))
import boot
import fdt
import flash
import pack
from package import HEADER, IMAGE_OFFSET, MANIFEST_OFFSET

VICTIM, NUMBER = "crasher", 3  # behind two others, whose memory and ids it may want, and before two more
SECONDS = 60
STARTED, LEFT_OUT = r"bulkhead: FF-A 1\.2 SPMC at S-EL2\n", rf"bulkhead: partition {VICTIM} is left out\n"
NO_PARTITIONS = r"bulkhead: no partitions without a sound manifest\n"
PACKAGE = rf"bulkhead: package of {VICTIM} at 0x\w+: "
MANIFEST = rf"bulkhead: manifest of {VICTIM}: "
SPMC = "bulkhead: manifest of spmc: "
PANIC = re.compile(r"bulkhead: .*\b(unexpected|stops|stopped|panic)", re.I)


# ---- Damage of a package: a function of its bytes that gives others ----

def header(**fields):
    names = ("magic", "version", "manifest_offset", "manifest_size", "image_offset", "image_size")

    def damage(package):
        words = dict(zip(names, HEADER.unpack_from(package)), **fields)
        return HEADER.pack(*(words[name] for name in names)) + package[HEADER.size:]
    return damage


def cut(size):
    """BL2 loads no more than this; behind it lies what was in memory before."""
    return lambda package: package[:size]


def put(offset, data):
    return lambda package: package[:offset] + data + package[offset + len(data):]


def cells(*values):
    return b"".join(value.to_bytes(4, "big") for value in values)


def tree_of(blob, change):
    """The blob of a manifest that `change` was done to."""
    tree = fdt.read(blob)
    change(tree)
    return fdt.write(tree)


def property_is(path, name, data):
    """A change of a tree: a property is another, or not there."""
    def change(tree):
        for step in path.split("/"):
            tree = tree.child(step) if step else tree
        tree.properties[name] = data
        if data is None:
            del tree.properties[name]
    return change


def add_clock(tree):
    """The device of `alarm`."""
    regions, clock = fdt.Node("device-regions"), fdt.Node("clock")
    regions.properties = {"compatible": b"arm,ffa-manifest-device-regions\0"}
    clock.properties = {"base-address": cells(0x09010000), "pages-count": cells(1), "attributes": cells(3)}
    regions.children.append(clock)
    tree.children.append(regions)


def without_cpus(tree):
    tree.child("cpus").name = "none"


def manifest(change):
    """The package around another manifest, which has room up to the image."""
    def damage(package):
        blob = tree_of(package[MANIFEST_OFFSET:IMAGE_OFFSET], change)
        return header(manifest_size=len(blob))(put(MANIFEST_OFFSET, blob)(package))
    return damage


def manifest_has(path, name, data):
    return manifest(property_is(path, name, data))


def spmc_has(path, name, data):
    return lambda blob: tree_of(blob, property_is(path, name, data))


REGION = "memory-regions/normal-page"
NO_HEADER, NO_TREE = PACKAGE + "no sound package header", PACKAGE + "its manifest is no device tree"

# What is damaged, how, and the line that says so; all of these are left out.
PACKAGES = (
    ("the magic of a package", header(magic=b"SPKH"), NO_HEADER),
    ("a package of another version", header(version=3), NO_HEADER),
    ("a manifest inside the header", header(manifest_offset=8), NO_HEADER),
    ("a manifest behind the package", header(manifest_offset=0xFFFFF000), NO_HEADER),
    ("a manifest that ends behind the package", header(manifest_size=0xFFFFF001), NO_HEADER),
    ("an image that ends behind the package", header(image_size=0xFFFFC001), NO_HEADER),
    ("a manifest larger than a page", header(manifest_size=0x1001), PACKAGE + "the manifest is larger than a page"),
    ("a package that ends in its header", cut(3), NO_HEADER),
    ("a package that ends before its manifest", cut(MANIFEST_OFFSET), NO_TREE),
    ("a package that ends within its manifest", cut(MANIFEST_OFFSET + 64), MANIFEST + "/: compatible is missing, expected .*"),
    ("a manifest that is text", put(MANIFEST_OFFSET, b"hello, world"), NO_TREE),
    ("a manifest that says it is larger", put(MANIFEST_OFFSET + 4, cells(0x1000)), NO_TREE),
    ("a manifest whose structure lies behind it", put(MANIFEST_OFFSET + 8, cells(0x7FFFFFFC)), NO_TREE),
    ("a manifest of another binding", manifest_has("", "compatible", b"arm,ffa-manifest-9.9\0"),
     MANIFEST + "/: compatible is <0x61726d2c .* ...>, expected \"arm,ffa-manifest-1.0\""),
    ("a manifest for another FF-A", manifest_has("", "ffa-version", cells(0x20000)), MANIFEST + "/: ffa-version is <0x20000>, expected 0x10000 to 0x10002"),
    ("a manifest without a property", manifest_has("", "messaging-method", None), MANIFEST + "/: messaging-method is missing, expected .*"),
    ("a property of another size", manifest_has("", "uuid", cells(1, 2, 3)), MANIFEST + "/: uuid is <0x1 0x2 0x3>, expected UUIDs of four cells each"),
    ("an entry point behind the package", manifest_has("", "entrypoint-offset", cells(0x7FFFFFFC)),
     MANIFEST + "/: entrypoint-offset is <0x7ffffffc>, expected 0x0 to 0x\\w+"),
    ("the id of another partition", manifest_has("", "id", cells(0x8001)), MANIFEST + "/: id is <0x8001>, expected a Secure id, its low byte nobody else's"),
    ("a region in another's memory", manifest_has(REGION, "base-address", cells(0x0E200000)),
     MANIFEST + "normal-page: base-address is <0xe200000>, expected free memory, or a device"),
    ("a region in Bulkhead's memory", manifest_has(REGION, "base-address", cells(0x0E100000)),
     MANIFEST + "normal-page: base-address is <0xe100000>, expected free memory, or a device"),
    ("a region larger than memory", manifest_has(REGION, "pages-count", cells(0xFFFFFF)),
     MANIFEST + "normal-page: base-address is <0x0 0x47f00000>, expected free memory, or a device"),
    ("a device of another", manifest(add_clock), MANIFEST + "clock: base-address is <0x9010000>, expected free memory, or a device"),
)

# What is in the image is the partition's own affair: it starts, and is what dies.
DIES = rf"bulkhead: partition {VICTIM}\b.*dies"
IMAGES = (
    ("a package that ends within its image", cut(IMAGE_OFFSET + 64), DIES),
    ("an image of zeros", cut(IMAGE_OFFSET), DIES),
    ("an image of ones", lambda package: package[:IMAGE_OFFSET] + b"\xff" * (len(package) - IMAGE_OFFSET), DIES),
)

# The same of the SPMC manifest, in parts that TF-A does not read.
MEMORY = "memory@0"
SPMC_MANIFESTS = (
    ("an SPMC manifest of an old format", put(20, cells(16)), SPMC + "no device tree"),
    ("an SPMC manifest without memory", spmc_has(MEMORY, "device_type", b"nothing\0"),
     SPMC + '/: memory is missing, expected a node with device_type "memory"'),
    ("an SPMC manifest without CPUs", lambda blob: tree_of(blob, without_cpus),
     SPMC + '/: cpus is missing, expected between 1 and 8 nodes with device_type "cpu"'),
    ("memory that is no whole page", spmc_has(MEMORY, "reg", cells(0, 0x0E200800, 0, 0xE00000)),
     SPMC + MEMORY + ": reg is <0x0 0xe200800 0x0 0xe00000>, expected whole pages below 64 GiB"),
    ("memory of half a pair", spmc_has(MEMORY, "reg", cells(0, 0x0E200000, 0)),
     SPMC + MEMORY + ": reg is <0x0 0xe200000 0x0>, expected pairs of address and size"),
    ("a package in Bulkhead's memory", spmc_has("hypervisor/vm2", "load_address", cells(0x0E100000)),
     SPMC + "vm2: load_address is <0xe100000>, expected free Secure memory"),
    ("a package in another's memory", spmc_has("hypervisor/vm2", "load_address", cells(0x0E200000)),
     SPMC + "vm2: load_address is <0xe200000>, expected free Secure memory"),
    ("a package of no address", spmc_has("hypervisor/vm3", "load_address", None),
     SPMC + "vm3: load_address is missing, expected a number of one or two cells"),
)


class Machine:
    """The image as it was packed, to be damaged and booted."""

    def __init__(self, options):
        self.options, self.tools = options, boot.Tools(options)
        self.sound = os.path.join(options.build, "images", options.image)
        self.folder = os.path.join(options.build, "images", "damaged")
        os.makedirs(self.folder, exist_ok=True)
        self.id = pack.package_id(NUMBER, types.SimpleNamespace(name=VICTIM))

    def boot(self, file, damage, suite):
        """With this file of the image damaged: what the Normal world says, and Bulkhead on the Secure console; what ended the boot."""
        with open(os.path.join(self.sound, file), "rb") as whole, open(os.path.join(self.folder, file), "wb") as damaged:
            damaged.write(damage(whole.read()))
        fip = shutil.copy(os.path.join(self.sound, "fip.bin"), self.folder)
        path = os.path.join(self.folder, file)
        part = ["--tos-fw-config", path] if file == "spmc-manifest.dtb" else ["--blob", f"uuid={self.id},file={path}"]
        subprocess.run([os.path.join(self.options.tfa, "fiptool"), "update", *part, fip], check=True)
        one = boot.Boot(self.tools, self.options.image, payload="bl33", append="suite=" + suite, icount=boot.TEST_CLOCK, name="stop-packages")
        target = os.path.join(self.folder, "flash.bin")
        flash.write(target, os.path.join(self.options.tfa, "qemu", "release", "bl1.bin"), fip, one.board)
        one.flash.path = target  # the device tree is still the sound image's
        lines, ended = one.capture(SECONDS)
        with open(one.secure_log, encoding="utf-8", errors="replace") as log:
            return lines, "".join(line.rstrip() + "\n" for line in log if line.startswith("bulkhead: ")), ended


def without_victim(line, lines, said, ended):
    """What is wrong, if anything: the console says why it is left out, and the suite has tests of the others, which it passes."""
    if not re.search(STARTED + line + "\n" + LEFT_OUT, said):
        return f"the Secure console lacks the line '{line}', or what is around it"
    if f"# no partition {VICTIM}" not in lines:
        return "the partition is found all the same"
    return trouble(lines, said, ended)


def dead_victim(line, lines, said, ended):
    return trouble(lines, said, ended) if re.search(line, said) else f"the Secure console lacks the line '{line}'"


def with_victim(line, lines, said, ended):
    if line in said or f"# no partition {VICTIM}" in lines:
        return "it is left out"
    return trouble(lines, said, ended)


def without_partitions(line, lines, said, ended):
    if not re.fullmatch(STARTED + line + "\n" + NO_PARTITIONS, said):
        return f"the Secure console says something else than '{line}' and what is around it"
    return trouble(lines, said, ended)


def trouble(lines, said, ended):
    if ended:
        return f"the boot: {ended}"
    if PANIC.search(said):
        return f"Bulkhead complains of itself: {PANIC.search(said)[0]}"
    if not any(line.startswith("ok ") for line in lines):
        return "no test ran"
    return next((line for line in lines if line.startswith("not ok")), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("board", "qemu", "cache", "build", "image", "tfa"):
        parser.add_argument("--" + name, required=True)
    machine, package = Machine(parser.parse_args()), f"{NUMBER}-{VICTIM}.pkg"
    cases = [("a package that is sound is loaded", package, lambda package: package, "partitions", with_victim, "left out"),
             *((what + ": it is left out, the others work", package, damage, "partitions", without_victim, line) for what, damage, line in PACKAGES),
             *((what + ": it dies, the others work", package, damage, "partitions", dead_victim, line) for what, damage, line in IMAGES),
             *((what + ": Bulkhead has no partitions", "spmc-manifest.dtb", damage, "alone", without_partitions, line) for what, damage, line in SPMC_MANIFESTS)]
    print(f"1..{len(cases)}")
    for number, (name, file, damage, suite, judge, line) in enumerate(cases, 1):
        lines, said, ended = machine.boot(file, damage, suite)
        problem = judge(line, lines, said, ended)
        print(f"{'not ok' if problem else 'ok'} {number} - {name}", flush=True)
        if problem:
            print("\n".join("# " + text for text in (problem, *said.splitlines()[:20], *lines[-20:])))


if __name__ == "__main__":
    main()
