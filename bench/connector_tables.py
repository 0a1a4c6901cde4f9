"""Writes the tables of the connector's benchmarks. A table that is there already is kept."""

import datetime
import os
import pathlib
import struct
import uuid
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tables import LOAD_SCHEMA, add_action, load_rows, metadata, protocol, schema_of, write_commit

YEAR = 2025
DAY = "2025-06-15"
WIDE_COLUMNS = 50
WIDE_ASKED = ["id", "c07", "c31"]
FILES_OF_A_DAY = 4


def _begun(folder):
    """The folder of the log, or None where the table is written."""
    log = folder / "_delta_log"
    if (log / f"{0:020d}.json").exists():
        return None
    log.mkdir(parents=True)
    return log


def write_small_files_table(folder: pathlib.Path, files: int, rows: int) -> None:
    """`rows` rows in so many files that requests are what a load costs."""
    log = _begun(folder)
    if log is None:
        return
    actions = [protocol(), metadata(LOAD_SCHEMA, [])]
    per_file = -(-rows // files)
    for number in range(files):
        path = f"part-{number:05d}-{uuid.uuid4()}.c000.snappy.parquet"
        pq.write_table(load_rows(number * per_file, per_file), folder / path)
        actions.append(add_action(folder, path, number * per_file, per_file))
    write_commit(log, 0, actions)


def write_wide_table(folder: pathlib.Path, rows_of_a_day: int) -> None:
    """A year in a partition a day; every day has the same rows, and so the same files on disk."""
    log = _begun(folder)
    if log is None:
        return
    kinds = {"id": "long"}
    for number in range(1, WIDE_COLUMNS - 1):
        kinds[f"c{number:02d}"] = "double" if number % 2 else "long"
    actions = [protocol(), metadata(schema_of({**kinds, "day": "date"}), ["day"])]
    count = rows_of_a_day // FILES_OF_A_DAY
    paths = [f"part-{number:05d}-{uuid.uuid4()}.c000.snappy.parquet" for number in range(FILES_OF_A_DAY)]
    first_day = None
    for number in range(365):
        day = (datetime.date(YEAR, 1, 1) + datetime.timedelta(number)).isoformat()
        (folder / f"day={day}").mkdir()
        for index, name in enumerate(paths):
            path = f"day={day}/{name}"
            if first_day is None:
                _write_wide_file(folder / path, kinds, index * count, count)
            else:
                os.link(folder / f"day={first_day}/{name}", folder / path)
            actions.append(
                add_action(folder, path, index * count, count, partitionValues={"day": day})
            )
        first_day = first_day or day
    write_commit(log, 0, actions)


def _write_wide_file(path, kinds, first, count):
    chance = np.random.default_rng(first)
    columns = {}
    for name, kind in kinds.items():
        values = chance.integers(0, 1 << 50, count)
        columns[name] = values / 1024 if kind == "double" else values
    columns["id"] = np.arange(first, first + count, dtype=np.int64)
    pq.write_table(pa.table(columns), path, row_group_size=100_000)


def write_vectors_table(folder: pathlib.Path, rows: int, files: int, every: int) -> None:
    """Columns mapped by name, and a deletion vector in every file that drops each row whose number
    in the file is a multiple of `every`."""
    log = _begun(folder)
    if log is None:
        return
    schema = schema_of({field["name"]: field["type"] for field in LOAD_SCHEMA["fields"]})
    for number, field in enumerate(schema["fields"]):
        field["metadata"] = {
            "delta.columnMapping.id": number + 1,
            "delta.columnMapping.physicalName": f"col-{number:04d}",
        }
    head = metadata(schema, [])
    head["metaData"]["configuration"] = {
        "delta.columnMapping.mode": "name",
        "delta.columnMapping.maxColumnId": str(len(schema["fields"])),
        "delta.enableDeletionVectors": "true",
    }
    features = ["columnMapping", "deletionVectors"]
    versions = {"minReaderVersion": 3, "minWriterVersion": 7}
    actions = [
        {"protocol": {**versions, "readerFeatures": features, "writerFeatures": features}},
        head,
    ]
    per_file = -(-rows // files)
    gone = np.arange(0, per_file, every)
    for number in range(files):
        path = f"part-{number:05d}-{uuid.uuid4()}.c000.snappy.parquet"
        data = load_rows(number * per_file, per_file)
        data = data.rename_columns([f"col-{i:04d}" for i in range(data.num_columns)])
        pq.write_table(data, folder / path, row_group_size=500_000)
        add = add_action(folder, path, number * per_file, per_file)
        # Bounds are by physical names, and there are none here.
        add["add"]["stats"] = f'{{"numRecords":{per_file},"tightBounds":false}}'
        add["add"]["deletionVector"] = _write_vector(folder, gone)
        actions.append(add)
    write_commit(log, 0, actions)


def _write_vector(folder, rows):
    """A file with one deletion vector, and what the log says of it."""
    bitmap = _roaring(rows)
    data = struct.pack("<iqI", 1681511377, 1, 0) + bitmap
    identity = uuid.uuid4()
    name = f"deletion_vector_{identity}.bin"
    content = b"\x01" + struct.pack(">i", len(data)) + data + struct.pack(">I", zlib.crc32(data))
    (folder / name).write_bytes(content)
    return {
        "storageType": "u",
        "pathOrInlineDv": _z85(identity.bytes),
        "offset": 1,
        "sizeInBytes": len(data),
        "cardinality": len(rows),
    }


def _roaring(values):
    """The portable format of Roaring bitmaps, without runs."""
    chunks = []
    for key in np.unique(values >> 16):
        chunks.append((int(key), (values[values >> 16 == key] & 0xFFFF).astype("<u2")))
    head = struct.pack("<II", 12346, len(chunks))
    head += b"".join(struct.pack("<HH", key, len(low) - 1) for key, low in chunks)
    containers = [low.tobytes() if len(low) <= 4096 else _bits(low) for _, low in chunks]
    place = len(head) + 4 * len(chunks)
    for container in containers:
        head += struct.pack("<I", place)
        place += len(container)
    return head + b"".join(containers)


def _bits(low):
    flags = np.zeros(1 << 16, dtype=np.uint8)
    flags[low] = 1
    return np.packbits(flags, bitorder="little").tobytes()


def _z85(data):
    digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
    text = ""
    for place in range(0, len(data), 4):
        (value,) = struct.unpack_from(">I", data, place)
        text += "".join(digits[value // 85**power % 85] for power in (4, 3, 2, 1, 0))
    return text
