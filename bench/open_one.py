"""Opens one table's log once, the way of a peer, and prints what it took as JSON. Runs in a process
of its own, so that memory and imports of one way do not count for another.

    open_one.py pyarrow TABLE      decodes the columns of the checkpoint that a snapshot keeps
    open_one.py deltalake TABLE    delta-rs opens the table and lists its files
"""

import json
import pathlib
import resource
import sys
import time

# Those that make up a snapshot: what has to be decoded, whoever reads the log.
COLUMNS = ["add.path", "add.partitionValues", "add.size", "add.modificationTime", "add.stats"]


def _pyarrow(table):
    import pyarrow.parquet as pq

    parts = sorted(pathlib.Path(table, "_delta_log").glob("*.checkpoint*.parquet"))

    def decode():
        tables = [pq.read_table(part, columns=COLUMNS) for part in parts]
        return sum(table.num_rows for table in tables), sum(table.nbytes for table in tables)

    return decode


def _deltalake(table):
    import deltalake

    def open_and_list():
        opened = deltalake.DeltaTable(table)
        return len(opened.file_uris()), 0

    return open_and_list


def main():
    work = {"pyarrow": _pyarrow, "deltalake": _deltalake}[sys.argv[1]](sys.argv[2])
    before = resource.getrusage(resource.RUSAGE_SELF)
    begin = time.perf_counter()
    files, size = work()
    seconds = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        json.dumps(
            {
                "files": files,
                "open_ms": seconds * 1e3,
                "cpu_ms": cpu * 1e3,
                "snapshot_bytes": size,
                "peak_mb": after.ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
