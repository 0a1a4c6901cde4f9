"""Writes the tables that the benchmarks read. A table that is there already is kept."""

import json
import pathlib
import time
import uuid

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

LOAD_SCHEMA = {
    "type": "struct",
    "fields": [
        {"name": name, "type": kind, "nullable": True, "metadata": {}}
        for name, kind in [
            ("id", "long"),
            ("price", "double"),
            ("amount", "integer"),
            ("name", "string"),
            ("at", "timestamp"),
            ("flag", "boolean"),
        ]
    ],
}

FILES_SCHEMA = {
    "type": "struct",
    "fields": [
        {"name": name, "type": kind, "nullable": True, "metadata": {}}
        for name, kind in [
            ("id", "long"),
            ("price", "double"),
            ("name", "string"),
            ("date", "date"),
        ]
    ],
}


def _protocol():
    return {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}


def _metadata(schema, partitions):
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


def _write_commit(log, version, actions):
    lines = "\n".join(json.dumps(action, separators=(",", ":")) for action in actions)
    (log / f"{version:020d}.json").write_text(lines + "\n")


def write_load_table(folder: pathlib.Path, rows: int, files: int) -> None:
    """A table of `rows` rows in `files` data files, with values of the common types."""
    log = folder / "_delta_log"
    if (log / f"{0:020d}.json").exists():
        return
    log.mkdir(parents=True)
    actions = [_protocol(), _metadata(LOAD_SCHEMA, [])]
    per_file = -(-rows // files)
    names = pa.array([f"customer {i:05d}" for i in range(9973)])
    for number in range(files):
        first = number * per_file
        count = min(per_file, rows - first)
        ids = np.arange(first, first + count, dtype=np.int64)
        customers = pa.array((ids % 9973).astype(np.int32))
        times = 1_700_000_000_000_000 + ids * 1000
        batch = pa.table(
            {
                "id": ids,
                "price": (ids * 7919 % 1_000_003) / 100,
                "amount": customers,
                "name": names.take(customers),
                "at": pa.array(times).cast(pa.timestamp("us", "UTC")),
                "flag": ids % 3 == 0,
            }
        )
        path = f"part-{number:05d}-{uuid.uuid4()}.c000.snappy.parquet"
        pq.write_table(batch, folder / path, row_group_size=500_000)
        stats = {
            "numRecords": count,
            "minValues": {"id": first},
            "maxValues": {"id": first + count - 1},
            "nullCount": {"id": 0},
        }
        actions.append(
            {
                "add": {
                    "path": path,
                    "partitionValues": {},
                    "size": (folder / path).stat().st_size,
                    "modificationTime": int(time.time() * 1000),
                    "dataChange": True,
                    "stats": json.dumps(stats, separators=(",", ":")),
                }
            }
        )
    _write_commit(log, 0, actions)


def _stats(number):
    low = number * 1000
    return json.dumps(
        {
            "numRecords": 1000,
            "minValues": {"id": low, "price": 0.01, "name": f"aachen {number}"},
            "maxValues": {"id": low + 999, "price": 9999.99, "name": f"zwickau {number}"},
            "nullCount": {"id": 0, "price": number % 7, "name": 0},
        },
        separators=(",", ":"),
    )


def _file(number, identity):
    date = f"2024-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    return {
        "path": f"date={date}/part-{number:05d}-{identity}.c000.snappy.parquet",
        "partitionValues": {"date": date},
        "size": 1_000_000 + number,
        "modificationTime": 1_700_000_000_000 + number,
        "dataChange": True,
        "stats": _stats(number),
    }


def write_files_table(folder: pathlib.Path, files: int) -> None:
    """The log of a table of `files` files: one checkpoint, and a commit behind it. A query needs
    no data file, so there are none."""
    log = folder / "_delta_log"
    if (log / "_last_checkpoint").exists():
        return
    log.mkdir(parents=True, exist_ok=True)
    identity = uuid.uuid4()
    protocol, metadata = _protocol(), _metadata(FILES_SCHEMA, ["date"])
    tail = min(100, files // 10)
    _write_commit(log, 0, [protocol, metadata])
    _write_checkpoint(log, protocol, metadata, [_file(i, identity) for i in range(files - tail)])
    _write_commit(log, 1, [{"commitInfo": {"operation": "WRITE"}}])
    _write_commit(log, 2, [{"add": _file(i, identity)} for i in range(files - tail, files)])


def _write_checkpoint(log, protocol, metadata, adds):
    strings = pa.map_(pa.string(), pa.string())
    schema = pa.schema(
        {
            "protocol": pa.struct({"minReaderVersion": pa.int32(), "minWriterVersion": pa.int32()}),
            "metaData": pa.struct(
                {
                    "id": pa.string(),
                    "format": pa.struct({"provider": pa.string(), "options": strings}),
                    "schemaString": pa.string(),
                    "partitionColumns": pa.list_(pa.string()),
                    "configuration": strings,
                    "createdTime": pa.int64(),
                }
            ),
            "add": pa.struct(
                {
                    "path": pa.string(),
                    "partitionValues": strings,
                    "size": pa.int64(),
                    "modificationTime": pa.int64(),
                    "dataChange": pa.bool_(),
                    "stats": pa.string(),
                }
            ),
        }
    )
    meta = dict(metadata["metaData"])
    meta["format"] = {"provider": "parquet", "options": []}
    meta["configuration"] = []
    rows = [{"protocol": protocol["protocol"]}, {"metaData": meta}]
    for add in adds:
        values = list(add["partitionValues"].items())
        rows.append({"add": {**add, "partitionValues": values, "dataChange": False}})
    table = pa.Table.from_pylist(rows, schema=schema)
    pq.write_table(table, log / f"{1:020d}.checkpoint.parquet")
    (log / "_last_checkpoint").write_text(json.dumps({"version": 1, "size": len(rows)}))
