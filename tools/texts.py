"""The texts of the trace, packed: `texts.py TEXTS` writes what core/texts.h unpacks, for the end of the image.

Byte pair encoding: the pair of bytes that comes most often becomes a byte of its own, 128 times.
"""

import collections
import sys

PAIRS = 128


def replaced(data, pair, byte):
    out, at = [], 0
    while at < len(data):
        found = tuple(data[at:at + 2]) == pair
        out.append(byte if found else data[at])
        at += 2 if found else 1
    return out


def packed(texts):
    data, pairs = list(texts), []
    for byte in range(PAIRS, 2 * PAIRS):
        pair = collections.Counter(zip(data, data[1:])).most_common(1)[0][0] if len(data) > 1 else (0, 0)
        pairs.append(pair)
        data = replaced(data, pair, byte)
    return bytes(byte for pair in pairs for byte in pair) + bytes(data)


def unpacked(data):
    meaning = [bytes([byte]) for byte in range(PAIRS)]
    for pair in zip(data[0:2 * PAIRS:2], data[1:2 * PAIRS:2]):
        meaning.append(meaning[pair[0]] + meaning[pair[1]])
    return b"".join(meaning[byte] for byte in data[2 * PAIRS:])


def main(path):
    with open(path, "rb") as file:
        texts = file.read()
    if any(byte >= PAIRS for byte in texts):
        sys.exit("texts: a text of the image is not ASCII")
    image = packed(texts)
    assert unpacked(image) == texts
    sys.stdout.buffer.write(image)


if __name__ == "__main__":
    main(*sys.argv[1:])
