#!/usr/bin/env python3
"""A folder of Parquet files without a log as a table: the first query, which reads all footers, and
those after it; on this disk and in MinIO, beside pyarrow finding the same files and footers.

    bench/parquet_folder.py --files 10000
    bench/parquet_folder.py --files 10000 --trip-ms 50 --only-look   # the store further off

`.venv-stores` has MinIO. Every figure is of one run with a fresh server.
"""

import contextlib
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

from delay_proxy import DelayProxy
from store_latency import BUCKET, KEY, SECRET, TABLE, MinIO, arguments, ask, serve, upload

FIND = """
import sys, time, resource
import pyarrow.dataset as datasets
from pyarrow import fs
place, port = sys.argv[1:]
store = fs.LocalFileSystem()
if port != "0":
    store = fs.S3FileSystem(access_key="{key}", secret_key="{secret}", region="us-east-1",
                            endpoint_override="http://127.0.0.1:" + port)
begin = time.perf_counter()
found = datasets.dataset(place, filesystem=store, format="parquet", partitioning="hive")
for fragment in found.get_fragments():
    fragment.ensure_complete_metadata()
print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def write_folder(folder, files):
    import pyarrow as pa
    import pyarrow.parquet as parquet

    for number in range(files):
        place = folder / f"day={number % 100 // 31 + 2021}-0{number % 9 + 1}-{number % 28 + 1:02}"
        place.mkdir(parents=True, exist_ok=True)
        ids = range(number * 10, number * 10 + 10)
        rows = pa.table(
            {
                "id": pa.array(ids, pa.int64()),
                "name": pa.array([f"name {i}" for i in ids]),
                "price": pa.array([i / 4 for i in ids]),
                "note": pa.array(["the same"] * 10),
            }
        )
        parquet.write_table(rows, place / f"part-{number:05}.parquet")


def peak_of(process):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024


def run_ours(program, work, place, put):
    """`put(number)` adds a file."""
    port, location = place
    process, endpoint = serve(program, work, port, {"t": location})
    try:
        query = lambda: ask(endpoint, "POST", TABLE + "/query", "{}")  # noqa: E731
        _, first, lines = query()
        warm = statistics.median(query()[1] for _ in range(3))
        look = statistics.median(ask(endpoint, "GET", TABLE + "/version")[1] for _ in range(3))
        put()
        grown = query()
        assert grown[2] == lines + 1, grown
        return {"first": first, "warm": warm, "look": look, "grown": grown[1], "peak": peak_of(process)}
    finally:
        process.terminate()
        process.wait(60)


def run_looks(program, work, proxy, location):
    """The first look of a server, and later ones, with the trips that waited for each other."""
    process, endpoint = serve(program, work, proxy.port, {"t": location})
    try:
        ask(endpoint, "POST", TABLE + "/query", "{}")
        looks = []
        for _ in range(5):
            proxy.reset()
            looks.append((ask(endpoint, "GET", TABLE + "/version")[1], proxy.rounds, proxy.requests))
        return looks
    finally:
        process.terminate()
        process.wait(60)


def run_pyarrow(place, port):
    code = FIND.format(key=KEY, secret=SECRET)
    command = [sys.executable, "-c", code, str(place), str(port)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    seconds, peak = map(float, done.stdout.split())
    return {"first": seconds, "peak": peak}


def show(name, figures):
    cells = [f"{figures[key]:8.3f} s" if key in figures else " " * 10 for key in
             ("first", "warm", "look", "grown")]
    print(f"{name:18} {' '.join(cells)} {figures['peak']:6.0f} MiB", flush=True)


def main():
    parser = arguments(__doc__, files=10_000, trip_ms=0)
    parser.add_argument("--only-look", action="store_true", help="for new files, in MinIO")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        table = work / "table"
        write_folder(table, options.files)
        added = (table / os.listdir(table)[0]).glob("*.parquet")
        content = next(added).read_bytes()
        print(f"{options.files} files")
        if options.only_look:
            with contextlib.ExitStack() as stack:
                store = stack.enter_context(MinIO(work / "minio"))
                upload(store.port, table, "table")
                proxy = stack.enter_context(DelayProxy(store.port, options.trip_ms))
                for seconds, rounds, requests in run_looks(
                    options.program, work, proxy, f"s3://{BUCKET}/table"
                ):
                    print(f"a look: {seconds:.3f} s, {requests} requests in {rounds} rounds", flush=True)
            return
        print(f"{'':18} {'first':>10} {'again':>10} {'look':>10} {'one more':>10} {'peak':>10}")
        with MinIO(work / "minio") as store:
            upload(store.port, table, "table")

            def put_far():
                more = work / "more"
                more.mkdir()
                (more / "one-more.parquet").write_bytes(content)
                upload(store.port, more, "table/day=2030-01-01")

            near = (0, str(table))
            day = table / "day=2030-01-01"
            day.mkdir()
            put_near = lambda: (day / "one-more.parquet").write_bytes(content)  # noqa: E731
            far = (store.port, f"s3://{BUCKET}/table")
            show("pyarrow, disk", run_pyarrow(table, 0))
            show("sluice, disk", run_ours(options.program, work, near, put_near))
            show("pyarrow, MinIO", run_pyarrow(f"{BUCKET}/table", store.port))
            show("sluice, MinIO", run_ours(options.program, work, far, put_far))


if __name__ == "__main__":
    main()
