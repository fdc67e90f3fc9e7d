"""Partitions to pack: a folder with an image and its manifest, or a package that TF-A's sptool made."""

import glob
import os
import re
import struct

from manifest import PAGE, Manifest, Refused, read_file, text

MANIFEST_OFFSET = 0x1000
IMAGE_OFFSET = 0x4000
HEADER = struct.Struct("<4s5I")  # magic, version, manifest's offset and size, image's offset and size


def round_up(size):
    return (size + PAGE - 1) & ~(PAGE - 1)


def unpack(path, data):
    """The manifest inside a package, and where its image begins."""
    magic, version, manifest_at, manifest_size, image_at, image_size = HEADER.unpack_from(data.ljust(HEADER.size, b"\0"))
    if magic != b"SPKG":
        raise Refused(f'{path}: magic is {magic.hex()}, expected "SPKG": not a package of sptool')
    if version not in (1, 2):
        raise Refused(f"{path}: version is {version}, expected 1 or 2")
    if manifest_at < HEADER.size or manifest_at + manifest_size > image_at or image_at + image_size > len(data):
        raise Refused(f"{path}: manifest and image are {manifest_at:#x}+{manifest_size:#x}, {image_at:#x}+{image_size:#x}, "
                      f"expected to follow each other in {len(data):#x} bytes")
    return data[manifest_at:manifest_at + manifest_size], image_at


class Partition:
    """What is packed, and where it goes (`address` is None until `place` knows). A short description is its name, else
    that of the folder or file."""

    def __init__(self, source, cpus):
        source = os.path.normpath(source)
        self.name = os.path.splitext(os.path.basename(source))[0] if source.endswith(".pkg") else os.path.basename(source)
        self.image = None  # of a partition that has no package yet
        if os.path.isdir(source):
            packages = self._files(source, "*.pkg")
            if packages:
                source = packages
            else:
                self.image = self._files(source, "*.bin", "*.img", what="image")
                self.manifest = Manifest(self._files(source, "*.dtb", "*.dts", what="manifest"))
                self.package = self._package()
        elif not source.endswith(".pkg"):
            raise Refused(f"{source}: {'no folder and no .pkg' if os.path.exists(source) else 'no such folder, and no such partition of this tree'}")
        if not self.image:
            self.package = read_file(source)
            blob, image_offset = unpack(source, self.package)
            self.manifest = Manifest(source, blob)
        else:
            image_offset = IMAGE_OFFSET
        description = text(self.manifest.tree.properties.get("description", b""))
        if re.fullmatch(r"[A-Za-z0-9_.-]{1,15}", description):
            self.name = description
        self.source = self.image or source
        self._check(image_offset, cpus)
        self.address = self.manifest.load_address

    @staticmethod
    def _files(folder, *patterns, what=None):
        """The one file; None if there is none, unless that is wrong: then `what` it is."""
        for pattern in patterns:
            found = sorted(glob.glob(os.path.join(glob.escape(folder), pattern)))
            if len(found) > 1:
                names = ", ".join(map(os.path.basename, found))
                raise Refused(f"{folder}: {len(found)} files match {pattern} ({names}), expected one")
            if found:
                return found[0]
        if what:
            raise Refused(f"{folder}: no {what}, expected one {' or '.join(patterns)}")
        return None

    def _package(self):
        """As sptool makes it: header, manifest, image."""
        image, blob = read_file(self.image), self.manifest.blob
        header = HEADER.pack(b"SPKG", 2, MANIFEST_OFFSET, len(blob), IMAGE_OFFSET, len(image))
        return (header.ljust(MANIFEST_OFFSET, b"\0") + blob).ljust(IMAGE_OFFSET, b"\0") + image

    def _check(self, image_offset, cpus):
        manifest, size = self.manifest, len(self.package)
        inside = [r.offset + r.size for r in manifest.regions if r.offset is not None]
        self.mem_size = manifest.mem_size or round_up(max([size] + inside))
        if self.mem_size < size:
            manifest.refuse("mem-size", hex(self.mem_size), f"at least {size:#x}, the package's size")
        if not image_offset <= manifest.entrypoint_offset < size:
            manifest.refuse("entrypoint-offset", hex(manifest.entrypoint_offset), f"{image_offset:#x} (start of the image) up to {size:#x}")
        if 1 < manifest.contexts < cpus:
            manifest.refuse("execution-ctx-count", manifest.contexts, f"1, or at least {cpus} (the number of CPUs)")

    def refuse_address(self, expected):
        """Its own manifest says where it lies, unless the SPMC's does."""
        self.manifest.refuse("load-address", hex(self.address), expected)

    def extent(self):
        """Its memory, and regions that lie relative to it."""
        ends = [r.offset + r.size for r in self.manifest.regions if r.offset is not None]
        return self.address, self.address + max([self.mem_size] + ends)

    def span(self):
        return self.address, self.address + self.mem_size
