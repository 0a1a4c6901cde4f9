"""Reads deletion vectors, plainly and without any library that the project itself uses.

Formats: "Deletion Vector Format" in PROTOCOL.md of delta-io/delta, and the portable format of Roaring bitmaps.
"""

import struct
import zlib

MAGIC = 1681511377
WITHOUT_RUNS, WITH_RUNS = 12346, 12347


def read_stored(content, offset, size):
    """Row numbers of a vector within the bytes of its file."""
    (length,) = struct.unpack_from(">i", content, offset)
    assert length == size, (length, size)
    data = content[offset + 4 : offset + 4 + size]
    (checksum,) = struct.unpack_from(">I", content, offset + 4 + size)
    assert zlib.crc32(data) == checksum
    return read(data)


def read(data):
    magic, count = struct.unpack_from("<iq", data)
    assert magic == MAGIC, magic
    rows, place = [], 12
    for _ in range(count):
        (high,) = struct.unpack_from("<I", data, place)
        low, place = read_bitmap(data, place + 4)
        rows += [(high << 32) + value for value in low]
    assert place == len(data)
    return rows


def read_bitmap(data, place):
    """Values of one bitmap of 32 bits, and where it ends."""
    (cookie,) = struct.unpack_from("<I", data, place)
    place += 4
    if cookie == WITHOUT_RUNS:
        (count,) = struct.unpack_from("<I", data, place)
        place += 4
        runs = [False] * count
    else:
        assert cookie & 0xFFFF == WITH_RUNS, cookie
        count = (cookie >> 16) + 1
        flags = data[place : place + (count + 7) // 8]
        runs = [bool(flags[i // 8] >> (i % 8) & 1) for i in range(count)]
        place += len(flags)
    heads = [struct.unpack_from("<HH", data, place + 4 * i) for i in range(count)]
    place += 4 * count
    if cookie == WITHOUT_RUNS or count >= 4:
        place += 4 * count  # where each container begins: they follow each other anyway
    values = []
    for (high, cardinality), run in zip(heads, runs):
        found, place = read_container(data, place, cardinality + 1, run)
        assert len(found) == cardinality + 1
        values += [(high << 16) + low for low in found]
    return values, place


def read_container(data, place, cardinality, run):
    if run:
        (count,) = struct.unpack_from("<H", data, place)
        pairs = struct.unpack_from(f"<{2 * count}H", data, place + 2)
        spans = [range(start, start + more + 1) for start, more in zip(pairs[::2], pairs[1::2])]
        return [value for span in spans for value in span], place + 2 + 4 * count
    if cardinality <= 4096:
        return list(struct.unpack_from(f"<{cardinality}H", data, place)), place + 2 * cardinality
    bits = int.from_bytes(data[place : place + 8192], "little")
    return [value for value in range(65536) if bits >> value & 1], place + 8192
