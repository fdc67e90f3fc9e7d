"""Write an initramfs: `initramfs.py OUT PATH=FILE…`. A cpio archive in the kernel's "newc" format, uncompressed (it is
small, and unpacking would cost more than loading), with fixed times, owners and order: the same input gives the same bytes.
"""

import os
import stat
import sys

FOLDERS = ("bin", "dev", "lib", "lib/modules", "lib/partitions", "proc", "root", "sys", "tmp")


def folders_of(name):
    """Those that a file lies in, the outer ones first."""
    parts = name.split("/")[:-1]
    return ["/".join(parts[:n + 1]) for n in range(len(parts))]


class Archive:
    def __init__(self, path):
        self.file = open(path, "wb")
        self.entries = 0

    def add(self, name, mode, data=b"", device=(0, 0)):
        self.entries += 1
        fields = (self.entries, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields)
        for part in (header + name.encode() + b"\0", data):
            self.file.write(part + b"\0" * (-len(part) % 4))

    def close(self):
        self.entries = -1  # the trailer has no number of its own
        self.add("TRAILER!!!", 0)
        self.file.close()


def main(path, entries):
    archive = Archive(path + ".new")
    entries = [entry.split("=", 1) for entry in entries]
    for folder in sorted({*FOLDERS, *(folder for name, _ in entries for folder in folders_of(name))}):
        archive.add(folder, stat.S_IFDIR | 0o755)
    archive.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    for name, source in sorted(entries):
        with open(source, "rb") as file:
            archive.add(name, stat.S_IFREG | 0o755, file.read())
    archive.add("bin/sh", stat.S_IFLNK | 0o777, b"busybox")
    archive.close()
    os.replace(path + ".new", path)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
