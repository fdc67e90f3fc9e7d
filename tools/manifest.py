"""FF-A partition manifests, read and checked as far as packing has to know them.

Each property that a packer can judge is a row of PROPERTIES; a manifest that breaks a rule gives one line with file,
property, value and what was expected. What only the SPMC can judge is left to it.
"""

import subprocess

import fdt

PAGE = 4096
MAX_CONTEXTS = 8


class Refused(Exception):
    """An input that cannot be used, said in one line."""


def read_tree(path):
    """A device tree, as source or blob, read by dtc (which also checks it): as a tree and as a blob."""
    form = "dts" if path.endswith(".dts") else "dtb"
    done = subprocess.run(["dtc", "-q", "-I", form, "-O", "dtb", path], capture_output=True, check=False)
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["unknown reason"]
        raise Refused(f"{path}: not a device tree (dtc: {reason[0]})")
    return fdt.read(done.stdout), done.stdout


def cells(data):
    return [int.from_bytes(data[i:i + 4], "big") for i in range(0, len(data), 4)]


def number(data):
    return int.from_bytes(data, "big")


def hexadecimal(data):
    return " ".join(f"{cell:#x}" for cell in cells(data)) if data else "empty"


# property: (sizes in bytes that are right, test of the value, what is expected)
PROPERTIES = {
    "ffa-version": ((4,), lambda v: 0x10000 <= v <= 0x10002, "1.0, 1.1 or 1.2 (0x10000 to 0x10002)"),
    "execution-ctx-count": ((4,), lambda v: 1 <= v <= MAX_CONTEXTS, f"1 to {MAX_CONTEXTS}"),
    "exception-level": ((4,), lambda v: v in (0, 1, 2), "0 (EL1), 1 (S-EL0) or 2 (S-EL1)"),
    "execution-state": ((4,), lambda v: v == 0, "0 (AArch64)"),
    "entrypoint-offset": ((4, 8), lambda v: v % 4 == 0, "a multiple of 4"),
    "load-address": ((4, 8), lambda v: v % PAGE == 0, "a multiple of 4 KiB"),
    "mem-size": ((4, 8), lambda v: v and v % PAGE == 0, "a multiple of 4 KiB"),
    "xlat-granule": ((4,), lambda v: v == 0, "0 (4 KiB)"),
    "boot-order": ((2, 4), lambda v: v <= 0xFFFF, "at most 0xffff"),
    "ns-interrupts-action": ((4,), lambda v: v <= 2, "0 (queued), 1 (managed exit) or 2 (signalled)"),
    "gp-register-num": ((4,), lambda v: v <= 3, "0 to 3"),
}
MANDATORY = ("ffa-version", "execution-ctx-count", "exception-level")


class Manifest:
    """What packing uses of a partition's manifest; every value has been checked."""

    def __init__(self, path):
        self.path = path
        self.tree, self.blob = read_tree(path)
        self._check_root()
        self.contexts = self._number("execution-ctx-count", 1)
        self.load_address = self._number("load-address", None)
        self.mem_size = self._number("mem-size", None)
        self.entrypoint_offset = self._number("entrypoint-offset", 0)
        self._check_regions()

    def refuse(self, name, value, expected, node=""):
        raise Refused(f"{self.path}: {node}{name} is {value}, expected {expected}")

    def _number(self, name, otherwise):
        data = self.tree.properties.get(name)
        return otherwise if data is None else number(data)

    def _check_root(self):
        properties = self.tree.properties
        if not properties.get("compatible", b"").startswith(b"arm,ffa-manifest-1."):
            found = properties.get("compatible")
            self.refuse("compatible", f'"{found.rstrip(bytes(1)).decode()}"' if found else "missing", '"arm,ffa-manifest-1.0"')
        for name in MANDATORY:
            if name not in properties:
                self.refuse(name, "missing", PROPERTIES[name][2])
        for name, (sizes, right, expected) in PROPERTIES.items():
            data = properties.get(name)
            if data is not None and not (len(data) in sizes and right(number(data))):
                self.refuse(name, hexadecimal(data), expected)
        uuid = properties.get("uuid")
        if not uuid or len(uuid) % 16:
            self.refuse("uuid", "missing" if uuid is None else hexadecimal(uuid), "four cells for each UUID")

    def _check_regions(self):
        for folder, executable in (("memory-regions", True), ("device-regions", False)):
            parent = self.tree.child(folder)
            for region in parent.children if parent else ():
                self._check_region(region.properties, f"{folder}/{region.name}/", executable)

    def _check_region(self, properties, name, executable):
        pages, attributes, base = (properties.get(p) for p in ("pages-count", "attributes", "base-address"))
        if pages is None or not number(pages):
            self.refuse("pages-count", "missing" if pages is None else 0, "at least 1", name)
        if base is not None and number(base) % PAGE:
            self.refuse("base-address", hexadecimal(base), "a multiple of 4 KiB", name)
        legal = (1, 3, 5, 7) if executable else (1, 3)
        if attributes is None or number(attributes) & 7 not in legal or number(attributes) > 15:
            expected = "1 (R), 3 (RW)" + (", 5 (RX) or 7 (RWX)" if executable else "") + ", plus 8 when non-secure"
            self.refuse("attributes", "missing" if attributes is None else hexadecimal(attributes), expected, name)
