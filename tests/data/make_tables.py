#!/usr/bin/env python3
"""Writes the tables that the tests need: `make_tables.py DIR`.

DIR/tables/… are Delta tables written by deltalake, DIR/expected/NAME.parquet what a plain read of
each gives. Does nothing when DIR was made by the same version of this script. tests/README.md
says what each table is for.
"""

import datetime
import decimal
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import sys

import deltalake
import numpy
import pyarrow as pa
import pyarrow.parquet as parquet
from deltalake import DeltaTable, write_deltalake

UTC = datetime.timezone.utc


def timestamps(start, count, step):
    return pa.array([start + step * i for i in range(count)], pa.timestamp("us", tz="UTC"))


def write_sales(path):
    """Two partition columns with nulls among their values, ten commits, a checkpoint in the
    middle, a delete and an added column."""
    regions = ["north", "south", None, "east/west", "ünïcode & 100%"]
    for part in range(10):
        count = 500
        ids = numpy.arange(part * count, (part + 1) * count)
        columns = {
            "id": pa.array(ids, pa.int64()),
            "region": pa.array([regions[i % len(regions)] for i in ids], pa.string()),
            "day": pa.array(
                [None if i % 11 == 0 else datetime.date(2024, 1, 1 + int(i) % 4) for i in ids],
                pa.date32(),
            ),
            "amount": pa.array([round(i * 0.25, 2) for i in ids.tolist()], pa.float64()),
            "note": pa.array([None if i % 7 == 0 else f"sale {i}" for i in ids], pa.string()),
        }
        if part >= 7:
            columns["discount"] = pa.array([float(i % 3) for i in ids], pa.float32())
        write_deltalake(
            path,
            pa.table(columns),
            mode="append",
            partition_by=["region", "day"],
            schema_mode="merge" if part == 7 else None,
        )
        if part == 5:
            DeltaTable(path).create_checkpoint()
    DeltaTable(path).delete("id >= 1000 AND id < 1250")


def write_all_types(path):
    count = 50
    table = pa.table(
        {
            "long": pa.array([None if i % 9 == 0 else 2**60 + i for i in range(count)], pa.int64()),
            "integer": pa.array([i - 25 for i in range(count)], pa.int32()),
            "short": pa.array([None if i == 3 else i * 100 for i in range(count)], pa.int16()),
            "byte": pa.array([i - 50 for i in range(count)], pa.int8()),
            "double": pa.array(
                [float("nan"), float("inf"), -0.0] + [i / 3 for i in range(3, count)], pa.float64()
            ),
            "float": pa.array([i / 4 for i in range(count)], pa.float32()),
            "boolean": pa.array([None if i % 5 == 0 else i % 2 == 0 for i in range(count)]),
            "string": pa.array([None if i == 7 else f"π {i} \"\\\n\t" for i in range(count)]),
            "binary": pa.array([bytes([i, 0, 255]) for i in range(count)], pa.binary()),
            "date": pa.array(
                [datetime.date(1900 + 4 * i, 2, 28) for i in range(count)], pa.date32()
            ),
            "timestamp": timestamps(
                datetime.datetime(1969, 12, 31, 23, 59, 59, 999999, UTC),
                count,
                datetime.timedelta(days=97, microseconds=1),
            ),
            "decimal": pa.array(
                [decimal.Decimal(i * 10**20 + i).scaleb(-6) for i in range(count)],
                pa.decimal128(38, 6),
            ),
            "small_decimal": pa.array(
                [decimal.Decimal(i - 20).scaleb(-2) for i in range(count)], pa.decimal128(9, 2)
            ),
            "list": pa.array(
                [None if i == 1 else list(range(i % 4)) for i in range(count)], pa.list_(pa.int64())
            ),
            "map": pa.array(
                [[(f"k{j}", j) for j in range(i % 3)] for i in range(count)],
                pa.map_(pa.string(), pa.int64()),
            ),
            "struct": pa.array(
                [{"a": i, "b": {"c": f"c{i}"}} for i in range(count)],
                pa.struct([("a", pa.int32()), ("b", pa.struct([("c", pa.string())]))]),
            ),
        }
    )
    write_deltalake(path, table)


def write_partition_types(path):
    """A partition column of every type that can be one."""
    rows = 6
    table = pa.table(
        {
            "value": pa.array(range(rows), pa.int64()),
            "p_long": pa.array([1, None, 2**40, -1, 1, 1], pa.int64()),
            "p_int": pa.array([1, 2, None, -1, 1, 1], pa.int32()),
            "p_short": pa.array([1, 2, 3, None, 1, 1], pa.int16()),
            "p_bool": pa.array([True, False, None, True, True, False]),
            "p_date": pa.array([datetime.date(2024, 2, 29), None] * 3, pa.date32()),
            "p_decimal": pa.array([decimal.Decimal("1.50"), None] * 3, pa.decimal128(10, 2)),
            "p_string": pa.array(["plain", None, "a=b", "a/b c", "50%", "é"], pa.string()),
            "p_double": pa.array([0.5, None, -1e30, 1.0, 2.0, 3.0], pa.float64()),
            "p_timestamp": timestamps(
                datetime.datetime(2024, 1, 1, 12, 30, 0, 250000, UTC), rows, datetime.timedelta(1)
            ),
        }
    )
    partitions = [name for name in table.column_names if name != "value"]
    write_deltalake(path, table, partition_by=partitions)


def write_empty(path):
    schema = pa.schema([("id", pa.int64()), ("name", pa.string())])
    DeltaTable.create(path, deltalake.Schema.from_arrow(schema))


def write_many_files(path):
    """120 commits of one small file each, checkpoints among them, then a few commits more."""
    for part in range(120):
        write_deltalake(path, pa.table({"part": [part] * 3, "row": [0, 1, 2]}), mode="append")
        if part in (40, 100):
            DeltaTable(path).create_checkpoint()


def write_wide_rows(path):
    """Enough rows and row groups that a client reads for a while."""
    count = 400_000
    numbers = numpy.arange(count)
    table = pa.table(
        {
            "id": numbers,
            "bucket": (numbers % 8).astype("int32"),
            "value": numbers * 0.5,
            "text": pa.array([f"row number {i}" for i in range(count)]),
        }
    )
    write_deltalake(path, table, partition_by=["bucket"])


def write_versions(path):
    """Versions 0 to 4, an hour of commit time apart, each with ten rows more."""
    for version in range(5):
        write_deltalake(
            path,
            pa.table({"id": list(range(version * 10, version * 10 + 10))}),
            mode="append",
        )
    set_commit_times(path, 5)


def set_commit_times(path, versions):
    """Without in-commit timestamps the time of a version is that of its file."""
    for version in range(versions):
        moment = datetime.datetime(2024, 5, 1, 10 + version, tzinfo=UTC).timestamp()
        os.utime(pathlib.Path(path) / "_delta_log" / f"{version:020}.json", (moment, moment))


def write_changed(path):
    """A change feed: rows added, updated and deleted, in part and by whole partitions, and a
    compaction, which changes none. An hour of commit time apart."""
    DeltaTable.create(
        path,
        deltalake.Schema.from_arrow(
            pa.schema([("id", pa.int64()), ("name", pa.string()), ("part", pa.int32())])
        ),
        partition_by=["part"],
        configuration={"delta.enableChangeDataFeed": "true"},
    )
    for first in (0, 6):
        ids = list(range(first, first + 6))
        rows = {"id": ids, "name": [f"n{i}" for i in ids]}
        part = pa.array([i % 3 for i in ids], pa.int32())
        write_deltalake(path, pa.table(rows).append_column("part", part), mode="append")
    table = DeltaTable(path)
    table.update(updates={"name": "'new'"}, predicate="id > 8")
    table.delete("id = 1")
    table.delete("part = 2")
    table.optimize.compact()
    set_commit_times(path, table.version() + 1)


# Where each table lies below DIR/tables: one at the top is in the schema `default`.
TABLES = {
    "sales": write_sales,
    "empty": write_empty,
    "versions": write_versions,
    "changed": write_changed,
    "types/all_types": write_all_types,
    "types/partition_types": write_partition_types,
    "large/many_files": write_many_files,
    "large/wide_rows": write_wide_rows,
}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make(folder)


def make(folder):
    stamp = folder / "made-by"
    text = pathlib.Path(__file__).read_bytes() + deltalake.__version__.encode()
    version = hashlib.sha256(text).hexdigest()
    if stamp.exists() and stamp.read_text() == version:
        return
    for name in ("tables", "expected"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "expected").mkdir()
    for name, write in TABLES.items():
        path = folder / "tables" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(str(path))
        rows = pa.table(DeltaTable(str(path)).to_pyarrow_table())
        parquet.write_table(rows, folder / "expected" / f"{path.name}.parquet")
    stamp.write_text(version)
    print(json.dumps({"tables": len(TABLES), "folder": str(folder)}))


if __name__ == "__main__":
    main()
