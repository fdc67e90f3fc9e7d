"""FF-A partition manifests, read and checked as far as packing has to know them.

Each property that a packer can judge is a row of PROPERTIES; a manifest that breaks a rule gives one line with file,
property, value and what was expected. What only the SPMC can judge is left to it.
"""

import os
import re
import subprocess

import fdt

PAGE = 4096
MAX_CONTEXTS = 8


class Refused(Exception):
    """An input that cannot be used, said in one line."""


def read_file(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None


def reason_of(done):
    """The line in which a program said what is wrong."""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["unknown reason"]
    return next((line for line in lines if "rror" in line), lines[0])


def preprocessed(path, source):
    """Sources that other projects write for the C preprocessor go through it."""
    if not re.search(rb"^\s*#\s*(include|define|if|ifdef|ifndef|undef)\b", source, re.M):
        return source
    done = subprocess.run(["gcc", "-E", "-P", "-nostdinc", "-undef", "-D__DTS__", "-x", "assembler-with-cpp",
                           "-I", os.path.dirname(path) or ".", "-"], input=source, capture_output=True, check=False)
    if done.returncode:
        raise Refused(f"{path}: not a device tree (preprocessor: {reason_of(done)})")
    return done.stdout


def read_tree(path, data=None):
    """A device tree, as source or blob, read by dtc (which also checks it): as a tree and as a blob."""
    data = read_file(path) if data is None else data
    source = path.endswith(".dts")
    done = subprocess.run(["dtc", "-q", "-I", "dts" if source else "dtb", "-O", "dtb", "-i", os.path.dirname(path) or "."],
                          input=preprocessed(path, data) if source else data, capture_output=True, check=False)
    if done.returncode:
        raise Refused(f"{path}: not a device tree (dtc: {reason_of(done)})")
    try:
        return fdt.read(done.stdout), done.stdout
    except (ValueError, UnicodeDecodeError) as error:
        raise Refused(f"{path}: not a device tree ({error})") from None


def cells(data):
    return [int.from_bytes(data[i:i + 4], "big") for i in range(0, len(data), 4)]


def number(data):
    return int.from_bytes(data, "big")


def text(data):
    return data.split(b"\0")[0].decode("ascii", "replace")


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
    "bulkhead,budget-ms": ((4,), lambda v: 1 <= v <= 60000, "1 to 60000"),
}
MANDATORY = ("ffa-version", "execution-ctx-count", "exception-level")


class Region:
    """A memory or device region: its place is an address, or an offset from the load address, or the SPMC's choice."""

    def __init__(self, path, properties, device):
        self.path, self.device = path, device
        self.size = number(properties["pages-count"]) * PAGE
        self.nonsecure = bool(number(properties["attributes"]) & 8)
        self.base, self.offset = (None if name not in properties else number(properties[name])
                                  for name in ("base-address", "load-address-relative-offset"))
        self.handle = properties.get("phandle", properties.get("linux,phandle"))

    def span(self, load_address):
        """First address and the one after the last, or None where the SPMC chooses."""
        base = load_address + self.offset if self.offset is not None else self.base
        return None if base is None else (base, base + self.size)


class Manifest:
    """What packing uses of a partition's manifest; every value has been checked."""

    def __init__(self, path, data=None):
        self.path = path
        self.tree, self.blob = read_tree(path, data)
        self._check_root()
        self.contexts = self._number("execution-ctx-count", 1)
        self.load_address = self._number("load-address", None)
        self.mem_size = self._number("mem-size", None)
        self.entrypoint_offset = self._number("entrypoint-offset", 0)
        self.regions = self._read_regions()
        self._check_mailbox()
        if len(self.blob) > PAGE:
            self.refuse("size", f"{len(self.blob)} bytes", f"at most {PAGE}")

    def refuse(self, name, value, expected, node=""):
        raise Refused(f"{self.path}: {node}{name} is {value}, expected {expected}")

    def _number(self, name, otherwise):
        data = self.tree.properties.get(name)
        return otherwise if data is None else number(data)

    def uuids(self):
        """In the text form that people know: the manifest's words are little-endian."""
        data = self.tree.properties["uuid"]
        words = [b"".join(data[i + j:i + j + 4][::-1] for j in (0, 4, 8, 12)).hex() for i in range(0, len(data), 16)]
        return [f"{w[:8]}-{w[8:12]}-{w[12:16]}-{w[16:20]}-{w[20:]}" for w in words if int(w, 16)]

    def _check_root(self):
        properties = self.tree.properties
        if not properties.get("compatible", b"").startswith(b"arm,ffa-manifest-1."):
            found = properties.get("compatible")
            self.refuse("compatible", f'"{text(found)}"' if found else "missing", '"arm,ffa-manifest-1.0"')
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

    def _read_regions(self):
        regions = []
        for folder, device in (("memory-regions", False), ("device-regions", True)):
            parent = self.tree.child(folder)
            for region in parent.children if parent else ():
                self._check_region(region.properties, f"{folder}/{region.name}/", device)
                regions.append(Region(f"{folder}/{region.name}/", region.properties, device))
        return regions

    def _check_region(self, properties, name, device):
        pages, attributes, base, offset = (properties.get(p) for p in (
            "pages-count", "attributes", "base-address", "load-address-relative-offset"))
        if not pages or not 0 < number(pages) < 1 << 32:
            self.refuse("pages-count", "missing" if pages is None else hexadecimal(pages), "at least 1", name)
        if base is not None and (len(base) not in (4, 8) or number(base) % PAGE):
            self.refuse("base-address", hexadecimal(base), "a multiple of 4 KiB", name)
        if offset is not None and (len(offset) not in (4, 8) or number(offset) % PAGE):
            self.refuse("load-address-relative-offset", hexadecimal(offset), "a multiple of 4 KiB", name)
        if base is not None and offset is not None:
            self.refuse("load-address-relative-offset", hexadecimal(offset), "none beside base-address", name)
        if base is None and (device or offset is None and attributes and number(attributes) & 8):
            self.refuse("base-address", "missing", "the device's address" if device else "an address", name)
        legal = (1, 3) if device else (1, 3, 5, 7)
        if attributes is None or number(attributes) & 7 not in legal or number(attributes) > 15:
            expected = "1 (R), 3 (RW)" + ("" if device else ", 5 (RX) or 7 (RWX)") + ", plus 8 when non-secure"
            self.refuse("attributes", "missing" if attributes is None else hexadecimal(attributes), expected, name)

    def _check_mailbox(self):
        node = self.tree.child("rx_tx-info")
        buffers = []
        for name in ("rx-buffer", "tx-buffer") if node else ():
            handle = node.properties.get(name)
            region = next((r for r in self.regions if not r.device and handle and r.handle == handle), None)
            if not region:
                self.refuse(name, "missing" if handle is None else hexadecimal(handle), "the phandle of a memory region", "rx_tx-info/")
            buffers.append(region)
        if buffers and buffers[0].size != buffers[1].size:
            self.refuse("tx-buffer", f"{buffers[1].size // PAGE} pages", f"{buffers[0].size // PAGE} as rx-buffer", "rx_tx-info/")
