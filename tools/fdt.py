"""Device tree blobs as plain objects: `read` makes a tree of nodes, `write` a blob again. Properties stay bytes.

Small enough to carry: the format is a list of tokens and a table of names (Devicetree Specification 0.4, chapter 5).
"""

import struct

MAGIC = 0xD00DFEED
BEGIN, END, PROPERTY, NOP, FINISH = 1, 2, 3, 4, 9


class Node:
    def __init__(self, name):
        self.name, self.properties, self.children = name, {}, []

    def child(self, name):
        return next((child for child in self.children if child.name == name), None)


def read(blob):
    """The root of a tree that is known to be well formed."""
    magic, _, structure, strings = struct.unpack_from(">4I", blob)
    if magic != MAGIC:
        raise ValueError("not a device tree blob")

    def text(offset):
        return blob[offset:blob.index(b"\0", offset)].decode("ascii")

    top = Node(None)
    path, at = [top], structure
    while True:
        token = struct.unpack_from(">I", blob, at)[0]
        at += 4
        if token == BEGIN:
            node = Node(text(at))
            at += len(node.name) + 4 & ~3
            path[-1].children.append(node)
            path.append(node)
        elif token == END:
            path.pop()
        elif token == PROPERTY:
            size, name = struct.unpack_from(">2I", blob, at)
            path[-1].properties[text(strings + name)] = blob[at + 8:at + 8 + size]
            at += 8 + size + 3 & ~3
        elif token == FINISH:
            return top.children[0]


def write(root):
    """The blob of a tree, without memory reservations."""
    names, structure = bytearray(), bytearray()

    def pad(data):
        return data + b"\0" * (-len(data) % 4)

    def add(node):
        structure.extend(struct.pack(">I", BEGIN) + pad(node.name.encode() + b"\0"))
        for name, data in node.properties.items():
            offset = names.find(b"\0" + name.encode() + b"\0") + 1 if names else 0
            if not offset:
                names.extend(b"" if names else b"\0")
                offset = len(names)
                names.extend(name.encode() + b"\0")
            structure.extend(struct.pack(">3I", PROPERTY, len(data), offset) + pad(data))
        for child in node.children:
            add(child)
        structure.extend(struct.pack(">I", END))

    add(root)
    structure.extend(struct.pack(">I", FINISH))
    start = 40 + 16  # after the header and the empty list of reservations
    header = struct.pack(">10I", MAGIC, start + len(structure) + len(names), start, start + len(structure), 40, 17, 16, 0,
                         len(names), len(structure))
    return header + bytes(16) + bytes(structure) + bytes(names)
