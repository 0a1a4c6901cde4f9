"""Writes the tables that the benchmarks read. A table that is there already is kept."""

import json
import pathlib
import time
import uuid

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

def schema_of(columns) -> dict:
    """`columns` maps names to types of Delta."""
    fields = [
        {"name": name, "type": kind, "nullable": True, "metadata": {}}
        for name, kind in columns.items()
    ]
    return {"type": "struct", "fields": fields}


LOAD_SCHEMA = schema_of(
    {
        "id": "long",
        "price": "double",
        "amount": "integer",
        "name": "string",
        "at": "timestamp",
        "flag": "boolean",
    }
)

FILES_SCHEMA = schema_of(
    {"id": "long", "price": "double", "name": "string", "at": "timestamp", "date": "date"}
)


def protocol():
    return {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}


def metadata(schema, partitions):
    return {
        "metaData": {
            "id": str(uuid.uuid4()),
            "format": {"provider": "parquet", "options": {}},
            "schemaString": json.dumps(schema),
            "partitionColumns": partitions,
            "configuration": {},
            "createdTime": int(time.time() * 1000),
        }
    }


def write_commit(log, version, actions):
    lines = "\n".join(json.dumps(action, separators=(",", ":")) for action in actions)
    (log / f"{version:020d}.json").write_text(lines + "\n")


NAMES = pa.array([f"customer {i:05d}" for i in range(9973)])


def load_rows(first: int, count: int) -> pa.Table:
    """Rows of the common types, with the ids from `first` on."""
    ids = np.arange(first, first + count, dtype=np.int64)
    customers = pa.array((ids % len(NAMES)).astype(np.int32))
    times = 1_700_000_000_000_000 + ids * 1000
    return pa.table(
        {
            "id": ids,
            "price": (ids * 7919 % 1_000_003) / 100,
            "amount": customers,
            "name": NAMES.take(customers),
            "at": pa.array(times).cast(pa.timestamp("us", "UTC")),
            "flag": ids % 3 == 0,
        }
    )


def add_action(folder: pathlib.Path, path: str, first: int, count: int, **more) -> dict:
    """Of a file whose ids begin with `first`; `more` are fields of the action."""
    stats = {
        "numRecords": count,
        "minValues": {"id": first},
        "maxValues": {"id": first + count - 1},
        "nullCount": {"id": 0},
    }
    add = {
        "path": path,
        "partitionValues": {},
        "size": (folder / path).stat().st_size,
        "modificationTime": int(time.time() * 1000),
        "dataChange": True,
        "stats": json.dumps(stats, separators=(",", ":")),
    }
    return {"add": {**add, **more}}


def write_load_table(folder: pathlib.Path, rows: int, files: int) -> None:
    """A table of `rows` rows in `files` data files, with values of the common types."""
    log = folder / "_delta_log"
    if (log / f"{0:020d}.json").exists():
        return
    log.mkdir(parents=True)
    actions = [protocol(), metadata(LOAD_SCHEMA, [])]
    per_file = -(-rows // files)
    for number in range(files):
        first = number * per_file
        count = min(per_file, rows - first)
        path = f"part-{number:05d}-{uuid.uuid4()}.c000.snappy.parquet"
        part = load_rows(first, count)
        # Many writers add the index; it is of use to whoever asks for few rows.
        pq.write_table(part, folder / path, row_group_size=500_000, write_page_index=True)
        actions.append(add_action(folder, path, first, count))
    write_commit(log, 0, actions)


PART_FILES = 250_000  # Of one part of a checkpoint; Delta's writers split likewise.
STRINGS = pa.map_(pa.string(), pa.string())
EPOCH_MS = 1_700_000_000_000


def _texts(numbers, width):
    return pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, padding="0")


def _join(*pieces):
    return pc.binary_join_element_wise(*pieces, "")


def _dates(numbers):
    return _join("2024-", _texts(numbers % 12 + 1, 2), "-", _texts(numbers % 28 + 1, 2))


def _stats(numbers):
    """About 300 bytes a file, on four columns; `id` ascends over the files, the others do not."""
    low = numbers * 1000
    day = _texts(numbers % 28 + 1, 2)
    numbers_text = _texts(numbers, 1)
    return _join(
        '{"numRecords":1000,"minValues":{"id":',
        _texts(low, 1),
        ',"price":0.01,"name":"aachen ',
        numbers_text,
        '","at":"2024-01-',
        day,
        'T00:00:00.000Z"},"maxValues":{"id":',
        _texts(low + 999, 1),
        ',"price":',
        _texts(numbers % 9973, 1),
        '.99,"name":"zwickau ',
        numbers_text,
        '","at":"2024-01-',
        day,
        'T23:59:59.999Z"},"nullCount":{"id":0,"price":',
        _texts(numbers % 7, 1),
        ',"name":0,"at":0}}',
    )


def _adds(first, count, identity):
    """The add actions of files `first`… as one struct array, in the form of a checkpoint."""
    numbers = np.arange(first, first + count, dtype=np.int64)
    dates = _dates(numbers)
    partitions = pa.MapArray.from_arrays(
        np.arange(count + 1, dtype=np.int32), pa.array(["date"] * count), dates
    )
    columns = {
        "path": _join(
            "date=", dates, "/part-", _texts(numbers, 5), f"-{identity}.c000.snappy.parquet"
        ),
        "partitionValues": partitions,
        "size": pa.array(1_000_000 + numbers),
        "modificationTime": pa.array(EPOCH_MS + numbers),
        "dataChange": pa.array(np.zeros(count, dtype=bool)),
        "stats": _stats(numbers),
    }
    return pa.StructArray.from_arrays(list(columns.values()), names=list(columns))


def write_files_table(folder: pathlib.Path, files: int, tail: int = 100) -> None:
    """The log of a table of `files` files: a checkpoint in parts, and a commit of `tail` files
    behind it. Neither opening the table nor a query needs a data file, so there are none."""
    log = folder / "_delta_log"
    if (log / "_last_checkpoint").exists():
        return
    log.mkdir(parents=True, exist_ok=True)
    identity = str(uuid.uuid4())
    head = [protocol(), metadata(FILES_SCHEMA, ["date"])]
    tail = min(tail, files // 10)
    write_commit(log, 0, head)
    write_commit(log, 1, [{"commitInfo": {"operation": "WRITE"}}])
    added = _adds(files - tail, tail, identity).to_pylist(maps_as_pydicts="strict")
    write_commit(log, 2, [{"add": add} for add in added])
    _write_checkpoint(log, head, files - tail, identity)


def write_feed_table(folder: pathlib.Path, files: int, commits: int = 10) -> None:
    """The log of a table with a change data feed, of `files` files that `commits` commits have added,
    without a checkpoint and without data files."""
    log = folder / "_delta_log"
    if (log / f"{commits:020d}.json").exists():
        return
    log.mkdir(parents=True, exist_ok=True)
    identity = str(uuid.uuid4())
    table = metadata(FILES_SCHEMA, ["date"])
    table["metaData"]["configuration"] = {"delta.enableChangeDataFeed": "true"}
    versions = {"protocol": {"minReaderVersion": 1, "minWriterVersion": 4}}
    write_commit(log, 0, [versions, table])
    for number in range(commits):
        first = files * number // commits
        count = files * (number + 1) // commits - first
        added = _adds(first, count, identity).to_pylist(maps_as_pydicts="strict")
        write_commit(log, number + 1, [{"add": {**add, "dataChange": True}} for add in added])


def _write_checkpoint(log, head, files, identity):
    add_type = _adds(0, 1, identity).type
    schema = pa.schema(
        {
            "protocol": pa.struct({"minReaderVersion": pa.int32(), "minWriterVersion": pa.int32()}),
            "metaData": pa.struct(
                {
                    "id": pa.string(),
                    "format": pa.struct({"provider": pa.string(), "options": STRINGS}),
                    "schemaString": pa.string(),
                    "partitionColumns": pa.list_(pa.string()),
                    "configuration": STRINGS,
                    "createdTime": pa.int64(),
                }
            ),
            "add": add_type,
        }
    )
    parts = -(-files // PART_FILES)
    for part in range(parts):
        first = part * PART_FILES
        count = min(PART_FILES, files - first)
        name = f"{1:020d}.checkpoint"
        if parts > 1:
            name += f".{part + 1:010d}.{parts:010d}"
        with pq.ParquetWriter(log / f"{name}.parquet", schema) as writer:
            if part == 0:
                writer.write_table(pa.Table.from_pylist(head, schema=schema))
            adds = _adds(first, count, identity)
            nothing = [pa.nulls(count, schema.field(i).type) for i in range(2)]
            writer.write_table(pa.Table.from_arrays([*nothing, adds], schema=schema))
    hint = {"version": 1, "size": files + len(head)}
    if parts > 1:
        hint["parts"] = parts
    (log / "_last_checkpoint").write_text(json.dumps(hint))
