"""Bulkhead's image: `image.py image NM ELF RAW OUT` packs all but the head of RAW, which unpacks the rest (core/unpack.c);
`image.py stream FILE` writes that packing of a whole file to the standard output.
"""

import lzma
import subprocess
import sys

# lp and pb: instructions are four bytes long. The decoder has the whole image before it, so distances have no limit.
FILTERS = [{"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "lc": 0, "lp": 2, "pb": 2, "dict_size": 1 << 20,
            "mf": lzma.MF_BT4, "nice_len": 273, "depth": 1000}]


def stream(data):
    packed = lzma.compress(data, lzma.FORMAT_RAW, filters=FILTERS)
    assert lzma.decompress(packed, lzma.FORMAT_RAW, filters=FILTERS) == data
    return packed


def symbols(lister, elf):
    """Addresses by name."""
    lines = subprocess.run([lister, elf], capture_output=True, text=True, check=True).stdout.splitlines()
    return {name: int(address, 16) for address, _, name in (line.split(" ", 2) for line in lines if line[0] != " ")}


def image(lister, elf, raw, out):
    where = symbols(lister, elf)
    head = where["packed_begin"] - where["image_begin"]
    with open(raw, "rb") as file:
        data = file.read()
    data = data.ljust(where["packed_end"] - where["image_begin"], b"\0")
    with open(out, "wb") as file:
        file.write(data[:head] + stream(data[head:]))


def main(what, *arguments):
    if what == "image":
        image(*arguments)
    else:
        with open(arguments[0], "rb") as file:
            sys.stdout.buffer.write(stream(file.read()))


if __name__ == "__main__":
    main(*sys.argv[1:])
